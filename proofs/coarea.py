"""E kappa phi(kappa x) = integral of I(P(f > t)) dt for f = Phi(kappa x): both sides of coarea, by steps and in balls.

The chain computes both sides for half-spaces, where isoperimetry is attained, and turns the mean slope of M indicators
into a peak. The rows hold theory's doubles against both integrals and against the textbook M phi(Phi^-1((1 - e)/M)).
Source: theory/LAWS.md, section 3.
"""

from fractions import Fraction
from functools import partial
from typing import Final

import flint
import sympy
import z3

from proofs.against_balls import Row
from proofs.enclosure import Enclosure, printed
from proofs.integral import ball_integral
from proofs.smt import Claim
from proofs.step import Step, by_erf, simplify
from proofs.symbols import ball_ndtr, ball_ndtri, ball_pdf
from theory.coarea import level_integral, mean_slope, mean_stiffness, peak_stiffness
from theory.primitives import ndtr, pdf

AXIOMS: Final = ("coarea", "isoperimetry")

x, v, z = sympy.symbols("x v z", real=True)
kappa, M, L, Delta, S = sympy.symbols("kappa M L Delta S", positive=True)
e = sympy.Symbol("epsilon", positive=True)

_Q = sympy.Rational
POINTS: Final = (
    {x: _Q(1, 3), v: _Q(-4, 5), z: _Q(-3, 4), kappa: _Q(5, 2),
     M: _Q(7), L: _Q(2), Delta: _Q(3, 2), S: _Q(4, 3), e: _Q(1, 7)},
    {x: _Q(-6, 5), v: _Q(1, 4), z: _Q(-7, 5), kappa: _Q(2, 3),
     M: _Q(3), L: _Q(5, 3), Delta: _Q(4), S: _Q(5), e: _Q(3, 8)},
)  # fmt: skip


def steps() -> tuple[Step, ...]:
    """Return both sides of the coarea formula for f = Phi(kappa x), and the way from the mean slope to the peak."""
    closed = kappa / sympy.sqrt(2 * sympy.pi * (1 + kappa**2))
    return (
        Step("slope", "f = Phi(kappa x) has slope kappa phi(kappa x)",
             sympy.Derivative(ndtr(kappa * x), x), kappa * pdf(kappa * x), POINTS, tactic=by_erf),
        Step("mean_slope", "whose Gaussian mean is kappa/sqrt(2 pi (1 + kappa^2))",
             sympy.Integral(kappa * pdf(kappa * x) * pdf(x), (x, -sympy.oo, sympy.oo)), closed, POINTS,
             tactic=simplify),
        Step("level_mass", "the level set f > Phi(v) is the half-line x > v/kappa, of mass Phi(-v/kappa)",
             sympy.Integral(pdf(x), (x, v / kappa, sympy.oo)), ndtr(-v / kappa), POINTS, tactic=by_erf),
        Step("level_area", "and of boundary phi(v/kappa), the slope of that mass in its place",
             sympy.Subs(-sympy.Derivative(ndtr(-z), z), z, v / kappa), pdf(v / kappa), POINTS, tactic=by_erf),
        Step("level_integral", "with dt = phi(v) dv the levels add up to the same number",
             sympy.Integral(pdf(v / kappa) * pdf(v), (v, -sympy.oo, sympy.oo)), closed, POINTS, tactic=simplify),
        Step("mean_slope_of_square", "f = x^2, two points a level: its mean slope E|2x|",
             sympy.Integral(4 * x * pdf(x), (x, 0, sympy.oo)), 2 * sympy.sqrt(2 / sympy.pi), POINTS, constant=True),
        Step("levels_of_square", "is the sum of phi(sqrt t) + phi(-sqrt t) over its levels t > 0",
             sympy.Integral(2 * pdf(sympy.sqrt(S)), (S, 0, sympy.oo)), 2 * sympy.sqrt(2 / sympy.pi), POINTS,
             constant=True),
        Step("stable_form", "at Phi(z) = (1 - e)/M, M I = (1 - e) phi(z)/Phi(z)",
             sympy.Subs((1 - e) * pdf(z) / ndtr(z), e, 1 - M * ndtr(z)), M * pdf(z), POINTS),
        Step("from_mean_to_peak", "slope 2L/Delta on mass e holds the mean slope S from L = Delta S/(2 e) on",
             sympy.Subs(2 * L / Delta * e, L, Delta * S / (2 * e)), S, POINTS),
        Step("below_isoperimetric", "if I(p) = p/R, then the quantile gap from (1 - e)/M to 1/M is -R log(1 - e)",
             sympy.Integral(S / x, (x, (1 - e) / M, 1 / M)), -S * sympy.log(1 - e), POINTS, tactic=_by_log),
    )  # fmt: skip


