"""DABI = (change of D along the normal)/(change of D in a random direction), mean squares over latents near a boundary.

Both are mean squared changes of the readout D = Phi(kappa u) under a shift of length r; u is the signed distance to one
boundary, the density of latents flat about it. A smooth readout has DABI = n, the dimension, a sharp one sqrt(2 pi n)
or so, and an empty slab about the boundary makes it large without any sharpness. The abstract names the diagnostic; its
formula was not at hand, and this one is ours. Source: theory/LAWS.md, section 9.
"""

import math
from typing import Any, Final

import numpy as np
from scipy.special import erf

from theory.arrays import elementwise
from theory.errors import Array, fraction, positive, whole
from theory.gaussian import NODES, WEIGHTS, step_mass
from theory.primitives import exp, expm1, log1p

MOST_DIMENSIONS: Final = 10**6
"""Dimensions of latents in use are below 1e6; the panels' count does not depend on it, their rounding does."""

_REACH: Final = 12.0
"""(1 - x^2)^(n/2) <= e^(-n x^2/2) is below e^-72 of its peak beyond 12/sqrt n."""

_SATURATED: Final = 9.0
"""Phi(9) rounds to 1."""


def check_dimension(value: Any) -> int:
    """Return the dimension n of the latents as an int, 1 <= n <= 1e6; UsageError otherwise.

    >>> check_dimension(16.0)
    16
    """
    return whole("source_dim", value, low=1, high=MOST_DIMENSIONS, hint="Is it a shape rather than a product of it?")


def squared_change(shift: Any) -> Any:
    """Return A(d), the integral over all w of (Phi(w + d) - Phi(w))^2; arrays broadcast, even in d.

    Its two terms differ by a factor 2 at small d, so their difference loses one bit. Source: theory/LAWS.md, section 2.

    >>> float(squared_change(0.0))
    0.0
    """
    d = np.asarray(shift, dtype=float)
    return 2 / math.sqrt(math.pi) * expm1(-np.square(d) / 4) + d * erf(d / 2)


def _nodes(edges: Array) -> tuple[Array, Array]:
    """Return Gauss-Legendre nodes and weights on the panels between `edges`, flattened."""
    size = np.diff(edges)
    return (edges[:-1, None] + size[:, None] * NODES).ravel(), (size[:, None] * WEIGHTS).ravel()


def _density(angle: Array, dimension: int) -> Array:
    """Return cos^(n-2), the density of the angle whose sine is one coordinate of a random direction."""
    return np.asarray(exp((dimension - 2) / 2 * log1p(-np.square(np.sin(angle)))))


def _sphere(dimension: int, scale: float) -> tuple[Array, Array]:
    """Return places x >= 0 and probabilities of |xi_1|, xi uniform on the sphere, fine near 0 on `scale`."""
    width = 1 / math.sqrt(dimension)
    start = min(scale, width)
    doublings = math.ceil(math.log2(width / start))
    near = start * 2.0 ** np.arange(doublings + 1)
    last = min(math.pi / 2, _REACH * width + float(near[-1]))
    far = np.linspace(min(float(near[-1]), last), last, math.ceil(_REACH) + 2)[1:]
    angle, weight = _nodes(np.array([0.0, *near[near < far[0]], *far]))
    mass = weight * _density(angle, dimension)
    return np.sin(angle), mass / np.sum(mass)


@elementwise("dimension", "sharpness_radius")
def dabi(dimension: Any, sharpness_radius: Any) -> float:
    """Return DABI at d = kappa r in dimension n: 2 integral over w < 0 of (Phi(w + d) - Phi(w))^2 / E A(d xi_1).

    A number without units; relative error below 1e-12 for 1e-6 <= kappa r <= 1e6; arrays broadcast. The integral over
    the half below the boundary is A/2 plus the part between the middle of the shift and the boundary, both positive.
    Raises UsageError.
    Source: theory/LAWS.md, section 9, `dabi`.

    >>> round(dabi(16, 1e-6), 4)
    16.0
    """
    n, d = check_dimension(dimension), float(positive("sharpness_radius", sharpness_radius))
    flat = max(0.0, d / 2 - _SATURATED)  # up to there the change is 1 to rounding
    v, weight = _nodes(np.linspace(flat, d / 2, 11))
    along = float(squared_change(d)) + 2 * (flat + float(np.sum(weight * step_mass(v - d / 2, d) ** 2)))
    if n == 1:
        return along / float(squared_change(d))
    x, mass = _sphere(n, 1 / d)
    return along / float(np.sum(mass * squared_change(d * x)))


