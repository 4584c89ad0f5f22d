// x = sum_l B_l xi_l + sum_i A_i m_i: a linear combination of noises and of the denoiser's answers, or a number.
//
// What the schemes of nc.schemes calculate with: theory/linear_method.py's Row and Tape.
nc.rows = (() => {
  class Row {
    constructor(terms) {
      this.terms = terms; // from "x0", noise 0, or "m3", answer 3, to its coefficient
    }
  }

  function plus(x, y) {
    if (!(x instanceof Row)) return x + y;
    const terms = new Map(x.terms);
    for (const [key, value] of y.terms) terms.set(key, terms.has(key) ? terms.get(key) + value : value);
    return new Row(terms);
  }

  function times(factor, x) {
    if (!(x instanceof Row)) return factor * x;
    return new Row(new Map([...x.terms].map(([key, value]) => [key, factor * value])));
  }

  const minus = (x, y) => (x instanceof Row ? plus(x, times(-1, y)) : x - y);
  const pairwise = (values) => values.slice(1).map((value, k) => [values[k], value]);

  class Tape {
    constructor(path) {
      this.path = path;
      this.calls = [];
      this.inputs = 0;
    }

    start(t) {
      this.inputs = 1;
      return new Row(new Map([["x0", this.path.b(t)]]));
    }

    mean(x, t) {
      this.calls.push({ a: this.path.a(t), b: this.path.b(t), row: x });
      return new Row(new Map([[`m${this.calls.length - 1}`, 1]]));
    }

    velocity(x, t) {
      return nc.schemes.velocity(this, x, t);
    }

    inject(x, tau) {
      if (tau === 0) return x;
      this.inputs += 1;
      return plus(x, new Row(new Map([[`x${this.inputs - 1}`, tau]])));
    }
  }

  // J calls at a and b; row j of `noise`, (J + 1) x R, and `mix`, (J + 1) x J, says what call j sees, the last the output.
  function linearMethod(scheme, path, grid) {
    const tape = new Tape(path), output = scheme(tape, grid), J = tape.calls.length, inputs = tape.inputs;
    const rows = [...tape.calls.map((call) => call.row), output];
    const noise = rows.map(() => new Float64Array(inputs)), mix = rows.map(() => new Float64Array(J));
    rows.forEach((row, j) => {
      for (const [key, value] of row.terms) (key[0] === "x" ? noise : mix)[j][Number(key.slice(1))] = value;
    });
    return { calls: J, inputs, noise, mix, a: tape.calls.map((call) => call.a), b: tape.calls.map((call) => call.b) };
  }

  return Object.freeze({ plus, minus, times, pairwise, linearMethod });
})();
