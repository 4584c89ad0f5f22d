"""c_v, the codeword of token v, is a row of a codebook: one for each symbol, and no two alike.

Source: theory/LAWS.md, section 10.
"""

from typing import Any, Final

import numpy as np

from sim.codebook import FIXED, GIVEN, codebook_vectors
from theory.errors import Array, UsageError

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
    different = len(np.unique(codes, axis=0))
    if different < symbols:
        raise UsageError(
            "The codebook has repeated rows.",
            expected="a codeword of its own for each symbol",
            received=f"{different} different rows of {symbols}",
            hint="No readout can tell such tokens apart. Were codewords rounded?",
        )
    return codes
