"""The samplers on mixtures as their definitions read, in plain NumPy: what the compiled lanes are held against.

Posterior means come from theory, in its own, stabler arrangement; noise comes from the same addresses. Particles in
full arrays, so only for small numbers of them. Source: theory/LAWS.md, sections 7 and 8.
"""

import numpy as np
import numpy.typing as npt

from sim.noise import CATEGORICAL, normals, uniform
from sim.particles import Counts
from theory.errors import Array
from theory.joint import Steps
from theory.linear_method import LinearMethod
from theory.mixture import Mixture
from theory.mixture_denoiser import MixtureDenoiser
from theory.path import Schedule


def affine_reference(
    denoiser: MixtureDenoiser, schedule: Schedule, steps: Steps, drawn: npt.NDArray[np.bool_],
    particles: range, seed: int,
) -> Array:  # fmt: skip
    """Return z-hat of each particle, (N, n), for x' = keep x + add y + tau xi, y = m(x) or a draw where `drawn`."""
    n = denoiser.target.source_dim
    x = steps.start * normals(seed, particles, 0, n)
    for j in range(schedule.steps):
        y = _draw(denoiser, schedule, j, x, particles, seed) if drawn[j] else denoiser(j, x)
        x = steps.keep[j] * x + steps.add[j] * y
        if steps.tau[j] > 0:
            x = x + steps.tau[j] * normals(seed, particles, j + 1, n)
    return x


def _draw(
    denoiser: MixtureDenoiser, schedule: Schedule, j: int, x: Array, particles: range, seed: int
) -> Array:  # fmt: skip
    """Return z drawn from the posterior at call j in x: a token by its responsibility, then z from its mode given x."""
    target, a, b = denoiser.target, schedule.a[j], schedule.b[j]
    shares = np.cumsum(denoiser.responsibilities(j, x), axis=-1)
    u = uniform(seed, CATEGORICAL, np.arange(particles.start, particles.stop), j, 0)
    token = np.argmax(u[:, None] * shares[:, -1:] < shares, axis=-1)
    centre, scale = target.means[token], target.scales[token][:, None]
    spread = scale * b / np.sqrt(a**2 * scale**2 + b**2)
    within = spread * normals(seed, particles, schedule.steps + j, target.source_dim)
    z: Array = centre + denoiser.shrink[j, token][:, None] * (x - a * centre) + within
    return z


def levels_reference(
    denoiser: MixtureDenoiser, schedule: Schedule, groups: Array, particles: range, seed: int
) -> Array:
    """Return the last draw of each particle, shape (N, n): a leaf within the kept subtree at every call.

    Posteriors within a subtree are the leaves' own, renormalised in logarithms.
    """
    target, k = denoiser.target, schedule.steps
    n, leaf = target.source_dim, np.arange(target.modes)
    number = np.arange(particles.start, particles.stop)
    x = schedule.b[0] * normals(seed, particles, 0, n)
    low, kept = np.zeros(len(number), np.int64), target.modes
    z: Array = x
    for j in range(k):
        a, b = schedule.a[j], schedule.b[j]
        squares = np.sum((x[:, None, :] - a * target.means) ** 2, axis=-1)
        logits = denoiser.offset[j] - denoiser.half_precision[j] * squares
        inside = (leaf >= low[:, None]) & (leaf < low[:, None] + kept)
        logits = np.where(inside, logits, -np.inf)
        shares = np.cumsum(np.exp(logits - logits.max(axis=1, keepdims=True)), axis=-1)
        u = uniform(seed, CATEGORICAL, number, j, 0)
        token = np.argmax(u[:, None] * shares[:, -1:] < shares, axis=-1)
        low, kept = token // groups[j] * groups[j], int(groups[j])
        centre, scale = target.means[token], target.scales[token][:, None]
        spread = scale * b / np.sqrt(a**2 * scale**2 + b**2)
        z = centre + denoiser.shrink[j, token][:, None] * (x - a * centre) + spread * normals(seed, particles, k + j, n)
        if j + 1 < k:
            x = schedule.a[j + 1] * z + schedule.b[j + 1] * normals(seed, particles, j + 1, n)
    return z


def linear_reference(denoiser: MixtureDenoiser, method: LinearMethod, particles: range, seed: int) -> Array:
    """Return z-hat of each particle, shape (N, n), of a linear method."""
    n = denoiser.target.source_dim
    return method.outputs(denoiser, np.array([normals(seed, particles, i, n) for i in range(method.noise.shape[1])]))


def landed(target: Mixture, margin: float, points: Array) -> Counts:
    """Return how many `points` (N, n) lie in each landing set, then in none; shape (M + 1,)."""
    inside = np.linalg.norm(points[:, None, :] - target.means, axis=-1) <= target.radius(margin)
    counts = np.append(inside.sum(axis=0), np.sum(~inside.any(axis=1)))
    return np.asarray(counts, dtype=np.int64)
