"""quality(sampler, K, sigma): text by every sampler at every depth, where codewords lie apart and where they overlap.

Computed once a process: the ladder judges these numbers and the figures draw them. Source: theory/LAWS.md, section 10.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, final

from sim.chain.measures import Quality, quality
from sim.chain.run import build_chain_setting, run_chain
from sim.chain.samplers import CHAIN_SAMPLERS, WAYS
from theory.chain import Chain

DEPTHS: Final = (1, 2, 4, 8, 16, 32, 64)
SCALES: Final = (0.0, 1.0)
"""Codewords apart, and clouds a quarter as wide as two codewords are apart, sqrt(2 n) = 4: a third of the tokens
would be read wrong from their clean latents."""
SEQUENCES: Final = 1000
READ_AT: Final = 4
"""The depth at which samples are kept to be read."""


@final
@dataclass(frozen=True)
class Curve:
    """One sampler at each depth: its NFE and the quality of what it wrote; `samples` are those at READ_AT."""

    sampler: str
    noise: str
    depths: tuple[int, ...]
    nfe: tuple[int, ...]
    qualities: tuple[Quality, ...]
    samples: tuple[str, ...]

    def at(self, depth: int) -> Quality:
        """Return the quality at this depth."""
        return self.qualities[self.depths.index(depth)]


@final
@dataclass(frozen=True)
class Regime:
    """Every sampler at one overlap, beside the chain's own text of equal size and the readout's floor."""

    chain: Chain
    scale: float
    perplexity: float
    exact: Quality
    floor: Quality
    exact_samples: tuple[str, ...]
    curves: Mapping[str, Curve]
    text: Mapping[str, Any]


def regime(
    scale: float, *, depths: tuple[int, ...] = DEPTHS, particles: int = SEQUENCES, seed: int = 0, **given: Any
) -> Regime:
    """Return every sampler at every depth; `given` are keys of sim.chain.run.build_chain_setting."""
    curves, written = {}, None
    for name in WAYS:
        sampler = CHAIN_SAMPLERS[name]
        nfe: list[int] = []
        qualities: list[Quality] = []
        samples: tuple[str, ...] = ()
        for steps in depths:
            setting, text = build_chain_setting(steps=steps, scale=scale, **given)
            written = run_chain(setting, sampler, particles=particles, seed=seed)
            nfe.append(sampler.nfe(setting))
            qualities.append(quality(written.sampled, setting.chain, setting.length))
            if steps == READ_AT:
                samples = written.samples
        curves[name] = Curve(name, sampler.noise, depths, tuple(nfe), tuple(qualities), samples)
    assert written is not None
    return Regime(
        chain=setting.chain,
        scale=scale,
        perplexity=setting.chain.perplexity(setting.length),
        exact=quality(written.exact, setting.chain, setting.length),
        floor=quality(written.floor, setting.chain, setting.length),
        exact_samples=written.exact_samples,
        curves=curves,
        text=text,
    )


@cache
def regimes() -> tuple[Regime, ...]:
    """Return the regimes of the ladder, computed once: 1000 sequences of 64 characters, about 40 s of one core."""
    return tuple(regime(scale) for scale in SCALES)
