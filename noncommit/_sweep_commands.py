"""noncommit sweep COMMAND: plan and run a grid of cells, look at it, take it up again, and carry it elsewhere.

Only click is imported here; every command imports what it needs when it runs.
"""

import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from noncommit._shell import SuggestingGroup, examples, for_people, print_json
from noncommit._sweep_session import command_of, run_told, store_named, tell_status

if TYPE_CHECKING:
    from sim.sweep.plan import Plan

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def _options(*options: Decorator) -> Decorator:
    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            command = option(command)
        return command

    return add


_JSON: Final = click.option("--json", "as_json", is_flag=True, help="Print JSON: one document, or one a line.")
_SET: Final = click.option("--set", "pairs", multiple=True, metavar="KEY=VALUE", help="Replace an entry of keys.")
_ENGINE: Final = _options(
    click.option("--engine", default="processes", show_default=True, help="processes or dask."),
    click.option("--scheduler", metavar="ADDRESS", help="Where the Dask scheduler listens."),
    click.option("--workers", type=int, help="Processes (default: one a core)."),
)


@click.group(
    cls=SuggestingGroup,
    epilog=examples("noncommit sweep plan tradeoff", "noncommit sweep run tradeoff --workers 2"),
)
def sweep() -> None:
    """Run thousands of cells, stop and resume at will, export the table.

    SPEC is a TOML file or the name of a spec that comes with noncommit: `noncommit sweep plan` lists them.
    """


def _plan(spec: str, pairs: Sequence[str]) -> "Plan":
    from noncommit._keys import parse_pairs
    from noncommit._sweeping import plan_of
    from sim.sweep.check import known_keys

    if not pairs:
        return plan_of(spec)
    plan = plan_of(spec)
    kinds = {name: key.kind for name, key in known_keys(plan.spec.target, plan.spec.laws).items()}
    words = {name: "word" if kind == "array" else kind for name, kind in kinds.items()}
    return plan_of(spec, parse_pairs(pairs, words, what=f"the spec {spec}"))


@sweep.command(epilog=examples("noncommit sweep plan", "noncommit sweep plan spec.toml --set particles=1000"))
@click.argument("spec", required=False)
@_SET
@_JSON
@for_people
def plan(spec: str | None, pairs: tuple[str, ...], as_json: bool) -> None:
    """Say how many cells SPEC has and what they will cost; without SPEC, list the specs that come with noncommit."""
    import tomllib

    from noncommit._layout import table
    from noncommit._sweep_text import plan_text
    from sim.sweep.pilot import measure
    from sim.sweep.plan import shipped_specs

    if spec is None:
        about = {name: tomllib.loads(text).get("about", "") for name, text in shipped_specs().items()}
        if as_json:
            print_json({"specs": about})
        else:
            click.echo(table(about.items(), indent=""))
        return
    planned = _plan(spec, pairs)
    pilot, cores = measure(planned), os.cpu_count() or 1
    if as_json:
        print_json(
            {
                "name": planned.spec.name, "cells": len(planned.cells), "code": planned.code, "plan": planned.digest,
                "dimensions": {dim.name: len(dim.rows) for dim in planned.dims}, "spec": json.loads(planned.spec_text),
                "core_seconds": pilot.seconds if pilot.pilots else None, "bytes": pilot.bytes, "pilots": pilot.pilots,
            }
        )  # fmt: skip
    else:
        click.echo(plan_text(planned, cores, pilot))


@sweep.command(
    epilog=examples(
        "noncommit sweep run tradeoff",
        "noncommit sweep run spec.toml --store spec.sweep --engine dask --scheduler tcp://host:8786",
    )
)
@click.argument("spec")
@click.option("--store", metavar="FILE", help="Where cells are kept (default: out/NAME.sweep).")
@_SET
@_ENGINE
@click.option("--extend", is_flag=True, help="Take over a store of another spec or code.")
@_JSON
@for_people
def run(
    spec: str,
    store: str | None,
    pairs: tuple[str, ...],
    engine: str,
    scheduler: str | None,
    workers: int | None,
    extend: bool,
    as_json: bool,
) -> None:
    """Run the cells of SPEC that are not done yet."""
    from noncommit._sweeping import preload_of, store_path
    from sim.sweep.engine import engine_named
    from sim.sweep.store import Store

    planned = _plan(spec, pairs)
    chosen = engine_named(engine, workers=workers, scheduler=scheduler, preload=preload_of(planned))
    words = ["run", spec, *(["--store", store] if store else []), *(w for pair in pairs for w in ("--set", pair))]
    with Store(store_path(planned, store)) as opened:
        opened.take_up(planned, extend=extend)
        run_told(opened, chosen, workers, as_json, command_of(words, engine, scheduler, workers))


