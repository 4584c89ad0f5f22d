"""One file, one writer: what is acknowledged is on the disk, and what is on the disk is what was written.

SQLite in WAL mode with synchronous=FULL; many rows a commit. A reader may look on while a writer works. The same plan
goes on where it stopped; another plan is refused, unless it is to be taken over: then cells of equal key keep
their results, and those that are no longer planned stay in the file without a place in the table.
"""

import json
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, final

from sim.sweep.place import WriterLock, check_place
from sim.sweep.plan import Plan
from sim.sweep.rows import ATTEMPT, COLUMNS, RUN, Header, Row, empty, read_header, read_rows, sound, with_digest
from sim.sweep.schema import Connection, check_identity, migrate, value
from sim.sweep.work import Outcome, place
from theory.errors import UsageError


def connect_for_writing(path: Path) -> Connection:
    """Return a connection in autocommit mode; transactions are opened by hand."""
    return sqlite3.connect(path, isolation_level=None, timeout=10)


def connect_for_reading(path: Path) -> Connection:
    """Return a connection that cannot write."""
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None, timeout=10)


Connect = Callable[[Path], Connection]
_TRIED: Final = f"INSERT INTO attempts ({ATTEMPT}, digest) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
_RAN: Final = f"INSERT INTO runs ({RUN}, digest) VALUES (?, ?, ?, ?) RETURNING id"
_PUT: Final = f"INSERT OR REPLACE INTO cells ({COLUMNS}, digest) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
_HEADER: Final = (
    "INSERT OR REPLACE INTO sweep (id, name, spec, code, dims, size, plan, digest) VALUES (1, ?, ?, ?, ?, ?, ?, ?)"
)


def read_store(path: Path) -> tuple[Header, list[Row]]:
    """Return the header and the rows of a store, each checked. Raises UsageError where it cannot be believed."""
    if not path.is_file():
        raise UsageError(
            f"There is no store {path}.", expected="a file that `noncommit sweep run` made", received=path,
            hint="Is the path relative to another folder?",
        )  # fmt: skip
    with sound(path):
        connection = connect_for_reading(path)
        try:
            check_identity(connection, path)
            connection.execute("BEGIN")  # one state, whatever a writer does meanwhile
            header = read_header(connection, path)
            return header, read_rows(connection, path, header)
        finally:
            connection.close()


