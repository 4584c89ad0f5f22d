"""export(sweep) = the same bytes for the same spec and code, whoever ran it, however often it was stopped.

What differs from run to run (when, where, how long, with which versions) is in a second file beside the table.
"""

import csv
import io
import json
import os
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np

from sim.sweep.results import Sweep, missing
from sim.sweep.rows import ATTEMPT, RUN, read_notes, sound
from sim.sweep.store import connect_for_reading
from theory.errors import UsageError, one_of


def _csv(sweep: Sweep) -> bytes:
    """Return a comment line with the provenance, then the table: pandas.read_csv(FILE, comment="#")."""
    text = io.StringIO()
    text.write(f"# {json.dumps(sweep.provenance, sort_keys=True)}\n")
    writer = csv.writer(text, lineterminator="\n")
    names = (*sweep.keys, "status", *sweep.measures)
    writer.writerow(names)
    for record in sweep.records:
        writer.writerow([_text(record[name]) for name in names])
    return text.getvalue().encode()


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        return ",".join(repr(part) for part in value)
    return "" if value is None else value if isinstance(value, str) else repr(value)


def _jsonl(sweep: Sweep) -> bytes:
    """Return one line {"provenance": ...}, then one line a cell; an infinity is the text "inf"."""
    from sim.sweep.cell import canonical

    lines = [canonical({"provenance": sweep.provenance}), *(canonical(record) for record in sweep.records)]
    return ("\n".join(lines) + "\n").encode()


def _parquet(sweep: Sweep) -> bytes:
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError:
        raise missing("pyarrow") from None
    table = pa.Table.from_pandas(sweep.to_dataframe(), preserve_index=False)
    meant = {b"noncommit": json.dumps(sweep.provenance, sort_keys=True).encode()}
    buffer = io.BytesIO()
    parquet.write_table(table.replace_schema_metadata({**(table.schema.metadata or {}), **meant}), buffer)
    return buffer.getvalue()


def _netcdf(sweep: Sweep) -> bytes:
    """Return NetCDF 3, which SciPy writes: without 64-bit integers, so whole numbers beyond 32 bits become doubles."""
    found = sweep.to_xarray()
    limit = np.iinfo(np.int32).max
    for name, coordinate in found.coords.items():
        if coordinate.dtype.kind in "iu" and np.any(np.abs(coordinate) > limit):
            found = found.assign_coords({name: coordinate.astype(float)})
    return bytes(found.to_netcdf(engine="scipy", format="NETCDF3_64BIT"))


FORMATS: Final[dict[str, Callable[[Sweep], bytes]]] = {
    "csv": _csv,
    "jsonl": _jsonl,
    "parquet": _parquet,
    "netcdf": _netcdf,
}
"""What writes each format, by its name."""

SUFFIXES: Final = {".csv": "csv", ".jsonl": "jsonl", ".parquet": "parquet", ".nc": "netcdf"}


def runs_of(path: Path) -> dict[str, Any]:
    """Return who ran the cells of a store, when, where, with what, and how often each state was reached."""
    with sound(path):
        connection = connect_for_reading(path)
        try:
            runs = read_notes(connection, path, "runs", RUN)
            tried: dict[str, list[float]] = defaultdict(list)
            for _, _, status, _, _, _, seconds, *_ in read_notes(connection, path, "attempts", ATTEMPT):
                tried[status].append(seconds)
        finally:
            connection.close()
    return {
        "runs": [
            {"id": i, "started": started, "place": place, **json.loads(about)} for i, started, place, about in runs
        ],
        "attempts": {status: {"count": len(all_), "seconds": sum(all_)} for status, all_ in sorted(tried.items())},
    }


def export(sweep: Sweep, out: Path, form: str | None = None) -> tuple[Path, Path]:
    """Write the table to `out` and the rest of the provenance beside it; return both paths.

    Each file is whole or not there. Raises UsageError for an unknown format, a missing package or an `out` that
    cannot be written.
    """
    form = form or SUFFIXES.get(out.suffix)
    if form is None:
        raise UsageError(
            "The format is not known.", expected="--format NAME, or a file name that ends in " + ", ".join(SUFFIXES),
            received=str(out), hint="Which program is to read it?",
        )  # fmt: skip
    table = FORMATS[one_of("format", form, FORMATS)](sweep)
    written = {"written": datetime.now(UTC).isoformat(timespec="seconds"), "counts": sweep.counts}
    aside = out.with_name(out.name + ".provenance.json")
    rest = json.dumps({**sweep.provenance, **written, **runs_of(sweep.path)}, indent=1, sort_keys=True) + "\n"
    for path, content in ((out, table), (aside, rest.encode())):
        fresh = path.with_name(path.name + ".new")
        try:
            fresh.write_bytes(content)
            os.replace(fresh, path)
        except OSError as error:
            raise UsageError(
                f"{path} cannot be written.", expected="a file in a folder with permission to write",
                received=error.strerror, hint="Is the path relative to another folder?",
            ) from None  # fmt: skip
    return out, aside
