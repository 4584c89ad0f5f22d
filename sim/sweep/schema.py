"""A store is one SQLite file with an application id, a version, and a way up from every earlier version.

`cells` holds a row a cell, `attempts` every run of every cell, `runs` who ran when and where. The `digest` of a row is
the SHA-256 of its other columns, so a row that the disk changed is seen; rows of versions 1 and 2 have none in the last
two tables.
"""

import sqlite3
from typing import Any, Final, Protocol

from theory.errors import UsageError

APPLICATION_ID: Final = 0x6E636D74
"""The letters ncmt: `file` and SQLite's own tools show it."""

MIGRATIONS: Final = (
    """
    CREATE TABLE sweep (id INTEGER PRIMARY KEY CHECK (id = 1), name TEXT NOT NULL, spec TEXT NOT NULL,
        code TEXT NOT NULL, dims TEXT NOT NULL, size INTEGER NOT NULL, plan TEXT NOT NULL, digest TEXT NOT NULL) STRICT;
    CREATE TABLE cells (key TEXT PRIMARY KEY, position INTEGER UNIQUE, content TEXT NOT NULL, files TEXT NOT NULL,
        seed INTEGER, code TEXT NOT NULL, status TEXT NOT NULL CHECK (status IN ('pending', 'done', 'failed')),
        result TEXT, digest TEXT NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE attempts (id INTEGER PRIMARY KEY, key TEXT NOT NULL, status TEXT NOT NULL, error TEXT NOT NULL,
        trace TEXT NOT NULL, started TEXT NOT NULL, seconds REAL NOT NULL, place TEXT NOT NULL) STRICT;
    """,
    """
    CREATE TABLE runs (id INTEGER PRIMARY KEY, started TEXT NOT NULL, place TEXT NOT NULL, about TEXT NOT NULL) STRICT;
    ALTER TABLE attempts ADD COLUMN run INTEGER NOT NULL DEFAULT 0;
    CREATE INDEX attempts_of ON attempts (key);
    """,
    """
    ALTER TABLE attempts ADD COLUMN digest TEXT NOT NULL DEFAULT '';
    ALTER TABLE runs ADD COLUMN digest TEXT NOT NULL DEFAULT '';
    """,
)
"""What makes version n + 1 of version n; an entry is never edited once it is released."""

VERSION: Final = len(MIGRATIONS)


class Connection(Protocol):
    """What the store uses of `sqlite3.Connection` in autocommit mode."""

    def execute(self, sql: str, parameters: Any = ..., /) -> Any: ...
    def executemany(self, sql: str, parameters: Any, /) -> Any: ...
    def close(self) -> None: ...


def value(connection: Connection, pragma: str) -> Any:
    """Return the single value of a PRAGMA or a query."""
    return connection.execute(pragma).fetchone()[0]


def check_identity(connection: Connection, path: object) -> int:
    """Return the version of a store. UsageError for another application's file, or a version newer than this code."""
    identity, version = value(connection, "PRAGMA application_id"), value(connection, "PRAGMA user_version")
    if identity == 0 and not connection.execute("SELECT 1 FROM sqlite_master").fetchall():
        return 0  # an empty file: its making was interrupted
    if identity != APPLICATION_ID:
        raise UsageError(
            f"{path} is no store of a sweep.", expected=f"an SQLite file with application id {APPLICATION_ID:#x}",
            received=f"application id {identity:#x}", hint="Is it another program's database?",
        )  # fmt: skip
    if version > VERSION:
        raise UsageError(
            f"{path} was written by a later noncommit.", expected=f"a store of version {VERSION} or earlier",
            received=f"version {version}", hint="Which version of noncommit made it?",
        )  # fmt: skip
    return int(version)


def migrate(connection: Connection) -> None:
    """Bring an empty file or an earlier version up to VERSION: every step whole or not at all."""
    for step in range(int(value(connection, "PRAGMA user_version")), VERSION):
        connection.execute("BEGIN IMMEDIATE")
        try:
            for statement in MIGRATIONS[step].split(";"):
                if statement.strip():
                    connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {step + 1}")
            connection.execute("COMMIT")
        except sqlite3.Error:
            if getattr(connection, "in_transaction", False):
                connection.execute("ROLLBACK")
            raise
