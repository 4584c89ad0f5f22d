// A scene = numbers from its controls, a picture from the numbers; only what is on the screen is computed.
"use strict";

lesson.start = () => {
  const { state } = lesson;
  const sections = [...document.querySelectorAll(".scene")];
  const results = new Map();
  const stale = new Set(lesson.scenes.keys());
  let waiting = 0;

  lesson.spent = {};

  function compute(number) {
    const began = performance.now();
    results.set(number, lesson.scenes.get(number).compute());
    lesson.spent[number] = performance.now() - began;
    stale.delete(number);
  }

  function show(number) {
    const scene = lesson.scenes.get(number);
    const fresh = stale.has(number);
    if (fresh) compute(number);
    const found = results.get(number);
    const time = state.number(`${number}.time`) / 100;
    if (fresh) {
      lesson.talk.put(number, scene.numbers(found));
      const places = document.querySelectorAll(`#scene-${number} [data-command]`);
      const commands = scene.commands();
      for (const place of places) place.textContent = commands[place.dataset.command];
      lesson.talk.describe(number, scene.summary(found));
      if (document.getElementById(`scene-${number}`).classList.contains("opened")) {
        lesson.talk.announce(scene.summary(found));
      }
    }
    scene.draw(found, time);
  }

  function ask() {
    if (!waiting) waiting = requestAnimationFrame(() => { waiting = 0; show(state.number("scene")); });
  }

  function turn() {
    const current = state.number("scene");
    lesson.clock.stop();
    for (const section of sections) section.hidden = Number(section.dataset.scene) !== current;
    document.querySelectorAll("nav [data-go]").forEach((button) => {
      if (Number(button.dataset.go) === current) button.setAttribute("aria-current", "step");
      else button.removeAttribute("aria-current");
    });
    lesson.clock.refresh(current);
    ask();
  }

  function go(number, focus) {
    if (!lesson.scenes.has(number)) return;
    state.set("scene", number);
    scrollTo(0, 0);
    if (focus) document.querySelector(`#scene-${number} h2`).focus();
  }

  function keys(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    if (event.target.closest("input, select, textarea, button, summary, a")) return;
    const current = state.number("scene");
    if (event.key === "ArrowRight") go(current + 1, true);
    else if (event.key === "ArrowLeft") go(current - 1, true);
    else if (event.key === " ") lesson.clock.press(current);
    else return;
    event.preventDefault();
  }

  // On paper every scene stands open, at the end of its time line.
  function paper(on) {
    document.documentElement.classList.toggle("printing", on);
    if (on) {
      for (const number of lesson.scenes.keys()) {
        if (stale.has(number)) show(number);
        lesson.scenes.get(number).draw(results.get(number), 1);
      }
      document.querySelectorAll(".settings").forEach((place) => { place.textContent = settings(place); });
    } else ask();
  }

  function settings(place) {
    const controls = [...place.closest(".scene").querySelectorAll(".control[data-start], .choice")];
    const chosen = (c) => c.querySelector("select")?.selectedOptions[0].textContent ?? state.get(c.dataset.key);
    return controls.map((c) => `${c.querySelector("label").textContent.trim()}: ${chosen(c)}`).join("; ");
  }

  function toggle(button, key) {
    button.addEventListener("click", () => state.set(key, state.get(key) === "1" ? "0" : "1"));
    return () => button.setAttribute("aria-pressed", state.get(key) === "1");
  }

  state.declare("scene", 1, (text) => lesson.scenes.has(Number(text)));
  state.declare("open", 0, (text) => text === "0" || text === "1");
  lesson.controls.start();
  lesson.clock.start();
  const guesses = lesson.predict.start();
  const press = toggle(document.querySelector("[data-open]"), "open");
  state.onChange((key) => {
    const [number, name] = key.split(".");
    if (key === "scene") turn();
    else if (key === "open") press();
    else {
      if (!["time", "guess", "shown"].includes(name)) stale.add(Number(number));
      if (Number(number) === state.number("scene")) ask();
    }
  });
  state.onChange((key) => { if (/guess|shown|open/.test(key)) ask(); });
  document.querySelectorAll("[data-go]").forEach((b) => b.addEventListener("click", () => go(Number(b.dataset.go), true)));
  lesson.talk.start();
  addEventListener("keydown", keys);
  addEventListener("resize", ask);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", ask);
  matchMedia("print").addEventListener("change", (event) => paper(event.matches));
  addEventListener("beforeprint", () => paper(true));
  addEventListener("afterprint", () => paper(false));
  state.read();
  guesses();
  press();
  turn();
};
