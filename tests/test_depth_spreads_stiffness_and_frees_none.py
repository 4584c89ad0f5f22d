"""composition, schedule_free_frontier, conservation, peak_optimal_schedule, hierarchy: stiffness is moved, not removed.

Primary routes: chains of clipped linear maps, random schedules, quadrature of the velocity's slope along different
paths, the exact flow map by inverting its distribution function. Printed values are second witnesses.
"""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.special import ndtr

import noncommit
from theory.composition import composed_stiffness
from theory.depth import ddim_stiffness, schedule_free_stiffness
from theory.errors import UsageError
from theory.path import Schedule
from theory.schedule import peak_optimal_schedule, stretch_so_far


@given(st.lists(st.floats(0.01, 30), min_size=1, max_size=12))
def test_a_chain_of_linear_maps_attains_composition(slopes: list[float]) -> None:
    """Assert that the bound is the slope of the composed linear maps, and the peak at least its K-th root."""
    answer = noncommit.law("composition", stiffnesses=slopes)
    x = 1.0
    for slope in slopes:
        x *= slope
    assert answer["bound"] == pytest.approx(x, rel=1e-12)
    assert answer["peak"] >= answer["geometric_mean"] * (1 - 1e-12)
    peak = noncommit.law("composition", stiffness=max(x, 1e-300), steps=len(slopes))["peak"]
    assert peak == pytest.approx(answer["geometric_mean"], rel=1e-9)
    assert 1.01 * answer["bound"] != pytest.approx(x, rel=1e-3)


def test_a_product_that_overflows_on_the_way_still_ends() -> None:
    """Assert exact powers of two through the ends of the doubles, and a refusal beyond them."""
    assert composed_stiffness([2.0**1000, 2.0**1000, 2.0**-1000, 2.0**-999]) == 2.0
    assert composed_stiffness([0.0, 5.0]) == 0.0
    with pytest.raises(UsageError, match="not a double"):
        composed_stiffness([1e300, 1e300])


@given(st.integers(1, 7), st.floats(1.1547005383792517, 20), st.randoms(use_true_random=False))
def test_no_schedule_exceeds_the_free_bounds(steps: int, cap: float, random) -> None:
    """Assert L of random decreasing schedules below both bounds, in their order."""
    inner = sorted(random.random() for _ in range(steps - 1))
    falling = sorted((0.01 + 0.98 * random.random() for _ in range(steps - 1)), reverse=True)
    schedule = Schedule(np.array([0.0, *inner, 1.0]), np.array([1.0, *falling, 0.0]))
    fixed, free = schedule_free_stiffness(schedule, cap)
    assert ddim_stiffness(schedule, np.full(steps, cap)) <= fixed * (1 + 1e-12)
    assert fixed <= free * (1 + 1e-12)


def test_some_schedule_comes_close_to_each_bound() -> None:
    """Assert near-tight instances: the bounds over 1.01 would be exceeded."""
    # Keep all noise while a rises at once to 1, then drop it: rho = 1 first, 0 at last.
    schedule = Schedule(np.array([0.0, 1.0, 1.0, 1.0]), np.array([1.0, 1.0, 1e-9, 0.0]))
    fixed, free = schedule_free_stiffness(schedule, 4.0)
    reached = ddim_stiffness(schedule, np.full(3, 4.0))
    assert fixed == free == 80.0
    assert reached == pytest.approx(80, rel=1e-6)
    answer = noncommit.law("schedule_free_frontier", mu=4, steps=16, denoiser_stiffness=4)
    assert answer["error"] == pytest.approx(2.264e-5, rel=1e-3)
    assert answer["error_any"] < answer["error"]


