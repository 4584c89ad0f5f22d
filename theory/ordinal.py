"""u_1 = q, u_{j+1} = Phi(Phi^-1(u_j) + 2r) + q, u_M = 1: on a line, M equal masses q lie in order, equal gaps apart.

One noise coordinate has room for M sets only in a row. Equal masses q = (1 - error)/M between gaps of width 2r are
the cheapest row, and L = Delta/(2r) is attained by a staircase: stiffness grows like M, not like sqrt(log M).

The row is symmetric about 0, so the left half decides: with G the mass of the gaps left of the middle and m that of
a middle gap (M even), error = 2G + m. All are sums of positive gap masses, and no tail near 1 is ever formed.
Source: theory/LAWS.md, section 6, `ordinal`.
"""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from scipy.optimize import brentq

from theory.arrays import elementwise
from theory.counting import most_modes
from theory.errors import Array, fraction, positive, whole
from theory.gaussian import step_mass
from theory.primitives import ndtr, ndtri, pdf

MOST_ORDERED: Final = 1_000_000
"""Half of this many gaps, in a few passes, are seconds of work."""

_BLOCK: Final = 1024
"""Gaps found together: few enough for a short cumulative sum, whose rounding grows with its length."""

_X, _W = np.polynomial.legendre.leggauss(6)
_FEW: Final[Array] = (_X + 1) / 2
_FEW_WEIGHTS: Final[Array] = _W / 2
_HERMITE: Final = 5.0
"""Six nodes err by 2e-16 h^12 |He_12(z)| of a gap h wide, and |He_12(z)| <= (|z| + 5)^12."""

_ULP: Final = float(np.finfo(float).eps)
_TINY: Final = float(np.finfo(float).tiny)


def check_ordered(modes: Any) -> int:
    """Return `modes` as a whole number in [2, 1e6]; UsageError otherwise.

    >>> check_ordered(8.0)
    8
    """
    return whole("modes", modes, low=2, high=MOST_ORDERED, hint="Is it the number of sets in one row?")


def _gap_masses(start: Array, width: float) -> Array:
    """Return Phi(Phi^-1(u) + width) - u for starts u <= 1/2: where gaps are narrow, by six nodes instead of twenty."""
    z = ndtri(start)
    if width * (_HERMITE - float(z[0])) > 1:  # z[0] is the outermost
        return np.asarray(step_mass(z, width))
    return np.asarray(width * np.sum(pdf(z[:, None] + width * _FEW) * _FEW_WEIGHTS, axis=-1))


def _gap_mass(mass: float, gaps: int, width: float) -> float:
    """Return the sum of the first `gaps` gap masses of a row of pieces of `mass` and gaps of `width`, from the left.

    Gap j starts at u_j = j q + G_{j-1}. A block of gaps is a fixed point of that equation; as each gap depends only on
    those before it, every pass settles at least one more, and in practice a few passes settle all, the fewer as the
    first guess continues the block before in a straight line. A row that runs past the middle is held there: it is too
    wide, and the caller sees so by the sum.
    """
    total, last, slope = 0.0, 0.0, 0.0
    for first in range(1, gaps + 1, _BLOCK):
        index = np.arange(first, min(first + _BLOCK, gaps + 1))
        place = np.arange(len(index))
        start = np.clip(index * mass + total + place * (last + slope * (place + 1) / 2), mass, 0.5)
        for _ in range(len(index) + 1):
            each = _gap_masses(start, width)
            sums = np.cumsum(each)
            again = np.minimum(index * mass + (total + np.concatenate([[0.0], sums[:-1]])), 0.5)
            settled = bool(np.all(np.abs(again - start) <= 2 * _ULP * again))
            start = again
            if settled:
                break
        total += float(sums[-1])
        last, slope = float(each[-1]), float(each[-1] - each[0]) / max(len(each) - 1, 1)
    return total


