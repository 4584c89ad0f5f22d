// P(p in [low, high]) >= 99 % for every p: the exact binomial interval of a count (Clopper and Pearson 1934).
// An end is where a binomial tail, the regularised incomplete beta function, has half of what is left over.
"use strict";

lesson.interval = (() => {
  const ALPHA = 0.01;
  const TINY = 1e-300; // keeps Lentz's quotients from dividing by zero, far below any of their values

  // log Gamma(x), x > 0: Stirling's series from 16 on, where what it leaves out is below 1e-16; below by recurrence.
  function logGamma(x) {
    let shift = 0;
    let y = x;
    for (; y < 16; y += 1) shift += Math.log(y);
    const z = 1 / (y * y);
    const series = (1 / 12 - z * (1 / 360 - z * (1 / 1260 - z * (1 / 1680 - z * (1 / 1188 - (z * 691) / 360360))))) / y;
    return (y - 0.5) * Math.log(y) - y + 0.5 * Math.log(2 * Math.PI) + series - shift;
  }

  // The continued fraction of I_x(a, b), by the method of Lentz; it converges fast where x is below the mean.
  function fraction(a, b, x) {
    let [c, d] = [1, 1 / nonzero(1 - ((a + b) * x) / (a + 1))];
    let value = d;
    for (let m = 1; m < 100000; m += 1) {
      const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
      const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
      let factor = 1;
      for (const term of [even, odd]) {
        d = 1 / nonzero(1 + term * d);
        c = nonzero(1 + term / c);
        factor *= c * d;
        value *= c * d;
      }
      if (Math.abs(factor - 1) < 1e-15) break;
    }
    return value;
  }

  const nonzero = (value) => (Math.abs(value) < TINY ? TINY : value);

  // I_x(a, b), the share of a beta distribution below x.
  function below(a, b, x) {
    const weight = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x));
    return x < (a + 1) / (a + b + 2) ? (weight * fraction(a, b, x)) / a : 1 - (weight * fraction(b, a, 1 - x)) / b;
  }

  // The x with I_x(a, b) = share, by bisection to the last place.
  function quantile(a, b, share) {
    let [low, high] = [0, 1];
    for (;;) {
      const x = (low + high) / 2;
      if (x <= low || x >= high) return x;
      if (below(a, b, x) < share) low = x;
      else high = x;
    }
  }

  function clopperPearson(count, trials, alpha = ALPHA) {
    const low = count === 0 ? 0 : quantile(count, trials - count + 1, alpha / 2);
    const high = count === trials ? 1 : 1 - quantile(trials - count, count + 1, alpha / 2);
    return { value: count / trials, low, high };
  }

  const shortfall = (wanted, masses) => wanted.reduce((sum, share, i) => sum + Math.max(share - masses[i], 0), 0);

  // Total variation falls as any mass grows, so simultaneous intervals of the masses give one of it (Bonferroni).
  function variation(counts, wanted) {
    const trials = counts.reduce((sum, count) => sum + count, 0);
    const cells = counts.map((count) => clopperPearson(count, trials, ALPHA / counts.length));
    const [low, high] = [cells.map((cell) => cell.high), cells.map((cell) => cell.low)];
    return {
      value: shortfall(wanted, counts.map((count) => count / trials)),
      low: shortfall(wanted, low),
      high: Math.min(1, shortfall(wanted, high)),
    };
  }

  return { clopperPearson, variation };
})();

// Of a run only how often no word was reached: what a curve needs of each of its points.
lesson.ambiguous = (given) => lesson.interval.clopperPearson(nc.simulate(given).counts[1], given.particles);

// A run of the simulator with its intervals: what `noncommit simulate` prints as "counted".
lesson.run = (given) => {
  const run = nc.simulate(given);
  const { target, margin } = nc.simulate.setting(given);
  const own = [...nc.formulas.target_masses(target, margin)];
  return {
    ...run,
    ambiguous: lesson.interval.clopperPearson(run.counts[1], given.particles),
    tv: lesson.interval.variation(run.counts, own),
  };
};
