"""outcome(cell): what a worker does, with one thread and no memory of the cell before.

Only plain text and numbers go in and come out, so that any engine can carry them. A cell that raises is an outcome too;
only the death of a worker is not.
"""

import json
import multiprocessing
import os
import socket
import time
import traceback
from collections.abc import Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final, final

from sim.sweep.adaptive import grow
from sim.sweep.cell import canonical, file_digest, values_of
from sim.sweep.check import SIZE
from sim.sweep.kinds import of_one_particle
from sim.sweep.numbers import select
from sim.targets import TARGETS
from theory.errors import UsageError, stored_array

ONE_THREAD: Final = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS",
     "NUMBA_NUM_THREADS"),
    "1",
)  # fmt: skip
"""The environment of a worker: cells run side by side, so nothing inside a cell may."""


@final
@dataclass(frozen=True)
class Outcome:
    """What became of a cell: `result` as canonical JSON, or `error` in a line and its traceback; when, where, how long.

    `started` is UTC, `seconds` wall time.
    """

    key: str
    result: str | None
    error: str
    trace: str
    started: str
    seconds: float
    place: str


def warm_up(jobs: Sequence[tuple[str, str]]) -> None:
    """Compile what cells run, given as (content, files), by one particle of each: the disk keeps the kernels.

    What fails here fails again in its cell, and is told there.
    """
    with _one_thread():
        for content, files in jobs:
            with suppress(Exception):
                compute(of_one_particle(content), files)


def compute(content: str, files: str) -> dict[str, float | int | None]:
    """Return the numbers of a cell. Raises whatever its run raises, and UsageError for a file that changed."""
    read, values = json.loads(content), values_of(content)
    paths = json.loads(files)
    for name, (path, sha256) in paths.items():
        if not Path(path).is_file() or file_digest(Path(path)) != sha256:
            raise UsageError(
                f"{name} is not the file that was planned.", expected=f"SHA-256 {sha256}", received=path,
                hint="Was it edited, or is this worker on another machine?",
            )  # fmt: skip
        values[name] = path
    if "law" in read:
        return select(_answers(values), read["measures"])
    target = TARGETS[values.pop("target")]
    for key in target.keys:
        if key.kind == "array" and key.name in values:
            values[key.name] = stored_array(key.name, values[key.name])
    from sim.run import simulate

    def run(**more: Any) -> dict[str, Any]:
        return simulate(target=target.name, threads=1, **values, **more).to_dict()

    if "adaptive" not in read:
        return select(run(), read["measures"])
    wanted = read["adaptive"]
    tree, grown = grow(
        lambda size: run(**{SIZE: size}), wanted["measure"],
        width=wanted["width"], start=wanted["start"], cap=wanted["cap"],
    )  # fmt: skip
    return select(tree, read["measures"]) | {f"adaptive.{name}": value for name, value in grown.items()}


def _answers(values: dict[str, Any]) -> dict[str, Any]:
    from theory.catalogue import law_named

    law = law_named(values.pop("law"))
    kinds = {q.name: q.kind for q in law.quantities}
    given = {
        name: stored_array(name, value) if kinds[name] == "array" else value
        for name, value in values.items()
        if name in kinds
    }
    answers = law.evaluate(given).to_dict()["answers"]
    assert isinstance(answers, dict)
    return answers


def outcome(key: str, content: str, files: str) -> Outcome:
    """Return what became of one cell; never raises an Exception."""
    started, clock = datetime.now(UTC).isoformat(timespec="milliseconds"), time.perf_counter()
    result, error, trace = None, "", ""
    try:
        result = canonical(compute(content, files))
    except Exception as fault:
        error, trace = f"{type(fault).__name__}: {fault}", traceback.format_exc()
    return Outcome(key, result, error, trace, started, time.perf_counter() - clock, place())


@cache
def host() -> str:
    """Return the name of this machine."""
    return socket.gethostname()


def place() -> str:
    """Return where this runs: machine and process."""
    return f"{host()} {os.getpid()}"


@cache
def _limit_for_good() -> None:
    from scipy import linalg  # noqa: F401  loads the BLAS whose threads are limited
    from threadpoolctl import threadpool_limits

    threadpool_limits(1)


def _one_thread() -> Any:
    """Limit BLAS to one thread: for good in a process that only works, for a while in one that is someone's own."""
    if multiprocessing.parent_process() is not None:
        _limit_for_good()
        return nullcontext()
    from threadpoolctl import threadpool_limits

    return threadpool_limits(1)


def outcomes(jobs: Sequence[tuple[str, str, str]]) -> list[Outcome]:
    """Return what became of several cells, given as (key, content, files)."""
    with _one_thread():
        return [outcome(*job) for job in jobs]
