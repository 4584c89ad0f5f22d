"""The page of a decoder loads nothing and says what was measured; the map draws those very numbers."""

import json
import math
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.axes import Axes
from pages import Reader
from scipy.integrate import quad
from scipy.special import ndtr

from noncommit import measure
from plots import decoder_map, measure_page, placing, style
from sim.estimate import Estimate
from sim.measure.examples import text_like
from sim.measure.result import Measured
from sim.noise import normals
from theory.diagnostics import sharp_dabi


def named(measured: Measured, name: str) -> Measured:
    return replace(measured, protocol={**measured.protocol, "readout": name})


@pytest.fixture(scope="module")
def smooth() -> Measured:
    return named(measure(lambda z: np.tanh(z), normals(0, range(300), 0, 8)), "mine:<decoder> & co")


@pytest.fixture(scope="module")
def sharp() -> Measured:
    return named(measure(*text_like(8)), "mine:tokens")


@pytest.fixture(scope="module")
def separated() -> Measured:
    """Codewords without spread: nothing ever changes at half the distance."""
    codebook = np.eye(6) * 4
    return measure(lambda z: np.argmax(z, axis=1), codebook[np.arange(60) % 6])


def drawn(axes: Axes) -> dict[str, tuple[list[float], list[float]]]:
    return {
        str(line.get_label()): (list(np.asarray(line.get_xdata())), list(np.asarray(line.get_ydata())))
        for line in axes.get_lines()
    }


@pytest.mark.parametrize("which", ["smooth", "sharp"])
def test_markers_are_the_measured_numbers(which: str, request) -> None:
    """Assert the place of all three decoders, the curve over the radius, and the cost of noise."""
    measured = request.getfixturevalue(which)
    values = placing.compute(measured)
    left, middle, right = decoder_map.draw(values).axes
    for series, placed in ((decoder_map.YOURS, values.yours), (decoder_map.IMAGE, values.image)):
        assert drawn(left)[series.label] == ([placed.exponent.value], [placed.dabi.value])
    assert values.yours.dabi == measured.dabi
    known = [row for row in measured.radii if math.isfinite(row.dabi.value) and row.dabi.value > 0]
    assert drawn(middle)[decoder_map.YOURS.label] == ([r.share for r in known], [r.dabi.value for r in known])
    costs = drawn(right)[decoder_map.YOURS.label][1]
    if which == "sharp":
        assert costs == [row.flip.value for row in measured.levels if row.flip.value > 0]
    else:
        variance = measured.protocol["output_variance"]
        assert costs == pytest.approx([row.change.value / variance for row in measured.levels], rel=1e-14)
        exact = float(np.sum(np.var(np.tanh(normals(0, range(300), 0, 8)), axis=0)))
        assert variance == pytest.approx(exact, rel=1e-12)


def test_the_law_meets_the_error_at_the_steps_that_are_stated(sharp: Measured, smooth: Measured) -> None:
    """Assert K = 1 + 1/s where the drawn line crosses the drawn error, for both laws."""
    for measured in (sharp, smooth):
        values = placing.compute(measured)
        cost = values.cost
        assert cost.factor * cost.noise**cost.power == pytest.approx(cost.error, rel=1e-12)
        assert 1 + 1 / cost.noise == pytest.approx(values.steps.value, rel=1e-9)


@pytest.mark.parametrize("n", [2, 16, 4096])
def test_the_exact_curves_run_between_the_known_ends(n: int) -> None:
    """Assert (2, n) and (1, 2/E|xi_1|) on one curve, and from the latter up and to the right on the other."""
    boundary, gap = placing.boundary_curve(n), placing.gap_curve(n)
    assert boundary[0] == pytest.approx((2, n), rel=0.01)
    assert boundary[-1] == pytest.approx((1, sharp_dabi(n)), rel=0.02)
    assert gap[0][0] == pytest.approx(1, abs=0.05)
    assert [dabi for _, dabi in gap] == sorted(dabi for _, dabi in gap)
    assert [x for x, _ in gap] == sorted(x for x, _ in gap)


def test_a_point_of_each_curve_is_its_integral() -> None:
    """Assert the exponent at kappa r = 1 and behind a gap of 0.3 r, in 3 dimensions, where |xi_1| is uniform."""

    def squared(d: float) -> float:
        return quad(lambda w: (ndtr(w + d) - ndtr(w)) ** 2, -12, 9, epsabs=0)[0]

    far, near = (quad(lambda x, e=e: squared(e * x), 0, 1)[0] for e in (1.0, 0.5))
    assert placing.boundary_point(3, 1.0)[0] == pytest.approx(math.log2(far / near), rel=1e-5)
    # E(|xi_1| - c)_+ = (1 - c)^2/2; at r/2 the gap is twice as wide and every length half as long.
    exponent = math.log2((0.7**2 / 2) / (0.5 * 0.4**2 / 2))
    assert placing.gap_point(3, 0.3) == pytest.approx((exponent, 2 * 0.7 / (0.7**2 / 2)), rel=1e-5)


