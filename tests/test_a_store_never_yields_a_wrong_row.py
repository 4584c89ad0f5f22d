"""Whatever happens to a store, reading it returns what was written or raises: never a wrong row."""

import random
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sweeps import environment, in_process, laws, reference, table

import sim.sweep.schema
from copies import ROOT
from sim.sweep import place
from sim.sweep.attempts import check_store, last_failures
from sim.sweep.export import runs_of
from sim.sweep.plan import Plan, make_plan
from sim.sweep.results import read_sweep
from sim.sweep.store import Store, connect_for_writing, read_store
from sim.sweep.work import Outcome, outcome
from theory.errors import UsageError

PLAN = make_plan(laws(60))


@pytest.fixture
def store(tmp_path: Path) -> Path:
    path = tmp_path / "a.sweep"
    in_process(PLAN, path)
    return path


def believed(path: Path, right: dict[str, Any]) -> bool:
    """Return whether a store is read at all; assert that each row is right, or one that lost its result."""
    try:
        _, rows = read_store(path)
    except UsageError as error:
        return "Expected:" not in str(error)
    assert [row.key for row in rows] == list(right)
    for row in rows:
        assert row.result in (right[row.key], None)
        assert (row.result is None) == (row.status == "pending")
    return True


def damage_many(path: Path, tmp_path: Path, times: int, *, cut: bool) -> int:
    """Damage copies of a store, by random bytes or by cutting them short; return how many are still read."""
    right = {row.key: row.result for row in read_store(path)[1]}
    whole, draw, kept = path.read_bytes(), random.Random(11), 0
    for number in range(times):
        copy = tmp_path / f"{number}.sweep"
        bad = bytearray(whole)
        if cut:
            del bad[draw.randrange(len(whole)) :]
        else:
            for _ in range(draw.choice((1, 1, 4, 64))):
                bad[draw.randrange(len(bad))] = draw.randrange(256)
        copy.write_bytes(bytes(bad))
        kept += believed(copy, right)
        check_store(copy)
        copy.unlink()
    return kept


@pytest.mark.parametrize("cut", [False, True])
def test_random_damage(cut: bool, store: Path, tmp_path: Path) -> None:
    """Assert it for 60 copies; most bytes matter, so most copies are refused."""
    kept = damage_many(store, tmp_path, 60, cut=cut)
    assert kept < 30


@pytest.mark.slow
@pytest.mark.parametrize("cut", [False, True])
def test_much_random_damage(cut: bool, store: Path, tmp_path: Path) -> None:
    """Assert it for 3000 copies."""
    assert damage_many(store, tmp_path, 3000, cut=cut) < 1500


def test_a_damaged_log_loses_rows_and_changes_none(tmp_path: Path) -> None:
    """Assert that a log torn before it was copied into the file gives right rows or pending ones."""
    path = tmp_path / "a.sweep"
    with Store(path) as opened:
        opened.take_up(PLAN)
        right = {}
        for row in opened.rows("pending"):
            found = outcome(row.key, row.content, row.files)
            right[row.key] = found.result
            opened.commit([found])
        log = path.with_name(path.name + "-wal")
        whole, draw = log.read_bytes(), random.Random(3)
        for number in range(30):
            copy = tmp_path / f"{number}.sweep"
            shutil.copy(path, copy)
            bad = bytearray(whole)
            bad[draw.randrange(len(bad))] ^= 1 + draw.randrange(255)
            copy.with_name(copy.name + "-wal").write_bytes(bytes(bad[: draw.randrange(len(bad))]))
            believed(copy, right)


def test_a_changed_number_is_seen(store: Path) -> None:
    """Assert that one digit of one result, changed by hand, is refused when read, when resumed, and by check."""
    connection = sqlite3.connect(store)
    connection.execute("UPDATE cells SET result = replace(result, '1', '2') WHERE position = 7")
    connection.commit()
    connection.close()
    for use in (read_store, lambda path: Store(path).take_up(PLAN)):
        with pytest.raises(UsageError, match="does not match its digest"):
            use(store)
    assert any("does not match its digest" in fault for fault in check_store(store))


