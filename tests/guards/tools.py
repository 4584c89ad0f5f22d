"""phi, integral, preimage, half-line: the tools under the laws, asked where the answer is known in closed form."""

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import mpmath
import numpy as np
from scipy.special import ndtr


def primitives_hold() -> bool:
    """Return whether phi and phi/Phi are those of many digits, far into both tails."""
    from theory.primitives import hazard, pdf

    close = True
    with mpmath.workdps(50):
        for x in (-37.0, -6.0, -0.5, 0.0, 1.0, 9.0):
            rounded = 1e-15 * (1 + x * x)
            close &= abs(float(pdf(x)) / mpmath.npdf(x) - 1) < rounded
            close &= abs(float(hazard(x)) / (mpmath.npdf(x) / mpmath.ncdf(x)) - 1) < 4 * rounded
    return bool(close)


def integrals_hold() -> bool:
    """Return whether integrals are differences of antiderivatives, smooth and peaked, and ends are graded by halves."""
    from theory.quadrature import UNIT_ENDS, graded, integral

    close = abs(integral(np.exp, np.array([-1.0, 0.5, 2.0])) / (math.exp(2) - math.exp(-1)) - 1) < 1e-13
    for width in (1e-2, 1e-9):
        wanted = (math.atan(1.7 / width) + math.atan(0.3 / width)) / width

        def peak(x: Any, width: float = width) -> Any:
            return 1 / (width**2 + (x - 0.3) ** 2)

        for ends in ([0.0, 2.0], graded([0.3], depth=40, ends=np.array([0.0, 2.0]))):
            close &= abs(integral(peak, np.asarray(ends)) / wanted - 1) < 1e-10
    # A jump that no end is at: halved until nothing changes.
    close &= abs(integral(lambda x: np.where(x < math.pi, 2.0, 5.0), np.array([0.0, 8.0])) - (40 - 3 * math.pi)) < 1e-11
    close &= abs(integral(lambda x: np.exp(-(x**2) / 2), UNIT_ENDS) / math.sqrt(2 * math.pi) - 1) < 1e-14
    halves = {0.5 + sign / 2**k for k in range(4) for sign in (-1, 1)}
    close &= graded([0.5, 99.0], depth=3, ends=np.array([-4.0, 4.0])).tolist() == sorted({-4.0, 4.0, 0.5} | halves)
    close &= len(UNIT_ENDS) == 39 and UNIT_ENDS[0] == -38 and UNIT_ENDS[-1] == 38

    def calls(f: Callable[[Any], Any]) -> int:
        seen: list[int] = []
        integral(lambda x: seen.append(x.size) or f(x), np.array([0.0, 1.0]))  # type: ignore[func-returns-value]
        return sum(seen)

    close &= calls(lambda x: x**3) == 60  # one panel, and its halves once
    try:
        integral(lambda x: np.where(x < 0.5, 1.0, np.inf), np.array([0.0, 1.0]))
    except ArithmeticError:
        return bool(close)
    return False


def preimages_hold() -> bool:
    """Return whether a cubic's preimages lie between its roots, to the last digits, and a plateau goes to its cell."""
    from theory.preimages import cells, map_masses

    def cubic(x: Any) -> Any:
        return (x - 1) * (x + 1) * (x - 0.3)

    turns = [(0.3 - math.sqrt(0.09 + 3)) / 3, (0.3 + math.sqrt(0.09 + 3)) / 3]

    def ranges(low: Any, high: Any) -> Any:
        ends = [cubic(low), cubic(high), *(np.where((low < t) & (t < high), cubic(t), cubic(low)) for t in turns)]
        return np.min(ends, axis=0), np.max(ends, axis=0)

    ends, kinds = cells(ranges, -0.1, 0.2)
    roots = sorted(r.real for y in (-0.1, 0.2) for r in np.roots([1, -0.3, -1, 0.3 - y]) if abs(r.imag) < 1e-9)
    close = kinds.tolist() == [0, 1, 2, 1, 0, 1, 2] and len(roots) == 6
    close &= bool(np.max(np.abs(ends - [-38.0, *roots, 38.0])) < 1e-13)
    shares, places = np.zeros(3), [-np.inf, *roots, np.inf]
    for kind, (a, b) in zip((0, 1, 2, 1, 0, 1, 2), pairwise(places), strict=True):
        shares[kind] += ndtr(b) - ndtr(a)
    close &= bool(np.max(np.abs(map_masses(ranges, -0.1, 0.2) - shares)) < 1e-13)
    same = map_masses(lambda low, high: (np.clip(low, -1, 1), np.clip(high, -1, 1)), -1.0, 1.0)
    close &= bool(np.max(np.abs(same - ndtr([-1.0, 0.0, -1.0]) - [0, ndtr(1) - ndtr(-1) - 0.5, 0])) < 1e-15)
    jump = map_masses(lambda low, high: (np.where(low < 0.1, -2.0, 2.0), np.where(high < 0.1, -2.0, 2.0)), -1.0, 1.0)
    return bool(close and np.max(np.abs(jump - [ndtr(0.1), 0, ndtr(-0.1)])) < 1e-15)


def half_lines_hold() -> bool:
    """Return whether half-lines begin and end at known roots, on either side of a plateau and where there is none."""
    from theory.monotone import first_at_least, last_at_most

    close = abs(first_at_least(math.sinh, 3.0, 9.0) - math.asinh(3)) < 1e-15 * 4
    close &= abs(last_at_most(math.sinh, -3.0, 9.0) - math.asinh(-3)) < 1e-15 * 4

    def stair(x: float) -> float:
        return max(min(x, 1.0), x - 2.0)

    close &= abs(first_at_least(stair, 1.0, 9.0) - 1) < 1e-14 and abs(last_at_most(stair, 1.0, 9.0) - 3) < 1e-14
    close &= first_at_least(math.sinh, -99.0, 2.0) == -np.inf and first_at_least(math.sinh, 99.0, 2.0) == np.inf
    return bool(
        close and last_at_most(math.sinh, -99.0, 2.0) == -np.inf and last_at_most(math.sinh, 99.0, 2.0) == np.inf
    )
