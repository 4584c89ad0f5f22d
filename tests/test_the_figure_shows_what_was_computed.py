"""What is drawn is what was computed: points, bounds, zeros, and the depth from which re-injection escapes."""

import io
import re

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

from plots import separation, style, tradeoff
from plots.tradeoff import Panel
from sim.checks.findings import depth_profile
from theory.separated import balanced_stiffness


@pytest.fixture(scope="module")
def panels() -> tuple[Panel, ...]:
    """The standard panels."""
    return tradeoff.compute()


@pytest.fixture(scope="module")
def steep() -> Panel:
    """Modes at 4, cap 4, at a few depths: the second witness."""
    return tradeoff.compute(mu=4.0, caps=(4.0,), depths=(1, 2, 4, 16))[0]


def drawn(axes: Axes) -> dict[str, tuple[list[float], list[float]]]:
    """Return the points of every labelled line."""
    return {
        str(line.get_label()): (list(np.asarray(line.get_xdata())), list(np.asarray(line.get_ydata())))
        for line in axes.get_lines()
    }


def texts(axes: Axes) -> str:
    return " ".join(text.get_text().replace("\n", " ") for text in axes.texts)


def columns(figure: Figure) -> list[tuple[Axes, Axes]]:
    half = len(figure.axes) // 2
    return list(zip(figure.axes[:half], figure.axes[half:], strict=True))


def test_the_points_are_the_computed_numbers(panels: tuple[Panel, ...]) -> None:
    for panel, (top, strip) in zip(panels, columns(tradeoff.draw(panels)), strict=True):
        lines, zeros = drawn(top), drawn(strip)
        for series, values in (
            (tradeoff.BOUND, panel.bound), (tradeoff.DDIM, panel.ddim), (tradeoff.REINJECTION, panel.reinjection),
            (tradeoff.JOINT, panel.joint_bound),
        ):  # fmt: skip
            assert lines[series.label] == (list(panel.nfe), list(values))
        assert zeros[tradeoff.COMMITMENT.label] == (list(panel.nfe), [0.0] * len(panel.nfe))
        assert f"λ = {panel.denoiser_stiffness:g}" in top.get_title()


def test_the_shaded_region_ends_at_the_bound(panels: tuple[Panel, ...]) -> None:
    for panel, (top, _) in zip(panels, columns(tradeoff.draw(panels)), strict=True):
        corners = {(float(x), float(y)) for x, y in top.collections[0].get_paths()[0].vertices}
        assert set(zip(map(float, panel.nfe), panel.bound, strict=True)) <= corners
        assert all(y <= dict(zip(panel.nfe, panel.bound, strict=True))[int(x)] for x, y in corners)
        assert "no DDIM sampler can be here" in texts(top)


def test_no_ddim_lies_below_its_bound_and_no_reinjection_below_its_own(panels: tuple[Panel, ...], steep: Panel) -> None:
    for panel in (*panels, steep):
        assert all(e >= b for e, b in zip(panel.ddim, panel.bound, strict=True))
        assert all(e >= b for e, b in zip(panel.reinjection, panel.joint_bound, strict=True))
        assert panel.commitment == (0.0,) * len(panel.nfe)
        assert panel.nfe[0] == 1
        assert panel.bound[0] == panel.ddim[0] == panel.reinjection[0] == 1.0
        assert panel.reinjection[1] == pytest.approx(panel.ddim[1], rel=1e-9)  # two calls leave no room to differ


def test_the_values_are_those_of_the_laws(steep: Panel) -> None:
    """At K = 16, to one unit in the last place of the values that theory/LAWS.md prints."""
    assert steep.nfe[-1] == 16
    assert steep.bound[-1] == pytest.approx(0.00486152, rel=0, abs=1e-8)
    assert steep.ddim[-1] == pytest.approx(0.00912136, rel=0, abs=1e-8)
    assert steep.reinjection[-1] == pytest.approx(0.000184655, rel=0, abs=1e-9)
    assert steep.joint_bound[-1] == pytest.approx(4.0528e-5, rel=0, abs=1e-9)


def test_the_annotation_names_the_escape_depth(panels: tuple[Panel, ...]) -> None:
    assert [panel.escape for panel in panels] == [21, 8, 7]
    for panel, (top, _) in zip(panels, columns(tradeoff.draw(panels)), strict=True):
        assert f"from K = {panel.escape}" in texts(top)
        assert drawn(top)["_escape"][0] == [panel.escape, panel.escape]
        assert f"from K = {panel.escape} on" in tradeoff.caption(panels)


