"""R'(z) = 1 + z R(z) > 0 for R = Phi/phi: why the isoperimetric stiffness rises with modes and falls with error.

With b = Phi^-1(1/M), c = Phi^-1((1 - e)/M) and the quantile gap D = b - c, L = Delta/(2D): dD/dM = -(R(b) - R(c))/M
and dD/de = R(c)/(1 - e). The chain proves these identities and R' > 0; the certificate encloses both signs over the
whole box of M and e by the mean-value form R(b) - R(c) = R'(xi) D. Source: theory/LAWS.md, section 5.
Axiom, not proved here: Gaussian isoperimetry (Borell 1975; Sudakov and Tsirelson 1978).
"""

from collections.abc import Callable
from fractions import Fraction
from typing import Final

import flint
import sympy as sp

from proofs.box import Box
from proofs.step import Step
from proofs.symbols import ball_ndtr, ball_ndtri, ball_pdf
from theory.primitives import hazard, ndtr, ndtri, pdf

AXIOMS: Final = ("Gaussian isoperimetry",)

z, u = sp.symbols("z u", real=True)
modes, error = sp.symbols("M epsilon", positive=True)

POINTS: Final = (
    {z: sp.Rational(-7, 4), u: sp.Rational(1, 3), modes: sp.Integer(5), error: sp.Rational(1, 7)},
    {z: sp.Rational(-1, 2), u: sp.Rational(-2, 3), modes: sp.Integer(11), error: sp.Rational(1, 50)},
)

ratio = ndtr(z) / pdf(z)


def steps() -> tuple[Step, ...]:
    """Return the chain: the profile, the function R, and the two derivatives of the quantile gap."""
    upper, lower = ndtri(1 / modes), ndtri((1 - error) / modes)
    return (
        Step(
            "profile_slope", "I' = -Phi^-1, in z: (d phi/dz)/(d Phi/dz) = -z",
            sp.diff(pdf(z), z) / sp.diff(ndtr(z), z), -z, POINTS,
        ),
        Step(
            "profile_concave", "I I'' = -1: the profile is concave",
            pdf(z) * sp.diff(-z, z) / sp.diff(ndtr(z), z), sp.Integer(-1), POINTS, constant=True,
        ),
        Step("ratio_slope", "R' = 1 + z R", sp.diff(ratio, z), 1 + z * ratio, POINTS),
        Step("ratio_numerator", "R' phi = z Phi + phi", sp.diff(ratio, z) * pdf(z), z * ndtr(z) + pdf(z), POINTS),
        Step("numerator_slope", "(z Phi + phi)' = Phi > 0", sp.diff(z * ndtr(z) + pdf(z), z), ndtr(z), POINTS),
        Step(
            "numerator_limit", "z Phi + phi tends to 0 at -infinity, so it is positive, and R increases",
            sp.limit(z * ndtr(z) + pdf(z), z, -sp.oo), sp.Integer(0), POINTS, constant=True,
        ),
        Step(
            "gap_in_error", "dD/de = (1/M)/phi(c) = R(c)/(1 - e) > 0: more error, a wider gap, less stiffness",
            sp.diff(upper - lower, error), 1 / (modes * pdf(lower)), POINTS,
        ),
        Step(
            "gap_in_modes", "dD/dM = -(R(b) - R(c))/M < 0: more modes, a narrower gap, more stiffness",
            sp.diff(upper - lower, modes), -(1 / pdf(upper) - (1 - error) / pdf(lower)) / modes**2, POINTS,
        ),
        Step(
            "hazard_is_profile", "M I(1/M) = phi(b)/Phi(b): the closed form needs no underflowing phi",
            modes * pdf(ndtri(1 / modes)), hazard(ndtri(1 / modes)), POINTS,
        ),
        Step(
            "gap_to_first_order", "D = e/(M I(1/M)) + O(e^2): S is the limit of L as e falls to 0",
            sp.diff(upper - lower, error).subs(error, 0), 1 / (modes * pdf(upper)), POINTS,
        ),
    )  # fmt: skip


BOX: Final[Box] = ((Fraction(1), Fraction(20)), (Fraction(1), Fraction(30)))
"""Modes M = 2^y and error e = 2^-w for y in [1, 20] and w in [1, 30]: [2, 1048576] x [9.3e-10, 1/2], which holds
the box [2, 1e6] x [1e-9, 1/2] of the claim. Powers of 2 keep the sides exact and the boxes in proportion."""


def _ends(y: flint.arb, w: flint.arb) -> tuple[flint.arb, flint.arb, flint.arb, flint.arb]:
    """Return (1/M, e, b, c) for M = 2^y, e = 2^-w."""
    inverse, e = flint.arb(2) ** (-y), flint.arb(2) ** (-w)
    return inverse, e, ball_ndtri(inverse), ball_ndtri((1 - e) * inverse)


def _numerator(z: flint.arb) -> flint.arb:
    """Return an enclosure of z Phi + phi over a ball, from its ends: it increases (step numerator_slope).

    Evaluated on the ball as it stands, its two terms would cancel and leave no sign.
    """
    low, high = z.lower(), z.upper()
    return (low * ball_ndtr(low) + ball_pdf(low)).union(high * ball_ndtr(high) + ball_pdf(high))


def modes_slope(y: flint.arb, w: flint.arb) -> flint.arb:
    """Return an enclosure of -dD/dM = R'(xi) D/M, where D = (e/M)/phi(xi') and xi, xi' lie between c and b."""
    inverse, e, b, c = _ends(y, w)
    hull = b.union(c)
    slope = _numerator(hull) / ball_pdf(hull)  # R' phi = z Phi + phi: step ratio_numerator
    return slope * (e * inverse) / ball_pdf(hull) * inverse


def error_slope(y: flint.arb, w: flint.arb) -> flint.arb:
    """Return an enclosure of dD/de = (1/M)/phi(c)."""
    inverse, _, _, c = _ends(y, w)
    return inverse / ball_pdf(c)


CLAIMS: Final[dict[str, Callable[[flint.arb, flint.arb], flint.arb]]] = {
    "stiffness strictly increases with modes": modes_slope,
    "stiffness strictly decreases with error": error_slope,
}
"""What is certified to be positive on BOX; the negative of each must be refuted."""
