"""E A(d xi_1) = k_n integral over x of (1 - x^2)^((n-3)/2) A(d x): the textbook DABI in balls, beside theory's panels.

Numerator and denominator are integrated as they are defined: the numerator over all of w < 0, the denominator over the
angle to the normal, with its constant from Gamma functions. Source: theory/LAWS.md, section 9.
"""

from collections.abc import Callable
from fractions import Fraction
from functools import partial
from itertools import pairwise
from typing import Final

import flint
import sympy

from proofs.against_balls import Row
from proofs.box import Box, Inequality, rational
from proofs.enclosure import Enclosure, printed
from proofs.integral import ball_integral
from proofs.step import Step, by_erf, simplify
from proofs.symbols import ball_ndtr, ball_sqrt2
from theory.diagnostics import dabi, gap_exponent, sharp_dabi, sharpness_exponent, squared_change
from theory.primitives import ndtr, pdf

AXIOMS: Final = ("exchange", "sphere")

w, d, x, theta = sympy.symbols("w d x theta", real=True)
n, c = sympy.symbols("n c", positive=True)
_Q = sympy.Rational
POINTS: Final = (
    {w: _Q(1, 3), d: _Q(4, 5), x: _Q(1, 2), theta: _Q(2, 5), n: _Q(3), c: _Q(1, 4)},
    {w: _Q(-5, 4), d: _Q(9, 4), x: _Q(-1, 3), theta: _Q(7, 9), n: _Q(6), c: _Q(3, 5)},
)


def steps() -> tuple[Step, ...]:
    """Return the smooth limit n, the sharp limits in 1, 2 and 3 dimensions, and what a gap does to them."""
    half = (theta, 0, sympy.pi / 2)
    cos, sin = sympy.cos(theta), sympy.sin(theta)
    mean = {
        2: sympy.Integral(sin, half) / sympy.Integral(1, half),
        3: sympy.Integral(cos * sin, half) / sympy.Integral(cos, half),
    }
    kept = 2 * (1 - c**2) ** ((n - 1) / 2) / (n - 1)
    change = 2 / sympy.sqrt(sympy.pi) * (sympy.exp(-(d**2) / 4) - 1) + d * sympy.erf(d / 2)
    return (
        Step("mirror", "w -> -w - d leaves (Phi(w + d) - Phi(w))^2 as it is: the half below -d/2 is A(d)/2",
             sympy.Subs((ndtr(w + d) - ndtr(w)) ** 2, w, -w - d), (ndtr(w + d) - ndtr(w)) ** 2, POINTS, tactic=by_erf),
        Step("small_shift", "A(d) = d^2/(2 sqrt pi) + ...: its second derivative at 0 is 1/sqrt(pi)",
             sympy.Subs(sympy.Derivative(change, (d, 2)), d, 0), 1 / sympy.sqrt(sympy.pi), POINTS, constant=True),
        Step("small_half_shift", "the half w < 0 has half of it: 2 d^2 times the integral of phi^2 over w < 0",
             sympy.Integral(2 * pdf(w) ** 2, (w, -sympy.oo, 0)), 1 / (2 * sympy.sqrt(sympy.pi)), POINTS, constant=True),
        Step("sphere_rate", "d/dt [sin cos^(n-1)] = cos^(n-2) (1 - n sin^2): integrated over the sphere, E "
                            "xi_1^2 = 1/n",
             sympy.Derivative(sin * cos ** (n - 1), theta), cos ** (n - 2) * (1 - n * sin**2), POINTS,
             tactic=_trigonometric),
        Step("sharp_in_2", "n = 2: E|xi_1| = 2/pi, so a sharp readout has 2/E|xi_1| = pi",
             2 / mean[2], sympy.pi, POINTS, constant=True),
        Step("sharp_in_3", "n = 3: E|xi_1| = 1/2, so it has 4", 2 / mean[3], sympy.Integer(4), POINTS, constant=True),
        Step("beyond_a_gap", "d/dc of -2 (1 - c^2)^((n-1)/2)/(n - 1) is 2 c (1 - c^2)^((n-3)/2): E(|xi_1|; |xi_1| > c)",
             sympy.Derivative(-kept, c), 2 * c * (1 - c**2) ** ((n - 3) / 2), POINTS, tactic=simplify),
        Step("along_the_normal", "of latents beyond the gap c r the normal move r flips the share of distances "
                                 "in (c, 1)",
             sympy.Integral(1, (x, c, 1)), 1 - c, POINTS),
    )  # fmt: skip


