"""mu_k = unit v_k: M codewords whose rows v_k are singles, with what a run needs to know of all pairs of them.

Singles hold the rows; the unit, a double, takes up their scale and any stretch, so that nothing is rounded twice.
Least and largest distance come from products of all pairs in single precision, whose error is bounded, and what could
be an extreme is computed again from differences: they are exact to rounding in doubles.
"""

import math
import os
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
import numpy.typing as npt
from scipy import linalg
from threadpoolctl import threadpool_limits

from sim.codebook import RANDOM, codebook_shape, codebook_vectors
from sim.noise import CODEBOOK, check_address
from sim.tiles import in_order
from sim.vocabulary.kernels import fill_rows, room_for, tile_extremes
from sim.vocabulary.rounding import UNIT, worst
from theory.errors import Array, UsageError, positive

Singles = npt.NDArray[np.float32]

BLOCK: Final = 1024
"""Rows made, or compared with as many others, at a time."""

GROUPS: Final = 64
"""Groups of tokens that are counted: the law of sets loses sqrt(log M/log 64), at most 2 at a million tokens."""

WIDEST: Final = 2048
"""The most coordinates of which a covariance is made: its eigenvalue takes seconds."""

FARTHEST: Final = 1e15
"""The largest and, inverted, the least length of a codeword and between two: singles end at 1e38, squares too."""


@final
@dataclass(frozen=True, eq=False)
class Vocabulary:
    """M codewords `unit` times the rows of `vectors` (M, n); `least` and `largest` distances are those of the rows.

    `half_squares` (M,) is |v_k|^2/2 and `centre` (n,) the mean of the rows, both in doubles; `variance` is at least
    the rows' largest variance along a direction.
    """

    vectors: Singles
    unit: float
    half_squares: Array
    centre: Array
    variance: float
    least: float
    largest: float

    @property
    def modes(self) -> int:
        """M, the number of tokens."""
        return len(self.vectors)

    @property
    def source_dim(self) -> int:
        """n, the dimension of the noise and of the latent."""
        return int(self.vectors.shape[1])

    @property
    def reach(self) -> float:
        """The length of the longest row."""
        return math.sqrt(2 * float(np.max(self.half_squares)))

    @property
    def diameter(self) -> float:
        """The largest distance between two codewords."""
        return self.unit * self.largest

    def radius(self, margin: float) -> float:
        """Return the radius of the landing sets in units of the rows; infinite for one token."""
        return margin * self.least / 2

    def separation(self, margin: float) -> float:
        """Return the distance that two landing sets keep at least, a length."""
        return (1 - margin) * self.unit * self.least

    def groups(self) -> npt.NDArray[np.int64]:
        """Return the group of each token, (M,): tokens in the order of their distance from the mean, cut into GROUPS.

        Where x says little, evidence for a token differs from another's by those distances alone: a bias toward the
        middle shows between groups. Up to GROUPS tokens each is a group of its own.
        """
        if self.modes <= GROUPS:
            return np.arange(self.modes)
        away = np.empty(self.modes)
        for first in range(0, self.modes, BLOCK):
            away[first : first + BLOCK] = np.sum((self.vectors[first : first + BLOCK] - self.centre) ** 2, axis=1)
        group = np.empty(self.modes, np.int64)
        group[np.argsort(away, kind="stable")] = np.arange(self.modes) * GROUPS // self.modes
        return group


def random_rows(codebook: str, modes: int, source_dim: int, seed: int) -> Singles:
    """Return the rows of sim.codebook's `random` or `sphere` in single precision, made block by block.

    >>> bool(abs((random_rows("sphere", 3, 4, 0) ** 2).sum(axis=1) - 4).max() < 1e-6)
    True
    """
    check_address(seed=seed, particles=modes, steps=1, coordinates=source_dim)
    rows = np.empty((modes, source_dim), np.float32)
    block, room = np.empty((BLOCK, source_dim)), room_for(BLOCK)
    for first in range(0, modes, BLOCK):
        fill_rows(block, seed, CODEBOOK, first, 0, 1.0, *room)
        if codebook == "sphere":
            block *= math.sqrt(source_dim) / np.sqrt(np.sum(block**2, axis=1, keepdims=True))
        rows[first : first + BLOCK] = block[: modes - first]
    return rows


