"""What a sweep's figure shows is its cells: curves with bounds and intervals, maps with an outline, no more."""

from itertools import product
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, QuadMesh

from plots.sweep import BESIDE, MOST_LINES, draw, label, view
from theory.errors import UsageError

STEPS, CAPS, SAMPLERS = (1, 2, 8, 16), (2.0, 4.0), ("ddim", "reinjection")
AXES = {"steps": STEPS, "cap": CAPS, "sampler": SAMPLERS}


def number(steps: int, cap: float, sampler: str) -> float:
    return cap / steps + (0.25 if sampler == "ddim" else 0.0)


def records(*, without: tuple[Any, ...] = ()) -> list[dict[str, Any]]:
    """Return a cell a point, its measure with an interval and a bound; one point may be missing."""
    return [
        {
            "steps": s, "cap": c, "sampler": name, "error.value": number(s, c, name),
            "error.low": number(s, c, name) - 0.01, "error.high": number(s, c, name) + 0.02, "bound": 0.5,
        }
        for s, c, name in product(STEPS, CAPS, SAMPLERS) if (s, c, name) != without
    ]  # fmt: skip


def series(axes: Axes) -> dict[str, list[float]]:
    return {str(line.get_label()): list(np.asarray(line.get_ydata(), dtype=float)) for line in axes.get_lines()}


def test_curves_are_the_cells_with_their_intervals_and_bounds() -> None:
    """Assert a panel for each cap, a curve for each sampler through its cells, its bars and its bound."""
    figure = draw(view(records(), AXES, x="steps", measure="error.value", bound="bound"))
    for axes, cap in zip(figure.axes, CAPS, strict=True):
        assert axes.get_title() == f"cap = {label(cap)}"
        drawn = series(axes)
        bars = [c.get_segments() for c in axes.collections if isinstance(c, LineCollection)]
        for name, segments in zip(SAMPLERS, bars, strict=True):
            assert drawn[f"sampler = {name}"] == [number(s, cap, name) for s in STEPS]
            assert drawn[f"sampler = {name}: bound"] == [0.5] * len(STEPS)
            ends = [(number(s, cap, name) - 0.01, number(s, cap, name) + 0.02) for s in STEPS]
            assert np.array(segments)[:, :, 1] == pytest.approx(np.array(ends))
            assert np.array(segments)[:, 0, 0].tolist() == list(STEPS)


def test_an_estimate_needs_no_value_in_its_name_and_bars_stand_side_by_side() -> None:
    """Assert the same view by both names, and that bars of two lines at one place are apart on the page."""
    records = [
        {"sampler": s, "steps": k, "tv.value": 0.5 / k, "tv.low": 0.4 / k, "tv.high": 0.6 / k, "exact": 0.5}
        for s in ("ddim", "reinjection") for k in (1, 2, 4)
    ]  # fmt: skip
    axes = {"sampler": ("ddim", "reinjection"), "steps": (1, 2, 4)}
    named = view(records, axes, x="steps", measure="tv", bound="tv")
    assert named == view(records, axes, x="steps", measure="tv.value", bound="tv.value")
    assert view(records, axes, x="steps", measure="exact").measure == "exact"
    figure = draw(named)
    figure.canvas.draw()
    bars = [c for c in figure.axes[0].collections if len(c.get_paths()) == 3]
    first, second = (bar.get_transform().transform(bar.get_paths()[1].vertices)[0, 0] for bar in bars)
    assert second - first == pytest.approx(BESIDE / 72 * figure.dpi)


def test_a_map_holds_each_cell_at_its_place_and_outlines_those_below_the_bound() -> None:
    """Assert the values by row and column, a hole where a cell is missing, and the length of the outline."""
    missing = (8, 4.0, "ddim")
    found = view(records(without=missing), AXES, x="steps", y="cap", measure="error.value", bound="bound",
                 fixed={"sampler": "ddim"})  # fmt: skip
    figure = draw(found)
    axes = figure.axes[0]
    (mesh,) = (c for c in axes.collections if isinstance(c, QuadMesh))
    shown = np.ma.filled(mesh.get_array().reshape(len(CAPS), len(STEPS)), np.nan)
    wanted = [[np.nan if (s, c, "ddim") == missing else number(s, c, "ddim") for s in STEPS] for c in CAPS]
    assert shown == pytest.approx(np.array(wanted), nan_ok=True)
    assert np.isnan(shown).sum() == 1
    below = np.array(wanted) < 0.5
    padded = np.pad(below, 1)
    sides = sum(int(np.sum(padded != np.roll(padded, 1, axis=axis))) for axis in (0, 1))
    outline = [c for c in axes.collections if isinstance(c, LineCollection)][-1]
    assert below.any()
    assert len(outline.get_segments()) == sides


def test_a_bound_may_be_another_cell() -> None:
    """Assert that NAME@KEY=VALUE draws the number of the cell at that value."""
    found = view(records(), AXES, x="steps", measure="error.value", bound="error.value@sampler=ddim",
                 fixed={"sampler": "reinjection", "cap": "2"})  # fmt: skip
    drawn = series(draw(found).axes[0])
    assert drawn["error.value: error.value@sampler=ddim"] == [number(s, 2.0, "ddim") for s in STEPS]


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ({"x": "step"}, "Did you mean 'steps'?"),
        ({"x": "steps", "y": "steps"}, "same axis"),
        ({"x": "steps", "measure": "eror.value"}, "no measure 'eror.value'"),
        ({"x": "steps", "fixed": {"cap": "3"}}, "cap takes no value '3'"),
        ({"x": "steps", "fixed": {"steps": "1"}}, "axis that could be fixed"),
        ({"x": "steps", "bound": "bound@depth=3"}, "no axis 'depth'"),
    ],
)
def test_what_a_sweep_does_not_have_gets_one_message(keys: dict[str, Any], says: str) -> None:
    """Assert the name that is wrong, and the nearest right one."""
    with pytest.raises(UsageError, match=says):
        view(records(), AXES, **{"measure": "error.value", **keys})


def test_more_than_can_be_told_apart_is_refused() -> None:
    """Assert a message, and no figure, for more lines than there are looks."""
    many = tuple(range(MOST_LINES + 1))
    rows = [{"x": x, "line": n, "m": 1.0} for x in (1, 2) for n in many]
    with pytest.raises(UsageError, match="too many dimensions"):
        draw(view(rows, {"x": (1, 2), "line": many}, x="x", measure="m"))
