"""What must not matter does not, and what must rise rises: for every linear sampler, on random targets and noise.

Each claim is a function of what it is about, so that a mutant can be put in its place and is refused.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from sim.estimate import total_variation
from sim.mixture.sampling import build_run
from sim.own.live import run_scheme
from sim.two_modes.transport import target_map
from theory.commitment import cci
from theory.denoiser import two_mode_denoiser
from theory.escape import commitment_masses
from theory.linear_method import MOST_CALLS
from theory.mixture import Mixture, mixture
from theory.mixture_denoiser import mixture_denoiser
from theory.path import AbstractPath, CosinePath, LinearPath, Schedule, uniform_schedule
from theory.schemes import SCHEMES
from theory.target import two_modes

NAMES = sorted(SCHEMES)
SEEDS = st.integers(0, 10**6)
Field = Callable[[np.ndarray, float], np.ndarray]


def random_target(seed: int, *, least_scale: float = 0.0) -> Mixture:
    """Return a mixture of 2 to 5 modes in 1 to 3 dimensions, of one scale or several."""
    rng = np.random.default_rng(seed)
    modes, n = int(rng.integers(2, 6)), int(rng.integers(1, 4))
    scales = least_scale + rng.random(modes if rng.random() < 0.5 else 1)
    return mixture(means=3 * rng.normal(size=(modes, n)), weights=rng.dirichlet(np.full(modes, 3.0)), scales=scales)


def field(target: Mixture, path: AbstractPath) -> Field:
    """Return the posterior mean of a target as a denoiser m(x, t)."""

    def mean(x: np.ndarray, t: float) -> np.ndarray:
        at = Schedule(np.array([float(path.a(t)), 1.0]), np.array([float(path.b(t)), 0.0]))
        return mixture_denoiser(target, at)(0, x)

    return mean


def outputs(name: str, path: AbstractPath, own: Field, noise: np.ndarray, grid: tuple[float, ...]) -> np.ndarray:
    """Return what a scheme makes of Gaussian inputs of shape (inputs, particles, n)."""
    return run_scheme(SCHEMES[name], path, grid, lambda i: noise[i], own)


def uniform(steps: int) -> tuple[float, ...]:
    return tuple(k / steps for k in range(steps + 1))


def noise_for(seed: int, n: int) -> np.ndarray:
    return np.random.default_rng(seed + 1).normal(size=(12, 6, n))


def close(one: np.ndarray, other: np.ndarray, rel: float = 1e-7) -> bool:
    """Return whether two outputs are equal up to rounding, which stiff steps magnify."""
    return bool(np.allclose(one, other, rtol=rel, atol=rel))


@settings(max_examples=40)
@given(SEEDS, st.sampled_from(NAMES))
def test_the_order_of_the_modes_does_not_matter(seed: int, name: str) -> None:
    """Assert equal samples for modes in another order; a mutant that leaves the weights behind is seen."""
    target, path = random_target(seed), LinearPath()
    noise, order = noise_for(seed, target.source_dim), np.random.default_rng(seed).permutation(target.modes)

    def samples(weights: np.ndarray) -> np.ndarray:
        made = mixture(means=target.means[order], weights=weights, scales=target.scales[order])
        return outputs(name, path, field(made, path), noise, uniform(5))

    plain = outputs(name, path, field(target, path), noise, uniform(5))
    assert close(samples(target.weights[order]), plain)
    if np.max(np.abs(target.weights[order] - target.weights)) > 0.1:
        assert not close(samples(target.weights), plain)


def transformed(target: Mixture, matrix: np.ndarray, shift: np.ndarray) -> Mixture:
    return mixture(means=target.means @ matrix.T + shift, weights=target.weights, scales=target.scales)


@settings(max_examples=40)
@given(SEEDS, st.sampled_from(NAMES), st.sampled_from([LinearPath(), CosinePath()]))
def test_reflections_and_rotations_go_through(seed: int, name: str, path: AbstractPath) -> None:
    """Assert that rotated noise makes rotated samples of the rotated target; a sheared target has others."""
    target = random_target(seed)
    n = target.source_dim
    noise, rng = noise_for(seed, n), np.random.default_rng(seed)
    turn, _ = np.linalg.qr(rng.normal(size=(n, n)))
    turn[:, 0] *= -np.sign(np.linalg.det(turn))  # a reflection, in one dimension x -> -x
    plain = outputs(name, path, field(target, path), noise, uniform(4))

    def commutes(matrix: np.ndarray) -> bool:
        own = field(transformed(target, matrix, np.zeros(n)), path)
        return close(outputs(name, path, own, noise @ matrix.T, uniform(4)), plain @ matrix.T)

    assert commutes(turn)
    assert not commutes(1.1 * turn)


@settings(max_examples=40)
@given(SEEDS, st.sampled_from(NAMES))
def test_a_shifted_target_has_shifted_samples(seed: int, name: str) -> None:
    """Assert that the noise need not know where the target lies, on the path whose a is linear in time."""
    target, path = random_target(seed), LinearPath()
    noise, shift = noise_for(seed, target.source_dim), np.full(target.source_dim, 2.5)
    moved = transformed(target, np.eye(target.source_dim), shift)
    plain = outputs(name, path, field(target, path), noise, uniform(5))
    found = outputs(name, path, field(moved, path), noise, uniform(5))
    assert close(found, plain + shift)
    assert not close(found, plain + 1.01 * shift)


def test_a_step_along_the_tangent_knows_where_zero_is() -> None:
    """Assert on the cosine path, where a bends, that Euler's samples do not shift with the target, and DDIM's do."""
    target, path = random_target(3), CosinePath()
    noise, shift = noise_for(3, target.source_dim), np.full(target.source_dim, 2.5)
    moved = transformed(target, np.eye(target.source_dim), shift)
    for name, shifts in (("ddim", True), ("euler", False)):
        one, other = (outputs(name, path, field(t, path), noise, uniform(5)) for t in (target, moved))
        assert close(other, one + shift) == shifts


@given(SEEDS, st.floats(0.01, 0.99))
def test_responsibilities_sum_to_one_and_means_lie_between(seed: int, t: float) -> None:
    """Assert shares of sum 1 and, at scale 0, means within the box of the modes; a tempered mixture of them is none."""
    base = random_target(seed)
    target = mixture(means=base.means, weights=base.weights, scales=0.0)
    denoiser = mixture_denoiser(target, Schedule(np.array([t, 1.0]), np.array([1 - t, 0.0])))
    x = 5 * np.random.default_rng(seed).normal(size=(40, target.source_dim))

    def between(shares: np.ndarray) -> bool:
        means = shares @ target.means
        inside = (means >= target.means.min(axis=0) - 1e-12) & (means <= target.means.max(axis=0) + 1e-12)
        return bool(np.all(shares >= 0) and np.allclose(shares.sum(axis=1), 1, rtol=0, atol=1e-14) and np.all(inside))

    shares = denoiser.responsibilities(0, x)
    assert between(shares)
    assert np.allclose(shares @ target.means, denoiser(0, x), atol=1e-12)
    assert not between(shares * 1.001)


def rises(values: np.ndarray) -> bool:
    return bool(np.all(np.diff(values) >= -1e-9 * np.max(np.abs(values))))


@settings(max_examples=25)
@given(st.floats(0.1, 3), st.floats(0, 1), st.floats(0.1, 0.9), st.integers(1, 12), st.sampled_from(["ddim", "euler"]))
def test_a_flow_on_a_line_never_turns_back(mu: float, scale: float, left: float, steps: int, name: str) -> None:
    """Assert that DDIM, and Euler where it is DDIM, keep the order of particles, as the exact flow does."""
    target, path = two_modes(mu=mu, scale=scale, weights=(left, 1 - left)), LinearPath()
    denoiser = two_mode_denoiser(target, uniform_schedule(path, steps))
    line = np.linspace(-6, 6, 301)[:, None]
    made = outputs(name, path, lambda x, t: denoiser(round(t * steps), x), line[None], uniform(steps))
    assert rises(made[:, 0])
    exact = target_map(target)
    assert rises(np.array([exact(x) for x in line[::20, 0]]))
    assert (made[-1, 0] > made[0, 0]) == (steps > 1)  # a single call returns the mean


def test_a_scheme_that_overshoots_turns_back() -> None:
    """Assert that order can be lost, and the loss be seen: one step of the midpoint rule on a stiff denoiser."""
    line = np.linspace(-6, 6, 301)[:, None]
    made = outputs("midpoint", LinearPath(), lambda x, t: 4 * np.tanh(4 * x), line[None], uniform(1))
    assert not rises(made[:, 0])


@dataclass(frozen=True)
class Slow(AbstractPath):
    """The linear path at another pace: a = t^2, b = 1 - t^2."""

    name: str = "slow"

    def a(self, t):
        return t**2

    def b(self, t):
        return (1 - t) * (1 + t)

    def da(self, t):
        return 2 * t

    def db(self, t):
        return -2 * t

    def time_of(self, relative_noise):
        return 1 / np.sqrt(1 + relative_noise)


@settings(max_examples=30)
@given(SEEDS, st.sampled_from(NAMES))
def test_ddim_knows_points_and_not_times(seed: int, name: str) -> None:
    """Assert that samplers written in a and b alone are the same at another pace; those with a velocity are not."""
    target, steps = random_target(seed), 5
    noise, grid = noise_for(seed, target.source_dim), uniform(steps)
    slow = tuple(math.sqrt(t) for t in grid)
    one = outputs(name, LinearPath(), field(target, LinearPath()), noise, grid)
    other = outputs(name, Slow(), field(target, Slow()), noise, slow)
    free = {"ddim", "dpm_solver_2m", "reinjection", "ancestral", "churn", "restart"}
    assert close(one, other) == (name in free)


@settings(max_examples=6)
@given(SEEDS)
def test_the_exact_map_is_that_of_every_path(seed: int) -> None:
    """Assert that fine Runge-Kutta flows on three paths end in the same points, and coarse ones do not.

    Scales from 0.5 on keep the flows smooth; 160 steps of order 4 leave 1e-6, the last Euler step 1/160^2.
    """
    target = random_target(seed, least_scale=0.5)
    noise = noise_for(seed, target.source_dim)[:1]

    def ends(path: AbstractPath, steps: int) -> np.ndarray:
        assert 4 * steps < MOST_CALLS
        return outputs("rk4", path, field(target, path), noise, uniform(steps))

    linear, cosine, slow = (ends(path, 160) for path in (LinearPath(), CosinePath(), Slow()))
    assert np.max(np.abs(linear - cosine)) < 2e-3
    assert np.max(np.abs(linear - slow)) < 2e-3
    assert np.max(np.abs(ends(LinearPath(), 2) - ends(CosinePath(), 2))) > 2e-3


@pytest.mark.parametrize("path", [LinearPath(), CosinePath(), Slow()], ids=lambda path: path.name)
def test_on_a_line_the_exact_map_is_known(path: AbstractPath) -> None:
    """Assert F^-1(Phi(x)) for two modes on each path, to 5e-4 with 200 steps; 1% more of m in the velocity is seen."""
    target = two_modes(mu=1.5, scale=0.6, weights=(0.35, 0.65))
    exact, line = target_map(target), np.linspace(-3, 3, 25)[:, None]
    wanted = np.array([exact(x) for x in line[:, 0]])

    def own(factor: float) -> Field:
        def mean(x: np.ndarray, t: float) -> np.ndarray:
            v = path.a(t) ** 2 * 0.36 + path.b(t) ** 2
            tanh = np.tanh(1.5 * path.a(t) * x / v + math.log(65 / 35) / 2)
            return factor * (path.a(t) * 0.36 * x + path.b(t) ** 2 * 1.5 * tanh) / v

        return mean

    found, mutant = (outputs("rk4", path, own(f), line[None], uniform(200))[:, 0] for f in (1.0, 1.01))
    assert np.max(np.abs(found - wanted)) < 5e-4
    assert np.max(np.abs(mutant - wanted)) > 5e-3


@settings(max_examples=10)
@given(st.floats(0.5, 3), st.floats(0, 0.8), st.floats(0.2, 0.8), st.integers(2, 6))
def test_commitment_keeps_the_marginals_of_one_token(mu: float, scale: float, left: float, steps: int) -> None:
    """Assert the target's own masses, exactly; a denoiser whose evidence is capped loses them at unequal weights."""
    target = two_modes(mu=mu, scale=scale, weights=(left, 1 - left))
    schedule = uniform_schedule(LinearPath(), steps)

    def masses(cap: float) -> np.ndarray:
        return commitment_masses(target, schedule, two_mode_denoiser(target, schedule, denoiser_stiffness=cap), 0.1)

    assert masses(math.inf) == pytest.approx(target.masses(0.1), abs=1e-9)
    if abs(left - 0.5) > 0.1 and scale == 0:
        assert masses(0.3 * mu**2) != pytest.approx(target.masses(0.1), abs=1e-4)


