"""u -> Phi(Phi^-1(u) + 2r) + p, one set after another: the last position is concave in the masses, least in one piece.

A composition of concave increasing maps and translations is concave, a concave function on a polytope is least at a
corner, and at a corner every set is one interval. Source: theory/LAWS.md, section 6, `ordinal` (ours).
"""

from collections.abc import Callable
from fractions import Fraction
from functools import partial
from typing import Final

import flint
import sympy
import z3

import proofs.symbols  # noqa: F401 - gives the primitives their symbolic meaning
from proofs.box import Inequality, rational
from proofs.dimension_doubles import enclosed, row_end
from proofs.enclosure import Enclosure, printed
from proofs.isoperimetric_tv import growth_steps
from proofs.smt import Claim
from proofs.step import Step, by_erf, simplify
from proofs.symbols import ball_ndtr, ball_ndtri, ball_pdf
from theory.ordinal import ordinal_gap
from theory.primitives import ndtr, pdf

AXIOMS: Final = ()

x, z = sympy.symbols("x z", real=True)
w, q = sympy.symbols("w q", positive=True)
_Q = sympy.Rational
POINTS: Final = (
    {x: _Q(1, 3), z: _Q(-3, 4), w: _Q(1, 5), q: _Q(2, 7)},
    {x: _Q(-5, 4), z: _Q(5, 4), w: _Q(7, 3), q: _Q(3, 8)},
)


def steps() -> tuple[Step, ...]:
    """Return the map of one gap, the row of two, and the limit of a long row of small gaps."""
    return (
        *growth_steps(),
        Step("gap_rate", "a wider gap moves every later position up: d Phi(z + w)/dw = phi(z + w) > 0",
             sympy.Derivative(ndtr(z + w), w), pdf(z + w), POINTS),
        Step("gap_mass", "a small gap at u = Phi(z) has mass w phi(z) = w I(u): error = 2r times the sum of I(j/M)",
             sympy.Subs(sympy.Derivative(ndtr(z + w) - ndtr(z), w), w, 0), pdf(z), POINTS),
        Step("area_of_profile", "the integral of I over (0, 1) is that of phi^2: the sum tends to M/(2 sqrt pi)",
             sympy.Integral(pdf(x) ** 2, (x, -sympy.oo, sympy.oo)), 1 / (2 * sympy.sqrt(sympy.pi)), POINTS,
             tactic=simplify, constant=True),
        Step("row_of_two", "M = 2: Phi(z + w) + q = 1, q = Phi(z), at w = -2z: the law of two modes",
             sympy.Subs(ndtr(z + w) + ndtr(z), w, -2 * z), sympy.Integer(1), POINTS, tactic=by_erf, constant=True),
    )  # fmt: skip


def claims() -> tuple[Claim, ...]:
    """Return why concavity survives one more set, and why a concave function is least at an end of a segment."""
    share, at_mean, of_mean, fx, fy, gx, gy, p = z3.Reals("t f_mean g_f_mean f_x f_y g_f_x g_f_y p")
    between = (share >= 0, share <= 1)
    mix_f, mix_g = share * fx + (1 - share) * fy, share * gx + (1 - share) * gy
    middle, split, saved = z3.Reals("g_at_mix first gap")
    return (
        Claim(
            "concave_of_concave", "f concave, g concave and increasing: g(f) at a mean is at least the mean of g(f)",
            (*between, at_mean >= mix_f, middle >= mix_g, z3.Implies(at_mean >= mix_f, of_mean >= middle)),
            of_mean >= mix_g, (of_mean >= mix_g + 1, of_mean > mix_g),
        ),
        Claim(
            "translated", "and adding the mass p, itself shared out in proportion, keeps it so",
            (*between, of_mean >= mix_g), of_mean + p >= share * (gx + p) + (1 - share) * (gy + p),
            (of_mean + p > share * (gx + p) + (1 - share) * (gy + p), of_mean >= share * (gx + p) + (1 - share) * gy),
        ),
        Claim(
            "least_at_an_end", "so on a segment of ways to cut one set it is least where one piece is all of it",
            (*between, at_mean >= mix_f), at_mean >= z3.If(fx <= fy, fx, fy),
            (at_mean >= fx, at_mean > z3.If(fx <= fy, fx, fy)),
        ),
        Claim(
            "fewer_gaps", "an empty piece gives up its gap: a position only falls when a gap of mass >= 0 is left out",
            (split >= 0, saved >= 0), split <= split + saved, (split < split + saved, split + saved <= split),
        ),
    )  # fmt: skip


def _scaled_stiffness(pieces: int, error: str) -> flint.arb:
    """Return error L/Delta = error/(2r), by the sign of u_M - 1."""
    gap = enclosed(partial(row_end, pieces, 1 - flint.arb(error)), ordinal_gap(pieces, float(error)))
    return flint.arb(error) / gap


def _small_errors(modes: int) -> flint.arb:
    """Return the sum of I(j/M) over 0 < j < M."""
    return sum((ball_pdf(ball_ndtri(flint.arb(j) / modes)) for j in range(1, modes)), flint.arb(0))


def inequalities() -> tuple[Inequality, ...]:
    """Return: splitting one of two sets in two costs more, for any masses: u_3 of (p, 1 - p - ..) against u_2."""

    def cut(share: flint.arb, width: flint.arb, scale: Fraction = Fraction(1)) -> flint.arb:
        """Return how much farther (share q, gap, q, gap, (1 - share) q) reaches than (q, gap, q), q = 1/4."""
        quarter = flint.arb(1) / 4
        step: Callable[[flint.arb], flint.arb] = lambda u: ball_ndtr(ball_ndtri(u) + width)  # noqa: E731
        return (
            step(step(share * quarter) + quarter) + (1 - share) * quarter - (rational(scale) * step(quarter) + quarter)
        )

    box = ((Fraction(1, 64), Fraction(63, 64)), (Fraction(1, 8), Fraction(1)))
    return (
        Inequality("one_piece_is_cheapest", "masses 1/4, 1/4: a set cut in two, around the other, ends farther right, "
                   "at every cut and every gap 2r in the box", cut, box, (partial(cut, scale=Fraction(6, 5)),)),
    )  # fmt: skip


def enclosures() -> tuple[Enclosure, ...]:
    """Return the values of error L/Delta that theory/LAWS.md prints, and their limit as error -> 0 at M = 2."""
    values = {(3, "0.01"): "0.726472", (8, "0.01"): "2.201305", (64, "0.1"): "17.75262"}
    return (
        *(Enclosure(f"row_of_{m}", f"error L/Delta = {digits} at M = {m}, error {e}",
                    partial(_scaled_stiffness, m, e), *printed(digits)) for (m, e), digits in values.items()),
        Enclosure("long_row", "the sum of I(j/1000) is 1000/(2 sqrt pi) to 0.3%",
                  partial(_small_errors, 1000), lambda: 500 / flint.arb.pi().sqrt(), Fraction(3, 1000)),
    )  # fmt: skip
