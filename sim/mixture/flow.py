"""dq/dtau = m, q = x/b and tau = a/b: the exact flow of a mixture, the same for every path, integrated finely.

In tau the flow has no singular end. With tau = sinh(r)/l, l the size of the target, it is followed by Runge-Kutta steps
of equal size in r until noise is far below the least scale; what remains of the flow within the modes is exact. Two
step sizes give each particle's error. Source: theory/LAWS.md, sections 2 ("Readouts") and 7 (`conservation`).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np

from sim.compiled import formula
from sim.mixture.lanes import LANES, block_kernels, fill_mean, fill_normals, fill_odds
from sim.noise import normals
from theory.errors import Array
from theory.mixture import Mixture
from theory.mixture_denoiser import MixtureDenoiser, mixture_denoiser
from theory.path import Schedule

PER_UNIT: Final = 24
"""Runge-Kutta steps a unit of r: with half as many the outputs differ by some 1e-6 of the target's size."""

_POINTS: Final = 50.0
"""Noise a 50th of the least distance leaves e^(-50^2/8) of a choice between two points open: less than a double."""

_CLOUDS: Final = 1000.0
"""Noise a 1000th of a mode's scale: what is left of the flow is off by (1/1000)^4."""


@final
@dataclass(frozen=True, eq=False)
class FineFlow:
    """A target, a denoiser at the stages r_0, r_1/2, r_1, ..., r_N, and dtau/dr there, h of each step included."""

    denoiser: MixtureDenoiser
    noise: Array
    rates: Array

    @property
    def steps(self) -> int:
        """N, Runge-Kutta steps."""
        return (len(self.rates) - 1) // 2

    @property
    def nfe(self) -> int:
        """Denoiser calls: four a step, and one at the end."""
        return 4 * self.steps + 1

    def tables(self) -> tuple[Any, ...]:
        """Return what the kernel reads, in its order."""
        d, scales = self.denoiser, self.denoiser.target.scales
        a = d.a[-1]
        root = np.hypot(a * scales, self.noise[-1])
        return (
            d.target.means, d.a, d.half_precision, d.offset, d.shrink, d.pull, self.noise, self.rates,
            scales / root, 1 - a * scales / root,
        )  # fmt: skip

    def outputs(self, particles: range, *, seed: int = 0) -> Array:
        """Return the clean latent z of each particle's first noise, shape (N, n)."""
        points: Array = flow_outputs(particles.start, particles.stop, seed, self.tables())
        return points

    def reference(self, particles: range, *, seed: int = 0) -> Array:
        """Return the same points, to rounding, from plain NumPy."""
        d, b = self.denoiser, self.noise
        q = runge_kutta(d, b, self.rates, normals(seed, particles, 0, d.target.source_dim))
        x, shares = b[-1] * q, d.responsibilities(len(b) - 1, b[-1] * q)
        keep, pull = self.tables()[-2:]
        kept = np.sum(shares * keep, axis=-1, keepdims=True)
        return np.asarray(kept * x + (shares * pull) @ d.target.means)


def fine_flow(target: Mixture, *, per_unit: int = PER_UNIT) -> FineFlow:
    """Return the exact flow of `target` with `per_unit` steps a unit of r; its error falls with their fourth power.

    >>> from theory.mixture import mixture
    >>> flow = fine_flow(mixture(means=[[-4.0], [4.0]]))
    >>> np.unique(flow.outputs(range(20))).tolist()
    [-4.0, 4.0]
    """
    schedule, rates = fine_stages(target, target.scales, per_unit=per_unit)
    return FineFlow(mixture_denoiser(target, schedule), schedule.b[:-1], rates)


