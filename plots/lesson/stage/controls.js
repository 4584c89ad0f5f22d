// A number has two handles that always agree: a slider for the hand and a box for the exact value.
// The box reaches further than the slider; what it cannot take is refused in words and the last good value stays.
"use strict";

lesson.controls = (() => {
  const NICE = [1, 1.25, 1.5, 2, 2.5, 3, 4, 5, 6, 8];

  // The values of a slider that multiplies: a few round ones a decade, so that an arrow key always moves it.
  function ladder(low, high, whole) {
    const found = new Set([low, high]);
    for (let unit = 10 ** Math.floor(Math.log10(low)); unit <= high; unit *= 10) {
      for (const nice of NICE) {
        const value = Number((nice * unit).toPrecision(6));
        if (value >= low && value <= high && (!whole || Number.isInteger(value))) found.add(value);
      }
    }
    return [...found].sort((x, y) => x - y);
  }

  function nearest(values, value) {
    let best = 0;
    values.forEach((v, i) => { if (Math.abs(Math.log(v / value)) < Math.abs(Math.log(values[best] / value))) best = i; });
    return best;
  }

  function number(element) {
    const { key, low, high, least, most, whole, log, start } = element.dataset;
    const slider = element.querySelector("input[type=range]");
    const box = element.querySelector("input[type=number]");
    const values = log !== undefined && slider ? ladder(Number(low), Number(high), whole !== undefined) : null;
    if (values) Object.assign(slider, { min: 0, max: values.length - 1, step: 1 });

    function fits(text) {
      const value = Number(text);
      const inside = text.trim() !== "" && value >= Number(least) && value <= Number(most);
      return inside && (whole === undefined || Number.isInteger(value));
    }

    function show() {
      const text = lesson.state.get(key);
      if (document.activeElement !== box) box.value = text;
      if (!slider) return;
      slider.value = values ? nearest(values, Number(text)) : text;
      slider.setAttribute("aria-valuetext", text);
    }

    lesson.state.declare(key, start, fits);
    if (slider) {
      slider.addEventListener("input", () => {
        lesson.state.set(key, values ? values[Number(slider.value)] : Number(slider.value));
        box.value = lesson.state.get(key);
      });
    }
    box.addEventListener("input", () => { if (fits(box.value)) lesson.state.set(key, Number(box.value)); });
    box.addEventListener("change", () => {
      if (!fits(box.value)) {
        const kind = whole === undefined ? "number" : "whole number";
        lesson.say(`Expected a ${kind} from ${least} to ${most}. Received: ${box.value || "nothing"}.`);
      }
      box.value = lesson.state.get(key);
    });
    return { key, show };
  }

  function choice(element) {
    const key = element.dataset.key;
    const select = element.querySelector("select");
    const offered = [...select.options].map((option) => option.value);
    lesson.state.declare(key, select.value, (text) => offered.includes(text));
    select.addEventListener("change", () => lesson.state.set(key, select.value));
    return { key, show: () => { select.value = lesson.state.get(key); } };
  }

  function another(button) {
    button.addEventListener("click", () => {
      const key = button.dataset.another;
      lesson.state.set(key, (lesson.state.number(key) + 1) % 2 ** 32);
    });
  }

  function start() {
    const made = [
      ...[...document.querySelectorAll(".control[data-start]")].map(number),
      ...[...document.querySelectorAll(".choice")].map(choice),
    ];
    document.querySelectorAll("[data-another]").forEach(another);
    const shows = new Map(made.map((control) => [control.key, control.show]));
    lesson.state.onChange((key) => { if (shows.has(key)) shows.get(key)(); });
    for (const show of shows.values()) show();
  }

  return { start, ladder };
})();
