"""sampler = what K calls of a chain's denoiser are joined by: keep x, drop it, keep some of it, or draw tokens.

Deterministic and stochastic samplers are one step, x' = keep x + add m(x) + spread xi, with three coefficients a step;
committing ones draw tokens from the posterior, each from its own (parallel) or given those before it (in order), at
every call or at one, or freeze the most certain ones. Other schemes are linear methods, two matrices each.
Source: theory/LAWS.md, sections 8 and 10.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
import numpy.typing as npt

from sim.chain.kernels import affine_latents, affine_tile, freezing_tile, linear_latents, linear_tile
from sim.chain.posterior import Tables
from sim.sampler_keys import declared, own_key
from sim.tiles import tile_size
from theory.chain import Chain
from theory.denoiser import cloud_spread, linear_slope, view_variance
from theory.errors import Array, one_of
from theory.escape import COMMIT_TIME, call_at
from theory.joint import Steps, ancestral_steps, ddim_steps, reinjection_steps
from theory.linear_method import LinearMethod
from theory.path import Schedule
from theory.schemes import SCHEMES, Scheme, linear_method
from theory.time_grid import TimeGrid

Tokens = npt.NDArray[np.int64]

MEASURED: Final = 64
"""Sequences whose total correlation is measured: it costs as much again as the draw, and varies by a few percent."""

LEAST_MEASURED: Final = 8
"""Where it costs more: 7 degrees of freedom widen a 99% interval by 36%."""


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
        return self.calls[1]

    @property
    def slope(self) -> Array:
        """The slope a sigma^2/variance of the posterior mean within one token's cloud, at the K calls."""
        return self.calls[2]

    @property
    def tile(self) -> int:
        """The sequences side by side in a tile: what fits its room with both messages of every position."""
        return tile_size(2 * 8 * self.length * len(self.chain.prior))

    @property
    def calls(self) -> tuple[Array, Array, Array]:
        """What every kernel reads of the K calls: a, variance, slope."""
        return self.calls_of(self.schedule.a[:-1], self.schedule.b[:-1])

    def calls_of(self, a: Array, b: Array) -> tuple[Array, Array, Array]:
        """Return the same of other calls, at path coefficients `a` and `b`."""
        return a, view_variance(a, b, self.scale), linear_slope(a, b, self.scale)


Tile = Callable[[int, int, Array], Tokens]
"""(first, tile, forgotten) -> tokens of shape (S, tile); see sim.chain.kernels."""

Latents = Callable[[int, int, Array], tuple[Tokens, Array]]
"""The same with the latents that the tokens were read from, shape (S, tile, n)."""


class AbstractChainSampler(ABC):
    """A way to join calls of the denoiser of a whole sequence."""

    name: str

    @abstractmethod
    def tile(self, setting: ChainSetting, tables: Tables, seed: int) -> Tile:
        """Return what runs a tile of sequences."""

    def latents(self, setting: ChainSetting, tables: Tables, seed: int) -> Latents | None:
        """Return what runs a tile to its last latents too; None where tokens are drawn and no latent is read."""
        return None

    def last_call(self, setting: ChainSetting) -> tuple[float, float] | None:
        """Return (a, b) of the last call where its answer is the latent that is read; else None."""
        return None

    @property
    def noise(self) -> str:
        """`deterministic`, `stochastic` or `committing`."""
        return declared(self.name)[0]

    @property
    def order(self) -> int:
        """The order at which it converges to the flow, or to the chain's law, as K grows; 0 if it does to neither."""
        return declared(self.name)[1]

    def measured(self, setting: ChainSetting) -> int:
        """Return of how many sequences the total correlation of the draws is measured: 0 if none is forgotten."""
        return 0

    def nfe(self, setting: ChainSetting) -> int:
        """Return the number of denoiser calls for one sequence: one a step."""
        return setting.schedule.steps

    def sequences(self, setting: ChainSetting) -> int:
        """Return how many sequences a tile holds."""
        return setting.tile


@final
@dataclass(frozen=True)
class ChainSteps(AbstractChainSampler):
    """x' = keep x + add y + tau xi by what `steps` makes of a schedule; y is m(x), or drawn, always or at a time.

    Drawn means: a token for every position from its posterior, then z from the tokens' clouds. `in_order` draws each
    token given those before it. With `draws` and a `time` only the last call at or before that time draws.
    """

    name: str
    steps: Callable[[Schedule], Steps]
    draws: bool = False
    in_order: bool = False
    time: float | None = None

    def measured(self, setting: ChainSetting) -> int:
        return MEASURED if self.draws and not self.in_order else 0

    def drawn(self, setting: ChainSetting) -> npt.NDArray[np.bool_]:
        """Return at which calls tokens are drawn, shape (K,)."""
        calls = np.arange(setting.schedule.steps)
        if self.time is not None:
            return np.asarray(calls == call_at(setting.time_grid.times, self.time))
        return np.full(len(calls), self.draws)

    def arguments(self, setting: ChainSetting, tables: Tables, seed: int) -> tuple[Any, ...]:
        """Return what the kernels read between (first, tile) and what is forgotten."""
        taken = self.steps(setting.schedule)
        spreads = cloud_spread(setting.schedule.a[:-1], setting.schedule.b[:-1], setting.scale)
        steps = (taken.start, taken.keep, taken.add, taken.tau, self.drawn(setting))
        return setting.length, seed, tables, setting.calls, spreads, steps, self.in_order

    def tile(self, setting: ChainSetting, tables: Tables, seed: int) -> Tile:
        given = self.arguments(setting, tables, seed)
        return lambda first, tile, forgotten: affine_tile(first, tile, *given, forgotten)

    def latents(self, setting: ChainSetting, tables: Tables, seed: int) -> Latents | None:
        if self.drawn(setting)[-1]:
            return None
        given = self.arguments(setting, tables, seed)
        return lambda first, tile, forgotten: affine_latents(first, tile, *given, forgotten)

    def last_call(self, setting: ChainSetting) -> tuple[float, float] | None:
        if self.drawn(setting)[-1]:
            return None
        return float(setting.schedule.a[-2]), float(setting.schedule.b[-2])

    def nfe(self, setting: ChainSetting) -> int:
        """Return K, or K S in order: a token drawn with the ones before it known asks the denoiser anew."""
        return setting.schedule.steps * (setting.length if self.in_order else 1)


