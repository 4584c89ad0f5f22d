"""P(left), P(ambiguous), P(right) of stochastic samplers: printed masses, balls, symmetries and limits."""

from collections.abc import Callable
from typing import Any

import flint
import mpmath
import numpy as np


def _setting(mu: float, steps: int) -> tuple[Any, Callable[..., tuple[Any, Any]], tuple[float, float]]:
    """Return (schedule, what makes target and capped denoiser from weights, equal weights) on the linear path."""
    from theory.denoiser import two_mode_denoiser
    from theory.path import LinearPath, uniform_schedule
    from theory.target import two_modes

    grid = uniform_schedule(LinearPath(), steps)

    def made(weights: tuple[float, float]) -> tuple[Any, Any]:
        target = two_modes(mu=mu, weights=weights)
        return target, two_mode_denoiser(target, grid, denoiser_stiffness=4.0)

    return grid, made, (0.5, 0.5)


def masses_hold() -> bool:
    """Return whether the exact masses of theory/LAWS.md, section 8, come out."""
    from theory.escape import commitment_masses, reinjection_masses

    def tv(masses: Any) -> float:
        return float(sum(max(own - got, 0.0) for own, got in zip((0.3, 0.0, 0.7), masses, strict=True)))

    grid, made, equal = _setting(4.0, 16)
    target, denoiser = made(equal)
    skewed, capped = made((0.3, 0.7))
    short, small, _ = _setting(2.0, 4)
    found = (
        (float(reinjection_masses(target, grid, denoiser, 0.1)[1]), 1.84655e-4),
        (tv(reinjection_masses(skewed, grid, capped, 0.1)), 0.2511),
        (tv(commitment_masses(skewed, grid, capped, 0.1)), 0.0668),
        (float(reinjection_masses(small(equal)[0], short, small(equal)[1], 0.1)[1]), 0.29160),
    )
    return all(abs(value / printed - 1) < 1e-3 for value, printed in found)


def escapes_hold() -> bool:
    """Return whether commitment keeps wide modes as they are, one call returns the mean, and overflow is bounded."""
    from theory.denoiser import two_mode_denoiser
    from theory.escape import commitment_masses, reinjection_masses, reinjection_stiffness
    from theory.path import LinearPath, uniform_schedule
    from theory.target import two_modes

    target, grid = two_modes(mu=1.5, scale=0.5, weights=(0.3, 0.7)), uniform_schedule(LinearPath(), 5)
    kept = commitment_masses(target, grid, two_mode_denoiser(target, grid), 0.1)
    even = two_modes(mu=1.5, scale=0.5)
    left, _, right = commitment_masses(even, grid, two_mode_denoiser(even, grid, denoiser_stiffness=2.0), 0.1)
    one, single = uniform_schedule(LinearPath(), 1), two_modes(mu=3.0)
    middle = reinjection_masses(single, one, two_mode_denoiser(single, one), 0.1)
    long, slopes = uniform_schedule(LinearPath(), 20), np.full(20, 1e10)
    tails = [mpmath.mpf(1)]
    for factor in (long.a[1:] * slopes)[::-1]:
        tails.insert(0, tails[0] * factor)
    exact = mpmath.sqrt(sum((b * tail) ** 2 for b, tail in zip(long.b[:-1], tails, strict=False)))
    ratio = reinjection_stiffness(long, slopes) / exact
    return bool(
        np.max(np.abs(kept - target.masses(0.1))) < 1e-10
        and abs(left - right) < 1e-10
        and tuple(middle) == (0.0, 1.0, 0.0)
        and abs(ratio / 20**0.5 - 1) < 1e-9  # where squares overflow: n times the largest term, which is nearly all
    )


def bins_hold() -> bool:
    """Return whether the chain of lower edges is that of the balls."""
    from proofs.reinjection import chain
    from theory.bins import reinjection_upper

    close = True
    for mu, steps in ((4, 16), (2, 4)):
        grid, made, equal = _setting(float(mu), steps)
        target, denoiser = made(equal)
        bound = reinjection_upper(target, grid, denoiser, 0.1, bins=30)
        with flint.ctx.workprec(200):
            close = close and bool(abs(flint.arb(bound) / chain(30, mu, steps) - 1) < 1e-12)
    return close
