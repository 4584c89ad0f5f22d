"""The samplers on mixtures as their definitions read, in plain NumPy: what the compiled lanes are held against.

Posterior means come from theory, in its own, stabler arrangement; noise comes from the same addresses. Particles in
full arrays, so only for small numbers of them. Source: theory/LAWS.md, sections 7 and 8.
"""

import numpy as np

from sim.noise import CATEGORICAL, normals, uniform
from sim.particles import Counts
from theory.errors import Array
from theory.joint import Steps
from theory.mixture import Mixture
from theory.mixture_denoiser import MixtureDenoiser
from theory.path import Schedule


def affine_reference(denoiser: MixtureDenoiser, steps: Steps, particles: range, seed: int) -> Array:
    """Return z-hat of each particle, shape (N, n), for x' = keep x + add m(x) + tau xi."""
    n = denoiser.target.source_dim
    x = steps.start * normals(seed, particles, 0, n)
    for j in range(len(steps.keep)):
        x = steps.keep[j] * x + steps.add[j] * denoiser(j, x)
        if steps.tau[j] > 0:
            x = x + steps.tau[j] * normals(seed, particles, j + 1, n)
    return x


def commitment_reference(denoiser: MixtureDenoiser, schedule: Schedule, particles: range, seed: int) -> Array:
    """Return the last draw of each particle, shape (N, n), for a token at every call, z from its mode, fresh noise."""
    target, k = denoiser.target, schedule.steps
    n = target.source_dim
    number = np.arange(particles.start, particles.stop)
    x = schedule.b[0] * normals(seed, particles, 0, n)
    z: Array = x
    for j in range(k):
        a, b = schedule.a[j], schedule.b[j]
        shares = np.cumsum(denoiser.responsibilities(j, x), axis=-1)
        u = uniform(seed, CATEGORICAL, number, j, 0)
        token = np.argmax(u[:, None] * shares[:, -1:] < shares, axis=-1)
        centre, scale = target.means[token], target.scales[token][:, None]
        spread = scale * b / np.sqrt(a**2 * scale**2 + b**2)
        z = centre + denoiser.shrink[j, token][:, None] * (x - a * centre) + spread * normals(seed, particles, k + j, n)
        if j + 1 < k:
            x = schedule.a[j + 1] * z + schedule.b[j + 1] * normals(seed, particles, j + 1, n)
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


def landed(target: Mixture, margin: float, points: Array) -> Counts:
    """Return how many `points` (N, n) lie in each landing set, then in none; shape (M + 1,)."""
    inside = np.linalg.norm(points[:, None, :] - target.means, axis=-1) <= target.radius(margin)
    counts = np.append(inside.sum(axis=0), np.sum(~inside.any(axis=1)))
    return np.asarray(counts, dtype=np.int64)
