"""A sweep read back = its cells in order with their numbers, as records, a pandas frame or an xarray set.

A cell that is pending or failed has its keys and its status, and no numbers; so has a point that the filter dropped in
the xarray set, whose dimensions are those of the grid.
"""

import json
from collections import Counter
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

import numpy as np

from sim.sweep.axes import Dimension
from sim.sweep.cell import number, values_of
from sim.sweep.rows import Header, Row
from sim.sweep.store import read_store
from sim.tabular import html_table
from theory.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd
    import xarray


def missing(package: str) -> UsageError:
    """Return the error for an optional package that is not installed."""
    return UsageError(
        f"{package} is not installed.", expected="pip install 'noncommit[data]'", received=f"no module {package!r}",
        hint="Would CSV or JSON lines, which need nothing, do?",
    )  # fmt: skip


@final
class Sweep:
    """The cells of a store, each checked when it was read.

    `dims` are the grid's dimensions; `records` one mapping a cell; `keys` and `measures` the names in them.
    """

    def __init__(self, path: Path, header: Header, rows: list[Row]) -> None:
        self.path, self.header = path, header
        self.rows = tuple(row for row in rows if row.position is not None)
        self.earlier = len(rows) - len(self.rows)

    @property
    def name(self) -> str:
        """The name in the spec."""
        return self.header.name

    @cached_property
    def dims(self) -> tuple[Dimension, ...]:
        """The dimensions of the grid, slowest first."""
        return tuple(
            Dimension(tuple(names), tuple(tuple(_value(v) for v in row) for row in rows))
            for names, rows in json.loads(self.header.dims)
        )

    @cached_property
    def counts(self) -> Mapping[str, int]:
        """How many cells are done, failed and pending."""
        found = Counter(row.status for row in self.rows)
        return {status: found[status] for status in ("done", "failed", "pending")}

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """Keys of the cells: those of the grid in its order, then those that are held fixed."""
        varied = [name for dim in self.dims for name in dim.names]
        return tuple(dict.fromkeys([*varied, *(name for row in self.rows[:1] for name in values_of(row.content))]))

    @cached_property
    def results(self) -> tuple[dict[str, Any], ...]:
        """The numbers of each cell; none where it is not done. None stands for an infinite value."""
        return tuple(
            {} if row.result is None else {name: number(v) for name, v in json.loads(row.result).items()}
            for row in self.rows
        )

    @cached_property
    def measures(self) -> tuple[str, ...]:
        """The names of the numbers, in the order in which they first occur."""
        return tuple(dict.fromkeys(name for result in self.results for name in result))

    @property
    def records(self) -> list[dict[str, Any]]:
        """A mapping a cell: its keys, its status and its numbers, None where it has none."""
        found = []
        for row, result in zip(self.rows, self.results, strict=True):
            values = {name: _value(v) for name, v in values_of(row.content).items()}
            keys = {name: values.get(name) for name in self.keys}
            found.append(keys | {"status": row.status} | {name: result.get(name) for name in self.measures})
        return found

    @property
    def provenance(self) -> dict[str, Any]:
        """What fixes the numbers: the spec, the digest of the code, the digest of the plan."""
        header = self.header
        return {"sweep": header.name, "spec": json.loads(header.spec), "code": header.code, "plan": header.plan}

    def to_dataframe(self) -> "pd.DataFrame":
        """Return a pandas frame with a row a cell; its `attrs` hold the provenance. UsageError without pandas."""
        try:
            import pandas as pd
        except ImportError:
            raise missing("pandas") from None
        records = self.records
        columns = {
            name: [_cell_text(record[name]) for record in records] for name in (*self.keys, "status", *self.measures)
        }
        frame = pd.DataFrame(columns)
        for name in self.measures:  # None is a missing number
            frame[name] = frame[name].astype(float)
        frame.attrs = {"provenance": json.dumps(self.provenance, sort_keys=True)}
        return frame

    def to_xarray(self) -> "xarray.Dataset":
        """Return an xarray set: a dimension for each of the grid's, a variable for each measure, NaN where none.

        Keys that advance together are coordinates along one dimension. UsageError without xarray.
        """
        try:
            import xarray
        except ImportError:
            raise missing("xarray") from None
        shape = tuple(len(dim.rows) for dim in self.dims)
        names = tuple(dim.name for dim in self.dims)
        places = [{row: place for place, row in enumerate(dim.rows)} for dim in self.dims]
        arrays = {name: np.full(shape, np.nan) for name in self.measures}
        for record in self.records:
            at = tuple(p[tuple(record[n] for n in dim.names)] for p, dim in zip(places, self.dims, strict=True))
            for name, array in arrays.items():
                if record[name] is not None:
                    array[at] = record[name]
        coordinates: dict[str, Any] = {}
        for dim in self.dims:
            for column, name in enumerate(dim.names):
                coordinates[name] = (dim.name, [_cell_text(row[column]) for row in dim.rows])
        return xarray.Dataset(
            {name: (names, array) for name, array in arrays.items()},
            coords=coordinates,
            attrs={"provenance": json.dumps(self.provenance, sort_keys=True)},
        )

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        counts = ", ".join(f"{count} {status}" for status, count in self.counts.items() if count)
        return f"<sweep {self.name}: {counts}>"

    def _repr_html_(self) -> str:
        return html_table(f"sweep {self.name}", self.counts.items())


def _value(value: Any) -> Any:
    """Return a value as the grid has it: lists are tuples, so that they can be looked up."""
    return tuple(value) if isinstance(value, list) else number(value)


def _cell_text(value: Any) -> Any:
    """Return a list as text with commas, which fits one cell of a table."""
    return ",".join(repr(part) for part in value) if isinstance(value, tuple) else value


def read_sweep(path: Path) -> Sweep:
    """Return the sweep in a store. Raises UsageError where there is none, or one that cannot be believed."""
    return Sweep(path, *read_store(path))
