"""sampler = what K denoiser calls are joined by: DDIM keeps x, re-injection drops it, commitment draws a token.

Each sampler is a value that knows its noise, its exact landing masses in one dimension, its kernel, and the
stiffness of the class for which the laws bound it: a bound without a named class bounds nothing.
Source: theory/LAWS.md, sections 7 and 8.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import numpy.typing as npt

from sim.dtype import in_dtype
from sim.noise import normals
from sim.particles import Counts
from sim.sampler_keys import declared
from sim.two_modes.kernels import affine_counts, affine_outputs, noise_outputs, threshold_counts
from sim.two_modes.pushforward import ddim_masses
from sim.two_modes.reference import affine_reference
from theory.denoiser import Denoiser, cloud_spread
from theory.depth import ddim_sampler_stiffness
from theory.errors import Array
from theory.escape import (
    COMMIT_TIME,
    call_at,
    commit_at_masses,
    commitment_masses,
    reinjection_masses,
    reinjection_stiffness,
)
from theory.flow import flow_map, flow_stiffness, landing_noise
from theory.joint import Steps, ddim_steps, reinjection_steps
from theory.path import AbstractPath, Schedule
from theory.target import TwoModes
from theory.time_grid import TimeGrid

Kernel = Callable[..., Any]


@final
@dataclass(frozen=True)
class Setting:
    """Where a sampler runs: the target, the path on its grid, the denoiser, and the margin of the landing sets.

    `denoiser` is called at the grid's points; a sampler with other calls makes its own, with the same cap. `dtype` is
    the type of the kernels' particles; exact masses and the reference are in float64 whatever it is.
    """

    target: TwoModes
    time_grid: TimeGrid
    denoiser_stiffness: float
    denoiser: Denoiser
    margin: float
    dtype: str = "float64"

    @property
    def path(self) -> AbstractPath:
        """The path."""
        return self.time_grid.path

    @property
    def schedule(self) -> Schedule:
        """The path's a and b at t_0..t_K."""
        return self.time_grid.schedule

    @property
    def grid(self) -> tuple[float, ...]:
        """The times t_0..t_K."""
        return self.time_grid.times

    @property
    def edge(self) -> float:
        """Where the right landing set begins: (1 - margin) mu."""
        return (1 - self.margin) * self.target.mu


class AbstractSampler(ABC):
    """A way to join K denoiser calls."""

    name: str
    bounded_class: str
    """The class of maps in which the bound holds, in words."""

    @property
    def noise(self) -> str:
        """`deterministic`, `stochastic` or `committing`."""
        return declared(self.name)[0]

    @property
    def order(self) -> int:
        """The order at which it converges to the flow, or to the target's law, as K grows; 0 if it does to neither."""
        return declared(self.name)[1]

    @abstractmethod
    def stiffness(self, setting: Setting) -> float:
        """Return the Lipschitz constant of the class in all Gaussian inputs; infinite if there is none."""

    @abstractmethod
    def masses(self, setting: Setting) -> Array:
        """Return the exact masses (left landing set, middle, right landing set), shape (3,)."""

    @property
    @abstractmethod
    def kernels(self) -> tuple[Kernel, Kernel]:
        """The kernel that counts cells and the one that returns outputs."""

    @abstractmethod
    def tables(self, setting: Setting) -> tuple[Any, ...]:
        """Return what the kernels read, in their order."""

    @abstractmethod
    def reference(self, setting: Setting, particles: range, seed: int) -> Array:
        """Return the outputs of `particles`, shape (N,), from plain NumPy."""

    def counter(self, setting: Setting, seed: int) -> tuple[Callable[..., Counts], tuple[Any, ...]]:
        """Return the counting kernel and its arguments after (first, stop)."""
        return self.kernels[0], (seed, in_dtype(self.tables(setting), setting.dtype), np.float64(setting.edge))

    def outputs(self, setting: Setting, particles: range, seed: int) -> Array:
        """Return z-hat of each particle, shape (N,), as the kernels compute it, in the setting's type."""
        tables = in_dtype(self.tables(setting), setting.dtype)
        points: Array = self.kernels[1](particles.start, particles.stop, seed, tables)
        return points

    def nfe(self, setting: Setting) -> int:
        """Return the number of denoiser calls: one a step."""
        return setting.schedule.steps


