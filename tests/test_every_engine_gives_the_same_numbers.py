"""Processes, Dask and any executor give the same table bit for bit, and a cell that kills its worker is named."""

import importlib.util
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sweeps import RUNS, environment, in_process, reference, table, toml

import noncommit
from copies import ROOT, copy_rooms, edit
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
def test_dask(tmp_path: Path) -> None:
    """Assert it for a Dask cluster on this machine, where Dask is installed."""
    if not importlib.util.find_spec("distributed"):
        pytest.skip("NOT RUN: the Dask engine, which is not installed")
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        swept = noncommit.sweep(RUNS, store=tmp_path / "d.sweep", engine="dask", scheduler=cluster.scheduler_address)
    assert table(swept.path) == reference(RUNS, tmp_path)


def test_kernels_are_compiled_before_cells_run(tmp_path: Path) -> None:
    """Assert that warming up one cell of each kind leaves nothing to compile, and that fewer kinds leave something."""
    script = """
import sys
from sweeps import RUNS
from sim.compiled import cache_folder
from sim.sweep.kinds import one_of_each_kind
from sim.sweep.plan import make_plan
from sim.sweep.work import outcome, warm_up

cells = make_plan({**RUNS, 'samplers': ['ddim', 'reinjection', 'heun']}).cells
kinds = [(cell.content, cell.files) for cell in one_of_each_kind(cells)]
assert len(kinds) == 3 and all('"steps":1}' in content for content, _ in kinds)
warm_up(kinds[: int(sys.argv[1])])
before = set(cache_folder().rglob("*.nbc"))
assert all(outcome(cell.key, cell.content, cell.files).result for cell in cells)
print(len(before), len(set(cache_folder().rglob("*.nbc")) - before))
"""
    fresh = environment() | {"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"}

    def compiled(kinds: int, cache: str) -> tuple[int, ...]:
        ran = subprocess.run(
            [sys.executable, "-c", script, str(kinds)], env=fresh | {"NUMBA_CACHE_DIR": str(tmp_path / cache)},
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        return tuple(int(word) for word in ran.stdout.split())

    made, later = compiled(3, "all")
    assert made > 0
    assert later == 0
    assert compiled(2, "some")[1] > 0  # the mutant: one kind is left cold


def test_nothing_runs_before_the_warm_up_is_over(tmp_path: Path) -> None:
    """Assert that an executor sees the warm-up of three kinds first, alone, and cells only after its result."""

    class Recording(ThreadPoolExecutor):
        def submit(self, work, /, *arguments):  # type: ignore[override]
            future = super().submit(work, *arguments)
            seen.append((work.__name__, arguments[0], sum(not f.done() for f in futures)))
            futures.append(future)
            return future

    seen: list = []
    futures: list = []
    with Recording(2) as pool:
        noncommit.sweep(RUNS, store=tmp_path / "a.sweep", executor=pool)
    (first, jobs, beside), *rest = seen
    assert (first, len(jobs), beside) == ("warm_up", 3, 0)
    assert {name for name, *_ in rest} == {"outcomes"}
    assert rest[0][2] == 0


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
