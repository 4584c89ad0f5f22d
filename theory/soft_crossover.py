"""R = s E E[|xi| L(kappa s |xi|/2)], L(y) = coth y - 1/y: the crossover behind softmax of two tokens (ours).

D = 1/(1 + e^(-kappa u)) changes in mean square by A(d) = d coth(d/2) - 2 = d L(d/2) under a shift d/kappa, summed over
u, with Langevin's function L; its Gaussian mean is an integral on a line. Source: theory/LAWS.md, section 2, "Softmax".
"""

import math
from typing import Any, Final

import numpy as np

from theory.arrays import elementwise
from theory.errors import Array, positive
from theory.gaussian import NODES, WEIGHTS
from theory.primitives import pdf

_LEVELS: Final = 12
"""Of the continued fraction: at y = 1 the last one moves the value by less than 1e-20 of itself."""

_ENDS: Final[Array] = np.concatenate([[0.0], 2.0 ** -np.arange(60.0, 0.0, -1.0), np.arange(1.0, 39.0)])
"""Panels no wider than their distance from 0: the poles of coth lie off the line, at 2 pi i times whole numbers."""


def langevin(y: Any) -> Array:
    """Return coth y - 1/y for y >= 0 to its own last digits; arrays broadcast.

    Up to 1 by Lambert's continued fraction y/(3 + y^2/(5 + ...)), of positive terms; beyond, its difference loses two
    bits.

    >>> float(langevin(3e-200)), float(langevin(1e300))
    (1e-200, 1.0)
    """
    y = np.asarray(y, dtype=float)
    small, large = np.minimum(y, 1.0), np.maximum(y, 1.0)
    tail: Array = np.zeros_like(small)
    for level in range(_LEVELS, 0, -1):
        tail = small**2 / (2 * level + 3 + tail)
    return np.asarray(np.where(y <= 1, small / (3 + tail), 1 / np.tanh(large) - 1 / large))


@elementwise("interface_energy", "sharpness", "relative_noise")
def softmax_error(interface_energy: Any, sharpness: Any, relative_noise: Any) -> float:
    """Return R for a softmax of two tokens whose log odds grow at the rate kappa across their boundary.

    kappa s^2 E/6 where kappa s is small, sqrt(2/pi) s E where it is large. Relative error below 1e-13; the law has
    itself one of order 1/kappa^2 + s^2. Arrays broadcast. Raises UsageError unless all three are > 0.

    >>> round(softmax_error(6.0, 1e-3, 1e-3) / 1e-9, 6)
    1.0
    """
    energy, s = float(positive("interface_energy", interface_energy)), float(positive("relative_noise", relative_noise))
    width = float(positive("sharpness", sharpness)) * s
    size = np.diff(_ENDS)[:, None]
    x = _ENDS[:-1, None] + size * NODES
    return 2 * s * energy * math.fsum((size * WEIGHTS * x * pdf(x) * langevin(width / 2 * x)).ravel())