def test_the_escape_is_looked_for_between_the_drawn_depths_too() -> None:
    """The simulator's own profile of every depth finds the same one."""
    coarse = tradeoff.compute(caps=(4.0,), depths=(4, 16))[0]
    above = [at.steps for at in depth_profile(2.0, 4.0, depths=tuple(range(4, 17))) if at.error >= at.ddim_bound]
    assert coarse.escape == max(above) + 1 == 8


def test_a_panel_without_escape_says_so() -> None:
    panel = tradeoff.compute(caps=(1.5,), depths=(1, 2, 8))[0]
    assert panel.escape is None
    figure = tradeoff.draw((panel,))
    assert "re-injection does not escape by K = 8" in texts(figure.axes[0])
    assert "not by K = 8" in tradeoff.caption((panel,))


def test_a_zero_is_drawn_on_the_strip_and_never_on_the_log_axis() -> None:
    tail = (0.25, 0.0)
    panel = Panel(
        2.0, 4.0, 0.1, (1, 2, 4), (1.0, 0.5, 0.1), (1.0, *tail), (1.0, *tail), (1.0, 0.2, 0.1), (0.0,) * 3, None
    )
    top, strip = tradeoff.draw((panel,)).axes
    assert drawn(top)[tradeoff.DDIM.label] == ([1, 2], [1.0, 0.25])
    zeros = [np.asarray(line.get_xdata()).tolist() for line in strip.get_lines() if line.get_label() == "_zeros"]
    assert zeros == [[4], [4]]  # DDIM and re-injection, where they vanish
    assert [tick.get_text() for tick in strip.get_yticklabels()] == ["0"]


def test_the_depth_axis_reads_in_whole_numbers(panels: tuple[Panel, ...]) -> None:
    strip = tradeoff.draw(panels).axes[-1]
    assert [tick.get_text() for tick in strip.get_xticklabels()] == ["1", "2", "4", "8", "16", "32"]


def test_stiffness_lies_in_its_band_and_below_the_asymptote() -> None:
    curves = separation.compute(points=20)
    axes = separation.draw(curves).axes[0]
    lines = drawn(axes)
    for curve in curves:
        assert lines[f"error {curve.error:g}"] == (list(curve.modes), list(curve.need))
        for k, modes in enumerate(curve.modes):
            assert curve.low[k] <= curve.need[k] <= curve.high[k] < curve.asymptote[k]
            assert curve.need[k] == pytest.approx(
                curve.error * float(balanced_stiffness(modes, curve.error)), rel=1e-12
            )
    assert curves[0].asymptote[0] / curves[0].high[0] == pytest.approx(1.4757, rel=1e-4)
    assert curves[0].asymptote[-1] / curves[0].high[-1] == pytest.approx(1.0623, rel=1e-4)
    assert "not a bound" in texts(axes)


def test_the_same_figure_gives_the_same_bytes_and_leaves_no_trace(panels: tuple[Panel, ...]) -> None:
    before = dict(mpl.rcParams)
    svg = [style.to_svg(tradeoff.draw(panels), title="A < B") for _ in range(2)]
    png = [style.to_png(tradeoff.draw(panels), dpi=40) for _ in range(2)]
    assert svg[0] == svg[1]
    assert png[0] == png[1]
    assert Image.open(io.BytesIO(png[0])).width > 300
    assert dict(mpl.rcParams) == before


def test_inline_svg_is_named_and_its_ids_are_its_own(panels: tuple[Panel, ...]) -> None:
    one = style.to_svg(tradeoff.draw(panels), title="A < B", description="what & why")
    two = style.to_svg(separation.figure(), title="C")
    assert one.startswith('<svg role="img"')
    assert ">A &lt; B</title>" in one
    assert ">what &amp; why</desc>" in one
    for forbidden in ("<?xml", "<!", "<style", "<metadata", "xlink", "<text"):
        assert forbidden not in one
    ids = [re.findall(r'\bid="([^"]+)"', svg) for svg in (one, two)]
    assert len(set(ids[0] + ids[1])) == len(ids[0]) + len(ids[1])
    for svg, own in zip((one, two), ids, strict=True):
        wanted = set(re.findall(r'href="#([^"]+)"', svg)) | set(re.findall(r"url\(#([^)]+)\)", svg))
        assert wanted
        assert wanted <= set(own)


def test_no_text_is_smaller_than_eight_points(panels: tuple[Panel, ...]) -> None:
    for figure in (tradeoff.draw(panels), separation.figure()):
        figure.draw_without_rendering()
        sizes = [t.get_fontsize() for t in figure.findobj(lambda o: hasattr(o, "get_fontsize")) if t.get_text()]
        assert min(sizes) >= 8
