"""A plan and a store as a few aligned lines: how many cells, how long, how large, and what failed."""

from collections.abc import Mapping, Sequence
from typing import Any

from noncommit._layout import table, value_text, wrap
from sim.sweep.pilot import Pilot
from sim.sweep.plan import Plan
from sim.sweep.results import Sweep


def duration(seconds: float) -> str:
    """Return a time with the unit that suits it.

    >>> duration(0.25), duration(90), duration(7200)
    ('0.25 s', '1.5 min', '2 h')
    """
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.2g} {unit}"
    return f"{seconds:.2g} s"


def size_text(count: float) -> str:
    """Return bytes with the unit that suits them.

    >>> size_text(1_500_000)
    '1.5 MB'
    """
    for size, unit in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if count >= size:
            return f"{count / size:.3g} {unit}"
    return f"{count:.0f} B"


def plan_text(plan: Plan, cores: int, pilot: Pilot) -> str:
    """Return the dimensions of a plan, its cells, and the estimate."""
    dims = []
    for dim in plan.dims:
        shown = [value_text(row[0] if len(row) == 1 else row) for row in dim.rows]
        listed = ", ".join(shown) if len(shown) <= 8 else f"{', '.join(shown[:3])}, ..., {shown[-1]}"
        dims.append((dim.name, f"{len(dim.rows)}: {listed}"))
    fixed = " ".join(f"{name}={value_text(value)}" for name, value in plan.fixed.items())
    time = f"about {duration(pilot.seconds / cores)} on {cores} cores" if pilot.pilots else "unknown: the pilots failed"
    lines = [wrap(f"{plan.spec.name}: {plan.spec.about}" if plan.spec.about else plan.spec.name, "")]
    lines += [wrap(fixed, ""), table(dims)]
    if plan.spec.where:
        lines.append(f"where {plan.spec.where}")
    totals = [("cells", str(len(plan.cells))), ("time", f"{time}, from {pilot.pilots} pilot cells"),
              ("disk", f"about {size_text(pilot.bytes)}"), ("code", plan.code[:16])]  # fmt: skip
    return "\n".join((*lines, table(totals)))


def status_text(sweep: Sweep, failures: Sequence[Mapping[str, Any]]) -> str:
    """Return how many cells are in each state, and the cells that failed with the reason."""
    rows = [(status, str(count)) for status, count in sweep.counts.items()]
    if sweep.earlier:
        rows.append(("of earlier plans", str(sweep.earlier)))
    lines = [f"sweep {sweep.name}: {len(sweep)} cells in {sweep.path}", table(rows)]
    for failure in failures:
        keys = " ".join(f"{name}={value_text(value)}" for name, value in failure["cell"].items())
        lines += [wrap(f"failed  {keys}", "  "), wrap(failure["error"], "    ")]
    return "\n".join(lines)