def distance_range(vectors: Singles, half_squares: Array, slack: float, *, threads: int | None = None) -> Array:
    """Return the least and the largest squared distance between two rows; infinite and 0 for one row.

    `slack` bounds the error of |v|^2 + |w|^2 - 2 v.w with the product in single precision.
    """
    starts = range(0, len(vectors), BLOCK)
    squares = 2 * half_squares

    def compared(first: int) -> Array:
        left = vectors[first : first + BLOCK]
        room: dict[int, Singles] = {}
        extremes = np.array([np.inf, 0.0])
        for second in starts[first // BLOCK :]:
            right = vectors[second : second + BLOCK]
            products = room.setdefault(len(right), np.empty((len(left), len(right)), np.float32))
            np.dot(left, right.T, out=products)
            cut = slice(second, second + BLOCK)
            tile_extremes(
                products, left, right, squares[first : first + BLOCK], squares[cut], slack, first == second, extremes
            )
        return extremes

    found = np.array([np.inf, 0.0])
    with threadpool_limits(1, "blas"):
        for _, (least, largest) in in_order(compared, starts, threads=threads or os.cpu_count() or 1):
            found = np.array([min(found[0], least), max(found[1], largest)])
    return found


def vocabulary(
    codebook: str = "sphere",
    *,
    modes: Any = None,
    source_dim: Any = None,
    vectors: Any = None,
    distance: Any = None,
    seed: Any = 0,
    threads: int | None = None,
) -> Vocabulary:
    """Return the codewords of a codebook, stretched to a least distance of `distance` if that is given.

    UsageError for what is missing, contradicts the codebook or is out of range, and where two rows are equal.

    >>> found = vocabulary("one_hot", modes=3)
    >>> found.diameter == found.unit * found.least == 2**0.5
    True
    """
    if codebook in RANDOM:
        size, dimension = codebook_shape(codebook, modes=modes, source_dim=source_dim, vectors=vectors)
        rows, exponent = random_rows(codebook, size, dimension, seed), 0
    else:
        table = codebook_vectors(codebook, modes=modes, source_dim=source_dim, vectors=vectors)
        # By a power of 2, which costs no digit, the largest coordinate comes to lie between 1/2 and 1.
        exponent = math.frexp(float(np.max(np.abs(table))))[1]
        rows = np.ldexp(table, -exponent).astype(np.float32)
    half = np.empty(len(rows))
    for first in range(0, len(rows), BLOCK):
        half[first : first + BLOCK] = np.sum(np.square(rows[first : first + BLOCK], dtype=np.float64), axis=1) / 2
    longest = 2 * float(np.max(half))
    least, largest = distance_range(rows, half, _slack(rows, longest), threads=threads)
    if least == 0:
        raise UsageError(
            "The codebook repeats a point, so that no landing set is one token's alone.",
            expected="rows that differ pairwise in single precision",
            received="two equal rows",
            hint="Could the tokens that coincide be merged, or does target=codebook, in doubles, tell them apart?",
        )
    unit = _unit(exponent, math.sqrt(least), math.sqrt(max(longest, largest)), distance, len(rows))
    rows.flags.writeable = half.flags.writeable = False
    centre = np.sum([np.sum(rows[i : i + BLOCK], axis=0, dtype=np.float64) for i in range(0, len(rows), BLOCK)], axis=0)
    centre /= len(rows)
    return Vocabulary(rows, unit, half, centre, _variance(rows, half, centre), math.sqrt(least), math.sqrt(largest))


def _variance(rows: Singles, half_squares: Array, centre: Array) -> float:
    """Return the largest eigenvalue of the rows' covariance, or its trace where that matrix would be too large."""
    n = rows.shape[1]
    if n > WIDEST:
        return max(2 * float(np.mean(half_squares)) - float(centre @ centre), 0.0)
    covariance = np.zeros((n, n))
    for first in range(0, len(rows), BLOCK):
        away = rows[first : first + BLOCK] - centre
        covariance += away.T @ away
    return float(linalg.eigvalsh(covariance)[-1]) / len(rows)


def _slack(rows: Singles, longest: float) -> float:
    """Return the error that a squared distance may have, `longest` the largest |v|^2: 0 where products are exact.

    They are where rows are whole numbers of some 2^-d and |v|^2 4^d < 2^24, for no partial sum exceeds that.
    """
    for digits in (1, 4, 8):
        blocks = (np.ldexp(rows[i : i + BLOCK], digits) for i in range(0, len(rows), BLOCK))
        if longest * 4.0**digits * UNIT < 1 and all(np.all(block == np.rint(block)) for block in blocks):
            return 0.0
    return 2 * worst(rows.shape[1]) * longest


def _unit(exponent: int, least: float, longest: float, distance: Any, modes: int) -> float:
    unit = math.ldexp(1.0, exponent)
    if distance is not None:
        if modes == 1:
            raise UsageError(
                "One vector has no distance to another.",
                expected="distance only with two vectors or more",
                received=f"distance={distance!r} with one vector",
                hint="Is modes missing a digit?",
            )
        unit = float(positive("distance", distance)) / least
    near = unit * least if modes > 1 else unit
    if near < 1 / FARTHEST or unit * longest > FARTHEST:
        raise UsageError(
            "The codewords' lengths leave single precision.",
            expected=f"lengths and distances from {1 / FARTHEST:g} to {FARTHEST:g}",
            received=f"codewords up to {unit * longest:.3g} long, two of them {near:.3g} apart",
            hint="Could the unit of length be another, or does target=codebook, in doubles, hold them?",
        )
    return unit
