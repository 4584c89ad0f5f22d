"""(E/kappa) A(kappa delta): the error behind a readout of a sampler that misplaces the boundary by delta.

A sampler of order p has delta of order K^-p. A sharp readout errs like E delta, K^-p, a smooth one like delta^2, K^-2p.
Source: theory/LAWS.md, section 2, "Readouts" (ours).
"""

from typing import Any

import numpy as np
from scipy.special import erf

from theory.diagnostics import squared_change
from theory.errors import positive


def displaced_flips(interface_energy: Any, displacement: Any) -> Any:
    """Return E delta, the probability that token and clean token differ; UsageError unless both are > 0.

    >>> displaced_flips(0.5, 0.25)
    0.125
    """
    return positive("interface_energy", interface_energy) * positive("displacement", displacement)


def displaced_error(interface_energy: Any, sharpness: Any, displacement: Any) -> Any:
    """Return (E/kappa) A(kappa delta), the mean square by which Phi(kappa u) changes; arrays broadcast.

    Relative error below 1e-14 at any kappa delta. Raises UsageError unless all three are > 0.

    >>> round(float(displaced_error(1.0, 1e9, 0.25)), 8)  # sharp: E delta
    0.25
    """
    kappa = positive("sharpness", sharpness)
    shift = squared_change(kappa * positive("displacement", displacement))
    return positive("interface_energy", interface_energy) * shift / kappa


def displaced_order(sharpness: Any, displacement: Any) -> Any:
    """Return d log((E/kappa) A(d))/d log delta = d erf(d/2)/A(d), d = kappa delta: from 2, smooth, down to 1, sharp.

    >>> float(displaced_order(1e9, 1e9)), round(float(displaced_order(1e-3, 1e-3)), 12)
    (1.0, 2.0)
    """
    d = positive("sharpness", sharpness) * positive("displacement", displacement)
    return np.asarray(d * erf(d / 2) / squared_change(d))
