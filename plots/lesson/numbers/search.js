// Loops that theory ends by a condition on a number, over its printed parts: roots, windows of a density, rows of gaps.
//
// theory/simplex.py and theory/ordinal.py: the search is by hand, each formula in it is nc.formulas.
nc.search = (() => {
  const { vector, total, greatest, root } = nc.runtime;
  const FARTHEST = 80, DEPTH = 50; // theory.simplex: no density peaks beyond, and e^-50 of a peak adds nothing

  const linspace = (low, high, points) => vector(points, (i) => (i === points - 1 ? high : low + (i * (high - low)) / (points - 1)));

  // Equally spaced points over all y where the log-concave weight is within DEPTH of its peak.
  function simplex_window(modes, lead) {
    let low = -FARTHEST, high = FARTHEST + lead;
    for (const points of [20001, 801]) {
      const y = linspace(low, high, points);
      const logWeight = y.map((place) => nc.formulas._log_weight(modes, place, lead));
      const least = greatest(points, (i) => logWeight[i]) - DEPTH;
      const inside = (w) => w >= least, first = logWeight.findIndex(inside), last = logWeight.findLastIndex(inside);
      low = y[Math.max(first - 1, 0)];
      high = y[Math.min(last + 1, points - 1)];
    }
    return linspace(low, high, 801);
  }

  const known = { modes: 0, found: null }; // a root asks for the same density dozens of times

  // Points, and weights that add up to 1, of the density of the largest of M normals.
  function simplex_largest(modes) {
    if (known.modes !== modes) {
      const points = simplex_window(modes, 0);
      const weights = points.map((y) => Math.exp(nc.formulas._log_weight(modes, y, 0)));
      const sum = total(weights.length, (i) => weights[i]);
      known.found = { points, weights: weights.map((w) => w / sum) };
      known.modes = modes;
    }
    return known.found;
  }

  // The root in (0, high] of an increasing f, negative near 0.
  function bracketed(f, high) {
    let top = high * (1 + 1e-9), low = top / 2;
    for (let turn = 0; turn < 1100 && f(low) > 0; turn++) { // 1100 halvings reach the smallest double
      top = low;
      low /= 2;
    }
    return root(f, low, top);
  }

  // The mass of the first gaps of a row of pieces and gaps from the left; a row past the middle is held there.
  function ordinal_gaps(mass, gaps, width) {
    let sum = 0;
    for (let j = 1; j <= gaps; j++) {
      sum += nc.formulas.step_mass(nc.primitives.ndtri(Math.min(j * mass + sum, 0.5)), width);
    }
    return sum;
  }

  return Object.freeze({ simplex_window, simplex_largest, bracketed, ordinal_gaps });
})();
