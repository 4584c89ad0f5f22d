"""Modes with covariances of their own in lanes of particles: all of a mode is a sum over its axes.

As in sim.mixture.lanes, with the coordinate y of x - a mu_k along each axis of mode k in the place of each coordinate.
The target's own masses of balls have no closed form here, so they are counted on as many clean latents, and total
variation is between two counts. Source: theory/LAWS.md, sections 7 ("Mixtures") and 8.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np

from sim.compiled import formula
from sim.lane_exp import exp_in_place
from sim.mixture import sampling
from sim.mixture.lanes import LANES, block_kernels, draw_token, fill_normals, one_row
from sim.noise import CATEGORICAL, DATA, normals, uniform
from sim.resolved import check_resolved
from theory.covariance import CovarianceDenoiser, CovarianceMixture, covariance_denoiser
from theory.denoiser import UNCAPPED
from theory.errors import Array, one_of
from theory.joint import Steps, joint_stiffness
from theory.mixture import Mixture
from theory.path import Schedule
from theory.target import check_margin
from theory.time_grid import TimeGrid, time_grid

STEPS: Final = {name: sampling.STEPS[name] for name in ("ddim", "reinjection", "ancestral")}
"""The samplers x' = keep x + add m(x) + tau xi by name."""

SAMPLERS: Final = (*STEPS, "commit_parallel")

CLEAN_STEP: Final = 0xFFFF
"""The step at which clean latents have their noise: beyond those of any run."""


@formula
def along(x: Any, lane: Any, k: Any, i: Any, a: Any, means: Any, axes: Any) -> Any:
    """Return the coordinate of x - a mu_k along axis i of mode k in one lane."""
    if axes.shape[1] == 0:
        return x[i, lane] - a * means[k, i]
    total = 0.0
    for c in range(means.shape[1]):
        total += axes[k, i, c] * (x[c, lane] - a * means[k, c])
    return total


@formula
def fill_odds_along(
    odds: Any, total: Any, scratch: Any, x: Any, means: Any, axes: Any, a: Any, half_precision: Any, offset: Any
) -> None:
    """Write odds (M, LANES), the likeliest mode's 1, and their sums over modes, for half_precision (M, n)."""
    top = total
    top[:] = -np.inf
    for k in range(means.shape[0]):
        row = odds[k]
        row[:] = offset[k]
        for i in range(means.shape[1]):
            for lane in range(LANES):
                y = along(x, lane, k, i, a, means, axes)
                row[lane] -= half_precision[k, i] * y * y
        for lane in range(LANES):
            top[lane] = row[lane] if row[lane] > top[lane] else top[lane]
    for k in range(means.shape[0]):
        exp_in_place(odds[k], top, scratch)
    total[:] = 0.0
    for k in range(means.shape[0]):
        for lane in range(LANES):
            total[lane] += odds[k, lane]


@formula
def add_along(out: Any, lane: Any, k: Any, i: Any, y: Any, axes: Any) -> None:
    """Add y times axis i of mode k to one lane."""
    if axes.shape[1] == 0:
        out[i, lane] += y
    else:
        for c in range(out.shape[0]):
            out[c, lane] += y * axes[k, i, c]


@formula
def covariance_block(x: Any, rows: Any, odds: Any, lanes: Any, seed: Any, first: Any, tables: Any) -> None:
    """Take a block from its noise to z-hat: x' = keep x + add m(x) + tau xi, K times; the result is in `x`."""
    means, axes, a, half_precision, offset, shrink, keep, add, tau, start = tables
    n, total, scratch, work = x.shape[0], lanes[0], lanes[1], rows[0]
    fill_normals(x, seed, first, 0)
    x *= start
    for j in range(keep.size):
        fill_odds_along(odds, total, scratch, x, means, axes, a[j], half_precision[j], offset[j])
        work[:] = 0.0
        for k in range(means.shape[0]):
            for lane in range(LANES):
                share = odds[k, lane] / total[lane]
                for i in range(n):
                    work[i, lane] += share * means[k, i]
                for i in range(n):
                    y = share * shrink[j, k, i] * along(x, lane, k, i, a[j], means, axes)
                    add_along(work, lane, k, i, y, axes)
        for i in range(n):
            for lane in range(LANES):
                x[i, lane] = keep[j] * x[i, lane] + add[j] * work[i, lane]
        if tau[j] > 0:
            fill_normals(work, seed, first, j + 1)
            for i in range(n):
                for lane in range(LANES):
                    x[i, lane] += tau[j] * work[i, lane]


