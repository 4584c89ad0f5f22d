"""The squared change of a softmax under noise is s E E[|xi| L(kappa s |xi|/2)]: by definition, and by exact runs."""

import math

import mpmath as mp
import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import norm

from sim.two_modes.readouts import measure_readout
from sim.two_modes.run import build_setting
from sim.two_modes.samplers import Ddim
from theory.crossover import readout_error, sharp_limit
from theory.readout import readout
from theory.soft_crossover import langevin, softmax_error


@pytest.mark.parametrize("width", [0.02, 0.5, 2.0, 10.0])
def test_the_law_is_its_definition(width: float) -> None:
    """Assert the double integral by the trapezoid rule; 1% more, and the law of probit, would not pass."""
    xi, d_xi = np.linspace(-9, 9, int(181 + 240 * width), retstep=True)
    w, d_w = np.linspace(-40 - 9 * width, 40 + 9 * width, int(8 * (80 + 18 * width)), retstep=True)
    change = (expit(w[:, None] + width * xi) - expit(w)[:, None]) ** 2
    truth = float(0.7 / 5 * (change @ norm.pdf(xi)).sum() * d_xi * d_w)
    found = softmax_error(0.7, 5.0, width / 5)
    assert found == pytest.approx(truth, rel=1e-9)
    assert 1.01 * found != pytest.approx(truth, rel=1e-3)
    assert readout_error(0.7, 5.0, width / 5) != pytest.approx(truth, rel=1e-3)


def test_digits_and_limits() -> None:
    """Assert Langevin's function against 50 digits on both sides of 1, and both limits."""
    with mp.workdps(50):
        for y in (1e-8, 0.03, 0.7, 1.0, 1.0000001, 3.0, 40.0):
            assert float(langevin(y)) == pytest.approx(float(mp.coth(mp.mpf(y)) - 1 / mp.mpf(y)), rel=2e-15)
    assert softmax_error(0.7, 1e-9, 1e-3) == pytest.approx(1e-9 * 1e-6 * 0.7 / 6, rel=1e-13)
    assert softmax_error(0.7, 1e200, 1e3) == pytest.approx(float(sharp_limit(0.7, 1e3)), rel=1e-13)


@pytest.mark.parametrize("width", [0.5, 2.0, 8.0])
def test_exact_runs_meet_it(width: float) -> None:
    """Assert that the last call's exact error over the prediction is off by s^2, and by nothing once that cancels."""
    off = []
    for s in (1 / 64, 1 / 128):
        found = measure_readout(
            Ddim(), build_setting(mu=1, scale=0.7, weights=(0.3, 0.7), steps=round(1 + 1 / s)),
            readout("softmax", sharpness=width / s),
        )  # fmt: skip
        off.append(found.terminal.categorical / found.predicted - 1)
    assert off[0] / off[1] == pytest.approx(4, rel=0.1)
    assert abs((4 * off[1] - off[0]) / 3) < 1e-5
    assert math.isfinite(found.predicted)
