"""What is drawn of readouts is what was computed, and computed values are those of a run."""

import numpy as np
import pytest

from plots import readouts, style
from sim.run import simulate
from theory.crossover import readout_error


@pytest.fixture(scope="module")
def values() -> readouts.Readouts:
    """The figure's values at a few depths."""
    return readouts.compute(steps=(2, 8, 32))


def test_every_line_is_its_curve(values: readouts.Readouts) -> None:
    """Assert the points of each panel, and that the third shows the law itself."""
    overlap, apart, collapse = readouts.draw(values).axes
    for axes, place in ((overlap, "overlap"), (apart, "apart")):
        drawn = {str(line.get_label()): list(line.get_ydata()) for line in axes.get_lines()}
        for curve in values.curves:
            assert drawn[readouts.LOOKS[curve.name].label] == list(getattr(curve, place))
    drawn = {str(line.get_label()): line for line in collapse.get_lines()}
    law = drawn[readouts.LAW.label]
    assert np.asarray(law.get_ydata()) == pytest.approx(readout_error(1.0, 1.0, law.get_xdata()), rel=1e-12)
    for name, points in values.widths:
        line = drawn[readouts.LOOKS[name].label]
        assert list(zip(line.get_xdata(), line.get_ydata(), strict=True)) == list(points)


def test_the_points_are_runs(values: readouts.Readouts) -> None:
    """Assert one point of either panel against a run that is asked for by its keys."""
    curve = next(c for c in values.curves if c.name == 30.0)
    for place, errors in ((readouts.OVERLAP, curve.overlap), (readouts.APART, curve.apart)):
        run = simulate(mu=place[0], scale=place[1], weights=(0.3, 0.7), steps=8, particles=10, readout="probit",
                       sharpness=30)  # fmt: skip
        assert run.readout.whole.total == errors[1]
    _, points = next(w for w in values.widths if w[0] == 300.0)
    for width, error in points:
        assert error == pytest.approx(float(readout_error(1.0, 1.0, width)), rel=0.2)
    assert len(points) == 3


def test_the_caption_says_what_the_curves_do(values: readouts.Readouts) -> None:
    """Assert the exponents in the caption, and the same bytes twice."""
    found = readouts.exponents(values, "overlap")
    assert found["linear"] == pytest.approx(2, abs=0.1)
    assert found["argmax"] == pytest.approx(1, abs=0.1)
    assert f"K^-{found['linear']:.2f}" in readouts.caption(values)
    one, two = (style.to_svg(readouts.draw(values), title="t", description=readouts.DESCRIPTION) for _ in range(2))
    assert one == two
