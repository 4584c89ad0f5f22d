"""P = sum over words and starts: what one draw at a call leaves, as it reads."""

from typing import Any

import numpy as np


def draws_hold() -> bool:
    """Return whether one draw at a call leaves the masses that a sum over all words and starts finds, on two paths.

    Posteriors by Bayes' rule, DDIM as "the noise that x holds goes on", and where a map ends by asking at every start.
    """
    from scipy.optimize import brentq
    from scipy.special import expit
    from scipy.stats import norm

    from theory.denoiser import two_mode_denoiser
    from theory.escape import COMMIT_TIME, commit_at_masses
    from theory.target import two_modes
    from theory.time_grid import time_grid

    close = COMMIT_TIME == 0.5  # the default that the key's description promises
    words, weights, edge = np.array([-1.5, 1.5]), (0.3, 0.7), 0.9 * 1.5
    for scale, timing, call in ((0.4, {}, 1), (0.4, {"path": "ve", "s_max": 3.0}, 1), (0.0, {}, 1), (0.0, {}, 2)):
        target, schedule = two_modes(mu=1.5, scale=scale, weights=weights), time_grid(steps=4, **timing).schedule
        a, b = schedule.a, schedule.b

        def shares(j: int, x: Any, a: Any = a, b: Any = b, scale: float = scale) -> Any:
            width = np.hypot(a[j] * scale, b[j])
            left, right = (np.log(w) + norm.logpdf(x, a[j] * z, width) for w, z in zip(weights, words, strict=True))
            return np.array([expit(left - right), expit(right - left)])

        def cloud(j: int, x: Any, z: float, a: Any = a, b: Any = b, scale: float = scale) -> Any:
            return z + a[j] * scale**2 / (a[j] ** 2 * scale**2 + b[j] ** 2) * (x - a[j] * z)

        def ddim(j: int, x: Any, z: Any, a: Any = a, b: Any = b) -> Any:
            return a[j + 1] * z + b[j + 1] * (x - a[j] * z) / b[j]

        def flow(x: Any, calls: range, shares: Any = shares, cloud: Any = cloud, ddim: Any = ddim) -> Any:
            for j in calls:
                x = ddim(j, x, sum(p * cloud(j, x, z) for p, z in zip(shares(j, x), words, strict=True)))
            return x

        ends = range(call + 1, 4)
        low, high = (brentq(lambda x, e=e: flow(x, ends) - e, -30, 30, xtol=1e-14) for e in (-edge, edge))  # noqa: B023
        starts = b[0] * np.linspace(-9, 9, 400_001)
        density = norm.pdf(starts, 0, b[0]) * (starts[1] - starts[0])
        y, masses = flow(starts, range(call)), np.zeros(3)
        spread = scale * b[call] / np.hypot(a[call] * scale, b[call]) * (a[call + 1] - a[call] * b[call + 1] / b[call])
        for share, z in zip(shares(call, y), words, strict=True):
            x = ddim(call, y, cloud(call, y, z))
            left = norm.cdf((low - x) / spread) if spread > 0 else (x <= low)
            right = norm.sf((high - x) / spread) if spread > 0 else (x >= high)
            masses += [np.sum(density * share * p) for p in (left, 1 - left - 1.0 * right, right)]
        found = commit_at_masses(target, schedule, two_mode_denoiser(target, schedule), 0.1, call)
        close &= bool(np.max(np.abs(found - masses)) < (1e-10 if scale > 0 else 2e-5))
    return close
