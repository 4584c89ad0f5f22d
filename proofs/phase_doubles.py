"""lower = max of the lower bounds, upper = min over every lattice and the simplex, in balls: the phase diagram judged.

theory takes the best factorisation by a rule and compares doubles; here every factorisation is tried at the error asked
for, each statement as it reads, and comparisons of balls are decided or raise the precision. Level F. Source:
theory/LAWS.md, section 6, `dimension`.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Final

import flint

from proofs.against_balls import Row
from proofs.dimension_doubles import (
    textbook_grid,
    textbook_grid_error,
    textbook_ordinal,
    textbook_ordinal_error,
    textbook_sobolev,
)
from proofs.doubles import textbook_error, textbook_stiffness
from proofs.simplex_doubles import textbook_simplex, textbook_simplex_error
from theory.dimension import Phase, dimension_error, dimension_stiffness

Place = tuple[int, int, float, str]

PLACES: Final[tuple[Place, ...]] = (
    (64, 1, 0.01, "equidistant"), (8, 2, 0.3, "lattice"), (12, 2, 0.1, "lattice"), (8, 3, 1e-9, "lattice"),
    (5, 4, 0.3, "equidistant"), (12, 3, 0.9, "lattice"), (8, 7, 0.01, "equidistant"), (8, 7, 0.01, "lattice"),
)  # fmt: skip
"""(modes, source_dim, error, targets): each pair of laws binds somewhere, and both kinds of targets."""


def _least(values: Iterable[flint.arb]) -> flint.arb:
    """Return the least of some balls, no number where balls overlap without being equal."""
    found = list(values)
    least = min(found, key=float)
    decided = all(value is least or value > least or float(abs(value / least - 1).upper()) < 1e-25 for value in found)
    return least if decided else flint.arb("nan")


def factorisations(modes: int, axes: int, largest: int) -> Iterator[tuple[int, ...]]:
    """Yield the ways to write `modes` as at most `axes` factors >= 2, none above `largest`, from the largest down."""
    if modes == 1:
        yield ()
    elif axes > 0:
        for first in range(min(modes, largest), 1, -1):
            if modes % first == 0:
                yield from ((first, *rest) for rest in factorisations(modes // first, axes - 1, first))


def _upper(place: Place, near: float) -> flint.arb:
    """Return the least stiffness of every row, lattice and, where it fits, simplex."""
    modes, axes, error, targets = place
    found = [
        textbook_ordinal(modes, error) if len(factors) == 1 else textbook_grid(factors, error, near)
        for factors in factorisations(modes, axes, modes)
    ]
    if targets == "equidistant" and axes >= modes - 1:
        found.append(textbook_simplex(modes, error, near))
    return _least(found)


def _upper_error(place: Place, stiffness: float) -> flint.arb:
    """Return the least error of every row, lattice and, where it fits, simplex."""
    modes, axes, _, targets = place
    found = [
        textbook_ordinal_error(modes, stiffness) if len(factors) == 1 else textbook_grid_error(factors, stiffness)
        for factors in factorisations(modes, axes, modes)
    ]
    if targets == "equidistant" and axes >= modes - 1:
        found.append(textbook_simplex_error(modes, stiffness))
    return _least(found)


def _lower(place: Place) -> flint.arb:
    modes, axes, error, _ = place
    return -_least([-textbook_stiffness(modes, error), -textbook_sobolev(modes, axes, error)])


def dimension_rows() -> list[Row]:
    """Return theory's bounds at each place beside the best of all textbook forms; errors where isoperimetry binds."""
    rows: list[Row] = []
    for place in PLACES:
        modes, axes, error, targets = place
        found: Phase = dimension_stiffness(modes, axes, error, targets=targets)
        if found.upper is None:
            raise ArithmeticError(f"no construction at {place}")
        rows += [
            (f"lower at {place}", found.lower, partial(_lower, place)),
            (f"upper at {place}", found.upper, partial(_upper, place, found.upper)),
        ]
        back: Phase = dimension_error(modes, axes, found.upper, targets=targets)
        if back.upper is not None:
            rows.append((f"upper error at {place}", back.upper, partial(_upper_error, place, found.upper)))
        if back.lower_law == "isoperimetric":
            oracle: Callable[[], flint.arb] = partial(textbook_error, modes, found.upper)
            rows.append((f"lower error at {place}", back.lower, oracle))
    return rows