def _trigonometric(expr: sympy.Expr) -> sympy.Expr:
    """Write cos^2 as 1 - sin^2 after dividing by cos^(n-2)."""
    return sympy.simplify(sympy.expand(sympy.powsimp(expr.doit() / sympy.cos(theta) ** (n - 2))))


def enclosures() -> tuple[Enclosure, ...]:
    """Return the numbers of theory/LAWS.md: the peak, the sharp limit, and what a gap does."""
    return (
        Enclosure("peak", "n = 16: at kappa r = 1.89 DABI is 1.570 n, above the smooth "
                          "n", lambda: textbook(16, 1.89) / 16,
                  *printed("1.570")),
        Enclosure("at_one", "n = 256: 1.4436 n at kappa r = 1", lambda: textbook(256, 1.0) / 256, *printed("1.4436")),
        Enclosure("sharp_in_16", "n = 16: a sharp readout has "
                                 "9.8712", lambda: textbook_sharp(16, 0.0), *printed("9.8712")),
        Enclosure("gap_in_16", "n = 16, gap 0.6: 1344.6 without any sharpness", lambda: textbook_sharp(16, 0.6),
                  *printed("1344.6")),
        Enclosure("gap_in_100", "n = 100, gap 0.2: 989.7", lambda: textbook_sharp(100, 0.2), *printed("989.7")),
    )  # fmt: skip


_CUT: Final = 40
"""What lies beyond 40 deviations, (Phi(w + d) - Phi(w))^2 < Phi(-40)^2 < 1e-698 in all, enters as a radius."""


def _change(d: flint.acb) -> flint.acb:
    """Return A(d) = (2/sqrt(pi)) (e^(-d^2/4) - 1) + d erf(d/2)."""
    return 2 / flint.arb.pi().sqrt() * (-(d**2) / 4).expm1() + d * (d / 2).erf()


def _squared_change(d: float) -> flint.arb:
    return _change(flint.acb(d)).real


def _average(n: int, f: Callable[[flint.acb], flint.acb], low: flint.arb) -> flint.arb:
    """Return E f(|xi_1|) over |xi_1| > sin(low), by the angle: 2 k_n integral of cos^(n-2) f(sin)."""
    half = flint.arb(n) / 2
    constant = half.gamma() / (flint.arb.pi().sqrt() * (half - flint.arb(1) / 2).gamma())
    return 2 * constant * ball_integral(lambda t: t.cos() ** (n - 2) * f(t.sin()), low, flint.arb.pi() / 2)


def textbook(n: int, sharpness_radius: float) -> flint.arb:
    """Return the textbook DABI at kappa r, n >= 2."""
    d = flint.arb(sharpness_radius)
    return _along(d) / _isotropic(n, d)


def _isotropic(n: int, d: flint.arb) -> flint.arb:
    """Return E A(d |xi_1|); it rises with d, as A does."""
    return _average(n, lambda x: _change(d * x), flint.arb(0))


