"""L = prod_k l_k with l_k = |b'/b| + |a' - a b'/b| lambda_k: the stiffness that K DDIM steps can reach.

One step maps x to (b'/b) x + (a' - a b'/b) m(x), primes marking the next grid point, so a denoiser of slope at
most lambda_k makes it l_k-Lipschitz. The whole sampler is then L-Lipschitz, and section 4 turns L into a least
error: accuracy, depth and stiffness trade off. Source: theory/LAWS.md, section 7.
"""

import math
from typing import Any

import numpy as np

from theory.arrays import elementwise
from theory.denoiser import UNCAPPED, Denoiser, boundary_slope, check_cap
from theory.errors import Array, UsageError
from theory.path import Schedule
from theory.primitives import minimum
from theory.separated import balanced_error
from theory.target import TwoModes


def ddim_coefficients(a: Any, b: Any, a_next: Any, b_next: Any) -> tuple[Any, Any]:
    """Return (b'/b, a' - a b'/b): what a DDIM step keeps of x, and what it adds of m(x). b > 0.

    >>> ddim_coefficients(0.0, 1.0, 0.25, 0.75)
    (0.75, 0.25)
    """
    keep = b_next / b
    return keep, a_next - a * keep


def ddim_step(x: Any, mean: Any, keep: Any, add: Any) -> Any:
    """Return the next point keep x + add m(x).

    >>> ddim_step(2.0, 4.0, 0.75, 0.25)
    2.5
    """
    return keep * x + add * mean


def step_stiffness(keep: Any, add: Any, slope: Any) -> Any:
    """Return |keep| + |add| slope, the Lipschitz constant of a DDIM step whose denoiser has that slope.

    >>> step_stiffness(0.75, 0.25, 4.0)
    1.75
    """
    return abs(keep) + abs(add) * slope


def reachable_slopes(target: TwoModes, schedule: Schedule, denoiser_stiffness: Any = UNCAPPED) -> Array:
    """Return lambda_k = min(cap, largest slope of the uncapped m at t_k), k = 0..K-1, shape (K,).

    Not the cap itself: near t = 0 the posterior mean is flatter than any sensible cap, and a bound that
    granted the cap there would be far too weak.

    >>> from theory.path import LinearPath, uniform_schedule
    >>> from theory.target import two_modes
    >>> reachable_slopes(two_modes(mu=4), uniform_schedule(LinearPath(), 4), 4.0).tolist()
    [0.0, 4.0, 4.0, 4.0]
    """
    cap = check_cap(denoiser_stiffness, target, schedule)
    slopes: Array = minimum(boundary_slope(schedule.a[:-1], schedule.b[:-1], target.mu, target.scale), cap)
    return slopes


def finite_stiffness(log_stiffness: float) -> float:
    """Return e^log_stiffness; UsageError where it leaves the range of a double.

    >>> finite_stiffness(0.0)
    1.0
    """
    if log_stiffness > math.log(np.finfo(float).max):
        raise UsageError(
            "The stiffness of this class is not a double.",
            expected="at most 1.8e308",
            received=f"e^{log_stiffness:.6g}",
            hint="Are there too many steps, or too stiff a denoiser, for a bound that says anything?",
        )
    return math.exp(log_stiffness)


def ddim_stiffness(schedule: Schedule, slopes: Array) -> float:
    """Return L = b_0 prod_k l_k for denoiser slopes lambda_0..lambda_{K-1}; 0 if a step is constant.

    b_0 is the spread of x_0, 1 where the path begins at pure noise: L is the stiffness from a standard Gaussian on.

    >>> from theory.path import LinearPath, uniform_schedule
    >>> from theory.target import two_modes
    >>> grid = uniform_schedule(LinearPath(), 2)
    >>> ddim_stiffness(grid, reachable_slopes(two_modes(mu=4), grid, 4.0))  # 1/2 then 4
    2.0
    """
    a, b = schedule.a, schedule.b
    keep, add = ddim_coefficients(a[:-1], b[:-1], a[1:], b[1:])
    factors = step_stiffness(keep, add, slopes)
    with np.errstate(over="ignore"):
        product = float(b[0] * np.prod(factors))
    return product if math.isfinite(product) else finite_stiffness(float(np.log(b[0]) + np.sum(np.log(factors))))


@elementwise("stiffness")
def frontier_error(target: TwoModes, margin: float, stiffness: float) -> float:
    """Return the least balanced error of a map of this stiffness onto the target's landing sets; 1 at 0; arrays.

    >>> from theory.target import two_modes
    >>> frontier_error(two_modes(mu=4), 0.1, 0.0)
    1.0
    """
    if stiffness == 0:
        return 1.0
    return float(balanced_error(2, stiffness, separation=target.separation(margin)))


def ddim_sampler_stiffness(schedule: Schedule, denoiser: Denoiser) -> float:
    """Return L for the slopes of this very denoiser, the frontier of its own class.

    >>> from theory.denoiser import two_mode_denoiser
    >>> from theory.path import LinearPath, uniform_schedule
    >>> from theory.target import two_modes
    >>> grid = uniform_schedule(LinearPath(), 2)
    >>> ddim_sampler_stiffness(grid, two_mode_denoiser(two_modes(mu=4), grid, denoiser_stiffness=4))
    2.0
    """
    return ddim_stiffness(schedule, denoiser.slope)


def step_free_factors(a: Array, cap: float) -> Array:
    """Return max(a' lambda, 1 + (a' - a) lambda) for each step: what it can reach whatever the noise level does.

    l = rho + (a' - a rho) lambda is linear in rho = b'/b, so over 0 <= rho <= 1 it is largest at an end.

    >>> step_free_factors(np.array([0.0, 0.5, 1.0]), 4.0).tolist()
    [3.0, 4.0]
    """
    factors: Array = np.maximum(a[1:] * cap, 1 + np.diff(a) * cap)
    return factors


def schedule_free_stiffness(schedule: Schedule, cap: float) -> tuple[float, float]:
    """Return bounds on L over all decreasing noise levels: with these a_k, and with any a_k too.

    The first is b_0 prod max(a' lambda, 1 + (a' - a) lambda); the second, if lambda >= 2/sqrt 3, is
    b_0 (1 + lambda) lambda^(K-1). The spread b_0 of x_0, 1 at pure noise, is given.
    Source: theory/LAWS.md, section 7, `schedule_free_frontier` (ours).

    >>> from theory.path import LinearPath, uniform_schedule
    >>> schedule_free_stiffness(uniform_schedule(LinearPath(), 2), 4.0)
    (12.0, 20.0)
    """
    with np.errstate(over="ignore"):
        given = float(schedule.b[0] * np.prod(step_free_factors(schedule.a, cap)))
        free = float(schedule.b[0] * (1 + cap) * np.float64(cap) ** (schedule.steps - 1))
    if not math.isfinite(max(given, free)):
        fixed, any_a = np.sum(np.log(step_free_factors(schedule.a, cap))), (schedule.steps - 1) * math.log(cap)
        start = math.log(schedule.b[0])
        given, free = finite_stiffness(start + float(fixed)), finite_stiffness(start + math.log1p(cap) + any_a)
    return given, free
