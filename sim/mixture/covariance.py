"""CovarianceRun = one sampler on modes with covariances of their own: every sampler that isotropic modes have.

The target's own masses of balls have no closed form here, so they are counted on as many clean latents, and distances
are between two counts. Source: theory/LAWS.md, sections 7 ("Mixtures") and 8.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np

from sim.mixture import along
from sim.mixture.clean import clean_wide_latents
from sim.mixture.covariance_flow import CovarianceFlow, covariance_flow
from sim.mixture.flow import PER_UNIT
from sim.mixture.sampling import SAMPLERS, AbstractRun, method_of
from sim.noise import CATEGORICAL, normals, uniform
from sim.resolved import check_resolved
from sim.sampler_keys import FLOW, own_key
from theory.covariance import CovarianceDenoiser, CovarianceMixture, covariance_denoiser
from theory.denoiser import UNCAPPED
from theory.errors import Array, one_of
from theory.escape import COMMIT_TIME
from theory.flow import refuse_cap
from theory.target import check_margin
from theory.time_grid import time_grid

CLEAN_STEP: Final = 0xFFFF
"""The step at which clean latents have their noise: beyond those of any run."""


@final
@dataclass(frozen=True, eq=False)
class CovarianceRun(AbstractRun):
    """A sampler on modes with covariances: those of `mixture`, whose means and weights are the `target`."""

    denoiser: CovarianceDenoiser
    flow: CovarianceFlow | None
    mixture: CovarianceMixture

    @property
    def kernels(self) -> tuple[Callable[..., Any], Callable[..., Any]]:
        if self.flow:
            return along.flow_counts, along.flow_outputs
        if self.method:
            return along.linear_counts, along.linear_outputs
        return along.affine_counts, along.affine_outputs

    def tables(self) -> tuple[Any, ...]:
        if self.flow:
            return self.flow.tables()
        d, steps = self.denoiser, self.steps
        shared = (d.target.centres.means, d.target.axes, d.a, d.half_precision, d.offset, d.shrink)
        if steps is None:
            assert self.method is not None
            return (*shared, self.method.noise, self.method.mix)
        return (*shared, self.spreads(), steps.keep, steps.add, steps.tau, self.drawn, steps.start)

    def spreads(self) -> Array:
        """Return the standard deviation of z given x and its mode along each axis, shape (K, M, n)."""
        a, b = self.schedule.a[:-1, None, None], self.schedule.b[:-1, None, None]
        v = self.denoiser.target.variances
        return np.asarray(np.sqrt(v) * b / np.sqrt(a**2 * v + b**2))

    def clean_counter(self, seed: int) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        """Return the kernel that counts the target's own latents, and its arguments."""
        return along.clean_counts, (seed, self.target.means, self.target.radius(self.margin), self.clean_tables())

    def clean_tables(self) -> tuple[Any, ...]:
        """Return what the kernel of clean latents reads."""
        own = self.denoiser.target
        return own.centres.means, own.axes, np.sqrt(own.variances), own.centres.weights, CLEAN_STEP

    def exact_flow(self, per_unit: int) -> CovarianceFlow:
        return covariance_flow(self.mixture, per_unit=per_unit)

    def clean_latents(self, particles: range, *, seed: int) -> Array:
        return clean_wide_latents(self.mixture.drawn, particles, seed=seed)

    def reference(self, particles: range, *, seed: int = 0) -> Array:
        """Return the same points as `outputs`, to rounding, from plain NumPy and solves with whole matrices."""
        n, d = self.target.source_dim, self.denoiser
        if self.flow:
            return self.flow.reference(particles, seed=seed)
        if self.method:
            inputs = [normals(seed, particles, i, n) for i in range(self.method.noise.shape[1])]
            return self.method.outputs(d, np.array(inputs))
        steps, drawn = self.steps, self.drawn
        assert steps is not None
        x = steps.start * normals(seed, particles, 0, n)
        for j in range(self.schedule.steps):
            y = self._draw(j, x, particles, seed) if drawn[j] else d(j, x)
            x = steps.keep[j] * x + steps.add[j] * y
            if steps.tau[j] > 0:
                x = x + steps.tau[j] * normals(seed, particles, j + 1, n)
        return x

    def _draw(self, j: int, x: Array, particles: range, seed: int) -> Array:
        """Return z drawn from the posterior at call j in x: a token by its responsibility, then z from its mode."""
        d = self.denoiser
        shares = np.cumsum(d.responsibilities(j, x), axis=1)
        u = np.asarray(uniform(seed, CATEGORICAL, np.arange(particles.start, particles.stop), j, 0))
        token = np.argmax(u[:, None] * shares[:, -1:] < shares, axis=1)
        noise = self.spreads()[j, token] * normals(seed, particles, self.schedule.steps + j, x.shape[1])
        if not d.target.diagonal:
            noise = np.einsum("pi,pic->pc", noise, d.target.axes[token])
        return np.asarray(d.within(j, x)[np.arange(len(x)), token] + noise)


def build_covariance_run(
    target: CovarianceMixture,
    *,
    steps: Any,
    sampler: str = "ddim",
    denoiser_stiffness: Any = UNCAPPED,
    margin: Any = 0.1,
    commit_time: Any = None,
    **timing: Any,
) -> CovarianceRun:
    """Return the checked run; UsageError where a value is out of its range, or a cap cannot be certified.

    `timing` are the other keys of `theory.time_grid`.
    """
    one_of("sampler", sampler, SAMPLERS)
    time = own_key("commit_time", commit_time, sampler, default=COMMIT_TIME)
    if sampler == FLOW:
        refuse_cap(denoiser_stiffness)
    visited = time_grid(steps=steps, **timing)
    centres = target.centres
    method = method_of(sampler, visited, centres.source_dim)
    calls = method.schedule if method else visited.schedule
    denoiser = covariance_denoiser(target, calls, denoiser_stiffness=denoiser_stiffness)
    check_resolved(float(np.max(np.abs(centres.means))), calls, float(np.sqrt(np.min(target.variances))))
    flow = covariance_flow(target, per_unit=PER_UNIT) if sampler == FLOW else None
    delta = check_margin(margin)
    return CovarianceRun(sampler, visited, centres, denoiser, delta, method, time, flow, target)
