"""Our samplers on mixtures converge, at their order, to what integrators written by others find for the same flow.

Those are scipy's, mpmath's Taylor series in arbitrary precision, and, where installed, diffrax (Kidger 2021) on jax and
torchdiffeq (Chen et al. 2018) on torch.
"""

import importlib
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import mpmath
import numpy as np
import pytest
from scipy.integrate import solve_ivp

from sim.mixture.flow import PER_UNIT, fine_flow
from sim.mixture.sampling import build_run
from sim.noise import normals
from sim.own.live import run_scheme
from theory.flow import flow_map
from theory.mixture import Mixture, mixture
from theory.path import AbstractPath, CosinePath, LinearPath
from theory.schemes import SCHEMES
from theory.target import two_modes

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


def velocity(target: tuple[Any, Any, Any], t: Any, x: Any, exp: Callable[[Any], Any]) -> Any:
    """Return E[z - xi given t z + (1 - t) xi = x] in one point x (n,), in whatever numbers the arrays hold.

    E xi is b times an average over components, so that nothing is singular at t = 1.
    """
    means, weights, scales = target
    b = 1 - t
    v = (t * scales) ** 2 + b * b
    away = x - t * means
    share = weights * v ** (-means.shape[1] / 2) * exp(-(away**2).sum(1) / (2 * v))
    share = (share / share.sum())[:, None]
    clean = (share * (means + (t * scales**2 / v)[:, None] * away)).sum(0)
    return clean - b * (share / v[:, None] * away).sum(0)


def of(target: Mixture, make: Callable[[Any], Any]) -> tuple[Any, Any, Any]:
    return make(target.means), make(target.weights), make(target.scales)


def by_mpmath(target: Mixture, x: np.ndarray) -> np.ndarray:
    """Taylor series of a degree that suits 18 digits."""
    with mpmath.workdps(18):
        exact = of(target, lambda array: np.vectorize(mpmath.mpf, otypes=[object])(array))
        exp = np.vectorize(mpmath.exp, otypes=[object])
        ends = mpmath.odefun(
            lambda t, y: list(velocity(exact, t, np.array(y, dtype=object), exp)), 0, [mpmath.mpf(v) for v in x]
        )
        return np.array([float(v) for v in ends(1)])


def by_scipy(target: Mixture, x: np.ndarray) -> np.ndarray:
    """Dormand and Prince's order 8."""
    own = of(target, np.asarray)
    done = solve_ivp(lambda t, y: velocity(own, t, y, np.exp), (0, 1), x, method="DOP853", rtol=1e-12, atol=1e-13)
    return np.asarray(done.y[:, -1])


def by_diffrax(target: Mixture, x: np.ndarray) -> np.ndarray:
    """Dormand and Prince's order 8 on jax, in float64."""
    jax, diffrax = importlib.import_module("jax"), importlib.import_module("diffrax")
    jax.config.update("jax_enable_x64", True)
    own = of(target, jax.numpy.asarray)
    term = diffrax.ODETerm(lambda t, y, _: velocity(own, t, y, jax.numpy.exp))
    tight = diffrax.PIDController(rtol=1e-12, atol=1e-13)
    done = diffrax.diffeqsolve(
        term, diffrax.Dopri8(), 0.0, 1.0, None, jax.numpy.asarray(x), stepsize_controller=tight, max_steps=100_000
    )
    return np.asarray(done.ys[-1])


def by_torchdiffeq(target: Mixture, x: np.ndarray) -> np.ndarray:
    """Dormand and Prince's order 8 on torch, in float64, with a step that ends at 1: between steps it is coarser."""
    torch, torchdiffeq = importlib.import_module("torch"), importlib.import_module("torchdiffeq")
    own = of(target, lambda array: torch.from_numpy(np.array(array)))
    ends = torch.tensor([0.0, 1.0], dtype=torch.float64)
    done = torchdiffeq.odeint(
        lambda t, y: velocity(own, t, y, torch.exp), torch.from_numpy(x), ends,
        method="dopri8", rtol=1e-12, atol=1e-13, options={"step_t": ends[1:]},
    )  # fmt: skip
    return np.asarray(done[-1].numpy())


def where(module: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(find_spec(module) is None, reason=f"NOT RUN: {module} is not installed")


PEERS = [
    pytest.param(by_mpmath, 1e-14, id="mpmath"),
    pytest.param(by_scipy, 1e-11, id="scipy"),
    pytest.param(by_diffrax, 1e-11, id="diffrax", marks=where("diffrax")),
    pytest.param(by_torchdiffeq, 1e-11, id="torchdiffeq", marks=where("torchdiffeq")),
]
"""Each peer and how far it may end from the truth: ten times what it was asked for, or two last places."""


@pytest.mark.parametrize(("peer", "close"), PEERS)
def test_quantiles_are_where_a_peer_ends(peer: Callable[..., np.ndarray], close: float) -> None:
    """Assert flow_map of two modes from noise to data; a target 1e-9 away is told apart."""
    target = two_modes(mu=1, scale=0.5, weights=(0.25, 0.75))
    found = peer(mixture(means=[[-1.0], [1.0]], weights=target.weights, scales=0.5), np.array([0.3]))
    assert found == pytest.approx(flow_map(target, [0.3]), abs=close)
    other = two_modes(mu=1 + 1e-9, scale=0.5, weights=(0.25, 0.75))
    assert found != pytest.approx(flow_map(other, [0.3]), abs=close)


@pytest.mark.parametrize(("peer", "close"), PEERS)
def test_the_fine_flow_is_where_a_peer_ends(peer: Callable[..., np.ndarray], close: float) -> None:
    """Assert the kernel's latent of one particle to 1e-6, and that half the steps lie sixteen times as far from it."""
    target = TARGETS["unequal scales"]
    exact = peer(target, normals(4, range(1), 0, 2)[0])
    errors = [
        float(np.max(np.abs(fine_flow(target, per_unit=steps).outputs(range(1), seed=4)[0] - exact)))
        for steps in (PER_UNIT // 4, PER_UNIT // 2, PER_UNIT)
    ]
    assert errors[0] / errors[1] == pytest.approx(16, rel=0.3)
    assert 100 * close < errors[2] < 1e-6  # so small an error of the peer's own changes no digit of that
