"""log Phi(b) - log Phi(b - r) = integral of phi/Phi over [b - r, b]: quantile gaps without a subtraction.

The laws need Phi^-1(p) - Phi^-1((1 - error) p) for p down to 1e-300 and error down to 1e-15 and below,
where the difference of two quantiles has no correct digit left. Every quantity here is instead a sum of
positive terms: a Gauss-Legendre sum of a positive integrand, or a Gaussian mass of an interval taken in
the tail where it is small. Source: theory/LAWS.md, section 5 ("Numerics").
"""

from typing import Any, Final

import numpy as np

from theory.errors import Array
from theory.primitives import hazard, log1p, log_ndtr, ndtr, ndtri, pdf

# 20 nodes integrate phi/Phi over [b - r, b] to double precision for r <= 9: the nearest singularity, the
# complex zero of Phi at 1.9 +- 2.8i, leaves a Bernstein ellipse of parameter > 2.4, and 2.4^-40 < 1e-15.
_X, _W = np.polynomial.legendre.leggauss(20)
NODES: Final[Array] = (_X + 1) / 2
WEIGHTS: Final[Array] = _W / 2

_NEWTON_LIMIT: Final = 100
"""Newton decreases monotonically to its root here, halving the distance at worst: 100 steps reach 2^-100."""


def _quadrature(values: Any) -> Any:
    """Sum over the last axis, the nodes, in one fixed order: a BLAS product would round each row by its place."""
    return np.sum(values * WEIGHTS, axis=-1)


def log_shrink(b: Any, r: Any) -> Any:
    """Return log Phi(b) - log Phi(b - r) for b real, r >= 0; arrays broadcast.

    Relative error about 1e-15, for tiny r too, where the difference of the two terms would cancel.

    >>> float(log_shrink(0.0, 0.0))
    0.0
    """
    b, r = np.asarray(b, dtype=float), np.asarray(r, dtype=float)
    small = np.minimum(r, 1.0)  # the quadrature is used up to r = 1 only; beyond, nothing cancels
    integral = small * _quadrature(hazard(b[..., None] - small[..., None] * NODES))
    return np.where(r <= 1, integral, log_ndtr(b) - log_ndtr(b - r))


def gap_step(b: Any, r: Any, target: Any) -> Any:
    """Return Newton's step towards the root r of log Phi(b) - log Phi(b - r) = target, to be subtracted from r.

    >>> float(gap_step(np.array(0.0), np.array(0.0), np.array(0.0)))
    0.0
    """
    return (r * _quadrature(hazard(b[..., None] - r[..., None] * NODES)) - target) / hazard(b - r)


def quantile_gap(b: Any, error: Any) -> Any:
    """Return the r >= 0 with Phi(b - r) = (1 - error) Phi(b), for b <= 0; arrays broadcast.

    That is Phi^-1(p) - Phi^-1((1 - error) p) for p = Phi(b) <= 1/2. Newton on the integral of phi/Phi, a
    convex function of r, from the right of its root. Relative error < 1e-12 for 1e-15 <= error <= 1 - 1e-9.
    Source: theory/LAWS.md, section 5.

    >>> round(float(quantile_gap(0.0, 0.5)), 12)  # the upper quartile
    0.674489750196
    """
    b, error = np.broadcast_arrays(np.asarray(b, dtype=float), np.asarray(error, dtype=float))
    target = -log1p(-error)
    r = target / hazard(b)
    moving = np.ones(r.shape, dtype=bool)
    for _ in range(_NEWTON_LIMIT):
        step = np.where(moving, gap_step(b, r, target), 0.0)  # an entry at rest stays: no batch changes its bits
        r = r - step
        moving &= np.abs(step) > 1e-15 * r  # 1e-15 is 4 units of the last place: nothing is left to gain
        if not np.any(moving):
            return r
    raise ArithmeticError(f"quantile_gap did not converge within {_NEWTON_LIMIT} Newton steps")


def _mass(low: Any, high: Any, width: Any) -> Any:
    """Return gamma([low, high]), given its width more exactly than high - low may round."""
    low, high, width = np.broadcast_arrays(*(np.asarray(x, dtype=float) for x in (low, high, width)))
    flip = low > -high  # reflect into the left tail, where ndtr is small and exact
    below, above = ndtr(np.where(flip, -high, low)), ndtr(np.where(flip, -low, high))
    close = (below > above / 2) & np.isfinite(width)  # else subtracting loses at most one bit
    start, width = np.where(close, low, 0.0), np.where(close, width, 0.0)
    near = width * _quadrature(pdf(start[..., None] + width[..., None] * NODES))
    return np.where(close, near, above - below)


def interval_mass(low: Any, high: Any) -> Any:
    """Return gamma([low, high]) = Phi(high) - Phi(low) with full relative accuracy; arrays broadcast.

    Where the two values of Phi are within a factor 2, the density is integrated instead of subtracting them.

    >>> float(interval_mass(-np.inf, 0.0))
    0.5
    >>> float(interval_mass(30.0, 31.0)) > 0
    True
    """
    low, high = np.asarray(low, dtype=float), np.asarray(high, dtype=float)
    width = np.where(np.isfinite(low) & np.isfinite(high), high, np.inf) - np.where(np.isfinite(low), low, 0.0)
    return _mass(low, high, width)


def step_mass(z: Any, r: Any) -> Any:
    """Return gamma([z, z + r]) for finite z and r >= 0, to full relative accuracy in r; arrays broadcast.

    `interval_mass(z, z + r)` would lose what z + r rounds away of a small r.

    >>> float(step_mass(0.0, 1e-30)) == 1e-30 * float(pdf(0.0))
    True
    """
    z, r = np.asarray(z, dtype=float), np.asarray(r, dtype=float)
    return _mass(z, z + r, r)


def profile(p: Any) -> Any:
    """Return the Gaussian isoperimetric profile I(p) = phi(Phi^-1(p)), 0 < p < 1.

    >>> round(float(profile(0.5)), 12)  # 1/sqrt(2 pi)
    0.398942280401
    """
    return pdf(ndtri(p))
