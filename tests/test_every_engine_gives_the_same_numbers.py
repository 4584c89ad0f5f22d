"""Processes, Dask and any executor give the same table bit for bit, and a cell that kills its worker is named."""

import importlib.util
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sweeps import RUNS, in_process, reference, table, toml

import noncommit
from copies import copy_rooms, edit
from copies import noncommit as command
from sim.run import simulate
from sim.sweep.attempts import last_failures
from sim.sweep.plan import make_plan
from sim.sweep.results import read_sweep

POISON = """
def _poison() -> Callable[..., Result]:
    import os
    import signal

    def run(*, x, threads, progress=None):
        if x in (3, 17):
            os.kill(os.getpid(), signal.SIGKILL)
        if x == 5:
            raise ValueError("five")
        from types import SimpleNamespace
        return SimpleNamespace(to_dict=lambda: {"y": 2 * x})

    return run


TARGETS["poison"] = Target("poison", "", (Key("x", "whole", "", required=True),), _poison)
"""


def test_processes_and_threads(tmp_path: Path) -> None:
    """Assert it for both, against a plain loop, and that a second call runs nothing."""
    wanted = reference(RUNS, tmp_path)
    swept = noncommit.sweep(RUNS, store=tmp_path / "p.sweep", workers=2)
    assert table(swept.path) == wanted
    with ThreadPoolExecutor(2) as pool:
        threaded = noncommit.sweep(RUNS, store=tmp_path / "t.sweep", executor=pool)
    assert table(threaded.path) == wanted
    told: list = []
    from noncommit._sweeping import run_sweep

    run_sweep(RUNS, store=tmp_path / "p.sweep", workers=1, acknowledge=told.extend)
    assert told == []


def test_a_cell_is_a_run(tmp_path: Path) -> None:
    """Assert that the numbers of a cell are those of noncommit.simulate with its keys."""
    in_process(make_plan(RUNS), tmp_path / "a.sweep")
    record = read_sweep(tmp_path / "a.sweep").records[5]
    assert (record["sampler"], record["steps"]) == ("reinjection", 2)
    run = simulate(mu=2, particles=500, denoiser_stiffness=4, steps=2, sampler="reinjection").to_dict()
    assert record["exact.ambiguous"] == run["exact"]["ambiguous"]
    assert record["estimate.tv.high"] == run["estimate"]["tv"]["high"]


@pytest.mark.slow
def test_dask(tmp_path: Path, capsys) -> None:
    """Assert it for a Dask cluster on this machine, where Dask is installed."""
    if not importlib.util.find_spec("distributed"):
        with capsys.disabled():
            print("\nNOT RUN: the Dask engine, which is not installed")  # noqa: T201
        return
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        swept = noncommit.sweep(RUNS, store=tmp_path / "d.sweep", engine="dask", scheduler=cluster.scheduler_address)
    assert table(swept.path) == reference(RUNS, tmp_path)


def test_a_poison_cell_is_named(tmp_path: Path) -> None:
    """Assert that two cells which kill their workers and one that raises are named; the rest is done; retry works."""
    folder = copy_rooms(tmp_path)
    edit(folder / "sim" / "targets.py", '"""Every target by name; the first is the default."""\n',
         '"""Every target by name; the first is the default."""\n' + POISON)  # fmt: skip
    spec = {"name": "poison", "target": "poison", "grid": {"x": {"values": list(range(24))}}}
    (folder / "spec.toml").write_text(toml(spec), encoding="utf-8")
    done = command("sweep", "run", "spec.toml", "--workers", "2", "--json", cwd=folder)
    assert done.returncode == 3, done.stderr
    status = json.loads(done.stdout.splitlines()[-1])
    assert status["cells"] == {"done": 21, "failed": 3, "pending": 0, "earlier": 0}
    errors = {failure["cell"]["x"]: failure["error"] for failure in status["failures"]}
    assert set(errors) == {3, 5, 17}
    assert "its worker ended without an answer" in errors[3]
    assert errors[5] == "ValueError: five"
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert sum(event["event"] == "cell" for event in events) == 24
    text = (folder / "sim" / "targets.py").read_text(encoding="utf-8")
    assert "x in (3, 17)" in text
    again = command("sweep", "retry", "poison", "--workers", "1", cwd=folder)
    assert again.returncode == 3
    failures = last_failures(folder / "out" / "poison.sweep")
    assert {failure["attempts"] for failure in failures.values()} == {2}  # earlier attempts are kept
    assert any("Traceback" in failure["traceback"] for failure in failures.values())
