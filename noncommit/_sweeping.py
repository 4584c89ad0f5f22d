"""sweep(spec) runs what is pending and returns the table: from Python, with any executor, as from the command line."""

import os
import platform
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from noncommit import __version__
from noncommit._files import writable_folder
from sim.sweep.engine import AbstractEngine, GivenEngine, engine_named
from sim.sweep.plan import Plan, load_plan, make_plan
from sim.sweep.results import Sweep, read_sweep
from sim.sweep.runner import Runner
from sim.sweep.store import Store
from sim.sweep.work import Outcome
from theory.errors import UsageError

SUFFIX: Final = ".sweep"

Acknowledge = Callable[[Sequence[Outcome]], None]


def plan_of(spec: str | os.PathLike[str] | Mapping[str, Any], changes: Mapping[str, Any] | None = None) -> Plan:
    """Return the plan of a spec: a TOML file, the name of a shipped one, or a mapping."""
    return make_plan(spec, changes=changes) if isinstance(spec, Mapping) else load_plan(os.fspath(spec), changes)


def store_path(plan: Plan, store: str | os.PathLike[str] | None) -> Path:
    """Return where the cells of a plan are kept; by default out/NAME.sweep, whose folder is made."""
    if store is not None:
        return Path(store)
    folder = writable_folder("out")
    folder.mkdir(parents=True, exist_ok=True)
    return folder / (plan.spec.name + SUFFIX)


def about_run(engine: str, workers: int | None) -> dict[str, Any]:
    """Return what a run notes about itself."""
    packages = ("numba", "numpy", "scipy")
    return {
        "noncommit": __version__, "engine": engine, "workers": workers, "command": " ".join(sys.argv),
        "python": platform.python_version(), "machine": f"{platform.system()} {platform.machine()}",
        "versions": {name: metadata.version(name) for name in packages},
    }  # fmt: skip


def run_store(store: Store, engine: AbstractEngine, workers: int | None, acknowledge: Acknowledge | None) -> None:
    """Run the pending cells of an open store."""
    store.begin(about_run(engine.name, workers))
    Runner(store, engine, acknowledge).run()


def run_sweep(
    spec: str | os.PathLike[str] | Mapping[str, Any],
    *,
    store: str | os.PathLike[str] | None = None,
    engine: str = "processes",
    workers: int | None = None,
    scheduler: str | None = None,
    executor: Executor | None = None,
    extend: bool = False,
    acknowledge: Acknowledge | None = None,
) -> Sweep:
    """Run the cells of `spec` that are not done yet and return the table. noncommit.sweep says what may be given."""
    plan = plan_of(spec)
    if executor is not None and (engine != "processes" or scheduler is not None):
        raise UsageError(
            "Two engines are given.", expected="executor, or engine and scheduler", received=f"both, engine={engine!r}",
            hint="Which of them is meant?",
        )  # fmt: skip
    chosen = GivenEngine(executor, workers) if executor else engine_named(
        engine, workers=workers, scheduler=scheduler, preload=preload_of(plan)
    )  # fmt: skip
    path = store_path(plan, store)
    with Store(path) as opened:
        opened.take_up(plan, extend=extend)
        run_store(opened, chosen, workers, acknowledge)
    return read_sweep(path)


def preload_of(plan: Plan) -> tuple[str, ...]:
    """Return the modules that every worker of a plan needs, by name."""
    return ("theory.catalogue",) if plan.spec.laws else ("sim.compiled", "sim.run")