def _excess(modes: int, error: float, kept: float, width: float) -> float:
    """Return (mass of all gaps) - error, up to a factor 2, for pieces of mass kept/modes; rising with width.

    Where little is kept, the same difference is taken as that of the two sides' positions, both of them small.
    """
    mass = kept / modes
    gaps, odd = divmod(modes - 1, 2)
    left = _gap_mass(mass, gaps, width)
    if error <= 0.5:
        return 2 * left + (0.0 if not odd else float(step_mass(-width / 2, width))) - error
    reached = (modes // 2) * mass + left
    return reached - (float(ndtr(-width / 2)) if odd else 0.5 - mass / 2)


def ordinal_gap(modes: int, error: float) -> float:
    """Return the common gap 2r of the row of M equal masses that leaves `error`, in standard deviations of the noise.

    Relative error below 1e-12 for 1e-15 <= error <= 1 - 1e-9. Source: theory/LAWS.md, section 6.

    >>> round(ordinal_gap(2, 0.5) / 2, 12)  # two sets: the upper quartile
    0.674489750196
    """
    modes, error = check_ordered(modes), float(fraction("error", error))
    # No gap is heavier than its width times phi(0); and all gaps lie between the outermost pieces. At M = 2 and a tiny
    # error that span is a rounded quantile, so `low`, far more than the rounding, is added to it.
    low = error / ((modes - 1) * float(pdf(0.0)))
    high = -2 * float(ndtri((1 - error) / modes)) / (modes - 1)
    return float(
        brentq(
            lambda width: _excess(modes, error, 1 - error, width), low * (1 - 8 * _ULP), high + low,
            xtol=_TINY, rtol=4 * _ULP, maxiter=2000,
        )
    )  # fmt: skip


@elementwise("modes", "error", "separation")
def ordinal_stiffness(modes: int, error: float, *, separation: float = 1.0) -> float:
    """Return the least stiffness L = Delta/(2r) of a map of ONE Gaussian coordinate onto M sets, balanced to `error`.

    Exact at every error: a staircase attains it. Units of `separation`; 2 <= modes <= 1e6; arrays broadcast.
    Source: theory/LAWS.md, section 6, `ordinal`.

    >>> round(0.01 * ordinal_stiffness(3, 0.01), 6)
    0.726472
    """
    return float(positive("separation", separation)) / ordinal_gap(modes, error)


@elementwise("modes", "stiffness", "separation")
def ordinal_error(modes: int, stiffness: float, *, separation: float = 1.0) -> float:
    """Return the least error at which one Gaussian coordinate reaches M balanced sets with this stiffness.

    The inverse of `ordinal_stiffness`; a stiffness so small that the error rounds to 1 returns 1; arrays
    broadcast.

    >>> round(ordinal_error(3, ordinal_stiffness(3, 0.25)), 12)
    0.25
    """
    return row_kept(modes, float(positive("separation", separation)) / float(positive("stiffness", stiffness)))[0]


@elementwise("error", "stiffness", "separation")
def ordinal_modes(error: Any, stiffness: Any, *, separation: Any = 1.0) -> float:
    """Return the most modes that one Gaussian coordinate reaches at this stiffness, balanced to `error`.

    A whole number, 1 if not even two; the third way to read `ordinal_stiffness`. Arrays broadcast. Raises UsageError
    beyond 1e6 modes. Source: theory/LAWS.md, section 6.

    >>> ordinal_modes(0.01, ordinal_stiffness(37, 0.01))
    37.0
    """
    error, stiffness = float(fraction("error", error)), float(positive("stiffness", stiffness))
    width = float(positive("separation", separation)) / stiffness  # one walk along the row tells whether it fits
    return most_modes(
        lambda modes: _excess(int(modes), error, 1 - error, width) <= 0,
        lambda modes: float(ordinal_stiffness(int(modes), error, separation=separation)),
        error=error, stiffness=stiffness, most=MOST_ORDERED,
    )  # fmt: skip


def row_kept(modes: int, width: float) -> tuple[float, float]:
    """Return (error, 1 - error) of the row of M equal masses with gaps of `width`, each to full relative accuracy.

    A row that keeps less than a double can hold returns (1.0, 0.0).

    >>> row_kept(8, 80.0)
    (1.0, 0.0)
    """
    modes = check_ordered(modes)
    if _excess(modes, 0.5, 0.5, width) < 0:
        error = _root(lambda error: _excess(modes, error, 1 - error, width), 0.5)
        return error, 1 - error
    if _excess(modes, 1.0, _TINY, width) >= 0:
        return 1.0, 0.0
    kept = _root(lambda kept: _excess(modes, 1 - kept, kept, width), 0.5)
    return 1 - kept, kept


def _root(f: Callable[[float], float], high: float) -> float:
    return float(brentq(f, _TINY, high, xtol=_TINY, rtol=4 * _ULP, maxiter=2000))