def test_a_row_that_is_gone_is_missed(store: Path) -> None:
    """Assert that a deleted row, and a result put back to pending without its digest, are refused."""
    connection = sqlite3.connect(store)
    connection.execute("DELETE FROM cells WHERE position = 59")
    connection.commit()
    connection.close()
    with pytest.raises(UsageError, match="59 cells where 60 were planned"):
        read_store(store)


def test_a_sound_store_is_sound(store: Path) -> None:
    """Assert that check finds nothing wrong with what was written."""
    assert check_store(store) == []
    assert read_sweep(store).counts == {"done": 60, "failed": 0, "pending": 0}


def test_a_second_writer_is_refused(store: Path) -> None:
    """Assert a clear refusal while the first one writes, and entry after it closed."""
    with Store(store) as first:
        first.begin({})
        with pytest.raises(UsageError, match=r"has a writer already.*one writer at a time.*beside"):
            Store(store)
        assert read_sweep(store).counts["done"] == 60  # a reader may look on
    Store(store).close()


def test_another_sweep_is_refused_unless_it_is_extended(store: Path) -> None:
    """Assert that a changed spec is refused, that --extend keeps equal cells, and that old ones leave the table."""
    wider = make_plan({"name": "laws", "laws": ["binary"], "grid": {"error": {"linspace": [0.001, 0.9, 119]}}})
    with Store(store) as opened, pytest.raises(UsageError, match=r"another spec.*--extend"):
        opened.take_up(wider)
    with Store(store) as opened:
        opened.take_up(wider, extend=True)
        assert len(opened.rows("done")) == len({c.key for c in wider.cells} & {c.key for c in PLAN.cells}) > 50
        assert len(opened.rows("pending")) == 119 - len(opened.rows("done"))
    assert len(read_sweep(store)) == 119
    with Store(store) as opened:
        opened.take_up(PLAN, extend=True)
        assert opened.rows("pending") == []  # nothing was thrown away
    assert check_store(store) == []


def test_other_code_is_refused(store: Path, monkeypatch) -> None:
    """Assert that a store made by other code is refused, and that its numbers are not taken for this code's."""
    monkeypatch.setattr("sim.sweep.plan.code_digest", lambda: "another")
    other = make_plan(laws(60))
    with Store(store) as opened:
        with pytest.raises(UsageError, match=r"another (spec and )?code"):
            opened.take_up(other)
        opened.take_up(other, extend=True)
        assert len(opened.rows("pending")) == 60


def test_an_earlier_version_is_brought_up(tmp_path: Path, monkeypatch) -> None:
    """Assert that a store of version 1 opens with its rows, and that a later or a foreign one is refused."""
    path = tmp_path / "old.sweep"
    connection = connect_for_writing(path)
    with monkeypatch.context() as patch:
        patch.setattr(sim.sweep.schema, "VERSION", 1)
        sim.sweep.schema.migrate(connection)
    assert connection.execute("PRAGMA user_version").fetchone() == (1,)
    assert connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'runs'").fetchone() == (0,)
    connection.execute("INSERT INTO attempts VALUES (1, 'k', 'failed', 'e', 't', 's', 0.5, 'p')")
    connection.close()
    in_process(PLAN, path)
    connection = connect_for_writing(path)
    assert connection.execute("PRAGMA user_version").fetchone() == (sim.sweep.schema.VERSION,)
    assert connection.execute("SELECT error, run FROM attempts WHERE key = 'k'").fetchone() == ("e", 0)
    assert table(path) == reference(laws(60), tmp_path)
    connection.execute("PRAGMA user_version = 99")
    with pytest.raises(UsageError, match="later noncommit"):
        read_store(path)
    connection.execute("PRAGMA application_id = 1")
    with pytest.raises(UsageError, match="no store of a sweep"):
        Store(path)
    connection.close()


