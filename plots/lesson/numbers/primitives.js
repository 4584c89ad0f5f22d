// Phi(x) = erfcx(-x/sqrt 2) e^(-x^2/2)/2: the vocabulary of the formulas, each as exact in its tails as in its middle.
//
// The same names as theory/primitives.py. Math's own functions are taken where they keep their digits; the Gaussian
// functions rest on one Chebyshev series, and on squares that are split before they are exponentiated.
nc.primitives = (() => {
  const ROOT2 = Math.SQRT2, ROOT2PI = Math.sqrt(2 * Math.PI);

  // (1 + 2x) erfcx(x) for x >= 0 in t = (x - 3.75)/(x + 3.75), the variable of Shepherd and Laframboise 1981. What is
  // left out is below 3e-18.
  const SERIES = [
    1.1775789345674017, -0.004590054580646478, -0.08424913336651792, 0.05920993999819189, -0.026658668435305753,
    0.009074997670705265, -0.002413163540417608, 0.0004907758365258086, -6.916973302501207e-05, 4.13902798607301e-06,
    7.74038306619849e-07, -2.1886401049234397e-07, 1.076499946567091e-08, 4.521959811218287e-09,
    -7.754400208831351e-10, -6.318088340886684e-11, 2.86879501093067e-11, 1.9455868545777347e-13,
    -9.65469674843344e-13, 3.25254814814874e-14, 3.3478119482868056e-14, -1.864562880419313e-15,
    -1.2507950530688648e-15, 7.418235256624044e-17, 5.068148904796111e-17,
  ];

  // e^(sign x^2/scale): h = x to four binary places has an exact square, and the rest of x^2 is a product.
  function expSquare(x, sign, scale) {
    if (Math.abs(x) > 60) return sign < 0 ? 0 : Infinity;
    const h = Math.round(x * 16) / 16;
    return Math.exp((sign * h * h) / scale) * Math.exp((sign * (x - h) * (x + h)) / scale);
  }

  function erfcx(x) {
    if (x < 0) return 2 * expSquare(x, 1, 1) - erfcx(-x);
    if (x === Infinity) return 0;
    const t = (x - 3.75) / (x + 3.75);
    let b = 0, c = 0;
    for (let k = SERIES.length - 1; k > 0; k--) {
      const d = 2 * t * b - c + SERIES[k];
      c = b;
      b = d;
    }
    return (t * b - c + SERIES[0]) / (1 + 2 * x);
  }

  // The mass beyond x > 0.
  const tail = (x) => (expSquare(x, -1, 2) * erfcx(x / ROOT2)) / 2;

  const ndtr = (x) => (x < 0 ? tail(-x) : 1 - tail(x));

  function log_ndtr(x) {
    if (x < -1) return Math.log(erfcx(-x / ROOT2) / 2) - (x * x) / 2;
    return x < 0 ? Math.log(tail(-x)) : Math.log1p(-tail(x));
  }

  // Wichura 1988, algorithm AS 241: quotients of two polynomials of degree 7, exact to about 1e-16.
  const MIDDLE = [
    [3.387132872796366608, 133.14166789178437745, 1971.5909503065514427, 13731.693765509461125, 45921.953931549871457,
      67265.770927008700853, 33430.575583588128105, 2509.0809287301226727],
    [1, 42.313330701600911252, 687.1870074920579083, 5394.1960214247511077, 21213.794301586595867,
      39307.89580009271061, 28729.085735721942674, 5226.495278852854561],
  ];
  const NEAR = [
    [1.42343711074968357734, 4.6303378461565452959, 5.7694972214606914055, 3.64784832476320460504,
      1.27045825245236838258, 0.24178072517745061177, 0.0227238449892691845833, 7.7454501427834140764e-4],
    [1, 2.05319162663775882187, 1.6763848301838038494, 0.68976733498510000455, 0.14810397642748007459,
      0.0151986665636164571966, 5.475938084995344946e-4, 1.05075007164441684324e-9],
  ];
  const FAR = [
    [6.6579046435011037772, 5.4637849111641143699, 1.7848265399172913358, 0.29656057182850489123,
      0.026532189526576123093, 0.0012426609473880784386, 2.71155556874348757815e-5, 2.01033439929228813265e-7],
    [1, 0.59983220655588793769, 0.13692988092273580531, 0.0148753612908506148525, 7.868691311456132591e-4,
      1.8463183175100546818e-5, 1.4215117583164458887e-7, 2.04426310338993978564e-15],
  ];
  const polynomial = (coefficients, x) => coefficients.reduceRight((sum, c) => sum * x + c, 0);
  const quotient = ([above, below], x) => polynomial(above, x) / polynomial(below, x);

  function ndtri(q) {
    const centred = q - 0.5;
    if (Math.abs(centred) <= 0.425) return centred * quotient(MIDDLE, 0.180625 - centred * centred);
    const smaller = centred < 0 ? q : 1 - q;
    if (!(smaller > 0)) return smaller === 0 ? (centred < 0 ? -Infinity : Infinity) : NaN;
    const r = Math.sqrt(-Math.log(smaller));
    let z = -(r <= 5 ? quotient(NEAR, r - 1.6) : quotient(FAR, r - 5));
    z -= (log_ndtr(z) - Math.log(smaller)) / hazard(z); // one step of Newton: far out the quotient alone drifts
    return centred < 0 ? z : -z;
  }

  const pdf = (x) => expSquare(x, -1, 2) / ROOT2PI;
  const hazard = (x) => (x > 0 ? pdf(x) / ndtr(x) : Math.sqrt(2 / Math.PI) / erfcx(-x / ROOT2));

  function logsumexp(values) {
    let top = -Infinity, total = 0;
    for (const value of values) top = Math.max(top, value); // NaN stays NaN
    if (!Number.isFinite(top)) return top;
    for (const value of values) total += Math.exp(value - top);
    return top + Math.log(total);
  }

  const expit = (x) => 1 / (1 + Math.exp(-x));
  const { exp, log, sqrt, log1p, expm1, tanh, min: minimum } = Math;
  return Object.freeze({
    exp, log, sqrt, log1p, expm1, tanh, minimum, logsumexp, expit, ndtr, log_ndtr, ndtri, erfcx, pdf, hazard,
  });
})();
