"""x' = keep x + add m(x) + tau xi: DDIM, ancestral sampling and re-injection are one step with more and more noise.

With l_j = keep_j + add_j lambda_j such a sampler is Lipschitz in all its Gaussian inputs together, with constant
Lambda, Lambda^2 = sum_j (tau_{j-1} prod_{i >= j} l_i)^2, tau_{-1} = b_0 the spread of x_0. Without noise between
the calls this is the product of the l_j. Source: theory/LAWS.md, section 8, `joint` (ours).
"""

from dataclasses import dataclass
from typing import final

import numpy as np

from theory.depth import step_stiffness
from theory.errors import Array
from theory.path import Schedule
from theory.primitives import logsumexp


@final
@dataclass(frozen=True, eq=False)
class Steps:
    """K steps x' = keep x + add m(x) + tau xi with fresh xi, from x_0 ~ N(0, start^2 I); arrays of shape (K,)."""

    keep: Array
    add: Array
    tau: Array
    start: float


def noisy_steps(schedule: Schedule, tau: Array, keep: Array) -> Steps:
    """Return the steps that keep `keep` of x and inject `tau`: a' - a keep of m(x) makes the mean right."""
    return Steps(keep=keep, add=schedule.a[1:] - schedule.a[:-1] * keep, tau=tau, start=float(schedule.b[0]))


def ddim_steps(schedule: Schedule) -> Steps:
    """Return the deterministic steps: tau = 0, keep = b'/b (Song, Meng and Ermon 2021).

    >>> from theory.path import LinearPath, uniform_schedule
    >>> ddim_steps(uniform_schedule(LinearPath(), 2)).keep.tolist()
    [0.5, 0.0]
    """
    return noisy_steps(schedule, np.zeros(schedule.steps), schedule.b[1:] / schedule.b[:-1])


def ancestral_steps(schedule: Schedule) -> Steps:
    """Return the steps of ancestral sampling: tau^2 = b'^2 (1 - s'^2/s^2), keep = (b'/b)(s'/s), s = b/a.

    Given z, x' then has the law that it has on the path, and with exact tokens the steps are those of a reversed
    diffusion (Ho, Jain and Abbeel 2020). The first step, from s = infinity, keeps nothing.

    >>> from theory.path import LinearPath, uniform_schedule
    >>> ancestral_steps(uniform_schedule(LinearPath(), 2)).tau.tolist()
    [0.5, 0.0]
    """
    a, b = schedule.a, schedule.b
    fall = (b[1:] / a[1:]) * (a[:-1] / b[:-1])  # s'/s, 0 at a = 0
    return noisy_steps(schedule, b[1:] * np.sqrt((1 - fall) * (1 + fall)), fall * b[1:] / b[:-1])


def reinjection_steps(schedule: Schedule) -> Steps:
    """Return the steps that keep nothing: tau = b', x' = a' m(x) + b' xi (Song et al. 2023).

    >>> from theory.path import LinearPath, uniform_schedule
    >>> reinjection_steps(uniform_schedule(LinearPath(), 2)).add.tolist()
    [0.5, 1.0]
    """
    return noisy_steps(schedule, schedule.b[1:].copy(), np.zeros(schedule.steps))


def joint_stiffness(steps: Steps, slopes: Array) -> float:
    """Return Lambda for denoiser slopes lambda_0..lambda_{K-1}; infinite, no bound, where it exceeds every double.

    >>> from theory.path import LinearPath, uniform_schedule
    >>> joint_stiffness(ddim_steps(uniform_schedule(LinearPath(), 2)), np.array([0.0, 4.0]))  # 1/2 then 4
    2.0
    """
    factors = step_stiffness(steps.keep, steps.add, slopes)
    inputs = np.append(steps.start, steps.tau)
    with np.errstate(over="ignore", invalid="ignore"):
        tails = np.append(np.cumprod(factors[::-1])[::-1], 1.0)
        joint = float(np.sqrt(np.sum((inputs * tails) ** 2)))
    if np.isfinite(joint):
        return joint
    with np.errstate(divide="ignore"):  # no noise and a constant step have logarithm -inf: their terms are 0
        logs = np.log(inputs) + np.append(np.cumsum(np.log(factors)[::-1])[::-1], 0.0)
    with np.errstate(over="ignore"):
        return float(np.exp(logsumexp(2 * logs) / 2))
