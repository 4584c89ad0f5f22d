"""kernel(cell) is fixed by the words of the cell: cells of one kind compile alike, whatever their numbers are.

So one small cell of each kind, run alone before the others start, leaves every kernel of a sweep in the cache.
"""

import json
from collections.abc import Iterable
from typing import Protocol, TypeVar

from sim.sweep.cell import canonical, values_of
from sim.sweep.check import SIZE
from sim.targets import TARGETS


class WithContent(Protocol):
    """A cell or its row."""

    @property
    def content(self) -> str:
        """The canonical content."""


Like = TypeVar("Like", bound=WithContent)


def kind_of(content: str) -> tuple[tuple[str, str], ...] | None:
    """Return the words that choose the kernels of a cell; None for a law, which has none.

    >>> kind_of('{"keys":{"mu":4,"sampler":"ddim","steps":8},"target":"two_modes"}')
    (('sampler', 'ddim'), ('target', 'two_modes'))
    """
    values = values_of(content)
    if "target" not in values:
        return None
    words = {"target", *(key.name for key in TARGETS[values["target"]].keys if key.choices)}
    return tuple(sorted((name, str(value)) for name, value in values.items() if name in words))


def one_of_each_kind(rows: Iterable[Like]) -> list[Like]:
    """Return the cell of fewest steps of each kind."""
    least: dict[tuple[tuple[str, str], ...], tuple[float, Like]] = {}
    for row in rows:
        kind = kind_of(row.content)
        if kind is not None:
            steps = float(values_of(row.content).get("steps", 0))
            if kind not in least or steps < least[kind][0]:
                least[kind] = (steps, row)
    return [row for _, row in least.values()]


def of_one_particle(content: str) -> str:
    """Return the content of the same cell with a single particle and nothing left out.

    >>> of_one_particle('{"keys":{"mu":4},"measures":["nfe"],"target":"two_modes"}')
    '{"keys":{"mu":4,"particles":1},"measures":[],"target":"two_modes"}'
    """
    read = json.loads(content)
    read.pop("adaptive", None)
    return canonical({**read, "keys": {**read["keys"], SIZE: 1}, "measures": []})
