"""lost/gap of one row, enclosed over any share lost from 0 on: what `sobolev`, `grid` and `dimension` certify with.

The j-th gap of a row that loses at most `high` lies within [j (1 - high)/m, j (1 - high)/m + high] in mass, and less
loss means a smaller such interval. A gap of width w has the mass w I(u) at some u within it, and I is concave, so
lost/w lies between sums of I over these intervals: down to no loss at all, where both vanish. Elsewhere the gap is a
root, held by signs, and grows with what is lost. Source: theory/LAWS.md, section 6, `ordinal`.
"""

from collections.abc import Callable
from functools import cache, partial
from typing import Final

import flint

from proofs.symbols import ball_ndtr, ball_ndtri, ball_pdf
from theory.ordinal import ordinal_gap, row_kept

_CLOSE: Final = flint.arb(2) ** -30


def around(guess: float, f: Callable[[flint.arb], flint.arb]) -> flint.arb:
    """Return an enclosure of the root of an increasing f near `guess`, held by its signs; else no number."""
    low, high = flint.arb(guess) * (1 - _CLOSE), flint.arb(guess) * (1 + _CLOSE)
    return low.union(high) if f(low) < 0 and f(high) > 0 else flint.arb("nan")


def past_middle(pieces: int, kept: flint.arb, width: flint.arb) -> flint.arb:
    """Return how far the left half of a row reaches past where symmetry about 0 wants it; rising in both arguments.

    Half of a row of pieces and gaps ends at -w/2, with a gap round 0, or with half a piece left: no position is near 1,
    where a position would lose its digits.
    """
    mass = kept / pieces
    gaps, even = pieces // 2, pieces % 2 == 0
    end = mass
    for j in range(1, gaps + 1 - even):
        if not end < 1:
            return end
        end = ball_ndtr(ball_ndtri(end) + width) + (mass if even or j < gaps else 0)
    return end - (ball_ndtr(-width / 2) if even else (1 - mass) / 2)


_gap_guess: Final = cache(ordinal_gap)
_kept_guess: Final = cache(row_kept)
"""One search a place, for all the checks of its box."""


def row_gap(pieces: int, lost: flint.arb) -> flint.arb:
    """Return the gap 2r of the row that loses the exact mass `lost`; it grows with it."""
    return around(_gap_guess(pieces, float(lost)), partial(past_middle, pieces, 1 - lost))


def row_log(pieces: int, width: flint.arb) -> flint.arb:
    """Return log(1/kept) of the row whose gaps have the exact `width`; it grows with it."""
    guess = _kept_guess(pieces, float(width))[1]
    return -around(guess, lambda kept: past_middle(pieces, kept, width)).log()


def area(pieces: int) -> flint.arb:
    """Return the sum of I(j/m) over 0 < j < m: lost/gap as the loss tends to 0."""
    return sum((profile(flint.arb(j) / pieces) for j in range(1, pieces)), flint.arb(0))


def profile(p: flint.arb) -> flint.arb:
    """Return I(p) = phi(Phi^-1(p)), 0 outside (0, 1), no number where it is not decided which."""
    if 0 < p < 1:
        return ball_pdf(ball_ndtri(p))
    return flint.arb(0 if p <= 0 or p >= 1 else "nan")


def _highest(low: flint.arb, high: flint.arb) -> flint.arb:
    """Return the largest I on [low, high]: at the end nearer to 1/2, or there."""
    half = flint.arb(1) / 2
    return profile(high) if high < half else profile(low) if low > half else ball_pdf(flint.arb(0))


def limits(x: flint.arb) -> tuple[flint.arb, flint.arb]:
    """Return the ends of a ball of losses, no farther out than [0, 1]."""
    return x.lower().max(flint.arb(0)), x.upper().min(flint.arb(1))


def scaled(pieces: int, low: flint.arb, high: flint.arb) -> flint.arb:
    """Return an enclosure of lost/gap for all losses in [low, high], 0 <= low <= high <= 1: at 0 and 1 its limits."""
    if low > 0:
        first = row_gap(pieces, low)
        if low == high:
            return low / first
        return (low / row_gap(pieces, high) if high < 1 else flint.arb(0)).union(high / first)
    starts = [j * (1 - high) / pieces for j in range(1, pieces)]
    least = sum((profile(u).min(profile(u + high)) for u in starts), flint.arb(0))
    return least.union(sum((_highest(u, u + high) for u in starts), flint.arb(0)))
