// L >= Delta/(2 [Phi^-1(1/M) - Phi^-1((1 - eps)/M)]): M pieces of a bell, and gaps of half-width Delta/(2L) between them.
"use strict";

lesson.scenes.set(3, (() => {
  const MOST_DRAWN = 9;
  const MOST = 1e6;
  const ENOUGH = [2, 3, 5, 10, 30, 100, 1000, 1e4, 1e6]; // the curve is smooth, and each point an integral
  const value = (name) => lesson.state.number(`3.${name}`);

  function compute() {
    const [modes, error, particles, seed] = ["modes", "error", "particles", "seed"].map(value);
    const drawn = Math.min(modes, MOST_DRAWN);
    const stiffness = lesson.row.stiffness(drawn, error);
    const cut = lesson.row.pieces(drawn, error);
    const noise = Float64Array.from({ length: particles }, (_, i) => nc.noise.normal(seed, i, 0));
    let inGaps = 0;
    for (const x of noise) if (piece(cut, x) === -1) inGaps += 1;
    return {
      modes, error, particles, drawn, stiffness, cut, noise, gaps: lesson.interval.clopperPearson(inGaps, particles),
      least: nc.formulas.balanced_stiffness(modes, error),
      enough: nc.formulas.simplex_stiffness(modes, error), row: lesson.row.stiffness(modes, error),
    };
  }

  const piece = (cut, x) => cut.findIndex(([start, end]) => x >= start && x <= end);

  // The staircase: flat on the pieces, of slope L across the gaps, words at 0, 1, ..., M - 1.
  function map(cut, x) {
    const j = piece(cut, x);
    if (j >= 0) return j;
    const next = cut.findIndex(([start]) => x < start);
    return next - 1 + (x - cut[next - 1][1]) / (cut[next][0] - cut[next - 1][1]);
  }

  function draw(found, time) {
    const [above, below] = document.querySelectorAll("#scene-3 canvas");
    bell(lesson.picture.open(above), found, time);
    growth(lesson.picture.open(below), found);
  }

  function bell(sheet, { cut, noise, drawn, stiffness }, time) {
    const { picture } = lesson;
    const bottom = sheet.height - 44;
    const plot = picture.axes(sheet, {
      x: [-3.2, 3.2], y: [-0.08, 1.3], box: [16, 26, sheet.width - 16, bottom], grid: false, xTicks: [],
      xLabel: time < 0.02 ? "noise x" : time > 0.98 ? "where the map puts it" : "on the way",
      yLabel: "a particle falls from noise to its word",
    });
    const density = (x) => 0.55 * Math.exp((-x * x) / 2);
    cut.forEach(([start, end], j) => {
      const [from, to] = [Math.max(start, -3.2), Math.min(end, 3.2)];
      const xs = Array.from({ length: 41 }, (_, i) => from + ((to - from) * i) / 40);
      const outline = [[from, 0.7], ...xs.map((x) => [x, 0.7 + density(x)]), [to, 0.7]];
      picture.area(plot, outline, { color: j % 2 ? "left" : "right", alpha: 0.35 });
    });
    const all = Array.from({ length: 161 }, (_, i) => -3.2 + i / 25);
    picture.line(plot, all.map((x) => [x, 0.7 + density(x)]), { color: "soft", width: 1.2 });
    const word = (j) => (drawn === 1 ? 0 : -2.8 + (5.6 * j) / (drawn - 1));
    for (let j = 0; j < drawn; j += 1) picture.words(plot, String(j + 1), word(j), -0.04, { align: "center", bold: true });
    picture.inside(plot, (pen) => {
      noise.slice(0, 400).forEach((x, i) => {
        const row = 0.7 + density(x) * ((i * 0.6180339887) % 1);
        const to = word(map(cut, x));
        const j = piece(cut, x);
        const pile = 0.06 + 0.25 * ((i * 0.7548776662) % 1);
        const look = j < 0 ? lesson.flow.LOOK.none : { color: j % 2 ? "left" : "right", shape: j % 2 ? "disc" : "triangle" };
        const [u, v] = [x + (to - x) * time, row + (pile - row) * time];
        picture.mark(pen, plot.x(u), plot.y(v), { ...look, size: j < 0 ? 3.6 : 2.5 });
      });
    });
    picture.words(plot, `steepest slope ${lesson.talk.digits(stiffness)}`, 3.15, 1.27, { align: "right", color: "soft" });
  }

  const lines = lesson.memo(({ error }) => {
    const many = lesson.controls.ladder(2, MOST, true);
    return {
      iso: many.map((m) => [m, nc.formulas.balanced_stiffness(m, error)]),
      enough: ENOUGH.map((m) => [m, nc.formulas.simplex_stiffness(m, error)]),
      line: many.filter((m) => m <= 2000).map((m) => [m, lesson.row.stiffness(m, error)]),
    };
  });

  function growth(sheet, { modes, error, least, enough: at, row, drawn, stiffness }) {
    const { picture } = lesson;
    const most = MOST;
    const { iso, enough, line } = lines({ error });
    const low = 10 ** Math.floor(Math.log10(iso[0][1]));
    const top = low * 1e5;
    const plot = picture.axes(sheet, {
      x: [2, most], y: [low, top], logX: true, logY: true, box: [58, 28, sheet.width - 16, sheet.height - 44],
      xTicks: [[2, "2"], ...picture.powers(10, most)],
      yTicks: picture.powers(low, top),
      xLabel: "M, words", yLabel: `stiffness L at error ${error}`,
    });
    picture.area(plot, [...iso, [most, low], [2, low]], { color: "none", alpha: 0.13 });
    const curves = [
      { points: line, color: "left", dash: [9, 4], label: "one coordinate: grows like M" },
      { points: enough, color: "right", dash: [2, 3], label: "M − 1 coordinates: enough" },
      { points: iso, color: "none", width: 2.4, label: "any dimension, below it: impossible" },
    ];
    for (const curve of curves) picture.line(plot, curve.points, curve);
    const dot = (m, value, look) => picture.measured(plot, m, { value, low: value, high: value }, look);
    dot(modes, least, { color: "none", shape: "disc" });
    dot(modes, at, { color: "right", shape: "triangle" });
    if (row) dot(modes, row, { color: "left", shape: "square" });
    if (drawn !== modes) dot(drawn, stiffness, { color: "ink", shape: "triangle" });
    lesson.depth.legend(plot, curves, true);
  }

  function judge(guess) {
    const error = 0.01;
    const [few, many] = [2, 1000].map((modes) => nc.formulas.balanced_stiffness(modes, error));
    const ratio = many / few;
    const near = guess > ratio / 1.5 && guess < ratio * 1.5;
    return `You said ${lesson.talk.digits(guess)} times; the bound is ${lesson.talk.digits(ratio)} times` +
      (near ? ": well guessed." : guess > ratio ? ": far less than most people think." : ": a little more than that.");
  }

  function numbers({ error, least, enough, row, stiffness, gaps }) {
    return { stiffness: least, simplex: enough, scaled: least * error, ordinal: row, drawn: stiffness, gaps, error };
  }

  function summary({ modes, error, least, enough, row, drawn, gaps, particles }) {
    const { digits, percent } = lesson.talk;
    return `${modes} words at error ${digits(error)} need stiffness ${digits(least)} in any dimension; ` +
      `with ${modes - 1} coordinates ${digits(enough)} is enough` +
      `${row ? `, and one noise coordinate needs ${digits(row)}` : ""}. Of ${particles} particles ${percent(gaps.value)} ` +
      `fell into the gaps between ${drawn} words.`;
  }

  const commands = () => ({
    simplex: `noncommit law simplex modes=${value("modes")} error=${value("error")}`,
    isoperimetric: `noncommit law isoperimetric modes=${value("modes")} error=${value("error")}`,
    ordinal: `noncommit law ordinal modes=${value("modes")} error=${value("error")}`,
  });

  return {
    compute, draw, numbers, summary, commands, judge, ticks: () => 4,
    moment: (time) => (time <= 0 ? "noise" : time >= 1 ? "words" : "on the way"),
  };
})());
