"""prod_i (1 - error_i(r)) = 1 - error: independent rows, one on each coordinate, share one gap 2r.

If coordinate i carries a row of m_i sets (theory.ordinal) and every row has the same gap, the product map reaches
M = prod m_i sets on a lattice, and cells that differ in one coordinate or in several are at least 2r apart: a Lipschitz
extension is not needed, only the staircases. So L = Delta/(2r) is enough, an upper bound. Bits (m_i = 2, `product`)
give (2 Phi(-r))^n = 1 - error in closed form. Source: theory/LAWS.md, section 6, `grid` and `product`.
"""

import math
from collections import Counter
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any, Final

import numpy as np
from scipy.optimize import brentq

from theory.arrays import elementwise
from theory.errors import UsageError, fraction, positive, real, whole
from theory.gaussian import log_shrink, quantile_gap
from theory.ordinal import MOST_ORDERED, ordinal_gap, row_kept
from theory.primitives import expm1, log1p, ndtri, pdf

MOST_AXES: Final = 1_000_000
"""At this many coordinates bits alone would give 2^1000000 modes, more than any law here counts."""

_ULP: Final = float(np.finfo(float).eps)
_TINY: Final = float(np.finfo(float).tiny)


def check_factors(factors: Any) -> tuple[int, ...]:
    """Return the numbers m_i >= 2 of sets on each coordinate; UsageError otherwise.

    >>> check_factors([8.0, 2])
    (8, 2)
    """
    values = np.atleast_1d(real("factors", factors)).ravel()
    good = (values == np.floor(values)) & (values >= 2) & (values <= MOST_ORDERED)
    if not np.all(good):
        raise UsageError(
            "factors must be whole numbers.",
            expected=f"numbers of sets on each coordinate, from 2 to {MOST_ORDERED}",
            received=repr(float(values[~good][0])),
            hint="Is there a coordinate that orders nothing?",
        )
    return tuple(int(value) for value in values)


@lru_cache(maxsize=4096)
def _leading(modes: int) -> float:
    """Return sum of I(i/m) over 0 < i < m: error L/Delta of a row as error -> 0."""
    return math.fsum(pdf(ndtri(np.arange(1, modes) / modes)))


def leading_cost(factors: Sequence[int]) -> float:
    """Return the limit of error L/Delta of a lattice as error -> 0: the sum of the profiles of its rows.

    >>> round(leading_cost([2, 2]) * math.sqrt(2 * math.pi), 12)
    2.0
    """
    return math.fsum(_leading(m) for m in check_factors(factors))


