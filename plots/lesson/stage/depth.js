// error >= frontier(K): below the curve no sampler of its class can come, and a measured point shows how near it does.
"use strict";

lesson.depth = (() => {
  const LEAST = 1e-6;

  // curves: [{points: [[K, error]], color, dash, label, forbids}], points: [{steps, estimate, color, shape, label}].
  function draw(sheet, { top, bottom, curves, points, most = 64, xLabel = "K, denoiser calls", yLabel }) {
    const picture = lesson.picture;
    const ticks = [1, 2, 4, 8, 16, 32, 64, 128, 256].filter((k) => k <= most);
    const plot = picture.axes(sheet, {
      x: [1, most], y: [LEAST, 1], logX: true, logY: true, box: [46, top, sheet.width - 16, bottom],
      xTicks: ticks.map((k) => [k, String(k)]), yTicks: picture.powers(LEAST, 1), xLabel, yLabel,
    });
    for (const curve of curves) {
      const shown = curve.points.map(([k, error]) => [k, Math.max(error, LEAST / 10)]);
      if (curve.forbids) {
        const closed = [...shown, [most, LEAST], [1, LEAST]];
        picture.area(plot, closed, { color: curve.color, alpha: 0.13 });
      }
      picture.line(plot, shown, { color: curve.color, dash: curve.dash || [], width: curve.width || 2.2 });
    }
    for (const { steps, estimate, color, shape, size } of points) {
      picture.measured(plot, steps, estimate, { color, shape, size });
    }
    legend(plot, [...curves, ...points].filter(({ label }) => label));
    return plot;
  }

  // In the lower left corner, or with `high` in the upper right one.
  function legend(plot, entries, high) {
    const { pen, box } = plot;
    const { picture } = lesson;
    const [left, top, right, bottom] = box;
    entries.forEach(({ label, color, dash, shape, points }, i) => {
      const y = high ? top + 12 + 19 * i : bottom - 12 - 19 * (entries.length - 1 - i);
      const x = high ? right - 36 : left + 44;
      pen.save();
      pen.textAlign = high ? "right" : "left";
      pen.textBaseline = "middle";
      pen.lineWidth = 4;
      pen.strokeStyle = picture.colour("page");
      pen.fillStyle = picture.colour("ink");
      if (high) pen.strokeText(label, x, y);
      pen.fillText(label, x, y);
      pen.strokeStyle = picture.colour(color);
      const from = high ? right - 28 : left + 12;
      if (points) {
        pen.lineWidth = 2.2;
        pen.setLineDash(dash || []);
        picture.stroke(pen, [[from, y], [from + 24, y]]);
      } else {
        picture.mark(pen, from + 12, y, { color, shape, size: 4 });
      }
      pen.restore();
    });
  }

  return { draw, LEAST, legend };
})();
