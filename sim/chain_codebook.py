"""c_v, the codeword of token v: on a sphere at random, or given, but never the same for two tokens.

Source: theory/LAWS.md, section 10.
"""

from typing import Any

import numpy as np

from sim.noise import COORDINATES, DATA, check_address, normals
from theory.errors import Array, UsageError, real, stored_array, whole


def random_codebook(symbols: int, source_dim: int, seed: int) -> Array:
    """Return codewords uniform on the sphere of radius sqrt(n), shape (V, n).

    >>> bool(np.allclose(np.sum(random_codebook(5, 8, 0) ** 2, axis=1), 8))
    True
    """
    directions = normals(seed, range(symbols), 0, source_dim, purpose=DATA)
    norms = np.sqrt(np.sum(directions**2, axis=1, keepdims=True))
    return np.asarray(directions * (np.sqrt(source_dim) / norms))


def checked_codebook(codebook: Any, symbols: int) -> Array:
    """Return the codebook, shape (V, n); UsageError for a wrong shape, repeated rows, or what is not finite."""
    codes = np.asarray(real("codebook", codebook))
    if codes.ndim != 2 or len(codes) != symbols:
        raise UsageError(
            "The codebook does not fit the alphabet.",
            expected=f"shape ({symbols}, n): a row for each of the {symbols} symbols",
            received=f"shape {codes.shape}",
            hint="Is it transposed, or made for another text or vocabulary?",
        )
    unique = np.unique(codes, axis=0)
    if len(unique) < symbols:
        raise UsageError(
            "The codebook has repeated rows.",
            expected="a codeword of its own for each symbol",
            received=f"{len(unique)} different rows of {symbols}",
            hint="No readout can tell such tokens apart. Were codewords rounded?",
        )
    return codes


def codebook_named(codebook: Any, symbols: int, source_dim: Any, seed: Any) -> tuple[Array, str]:
    """Return the codewords and what to call them."""
    n = whole("source_dim", source_dim, low=1, high=COORDINATES, hint="Is it the number of symbols?")
    number, _ = check_address(seed=seed, particles=symbols, steps=1)
    if isinstance(codebook, str) and codebook != "random":
        return checked_codebook(stored_array("codebook", codebook), symbols), codebook
    if isinstance(codebook, str):
        return checked_codebook(random_codebook(symbols, n, number), symbols), "random"
    return checked_codebook(codebook, symbols), "given"
