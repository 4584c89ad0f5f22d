"""Every sampler, target and law on every path and grid: what depends on the noise levels alone, and what on the start.

Primary routes: the same noise levels on four paths, which rescale x and nothing else; clipped linear denoisers, which
attain the frontier; quadrature of the velocity's slope; counts against exact masses.
"""

import math
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prose import by_reference, prose_setting
from scipy.integrate import quad
from scipy.special import expit

import noncommit
from sim.chain.posterior import chain_tables
from sim.chain.samplers import CHAIN_SAMPLERS
from sim.checks.exact import clipped_linear_ratio
from sim.estimate import clopper_pearson
from sim.mixture.sampling import SAMPLERS as MIXTURE_SAMPLERS
from sim.mixture.sampling import build_run
from sim.particles import count
from sim.two_modes.run import build_setting, needed_stiffness
from sim.two_modes.sampler_names import SAMPLERS
from sim.two_modes.samplers import Ddim
from theory.bins import reinjection_upper
from theory.depth import ddim_stiffness, schedule_free_stiffness
from theory.mixture import mixture
from theory.path import PATHS, VePath
from theory.schedule import stretch_between
from theory.time_grid import time_grid

LEVELS: dict[str, Any] = {"grid": "karras", "s_max": 12.0, "s_min": 0.3, "rho": 5.0}
"""The same noise levels on any path."""

BY_NOISE = ("ddim", "reinjection", "commit_parallel", "ancestral", "churn", "restart", "dpm_solver_2m")
"""Samplers that know a and b only, and no derivative in time."""

IN_TIME = ("euler", "heun", "midpoint", "rk4", "euler_maruyama", "commit_at")
"""Samplers that read the time itself: its derivative, or when to draw."""

SPREAD: tuple[dict[str, Any], ...] = (
    {"path": "ve", "grid": "log_snr", "s_max": 20.0, "s_min": 0.2},
    {"path": "vp_linear", "grid": "karras", "s_min": 0.3},
    {"path": "cosine", "grid": "uniform", "s_max": 3.0, "s_min": 0.3},
    {"path": "linear", "grid": "given", "times": (0.1, 0.3, 0.5, 0.7, 1.0)},
)
"""A grid of four steps of every kind, on every path."""


@pytest.mark.parametrize("name", BY_NOISE)
def test_equal_noise_levels_make_equal_samplers(name: str) -> None:
    """Assert equal exact masses on all paths, uncapped: they differ by a rescaling of x. Other levels tell them apart.

    With a cap they need not be equal: a cap limits the slope in x, and x is not the same on all paths.
    """

    def masses(path: str, **changes: Any) -> np.ndarray:
        setting = build_setting(mu=1.5, scale=0.2, weights=(0.3, 0.7), steps=5, path=path, **(LEVELS | changes))
        return SAMPLERS[name].masses(setting)

    first = masses("linear")
    for path in PATHS:
        assert masses(path) == pytest.approx(first, rel=1e-8, abs=1e-12)
    assert masses("ve", s_max=4.0) != pytest.approx(first, rel=1e-4)


@pytest.mark.parametrize("name", IN_TIME[:-1])
def test_schemes_in_time_depend_on_the_path(name: str) -> None:
    """Assert that a scheme that reads the derivative in time is another sampler on a path of another shape."""
    linear, cosine = (
        SAMPLERS[name].masses(build_setting(mu=1.5, scale=0.2, steps=5, path=path, **LEVELS))
        for path in ("linear", "cosine")
    )
    assert linear != pytest.approx(cosine, rel=1e-4)


