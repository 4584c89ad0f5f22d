"""max of what every map needs <= L <= min of what some map has: both sides of the phase diagram, and where they turn.

Each side is a law of its own; what is checked here is how they are put together, at which dimension the lower side
turns from M^(1/n) to sqrt(log M), what it says of a vocabulary, and that the sides do not cross.
Source: theory/LAWS.md, section 6, `dimension`.
"""

from fractions import Fraction
from functools import partial
from typing import Final

import flint
import z3

from proofs.box import Box, Inequality
from proofs.dimension_doubles import textbook_sobolev
from proofs.doubles import textbook_stiffness
from proofs.enclosure import Enclosure, printed
from proofs.isoperimetric_tv import balance_is_variation
from proofs.rows import limits, row_gap, scaled
from proofs.simplex_doubles import textbook_perimeter
from proofs.smt import Claim
from proofs.symbols import ball_ndtri, ball_pdf

AXIOMS: Final = ("isoperimetry", "sobolev", "hoelder", "bathtub", "independence", "kirszbraun")

VOCABULARY: Final = 50257


def claims() -> tuple[Claim, ...]:
    """Return that bounds may be joined, and that what is balanced is within the variation that `sobolev` asks for."""
    need, one, two, have, other = z3.Reals("L lower_1 lower_2 upper_1 upper_2")
    return (
        Claim(
            "both_sides", "a map needs the larger of two lower bounds, the least map at most the smaller upper one",
            (need >= one, need >= two, need <= have, need <= other),
            z3.And(need >= z3.If(one >= two, one, two), need <= z3.If(have <= other, have, other)),
            (need >= one + two, need <= z3.If(have <= other, other, have) - 1),
        ),
        balance_is_variation(),
    )  # fmt: skip


def _turns(modes: int, axes: int) -> flint.arb:
    """Return isoperimetric/sobolev in n = `axes` dimensions at error 0.01."""
    return textbook_stiffness(modes, 0.01) / textbook_sobolev(modes, axes, 0.01)


def _top_share(modes: int) -> flint.arb:
    """Return M I(1/M)/2."""
    return modes * ball_pdf(ball_ndtri(flint.arb(1) / modes)) / 2


def _row(modes: int) -> flint.arb:
    """Return sum_j I(j/M) of an odd number of modes, from one half of the row; ten digits are plenty."""
    with flint.ctx.workprec(64):
        return 2 * sum((ball_pdf(ball_ndtri(flint.arb(j) / modes)) for j in range(1, (modes + 1) // 2)), flint.arb(0))


def room_left(x: flint.arb) -> flint.arb:
    """Return the least of 1 - isoperimetric/lattice over the lattices m^n, m = 3..16, n = 1..10, rows losing x each.

    Both gaps grow with the loss, and are enclosed by its ends; from 0 on both are in proportion to it, and the gap of
    isoperimetry is at least error/(M I(1/M)). Bits, m = 2, are in `product`.
    """
    low, high = limits(x)
    least = flint.arb(1)
    for m in range(3, 17):
        row = scaled(m, low, high) if not low > 0 else 1 / row_gap(m, high)
        for n in range(1, 11):
            top = ball_ndtri(flint.arb(1) / m**n)
            if low > 0:
                needed = 1 / (2 * (top - ball_ndtri((1 - low) ** n / m**n)))
            else:
                needed = m**n * ball_pdf(top) / (2 * (1 - (1 - high) ** n) / high)
            least = least.min(1 - needed / row)
    return least if low == high else least.union(flint.arb(1))  # no value is above 1


LOSSES: Final[Box] = ((Fraction(0), Fraction(1023, 1024)),)
"""The share that each row loses, its limit 0 included."""


def inequalities() -> tuple[Inequality, ...]:
    """Return: the two sides do not cross; `sobolev` certifies the same of its own lower bound."""
    return (
        Inequality("sides_do_not_cross", "m = 3..16, n = 1..10, M = m^n: isoperimetry asks less than a lattice has, "
                   "each row losing any share up to 1023/1024", room_left, LOSSES,
                   (lambda x: room_left(x) - flint.arb("0.6"),)),
    )  # fmt: skip


TURNS: Final = {
    (64, 3): "0.748", (64, 4): "1.059", (1024, 6): "0.873", (1024, 7): "1.037", (10**6, 14): "0.964",
    (10**6, 15): "1.035",
    (10**12, 30): "0.983", (10**12, 31): "1.017", (10**30, 79): "0.9964", (10**30, 80): "1.0090",
}  # fmt: skip
"""Isoperimetric over sobolev, last below 1 and first above, by (modes, source_dim) at error 0.01."""


def enclosures() -> tuple[Enclosure, ...]:
    """Return where the lower bound turns, and error L/Delta of a vocabulary's latents as error -> 0."""
    words = f"M = {VOCABULARY}, error -> 0: error L/Delta is"
    return (
        *(Enclosure(f"turn_{len(str(m)) - 1 if m > 9999 else m}_{n}", f"M = {m:g}, n = {n}, error 0.01: isoperimetric "
                    f"over sobolev: {text}", partial(_turns, m, n), *printed(text)) for (m, n), text in TURNS.items()),
        Enclosure("every_latent", f"{words} at least 2.16 for any latent", partial(_top_share, VOCABULARY),
                  *printed("2.16")),
        Enclosure("one_hot", f"{words} 2.99 for one-hot codes", partial(textbook_perimeter, VOCABULARY),
                  *printed("2.99")),
        Enclosure("sixteen_bits", f"{words} 6.38 for 16 bits", lambda: 16 * ball_pdf(flint.arb(0)), *printed("6.38")),
        Enclosure("one_axis", f"{words} 14177 for one axis", partial(_row, VOCABULARY), *printed("14177")),
    )  # fmt: skip