def test_commitment_keeps_the_marginals_of_many_modes() -> None:
    """Assert of 40,000 draws of five modes in the plane the target's masses within 5.2 standard errors (1e-6 in all).

    Weights drawn the other way round lie outside by far.
    """
    rng = np.random.default_rng(2)
    target = mixture(means=4 * rng.normal(size=(5, 2)), weights=[0.1, 0.15, 0.2, 0.25, 0.3], scales=0.1)
    points = build_run(target, steps=4, sampler="commit_parallel").outputs(range(40_000), seed=5)
    inside = cdist(points, target.means) <= target.radius(0.5)
    shares = np.append(np.mean(inside, axis=0), np.mean(~inside.any(axis=1)))
    own = target.masses(0.5)
    error = np.sqrt(own * (1 - own) / 40_000) + 1e-6
    assert np.all(np.abs(shares - own) < 5.2 * error)
    assert np.any(np.abs(shares - [*own[4::-1], own[5]]) > 20 * error)


@given(st.lists(st.floats(0, 1), min_size=2, max_size=6), SEEDS)
def test_tv_is_at_least_the_ambiguous_mass(parts: list[float], seed: int) -> None:
    """Assert it for any masses beside a target with none of its own between; tv halved once more is no such bound."""
    total = sum(parts)
    masses = np.array(parts) / total if total > 0 else np.full(len(parts), 1 / len(parts))
    weights = np.random.default_rng(seed).dirichlet(np.ones(len(parts) - 1))
    wanted = np.append(weights, 0.0)
    assert total_variation(masses, wanted) >= masses[-1] - 1e-15
    assert 0 <= total_variation(masses, wanted) <= 1 + 1e-15
    everything = np.append(np.zeros(len(weights)), 1.0)
    assert total_variation(everything, wanted) / 2 < everything[-1]


@settings(max_examples=40)
@given(st.floats(0.2, 4), st.floats(0, 1), st.floats(0.1, 0.9), st.lists(st.floats(0.05, 20), min_size=2, max_size=5))
def test_more_noise_never_raises_cci(mu: float, scale: float, left: float, noises: list[float]) -> None:
    """Assert CCI in [0, 1] and falling in the noise, where there is any difference to be seen strictly."""
    levels = sorted(noises)
    found = np.array([cci(mu, s, weights=(left, 1 - left), scale=scale) for s in levels])
    assert np.all((found >= 0) & (found <= 1))
    assert rises(-found)
    apart = [(i, i + 1) for i in range(len(levels) - 1) if levels[i + 1] > 1.5 * levels[i] and 0.01 < found[i] < 0.99]
    assert all(found[j] < found[i] for i, j in apart)
    assert not rises(-np.append(found, found[0] + 1e-3))
