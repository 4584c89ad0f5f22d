"""dD/dM = -(R(b) - R(c))/M < 0 < R(c)/(1 - error) = dD/d error: the M-set law rises with M and falls with error.

D = b - c is the quantile gap, b = Phi^-1(1/M), c = Phi^-1((1 - error)/M), L = Delta/(2D), and R = Phi/phi. The steps
derive the two rates and R' = 1 + z R > 0; the certificate encloses both rates over the whole box of M and error, by the
mean-value form R(b) - R(c) = R'(xi) D. Source: theory/LAWS.md, section 5.
"""

from fractions import Fraction
from functools import partial
from typing import Any, Final

import flint
import sympy
import z3

import proofs.symbols  # noqa: F401 - gives the primitives their symbolic meaning
from proofs.binary import preimages_apart
from proofs.box import Box, Inequality, rational
from proofs.enclosure import Enclosure, printed
from proofs.smt import Claim
from proofs.step import Step, by_erf
from proofs.symbols import ball_ndtr, ball_ndtri, ball_pdf
from theory.primitives import hazard, ndtr, ndtri, pdf

AXIOMS: Final = ("isoperimetry",)

z, b, c, w = sympy.symbols("z b c w", real=True)
M, e, p, r = sympy.symbols("M epsilon p r", positive=True)
"""w is bound in limits and never given a value."""

_Q = sympy.Rational
POINTS: Final = (
    {z: _Q(-3, 4), b: _Q(-1, 3), c: _Q(-3, 2), M: _Q(5), e: _Q(1, 7), p: _Q(2, 9), r: _Q(3, 5)},
    {z: _Q(-7, 4), b: _Q(-5, 4), c: _Q(-8, 5), M: _Q(11), e: _Q(1, 50), p: _Q(3, 8), r: _Q(1, 28)},
)


def mills(x: Any) -> Any:
    """Return R(x) = Phi(x)/phi(x), as symbols."""
    return ndtr(x) / pdf(x)


