"""x_0 = Phi^-1(F_p(z)): on a line the exact flow map is the quantile map z = F_p^-1(Phi(x_0)), whatever the path.

Its inverse is explicit, so expectations over noise become expectations over clean latents, each with the noise that
the exact flow takes to it. At scale 0 the noise between two masses goes to modes by its order, and the map jumps.
Source: theory/LAWS.md, sections 2 ("Readouts") and 7 (`conservation`).
"""

import math
from typing import Any, Final

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import erfinv, ndtri_exp

from theory.denoiser import UNCAPPED
from theory.errors import Array, UsageError, real
from theory.primitives import exp, log_ndtr, logsumexp, ndtri
from theory.target import TwoModes

FARTHEST: Final = 1e3
"""Modes so many scales from 0 are infinitely far apart in doubles: the slope, e^(mu^2/(2 scale^2)) up to the least of
the weights, 1e-308, overflows."""


def refuse_cap(denoiser_stiffness: Any) -> None:
    """Raise UsageError for a cap on the denoiser beside the exact flow, which has none.

    >>> refuse_cap(math.inf)
    """
    if denoiser_stiffness != UNCAPPED:
        raise UsageError(
            "The exact flow is that of the exact denoiser.",
            expected="sampler=flow without denoiser_stiffness",
            received=f"denoiser_stiffness={denoiser_stiffness!r}",
            hint="Is a sampler of many steps meant, whose denoiser can be capped?",
        )


def noise_of(target: TwoModes, mode: int, y: Any) -> Array:
    """Return the x_0 that the exact flow takes to z = mu_mode + scale y, mode 0 at -mu and 1 at +mu; arrays of y.

    At scale 0, where y is no part of z, it is the y-th place within the noise of that mode. Both tails are exact: the
    smaller of F_p(z) and 1 - F_p(z) is summed, as a logarithm.

    >>> from theory.target import two_modes
    >>> float(noise_of(two_modes(mu=4, scale=0.5), 1, -8.0)), round(float(noise_of(two_modes(mu=4), 0, 30.0)), 15)
    (0.0, 0.0)
    """
    y = np.asarray(y, dtype=float)
    apart = math.inf if target.scale == 0 else 2 * target.mu / target.scale
    shift = np.array([0.0, apart]) if mode == 0 else np.array([-apart, 0.0])
    logs = np.log(target.weights)
    places = y[..., None] - shift  # in standard deviations from either mode
    below = np.minimum(logsumexp(logs + log_ndtr(places)), 0.0)
    above = np.minimum(logsumexp(logs + log_ndtr(-places)), 0.0)
    excess = exp(below) - exp(above)  # near the median, 2 Phi(x) - 1: exactly 0 where both sides are alike
    tails = np.where(below <= above, ndtri_exp(below), -ndtri_exp(above))
    middle = math.sqrt(2) * erfinv(np.clip(excess, -0.5, 0.5))
    return np.asarray(np.where(np.abs(excess) < 0.5, middle, tails))


def boundary_noise(target: TwoModes) -> float:
    """Return the x_0 that the exact flow takes to the boundary z = 0 between the two tokens.

    >>> from theory.target import two_modes
    >>> boundary_noise(two_modes(mu=4)), boundary_noise(two_modes(mu=1, scale=3))
    (0.0, 0.0)
    """
    if target.scale == 0:
        left, right = target.weights
        return float(ndtri(left) if left <= right else -ndtri(right))
    return float(noise_of(target, 1, -target.mu / target.scale))


def landing_noise(target: TwoModes, edge: float) -> tuple[float, float]:
    """Return the noise that the exact flow takes to -edge and to edge, 0 < edge < mu: landing sets lie beyond.

    >>> from theory.target import two_modes
    >>> landing_noise(two_modes(mu=4), 3.6)
    (0.0, 0.0)
    """
    if target.scale == 0:
        return boundary_noise(target), boundary_noise(target)
    inward = (target.mu - edge) / target.scale
    return float(noise_of(target, 0, inward)), float(noise_of(target, 1, -inward))


def flow_map(target: TwoModes, x: Any) -> Array:
    """Return z = F_p^-1(Phi(x)), the exact flow of noise x; arrays of x.

    Its error is a rounding of x, or of Phi(x) near the median, times the map's own slope. Halving between the maps of
    either mode alone, scale x - mu and scale x + mu, between which it lies.

    >>> from theory.target import two_modes
    >>> flow_map(two_modes(mu=4), [-1.0, 1.0]).tolist(), round(float(flow_map(two_modes(mu=4, scale=1), 0.0)), 11) + 0.0
    ([-4.0, 4.0], 0.0)
    """
    x = np.asarray(real("x", x))
    if target.scale == 0:
        return np.where(x <= boundary_noise(target), -target.mu, target.mu)
    low, high = x * target.scale - target.mu, x * target.scale + target.mu
    for _ in range(1100):  # a double is found by fewer halvings, even next to 0
        middle = low + (high - low) / 2
        if np.all((middle <= low) | (middle >= high)):
            break
        right = middle > 0  # each place is seen from the nearer mode
        own = (middle - np.where(right, target.mu, -target.mu)) / target.scale
        beyond = np.where(right, noise_of(target, 1, own), noise_of(target, 0, own)) >= x
        low, high = np.where(beyond, low, middle), np.where(beyond, middle, high)
    return np.asarray(low + (high - low) / 2)


def flow_stiffness(target: TwoModes) -> float:
    """Return the largest slope of the exact flow map, phi(x_0)/p(z) at its largest; infinite at scale 0.

    At equal weights it is at the boundary or far out, scale exp(mu^2/(2 scale^2)) or 1 scale: a search finds it.
    Source: theory/LAWS.md, section 7, `conservation`.

    >>> from theory.target import two_modes
    >>> round(flow_stiffness(two_modes(mu=2, scale=1)), 10)  # e^2
    7.3890560989
    """
    if target.mu > FARTHEST * target.scale:
        return math.inf

    def log_slope(z: Any) -> Any:
        z = np.asarray(z, dtype=float)
        right = z > 0
        own = (z - np.where(right, target.mu, -target.mu)) / target.scale
        x = np.where(right, noise_of(target, 1, own), noise_of(target, 0, own))
        places = np.stack([(z + target.mu) / target.scale, (z - target.mu) / target.scale], axis=-1)
        return -logsumexp(np.log(target.weights) - places**2 / 2) - x**2 / 2 + math.log(target.scale)

    grid = np.linspace(-target.mu, target.mu, 4001)  # beyond the modes the slope falls to the scale
    best = int(np.argmax(log_slope(grid)))
    ends = (float(grid[max(best - 1, 0)]), float(grid[min(best + 1, 4000)]))
    found = minimize_scalar(lambda z: -float(log_slope(z)), bounds=ends, method="bounded", options={"xatol": 1e-12})
    top = max(float(log_slope(grid[best])), -float(found.fun), math.log(target.scale))
    return math.exp(top) if top < math.log(np.finfo(float).max) else math.inf
