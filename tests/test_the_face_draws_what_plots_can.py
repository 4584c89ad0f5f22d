"""noncommit.figure draws a measured decoder and a sweep, as their commands do, and says of what there is no figure."""

from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

import noncommit
from theory.errors import UsageError

SPEC = {
    "name": "drawn", "target": "two_modes", "samplers": ["ddim"], "keys": {"mu": 4, "particles": 100},
    "grid": {"steps": {"values": [1, 4, 16]}, "denoiser_stiffness": {"values": [2.0, 4.0]}},
    "measures": ["exact.ambiguous", "bound.least_error"],
}  # fmt: skip


def test_a_sweep_is_drawn_over_its_keys(tmp_path: Path) -> None:
    """Assert that the curves hold the cells' numbers, and that a missing axis is a message."""
    swept = noncommit.sweep(SPEC, store=tmp_path / "drawn.sweep", workers=1)
    drawn = noncommit.figure(swept, x="steps", measure="exact.ambiguous", fixed={"denoiser_stiffness": "4"})
    assert isinstance(drawn, Figure)
    exact = [noncommit.law("ddim_frontier", mu=4, denoiser_stiffness=4, steps=k)["error"] for k in (4, 16)]
    heights = [np.asarray(line.get_ydata(), dtype=float) for axes in drawn.axes for line in axes.get_lines()]
    cells = [r["exact.ambiguous"] for r in swept.records if r["denoiser_stiffness"] == 4]
    assert any(len(y) == 3 and np.allclose(y, cells) for y in heights)
    assert all(c > e for c, e in zip(cells[1:], exact, strict=True))
    for options in ({"x": "steps"}, {"x": "steps", "measure": "exact.ambiguous", "colour": "red"}):
        with pytest.raises(UsageError, match="not described"):
            noncommit.figure(swept, **options)


def test_what_has_no_figure_is_told() -> None:
    """Assert one message for a single run, which a figure would not show better than its text."""
    with pytest.raises(UsageError, match="no figure of this"):
        noncommit.figure(noncommit.simulate(mu=4, steps=2, particles=10))
    measured = noncommit.measure(lambda z: 2 * z, [[0.0, 1.0], [1.0, 0.0], [3.0, 3.0]])
    with pytest.raises(UsageError, match="options none"):
        noncommit.figure(measured, x="steps")
