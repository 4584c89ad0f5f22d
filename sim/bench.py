"""ratio = seconds of plain NumPy / seconds of the kernel, both in one run, turn by turn: what fused steps are worth.

Nothing is asserted: shared machines drift, so each contender runs in turn and the medians are compared.
"""

import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import Final

import numpy as np
from threadpoolctl import threadpool_limits

from sim.chain.posterior import chain_tables
from sim.chain.run import build_chain_setting
from sim.chain.samplers import CHAIN_SAMPLERS, ChainSetting, Tokens
from sim.codebook import codebook_vectors
from sim.mixture.reference import landed
from sim.mixture.sampling import MixtureRun, build_run
from sim.noise import normals
from sim.particles import Counts, count
from sim.two_modes.run import build_setting
from sim.two_modes.sampler_names import SAMPLERS
from sim.two_modes.samplers import Setting
from theory.depth import ddim_coefficients, ddim_step
from theory.mixture import mixture
from theory.text import UNITS

PARTICLES: Final = 1 << 18
ROUNDS: Final = 5
CHUNK: Final = 1 << 10
"""Particles of a mixture that NumPy takes at once."""
SEQUENCES: Final = 256


def numpy_ddim(setting: Setting, seed: int, particles: int) -> Counts:
    """Count DDIM's cells with one NumPy pass a step: the reference beside the kernel."""
    schedule, denoiser = setting.schedule, setting.denoiser
    keep, add = ddim_coefficients(schedule.a[:-1], schedule.b[:-1], schedule.a[1:], schedule.b[1:])
    x = schedule.b[0] * normals(seed, range(particles), 0, 1)[:, 0]
    for k in range(schedule.steps):
        x = ddim_step(x, denoiser(k, x), keep[k], add[k])
    return np.array([np.sum(x <= -setting.edge), np.sum(np.abs(x) < setting.edge), np.sum(x >= setting.edge)])


def numpy_reinjection(setting: Setting, seed: int, particles: int) -> Counts:
    """Count re-injection's cells with one NumPy pass a step: the reference beside the kernel."""
    schedule, denoiser = setting.schedule, setting.denoiser
    x = schedule.b[0] * normals(seed, range(particles), 0, 1)[:, 0]
    z = denoiser(0, x)
    for k in range(1, schedule.steps):
        x = schedule.a[k] * z + schedule.b[k] * normals(seed, range(particles), k, 1)[:, 0]
        z = denoiser(k, x)
    return np.array([np.sum(z <= -setting.edge), np.sum(np.abs(z) < setting.edge), np.sum(z >= setting.edge)])


def numpy_chain(setting: ChainSetting, seed: int, sequences: int) -> Tokens:
    """Write DDIM's text with one NumPy pass a position over all sequences at once: tuned, and as exact."""
    chain, codes, schedule = setting.chain, setting.codebook, setting.schedule
    shape = (setting.length, sequences, codes.shape[1])
    noise = normals(seed, range(sequences), 0, shape[0] * shape[2]).reshape(sequences, shape[0], shape[2])
    x = schedule.b[0] * np.ascontiguousarray(noise.transpose(1, 0, 2))
    half = np.sum(codes**2, axis=1) / 2
    keep, add = ddim_coefficients(schedule.a[:-1], schedule.b[:-1], schedule.a[1:], schedule.b[1:])
    transposed = np.ascontiguousarray(chain.transition.T)
    for k in range(schedule.steps):
        a, variance, g = schedule.a[k], setting.variance[k], setting.slope[k]
        seen = a * (x @ codes.T - a * half) / variance
        seen = np.exp(seen - seen.max(axis=-1, keepdims=True))
        after = np.ones_like(seen)
        for s in range(setting.length - 2, -1, -1):
            after[s] = (seen[s + 1] * after[s + 1]) @ transposed
            after[s] /= after[s].sum(axis=-1, keepdims=True)
        before = np.broadcast_to(chain.prior, seen[0].shape)
        mean = np.empty_like(x)
        for s in range(setting.length):
            filtered = before * seen[s]
            filtered /= filtered.sum(axis=-1, keepdims=True)
            gamma = filtered * after[s]
            mean[s] = (gamma / gamma.sum(axis=-1, keepdims=True)) @ codes
            before = filtered @ chain.transition
        x = keep[k] * x + add[k] * (g * x + (1 - a * g) * mean)
    return np.asarray(np.argmax(x @ codes.T - half, axis=-1))


def kernel_chain(setting: ChainSetting, seed: int, sequences: int) -> Tokens:
    """Write the same text by the kernel, tile by tile."""
    tables = chain_tables(setting.chain, setting.codebook)
    tile = setting.tile
    run, nothing = CHAIN_SAMPLERS["ddim"].tile(setting, tables, seed), np.zeros((setting.schedule.steps, 0))
    return np.concatenate([run(first, tile, nothing) for first in range(0, sequences, tile)], axis=1)[:, :sequences]


def numpy_mixture(run: MixtureRun, seed: int, particles: int) -> Counts:
    """Count DDIM's cells on points, modes without width, as one would write it: two matrix products a step."""
    d, means = run.denoiser, run.target.means
    keep, add = ddim_coefficients(run.schedule.a[:-1], run.schedule.b[:-1], run.schedule.a[1:], run.schedule.b[1:])
    total = np.zeros(run.target.modes + 1, np.int64)
    for first in range(0, particles, CHUNK):
        x = run.schedule.b[0] * normals(seed, range(first, min(first + CHUNK, particles)), 0, run.target.source_dim)
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


def _row(name: str, kernel: Callable[[], object], plain: Callable[[], object]) -> None:
    """Print medians over rounds in turn, and their ratio."""
    fast, slow = [], []
    for _ in range(ROUNDS + 1):  # the first round compiles and is dropped
        fast.append(_seconds(kernel))
        slow.append(_seconds(plain))
    ours, theirs = statistics.median(fast[1:]), statistics.median(slow[1:])
    print(f"{name:<32} kernel {ours * 1e3:8.1f} ms   NumPy {theirs * 1e3:8.1f} ms   ratio {theirs / ours:5.2f}")  # noqa: T201


def main() -> None:
    """Print one row a sampler, all on one thread."""
    setting = build_setting(mu=4.0, steps=16, denoiser_stiffness=4.0)
    print(f"one thread, median of {ROUNDS}: {PARTICLES} particles, 16 steps; {SEQUENCES} sequences of text, 4 steps")  # noqa: T201
    for name, reference in (("ddim", numpy_ddim), ("reinjection", numpy_reinjection)):
        counter, arguments = SAMPLERS[name].counter(setting, 0)
        _row(
            name,
            partial(count, counter, arguments, range(PARTICLES), threads=1),
            partial(reference, setting, 0, PARTICLES),
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
        )
    with threadpool_limits(1, "blas"):
        for unit in UNITS:
            text = build_chain_setting(steps=4, unit=unit)[0]
            name = f"text of {len(text.chain.prior)} {unit}"
            _row(name, partial(kernel_chain, text, 0, SEQUENCES), partial(numpy_chain, text, 0, SEQUENCES))


if __name__ == "__main__":
    main()
