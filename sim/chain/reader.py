"""reader(tile) = outputs of a readout on a tile's latents and on clean ones, added up beside a run.

Latents come as they are computed, and the last call is run on exactly noised clean latents of its own.
Source: theory/LAWS.md, sections 2 ("Readouts") and 10 ("Soft outputs").
"""

from collections.abc import Callable
from typing import final

import numpy as np

from sim.chain.kernels import last_call
from sim.chain.posterior import Tables
from sim.chain.samplers import AbstractChainSampler, ChainSetting, Latents
from sim.chain.soft import ErrorTally, SoftReading, SoftReadout, SoftTally
from theory.errors import Array, UsageError


@final
class SoftReader:
    """A readout beside a run: it takes latents tile by tile, and clean ones with what the last call makes of them.

    A caller's function is called here, one tile at a time.
    """

    def __init__(
        self, chosen: SoftReadout, setting: ChainSetting, sampler: AbstractChainSampler, tables: Tables, seed: int
    ) -> None:
        latents = sampler.latents(setting, tables, seed)
        if latents is None:
            raise UsageError(
                f"{sampler.name} ends in tokens that it draws, and leaves no latent to be read.",
                expected="a sampler whose last call does not draw, as ddim, reinjection or ancestral",
                received=f"readout={chosen.name} with sampler={sampler.name}",
                hint="Could commit_at draw at an earlier call?",
            )
        self.latents: Latents = latents
        self.sampled, self.floor = SoftTally(setting.chain), SoftTally(setting.chain)
        self.errors, self._chosen, self._length = ErrorTally(chosen), chosen, setting.length
        ended = sampler.last_call(setting)
        a, b = ended or (1.0, 0.0)
        self.noise = None if ended is None else b / a if a > 0 else np.inf
        _, variance, slope = setting.calls_of(np.array([a]), np.array([b if ended else 1.0]))
        call, step = (a, b, float(variance[0]), float(slope[0])), 2 * setting.schedule.steps + 1
        self.clean: Callable[[int, int], tuple[Array, Array]] = lambda first, tile: last_call(
            first, tile, setting.length, seed, tables, setting.scale, step, call
        )

    def add(self, first: int, made: Array, clean: Array, answer: Array) -> None:
        """Read the sequences first, first + 1, ...: what was made, clean ones and the last call's answer to these."""
        if self._chosen.writes:
            self.sampled.add(first, self._chosen.outputs(made))
            self.floor.add(first, self._chosen.outputs(clean))
        if self.noise is not None:
            self.errors.add(first, clean, answer)

    def reading(self) -> SoftReading:
        """Return what was read."""
        sampled, floor = (t.text(self._length) if self._chosen.writes else None for t in (self.sampled, self.floor))
        terminal = None if self.noise is None else self.errors.error()
        return SoftReading(self._chosen.name, self._chosen.stiffness, self.noise, sampled, floor, terminal)
