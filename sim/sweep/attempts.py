"""What was tried: the last failure of each cell, and whether a store still holds what was written."""

import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any, Final

from sim.sweep.rows import ATTEMPT, COLUMNS, RUN, believed, read_header, read_notes, read_rows, sound
from sim.sweep.schema import check_identity
from sim.sweep.store import connect_for_reading
from theory.errors import UsageError

_OF_FAILED: Final = "key IN (SELECT key FROM attempts WHERE status = 'failed')"
"""Of cells that ever failed: few, so that the end of a run need not read every attempt."""

MOST_FAULTS: Final = 20
"""Faults that are listed: of a file that is torn, more say no more."""


def last_failures(path: Path) -> dict[str, dict[str, Any]]:
    """Return the error, the traceback and the number of attempts of every cell that ever failed, by its key.

    Raises UsageError for a damaged row.
    """
    with sound(path):
        connection = connect_for_reading(path)
        try:
            tried = read_notes(connection, path, "attempts", ATTEMPT, _OF_FAILED)
        finally:
            connection.close()
    count = Counter(key for _, key, *_ in tried)
    return {
        key: {"error": error, "traceback": trace, "attempts": count[key]}
        for _, key, status, error, trace, *_ in tried
        if status == "failed"
    }


def check_store(path: Path) -> list[str]:
    """Return what is wrong with a store, in sentences; nothing if it is sound. UsageError if there is no file."""
    if not path.is_file():
        raise UsageError(
            f"There is no store {path}.", expected="a file that `noncommit sweep run` made", received=path,
            hint="Is the path relative to another folder?",
        )  # fmt: skip
    faults: list[str] = []
    try:
        with sound(path):
            connection = connect_for_reading(path)
            try:
                check_identity(connection, path)
                found = connection.execute(f"PRAGMA integrity_check({MOST_FAULTS})").fetchall()
                faults += [f"SQLite: {text}" for (text,) in found if text != "ok"]
                faults += _rows(connection)
                header = read_header(connection, path)
                read_rows(connection, path, header)
                read_notes(connection, path, "attempts", ATTEMPT)
                read_notes(connection, path, "runs", RUN)
            finally:
                connection.close()
    except UsageError as error:
        faults.append(str(error))
    return faults


def _rows(connection: sqlite3.Connection | Any) -> list[str]:
    bad = [
        f"the row {str(stored[0])[:16]} does not match its digest"
        for stored in connection.execute(f"SELECT {COLUMNS}, digest FROM cells")
        if not believed(stored)
    ]
    return bad[:MOST_FAULTS]
