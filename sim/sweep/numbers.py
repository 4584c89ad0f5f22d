"""result -> {name: number}: the tree of a result's plain values, its numbers by their dotted places.

`estimate.ambiguous` = {value, low, high} becomes three numbers; text is dropped; None, which results print for an
infinite value, and infinities are kept; NaN is refused. Names never start with `given`, which repeats the keys.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from sim.sweep.mistakes import did_you_mean


def flatten(tree: Any, prefix: str = "") -> dict[str, float | int | None]:
    """Return every number of a tree by its dotted place.

    >>> flatten({"nfe": 4, "tv": {"value": 0.5, "low": 0, "high": 1}, "masses": [0.25], "class": "maps", "given": {}})
    {'nfe': 4, 'tv.value': 0.5, 'tv.low': 0, 'tv.high': 1, 'masses.0': 0.25}
    """
    if isinstance(tree, Mapping):
        parts = [(str(name), part) for name, part in tree.items() if prefix or name != "given"]
    elif isinstance(tree, list | tuple):
        parts = [(str(place), part) for place, part in enumerate(tree)]
    else:
        if isinstance(tree, float) and math.isnan(tree):
            raise ArithmeticError(f"{prefix} is not a number")
        return {} if isinstance(tree, bool | str) else {prefix: tree}
    found: dict[str, float | int | None] = {}
    for name, part in parts:
        found |= flatten(part, f"{prefix}.{name}" if prefix else name)
    return found


def places(tree: Any, prefix: str = "") -> set[str]:
    """Return the dotted place of every node of a tree, empty ones included."""
    if isinstance(tree, Mapping):
        parts = [(str(name), part) for name, part in tree.items()]
    elif isinstance(tree, list | tuple):
        parts = [(str(place), part) for place, part in enumerate(tree)]
    else:
        parts = []
    below = [places(part, f"{prefix}.{name}" if prefix else name) for name, part in parts]
    return {prefix}.union(*below) - {""}


def select(tree: Mapping[str, Any], measures: Sequence[str]) -> dict[str, float | int | None]:
    """Return the numbers at and below the named places, all of them if none is named.

    Raises LookupError for a place that the result does not have.

    >>> select({"tv": {"value": 0.5, "low": 0}, "tvs": 1}, ["tv"])
    {'tv.value': 0.5, 'tv.low': 0}
    """
    numbers = flatten(tree)
    if not measures:
        return numbers
    known = places(tree)
    for measure in measures:
        if measure not in known:
            raise LookupError(f"the result has no measure {measure!r}. {did_you_mean(measure, sorted(known))}")
    starts = tuple(f"{measure}." for measure in measures)
    return {name: value for name, value in numbers.items() if name in measures or name.startswith(starts)}


def interval(tree: Mapping[str, Any], measure: str) -> tuple[float, float]:
    """Return (low, high) of a measure; LookupError where it has no interval."""
    node: Any = tree
    for name in measure.split("."):
        node = node.get(name) if isinstance(node, Mapping) else None
    if not isinstance(node, Mapping) or not {"low", "high"} <= set(node):
        with_interval = [p.removesuffix(".low") for p in sorted(places(tree)) if p.endswith(".low")]
        raise LookupError(f"{measure!r} is no measure with an interval. {did_you_mean(measure, with_interval)}")
    return float(node["low"]), float(node["high"])
