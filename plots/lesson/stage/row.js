// Pieces of mass q = (1 - eps)/M in a row with gaps of width 1/L between them: the stiffest map that one coordinate needs.
// By symmetry half of the row is enough, in the lower half of the bell, where small masses keep their digits.
"use strict";

lesson.row = (() => {
  const MOST = 20000; // words: more would take longer than a hand on a slider waits
  const { ndtr, ndtri } = nc.primitives;

  const stiffness = (modes, error) => (modes > MOST ? null : nc.formulas.ordinal_stiffness(modes, error));

  // The ends of the pieces, first to last.
  function pieces(modes, error) {
    const mass = (1 - error) / modes;
    const gap = 1 / stiffness(modes, error);
    const half = [];
    let start = -Infinity;
    for (let j = 0; j < Math.floor(modes / 2); j += 1) {
      const end = ndtri((start === -Infinity ? 0 : ndtr(start)) + mass);
      half.push([start, end]);
      start = end + gap;
    }
    const mirrored = half.map(([from, to]) => [-to, -from]).reverse();
    return modes % 2 === 0 ? [...half, ...mirrored] : [...half, [start, -start], ...mirrored];
  }

  return { stiffness, pieces };
})();
