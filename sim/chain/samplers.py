"""sampler = what K calls of a chain's denoiser are joined by: keep x, drop it, keep some of it, or draw tokens.

Deterministic and stochastic samplers are one step, x' = keep x + add m(x) + spread xi, with three coefficients a step;
committing ones draw tokens from the posterior, each from its own (parallel) or given those before it (in order).
Source: theory/LAWS.md, sections 8 and 10.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, final

import numpy as np
import numpy.typing as npt

from sim.chain.kernels import affine_tile, committing_tile
from sim.chain.posterior import Tables
from sim.tiles import tile_size
from theory.chain import Chain
from theory.errors import Array, one_of
from theory.joint import Steps, ancestral_steps, ddim_steps, reinjection_steps
from theory.path import Schedule
from theory.time_grid import TimeGrid

Tokens = npt.NDArray[np.int64]


@final
@dataclass(frozen=True)
class ChainSetting:
    """Where a sampler runs: a chain whose token v has the latent `codebook[v]` + scale zeta, the grid, the length."""

    chain: Chain
    codebook: Array
    scale: float
    time_grid: TimeGrid
    length: int

    @property
    def schedule(self) -> Schedule:
        """The path's a and b at t_0..t_K."""
        return self.time_grid.schedule

    @property
    def variance(self) -> Array:
        """The variance a^2 sigma^2 + b^2 of x given the token, in each coordinate, at the K calls."""
        s = self.schedule
        return np.asarray(s.a[:-1] ** 2 * self.scale**2 + s.b[:-1] ** 2)

    @property
    def slope(self) -> Array:
        """The slope a sigma^2/variance of the posterior mean within one token's cloud, at the K calls."""
        return np.asarray(self.schedule.a[:-1] * self.scale**2 / self.variance)

    @property
    def tile(self) -> int:
        """The sequences side by side in a tile: what fits its room with both messages of every position."""
        return tile_size(2 * 8 * self.length * len(self.chain.prior))

    @property
    def arrays(self) -> tuple[Array, Array, Array, Array]:
        """What every kernel reads of it: a, b, variance, slope."""
        return self.schedule.a, self.schedule.b, self.variance, self.slope


Tile = Callable[[int, int, Array], Tokens]
"""(first, tile, forgotten) -> tokens of shape (S, tile); see sim.chain.kernels."""


class AbstractChainSampler(ABC):
    """A way to join K calls of the denoiser of a whole sequence."""

    name: str
    noise: str
    """`deterministic`, `stochastic` or `committing`."""
    forgets: bool = False
    """Whether its draws have a total correlation to be measured."""

    @abstractmethod
    def tile(self, setting: ChainSetting, tables: Tables, seed: int) -> Tile:
        """Return what runs a tile of sequences."""

    def nfe(self, setting: ChainSetting) -> int:
        """Return the number of denoiser calls for one sequence: one a step."""
        return setting.schedule.steps


@final
@dataclass(frozen=True)
class ChainAffine(AbstractChainSampler):
    """x' = keep x + add m(x) + tau xi: deterministic where tau = 0, and what `steps` makes of a schedule."""

    name: str
    noise: str
    steps: Callable[[Schedule], Steps]

    def tile(self, setting: ChainSetting, tables: Tables, seed: int) -> Tile:
        taken, arrays = self.steps(setting.schedule), setting.arrays
        return lambda first, tile, _: affine_tile(
            first, tile, setting.length, seed, tables, *arrays, taken.keep, taken.add, taken.tau
        )


def _committing(setting: ChainSetting, tables: Tables, seed: int, *, in_order: bool) -> Tile:
    arrays = setting.arrays
    return lambda first, tile, forgotten: committing_tile(
        first, tile, setting.length, seed, tables, *arrays, setting.scale, in_order, forgotten
    )


@final
@dataclass(frozen=True)
class ChainCommitParallel(AbstractChainSampler):
    """Every token from its own posterior at every call, then x' = a' z + b' xi; the last tokens are the output."""

    name: str = "commit_parallel"
    noise: str = "committing"
    forgets: bool = True

    def tile(self, setting: ChainSetting, tables: Tables, seed: int) -> Tile:
        return _committing(setting, tables, seed, in_order=False)


@final
@dataclass(frozen=True)
class ChainCommitInOrder(AbstractChainSampler):
    """Every token given the noisy latents and the tokens before it: a draw of the joint posterior, S calls a sweep."""

    name: str = "commit_in_order"
    noise: str = "committing"

    def tile(self, setting: ChainSetting, tables: Tables, seed: int) -> Tile:
        return _committing(setting, tables, seed, in_order=True)

    def nfe(self, setting: ChainSetting) -> int:
        """Return K S: a token is drawn with the ones before it known, so each asks the denoiser anew."""
        return setting.schedule.steps * setting.length


CHAIN_SAMPLERS: Final[dict[str, AbstractChainSampler]] = {
    s.name: s
    for s in (
        ChainAffine("ddim", "deterministic", ddim_steps),
        ChainAffine("reinjection", "stochastic", reinjection_steps),
        ChainAffine("ancestral", "stochastic", ancestral_steps),
        ChainCommitParallel(),
        ChainCommitInOrder(),
    )
}
"""Every sampler of a chain by name."""


def chain_sampler_named(name: str) -> AbstractChainSampler:
    """Return the sampler called `name`; UsageError with the nearest name otherwise."""
    return CHAIN_SAMPLERS[one_of("sampler", name, CHAIN_SAMPLERS)]
