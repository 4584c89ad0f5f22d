"""The clipped affine map x -> clip(L (x - c)) has q_1 = Phi(c - r), q_2 = Phi(-c - r), and -z_1 - z_2 = 2r = Delta/L.

The chain of `binary`: masses of the extremal map by integration, the isoperimetric sum at two masses, the balanced
form, and monotonicity. Quantiles enter as z = Phi^-1(q), which sympy handles where erfinv(2q - 1) defeats it.
Axiom, not proved here: Gaussian isoperimetry (Borell 1975; Sudakov and Tsirelson 1978). theory/LAWS.md, section 4.
"""

from typing import Final

import sympy as sp

import proofs.symbols  # noqa: F401  (gives the primitives their symbolic meaning)
from proofs.step import Step
from theory.primitives import ndtr, ndtri, pdf

AXIOMS: Final = ("Gaussian isoperimetry",)

x, c, z, w = sp.symbols("x c z w", real=True)
r, delta, stiffness, q = sp.symbols("r Delta L q", positive=True)

POINTS: Final = (
    {x: sp.Rational(1, 3), c: sp.Rational(2, 5), r: sp.Rational(3, 4), z: sp.Rational(-5, 4), w: sp.Rational(-1, 2),
     delta: sp.Rational(3, 2), stiffness: sp.Rational(7, 3), q: sp.Rational(1, 5)},
    {x: sp.Rational(-2, 3), c: sp.Rational(-1, 7), r: sp.Rational(1, 3), z: sp.Rational(-2, 7), w: sp.Rational(-9, 8),
     delta: sp.Rational(5, 4), stiffness: sp.Rational(1, 2), q: sp.Rational(2, 7)},
)  # fmt: skip


def steps() -> tuple[Step, ...]:
    """Return the chain from the extremal map to the law, in order."""
    return (
        Step("density", "the derivative of Phi is phi", sp.diff(ndtr(x), x), pdf(x), POINTS),
        Step("quantile_inverts", "Phi(Phi^-1(q)) = q", ndtr(ndtri(q)), q, POINTS),
        Step(
            "left_mass", "the clipped map sends Phi(c - r) to its left end",
            sp.integrate(pdf(x), (x, -sp.oo, c - r)), ndtr(c - r), POINTS,
        ),
        Step(
            "right_mass", "and Phi(-c - r) to its right end",
            sp.integrate(pdf(x), (x, c + r, sp.oo)), ndtr(-c - r), POINTS,
        ),
        Step(
            "gap_mass", "what lies between is 1 - Phi(c - r) - Phi(-c - r)",
            sp.integrate(pdf(x), (x, c - r, c + r)), 1 - ndtr(c - r) - ndtr(-c - r), POINTS,
        ),
        Step(
            "attained", "with z_1 = c - r, z_2 = -c - r the law's right side is the map's own slope",
            (delta / (-z - w)).subs({z: c - r, w: -c - r}).subs(r, delta / (2 * stiffness)), stiffness, POINTS,
        ),
        Step(
            "sum_of_two", "at z_2 = -z_1 - 2r the two enlarged masses add up to 1: the isoperimetric sum is the law",
            ndtr(z + r) + ndtr(w + r).subs(w, -z - 2 * r) + x, 1 + x, POINTS,
        ),
        Step(
            "balanced_error", "balanced masses leave 2 Phi(r) - 1",
            1 - 2 * ndtr(-r), 2 * ndtr(r) - 1, POINTS,
        ),
        Step(
            "balanced_gap", "which is the Gaussian mass of [-r, r]",
            sp.integrate(pdf(x), (x, -r, r)), 2 * ndtr(r) - 1, POINTS,
        ),
        Step(
            "rises_with_mass", "dL/dz_1 = L^2/Delta > 0: a larger mass needs more stiffness",
            sp.diff(delta / (-z - w), z), (delta / (z + w)) ** 2 / delta, POINTS,
        ),
        Step(
            "falls_with_error", "d error/dr = 2 phi(r) > 0, and r falls with L: more stiffness, less error",
            sp.diff(2 * ndtr(r) - 1, r), 2 * pdf(r), POINTS,
        ),
    )  # fmt: skip
