"""Euler, Heun, Runge-Kutta, multistep, DDIM and noisy samplers as linear methods: maps, orders, laws and classes."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import solve_ivp
from scipy.special import ndtr

from sim.estimate import clopper_pearson
from sim.particles import count
from sim.two_modes.linear_samplers import Linear
from sim.two_modes.run import build_setting, needed_stiffness
from sim.two_modes.sampler_names import SAMPLERS
from theory.denoiser import two_mode_denoiser
from theory.errors import UsageError
from theory.joint import ancestral_steps, joint_stiffness
from theory.linear_method import MOST_CALLS, LinearMethod, Tape
from theory.path import PATHS, LinearPath, VePath
from theory.preimages import cells, map_masses
from theory.schemes import SCHEMES, linear_method, noisy_blocks
from theory.target import two_modes

DETERMINISTIC = [name for name, s in SCHEMES.items() if s.noise == "deterministic"]
STOCHASTIC = [name for name, s in SCHEMES.items() if s.noise == "stochastic"]


def grid(steps: int, low: float = 0.0, high: float = 1.0) -> tuple[float, ...]:
    return tuple(low + (high - low) * k / steps for k in range(steps + 1))


@pytest.mark.parametrize("path", [*(p for p in PATHS.values() if p.name != "ve"), VePath(s_max=2.0)], ids=PATHS)
@pytest.mark.parametrize("name", DETERMINISTIC)
def test_a_scheme_has_its_order(name: str, path) -> None:
    """Assert the declared order against scipy's DOP853, between two noise levels, and not the next order.

    Errors at 32, 64 and 128 steps; a scheme of order p divides them by 2^p, within 12%.
    """
    target, low, high = two_modes(mu=1.0, scale=0.4, weights=(0.4, 0.6)), 0.15, 0.8
    starts = np.array([-1.3, -0.2, 0.1, 0.9])

    def velocity(t: float, x: np.ndarray) -> np.ndarray:
        a, b = path.a(t), path.b(t)
        v = a**2 * 0.16 + b**2
        mean = (a * 0.16 * x + b**2 * np.tanh(a * x / v + np.log(1.5) / 2)) / v
        return path.db(t) / b * x + (path.da(t) - a * path.db(t) / b) * mean

    exact = solve_ivp(
        velocity, (low, high), path.b(low) * starts, method="DOP853", rtol=1e-12, atol=1e-13
    ).y[:, -1]  # fmt: skip
    errors = []
    for steps in (32, 64, 128):
        method = linear_method(SCHEMES[name], path, grid(steps, low, high))
        denoiser = two_mode_denoiser(target, method.schedule)
        errors.append(np.max(np.abs(method.outputs(denoiser, starts[None]) - exact)))
    found = np.log2(errors[0] / errors[1]), np.log2(errors[1] / errors[2])
    assert found == pytest.approx((SCHEMES[name].order,) * 2, abs=0.17)


@pytest.mark.parametrize(("path", "cap", "steps"), list(product(PATHS, (4.0, float("inf")), (1, 2, 5, 16))))
def test_ddim_and_reinjection_are_themselves(path: str, cap: float, steps: int) -> None:
    """Assert that matrices and blocks give the masses and the class that the kernels of their own have."""
    setting = build_setting(mu=2.0, steps=steps, path=path, denoiser_stiffness=cap, scale=0.1, weights=(0.3, 0.7))
    for name in ("ddim", "reinjection"):
        own, linear = SAMPLERS[name], Linear(SCHEMES[name])
        assert linear.masses(setting) == pytest.approx(own.masses(setting), rel=1e-9, abs=1e-15)
        assert linear.stiffness(setting) == pytest.approx(own.stiffness(setting), rel=1e-12)
        assert linear.nfe(setting) == own.nfe(setting)


def test_the_nfe_is_counted_call_by_call() -> None:
    """Assert the calls of each scheme at 6 steps."""
    calls = {name: linear_method(s, LinearPath(), grid(6)).calls for name, s in SCHEMES.items()}
    assert calls == {
        "ddim": 6, "euler": 6, "heun": 11, "midpoint": 12, "rk4": 21, "dpm_solver_2m": 6, "reinjection": 6,
        "ancestral": 6, "euler_maruyama": 6, "churn": 6, "restart": 8,
    }  # fmt: skip
    for name, scheme in SCHEMES.items():
        assert sum(b.calls for b, _ in noisy_blocks(scheme, LinearPath(), grid(6))) == calls[name]


@pytest.mark.parametrize("path", PATHS)
def test_ancestral_steps_have_another_witness(path: str) -> None:
    """Assert the class of ancestral sampling from matrices against the recursion over its steps."""
    setting = build_setting(mu=2.0, steps=7, path=path, denoiser_stiffness=4.0)
    other = joint_stiffness(ancestral_steps(setting.schedule), setting.denoiser.slope)
    assert Linear(SCHEMES["ancestral"]).stiffness(setting) == pytest.approx(other, rel=1e-12)


@pytest.mark.parametrize("name", [n for n in SAMPLERS if n not in ("ddim", "reinjection", "commit_parallel")])
def test_particles_do_what_the_exact_masses_say(name: str) -> None:
    """Assert counts of 400,000 particles at 1e-9 a cell; a mass 5% off lies outside, with power above 1 - 1e-6."""
    setting = build_setting(mu=2.0, steps=5, denoiser_stiffness=4.0, weights=(0.35, 0.65), scale=0.05)
    masses = SAMPLERS[name].masses(setting)
    counter, arguments = SAMPLERS[name].counter(setting, 41)
    counts = count(counter, arguments, range(400_000))
    for cell in range(3):
        found = clopper_pearson(int(counts[cell]), 400_000, alpha=1e-9)
        assert masses[cell] in found
        if masses[cell] > 0.1:
            assert masses[cell] * 1.05 not in found
            assert masses[cell] / 1.05 not in found


@pytest.mark.parametrize("name", SAMPLERS)
def test_no_sampler_needs_more_than_its_class(name: str) -> None:
    """Assert needed <= stiffness for every sampler, over depths, caps and weights, by exact masses."""
    tried = 0
    for steps, cap, weights in product((1, 2, 3, 6, 12), (2.0, 6.0), ((0.5, 0.5), (0.2, 0.8))):
        setting = build_setting(mu=2.0, steps=steps, denoiser_stiffness=cap, weights=weights)
        left, middle, right = SAMPLERS[name].masses(setting)
        assert left + middle + right == pytest.approx(1, abs=1e-9)
        needed = needed_stiffness(left, right, middle, setting.target.separation(setting.margin))
        if 0 < needed < np.inf:
            assert needed <= SAMPLERS[name].stiffness(setting) * (1 + 1e-9)
            tried += 1
    assert tried >= 8 or SAMPLERS[name].noise == "committing"


@pytest.mark.parametrize("name", SCHEMES)
def test_swapping_the_weights_swaps_the_sides(name: str) -> None:
    """Assert that no scheme knows left from right."""
    one, other = (
        Linear(SCHEMES[name]).masses(
            build_setting(mu=1.5, scale=0.2, steps=4, denoiser_stiffness=30.0, weights=weights, path="cosine")
        )
        for weights in ((0.75, 0.25), (0.25, 0.75))
    )
    assert one == pytest.approx(other[::-1], rel=1e-9, abs=1e-14)
    assert one != pytest.approx(other, rel=1e-2)


@given(st.integers(1, 6), st.integers(0, 5), st.floats(-3, 3), st.floats(0, 2), st.sampled_from(DETERMINISTIC))
def test_ranges_hold_every_output(steps: int, seed: int, low: float, width: float, name: str) -> None:
    """Assert that no output between two inputs leaves the range of the interval; exact ends where increasing."""
    setting = build_setting(mu=1.5, steps=steps, denoiser_stiffness=3.0)
    method, denoiser = Linear(SCHEMES[name]).method(setting)
    inside = low + width * np.random.default_rng(seed).random((1, 50))
    bottom, top = method.ranges(denoiser, np.array([low]), np.array([low + width]))
    outputs = method.outputs(denoiser, inside)
    assert np.all(outputs >= bottom - 1e-12 * (1 + np.abs(bottom)))
    assert np.all(outputs <= top + 1e-12 * (1 + np.abs(top)))


def cubic(low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the range of x^3 - 3x over intervals: at its ends, or at -1 and 1."""
    ends = np.stack([low**3 - 3 * low, high**3 - 3 * high])
    bottom, top = ends.min(axis=0), ends.max(axis=0)
    bottom = np.where((low <= 1) & (high >= 1), np.minimum(bottom, -2), bottom)
    return bottom, np.where((low <= -1) & (high >= -1), np.maximum(top, 2), top)


