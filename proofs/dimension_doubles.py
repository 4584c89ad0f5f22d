"""u_{j+1} = Phi(Phi^-1(u_j) + 2r) + q walked from end to end in balls: the laws of dimension against their statements.

theory uses the symmetry of a row, sums of gap masses and quadrature; here each statement is evaluated as it reads, at
whatever precision decides. Level F, judged by proofs.against_balls. Source: theory/LAWS.md, sections 5 and 6.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import partial
from typing import Final

import flint

from proofs.against_balls import Row, root
from proofs.box import rational
from proofs.symbols import ball_ndtr, ball_ndtri, ball_pdf
from theory.ordinal import ordinal_error, ordinal_stiffness
from theory.product import grid_error, grid_stiffness, product_error, product_stiffness
from theory.sobolev import sobolev_error, sobolev_stiffness
from theory.variation import variation_at_least, variation_error, variation_stiffness

ROWS: Final = (
    (2, 1e-15), (2, 1 - 1e-9), (3, 1e-12), (3, 0.01), (3, 1 - 1e-9), (8, 1e-15), (8, 0.01), (8, 0.5), (8, 0.9),
    (8, 1 - 1e-6), (17, 0.3), (17, 0.9), (64, 0.1), (101, 1e-9),
)  # fmt: skip
"""(modes, error): even and odd rows, both forms of the difference, errors from 1e-15 to 1 - 1e-9."""
STIFFNESSES: Final = ((2, 0.3), (3, 40.0), (8, 0.7), (8, 1e9), (9, 5.0))


def row_end(modes: int, kept: flint.arb, width: flint.arb) -> flint.arb:
    """Return u_M - 1, the position of the last piece's end beyond 1; at least 0 as soon as the row leaves the line."""
    mass = kept / modes
    end = mass
    for _ in range(modes - 1):
        if end >= 1:
            return end - 1 + mass
        end = ball_ndtr(ball_ndtri(end) + width) + mass
    return end - 1


def textbook_ordinal_gap(modes: int, error: float) -> flint.arb:
    """Return the textbook root 2r of u_M = 1. No row is longer than a span of 80: Phi(-40) < 1e-300."""
    kept = 1 - flint.arb(error)
    return root(partial(row_end, modes, kept), flint.arb(0), flint.arb(80) / (modes - 1))


def textbook_ordinal(modes: int, error: float) -> flint.arb:
    """Return the textbook L = 1/(2r), at separation 1."""
    return 1 / textbook_ordinal_gap(modes, error)


def textbook_ordinal_error(modes: int, stiffness: float) -> flint.arb:
    """Return the textbook root in the error of u_M = 1 at 2r = 1/L."""
    width = 1 / flint.arb(stiffness)
    tiny = flint.arb(2) ** -1000
    return 1 - root(lambda kept: row_end(modes, kept, width), tiny, 1 - tiny)


def ordinal_rows() -> list[Row]:
    """Return theory's stiffness and least error of a row, beside the recursion as it stands."""
    rows: list[Row] = []
    for m, e in ROWS:
        rows.append((f"M={m}, error={e!r}", ordinal_stiffness(m, e), partial(textbook_ordinal, m, e)))
    for m, stiffness in STIFFNESSES:
        here = f"M={m}, stiffness={stiffness:g}"
        rows.append((here, ordinal_error(m, stiffness), partial(textbook_ordinal_error, m, stiffness)))
    return rows


VARIATIONS: Final = (
    (2, 1e-15), (2, 0.25), (2, 0.499999), (3, 0.1), (8, 1e-9), (8, 0.01), (8, 0.375), (8, 0.5), (8, 0.75),
    (8, 0.874999), (64, 0.9), (1024, 0.1), (1e6, 0.9), (1e300, 1e-15), (1e300, 0.5),
)  # fmt: skip
"""(modes, error): at, between and beyond whole numbers of dropped modes, up to where one mode is left."""


