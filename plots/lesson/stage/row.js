// u_{j+1} = Phi(Phi^-1(u_j) + 2r) + q: M pieces of mass q = (1 - eps)/M in a row, gaps of width 2r between them.
// By symmetry half of the row is enough, in the lower half of the bell, where small masses keep their digits.
"use strict";

lesson.row = (() => {
  const MOST = 20000; // words: more would take longer than a hand on a slider waits
  const { ndtr, ndtri } = nc.primitives;

  // Where the middle of the row lies if gaps have half-width r: 0 for the right one, and increasing in r.
  function middle(modes, mass, r) {
    let end = ndtri(mass);
    for (let j = 1; j < Math.floor(modes / 2); j += 1) {
      const sum = ndtr(end + 2 * r) + mass;
      if (sum >= 1 / 2) return 1;
      end = ndtri(sum);
    }
    return modes % 2 === 0 ? end + r : ndtr(end + 2 * r) + mass / 2 - 1 / 2;
  }

  // The half gap, by bisection to the last place.
  function halfGap(modes, error) {
    const mass = (1 - error) / modes;
    let [low, high] = [0, -ndtri(mass)];
    for (;;) {
      const r = (low + high) / 2;
      if (r <= low || r >= high) return r;
      if (middle(modes, mass, r) > 0) high = r;
      else low = r;
    }
  }

  const stiffness = (modes, error) => (modes > MOST ? null : 1 / (2 * halfGap(modes, error)));

  // The ends of the pieces, first to last.
  function pieces(modes, error) {
    const mass = (1 - error) / modes;
    const r = halfGap(modes, error);
    const half = [];
    let start = -Infinity;
    for (let j = 0; j < Math.floor(modes / 2); j += 1) {
      const end = ndtri((start === -Infinity ? 0 : ndtr(start)) + mass);
      half.push([start, end]);
      start = end + 2 * r;
    }
    const mirrored = half.map(([from, to]) => [-to, -from]).reverse();
    return modes % 2 === 0 ? [...half, ...mirrored] : [...half, [start, -start], ...mirrored];
  }

  return { MOST, stiffness, pieces };
})();