def test_a_map_that_turns_back_is_measured() -> None:
    """Assert the masses of x^3 - 3x about -1 and 1, whose preimages have six ends, from the roots of the polynomial."""
    roots = np.sort(np.concatenate([np.roots([1, 0, -3, y]).real for y in (1, -1)]))
    ends, kinds = cells(cubic, -1.0, 1.0)
    assert ends[1:-1] == pytest.approx(roots, rel=1e-12)
    assert kinds.tolist() == [0, 1, 2, 1, 0, 1, 2]
    phi = np.concatenate([[0], ndtr(roots), [1]])
    wanted = [sum(np.diff(phi)[kinds == cell]) for cell in range(3)]
    assert map_masses(cubic, -1.0, 1.0) == pytest.approx(wanted, rel=1e-11)


def test_ranges_that_decide_nothing_are_refused() -> None:
    """Assert an error, and no number, where every interval might land anywhere."""
    with pytest.raises(ArithmeticError, match="too wide"):
        map_masses(lambda low, high: (low * 0 - 9, high * 0 + 9), -1.0, 1.0)


@given(st.sampled_from(list(PATHS)), st.floats(0.01, 0.99), st.floats(1e-3, 1e3))
def test_derivatives_and_times_are_the_path_s_own(name: str, t: float, s: float) -> None:
    """Assert da and db by central differences, and that b/a at time_of(s) is s."""
    path, h = PATHS[name], 1e-6
    assert path.da(t) == pytest.approx((path.a(t + h) - path.a(t - h)) / (2 * h), abs=1e-8)
    assert path.db(t) == pytest.approx((path.b(t + h) - path.b(t - h)) / (2 * h), abs=1e-8)
    at = path.time_of(s)
    assert path.b(at) / path.a(at) == pytest.approx(s, rel=1e-9)


