"""DABI is n for a smooth readout, about sqrt(2 pi n) for a sharp one, and unbounded where a gap surrounds the boundary.

Primary route: the definition, quadrature over w and over the marginal density of one coordinate of a random direction.
"""

import math

import pytest
from scipy.integrate import quad
from scipy.special import gammaln, ndtr

import proofs
from proofs import dabi as rows
from theory.catalogue import law_named
from theory.diagnostics import dabi, gap_exponent, sharp_dabi, sharpness_exponent, squared_change
from theory.errors import UsageError
from theory.verdict import Outcome


def average(n: int, f, low: float = 0.0) -> float:
    """Return E f(|xi_1|) over |xi_1| > low, by the angle to the normal."""
    constant = math.exp(gammaln(n / 2) - gammaln((n - 1) / 2)) / math.sqrt(math.pi)
    edge = math.asin(low)
    return quad(lambda t: 2 * constant * math.cos(t) ** (n - 2) * f(math.sin(t)), edge, math.pi / 2, epsabs=0)[0]


def change(d: float, top: float) -> float:
    """Return the integral over w < top of (Phi(w + d) - Phi(w))^2."""
    return quad(lambda w: (ndtr(w + d) - ndtr(w)) ** 2, -9 - d, top, epsabs=0, points=[-d, -d / 2])[0]


@pytest.mark.parametrize("n", [2, 3, 16])
@pytest.mark.parametrize("d", [0.05, 1.89, 20.0])
def test_it_is_its_definition(n: int, d: float) -> None:
    """Assert the value against nested quadrature, and that 1% more would not pass."""
    truth = 2 * change(d, 0.0) / average(n, lambda x: change(d * x, 9.0))
    assert dabi(n, d) == pytest.approx(truth, rel=1e-7)
    assert 1.01 * dabi(n, d) != pytest.approx(truth, rel=1e-7)


def test_it_runs_from_n_over_a_peak_to_the_sharp_limit() -> None:
    """Assert the smooth and sharp limits, and the peak above n between them."""
    for n in (1, 2, 3, 16, 512):
        assert dabi(n, 1e-5) == pytest.approx(n, rel=1e-4)
        assert dabi(n, 1e6) == pytest.approx(sharp_dabi(n), rel=1e-4)
    assert [sharp_dabi(n) for n in (1, 2, 3)] == pytest.approx([2, math.pi, 4], rel=1e-14)
    assert sharp_dabi(10**6) == pytest.approx(math.sqrt(2 * math.pi * 1e6), rel=1e-6)
    assert dabi(16, 1.89) > max(dabi(16, 1.8), dabi(16, 2.0), 1.56 * 16)
    assert dabi(256, 1.0) == pytest.approx(1.4436 * 256, rel=1e-4)
    assert dabi(10**6, 1.745) == pytest.approx(1.535e6, rel=1e-3)


@pytest.mark.parametrize(("n", "c"), [(2, 0.3), (16, 0.6), (100, 0.2), (7, 0.999)])
def test_a_gap_alone_makes_it_large(n: int, c: float) -> None:
    """Assert the gap's formula against quadrature; at n = 16 and c = 0.6 it is 136 times the value without a gap."""
    truth = 2 * (1 - c) / average(n, lambda x: x - c, c)
    assert sharp_dabi(n, c) == pytest.approx(truth, rel=1e-7)
    assert 1.01 * sharp_dabi(n, c) != pytest.approx(truth, rel=1e-7)
    assert sharp_dabi(n, c) > sharp_dabi(n)
    assert sharp_dabi(16, 0.6) / sharp_dabi(16) == pytest.approx(136.2, rel=1e-3)


