"""ratio = seconds of plain NumPy / seconds of the kernel, both in one run, turn by turn: what fused steps are worth.

Nothing is asserted: shared machines drift, so each contender runs in turn and the medians are compared.
"""

import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import Final

import numpy as np

from sim.codebook import codebook_vectors
from sim.mixture import MixtureRun, build_run
from sim.mixture_reference import landed
from sim.noise import normals
from sim.particles import Counts, count
from sim.samplers import SAMPLERS, Setting
from sim.two_modes import build_setting
from theory.depth import ddim_coefficients, ddim_step
from theory.mixture import mixture

PARTICLES: Final = 1 << 18
ROUNDS: Final = 5
CHUNK: Final = 1 << 10
"""Particles of a mixture that NumPy takes at once."""


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


def _compare(name: str, fast: Callable[[], Counts], slow: Callable[[], Counts]) -> None:
    kernel, plain = [], []
    for _ in range(ROUNDS + 1):  # the first round compiles and is dropped
        kernel.append(_seconds(fast))
        plain.append(_seconds(slow))
    a, b = statistics.median(kernel[1:]), statistics.median(plain[1:])
    print(f"{name:<32} kernel {a * 1e3:8.1f} ms   NumPy {b * 1e3:8.1f} ms   ratio {b / a:6.2f}")  # noqa: T201


def _seconds(run: Callable[[], Counts]) -> float:
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


def main() -> None:
    """Print one row a sampler: medians over rounds in turn, on one thread."""
    setting = build_setting(mu=4.0, steps=16, denoiser_stiffness=4.0)
    print(f"{PARTICLES} particles, 16 steps, one thread, median of {ROUNDS}")  # noqa: T201
    for name, reference in (("ddim", numpy_ddim), ("reinjection", numpy_reinjection)):
        counter, arguments = SAMPLERS[name].counter(setting, 0)
        _compare(
            name,
            partial(count, counter, arguments, range(PARTICLES), threads=1),
            partial(reference, setting, 0, PARTICLES),
        )
    for codebook, modes, n in (("bits", 16, 4), ("sphere", 256, 8)):
        vectors = codebook_vectors(codebook, modes=modes, source_dim=n, distance=4.0)
        particles = PARTICLES // modes
        run = build_run(mixture(means=vectors), steps=16, denoiser_stiffness=30.0)
        kernel, arguments = run.counter(0)
        _compare(
            f"ddim, {modes} modes, n = {n}, {particles}",
            partial(count, kernel, arguments, range(particles), threads=1),
            partial(numpy_mixture, run, 0, particles),
        )


if __name__ == "__main__":
    main()