@final
@dataclass(frozen=True)
class ChainLinear(AbstractChainSampler):
    """A scheme of theory.schemes as two matrices, for what is not one call a step."""

    scheme: Scheme

    @property
    def name(self) -> str:  # type: ignore[override]
        """The scheme's name."""
        return self.scheme.name

    def method(self, setting: ChainSetting) -> LinearMethod:
        """Return the scheme's matrices on this path and grid."""
        return linear_method(self.scheme, setting.time_grid.path, setting.time_grid.times)

    def tile(self, setting: ChainSetting, tables: Tables, seed: int) -> Tile:
        method = self.method(setting)
        calls, matrices = setting.calls_of(method.a, method.b), (method.noise, method.mix)
        return lambda first, tile, _: linear_tile(first, tile, setting.length, seed, tables, calls, matrices)

    def latents(self, setting: ChainSetting, tables: Tables, seed: int) -> Latents | None:
        method = self.method(setting)
        calls, matrices = setting.calls_of(method.a, method.b), (method.noise, method.mix)
        return lambda first, tile, _: linear_latents(first, tile, setting.length, seed, tables, calls, matrices)

    def last_call(self, setting: ChainSetting) -> tuple[float, float] | None:
        method = self.method(setting)
        return (float(method.a[-1]), float(method.b[-1])) if method.ends_in_a_call else None

    def nfe(self, setting: ChainSetting) -> int:
        """Return the calls that the scheme makes on this grid."""
        return self.method(setting).calls

    def sequences(self, setting: ChainSetting) -> int:
        """Return what fits a tile's room with every input and answer beside the messages."""
        method = self.method(setting)
        held = (method.calls + method.noise.shape[1]) * setting.codebook.shape[1]
        return tile_size(8 * setting.length * (2 * len(setting.chain.prior) + held))


@final
@dataclass(frozen=True)
class ChainCommitTop(AbstractChainSampler):
    """At every call the most certain positions, a `share` of all, are drawn and frozen; the others take DDIM's step.

    None for `share` is 1/K: as many at every call. The last call draws what is left. Chang et al. 2022 (MaskGIT) unmask
    by confidence; here what is not frozen is a latent that flows on.
    """

    share: float | None = None
    name: str = "commit_top"

    def measured(self, setting: ChainSetting) -> int:
        """Return fewer where there are many symbols: V x V matrices are multiplied where others multiply rows."""
        return min(MEASURED, max(LEAST_MEASURED, MEASURED**2 // len(setting.chain.prior)))

    def quota(self, setting: ChainSetting) -> npt.NDArray[np.int64]:
        """Return how many positions are frozen after each call, shape (K,); all after the last."""
        steps = setting.schedule.steps
        share = 1 / steps if self.share is None else self.share
        # A share such as 1/3 is a little less or more than that: a count that is all but whole is whole.
        frozen = np.ceil(np.arange(1, steps + 1) * share * setting.length * (1 - 4 * np.finfo(float).eps))
        frozen[-1] = setting.length
        return np.asarray(np.minimum(frozen, setting.length).astype(np.int64))

    def tile(self, setting: ChainSetting, tables: Tables, seed: int) -> Tile:
        taken, quota = ddim_steps(setting.schedule), self.quota(setting)
        steps = (taken.start, taken.keep, taken.add)
        return lambda first, tile, forgotten: freezing_tile(
            first, tile, setting.length, seed, tables, setting.calls, steps, quota, forgotten
        )


CHAIN_SAMPLERS: Final[dict[str, AbstractChainSampler]] = {
    s.name: s
    for s in (
        ChainSteps("ddim", ddim_steps),
        ChainSteps("reinjection", reinjection_steps),
        ChainSteps("ancestral", ancestral_steps),
        ChainSteps("commit_parallel", reinjection_steps, draws=True),
        ChainSteps("commit_in_order", reinjection_steps, draws=True, in_order=True),
        ChainSteps("commit_at", ddim_steps, draws=True, time=COMMIT_TIME),
        ChainCommitTop(),
        *(ChainLinear(scheme) for name, scheme in SCHEMES.items() if name not in ("ddim", "reinjection", "ancestral")),
    )
}
"""Every sampler of a chain by name."""

WAYS: Final = ("ddim", "reinjection", "ancestral", "commit_parallel", "commit_in_order")
"""What the curves of text compare: keeping x, dropping it, in between, and drawing, each token alone or in order."""


def chain_sampler_named(name: str, *, commit_time: Any = None, commit_share: Any = None) -> AbstractChainSampler:
    """Return the sampler called `name`; UsageError with the nearest name, or for a key that it does not read.

    >>> chain_sampler_named("commit_top", commit_share=0.25).share
    0.25
    """
    found = CHAIN_SAMPLERS[one_of("sampler", name, CHAIN_SAMPLERS)]
    time = own_key("commit_time", commit_time, name, default=COMMIT_TIME)
    part = own_key("commit_share", commit_share, name, default=None)
    if time is not None:
        return ChainSteps("commit_at", ddim_steps, draws=True, time=time)
    return found if part is None else ChainCommitTop(part)
