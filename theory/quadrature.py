"""integral f = sum over panels of a Gauss-Legendre sum, panels halved until halving changes nothing.

For integrands of one sign whose narrow places are known: ends are graded toward them, so that no panel is much wider
than its distance from one. Source: theory/LAWS.md, section 2, "Readouts".
"""

from collections.abc import Callable, Iterable
from typing import Any, Final

import numpy as np

from theory.errors import Array
from theory.gaussian import NODES, WEIGHTS

_TOLERANCE: Final = 1e-13
"""Halving a panel may change it by this share of the whole."""

_MOST_HALVINGS: Final = 64
"""No double lies between the ends of a panel halved so often."""

_MOST_PANELS: Final = 1 << 12
"""More panels than this at one width are halved for the sake of rounding errors, and are taken as they are."""

_REACH: Final = 38
"""Phi(-38) = 2.9e-316 is no normal double."""

UNIT_ENDS: Final[Array] = np.arange(-_REACH, _REACH + 1.0, 2.0)
"""Ends on [-38, 38] between which 20 nodes integrate the Gaussian density to its last digits."""


def graded(points: Iterable[float], *, depth: int = 60, ends: Array = UNIT_ENDS) -> Array:
    """Return `ends` with more of them at distances 1, 1/2, 1/4, ..., 2^-depth from each of the points within.

    >>> graded([0.25], depth=1, ends=np.array([0.0, 1.0])).tolist()
    [0.0, 0.25, 0.75, 1.0]
    """
    low, high = ends[0], ends[-1]
    steps = 2.0 ** -np.arange(depth + 1)
    around = [point + np.concatenate([[0.0], steps, -steps]) for point in points if low < point < high]
    every = np.unique(np.concatenate([ends, *around]))
    return np.asarray(every[(every >= low) & (every <= high)])


def integral(f: Callable[[Array], Any], ends: Array) -> float:
    """Return the integral of f >= 0 over the panels between neighbouring `ends`; f takes and returns any shape.

    Relative error about 1e-12 where f is smooth on the scale of the panels. Raises ArithmeticError if f is not finite.

    >>> round(integral(lambda x: x**3, np.array([0.0, 2.0])), 12)
    4.0
    """

    def sums(low: Array, high: Array) -> Array:
        width = high - low
        return np.asarray(width * np.sum(WEIGHTS * f(low[:, None] + width[:, None] * NODES), axis=-1))

    low, high = np.asarray(ends[:-1]), np.asarray(ends[1:])
    whole, done = sums(low, high), 0.0
    for _ in range(_MOST_HALVINGS):
        middle = low + (high - low) / 2
        left, right = sums(low, middle), sums(middle, high)
        total = done + float(np.sum(left + right))
        if not np.isfinite(total):
            raise ArithmeticError("an integrand is not finite")
        rest = np.abs(left + right - whole) > _TOLERANCE * total
        if not np.any(rest) or np.sum(rest) > _MOST_PANELS:
            return total
        done += float(np.sum((left + right)[~rest]))
        low, middle, high = low[rest], middle[rest], high[rest]
        whole = np.concatenate([left[rest], right[rest]])
        low, high = np.concatenate([low, middle]), np.concatenate([middle, high])
    return done + float(np.sum(whole))