@sweep.command(epilog=examples("noncommit sweep status tradeoff", "noncommit sweep status out/tradeoff.sweep --json"))
@click.argument("store")
@_JSON
@for_people
def status(store: str, as_json: bool) -> None:
    """Say how many cells of STORE are done, failed and pending; it may be running."""
    from sim.sweep.results import read_sweep

    path = store_named(store)
    tell_status(path, read_sweep(path), as_json)


@sweep.command(epilog=examples("noncommit sweep retry tradeoff", "noncommit sweep retry out/a.sweep --workers 1"))
@click.argument("store")
@_ENGINE
@_JSON
@for_people
def retry(store: str, engine: str, scheduler: str | None, workers: int | None, as_json: bool) -> None:
    """Run the failed cells of STORE again, and those still pending; earlier attempts are kept."""
    from sim.sweep.engine import engine_named
    from sim.sweep.plan import code_digest
    from sim.sweep.store import Store
    from theory.errors import UsageError

    path = store_named(store)
    if not path.is_file():
        raise UsageError(
            f"There is no store {store}.", expected="a file that `noncommit sweep run` made", received=store,
            hint="Is the path relative to another folder?",
        )  # fmt: skip
    chosen = engine_named(engine, workers=workers, scheduler=scheduler)
    with Store(path) as opened:
        header = opened.reopen()
        if header.code != code_digest():
            raise UsageError(
                f"The store {path} was made by another code.", expected=f"code {header.code[:16]}",
                received=code_digest()[:16], hint="Is the whole sweep to be run anew, with `sweep run --extend`?",
            )  # fmt: skip
        opened.forget(opened.rows("failed"))
        run_told(opened, chosen, workers, as_json, command_of(["retry", store], engine, scheduler, workers))


@sweep.command(
    epilog=examples(
        "noncommit sweep export tradeoff --out table.csv",
        "noncommit sweep export out/tradeoff.sweep --out table.nc",
    )
)
@click.argument("store")
@click.option("--out", required=True, metavar="FILE", help="The file; its ending names the format.")
@click.option("--format", "form", help="csv, jsonl, parquet or netcdf.")
@for_people
def export(store: str, out: str, form: str | None) -> None:
    """Write the table of STORE to a file, and what varies from run to run into a second one beside it."""
    from sim.sweep.export import export as write
    from sim.sweep.results import read_sweep

    table, aside = write(read_sweep(store_named(store)), Path(out), form)
    click.echo(f"{table}\n{aside}")


@sweep.command(
    epilog=examples(
        "noncommit sweep plot tradeoff --x steps --measure exact.ambiguous --bound bound.least_error",
        "noncommit sweep plot escape --x steps --y denoiser_stiffness --measure exact.ambiguous --out map.svg",
    )
)
@click.argument("store")
@click.option("--x", required=True, metavar="KEY", help="The axis from left to right.")
@click.option("--y", metavar="KEY", help="The axis from below to above: a heat map. Without it: curves.")
@click.option("--measure", required=True, metavar="NAME", help="What is drawn.")
@click.option("--bound", metavar="NAME[@KEY=VALUE]", help="What is drawn over it, of another cell on request.")
@click.option("--at", "pairs", multiple=True, metavar="KEY=VALUE", help="Fix an axis that is not drawn.")
@click.option("--out", metavar="FILE", help="A .png or .svg file (default: out/NAME.png).")
@for_people
def plot(
    store: str, x: str, y: str | None, measure: str, bound: str | None, pairs: tuple[str, ...], out: str | None
) -> None:
    """Draw a measure of STORE over one axis or two; other axes become panels and lines."""
    from noncommit._sweep_figure import write_figure
    from sim.sweep.results import read_sweep

    swept = read_sweep(store_named(store))
    path = Path(out) if out else Path("out") / f"{swept.name}.png"
    fixed = {name: text for name, _, text in (pair.partition("=") for pair in pairs)}
    write_figure(swept, path, x=x, y=y, measure=measure, bound=bound, fixed=fixed)
    click.echo(str(path))


@sweep.command(epilog=examples("noncommit sweep schema", "noncommit sweep schema > sweep.schema.json"))
@for_people
def schema() -> None:
    """Print the JSON Schema of a spec, for editors."""
    from sim.sweep.spec import spec_schema

    click.echo(json.dumps(spec_schema(), indent=1))


@sweep.command(epilog=examples("noncommit sweep check tradeoff", "noncommit sweep check out/tradeoff.sweep --json"))
@click.argument("store")
@_JSON
@for_people
def check(store: str, as_json: bool) -> None:
    """Verify STORE: SQLite's own check, every row against its digest, the cells against the plan.

    Exit code 1 if anything is wrong.
    """
    from sim.sweep.attempts import check_store

    path = store_named(store)
    faults = check_store(path)
    if as_json:
        print_json({"store": str(path), "sound": not faults, "faults": faults})
    else:
        click.echo("\n".join(faults) if faults else f"{path} is sound")
    sys.exit(1 if faults else 0)
