"""What is drawn of text is what was computed: points, intervals, references, and every letter that was written."""

import numpy as np
import pytest
from matplotlib.axes import Axes
from prose import PROSE

from plots import style, text_quality, text_samples
from sim.chain.curves import READ_AT, Regime, regime


@pytest.fixture(scope="module")
def regimes(tmp_path_factory) -> tuple[Regime, ...]:
    """Two small regimes of this project's own text, from a file as a reader's would be."""
    file = tmp_path_factory.mktemp("text") / "prose.txt"
    file.write_text(PROSE)
    keys = {"length": 24, "depths": (1, READ_AT), "particles": 64, "text": str(file)}
    return tuple(regime(scale, **keys) for scale in (0.0, 1.0))


def lines(axes: Axes) -> dict[str, tuple[list[float], list[float]]]:
    """Return the points of every labelled series, error bars' included."""
    found = {str(c.get_label()): c.lines[0] for c in axes.containers}
    found |= {str(line.get_label()): line for line in axes.get_lines() if not str(line.get_label()).startswith("_")}
    return {name: (list(np.asarray(x.get_xdata())), list(np.asarray(x.get_ydata()))) for name, x in found.items()}


def test_points_intervals_and_references_are_the_computed_numbers(regimes: tuple[Regime, ...]) -> None:
    figure = text_quality.draw(regimes)
    panels = np.array(figure.axes).reshape(2, 2)
    for column, found in enumerate(regimes):
        assert f"σ = {found.scale:g}" in panels[0, column].get_title()
        for row, measure in enumerate(("perplexity", "tv")):
            drawn = lines(panels[row, column])
            for name, series in text_quality.SERIES.items():
                curve = found.curves[name]
                estimates = [getattr(q, measure) for q in curve.qualities]
                assert drawn[series.label] == (list(curve.nfe), [e.value for e in estimates])
            bars = [c for c in panels[row, column].containers if c.get_label() == text_quality.SERIES["ddim"].label]
            ends = bars[0].lines[2][0].get_segments()
            estimates = [getattr(q, measure) for q in found.curves["ddim"].qualities]
            assert np.array(ends)[:, :, 1] == pytest.approx(np.array([(e.low, e.high) for e in estimates]))
            floor, own = (set(drawn[s.label][1]) for s in (text_quality.FLOOR, text_quality.OWN))
            assert floor == {getattr(found.floor, measure).value}
            assert own == {found.perplexity if measure == "perplexity" else found.exact.tv.value}
    assert found.curves["commit_in_order"].nfe == (24, 24 * READ_AT)


def test_every_letter_is_drawn_and_the_unseen_pairs_are_marked(regimes: tuple[Regime, ...]) -> None:
    """Assert that black and coloured text give each line back, and that what is coloured ends an unseen pair."""
    for axes, found in zip(text_samples.draw(regimes).axes, regimes, strict=True):
        rows: dict[float, dict[str, str]] = {}
        for text in axes.texts:
            if text.get_fontfamily() == ["DejaVu Sans Mono"] and set(text.get_text()) - {"_", " "}:
                rows.setdefault(text.get_position()[1], {})[text.get_color()] = text.get_text()
        written = [line for _, block in text_samples.blocks(found) for line in block]
        assert len(rows) == len(written) == text_samples.LINES * 6
        marked = 0
        for line, (_, parts) in zip(written, sorted(rows.items(), reverse=True), strict=True):
            black = parts.get(style.BLACK, " " * len(line))
            colour = parts.get(style.VERMILION, " " * len(line))
            for i, letter in enumerate(line):
                shown = colour[i].replace("␣", " ") if colour[i] != " " else black[i]
                assert shown == letter
                pair = [found.chain.symbols.index(c) for c in line[i - 1 : i + 1]] if i else None
                assert (colour[i] != " ") == (pair is not None and not found.chain.seen[pair[0], pair[1]])
                marked += colour[i] != " "
        assert marked > 0


def test_the_captions_give_the_numbers(regimes: tuple[Regime, ...]) -> None:
    quality, samples = text_quality.caption(regimes), text_samples.caption(regimes)
    assert f"{regimes[1].floor.perplexity.value:.3g}" in quality
    assert str(regimes[0].text["sha256"])[:12] in quality
    assert f"commitment in order {regimes[1].curves['commit_in_order'].at(READ_AT).unseen.value:.1%}" in samples


def test_the_figures_are_passive_and_their_bytes_do_not_change(regimes: tuple[Regime, ...]) -> None:
    for module in (text_quality, text_samples):
        first, second = (
            style.to_svg(module.draw(regimes), title="text", description=module.DESCRIPTION) for _ in range(2)
        )
        assert first == second
        assert first.startswith("<svg role")