@pytest.mark.parametrize("name", [*sorted({*MIXTURE_SAMPLERS} - {*IN_TIME}), "commit_at"])
def test_mixtures_too_are_rescaled(name: str) -> None:
    """Assert equal outputs particle by particle on all paths, and those of the reference; draws fall on one call."""
    rng = np.random.default_rng(7)
    target = mixture(means=rng.normal(size=(5, 3)) * 2, weights=rng.dirichlet(np.ones(5)), scales=0.3)
    last = {"commit_time": 1.0} if name == "commit_at" else {}
    runs = [build_run(target, sampler=name, steps=5, path=path, margin=0.5, **LEVELS, **last) for path in PATHS]
    first = runs[0].outputs(range(200), seed=4)
    for run in runs:
        assert run.outputs(range(200), seed=4) == pytest.approx(first, rel=1e-6, abs=1e-6)
        assert run.reference(range(200), seed=4) == pytest.approx(first, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("name", sorted({*CHAIN_SAMPLERS} - {*IN_TIME}))
def test_text_too_is_rescaled(name: str) -> None:
    """Assert equal tokens on all paths, those of the plain reference, and others at other levels."""
    base = prose_setting(steps=3, scale=0.3)
    tables = chain_tables(base.chain, base.codebook)

    def tokens(**timing: Any) -> tuple[Any, Any]:
        setting = replace(base, time_grid=time_grid(steps=3, **timing))
        return setting, CHAIN_SAMPLERS[name].tile(setting, tables, 11)(0, 8, np.zeros((3, 0)))

    first = tokens(path="linear", **LEVELS)[1].tolist()
    for path in PATHS:
        assert tokens(path=path, **LEVELS)[1].tolist() == first
    setting = tokens(path="ve", **LEVELS)[0]
    plain = np.array([by_reference(setting, name, seed=11, particle=j) for j in range(3)]).T
    assert plain.tolist() == [row[:3] for row in first]
    assert tokens(path="ve", **(LEVELS | {"s_min": 3.0}))[1].tolist() != first


@st.composite
def grids(draw: Any) -> dict[str, Any]:
    """Return path, grid and steps, of every kind."""
    kind, steps = draw(st.sampled_from(["uniform", "log_snr", "karras", "given"])), draw(st.integers(1, 8))
    keys: dict[str, Any] = {"path": draw(st.sampled_from(list(PATHS))), "grid": kind, "steps": steps}
    if kind == "given":
        gaps = draw(st.lists(st.floats(0.1, 1), min_size=steps + 1, max_size=steps + 1))
        inner = np.cumsum(gaps)[:-1] / sum(gaps)
        return keys | {"times": [*inner.tolist(), 1.0]}
    s_max = draw(st.floats(1, 60))
    return keys | {"s_max": s_max, "s_min": s_max * draw(st.floats(0.01, 0.5))}


@settings(max_examples=60)
@given(grids(), st.floats(0.5, 5), st.one_of(st.just(math.inf), st.floats(1.3, 8)), st.floats(0.1, 0.9))
def test_the_frontier_holds_on_every_path_and_grid(timing, mu, cap, weight) -> None:
    """Assert that DDIM needs no more stiffness than its class has, and that a clipped linear denoiser needs all of it.

    L/1.01, and L without the spread b_0 of x_0, would be exceeded by that denoiser.
    """
    setting = build_setting(mu=mu, denoiser_stiffness=cap, weights=(weight, 1 - weight), **timing)
    left, middle, right = Ddim().masses(setting)
    stiffness, separation = Ddim().stiffness(setting), setting.target.separation(setting.margin)
    assert left + middle + right == pytest.approx(1, abs=1e-12)
    assert needed_stiffness(left, right, middle, separation) <= stiffness * (1 + 1e-9) or middle < 1e-300
    fixed, free = schedule_free_stiffness(setting.schedule, max(2.0, float(np.max(setting.denoiser.slope))))
    assert stiffness <= fixed * (1 + 1e-12)
    assert fixed <= free * (1 + 1e-12)
    even = build_setting(mu=mu, denoiser_stiffness=cap, **timing)
    law = noncommit.law("ddim_frontier", mu=mu, **({} if cap == math.inf else {"denoiser_stiffness": cap}), **timing)
    assert law["stiffness"] == pytest.approx(stiffness, rel=1e-12)
    if 0.01 < law["error"] < 0.99:
        assert clipped_linear_ratio(even) == pytest.approx(1, rel=1e-9)


def test_the_spread_of_the_start_belongs_to_the_class() -> None:
    """Assert L from a standard Gaussian: on VE b_0 = s_max times the product of the steps, which by itself is less."""
    grid = time_grid(steps=6, path="ve", grid="karras").schedule
    steps = grid.b[1:] / grid.b[:-1] + (1 - grid.b[1:] / grid.b[:-1]) * 3.0
    assert ddim_stiffness(grid, np.full(6, 3.0)) == pytest.approx(80 * np.prod(steps), rel=1e-12)


@pytest.mark.parametrize("timing", SPREAD, ids=lambda t: t["path"])
@pytest.mark.parametrize("name", SAMPLERS)
def test_every_sampler_stays_in_its_class_on_every_path(name: str, timing: dict[str, Any]) -> None:
    """Assert needed <= stiffness by exact masses, and counts of 40,000 particles about them at 1e-9 a cell."""
    setting = build_setting(mu=1.5, scale=0.1, weights=(0.35, 0.65), steps=4, denoiser_stiffness=5.0, **timing)
    left, middle, right = masses = SAMPLERS[name].masses(setting)
    assert sum(masses) == pytest.approx(1, abs=1e-9)
    needed = needed_stiffness(left, right, middle, setting.target.separation(setting.margin))
    assert needed <= SAMPLERS[name].stiffness(setting) * (1 + 1e-9)
    counter, arguments = SAMPLERS[name].counter(setting, 5)
    counts = count(counter, arguments, range(40_000))
    for cell in range(3):
        found = clopper_pearson(int(counts[cell]), 40_000, alpha=1e-9)
        assert masses[cell] in found
        assert masses[cell] < 0.2 or masses[cell] * 1.2 not in found


@pytest.mark.parametrize("timing", [*SPREAD[:2], {"path": "ve", "grid": "uniform", "s_max": 1.0}])
@pytest.mark.parametrize("steps", [1, 3])
def test_bins_bound_re_injection_from_any_start(timing: dict[str, Any], steps: int) -> None:
    """Assert that lower edges bound the exact mass from above, closely, also where the first call is not constant."""
    setting = build_setting(mu=2.0, steps=steps, denoiser_stiffness=4.0, **timing)
    exact = SAMPLERS["reinjection"].masses(setting)[1]
    upper = reinjection_upper(setting.target, setting.schedule, setting.denoiser, setting.margin, 1000)
    assert exact * (1 - 1e-12) <= upper <= exact * 1.01


def test_a_start_that_ignores_the_target_biases_even_commitment() -> None:
    """Assert the tv of one draw from N(0, s^2), by quadrature; to first order it is 2 (mu/s)^2 w_+ w_- (w_+ - w_-)."""
    for s in (4.0, 16.0, 64.0):
        exact, _ = quad(
            lambda u, s=s: math.exp(-u * u / 2) / math.sqrt(2 * math.pi) * expit(2 * 2.0 * u / s + math.log(0.7 / 0.3)),
            -12, 12, epsabs=1e-13, epsrel=1e-13, limit=400,
        )  # fmt: skip
        answer = noncommit.law("commitment", mu=2, steps=1, weights=[0.3, 0.7], path="ve", s_max=s)
        assert answer["tv"] == pytest.approx(0.7 - exact, rel=1e-8)
        assert 1.01 * answer["tv"] != pytest.approx(0.7 - exact, rel=1e-3)
    assert answer["tv"] == pytest.approx(2 * (2 / 64) ** 2 * 0.21 * 0.4, rel=1e-2)
    assert noncommit.law("commitment", mu=2, steps=1, weights=[0.3, 0.7])["tv"] < 1e-12


@pytest.mark.parametrize("name", PATHS)
@pytest.mark.parametrize(("mu", "scale"), [(1.0, 0.5), (2.0, 0.4), (0.3, 1.5)])
def test_conservation_is_a_difference_between_end_points(name: str, mu: float, scale: float) -> None:
    """Assert the integral of the velocity's slope from s = 8 to s = 0.2, by quadrature; the law x 1.01 is rejected."""
    path = PATHS[name]

    def slope(t: float) -> float:
        a, b = path.a(t), path.b(t)
        v = a**2 * scale**2 + b**2
        p = path.db(t) / b
        return float(p + (path.da(t) - a * p) * (a * scale**2 / v + a * b**2 * mu**2 / v**2))

    integral, _ = quad(slope, path.time_of(8.0), path.time_of(0.2), epsabs=1e-12, epsrel=1e-12, limit=400)
    law = noncommit.law("conservation", mu=mu, scale=scale, path=name, s_max=8, s_min=0.2)
    assert law["log_stretch"] == pytest.approx(integral, rel=1e-9)
    assert law["log_stretch"] * 1.01 != pytest.approx(integral, rel=1e-4)
    start = time_grid(steps=1, path=name, s_max=8).schedule
    assert law["map_slope"] == pytest.approx(float(start.b[0]) * math.exp(integral), rel=1e-8)


def test_conservation_from_end_to_end_is_what_it_was() -> None:
    """Assert the full stretch from pure noise, what a far start misses of it, and that the parts of a way add up."""
    whole = noncommit.law("conservation", mu=2, scale=0.4)
    assert whole["log_stretch"] == noncommit.law("conservation", mu=2, scale=0.4, path="cosine")["log_stretch"]
    far = noncommit.law("conservation", mu=2, scale=0.4, path="ve", s_max=1e4)
    assert far["map_slope"] == pytest.approx(whole["map_slope"], rel=1e-6)
    points = [(float(VePath().a(t)), float(VePath().b(t))) for t in (0.0, 0.5, 1.0)]
    first, second = (stretch_between(2.0, 0.4, points[i], points[i + 1]) for i in (0, 1))
    assert first + second == pytest.approx(stretch_between(2.0, 0.4, points[0], points[2]), rel=1e-12)


def test_a_sweep_varies_path_and_grid() -> None:
    """Assert cells over path and grid with the numbers that asking the law gives, and times with their steps."""
    from sim.sweep.plan import make_plan
    from sim.sweep.work import compute

    document = {
        "name": "paths", "target": "two_modes", "keys": {"mu": 2, "particles": 10},
        "grid": {"path": {"values": list(PATHS)}, "grid": {"values": ["uniform", "karras"]}, "steps": {"values": [3]}},
        "measures": ["bound.stiffness"],
    }  # fmt: skip
    cells = make_plan(document).cells
    assert len(cells) == 8
    for cell, (path, grid) in zip(cells, product(PATHS, ("uniform", "karras")), strict=True):
        wanted = noncommit.law("ddim_frontier", mu=2, steps=3, path=path, grid=grid)["stiffness"]
        assert compute(cell.content, cell.files)["bound.stiffness"] == pytest.approx(wanted, rel=1e-12)
    listed = {
        "name": "given", "laws": ["ddim_frontier"], "keys": {"mu": 2, "grid": "given"},
        "grid": {"steps": {"values": [2, 3]}, "times": {"values": [[0, 0.4, 1], [0, 0.3, 0.6, 1]]}},
        "zip": [["steps", "times"]],
    }  # fmt: skip
    assert [compute(c.content, c.files)["nfe"] for c in make_plan(listed).cells] == [2, 3]
