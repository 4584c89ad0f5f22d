"""a(t) z + b(t) xi, and where its K calls lie: paths by their definition in many digits, grids by their spacing."""

from functools import partial
from typing import Any

import mpmath
import numpy as np

from guards.edges import refused


def paths_hold() -> bool:
    """Return whether a, b, their slopes and the time of a noise are those of each path's definition.

    `cosine` is half a turn's quarter in the plane, `vp_linear` an integral of beta, slopes are numerical derivatives.
    """
    from theory.path import MOST_STEPS, PATHS, CosinePath, LinearPath, VePath, VpLinearPath, uniform_schedule

    def turned(t: Any) -> Any:
        return mpmath.expjpi(t / 2)

    def vp(least: float, most: float) -> tuple[Any, Any]:
        def kept(t: Any) -> Any:
            whole = mpmath.quad(lambda tau: (1 - tau) * mpmath.mpf(least) + tau * mpmath.mpf(most), [0, 1 - t])
            return mpmath.exp(-whole)

        return lambda t: mpmath.sqrt(kept(t)), lambda t: mpmath.sqrt(1 - kept(t))

    def ve(most: float) -> tuple[Any, Any]:
        return lambda t: mpmath.mpf(1), lambda t: most - most * t

    defined = (
        (LinearPath(), (lambda t: t, lambda t: 1 - t)),
        (CosinePath(), (lambda t: turned(t).imag, lambda t: turned(t).real)),
        (VpLinearPath(), vp(0.1, 20.0)),
        (VpLinearPath(beta_min=0.3, beta_max=5.0), vp(0.3, 5.0)),
        (VePath(), ve(80.0)),
        (VePath(s_max=7.0), ve(7.0)),
    )
    close = True
    with mpmath.workdps(30):
        for path, (a, b) in defined:
            close &= (float(path.a(1.0)), float(path.b(1.0))) == (1.0, 0.0)
            for t in (0.0, 0.125, 0.5, 0.875):
                at = mpmath.mpf(t)
                pairs = [
                    (path.a(t), a(at)),
                    (path.b(t), b(at)),
                    (path.da(t), mpmath.diff(a, at)),
                    (path.db(t), mpmath.diff(b, at)),
                ]
                close &= all(abs(float(got) - exact) <= 1e-14 * (1 + abs(exact)) for got, exact in pairs)
                if a(at) > 0:
                    close &= abs(float(path.time_of(float(b(at) / a(at)))) - t) < 1e-14
    half = uniform_schedule(PATHS["cosine"], 4)
    places = np.angle(half.b + 1j * half.a) * 2 / np.pi
    close &= half.steps == 4 and MOST_STEPS == 2**16 - 1
    return bool(close and np.max(np.abs(places - np.linspace(0, 1, 5))) < 1e-15)


def grids_hold() -> bool:
    """Return whether calls are even in time, in log s or in s^(1/rho), between the ends that were asked for."""
    from theory import time_grid
    from theory.path import PATHS

    def noise(**given: Any) -> Any:
        schedule = time_grid.time_grid(**given).schedule
        return schedule.b[:-1] / schedule.a[:-1]

    def even(values: Any, first: float, last: float) -> bool:
        return bool(np.max(np.abs(values / np.linspace(first, last, len(values)) - 1)) < 1e-9)

    close = True
    ends = {"s_max": 9.0, "s_min": 0.25}
    for path in PATHS:
        log, root = (noise(steps=6, path=path, grid=grid, **ends) for grid in ("log_snr", "karras"))
        close &= even(np.log(log), np.log(9.0), np.log(0.25))
        close &= even(root ** (1 / 7), 9.0 ** (1 / 7), 0.25 ** (1 / 7))
        three = noise(steps=6, path=path, grid="karras", rho=3, **ends)
        close &= even(np.cbrt(three), np.cbrt(9.0), np.cbrt(0.25))
        times = {n: float(PATHS[path].time_of(n)) if path != "ve" else 1 - n / 9.0 for n in ends.values()}
        whole = time_grid.time_grid(steps=5, path=path, **ends).times
        close &= bool(np.max(np.abs(np.array(whole) - [*np.linspace(times[9.0], times[0.25], 5), 1.0])) < 1e-14)
        for grid in ("log_snr", "karras", "uniform"):
            one, two = (noise(steps=k, path=path, grid=grid, **ends) for k in (1, 2))
            close &= len(one) == 1 and abs(one[0] - 9) < 1e-12 and bool(np.max(np.abs(two - [9, 0.25])) < 1e-9)
    open_end = time_grid.time_grid(steps=5, s_max=9.0).times
    close &= bool(np.max(np.abs(np.array(open_end) - np.linspace(0.1, 1.0, 6))) < 1e-15)
    named = noise(steps=4, grid="karras")  # table 1 of Karras et al. 2022, where nobody names another
    close &= even(named ** (1 / 7), 80.0 ** (1 / 7), 0.002 ** (1 / 7))
    own = noise(steps=4, path="vp_linear", grid="log_snr")  # a path that begins at finite noise begins there
    close &= abs(own[0] / np.sqrt(np.expm1(10.05)) - 1) < 1e-12 and abs(own[-1] / 0.002 - 1) < 1e-6
    close &= refused(partial(time_grid.time_grid, steps=2, grid="log_snr", s_min=1e-13))  # no double is this time
    return bool(close and time_grid.given_times([0.5, 1.0], 1) == (0.5, 1.0))