class AbstractSteps(AbstractSampler):
    """A sampler of one call a step: x' = keep x + add y + tau xi, y the posterior mean or, where `drawn`, a draw."""

    @abstractmethod
    def steps(self, setting: Setting) -> Steps:
        """Return what the K steps keep, add and inject."""

    def drawn(self, setting: Setting) -> npt.NDArray[np.bool_]:
        """Return at which calls a token is drawn, shape (K,): at none."""
        return np.zeros(setting.schedule.steps, np.bool_)

    def tables(self, setting: Setting) -> tuple[Any, ...]:
        s, d, t, taken = setting.schedule, setting.denoiser, setting.target, self.steps(setting)
        a, b = s.a[:-1], s.b[:-1]
        within = cloud_spread(a, b, t.scale)
        steps = (taken.start, taken.keep, taken.add, taken.tau, self.drawn(setting))
        return (*steps, a, d.g, d.amplitude, d.k, d.h, within, t.mu)

    @property
    def kernels(self) -> tuple[Kernel, Kernel]:
        return affine_counts, affine_outputs

    def reference(self, setting: Setting, particles: range, seed: int) -> Array:
        return affine_reference(
            setting.target, setting.schedule, setting.denoiser, self.steps(setting), self.drawn(setting),
            particles, seed,
        )  # fmt: skip


@final
@dataclass(frozen=True)
class Ddim(AbstractSteps):
    """x' = (b'/b) x + (a' - a b'/b) m(x), deterministic (Song et al. 2021)."""

    name: str = "ddim"
    bounded_class: str = "DDIM steps with this denoiser's slopes"

    def steps(self, setting: Setting) -> Steps:
        return ddim_steps(setting.schedule)

    def stiffness(self, setting: Setting) -> float:
        return ddim_sampler_stiffness(setting.schedule, setting.denoiser)

    def masses(self, setting: Setting) -> Array:
        return ddim_masses(setting.schedule, setting.denoiser, setting.edge)


@final
@dataclass(frozen=True)
class Reinjection(AbstractSteps):
    """x' = a' m(x) + b' xi, fresh noise at every step (multistep consistency sampling, Song et al. 2023)."""

    name: str = "reinjection"
    bounded_class: str = "maps this stiff jointly in all K noises"

    def steps(self, setting: Setting) -> Steps:
        return reinjection_steps(setting.schedule)

    def stiffness(self, setting: Setting) -> float:
        return reinjection_stiffness(setting.schedule, setting.denoiser.slope)

    def masses(self, setting: Setting) -> Array:
        return reinjection_masses(setting.target, setting.schedule, setting.denoiser, setting.margin)


class AbstractCommitting(AbstractSteps):
    """A sampler that draws: no Lipschitz map, and so of no class."""

    bounded_class: str = "none: a draw is discontinuous"

    def stiffness(self, setting: Setting) -> float:
        return math.inf


@final
@dataclass(frozen=True)
class CommitParallel(AbstractCommitting):
    """A token from its posterior at every call, z from its mode, then x' = a' z + b' xi; the last z is the output.

    It is re-injection of a draw in place of the mean.
    """

    name: str = "commit_parallel"

    def steps(self, setting: Setting) -> Steps:
        return reinjection_steps(setting.schedule)

    def drawn(self, setting: Setting) -> npt.NDArray[np.bool_]:
        return np.ones(setting.schedule.steps, np.bool_)

    def masses(self, setting: Setting) -> Array:
        return commitment_masses(setting.target, setting.schedule, setting.denoiser, setting.margin)


@final
@dataclass(frozen=True)
class CommitAt(AbstractCommitting):
    """DDIM steps, of which one, at the last call at or before `time`, takes a draw z in place of m(x)."""

    time: float = COMMIT_TIME
    name: str = "commit_at"

    def steps(self, setting: Setting) -> Steps:
        return ddim_steps(setting.schedule)

    def drawn(self, setting: Setting) -> npt.NDArray[np.bool_]:
        calls = np.arange(setting.schedule.steps)
        return np.asarray(calls == call_at(setting.grid, self.time))

    def masses(self, setting: Setting) -> Array:
        call = call_at(setting.grid, self.time)
        return commit_at_masses(setting.target, setting.schedule, setting.denoiser, setting.margin, call)


@final
@dataclass(frozen=True)
class ExactFlow(AbstractSampler):
    """z = F_p^-1(Phi(x_0)), the map that every path's exact flow is; no call of a denoiser, whatever the grid."""

    name: str = "flow"
    bounded_class: str = "maps as stiff as the exact flow"

    def stiffness(self, setting: Setting) -> float:
        return flow_stiffness(setting.target)

    def masses(self, setting: Setting) -> Array:
        return setting.target.masses(setting.margin)

    @property
    def kernels(self) -> tuple[Kernel, Kernel]:
        """The kernel that counts noise between thresholds, and the one that returns noise: outputs are its flow."""
        return threshold_counts, noise_outputs

    def tables(self, setting: Setting) -> tuple[Any, ...]:
        return landing_noise(setting.target, setting.edge)

    def outputs(self, setting: Setting, particles: range, seed: int) -> Array:
        return flow_map(setting.target, super().outputs(setting, particles, seed))

    def reference(self, setting: Setting, particles: range, seed: int) -> Array:
        return flow_map(setting.target, normals(seed, particles, 0, 1)[:, 0])

    def nfe(self, setting: Setting) -> int:
        """Return 0: on a line the flow is known without a denoiser."""
        return 0
