"""kill -9 at any time loses no acknowledged cell, and the finished table is that of an uninterrupted run."""

import importlib.util
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner
from sweeps import environment, gone, in_process, killed, laws, reference, table, toml

from copies import ROOT
from noncommit.cli import cli
from sim.sweep.plan import make_plan
from sim.sweep.results import read_sweep
from sim.sweep.store import Store, connect_for_reading

EXECUTOR = """
import sys
from concurrent.futures import ThreadPoolExecutor
from noncommit._sweep_session import shown
from noncommit._sweeping import run_sweep
print("cells to run", file=sys.stderr, flush=True)
with shown(0, True) as tell, ThreadPoolExecutor(2) as pool:
    run_sweep(sys.argv[1], store=sys.argv[2], executor=pool, acknowledge=tell)
"""

CELLS = 3000
FAST_KILLS, ALL_KILLS = 8, 200


def kill_again_and_again(kills: int, engines: dict[str, list[str]], tmp_path: Path, longest: float) -> dict[str, int]:
    """Kill runs until `kills` were in time, one engine after the other; check every store; return kills by engine."""
    draw = random.Random(7)
    spec = tmp_path / "laws.toml"
    spec.write_text(toml(laws(CELLS)), encoding="utf-8")
    wanted = reference(laws(CELLS), tmp_path)
    done = dict.fromkeys(engines, 0)
    finished, number, seen = 0, 0, set()
    path = tmp_path / "0.sweep"
    while sum(done.values()) < kills:
        name = list(engines)[number % len(engines)]
        number += 1
        command = [word.format(spec=spec, store=path) for word in engines[name]]
        acknowledged, code = killed(command, draw.uniform(0, longest), path)
        assert not acknowledged & seen, "a cell that was done ran again"
        seen |= acknowledged
        done[name] += code == -9
        assert code in (0, -9)
        if code == 0:
            assert table(path) == wanted
            finished += 1
            path, seen = tmp_path / f"{finished}.sweep", set()
    if path.exists():
        in_process(make_plan(laws(CELLS)), path)
        assert table(path) == wanted
    return done


def local_engines() -> dict[str, list[str]]:
    run = ["-m", "noncommit", "sweep", "run", "{spec}", "--store", "{store}", "--json", "--workers", "2"]
    return {"processes": run, "executor": ["-c", EXECUTOR, "{spec}", "{store}"]}


def test_a_few_kills(tmp_path: Path) -> None:
    """Assert it for a few kills over processes and a given executor."""
    done = kill_again_and_again(FAST_KILLS, local_engines(), tmp_path, 0.6)
    assert sum(done.values()) == FAST_KILLS


@pytest.mark.slow
def test_two_hundred_kills(tmp_path: Path, capsys) -> None:
    """Assert it for 200 kills over all engines, Dask included where it is installed."""
    engines, cluster = local_engines(), None
    if importlib.util.find_spec("distributed"):
        from distributed import LocalCluster

        os.environ["PYTHONPATH"] = str(ROOT)
        cluster = LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None)
        dask = ["--engine", "dask", "--scheduler", cluster.scheduler_address]
        engines["dask"] = [*engines["processes"][:-2], *dask]
    else:
        with capsys.disabled():
            print("\nNOT RUN: kills under Dask, which is not installed")  # noqa: T201
    try:
        done = kill_again_and_again(ALL_KILLS, engines, tmp_path, 1.5)
    finally:
        if cluster is not None:
            cluster.close()
    with capsys.disabled():
        print(f"\nkills: {done}")  # noqa: T201
    assert sum(done.values()) == ALL_KILLS
    assert min(done.values()) > 0


def hear_interrupts() -> None:
    """Undo what a shell does to its background jobs, which inherit a SIGINT that is ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def started(tmp_path: Path, count: int) -> tuple[subprocess.Popen, Path]:
    """Start a run on two processes and wait for its first commit."""
    spec, store = tmp_path / "laws.toml", tmp_path / "a.sweep"
    spec.write_text(toml(laws(count)), encoding="utf-8")
    command = ["-m", "noncommit", "sweep", "run", str(spec), "--store", str(store), "--workers", "2"]
    process = subprocess.Popen(
        [sys.executable, *command], env=environment(), stderr=subprocess.PIPE, text=True, preexec_fn=hear_interrupts
    )
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        if store.exists() and len(workers(store)) == 2:
            return process, store
        time.sleep(0.02)
    process.kill()
    pytest.fail(f"no commit within a minute: {process.communicate()[1]}")


def workers(store: Path) -> list[int]:
    import sqlite3

    try:
        connection = connect_for_reading(store)
        found = connection.execute("SELECT DISTINCT place FROM attempts").fetchall()
        connection.close()
    except sqlite3.Error:
        return []
    return [int(place.split()[1]) for (place,) in found]


def test_workers_end_with_their_parent(tmp_path: Path) -> None:
    """Assert that a killed run leaves no worker behind, and that the next one is let in at once."""
    process, store = started(tmp_path, 60_000)
    process.kill()
    process.communicate()
    pids = workers(store)
    assert len(pids) == 2
    assert all(gone(pid, 20) for pid in pids)
    with Store(store):
        assert read_sweep(store).counts["done"] > 0


def test_a_killed_worker_costs_nothing(tmp_path: Path) -> None:
    """Assert that a run whose worker is killed goes on by itself: every cell is done, as in an uninterrupted run."""
    process, store = started(tmp_path, 20_000)
    os.kill(workers(store)[0], signal.SIGKILL)
    _, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    assert read_sweep(store).counts == {"done": 20_000, "failed": 0, "pending": 0}
    assert table(store) == reference(laws(20_000), tmp_path)


def test_ctrl_c_prints_how_to_resume(tmp_path: Path) -> None:
    """Assert exit code 130, the command that resumes, and that the finished part is kept."""
    process, store = started(tmp_path, 60_000)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert f"resume with: noncommit sweep run {tmp_path / 'laws.toml'} --store {store}" in err
    counts = read_sweep(store).counts
    assert counts["done"] > 0
    assert counts["pending"] > 0


@pytest.mark.parametrize("place", ["sim.sweep.store.Store", "noncommit._sweeping.plan_of"])
def test_ctrl_c_before_the_first_cell(place: str, tmp_path: Path, monkeypatch) -> None:
    """Assert exit code 130 and one line where Ctrl-C comes while the plan is made, or before the store is open."""

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(place, interrupted)
    spec = tmp_path / "laws.toml"
    spec.write_text(toml(laws(5)), encoding="utf-8")
    ran = CliRunner().invoke(cli, ["sweep", "run", str(spec), "--store", str(tmp_path / "a.sweep")])
    assert (ran.exit_code, ran.stderr) == (130, "Interrupted.\n")
