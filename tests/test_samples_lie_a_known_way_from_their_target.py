"""Wasserstein distances are exact where quantiles are known, and counted with intervals that cover elsewhere."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.special import gamma, ndtri

from noncommit import sample, simulate, sliced_wasserstein, wasserstein
from sim.transport import along, assigned
from sim.two_modes.run import build_setting
from sim.two_modes.transport import exact_wasserstein, sampler_map, target_map, wasserstein_to_target
from theory.errors import UsageError
from theory.primitives import ndtr
from theory.target import two_modes

POINTS = st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=7)


@given(POINTS, st.integers(0, 10**6))
def test_sorting_and_assignment_agree_with_scipy(points: list[float], seed: int) -> None:
    """Assert scipy's distance on a line by both ways, and in the plane no assignment below the best of all orders."""
    one, other = np.array(points), np.random.default_rng(seed).normal(scale=100, size=len(points))
    wanted = stats.wasserstein_distance(one, other)
    assert along(one, other) == pytest.approx(wanted, rel=1e-9, abs=1e-9)
    assert assigned(one[:, None], other[:, None]) == pytest.approx(wanted, rel=1e-9, abs=1e-9)


def normal_pair(rng: np.random.Generator, size: int, n: int, shift: float) -> tuple[np.ndarray, np.ndarray]:
    one, other = rng.normal(size=(2, size, n))
    other[:, 0] += shift
    return one, other


@pytest.mark.parametrize(("n", "shift"), [(1, 0.0), (1, 0.3), (3, 0.5)])
def test_intervals_cover_the_distance_of_two_normal_laws(n: int, shift: float) -> None:
    """Assert that 200 pairs of samples miss the true distance, shift E|theta_1|, at most 7 times, a wrong one often.

    At true coverage 0.99, 8 or more of 200 miss with probability 0.1%; 1.6 times it and 0.1 more is missed by most.
    """
    rng = np.random.default_rng(4)
    true = shift * (gamma(n / 2) / (math.sqrt(math.pi) * gamma((n + 1) / 2)) if n > 1 else 1.0)
    missed = wrong = 0
    for seed in range(200):
        pair = normal_pair(rng, 4000, n, shift)
        found = (wasserstein(*pair) if n == 1 else sliced_wasserstein(*pair, directions=64, seed=seed)).distance
        missed += true not in found
        wrong += 1.6 * true + 0.1 not in found
    assert missed <= 7
    assert wrong >= 190


def test_a_floor_is_what_equal_laws_are_apart() -> None:
    """Assert that samples of one law lie within their floor, that it shrinks with their number, and 0 is allowed."""
    rng = np.random.default_rng(0)
    floors = []
    for size in (400, 1600):
        found = wasserstein(*normal_pair(rng, size, 2, 0.0))
        assert found.distance.value < found.floor
        assert 0.0 in found.distance
        floors.append(found.floor)
    assert floors[1] < floors[0]


def test_nothing_depends_on_order_of_arguments_or_units() -> None:
    """Assert symmetry and scaling of value, floor and ends, and that the larger sample is cut."""
    one, other = normal_pair(np.random.default_rng(1), 320, 2, 1.0)
    for distance in (wasserstein, sliced_wasserstein):
        found, turned, scaled = distance(one, other), distance(other, one), distance(8 * one, 8 * other)
        assert turned.distance.value == pytest.approx(found.distance.value, rel=1e-12)
        assert scaled.distance.high == pytest.approx(8 * found.distance.high, rel=1e-12)
        assert scaled.floor == pytest.approx(8 * found.floor, rel=1e-12)
        assert distance(np.concatenate([one, one]), other).to_dict() == found.to_dict()


@pytest.mark.parametrize(("weights", "scale"), [((0.5, 0.5), 0.0), ((0.3, 0.7), 0.0), ((0.3, 0.7), 0.8)])
def test_one_call_carries_all_mass_from_the_mean(weights: tuple[float, float], scale: float) -> None:
    """Assert E|z - E z| for one step, by the exact integral over the target's quantiles."""
    measured = simulate(mu=3, steps=1, weights=weights, scale=scale, particles=10)
    centre = 3 * (weights[1] - weights[0])
    side = [
        w * (2 * scale * stats.norm.pdf(d / scale) + d * (2 * stats.norm.cdf(d / scale) - 1) if scale else abs(d))
        for w, d in zip(weights, (-3 - centre, 3 - centre), strict=True)
    ]
    assert exact_wasserstein(measured) == pytest.approx(sum(side), rel=1e-9)
    assert exact_wasserstein(measured) != pytest.approx(1.001 * sum(side), rel=1e-4)


