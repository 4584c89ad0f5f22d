// P(flip) = sqrt(2/pi) s E at a sharp border, E[(D(m) - D(z))^2] ~ kappa s^2 E/(2 sqrt pi) at a smooth one.
"use strict";

lesson.scenes.set(2, (() => {
  const DOTS = 260;
  const Z99 = 2.5758293035489004; // of the normal limit: the mean of many squares between 0 and 1
  const value = (name) => lesson.state.number(`2.${name}`);
  const { flip_first_order, gaussian_flip, readout_error } = nc.formulas;
  const energyOf = (spread) => nc.primitives.pdf(0) / spread; // density of N(0, spread^2) at the border 0

  function compute() {
    const [noise, spread, sharpness, particles, seed] = ["noise", "spread", "sharpness", "particles", "seed"].map(value);
    const energy = energyOf(spread);
    const keep = spread ** 2 / (spread ** 2 + noise ** 2);
    const shown = [];
    let flips = 0;
    let sum = 0;
    let squares = 0;
    for (let i = 0; i < particles; i += 1) {
      const clean = spread * nc.noise.normal(seed, i, 0);
      const noisy = clean + noise * nc.noise.normal(seed, i, 1);
      const mean = keep * noisy;
      if (clean > 0 !== mean > 0) flips += 1;
      const error = (nc.primitives.ndtr(sharpness * mean) - nc.primitives.ndtr(sharpness * clean)) ** 2;
      sum += error;
      squares += error ** 2;
      if (i < DOTS) shown.push([clean, noisy, mean]);
    }
    const average = sum / particles;
    const reach = Z99 * Math.sqrt(Math.max(0, squares / particles - average ** 2) / particles);
    return {
      noise, spread, sharpness, particles, energy, shown,
      exact: gaussian_flip(spread, noise), first: flip_first_order(energy, noise),
      blur: readout_error(energy, sharpness, noise),
      flipped: lesson.interval.clopperPearson(flips, particles),
      blurred: { value: average, low: Math.max(0, average - reach), high: average + reach },
    };
  }

  function draw(found, time) {
    const [above, below] = document.querySelectorAll("#scene-2 canvas");
    cloud(lesson.picture.open(above), found, time);
    slopes(lesson.picture.open(below), found);
  }

  // First half of the time line: the noise comes; second half: the posterior mean takes it back.
  function cloud(sheet, { shown, noise, spread }, time) {
    const { picture } = lesson;
    const reach = 2.6 * Math.hypot(spread, noise);
    const half = noise / Math.sqrt(2 * Math.PI);
    const plot = picture.axes(sheet, {
      x: [-reach, reach], y: [0, 1], box: [16, 28, sheet.width - 16, sheet.height - 44], grid: false,
      xTicks: [[-spread, "−σ"], [0, "border"], [spread, "σ"]], xLabel: "latent",
      yLabel: "particles, each in its own row",
    });
    picture.area(plot, [[-half, 0], [half, 0], [half, 1], [-half, 1]], { color: "none", alpha: 0.2 });
    picture.line(plot, [[0, 0], [0, 1]], { color: "ink", width: 1.2, dash: [4, 4] });
    picture.words(plot, "one word", -0.97 * reach, 0.95, { color: "left", bold: true });
    picture.words(plot, "the other", 0.97 * reach, 0.95, { color: "right", bold: true, align: "right" });
    const share = (from, to, part) => from + (to - from) * Math.min(1, Math.max(0, part));
    picture.inside(plot, (pen) => {
      shown.forEach(([clean, noisy, mean], i) => {
        const at = time < 0.5 ? share(clean, noisy, 2 * time) : share(noisy, mean, 2 * time - 1);
        const row = 0.04 + 0.86 * ((i * 0.6180339887) % 1);
        const lost = clean > 0 !== at > 0;
        pen.globalAlpha = lost ? 0.9 : 0.25;
        pen.strokeStyle = picture.colour(lost ? "none" : "soft");
        pen.lineWidth = 1;
        picture.stroke(pen, [[plot.x(clean), plot.y(row)], [plot.x(at), plot.y(row)]]);
        pen.globalAlpha = 1;
        const look = lost ? lesson.flow.LOOK.none : lesson.flow.LOOK[clean > 0 ? "right" : "left"];
        picture.mark(pen, plot.x(at), plot.y(row), { ...look, size: lost ? 3.8 : 2.5 });
      });
    });
  }

  const lines = lesson.memo(({ spread, sharpness }) => {
    const levels = Array.from({ length: 61 }, (_, i) => 10 ** (-2.5 + i / 20));
    return {
      exact: levels.map((s) => [s, gaussian_flip(spread, s)]),
      first: levels.map((s) => [s, flip_first_order(energyOf(spread), s)]),
      smooth: levels.map((s) => [s, readout_error(energyOf(spread), sharpness, s)]),
    };
  });

  function slopes(sheet, { noise, spread, sharpness, flipped, blurred }) {
    const { picture } = lesson;
    const { exact, first, smooth } = lines({ spread, sharpness });
    const plot = picture.axes(sheet, {
      x: [10 ** -2.5, 10 ** 0.5], y: [1e-6, 1], logX: true, logY: true, box: [46, 28, sheet.width - 16, sheet.height - 44],
      xTicks: [0.01, 0.1, 1].map((s) => [s, String(s)]), yTicks: picture.powers(1e-6, 1),
      xLabel: "noise s", yLabel: "error",
    });
    const curves = [
      { points: exact, color: "none", width: 2.4, label: "sharp: exact" },
      { points: first, color: "none", dash: [3, 4], label: "sharp: √(2/π) s E" },
      { points: smooth, color: "other", dash: [9, 4], label: "smooth: the law" },
    ];
    for (const curve of curves) picture.line(plot, curve.points, curve);
    picture.measured(plot, noise, flipped, { color: "none", shape: "disc" });
    picture.measured(plot, noise, blurred, { color: "other", shape: "square" });
    lesson.depth.legend({ ...plot, box: [46, sheet.height - 44 - 75, sheet.width - 16, 0] }, curves, true);
  }

  function numbers({ energy, exact, first, blur, flipped, blurred }) {
    return {
      interface_energy: energy, flipped, flip_exact: exact, flip_first_order: first, blurred, readout_error: blur,
    };
  }

  function summary({ noise, sharpness, particles, flipped, blurred, exact, blur }) {
    const { percent, digits } = lesson.talk;
    return `Noise ${digits(noise)}, ${particles} particles: ${percent(flipped.value)} of the words flip, exactly ` +
      `${percent(exact)}. The readout of sharpness ${digits(sharpness)} errs by ${digits(blurred.value)} ` +
      `in the square, the law says ${digits(blur)}.`;
  }

  function commands() {
    return {
      tube: `noncommit law tube means=0 scales=${value("spread")} weights=1 relative_noise=${value("noise")}`,
      crossover: `noncommit law crossover interface_energy=${energyOf(value("spread"))} sharpness=${value("sharpness")} ` +
        `relative_noise=${value("noise")}`,
    };
  }

  const PHASES = ["clean latents", "noise comes", "noise s is there", "the mean is taken", "answers"];
  return {
    compute, draw, numbers, summary, commands, ticks: () => 4,
    moment: (time) => PHASES[time >= 1 ? 4 : time > 0.5 ? 3 : time === 0.5 ? 2 : time > 0 ? 1 : 0],
  };
})());
