"""Paths and time grids: algebra, derivatives, the defining equation of linear-beta, spacings, and what is refused.

Oracles: mpmath on the textbook formulas, scipy's DOP853 on the diffusion's moments, Karras' algorithm written apart.
"""

import math
from collections.abc import Callable
from itertools import pairwise, product
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from sim.two_modes.linear_samplers import Linear
from sim.two_modes.run import build_setting
from theory.errors import UsageError
from theory.path import PATHS, AbstractPath, VePath, VpLinearPath
from theory.schemes import SCHEMES
from theory.time_grid import READS, karras_noise, time_grid

TEXTBOOK: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "linear": (lambda t: t, lambda t: 1 - t),
    "cosine": (lambda t: mpmath.sin(mpmath.pi * t / 2), lambda t: mpmath.cos(mpmath.pi * t / 2)),
    "vp_linear": (
        lambda t: mpmath.exp(-(1 - t) / 20 - mpmath.mpf("4.975") * (1 - t) ** 2),
        lambda t: mpmath.sqrt(1 - mpmath.exp(-(1 - t) / 10 - mpmath.mpf("9.95") * (1 - t) ** 2)),
    ),
    "ve": (lambda t: mpmath.mpf(1), lambda t: 80 - 80 * t),
}


@given(st.sampled_from(list(PATHS)), st.floats(0.001, 0.999))
def test_a_path_and_its_derivatives_are_the_textbook_s(name: str, t: float) -> None:
    """Assert a, b, da, db against 30-digit values and 30-digit differences; 1.01 times them is told apart."""
    path = PATHS[name]
    with mpmath.workdps(30):
        exact = [(f(mpmath.mpf(t)), mpmath.diff(f, mpmath.mpf(t))) for f in TEXTBOOK[name]]
    found = ((path.a(t), path.da(t)), (path.b(t), path.db(t)))
    for pair, wanted in zip(found, exact, strict=True):
        for value, true in zip(pair, wanted, strict=True):
            assert float(value) == pytest.approx(float(true), rel=2e-13, abs=1e-300)
            assert float(value) * 1.01 != pytest.approx(float(true), rel=1e-3) or true == 0


@given(st.sampled_from(list(PATHS)), st.floats(0, 1))
def test_a_path_lies_on_its_curve_and_ends_at_the_data(name: str, t: float) -> None:
    """Assert a + b = 1, a^2 + b^2 = 1 or a = 1, exact ends (1, 0), and noise that falls."""
    path = PATHS[name]
    a, b = float(path.a(t)), float(path.b(t))
    curve = {"linear": a + b, "cosine": a * a + b * b, "vp_linear": a * a + b * b, "ve": a}[name]
    assert curve == pytest.approx(1, abs=4e-16)
    assert (float(path.a(1.0)), float(path.b(1.0))) == (1, 0)
    assert b <= float(path.b(0.0))
    assert float(path.b(min(1.0, t + 0.01))) < b or t > 0.99


@pytest.mark.parametrize(("most", "agrees"), [(20.0, True), (20.2, False)])
def test_linear_beta_has_the_moments_of_its_diffusion(most: float, agrees: bool) -> None:
    """Assert a and b against d a = -(beta/2) a, d b^2 = beta (1 - b^2) by DOP853; a beta_max of 20.2 is no match."""

    def moments(tau: float, y: np.ndarray) -> list[float]:
        beta = 0.1 * (1 - tau) + most * tau
        return [-beta / 2 * y[0], beta * (1 - y[1])]

    taus = np.linspace(0, 1, 9)
    a, square = solve_ivp(moments, (0, 1), [1, 0], method="DOP853", rtol=1e-12, atol=1e-15, t_eval=taus).y
    path = VpLinearPath()
    close = np.allclose(path.a(1 - taus), a, rtol=1e-9) and np.allclose(path.b(1 - taus) ** 2, square, rtol=1e-9)
    assert close is agrees


@given(st.sampled_from(list(PATHS)), st.floats(-2.5, 1.9))
def test_a_time_has_its_noise(name: str, exponent: float) -> None:
    """Assert b/a = s at time_of(s) where the path has that s."""
    path, s = PATHS[name], 10.0**exponent
    t = path.time_of(s)
    assert 0 <= t < 1
    assert float(path.b(t) / path.a(t)) == pytest.approx(s, rel=1e-10)


def levels(**keys: Any) -> np.ndarray:
    """Return s = b/a at the calls."""
    schedule = time_grid(**keys).schedule
    return np.asarray(schedule.b[:-1] / schedule.a[:-1])


