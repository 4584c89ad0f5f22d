"""A run = one sampler on M modes in n dimensions: its kernel, its plain reference, the stiffness of its class.

The class is that of all maps as stiff, jointly in all Gaussian inputs, as the denoiser's certified slopes make the
sampler. Source: theory/LAWS.md, sections 7 and 8.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
import numpy.typing as npt

from sim.mixture.clean import clean_latents
from sim.mixture.covariance_flow import CovarianceFlow
from sim.mixture.flow import FineFlow, fine_flow, flow_counts, flow_outputs
from sim.mixture.lanes import affine_counts, affine_outputs, linear_counts, linear_outputs
from sim.mixture.levels import levels_counts, levels_outputs
from sim.mixture.reference import affine_reference, levels_reference, linear_reference
from sim.resolved import check_resolved
from sim.sampler_keys import FLOW, declared, own_key
from theory.covariance import CovarianceDenoiser
from theory.denoiser import UNCAPPED, cloud_spread
from theory.errors import Array, UsageError, one_of
from theory.escape import COMMIT_TIME, call_at
from theory.flow import refuse_cap
from theory.joint import Steps, ancestral_steps, ddim_steps, joint_stiffness, reinjection_steps
from theory.linear_method import LinearMethod
from theory.mixture import Mixture
from theory.mixture_denoiser import MixtureDenoiser, mixture_denoiser
from theory.path import Schedule
from theory.schemes import SCHEMES, linear_method
from theory.target import check_margin
from theory.time_grid import TimeGrid, time_grid

STEPS: Final[dict[str, Callable[[Schedule], Steps]]] = {
    "ddim": ddim_steps, "reinjection": reinjection_steps, "ancestral": ancestral_steps,
    "commit_parallel": reinjection_steps, "commit_at": ddim_steps,
}  # fmt: skip
"""The samplers of one call a step, x' = keep x + add y + tau xi, by name; committing ones draw y at some calls."""

COMMIT_LEVELS: Final = "commit_levels"
"""Where modes are the leaves of a tree: then re-injection of a draw, as in parallel commitment."""

SAMPLERS: Final = (*STEPS, *(name for name in SCHEMES if name not in STEPS), FLOW)
"""Every sampler by name: those of one call a step, then the other linear methods, and the flow."""

ROOM: Final = 1 << 17
"""Numbers a particle that a linear method may hold, its inputs and answers: 64 MiB a block of lanes."""


@dataclass(frozen=True, eq=False)
class AbstractRun(ABC):
    """One sampler on one mixture: the path on its grid, the target, the denoiser, the margin of the balls.

    `target` holds the means and weights, round which the landing sets lie; the denoiser's own lacks the modes of weight
    0, round which there are landing sets all the same. `method` holds the matrices of a linear method that is not of
    one call a step, and then `denoiser` is that at its calls; `commit_time` is when commit_at draws.
    """

    sampler: str
    time_grid: TimeGrid
    target: Mixture
    denoiser: MixtureDenoiser | CovarianceDenoiser
    margin: float
    method: LinearMethod | None
    commit_time: float | None
    flow: FineFlow | CovarianceFlow | None

    @property
    @abstractmethod
    def kernels(self) -> tuple[Callable[..., Any], Callable[..., Any]]:
        """The kernel that counts landing sets and the one that returns outputs."""

    @abstractmethod
    def tables(self) -> tuple[Any, ...]:
        """Return what the kernels read, in their order."""

    @abstractmethod
    def exact_flow(self, per_unit: int) -> FineFlow | CovarianceFlow:
        """Return the exact flow of the target, followed finely: its outputs are clean latents of a run's noise."""

    @abstractmethod
    def clean_latents(self, particles: range, *, seed: int) -> Array:
        """Return draws from the target itself, shape (N, n), at addresses of their own."""

    @abstractmethod
    def reference(self, particles: range, *, seed: int = 0) -> Array:
        """Return the same points as `outputs`, to rounding, from plain NumPy."""

    @property
    def schedule(self) -> Schedule:
        """The path's a and b at t_0..t_K."""
        return self.time_grid.schedule

    @property
    def steps(self) -> Steps | None:
        """The affine steps, or None for another linear method and for the flow."""
        if self.method or self.flow:
            return None
        return (STEPS | {COMMIT_LEVELS: reinjection_steps})[self.sampler](self.schedule)

    @property
    def drawn(self) -> npt.NDArray[np.bool_]:
        """At which calls a token is drawn, shape (K,)."""
        calls = np.arange(self.schedule.steps)
        if self.commit_time is not None:
            return np.asarray(calls == call_at(self.time_grid.times, self.commit_time))
        return np.full(len(calls), self.sampler in {"commit_parallel", COMMIT_LEVELS})

    @property
    def nfe(self) -> int:
        """The calls of the denoiser."""
        if self.flow:
            return self.flow.nfe
        return self.method.calls if self.method else self.schedule.steps

    @property
    def stiffness(self) -> float:
        """The Lipschitz constant of the class in all Gaussian inputs; infinite if there is none, and beyond doubles."""
        if self.flow:
            return math.inf
        if not np.all(np.isfinite(self.denoiser.slope)):
            return math.inf
        if self.steps is not None:
            return math.inf if np.any(self.drawn) else joint_stiffness(self.steps, self.denoiser.slope)
        assert self.method is not None
        try:
            return self.method.stiffness(self.denoiser.slope)
        except UsageError:
            return math.inf

    @property
    def bounded_class(self) -> str:
        """The class of maps in which the bound holds, in words."""
        if self.flow:
            return "none: the exact flow's slope is not certified"
        noise, _ = declared(self.sampler)
        if noise == "committing":
            return "none: a draw is discontinuous"
        if not np.all(np.isfinite(self.denoiser.slope)):
            return "none: no slope is certified where neither of two modes is wider in all directions"
        if self.method:
            jointly = "" if noise == "deterministic" else ", jointly in all noises"
            return f"these {self.sampler} steps with this denoiser's slopes{jointly}"
        return "DDIM steps with this denoiser's slopes" if noise == "deterministic" else _JOINTLY

    def counter(self, seed: int) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        """Return the counting kernel and its arguments after (first, stop)."""
        return self.kernels[0], (seed, self.target.means, self.target.radius(self.margin), self.tables())

    def outputs(self, particles: range, *, seed: int = 0) -> Array:
        """Return z-hat of each particle, shape (N, n), as the kernels compute it."""
        points: Array = self.kernels[1](particles.start, particles.stop, seed, self.tables())
        return points