def _by_log(expr: sympy.Basic) -> sympy.Basic:
    """Carry out the integral and split logarithms of products, where e < 1 makes every factor positive."""
    return sympy.expand(sympy.expand_log(sympy.expand(expr.doit()), force=True))


def _density(x: flint.acb) -> flint.acb:
    return (-x * x / 2).exp() / (2 * flint.acb.pi()).sqrt()


def _tanh_slope() -> flint.arb:
    """Return E sech^2(x); beyond 30 less than 1e-190."""
    half = ball_integral(lambda x: _density(x) / x.cosh() ** 2, flint.arb(0), flint.arb(30))
    return 2 * half.union(half + ball_ndtr(flint.arb(-30)))


def _tanh_levels() -> flint.arb:
    """Return the integral over t in (-1, 1) of phi(atanh t); within 2^-60 of the ends phi(atanh t) < phi(20)."""
    end = 1 - flint.arb(2) ** -60

    def level(t: flint.acb) -> flint.acb:
        return _density(((1 + t) / (1 - t)).log(analytic=True) / 2)

    half = ball_integral(level, flint.arb(0), end)
    return 2 * half.union(half + ball_pdf(flint.arb(20)))


_FAR: Final = 12
"""Levels of x^3 - x beyond those at 12 carry 3 E[x^2; |x| > 12] < 1e-28, which enters as a radius."""


def _cubic_slope() -> flint.arb:
    """Return E|3x^2 - 1|, split where the slope changes sign."""
    turn = 1 / flint.arb(3).sqrt()
    parts = [
        sign * ball_integral(lambda x: (3 * x * x - 1) * _density(x), low, high)
        for sign, low, high in ((-1, flint.arb(0), turn), (1, turn, flint.arb(40)))
    ]
    half = sum(parts, flint.arb(0))
    return 2 * half.union(half + 3 * 41 * ball_pdf(flint.arb(40)))


def _cubic_levels() -> flint.arb:
    """Return the integral over all levels t of the sum of phi over the roots of x^3 - x = t: three roots, or one.

    Roots by Viete, (2/sqrt 3) cos and cosh of a third of the angle of t/t0, where t0 = 2/(3 sqrt 3) is the turn.
    """
    third = flint.acb(3).sqrt()
    scale, turn = 2 / third, 2 / (3 * third)
    i = flint.acb(0, 1)

    def inner(v: flint.acb) -> flint.acb:
        angle = -i * (1 - v * v + i * v * (2 - v * v).sqrt(analytic=True)).log(analytic=True)
        turns = [(angle - 2 * flint.acb.pi() * k) / 3 for k in range(3)]
        return sum((_density(scale * a.cos()) for a in turns), flint.acb(0))

    def outer(v: flint.acb) -> flint.acb:
        return _density(scale * ((1 + v * v + v * (2 + v * v).sqrt(analytic=True)).log(analytic=True) / 3).cosh())

    # With t = t0 (1 -+ v^2) the square roots at the turn become v sqrt(2 -+ v^2), analytic.
    last = flint.arb(_FAR**3 - _FAR) / turn.real - 1
    inside = ball_integral(lambda v: 2 * v * turn * inner(v), flint.arb(0), flint.arb(1))
    outside = ball_integral(lambda v: 2 * v * turn * outer(v), flint.arb(0), last.sqrt())
    half = inside + outside
    return 2 * half.union(half + 3 * (_FAR + 1) * ball_pdf(flint.arb(_FAR)))


