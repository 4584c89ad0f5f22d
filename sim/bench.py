"""ratio = seconds of plain NumPy / seconds of the kernel, both in one run, turn by turn: what fused steps are worth.

Nothing is asserted: shared machines drift, so each contender runs in turn and the medians are compared.
"""

import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import Final

import numpy as np

from sim.noise import normals
from sim.particles import Counts, count
from sim.samplers import SAMPLERS, Setting
from sim.two_modes import build_setting
from theory.depth import ddim_coefficients, ddim_step

PARTICLES: Final = 1 << 18
ROUNDS: Final = 5


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
        kernel, plain = [], []
        for _ in range(ROUNDS + 1):  # the first round compiles and is dropped
            kernel.append(_seconds(partial(count, counter, arguments, range(PARTICLES), threads=1)))
            plain.append(_seconds(partial(reference, setting, 0, PARTICLES)))
        fast, slow = statistics.median(kernel[1:]), statistics.median(plain[1:])
        print(f"{name:<14} kernel {fast * 1e3:8.1f} ms   NumPy {slow * 1e3:8.1f} ms   ratio {slow / fast:5.2f}")  # noqa: T201


if __name__ == "__main__":
    main()
