"""m(x) = g x + A tanh(k x + h): the posterior mean of two modes, with its evidence tempered to a slope <= lambda.

For modes -mu, +mu of scale sigma, V = a^2 sigma^2 + b^2: g = a sigma^2/V, A = b^2 mu/V, h = log(w_+/w_-)/2 and
k = a mu/V. The largest slope is g + A k, at the boundary. A denoiser of capped stiffness lowers k, the weight
of the evidence, and never touches the prior h: m stays the exact answer to a blurrier question.
Source: theory/LAWS.md, section 7 (Tweedie for the uncapped form; the cap is ours).
"""

import math
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np

from theory.errors import Array, UsageError, positive
from theory.path import Schedule
from theory.primitives import expit, minimum, sqrt, tanh
from theory.target import TwoModes

UNCAPPED: Final = math.inf
"""The denoiser stiffness of an exact posterior mean: no cap."""


def half_log_odds(x: Any, k: Any, h: Any) -> Any:
    """Return k x + h = log(P(+mu given x)/P(-mu given x))/2.

    >>> half_log_odds(2.0, 0.5, -1.0)
    0.0
    """
    return k * x + h


def tilted_mean(x: Any, g: Any, amplitude: Any, tilt: Any) -> Any:
    """Return g x + A tilt, where `tilt` in [-1, 1] is the mean of the mode's sign.

    >>> tilted_mean(2.0, 0.5, 4.0, -1.0)
    -3.0
    """
    return g * x + amplitude * tilt


def posterior_mean(x: Any, g: Any, amplitude: Any, k: Any, h: Any) -> Any:
    """Return E[z given x_t = x] = g x + A tanh(k x + h); the capped one if k is capped.

    >>> float(posterior_mean(0.0, 0.5, 4.0, 1.0, 0.0))
    0.0
    """
    return tilted_mean(x, g, amplitude, tanh(half_log_odds(x, k, h)))


def view_variance(a: Any, b: Any, scale: Any) -> Any:
    """Return V = a^2 sigma^2 + b^2, the variance of x_t about a times its mode.

    >>> view_variance(0.5, 0.5, 1.0)
    0.5
    """
    return a**2 * scale**2 + b**2


def linear_slope(a: Any, b: Any, scale: Any) -> Any:
    """Return g = a sigma^2/(a^2 sigma^2 + b^2), the slope within one mode, which no cap can lower.

    >>> linear_slope(1.0, 0.0, 2.0), linear_slope(0.5, 0.5, 1.0)
    (1.0, 1.0)
    """
    return a * scale**2 / view_variance(a, b, scale)


def boundary_slope(a: Any, b: Any, mu: Any, scale: Any) -> Any:
    """Return the largest slope of the uncapped posterior mean, a sigma^2/V + a b^2 mu^2/V^2.

    At scale 0 this is a mu^2/b^2.

    >>> boundary_slope(0.5, 0.5, 4.0, 0.0)
    32.0
    """
    v = view_variance(a, b, scale)
    return a * scale**2 / v + a * b**2 * mu**2 / v**2


def cloud_spread(a: Any, b: Any, scale: Any) -> Any:
    """Return sigma b/sqrt(a^2 sigma^2 + b^2), the standard deviation of z given x_t and its mode.

    >>> float(cloud_spread(0.0, 1.0, 2.0))
    2.0
    """
    return scale * b / sqrt(view_variance(a, b, scale))


def cloud_mean(x: Any, mode: Any, a: Any, g: Any) -> Any:
    """Return mode + g (x - a mode), the mean of z given x_t and its mode.

    >>> cloud_mean(1.0, 4.0, 0.5, 0.5)
    3.5
    """
    return mode + g * (x - a * mode)


def right_probability(x: Any, k: Any, h: Any) -> Any:
    """Return 1/(1 + e^(-2(k x + h))), the probability of +mu given x_t; the capped one if k is capped.

    >>> float(right_probability(0.0, 1.0, 0.0))
    0.5
    """
    return expit(2 * half_log_odds(x, k, h))


@final
@dataclass(frozen=True)
class Denoiser:
    """The K calls that a sampler makes, at t_0..t_{K-1}: arrays g, amplitude, k, slope of shape (K,), and h.

    `slope[j]` is the largest slope of call j: lambda_j of the laws.
    """

    g: Array
    amplitude: Array
    k: Array
    slope: Array
    h: float

    def __call__(self, step: int, x: Any) -> Any:
        """Return m at t_step in x; x has any shape."""
        return posterior_mean(x, self.g[step], self.amplitude[step], self.k[step], self.h)


def steepest_within(target: TwoModes, schedule: Schedule) -> float:
    """Return the largest slope within one mode over the K calls: no cap can lie below it.

    >>> from theory.path import LinearPath, uniform_schedule
    >>> from theory.target import two_modes
    >>> steepest_within(two_modes(mu=4, scale=1), uniform_schedule(LinearPath(), 2))
    1.0
    """
    return float(np.max(linear_slope(schedule.a[:-1], schedule.b[:-1], target.scale)))


def cap_of(denoiser_stiffness: Any) -> float:
    """Return the cap on the slope of a call, positive, or UNCAPPED. Raises UsageError.

    >>> cap_of(4), cap_of(UNCAPPED)
    (4.0, inf)
    """
    if isinstance(denoiser_stiffness, float) and denoiser_stiffness == UNCAPPED:
        return UNCAPPED
    return float(positive("denoiser_stiffness", denoiser_stiffness))


def check_cap(denoiser_stiffness: Any, target: TwoModes, schedule: Schedule) -> float:
    """Return the cap lambda; UsageError if some call has a larger slope within one mode already.

    >>> from theory.path import LinearPath, uniform_schedule
    >>> from theory.target import two_modes
    >>> check_cap(2, two_modes(mu=4, scale=1), uniform_schedule(LinearPath(), 2))
    2.0
    """
    cap = cap_of(denoiser_stiffness)
    if cap == UNCAPPED:
        return UNCAPPED
    steepest = steepest_within(target, schedule)
    if cap < steepest:
        raise UsageError(
            "denoiser_stiffness cannot be reached.",
            expected=f"at least {steepest!r}, the slope within one mode at the last call",
            received=repr(cap),
            hint="Is the scale of the modes too large, or are there too many steps, for so smooth a denoiser?",
        )
    return cap


def two_mode_denoiser(target: TwoModes, schedule: Schedule, *, denoiser_stiffness: Any = UNCAPPED) -> Denoiser:
    """Return the denoiser of `target` on `schedule`, each call of slope at most `denoiser_stiffness`.

    Raises UsageError where the cap lies below the slope within one mode. Source: theory/LAWS.md, section 7.

    >>> from theory.path import LinearPath, uniform_schedule
    >>> from theory.target import two_modes
    >>> capped = two_mode_denoiser(two_modes(mu=4), uniform_schedule(LinearPath(), 4), denoiser_stiffness=4)
    >>> capped.slope.tolist()
    [0.0, 4.0, 4.0, 4.0]
    """
    cap = check_cap(denoiser_stiffness, target, schedule)
    a, b = schedule.a[:-1], schedule.b[:-1]
    v = view_variance(a, b, target.scale)
    g = linear_slope(a, b, target.scale)
    amplitude = b**2 * target.mu / v
    k = minimum(a * target.mu / v, (cap - g) / amplitude)
    left, right = target.weights
    return Denoiser(
        g=g,
        amplitude=amplitude,
        k=k,
        slope=minimum(boundary_slope(a, b, target.mu, target.scale), cap),
        h=math.log(right / left) / 2,
    )