@pytest.mark.parametrize("n", [1, 2, 16])
@pytest.mark.parametrize("d", [0.05, 1.89, 20.0])
def test_the_exponent_is_the_slope_of_the_random_change(n: int, d: float) -> None:
    """Assert d log/d log r of the denominator, by a difference over quadrature, and its two limits."""

    def random_change(r: float) -> float:
        return change(r, 9.0) if n == 1 else average(n, lambda x: change(r * x, 9.0))

    step = 1e-3
    slope = (math.log(random_change(d * (1 + step))) - math.log(random_change(d / (1 + step)))) / 2 / math.log1p(step)
    assert sharpness_exponent(n, d) == pytest.approx(slope, rel=3e-6)
    assert 1.01 * sharpness_exponent(n, d) != pytest.approx(slope, rel=3e-6)
    assert sharpness_exponent(n, 1e-6) == pytest.approx(2, rel=1e-10)
    assert sharpness_exponent(n, 1e6) == pytest.approx(1, rel=1e-4)


@pytest.mark.parametrize(("n", "c"), [(1, 0.4), (2, 0.3), (16, 0.6), (100, 0.2)])
def test_a_gap_steepens_the_exponent(n: int, c: float) -> None:
    """Assert the slope in r of E(r |xi_1| - g)_+ at fixed g, above the sharp value 1, and above 2 for a wide gap."""

    def crossed(r: float) -> float:
        return r - c if n == 1 else r * average(n, lambda x: x - c / r, c / r)

    step = 1e-4
    slope = (math.log(crossed(1 + step)) - math.log(crossed(1 / (1 + step)))) / 2 / math.log1p(step)
    assert gap_exponent(n, c) == pytest.approx(slope, rel=1e-5)
    assert 1.01 * gap_exponent(n, c) != pytest.approx(slope, rel=1e-5)
    assert gap_exponent(n, c) > 1
    assert gap_exponent(16, 0.6) > 2 > gap_exponent(16, 0.1)


def test_the_squared_change_is_the_integral() -> None:
    """Assert A(d) against quadrature, even in d, and d - 2/sqrt(pi) far out."""
    for d in (0.01, 1.0, 6.0):
        assert float(squared_change(d)) == pytest.approx(change(d, 9.0), rel=1e-8)
        assert squared_change(-d) == squared_change(d)
    assert float(squared_change(50.0)) == pytest.approx(50 - 2 / math.sqrt(math.pi), rel=1e-15)


def test_the_level_holds_and_a_scaled_function_fails(monkeypatch) -> None:
    """Assert F, and that 1% on any function of theory is found."""
    (check,) = (check for check in proofs.checks() if check.law == "dabi" and check.level == "F")
    assert check.run().outcome is Outcome.HOLDS
    for name in ("dabi", "sharp_dabi", "squared_change", "sharpness_exponent", "gap_exponent"):
        right = getattr(rows, name)
        with monkeypatch.context() as patch:
            patch.setattr(rows, name, lambda *args, right=right: 1.01 * right(*args))
            verdict = check.run()
        assert verdict.outcome is Outcome.FAILS
        assert verdict.value == pytest.approx(0.01, rel=1e-6)


def test_the_law_answers_and_refuses() -> None:
    """Assert the answers by name and one message for bad input."""
    law = law_named("dabi")
    assert law.evaluate({"source_dim": 3, "sharpness_radius": 1e-6})["sharp_limit"] == pytest.approx(4, rel=1e-14)
    wide = law.evaluate({"source_dim": 16, "gap_ratio": 0.6})
    assert wide["dabi"] == pytest.approx(1344.6, rel=1e-4)
    assert wide["sharpness_exponent"] == gap_exponent(16, 0.6)
    assert law.evaluate({"source_dim": 3, "sharpness_radius": 2})["sharpness_exponent"] == sharpness_exponent(3, 2)
    with pytest.raises(UsageError, match="wider than any random shift"):
        law.evaluate({"source_dim": 10**5, "gap_ratio": 0.9})
    with pytest.raises(UsageError, match="whole number"):
        law.evaluate({"source_dim": 2.5, "gap_ratio": 0.9})
    with pytest.raises(UsageError, match="does not answer"):
        law.evaluate({"source_dim": 2, "gap_ratio": 0.5, "sharpness_radius": 1})