def test_the_page_stands_alone(smooth: Measured) -> None:
    """Assert no script, nothing loaded, names escaped, the numbers, the protocol, and the same bytes twice."""
    values = placing.compute(smooth)
    figure = measure_page.svg(values)
    page = measure_page.render(smooth, values, figure, {"noncommit": "1"})
    assert page == measure_page.render(smooth, values, measure_page.svg(values), {"noncommit": "1"})
    reader = Reader(page)
    for tag, attributes in reader.tags:
        assert tag not in {"script", "link", "iframe", "object", "embed", "base", "form", "img"}
        for key in ("src", "href", "srcset"):
            assert attributes.get(key, "#").startswith("#")
    words = reader.words
    for text in ("mine:<decoder> & co on the map", measure_page.shown(smooth.dabi), smooth.protocol["latents_sha256"],
                 "seed", measure_page.asks(smooth), "99% BCa bootstrap", placing.verdict(values)):  # fmt: skip
        assert text in words
    assert "none" not in measure_page.shown(smooth.dabi)
    assert not re.search(r"\bnan\b|\binf\b", words)


def test_what_is_not_determined_is_not_drawn_or_claimed(separated: Measured) -> None:
    """Assert that latents that never flip get limits, notes and no number of steps, on the page and in the figure."""
    assert math.isinf(separated.dabi.value) or math.isnan(separated.dabi.value)
    assert not separated.steps.valid
    values = placing.compute(separated)
    text = measure_page.asks(separated)
    assert "asks for no number of steps" in text
    assert "asks for no number of steps" in decoder_map.caption(values)
    assert "K =" not in " ".join(t.get_text() for axes in decoder_map.draw(values).axes for t in axes.texts)
    page = measure_page.render(separated, values, measure_page.svg(values))
    assert not re.search(r"\bnan\b|\binf\b|unlimited", Reader(page).words)
    json.dumps(separated.to_dict(), allow_nan=False)


def test_the_sentence_says_no_more_than_the_interval(sharp: Measured) -> None:
    """Assert each of the five sentences at intervals made for it: sqrt(2 pi n) = 9.87 and its root 3.14 at n = 16."""
    values = replace(placing.compute(sharp), dimension=16)
    for low, value, high, words in (
        (20, 30, 40, "with a gap"), (4, 5, 6, "text-like"), (0.9, 1, 1.1, "image-like"), (2, 3, 5, "does not decide"),
        (-math.inf, math.nan, math.inf, "not determined"), (50, math.inf, math.inf, "with a gap"),
    ):  # fmt: skip
        placed = replace(values.yours, dabi=Estimate(value, low, high))
        assert words in placing.verdict(replace(values, yours=placed))


def test_numbers_for_people_lose_no_meaning() -> None:
    """Assert how estimates without a value, or without a limit, are shown."""
    inf, nan = math.inf, math.nan
    assert measure_page.shown(Estimate(2.5, 1.0, inf)) == "2.5 [1, unlimited]"
    assert measure_page.shown(Estimate(inf, 0.0, inf)) == "none"
    assert measure_page.shown(Estimate(inf, -inf, inf)) == "none"
    assert measure_page.shown(Estimate(nan, 1.0, 2.0)) == "none"
    assert measure_page.shown(Estimate(-inf, -inf, 1.0)) == "none"


def test_the_figure_draws_in_every_case(smooth: Measured, sharp: Measured, separated: Measured, tmp_path: Path) -> None:
    """Assert an SVG of one element and a PNG that is not blank, for a line of latents too."""
    line = measure(lambda z: z**3, np.linspace(-1, 1, 50)[:, None])
    for measured in (smooth, sharp, separated, line):
        values = placing.compute(measured)
        assert measure_page.svg(values).startswith("<svg")
        assert len(style.to_png(decoder_map.draw(values))) > 20_000


def test_the_help_says_that_it_runs_your_code(capsys) -> None:
    """Assert the warning and two examples under the help."""
    from noncommit.cli import cli

    with pytest.raises(SystemExit):
        cli(["measure", "--help"], prog_name="noncommit")
    out = capsys.readouterr().out
    assert "runs its code" in out
    assert out.count("\n    noncommit measure ") == 2
