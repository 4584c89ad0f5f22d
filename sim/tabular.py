"""A result is one row of a table, and a set of arrays: both are read off its plain numbers.

A row holds the keys of the run and every single number, an estimate as three of them; rows of many runs stack. Lists,
one entry a cell, a call or a sample, live in the set, where an estimate has the dimension `end`: value, low, high.
"""

import importlib
import json
import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from html import escape
from typing import TYPE_CHECKING, Any, ClassVar, Final

import numpy as np

from theory.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd
    import xarray

ENDS: Final = ("value", "low", "high")

Leaf = tuple[tuple[str, ...], Any]
"""Names of the dimensions, and an array."""


def _optional(package: str) -> Any:
    try:
        return importlib.import_module(package)
    except ImportError:
        raise UsageError(
            f"{package} is not installed.", expected="pip install 'noncommit[data]'", received=f"no module {package!r}",
            hint="Would to_dict(), which needs nothing, do?",
        ) from None  # fmt: skip


class Tabular(ABC):
    """What turns into a pandas row and an xarray set; `DIMS` names the dimension of a list by the list's path."""

    DIMS: ClassVar[Mapping[str, str]] = {}

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """Return plain lists, numbers and text."""

    def arrays(self) -> dict[str, Leaf]:
        """Return (dimensions, values) of all that `to_dict` holds beside `given`, by path; NaN where it holds null."""
        return leaves({name: part for name, part in self.to_dict().items() if name != "given"}, self.DIMS)

    def to_dataframe(self) -> "pd.DataFrame":
        """Return one row: the keys of the run, lists of them as text, then its numbers. UsageError without pandas."""
        pandas = _optional("pandas")
        given = self.to_dict().get("given", {})
        row = {name: ",".join(map(repr, v)) if isinstance(v, list | tuple) else v for name, v in given.items()}
        for path, (dims, values) in self.arrays().items():
            if dims == ():
                row[path] = values.item()
            elif dims == ("end",):
                row |= {f"{path}.{end}": float(x) for end, x in zip(ENDS, values, strict=True)}
        frame: pd.DataFrame = pandas.DataFrame([row])
        return frame

    def to_xarray(self) -> "xarray.Dataset":
        """Return all numbers by their paths, the keys of the run among the attributes. UsageError without xarray."""
        arrays = self.arrays()
        made: Any = _optional("xarray").Dataset(
            arrays,
            coords={"end": list(ENDS)} if any("end" in dims for dims, _ in arrays.values()) else {},
            attrs={"given": json.dumps(self.to_dict().get("given", {}), sort_keys=True)},
        )
        found: xarray.Dataset = made
        return found


def finite(number: float | None) -> float | None:
    """Return a number as JSON can hold it: null for what is infinite or not there.

    >>> finite(2.0), finite(float("inf")), finite(None)
    (2.0, None, None)
    """
    return number if number is not None and math.isfinite(number) else None


def html_table(caption: str, rows: Iterable[tuple[str, Any]]) -> str:
    """Return a table of names and values, as a notebook shows a result.

    >>> html_table("ddim", [("nfe", 16)])
    '<table><caption>ddim</caption><tr><th>nfe</th><td>16</td></tr></table>'
    """
    body = "".join(f"<tr><th>{name}</th><td>{value}</td></tr>" for name, value in rows)
    return f"<table><caption>{escape(caption)}</caption>{body}</table>"


def leaves(tree: Any, dims: Mapping[str, str], path: str = "") -> dict[str, Leaf]:
    """Return the arrays in plain nested dicts and lists, by dotted path; null is NaN, and empty lists are left out.

    >>> found = leaves({"tv": {"value": 0.5, "low": 0.0, "high": None}, "counts": [1, 2]}, {"counts": "cell"})
    >>> found["tv"][0], found["counts"][0], found["counts"][1].tolist()
    (('end',), ('cell',), [1, 2])
    """
    if isinstance(tree, dict):
        if set(tree) == set(ENDS):
            return {path: (("end",), _ends(tree))}
        parts = [leaves(part, dims, f"{path}.{name}" if path else name) for name, part in tree.items()]
        return {name: leaf for part in parts for name, leaf in part.items()}
    if isinstance(tree, list):
        return _columns(tree, dims.get(path, path.rpartition(".")[2]), path) if tree else {}
    return {path: ((), _flat(tree))}


def _columns(entries: list[Any], dim: str, path: str) -> dict[str, Leaf]:
    """Return the arrays along `dim` in a list of numbers, of estimates, or of records; null may stand for an entry."""
    first = next((entry for entry in entries if entry is not None), None)
    if not isinstance(first, dict):
        return {path: ((dim,), np.array([_flat(entry) for entry in entries]))}
    if set(first) == set(ENDS):
        return {path: ((dim, "end"), np.stack([_ends(entry) for entry in entries]))}
    parts = [_columns([entry[name] for entry in entries], dim, f"{path}.{name}") for name in first]
    return {name: leaf for part in parts for name, leaf in part.items()}


def _ends(estimate: Mapping[str, Any] | None) -> Any:
    return np.array([None if estimate is None else estimate[end] for end in ENDS], dtype=float)


def _flat(value: Any) -> Any:
    return np.array(np.nan if value is None else value)
