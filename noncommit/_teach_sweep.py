"""curves(store) = a reader's own (K, error) curves, each beside the floor of the setting at which it was measured.

The scene of depth draws error against the number of steps, so a store is of use if it swept `steps` on two modes and
kept an ambiguous mass. Every combination of the other axes is a curve of its own.
"""

from collections.abc import Mapping
from typing import Any, Final

from noncommit._sweep_session import store_named
from plots.lesson.page import MeasuredCurve
from sim.sweep.results import Sweep, read_sweep
from theory.errors import UsageError

MEASURES: Final = ("exact.ambiguous", "estimate.ambiguous.value")
"""What is drawn, the best known first."""

MOST: Final = 64
"""Curves that a reader can still choose between in a list."""

_CONTROLS: Final = {"mu": "mu", "denoiser_stiffness": "cap", "path": "path"}
"""Keys of a cell that are controls of the scene, and under which name."""


def _unusable(store: str, *, expected: str, received: str, hint: str) -> UsageError:
    return UsageError(
        f"The store {store} has no curve for the lesson.", expected=expected, received=received, hint=hint
    )


def _curve(records: list[dict[str, Any]], measure: str, label: str) -> MeasuredCurve:
    stem = measure.removesuffix(".value")
    points = tuple(
        (
            float(r["steps"]),
            float(r[measure]),
            *(float(r.get(f"{stem}.{end}") or r[measure]) for end in ("low", "high")),
        )
        for r in records
    )
    setting: dict[str, float | str] = {"path": "linear"}
    for key, control in _CONTROLS.items():
        if records[0].get(key) is not None:
            setting[control] = records[0][key]
    return MeasuredCurve(label, measure, setting, points)  # type: ignore[arg-type]


def _bounded(record: Mapping[str, Any]) -> bool:
    """Return whether the floor of the scene is that of the cell: modes without width, of equal weight, capped."""
    cap = record.get("denoiser_stiffness")
    return (
        (record.get("scale") or 0) == 0
        and tuple(record.get("weights") or (0.5, 0.5)) == (0.5, 0.5)
        and record.get("margin", 0.1) == 0.1
        and isinstance(cap, int | float)
    )


def curves_of(swept: Sweep, store: str) -> tuple[MeasuredCurve, ...]:
    """Return the curves of a sweep, in its own order. Raises UsageError for a store without any."""
    targets = {record.get("target") for record in swept.records}
    if targets != {"two_modes"}:
        raise _unusable(
            store, expected='a sweep of target = "two_modes"', received=", ".join(sorted(map(str, targets))),
            hint="Is it a sweep of laws, of text or of many modes?",
        )  # fmt: skip
    axes = [name for dim in swept.dims for name in dim.names]
    if "steps" not in axes:
        raise _unusable(
            store, expected="an axis `steps` with at least two values", received=", ".join(axes) or "no axis",
            hint="Is steps held fixed among the keys?",
        )  # fmt: skip
    measure = next((name for name in MEASURES if name in swept.measures), None)
    if measure is None:
        raise _unusable(
            store, expected=" or ".join(MEASURES), received=", ".join(swept.measures) or "no measure",
            hint="Were other measures asked for, or are all cells pending?",
        )  # fmt: skip
    done = [r for r in swept.records if r.get(measure) is not None and _bounded(r)]
    others = [name for name in axes if name != "steps"]
    found: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for record in done:
        found.setdefault(tuple(record[name] for name in others), []).append(record)
    curves = []
    for values, records in found.items():
        if len({record["steps"] for record in records}) >= 2:
            label = ", ".join(f"{name} = {value}" for name, value in zip(others, values, strict=True)) or swept.name
            curves.append(_curve(sorted(records, key=lambda r: float(r["steps"])), measure, label))
    if not curves:
        raise _unusable(
            store, expected="at least two values of steps at one setting: scale 0, equal weights, margin 0.1, a "
            "denoiser_stiffness", received=f"{len(done)} such cells, each alone",
            hint="Are the modes wide or the network uncapped, so that the floor drawn would be another's?",
        )  # fmt: skip
    if len(curves) > MOST:
        raise _unusable(
            store, expected=f"at most {MOST} curves to choose from", received=f"{len(curves)} combinations of "
            f"{', '.join(others)}", hint="Would a sweep with fewer axes do?",
        )  # fmt: skip
    return tuple(curves)


def measured_curves(store: str) -> tuple[str, tuple[MeasuredCurve, ...]]:
    """Return the name of a store's sweep and its curves; `store` is a path or the name of a sweep below out/.

    Raises UsageError where there is no store, or none of use.
    """
    swept = read_sweep(store_named(store))
    return swept.name, curves_of(swept, store)
