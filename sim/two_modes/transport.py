"""W(sampled, target) = E |T(xi) - F^-1(Phi(xi))| for an increasing sampler T: on a line quantiles carry best.

No seed and no count: both maps are increasing functions of one normal number, integrated by quadrature.
Source: theory/LAWS.md, section 8 ("Preimages"); that quantiles are optimal on a line is classical (Frechet 1957).
"""

from collections.abc import Callable
from itertools import pairwise
from typing import Final

import numpy as np
from scipy.integrate import quad
from scipy.optimize import brentq

from sim.two_modes.linear_samplers import Linear
from sim.two_modes.pushforward import ddim_map
from sim.two_modes.run import Measurement, build_setting
from sim.two_modes.samplers import Setting
from theory.errors import UsageError
from theory.primitives import ndtr, ndtri
from theory.schemes import SCHEMES
from theory.target import TwoModes

_REACH: Final = 12.0
"""Phi(-12) = 1.8e-33: what lies beyond adds less than rounding to any mean of lengths of one size."""

_SETTING: Final = (
    "mu", "steps", "scale", "weights", "path", "grid", "s_max", "s_min", "rho", "times", "denoiser_stiffness", "margin",
)  # fmt: skip
"""The keys of a run that fix its setting."""


def target_map(target: TwoModes) -> Callable[[float], float]:
    """Return F^-1 o Phi, the increasing map from a normal number to the target: the exact flow of every path.

    >>> from theory.target import two_modes
    >>> target_map(two_modes(mu=4, weights=(0.25, 0.75)))(-0.6)  # Phi(-0.6) = 0.274 > 0.25
    4.0
    """
    left, right = target.weights
    mu, scale = target.mu, target.scale
    if mu + 40 * scale == mu:  # all of a mode is its mean, to the last digit
        return lambda x: mu if ndtr(x) > left else -mu
    reach = mu + 40 * scale

    def quantile(x: float) -> float:
        sign = -1.0 if x > 0 else 1.0  # the smaller tail keeps its digits

        def excess(y: float) -> float:
            below, above = ndtr(sign * (y + mu) / scale), ndtr(sign * (y - mu) / scale)
            return float(left * below + right * above - ndtr(sign * x))

        return float(brentq(excess, -reach, reach, xtol=1e-14 * reach, rtol=1e-15))

    return quantile


def sampler_map(setting: Setting, sampler: str) -> Callable[[float], float]:
    """Return the sampler as a map of its one normal number.

    UsageError unless it is deterministic and surely increasing: no coefficient of its matrices is negative.
    """
    scheme = SCHEMES.get(sampler)
    if scheme is None or scheme.noise != "deterministic":
        raise UsageError(
            f"{sampler} is no map of one number.", expected="a deterministic sampler",
            received=sampler, hint="Would sim.transport.wasserstein, on samples, do?",
        )  # fmt: skip
    if sampler == "ddim":
        return ddim_map(setting.schedule, setting.denoiser)
    method, denoiser = Linear(scheme).method(setting)
    if not method.increasing:
        raise UsageError(
            f"{sampler} may turn back here: a step takes away more than is there.",
            expected="a sampler whose matrices have no negative coefficient", received=f"{sampler}, "
            f"{setting.schedule.steps} steps", hint="Would ddim, or sim.transport.wasserstein on samples, do?",
        )  # fmt: skip
    return lambda x: float(method.outputs(denoiser, np.array([x])))


def exact_wasserstein(measured: Measurement) -> float:
    """Return W between what an increasing sampler of two modes makes and the target, in units of mu.

    To 1e-9 of mu. Raises UsageError as `sampler_map`.

    >>> from sim.two_modes.run import simulate_two_modes
    >>> round(exact_wasserstein(simulate_two_modes(mu=4, steps=1, particles=10)), 9)  # all mass goes 4 away
    4.0
    """
    given = {key: value for key, value in measured.given.items() if key in _SETTING and value is not None}
    return wasserstein_to_target(build_setting(**given), measured.given["sampler"])


def wasserstein_to_target(setting: Setting, sampler: str) -> float:
    """Return E |T(xi) - F^-1(Phi(xi))|; UsageError as `sampler_map`."""
    made, wanted = sampler_map(setting, sampler), target_map(setting.target)
    # Where the target jumps or the sampler crosses over, panels begin.
    ends = [float(ndtri(setting.target.weights[0]))]
    if made(-_REACH) < 0 < made(_REACH):
        ends.append(float(brentq(made, -_REACH, _REACH, xtol=1e-15)))
    panels = sorted({-_REACH, *ends, _REACH})
    density = 1 / np.sqrt(2 * np.pi)

    def carried(x: float) -> float:
        return float(abs(made(x) - wanted(x)) * density * np.exp(-x * x / 2))

    size = 1e-10 * setting.target.mu
    parts = [quad(carried, low, high, epsabs=size, epsrel=1e-10, limit=1000)[0] for low, high in pairwise(panels)]
    return float(np.sum(parts))
