"""MixtureRun = one sampler on M modes in n dimensions: its kernel, its plain reference, the stiffness of its class.

The class is that of all maps as stiff, jointly in all Gaussian inputs, as the denoiser's certified slopes make the
sampler. Source: theory/LAWS.md, sections 7 and 8.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np

from sim.mixture.lanes import affine_counts, affine_outputs, commitment_counts, commitment_outputs
from sim.mixture.levels import levels_outputs
from sim.mixture.reference import affine_reference, commitment_reference, levels_reference
from sim.resolved import check_resolved
from theory.denoiser import UNCAPPED
from theory.errors import Array, one_of
from theory.joint import Steps, ancestral_steps, ddim_steps, joint_stiffness, reinjection_steps
from theory.mixture import Mixture
from theory.mixture_denoiser import MixtureDenoiser, mixture_denoiser
from theory.path import Schedule, path_named, uniform_schedule
from theory.target import check_margin

COMMIT_PARALLEL: Final = "commit_parallel"

STEPS: Final[dict[str, Callable[[Schedule], Steps]]] = {
    "ddim": ddim_steps, "reinjection": reinjection_steps, "ancestral": ancestral_steps,
}  # fmt: skip
"""The samplers x' = keep x + add m(x) + tau xi by name."""

SAMPLERS: Final = (*STEPS, COMMIT_PARALLEL)

COMMIT_LEVELS: Final = "commit_levels"
"""Where modes are the leaves of a tree."""


@final
@dataclass(frozen=True, eq=False)
class MixtureRun:
    """One sampler on one mixture: the path on its grid, the target, the denoiser, the margin of the balls.

    The denoiser's own target lacks the modes of weight 0, round which there are landing sets all the same. `groups`,
    for commitment by levels only, are the leaves in the subtree that is kept after each call, shape (K,).
    """

    sampler: str
    path: str
    schedule: Schedule
    target: Mixture
    denoiser: MixtureDenoiser
    margin: float
    groups: Any = None

    @property
    def steps(self) -> Steps | None:
        """The affine steps, or None for commitment, which takes none."""
        return STEPS[self.sampler](self.schedule) if self.sampler in STEPS else None

    @property
    def stiffness(self) -> float:
        """The Lipschitz constant of the class in all Gaussian inputs; infinite for commitment, and beyond doubles."""
        return math.inf if self.steps is None else joint_stiffness(self.steps, self.denoiser.slope)

    @property
    def bounded_class(self) -> str:
        """The class of maps in which the bound holds, in words."""
        if self.steps is None:
            return "none: a draw is discontinuous"
        noisy = bool(np.any(self.steps.tau > 0))
        return "maps this stiff jointly in all K noises" if noisy else "DDIM steps with this denoiser's slopes"

    def tables(self) -> tuple[Any, ...]:
        """Return what the kernels read, in their order."""
        d, s, steps = self.denoiser, self.schedule, self.steps
        shared = (d.target.means, d.a, d.half_precision, d.offset, d.shrink)
        if steps is not None:
            return (*shared, d.pull, steps.keep, steps.add, steps.tau, steps.start)
        a, b, scales = s.a[:-1, None], s.b[:-1, None], d.target.scales
        drawn = (*shared, scales * b / np.sqrt(a**2 * scales**2 + b**2), s.b[:-1])
        return drawn if self.groups is None else (*drawn, self.groups)

    def counter(self, seed: int) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        """Return the counting kernel and its arguments after (first, stop)."""
        kernel = commitment_counts if self.steps is None else affine_counts
        return kernel, (seed, self.target.means, self.target.radius(self.margin), self.tables())

    def outputs(self, particles: range, *, seed: int = 0) -> Array:
        """Return z-hat of each particle, shape (N, n), as the kernels compute it."""
        committing = commitment_outputs if self.groups is None else levels_outputs
        kernel = committing if self.steps is None else affine_outputs
        points: Array = kernel(particles.start, particles.stop, seed, self.tables())
        return points

    def reference(self, particles: range, *, seed: int = 0) -> Array:
        """Return the same points as `outputs`, to rounding, from plain NumPy."""
        if self.groups is not None:
            return levels_reference(self.denoiser, self.schedule, self.groups, particles, seed)
        if self.steps is None:
            return commitment_reference(self.denoiser, self.schedule, particles, seed)
        return affine_reference(self.denoiser, self.steps, particles, seed)


def build_run(
    target: Mixture,
    *,
    steps: Any,
    sampler: str = "ddim",
    path: str = "linear",
    denoiser_stiffness: Any = UNCAPPED,
    margin: Any = 0.1,
    spread: float | None = None,
    groups: Any = None,
) -> MixtureRun:
    """Return the checked run; UsageError where a value is out of its range.

    `spread` is that of theory.mixture_denoiser.certify; `groups` makes commitment one by levels.

    >>> from theory.mixture import mixture
    >>> build_run(mixture(means=[[-4.0], [4.0]]), steps=2, denoiser_stiffness=4).stiffness
    2.0
    """
    one_of("sampler", sampler, SAMPLERS if groups is None else (*SAMPLERS, COMMIT_LEVELS))
    schedule = uniform_schedule(path_named(path), steps)
    denoiser = mixture_denoiser(target, schedule, denoiser_stiffness=denoiser_stiffness, spread=spread)
    check_resolved(float(np.max(np.abs(target.means))), schedule, float(np.min(target.scales)))
    kept = groups if sampler == COMMIT_LEVELS else None
    return MixtureRun(sampler, path, schedule, target, denoiser, check_margin(margin), kept)
