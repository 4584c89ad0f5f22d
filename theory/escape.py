"""x' = a' m(x) + b' xi re-injects noise; x' = a' z + b' xi with z drawn commits: two ways out of the DDIM class.

Re-injection keeps a finite stiffness, jointly in all its Gaussian inputs (`reinjection_stiffness`), and so obeys
the separation laws with that larger L. Commitment draws a token, a discontinuous act, and obeys none.
Both are one-dimensional Markov chains here, so their landing masses are computed exactly.
Source: theory/LAWS.md, section 8.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

from theory.denoiser import Denoiser, cloud_mean, cloud_spread, right_probability
from theory.depth import ddim_coefficients, ddim_step, finite_stiffness
from theory.errors import Array
from theory.gaussian import interval_mass
from theory.kernel import REACH, Branches, chain_masses, landing, start
from theory.monotone import first_at_least, last_at_most
from theory.path import Schedule
from theory.primitives import ndtr
from theory.target import TwoModes


def _certain(x: Array) -> Array:
    return np.ones((1, *x.shape))


def reinjection_step(schedule: Schedule, denoiser: Denoiser, step: int) -> Branches:
    """Return x_{step+1} given x_step: a Gaussian of spread b' round a' m(x).

    >>> from theory.denoiser import two_mode_denoiser
    >>> from theory.path import LinearPath, uniform_schedule
    >>> from theory.target import two_modes
    >>> grid = uniform_schedule(LinearPath(), 2)
    >>> step = reinjection_step(grid, two_mode_denoiser(two_modes(mu=4), grid), 0)
    >>> step.spread, step.centre(np.array([1.0])).tolist()  # m is 0 at t = 0
    (0.5, [[0.0]])
    """
    a, b = float(schedule.a[step + 1]), float(schedule.b[step + 1])
    return Branches(probability=_certain, centre=lambda x: a * denoiser(step, x)[None], spread=b, sharpness=0.0)


def mean_preimages(denoiser: Denoiser, step: int, edge: float, reach: float) -> tuple[float, float]:
    """Return (sup {m <= -edge}, inf {m >= edge}) of the denoiser call `step`, within [-reach, reach].

    >>> from theory.denoiser import two_mode_denoiser
    >>> from theory.path import LinearPath, uniform_schedule
    >>> from theory.target import two_modes
    >>> grid = uniform_schedule(LinearPath(), 2)
    >>> mean_preimages(two_mode_denoiser(two_modes(mu=4), grid), 0, 3.6, 12.0)  # m is 0 everywhere
    (-inf, inf)
    """
    return (
        last_at_most(lambda x: float(denoiser(step, x)), -edge, reach),
        first_at_least(lambda x: float(denoiser(step, x)), edge, reach),
    )


def reinjection_masses(target: TwoModes, schedule: Schedule, denoiser: Denoiser, margin: float) -> Array:
    """Return the exact masses (left landing set, middle, right landing set) of re-injection, shape (3,).

    The output is m(x_{K-1}); its landing sets are half-lines in x_{K-1}, reached by the Gaussian of the step
    before. Source: theory/LAWS.md, section 8, `reinjection`.

    >>> from theory.denoiser import two_mode_denoiser
    >>> from theory.path import LinearPath, uniform_schedule
    >>> from theory.target import two_modes
    >>> target, grid = two_modes(mu=4), uniform_schedule(LinearPath(), 1)
    >>> reinjection_masses(target, grid, two_mode_denoiser(target, grid), 0.1).tolist()
    [0.0, 1.0, 0.0]
    """
    edge, last, spread = (1 - margin) * target.mu, schedule.steps - 1, float(schedule.b[0])
    if last == 0:  # K = 1: the one call sees x_0 ~ N(0, b_0^2) itself
        low, high = (end / spread for end in mean_preimages(denoiser, 0, edge, REACH * spread))
        return np.array([ndtr(low), interval_mass(low, high), ndtr(-high)])
    steps = [reinjection_step(schedule, denoiser, k) for k in range(last)]
    low, high = mean_preimages(denoiser, last, edge, _spread_reach(target, schedule))
    return chain_masses(steps, low, high, spread=spread)


def _spread_reach(target: TwoModes, schedule: Schedule) -> float:
    """Return a bound on |x_k| outside of which no quadrature looks: noise, modes and their scale at 2 x REACH.

    A posterior mean lies within |x|/a of 0 or between the modes, so no step leaves this range.
    """
    return 2 * REACH * (float(schedule.b[0]) + target.scale) + 2 * target.mu * float(np.max(schedule.a))


def commitment_step(target: TwoModes, schedule: Schedule, denoiser: Denoiser, step: int) -> Branches:
    """Return x_{step+1} given x_step: token -1 or +1 from the (capped) posterior, z from its mode, then noise.

    z given x and the token is Gaussian round +-mu + g (x -+ a mu) with variance sigma^2 b^2/V.

    >>> from theory.denoiser import two_mode_denoiser
    >>> from theory.path import LinearPath, uniform_schedule
    >>> from theory.target import two_modes
    >>> target, grid = two_modes(mu=4), uniform_schedule(LinearPath(), 2)
    >>> step = commitment_step(target, grid, two_mode_denoiser(target, grid), 0)
    >>> step.centre(np.array([1.0])).tolist(), step.probability(np.array([1.0])).tolist()
    ([[-2.0], [2.0]], [[0.5], [0.5]])
    """
    a, b = float(schedule.a[step]), float(schedule.b[step])
    a_next, b_next = float(schedule.a[step + 1]), float(schedule.b[step + 1])
    mu, g, k = target.mu, float(denoiser.g[step]), float(denoiser.k[step])
    within = float(cloud_spread(a, b, target.scale))

    def probability(x: Array) -> Array:
        return np.stack([right_probability(-x, k, -denoiser.h), right_probability(x, k, denoiser.h)])

    def centre(x: Array) -> Array:
        return a_next * np.stack([cloud_mean(x, -mu, a, g), cloud_mean(x, mu, a, g)])

    return Branches(probability, centre, spread=math.hypot(b_next, a_next * within), sharpness=2 * k)


def commitment_masses(target: TwoModes, schedule: Schedule, denoiser: Denoiser, margin: float) -> Array:
    """Return the exact masses (left landing set, middle, right landing set) of commitment at every call.

    The output is the draw z at the last call: the step to a = 1, b = 0 of the same chain.
    Source: theory/LAWS.md, section 8, `commitment`.

    >>> from theory.denoiser import two_mode_denoiser
    >>> from theory.path import LinearPath, uniform_schedule
    >>> from theory.target import two_modes
    >>> target, grid = two_modes(mu=4), uniform_schedule(LinearPath(), 1)
    >>> commitment_masses(target, grid, two_mode_denoiser(target, grid), 0.1).round(14).tolist()
    [0.5, 0.0, 0.5]
    """
    edge = (1 - margin) * target.mu
    steps = [commitment_step(target, schedule, denoiser, k) for k in range(schedule.steps)]
    return chain_masses(steps, -edge, edge, spread=float(schedule.b[0]))


COMMIT_TIME: Final = 0.5
"""When commit_at draws unless told otherwise."""


def call_at(grid: Sequence[float], time: float) -> int:
    """Return the last call at or before `time`: 0..K-1 on a grid t_0..t_K.

    >>> call_at((0.0, 0.25, 0.5, 0.75, 1.0), 0.6), call_at((0.0, 1.0), 1.0)
    (2, 0)
    """
    return int(np.searchsorted(np.asarray(grid[:-1]), time, side="right")) - 1


def commit_at_masses(target: TwoModes, schedule: Schedule, denoiser: Denoiser, margin: float, call: int) -> Array:
    """Return the exact masses (left landing set, middle, right landing set) of DDIM that draws once, at `call`.

    That step is x' = (b'/b) x + (a' - a b'/b) z with z drawn from the posterior. With T the increasing map before it
    and U the one after it, the output lands left where x' <= U^-1(-edge). So one noisy step of x_0 decides, its
    branches Gaussian round increasing functions of x_0, or these themselves at sigma = 0.
    Source: theory/LAWS.md, section 8, `commitment`.

    >>> from theory.denoiser import two_mode_denoiser
    >>> from theory.path import LinearPath, uniform_schedule
    >>> from theory.target import two_modes
    >>> target, grid = two_modes(mu=4), uniform_schedule(LinearPath(), 2)
    >>> commit_at_masses(target, grid, two_mode_denoiser(target, grid), 0.1, 1).round(14).tolist()  # the last call
    [0.5, 0.0, 0.5]
    """
    edge, spread = (1 - margin) * target.mu, float(schedule.b[0])
    keep, add = ddim_coefficients(schedule.a[:-1], schedule.b[:-1], schedule.a[1:], schedule.b[1:])

    def steps(x: Any, calls: range) -> Any:
        for j in calls:
            x = ddim_step(x, denoiser(j, x), keep[j], add[j])
        return x

    before = range(call)
    a, b, mu = float(schedule.a[call]), float(schedule.b[call]), target.mu
    g, k = float(denoiser.g[call]), float(denoiser.k[call])
    kept, added = float(keep[call]), float(add[call])

    def probability(x: Array) -> Array:
        y = steps(x, before)
        return np.stack([right_probability(-y, k, -denoiser.h), right_probability(y, k, denoiser.h)])

    def centre(x: Array) -> Array:
        y = steps(x, before)
        return np.stack([kept * y + added * cloud_mean(y, mode, a, g) for mode in (-mu, mu)])

    within = float(cloud_spread(a, b, target.scale))
    slopes = [float(keep[j] + add[j] * denoiser.slope[j]) for j in before]
    draw = Branches(probability, centre, spread=added * within, sharpness=2 * k * math.prod(slopes))

    def after(x: float) -> float:
        return float(steps(x, range(call + 1, schedule.steps)))

    reach = _spread_reach(target, schedule)
    low, high = last_at_most(after, -edge, reach), first_at_least(after, edge, reach)
    cuts: list[float] = []
    if draw.spread == 0:  # between the preimages of the edges no branch crosses one

        def branch(i: int) -> Callable[[float], float]:
            return lambda x: float(centre(np.asarray(x))[i])

        cuts = [last_at_most(branch(i), low, REACH * spread) for i in (0, 1)]
        cuts += [first_at_least(branch(i), high, REACH * spread) for i in (0, 1)]
    return landing(start(draw, spread=spread, cuts=cuts), draw, low, high)


def reinjection_stiffness(schedule: Schedule, slopes: Array) -> float:
    """Return re-injection's Lipschitz constant Lambda jointly in all its Gaussian inputs.

    Lambda^2 = sum_j (b_j prod_{i >= j} l_i)^2 with l_i = a_{i+1} lambda_i.
    Source: theory/LAWS.md, section 8, `joint` (ours).

    >>> from theory.path import LinearPath, uniform_schedule
    >>> grid = uniform_schedule(LinearPath(), 2)
    >>> reinjection_stiffness(grid, np.array([0.0, 4.0]))  # x_0 contributes 0, x_1 has spread 1/2
    2.0
    """
    factors = schedule.a[1:] * slopes
    with np.errstate(over="ignore", invalid="ignore"):
        tails = np.cumprod(factors[::-1])[::-1]
        joint = float(np.sqrt(np.sum((schedule.b[:-1] * tails) ** 2)))
    if math.isfinite(joint):
        return joint
    with np.errstate(divide="ignore"):  # a step of slope 0 has logarithm -inf: its term is 0
        logs = np.log(schedule.b[:-1]) + np.cumsum(np.log(factors)[::-1])[::-1]
    return finite_stiffness(float(np.max(logs)) + math.log(len(logs)) / 2)