@final
class Store:
    """A store open for writing: the only one. Use as a context manager."""

    def __init__(self, path: Path, *, connect: Connect = connect_for_writing) -> None:
        """Open or make the file at `path`; UsageError where that cannot be, or another process writes to it."""
        check_place(path)
        self.path = path
        self._lock = WriterLock(path)
        with sound(path):
            if not self._lock.acquire():
                raise UsageError(
                    f"The store {path} has a writer already.", expected="one writer at a time",
                    received=_writer(path), hint="Is the same sweep running elsewhere?",
                )  # fmt: skip
            try:
                self._connection = self._open(connect)
            except BaseException:
                self._lock.release()
                raise
        self._rows: dict[str, Row] = {}
        self._run = 0

    def _open(self, connect: Connect) -> Connection:
        connection = connect(self.path)
        try:
            if value(connection, "SELECT count(*) FROM sqlite_master"):
                check_identity(connection, self.path)
            mode = value(connection, "PRAGMA journal_mode = WAL")
            if mode != "wal":
                raise sqlite3.OperationalError(f"unable to open: the journal mode stays {mode}")
            connection.execute("PRAGMA synchronous = FULL")
            migrate(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file and let another writer in."""
        with suppress(sqlite3.Error):
            self._connection.close()
        self._lock.release()

    def take_up(self, plan: Plan, *, extend: bool = False) -> None:
        """Make the file that of `plan`, or go on where it stopped.

        Raises UsageError for a file of another spec or code, unless `extend`, and for a damaged one.
        """
        with sound(self.path):
            header, rows = self._read()
            fresh = Header(plan.spec.name, plan.spec_text, plan.code, plan.dims_text, len(plan.cells), plan.digest)
            self._rows = {row.key: row for row in rows}
            if header is not None and header.plan == fresh.plan:
                return
            if header is not None and not extend:
                _refuse(self.path, header, fresh)
            wanted = {cell.key: place for place, cell in enumerate(plan.cells)}
            changed = [
                replace(row, position=None) for row in rows if row.position is not None and row.key not in wanted
            ]
            for cell in plan.cells:
                row = self._rows.get(cell.key)
                if row is None:
                    row = Row(cell.key, None, cell.content, cell.files, cell.seed, plan.code, "pending", None)
                changed.append(replace(row, position=wanted[cell.key], content=cell.content, files=cell.files))
            connection = self._connection
            self._transaction(
                lambda: (
                    connection.execute("UPDATE cells SET position = NULL"),
                    connection.executemany(_PUT, (row.stored for row in changed)),
                    connection.execute(_HEADER, fresh.stored),
                )
            )
            self._rows |= {row.key: row for row in changed}

    def reopen(self) -> Header:
        """Read the plan that the file holds. Raises UsageError for a damaged or an empty file."""
        with sound(self.path):
            header, rows = self._read()
            if header is None:
                raise empty(self.path)
            self._rows = {row.key: row for row in rows}
            return header

    def _read(self) -> tuple[Header | None, list[Row]]:
        if not value(self._connection, "SELECT count(*) FROM sweep"):
            return None, []
        header = read_header(self._connection, self.path)
        return header, read_rows(self._connection, self.path, header)

    def rows(self, status: str) -> list[Row]:
        """Return the planned cells with a status, in order."""
        found = [row for row in self._rows.values() if row.position is not None and row.status == status]
        return sorted(found, key=lambda row: row.position or 0)

    def forget(self, rows: Iterable[Row]) -> None:
        """Make cells pending again; their attempts are kept."""
        changed = [replace(row, status="pending", result=None) for row in rows]
        with sound(self.path):
            self._transaction(lambda: self._connection.executemany(_PUT, (row.stored for row in changed)))
        self._rows |= {row.key: row for row in changed}

    def begin(self, about: dict[str, Any]) -> None:
        """Note who runs the cells that follow."""
        with sound(self.path):
            row = (datetime.now(UTC).isoformat(timespec="seconds"), place(), json.dumps(about, sort_keys=True))
            self._run = int(self._connection.execute(_RAN, with_digest(row)).fetchall()[0][0])

    def commit(self, outcomes: Sequence[Outcome]) -> None:
        """Write outcomes; on return they are on the disk, and on an error none of them is acknowledged."""
        changed = []
        for found in outcomes:
            status = "done" if found.result is not None else "failed"
            changed.append(replace(self._rows[found.key], status=status, result=found.result))
        attempts = [
            with_digest((f.key, row.status, f.error, f.trace, f.started, f.seconds, f.place, self._run))
            for f, row in zip(outcomes, changed, strict=True)
        ]
        connection = self._connection
        with sound(self.path):
            self._transaction(
                lambda: (
                    connection.executemany(_PUT, (row.stored for row in changed)),
                    connection.executemany(_TRIED, attempts),
                )
            )
        self._rows |= {row.key: row for row in changed}

    def _transaction(self, write: Callable[[], Any]) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            write()
            self._connection.execute("COMMIT")
        except BaseException:
            # After some errors SQLite has rolled back by itself, and says so when asked to do it again.
            with suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")
            raise


def _writer(path: Path) -> str:
    """Return who wrote last, as the file says."""
    with suppress(sqlite3.Error, UsageError):
        connection = connect_for_reading(path)
        try:
            row = connection.execute("SELECT place, started FROM runs ORDER BY id DESC LIMIT 1").fetchone()
        finally:
            connection.close()
        if row:
            return f"a second one, beside {row[0]} since {row[1]}"
    return "a second one"


def _refuse(path: Path, header: Header, fresh: Header) -> None:
    spec = header.spec != fresh.spec
    what = " and ".join(name for name, differs in (("spec", spec), ("code", header.code != fresh.code)) if differs)
    raise UsageError(
        f"The store {path} holds another sweep.", expected="the spec and code that it was made with",
        received=f"another {what or 'content of a file that it reads'}",
        hint="Is it to be taken over with --extend? Cells that are the same keep their results.",
    )  # fmt: skip