@final
@dataclass(frozen=True, eq=False)
class MixtureRun(AbstractRun):
    """A sampler on isotropic modes.

    `groups`, for commitment by levels only, are the leaves in the subtree that is kept after each call, shape (K,).
    """

    denoiser: MixtureDenoiser
    flow: FineFlow | None
    groups: Any = None

    @property
    def kernels(self) -> tuple[Callable[..., Any], Callable[..., Any]]:
        if self.flow:
            return flow_counts, flow_outputs
        if self.method:
            return linear_counts, linear_outputs
        return (levels_counts, levels_outputs) if self.groups is not None else (affine_counts, affine_outputs)

    def tables(self) -> tuple[Any, ...]:
        if self.flow:
            return self.flow.tables()
        d, steps = self.denoiser, self.steps
        shared = (d.target.means, d.a, d.half_precision, d.offset, d.shrink, d.pull)
        if steps is None:
            assert self.method is not None
            return (*shared, self.method.noise, self.method.mix)
        a, b, scales = self.schedule.a[:-1, None], self.schedule.b[:-1, None], d.target.scales
        within = cloud_spread(a, b, scales)
        if self.groups is not None:
            return (*shared[:-1], within, self.schedule.b[:-1], self.groups)
        return (*shared, within, steps.keep, steps.add, steps.tau, self.drawn, steps.start)

    def exact_flow(self, per_unit: int) -> FineFlow:
        return fine_flow(self.target.drawn, per_unit=per_unit)

    def clean_latents(self, particles: range, *, seed: int) -> Array:
        return clean_latents(self.target.drawn, particles, seed=seed)

    def reference(self, particles: range, *, seed: int = 0) -> Array:
        if self.flow:
            return self.flow.reference(particles, seed=seed)
        if self.groups is not None:
            return levels_reference(self.denoiser, self.schedule, self.groups, particles, seed)
        if self.steps is None:
            assert self.method is not None
            return linear_reference(self.denoiser, self.method, particles, seed)
        return affine_reference(self.denoiser, self.schedule, self.steps, self.drawn, particles, seed)


_JOINTLY: Final = "maps this stiff jointly in all K noises"


def method_of(sampler: str, visited: TimeGrid, dimension: int) -> LinearMethod | None:
    """Return the matrices of a sampler that is not of one call a step; UsageError where it would hold too much."""
    if sampler in STEPS or sampler in (FLOW, COMMIT_LEVELS):
        return None
    method = linear_method(SCHEMES[sampler], visited.path, visited.times)
    held = (method.calls + method.noise.shape[1]) * dimension
    if held > ROOM:
        raise UsageError(
            f"{sampler} would hold too much at once.",
            expected=f"calls and noises times the dimension up to {ROOM}",
            received=f"{held}",
            hint="Do ddim, reinjection and ancestral, which hold one point, show the same?",
        )
    return method


def build_run(
    target: Mixture,
    *,
    steps: Any,
    sampler: str = "ddim",
    denoiser_stiffness: Any = UNCAPPED,
    margin: Any = 0.1,
    commit_time: Any = None,
    spread: float | None = None,
    groups: Any = None,
    **timing: Any,
) -> MixtureRun:
    """Return the checked run; UsageError where a value is out of its range.

    `timing` are the other keys of `theory.time_grid`: path, grid, s_max, s_min, rho, times. `spread` is that of
    theory.mixture_denoiser.certify; `groups` makes commitment one by levels.

    >>> from theory.mixture import mixture
    >>> build_run(mixture(means=[[-4.0], [4.0]]), steps=2, denoiser_stiffness=4).stiffness
    2.0
    """
    one_of("sampler", sampler, SAMPLERS if groups is None else (*SAMPLERS, COMMIT_LEVELS))
    time = own_key("commit_time", commit_time, sampler, default=COMMIT_TIME)
    if sampler == FLOW:
        refuse_cap(denoiser_stiffness)
    visited = time_grid(steps=steps, **timing)
    method = method_of(sampler, visited, target.source_dim)
    calls = method.schedule if method else visited.schedule
    denoiser = mixture_denoiser(target, calls, denoiser_stiffness=denoiser_stiffness, spread=spread)
    check_resolved(float(np.max(np.abs(target.means))), calls, float(np.min(target.scales)))
    kept = groups if sampler == COMMIT_LEVELS else None
    flow = fine_flow(target.drawn) if sampler == FLOW else None
    return MixtureRun(sampler, visited, target, denoiser, check_margin(margin), method, time, flow, kept)
