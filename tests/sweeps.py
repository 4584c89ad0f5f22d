"""Small sweeps for the tests: a spec of law cells, which need no compiler, and one of runs."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from copies import ROOT
from sim.sweep.export import export
from sim.sweep.plan import Plan, make_plan
from sim.sweep.results import read_sweep
from sim.sweep.store import Store, read_store
from sim.sweep.work import outcome
from theory.errors import UsageError

RUNS = {
    "name": "runs", "target": "two_modes", "samplers": ["ddim", "reinjection", "commit_parallel"],
    "keys": {"mu": 2, "particles": 500, "denoiser_stiffness": 4}, "grid": {"steps": {"values": [1, 2, 4, 8]}},
}  # fmt: skip


def laws(count: int) -> dict:
    """Return a spec of `count` cells that take a tenth of a millisecond each."""
    return {"name": "laws", "laws": ["binary"], "grid": {"error": {"linspace": [0.001, 0.9, count]}}}


def toml(spec: dict) -> str:
    """Return a spec as TOML."""
    head = "".join(f"{k} = {json.dumps(v)}\n" for k, v in spec.items() if not isinstance(v, dict))
    axes = "".join(
        f"[grid.{name}]\n" + "".join(f"{k} = {json.dumps(v)}\n" for k, v in axis.items())
        for name, axis in spec["grid"].items()
    )
    keys = "[keys]\n" + "".join(f"{k} = {json.dumps(v)}\n" for k, v in spec.get("keys", {}).items())
    return head + keys + axes


def in_process(plan: Plan, path: Path) -> None:
    """Compute every cell here, one after the other, and commit a hundred at a time."""
    with Store(path) as store:
        store.take_up(plan)
        pending = store.rows("pending")
        for first in range(0, len(pending), 100):
            store.commit([outcome(row.key, row.content, row.files) for row in pending[first : first + 100]])


def table(path: Path, form: str = "csv") -> bytes:
    """Return the exported table of a store."""
    out = path.with_name(f"{path.name}.{form}")
    export(read_sweep(path), out, form)
    return out.read_bytes()


def reference(spec: dict, folder: Path) -> bytes:
    """Return the table of an uninterrupted run without an engine."""
    path = folder / "reference.sweep"
    in_process(make_plan(spec), path)
    return table(path)


def environment() -> dict[str, str]:
    """Return the environment in which a child imports this checkout."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST")}
    return kept | {"PYTHONPATH": str(ROOT)}


def killed(command: list[str], after: float, store: Path) -> tuple[set[str], int]:
    """Start a run that prints JSON lines, kill -9 it `after` seconds from its first word, and check its store.

    Return the keys that it acknowledged and its exit code, -9 if the kill came in time.
    """
    process = subprocess.Popen(
        [sys.executable, *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment()
    )
    assert process.stderr is not None
    first = process.stderr.readline()
    assert "cells to run" in first, first + process.stderr.read()
    try:
        process.wait(timeout=after)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
    out, _ = process.communicate()
    acknowledged = {e["key"] for line in out.splitlines() if (e := parsed(line)).get("event") == "cell"}
    try:
        _, rows = read_store(store)
    except UsageError as error:  # killed before its plan was written: the next run starts afresh
        rows = []
        if store.exists() and "is damaged" in str(error):
            raise
    lost = acknowledged - {row.key for row in rows if row.status == "done"}
    assert not lost, f"{len(lost)} acknowledged cells are not in the store"
    return acknowledged, process.returncode


def parsed(line: str) -> dict:
    """Return the object of a line, nothing for one that the kill cut short: it was not acknowledged."""
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def gone(pid: int, within: float) -> bool:
    """Return whether a process ends within some seconds."""
    until = time.monotonic() + within
    while time.monotonic() < until:
        try:
            os.kill(pid, 0)
            if Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z":
                return True
        except (ProcessLookupError, FileNotFoundError):
            return True
        time.sleep(0.05)
    return False
