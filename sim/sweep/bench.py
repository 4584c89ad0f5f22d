"""overhead = (wall seconds x workers - seconds within cells) / cells: the price of planning, handing out, committing.

The cells are evaluations of a law, about a tenth of a millisecond each, so that nearly all that is measured is the
engine and the store. Nothing is asserted.
"""

import tempfile
import time
from pathlib import Path
from typing import Final

from sim.sweep.engine import ProcessEngine
from sim.sweep.export import runs_of
from sim.sweep.plan import make_plan
from sim.sweep.results import read_sweep
from sim.sweep.runner import Runner
from sim.sweep.store import Store

CELLS: Final = 100_000
WORKERS: Final = 2


def main() -> None:
    """Print the overhead of a sweep of many tiny cells, each committed with synchronous=FULL."""
    spec = {"name": "tiny", "laws": ["binary"], "grid": {"error": {"linspace": [0.001, 0.9, CELLS]}}}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tiny.sweep"
        began = time.perf_counter()
        plan = make_plan(spec)
        planned = time.perf_counter()
        with Store(path) as store:
            store.take_up(plan)
            store.begin({})
            Runner(store, ProcessEngine(WORKERS, preload=("theory.catalogue",))).run()
        ran = time.perf_counter()
        assert read_sweep(path).counts["done"] == CELLS
        read = time.perf_counter()
        within = runs_of(path)["attempts"]["done"]["seconds"]
        size = path.stat().st_size
    overhead = (ran - began) * WORKERS - within
    print(  # noqa: T201
        f"{CELLS} cells of {within / CELLS * 1e3:.3f} ms on {WORKERS} workers: {read - began:.1f} s in all "
        f"(planned in {planned - began:.1f}, read back in {read - ran:.1f}), "
        f"overhead {overhead / CELLS * 1e3:.3f} ms a cell, {size / CELLS:.0f} bytes a cell"
    )


if __name__ == "__main__":
    main()
