// sum over i < n of f(i), and its kin: what printed formulas call besides the primitives.
//
// Checks of input bear the names of theory/errors.py; `root` is Brent's method (1973), as scipy.optimize.brentq.
nc.runtime = (() => {
  function refuse(what, expected, received, hint) {
    throw new RangeError(`${what} Expected: ${expected}. Received: ${received}. ${hint}`);
  }

  function real(name, value) {
    if (typeof value !== "number" || !Number.isFinite(value)) {
      refuse(`${name} is not a finite number.`, "a finite real number", value, "Did an earlier computation overflow?");
    }
    return value;
  }

  function positive(name, value) {
    if (real(name, value) > 0) return value;
    return refuse(`${name} must be positive.`, `${name} > 0`, value, "Is a sign wrong?");
  }

  function nonnegative(name, value) {
    if (real(name, value) >= 0) return value;
    return refuse(`${name} must not be negative.`, `${name} >= 0`, value, "Is a sign wrong?");
  }

  function fraction(name, value) {
    if (real(name, value) > 0 && value < 1) return value;
    return refuse(`${name} is out of range.`, `0 < ${name} < 1`, value, "Is it given in percent?");
  }

  function within(name, value, low, high) {
    if (real(name, value) >= low && value <= high) return value;
    return refuse(`${name} is out of range.`, `${low} <= ${name} <= ${high}`, value, "Is a digit too many?");
  }

  function whole(name, value, low, high) {
    if (Number.isInteger(within(name, value, low, high))) return value;
    return refuse(`${name} is not a whole number.`, "a whole number", value, "Is it a time rather than a number?");
  }

  const share = (name, value) => within(name, fraction(name, value), 1e-100, 1);
  const moderate = (name, value) => within(name, positive(name, value), 1e-100, 1e100);
  const moderate_or_zero = (name, value) => (nonnegative(name, value) === 0 ? value : moderate(name, value));

  function vector(n, f) {
    const values = new Float64Array(n);
    for (let i = 0; i < n; i++) values[i] = f(i);
    return values;
  }

  function total(n, f) {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += f(i);
    return sum;
  }

  function product(n, f) {
    let result = 1;
    for (let i = 0; i < n; i++) result *= f(i);
    return result;
  }

  function greatest(n, f) {
    let top = -Infinity;
    for (let i = 0; i < n; i++) top = Math.max(top, f(i)); // NaN stays NaN
    return top;
  }

  // The sum of a list rounded once (Shewchuk 1997): partial sums that do not overlap.
  function fsumOf(values) {
    const partials = [];
    for (let x of values) {
      let count = 0;
      for (let y of partials) {
        if (Math.abs(x) < Math.abs(y)) [x, y] = [y, x];
        const high = x + y, low = y - (high - x);
        if (low !== 0) partials[count++] = low;
        x = high;
      }
      partials.length = count;
      partials.push(x);
    }
    return partials.reduceRight((sum, part) => sum + part, 0);
  }

  const fsum = (n, f) => fsumOf(vector(n, f));
  const vectorOf = (values) => Float64Array.from(values);
  const totalOf = (values) => total(values.length, (i) => values[i]);
  const productOf = (values) => product(values.length, (i) => values[i]);
  const greatestOf = (values) => greatest(values.length, (i) => values[i]);

  function cumprod(values) {
    for (let i = 1; i < values.length; i++) values[i] *= values[i - 1];
    return values;
  }

  function cumsum(values) {
    for (let i = 1; i < values.length; i++) values[i] += values[i - 1];
    return values;
  }

  // The root of f between low and high, at which its signs differ, to the last digits.
  function root(f, low, high) {
    let a = low, b = high, fa = f(a), fb = f(b);
    if (fa === 0) return a;
    if (fb === 0) return b;
    if (!(fa * fb < 0 || Math.sign(fa) * Math.sign(fb) < 0)) {
      refuse("No root is between these ends.", "a change of sign", `${fa} and ${fb}`, "Is the bracket too narrow?");
    }
    let c = a, fc = fa, d = b - a, e = d;
    for (let turn = 0; turn < 5000; turn++) {
      if (Math.sign(fb) === Math.sign(fc)) {
        c = a; fc = fa; d = b - a; e = d;
      }
      if (Math.abs(fc) < Math.abs(fb)) {
        a = b; b = c; c = a;
        fa = fb; fb = fc; fc = fa;
      }
      const tolerance = 2 * Number.EPSILON * Math.abs(b) + Number.MIN_VALUE, half = (c - b) / 2;
      if (Math.abs(half) <= tolerance || fb === 0) return b;
      if (Math.abs(e) < tolerance || Math.abs(fa) <= Math.abs(fb)) {
        d = half; e = d;
      } else {
        const s = fb / fa;
        let p, q;
        if (a === c) {
          p = 2 * half * s; q = 1 - s;
        } else {
          const r = fa / fc, t = fb / fc;
          p = s * (2 * half * r * (r - t) - (b - a) * (t - 1));
          q = (r - 1) * (t - 1) * (s - 1);
        }
        if (p > 0) q = -q;
        p = Math.abs(p);
        if (2 * p < Math.min(3 * half * q - Math.abs(tolerance * q), Math.abs(e * q))) {
          e = d; d = p / q;
        } else {
          d = half; e = d;
        }
      }
      a = b; fa = fb;
      b += Math.abs(d) > tolerance ? d : Math.sign(half) * tolerance;
      fb = f(b);
    }
    return refuse("The root did not converge.", "5000 turns at most", "more", "Is the function continuous?");
  }

  // theory.gaussian.quantile_gap: Newton by the printed step, from 0, whose first step is the start used there.
  function quantile_gap(b, error) {
    const target = -Math.log1p(-error);
    let r = 0;
    for (let turn = 0; turn <= 100; turn++) {
      const step = nc.formulas.gap_step(b, r, target);
      r -= step;
      if (!(Math.abs(step) > 1e-15 * r)) return r;
    }
    return refuse("The quantile gap did not converge.", "100 steps of Newton", "more", "Is the error tiny?");
  }

  function schedule_on(path, steps) {
    const { paths } = nc.formulas;
    if (Object.hasOwn(paths, path)) return paths[path].schedule(steps);
    return refuse(`There is no path ${path}.`, Object.keys(paths).join(", "), path, "Is it spelt so?");
  }

  // theory.schedule.peak_optimal_schedule: the loop over its grid, whose every angle is a printed root.
  function peak_optimal_schedule(mu, scale, steps) {
    const stretch = nc.formulas.log_stretch(mu, scale);
    const angle = vector(steps + 1, (k) => {
      if (k === 0 || k === steps) return k === 0 ? 0 : Math.PI / 2;
      return nc.formulas.stretched_angle((k / steps) * stretch, mu, scale);
    });
    return {
      a: vector(steps + 1, (k) => (k === steps ? 1 : Math.sin(angle[k]))),
      b: vector(steps + 1, (k) => (k === steps ? 0 : Math.cos(angle[k]))),
    };
  }

  return Object.freeze({
    refuse, real, positive, nonnegative, fraction, within, whole, moderate, moderate_or_zero, share, vector, total, product,
    greatest, fsum, fsumOf, vectorOf, totalOf, productOf, greatestOf, cumprod, cumsum, root, quantile_gap, peak_optimal_schedule, schedule_on,
  });
})();
