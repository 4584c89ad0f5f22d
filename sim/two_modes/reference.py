"""The samplers of one call a step on two modes, as their definitions read, in plain NumPy: the kernels' reference.

All particles in one array, one pass a step, posterior means and odds from theory, noise from the same addresses.
Source: theory/LAWS.md, sections 7 and 8.
"""

import numpy as np
import numpy.typing as npt

from sim.noise import CATEGORICAL, normals, uniform
from theory.denoiser import Denoiser, half_log_odds
from theory.errors import Array
from theory.joint import Steps
from theory.path import Schedule
from theory.primitives import expit
from theory.target import TwoModes


def affine_reference(
    target: TwoModes, schedule: Schedule, denoiser: Denoiser, steps: Steps, drawn: npt.NDArray[np.bool_],
    particles: range, seed: int,
) -> Array:  # fmt: skip
    """Return z-hat of each particle, shape (N,), for x' = keep x + add y + tau xi, y = m(x) or a draw where `drawn`."""
    number = np.arange(particles.start, particles.stop)

    def noise(step: int) -> Array:
        return normals(seed, particles, step, 1)[:, 0]

    x = steps.start * noise(0)
    for j in range(schedule.steps):
        y = denoiser(j, x)
        if drawn[j]:
            a, b = schedule.a[j], schedule.b[j]
            right = uniform(seed, CATEGORICAL, number, j, 0) < expit(2 * half_log_odds(x, denoiser.k[j], denoiser.h))
            mode = np.where(right, target.mu, -target.mu)
            y = mode + denoiser.g[j] * (x - a * mode)
            if target.scale > 0:
                within = target.scale * b / np.sqrt(a**2 * target.scale**2 + b**2)
                y = y + within * noise(schedule.steps + j)
        x = steps.keep[j] * x + steps.add[j] * y
        if steps.tau[j] > 0:
            x = x + steps.tau[j] * noise(j + 1)
    return np.asarray(x)
