"""CCI = I(k; x)/H(k) of the readout's own token k = sign z: where modes overlap it is not the mode that made z.

z is a mixture on a line with the boundary at 0, x = z + s xi, p_+(x) = P(z > 0 given x). CCI = I(k; x)/H(k), with the
information as the mean of the divergence of (p_+, p_-) from (P_+, P_-), and beyond one half as 1 minus the mean of
their entropy. Guessing the likelier token at every x errs as the law `tube` says with the boundary moved to p_+ = 1/2.
Source: theory/LAWS.md, section 9, `cci`.
"""

import math
from typing import Any, Final

import numpy as np
from scipy.optimize import brentq
from scipy.special import entr

from theory.arrays import elementwise
from theory.errors import Array, UsageError, positive
from theory.gaussian import NODES, WEIGHTS
from theory.primitives import exp, log1p, logsumexp, ndtr, pdf
from theory.target import TwoModes, two_modes
from theory.tube import Mixture, mixture, side_loss

_REACH: Final = 12.0
"""A Gaussian beyond 12 deviations holds 4e-33."""

MOST_APART: Final = 1e3
"""Beyond, x leaves sign z open on e^-500000 of the mass only."""

_GROWTH: Final = 1.25
"""Panels away from the boundary widen by a quarter each: none spans a feature that its distance would set."""


def _panels(target: TwoModes, noise: float) -> Array:
    """Return ends of panels on x: fine on the scale of the boundary, then growing up to half a mode's noisy width."""
    wide = math.hypot(target.scale, noise)
    tokens = noise * wide / target.scale  # width over which p_+ moves near the boundary
    fine, most = min(tokens, wide**2 / target.mu, wide) / 2, wide / 2
    end, ends = target.mu + _REACH * wide, [0.0]
    width = fine
    while ends[-1] < end:
        ends.append(ends[-1] + width)
        width = min(max(fine, (_GROWTH - 1) * ends[-1]), most)
    half = np.array(ends)
    return np.concatenate([-half[:0:-1], half])


def _posterior(target: TwoModes, noise: float, x: Array) -> tuple[Array, Array, Array]:
    """Return (density of x, p_-, p_+), shapes of x; the two probabilities from positive terms each."""
    wide = math.hypot(target.scale, noise)
    within = target.scale * noise / wide
    centres = np.array([-target.mu, target.mu])
    off = (x[..., None] - centres) / wide
    logs = np.log(target.weights) - off**2 / 2
    share = exp(logs - logsumexp(logs)[..., None])
    mean = centres + (target.scale / wide) ** 2 * (x[..., None] - centres)
    density = np.sum(np.array(target.weights) * pdf(off), axis=-1) / wide
    left, right = (np.sum(share * ndtr(sign * mean / within), axis=-1) for sign in (-1, 1))
    return density, left, right


def _entropy(rarer: Array) -> Array:
    """Return the entropy in nats of a choice whose rarer side has this probability; 0 at 0."""
    return np.asarray(entr(rarer) - (1 - rarer) * log1p(-rarer))


def _divergence(p: Array, q: Array) -> Array:
    """Return p log(p/q) - p + q >= 0, by its series about p = q: q times (1 + d) log(1 + d) - d."""
    d = (p - q) / q
    near = np.abs(d) < 1 / 64
    small = np.where(near, d, 0.0)
    series = sum((-1) ** n * small**n / (n * (n - 1)) for n in range(2, 12))
    with np.errstate(divide="ignore", invalid="ignore"):
        exact = np.where(d > -1, (1 + d) * log1p(d), 0.0) - d
    return np.asarray(q * np.where(near, series, exact))


