"""CCI = 1 - H(k given x)/H(k) = integral of mmse(h) h dh over [0, g] / H(k): how far a noisy latent has committed.

k = +1 or -1 names the mode of z = k mu + sigma zeta, seen as x = z + s xi; only g = mu/sqrt(sigma^2 + s^2) matters. CCI
is 0 where x tells nothing of k and 1 where it tells all. Below g = 1 it is the positive integral (Guo, Shamai and Verdu
2005), beyond it 1 minus what is undecided. The argmax form scales the chance to guess k right in the same way. The
abstract names the diagnostic; its formula was not at hand, and this one is ours. Source: theory/LAWS.md, section 9.
"""

import math
from typing import Any, Final

import numpy as np

from theory.arrays import elementwise
from theory.errors import Array, nonnegative, positive
from theory.gaussian import NODES, WEIGHTS, step_mass
from theory.primitives import exp, expit, hazard, log1p, ndtr, pdf
from theory.target import two_modes

_WIDE: Final = 45.0
"""Off the boundary what is undecided falls like e^-|u|, u in units of s^2/mu: e^-45 is below rounding."""

_FAINT: Final = 0.01
"""Below, the boundary lies hundreds of deviations out and nearly nothing is decided: 1 minus CCI loses no digit."""

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


def _setting(
    mu: Any, relative_noise: Any, weights: tuple[float, float], scale: Any
) -> tuple[float, tuple[float, float], float]:
    """Return (g, weights, log(w_+/w_-)) after checking them."""
    target = two_modes(mu=mu, weights=weights, scale=scale)
    noise = math.hypot(float(positive("relative_noise", relative_noise)), float(nonnegative("scale", scale)))
    left, right = target.weights
    return target.mu / noise, target.weights, math.log(right / left)


@elementwise("mu", "relative_noise", "scale")
def undecided(mu: Any, relative_noise: Any, *, weights: tuple[float, float] = (0.5, 0.5), scale: Any = 0.0) -> float:
    """Return H(k given x)/H(k), in [0, 1]: what a noisy latent leaves open of its mode, small where g is large.

    Relative error below 1e-12 for weights >= 0.01 and g <= 30. Raises UsageError; arrays of mu, s and sigma broadcast.

    >>> round(undecided(1.0, 1e9), 12)
    1.0
    """
    g, shares, prior = _setting(mu, relative_noise, weights, scale)
    if g < _FAINT:
        return 1 - float(immse(g, 1.0, weights=shares))
    middle = -prior / (2 * g)  # where both modes are equally likely
    reach = min(_WIDE / g, abs(middle) + g + _REACH)
    y, weight = _nodes(middle - reach, middle + reach, 2 * math.ceil(reach * max(1.0, g)))
    left_open = float(np.sum(weight * _seen(y, g, shares) * binary_entropy(2 * g * (y - middle))))
    return left_open / float(binary_entropy(prior))


@elementwise("mu", "relative_noise", "scale")
def immse(mu: Any, relative_noise: Any, *, weights: tuple[float, float] = (0.5, 0.5), scale: Any = 0.0) -> float:
    """Return integral of mmse(h) h dh over [0, g] / H(k), which I-MMSE makes equal to CCI at every g.

    mmse(h) is the mean of Var(k given h k + xi). Relative error below 1e-12 for weights >= 0.01, at small g too, where
    it is 2 w_- w_+ g^2/H(k). Raises UsageError; arrays of mu, s and sigma broadcast. Source: Guo, Shamai and Verdu
    2005.

    >>> round(immse(1.0, 1e3) * 2 * math.log(2) * 1e6, 5)
    1.0
    """
    g, shares, prior = _setting(mu, relative_noise, weights, scale)
    top = min(g, _REACH)  # mmse(h) < e^(-h^2/2)
    h, step = _nodes(0.0, top, 2 * math.ceil(top))
    wide = _REACH + 1 + top
    y, weight = _nodes(-wide, wide, 4 * math.ceil(wide * max(1.0, top / 4)))
    h = h[:, None]
    # Var(k given y) = 4 p (1 - p), and d(h^2)/2 = h dh.
    variance = 4 * expit(2 * h * y + prior) * expit(-2 * h * y - prior)
    mmse = np.sum(weight * _seen(y, h, shares) * variance, axis=-1)
    return float(np.sum(step * h[:, 0] * mmse)) / float(binary_entropy(prior))


@elementwise("mu", "relative_noise", "scale")
def cci(mu: Any, relative_noise: Any, *, weights: tuple[float, float] = (0.5, 0.5), scale: Any = 0.0) -> float:
    """Return CCI = 1 - H(k given x)/H(k) of two modes at -mu and +mu seen through noise s, in [0, 1].

    The two modes have a common width sigma, `scale`, and k names the mode. Relative error below 1e-12 for weights >=
    0.01, at small g = mu/sqrt(sigma^2 + s^2) too. Raises UsageError; arrays of mu, s and sigma broadcast.
    Source: theory/LAWS.md, section 9, `cci`.

    >>> round(cci(1.0, 1e3) * 2 * math.log(2) * 1e6, 5)
    1.0
    >>> cci(1.0, 3.0, scale=4.0) == cci(1.0, 5.0)
    True
    """
    g, shares, _ = _setting(mu, relative_noise, weights, scale)
    share: float = 1 - undecided(g, 1.0, weights=shares) if g > 1 else immse(g, 1.0, weights=shares)
    return share


@elementwise("mu", "relative_noise", "scale")
def argmax_form(mu: Any, relative_noise: Any, *, weights: tuple[float, float] = (0.5, 0.5), scale: Any = 0.0) -> float:
    """Return (P[the likelier mode is the right one] - max w)/(1 - max w), in [0, 1].

    With p = log odds of the heavier mode and t = -p/(2g) it is Phi(t + g) - e^p Phi(t - g); as phi(t + g) = e^p phi(t -
    g) that is phi(t + g) times the growth of Phi/phi over [t - g, t + g], an integral of positive terms for small g.
    Relative error below 1e-12 where it is a normal double. Raises UsageError; arrays of mu, s and sigma broadcast.

    >>> round(argmax_form(1.0, 1.0), 12)  # equal weights: 2 Phi(1) - 1
    0.682689492137
    """
    g, _, log_odds = _setting(mu, relative_noise, weights, scale)
    prior = abs(log_odds)
    t = -prior / (2 * g)
    if prior == 0:
        return float(step_mass(-g, 2 * g))
    if g > 1:
        return float(ndtr(t + g)) - math.exp(prior) * float(ndtr(t - g))
    z, weight = _nodes(t - g, t + g, 1)
    return float(pdf(t + g) * np.sum(weight * (1 + z / hazard(z))))
