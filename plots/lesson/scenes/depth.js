// error >= 2 Phi((1 - margin) mu/L) - 1, L = prod_k l_k: K calls of slope lambda, and what no schedule changes.
"use strict";

lesson.scenes.set(4, (() => {
  const WORDS = ["cat", "dog"];
  const MARGIN = 0.1;
  const DEPTHS = [1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20, 24, 28, 32, 40, 48, 56, 64, 96, 128, 192, 256];
  const value = (name) => lesson.state.number(`4.${name}`);
  const MEASURED = [1, 2, 4, 8, 16, 32, 64];

  function setting() {
    return {
      sampler: "ddim", mu: value("mu"), path: lesson.state.get("4.path"), steps: value("steps"),
      denoiser_stiffness: value("cap"), particles: value("particles"), seed: value("seed"),
    };
  }

  const floors = lesson.memo(({ mu, denoiser_stiffness, path, most }) => DEPTHS.filter((k) => k <= most).map((steps) => [
    steps, nc.simulate({ mu, steps, denoiser_stiffness, path, particles: 1 }).least_error,
  ]));
  const measured = lesson.memo((given) => MEASURED.map((steps) => [steps, lesson.ambiguous({ ...given, steps })]));

  function compute() {
    const given = setting();
    const run = lesson.run(given);
    const most = Math.max(64, given.steps);
    const { mu, path, denoiser_stiffness } = given;
    const floor = floors({ mu, denoiser_stiffness, path, most });
    const passed = measured({ ...given, steps: null });
    const scale = value("scale");
    return {
      given, run, floor, most, scale, bundle: lesson.flow.paths(run, given.particles),
      passed, edge: (1 - MARGIN) * mu, mine: chosen(),
    };
  }

  // The reader's own curve: [K, value, low, high] rows of a sweep, drawn as squares.
  function chosen() {
    const offered = lesson.state.keys().includes("4.mine");
    return (offered && lesson.data.measured[lesson.state.number("4.mine")]) || null;
  }

  const own = ({ measure, points }) => points.map(([steps, v, low, high], i) => ({
    steps, estimate: { value: v, low, high }, color: "other", shape: "square", size: 4,
    label: i === 0 && `your sweep: ${measure}`,
  }));

  function draw({ given, run, floor, most, bundle, passed, edge, mine, scale }, time) {
    const [paths, region, schedules] = document.querySelectorAll("#scene-4 canvas");
    const sheet = lesson.picture.open(paths);
    lesson.flow.draw(sheet, {
      top: 24, bottom: sheet.height - 44, bundle, outputs: run.outputs, time, edge, mu: given.mu, names: WORDS,
      title: "position of each particle",
    });
    const wide = lesson.picture.open(region);
    const before = passed.filter(([k]) => k !== given.steps);
    lesson.depth.draw(wide, {
      top: 28, bottom: wide.height - 44, most, yLabel: "share on no word",
      curves: [{ points: floor, color: "none", forbids: true, label: "floor: below it, impossible" }],
      points: [
        ...before.map(([steps, estimate], i) => (
          { steps, estimate, color: "soft", shape: "disc", size: 3, label: i === 0 && "the same with other K" })),
        ...(mine ? own(mine) : []),
        { steps: given.steps, estimate: run.ambiguous, color: "accent", shape: "disc", label: "measured here, 99 % interval" },
      ],
    });
    stretch(lesson.picture.open(schedules), given.mu, scale);
  }

  // G(t) = log(V)/2 + mu^2 a^2/(2V) along three schedules: different ways, one end.
  function stretch(sheet, mu, scale) {
    const { picture } = lesson;
    const { paths } = nc.formulas;
    const times = Array.from({ length: 201 }, (_, i) => i / 200);
    const total = nc.formulas.log_stretch(mu, scale);
    const along = (a, b) => times.map((t) => [t, nc.formulas.stretch_so_far(a(t), b(t), mu, scale)]);
    const [low, high] = [Math.min(0, total, -0.2), Math.max(0.2, total)];
    const curves = [
      { points: along(paths.linear.a, paths.linear.b), color: "left", label: "linear" },
      { points: along(paths.cosine.a, paths.cosine.b), color: "other", dash: [9, 4], label: "cosine" },
      { points: along((t) => t * t, (t) => 1 - t), color: "right", dash: [2, 4], label: "late: a = t², b = 1 − t" },
    ];
    const all = curves.flatMap(({ points }) => points.map(([, g]) => g));
    const range = [Math.min(low, ...all), Math.max(high, ...all)];
    const plot = picture.axes(sheet, {
      x: [0, 1], y: [range[0], range[1] + 0.08 * (range[1] - range[0])], box: [46, 28, sheet.width - 16, sheet.height - 44],
      xTicks: [[0, "noise"], [0.5, "t = ½"], [1, "data"]], yTicks: [[0, "0"], [total, lesson.talk.digits(total)]],
      xLabel: "time t", yLabel: "log of the stretch at the border, so far",
    });
    picture.line(plot, [[0, total], [1, total]], { color: "none", width: 1.4, dash: [5, 4] });
    for (const curve of curves) picture.line(plot, curve.points, curve);
    lesson.depth.legend({ ...plot, box: [46, sheet.height - 44 - 75, sheet.width - 16, 0] }, curves, true);
  }

  function numbers({ run, given, scale }) {
    const { log_stretch, map_slope } = nc.formulas;
    return {
      ambiguous: run.ambiguous, least_error: run.least_error, stiffness: run.stiffness,
      each: run.stiffness ** (1 / given.steps),
      log_stretch: log_stretch(given.mu, scale), map_slope: map_slope(given.mu, scale),
    };
  }

  function summary({ given, run }) {
    const { percent, digits, many } = lesson.talk;
    return `${many(given.steps, "call")} of slope at most ${digits(given.denoiser_stiffness)}: ${percent(run.ambiguous.value)} of ` +
      `${given.particles} particles on no word, with 99 % confidence between ${percent(run.ambiguous.low)} and ` +
      `${percent(run.ambiguous.high)}. The floor of such steps is ${percent(run.least_error)}.`;
  }

  const commands = () => ({
    run: lesson.talk.simulate(setting()),
    conservation: `noncommit law conservation mu=${value("mu")} scale=${value("scale")}`,
  });

  // A curve of the sweep brings its own setting along.
  lesson.state.onChange((key) => {
    if (key !== "4.mine") return;
    const mine = chosen();
    if (!mine) return;
    for (const [name, found] of Object.entries(mine.setting)) lesson.state.set(`4.${name}`, found);
  });

  return {
    compute, draw, numbers, summary, commands, ticks: () => value("steps"),
    moment: (time) => `call ${(time * value("steps")).toFixed(1)} of ${value("steps")}`,
  };
})());