def _along(d: flint.arb) -> flint.arb:
    """Return twice the integral over w < 0 of (Phi(w + d) - Phi(w))^2; it rises with d."""
    root = ball_sqrt2()

    def squared(w: flint.acb) -> flint.acb:
        return (((-(w + d) / root).erfc() - (-w / root).erfc()) / 2) ** 2

    far = -(d + _CUT)
    # Pieces, lest the rule spend its work on finding the two places where the integrand moves.
    places = [far, *(-(d * j) / 8 for j in range(8, -1, -1))]
    along = sum((ball_integral(squared, a, b) for a, b in pairwise(places)), flint.arb(0))
    tail = ball_ndtr(flint.arb(-_CUT)) ** 2
    return 2 * along.union(along + tail)


def textbook_sharp(n: int, gap_ratio: float) -> flint.arb:
    """Return the textbook 2 (1 - c)/E(|xi_1| - c)_+, n >= 2."""
    c = flint.arb(gap_ratio)
    return 2 * (1 - c) / _average(n, lambda x: x - c, c.asin())


def textbook_exponent(n: int, sharpness_radius: float) -> flint.arb:
    """Return the textbook d log E A(d xi_1)/d log d = E[d x A'(d x)]/E A(d x), A'(d) = erf(d/2), n >= 2."""
    d, zero = flint.arb(sharpness_radius), flint.arb(0)
    return _average(n, lambda x: d * x * (d * x / 2).erf(), zero) / _average(n, lambda x: _change(d * x), zero)


def textbook_gap_exponent(n: int, gap_ratio: float) -> flint.arb:
    """Return the textbook d log E(r |xi_1| - g)_+/d log r at r = g/c: E[|xi_1|; |xi_1| > c]/E(|xi_1| - c)_+, n >= 2."""
    c = flint.arb(gap_ratio)
    return _average(n, lambda x: x, c.asin()) / _average(n, lambda x: x - c, c.asin())


def rows() -> list[Row]:
    """Return theory's diagnostics beside their textbook forms, in dimensions 2 to 1000."""
    found: list[Row] = []
    for d in (1e-6, 0.1, 2.0, 50.0, 1e6):
        found.append((f"A({d:g})", float(squared_change(d)), partial(_squared_change, d)))
    for n in (2, 3, 16, 257, 1000):
        for d in (1e-6, 0.1, 1.89, 12.0, 30.0, 1000.0):
            found.append((f"dabi, n={n}, kappa r={d:g}", dabi(n, d), partial(textbook, n, d)))
            found.append(
                (f"exponent, n={n}, kappa r={d:g}", sharpness_exponent(n, d), partial(textbook_exponent, n, d))
            )
        found.append((f"sharp, n={n}", sharp_dabi(n), partial(textbook_sharp, n, 0.0)))
        for c in (1e-3, 0.2, 0.6, 0.97):
            if (value := sharp_dabi(n, c)) < 1e280:  # beyond, the mass past the gap underflows
                found.append((f"gap, n={n}, c={c:g}", value, partial(textbook_sharp, n, c)))
                found.append(
                    (f"gap exponent, n={n}, c={c:g}", gap_exponent(n, c), partial(textbook_gap_exponent, n, c))
                )
    return found


def _below(share: Fraction, v: flint.arb) -> flint.arb:
    """Return share - DABI/n at n = 16 and kappa r = 2^v; numerator and denominator both rise with kappa r."""
    first, last = flint.arb(2) ** v.lower(), flint.arb(2) ** v.upper()
    low, high = _along(first), _along(last)
    under_low, under_high = _isotropic(16, first), _isotropic(16, last)
    return rational(share) - (low / under_high).union(high / under_low) / 16


RADII: Final[Box] = ((Fraction(-3), Fraction(6)),)
"""kappa r from 1/8 to 64."""


def inequalities() -> tuple[Inequality, ...]:
    """Return: the peak of DABI in 16 dimensions is nowhere as high as 1.7 n."""
    return (
        Inequality("peak_below", "n = 16: DABI < 1.7 n at every kappa r = 2^v from 1/8 to 64; 1.5 n is exceeded",
                   partial(_below, Fraction(17, 10)), RADII, (partial(_below, Fraction(3, 2)),)),
    )  # fmt: skip
