"""q -> Phi(Phi^-1(q) + r) is concave and increasing: with what may be dropped, the cheapest masses lie at a corner.

Its slope e^(-z r - r^2/2) at q = Phi(z) is positive and falls with z. So a mass that moves from a smaller set to a
larger one lowers the isoperimetric sum, until at most one mass is neither 0 nor 1/M. Source: theory/LAWS.md, section 5.
"""

from fractions import Fraction
from functools import partial
from typing import Final

import flint
import sympy
import z3

import proofs.symbols  # noqa: F401 - gives the primitives their symbolic meaning
from proofs.box import Box, Inequality
from proofs.dimension_doubles import textbook_variation
from proofs.doubles import textbook_bound
from proofs.enclosure import Enclosure, printed
from proofs.smt import Claim
from proofs.step import Step, by_erf, by_powers
from proofs.symbols import ball_ndtr, ball_ndtri
from theory.primitives import exp, hazard, ndtr, pdf

AXIOMS: Final = ("isoperimetry",)

z, r = sympy.symbols("z r", real=True)
M, k, e = sympy.symbols("M k epsilon", positive=True)
_Q = sympy.Rational
POINTS: Final = (
    {z: _Q(-3, 4), r: _Q(1, 5), M: _Q(8), k: _Q(5), e: _Q(1, 7)},
    {z: _Q(5, 4), r: _Q(7, 3), M: _Q(3), k: _Q(2), e: _Q(3, 8)},
)


def growth_steps() -> tuple[Step, ...]:
    """Return: the neighbourhood's mass is an increasing concave function of the mass. `ordinal` uses them too."""
    slope = exp(-z * r - r**2 / 2)
    return (
        Step("growth_rate", "d Phi(z + r)/dq = phi(z + r)/phi(z) = e^(-z r - r^2/2) > 0, where q = Phi(z)",
             sympy.Derivative(ndtr(z + r), z) / sympy.Derivative(ndtr(z), z), slope, POINTS,
             tactic=by_powers),
        Step("growth_falls", "whose z-derivative is -r times itself, negative for r > 0: concave in q",
             sympy.Derivative(slope, z), -r * slope, POINTS),
    )  # fmt: skip


def steps() -> tuple[Step, ...]:
    """Return the growth of a neighbourhood, the masses at the corner, and the law of two modes as a special case."""
    return (
        *growth_steps(),
        Step("kept_mass", "k masses 1/M and theta = 1 - error - k/M add up to 1 - error",
             k / M + (M - k - e * M) / M, 1 - e, POINTS),
        Step("two_modes", "M = 2, one mass whole: Phi(r) + Phi(z + r) = 1 at r = -z/2, z = Phi^-1(1/2 - error)",
             sympy.Subs(ndtr(r) + ndtr(z + r), r, -z / 2), sympy.Integer(1), POINTS, tactic=by_erf, constant=True),
        Step("mass_rate", "a kept mass p = Phi(z + r) grows with r at phi(z + r) = I(p)",
             sympy.Derivative(ndtr(z + r), r), pdf(z + r), POINTS),
        Step("share_falls", "I(p)/p = phi/Phi =: lam falls with p: lam' = -lam (z + lam), and z + lam > 0",
             sympy.Derivative(hazard(z), z), -hazard(z) * (z + hazard(z)), POINTS),
        Step("closed_form", "(1 - error) e^(c r) reaches 1 at r = log(1/(1 - error))/c, c = k I(1/k)",
             sympy.Subs((1 - e) * sympy.exp(k * r), r, -sympy.log(1 - e) / k), sympy.Integer(1), POINTS, constant=True),
    )  # fmt: skip


def balance_is_variation() -> Claim:
    """Return: what is balanced to `error` is within total variation `error`, set by set. `dimension` uses it too."""
    mass, share, error = z3.Reals("q 1/M error")
    lacking = z3.If(share > mass, share - mass, 0)
    return Claim(
        "balance_is_variation", "q >= (1 - error)/M gives (1/M - q)_+ <= error/M: summed over M sets, tv <= error",
        (share > 0, error > 0, error < 1, mass >= (1 - error) * share), lacking <= error * share,
        (lacking < error * share, 100 * lacking <= 99 * error * share),
    )  # fmt: skip


