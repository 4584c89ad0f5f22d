"""seconds(cell) = a + b particles, measured on a few cells with few particles: what a sweep will cost, before it runs.

An estimate and called one: cells differ, and machines are busy. A compiler that a first run needs is left out.
"""

import json
import time
from dataclasses import dataclass
from typing import Any, Final, final

from sim.sweep.cell import Cell, canonical
from sim.sweep.check import SIZE
from sim.sweep.plan import Plan
from sim.sweep.work import compute
from sim.targets import TARGETS

SIZES: Final = (256, 4096)
"""Particles of the two runs of a pilot: a second at most on the slowest target, and far enough apart for a slope."""

PILOTS: Final = 3
"""Cells that are tried: the first, the last and one between."""

ROW_BYTES: Final = 700
"""What a row costs beside its content and result: digests, key, attempt and SQLite's own pages."""


@final
@dataclass(frozen=True)
class Pilot:
    """What a plan will take: `seconds` on one core, `bytes` of disk, and how many pilot cells say so."""

    seconds: float
    bytes: int
    pilots: int


def measure(plan: Plan) -> Pilot:
    """Run the pilot cells and return the estimate. A pilot that fails says nothing; with none left, 0 seconds."""
    count = len(plan.cells)
    places = sorted({0, count // 2, count - 1})[:PILOTS]
    seconds, sizes = [], []
    for cell in (plan.cells[place] for place in places):
        try:
            spent, size = _pilot(cell)
        except Exception:  # the run itself will say what is wrong with this cell
            continue
        seconds.append(spent)
        sizes.append(size)
    mean = sum(seconds) / len(seconds) if seconds else 0.0
    each = sum(sizes) / len(sizes) if sizes else 0.0
    return Pilot(mean * count, int((each + ROW_BYTES) * count), len(seconds))


def _pilot(cell: Cell) -> tuple[float, int]:
    read = json.loads(cell.content)
    wanted = _particles(read)
    if wanted is None:
        compute(cell.content, cell.files)
        clock = time.perf_counter()
        found = compute(cell.content, cell.files)
        return time.perf_counter() - clock, len(canonical(found)) + len(cell.content)
    read.pop("adaptive", None)
    spent, size = [], 0
    for few in (1, *SIZES):  # the first loads, and compiles what is not in the cache
        read["keys"][SIZE] = min(few, wanted)
        clock = time.perf_counter()
        found = compute(canonical(read), cell.files)
        spent.append(time.perf_counter() - clock)
        size = len(canonical(found)) + len(cell.content)
    slope = max(0.0, (spent[2] - spent[1]) / (SIZES[1] - SIZES[0]))
    return max(0.0, spent[1] - slope * SIZES[0]) + slope * wanted, size


def _particles(read: dict[str, Any]) -> int | None:
    """Return the particles of a cell, its cap if they grow, its default if they are not given; None for a law."""
    if "law" in read:
        return None
    if "adaptive" in read:
        return int(read["adaptive"]["cap"])
    default = next((key.default for key in TARGETS[read["target"]].keys if key.name == SIZE), None)
    found = read["keys"].get(SIZE, default)
    return None if found is None else int(found)