def steps() -> tuple[Step, ...]:
    """Return the chain for the rates, the profile, the closed bounds and the stable form of the gap."""
    gap_in_modes = ndtri(1 / M) - ndtri((1 - e) / M)
    gap_in_error = -ndtri((1 - e) * p)
    kept = ndtr(c) / ndtr(b)  # 1 - error, where p = 1/M = Phi(b)
    rate = sympy.Derivative
    return (
        Step("quantile_rate", "Phi' = phi, so Phi^-1 has slope 1/phi", rate(ndtr(z), z), pdf(z), POINTS),
        Step("error_rate", "dD/d error = p/phi(c) = R(c)/(1 - error) > 0, p = 1/M",
             rate(gap_in_error, e), p / pdf(ndtri((1 - e) * p)), POINTS),
        Step("modes_rate", "dD/dM = -(1/phi(b) - (1 - error)/phi(c))/M^2",
             rate(gap_in_modes, M), -(1 / pdf(ndtri(1 / M)) - (1 - e) / pdf(ndtri((1 - e) / M))) / M**2, POINTS),
        Step("modes_rate_ratio", "(1/phi(b) - (1 - error)/phi(c))/M = R(b) - R(c)",
             ndtr(b) * (1 / pdf(b) - kept / pdf(c)), mills(b) - mills(c), POINTS),
        Step("mills_rate", "R' = 1 + z R", rate(mills(z), z), 1 + z * mills(z), POINTS),
        Step("mills_numerator", "phi R' = phi + z Phi", pdf(z) * rate(mills(z), z), pdf(z) + z * ndtr(z), POINTS),
        Step("numerator_rate", "(phi + z Phi)' = Phi > 0", rate(pdf(z) + z * ndtr(z), z), ndtr(z), POINTS),
        Step("numerator_limit", "phi + z Phi -> 0 as z -> -infinity, so it is positive, and R' > 0",
             sympy.Limit(pdf(w) + w * ndtr(w), w, -sympy.oo), sympy.Integer(0), POINTS, constant=True),
        Step("mills_curvature", "phi R'' = (1 + z^2) Phi + z phi",
             pdf(z) * rate(1 + z * mills(z), z), (1 + z**2) * ndtr(z) + z * pdf(z), POINTS),
        Step("curvature_rate", "((1 + z^2) Phi + z phi)' = 2 (phi + z Phi) > 0",
             rate((1 + z**2) * ndtr(z) + z * pdf(z), z), 2 * (pdf(z) + z * ndtr(z)), POINTS),
        Step("curvature_limit", "and it tends to 0 at -infinity, so R'' > 0: R' increases",
             sympy.Limit((1 + w**2) * ndtr(w) + w * pdf(w), w, -sympy.oo), sympy.Integer(0), POINTS, constant=True),
        Step("profile_rate", "I = phi o Phi^-1 has I' = -Phi^-1", rate(pdf(ndtri(p)), p), -ndtri(p), POINTS),
        Step("profile_curvature", "I I'' = -1: I is concave",
             pdf(ndtri(p)) * rate(-ndtri(p), p), sympy.Integer(-1), POINTS, constant=True),
        Step("profile_at_modes", "M I(1/M) = phi(b)/Phi(b): nothing underflows",
             sympy.Subs(M * pdf(b), M, 1 / ndtr(b)), hazard(b), POINTS),
        Step("upper_rate", "D - error R(b) grows at p (1/phi(c) - 1/phi(b)) >= 0, so L <= S = Delta/(2 error R(b))",
             rate(gap_in_error - e * p / pdf(b), e), p * (1 / pdf(ndtri((1 - e) * p)) - 1 / pdf(b)), POINTS),
        Step("lower_rate", "error R(b)/(1 - error) - D grows at R(b)/(1 - error)^2 - p/phi(c), so (1 - error) S <= L",
             rate(e * mills(b) / (1 - e) - gap_in_error, e), mills(b) / (1 - e) ** 2 - p / pdf(ndtri((1 - e) * p)),
             POINTS),
        Step("lower_sign", "which is [R(b) - R(c) (1 - error)]/(1 - error)^2 >= 0 as R increases",
             mills(b) / kept**2 - ndtr(b) / pdf(c), (mills(b) - kept * mills(c)) / kept**2, POINTS),
        Step("stable_form", "the gap solves: integral of phi/Phi over [b - r, b] = -log(1 - error)",
             rate(sympy.log(ndtr(b)) - sympy.log(ndtr(b - r)), r), hazard(b - r), POINTS),
        Step("stable_convex", "and that integral is convex in r: lam' = -lam (z + lam), lam = phi/Phi",
             rate(hazard(z), z), -hazard(z) * (z + hazard(z)), POINTS),
        Step("half_at_two", "b = 0 at M = 2: Phi(0) = 1/2",
             sympy.Integral(pdf(w), (w, -sympy.oo, 0)), _Q(1, 2), POINTS, tactic=by_erf, constant=True),
    )  # fmt: skip


BOX: Final[Box] = ((Fraction(1), Fraction(20)), (Fraction(1), Fraction(30)))
"""Modes M = 2^y and error e = 2^-w for y in [1, 20] and w in [1, 30]: [2, 1048576] x [9.3e-10, 1/2], which holds
the box [2, 1e6] x [1e-9, 1/2] of the claim. Powers of 2 keep the sides exact and the boxes in proportion."""


def _ends(y: flint.arb, w: flint.arb) -> tuple[flint.arb, flint.arb, flint.arb, flint.arb]:
    """Return (1/M, e, b, c) for M = 2^y, e = 2^-w."""
    inverse, e = flint.arb(2) ** (-y), flint.arb(2) ** (-w)
    return inverse, e, ball_ndtri(inverse), ball_ndtri((1 - e) * inverse)


def _numerator(z: flint.arb) -> flint.arb:
    """Return an enclosure of z Phi + phi over a ball, from its ends: it increases (step numerator_rate).

    Evaluated on the ball as it stands, its two terms would cancel and leave no sign.
    """
    low, high = z.lower(), z.upper()
    return (low * ball_ndtr(low) + ball_pdf(low)).union(high * ball_ndtr(high) + ball_pdf(high))


def modes_slope(y: flint.arb, w: flint.arb) -> flint.arb:
    """Return an enclosure of -dD/dM = R'(xi) D/M, where D = (e/M)/phi(xi') and xi, xi' lie between c and b."""
    inverse, e, b, c = _ends(y, w)
    hull = b.union(c)
    slope = _numerator(hull) / ball_pdf(hull)  # R' phi = z Phi + phi: step mills_numerator
    return slope * (e * inverse) / ball_pdf(hull) * inverse


def error_slope(y: flint.arb, w: flint.arb) -> flint.arb:
    """Return an enclosure of dD/de = (1/M)/phi(c)."""
    inverse, _, _, c = _ends(y, w)
    return inverse / ball_pdf(c)


