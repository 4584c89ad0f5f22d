"""E|grad f| = integral of E_gamma({f = t}) dt >= integral of I(P(f > t)) dt: slope, on average, is boundary.

The coarea formula turns the mean slope of a soft indicator into the Gaussian area of its level sets, and isoperimetry
bounds each area by its mass. Level sets that are half-spaces attain the bound; M balanced indicators add up to
M I((1 - error)/M), and as only the mass `error` can carry slope, some point is steep.
Source: theory/LAWS.md, section 3.
"""

import math
from typing import Any

import numpy as np

from theory.errors import fraction, positive
from theory.gaussian import quantile_gap
from theory.primitives import hazard
from theory.separated import mode_quantile


def mean_slope(sharpness: Any) -> Any:
    """Return E|grad f| = kappa/sqrt(2 pi (1 + kappa^2)) of f = Phi(kappa x_1) under a standard Gaussian.

    In units of 1/length; arrays broadcast. Raises UsageError unless kappa > 0.

    >>> round(float(mean_slope(1.0)) * math.sqrt(4 * math.pi), 15)
    1.0
    """
    kappa = positive("sharpness", sharpness)
    return kappa / (math.sqrt(2 * math.pi) * np.hypot(1.0, kappa))


def level_integral(sharpness: Any) -> Any:
    """Return the integral over 0 < t < 1 of I(P(f > t)) for f = Phi(kappa x_1), in closed form.

    P(f > t) = Phi(-v/kappa) at t = Phi(v), so the integrand is phi(v/kappa) phi(v) dv, whose product is a Gaussian of
    variance 1/(1 + kappa^-2). It equals `mean_slope`: half-spaces attain isoperimetry at every level.

    >>> round(float(level_integral(1.0)) * math.sqrt(4 * math.pi), 15)
    1.0
    """
    return 1 / (math.sqrt(2 * math.pi) * np.hypot(1.0, 1 / positive("sharpness", sharpness)))


def mean_stiffness(modes: Any, error: Any) -> Any:
    """Return M I((1 - error)/M), the least sum of E|grad f_i| over M balanced soft indicators f_i.

    f_i is 1 on A_i and 0 on the other A_j, each A_i has mass at least (1 - error)/M. The product is (1 - error) times
    phi/Phi at the quantile of (1 - error)/M, so it neither underflows nor cancels: relative error below 1e-12 for
    M <= 1e300 and 1e-15 <= error <= 1 - 1e-9. Arrays broadcast. Source: theory/LAWS.md, section 3.

    >>> round(float(mean_stiffness(2, 0.5)), 12)  # 2 phi(0.674489750196)
    0.635553145368
    """
    b, rest = mode_quantile(modes), fraction("error", error)
    return (1 - rest) * hazard(b - quantile_gap(b, rest))


def peak_stiffness(modes: Any, error: Any, *, separation: Any = 1.0) -> Any:
    """Return (Delta/(2 error)) M I((1 - error)/M), a least stiffness: the mean slope carried by the mass `error`.

    Below `balanced_stiffness`, and at least (1 - error) log(1/(1 - error))/error = 1 - error/2 - ... of it, at any M.
    Arrays broadcast; units of `separation`. Source: theory/LAWS.md, section 3.

    >>> round(float(peak_stiffness(2, 0.5)), 12)
    0.635553145368
    """
    rest = fraction("error", error)
    return positive("separation", separation) / (2 * rest) * mean_stiffness(modes, rest)
