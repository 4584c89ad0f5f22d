"""|f(x) - f(y)| <= |f(x) - f(c)| + |f(c) - f(y)|: halving a secant never lowers the larger of its two slopes.

So from two particles the steeper half is followed down to where rounding begins, and from there the direction is
turned by power iteration, v <- J v / |J v| with J v a difference: it climbs to the largest slope where J is symmetric
and positive, as that of every posterior mean is (Tweedie). Whatever f is, each slope met on the way is a secant's,
and so at most its Lipschitz constant: a lower bound, never an estimate from above. Source: theory/LAWS.md, section 7.
"""

import math
from collections.abc import Callable
from typing import Final

import numpy as np

from theory.errors import Array

TURNS: Final = 8
"""Power iterations: eight shrink a direction in which f stretches half as much by 2^8."""

ROUNDINGS: Final = 4
"""Units in the last place to which an answer is taken to be right, relative to the longest: m cancels at a boundary."""

Function = Callable[[Array], Array]


def _length(rows: Array) -> Array:
    found: Array = np.sqrt(np.sum(rows * rows, axis=1))
    return found


def secant_slopes(x: Array, y: Array, fx: Array, fy: Array, *, blur: float, eps: float) -> Array:
    """Return |fx - fy| / |x - y| of each row, less what rounding can have added; 0 where x = y.

    Each answer is taken to be right to `blur`, each point to eps of its length.

    >>> ends = np.array([[0.0]]), np.array([[2.0]]), np.array([[0.0]]), np.array([[1.0]])
    >>> float(secant_slopes(*ends, blur=0.0, eps=0.0)[0])
    0.5
    """
    rise = _length(fx - fy) - 2 * blur
    run = _length(x - y) + eps * (_length(x) + _length(y))
    return np.where(run > 0, np.maximum(rise, 0) / np.where(run > 0, run, 1), 0.0)


def steepest_secants(function: Function, x: Array, y: Array, *, eps: float, turn: bool = True) -> Array:
    """Return the largest slope that was met from each pair (x, y) of rows, shape (rows,): a lower bound of Lip(f).

    A secant is halved until it is shorter by eps^(1/3): there its rounding is eps^(2/3) of its slope. With `turn`, for
    f of R^n to itself, power iteration follows. 2 + log2(1/eps)/3 + TURNS calls. Answers are taken to be right to
    ROUNDINGS eps of the longest at the given ends, and a slope is lowered by as much.

    >>> ends = np.array([[-1.0]]), np.array([[3.0]])
    >>> round(float(steepest_secants(lambda x: np.tanh(100 * x), *ends, eps=2.0**-52)[0]), 2)
    100.0
    """
    fx, fy = function(x), function(y)
    blur = ROUNDINGS * eps * float(max(np.max(_length(fx)), np.max(_length(fy))))

    def slopes(x: Array, y: Array, fx: Array, fy: Array) -> Array:
        return secant_slopes(x, y, fx, fy, blur=blur, eps=eps)

    best = slopes(x, y, fx, fy)
    for _ in range(round(-math.log2(eps) / 3)):
        centre = (x + y) / 2
        fc = function(centre)
        left, right = slopes(x, centre, fx, fc), slopes(centre, y, fc, fy)
        best = np.maximum(best, np.maximum(left, right))
        first = (left >= right)[:, None]
        x, fx, y, fy = (
            np.where(first, x, centre), np.where(first, fx, fc), np.where(first, centre, y), np.where(first, fc, fy)
        )  # fmt: skip
    if turn:
        step = _length(y - x)[:, None]
        for _ in range(TURNS):
            rise = fy - fx
            length = _length(rise)[:, None]
            y = np.where(length > 0, x + step * rise / np.where(length > 0, length, 1), y)
            fy = function(y)
            best = np.maximum(best, slopes(x, y, fx, fy))
    return best
