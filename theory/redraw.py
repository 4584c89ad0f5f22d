"""T(k, k') = E softmax(log w + beta s^2 e_k + beta s xi)_k': a branch drawn anew from a noisy view of the one before.

Tokens of equal length on axes of their own, no width, signal s = a d/b: commitment is a Markov chain over the branches,
and its matrix is a mean of softmax over independent Gaussians. A softmax is the law of the largest of logits with
Gumbel noise, so the mean is P(l_k + sigma xi_k + Gumbel leads), one integral over the leader's place of one density
and a product of distribution functions, whatever the number of branches.
Source: theory/LAWS.md, section 8 (`commitment`); the Gumbel maximum is Gumbel's (1954).
"""

from typing import Any, Final

import numpy as np

from theory.errors import Array
from theory.primitives import exp, log, ndtr, pdf

_DENSER: Final = 16
"""Points of a trapezoidal sum in each unit of a noise. A Gumbel density is analytic within pi/2 of the real axis, so
that a sum errs by e^(-2 pi (pi/2) 16) = 1e-69 but for the growth of its other factors off the axis."""

_REACH: Final = 12.0
"""Phi(-12) = 2e-33."""

_LOW, _HIGH = -4.5, 45.0
"""A Gumbel number lies below with probability e^(-e^4.5) = 1e-39 and above with e^-45 = 3e-20."""

_OVERFLOW: Final = 700.0
"""e^-(e^700) is 0, and e^700 a double."""


def _leading(away: Array, spread: float) -> tuple[Array, Array]:
    """Return the distribution function and density of spread xi + Gumbel at `away`: the narrower noise is summed."""
    if spread < 1:
        xi = np.arange(-_REACH, _REACH, 1 / _DENSER)
        v = np.maximum(away[..., None] - spread * xi, -_OVERFLOW)
        shares, below = pdf(xi) / _DENSER, exp(-exp(-v))
        return np.sum(shares * below, axis=-1), np.sum(shares * exp(-v) * below, axis=-1)
    u = np.arange(_LOW, _HIGH, 1 / _DENSER)
    shares, z = exp(-u - exp(-u)) / _DENSER, (away[..., None] - u) / spread
    return np.sum(shares * ndtr(z), axis=-1), np.sum(shares * pdf(z), axis=-1) / spread


def mean_softmax(logits: Any, spread: float) -> Array:
    """Return E softmax(l + spread xi) for independent normal xi, shape (c,); absolute error 1e-13.

    >>> mean_softmax([0.0, 0.0], 3.0).round(12).tolist()
    [0.5, 0.5]
    >>> mean_softmax(np.log([0.25, 0.75]), 0.0).round(12).tolist()
    [0.25, 0.75]
    """
    logits = np.asarray(logits, dtype=float) - np.max(logits)
    if spread == 0:
        return np.asarray(exp(logits) / np.sum(exp(logits)))
    wide = max(1.0, spread)
    step = wide / _DENSER
    # Where the likeliest is further down than that, no other leads either.
    places = np.arange(-_REACH * spread + _LOW, _REACH * spread + _HIGH, step)
    below, density = zip(*(_leading(places - logit, spread) for logit in logits), strict=True)
    every = range(len(logits))
    ahead = [density[k] * np.prod([below[i] for i in every if i != k], axis=0) for k in every]
    return np.asarray(step * np.sum(ahead, axis=1))


def redrawn_masses(weights: Array, signals: Array, tempers: Array) -> Array:
    """Return the law of the branch drawn at the last of some calls, shape (c,), from pure noise on.

    `weights` (c,) are the branches' own; `signals` are s = a d/b and `tempers` beta, both (J,), at the calls up to the
    one that keeps its branch; d is the length of a branch. With beta = 1 the weights come back, at any depth.

    >>> own = np.array([0.25, 0.75])
    >>> redrawn_masses(own, np.array([0.0, 0.5, 2.0]), np.ones(3)).round(12).tolist()
    [0.25, 0.75]
    """
    prior = log(weights)
    masses = mean_softmax(prior, float(tempers[0] * signals[0]))  # x_0 is noise, whatever its spread
    for s, beta in zip(signals[1:], tempers[1:], strict=True):
        seen = np.diag(np.full(len(weights), float(beta * s**2)))
        rows = np.array([mean_softmax(prior + evidence, float(beta * s)) for evidence in seen])
        masses = np.sum(masses[:, None] * rows, axis=0)
    return np.asarray(masses)
