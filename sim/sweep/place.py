"""A store has one writer, on one machine: a lock that dies with its holder, and no network below it.

SQLite's log in shared memory needs all processes on one host (its documentation, "WAL does not work over a network
filesystem"); a lock across hosts cannot be trusted either. Both are refused before anything is written.
"""

import os
import sqlite3
from pathlib import Path
from typing import Final, final

from theory.errors import UsageError

NETWORK: Final = frozenset(
    (
        "nfs",
        "nfs4",
        "cifs",
        "smb",
        "smbfs",
        "smb2",
        "smb3",
        "afs",
        "9p",
        "ceph",
        "glusterfs",
        "lustre",
        "gpfs",
        "beegfs",
        "davfs",
        "fuse.sshfs",
        "fuse.glusterfs",
        "fuse.ceph",
        "fuse.s3fs",
        "fuse.gcsfuse",
        "fuse.rclone",
    )
)
"""Names that Linux gives to filesystems which live on another machine."""

MOUNTS: Final = Path("/proc/self/mounts")


def filesystem(path: Path, mounts: str) -> str:
    r"""Return the kind of filesystem that holds `path`, from the text of /proc/self/mounts; "" if it does not say.

    >>> filesystem(Path("/data/a/b"), "x / ext4 rw 0 0\nserver:/d /data nfs4 rw 0 0\n")
    'nfs4'
    """
    best, kind = -1, ""
    for line in mounts.splitlines():
        fields = line.split()
        if len(fields) < 3:
            continue
        point = Path(fields[1].replace("\\040", " "))
        if path.is_relative_to(point) and len(point.parts) >= best:
            best, kind = len(point.parts), fields[2]
    return kind


def check_place(path: Path) -> None:
    """Refuse a store on a network filesystem, or in a folder that is none or cannot be written."""
    folder = path.parent
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        raise UsageError(
            f"The store {path} cannot be written.", expected="a file in a folder with permission to write",
            received=f"{folder}, which is " + ("read-only" if folder.is_dir() else "no folder"),
            hint="Is the path relative to another folder?",
        )  # fmt: skip
    mounts = MOUNTS.read_text(encoding="utf-8", errors="replace") if MOUNTS.exists() else ""
    kind = filesystem(folder.resolve(), mounts)
    if kind in NETWORK:
        raise UsageError(
            f"The store {path} is on a network filesystem.", expected="a disk of this machine",
            received=f"{kind}, where SQLite cannot keep two machines from writing at once",
            hint="Would a local path do, with `sweep export` to the shared folder afterwards?",
        )  # fmt: skip


@final
class WriterLock:
    """Held from `acquire` to `release` or to the end of the process, however it ends: an SQLite lock on a side file.

    A child process does not inherit it, and the operating system drops it at a kill.
    """

    def __init__(self, path: Path) -> None:
        self._path = path.with_name(path.name + "-writer")
        self._connection: sqlite3.Connection | None = None

    def acquire(self) -> bool:
        """Take the lock and return True, or return False where another writer has it."""
        connection = sqlite3.connect(self._path, isolation_level=None, timeout=0)
        try:
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError:
            connection.close()
            return False
        self._connection = connection
        return True

    def release(self) -> None:
        """Let another writer in."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
