"""Phi(z1 + Delta/L) + Phi(z2) = 1 is solved by L = Delta/(-z1 - z2): the law of two sets, step by step.

Quantiles are carried as z_i = Phi^-1(q_i), so that every identity is one about erfc and polynomials. The inequality
itself is Gaussian isoperimetry, which is cited; what follows from it, that it is attained, and that of two masses
equal ones ask most, is proved here. Source: theory/LAWS.md, section 4.
"""

from fractions import Fraction
from functools import partial
from typing import Final

import flint
import sympy
import z3

import proofs.symbols  # noqa: F401 - gives the primitives their symbolic meaning
from proofs.box import Box, Inequality, rational
from proofs.enclosure import Enclosure
from proofs.integral import ball_integral
from proofs.rows import profile
from proofs.smt import Claim
from proofs.step import Step, by_erf
from proofs.symbols import ball_ndtri
from theory.primitives import ndtr, ndtri, pdf

AXIOMS: Final = ("isoperimetry",)

x, z, c, z1, z2 = sympy.symbols("x z c z1 z2", real=True)
L, Delta, r = sympy.symbols("L Delta r", positive=True)
e, q = sympy.symbols("epsilon q", positive=True)

_Q = sympy.Rational
POINTS: Final = (
    {z: _Q(-3, 4), c: _Q(1, 5), z1: _Q(-7, 5), z2: _Q(-1, 3), L: _Q(5, 2), Delta: _Q(3), r: _Q(3, 5), e: _Q(1, 7),
     q: _Q(2, 7)},
    {z: _Q(5, 4), c: _Q(-2, 7), z1: _Q(-1, 5), z2: _Q(-9, 4), L: _Q(7), Delta: _Q(1, 2), r: _Q(1, 28), e: _Q(3, 8),
     q: _Q(1, 8)},
)  # fmt: skip


def steps() -> tuple[Step, ...]:
    """Return the chain from the clipped affine map to the law, its balanced form and its monotonicity."""
    law = Delta / (-z1 - z2)
    gap = sympy.Integral(pdf(x), (x, c - r, c + r))
    error = 1 - ndtr(c - r) - ndtr(-c - r)
    return (
        Step("left_end", "the map L (x - c) reaches -Delta/2 at x = c - Delta/(2L)",
             sympy.Subs(L * (x - c), x, c - Delta / (2 * L)), -Delta / 2, POINTS),
        Step("right_end", "it reaches Delta/2 at x = c + Delta/(2L)",
             sympy.Subs(L * (x - c), x, c + Delta / (2 * L)), Delta / 2, POINTS),
        Step("gap_probability", "the mass between the ends is 1 - q1 - q2, q1 = Phi(c - r), q2 = Phi(-c - r)",
             gap, error, POINTS, tactic=by_erf),
        Step("distribution", "Phi(z) = erfc(-z/sqrt 2)/2 is the mass of (-infinity, z]",
             sympy.Integral(pdf(x), (x, -sympy.oo, z)), ndtr(z), POINTS, tactic=by_erf),
        Step("reflection", "the mass of [z, infinity) is Phi(-z)",
             sympy.Integral(pdf(x), (x, z, sympy.oo)), ndtr(-z), POINTS, tactic=by_erf),
        Step("quantile_rate", "d Phi = phi dz, so Phi^-1 has slope 1/phi",
             sympy.Derivative(ndtr(z), z), pdf(z), POINTS),
        Step("neighbourhood", "the law with equality: Phi(z1 + Delta/L) = 1 - Phi(z2) at L = Delta/(-z1 - z2)",
             sympy.Subs(ndtr(z1 + Delta / L), L, law), 1 - ndtr(z2), POINTS, tactic=by_erf),
        Step("attained", "the clipped affine map has Delta/(-z1 - z2) = L: no constant can be improved",
             sympy.Subs(law, (z1, z2), (c - Delta / (2 * L), -c - Delta / (2 * L))), L, POINTS),
        Step("isoperimetric_sum", "for two masses sum Phi(z_i + Delta/(2L)) = 1 has the same solution",
             sympy.Subs(ndtr(z1 + Delta / (2 * L)) + ndtr(z2 + Delta / (2 * L)), L, law), sympy.Integer(1), POINTS,
             tactic=by_erf, constant=True),
        Step("balanced_error", "q1 = q2 = Phi(-r): the error, the mass of [-r, r], is 2 Phi(r) - 1",
             sympy.Integral(pdf(x), (x, -r, r)), 2 * ndtr(r) - 1, POINTS, tactic=by_erf),
        Step("balanced_quantile", "Phi^-1((1 - error)/2) = -Phi^-1((1 + error)/2): the mass below is (1 - error)/2",
             sympy.Integral(pdf(x), (x, -sympy.oo, -ndtri((1 + e) / 2))), (1 - e) / 2, POINTS, tactic=by_erf),
        Step("balanced_law", "q1 = q2 gives L = Delta/(2 Phi^-1((1 + error)/2))",
             sympy.Subs(law, (z1, z2), (-z, -z)), Delta / (2 * z), POINTS),
        Step("rises_with_mass", "dL/dq1 = Delta/((z1 + z2)^2 phi(z1)) > 0",
             sympy.Derivative(law, z1) / sympy.Derivative(ndtr(z1), z1), Delta / ((z1 + z2) ** 2 * pdf(z1)), POINTS),
        Step("unequal_rate", "at one error the gap -z1 - z2 = Phi^-1(q + error) - Phi^-1(q) has the slope "
                             "1/I(q + error) - 1/I(q) in the smaller mass q",
             sympy.Derivative(ndtri(q + e) - ndtri(q), q), 1 / pdf(ndtri(q + e)) - 1 / pdf(ndtri(q)), POINTS),
        Step("falls_with_error", "d error/dr = 2 phi(r) > 0: a wider half gap, a smaller L, a larger error",
             sympy.Derivative(2 * ndtr(r) - 1, r), 2 * pdf(r), POINTS),
        Step("falls_with_stiffness", "d error/dL = -(Delta/L^2) phi(Delta/(2L)) < 0",
             sympy.Derivative(2 * ndtr(Delta / (2 * L)) - 1, L), -Delta / L**2 * pdf(Delta / (2 * L)), POINTS),
    )  # fmt: skip