@formula
def covariance_commitment_block(x: Any, rows: Any, odds: Any, lanes: Any, seed: Any, first: Any, tables: Any) -> None:
    """Take a block to its last draw: a token, z from its mode, x' = a' z + b' xi; z's noise is at steps K..2K - 1."""
    means, axes, a, half_precision, offset, shrink, within, noise = tables
    n, steps, total, scratch, work = x.shape[0], offset.shape[0], lanes[0], lanes[1], rows[0]
    z = np.empty((n, LANES))
    fill_normals(x, seed, first, 0)
    x *= noise[0]
    for j in range(steps):
        fill_odds_along(odds, total, scratch, x, means, axes, a[j], half_precision[j], offset[j])
        fill_normals(work, seed, first, steps + j)
        for lane in range(LANES):
            k = draw_token(odds, total, lane, uniform(seed, CATEGORICAL, first + lane, j, 0))
            for i in range(n):
                z[i, lane] = means[k, i]
            for i in range(n):
                y = shrink[j, k, i] * along(x, lane, k, i, a[j], means, axes) + within[j, k, i] * work[i, lane]
                add_along(z, lane, k, i, y, axes)
        x[:] = z
        if j + 1 < steps:
            fill_normals(work, seed, first, j + 1)
            for i in range(n):
                for lane in range(LANES):
                    x[i, lane] = a[j + 1] * z[i, lane] + noise[j + 1] * work[i, lane]


@formula
def clean_block(
    x: Any, rows: Any, odds: Any, lanes: Any, seed: Any, first: Any, tables: Any  # noqa: ARG001  one form of blocks
) -> None:  # fmt: skip
    """Draw a block from the target itself: a mode by its weight, then a point of it."""
    means, axes, deviations, weights, step = tables
    work = rows[0]
    fill_normals(work, seed, first, step)
    for lane in range(LANES):
        u, k, below = uniform(seed, DATA, first + lane, step, 0), 0, weights[0]
        while k + 1 < weights.size and u >= below:
            k += 1
            below += weights[k]
        for i in range(means.shape[1]):
            x[i, lane] = means[k, i]
        for i in range(means.shape[1]):
            add_along(x, lane, k, i, deviations[k, i] * work[i, lane], axes)


affine_counts, affine_outputs = block_kernels(covariance_block, one_row)
commitment_counts, commitment_outputs = block_kernels(covariance_commitment_block, one_row)
clean_counts, clean_outputs = block_kernels(clean_block, one_row)


