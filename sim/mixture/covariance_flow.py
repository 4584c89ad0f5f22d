"""dq/dtau = m, q = x/b and tau = a/b, of modes with covariances: the exact flow, integrated finely.

As sim.mixture.flow; what remains of the flow within a mode is exact along each of its axes. Modes without width in
some directions may meet, and there a choice stays open until the noise has vanished: they are followed until its
standard deviation is a 1e-9th of the target's size. Source: theory/LAWS.md, sections 2 ("Readouts") and 7.
"""

from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np

from sim.mixture.along import flow_outputs
from sim.mixture.flow import fine_stages, runge_kutta
from sim.noise import normals
from theory.covariance import CovarianceDenoiser, CovarianceMixture, exact_denoiser
from theory.errors import Array

_THIN: Final = 1e-6
"""What stands for no width, as a share of the target's size: the noise ends a 1000th of it below."""


@final
@dataclass(frozen=True, eq=False)
class CovarianceFlow:
    """A denoiser at the stages r_0, r_1/2, r_1, ..., r_N, and dtau/dr there, h of each step included."""

    denoiser: CovarianceDenoiser
    noise: Array
    rates: Array

    @property
    def nfe(self) -> int:
        """Denoiser calls: four a step, and one at the end."""
        return 2 * len(self.rates) - 1

    def tables(self) -> tuple[Any, ...]:
        """Return what the kernel reads, in its order."""
        d, widths = self.denoiser, np.sqrt(self.denoiser.target.variances)
        keep = widths / np.hypot(d.a[-1] * widths, self.noise[-1])
        shared = (d.target.centres.means, d.target.axes, d.a, d.half_precision, d.offset, d.shrink)
        return (*shared, self.noise, self.rates, keep)

    def outputs(self, particles: range, *, seed: int = 0) -> Array:
        """Return the clean latent z of each particle's first noise, shape (N, n)."""
        points: Array = flow_outputs(particles.start, particles.stop, seed, self.tables())
        return points

    def reference(self, particles: range, *, seed: int = 0) -> Array:
        """Return the same points, to rounding, from plain NumPy."""
        d, b, target = self.denoiser, self.noise, self.denoiser.target
        x = b[-1] * runge_kutta(d, b, self.rates, normals(seed, particles, 0, target.centres.source_dim))
        shares, keep = d.responsibilities(len(b) - 1, x), self.tables()[-1]
        z: Array = np.zeros_like(x)
        for k, mu in enumerate(target.centres.means):
            axes = np.eye(len(mu)) if target.diagonal else target.axes[k]
            z += shares[:, k : k + 1] * (mu + ((x - d.a[-1] * mu) @ axes.T * keep[k]) @ axes)
        return z


def covariance_flow(target: CovarianceMixture, *, per_unit: int) -> CovarianceFlow:
    """Return the exact flow of `target` with `per_unit` steps a unit of r; its error falls with their fourth power.

    >>> from theory.covariance import covariance_mixture
    >>> points = covariance_mixture(means=[[-4.0], [4.0]], covariances=[[0.0], [0.0]])
    >>> np.unique(covariance_flow(points, per_unit=24).outputs(range(20))).tolist()
    [-4.0, 4.0]
    """
    target = target.drawn
    widths = np.sqrt(target.variances)
    size = max(target.centres.diameter, float(widths.max()))
    thin = np.any(widths == 0) and np.any(widths > 0)
    schedule, rates = fine_stages(target.centres, np.where(widths == 0, _THIN * size * thin, widths), per_unit=per_unit)
    return CovarianceFlow(exact_denoiser(target, schedule), schedule.b[:-1], rates)