def _checked(mu: Any, scale: Any, relative_noise: Any, weights: tuple[float, float]) -> tuple[TwoModes, float]:
    target = two_modes(mu=mu, scale=scale, weights=weights)
    if target.scale == 0:
        raise UsageError(
            "Modes of no width read as themselves.",
            expected="scale > 0, or the token that names the mode",
            received="scale=0.0",
            hint="Is `theory.commitment.cci` the function to ask?",
        )
    noise = float(positive("relative_noise", relative_noise))
    if target.mu > MOST_APART * math.hypot(target.scale, noise):
        raise UsageError(
            "So far apart, the modes read as themselves.",
            expected=f"mu of at most {MOST_APART:g} noisy widths sqrt(scale^2 + relative_noise^2)",
            received=f"mu={target.mu!r}, scale={target.scale!r}, relative_noise={noise!r}",
            hint="Is the token that names the mode what you mean?",
        )
    return target, noise


@elementwise("mu", "scale", "relative_noise")
def readout_cci(mu: Any, scale: Any, relative_noise: Any, *, weights: tuple[float, float] = (0.5, 0.5)) -> float:
    """Return CCI = I(k; x)/H(k) of the token k = sign z for modes of width sigma > 0 at -mu and +mu, in [0, 1].

    Relative error below 1e-10 for weights >= 0.01, mu/sigma <= 8 and 1e-3 <= s/sigma <= 1e2. Raises UsageError; arrays
    of mu, sigma and s broadcast. Source: theory/LAWS.md, section 9, `cci` (ours).

    >>> round(readout_cci(1e-9, 1.0, 1e-3), 4) > 0.99
    True
    """
    target, noise = _checked(mu, scale, relative_noise, weights)
    ends = _panels(target, noise)
    size = np.diff(ends)[:, None]
    x, weight = (ends[:-1, None] + size * NODES).ravel(), (size * WEIGHTS).ravel()
    density, left, right = _posterior(target, noise, x)
    own = _token_masses(target)
    mass = weight * density
    rarer = np.minimum(left, right)
    prior = float(_entropy(np.array(min(own))))
    open_share = float(np.sum(mass * _entropy(rarer))) / prior
    if open_share < 0.5:
        return 1 - open_share
    gained = float(np.sum(mass * (_divergence(left, np.array(own[0])) + _divergence(right, np.array(own[1])))))
    return gained / prior


def _token_masses(target: TwoModes) -> tuple[float, float]:
    """Return (P(z < 0), P(z > 0))."""
    reach = target.mu / target.scale
    left, right = target.weights
    return (
        float(left * ndtr(reach) + right * ndtr(-reach)),
        float(left * ndtr(-reach) + right * ndtr(reach)),
    )


@elementwise("mu", "scale", "relative_noise")
def readout_argmax(mu: Any, scale: Any, relative_noise: Any, *, weights: tuple[float, float] = (0.5, 0.5)) -> float:
    """Return (P[the likelier token at x is sign z] - max P)/(1 - max P), P the masses of the two tokens.

    At equal weights it is 1 - 2 flip_probability. Absolute error below 1e-12. Raises UsageError; arrays of mu, sigma
    and s broadcast. Source: theory/LAWS.md, section 9, `cci` (ours).

    >>> round(readout_argmax(1e-12, 1.0, 1.0), 9)  # one Gaussian: 1 - 2 arctan(1)/pi
    0.5
    """
    target, noise = _checked(mu, scale, relative_noise, weights)
    line: Mixture = mixture([-target.mu, target.mu], [target.scale] * 2, target.weights)

    def excess(x: float) -> float:
        _, left, right = _posterior(target, noise, np.array([x]))
        return float(right[0] - left[0])

    reach = 2 * (target.mu + 40 * math.hypot(target.scale, noise) ** 2 / min(target.scale, target.mu))
    low, high = -reach, reach
    light = min(_token_masses(target))
    if excess(low) >= 0 or excess(high) <= 0:  # one token is the likelier everywhere that doubles reach
        return 0.0
    cut = float(brentq(excess, low, high, xtol=np.finfo(float).tiny, rtol=1e-14, maxiter=2000))
    return 1 - side_loss(line, noise, cut / noise) / light
