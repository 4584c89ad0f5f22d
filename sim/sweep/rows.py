"""A row is believed if its digest is that of its columns, a table if its keys are those that were planned.

Whatever a disk did to a store, reading it returns what was written, or raises; it never returns something else.
"""

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, final

from sim.sweep.plan import keys_digest
from sim.sweep.schema import Connection
from theory.errors import UsageError

COLUMNS: Final = "key, position, content, files, seed, code, status, result"
"""Of a cell, in the order in which they are digested."""

ATTEMPT: Final = "key, status, error, trace, started, seconds, place, run"
"""Of one run of one cell."""

RUN: Final = "started, place, about"
"""Of who ran cells."""


@final
@dataclass(frozen=True)
class Row:
    """A cell as it is stored; `position` is None for a cell of an earlier spec or code."""

    key: str
    position: int | None
    content: str
    files: str
    seed: int | None
    code: str
    status: str
    result: str | None

    @property
    def columns(self) -> tuple[Any, ...]:
        """The columns in order, without the digest."""
        return (
            self.key, self.position, self.content, self.files, self.seed, self.code, self.status, self.result,
        )  # fmt: skip

    @property
    def stored(self) -> tuple[Any, ...]:
        """The columns in order, with the digest."""
        return with_digest(self.columns)


@final
@dataclass(frozen=True)
class Header:
    """What a store is about: the spec and its dimensions as JSON, the code's digest, how many cells, their digest."""

    name: str
    spec: str
    code: str
    dims: str
    size: int
    plan: str

    @property
    def stored(self) -> tuple[Any, ...]:
        """The columns in order, with the digest."""
        return with_digest((self.name, self.spec, self.code, self.dims, self.size, self.plan))


def digest_of(columns: Sequence[Any]) -> str:
    """Return the SHA-256 of a row."""
    return hashlib.sha256(json.dumps(columns).encode()).hexdigest()


def with_digest(columns: Sequence[Any]) -> tuple[Any, ...]:
    """Return the columns of a row, and its digest after them.

    >>> believed(with_digest(("a", 0.5))), believed((*with_digest(("a", 0.5))[:-1], "0"))
    (True, False)
    """
    return (*columns, digest_of(columns))


def damaged(path: Path, why: object) -> UsageError:
    """Return the error for a store that does not hold what was written."""
    return UsageError(
        f"The store {path} is damaged.", expected="rows whose digests agree", received=why,
        hint="Is there a copy? `noncommit sweep check` says what is left.",
    )  # fmt: skip


def empty(path: Path) -> UsageError:
    """Return the error for a store without a plan."""
    return UsageError(
        f"The store {path} is empty.", expected="a store of a sweep", received="no plan",
        hint="Was its run stopped before it began? Run it again.",
    )  # fmt: skip


@contextmanager
def sound(path: Path) -> Iterator[None]:
    """Turn what SQLite and decoding say about a damaged file into one clear error, and a full disk into another."""
    try:
        yield
    except (sqlite3.Error, UnicodeDecodeError, OverflowError) as error:
        text = str(error)
        if "full" in text or "unable to open" in text or "readonly" in text or "locked" in text:
            raise UsageError(
                f"The store {path} cannot be used.", expected="a file that can be read and written, with room to grow",
                received=text, hint="Is the disk full? What was acknowledged is kept; run the same again.",
            ) from None  # fmt: skip
        raise damaged(path, text) from None


def read_header(connection: Connection, path: Path) -> Header:
    """Return the header; UsageError where it is missing or damaged."""
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'sweep'").fetchall():
        raise empty(path)
    found = connection.execute("SELECT name, spec, code, dims, size, plan, digest FROM sweep").fetchall()
    if not found:
        raise empty(path)
    if len(found) != 1 or not believed(found[0]):
        raise damaged(path, "the header does not match its digest")
    return Header(*found[0][:-1])


def believed(stored: Sequence[Any]) -> bool:
    """Return whether a row, digest last, is what was written."""
    try:
        return bool(digest_of(stored[:-1]) == stored[-1])
    except (TypeError, ValueError):  # a blob, where the disk changed the type of a column
        return False


def read_notes(connection: Connection, path: Path, table: str, columns: str, where: str = "1") -> list[tuple[Any, ...]]:
    """Return (id, columns) of `attempts` or `runs` that `where` asks for, each believed. UsageError for a damaged one.

    Rows of before their table had digests are taken as they are, and columns that it had not are empty.
    """
    held = {name for _, name, *_ in connection.execute(f"PRAGMA table_info({table})")}
    wanted = ", ".join(name if name in held else f"'' AS {name}" for name in [*columns.split(", "), "digest"])
    found = []
    for place, *stored in (
        connection.execute(f"SELECT id, {wanted} FROM {table} WHERE {where} ORDER BY id") if held else ()
    ):
        if stored[-1] != "" and not believed(stored):
            raise damaged(path, f"row {place} of {table} does not match its digest")
        found.append((place, *stored[:-1]))
    return found


def read_rows(connection: Connection, path: Path, header: Header) -> list[Row]:
    """Return the planned cells in order, then the rest; UsageError for a row that is damaged, missing or too many."""
    query = f"SELECT {COLUMNS}, digest FROM cells ORDER BY position IS NULL, position, key"
    rows = []
    for stored in connection.execute(query):
        if not believed(stored):
            raise damaged(path, f"the row {str(stored[0])[:16]} does not match its digest")
        rows.append(Row(*stored[:-1]))
    planned = [row for row in rows if row.position is not None]
    if [row.position for row in planned] != list(range(header.size)):
        raise damaged(path, f"{len(planned)} cells where {header.size} were planned")
    if keys_digest(row.key for row in planned) != header.plan:
        raise damaged(path, "the cells are not those that were planned")
    return rows
