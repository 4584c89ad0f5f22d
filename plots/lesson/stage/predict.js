// Who has guessed sees more: a scene shows its picture after a guess, and its answer after the picture.
"use strict";

lesson.predict = (() => {
  function scene(section) {
    const number = section.dataset.scene;
    const guess = `${number}.guess`;
    const shown = `${number}.shown`;
    const radios = [...section.querySelectorAll(".question input[type=radio]")];
    const box = section.querySelector(".question [data-guess]");
    const reveal = section.querySelector("[data-reveal]");
    const least = box && Number(box.min);
    const most = box && Number(box.max);
    lesson.state.declare(guess, "", (text) => (box
      ? text !== "" && Number(text) >= least && Number(text) <= most
      : radios.some((radio) => radio.value === text)));
    lesson.state.declare(shown, "0", (text) => text === "0" || text === "1");

    // The picture that a first guess opens is brought into view, and plays once.
    function settle(value) {
      const first = lesson.state.get(guess) === "";
      lesson.state.set(guess, value);
      const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
      if (!first) return;
      section.querySelector(".drag").scrollIntoView({ behavior: still ? "auto" : "smooth" });
      if (!still) lesson.clock.play(`${number}.time`);
    }

    for (const radio of radios) radio.addEventListener("change", () => settle(radio.value));
    if (box) {
      const slider = section.querySelector(".question input[type=range]");
      slider.addEventListener("input", () => { box.value = slider.value; });
      box.addEventListener("input", () => { slider.value = box.value; });
      section.querySelector("[data-settle]").addEventListener("click", () => {
        if (box.value !== "" && box.checkValidity()) settle(Number(box.value));
        else lesson.say(`Expected a number from ${least} to ${most}.`);
      });
    }
    reveal.addEventListener("click", () => {
      lesson.state.set(shown, "1");
      const answer = section.querySelector(".reveal");
      answer.focus();
    });

    return () => {
      const text = lesson.state.get(guess);
      for (const radio of radios) radio.checked = radio.value === text;
      if (box && text !== "") {
        box.value = text;
        section.querySelector(".question input[type=range]").value = text;
      }
      const all = lesson.state.get("open") === "1";
      const revealed = all || lesson.state.get(shown) === "1";
      const opened = revealed || text !== "";
      section.classList.toggle("opened", opened);
      section.classList.toggle("revealed", revealed);
      reveal.hidden = revealed;
      section.querySelector(".verdict").textContent = reply(section, radios, text);
    };
  }

  // A right answer carries data-right; a guessed number is compared by the scene itself.
  function reply(section, radios, text) {
    if (text === "") return "";
    const chosen = radios.find((radio) => radio.value === text);
    if (!chosen) return lesson.scenes.get(Number(section.dataset.scene)).judge(Number(text));
    const said = chosen.parentElement.textContent.trim();
    return chosen.dataset.right !== undefined ? `You said “${said}”: right.` : `You said “${said}”: no.`;
  }

  function start() {
    const shows = [...document.querySelectorAll(".scene")].map(scene);
    const all = () => { for (const show of shows) show(); };
    lesson.state.onChange((key) => { if (/guess|shown|open/.test(key)) all(); });
    return all;
  }

  return { start };
})();
