"""A'' = e^(-d^2/4)/sqrt(pi), and E A(sqrt(t) xi) has rate E A''/2: from a shifted readout to the crossover.

A(d) is the integral over w of (Phi(w + d) - Phi(w))^2, the squared change of a readout that is shifted by d. The chain
takes its second derivative, averages it over the noise and integrates back. The rows hold theory's doubles against
the average of A itself, integrated in balls. Source: theory/LAWS.md, section 2.
"""

from fractions import Fraction
from functools import partial
from typing import Final

import flint
import sympy
import z3

from proofs.against_balls import Row
from proofs.enclosure import Enclosure
from proofs.integral import ball_integral
from proofs.smt import Claim
from proofs.step import Step, algebra, by_erf, simplify
from proofs.symbols import ball_ndtr, ball_pdf
from theory.crossover import readout_error, sharp_limit, smooth_limit
from theory.primitives import ndtr, pdf, sqrt

AXIOMS: Final = ("exchange", "stein", "strips")

w, d, x = sympy.symbols("w d x", real=True)
s, kappa, t, u, E = sympy.symbols("s kappa t u E", positive=True)

_Q = sympy.Rational
POINTS: Final = (
    {w: _Q(1, 3), d: _Q(4, 5), x: _Q(1, 2), s: _Q(2, 3), kappa: _Q(5, 2), t: _Q(7, 4), u: _Q(1, 6), E: _Q(3, 7)},
    {w: _Q(-5, 4), d: _Q(9, 4), x: _Q(-1), s: _Q(7, 5), kappa: _Q(1, 3), t: _Q(2, 5), u: _Q(3), E: _Q(5, 3)},
)


def steps() -> tuple[Step, ...]:
    """Return the chain from the squared change of a shifted readout to the crossover and its two limits."""
    pi, infinity = sympy.pi, sympy.oo
    change = 2 / sympy.sqrt(pi) * (sympy.exp(-(d**2) / 4) - 1) + d * sympy.erf(d / 2)
    bend = sympy.exp(-(d**2) / 4) / sympy.sqrt(pi)
    mean = 2 / sympy.sqrt(pi) * (sympy.sqrt(1 + t / 2) - 1)
    rate = 1 / (2 * sympy.sqrt(pi) * sympy.sqrt(1 + t / 2))
    error = 2 * E / (sympy.sqrt(pi) * kappa) * (sympy.sqrt(1 + kappa**2 * s**2 / 2) - 1)
    q = kappa * s / sympy.sqrt(2)
    product = sympy.sqrt(2 / pi) * s * E * q / (1 + sympy.sqrt(1 + q**2))
    return (
        Step("first_derivative", "the integrand's d-derivative is 2 phi(w + d) (Phi(w + d) - Phi(w))",
             sympy.Derivative((ndtr(w + d) - ndtr(w)) ** 2, d), 2 * pdf(w + d) * (ndtr(w + d) - ndtr(w)), POINTS,
             tactic=by_erf),
        Step("second_derivative", "up to a w-derivative, the second is 2 phi(w + d) phi(w)",
             sympy.Derivative(2 * pdf(w + d) * (ndtr(w + d) - ndtr(w)), d)
             - sympy.Derivative(2 * pdf(w + d) * (ndtr(w + d) - ndtr(w)), w), 2 * pdf(w + d) * pdf(w), POINTS,
             tactic=by_erf),
        Step("overlap", "its integral over w is A'' = e^(-d^2/4)/sqrt(pi)",
             sympy.Integral(2 * pdf(w + d) * pdf(w), (w, -infinity, infinity)), bend, POINTS, tactic=simplify),
        Step("slope_of_change", "A(d) = (2/sqrt(pi)) (e^(-d^2/4) - 1) + d erf(d/2) has slope erf(d/2)",
             sympy.Derivative(change, d), sympy.erf(d / 2), POINTS),
        Step("bend_of_change", "and second derivative A''",
             sympy.Derivative(sympy.erf(d / 2), d), bend, POINTS),
        Step("change_at_zero", "and no shift changes nothing: A(0) = 0",
             sympy.Subs(change, d, 0), sympy.Integer(0), POINTS, constant=True),
        Step("mean_bend", "half of E A''(sqrt(t) xi) is 1/(2 sqrt(pi) sqrt(1 + t/2))",
             sympy.Integral(sympy.exp(-t * x**2 / 4) / (2 * sympy.sqrt(pi)) * pdf(x), (x, -infinity, infinity)), rate,
             POINTS, tactic=simplify),
        Step("mean_change", "which is the t-derivative of (2/sqrt(pi)) (sqrt(1 + t/2) - 1)",
             sympy.Derivative(mean, t), rate, POINTS),
        Step("crossover", "t = kappa^2 s^2, and du = dw/kappa with density E, give R",
             sympy.Subs(E / kappa * mean, t, kappa**2 * s**2), error, POINTS),
        Step("stable_form", "R = sqrt(2/pi) s E q/(1 + sqrt(1 + q^2)), q = kappa s/sqrt 2: no difference is left",
             error * (1 + sqrt(1 + q**2)), product * (1 + sqrt(1 + q**2)), POINTS, tactic=algebra),
        Step("sharp", "u = 1/kappa to 0: R tends to sqrt(2/pi) s E",
             sympy.Subs(2 * E / sympy.sqrt(pi) * (sympy.sqrt(u**2 + s**2 / 2) - u), u, 0),
             sympy.sqrt(2 / pi) * s * E, POINTS),
        Step("smooth", "s to 0: R'' = kappa E/sqrt(pi), so R = kappa s^2 E/(2 sqrt(pi)) + ...",
             sympy.Subs(sympy.Derivative(error, (s, 2)), s, 0), kappa * E / sympy.sqrt(pi), POINTS),
        Step("log_slope", "d log R/d log s = 1 + 1/sqrt(1 + q^2), q = kappa s/sqrt 2",
             sympy.Derivative(error, s) * s * (1 + sqrt(1 + q**2)),
             error * (1 + 1 / sqrt(1 + q**2)) * (1 + sqrt(1 + q**2)), POINTS),
    )  # fmt: skip


