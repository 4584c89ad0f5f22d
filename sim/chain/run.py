"""simulate(target=chain) = text by one sampler, beside text of the chain itself and beside the readout's own floor.

Three things are measured alike: what the sampler wrote, what an exact sampler of equal size writes, and what the
readout makes of clean latents (the floor). An exact deterministic sampler converges to the floor, not to the data.
Source: theory/LAWS.md, section 10.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
from scipy import linalg, special  # noqa: F401  linalg loads the BLAS whose threads are limited below
from threadpoolctl import threadpool_limits

from sim.chain.codebook import token_codewords
from sim.chain.kernels import exact_tile
from sim.chain.measures import Tally, Tokens, quality
from sim.chain.posterior import chain_tables
from sim.chain.reader import SoftReader
from sim.chain.result import ChainMeasurement
from sim.chain.samplers import (
    AbstractChainSampler,
    ChainCommitTop,
    ChainSetting,
    ChainSteps,
    chain_sampler_named,
)
from sim.chain.soft import SoftReading, SoftReadout, soft_readout
from sim.estimate import CONFIDENCE, Estimate
from sim.interrupted import Interrupted
from sim.noise import COORDINATES, check_address
from sim.resolved import check_resolved
from sim.tiles import in_order
from theory.chain import Chain, counted_chain, given_chain
from theory.errors import Array, UsageError, nonnegative, whole
from theory.mixture import LONGEST
from theory.text import spell, text_named
from theory.time_grid import time_grid

SHOWN: Final = 5
"""Sequences that a result keeps to be read."""


def _chain(text: Any, transition: Any, unit: str, vocabulary: Any, smoothing: Any) -> tuple[Chain, dict[str, Any]]:
    """Return the chain and what it was made from."""
    if transition is not None:
        if text is not None:
            raise UsageError(
                "Two chains are given.",
                expected="text=FILE or transition=FILE.npy",
                received="both",
                hint="Which of them is meant?",
            )
        chain = given_chain(transition)
        return chain, {"source": "a given transition matrix", "unit": "tokens", "symbols": len(chain.prior)}
    read = text_named(text, unit=unit, vocabulary=vocabulary)
    return counted_chain(read, smoothing=smoothing), {
        "source": read.source, "sha256": read.sha256, "unit": read.unit,
        "symbols": len(read.symbols), "tokens": len(read.tokens), "smoothing": float(smoothing),
    }  # fmt: skip


def _estimates(forgotten: list[Array], most: float) -> tuple[Estimate, ...]:
    """Return the mean of each call over the measured sequences, with Student's interval; none if none was drawn.

    `most` is the largest value possible: of a single sequence nothing else is known.
    """
    values = np.concatenate(forgotten, axis=1) if forgotten else np.empty((0, 0))
    count = values.shape[1]
    if count == 0:
        return ()
    means = np.maximum(values.mean(axis=1), 0.0)  # rounding may leave -1e-15 where nothing is forgotten
    if count == 1:
        return tuple(Estimate(float(m), 0.0, most) for m in means)
    reach = special.stdtrit(count - 1, (1 + CONFIDENCE) / 2) * values.std(axis=1, ddof=1) / np.sqrt(count)
    return tuple(Estimate(float(m), max(0.0, float(m - r)), float(m + r)) for m, r in zip(means, reach, strict=True))


@final
@dataclass(frozen=True)
class Written:
    """Tallies of what was sampled, of the chain's own text and of the floor; what draws forgot; the first sequences.

    `exact_samples` are the first sequences of the chain's own text; `reading` is what a readout made of it, if asked.
    """

    sampled: Tally
    exact: Tally
    floor: Tally
    forgotten: tuple[Estimate, ...]
    samples: tuple[str, ...]
    exact_samples: tuple[str, ...]
    reading: SoftReading | None = None


def run_chain(
    setting: ChainSetting,
    sampler: AbstractChainSampler,
    *,
    particles: int,
    seed: int,
    chosen: SoftReadout | None = None,
    threads: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> Written:
    """Return what a sampler wrote, and beside it the chain's own text and the floor, `particles` sequences each.

    With a `chosen` readout its outputs are read too; UsageError where the sampler leaves no latent to be read. On
    Ctrl-C it returns the sequences that are done, in their order from the first; with none done it raises
    KeyboardInterrupt.
    """
    tables, symbols, length = chain_tables(setting.chain, setting.codebook), len(setting.chain.prior), setting.length
    tile, steps, measured = sampler.sequences(setting), setting.schedule.steps, sampler.measured(setting)
    run, noise_step = sampler.tile(setting, tables, seed), 2 * steps + 1
    reader = None if chosen is None else SoftReader(chosen, setting, sampler, tables, seed)
    sampled, exact, floor = Tally(symbols), Tally(symbols), Tally(symbols)
    forgotten: list[Array] = []
    samples: list[str] = []
    exact_samples: list[str] = []

    def task(first: int) -> tuple[Tokens, Tokens, Tokens, Array, tuple[Array, ...]]:
        nats = np.zeros((steps, min(tile, max(0, measured - first))))
        exact_read = exact_tile(first, tile, length, seed, tables, setting.scale, noise_step)
        if reader is None:
            return run(first, tile, nats), *exact_read, nats, ()
        written, made = reader.latents(first, tile, nats)
        return written, *exact_read, nats, (made, *reader.clean(first, tile))

    try:
        # One thread a product: BLAS threads would compete with the tiles', and may round differently.
        with threadpool_limits(1, "blas"):
            starts = range(0, particles, tile)
            for first, (written, own, read, nats, latents) in in_order(
                task, starts, threads=threads or os.cpu_count() or 1
            ):
                count = min(tile, particles - first)
                for tally, tokens in ((sampled, written), (exact, own), (floor, read)):
                    tally.add(first, tokens[:, :count])
                if reader is not None:
                    made, clean, answer = (part[:, :count] for part in latents)
                    reader.add(first, made, clean, answer)
                if nats.size:
                    forgotten.append(nats[:, :count])
                for kept, tokens in ((samples, written), (exact_samples, own)):
                    fresh = range(min(count, SHOWN - len(kept)))
                    kept += [spell(setting.chain.symbols, tokens[:, j]) for j in fresh]
                if progress is not None:
                    progress(count)
    except KeyboardInterrupt:
        if floor.sequences == 0:
            raise
    most = float((length - 1) * np.log(symbols))
    reading = None if reader is None else reader.reading()
    return Written(sampled, exact, floor, _estimates(forgotten, most), tuple(samples), tuple(exact_samples), reading)


def build_chain_setting(
    *,
    steps: Any,
    text: str | None = None,
    transition: Any = None,
    unit: str = "characters",
    vocabulary: Any = 256,
    smoothing: Any = 1e-4,
    length: Any = 64,
    codebook: str = "sphere",
    source_dim: Any = None,
    vectors: Any = None,
    codebook_seed: Any = 0,
    scale: Any = 0.0,
    **timing: Any,
) -> tuple[ChainSetting, dict[str, Any]]:
    """Return the checked setting, and what its chain was made from.

    `timing` are the other keys of `theory.time_grid`: path, grid, s_max, s_min, rho, times.
    Raises UsageError where a value is out of its range or a file cannot be used.
    """
    size = whole("length", length, low=2, high=COORDINATES - 1, hint="Is it long enough for one pair of tokens?")
    visited = time_grid(steps=steps, **timing)
    sigma = float(nonnegative("scale", scale))
    chain, source = _chain(text, transition, unit, vocabulary, smoothing)
    codes = token_codewords(
        len(chain.prior), codebook=codebook, source_dim=source_dim, vectors=vectors, seed=codebook_seed
    )
    if sigma > LONGEST:
        raise UsageError(
            "scale is too large.",
            expected=f"0 <= scale <= {LONGEST:g}",
            received=f"{sigma:g}",
            hint="Could the unit of length be chosen larger?",
        )
    check_resolved(float(np.max(np.abs(codes))), visited.schedule, sigma)
    coordinates = size * codes.shape[1]
    if coordinates > COORDINATES:
        raise UsageError(
            "The sequence has too many coordinates.",
            expected=f"length times source_dim at most {COORDINATES}, what one address holds",
            received=f"{size} x {codes.shape[1]} = {coordinates}",
            hint="Would shorter sequences do?",
        )
    return ChainSetting(chain, codes, sigma, visited, size), source


def _own(sampler: AbstractChainSampler) -> dict[str, float]:
    """Return the keys that this sampler alone reads."""
    if isinstance(sampler, ChainSteps) and sampler.time is not None:
        return {"commit_time": sampler.time}
    if isinstance(sampler, ChainCommitTop) and sampler.share is not None:
        return {"commit_share": sampler.share}
    return {}


def simulate_chain(
    *,
    sampler: str = "ddim",
    steps: Any,
    text: str | None = None,
    transition: Any = None,
    unit: str = "characters",
    vocabulary: Any = 256,
    smoothing: Any = 1e-4,
    length: Any = 64,
    codebook: str = "sphere",
    source_dim: Any = None,
    vectors: Any = None,
    codebook_seed: Any = 0,
    scale: Any = 0.0,
    path: str = "linear",
    grid: str = "uniform",
    s_max: Any = None,
    s_min: Any = None,
    rho: Any = None,
    times: Any = None,
    commit_time: Any = None,
    commit_share: Any = None,
    particles: Any = 1000,
    seed: Any = 0,
    readout: Any = None,
    sharpness: Any = None,
    argmax_weight: Any = None,
    threads: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> ChainMeasurement:
    """Run one sampler on text as a Markov chain, and read its latents by a `readout` too where one is named.

    A callable readout takes latents (rows, n) to distributions over tokens (rows, V).
    Raises UsageError for a value out of its range, before any work, and Interrupted, with what is done, on Ctrl-C.
    The same numbers for any `threads`.
    """
    chosen = chain_sampler_named(sampler, commit_time=commit_time, commit_share=commit_share)
    setting, source = build_chain_setting(
        steps=steps, text=text, transition=transition, unit=unit, vocabulary=vocabulary, smoothing=smoothing,
        length=length, codebook=codebook, source_dim=source_dim, vectors=vectors, codebook_seed=codebook_seed,
        scale=scale, path=path, grid=grid, s_max=s_max, s_min=s_min, rho=rho, times=times,
    )  # fmt: skip
    reads = soft_readout(readout, sharpness=sharpness, argmax_weight=argmax_weight, codebook=setting.codebook)
    last = 2 * setting.schedule.steps + 1 + (reads is not None)
    number, wanted = check_address(seed=seed, particles=particles, steps=last + 1)
    written = run_chain(
        setting, chosen, particles=wanted, seed=number, chosen=reads, threads=threads, progress=progress
    )
    chain, size = setting.chain, setting.length
    measured = ChainMeasurement(
        given={
            "target": "chain", "sampler": sampler, "steps": setting.schedule.steps, "length": size,
            "scale": setting.scale, "codebook": codebook, "source_dim": setting.codebook.shape[1],
            "codebook_seed": int(codebook_seed), **setting.time_grid.given, "particles": written.sampled.sequences,
            "seed": number, **_own(chosen), **({} if reads is None else reads.given),
        },
        text=source,
        noise=chosen.noise,
        order=chosen.order,
        nfe=chosen.nfe(setting),
        perplexity=chain.perplexity(size),
        sampled=quality(written.sampled, chain, size),
        exact=quality(written.exact, chain, size),
        floor=quality(written.floor, chain, size),
        forgotten=written.forgotten,
        samples=written.samples,
        reading=written.reading,
    )  # fmt: skip
    if written.sampled.sequences < wanted:
        raise Interrupted(measured, written.sampled.sequences, "sequences")
    return measured
