"""CCI = 1 - H(k given x)/H(k) = integral of mmse(h) h dh over [0, mu/s] / H(k): how far a noisy latent has committed.

k = +1 or -1 names the mode of z = k mu, seen as x = z + s xi. CCI is 0 where x tells nothing of k and 1 where it tells
all. Below mu/s = 1 it is the positive integral (Guo, Shamai and Verdu 2005), beyond it 1 minus what is undecided. The
abstract names the diagnostic; its formula was not at hand, and this one is ours. Source: theory/LAWS.md, section 9.
"""

import math
from typing import Any, Final

import numpy as np

from theory.errors import Array, positive
from theory.gaussian import NODES, WEIGHTS
from theory.primitives import exp, expit, log1p, pdf
from theory.target import two_modes

_WIDE: Final = 45.0
"""Off the boundary what is undecided falls like e^-|u|, u in units of s^2/mu: e^-45 is below rounding."""

_REACH: Final = 10.0
"""A Gaussian beyond 10 deviations holds 2e-23."""


def _nodes(low: float, high: float, panels: int) -> tuple[Array, Array]:
    size = (high - low) / panels
    places = low + size * (np.arange(panels)[:, None] + NODES)
    return places.ravel(), np.tile(size * WEIGHTS, panels)


def binary_entropy(log_odds: Any) -> Any:
    """Return the entropy in nats of a choice with these log odds, from two positive terms; arrays broadcast.

    >>> float(binary_entropy(0.0)) == math.log(2)
    True
    """
    m = np.abs(log_odds)
    return log1p(exp(-m)) + m * expit(-m)


def _seen(y: Any, signal: Any, weights: tuple[float, float]) -> Any:
    """Return the density of y = k signal + xi."""
    left, right = weights
    return left * pdf(y + signal) + right * pdf(y - signal)


def undecided(mu: Any, relative_noise: Any, *, weights: tuple[float, float] = (0.5, 0.5)) -> float:
    """Return H(k given x)/H(k), in [0, 1]: what a noisy latent leaves open, small where mu/s is large.

    Relative error below 1e-12 for weights >= 0.01 and mu/s <= 30. Raises UsageError.

    >>> round(undecided(1.0, 1e9), 12)
    1.0
    """
    target = two_modes(mu=mu, weights=weights)
    g = target.mu / float(positive("relative_noise", relative_noise))
    left, right = target.weights
    prior = math.log(right / left)
    middle = -prior / (2 * g)  # where both modes are equally likely
    reach = min(_WIDE / g, abs(middle) + g + _REACH)
    y, weight = _nodes(middle - reach, middle + reach, 2 * math.ceil(reach * max(1.0, g)))
    left_open = float(np.sum(weight * _seen(y, g, target.weights) * binary_entropy(2 * g * (y - middle))))
    return left_open / float(binary_entropy(prior))


def cci(mu: Any, relative_noise: Any, *, weights: tuple[float, float] = (0.5, 0.5)) -> float:
    """Return CCI = 1 - H(k given x)/H(k) of two modes at -mu and +mu seen through noise s, in [0, 1].

    Relative error below 1e-12 for weights >= 0.01, at small mu/s too, where it is 2 w_- w_+ (mu/s)^2/H(k).
    Raises UsageError. Source: theory/LAWS.md, section 9, `cci`.

    >>> round(cci(1.0, 1e3) * 2 * math.log(2) * 1e6, 5)
    1.0
    """
    target = two_modes(mu=mu, weights=weights)
    g = target.mu / float(positive("relative_noise", relative_noise))
    if g > 1:
        return 1 - undecided(mu, relative_noise, weights=target.weights)
    left, right = target.weights
    prior = math.log(right / left)
    h, step = _nodes(0.0, g, 2)
    y, weight = _nodes(-_REACH - 1, _REACH + 1, 44)
    h = h[:, None]
    # Var(k given y) = 4 p (1 - p), and d(h^2)/2 = h dh.
    variance = 4 * expit(2 * h * y + prior) * expit(-2 * h * y - prior)
    mmse = np.sum(weight * _seen(y, h, target.weights) * variance, axis=-1)
    return float(np.sum(step * h[:, 0] * mmse)) / float(binary_entropy(prior))