def preimages_apart() -> Claim:
    """Return that preimages of sets Delta apart are Delta/L apart; `isoperimetric` uses it too."""
    stiff, apart, near, image = z3.Reals("L Delta d image")
    return Claim(
        "preimages_apart", "an L-Lipschitz map takes points d apart to points at most L d apart: of sets Delta apart, "
        "L d >= Delta", (stiff > 0, apart > 0, near >= 0, image >= apart, image <= stiff * near), stiff * near >= apart,
        (near >= apart, stiff * near >= 2 * apart),
    )  # fmt: skip


def claims() -> tuple[Claim, ...]:
    """Return how far apart preimages are."""
    return (preimages_apart(),)


def _balance(share: flint.arb, error: flint.arb) -> flint.arb:
    """Return I(q + error) - I(q) at q = share (1 - error)/2, the smaller of two masses."""
    small = share * (1 - error) / 2
    return profile(small + error) - profile(small)


BOX: Final[Box] = ((Fraction(1, 16), Fraction(7, 8)), (Fraction(1, 16), Fraction(15, 16)))


def inequalities() -> tuple[Inequality, ...]:
    """Return: at one error, the nearer two masses are to each other, the more stiffness they need."""
    return (
        Inequality("equal_masses_ask_most", "I(q + error) > I(q) for q below (1 - error)/2: the gap falls, L rises, "
                   "towards equal masses, by share 2q/(1 - error) and error", _balance, BOX,
                   (lambda share, error: _balance(share, error) - flint.arb("0.02"),)),
    )  # fmt: skip


def _between(q1: Fraction, q2: Fraction) -> flint.arb:
    """Return the mass between Phi^-1(q1) and -Phi^-1(q2), a Delta/L apart, by integration."""
    ends = ball_ndtri(rational(q1)), -ball_ndtri(rational(q2))
    return ball_integral(lambda u: (-u * u / 2).exp(), *ends) / (2 * flint.arb.pi()).sqrt()


def enclosures() -> tuple[Enclosure, ...]:
    """Return the mass that the extremal map leaves between its ends at the law's L, integrated."""
    pairs = {
        "left_over_equal": (Fraction(3, 8), Fraction(3, 8)),
        "left_over_unequal": (Fraction(1, 100), Fraction(9, 10)),
    }
    return tuple(
        Enclosure(name, f"masses {q1} and {q2} at L = Delta/(-z1 - z2): what lies between has mass {1 - q1 - q2}",
                  partial(_between, q1, q2), partial(rational, 1 - q1 - q2),
                  Fraction(1, 10**30)) for name, (q1, q2) in pairs.items()
    )  # fmt: skip