@given(st.sampled_from(list(PATHS)), st.integers(2, 40), st.floats(2, 70), st.floats(0.01, 0.9), st.floats(1, 12))
def test_each_spacing_is_even_in_its_own_way(name: str, steps: int, s_max: float, s_min: float, rho: float) -> None:
    """Assert equal differences of s^(1/rho), of log s, and of t; both ends met; rho x 1.01 is not even."""
    keys: dict[str, Any] = {"path": name, "steps": steps, "s_max": s_max, "s_min": s_min}
    for s in (levels(grid=kind, **keys) for kind in ("uniform", "log_snr", "karras")):
        assert (s[0], s[-1]) == pytest.approx((s_max, s_min), rel=1e-9)
        assert len(s) == steps
    by_log = np.diff(np.log(levels(grid="log_snr", **keys)))
    assert by_log == pytest.approx(by_log[0], rel=1e-8)
    s = levels(grid="karras", rho=rho, **keys)
    even = np.diff(s ** (1 / rho))
    assert even == pytest.approx(even[0], rel=1e-8)
    if steps > 2:
        # A mutant's own interior point, by the formula in high precision, lies elsewhere than ours.
        middle = mpmath.mpf(s_max) ** (1 / (1.01 * rho)) + (
            mpmath.mpf(s_min) ** (1 / (1.01 * rho)) - mpmath.mpf(s_max) ** (1 / (1.01 * rho))
        ) / (steps - 1)
        assert abs(float(middle ** (1.01 * rho)) / s[1] - 1) > 1e-7
    by_time = np.diff(time_grid(grid="uniform", **keys).times[:-1])
    assert by_time == pytest.approx(by_time[0], rel=1e-8)


def test_karras_grid_runs_from_uniform_noise_to_log_snr() -> None:
    """Assert rho = 1 even in s, and that large rho tends to log_snr at the rate 1/rho."""
    assert np.diff(levels(path="ve", grid="karras", steps=9, rho=1)) == pytest.approx(-79.998 / 8)
    gaps = [
        np.max(np.abs(np.log(levels(grid="karras", steps=9, rho=rho) / levels(grid="log_snr", steps=9))))
        for rho in (1e3, 1e4)
    ]
    assert gaps[0] / gaps[1] == pytest.approx(10, rel=1e-2)
    assert float(karras_noise(0.25, 16.0, 0.0, 0.5)) == pytest.approx(math.sqrt(192))


def test_defaults_are_what_they_were() -> None:
    """Assert k/K to the bit where nothing is given, the same from a list of these times, and a shifted start."""
    for steps, name in product((1, 3, 16, 1000), PATHS):
        times = np.arange(steps + 1) / steps
        grid = time_grid(steps=steps, path=name)
        assert grid.times == tuple(times.tolist())
        assert np.array_equal(grid.schedule.b, PATHS[name].b(times))
        listed = time_grid(steps=steps, path=name, grid="given", times=list(grid.times))
        assert listed.times == grid.times
    assert time_grid(steps=2, s_max=1).times == (0.5, 0.75, 1.0)
    assert time_grid(steps=1, grid="karras", s_max=1).times == (0.5, 1.0)
    assert time_grid(steps=2, path="ve", s_max=10).given == {"path": "ve", "grid": "uniform", "s_max": 10.0}


@pytest.mark.parametrize("kind", READS)
def test_the_last_step_returns_the_mean(kind: str) -> None:
    """Assert of every grid and path that the last DDIM step keeps nothing and adds m; Euler's too on a straight path.

    On a curved path Euler leaves the share 1 + (1 - t) b'/b of x, its error there and no other sampler's.
    """
    for name in PATHS:
        times = (0.2, 0.7, 0.9, 1.0) if kind == "given" else None
        setting = build_setting(mu=1.0, steps=3, path=name, grid=kind, times=times)
        b, t = setting.schedule.b, setting.grid[2]
        assert b[-1] == 0
        for scheme in ("ddim", "euler"):
            method, _ = Linear(SCHEMES[scheme]).method(setting)
            kept = method.mix[-1] - np.eye(3)[2]
            path = setting.path
            share = 0.0 if scheme == "ddim" else 1 + (1 - t) * float(path.db(t) / path.b(t))
            assert method.noise[-1, 0] == pytest.approx(share * method.noise[2, 0], abs=1e-12)
            if scheme == "ddim" or name in ("linear", "ve"):
                assert share == pytest.approx(0, abs=1e-12)
                assert np.max(np.abs(kept)) < 1e-12


