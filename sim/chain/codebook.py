"""c_v, the codeword of token v, is a row of a codebook: one for each symbol, and no two alike.

Source: theory/LAWS.md, section 10.
"""

import math
from typing import Any, Final

import numpy as np

from sim.codebook import FIXED, GIVEN, codebook_vectors
from theory.errors import Array, UsageError
from theory.mixture import LONGEST, distance_range

SOURCE_DIM: Final = 8
"""Dimension of a codeword unless another is asked for: 27 letters then overlap from sigma = 1/2 on."""


def token_codewords(symbols: int, *, codebook: str, source_dim: Any, vectors: Any, seed: Any) -> Array:
    """Return the codewords, shape (V, n).

    Raises UsageError for what does not fit the alphabet, rows that are alike, or what sim.codebook refuses.

    >>> token_codewords(2, codebook="one_hot", source_dim=None, vectors=None, seed=0).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    if source_dim is None and codebook not in (*FIXED, GIVEN):
        source_dim = SOURCE_DIM
    size = None if codebook == GIVEN else symbols
    codes = codebook_vectors(codebook, modes=size, source_dim=source_dim, vectors=vectors, seed=seed)
    if len(codes) != symbols:
        raise UsageError(
            "The codebook does not fit the alphabet.",
            expected=f"shape ({symbols}, n): a row for each of the {symbols} symbols",
            received=f"shape {codes.shape}",
            hint="Is it transposed, or made for another text or vocabulary?",
        )
    _check_apart(codes)
    return codes


def _check_apart(codes: Array) -> None:
    """Refuse codewords that the readout cannot tell apart by its scores z.c_v - |c_v|^2/2.

    A score is rounded by at most (n + 1) u 3 |c|^2/2 for z near a codeword, and two scores differ by half the square of
    the codewords' distance.
    """
    reach = float(np.max(np.abs(codes)))
    if reach > LONGEST:
        raise UsageError(
            "The codebook reaches too far.",
            expected=f"coordinates up to {LONGEST:g}",
            received=f"{reach:g}",
            hint="Could the unit of length be chosen larger?",
        )
    different = len(np.unique(codes, axis=0))
    if different < len(codes):
        raise UsageError(
            "The codebook has repeated rows.",
            expected="a codeword of its own for each symbol",
            received=f"{different} different rows of {len(codes)}",
            hint="No readout can tell such tokens apart. Were codewords rounded?",
        )
    largest = float(np.max(np.linalg.norm(codes, axis=1)))
    needed = max(1 / LONGEST, largest * math.sqrt(6 * (codes.shape[1] + 1) * np.finfo(float).eps))
    least = distance_range(codes)[0]
    if least < needed:
        raise UsageError(
            "Two codewords are too close to be told apart in double precision.",
            expected=f"a distance of at least {needed:.3g} for words as long as {largest:.3g}",
            received=f"{least:.3g}",
            hint="Could the codebook be centred, or the unit of length be another?",
        )
