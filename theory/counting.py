"""M = max {M : L(M, error) <= L}: how many modes a stiffness tells apart, each law of modes read the third way.

Stiffness rises with modes and with every digit of accuracy, so the largest M whose least error at this stiffness does
not exceed the error is found by halving: first its size, then its digits. Source: theory/LAWS.md, sections 5 and 6.
"""

import math
from collections.abc import Callable
from typing import Final

from theory.errors import UsageError

_WHOLE: Final = 2.0**53
"""Beyond, every double is a whole number and M + 1 is none."""


def most_modes(
    fits: Callable[[float], bool],
    stiffness_at: Callable[[float], float],
    *,
    error: float,
    stiffness: float,
    most: float,
) -> float:
    """Return the largest whole M, 1 <= M <= `most`, that this stiffness tells apart at this error.

    `fits(M)` says whether M modes at the given stiffness can keep to the given error, `stiffness_at(M)` is the
    stiffness that M need at this error. 1 says that not even two are told apart. Raises UsageError where more than
    `most` are.

    >>> from theory.separated import balanced_error, balanced_stiffness
    >>> L = balanced_stiffness(37, 0.01)
    >>> most_modes(lambda m: balanced_error(m, L) <= 0.01, lambda m: balanced_stiffness(m, 0.01),
    ...            error=0.01, stiffness=L, most=1e300)
    37.0
    """
    low, high = 1.0, 2.0
    while fits(high):
        if high >= most:
            raise UsageError(
                "The stiffness tells more modes apart than this law counts.",
                expected=f"a stiffness that is used up by {most:g} modes",
                received=f"stiffness={stiffness!r}, error={error!r}",
                hint="Is the stiffness given in other units than the separation?",
            )
        low, high = high, min(high * high, float(most))
    while high - low > 1:
        middle = math.floor(math.sqrt(low) * math.sqrt(high) if high > 4 * low else (low + high) / 2)
        if not low < middle < high:
            break  # beyond 2^53 neighbouring doubles are further apart than 1
        if fits(float(middle)):
            low = float(middle)
        else:
            high = float(middle)
    # A stiffness that this very law gave for M modes must give M back: its error may be a rounding too large.
    if low < _WHOLE and low < most and stiffness_at(low + 1) <= stiffness:
        low += 1
    return low