@elementwise("dimension", "sharpness_radius")
def sharpness_exponent(dimension: Any, sharpness_radius: Any) -> float:
    """Return d log E|D(z + r xi) - D(z)|^2/d log r at d = kappa r: E[d x erf(d x/2)]/E A(d x), x = |xi_1|.

    From 2 (smooth) down to 1 (sharp), as A'(d) = erf(d/2). Relative error below 1e-12 for 1e-6 <= kappa r <= 1e6;
    arrays broadcast. Raises UsageError. Source: theory/LAWS.md, section 9, `dabi`.

    >>> round(sharpness_exponent(16, 1e-6), 9), round(sharpness_exponent(16, 1e6), 4)
    (2.0, 1.0)
    """
    n, d = check_dimension(dimension), float(positive("sharpness_radius", sharpness_radius))
    x, mass = _sphere(n, 1 / d) if n > 1 else (np.ones(1), np.ones(1))
    return float(np.sum(mass * d * x * erf(d * x / 2)) / np.sum(mass * squared_change(d * x)))


def _beyond(dimension: int, gap_ratio: float) -> tuple[float, float]:
    """Return (E(|xi_1| - c)_+, P(|xi_1| > c)) for n >= 2, both from positive terms; zeros where they underflow."""
    n, edge = dimension, math.asin(gap_ratio)
    # The density falls at the rate n tan(edge) beyond the edge, and by its own width.
    width = min(1 / math.sqrt(n), 1 / (n * math.tan(edge))) if gap_ratio else 1 / math.sqrt(n)
    angle, weight = _nodes(np.linspace(edge, min(math.pi / 2, edge + 45 * width), 46))
    excess = 2 * np.sin((angle - edge) / 2) * np.cos((angle + edge) / 2)
    mass = weight * _density(angle, n)
    whole_angle, whole_weight = _nodes(np.linspace(0.0, min(math.pi / 2, _REACH / math.sqrt(n)), 14))
    total = float(np.sum(whole_weight * _density(whole_angle, n)))
    return float(np.sum(mass * excess)) / total, float(np.sum(mass)) / total


@elementwise("dimension", "gap_ratio")
def sharp_dabi(dimension: Any, gap_ratio: Any = None) -> float:
    """Return DABI of a step readout: 2/E|xi_1|, or 2 (1 - c)/E(|xi_1| - c)_+ with an empty slab of half-width c r.

    A number without units; relative error below 1e-12; infinite where E(|xi_1| - c)_+ underflows; arrays broadcast.
    Raises UsageError unless 0 < c < 1. Source: theory/LAWS.md, section 9.

    >>> [round(sharp_dabi(n), 12) for n in (1, 3)]
    [2.0, 4.0]
    """
    n = check_dimension(dimension)
    c = 0.0 if gap_ratio is None else float(fraction("gap_ratio", gap_ratio))
    if n == 1:
        return 2.0
    beyond, _ = _beyond(n, c)
    return 2 * (1 - c) / beyond if beyond > 0 else math.inf


@elementwise("dimension", "gap_ratio")
def gap_exponent(dimension: Any, gap_ratio: Any) -> float:
    """Return d log E|D(z + r xi) - D(z)|^2/d log r of a step readout with a slab of half-width g = c r that stays.

    1 + c P(|xi_1| > c)/E(|xi_1| - c)_+: above 1, the sharp value, and beyond 2 for wide gaps, for longer shifts cross
    more often. Relative error below 1e-12; infinite where the mean underflows; arrays broadcast. Raises UsageError
    unless 0 < c < 1. Source: theory/LAWS.md, section 9, `dabi`.

    >>> gap_exponent(1, 0.75)
    4.0
    """
    n, c = check_dimension(dimension), float(fraction("gap_ratio", gap_ratio))
    if n == 1:
        return 1 / (1 - c)
    beyond, chance = _beyond(n, c)
    return 1 + c * chance / beyond if beyond > 0 else math.inf
