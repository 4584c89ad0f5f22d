"""fl32(x) = x (1 + e), |e| <= 2^-24: a run in float32 reads tables rounded once, and no length that float32 lacks.

The tables are made in float64 by theory and rounded at the end, so a run's precision is that of its particles alone.
What the two types then differ by is in sim.precision.
"""

import math
from typing import Any, Final

import numpy as np

from theory.errors import UsageError

DTYPES: Final = ("float64", "float32")
"""The types of a run's particles."""

SINGLE: Final = "float32"

LENGTHS: Final = (1e-12, 1e12)
"""Positive lengths between these have normal float32 squares over squares, with room for a path's own numbers."""


def check_lengths(dtype: str, *lengths: Any) -> None:
    """Raise UsageError where a run in float32 has lengths, of any shape, that it could not square.

    >>> check_lengths("float32", 4.0, [0.0, 1e-3]), check_lengths("float64", 1e70)
    (None, None)
    """
    if dtype != SINGLE:
        return
    sizes = np.abs(np.concatenate([np.ravel(np.asarray(length, np.float64)) for length in lengths]))
    low, high = LENGTHS
    off = sizes[(sizes > high) | ((sizes > 0) & (sizes < low))]
    if off.size:
        raise UsageError(
            "A length lies beyond what dtype=float32 can square.",
            expected=f"0, or {low:g} to {high:g}",
            received=f"{off[0]:g}",
            hint="Is dtype=float64 meant, or another unit of length?",
        )


def refuse_single(dtype: str, *, what: str, hint: str) -> None:
    """Raise UsageError where `what` is asked for in float32 and has no such form."""
    if dtype == SINGLE:
        raise UsageError(
            f"{what} is not computed in float32.", expected="dtype=float64", received=f"dtype={dtype}", hint=hint
        )


def in_dtype(tables: tuple[Any, ...], dtype: str) -> tuple[Any, ...]:
    """Return a kernel's tables with their numbers rounded to `dtype`; truth values and integers are left alone.

    UsageError where a number is none in float32: infinite, or less than its least normal number and not 0.

    >>> in_dtype((0.1, np.array([True])), "float32")
    (np.float32(0.1), array([ True]))
    """
    return tuple(_rounded(entry) for entry in tables) if dtype == SINGLE else tables


def _rounded(entry: Any) -> Any:
    numbers = np.asarray(entry)
    if numbers.dtype != np.float64:
        return entry
    with np.errstate(over="ignore", under="ignore"):
        single = numbers.astype(np.float32)
    sizes, tiny = np.abs(single), np.finfo(np.float32).tiny
    lost = ~np.isfinite(sizes) | ((numbers != 0) & (sizes < tiny))
    if np.any(lost):
        raise UsageError(
            "A number of this run has no place in float32.",
            expected=f"0, or a size from {tiny:.3g} to {np.finfo(np.float32).max:.3g}",
            received=f"{float(np.abs(numbers[lost]).flat[0]) if numbers.ndim else abs(float(numbers)):g}",
            hint="Is dtype=float64 meant?",
        )
    return np.ascontiguousarray(single) if numbers.ndim else np.float32(single)


def given_dtype(dtype: str) -> dict[str, str]:
    """Return what a measurement says of its type: nothing of the default.

    >>> given_dtype("float64"), given_dtype("float32")
    ({}, {'dtype': 'float32'})
    """
    return {"dtype": dtype} if dtype == SINGLE else {}


def unit_of(dtype: str) -> float:
    """Return the largest relative error of rounding once.

    >>> unit_of("float32") == 2.0**-24
    True
    """
    return math.ldexp(1.0, -24 if dtype == SINGLE else -53)
