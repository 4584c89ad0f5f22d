"""z ~ sum_k w_k N(mu_k, sigma_k^2 I_n): M modes in n dimensions, each with a closed ball round its mean to land in.

The balls have radius delta d_min/2, d_min the least distance between two means, so that any two of them are at least
(1 - delta) d_min apart; what reaches none of them is ambiguous. The least of no distances is infinite: a single mode
owns all of space, and nothing is ambiguous. Source: theory/LAWS.md, section 0.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
from scipy import special
from scipy.spatial.distance import cdist

from theory.errors import Array, UsageError, nonnegative, real

LONGEST: Final = 1e75
"""Lengths lie between 1/LONGEST and LONGEST, so that their fourth powers are doubles: a slope is a square over one."""

_BLOCK: Final = 1 << 22
"""Distances held at once: 32 MiB."""


@final
@dataclass(frozen=True, eq=False)
class Mixture:
    """M isotropic modes in R^n: `weights` (M,) >= 0 with sum 1, `means` (M, n), `scales` (M,), each >= 0.

    `least_distance` and `diameter` are the extreme distances between two means; of one mode infinite and 0. Build it
    with `mixture`, which checks its arguments.
    """

    weights: Array
    means: Array
    scales: Array
    least_distance: float
    diameter: float

    @property
    def modes(self) -> int:
        """M, the number of modes."""
        return len(self.weights)

    @property
    def source_dim(self) -> int:
        """n, the dimension of the noise and of the latent."""
        return int(self.means.shape[1])

    @property
    def drawn(self) -> "Mixture":
        """The mixture of the modes that are ever drawn: those of weight 0 have landing sets, but no posterior.

        >>> mixture(means=[[-4.0], [0.0], [4.0]], weights=[0.5, 0.0, 0.5]).drawn.means.tolist()
        [[-4.0], [4.0]]
        """
        kept = self.weights > 0
        if kept.all():
            return self
        means = self.means[kept]
        return Mixture(self.weights[kept], means, self.scales[kept], *distance_range(means))

    def radius(self, margin: float) -> float:
        """Return the radius margin d_min/2 of the landing sets.

        >>> mixture(means=[[-4.0], [4.0]]).radius(0.5)
        2.0
        """
        return margin * self.least_distance / 2

    def separation(self, margin: float) -> float:
        """Return the distance (1 - margin) d_min that any two landing sets keep at least.

        >>> mixture(means=[[-4.0], [4.0]]).separation(0.5)
        4.0
        """
        return (1 - margin) * self.least_distance

    def masses(self, margin: float) -> Array:
        """Return the target's own mass in the M landing sets, then what is ambiguous; shape (M + 1,).

        A mode at distance d from the centre of a ball sends it a noncentral chi-square mass; absolute error 1e-12.

        >>> mixture(means=[[-4.0], [4.0]], weights=[0.25, 0.75]).masses(0.1).tolist()
        [0.25, 0.75, 0.0]
        """
        if self.modes == 1:
            return np.array([1.0, 0.0])
        landed = np.zeros(self.modes)
        rest = 0.0
        half = self.source_dim / 2
        for k in range(self.modes):
            if self.scales[k] == 0 or self.weights[k] == 0:
                landed[k] += self.weights[k]
                continue
            size = (self.radius(margin) / self.scales[k]) ** 2
            across = cdist(self.means[k : k + 1], self.means)[0] / self.scales[k]
            share = _ball_mass(size, self.source_dim, across)
            share[k] = special.gammainc(half, size / 2)
            elsewhere = float(np.sum(np.delete(share, k)))
            landed += self.weights[k] * share
            rest += self.weights[k] * max(float(special.gammaincc(half, size / 2)) - elsewhere, 0.0)
        return np.append(landed, rest)


def _ball_mass(size: float, dimension: int, distances: Array) -> Array:
    """Return P(|xi - d| <= sqrt(size)) for xi ~ N(0, I) and each distance |d|.

    Beyond sqrt(size) + 40 it is below Phi(-40), no double; there SciPy's series need not be asked.
    """
    near = distances < np.sqrt(size) + 40
    mass = np.zeros(len(distances))
    mass[near] = special.chndtr(size, dimension, distances[near] ** 2)
    return mass


def distance_range(points: Array) -> tuple[float, float]:
    """Return the least and the largest distance between two of the `points` (M, n), in bounded memory.

    Of one point they are infinite and 0: nothing is near it.

    >>> distance_range(np.array([[0.0, 0.0], [3.0, 4.0], [3.0, 3.0]]))
    (1.0, 5.0)
    """
    least, largest = np.inf, 0.0
    rows = max(1, _BLOCK // len(points))
    for first in range(0, len(points), rows):
        block = cdist(points[first : first + rows], points)
        largest = max(largest, float(block.max()))
        block[np.arange(len(block)), first + np.arange(len(block))] = np.inf
        least = min(least, float(block.min()))
    return least, largest


def check_means(name: str, means: Any) -> Array:
    """Return `means` as a finite array (M, n); UsageError otherwise.

    >>> check_means("means", [[-4], [4]]).shape
    (2, 1)
    """
    rows = real(name, means)
    if np.ndim(rows) != 2:
        raise UsageError(
            f"{name} is no table of points.",
            expected="an array of shape (M, n): a row for each of M modes in n dimensions",
            received=f"an array of shape {np.shape(rows)}",
            hint="Does a list of numbers on a line need brackets, as in [[-4], [4]]?",
        )
    table: Array = np.ascontiguousarray(rows)
    return table


def _check_lengths(name: str, means: Array) -> tuple[float, float]:
    if float(np.max(np.abs(means))) > LONGEST:
        raise UsageError(
            f"{name} reaches too far.",
            expected=f"coordinates up to {LONGEST:g}",
            received=repr(float(np.max(np.abs(means)))),
            hint="Could the unit of length be chosen larger?",
        )
    least, diameter = distance_range(means)
    if least < 1 / LONGEST:
        repeated = "two equal rows" if least == 0 else f"two rows {least:g} apart"
        raise UsageError(
            f"{name} repeats a point, so that no landing set is one mode's alone.",
            expected="rows that differ pairwise",
            received=repeated,
            hint="Could the modes that coincide be merged, with the sum of their weights?",
        )
    return least, diameter


def _check_weights(weights: Any, modes: int) -> Array:
    if weights is None:
        return np.full(modes, 1 / modes)
    shares: Array = np.atleast_1d(nonnegative("weights", weights))
    # M correctly rounded decimals miss 1 by at most M roundings of their sum.
    if shares.shape != (modes,) or abs(float(np.sum(shares)) - 1) > modes * np.finfo(float).eps:
        raise UsageError(
            "weights must be the probabilities of the modes.",
            expected=f"{modes} numbers with sum 1",
            received=f"{shares.size} numbers with sum {float(np.sum(shares))!r}",
            hint="Is a mode missing, or were masses given that leave an error over?",
        )
    return shares


def _check_scales(scales: Any, modes: int) -> Array:
    widths: Array = np.atleast_1d(nonnegative("scales", scales))
    if widths.shape not in {(1,), (modes,)}:
        raise UsageError(
            "scales must be the standard deviations of the modes.",
            expected=f"one number for all, or {modes} numbers",
            received=f"{widths.size} numbers",
            hint="Is a mode missing?",
        )
    bad = widths[(widths > LONGEST) | ((widths > 0) & (widths < 1 / LONGEST))]
    if bad.size:
        raise UsageError(
            "scales are out of range.",
            expected=f"0, or from {1 / LONGEST:g} to {LONGEST:g}",
            received=f"{bad[0]:g}",
            hint="Is a scale of 0 meant, or could the unit of length be another?",
        )
    return np.broadcast_to(widths, (modes,)).copy()


def mixture(
    *, means: Any, weights: Sequence[float] | Array | None = None, scales: Any = 0.0, name: str = "means"
) -> Mixture:
    """Return the mixture after checking its arguments; equal weights by default, one scale for all or one for each.

    `name` is what messages call the means. A mode of weight 0 is a landing set that nothing should reach. Raises
    UsageError for equal or non-finite rows, weights that are negative or miss the sum 1, negative scales, and lengths
    whose fourth powers are no doubles.

    >>> mixture(means=[[0.0, 0.0], [3.0, 4.0]]).diameter
    5.0
    """
    rows = check_means(name, means)
    least, diameter = _check_lengths(name, rows)
    arrays = (_check_weights(weights, len(rows)), rows.copy(), _check_scales(scales, len(rows)))
    for array in arrays:
        array.flags.writeable = False
    return Mixture(*arrays, least_distance=least, diameter=diameter)
