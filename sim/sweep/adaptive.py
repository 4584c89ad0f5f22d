"""n grows until high - low <= width: an interval of n particles is about sqrt(n) times wider than it need be.

Noise is addressed, so the particles of a look are the first of the next one, and the last look equals a run of its size
from scratch. Looks do stop at a random n: each interval covers with its own confidence c, and all of `looks` intervals
together with at least 1 - looks (1 - c) (Bonferroni), which is why a look asks for a large step.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any, Final

from sim.sweep.numbers import interval

GROWTH: Final = (4, 64)
"""Least and largest factor from one look to the next: few looks, and none far beyond what a noisy width promises."""

MARGIN: Final = 1.1
"""Over the predicted size, so that the fluctuation of a width does not cost another look."""


def next_size(size: int, width: float, wanted: float, cap: int) -> int:
    """Return the particles of the next look.

    >>> next_size(1000, 0.04, 0.01, 10**6)  # sixteen times as many, and a tenth more
    17600
    """
    factor = min(max((width / wanted) ** 2 * MARGIN, GROWTH[0]), GROWTH[1])
    return min(math.ceil(size * factor), cap)


def grow(
    run: Callable[[int], dict[str, Any]], measure: str, *, width: float, start: int, cap: int
) -> tuple[dict[str, Any], Mapping[str, float | int]]:
    """Return run(n) at the first n whose interval of `measure` is at most `width` wide, or at `cap`.

    With it come `particles`, `looks`, the `width` reached, and `reached`, 1 or 0. Raises LookupError for a measure
    without an interval.
    """
    size, looks = start, 0
    while True:
        tree, looks = run(size), looks + 1
        low, high = interval(tree, measure)
        if high - low <= width or size >= cap:
            reached = int(high - low <= width)
            return tree, {"particles": size, "looks": looks, "width": high - low, "reached": reached}
        size = next_size(size, high - low, width, cap)