def textbook_variation_sum(count: float, error: Fraction, r: flint.arb) -> flint.arb:
    """Return the textbook k Phi(Phi^-1(1/M) + r) + Phi(Phi^-1(theta) + r) - 1."""
    modes = int(count)
    dropped = -(-error * modes // 1)
    rest = (dropped - error * modes) / modes
    one = flint.arb(0) if modes == 2 else ball_ndtri(1 / flint.arb(modes))
    total = flint.arb(modes - int(dropped)) * ball_ndtr(one + r) - 1
    return total + ball_ndtr(ball_ndtri(rational(rest)) + r) if rest else total


def textbook_variation(modes: float, error: float) -> flint.arb:
    """Return the textbook L = 1/(2r), at separation 1."""
    return 1 / (2 * root(partial(textbook_variation_sum, modes, Fraction(error)), flint.arb(0), flint.arb(80)))


def textbook_at_least(modes: float, error: float) -> flint.arb:
    """Return the textbook k I(1/k)/(2 log(1/(1 - error))), k = M - ceil(error M)."""
    kept = flint.arb(int(modes) + (-Fraction(error) * int(modes)) // 1)
    place = flint.arb(0) if kept == 2 else ball_ndtri(1 / kept)
    return kept * ball_pdf(place) / (2 * -((-flint.arb(error)).log1p()))


def variation_rows() -> list[Row]:
    """Return theory's stiffness for a total variation, and the error it gives back, beside the textbook sum."""
    rows: list[Row] = []
    for m, e in VARIATIONS:
        stiffness = variation_stiffness(m, e)
        here = f"M={m:g}, error={e!r}"
        rows.append((here, stiffness, partial(textbook_variation, m, e)))
        if int(m) - -(-Fraction(e) * int(m) // 1) >= 2:  # of one kept mode the bound is 0
            rows.append((f"at least, {here}", variation_at_least(m, e), partial(textbook_at_least, m, e)))
        back = variation_error(m, stiffness)
        rows.append((f"least error at stiffness {stiffness:g}, M={m:g}", back, partial(textbook_least, m, stiffness)))
    return rows


def textbook_least(modes: float, stiffness: float) -> flint.arb:
    """Return the least error at L = `stiffness`: as many whole modes as fit, and the part of one that fits beside."""
    r = 1 / (2 * flint.arb(stiffness))
    one = flint.arb(0) if modes == 2 else ball_ndtri(1 / flint.arb(modes))
    share = ball_ndtr(one + r)
    kept = (1 / share).floor()
    rest = ball_ndtr(ball_ndtri(1 - kept * share) - r)
    return 1 - kept / flint.arb(modes) - rest


GRIDS: Final = (((8, 8), 0.01), ((3, 2, 2), 1e-15), ((8, 3), 0.9), ((5, 2), 1 - 1e-9), ((9, 4, 3), 1e-6))
BITS: Final = ((1, 1e-15), (1, 0.5), (16, 0.01), (300, 1e-12), (10**6, 1 - 1e-9))
CLOSE: Final = 90
"""Bits: a root found by any means is enclosed within 2^-90 of itself, well below what is judged."""


def enclosed(f: Callable[[flint.arb], flint.arb], near: float) -> flint.arb:
    """Return an enclosure of the root of an increasing f, found by secants from `near` and held by the signs of f.

    Where the signs are not decided the answer is no number, so that the precision is raised.
    """
    old, x = flint.arb(near) * (1 - flint.arb(2) ** -20), flint.arb(near)
    before = f(old).mid()
    for _ in range(40):
        value = f(x).mid()
        if value == before or abs(x - old) < abs(x) * flint.arb(2) ** -(CLOSE + 5):
            break
        old, x, before = x, (x - value * (x - old) / (value - before)).mid(), value
    low, high = x * (1 - flint.arb(2) ** -CLOSE), x * (1 + flint.arb(2) ** -CLOSE)
    return low.union(high) if f(low) < 0 < f(high) else flint.arb("nan")


def textbook_kept(modes: int, width: flint.arb) -> flint.arb:
    """Return the textbook M q of a row with gaps of `width`."""
    tiny = flint.arb(2) ** -1000
    return root(lambda kept: row_end(modes, kept, width), tiny, 1 - tiny)


def textbook_lost(factors: Sequence[int], width: flint.arb) -> flint.arb:
    """Return the textbook -log prod_i m_i q_i."""
    return sum((-n * textbook_kept(m, width).log() for m, n in Counter(factors).items()), flint.arb(0))


def textbook_grid(factors: Sequence[int], error: float, near: float) -> flint.arb:
    """Return the textbook L = 1/(2r) of a lattice, at separation 1; `near` only starts the search."""
    lost = -(-flint.arb(error)).log1p()
    return 1 / enclosed(lambda width: textbook_lost(factors, width) - lost, 1 / near)


def textbook_grid_error(factors: Sequence[int], stiffness: float) -> flint.arb:
    """Return the textbook 1 - prod_i m_i q_i at 2r = 1/L."""
    return -(-textbook_lost(factors, 1 / flint.arb(stiffness))).expm1()


def textbook_bits(axes: int, error: float) -> flint.arb:
    """Return the textbook 1/(2r) with Phi(-r) = (1 - error)^(1/n)/2."""
    share = (1 - flint.arb(error)).root(axes)
    return -1 / (2 * ball_ndtri(share / 2))


def textbook_bits_error(axes: int, stiffness: float) -> flint.arb:
    """Return the textbook 1 - (2 Phi(-r))^n at 2r = 1/L."""
    return 1 - (2 * ball_ndtr(-1 / (2 * flint.arb(stiffness)))) ** axes


def grid_rows() -> list[Row]:
    """Return theory's stiffness and error of a lattice, beside products of rows in balls."""
    rows: list[Row] = []
    for m, e in GRIDS:
        stiffness = grid_stiffness(m, e)
        rows.append((f"factors={m}, error={e!r}", stiffness, partial(textbook_grid, m, e, stiffness)))
        back = grid_error(m, stiffness)
        rows.append((f"factors={m}, stiffness={stiffness:g}", back, partial(textbook_grid_error, m, stiffness)))
    return rows


def product_rows() -> list[Row]:
    """Return theory's stiffness and error of bits, beside the closed form."""
    rows: list[Row] = []
    for n, e in BITS:
        stiffness = float(product_stiffness(n, e))
        rows.append((f"n={n}, error={e!r}", stiffness, partial(textbook_bits, n, e)))
        back = float(product_error(n, stiffness))
        rows.append((f"n={n}, stiffness={stiffness:g}", back, partial(textbook_bits_error, n, stiffness)))
    return rows


SOBOLEVS: Final = (
    (8, 1, 0.01), (1024, 1, 1e-9), (1024, 2, 0.1), (1e6, 3, 0.01), (1e12, 10, 0.3), (1e30, 40, 1e-6), (1e60, 150, 0.1),
)  # fmt: skip


def textbook_sobolev(modes: float, n: int, error: float) -> flint.arb:
    """Return the textbook (a_n M^(1/n) (1 - F_n((1 + 1/n) F_n^-1(error))) - b_n)/(2 error), at separation 1."""
    half = flint.arb(n) / 2
    quantile = root(
        lambda x: (x / 2).gamma_lower(half, regularized=1) - flint.arb(error), flint.arb(0), flint.arb(99 * n)
    )
    outside = 1 - (quantile * (n + 1) / n / 2).gamma_lower(half, regularized=1)
    ball = flint.arb.pi() ** half / (half + 1).gamma()
    a = n * ball ** (flint.arb(1) / n) * (flint.arb(n) / (n + 1)) ** half / (2 * flint.arb.pi()).sqrt()
    b = flint.arb(2).sqrt() * (half + flint.arb(1) / 2).gamma() / half.gamma()
    return (a * flint.arb(modes) ** (flint.arb(1) / n) * outside - b) / (2 * flint.arb(error))


def sobolev_rows() -> list[Row]:
    """Return theory's Sobolev bound beside the formula in balls, and the error that it gives back."""
    rows: list[Row] = []
    for m, n, e in SOBOLEVS:
        stiffness = sobolev_stiffness(m, n, e)
        here = f"M={m:g}, n={n}, error={e!r}"
        rows.append((here, stiffness, partial(textbook_sobolev, m, n, e)))
        # A bound at the error that it gives back must be the bound itself.
        back = sobolev_error(m, n, stiffness)
        rows.append((f"back at {here}", back, partial(flint.arb, e)))
    return rows