def test_a_network_filesystem_is_refused(tmp_path: Path, monkeypatch) -> None:
    """Assert the refusal before anything is written, and none for a local disk mounted below the network."""
    mounts = tmp_path / "mounts"
    monkeypatch.setattr(place, "MOUNTS", mounts)
    mounts.write_text(f"/dev/sda / ext4 rw 0 0\nserver:/x {tmp_path} nfs4 rw 0 0\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"network filesystem.*nfs4"):
        Store(tmp_path / "a.sweep")
    assert [p.name for p in tmp_path.iterdir()] == ["mounts"]
    mounts.write_text(f"server:/x / nfs rw 0 0\n/dev/sda {tmp_path} ext4 rw 0 0\n", encoding="utf-8")
    Store(tmp_path / "a.sweep").close()


@dataclass
class Fault:
    """Fails the n-th call of one kind, in the manner of a full disk or a broken one; `hit` says that it did."""

    kind: str
    n: int
    seen: int = 0
    hit: bool = False
    message: str = field(default="database or disk is full")

    def due(self, kind: str) -> bool:
        if kind != self.kind:
            return False
        self.seen += 1
        self.hit |= self.seen == self.n
        return self.seen >= self.n  # a full disk stays full


class Faulty:
    """An apsw connection with the few methods that a store uses, on a file layer with a fault."""

    def __init__(self, path: Path, fault: Fault, vfs: str) -> None:
        import apsw

        self._apsw, self._fault = apsw, fault
        self._connection = apsw.Connection(str(path), vfs=vfs)
        # A file layer written in Python has no shared memory; with one process SQLite needs none.
        self._connection.execute("PRAGMA locking_mode = EXCLUSIVE")

    @property
    def in_transaction(self) -> bool:
        return bool(self._connection.in_transaction)

    def _call(self, method: Callable[..., Any], *arguments: Any) -> Any:
        try:
            return Rows(list(method(*arguments)))
        except self._apsw.Error as error:
            raise sqlite3.OperationalError(str(error)) from None

    def execute(self, sql: str, parameters: Any = (), /) -> Any:
        if sql == "COMMIT" and self._fault.due("commit"):
            raise sqlite3.OperationalError(self._fault.message)
        return self._call(self._connection.execute, sql, parameters)

    def executemany(self, sql: str, parameters: Any, /) -> Any:
        return self._call(self._connection.executemany, sql, list(parameters))

    def close(self) -> None:
        try:
            self._connection.close()
        except self._apsw.Error as error:
            raise sqlite3.OperationalError(str(error)) from None


@dataclass
class Rows:
    """What a query found."""

    found: list[Any]

    def fetchall(self) -> list[Any]:
        return self.found

    def fetchone(self) -> Any:
        return self.found[0] if self.found else None

    def __iter__(self) -> Any:
        return iter(self.found)


def faulty_layer(fault: Fault) -> Any:
    """Return a file layer that tears the write, or refuses the sync, that `fault` names."""
    import apsw

    class File(apsw.VFSFile):
        def __init__(self, name: Any, flags: Any) -> None:
            super().__init__("", name, flags)

        def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
            if fault.due("write"):
                super().xWrite(data[: len(data) // 2], offset)
                raise apsw.FullError(fault.message)
            super().xWrite(data, offset)

        def xSync(self, flags: int) -> None:  # noqa: N802
            if fault.due("sync"):
                raise apsw.IOError("disk I/O error")
            super().xSync(flags)

    class Layer(apsw.VFS):
        def __init__(self) -> None:
            super().__init__(f"faulty-{id(self)}", "")
            self.name = f"faulty-{id(self)}"

        def xOpen(self, name: Any, flags: Any) -> Any:  # noqa: N802
            return File(name, flags)

    return Layer()


def run_with(fault: Fault, path: Path, plan: Plan) -> set[str]:
    """Run a plan on a faulty disk until it stops; return the keys that were acknowledged."""
    layer, acknowledged = faulty_layer(fault), set()
    try:
        with Store(path, connect=lambda at: Faulty(at, fault, layer.name)) as opened:
            opened.take_up(plan)
            pending = opened.rows("pending")
            for first in range(0, len(pending), 3):
                batch = [outcome(row.key, row.content, row.files) for row in pending[first : first + 3]]
                opened.commit(batch)
                acknowledged |= {found.key for found in batch}
    except UsageError as error:
        if not fault.hit or not ("cannot be used" in str(error) or "damaged" in str(error)):
            raise
    finally:
        layer.unregister()
    return acknowledged


@pytest.mark.parametrize("kind", ["write", "sync", "commit"])
@pytest.mark.parametrize("step", [pytest.param(1, marks=pytest.mark.slow), 5])
def test_faults_at_the_nth_call(kind: str, step: int, tmp_path: Path) -> None:
    """Assert for every n (every fifth in the short run): what was acknowledged is there, and a rerun finishes."""
    plan = make_plan(laws(12))
    wanted, n, hits = reference(laws(12), tmp_path), 1, 0
    while True:
        path, fault = tmp_path / f"{n}.sweep", Fault(kind, n)
        acknowledged = run_with(fault, path, plan)
        if acknowledged:
            _, rows = read_store(path)
            assert acknowledged <= {row.key for row in rows if row.status == "done"}
        in_process(plan, path)
        assert table(path) == wanted
        if not fault.hit:
            break
        hits, n = hits + 1, n + step
    assert hits >= (2 if kind == "commit" or step > 1 else 5)
    assert len(acknowledged) == 12


def test_a_changed_note_is_seen(tmp_path: Path) -> None:
    """Assert that a traceback or a run changed by hand is refused where it is shown, and by check."""
    path = tmp_path / "a.sweep"
    with Store(path) as opened:
        opened.take_up(PLAN)
        opened.begin({"workers": 2})
        row = opened.rows("pending")[0]
        opened.commit([Outcome(row.key, None, "ValueError: five", "five", "2026-01-01T00:00:00", 0.25, "here 1")])
        opened.forget(opened.rows("failed"))
        opened.commit([Outcome(row.key, None, "ValueError: six", "six", "2026-01-01T00:00:01", 0.5, "here 1")])
    wanted = {"error": "ValueError: six", "traceback": "six", "attempts": 2}
    assert last_failures(path) == {row.key: wanted}
    assert runs_of(path)["attempts"] == {"failed": {"count": 2, "seconds": 0.75}}
    assert runs_of(path)["runs"][0]["workers"] == 2
    assert check_store(path) == []
    for change, shown in (
        ("attempts SET trace = 'seven' WHERE id = 2", (last_failures, runs_of)),
        ("runs SET about = '{}'", (runs_of,)),
    ):
        copy = tmp_path / f"{change.split()[0]}.sweep"
        shutil.copy(path, copy)
        connection = sqlite3.connect(copy)
        connection.execute(f"UPDATE {change}")
        connection.commit()
        connection.close()
        for use in shown:
            with pytest.raises(UsageError, match="does not match its digest"):
                use(copy)
        assert any("does not match its digest" in fault for fault in check_store(copy))


FULL_DISK = """
import os, subprocess, sys
from pathlib import Path
from sweeps import environment, in_process, laws, reference, table
from sim.sweep.plan import make_plan
from sim.sweep.results import read_sweep
from theory.errors import UsageError

folder = Path(sys.argv[1])
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(folder)], check=True)
plan, store, ballast = make_plan(laws(1200)), folder / "a.sweep", folder / "ballast"
ballast.write_bytes(bytes(15 << 20))
try:
    in_process(plan, store)
except UsageError as error:
    print(error)
print(read_sweep(store).counts["done"])
ballast.unlink()
in_process(plan, store)
print(table(store) == reference(laws(1200), Path(sys.argv[2])))
"""


def test_a_full_disk_keeps_what_was_acknowledged(tmp_path: Path) -> None:
    """Assert on a disk of 16 MiB, where one may be mounted: one clear error, whole rows, and a rerun ends."""
    disk, aside = tmp_path / "disk", tmp_path / "aside"
    disk.mkdir()
    aside.mkdir()
    apart = ["unshare", "--map-root-user", "--mount"]
    if (
        not shutil.which("unshare")
        or subprocess.run([*apart, "mount", "-t", "tmpfs", "tmpfs", disk], check=False).returncode
    ):
        pytest.skip("NOT RUN: a full disk, since no filesystem may be mounted here")
    path = {"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"}
    ran = subprocess.run(
        [*apart, sys.executable, "-c", FULL_DISK, disk, aside],
        env=environment() | path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    error, done, same = ran.stdout.splitlines()
    assert "cannot be used" in error
    assert "Is the disk full?" in error
    assert 0 < int(done) < 1200
    assert same == "True"
