"""x_0 ~ N(0, b_0^2) with b_0 other than 1: the start is folded into masses and classes."""

import math
import statistics

import numpy as np


def starts_hold() -> bool:
    """Return whether a start of spread b_0 other than 1 is folded into masses and classes.

    Two Gaussians of spread b_0 and 1 add up to one; one call m_0(x) of two modes reaches its edge at
    x = s^2 atanh(1 - margin)/mu; and b_0 = 1e-100 undoes a product of 1e320, which is no double.
    """
    from theory import depth, kernel, schedule
    from theory.denoiser import two_mode_denoiser
    from theory.escape import reinjection_masses
    from theory.path import Schedule
    from theory.target import two_modes
    from theory.time_grid import time_grid

    normal = statistics.NormalDist()
    still = kernel.Branches(lambda x: np.ones((1, *x.shape)), lambda x: x[None], 1.0, 0.0)
    sums = [
        abs(kernel.chain_masses([still], -0.5, 2.0, spread=b)[0] - normal.cdf(-0.5 / math.hypot(1, b))) < 1e-12
        for b in (0.2, 3.0, 40.0)
    ]
    target = two_modes(mu=2.0)
    once = []
    for s in (0.5, 5.0):
        grid = time_grid(steps=1, path="ve", s_max=s).schedule
        reached = reinjection_masses(target, grid, two_mode_denoiser(target, grid), 0.1)
        wanted = normal.cdf(-s * math.atanh(0.9) / 2)
        once += [abs(reached[2] - wanted) < 1e-14, abs(reached[1] - (1 - 2 * wanted)) < 1e-14]
    tiny = Schedule(np.array([0.5, 0.75, 1.0]), np.array([1e-100, 1e-101, 0.0]))
    fixed, free = depth.schedule_free_stiffness(tiny, 4e160)
    far = schedule.slope_between(2.0, 0.4, (1.0, 1e8), (1.0, 0.0)) / schedule.map_slope(2.0, 0.4)
    return bool(
        all(sums) and all(once) and abs(far - 1) < 1e-12
        and abs(depth.ddim_stiffness(tiny, np.array([1e160, 1e160])) / (1e-100 * 0.7e160 * 1e160) - 1) < 1e-10
        and abs(fixed / (3e160 * 1e-100 * 4e160) - 1) < 1e-10
        and abs(free / (4e160 * 1e-100 * 4e160) - 1) < 1e-10
    )  # fmt: skip
