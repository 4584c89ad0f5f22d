"""Our samplers on mixtures converge, at their order, to what integrators written by others find for the same flow."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from sim.mixture.sampling import build_run
from sim.noise import normals
from sim.own.live import run_scheme
from theory.mixture import Mixture, mixture
from theory.path import AbstractPath, CosinePath, LinearPath
from theory.schemes import SCHEMES

PATHS = {path.name: path for path in (LinearPath(), CosinePath())}
"""The paths that begin at pure noise, on which a uniform grid of so many steps is fine."""
DETERMINISTIC = sorted(name for name, s in SCHEMES.items() if s.noise == "deterministic")
TARGETS = {
    "unequal scales": mixture(means=[[-1.0, 0.5], [1.2, 0.3], [0.1, -1.0]], weights=[0.2, 0.5, 0.3],
                              scales=[0.4, 0.6, 0.5]),
    "one scale": mixture(means=np.eye(4)[:3], weights=[0.25, 0.25, 0.5], scales=0.5),
}  # fmt: skip


def mean(target: Mixture, path: AbstractPath, x: np.ndarray, t: float) -> np.ndarray:
    """Return E[z given x_t = x] by Bayes' rule, component by component, as the textbook writes it."""
    a, b = float(path.a(t)), float(path.b(t))
    v = a**2 * target.scales**2 + b**2
    n = target.source_dim
    away = x[:, None, :] - a * target.means
    likelihood = target.weights * v ** (-n / 2) * np.exp(-np.sum(away**2, axis=2) / (2 * v))
    within = target.means + (a * target.scales**2 / v)[:, None] * away
    return np.sum(likelihood[:, :, None] * within, axis=1) / np.sum(likelihood, axis=1)[:, None]


def flow(target: Mixture, path: AbstractPath, x: np.ndarray, low: float, high: float, method: str) -> np.ndarray:
    """Return where the probability flow carries x (N, n), by an integrator of scipy."""

    def velocity(t: float, y: np.ndarray) -> np.ndarray:
        points = y.reshape(x.shape)
        a, b, da, db = (float(f(t)) for f in (path.a, path.b, path.da, path.db))
        return (db / b * points + (da - a * db / b) * mean(target, path, points, t)).ravel()

    tight = {"rtol": 1e-11, "atol": 1e-12}
    return solve_ivp(velocity, (low, high), x.ravel(), method=method, **tight).y[:, -1].reshape(x.shape)


def grid(steps: int, low: float, high: float) -> tuple[float, ...]:
    return tuple(low + (high - low) * k / steps for k in range(steps + 1))


@pytest.mark.parametrize("which", TARGETS)
@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
def test_two_integrators_of_others_agree(path: AbstractPath, which: str) -> None:
    """Assert DOP853 against LSODA, of another author and another kind, to 1e-7: the oracle itself."""
    x = normals(1, range(5), 0, TARGETS[which].source_dim) * float(path.b(0.15))
    one, other = (flow(TARGETS[which], path, x, 0.15, 0.8, method) for method in ("DOP853", "LSODA"))
    assert one == pytest.approx(other, abs=1e-7)


@pytest.mark.parametrize("which", TARGETS)
@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
@pytest.mark.parametrize("name", DETERMINISTIC)
def test_a_scheme_has_its_order_on_mixtures(name: str, path: AbstractPath, which: str) -> None:
    """Assert the declared order against DOP853 between two noise levels: 2^p from 32 to 64 steps, no other power."""
    target, low, high = TARGETS[which], 0.15, 0.8
    noise = normals(1, range(5), 0, target.source_dim)
    exact = flow(target, path, float(path.b(low)) * noise, low, high, "DOP853")

    def error(steps: int) -> float:
        made = run_scheme(
            SCHEMES[name], path, grid(steps, low, high), lambda _: noise, lambda x, t: mean(target, path, x, t)
        )
        return float(np.max(np.abs(made - exact)))

    found = np.log2(error(32) / error(64))
    assert found == pytest.approx(SCHEMES[name].order, abs=0.25)


@pytest.mark.parametrize("which", TARGETS)
@pytest.mark.parametrize("path", PATHS)
def test_the_kernel_of_mixtures_converges_to_the_flow(path: str, which: str) -> None:
    """Assert that DDIM's compiled outputs, from noise to data, halve their distance to DOP853's, down to 2%.

    The flow is followed to b = 1e-6, which leaves as much. Twice the noise at the start ends elsewhere.
    """
    target = TARGETS[which]
    noise = normals(0, range(6), 0, target.source_dim)
    end = 1 - 1e-6
    exact = flow(target, PATHS[path], noise, 1e-9, end, "DOP853")
    errors = [
        float(np.max(np.abs(build_run(target, steps=steps, path=path).outputs(range(6)) - exact)))
        for steps in (128, 256, 512)
    ]
    assert errors[0] / errors[1] == pytest.approx(2, rel=0.15)
    assert errors[1] / errors[2] == pytest.approx(2, rel=0.15)
    assert errors[2] < 0.02
    wrong = flow(target, PATHS[path], 2 * noise, 1e-9, end, "DOP853")
    assert np.max(np.abs(build_run(target, steps=512, path=path).outputs(range(6)) - wrong)) > 0.1
