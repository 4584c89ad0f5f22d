"""W(P, Q) = least mean distance over which P is carried to Q: exact between samples, with an interval for their laws.

Samples of N points overstate it: W is jointly convex, so E W(P_N, Q_N) >= W(P, Q). By the triangle inequality they do
so by at most E W(P_N, P) + E W(Q_N, Q), neither more than what the halves of a sample are apart: the floor is the sum.
So W(P, Q) lies between W(P_N, Q_N) - floor and W(P_N, Q_N), but for chance, which groups of the samples tell (by
Student's t, so for large samples).
Sliced, the distance is averaged over directions, along each of which sorting carries best (Rabin et al. 2011).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
from scipy import special
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from sim.estimate import CONFIDENCE, Estimate
from sim.noise import DIRECTION, normals
from sim.tabular import Tabular
from theory.errors import Array, UsageError, real, whole

GROUPS: Final = 16
"""Groups that tell chance: with 15 degrees of freedom Student's quantile at 99.5% is 2.95, of the normal law 2.58."""

LEAST_SAMPLES: Final = 4 * GROUPS
"""A group is halved, and half of it is no single point."""

MOST_ASSIGNED: Final = 2000
"""Points of an assignment: its work grows with their cube, seconds at 2000."""

_Distance = Callable[[Array, Array, int], float]
"""From two samples of equal size, and the number of the group (-1: all), to a distance."""


@final
@dataclass(frozen=True)
class Distance(Tabular):
    """W between two laws from `samples` points of each: `distance` with its interval, and the `floor`.

    `distance.value` is that between the samples. `floor` is what their own halves are apart: nearer laws cannot be told
    from equal ones. `directions` is None where the distance is not sliced.
    """

    distance: Estimate
    floor: float
    samples: int
    dimension: int
    directions: int | None

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers, as `--json` prints them."""
        return {
            "distance": self.distance.to_dict(), "floor": self.floor, "confidence": CONFIDENCE,
            "samples": self.samples, "dimension": self.dimension, "directions": self.directions,
        }  # fmt: skip

    def __repr__(self) -> str:
        sliced = "" if self.directions is None else f"sliced over {self.directions} directions, "
        return f"<wasserstein {self.distance}, {sliced}floor {self.floor:.6g}, {self.samples} samples>"


def _points(name: str, given: Any) -> Array:
    points: Array = np.asarray(real(name, given))
    points = points[:, None] if points.ndim == 1 else points
    if points.ndim < 2 or len(points) < LEAST_SAMPLES:
        raise UsageError(
            f"{name} holds too few samples.", expected=f"at least {LEAST_SAMPLES} of them along axis 0",
            received=f"shape {np.shape(given)}", hint="Is axis 0 that of the samples?",
        )  # fmt: skip
    return points.reshape(len(points), -1)


def _pair(one: Any, other: Any) -> tuple[Array, Array]:
    """Return two samples of equal size: the larger one is cut."""
    p, q = _points("one", one), _points("other", other)
    if p.shape[1] != q.shape[1]:
        raise UsageError(
            "The samples live in different spaces.", expected=f"{p.shape[1]} coordinates each",
            received=f"{p.shape[1]} and {q.shape[1]}", hint="Is one of them transposed?",
        )  # fmt: skip
    size = min(len(p), len(q))
    return p[:size], q[:size]


def along(one: Array, other: Array) -> float:
    """Return W between samples of equal size on a line: sorted, each goes to its own rank.

    >>> along(np.array([3.0, 0.0]), np.array([1.0, 2.0]))
    1.0
    """
    return float(np.mean(np.abs(np.sort(one) - np.sort(other))))


def assigned(one: Array, other: Array) -> float:
    """Return W between samples (N, n) of equal size: the cheapest assignment.

    >>> assigned(np.array([[0.0, 0.0], [1.0, 1.0]]), np.array([[1.0, 1.0], [0.0, 0.5]]))
    0.25
    """
    cost = cdist(one, other)
    return float(np.mean(cost[linear_sum_assignment(cost)]))


def _estimated(distance: _Distance, p: Array, q: Array, directions: int | None) -> Distance:
    size, part = len(p), len(p) // GROUPS
    each, own = np.empty(GROUPS), np.empty(GROUPS)
    for g in range(GROUPS):
        x, y = p[g * part : (g + 1) * part], q[g * part : (g + 1) * part]
        half = part // 2
        each[g] = distance(x, y, g)
        own[g] = sum(distance(z[:half], z[half : 2 * half], g) for z in (x, y))
    whole_half = size // 2
    value = distance(p, q, -1)
    floor = sum(distance(z[:whole_half], z[whole_half : 2 * whole_half], -1) for z in (p, q))
    t = float(special.stdtrit(GROUPS - 1, (1 + CONFIDENCE) / 2)) / math.sqrt(GROUPS)
    low = value - floor - t * float(np.std(each - own, ddof=1))
    high = value + t * float(np.std(each, ddof=1))
    return Distance(Estimate(value, min(value, max(0.0, low)), high), float(floor), size, p.shape[1], directions)


def wasserstein(one: Any, other: Any) -> Distance:
    """Return W between the laws of two samples, shape (N, ...) each: by sorting on a line, by assignment elsewhere.

    Units of the samples; the larger sample is cut to the size of the smaller. Raises UsageError for fewer than 64
    samples, and for more than 2000 in more than one dimension.

    >>> wasserstein(np.arange(64.0), np.arange(64.0) + 3).distance.value
    3.0
    """
    p, q = _pair(one, other)
    if p.shape[1] == 1:
        return _estimated(lambda x, y, _: along(x[:, 0], y[:, 0]), p, q, None)
    if len(p) > MOST_ASSIGNED:
        raise UsageError(
            "So many points take too long to assign.", expected=f"at most {MOST_ASSIGNED} samples in {p.shape[1]} "
            "dimensions", received=f"{len(p)}", hint="Would sliced_wasserstein, or part of the samples, do?",
        )  # fmt: skip
    return _estimated(lambda x, y, _: assigned(x, y), p, q, None)


def sliced_wasserstein(one: Any, other: Any, *, directions: Any = 128, seed: Any = 0) -> Distance:
    """Return the mean of W over directions between the laws of two samples, shape (N, ...) each.

    `directions` are uniform on the sphere, at addresses under `seed`; a multiple of 16, one part for each group. The
    interval counts their choice in. Raises UsageError for fewer than 64 samples. In one dimension it is W itself.

    >>> line = np.arange(64.0)
    >>> sliced_wasserstein(np.stack([line, 0 * line], axis=1), np.stack([line, 0 * line], axis=1)).distance.value
    0.0
    """
    p, q = _pair(one, other)
    count = whole("directions", directions, low=GROUPS, high=1 << 16, hint="Is it a number of directions?")
    count += -count % GROUPS
    seed = whole("seed", seed, low=0, high=0xFFFFFFFF, hint="Is it a 32-bit seed?")
    made = normals(seed, range(count), 0, p.shape[1], purpose=DIRECTION)
    made /= np.linalg.norm(made, axis=1, keepdims=True)
    part = count // GROUPS

    def mean(x: Array, y: Array, group: int) -> float:
        chosen = made if group < 0 else made[group * part : (group + 1) * part]
        return math.fsum(along(x @ theta, y @ theta) for theta in chosen) / len(chosen)

    return _estimated(mean, p, q, count)