def best_factors(modes: int, source_dim: int) -> tuple[int, ...]:
    """Return the factors of `modes`, at most `source_dim` of them, that cost least as error -> 0.

    A row's cost is then the sum of its profiles and rows add up, so the best split is found by trying divisors. No
    other was cheaper at any error where all were tried (M < 260, 2 to 4 coordinates, error up to 0.9999).
    Source: theory/LAWS.md, section 6.

    >>> best_factors(64, 2), best_factors(64, 6), best_factors(7, 3)
    ((8, 8), (2, 2, 2, 2, 2, 2), (7,))
    """
    modes = whole("modes", modes, low=2, high=MOST_ORDERED, hint="Is it the number of points of the lattice?")
    axes = whole("source_dim", source_dim, low=1, high=MOST_AXES, hint="Is it the dimension of the noise?")

    @cache
    def best(rest: int, largest: int, left: int) -> tuple[float, tuple[int, ...]]:
        if rest == 1:
            return 0.0, ()
        if left == 0:
            return math.inf, ()
        found = (math.inf, ())  # type: tuple[float, tuple[int, ...]]
        for first in divisors:
            if first <= largest and rest % first == 0:
                cost, others = best(rest // first, first, left - 1)
                if cost < math.inf:
                    found = min(found, (cost + _leading(first), (first, *others)))
        return found

    divisors = [d for d in range(2, modes + 1) if modes % d == 0]
    # A number below 2^20 has fewer than 20 factors, however many coordinates there are.
    return best(modes, modes, min(axes, 20))[1]


def _log_kept(rows: Counter[int], width: float) -> float:
    """Return -sum_i log(1 - error_i) for rows that share a gap of `width`: the exponent of all that is lost."""
    return math.fsum(count * _log_lost(m, width) for m, count in rows.items())


def _log_lost(modes: int, width: float) -> float:
    if modes == 2:
        return float(log_shrink(0.0, width / 2))  # a row of two keeps 2 Phi(-r)
    error, kept = row_kept(modes, width)
    if error < 0.5:
        return -float(log1p(-error))
    return -math.log(kept) if kept > 0 else math.inf


@elementwise("error", "separation")
def grid_stiffness(factors: Sequence[int], error: float, *, separation: float = 1.0) -> float:
    """Return the stiffness L that suffices to reach a lattice of m_1 x m_2 x ... sets, balanced to `error`.

    Units of `separation`. One factor is the law of a row, exact; relative error as there. `error` and `separation` may
    be arrays. Source: theory/LAWS.md, section 6, `grid`.

    >>> from theory.ordinal import ordinal_stiffness
    >>> grid_stiffness([8], 0.1) == ordinal_stiffness(8, 0.1)
    True
    """
    values, error = check_factors(factors), float(fraction("error", error))
    rows = Counter(values)
    lost = -float(log1p(-error))
    # At an equal share of the loss each row alone has a gap of its own; the common gap lies between these.
    share = float(-expm1(-lost / len(values)))
    low = min(ordinal_gap(m, share) for m in rows)
    high = max(ordinal_gap(m, share) for m in rows)
    if low < high:
        low, high = low * (1 - 64 * _ULP), high * (1 + 64 * _ULP)
        low = float(brentq(lambda w: _log_kept(rows, w) - lost, low, high, xtol=_TINY, rtol=4 * _ULP, maxiter=2000))
    return float(positive("separation", separation)) / low


@elementwise("stiffness", "separation")
def grid_error(factors: Sequence[int], stiffness: float, *, separation: float = 1.0) -> float:
    """Return the error at which independent rows of this stiffness reach the lattice: the inverse function.

    A stiffness that keeps less than a double can hold returns 1. `stiffness` and `separation` may be arrays.

    >>> round(grid_error([8, 3], grid_stiffness([8, 3], 0.1)), 12)
    0.1
    """
    width = float(positive("separation", separation)) / float(positive("stiffness", stiffness))
    return float(-expm1(-_log_kept(Counter(check_factors(factors)), width)))


def product_stiffness(source_dim: Any, error: Any, *, separation: Any = 1.0) -> Any:
    """Return the stiffness L = Delta/(2r), (2 Phi(-r))^n = 1 - error, that suffices for 2^n sets as n bits.

    Arrays broadcast. Source: theory/LAWS.md, section 6, `product`.

    >>> from theory.separated import balanced_stiffness
    >>> float(product_stiffness(1, 0.5)) == float(balanced_stiffness(2, 0.5))
    True
    """
    share = -expm1(log1p(-fraction("error", error)) / positive("source_dim", source_dim))
    return positive("separation", separation) / (2 * quantile_gap(0.0, share))


def product_error(source_dim: Any, stiffness: Any, *, separation: Any = 1.0) -> Any:
    """Return the error 1 - (2 Phi(-r))^n of n bits of this stiffness; arrays broadcast.

    >>> round(float(product_error(16, product_stiffness(16, 0.25))), 12)
    0.25
    """
    half_gap = positive("separation", separation) / (2 * positive("stiffness", stiffness))
    return -expm1(-positive("source_dim", source_dim) * log_shrink(0.0, half_gap))


@elementwise("error", "stiffness", "separation")
def product_axes(error: Any, stiffness: Any, *, separation: Any = 1.0) -> float:
    """Return the most bits n that this stiffness carries at this error: n log(2 Phi(-r)) >= log(1 - error).

    0 says that not even one; Raises UsageError beyond 1e6. Arrays broadcast.

    >>> product_axes(0.01, product_stiffness(16, 0.01))
    16.0
    """
    error, stiffness = float(fraction("error", error)), float(positive("stiffness", stiffness))
    each = float(log_shrink(0.0, float(positive("separation", separation)) / (2 * stiffness)))
    found = -float(log1p(-error)) / each
    if found >= MOST_AXES:
        raise UsageError(
            "The stiffness carries more bits than this law counts.",
            expected=f"a stiffness that is used up by {MOST_AXES} bits",
            received=f"stiffness={stiffness!r}, error={error!r}",
            hint="Is the stiffness given in other units than the separation?",
        )
    bits = math.floor(found)
    # A stiffness that this law gave for n bits must give n back.
    return float(bits + (float(product_stiffness(bits + 1, error, separation=separation)) <= stiffness))
