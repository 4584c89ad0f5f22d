"""A codebook places M tokens in R^n: one axis each, by their bits, on a lattice, at random, on a tree, or as given.

Random ones are addressed like all noise: the codebook of a seed is the same everywhere, and row k does not depend on
how many rows there are. Source: theory/LAWS.md, sections 5 and 6, on what each arrangement costs.
"""

import math
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from sim.noise import CODEBOOK, check_address, normals
from theory.errors import Array, UsageError, positive, whole, within
from theory.mixture import check_means, distance_range

MOST_VECTORS: Final = 1 << 20
"""Beyond a million modes no count tells landing sets apart, and all pairs of vectors are to be compared."""

MOST_NUMBERS: Final = 1 << 27
"""Numbers in a codebook: 1 GiB."""


def one_hot(modes: int) -> Array:
    """Return the M unit vectors of R^M, pairwise sqrt 2 apart.

    >>> one_hot(2).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    return np.eye(modes)


def bit_length(modes: int) -> int:
    """Return the binary digits that number M things, at least one: ceil(log2 M) from M = 2 on."""
    return max(1, (modes - 1).bit_length())


def bits(modes: int) -> Array:
    """Return the first M binary numbers, digits -1 and 1, lowest first, in R^ceil(log2 M); neighbours 2 apart.

    >>> bits(3).tolist()
    [[-1.0, -1.0], [1.0, -1.0], [-1.0, 1.0]]
    """
    places = np.arange(bit_length(modes))
    return np.asarray(2 * (np.arange(modes)[:, None] >> places & 1) - 1, dtype=np.float64)


def lattice(modes: int, source_dim: int) -> Array:
    """Return the first M points, in rows, of a cube of whole numbers in R^n, centred at their mean; neighbours 1 apart.

    >>> lattice(4, 2).tolist()
    [[-0.5, -0.5], [-0.5, 0.5], [0.5, -0.5], [0.5, 0.5]]
    """
    side = 2 if source_dim >= modes.bit_length() else round(modes ** (1 / source_dim))
    while side**source_dim < modes:
        side += 1
    while side > 2 and (side - 1) ** source_dim >= modes:
        side -= 1
    strides = np.ones(source_dim, dtype=np.int64)
    for i in reversed(range(source_dim - 1)):
        strides[i] = min(strides[i + 1] * side, modes)  # from `modes` on, every point has coordinate 0
    points = np.asarray(np.arange(modes)[:, None] // strides % side, dtype=np.float64)
    centred: Array = points - points.mean(axis=0)
    return centred


def random_rows(modes: int, source_dim: int, seed: int) -> Array:
    """Return M independent draws of N(0, I_n)."""
    check_address(seed=seed, particles=modes, steps=1, coordinates=source_dim)
    return normals(seed, range(modes), 0, source_dim, purpose=CODEBOOK)


def sphere(modes: int, source_dim: int, seed: int) -> Array:
    """Return M independent uniform points of the sphere of radius sqrt n in R^n."""
    rows = random_rows(modes, source_dim, seed)
    points: Array = rows * math.sqrt(source_dim) / np.linalg.norm(rows, axis=1, keepdims=True)
    return points


def hierarchical(levels: int, branching: int, gap_ratio: float) -> Array:
    """Return the leaves of a tree, shape (branching^levels, levels branching): a level picks an axis of its own block.

    Block l holds gap_ratio^-l times a unit vector, l = 0..levels - 1: siblings there are sqrt 2 gap_ratio^-l apart,
    and leaf k's branches are the digits of k, coarsest first. Source: theory/LAWS.md, section 7, `hierarchy`.

    >>> hierarchical(2, 2, 4.0)[1].tolist()
    [1.0, 0.0, 0.0, 0.25]
    """
    leaves = np.arange(branching**levels)
    rows = np.zeros((len(leaves), levels * branching))
    for level in range(levels):
        digit = leaves // branching ** (levels - 1 - level) % branching
        rows[leaves, level * branching + digit] = gap_ratio ** (-level)
    return rows


def check_tree(levels: Any, branching: Any, gap_ratio: Any) -> tuple[int, int, float]:
    """Return the checked numbers of a tree; UsageError for more leaves than MOST_VECTORS, or a ratio below 1.

    >>> check_tree(2, 3, 1)
    (2, 3, 1.0)
    """
    for name, value in (("levels", levels), ("branching", branching)):
        if value is None:
            raise _missing(name, HIERARCHICAL, "How deep is the tree, and how many choices has each level?")
    width = whole("branching", branching, low=2, high=MOST_VECTORS, hint="Does a choice of one need a level?")
    most = int(math.log(MOST_VECTORS * (1 + 1e-9)) / math.log(width))
    depth = whole("levels", levels, low=1, high=most, hint=f"Would {width}^levels leaves be too many?")
    hint = "Does the tree start with its coarsest choice?"
    return depth, width, float(within("gap_ratio", gap_ratio, low=1.0, high=1e6, hint=hint))


FIXED: Final[dict[str, Callable[[int], Array]]] = {"one_hot": one_hot, "bits": bits}
"""Codebooks whose dimension follows from M."""
RANDOM: Final[dict[str, Callable[[int, int, int], Array]]] = {"sphere": sphere, "random": random_rows}
"""Codebooks that a seed draws."""
GIVEN: Final = "given"
HIERARCHICAL: Final = "hierarchical"
CODEBOOKS: Final = (*FIXED, "lattice", *RANDOM, HIERARCHICAL, GIVEN)
"""Every codebook by name."""


def _missing(name: str, codebook: str, hint: str) -> UsageError:
    return UsageError(
        f"{name} is missing.", expected=f"{name}, which codebook={codebook} needs", received="no value", hint=hint
    )


def _refuse_contradiction(name: str, asked: Any, found: int, codebook: str) -> None:
    if asked is not None and asked != found:
        raise UsageError(
            f"{name} contradicts the codebook.",
            expected=f"{name}={found}, or no {name} at all, with codebook={codebook}",
            received=repr(asked),
            hint="Is another codebook meant?",
        )


def codebook_vectors(
    codebook: str,
    *,
    modes: Any = None,
    source_dim: Any = None,
    vectors: Any = None,
    distance: Any = None,
    seed: Any = 0,
    levels: Any = None,
    branching: Any = None,
    gap_ratio: Any = 1.0,
) -> Array:
    """Return the vectors of a codebook, shape (M, n), stretched to a least distance of `distance` if that is given.

    `levels`, `branching` and `gap_ratio` are those of the hierarchical one, whose M and n follow from them.
    Raises UsageError for what is missing, contradicts the codebook or is out of its range.

    >>> codebook_vectors("bits", modes=2, distance=8).tolist()
    [[-4.0], [4.0]]
    """
    if codebook == GIVEN:
        if vectors is None:
            raise _missing("vectors", codebook, "Is it a file, as in vectors=FILE.npy?")
        table = check_means("vectors", vectors)
        _refuse_contradiction("modes", modes, len(table), codebook)
        _refuse_contradiction("source_dim", source_dim, table.shape[1], codebook)
    elif codebook == HIERARCHICAL:
        depth, width, ratio = check_tree(levels, branching, gap_ratio)
        _refuse_contradiction("modes", modes, width**depth, codebook)
        _refuse_contradiction("source_dim", source_dim, width * depth, codebook)
        _check_size(width**depth, width * depth)
        table = hierarchical(depth, width, ratio)
    else:
        table = _made(codebook, *codebook_shape(codebook, modes=modes, source_dim=source_dim, vectors=vectors), seed)
    if distance is None:
        return table
    if len(table) == 1:
        raise UsageError(
            "One vector has no distance to another.",
            expected="distance only with two vectors or more",
            received=f"distance={distance!r} with one vector",
            hint="Is modes missing a digit?",
        )
    least, _ = distance_range(table)
    return table * (float(positive("distance", distance)) / least) if least > 0 else table


def _check_size(modes: int, dimension: int) -> None:
    if modes * dimension > MOST_NUMBERS:
        raise UsageError(
            "The codebook is too large.",
            expected=f"at most {MOST_NUMBERS} numbers in it",
            received=f"{modes} vectors of {dimension}",
            hint="Would bits do instead of one axis a token?",
        )


def codebook_shape(codebook: str, *, modes: Any, source_dim: Any, vectors: Any = None) -> tuple[int, int]:
    """Return (M, n) of a codebook that is made of these numbers; UsageError where they make none, or too large a one.

    >>> codebook_shape("bits", modes=50257, source_dim=None)
    (50257, 16)
    """
    if vectors is not None:
        raise UsageError(
            "vectors are given, and so is a codebook to make them.",
            expected=f"codebook={GIVEN} with vectors, or codebook={codebook} without",
            received=f"codebook={codebook} and vectors",
            hint="Which one holds?",
        )
    if modes is None:
        raise _missing("modes", codebook, "How many tokens are there?")
    size = whole("modes", modes, low=1, high=MOST_VECTORS, hint="Is it the logarithm of the number of tokens?")
    if codebook in FIXED:
        dimension = size if codebook == "one_hot" else bit_length(size)
        _refuse_contradiction("source_dim", source_dim, dimension, codebook)
    elif source_dim is None:
        raise _missing("source_dim", codebook, "In how many dimensions do the vectors lie?")
    else:
        dimension = whole("source_dim", source_dim, low=1, high=MOST_NUMBERS, hint="Is it a number of tokens?")
    _check_size(size, dimension)
    return size, dimension


def _made(codebook: str, modes: int, dimension: int, seed: Any) -> Array:
    if codebook in FIXED:
        return FIXED[codebook](modes)
    if codebook in RANDOM:
        return RANDOM[codebook](modes, dimension, seed)
    return lattice(modes, dimension)
