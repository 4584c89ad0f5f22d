"""prod_k l_k >= L forces max_k l_k >= L^(1/K): stiffness spread over K steps has a peak of at least this.

Steps that are l_k-Lipschitz compose to a map of constant prod l_k at most. A tree of B levels spreads one choice among
c^B modes over B choices among c: whether that lowers the peak depends on how the error is shared.
Source: theory/LAWS.md, section 7, `composition` and `hierarchy`.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from theory.arrays import elementwise
from theory.depth import finite_stiffness
from theory.errors import Array, fraction, nonnegative, positive, whole
from theory.separated import MOST_MODES, balanced_stiffness


def composed_stiffness(stiffnesses: Sequence[float] | Array) -> float:
    """Return prod l_k, a Lipschitz constant of the composition of maps with constants l_k >= 0.

    Raises UsageError for a negative factor, or a product beyond the doubles.

    >>> composed_stiffness([0.5, 4.0, 8.0])
    16.0
    """
    factors = np.atleast_1d(nonnegative("stiffnesses", stiffnesses))
    if not np.all(factors > 0):
        return 0.0
    # frexp keeps the running product a mantissa and an exponent: no overflow on the way to a finite end.
    mantissas, exponents = np.frexp(factors)
    mantissa, exponent = 1.0, int(np.sum(exponents))
    for value in mantissas:
        mantissa, carry = math.frexp(mantissa * value)
        exponent += carry
    if exponent > 1024:
        return finite_stiffness(float(np.sum(np.log(factors))))
    return math.ldexp(mantissa, exponent)


@elementwise("stiffness", "steps")
def least_peak(stiffness: Any, steps: Any) -> float:
    """Return L^(1/K): some step of K must be at least this stiff for the whole to be L-Lipschitz and no less; arrays.

    >>> least_peak(81.0, 4)
    3.0
    """
    count = whole("steps", steps, low=1, high=1_000_000, hint="Is it a time rather than a number of steps?")
    root: float = float(positive("stiffness", stiffness)) ** (1 / count)
    return root


def hierarchy_peaks(levels: Any, branching: Any, error: Any) -> dict[str, Any]:
    """Return the stiffness of one level of a tree of `levels` choices among `branching`, beside one flat choice.

    All at separation 1, by the isoperimetric law. `peak_equal_level` gives each level the whole error, so that errors
    add up; `peak_equal_total` gives it 1 - (1 - error)^(1/levels), so that all levels together err as the flat choice.
    `ratios` are these two over the flat peak, in this order. Raises UsageError unless branching^levels <= 1e300.

    >>> one = hierarchy_peaks(1, 8, 0.1)
    >>> one["peak_equal_level"] == one["peak_equal_total"] == one["flat"]
    True
    """
    depth = whole("levels", levels, low=1, high=1000, hint="Is it the number of leaves?")
    width = whole("branching", branching, low=2, high=10**15, hint="Does a choice of one need a level?")
    limit = int(math.log(MOST_MODES) / math.log(width))
    whole("levels", depth, low=1, high=limit, hint=f"Would {width}^levels modes exceed 1e300?")
    share = float(fraction("error", error))
    flat = float(balanced_stiffness(float(width) ** depth, share))
    level = float(balanced_stiffness(width, share))
    total = float(balanced_stiffness(width, -math.expm1(math.log1p(-share) / depth))) if depth > 1 else level
    return {
        "peak_equal_level": level,
        "peak_equal_total": total,
        "flat": flat,
        "ratio_equal_level": level / flat,
        "ratio_equal_total": total / flat,
        "ratios": [level / flat, total / flat],
    }