@pytest.mark.parametrize(("sampler", "scale"), [("ddim", 0.0), ("heun", 0.0), ("ddim", 0.6)])
def test_counted_and_exact_distances_agree(sampler: str, scale: float) -> None:
    """Assert that the counted interval covers the exact distance, and not twice that."""
    setting = build_setting(mu=2, steps=8, scale=scale, weights=(0.4, 0.6), denoiser_stiffness=3)
    exact = wasserstein_to_target(setting, sampler)
    assert exact == pytest.approx(
        exact_wasserstein(simulate(mu=2, steps=8, scale=scale, weights=(0.4, 0.6), denoiser_stiffness=3,
                                   sampler=sampler, particles=10)), rel=1e-12
    )  # fmt: skip
    own = sampler_map(setting, sampler)
    rng = np.random.default_rng(3)
    made = np.array([own(x) for x in rng.normal(size=3000)])
    wanted = np.where(rng.random(3000) < 0.4, -2.0, 2.0) + scale * rng.normal(size=3000)
    found = wasserstein(made, wanted).distance
    assert exact in found
    assert 2 * exact not in found


@settings(max_examples=30)
@given(st.floats(0.1, 0.9), st.floats(0.05, 2.0), st.floats(-6, 6))
def test_the_target_s_map_inverts_its_distribution(left: float, scale: float, x: float) -> None:
    """Assert F(Q(Phi(x))) = Phi(x) in the nearer tail, and that the map rises."""
    mapped = target_map(two_modes(mu=1.5, scale=scale, weights=(left, 1 - left)))
    y, sign = mapped(x), -math.copysign(1, x)
    found = left * ndtr(sign * (y + 1.5) / scale) + (1 - left) * ndtr(sign * (y - 1.5) / scale)
    assert found == pytest.approx(ndtr(sign * x), rel=1e-8)
    assert mapped(x + 0.1) > y


def test_samples_of_one_s_own_denoiser_are_held_against_data() -> None:
    """Assert that samples from the exact denoiser at 64 steps are told from their target no more than its own draws."""
    rng = np.random.default_rng(6)

    def own(x: np.ndarray, t: float) -> np.ndarray:
        v = t**2 * 0.25 + (1 - t) ** 2
        return (t * 0.25 * x + (1 - t) ** 2 * np.tanh(t * x / v)) / v

    made = sample(own, sampler="heun", steps=64, source_dim=1, particles=4000, pairs=1).samples
    data = np.sign(rng.normal(size=(4000, 1))) + 0.5 * rng.normal(size=(4000, 1))
    assert 0.0 in wasserstein(made, data).distance
    assert 0.0 not in wasserstein(1.2 * made, data).distance


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: wasserstein(np.zeros(63), np.zeros(64)), "too few samples"),
        (lambda: wasserstein(1.0, np.zeros(64)), "too few samples"),
        (lambda: wasserstein(np.zeros((64, 2)), np.zeros((64, 3))), "different spaces"),
        (lambda: wasserstein(np.full(64, np.nan), np.zeros(64)), "one is not finite"),
        (lambda: wasserstein(np.zeros((2001, 2)), np.zeros((2001, 2))), "too long to assign"),
        (lambda: sliced_wasserstein(np.zeros(64), np.zeros(64), directions=3), "directions must be a whole number"),
        (lambda: wasserstein_to_target(build_setting(mu=4, steps=8), "reinjection"), "no map of one number"),
        (lambda: wasserstein_to_target(build_setting(mu=4, steps=8), "dpm_solver_2m"), "may turn back"),
    ],
)
def test_what_has_no_distance_gets_one_message(call, message: str) -> None:
    """Assert a UsageError that says what to do."""
    with pytest.raises(UsageError, match=message):
        call()


def test_quantiles_beat_every_other_way() -> None:
    """Assert that the mean distance along quantiles is no more than along any shuffled pairing of the same points."""
    setting = build_setting(mu=2, steps=4, denoiser_stiffness=3)
    own, wanted = sampler_map(setting, "ddim"), target_map(setting.target)
    u = ndtri((np.arange(400) + 0.5) / 400)
    x, y = np.array([own(v) for v in u]), np.array([wanted(v) for v in u])
    best = np.mean(np.abs(x - y))
    assert best == pytest.approx(wasserstein_to_target(setting, "ddim"), rel=0.02)
    for seed in range(20):
        assert np.mean(np.abs(x - np.random.default_rng(seed).permutation(y))) > best
