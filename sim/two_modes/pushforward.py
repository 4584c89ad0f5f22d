"""P(T(x) >= y) = Phi(-T^-1(y)) for an increasing map T: a deterministic sampler measured without a seed.

On a line each DDIM step keeps a positive share of x and adds a positive multiple of an increasing m(x), so the
whole sampler T is increasing and the preimage of a landing set is one half-line. Source: theory/LAWS.md,
section 8 ("Preimages").
"""

from collections.abc import Callable
from typing import Final

import numpy as np

from theory.denoiser import Denoiser
from theory.depth import ddim_coefficients, ddim_step
from theory.errors import Array
from theory.gaussian import interval_mass
from theory.monotone import first_at_least, last_at_most
from theory.path import Schedule
from theory.primitives import ndtr

REACH: Final = 38.0
"""Phi(-38) = 2.9e-316 is no normal double: no preimage further out has a mass that a double can hold."""


def ddim_map(schedule: Schedule, denoiser: Callable[[int, float], float]) -> Callable[[float], float]:
    """Return the map xi -> z-hat of K DDIM steps from x_0 = b_0 xi, the last of which returns m(x_{K-1}).

    `denoiser(k, x)` is the k-th call; any increasing function will do.
    """
    keep, add = ddim_coefficients(schedule.a[:-1], schedule.b[:-1], schedule.a[1:], schedule.b[1:])
    if np.any(keep < 0) or np.any(add < 0):
        raise ValueError("The path is not monotone, so its DDIM map need not be increasing.")

    def sampler(xi: float) -> float:
        x = schedule.b[0] * xi
        for k in range(schedule.steps):
            x = ddim_step(x, denoiser(k, x), keep[k], add[k])
        return float(x)

    return sampler


def increasing_map_masses(sampler: Callable[[float], float], edge: float) -> Array:
    """Return the masses of (-inf, -edge], (-edge, edge), [edge, inf) under an increasing map of N(0, 1).

    >>> increasing_map_masses(lambda x: 0.0, 1.0).tolist()
    [0.0, 1.0, 0.0]
    """
    low, high = last_at_most(sampler, -edge, REACH), first_at_least(sampler, edge, REACH)
    return np.array([ndtr(low), interval_mass(low, high), ndtr(-high)])


def ddim_masses(schedule: Schedule, denoiser: Denoiser, edge: float) -> Array:
    """Return the exact masses (left landing set, middle, right landing set) of DDIM, shape (3,)."""
    return increasing_map_masses(ddim_map(schedule, denoiser), edge)
