"""R = sqrt(2/pi) s E q/(1 + sqrt(1 + q^2)), q = kappa s/sqrt 2: sharp readouts err linearly in s, smooth ones in s^2.

R is the mean square by which the readout D(z) = Phi(kappa u), u the distance to one boundary, changes under a
denoised step with noise s. One curve in kappa s joins two regimes: text decoders, whose kappa s is large, and image
decoders.
Source: theory/LAWS.md, section 2.
"""

import math
from typing import Any, Final

import numpy as np

from theory.errors import positive
from theory.tube import flip_first_order

_SMOOTH: Final = 1 / (2 * math.sqrt(math.pi))
"""The integral of phi^2, which is the mean square slope of Phi(u) over u."""


def readout_error(interface_energy: Any, sharpness: Any, relative_noise: Any) -> Any:
    """Return R = (2E/(sqrt(pi) kappa)) (sqrt(1 + kappa^2 s^2/2) - 1), as a product of which nothing cancels.

    In units of the squared output; arrays broadcast; relative error below 1e-14 for every kappa s.
    The law has itself a relative error of order 1/kappa^2 + s^2. Raises UsageError unless all three are > 0.
    Source: theory/LAWS.md, section 2, `crossover`.

    >>> round(float(readout_error(math.sqrt(math.pi), 2.0, 2.0)), 15)  # (2/2) (sqrt(1 + 8) - 1)
    2.0
    """
    s = positive("relative_noise", relative_noise)
    q = positive("sharpness", sharpness) * s / math.sqrt(2)
    return sharp_limit(interface_energy, s) * (q / (1 + np.hypot(1.0, q)))


def sharp_limit(interface_energy: Any, relative_noise: Any) -> Any:
    """Return sqrt(2/pi) s E, to which R rises as kappa s grows: the flip probability of the law `tube`.

    >>> sharp_limit(math.sqrt(math.pi / 2), 0.25)
    0.25
    """
    return flip_first_order(interface_energy, relative_noise)


def smooth_limit(interface_energy: Any, sharpness: Any, relative_noise: Any) -> Any:
    """Return kappa s^2 E/(2 sqrt pi), which R approaches from below as kappa s falls; arrays broadcast.

    >>> round(smooth_limit(math.sqrt(math.pi), 2.0, 3.0), 14)
    9.0
    """
    s = positive("relative_noise", relative_noise)
    return _SMOOTH * positive("sharpness", sharpness) * s * s * positive("interface_energy", interface_energy)