def claims() -> tuple[Claim, ...]:
    """Return the exchange of mass between two sets, and what it leaves at the end."""
    slope, lost, won, gx, gy, d = z3.Reals("slope g_x_less g_y_more g_x g_y d")
    modes, dropped, kept = z3.Ints("M dropped k")
    error, theta = z3.Reals("error theta")
    corner = (modes >= 2, error > 0, error < 1, dropped - 1 < error * modes, error * modes <= dropped,
              kept == modes - dropped, theta * modes == dropped - error * modes)  # fmt: skip
    return (
        Claim(
            "exchange", "x <= y, slopes at least s below x and at most s above y: moving d from x to y lowers the sum",
            (d > 0, gx - lost >= slope * d, won - gy <= slope * d), lost + won <= gx + gy,
            (lost + won <= gx + gy - d, lost + won < gx + gy),
        ),
        Claim(
            "grows_at_least", "masses p, q <= 1/k with I(p) >= c p, I(q) >= c q: their sum grows at c times itself",
            (gx >= 0, gy >= 0, slope > 0, won >= slope * gx, lost >= slope * gy), won + lost >= slope * (gx + gy),
            (won + lost > slope * (gx + gy), won + lost >= (slope + 1) * (gx + gy)),
        ),
        balance_is_variation(),
        Claim(
            "corner", "with ceil(error M) masses given up, k are whole and 0 <= theta < 1/M",
            corner, z3.And(theta >= 0, theta * modes < 1, kept >= 0),
            (theta > 0, 2 * theta * modes < 1, kept >= 1),
        ),
    )  # fmt: skip


def _room(sets: range, error: flint.arb) -> flint.arb:
    """Return the least of 1 - (the sum at its corner), at the half gap of balanced masses, over a ball of errors.

    The sum rises with the half gap, and so with the error, and falls with the error through theta, which runs through
    (0, 1/M] between whole numbers of dropped modes: each piece of the ball is taken at its two ends.
    """
    low, high = error.lower(), error.upper()
    least = flint.arb(1)
    for m in sets:
        one = ball_ndtri(flint.arb(1) / m) if m > 2 else flint.arb(0)
        half = one - ball_ndtri((1 - high) / m)
        for dropped in range(1, m):
            if high > flint.arb(dropped - 1) / m and not low > flint.arb(dropped) / m:
                theta = (flint.arb(dropped) / m - low).min(flint.arb(1) / m)
                part = ball_ndtr(ball_ndtri(theta) + half) if theta > 0 else flint.arb(0).union(ball_ndtr(half))
                least = least.min(1 - (m - dropped) * ball_ndtr(one + half) - part)
    return least if low == high else least.union(flint.arb(1))


ERRORS: Final[Box] = ((Fraction(1, 8), Fraction(1, 2)),)


def inequalities() -> tuple[Inequality, ...]:
    """Return: what may drop modes needs strictly less than what is balanced."""
    room = partial(_room, range(3, 9))
    return (
        Inequality("less_than_balanced_everywhere", "M = 3..8: at the half gap of balanced masses the corner's sum "
                   "is below 1, at every error from 1/8 to 1/2", room, ERRORS,
                   (lambda t: room(t) - flint.arb("0.02"),)),
    )  # fmt: skip


def enclosures() -> tuple[Enclosure, ...]:
    """Return the values that theory/LAWS.md prints, and where (1 - error) S, a bound for balanced masses, is none."""
    values = {
        (8, 0.01): "82.0421",
        (8, 0.1): "7.78372",
        (8, 0.5): "1.05073",
        (3, 0.1): "5.28745",
        (1024, 0.1): "15.9411",
    }
    return (
        *(Enclosure(f"at_{m}_error_{int(100 * e)}", f"L/Delta = {text} at M = {m}, error {e}",
                    partial(textbook_variation, m, e), *printed(text)) for (m, e), text in values.items()),
        Enclosure("less_than_balanced", "M = 2, error 0.499: L is 0.808 times (1 - error) S",
                  lambda: textbook_variation(2, 0.499) / textbook_bound(2, 0.499, low=True), *printed("0.808")),
    )  # fmt: skip
