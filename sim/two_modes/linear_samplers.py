"""A scheme of theory on two modes: its class from its matrices, its masses by preimages or by its chain of blocks.

Deterministic schemes are maps of one number, measured by preimages whether they are monotone or not. Noisy ones are
Markov chains from one injection of noise to the next, and have an exact kernel where each block is increasing.
Source: theory/LAWS.md, sections 7 and 8.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from sim.noise import normals
from sim.two_modes.kernels import linear_counts, linear_outputs
from sim.two_modes.samplers import AbstractSampler, Kernel, Setting
from theory.denoiser import Denoiser, two_mode_denoiser
from theory.errors import Array, UsageError
from theory.kernel import Branches, chain_masses
from theory.linear_method import LinearMethod
from theory.monotone import first_at_least, last_at_most
from theory.preimages import REACH, map_masses
from theory.schemes import Scheme, linear_method, noisy_blocks


@final
@dataclass(frozen=True)
class Linear(AbstractSampler):
    """A scheme by name; `bounded_class` is that of its own matrices with this denoiser's slopes."""

    scheme: Scheme

    @property
    def name(self) -> str:  # type: ignore[override]
        """The scheme's name."""
        return self.scheme.name

    @property
    def noise(self) -> str:
        """The scheme's noise."""
        return self.scheme.noise

    @property
    def order(self) -> int:
        """The scheme's order."""
        return self.scheme.order

    @property
    def bounded_class(self) -> str:  # type: ignore[override]
        """The class in words."""
        jointly = "" if self.noise == "deterministic" else ", jointly in all noises"
        return f"these {self.name} steps with this denoiser's slopes{jointly}"

    def method(self, setting: Setting) -> tuple[LinearMethod, Denoiser]:
        """Return the scheme's matrices on this path and grid, and the denoiser at its calls."""
        found = linear_method(self.scheme, setting.path, setting.grid)
        return found, two_mode_denoiser(setting.target, found.schedule, denoiser_stiffness=setting.denoiser_stiffness)

    def stiffness(self, setting: Setting) -> float:
        found, denoiser = self.method(setting)
        return found.stiffness(denoiser.slope)

    def nfe(self, setting: Setting) -> int:
        """Return the calls that the scheme makes on this grid."""
        return self.method(setting)[0].calls

    def masses(self, setting: Setting) -> Array:
        found, denoiser = self.method(setting)
        if found.noise.shape[1] == 1:
            return map_masses(lambda low, high: found.ranges(denoiser, low, high), -setting.edge, setting.edge)
        blocks = noisy_blocks(self.scheme, setting.path, setting.grid)
        if not all(block.increasing for block, _ in blocks):
            raise UsageError(
                f"A step of {self.name} overshoots: more noise is removed than there is.",
                expected="a grid on which every step keeps a positive share of x",
                received=f"{setting.schedule.steps} steps",
                hint="Are there too few steps for this scheme?",
            )
        maps, call = [], 0
        for block, _ in blocks:
            maps.append(_shifted(block, denoiser, call))
            call += block.calls
        steps = [
            Branches(_certain, lambda x, f=f: f(x)[None], spread=tau, sharpness=0.0)  # type: ignore[misc]
            for f, (_, tau) in zip(maps[:-1], blocks[:-1], strict=True)
        ]

        def last(x: float) -> float:
            return float(maps[-1](np.asarray(x)))

        widest = float(np.max(found.b))  # the most noise that a call sees
        reach = REACH * widest + 2 * setting.target.mu + REACH * setting.target.scale  # no step leaves this range
        return chain_masses(steps, last_at_most(last, -setting.edge, reach), first_at_least(last, setting.edge, reach))

    @property
    def kernels(self) -> tuple[Kernel, Kernel]:
        return linear_counts, linear_outputs

    def tables(self, setting: Setting) -> tuple[Any, ...]:
        found, d = self.method(setting)
        return found.noise, found.mix, d.g, d.amplitude, d.k, d.h

    def reference(self, setting: Setting, particles: range, seed: int) -> Array:
        found, denoiser = self.method(setting)
        inputs = [normals(seed, particles, step, 1)[:, 0] for step in range(found.noise.shape[1])]
        return found.outputs(denoiser, np.array(inputs))


def _certain(x: Array) -> Array:
    return np.ones((1, *x.shape))


def _shifted(block: LinearMethod, denoiser: Denoiser, first: int) -> Callable[[Array], Array]:
    """Return the block as a map, its calls numbered from `first` on in the whole run."""
    return lambda x: block.outputs(lambda j, y: denoiser(first + j, y), np.asarray(x)[None])
