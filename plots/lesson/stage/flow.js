// A sampler is a bundle of paths from noise on the left to where each particle lands on the right.
// What lands inside a shaded band is a word; what stays between the bands is drawn as a cross and is none.
"use strict";

lesson.flow = (() => {
  const LINES = 90;
  const DOTS = 260;
  const BINS = 60;

  // The paths to draw, once a run: the first few particles of the very run that is counted.
  function paths(run, particles) {
    return Array.from({ length: Math.min(DOTS, particles) }, (_, i) => Array.from(run.trajectory(i)));
  }

  function position(path, time) {
    const at = time * (path.length - 1);
    const k = Math.min(path.length - 2, Math.floor(at));
    return path[k] + (at - k) * (path[k + 1] - path[k]);
  }

  const side = (value, edge) => (value >= edge ? "right" : value <= -edge ? "left" : "none");
  const LOOK = {
    left: { color: "left", shape: "disc" },
    right: { color: "right", shape: "triangle" },
    none: { color: "none", shape: "cross" },
  };

  function bands(plot, { edge, reach, names }) {
    const picture = lesson.picture;
    const [low, high] = plot.across;
    picture.area(plot, [[low, edge], [high, edge], [high, reach], [low, reach]], { color: "right", alpha: 0.12 });
    picture.area(plot, [[low, -edge], [high, -edge], [high, -reach], [low, -reach]], { color: "left", alpha: 0.12 });
    const inset = low + 0.015 * (high - low);
    picture.words(plot, names[1], inset, (edge + reach) / 2, { color: "right", bold: true });
    picture.words(plot, names[0], inset, -(edge + reach) / 2, { color: "left", bold: true });
  }

  // `steps` are the ticks below; `title` names the lane; the right margin holds the particles' histogram.
  function draw(sheet, { top, bottom, bundle, outputs, time, edge, mu, names, title = "", labelled = true }) {
    const picture = lesson.picture;
    const steps = bundle[0].length - 1;
    const reach = Math.max(1.3 * mu, 3.6);
    const right = sheet.width - Math.min(110, 0.2 * sheet.width);
    const every = Math.ceil(steps / (sheet.narrow ? 4 : 8));
    const ticks = Array.from({ length: Math.floor(steps / every) + 1 }, (_, i) => [i * every, String(i * every)]);
    const plot = picture.axes(sheet, {
      x: [0, steps], y: [-reach, reach], box: [38, top, right, bottom], xTicks: labelled ? ticks : [], grid: false,
      yTicks: [[-mu, `−${short(mu)}`], [0, "0"], [mu, short(mu)]],
      xLabel: labelled ? "denoiser calls made" : "", yLabel: title,
    });
    plot.across = [0, steps];
    bands(plot, { edge, reach, names });
    for (const path of bundle.slice(0, LINES)) {
      const upto = time * steps;
      const points = path.map((x, k) => [k, x]).filter(([k]) => k <= upto);
      points.push([upto, position(path, time)]);
      const look = time >= 1 ? LOOK[side(path[steps], edge)] : { color: "soft" };
      picture.inside(plot, (pen) => {
        pen.globalAlpha = time >= 1 && look.color === "none" ? 0.8 : 0.28;
        pen.lineWidth = 1;
        pen.strokeStyle = picture.colour(look.color);
        picture.stroke(pen, points.map(([k, x]) => [plot.x(k), plot.y(x)]));
      });
    }
    picture.inside(plot, (pen) => {
      for (const path of bundle) {
        const x = position(path, time);
        const look = time >= 1 ? LOOK[side(x, edge)] : { color: "ink", shape: "disc" };
        picture.mark(pen, plot.x(time * steps), plot.y(x), { ...look, size: time >= 1 ? 3.4 : 2.2 });
      }
    });
    histogram(sheet, plot, time >= 1 ? outputs : bundle.map((path) => position(path, time)), edge, reach, time >= 1);
    return plot;
  }

  function histogram(sheet, plot, positions, edge, reach, landed) {
    const { pen } = plot;
    const [, top, right, bottom] = plot.box;
    const heights = new Float64Array(BINS);
    for (const x of positions) {
      const bin = Math.floor(((Math.max(-reach, Math.min(reach, x)) + reach) / (2 * reach)) * BINS);
      heights[Math.min(BINS - 1, bin)] += 1;
    }
    const tallest = Math.max(...heights);
    const room = sheet.width - right - 10;
    const thick = (bottom - top) / BINS;
    heights.forEach((height, bin) => {
      const x = ((bin + 0.5) / BINS) * 2 * reach - reach;
      pen.fillStyle = lesson.picture.colour(landed ? LOOK[side(x, edge)].color : "soft");
      // A square root, so that a single particle still shows beside thousands.
      pen.fillRect(right + 5, bottom - (bin + 1) * thick, Math.sqrt(height / tallest) * room, Math.max(1, thick - 0.5));
    });
  }

  const short = (value) => String(Number(value.toPrecision(3)));
  return { paths, draw, side, LOOK };
})();
