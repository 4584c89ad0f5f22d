// KL(joint posterior || product of marginals) = total correlation: what a draw of all letters at once forgets.
"use strict";

lesson.scenes.set(6, (() => {
  const SHOWN = 4;
  const IN_ORDER = "nothing: each letter is drawn after the one before it";
  const value = (name) => lesson.state.number(`6.${name}`);

  function setting(sampler) {
    const [steps, scale, length, particles, seed] = ["steps", "scale", "length", "particles", "seed"].map(value);
    return { sampler, steps, scale, length, particles, seed };
  }

  const committed = () => lesson.state.get("6.committed");

  function compute() {
    const written = (sampler) => {
      const given = setting(sampler);
      const shown = Array.from({ length: Math.min(SHOWN, given.particles) }, (_, i) => nc.text.history(given, i));
      return { ...nc.text.run(given), shown };
    };
    return { ddim: written("ddim"), committed: written(committed()) };
  }

  const call = (time) => Math.max(1, Math.round(time * value("steps")));

  // The sentence at a moment: what each call so far would be read as, or has drawn.
  function draw(found, time) {
    for (const name of ["ddim", "committed"]) {
      const list = document.querySelector(`[data-text="${name}"]`);
      list.replaceChildren(...found[name].shown.map((readings) => {
        const item = document.createElement("li");
        item.textContent = visible(readings[call(time) - 1]);
        return item;
      }));
    }
    letters(lesson.picture.open(document.querySelector("#scene-6 canvas")), found);
  }

  const visible = (text) => text.replace(/ /g, "␣");

  function letters(sheet, found) {
    const { picture } = lesson;
    const { symbols, data: { prior } } = nc.text;
    const share = (run) => {
      const counts = new Float64Array(symbols.length);
      for (const token of run.tokens) counts[token] += 1 / run.tokens.length;
      return counts;
    };
    const [smooth, drawn] = [share(found.ddim), share(found.committed)];
    const tallest = Math.max(...smooth, ...drawn, ...prior, 0.2);
    const top = Math.min(1, 1.1 * tallest);
    const plot = picture.axes(sheet, {
      x: [-0.5, symbols.length - 0.5], y: [0, top], box: [46, 28, sheet.width - 10, sheet.height - 34], grid: false,
      xTicks: symbols.map((symbol, i) => [i, symbol === " " ? "␣" : symbol]), yLabel: "share of each letter",
      yTicks: [0, top / 2, top].map((v) => [v, `${Math.round(100 * v)} %`]),
    });
    const width = (plot.x(1) - plot.x(0)) * 0.36;
    picture.inside(plot, (pen) => {
      const bar = (i, height, side, color) => {
        pen.fillStyle = picture.colour(color);
        pen.fillRect(plot.x(i) + (side < 0 ? -width : 0), plot.y(height), width, plot.y(0) - plot.y(height));
      };
      symbols.forEach((_, i) => {
        bar(i, smooth[i], -1, "accent");
        bar(i, drawn[i], 1, "right");
        pen.fillStyle = picture.colour("ink");
        pen.fillRect(plot.x(i) - 1.2 * width, plot.y(prior[i]) - 1, 2.4 * width, 2);
      });
    });
    lesson.depth.legend(plot, [
      { label: "smooth steps", color: "accent", shape: "square" }, { label: "commitment", color: "right", shape: "square" },
      { label: "the text itself", color: "ink", points: [] },
    ], true);
  }

  function numbers({ ddim, committed: other }) {
    return {
      "ddim.perplexity": ddim.perplexity, "ddim.tv": ddim.tv, "ddim.nfe": ddim.nfe,
      "committed.perplexity": other.perplexity, "committed.tv": other.tv, "committed.nfe": other.nfe,
      "text.perplexity": ddim.exact.perplexity, "text.tv": ddim.exact.tv, "chain.perplexity": ddim.chain_perplexity,
      forgotten: other.total_correlation.map((nats) => lesson.talk.digits(nats, 3)).join(", ") || IN_ORDER,
    };
  }

  function summary({ ddim, committed: other }) {
    const { digits, many } = lesson.talk;
    const said = (name, run) => `${name}: perplexity ${digits(run.perplexity)}, bigram tv ${digits(run.tv)}; ` +
      `the first sentence is “${run.sequences[0]}”.`;
    return `${many(value("steps"), "call")}, ${many(value("particles"), "sentence")}. ` +
      `${said("Smooth steps", ddim)} ${said("Commitment", other)}`;
  }

  const commands = () => ({
    ddim: lesson.talk.simulate(setting("ddim"), "chain"),
    committed: lesson.talk.simulate(setting(committed()), "chain"),
  });

  return {
    compute, draw, numbers, summary, commands, ticks: () => value("steps"),
    moment: (time) => `call ${call(time)} of ${value("steps")}`,
  };
})());
