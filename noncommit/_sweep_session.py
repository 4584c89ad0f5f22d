"""A run is told as it goes: a bar on a terminal, JSON lines on request, one summary at the end."""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from noncommit._shell import INTERRUPTED, print_json

if TYPE_CHECKING:
    from sim.sweep.engine import AbstractEngine
    from sim.sweep.results import Sweep
    from sim.sweep.store import Store
    from sim.sweep.work import Outcome

INCONCLUSIVE: Final = 3
"""Exit code of a sweep with cells that failed."""

SHOWN: Final = 10
"""Failed cells that are printed; --json has them all."""

Tell = Callable[[Sequence["Outcome"]], None]


def _silent(_: Sequence["Outcome"]) -> None:
    """Tell no one."""


@contextmanager
def shown(total: int, as_json: bool) -> Iterator[Tell]:
    """Tell of cells as they are committed: JSON lines, or a bar where stderr is a terminal, or nothing."""
    if as_json:
        done = [0]

        def line(outcomes: Sequence["Outcome"]) -> None:
            for found in outcomes:
                done[0] += 1
                status = "failed" if found.result is None else "done"
                event = {"event": "cell", "key": found.key, "status": status, "seconds": round(found.seconds, 6)}
                if found.result is None:
                    event["error"] = found.error
                print_json({**event, "number": done[0], "of": total})
            sys.stdout.flush()

        yield line
    elif sys.stderr.isatty() and total:
        start, failed = time.monotonic(), [0]

        def rest(count: int | None) -> str | None:
            rate = (count or 0) / max(time.monotonic() - start, 1e-3)
            return f"{rate:.3g} cells/s, {failed[0]} failed"

        with click.progressbar(
            length=total, file=sys.stderr, show_pos=True, show_eta=True, item_show_func=rest
        ) as bar:  # fmt: skip

            def move(outcomes: Sequence["Outcome"]) -> None:
                failed[0] += sum(found.result is None for found in outcomes)
                bar.update(len(outcomes), bar.pos + len(outcomes))

            yield move
    else:
        yield _silent


def store_named(store: str) -> Path:
    """Return a sweep's store by its path, or by the name of its sweep, which is below out/."""
    named = Path("out") / f"{store}.sweep"
    return named if not Path(store).exists() and named.exists() else Path(store)


def _failures(path: Path, swept: "Sweep") -> list[dict[str, Any]]:
    from sim.sweep.attempts import last_failures
    from sim.sweep.cell import values_of

    found = last_failures(path)
    rows = [row for row in swept.rows if row.status == "failed"]
    return [{"cell": values_of(row.content), "key": row.key, **found.get(row.key, {"error": ""})} for row in rows]


def run_told(store: "Store", engine: "AbstractEngine", workers: int | None, as_json: bool, resume: str) -> None:
    """Run the pending cells of a store and exit: 0 all done, 3 some failed, 130 interrupted."""
    from noncommit._sweeping import run_store
    from sim.sweep.results import read_sweep

    total = len(store.rows("pending"))
    click.echo(f"{total} cells to run, {len(store.rows('done'))} done. Store: {store.path}", err=True)
    try:
        with shown(total, as_json) as tell:
            run_store(store, engine, workers, tell)
    except KeyboardInterrupt:
        click.echo(f"Interrupted. What is done is kept; resume with: {resume}", err=True)
        sys.exit(INTERRUPTED)
    swept = read_sweep(store.path)
    tell_status(store.path, swept, as_json)
    sys.exit(INCONCLUSIVE if swept.counts["failed"] else 0)


def tell_status(path: Path, swept: "Sweep", as_json: bool) -> None:
    """Print how many cells are in each state, and why cells failed."""
    from noncommit._sweep_text import status_text
    from sim.sweep.export import runs_of

    failures = _failures(path, swept)
    if as_json:
        counts = {**swept.counts, "earlier": swept.earlier}
        print_json({"event": "status", "store": str(path), **swept.provenance, "cells": counts,
                     "failures": failures, **runs_of(path)})  # fmt: skip
        return
    click.echo(status_text(swept, failures[:SHOWN]))
    if len(failures) > SHOWN:
        click.echo(f"  and {len(failures) - SHOWN} more")


def command_of(words: Sequence[str], engine: str, scheduler: str | None, workers: int | None) -> str:
    """Return the command that goes on where this one stops."""
    more = ["--engine", engine] if engine != "processes" else []
    more += ["--scheduler", scheduler] if scheduler else []
    more += ["--workers", str(workers)] if workers else []
    return " ".join(["noncommit sweep", *words, *more])
