"""x_0 ~ N(0, 1), then K steps, then a cell: the counting kernels of two modes, one particle after another.

Each kernel runs particles first..stop-1 through all steps and returns how many ended left of -edge, strictly
between, and right of edge. Formulas come from theory, noise from its address.
"""

import numpy as np

from sim.compiled import formula, kernel
from sim.noise import CATEGORICAL, first_normal, uniform
from theory.denoiser import posterior_mean
from theory.depth import ddim_step
from theory.primitives import expit

for _function in (posterior_mean, ddim_step):
    formula(_function)


@formula
def cell_of(z: float, edge: float) -> int:
    """Return 0 left, 1 ambiguous, 2 right; NaN counts as ambiguous, and is refused by the caller's input checks."""
    return 0 if z <= -edge else (2 if z >= edge else 1)


@kernel
def ddim_counts(first, stop, seed, keep, add, g, amplitude, k, h, b_start, edge):  # type: ignore[no-untyped-def]
    """Count the cells of DDIM's output: every step keeps some of x and adds some of m(x)."""
    counts = np.zeros(3, np.int64)
    for particle in range(first, stop):
        x = b_start * first_normal(seed, particle, 0)
        for j in range(keep.size):
            x = ddim_step(x, posterior_mean(x, g[j], amplitude[j], k[j], h), keep[j], add[j])
        counts[cell_of(x, edge)] += 1
    return counts


@kernel
def threshold_counts(first, stop, seed, low, high):  # type: ignore[no-untyped-def]
    """Count the noise up to `low`, between, and from `high` on: an increasing map's cells by their preimages."""
    counts = np.zeros(3, np.int64)
    for particle in range(first, stop):
        x = first_normal(seed, particle, 0)
        counts[0 if x <= low else (2 if x >= high else 1)] += 1
    return counts


@kernel
def reinjection_counts(first, stop, seed, a, b, g, amplitude, k, h, edge):  # type: ignore[no-untyped-def]
    """Count the cells of re-injection's output: between calls, x' = a' m(x) + b' xi."""
    counts = np.zeros(3, np.int64)
    last = k.size - 1
    for particle in range(first, stop):
        x = b[0] * first_normal(seed, particle, 0)
        for j in range(last):
            mean = posterior_mean(x, g[j], amplitude[j], k[j], h)
            x = a[j + 1] * mean + b[j + 1] * first_normal(seed, particle, j + 1)
        counts[cell_of(posterior_mean(x, g[last], amplitude[last], k[last], h), edge)] += 1
    return counts


@kernel
def commitment_counts(first, stop, seed, a, b, g, k, h, within, mu, edge):  # type: ignore[no-untyped-def]
    """Count the cells of commitment's output: token from its posterior, z from its mode, x' = a' z + b' xi.

    `within[j]` is the standard deviation of z given x and the token; at 0 no noise is drawn for it.
    """
    counts = np.zeros(3, np.int64)
    steps = k.size
    for particle in range(first, stop):
        x = b[0] * first_normal(seed, particle, 0)
        z = 0.0
        for j in range(steps):
            right = uniform(seed, CATEGORICAL, particle, j, 0) < expit(2 * (k[j] * x + h))
            mode = mu if right else -mu
            z = mode + g[j] * (x - a[j] * mode)
            if within[j] > 0:
                z += within[j] * first_normal(seed, particle, steps + j)
            if j + 1 < steps:
                x = a[j + 1] * z + b[j + 1] * first_normal(seed, particle, j + 1)
        counts[cell_of(z, edge)] += 1
    return counts