def overstatement(y: flint.arb) -> flint.arb:
    """Return an enclosure of sqrt(2 log M) R(b): (sqrt(log(M)/2)/e)/L as e -> 0, and D >= e R(b) at every e.

    R increases (step numerator_limit), so the ball's ends enclose it.
    """
    b = ball_ndtri(flint.arb(2) ** (-y))
    low, high = (ball_ndtr(z) / ball_pdf(z) for z in (b.lower(), b.upper()))
    return (2 * y * flint.arb(2).log()).sqrt() * low.union(high)


def overstatement_rate(y: flint.arb) -> flint.arb:
    """Return an enclosure of 2 y log 2 (1 + b R(b)) - 1, b = Phi^-1(2^-y), which has the sign of -d overstatement/dy.

    d/dy log[sqrt(2 log M) R(b)] = 1/(2y) - log 2 (1 + b R(b)), as db/dy = -log 2 R(b) and R'/R = (1 + b R)/R; and
    1 + z R increases (step curvature_limit), so that the ball's ends enclose it.
    """
    ends = [ball_ndtri(flint.arb(2) ** -end) for end in (y.upper(), y.lower())]
    low, high = (1 + z * ball_ndtr(z) / ball_pdf(z) for z in ends)
    return 2 * y * flint.arb(2).log() * low.union(high) - 1


ALL_MODES: Final[Box] = ((Fraction(1), Fraction(997)),)
"""M = 2^y up to 1.3e300."""


def inequalities() -> tuple[Inequality, ...]:
    """Return the two directions in which the bound moves, and by how much its asymptotic form overstates it."""
    near = rational(Fraction(101, 100))
    return (
        Inequality("stiffness_strictly_increases_with_modes",
                   "-dD/dM = (R(b) - R(c))/M = R'(xi) D/M > 0: more modes need strictly more stiffness",
                   modes_slope, BOX, (lambda y, w: modes_slope(y, w) - near,)),
        Inequality("stiffness_strictly_decreases_with_error",
                   "dD/d error = (1/M)/phi(c) > 0: more error needs strictly less stiffness",
                   error_slope, BOX, (lambda y, w: error_slope(y, w) - near,)),
        Inequality("overstatement_falls", "2 y log 2 (1 + b R) > 1, M = 2^y up to 1.3e300: the factor by which it "
                   "exceeds the law falls all the way, and at 1e300 is still 1.00257",
                   overstatement_rate, ALL_MODES, (lambda y: overstatement_rate(y) - rational(Fraction(1, 100)),)),
        Inequality("asymptotic_overstates",
                   "sqrt(2 log M) R(b) > 1.06: at any error (Delta/error) sqrt(log(M)/2) exceeds the law by 6% "
                   "and more",
                   lambda y: overstatement(y) - rational(Fraction(106, 100)), BOX[:1],
                   (lambda y: overstatement(y) - rational(Fraction(107, 100)),)),
    )  # fmt: skip


def claims() -> tuple[Claim, ...]:
    """Return why neighbourhoods of preimages are disjoint."""
    one, two, apart, half = z3.Reals("d_a d_b d r")
    return (
        preimages_apart(),
        Claim(
            "neighbourhoods_disjoint", "no point is nearer than r to two sets 2r apart (triangle inequality)",
            (half > 0, one >= 0, two >= 0, apart >= 2 * half, apart <= one + two), z3.Or(one >= half, two >= half),
            (one >= half, z3.And(one >= half, two >= half)),
        ),
    )  # fmt: skip


def enclosures() -> tuple[Enclosure, ...]:
    """Return by how much (Delta/error) sqrt(log(M)/2) overstates the law as error -> 0."""

    def factor(modes: int) -> flint.arb:
        b = ball_ndtri(flint.arb(1) / modes) if modes > 2 else flint.arb(0)
        return (2 * flint.arb(modes).log()).sqrt() * ball_ndtr(b) / ball_pdf(b)

    values = {0: "1.4757", 3: "1.1039", 6: "1.0623", 300: "1.00257"}
    return tuple(
        Enclosure(f"overstated_at_1e{k}" if k else "overstated_at_2",
                  f"by a factor {text} at M = {f'1e{k}' if k else 2}",
                  partial(factor, 10**k if k else 2), *printed(text)) for k, text in values.items()
    )  # fmt: skip