def test_too_many_calls_are_refused() -> None:
    """Assert a message that names what to use instead."""
    with pytest.raises(UsageError, match="ddim and reinjection"):
        linear_method(SCHEMES["euler"], LinearPath(), grid(MOST_CALLS + 1))


def test_a_scheme_of_one_s_own_is_a_function() -> None:
    """Assert that a stepper with swapped weights is another method, of another order, and is told apart."""

    def swapped(tape: Tape, times: tuple[float, ...]):
        x = tape.start(times[0])
        for t, u in zip(times, times[1:], strict=False):
            v = tape.velocity(x, t)
            x = x + (u - t) / 4 * (3 * v + tape.velocity(x + (u - t) * v, u))  # Heun with weights 3/4, 1/4
        return x

    def written(write) -> LinearMethod:
        tape = Tape(LinearPath())
        return tape.method(write(tape, grid(8, 0.1, 0.9)))

    mutant, own = written(swapped), written(SCHEMES["heun"].write)
    assert mutant.calls == own.calls == 16
    assert not np.allclose(mutant.mix, own.mix)


def test_masses_that_round_to_all_or_nothing_are_no_error() -> None:
    """Assert that an ambiguous mass within rounding of 1 needs next to no stiffness, and raises nothing."""
    assert needed_stiffness(1e-17, 1e-17, 1.0000000000000009, 1.0) == pytest.approx(
        needed_stiffness(1e-17, 1e-17, 1 - 2e-16, 1.0), rel=1e-2
    )
    assert 0 < needed_stiffness(1e-17, 1e-17, 1.0000000000000009, 1.0) < 0.1
    for steps, cap in product((16, 40), (1.0, 1.2, 1.41)):
        setting = build_setting(mu=4.0, steps=steps, denoiser_stiffness=cap)
        left, middle, right = SAMPLERS["reinjection"].masses(setting)
        assert needed_stiffness(left, right, middle, 1.0) < SAMPLERS["reinjection"].stiffness(setting)
