"""P(p in [low, high]) >= 1 - alpha for every p and n: counts come with Clopper-Pearson intervals.

Ambiguous mass is one proportion. Total variation is a sum over cells, so it gets the interval that follows from
simultaneous ones, each cell at alpha divided by the number of cells (Bonferroni). Source: Clopper and Pearson 1934.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, final

import numpy as np
from scipy import special

from theory.errors import Array
from theory.primitives import ndtri

CONFIDENCE: Final = 0.99
"""Coverage of every interval that is printed: P(true value inside) >= 0.99, whatever the value."""


@final
@dataclass(frozen=True)
class Estimate:
    """A point estimate and an interval that covers the true value with the stated confidence."""

    value: float
    low: float
    high: float

    def __contains__(self, number: float) -> bool:
        return self.low <= number <= self.high

    def to_dict(self) -> dict[str, float | None]:
        """Return plain numbers, as `--json` prints them; null for what is infinite."""
        ends = {"value": self.value, "low": self.low, "high": self.high}
        return {name: end if math.isfinite(end) else None for name, end in ends.items()}

    def __str__(self) -> str:
        return f"{self.value:.6g} [{self.low:.6g}, {self.high:.6g}]"


def clopper_pearson(count: int, trials: int, *, alpha: float = 1 - CONFIDENCE) -> Estimate:
    """Return the exact binomial interval for `count` successes in `trials`: coverage at least 1 - alpha.

    >>> clopper_pearson(0, 10, alpha=0.5).low
    0.0
    >>> round(clopper_pearson(0, 10, alpha=0.5).high, 12)  # 1 - (1/4)^(1/10)
    0.129449436704
    """
    low = 0.0 if count == 0 else float(special.betaincinv(count, trials - count + 1, alpha / 2))
    high = 1.0 if count == trials else float(special.betainccinv(count + 1, trials - count, alpha / 2))
    return Estimate(count / trials, low, high)


def total_variation(masses: Sequence[float] | Array, wanted: Sequence[float] | Array) -> float:
    """Return sum_i (wanted_i - masses_i)_+ over all cells, the ambiguous one included.

    >>> total_variation([0.5, 0.25, 0.25], [0.5, 0.0, 0.5])
    0.25
    """
    return float(np.sum(np.maximum(np.asarray(wanted) - np.asarray(masses), 0)))


def total_variation_estimate(
    counts: Sequence[int], wanted: Sequence[float] | Array, *, alpha: float = 1 - CONFIDENCE
) -> Estimate:
    """Return the interval of `total_variation` that follows from simultaneous intervals of all cells.

    Total variation is sum_i (wanted_i - q_i)_+, and falls as any q_i grows.
    """
    trials = int(sum(counts))
    cells = [clopper_pearson(int(count), trials, alpha=alpha / len(counts)) for count in counts]
    return Estimate(
        total_variation(np.asarray(counts) / trials, wanted),
        total_variation([cell.high for cell in cells], wanted),
        min(1.0, total_variation([cell.low for cell in cells], wanted)),
    )


def total_variation_of_counts(
    counts: Sequence[int], wanted: Sequence[int], *, alpha: float = 1 - CONFIDENCE
) -> Estimate:
    """Return the interval of `total_variation` where the wanted masses are counted, too: all cells of both at once.

    >>> total_variation_of_counts([5, 5], [5, 5]).low
    0.0
    """
    trials, own, level = int(sum(counts)), int(sum(wanted)), alpha / (2 * len(counts))
    cells = [clopper_pearson(int(count), trials, alpha=level) for count in counts]
    aims = [clopper_pearson(int(count), own, alpha=level) for count in wanted]
    return Estimate(
        total_variation(np.asarray(counts) / trials, np.asarray(wanted) / own),
        total_variation([cell.high for cell in cells], [aim.low for aim in aims]),
        min(1.0, total_variation([cell.low for cell in cells], [aim.high for aim in aims])),
    )


def trials_needed(p: float, *, effect: float, alpha: float, miss: float) -> int:
    """Return how many trials tell p from p (1 + effect) with false alarm `alpha` and miss probability `miss`.

    The normal approximation n = (z_alpha/2 + z_miss)^2 (1 - p)/(p effect^2) of two binomials.

    >>> trials_needed(0.5, effect=0.01, alpha=1e-9, miss=1e-6)
    1180012
    """
    z = -float(ndtri(alpha / 2)) - float(ndtri(miss))
    return int(np.ceil(z**2 * (1 - p) / (p * effect**2)))
