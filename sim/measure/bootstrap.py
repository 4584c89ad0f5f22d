"""P(statistic in [low, high]) ~ 0.99 by the bootstrap: latents are drawn again, with all that was measured at each.

Everything reported is a function of means over latents, so a replicate is those means over N latents drawn with
replacement, and the interval runs between two of its quantiles, corrected for bias and skewness (BCa, Efron 1987):
ratios of rare events are skewed, and bare quantiles then err on one side. The draws have addresses. An interval so
made covers the choice of latents and random shifts; directions, and the sample in which competitors were sought, are
taken as given.
"""

import math
from collections.abc import Callable
from typing import Final

import numpy as np

from sim.compiled import kernel
from sim.estimate import CONFIDENCE, Estimate
from sim.noise import RESAMPLING, uniform
from theory.errors import Array
from theory.primitives import ndtr, ndtri

REPLICATES: Final = 1999
"""Default number of replicates: with 1999 the uncorrected quantiles of a 99% interval are the 10th from either end."""

RARE: Final = 30
"""Below so many latents at which anything changed an interval is called rough. At 30 the exact upper limit of a
Poisson mean, 47.1, exceeds the upper quantile of Poisson(30), 45, by 5%; below the excess grows."""

_MOST_SKEW: Final = 0.15
"""1 - a (z0 + z) > 0 for |z0 + z| < 6.7: |z| is 2.6 at 99%, |z0| at most 3.9 with 2^16 replicates."""

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
        self.left_out: Array = self.means + (self.means - columns) / (len(columns) - 1)
        self.replicates: Array = resampled_means(np.ascontiguousarray(columns), replicates, seed)

    def estimate(self, statistic: Statistic) -> Estimate:
        """Return the statistic of the means and the interval between two of its replicates.

        A replicate that is undefined (0/0) counts at both ends; infinite ends say that the sample sets no limit.
        """
        with np.errstate(divide="ignore", invalid="ignore"):
            value, found, left_out = float(statistic(self.means)), statistic(self.replicates), statistic(self.left_out)
        size = len(found)
        below = (np.sum(found < value) + np.sum(found == value) / 2) / size
        bias = float(ndtri(np.clip(below, 1 / (size + 1), size / (size + 1))))
        skew = _acceleration(np.asarray(left_out))
        ranks = []
        for tail in ((1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2):
            z = bias + float(ndtri(tail))
            share = float(ndtr(bias + z / (1 - skew * z)))
            # Outward: a rank between two replicates goes to the outer one.
            rank = math.floor(share * (size + 1)) if tail < 0.5 else math.ceil(share * (size + 1))
            ranks.append(min(max(rank, 1), size) - 1)
        low = np.sort(np.where(np.isnan(found), -np.inf, found))[ranks[0]]
        high = np.sort(np.where(np.isnan(found), np.inf, found))[ranks[1]]
        return Estimate(value, min(value, float(low)), max(value, float(high)))


def _acceleration(left_out: Array) -> float:
    """Return a sixth of the skewness of the statistic's jackknife values, 0 where they are undefined or all equal."""
    with np.errstate(invalid="ignore"):
        away = np.mean(left_out) - left_out
        square = float(np.sum(away**2))
    if not math.isfinite(square) or square == 0:
        return 0.0
    return float(np.clip(np.sum(away**3) / (6 * square**1.5), -_MOST_SKEW, _MOST_SKEW))


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