PATHS = {
    "linear": (lambda t: t, lambda t: 1 - t, lambda t: 1.0, lambda t: -1.0),
    "cosine": (lambda t: math.sin(math.pi * t / 2), lambda t: math.cos(math.pi * t / 2),
               lambda t: math.pi / 2 * math.cos(math.pi * t / 2), lambda t: -math.pi / 2 * math.sin(math.pi * t / 2)),
    "not monotone": (lambda t: t + math.sin(2 * math.pi * t) / 3, lambda t: 1 - t**3,
                     lambda t: 1 + 2 * math.pi / 3 * math.cos(2 * math.pi * t), lambda t: -3 * t**2),
}  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(("mu", "scale"), [(1.0, 0.5), (2.0, 0.4), (0.3, 1.5)])
def test_every_path_stretches_by_the_same_total(path: str, mu: float, scale: float) -> None:
    """Assert the integral of the velocity's slope at the boundary, the denoiser's slope from its covariance."""
    a, b, da, db = PATHS[path]

    def slope(t: float) -> float:
        # d/dx E[z given x] at 0: the covariance of z given x = 0, times a/b^2, for two modes of width scale.
        v = a(t) ** 2 * scale**2 + b(t) ** 2
        within = scale**2 * b(t) ** 2 / v
        between = (mu * b(t) ** 2 / v) ** 2
        denoiser = a(t) / b(t) ** 2 * (within + between)
        return db(t) / b(t) + (da(t) - a(t) * db(t) / b(t)) * denoiser

    total, _ = quad(slope, 0, 1, epsabs=1e-11, epsrel=1e-11, limit=400)
    stated = noncommit.law("conservation", mu=mu, scale=scale)["log_stretch"]
    assert total == pytest.approx(stated, rel=1e-8, abs=1e-8)
    assert total != pytest.approx(stated * 1.01 + 0.001, rel=1e-4)


@pytest.mark.parametrize(("mu", "scale"), [(1.0, 0.5), (2.0, 0.6), (0.3, 1.5)])
def test_the_exact_map_has_that_slope(mu: float, scale: float) -> None:
    """Assert T'(0) by inverting the target's distribution function next to the boundary."""

    def flow(x: float) -> float:
        return brentq(lambda y: (ndtr((y - mu) / scale) + ndtr((y + mu) / scale)) / 2 - ndtr(x), -40, 40, xtol=1e-15)

    slope = (flow(1e-6) - flow(-1e-6)) / 2e-6
    assert noncommit.law("conservation", mu=mu, scale=scale)["map_slope"] == pytest.approx(slope, rel=1e-5)


@given(st.floats(1, 5), st.floats(0.3, 0.9), st.integers(1, 20))
def test_the_peak_optimal_schedule_stretches_evenly(mu: float, scale: float, steps: int) -> None:
    """Assert equal growth of G, rising a, falling b; the cosine schedule's largest step is never smaller."""
    grid = peak_optimal_schedule(mu, scale, steps)
    growth = np.diff(stretch_so_far(grid.a, grid.b, mu, scale))
    total = noncommit.law("conservation", mu=mu, scale=scale)["log_stretch"]
    assert growth == pytest.approx(np.full(steps, total / steps), abs=1e-9 * max(1.0, abs(total)))
    assert np.all(np.diff(grid.a) > 0)
    assert np.all(np.diff(grid.b) < 0)
    angle = np.pi / 2 * np.arange(steps + 1) / steps
    other = np.diff(stretch_so_far(np.sin(angle), np.cos(angle), mu, scale))
    assert np.max(other) >= np.max(growth) - 1e-9


def test_a_hierarchy_gains_per_level_and_loses_in_total() -> None:
    """Assert both printed ratios, their order, and that they approach 1/sqrt B and sqrt B for many branches."""
    answer = noncommit.law("hierarchy", levels=4, branching=32, error=0.01)
    assert answer["ratio_equal_level"] == pytest.approx(0.4546, abs=1e-4)
    assert answer["ratio_equal_total"] == pytest.approx(1.8172, abs=1e-4)
    wide = noncommit.law("hierarchy", levels=4, branching=10**15, error=1e-6)
    assert wide["ratio_equal_level"] == pytest.approx(1 / 2, abs=0.015)
    assert wide["ratio_equal_total"] == pytest.approx(2, abs=0.05)


@pytest.mark.parametrize(
    ("law", "given_"),
    [("composition", {"stiffnesses": [1, -1]}), ("composition", {"stiffness": 2}), ("composition", {"stiffnesses": []}),
     ("schedule_free_frontier", {"mu": 4, "steps": 4, "denoiser_stiffness": 1.0}),
     ("conservation", {"mu": 2, "scale": 0}), ("conservation", {"mu": 60, "scale": 1}), ("conservation", {"mu": 2}),
     ("peak_optimal_schedule", {"mu": 0.2, "scale": 0.1, "steps": 4}),
     ("hierarchy", {"levels": 0, "branching": 4, "error": 0.1}),
     ("hierarchy", {"levels": 600, "branching": 4, "error": 0.1})],
)  # fmt: skip
def test_bad_input_has_no_number(law: str, given_) -> None:
    """Assert one message of four parts for each."""
    with pytest.raises(UsageError, match=r"Expected: .* Received: .*\?"):
        noncommit.law(law, **given_)
