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

from sim.chain_kernels import committing_tile, deterministic_tile, stochastic_tile
from sim.chain_posterior import Tables
from theory.chain import Chain
from theory.depth import ddim_coefficients
from theory.errors import Array, one_of
from theory.path import Schedule

Tokens = npt.NDArray[np.int64]


@final
@dataclass(frozen=True)
class ChainSetting:
    """Where a sampler runs: a chain whose token v has the latent `codebook[v]` + scale zeta, the grid, the length."""

    chain: Chain
    codebook: Array
    scale: float
    schedule: Schedule
    length: int

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
    def arrays(self) -> tuple[Array, Array, Array, Array]:
        """What every kernel reads of it: a, b, variance, slope."""
        return self.schedule.a, self.schedule.b, self.variance, self.slope


Tile = Callable[[int, int, Array], Tokens]
"""(first, tile, forgotten) -> tokens of shape (S, tile); see sim.chain_kernels."""


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


def _stochastic(setting: ChainSetting, tables: Tables, seed: int, keep: Array, add: Array, spread: Array) -> Tile:
    arrays = setting.arrays
    return lambda first, tile, _: stochastic_tile(first, tile, setting.length, seed, tables, *arrays, keep, add, spread)


@final
@dataclass(frozen=True)
class ChainDdim(AbstractChainSampler):
    """x' = (b'/b) x + (a' - a b'/b) m(x), deterministic (Song et al. 2021)."""

    name: str = "ddim"
    noise: str = "deterministic"

    def tile(self, setting: ChainSetting, tables: Tables, seed: int) -> Tile:
        s, arrays = setting.schedule, setting.arrays
        keep, add = ddim_coefficients(s.a[:-1], s.b[:-1], s.a[1:], s.b[1:])
        return lambda first, tile, _: deterministic_tile(first, tile, setting.length, seed, tables, *arrays, keep, add)


@final
@dataclass(frozen=True)
class ChainReinjection(AbstractChainSampler):
    """x' = a' m(x) + b' xi, fresh noise at every step (multistep consistency sampling, Song et al. 2023)."""

    name: str = "reinjection"
    noise: str = "stochastic"

    def tile(self, setting: ChainSetting, tables: Tables, seed: int) -> Tile:
        s = setting.schedule
        return _stochastic(setting, tables, seed, np.zeros(s.steps), s.a[1:], s.b[1:])


def ancestral_coefficients(schedule: Schedule) -> tuple[Array, Array, Array]:
    """Return (keep, add, spread) of ancestral sampling: x' = a' m + r (x - a m) + tau xi, each of shape (K,).

    With s = b/a: tau^2 = b'^2 (1 - (s'/s)^2) and r = sqrt(b'^2 - tau^2)/b (Ho, Jain and Abbeel 2020; Song et al. 2021
    at eta = 1). tau = 0 would be DDIM, tau = b' re-injection.

    >>> from theory.path import LinearPath, uniform_schedule
    >>> keep, add, spread = ancestral_coefficients(uniform_schedule(LinearPath(), 2))
    >>> keep.tolist(), add.tolist(), spread.tolist()
    ([0.0, 0.0], [0.5, 1.0], [0.5, 0.0])
    """
    a, b, a_next, b_next = schedule.a[:-1], schedule.b[:-1], schedule.a[1:], schedule.b[1:]
    ratio = b_next * a / (a_next * b)
    keep = b_next * ratio / b
    return keep, a_next - keep * a, b_next * np.sqrt((1 - ratio) * (1 + ratio))


@final
@dataclass(frozen=True)
class ChainAncestral(AbstractChainSampler):
    """x' = a' m + r (x - a m) + tau xi: as much fresh noise as the exact posterior of x' given x and z has."""

    name: str = "ancestral"
    noise: str = "stochastic"

    def tile(self, setting: ChainSetting, tables: Tables, seed: int) -> Tile:
        return _stochastic(setting, tables, seed, *ancestral_coefficients(setting.schedule))


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
    s.name: s for s in (ChainDdim(), ChainReinjection(), ChainAncestral(), ChainCommitParallel(), ChainCommitInOrder())
}
"""Every sampler of a chain by name."""


def chain_sampler_named(name: str) -> AbstractChainSampler:
    """Return the sampler called `name`; UsageError with the nearest name otherwise."""
    return CHAIN_SAMPLERS[one_of("sampler", name, CHAIN_SAMPLERS)]
