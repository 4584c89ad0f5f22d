"""Slopes multiplied along trajectories are the derivative of the run, and never exceed the stiffness of its class."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.noise import normals
from sim.trajectories import differences, joint_slopes, mixture_joint, two_mode_joint, two_mode_slopes
from sim.two_modes.linear_samplers import Linear
from sim.two_modes.run import build_setting
from theory.errors import UsageError
from theory.linear_method import LinearMethod
from theory.mixture import mixture
from theory.mixture_denoiser import mixture_denoiser
from theory.path import CosinePath, LinearPath
from theory.schemes import SCHEMES, linear_method


def uniform(steps: int) -> tuple[float, ...]:
    return tuple(k / steps for k in range(steps + 1))


def numeric(method: LinearMethod, denoiser, inputs: np.ndarray) -> np.ndarray:
    """Return the largest singular value of d output/d inputs at each particle, by differences of whole runs."""
    r, _, n = inputs.shape
    columns = []
    for i in range(r):
        for c in range(n):
            shift = np.zeros((r, 1, n))
            shift[i, 0, c] = 1e-6
            columns.append((method.outputs(denoiser, inputs + shift) - method.outputs(denoiser, inputs - shift)) / 2e-6)
    return np.linalg.svd(np.stack(columns, axis=2), compute_uv=False)[:, 0]


@pytest.mark.parametrize("name", SCHEMES)
def test_products_of_slopes_are_the_derivative_of_the_run(name: str) -> None:
    """Assert it on a line to 1e-6 of differences of whole runs; slopes 1% too large are seen."""
    setting = build_setting(mu=2.0, scale=0.3, weights=(0.4, 0.6), steps=5, denoiser_stiffness=5.0)
    method, denoiser = Linear(SCHEMES[name]).method(setting)
    inputs = np.stack([normals(0, range(20), i, 1) for i in range(method.noise.shape[1])])
    found, wanted = two_mode_joint(setting, name, range(20)), numeric(method, denoiser, inputs)
    assert found == pytest.approx(wanted, rel=1e-6, abs=1e-8)
    slopes = two_mode_slopes(denoiser)
    wrong = joint_slopes(method, denoiser, lambda j, x: 1.01 * slopes(j, x), inputs)
    assert np.max(np.abs(wrong / wanted - 1)) > 5e-3


@pytest.mark.parametrize("name", SCHEMES)
def test_on_mixtures_it_is_the_largest_singular_value(name: str) -> None:
    """Assert it in the plane to 1e-4 of a dense decomposition; three turns alone stay below and miss some."""
    target = mixture(means=[[-1.0, 0.5], [1.2, 0.3], [0.1, -1.0]], weights=[0.2, 0.5, 0.3], scales=[0.4, 0.6, 0.5])
    method = linear_method(SCHEMES[name], CosinePath(), uniform(4))
    denoiser = mixture_denoiser(target, method.schedule)
    inputs = np.stack([normals(3, range(12), i, 2) for i in range(method.noise.shape[1])])
    wanted = numeric(method, denoiser, inputs)
    found = mixture_joint(target, name, CosinePath(), uniform(4), range(12), seed=3)
    assert found == pytest.approx(wanted, rel=1e-3)
    assert np.all(found <= wanted * (1 + 1e-6))
    assert np.all(joint_slopes(method, denoiser, differences(denoiser), inputs, turns=1) <= found * (1 + 1e-12))


@settings(max_examples=40)
@given(st.integers(0, 10**6), st.sampled_from(sorted(SCHEMES)), st.integers(1, 8), st.floats(1, 20))
def test_the_class_is_never_exceeded(seed: int, name: str, steps: int, cap: float) -> None:
    """Assert along trajectories of random mixtures, capped or not: at most the stiffness from certified slopes."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 4))
    target = mixture(means=2 * rng.normal(size=(3, n)), weights=rng.dirichlet(np.full(3, 3.0)), scales=0.0)
    method = linear_method(SCHEMES[name], LinearPath(), uniform(steps))
    denoiser = mixture_denoiser(target, method.schedule, denoiser_stiffness=cap)
    found = mixture_joint(target, name, LinearPath(), uniform(steps), range(6), denoiser_stiffness=cap, seed=seed)
    assert np.all(found <= method.stiffness(denoiser.slope) * (1 + 1e-6) + 1e-9)


def test_the_boundary_attains_the_class() -> None:
    """Assert of DDIM on two equal modes, capped: 590.84 for the particle that starts at 0, and less everywhere else."""
    setting = build_setting(mu=4, steps=16, denoiser_stiffness=4)
    method, denoiser = Linear(SCHEMES["ddim"]).method(setting)
    line = np.linspace(-1, 1, 101)[None, :, None]
    found = joint_slopes(method, denoiser, two_mode_slopes(denoiser), line)
    assert found[50] == pytest.approx(method.stiffness(denoiser.slope), rel=1e-12)
    assert np.argmax(found) == 50
    with pytest.raises(UsageError, match="no linear sampler"):
        two_mode_joint(setting, "commit_parallel", range(3))


@pytest.mark.parametrize("name", ["ddim", "heun", "ancestral"])
def test_a_jacobian_need_not_be_symmetric(name: str) -> None:
    """Assert the largest singular value for a denoiser that turns as it shrinks: its transpose is another map."""
    turning = np.array([[0.5, 0.9], [-0.1, 0.2]])
    method = linear_method(SCHEMES[name], LinearPath(), uniform(4))
    inputs = np.stack([normals(0, range(3), i, 2) for i in range(method.noise.shape[1])])

    def own(j: int, x: np.ndarray) -> np.ndarray:
        return np.tanh(x @ turning.T)

    assert joint_slopes(method, own, differences(own), inputs) == pytest.approx(
        numeric(method, own, inputs), rel=1e-5
    )  # fmt: skip
