"""P(T(xi) >= y) = sum of the Gaussian masses of the intervals that T sends there, for a T that need not be monotone.

Where the range of T over an interval lies in one cell, so does the interval; else it is halved. What is left when no
double lies between two ends is a root. Ranges are those of interval arithmetic, so nothing between two grid points can
hide. Source: theory/LAWS.md, section 8 ("Preimages").
"""

from collections.abc import Callable
from typing import Final

import numpy as np
import numpy.typing as npt

from theory.errors import Array
from theory.gaussian import interval_mass

REACH: Final = 38.0
"""Phi(-38) = 2.9e-316 is no normal double: no preimage further out has a mass that a double can hold."""

MOST_INTERVALS: Final = 1 << 20
"""More undecided intervals than this at one width mean that the ranges are too wide to decide anything."""

_TOP: Final = 64
"""Intervals to begin with: enough to leave the plateaus at once."""

Ranges = Callable[[Array, Array], tuple[Array, Array]]


def cells(ranges: Ranges, low: float, high: float) -> tuple[Array, npt.NDArray[np.int64]]:
    """Return (ends, cell): the intervals of [-REACH, REACH] between neighbouring ends, and where T sends each.

    Cell 0 is (-inf, low], 1 is (low, high), 2 is [high, inf). Raises ArithmeticError where ranges decide too little.
    """
    left, right = np.linspace(-REACH, REACH, _TOP + 1)[:-1], np.linspace(-REACH, REACH, _TOP + 1)[1:]
    found: list[tuple[Array, Array, npt.NDArray[np.int64]]] = []
    while left.size:
        bottom, top = ranges(left, right)
        cell = np.where(top <= low, 0, np.where(bottom >= high, 2, np.where((bottom > low) & (top < high), 1, -1)))
        middle = left + (right - left) / 2
        # With no double between its ends an interval is a root: it goes to the cell of its own middle, as a point.
        point = (cell < 0) & ((middle <= left) | (middle >= right))
        at = (bottom + (top - bottom) / 2)[point]
        cell[point] = np.where(at <= low, 0, np.where(at >= high, 2, 1))
        done = cell >= 0
        found.append((left[done], right[done], cell[done]))
        left, middle, right = left[~done], middle[~done], right[~done]
        left, right = np.concatenate([left, middle]), np.concatenate([middle, right])
        if left.size > MOST_INTERVALS:
            raise ArithmeticError(f"{left.size} intervals remain undecided: the ranges of this map are too wide.")
    starts, ends = (np.concatenate([part[i] for part in found]) for i in (0, 1))
    kinds = np.concatenate([part[2] for part in found])
    order = np.argsort(starts, kind="stable")
    starts, ends, kinds = starts[order], ends[order], kinds[order]
    new = np.append(True, kinds[1:] != kinds[:-1])
    return np.append(starts[new], ends[-1]), kinds[new]


def map_masses(ranges: Ranges, low: float, high: float) -> Array:
    """Return the Gaussian masses that T sends to (-inf, low], (low, high) and [high, inf), shape (3,).

    >>> map_masses(lambda x, y: (x, y), -1.0, 1.0).tolist() == interval_mass([-np.inf, -1, 1], [-1, 1, np.inf]).tolist()
    True
    """
    ends, kinds = cells(ranges, low, high)
    ends = np.concatenate([[-np.inf], ends[1:-1], [np.inf]])
    masses = np.zeros(3)
    np.add.at(masses, kinds, interval_mass(ends[:-1], ends[1:]))
    return masses
