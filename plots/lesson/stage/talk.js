// Every number is said three times: for the eye beside the picture, in words for a screen reader, and as the
// noncommit command that prints it.
"use strict";

lesson.talk = (() => {
  const QUIET = 500; // ms without a change before the change is announced
  let timer = 0;

  // A few significant digits, for people; the full double stands in data-value.
  function digits(value, kept = 4) {
    if (value === null || value === undefined || Number.isNaN(value)) return "–";
    if (!Number.isFinite(value)) return value > 0 ? "infinite" : "minus infinite";
    if (Number.isInteger(value) && Math.abs(value) < 1e6) return String(value);
    const size = Math.floor(Math.log10(Math.abs(value)));
    if (size >= -3 && size <= 5) return String(Number(value.toPrecision(kept)));
    const [mantissa, exponent] = value.toExponential(kept - 1).split("e");
    const raised = [...String(Number(exponent))].map((c) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[c] || "⁻").join("");
    return `${mantissa} × 10${raised}`;
  }

  const interval = ({ value, low, high }) => `${digits(value)} [${digits(low, 3)}, ${digits(high, 3)}]`;
  const percent = (value) => `${digits(100 * value, 3)} %`;

  const many = (count, thing) => `${count} ${thing}${count === 1 ? "" : "s"}`;

  // numbers: {name: value | {value, low, high} | text}; a name without a place in the scene is a mistake.
  function put(scene, numbers) {
    for (const [name, found] of Object.entries(numbers)) {
      const place = document.querySelector(`#scene-${scene} [data-out="${name}"]`);
      if (!place) throw new Error(`Scene ${scene} has no place for ${name}.`);
      const estimate = found !== null && typeof found === "object";
      const value = estimate ? found.value : found;
      place.textContent = typeof value === "string" ? value : estimate ? interval(found) : digits(value);
      if (typeof value === "number") place.dataset.value = value;
      if (estimate) Object.assign(place.dataset, { low: found.low, high: found.high });
    }
  }

  function announce(text) {
    clearTimeout(timer);
    timer = setTimeout(() => lesson.say(text), QUIET);
  }

  // The picture in words, for those who do not see it and for paper.
  function describe(scene, text) {
    document.querySelectorAll(`#scene-${scene} canvas`).forEach((canvas) => canvas.setAttribute("aria-label", text));
    document.querySelector(`#scene-${scene} .summary`).textContent = text;
  }

  // The command whose answer is what the page shows.
  function simulate(given, target) {
    const pairs = Object.entries(given).map(([key, value]) => `${key}=${value}`); // a list prints with commas
    return ["noncommit simulate", ...(target ? [`target=${target}`] : []), ...pairs].join(" ");
  }

  async function copy(button) {
    const text = button.parentElement.querySelector("code").textContent;
    let done = true;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const range = document.createRange();
      range.selectNodeContents(button.parentElement.querySelector("code"));
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      done = document.execCommand("copy");
    }
    lesson.say(done ? "The command is copied." : "The command is selected: copy it by hand.");
    button.textContent = done ? "Copied" : "Selected";
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  }

  function start() {
    document.querySelectorAll("[data-copy]").forEach((b) => b.addEventListener("click", () => copy(b)));
  }

  return { digits, interval, percent, many, simulate, put, announce, describe, start };
})();

lesson.say = (text) => { document.getElementById("said").textContent = text; };
