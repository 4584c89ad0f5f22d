"""fl(x) = x (1 + e), |e| <= u: a point is rounded by u times its size, and noise finer than that is no noise.

A posterior computed from squares |x - a mu|^2, each exact to a few roundings, is the exact posterior of a point moved
by about u times the reach of the modes. If that is a millionth of the noise's standard deviation, no probability
changes by more than about a millionth; where it is not, a choice between far modes would be made by roundings, and is
refused.
"""

from typing import Final

import numpy as np

from theory.errors import UsageError
from theory.path import Schedule

SHARE: Final = 1e-6
"""The largest displacement by rounding, in standard deviations of the noise: what 1e12 particles could just see."""

SINGLE_SHARE: Final = 1e-3
"""The same for a run in float32: what 1e6 particles could just see, and what whoever asks for speed grants."""


def least_noise(schedule: Schedule, scale: float) -> float:
    """Return the least standard deviation of x given its mode, sqrt(a^2 scale^2 + b^2), over the calls.

    >>> from theory.path import LinearPath, uniform_schedule
    >>> least_noise(uniform_schedule(LinearPath(), 4), 0.0)
    0.25
    """
    return float(np.min(np.hypot(schedule.a[:-1] * scale, schedule.b[:-1])))


def check_resolved(
    reach: float, schedule: Schedule, scale: float, *, unit: float = float(np.finfo(float).eps), share: float = SHARE
) -> None:
    """Raise UsageError where modes that reach so far leave no digits for the noise; `unit` is the type's rounding.

    `share` is the largest displacement that is granted.

    >>> from theory.path import LinearPath, uniform_schedule
    >>> check_resolved(1e9, uniform_schedule(LinearPath(), 4), 0.0)
    """
    noise = least_noise(schedule, scale)
    if not reach * unit <= share * noise:
        raise UsageError(
            "The modes lie too far out for the noise to be told from rounding.",
            expected=f"coordinates up to {share * noise / unit:.3g} beside a least noise of {noise:.3g}",
            received=f"{reach:.3g}",
            hint="Could the modes be centred, the unit of length be larger, or the steps be fewer?",
        )
