"""ratio = seconds of a peer / seconds of the kernel, all in one run, turn by turn: what fused steps are worth.

Nothing is asserted: shared machines drift, so each contender runs in turn and the medians are compared.
"""

import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import Final

import numpy as np
from threadpoolctl import threadpool_limits

from sim.bench_peers import (
    jax_chain,
    jax_two_modes,
    jax_vocabulary,
    numpy_chain,
    numpy_two_modes,
    numpy_vocabulary,
)
from sim.chain.posterior import chain_tables
from sim.chain.run import build_chain_setting
from sim.chain.samplers import CHAIN_SAMPLERS, ChainSetting, Tokens
from sim.codebook import codebook_vectors
from sim.mixture.reference import landed
from sim.mixture.sampling import MixtureRun, build_run
from sim.particles import Counts, count
from sim.sampler_keys import FLOW
from sim.two_modes.run import build_setting
from sim.two_modes.sampler_names import SAMPLERS
from sim.vocabulary.codewords import vocabulary
from sim.vocabulary.posterior import POINTS
from sim.vocabulary.run import landed as land_vocabulary
from sim.vocabulary.sampling import build_vocabulary_run
from theory.depth import ddim_coefficients, ddim_step
from theory.mixture import mixture
from theory.text import UNITS

PARTICLES: Final = 1 << 18
ROUNDS: Final = 5
CHUNK: Final = 1 << 10
"""Particles of a mixture that NumPy takes at once."""
SEQUENCES: Final = 256
TOKENS: Final = 1 << 13
"""Tokens of a vocabulary: a peer's logits of one block are then 8 MiB, as large as it likes them."""


def kernel_chain(setting: ChainSetting, seed: int, sequences: int) -> Tokens:
    """Write the same text by the kernel, tile by tile."""
    tables = chain_tables(setting.chain, setting.codebook)
    tile = setting.tile
    run, nothing = CHAIN_SAMPLERS["ddim"].tile(setting, tables, seed), np.zeros((setting.schedule.steps, 0))
    return np.concatenate([run(first, tile, nothing) for first in range(0, sequences, tile)], axis=1)[:, :sequences]


def numpy_mixture(run: MixtureRun, seed: int, particles: int) -> Counts:
    """Count DDIM's cells on points, modes without width, as one would write it: two matrix products a step."""
    d, means, rng = run.denoiser, run.target.means, np.random.Generator(np.random.SFC64(seed))
    keep, add = ddim_coefficients(run.schedule.a[:-1], run.schedule.b[:-1], run.schedule.a[1:], run.schedule.b[1:])
    total = np.zeros(run.target.modes + 1, np.int64)
    for first in range(0, particles, CHUNK):
        x = run.schedule.b[0] * rng.standard_normal((min(CHUNK, particles - first), run.target.source_dim))
        for j in range(run.schedule.steps):
            precision = d.half_precision[j]
            logits = x @ (2 * d.a[j] * precision[:, None] * means).T
            logits += d.offset[j] - precision * d.a[j] ** 2 * np.sum(means**2, axis=1)
            odds = np.exp(logits - logits.max(axis=1, keepdims=True))
            x = ddim_step(x, odds @ means / odds.sum(axis=1, keepdims=True), keep[j], add[j])
        total += landed(run.target, run.margin, x)
    return total


def _seconds(run: Callable[[], object]) -> float:
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


def _row(
    name: str, kernel: Callable[[], object], plain: Callable[[], object], jax: Callable[[], object] | None
) -> None:
    """Print medians over rounds in turn, and the peers' ratios to the kernel."""
    runs = {"kernel": kernel, "NumPy": plain} | ({"jax": jax} if jax else {})
    seconds: dict[str, list[float]] = {peer: [] for peer in runs}
    for _ in range(ROUNDS + 1):  # the first round compiles and is dropped
        for peer, run in runs.items():
            seconds[peer].append(_seconds(run))
    median = {peer: statistics.median(times[1:]) for peer, times in seconds.items()}
    text = "   ".join(
        f"{peer} {m * 1e3:8.1f} ms" + (f" ratio {m / median['kernel']:5.2f}" if peer != "kernel" else "")
        for peer, m in median.items()
    )
    print(f"{name:<32} {text}")  # noqa: T201


def main() -> None:
    """Print one row a sampler, ours on one thread; jax, where it is installed, takes what it finds."""
    setting = build_setting(mu=4.0, steps=16, denoiser_stiffness=4.0)
    print(f"one thread, median of {ROUNDS}: {PARTICLES} particles, 16 steps; {SEQUENCES} sequences of text, 4 steps")  # noqa: T201
    with threadpool_limits(1, "blas"):
        for name, sampler in SAMPLERS.items():
            if name == FLOW:  # a quantile, not steps: there is nothing to lay out
                continue
            counter, arguments = sampler.counter(setting, 0)
            _row(
                name,
                partial(count, counter, arguments, range(PARTICLES), threads=1),
                partial(numpy_two_modes, sampler, setting, PARTICLES),
                jax_two_modes(sampler, setting, PARTICLES),
            )
        for codebook, modes, n in (("bits", 16, 4), ("sphere", 256, 8)):
            vectors = codebook_vectors(codebook, modes=modes, source_dim=n, distance=4.0)
            particles = PARTICLES // modes
            run = build_run(mixture(means=vectors), steps=16, denoiser_stiffness=30.0)
            kernel, arguments = run.counter(0)
            _row(
                f"ddim, {modes} modes, n = {n}, {particles}",
                partial(count, kernel, arguments, range(particles), threads=1),
                partial(numpy_mixture, run, 0, particles),
                None,
            )
        for n in (64, 768):
            words = build_vocabulary_run(vocabulary("sphere", modes=TOKENS, source_dim=n, distance=4.0), steps=4)
            _row(
                f"ddim, {TOKENS} tokens, n = {n}, {2 * POINTS}",
                partial(land_vocabulary, words, margin=0.1, particles=2 * POINTS, seed=0, threads=1),
                partial(numpy_vocabulary, words, 2 * POINTS, POINTS),
                jax_vocabulary(words, 2 * POINTS, POINTS),
            )
        for unit in UNITS:
            text = build_chain_setting(steps=4, unit=unit)[0]
            length, n = text.length, text.codebook.shape[1]
            noise = np.random.default_rng(0).standard_normal((length, SEQUENCES, n))
            name = f"text of {len(text.chain.prior)} {unit}"
            _row(
                name,
                partial(kernel_chain, text, 0, SEQUENCES),
                partial(numpy_chain, text, noise),
                jax_chain(text, noise),
            )


if __name__ == "__main__":
    main()
