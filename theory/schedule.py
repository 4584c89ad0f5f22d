"""integral of dv_t/dx (0) dt = log sigma + mu^2/(2 sigma^2): no schedule changes how far a boundary is stretched.

The exact flow map onto two equal modes of width sigma is T = F^-1 o Phi for every affine Gaussian path, so its slope at
the boundary, T'(0) = sigma exp(mu^2/(2 sigma^2)), is the same for all of them; a schedule only chooses when to stretch.
With V = a^2 sigma^2 + b^2 the stretch up to (a, b) is G = log(V)/2 + mu^2 a^2/(2V). The least peak makes G linear in
time. Source: theory/LAWS.md, section 7, `conservation` and `peak_optimal_schedule` (ours).
"""

import math
from typing import Any

import numpy as np
from scipy.optimize import brentq

from theory.arrays import elementwise
from theory.depth import finite_stiffness
from theory.errors import Array, UsageError, positive, whole
from theory.path import MOST_STEPS, Schedule


def log_stretch(mu: Any, scale: Any) -> Any:
    """Return log T'(0) = log sigma + mu^2/(2 sigma^2), the conserved integral; arrays broadcast; sigma > 0.

    >>> float(log_stretch(2.0, 1.0))
    2.0
    """
    mu, scale = positive("mu", mu), positive("scale", scale)
    return np.log(scale) + (mu / scale) ** 2 / 2


@elementwise("mu", "scale")
def map_slope(mu: Any, scale: Any) -> float:
    """Return T'(0) = sigma exp(mu^2/(2 sigma^2)); UsageError where it leaves the doubles; arrays broadcast.

    >>> map_slope(1e-200, 3.0)
    3.0
    """
    total = float(log_stretch(mu, scale))
    finite_stiffness(total)
    return float(scale) * math.exp((float(mu) / float(scale)) ** 2 / 2)


def slope_between(mu: Any, scale: Any, start: tuple[Any, Any], end: tuple[Any, Any]) -> float:
    """Return b e^(G(end) - G(start)), the slope at 0 of the flow map from xi, x = b xi at `start`, on to `end`.

    >>> slope_between(1e-200, 3.0, (0.0, 1.0), (1.0, 0.0)) == map_slope(1e-200, 3.0)
    True
    """
    if start == (0, 1) and end == (1, 0):
        return float(map_slope(mu, scale))
    return finite_stiffness(math.log(start[1]) + float(stretch_between(mu, scale, start, end)))


def stretch_so_far(a: Any, b: Any, mu: Any, scale: Any) -> Any:
    """Return G = log(V)/2 + mu^2 a^2/(2V), V = a^2 sigma^2 + b^2: 0 at noise, `log_stretch` at data.

    >>> float(stretch_so_far(0.0, 1.0, 2.0, 0.5))
    0.0
    """
    v = a**2 * scale**2 + b**2
    return np.log(v) / 2 + mu**2 * a**2 / (2 * v)


def stretched_angle(stretch: float, mu: float, scale: float) -> float:
    """Return the angle up to which G is `stretch` on the path a = sin, b = cos of it: both ends are exact there.

    >>> round(stretched_angle(1.0, 2.0, 1.0) / math.pi, 12)  # halfway: a^2 = b^2 at V = 1
    0.25
    """
    return float(
        brentq(
            lambda angle: stretch_so_far(math.sin(angle), math.cos(angle), mu, scale) - stretch,
            0.0, math.pi / 2, xtol=np.finfo(float).tiny, rtol=4 * np.finfo(float).eps, maxiter=5000,
        )
    )  # fmt: skip


def stretch_between(mu: Any, scale: Any, start: tuple[Any, Any], end: tuple[Any, Any]) -> Any:
    """Return G(end) - G(start), the integral of dv_t/dx(0) dt along any path between two points (a, b).

    G is `stretch_so_far`; from pure noise (0, 1) to data (1, 0) this is `log_stretch`. Arrays broadcast; sigma > 0.

    >>> float(stretch_between(2.0, 1.0, (0.0, 1.0), (1.0, 0.0))) == float(log_stretch(2.0, 1.0))
    True
    """
    (a, b), (a_end, b_end) = start, end
    whole_way = log_stretch(mu, scale) if (a_end, b_end) == (1, 0) else stretch_so_far(a_end, b_end, mu, scale)
    return whole_way if (a, b) == (0, 1) else whole_way - stretch_so_far(a, b, mu, scale)


def peak_optimal_schedule(mu: Any, scale: Any, steps: Any) -> Schedule:
    """Return the K + 1 points of the path a^2 + b^2 = 1 at which G has grown by equal parts.

    Every interval then stretches the boundary by the same factor, the least possible peak. On this path G increases
    if mu^2 >= 1 - sigma^2, which is demanded: else two modes hardly apart shrink before they part.
    Source: theory/LAWS.md, section 7.

    >>> grid = peak_optimal_schedule(2.0, 0.5, 4)
    >>> float(grid.a[0]), float(grid.b[-1])
    (0.0, 0.0)
    """
    mu, scale = float(positive("mu", mu)), float(positive("scale", scale))
    count = whole("steps", steps, low=1, high=MOST_STEPS, hint="Is it a time rather than a number of intervals?")
    if mu**2 < 1 - scale**2:
        raise UsageError(
            "The modes do not part from the start.",
            expected="mu^2 >= 1 - scale^2",
            received=f"mu={mu!r}, scale={scale!r}",
            hint="Are the modes so close that no schedule is needed?",
        )
    total = float(log_stretch(mu, scale))
    inner = np.array([stretched_angle(k / count * total, mu, scale) for k in range(1, count)])
    a: Array = np.concatenate([[0.0], np.sin(inner), [1.0]])
    b: Array = np.concatenate([[1.0], np.cos(inner), [0.0]])
    return Schedule(a=a, b=b)
