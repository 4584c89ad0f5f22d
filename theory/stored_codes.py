"""A stored stiffness is a measurement: error L/Delta of a cyclic code too large to simulate on request, with interval.

spherical.csv holds sizes (M, n) and errors, each counted on 40,000 points; `python -m sim.spherical_table` makes it
again. It bounds from above whatever is easier: more coordinates, a larger error, and M modes that divide its words
evenly, whose cells are merged. Source: theory/LAWS.md, section 6, `spherical`.
"""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final, final

from theory.errors import fraction, positive, whole
from theory.spherical import MOST_WORDS

CONFIDENCE: Final = 0.99
"""Coverage of each stored interval."""


@final
@dataclass(frozen=True)
class StoredCode:
    """`words` in `dimension` coordinates at `error`: error L/Delta lies in [low, high] with 99% confidence."""

    words: int
    dimension: int
    error: float
    low: float
    value: float
    high: float


@cache
def stored_codes() -> tuple[StoredCode, ...]:
    """Return every row of the table.

    >>> len({(code.words, code.dimension) for code in stored_codes()})
    57
    """
    with (files("theory") / "spherical.csv").open(encoding="utf-8") as table:
        return tuple(
            StoredCode(
                words=int(row["modes"]), dimension=int(row["source_dim"]),
                **{name: float(row[name]) for name in ("error", "low", "value", "high")},
            )
            for row in csv.DictReader(table)
        )  # fmt: skip


def best_code(modes: Any, source_dim: Any, error: Any, *, merged: bool) -> StoredCode | None:
    """Return the stored code that serves M modes in n coordinates at an error, or None.

    Of those with at least M words, at most n coordinates and at most this error it has the fewest words, then the most
    coordinates, then the largest error: a choice by size, since a choice by value would spoil the interval. `merged`
    asks for a multiple of M, so that every mode gets equally many words and M balanced modes are served; without it
    spare words may be left over.

    >>> code = best_code(512, 100, 0.02, merged=True)
    >>> code.words % 512, code.dimension, code.error
    (0, 64, 0.01)
    >>> best_code(3, 100, 0.02, merged=True) is None
    True
    """
    count = whole("modes", modes, low=2, high=MOST_WORDS, hint="Is it the number of words, not of bits?")
    axes = whole("source_dim", source_dim, low=1, high=10**9, hint="Is it the number of noise coordinates?")
    share = float(fraction("error", error))
    fit = [
        code
        for code in stored_codes()
        if code.words >= count and code.dimension <= axes and code.error <= share
        and not (merged and code.words % count)
    ]  # fmt: skip
    return min(fit, key=lambda code: (code.words, -code.dimension, -code.error), default=None)


def least_code_error(modes: Any, source_dim: Any, stiffness: Any, *, separation: Any = 1.0) -> StoredCode | None:
    """Return the stored code of least error that this stiffness surely reaches for M balanced modes, or None.

    >>> least_code_error(1024, 100, 1000.0).error, least_code_error(1024, 100, 1.0)
    (0.003, None)
    """
    count = whole("modes", modes, low=2, high=MOST_WORDS, hint="Is it the number of words, not of bits?")
    slope = float(positive("stiffness", stiffness)) / float(positive("separation", separation))
    found = [best_code(count, source_dim, error, merged=True) for error in sorted({c.error for c in stored_codes()})]
    return next((code for code in found if code is not None and code.high / code.error <= slope), None)
