// Time runs from noise to data along a line that can be played, stopped and scrubbed.
// A reader who asked for less motion gets a button that steps, and nothing moves by itself.
"use strict";

lesson.clock = (() => {
  const SECONDS = 6;
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const lines = new Map();
  let playing = null;

  function line(element) {
    const key = element.dataset.time;
    const button = element.querySelector("button");
    const slider = element.querySelector("input");
    const scene = Number(key.split(".")[0]);
    lesson.state.declare(key, slider.value, (text) => Number(text) >= 0 && Number(text) <= 100);

    function show() {
      const text = lesson.state.get(key);
      slider.value = text;
      slider.setAttribute("aria-valuetext", lesson.scenes.get(scene).moment(Number(text) / 100));
      element.querySelector("output").textContent = slider.getAttribute("aria-valuetext");
    }

    function label() {
      button.textContent = calm.matches ? "Step" : playing === key ? "Pause" : "Play";
    }

    function press() {
      if (calm.matches) step();
      else if (playing === key) stop();
      else play(key);
    }

    function step() {
      const count = lesson.scenes.get(scene).ticks();
      const at = Math.round((lesson.state.number(key) / 100) * count);
      lesson.state.set(key, (100 * ((at + 1) % (count + 1))) / count);
    }

    button.addEventListener("click", press);
    slider.addEventListener("input", () => {
      stop();
      lesson.state.set(key, slider.value);
    });
    lines.set(key, { show, label, press });
  }

  function play(key) {
    playing = key;
    const from = lesson.state.number(key) >= 100 ? 0 : lesson.state.number(key);
    const began = performance.now() - (from / 100) * SECONDS * 1000;
    const frame = (now) => {
      if (playing !== key) return;
      const done = Math.min(100, Math.max(0, (now - began) / (SECONDS * 10)));
      lesson.state.set(key, done.toFixed(1));
      if (done < 100) requestAnimationFrame(frame);
      else stop();
    };
    requestAnimationFrame(frame);
    for (const { label } of lines.values()) label();
  }

  function stop() {
    playing = null;
    for (const { label } of lines.values()) label();
  }

  function start() {
    document.querySelectorAll("[data-time]").forEach(line);
    lesson.state.onChange((key) => { if (lines.has(key)) lines.get(key).show(); });
    calm.addEventListener("change", stop);
    stop();
  }

  return {
    start, stop, play,
    press: (scene) => lines.get(`${scene}.time`).press(),
    refresh: (scene) => lines.get(`${scene}.time`).show(),
    playing: () => playing,
  };
})();
