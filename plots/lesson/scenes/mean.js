// E[z | pure noise] = w+ mu - w- mu for every particle: one call of the best mean lands on no word.
"use strict";

lesson.scenes.set(1, (() => {
  const WORDS = ["cat", "dog"];
  const MARGIN = 0.1;

  function setting() {
    const dog = lesson.state.number("1.dog");
    return {
      sampler: "ddim", mu: lesson.state.number("1.mu"), weights: [Number((1 - dog).toFixed(12)), dog],
      steps: lesson.state.number("1.steps"), particles: lesson.state.number("1.particles"),
      seed: lesson.state.number("1.seed"),
    };
  }

  function compute() {
    const given = setting();
    const run = lesson.run(given);
    return { given, run, bundle: lesson.flow.paths(run, given.particles), edge: (1 - MARGIN) * given.mu };
  }

  function numbers({ given, run }) {
    const [left, , right] = run.counts;
    return {
      left: left / given.particles, right: right / given.particles, ambiguous: run.ambiguous,
      mean: (given.weights[1] - given.weights[0]) * given.mu, stiffness: run.stiffness, least_error: run.least_error,
    };
  }

  function draw({ given, run, bundle, edge }, time) {
    const [above, below] = document.querySelectorAll("#scene-1 canvas");
    const sheet = lesson.picture.open(above);
    lesson.flow.draw(sheet, {
      top: 24, bottom: sheet.height - 44, bundle, outputs: run.outputs, time, edge, mu: given.mu, names: WORDS,
      title: "position of each particle",
    });
    cliff(lesson.picture.open(below), given, bundle, time);
  }

  // m at the call that the time line has reached, with the particles that it is asked about.
  function cliff(sheet, given, bundle, time) {
    const { picture } = lesson;
    const call = Math.min(given.steps - 1, Math.floor(time * given.steps));
    const { g, amplitude, k, h } = nc.simulate.setting(given).denoiser;
    const mean = (x) => nc.formulas.posterior_mean(x, g[call], amplitude[call], k[call], h);
    const reach = Math.max(1.3 * given.mu, 3.6);
    const plot = picture.axes(sheet, {
      x: [-reach, reach], y: [-1.25 * given.mu, 1.25 * given.mu], box: [46, 26, sheet.width - 16, sheet.height - 44],
      xTicks: [-given.mu, 0, given.mu].map((v) => [v, String(v)]), yTicks: [[-given.mu, "cat"], [0, "0"], [given.mu, "dog"]],
      xLabel: "noisy position x", yLabel: `answer m(x) of call ${call + 1} of ${given.steps}`,
    });
    const points = Array.from({ length: 401 }, (_, i) => -reach + (i / 200) * reach).map((x) => [x, mean(x)]);
    picture.line(plot, points, { color: "accent", width: 2.5 });
    picture.inside(plot, (pen) => {
      for (const path of bundle) {
        const look = lesson.flow.LOOK[lesson.flow.side(mean(path[call]), (1 - MARGIN) * given.mu)];
        picture.mark(pen, plot.x(path[call]), plot.y(mean(path[call])), { ...look, size: 2.6 });
      }
    });
  }

  function summary({ given, run }) {
    const { percent, digits } = lesson.talk;
    const [left, middle, right] = run.counts.map((count) => percent(count / given.particles));
    return `${given.steps} ${given.steps === 1 ? "call" : "calls"}, ${given.particles} particles: ${left} on “cat”, ` +
      `${right} on “dog”, ${middle} on no word. No map of stiffness ${digits(run.stiffness)} that gives ` +
      `the words their shares leaves less than ${percent(run.least_error)} on no word.`;
  }

  return {
    compute, draw, numbers, summary,
    ticks: () => lesson.state.number("1.steps"),
    moment: (time) => `call ${(time * lesson.state.number("1.steps")).toFixed(1)} of ${lesson.state.get("1.steps")}`,
    commands: () => ({ run: lesson.talk.simulate(setting()) }),
  };
})());