def claims() -> tuple[Claim, ...]:
    """Return why a level's area is least at the lower end of its mass."""
    share, low, high, at_low, at_high, area = z3.Reals("t p_low p_high I_low I_high I")
    return (
        Claim(
            "least_at_the_end", "I concave and symmetric: on [p, 1 - p] it is at least I(p) = I(1 - p)",
            (share >= 0, share <= 1, low > 0, low < high, at_high == at_low,
             area >= share * at_low + (1 - share) * at_high),
            area >= at_low, (area > at_low, area >= at_low + share),
        ),
        Claim(
            "disjoint_slopes", "disjoint supports, slope 2L/Delta on mass error in all: at most 2L error/Delta",
            (low >= 0, high >= 0, share >= 0, at_low <= share * low, at_high <= share * high, area == low + high),
            at_low + at_high <= share * area, (at_low + at_high <= share * low, at_low + at_high < share * area),
        ),
    )  # fmt: skip


def enclosures() -> tuple[Enclosure, ...]:
    """Return both sides of the coarea formula for a monotone and for a non-monotone function."""
    return (
        Enclosure("tanh", "f = tanh: E sech^2 = the integral over t of phi(atanh t)",
                  _tanh_slope, _tanh_levels, Fraction(1, 10**30)),
        Enclosure("cubic", "f = x^3 - x, not monotone: E|3x^2 - 1| = the integral over t of phi summed over all roots",
                  _cubic_slope, _cubic_levels, Fraction(1, 10**25)),
        Enclosure("cubic_value", "which is 2.594447315275986", _cubic_slope, *printed("2.594447315275986")),
    )  # fmt: skip


_CUT: Final = 40
"""The integrands are at most phi times 1 or kappa: beyond 40 deviations less than 1e-349 of that, a radius here."""


def _mean(sharpness: float) -> flint.arb:
    """Return the integral of kappa phi(kappa x) phi(x) dx."""
    kappa = flint.arb(sharpness)

    def weighted(x: flint.acb) -> flint.acb:
        return kappa * (-(x**2) * (1 + kappa**2) / 2).exp()

    half = ball_integral(weighted, flint.arb(0), flint.arb(_CUT)) / flint.arb.pi()
    return half.union(half + kappa * ball_ndtr(flint.arb(-_CUT)))


def _levels(sharpness: float) -> flint.arb:
    """Return the integral of phi(v/kappa) phi(v) dv."""
    kappa = flint.arb(sharpness)

    def weighted(v: flint.acb) -> flint.acb:
        return (-((v / kappa) ** 2) / 2).exp() * (-(v**2) / 2).exp()

    half = ball_integral(weighted, flint.arb(0), flint.arb(_CUT)) / flint.arb.pi()
    return half.union(half + ball_ndtr(flint.arb(-_CUT)))


def _mean_stiffness(modes: float, error: float) -> flint.arb:
    return flint.arb(modes) * ball_pdf(ball_ndtri((1 - flint.arb(error)) / flint.arb(modes)))


def _peak(modes: float, error: float) -> flint.arb:
    return _mean_stiffness(modes, error) / (2 * flint.arb(error))


def rows() -> list[Row]:
    """Return theory's slopes, level integrals and stiffnesses beside their textbook forms."""
    found: list[Row] = []
    for kappa in (1e-6, 0.01, 0.7, 1.0, 30.0, 1e6):
        found.append((f"mean slope, kappa={kappa:g}", float(mean_slope(kappa)), partial(_mean, kappa)))
        found.append((f"levels, kappa={kappa:g}", float(level_integral(kappa)), partial(_levels, kappa)))
    for m in (2, 3, 37, 1024, 1e6, 1e100, 1e300):
        for error in (1e-15, 1e-6, 0.01, 0.5, 1 - 1e-9):
            here = f"M={m:g}, error={error!r}"
            found.append((f"mean, {here}", float(mean_stiffness(m, error)), partial(_mean_stiffness, m, error)))
            found.append((f"peak, {here}", float(peak_stiffness(m, error)), partial(_peak, m, error)))
    return found