def karras_heun(denoise: Callable[[np.ndarray, float], np.ndarray], sigmas: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Return algorithm 1 of Karras et al. 2022 with sigma(t) = t and s(t) = 1, in its own symbols."""
    for s, s_next in pairwise([*sigmas, 0.0]):
        d = (x - denoise(x, s)) / s
        ahead = x + (s_next - s) * d
        if s_next != 0:
            ahead = x + (s_next - s) * (d + (ahead - denoise(ahead, s_next)) / s_next) / 2
        x = ahead
    return x


def test_ve_with_the_karras_grid_and_heun_is_their_algorithm() -> None:
    """Assert the map of algorithm 1 to 1e-9, and another one from rho x 1.01."""

    def denoise(x: np.ndarray, s: float) -> np.ndarray:
        v = 0.3**2 + s**2
        right = 1 / (1 + (0.4 / 0.6) * np.exp(-2 * 1.5 * x / v))
        return (0.3**2 * x + s**2 * 1.5 * (2 * right - 1)) / v

    setting = build_setting(
        mu=1.5, scale=0.3, weights=(0.4, 0.6), steps=9, path="ve", grid="karras", s_max=20, s_min=0.05
    )
    method, denoiser = Linear(SCHEMES["heun"]).method(setting)
    xi = np.linspace(-2.5, 2.5, 23)
    ours = method.outputs(denoiser, xi[None])
    for rho, agrees in ((7.0, True), (7.07, False)):
        sigmas = (20 ** (1 / rho) + np.arange(9) / 8 * (0.05 ** (1 / rho) - 20 ** (1 / rho))) ** rho
        assert np.allclose(ours, karras_heun(denoise, sigmas, 20 * xi), rtol=1e-9, atol=1e-9) is agrees


@pytest.mark.parametrize("path", [*PATHS.values(), VePath(s_max=12.0)], ids=[*PATHS, "ve 12"])
def test_time_reparametrised_the_exact_flow_is_the_same(path: AbstractPath) -> None:
    """Assert that v of each path carries x/a from s = 8 to s = 0.2 as dy/ds = (y - m)/s does, by DOP853."""
    low, high = path.time_of(8.0), path.time_of(0.2)
    starts = np.array([-9.0, -1.0, 0.5, 6.0])

    def mean(y: np.ndarray, s: float) -> np.ndarray:
        v = 0.4**2 + s * s
        return np.asarray((0.16 * y + s * s * np.tanh(y / v + 0.3)) / v)

    def velocity(t: float, x: np.ndarray) -> np.ndarray:
        a, b = path.a(t), path.b(t)
        p = path.db(t) / b
        return np.asarray(p * x + (path.da(t) - a * p) * mean(x / a, b / a))

    solved = {"method": "DOP853", "rtol": 1e-11, "atol": 1e-13}
    by_noise = solve_ivp(lambda s, y: (y - mean(y, s)) / s, (8.0, 0.2), starts, **solved).y[:, -1]
    by_time = solve_ivp(velocity, (low, high), path.a(low) * starts, **solved).y[:, -1] / path.a(high)
    assert by_time == pytest.approx(by_noise, rel=1e-8)


@pytest.mark.parametrize(
    ("keys", "message"),
    [({"path": "vp_linea"}, "Did you mean 'vp_linear'?"), ({"grid": "karas"}, "Did you mean 'karras'?"),
     ({"rho": 7}, "rho is not read by grid=uniform"), ({"grid": "log_snr", "rho": 7}, "not read by grid=log_snr"),
     ({"times": [0, 0.5, 1]}, "not read by grid=uniform"), ({"grid": "given", "s_min": 1}, "not read by grid=given"),
     ({"grid": "given"}, "times is missing"), ({"grid": "given", "times": [0, 0.5, 0.5, 0.7, 1]}, "times is no grid"),
     ({"grid": "given", "times": [1, 0.7, 0.5, 0.2, 0]}, "times is no grid"),
     ({"grid": "given", "times": [0, 0.2, 0.4, 0.6, 0.9]}, "times is no grid"),
     ({"grid": "given", "times": [-0.1, 0.2, 0.4, 0.6, 1]}, "times is no grid"),
     ({"grid": "given", "times": [0, 0.5, 1]}, "steps \\+ 1 = 5 times"),
     ({"grid": "given", "times": [0, 0.5, math.nan, 0.7, 1]}, "not finite"),
     ({"grid": "given", "times": "x"}, "number"),
     ({"grid": "karras", "rho": 0}, "rho must be positive"), ({"grid": "karras", "s_min": -1}, "s_min must be"),
     ({"path": "vp_linear", "s_max": 200}, "s_max <= 152.167"), ({"s_max": 1, "s_min": 2}, "s_max > s_min"),
     ({"grid": "log_snr", "s_min": 1e-14}, "too small for a time"), ({"s_min": math.inf}, "not finite"),
     ({"grid": "karras", "s_max": 1.0, "s_min": 1.0}, "do not rise"), ({"steps": 0}, "whole number")],
)  # fmt: skip
def test_a_grid_that_is_none_gets_one_message(keys: dict[str, Any], message: str) -> None:
    """Assert a message of four parts before anything is computed."""
    with pytest.raises(UsageError, match=message) as refused:
        time_grid(**({"steps": 4} | keys))
    assert all(part in str(refused.value) for part in ("Expected: ", "Received: ", "?"))
