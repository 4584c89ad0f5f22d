// A picture is drawn from numbers in its own units: axes first, then lines, areas, dots and intervals on them.
// Colours are those of the style sheet, so that the dark page and the printed one are drawn alike.
"use strict";

lesson.picture = (() => {
  const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";
  const FONT = '13px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif';

  function colour(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  }

  // 1, 10, 100 and 1000 in full, other powers of ten as such: ticks of a logarithmic axis.
  function powers(low, high) {
    const from = Math.round(Math.log10(low));
    return Array.from({ length: Math.round(Math.log10(high)) - from + 1 }, (_, i) => {
      const n = from + i;
      if (n >= 0 && n <= 3) return [10 ** n, String(10 ** n)];
      return [10 ** n, `10${n < 0 ? "⁻" : ""}${[...String(Math.abs(n))].map((digit) => RAISED[digit]).join("")}`];
    });
  }

  // The canvas as wide as its column, on paper 660 px, with as many device pixels as the screen has.
  function open(canvas) {
    const printing = document.documentElement.classList.contains("printing");
    const width = printing ? 660 : Math.max(260, canvas.parentElement.clientWidth);
    const narrow = width < 520;
    const wanted = Number(canvas.dataset.height);
    const height = Math.round(Math.min(wanted, width * (wanted > 500 ? 1.5 : narrow ? 0.95 : 0.6)));
    const dense = printing ? 2 : Math.min(3, devicePixelRatio || 1);
    canvas.width = Math.round(width * dense);
    canvas.height = Math.round(height * dense);
    canvas.style.height = `${height}px`;
    canvas.style.width = `${width}px`;
    const pen = canvas.getContext("2d");
    pen.setTransform(dense, 0, 0, dense, 0, 0);
    pen.font = FONT;
    pen.lineJoin = "round";
    pen.fillStyle = colour("page");
    pen.fillRect(0, 0, width, height);
    return { pen, width, height, narrow };
  }

  function scaled(range, log, from, to) {
    const [low, high] = log ? range.map(Math.log10) : range;
    return (value) => from + ((to - from) * ((log ? Math.log10(value) : value) - low)) / (high - low);
  }

  // Axes in a box [left, top, right, bottom] of the sheet; ticks are [value, text] pairs.
  function axes(sheet, { x, y, box, logX, logY, xTicks = [], yTicks = [], xLabel = "", yLabel = "", grid = true }) {
    const { pen } = sheet;
    const [left, top, right, bottom] = box;
    const at = { x: scaled(x, logX, left, right), y: scaled(y, logY, bottom, top) };
    pen.save();
    pen.lineWidth = 1;
    pen.fillStyle = colour("soft");
    pen.strokeStyle = colour("line");
    pen.textAlign = "center";
    pen.textBaseline = "top";
    for (const [value, text] of xTicks) {
      if (grid) stroke(pen, [[at.x(value), top], [at.x(value), bottom]]);
      pen.fillText(text, at.x(value), bottom + 6);
    }
    if (xLabel) pen.fillText(xLabel, (left + right) / 2, bottom + 24);
    pen.textAlign = "right";
    pen.textBaseline = "middle";
    for (const [value, text] of yTicks) {
      if (grid) stroke(pen, [[left, at.y(value)], [right, at.y(value)]]);
      pen.fillText(text, left - 7, at.y(value));
    }
    pen.textAlign = "left";
    pen.textBaseline = "bottom";
    if (yLabel) pen.fillText(yLabel, Math.min(left, 8), top - 6);
    pen.strokeStyle = colour("soft");
    stroke(pen, [[left, bottom], [right, bottom]]);
    pen.restore();
    return { ...at, pen, box, sheet };
  }

  function stroke(pen, points) {
    pen.beginPath();
    points.forEach(([px, py], i) => (i ? pen.lineTo(px, py) : pen.moveTo(px, py)));
    pen.stroke();
  }

  // What is drawn inside the axes never leaves them.
  function inside(plot, draw) {
    const [left, top, right, bottom] = plot.box;
    plot.pen.save();
    plot.pen.beginPath();
    plot.pen.rect(left - 6, top - 1, right - left + 12, bottom - top + 2);
    plot.pen.clip();
    draw(plot.pen);
    plot.pen.restore();
  }

  function line(plot, points, { color, width = 2, dash = [] }) {
    inside(plot, (pen) => {
      pen.strokeStyle = colour(color);
      pen.lineWidth = width;
      pen.setLineDash(dash);
      stroke(pen, points.filter((p) => p.every(Number.isFinite)).map(([u, v]) => [plot.x(u), plot.y(v)]));
    });
  }

  function area(plot, points, { color, alpha = 0.14 }) {
    inside(plot, (pen) => {
      pen.globalAlpha = alpha;
      pen.fillStyle = colour(color);
      pen.beginPath();
      points.forEach(([u, v], i) => (i ? pen.lineTo(plot.x(u), plot.y(v)) : pen.moveTo(plot.x(u), plot.y(v))));
      pen.fill();
    });
  }

  // A dot is told apart by shape as well as by colour: a disc, a cross, a square, a triangle.
  function mark(pen, px, py, { color, shape = "disc", size = 3 }) {
    pen.fillStyle = colour(color);
    pen.strokeStyle = colour(color);
    pen.lineWidth = 1.6;
    if (shape === "cross") {
      stroke(pen, [[px - size, py - size], [px + size, py + size]]);
      stroke(pen, [[px - size, py + size], [px + size, py - size]]);
      return;
    }
    pen.beginPath();
    if (shape === "square") pen.rect(px - size, py - size, 2 * size, 2 * size);
    else if (shape === "triangle") {
      pen.moveTo(px, py - 1.2 * size);
      pen.lineTo(px + 1.1 * size, py + size);
      pen.lineTo(px - 1.1 * size, py + size);
    } else pen.arc(px, py, size, 0, 7);
    pen.fill();
  }

  // A measurement: its value as a dot, its interval as a bar that ends where the axis does.
  function measured(plot, u, { value, low, high }, look) {
    inside(plot, (pen) => {
      const [, top, , bottom] = plot.box;
      const place = (v) => (v > 0 || plot.y(0) <= bottom ? Math.min(bottom, Math.max(top, plot.y(v))) : bottom);
      pen.strokeStyle = colour(look.color);
      pen.lineWidth = look.size < 4 ? 1.2 : 2.5;
      stroke(pen, [[plot.x(u), place(low)], [plot.x(u), place(high)]]);
      mark(pen, plot.x(u), place(value), { size: 4.5, ...look });
    });
  }

  function words(plot, text, u, v, { color = "ink", align = "left", base = "middle", bold = false } = {}) {
    const { pen } = plot;
    pen.save();
    if (bold) pen.font = `600 ${FONT}`;
    pen.textAlign = align;
    pen.textBaseline = base;
    pen.lineWidth = 4;
    pen.strokeStyle = colour("page");
    pen.fillStyle = colour(color);
    pen.strokeText(text, plot.x(u), plot.y(v));
    pen.fillText(text, plot.x(u), plot.y(v));
    pen.restore();
  }

  return { open, axes, powers, line, area, mark, measured, words, inside, stroke, colour };
})();
