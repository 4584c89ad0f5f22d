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

from sim.particles import Counts
from sim.two_modes.kernels import commitment_counts, ddim_counts, reinjection_counts, threshold_counts
from sim.two_modes.pushforward import ddim_masses
from theory.denoiser import Denoiser
from theory.depth import ddim_coefficients, ddim_sampler_stiffness
from theory.errors import Array
from theory.escape import commitment_masses, reinjection_masses, reinjection_stiffness
from theory.flow import flow_stiffness, landing_noise
from theory.path import AbstractPath, Schedule
from theory.target import TwoModes


@final
@dataclass(frozen=True)
class Setting:
    """Where a sampler runs: the target, the path on its grid, the denoiser, and the margin of the landing sets.

    `denoiser` is called at the grid's points; a sampler with other calls makes its own, with the same cap.
    """

    target: TwoModes
    path: AbstractPath
    schedule: Schedule
    denoiser_stiffness: float
    denoiser: Denoiser
    margin: float

    @property
    def grid(self) -> tuple[float, ...]:
        """The times t_0..t_K."""
        steps = self.schedule.steps
        return tuple(k / steps for k in range(steps + 1))

    @property
    def edge(self) -> float:
        """Where the right landing set begins: (1 - margin) mu."""
        return (1 - self.margin) * self.target.mu


class AbstractSampler(ABC):
    """A way to join K denoiser calls."""

    name: str
    noise: str
    """`deterministic`, `stochastic` or `committing`."""
    bounded_class: str
    """The class of maps in which the bound holds, in words."""

    @abstractmethod
    def stiffness(self, setting: Setting) -> float:
        """Return the Lipschitz constant of the class in all Gaussian inputs; infinite if there is none."""

    @abstractmethod
    def masses(self, setting: Setting) -> Array:
        """Return the exact masses (left landing set, middle, right landing set), shape (3,)."""

    @abstractmethod
    def counter(self, setting: Setting, seed: int) -> tuple[Callable[..., Counts], tuple[Any, ...]]:
        """Return the counting kernel and its arguments after (first, stop)."""

    def nfe(self, setting: Setting) -> int:
        """Return the number of denoiser calls: one a step."""
        return setting.schedule.steps


@final
@dataclass(frozen=True)
class Ddim(AbstractSampler):
    """x' = (b'/b) x + (a' - a b'/b) m(x), deterministic (Song et al. 2021)."""

    name: str = "ddim"
    noise: str = "deterministic"
    bounded_class: str = "DDIM steps with this denoiser's slopes"

    def stiffness(self, setting: Setting) -> float:
        return ddim_sampler_stiffness(setting.schedule, setting.denoiser)

    def masses(self, setting: Setting) -> Array:
        return ddim_masses(setting.schedule, setting.denoiser, setting.edge)

    def counter(self, setting: Setting, seed: int) -> tuple[Callable[..., Counts], tuple[Any, ...]]:
        s, d = setting.schedule, setting.denoiser
        keep, add = ddim_coefficients(s.a[:-1], s.b[:-1], s.a[1:], s.b[1:])
        return ddim_counts, (seed, keep, add, d.g, d.amplitude, d.k, d.h, float(s.b[0]), setting.edge)


@final
@dataclass(frozen=True)
class Reinjection(AbstractSampler):
    """x' = a' m(x) + b' xi, fresh noise at every step (multistep consistency sampling, Song et al. 2023)."""

    name: str = "reinjection"
    noise: str = "stochastic"
    bounded_class: str = "maps this stiff jointly in all K noises"

    def stiffness(self, setting: Setting) -> float:
        return reinjection_stiffness(setting.schedule, setting.denoiser.slope)

    def masses(self, setting: Setting) -> Array:
        return reinjection_masses(setting.target, setting.schedule, setting.denoiser, setting.margin)

    def counter(self, setting: Setting, seed: int) -> tuple[Callable[..., Counts], tuple[Any, ...]]:
        s, d = setting.schedule, setting.denoiser
        return reinjection_counts, (seed, s.a, s.b, d.g, d.amplitude, d.k, d.h, setting.edge)


@final
@dataclass(frozen=True)
class CommitParallel(AbstractSampler):
    """A token from its posterior at every call, z from its mode, then x' = a' z + b' xi; the last z is the output."""

    name: str = "commit_parallel"
    noise: str = "committing"
    bounded_class: str = "none: a draw is discontinuous"

    def stiffness(self, setting: Setting) -> float:
        return math.inf

    def masses(self, setting: Setting) -> Array:
        return commitment_masses(setting.target, setting.schedule, setting.denoiser, setting.margin)

    def counter(self, setting: Setting, seed: int) -> tuple[Callable[..., Counts], tuple[Any, ...]]:
        s, d, t = setting.schedule, setting.denoiser, setting.target
        within = t.scale * s.b[:-1] / np.sqrt(s.a[:-1] ** 2 * t.scale**2 + s.b[:-1] ** 2)
        return commitment_counts, (seed, s.a, s.b, d.g, d.k, d.h, within, t.mu, setting.edge)


@final
@dataclass(frozen=True)
class ExactFlow(AbstractSampler):
    """z = F_p^-1(Phi(x_0)), the map that every path's exact flow is; no call of a denoiser, whatever the grid."""

    name: str = "flow"
    noise: str = "deterministic"
    bounded_class: str = "maps as stiff as the exact flow"

    def stiffness(self, setting: Setting) -> float:
        return flow_stiffness(setting.target)

    def masses(self, setting: Setting) -> Array:
        return setting.target.masses(setting.margin)

    def counter(self, setting: Setting, seed: int) -> tuple[Callable[..., Counts], tuple[Any, ...]]:
        return threshold_counts, (seed, *landing_noise(setting.target, setting.edge))

    def nfe(self, setting: Setting) -> int:
        """Return 0: on a line the flow is known without a denoiser."""
        return 0