def claims() -> tuple[Claim, ...]:
    """Return: with v = sqrt(1 + q^2), R lies below both limits, and its logarithmic slope between 1 and 2."""
    q, v = z3.Reals("q v")
    root = (q > 0, v > 0, v * v == 1 + q * q)
    return (
        Claim("below_sharp", "R/(sharp limit) = q/(1 + v) < 1", root, q < 1 + v, (2 * q < 1 + v, 1 + v < q)),
        Claim("below_smooth", "R/(smooth limit) = 2/(1 + v) < 1", root, 1 + v > 2, (100 * (1 + v) > 202, 1 + v < 2)),
        Claim("between_1_and_2", "the slope 1 + 1/v lies strictly between 1 and 2",
              root, z3.And(v < v + 1, v + 1 < 2 * v), (100 * (v + 1) < 199 * v, v + 1 < v + v * v * v / 2)),
    )  # fmt: skip


_CUT: Final = 40
"""Beyond 40 deviations A(d) <= d leaves at most 2 kappa s phi(40) < 1e-347 kappa s, which enters as a radius."""


def textbook(energy: float, sharpness: float, noise: float) -> flint.arb:
    """Return the textbook (E/kappa) E A(kappa s xi), A in its closed form, by integration in balls."""
    width, pi = flint.arb(sharpness) * flint.arb(noise), flint.arb.pi()

    def weighted(v: flint.acb) -> flint.acb:
        half = width * v / 2
        change = 2 / pi.sqrt() * (-(half**2)).expm1() + 2 * half * half.erf()
        return change * (-(v**2) / 2).exp()

    mean = 2 * ball_integral(weighted, flint.arb(0), flint.arb(_CUT)) / (2 * pi).sqrt()
    tail = 2 * width * ball_pdf(flint.arb(_CUT))
    return flint.arb(energy) / flint.arb(sharpness) * mean.union(mean + tail)


def _change(shift: int) -> flint.arb:
    """Return the integral over w of (Phi(w + d) - Phi(w))^2; beyond 40 + d it is below Phi(-40)^2, a radius here."""
    root2, far = flint.acb(2).sqrt(), flint.arb(_CUT + shift)

    def squared(w: flint.acb) -> flint.acb:
        return (((-(w + shift) / root2).erfc() - (-w / root2).erfc()) / 2) ** 2

    whole = ball_integral(squared, -far, far)
    return whole.union(whole + ball_ndtr(flint.arb(-_CUT)))


def _closed_change(shift: int) -> flint.arb:
    """Return A(d) in closed form."""
    half = flint.arb(shift) / 2
    return 2 / flint.arb.pi().sqrt() * (-(half**2)).expm1() + 2 * half * half.erf()


def _closed(sharpness: float, noise: float) -> flint.arb:
    """Return the law at E = 1."""
    q = flint.arb(sharpness) * flint.arb(noise)
    return 2 / (flint.arb.pi().sqrt() * flint.arb(sharpness)) * ((1 + q * q / 2).sqrt() - 1)


def enclosures() -> tuple[Enclosure, ...]:
    """Return both integrals of the proof: over the boundary's shift, and over the noise."""
    tiny = Fraction(1, 10**25)
    return (
        *(Enclosure(f"change_by_{d}", f"the integral over w of (Phi(w + {d}) - Phi(w))^2 is A({d})",
                    partial(_change, d), partial(_closed_change, d), tiny) for d in (1, 5)),
        *(Enclosure(f"average_{name}", f"kappa = {kappa:g}, s = {s:g}: (E/kappa) E A(kappa s xi) is the law",
                    partial(textbook, 1.0, kappa, s), partial(_closed, kappa, s), tiny)
          for name, kappa, s in (("smooth", 0.5, 0.25), ("between", 8.0, 0.25), ("sharp", 64.0, 2.0))),
    )  # fmt: skip


def _sharp(energy: float, noise: float) -> flint.arb:
    return (2 / flint.arb.pi()).sqrt() * flint.arb(noise) * flint.arb(energy)


def _smooth(energy: float, sharpness: float, noise: float) -> flint.arb:
    return flint.arb(sharpness) * flint.arb(noise) ** 2 * flint.arb(energy) / (2 * flint.arb.pi().sqrt())


def rows() -> list[Row]:
    """Return theory's readout errors and their limits beside the textbook forms, from kappa s = 1e-10 to 1e6."""
    found: list[Row] = []
    for sharpness in (1e-4, 0.3, 7.0, 1e4):
        for noise in (1e-6, 1e-3, 0.25, 100.0):
            here = f"kappa={sharpness:g}, s={noise:g}"
            value = float(readout_error(0.7, sharpness, noise))
            found.append((f"R, {here}", value, partial(textbook, 0.7, sharpness, noise)))
            found.append((f"sharp limit, {here}", sharp_limit(0.7, noise), partial(_sharp, 0.7, noise)))
            smooth = smooth_limit(0.7, sharpness, noise)
            found.append((f"smooth limit, {here}", smooth, partial(_smooth, 0.7, sharpness, noise)))
    return found