@final
@dataclass(frozen=True, eq=False)
class CovarianceRun:
    """One sampler on modes with covariances; the fields are those of sim.mixture.sampling.MixtureRun."""

    sampler: str
    time_grid: TimeGrid
    mixture: CovarianceMixture
    denoiser: CovarianceDenoiser
    margin: float
    commit_time: None = None

    @property
    def schedule(self) -> Schedule:
        """The path's a and b at t_0..t_K."""
        return self.time_grid.schedule

    @property
    def nfe(self) -> int:
        """The calls of the denoiser."""
        return self.schedule.steps

    @property
    def target(self) -> Mixture:
        """The means and weights, round which the landing sets lie."""
        return self.mixture.centres

    @property
    def steps(self) -> Steps | None:
        """The affine steps, or None for commitment."""
        return STEPS[self.sampler](self.schedule) if self.sampler in STEPS else None

    @property
    def stiffness(self) -> float:
        """The Lipschitz constant of the class; infinite where it draws or no slope is certified."""
        certified = self.steps is not None and bool(np.all(np.isfinite(self.denoiser.slope)))
        return joint_stiffness(self.steps, self.denoiser.slope) if certified and self.steps else math.inf

    @property
    def bounded_class(self) -> str:
        """The class of maps in which the bound holds, in words."""
        if self.steps is None:
            return "none: a draw is discontinuous"
        if not np.all(np.isfinite(self.denoiser.slope)):
            return "none: no slope is certified where neither of two modes is wider in all directions"
        noisy = bool(np.any(self.steps.tau > 0))
        return "maps this stiff jointly in all K noises" if noisy else "DDIM steps with this denoiser's slopes"

    def tables(self) -> tuple[Any, ...]:
        """Return what the kernels read, in their order."""
        d, s, steps = self.denoiser, self.schedule, self.steps
        shared = (d.target.centres.means, d.target.axes, d.a, d.half_precision, d.offset, d.shrink)
        if steps is not None:
            return (*shared, steps.keep, steps.add, steps.tau, steps.start)
        return (*shared, self.spreads(), s.b[:-1])

    def spreads(self) -> Array:
        """Return the standard deviation of z given x and its mode along each axis, shape (K, M, n)."""
        a, b = self.schedule.a[:-1, None, None], self.schedule.b[:-1, None, None]
        v = self.denoiser.target.variances
        return np.asarray(np.sqrt(v) * b / np.sqrt(a**2 * v + b**2))

    def counter(self, seed: int) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        """Return the counting kernel and its arguments after (first, stop)."""
        kernel = commitment_counts if self.steps is None else affine_counts
        return kernel, (seed, self.target.means, self.target.radius(self.margin), self.tables())

    def clean_counter(self, seed: int) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        """Return the kernel that counts the target's own latents, and its arguments."""
        return clean_counts, (seed, self.target.means, self.target.radius(self.margin), self.clean_tables())

    def clean_tables(self) -> tuple[Any, ...]:
        """Return what the kernel of clean latents reads."""
        own = self.denoiser.target
        return own.centres.means, own.axes, np.sqrt(own.variances), own.centres.weights, CLEAN_STEP

    def outputs(self, particles: range, *, seed: int = 0) -> Array:
        """Return z-hat of each particle, shape (N, n), as the kernels compute it."""
        kernel = commitment_outputs if self.steps is None else affine_outputs
        points: Array = kernel(particles.start, particles.stop, seed, self.tables())
        return points

    def reference(self, particles: range, *, seed: int = 0) -> Array:
        """Return the same points as `outputs`, to rounding, from plain NumPy and solves with whole matrices."""
        d, s, steps = self.denoiser, self.schedule, self.steps
        n, number = self.target.source_dim, np.arange(particles.start, particles.stop)
        x = s.b[0] * normals(seed, particles, 0, n)
        z: Array = x
        for j in range(s.steps):
            if steps is not None:
                noise = steps.tau[j] * normals(seed, particles, j + 1, n) if steps.tau[j] > 0 else 0.0
                z = x = steps.keep[j] * x + steps.add[j] * d(j, x) + noise
                continue
            shares = np.cumsum(d.responsibilities(j, x), axis=1)
            u = np.asarray(uniform(seed, CATEGORICAL, number, j, 0))
            token = np.argmax(u[:, None] * shares[:, -1:] < shares, axis=1)
            noise = self.spreads()[j, token] * normals(seed, particles, s.steps + j, n)
            if not d.target.diagonal:
                noise = np.einsum("pi,pic->pc", noise, d.target.axes[token])
            z = d.within(j, x)[np.arange(len(x)), token] + noise
            if j + 1 < s.steps:
                x = s.a[j + 1] * z + s.b[j + 1] * normals(seed, particles, j + 1, n)
        return z


def build_covariance_run(
    target: CovarianceMixture,
    *,
    steps: Any,
    sampler: str = "ddim",
    denoiser_stiffness: Any = UNCAPPED,
    margin: Any = 0.1,
    **timing: Any,
) -> CovarianceRun:
    """Return the checked run; UsageError where a value is out of its range, or a cap cannot be certified.

    `timing` are the other keys of `theory.time_grid`.
    """
    one_of("sampler", sampler, SAMPLERS)
    visited = time_grid(steps=steps, **timing)
    schedule = visited.schedule
    denoiser = covariance_denoiser(target, schedule, denoiser_stiffness=denoiser_stiffness)
    check_resolved(float(np.max(np.abs(target.centres.means))), schedule, float(np.sqrt(np.min(target.variances))))
    return CovarianceRun(sampler, visited, target, denoiser, check_margin(margin))
