"""P(statistic in [low, high]) ~ 0.99 by the bootstrap: latents are drawn again, with all that was measured at each.

Everything reported is a function of means over latents, so a replicate is those means over N latents drawn with
replacement, and the interval runs between its lower and upper quantile (Efron 1979). The draws have addresses. An
interval so made covers the choice of latents and random shifts; directions, and the sample in which competitors
were sought, are taken as given.
"""

from collections.abc import Callable
from typing import Final

import numpy as np

from sim.compiled import kernel
from sim.estimate import CONFIDENCE, Estimate
from sim.noise import RESAMPLING, uniform
from theory.errors import Array

REPLICATES: Final = 1999
"""Default number of replicates: with 1999 the quantiles of a 99% interval are the 10th from either end."""

RARE: Final = 30
"""Below so many latents at which anything changed an interval is called rough. At 30 the exact upper limit of a
Poisson mean, 47.1, exceeds the upper quantile of Poisson(30), 45, by 5%; below the excess grows."""

Statistic = Callable[[Array], Array]
"""From means, shape (..., columns), to statistics, shape (...)."""


@kernel
def resampled_means(columns, replicates, seed):  # type: ignore[no-untyped-def]
    """Return the means of the columns over rows drawn again, shape (replicates, columns), summed in one fixed order."""
    rows, width = columns.shape
    means = np.zeros((replicates, width))
    for replicate in range(replicates):
        for i in range(rows):
            row = int(uniform(seed, RESAMPLING, i, 0, replicate) * rows)
            for j in range(width):
                means[replicate, j] += columns[row, j]
    return means / rows


class Resampled:
    """The means of the columns and their replicates, from which any statistic gets its interval."""

    def __init__(self, columns: Array, *, replicates: int, seed: int) -> None:
        self.means: Array = np.mean(columns, axis=0)
        self.replicates: Array = resampled_means(np.ascontiguousarray(columns), replicates, seed)

    def estimate(self, statistic: Statistic) -> Estimate:
        """Return the statistic of the means and the interval between two of its replicates.

        A replicate that is undefined (0/0) counts at both ends; infinite ends say that the sample sets no limit.
        """
        with np.errstate(divide="ignore", invalid="ignore"):
            value, found = float(statistic(self.means)), np.asarray(statistic(self.replicates), dtype=float)
        tail = int((len(found) + 1) * (1 - CONFIDENCE) / 2) - 1
        low = np.sort(np.where(np.isnan(found), -np.inf, found))[tail]
        high = np.sort(np.where(np.isnan(found), np.inf, found))[len(found) - 1 - tail]
        return Estimate(value, float(low), float(high))


def column(j: int) -> Statistic:
    """Return the statistic that is the mean of column j."""
    return lambda means: means[..., j]


def ratio(over: int, under: int, factor: float = 1.0) -> Statistic:
    """Return the statistic that is the ratio of two means, times a factor.

    >>> float(ratio(0, 1)(np.array([3.0, 2.0])))
    1.5
    """
    return lambda means: factor * means[..., over] / means[..., under]


def slope(low: int, high: int, stretch: float) -> Statistic:
    """Return the statistic log(mean high/mean low)/log(stretch): the exponent between two radii.

    >>> float(slope(0, 1, 2.0)(np.array([1.0, 4.0])))
    2.0
    """
    return lambda means: (np.log(means[..., high]) - np.log(means[..., low])) / np.log(stretch)
