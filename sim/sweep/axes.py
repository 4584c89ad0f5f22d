"""grid = product of axes: an axis is one key with its values, or several that advance together.

Points are spaced as by NumPy's linspace and geomspace; those between the ends are rounded to 12 significant digits, so
that a cell's content does not hang on the last bit of a machine's logarithm.
"""

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, final

from sim.sweep.spec import Axis

DIGITS: Final = 12
"""Significant digits of an interior point: a hundred thousand times coarser than the last bit of a double."""


@final
@dataclass(frozen=True)
class Dimension:
    """Keys that advance together and their rows of values: `rows[i]` holds a value for each of `names`."""

    names: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]

    @property
    def name(self) -> str:
        """The name of the dimension: that of its key, or several joined."""
        return "_".join(self.names)


def points(axis: Axis, *, whole: bool) -> list[Any]:
    """Return the values of an axis in order; of a whole key the nearest whole numbers, each once.

    >>> points(Axis(logspace=[1, 100, 3]), whole=False)
    [1.0, 10.0, 100.0]
    >>> points(Axis(logspace=[1, 8, 7]), whole=True)
    [1, 2, 3, 4, 6, 8]
    """
    if axis.values is not None:
        return list(axis.values)
    span = axis.linspace or axis.logspace
    assert span is not None  # the spec has one of the three
    first, last, count = span
    steps = int(count) - 1
    spaced = []
    for i in range(steps + 1):
        share = i / steps
        if i in (0, steps):
            value = float(first if i == 0 else last)
        elif axis.linspace is not None:
            value = _rounded(first + (last - first) * share)
        else:
            value = _rounded(math.exp(math.log(first) + (math.log(last) - math.log(first)) * share))
        spaced.append(value)
    return list(dict.fromkeys(round(value) for value in spaced)) if whole else spaced


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")


def dimensions(axes: Mapping[str, Sequence[Any]], together: Sequence[Sequence[str]]) -> tuple[Dimension, ...]:
    """Return the dimensions in the order of their first key; `together` names the keys that advance together."""
    group_of = {name: tuple(group) for group in together for name in group}
    groups = dict.fromkeys(group_of.get(name, (name,)) for name in axes)
    return tuple(Dimension(group, tuple(zip(*(axes[name] for name in group), strict=True))) for group in groups)


def grid(dims: Sequence[Dimension]) -> Iterator[dict[str, Any]]:
    """Yield every point of the product, the last dimension fastest.

    >>> list(grid([Dimension(("a",), ((1,), (2,))), Dimension(("b", "c"), ((3, 4),))]))
    [{'a': 1, 'b': 3, 'c': 4}, {'a': 2, 'b': 3, 'c': 4}]
    """
    names = [name for dim in dims for name in dim.names]
    for rows in itertools.product(*(dim.rows for dim in dims)):
        yield dict(zip(names, itertools.chain.from_iterable(rows), strict=True))
