// tv >= ambiguous: a draw leaves nothing between the words, fresh noise trades what lies between for wrong shares.
"use strict";

lesson.scenes.set(5, (() => {
  const WORDS = ["cat", "dog"];
  const MARGIN = 0.1;
  const DEPTHS = [1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 16, 20, 24, 32, 40, 48, 64, 96, 128];
  const MEASURED = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 64];
  const FEW = 4000; // particles of a curve at most: eleven depths are measured for it
  const LANES = [
    { sampler: "ddim", label: "smooth steps (DDIM)", color: "accent", shape: "disc" },
    { sampler: "reinjection", label: "re-injection", color: "other", shape: "square" },
    { sampler: "commit_parallel", label: "commitment", color: "right", shape: "triangle" },
  ];
  const NOWHERE = { value: 1, low: 1, high: 1 }; // a legend's entry without a dot
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
    { steps, estimate: lesson.ambiguous({ ...given, sampler, steps }) }))));

  function compute() {
    const runs = LANES.map((lane) => {
      const given = setting(lane.sampler);
      const run = lesson.run(given);
      return { ...lane, given, run, bundle: lesson.flow.paths(run, given.particles) };
    });
    const most = Math.max(64, value("steps"));
    // A floor is for shares that come out right, and smooth steps get unequal ones wrong: curves are for equal words.
    const { weights, ...equal } = runs[0].given;
    const same = { ...equal, steps: null, particles: Math.min(FEW, equal.particles) };
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
    const { depth } = lesson;
    const look = (i) => ({ color: LANES[i].color, shape: LANES[i].shape });
    const dots = curves.flatMap((points, i) => points.map((point) => ({ ...point, ...look(i), size: 3 })));
    depth.draw(wide, {
      top: 28, bottom: wide.height - 44, most, yLabel: "share on no word if both words are as frequent",
      curves: [
        { points: floor, color: "none", forbids: true, label: "floor of smooth steps" },
        { points: [[value("steps"), depth.LEAST], [value("steps"), 1]], color: "soft", width: 1, dash: [2, 4], label: "K" },
      ],
      points: [...dots, ...curves.map((_, i) => ({ ...look(i), steps: -1, estimate: NOWHERE, label: LANES[i].label }))],
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

  // What re-injection was measured to leave with equally frequent words, where it was.
  function reached([, reinjection], steps) {
    const found = reinjection.find((point) => point.steps === steps);
    return found ? `, and re-injection leaves ${lesson.talk.percent(found.estimate.value)}` : "";
  }

  function summary({ runs, floor, curves }) {
    const { percent, many } = lesson.talk;
    const said = runs.map(({ run, label }) => (
      `${label}: ${percent(run.ambiguous.value)} on no word, shares off by ${percent(run.tv.value)}`));
    const steps = value("steps");
    const below = floor.find(([k]) => k === steps);
    const compared = below ? ` With equally frequent words the floor of smooth steps is ${percent(below[1])}` : "";
    return `${many(steps, "call")}. ${said.join("; ")}.${compared}${compared && `${reached(curves, steps)}.`}`;
  }

  return {
    compute, draw, numbers, summary, ticks: () => value("steps"),
    moment: (time) => `call ${(time * value("steps")).toFixed(1)} of ${value("steps")}`,
    commands: () => Object.fromEntries(LANES.map(({ sampler }) => [sampler, lesson.talk.simulate(setting(sampler))])),
  };
})());