def fine_stages(target: Mixture, widths: Array, *, per_unit: int) -> tuple[Schedule, Array]:
    """Return the stages' a and b, then the data's, and the rates, for means of `target` with these `widths` >= 0."""
    size = max(target.diameter / 2, float(np.max(widths))) or 1.0
    clouds = widths[widths > 0]
    ends = [target.least_distance / _POINTS, *(clouds / _CLOUDS)]
    reach = math.asinh(size / min(ends))
    steps = max(1, math.ceil(per_unit * reach))
    r = np.linspace(0.0, reach, 2 * steps + 1)
    tau = np.sinh(r) / size
    root = np.hypot(1.0, tau)
    # A denoiser is made for all points of a schedule but its last, the data.
    schedule = Schedule(np.append(tau / root, 1.0), np.append(1 / root, 0.0))
    return schedule, np.cosh(r) / size * (reach / steps)


def runge_kutta(denoiser: Callable[[int, Any], Any], noise: Array, rates: Array, q: Array) -> Array:
    """Return q after all stages, from plain NumPy: what the kernels do to a block."""
    for j in range(0, len(noise) - 1, 2):
        first = denoiser(j, noise[j] * q) * rates[j]
        second = denoiser(j + 1, noise[j + 1] * (q + first / 2)) * rates[j + 1]
        third = denoiser(j + 1, noise[j + 1] * (q + second / 2)) * rates[j + 1]
        fourth = denoiser(j + 2, noise[j + 2] * (q + third)) * rates[j + 2]
        q = q + (first + 2 * second + 2 * third + fourth) / 6
    return q


@formula
def fill_stage(stage: Any, noise: Any, q: Any, share: Any, slope: Any) -> None:
    """Write noise (q + share slope), where the next slope is asked for, into `stage`; all are (n, LANES)."""
    for i in range(q.shape[0]):
        row, centre, rise = stage[i], q[i], slope[i]
        for lane in range(LANES):
            row[lane] = noise * (centre[lane] + share * rise[lane])


@formula
def add_slope(slopes: Any, weight: Any, slope: Any, rate: Any) -> None:
    """Multiply `slope` (n, LANES) by its rate, and add it with its weight to the sum of slopes."""
    for i in range(slope.shape[0]):
        row, rise = slopes[i], slope[i]
        for lane in range(LANES):
            rise[lane] *= rate
            row[lane] += weight * rise[lane]


@formula
def flow_block(q: Any, rows: Any, odds: Any, lanes: Any, seed: Any, first: Any, tables: Any) -> None:
    """Take a block from its noise to its clean latents, in `q`; `rows` hold a slope, a stage and the sum of slopes."""
    means, a, half_precision, offset, shrink, pull, noise, rates, keep, rest = tables
    n, total, scratch, work, stage, slopes = q.shape[0], lanes[0], lanes[1], rows[0], rows[1], rows[2]
    fill_normals(q, seed, first, 0)
    for j in range(0, rates.size - 1, 2):
        slopes[:] = 0.0
        work[:] = 0.0
        for part in range(4):
            at = j + (part + 1) // 2
            share = 0.0 if part == 0 else (1.0 if part == 3 else 0.5)
            fill_stage(stage, noise[at], q, share, work)
            fill_odds(odds, total, scratch, stage, means, a[at], half_precision[at], offset[at])
            fill_mean(work, odds, total, stage, means, shrink[at], pull[at])
            add_slope(slopes, 1.0 if part == 0 or part == 3 else 2.0, work, rates[at])
        for i in range(n):
            row, slope = q[i], slopes[i]
            for lane in range(LANES):
                row[lane] += slope[lane] / 6
    last = rates.size - 1
    for i in range(n):
        row = q[i]
        for lane in range(LANES):
            row[lane] *= noise[last]
    fill_odds(odds, total, scratch, q, means, a[last], half_precision[last], offset[last])
    fill_mean(work, odds, total, q, means, keep, rest)
    q[:] = work


@formula
def three_rows(tables: Any) -> int:  # noqa: ARG001  one signature for all
    """Return the rows beside the state: a slope, a stage, and the sum of slopes."""
    return 3


flow_counts, flow_outputs = block_kernels(flow_block, three_rows)
