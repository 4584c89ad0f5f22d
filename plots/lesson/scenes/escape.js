// tv >= ambiguous: a draw leaves nothing between the words, fresh noise trades what lies between for wrong shares.
"use strict";

lesson.scenes.set(5, (() => {
  const WORDS = ["cat", "dog"];
  const MARGIN = 0.1;
  const DEPTHS = [1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 16, 20, 24, 32, 40, 48, 64, 96, 128];
  const MEASURED = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 64];
  const FEW = 1000; // particles of the measured curves; the points at K have as many as the reader asks for
  const LANES = [
    { sampler: "ddim", label: "smooth steps (DDIM)", color: "accent", shape: "disc" },
    { sampler: "reinjection", label: "re-injection", color: "other", shape: "square" },
    { sampler: "commit_parallel", label: "commitment: always 0", color: "right", shape: "triangle" },
  ];
  const value = (name) => lesson.state.number(`5.${name}`);

  function setting(sampler) {
    const dog = value("dog");
    return {
      sampler, mu: value("mu"), weights: [Number((1 - dog).toFixed(12)), dog], steps: value("steps"),
      denoiser_stiffness: value("cap"), particles: value("particles"), seed: value("seed"),
    };
  }

  const floors = lesson.memo(({ most, ...given }) => DEPTHS.filter((k) => k <= most).map((steps) => [
    steps, nc.simulate({ ...given, steps, particles: 1 }).least_error,
  ]));
  const measured = lesson.memo((given) => ["ddim", "reinjection"].map((sampler) => MEASURED.map((steps) => (
    { steps, estimate: lesson.run({ ...given, sampler, steps }).ambiguous }))));

  function compute() {
    const runs = LANES.map((lane) => {
      const given = setting(lane.sampler);
      const run = lesson.run(given);
      return { ...lane, given, run, bundle: lesson.flow.paths(run, given.particles) };
    });
    const most = Math.max(64, value("steps"));
    const same = { ...runs[0].given, steps: null, particles: Math.min(FEW, runs[0].given.particles) };
    return { runs, most, floor: floors({ ...same, most }), curves: measured(same), edge: (1 - MARGIN) * value("mu") };
  }

  function draw({ runs, most, floor, curves, edge }, time) {
    const [lanes, region] = document.querySelectorAll("#scene-5 canvas");
    const sheet = lesson.picture.open(lanes);
    const height = (sheet.height - 44) / 3;
    runs.forEach(({ run, bundle, given, label }, i) => {
      lesson.flow.draw(sheet, {
        top: i * height + 26, bottom: (i + 1) * height, bundle, outputs: run.outputs, time, edge, mu: given.mu,
        names: WORDS, title: label, labelled: i === 2,
      });
    });
    const wide = lesson.picture.open(region);
    const faint = curves.flatMap((points, i) => points.map((p) => ({ ...p, color: LANES[i].color, shape: LANES[i].shape, size: 2.5 })));
    lesson.depth.draw(wide, {
      top: 28, bottom: wide.height - 44, most, yLabel: "share on no word",
      curves: [{ points: floor, color: "none", forbids: true, label: "floor of smooth steps" }],
      points: [...faint, ...runs.map(({ run, color, shape, label }) => (
        { steps: value("steps"), estimate: run.ambiguous, color, shape, label, size: 5 }))],
    });
  }

  function numbers({ runs }) {
    const found = {};
    for (const { sampler, run } of runs) {
      found[`${sampler}.ambiguous`] = run.ambiguous;
      found[`${sampler}.tv`] = run.tv;
      found[`${sampler}.least_error`] = Number.isFinite(run.stiffness) ? run.least_error : "none";
    }
    return found;
  }

  function summary({ runs, floor }) {
    const { percent } = lesson.talk;
    const said = runs.map(({ run, label }) => `${label.split(":")[0]}: ${percent(run.ambiguous.value)} on no word, shares off by ${percent(run.tv.value)}`);
    const steps = value("steps");
    const below = floor.find(([k]) => k === steps);
    return `${steps} calls. ${said.join("; ")}.` + (below ? ` The floor of smooth steps is ${percent(below[1])}.` : "");
  }

  return {
    compute, draw, numbers, summary, ticks: () => value("steps"),
    moment: (time) => `call ${(time * value("steps")).toFixed(1)} of ${value("steps")}`,
    commands: () => Object.fromEntries(LANES.map(({ sampler }) => [sampler, lesson.talk.simulate(setting(sampler))])),
  };
})());
