"""What differences show of a slope is never more than it is, reaches it where it can, and can refute no law."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from noncommit import law, sample
from sim.noise import normals
from sim.own.landing import hold
from sim.own.runner import Runner
from sim.own.secants import secant_slopes, steepest_secants
from theory.mixture import mixture
from theory.mixture_denoiser import mixture_denoiser
from theory.path import LinearPath, uniform_schedule
from theory.schemes import SCHEMES
from theory.verdict import Outcome

EPS = 2.0**-52


def two_modes(x: np.ndarray, t: float) -> np.ndarray:
    """Return the posterior mean of modes -4 and 4, capped at slope 4."""
    return 4 * np.tanh(min(4 * t / (1 - t) ** 2, 1.0) * x)


@given(st.integers(0, 10**6), st.integers(1, 5))
def test_no_secant_is_steeper_than_the_function(seed: int, n: int) -> None:
    """Assert that tanh layers of known norms are never found steeper, and at least as steep as the first secant."""
    rng = np.random.default_rng(seed)
    one, two = rng.normal(size=(2, n, n))
    most = np.linalg.norm(one, 2) * np.linalg.norm(two, 2)
    x, y = 3 * rng.normal(size=(2, 7, n))

    def f(rows: np.ndarray) -> np.ndarray:
        return np.tanh(rows @ one) @ two

    found = steepest_secants(f, x, y, eps=EPS)
    assert np.all(found <= most)
    assert np.all(found >= secant_slopes(x, y, f(x), f(y), blur=1e-14 * most, eps=EPS))


@given(st.lists(st.floats(-50, 50), min_size=2, max_size=9))
def test_halving_keeps_the_steeper_half(slopes: list[float]) -> None:
    """Assert of piecewise linear functions: at least the mean slope, and at most the largest of a piece."""
    heights = np.concatenate([[0.0], np.cumsum(slopes)])
    ends = np.array([[0.0]]), np.array([[float(len(slopes))]])
    found = float(
        steepest_secants(lambda x: np.interp(x, np.arange(len(heights)), heights), *ends, eps=EPS, turn=False)[0]
    )
    assert found <= max(map(abs, slopes)) * (1 + 1e-12)
    assert found >= abs(heights[-1]) / len(slopes) - 1e-9


def test_a_steep_place_between_two_points_is_found() -> None:
    """Assert slope 5e3 of a transition to 1%, where the first secant has slope 1/2."""
    x, y = np.array([[-1.0]]), np.array([[3.0]])
    found = float(steepest_secants(lambda rows: np.tanh(5e3 * rows), x, y, eps=EPS)[0])
    assert 4.95e3 < found <= 5e3
    assert float(secant_slopes(x, y, np.tanh(5e3 * x), np.tanh(5e3 * y), blur=0.0, eps=EPS)[0]) == pytest.approx(0.5)


@pytest.mark.parametrize("n", [2, 6, 30])
def test_power_iteration_turns_to_the_steepest_direction(n: int) -> None:
    """Assert the norm of symmetric positive maps to 1%, and that of others never exceeded; without turning less."""
    rng = np.random.default_rng(n)
    basis, _ = np.linalg.qr(rng.normal(size=(n, n)))
    symmetric = basis @ np.diag(5.0 * 0.5 ** np.arange(n)) @ basis.T
    x, y = rng.normal(size=(2, 4, n))
    found = steepest_secants(lambda rows: rows @ symmetric, x, y, eps=EPS)
    assert np.all((found > 4.95) & (found <= 5))
    assert np.max(steepest_secants(lambda rows: rows @ symmetric, x, y, eps=EPS, turn=False)) < 4.95
    skew = rng.normal(size=(n, n))
    assert np.all(steepest_secants(lambda rows: rows @ skew, x, y, eps=EPS) <= np.linalg.norm(skew, 2))


def test_rounding_makes_no_slope() -> None:
    """Assert that a constant with the noise of float32 has slope 0, and would not have without the allowance."""
    x, y = np.random.default_rng(0).normal(size=(2, 20, 3))

    def noisy(rows: np.ndarray) -> np.ndarray:
        return 1e3 + 1e3 * 2.0**-24 * np.sign(np.sin(1e9 * rows))

    assert np.max(steepest_secants(noisy, x, y, eps=2.0**-23)) == 0
    assert np.max(steepest_secants(noisy, x, y, eps=2.0**-52)) > 0


@pytest.mark.parametrize("n", [1, 3, 10])
def test_slopes_of_a_mixture_lie_below_their_certificate_and_near_it(n: int) -> None:
    """Assert of each call on two modes in n dimensions: at most the certified slope, and within 1% of it."""
    means = np.zeros((2, n))
    means[:, 0] = -3, 3
    certified = mixture_denoiser(mixture(means=means), uniform_schedule(LinearPath(), 8))
    found = sample(lambda x, t: certified(round(8 * t), x), steps=8, source_dim=n, particles=4, means=means)
    low, high = np.array(found.slopes_at_least), certified.slope
    assert np.all(low <= high)
    assert np.all(low[1:] * 1.01 > high[1:])


def test_the_class_is_that_of_the_law() -> None:
    """Assert the stiffness 590.84 of DDIM and 70874.6 of re-injection at (4, 4, 16), from answers alone."""
    for sampler, name, key in (("ddim", "ddim_frontier", "stiffness"), ("reinjection", "joint", "joint_stiffness")):
        wanted = law(name, mu=4, denoiser_stiffness=4, steps=16)[key]
        found = sample(two_modes, sampler=sampler, steps=16, source_dim=1, particles=8)
        assert wanted * (1 - 1e-5) < found.stiffness_at_least <= wanted
        assert wanted * 1.01 > found.stiffness_at_least * 1.005


@pytest.mark.parametrize("sampler", SCHEMES)
def test_a_run_is_as_stiff_as_its_class_at_most(sampler: str) -> None:
    """Assert joint <= class for every sampler, that DDIM on two modes attains it, and that masses need no more."""
    found = sample(two_modes, sampler=sampler, steps=9, source_dim=1, particles=4000, means=[[-4], [4]])
    assert 0 < found.joint_at_least <= found.stiffness_at_least
    assert found.landing is not None
    assert found.landing.verdict.outcome is Outcome.HOLDS
    if sampler == "ddim":
        assert found.joint_at_least == pytest.approx(found.stiffness_at_least, rel=1e-6)


def test_masses_that_need_more_are_undecided_and_never_fail() -> None:
    """Assert UNDECIDED where the only pair saw no steep place, with a reason, and FAILS nowhere."""
    same_side = next(s for s in range(9) if np.prod(normals(s, range(2), 0, 1)) > 0)
    options = {"steps": 1, "source_dim": 1, "particles": 400, "means": [[-4], [4]]}
    blind = sample(lambda x, t: np.sign(x) * 4.0, pairs=1, batch=2, seed=same_side, **options)
    assert blind.landing is not None
    assert max(blind.slopes_at_least) == 0
    assert blind.landing.verdict.outcome is Outcome.UNDECIDED
    assert "lower bounds" in blind.landing.verdict.detail
    seen = sample(lambda x, t: np.sign(x) * 4.0, **options)
    assert max(seen.slopes_at_least) > 1e4
    assert seen.landing is not None
    assert seen.landing.verdict.outcome is Outcome.HOLDS
    outcomes = {hold(counts, L, 1.0).outcome for counts in ([9, 9, 0], [500, 500, 1], [0, 10, 5]) for L in (0, 1, 1e9)}
    assert outcomes == {Outcome.HOLDS, Outcome.UNDECIDED}


def test_rounded_points_make_no_slope() -> None:
    """Assert that a function of slope 100 that rounds its input to float32, far from 0, is never found steeper.

    Without the allowance for points the same secants would be.
    """
    rng = np.random.default_rng(1)
    x, y = 1000 + rng.random((2, 200, 1))

    def f(rows: np.ndarray) -> np.ndarray:
        return 100 * (rows.astype(np.float32).astype(float) - 1000)

    assert np.max(steepest_secants(f, x, y, eps=2.0**-23)) <= 100
    close = x + 1e-3
    assert np.max(secant_slopes(x, close, f(x), f(close), blur=0.0, eps=0.0)) > 100
    assert np.max(secant_slopes(x, close, f(x), f(close), blur=0.0, eps=2.0**-23)) <= 100


def test_the_class_is_at_least_as_stiff_as_the_run(monkeypatch) -> None:
    """Assert that what the whole run shows is counted where its calls showed nothing."""
    monkeypatch.setattr(Runner, "slopes", lambda self, pairs: ((0.0, 0.5), (0.0, 0.0)))
    found = sample(two_modes, steps=2, source_dim=1, particles=10)
    assert found.stiffness_at_least == found.joint_at_least > 1
