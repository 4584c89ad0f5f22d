"""P(G > sqrt2 r) = 1 - error, G the gap between the largest two of M normals: cells round the corners of a simplex.

Where n >= M - 1 and the targets are pairwise Delta apart, let the preimage of set i be where coordinate i leads all
others by sqrt2 r. These M sets are 2r apart, their masses are equal, and a map of stiffness L = Delta/(2r) extends: an
upper bound to what `isoperimetric` bounds from below. Source: theory/LAWS.md, section 5, `simplex`.

With f the density of the largest, error = E_f[1 - (Phi(y - w)/Phi(y))^(M-1)] is an average of positive terms, taken in
log space and divided by the sum of its weights, so that neither a small error nor 1e300 modes cost digits.
"""

import math
from collections.abc import Callable
from typing import Any, Final

import numpy as np
from scipy.optimize import brentq

from theory.arrays import elementwise
from theory.counting import most_modes
from theory.errors import Array, fraction, positive, within
from theory.gaussian import NODES, WEIGHTS, quantile_gap
from theory.primitives import expm1, log1p, log_ndtr
from theory.separated import MOST_MODES, mode_quantile

_ULP: Final = float(np.finfo(float).eps)

_DEPTH: Final = 50.0
"""Weights below e^-50 = 2e-22 of the largest, each next to terms at most a few thousand times its own, add nothing."""

_POINTS: Final = 801
"""An entire integrand that falls off on both sides: the trapezoidal sum errs by e^(-pi^2/h) at worst, h its step in
units of the width 1/|Phi^-1(1/M)|. Windows are at most 70 such widths, h < 0.1, the error < 1e-40."""

_FARTHEST: Final = 80.0
"""The lead 2|Phi^-1(1e-300)| = 74 keeps less than 1e-300 of any mass, and no density here peaks beyond it."""


def _log_weight(modes: float, y: Array, lead: float) -> Array:
    """Return log of M phi(y) Phi(y - lead)^(M-1), the chance density that one leads from y by `lead`, M folded in."""
    return np.asarray(math.log(modes) - y * y / 2 + (modes - 1) * log_ndtr(y - lead))


def _window(modes: float, lead: float) -> Array:
    """Return equally spaced points over all y where the log-concave weight is within _DEPTH of its peak."""
    low, high = -_FARTHEST, _FARTHEST + lead
    for points in (20_001, _POINTS):  # the first grid only finds the window: a peak is never narrower than 1/40
        y = np.linspace(low, high, points)
        log_weight = _log_weight(modes, y, lead)
        inside = np.flatnonzero(log_weight >= np.max(log_weight) - _DEPTH)
        low, high = float(y[max(inside[0] - 1, 0)]), float(y[min(inside[-1] + 1, points - 1)])
    return np.linspace(low, high, _POINTS)


def _largest(modes: float) -> tuple[Array, Array]:
    """Return (points, weights adding up to 1) of the density of the largest of M normals."""
    y = _window(modes, 0.0)
    weight = np.exp(_log_weight(modes, y, 0.0))
    return y, weight / np.sum(weight)


def _others(modes: float, y: Array) -> Array:
    """Return (M - 1) phi(y)/Phi(y), in log space: at 1e300 modes neither factor is a normal double."""
    return np.asarray(np.exp(math.log(modes - 1) - math.log(2 * math.pi) / 2 - y * y / 2 - log_ndtr(y)))


def _log_shrinks(modes: float, y: Array, lead: float) -> Array:
    """Return (M - 1) (log Phi(y) - log Phi(y - lead)): an integral of positive terms for small leads."""
    if lead > 1:
        return np.asarray((modes - 1) * (log_ndtr(y) - log_ndtr(y - lead)))
    return np.asarray(lead * np.sum(_others(modes, y[:, None] - lead * NODES) * WEIGHTS, axis=-1))


def lead_lost(modes: float, lead: float) -> float:
    """Return P(G <= lead) for the gap G between the largest two of M normals; relative error about 1e-13.

    >>> round(lead_lost(2, 0.1), 12) == round(math.erf(0.05), 12)
    True
    """
    y, weight = _largest(modes)
    return float(np.sum(weight * -expm1(-_log_shrinks(modes, y, lead))))


def lead_kept(modes: float, lead: float) -> float:
    """Return P(G > lead), to full relative accuracy where it is small.

    >>> round(lead_kept(2, 0.1) + lead_lost(2, 0.1), 14)
    1.0
    """
    whole, part = _window(modes, 0.0), _window(modes, lead)
    unit = float(np.sum(np.exp(_log_weight(modes, whole, 0.0))) * (whole[-1] - whole[0]))
    return float(np.sum(np.exp(_log_weight(modes, part, lead))) * (part[-1] - part[0])) / unit


def _bracket(f: Callable[[float], float], high: float) -> float:
    """Return the root in (0, high] of an increasing f, negative near 0."""
    high *= 1 + 1e-9  # at M = 2 the end is the root itself
    low = high / 2
    while f(low) > 0:
        high, low = low, low / 2
    return float(brentq(f, low, high, xtol=np.finfo(float).tiny, rtol=4 * _ULP, maxiter=2000))


def _check_modes(modes: Any) -> float:
    return float(within("modes", modes, low=2, high=MOST_MODES, hint="Is one mode missing from the count?"))


@elementwise("modes", "error", "separation")
def simplex_stiffness(modes: float, error: float, *, separation: float = 1.0) -> float:
    """Return a stiffness L that suffices for M equidistant sets, balanced to `error`, from M - 1 coordinates on.

    Units of `separation`; relative error below 1e-12 for M <= 1e300 and 1e-15 <= error <= 1 - 1e-9; arrays broadcast.
    At M = 2 it is the law of two modes. Source: theory/LAWS.md, section 5, `simplex`.

    >>> from theory.separated import balanced_stiffness
    >>> round(simplex_stiffness(3, 0.01) / float(balanced_stiffness(3, 0.01)), 4)
    1.0973
    """
    modes, error = _check_modes(modes), float(fraction("error", error))
    # `isoperimetric` allows no wider half gap r, and the lead is sqrt2 r.
    widest = math.sqrt(2) * float(quantile_gap(mode_quantile(modes), error))
    if error <= 0.5:
        lead = _bracket(lambda lead: lead_lost(modes, lead) - error, widest)
    else:
        lead = _bracket(lambda lead: (1 - error) - lead_kept(modes, lead), widest)
    return float(positive("separation", separation)) / (math.sqrt(2) * lead)


@elementwise("modes", "stiffness", "separation")
def simplex_error(modes: float, stiffness: float, *, separation: float = 1.0) -> float:
    """Return the error that the cells of a simplex have at this stiffness: the inverse of `simplex_stiffness`.

    Arrays broadcast.

    >>> round(simplex_error(3, simplex_stiffness(3, 0.25)), 12)
    0.25
    """
    modes = _check_modes(modes)
    lead = float(positive("separation", separation)) / (math.sqrt(2) * float(positive("stiffness", stiffness)))
    if lead > _FARTHEST:
        return 1.0
    lost = lead_lost(modes, lead)
    return lost if lost < 0.5 else 1 - lead_kept(modes, lead)


@elementwise("error", "stiffness", "separation")
def simplex_modes(error: Any, stiffness: Any, *, separation: Any = 1.0) -> float:
    """Return the most modes for which this stiffness is enough in M - 1 coordinates.

    A whole number, 1 if not even two; the third way to read `simplex_stiffness`. Arrays broadcast. Raises UsageError
    beyond 1e300 modes. Source: theory/LAWS.md, section 5.

    >>> simplex_modes(0.01, simplex_stiffness(37, 0.01))
    37.0
    """
    error, stiffness = float(fraction("error", error)), float(positive("stiffness", stiffness))
    return most_modes(
        lambda modes: float(simplex_error(modes, stiffness, separation=separation)) <= error,
        lambda modes: float(simplex_stiffness(modes, error, separation=separation)),
        error=error, stiffness=stiffness, most=MOST_MODES,
    )  # fmt: skip


@elementwise("modes")
def simplex_perimeter(modes: float) -> float:
    """Return P_M = C(M, 2) phi(0) E[Phi(Z/sqrt2)^(M-2)]: error L/Delta of `simplex` as error -> 0.

    It is the Gaussian area of the walls between the M cells, optimal for n >= M - 1 (Milman and Neeman 2022); here as
    (M - 1)/sqrt2 times the mean of phi/Phi at the largest, which is where G has density. Relative error about 1e-13
    for M <= 1e300; arrays.

    >>> round(simplex_perimeter(2) * math.sqrt(2 * math.pi), 14)
    1.0
    """
    modes = _check_modes(modes)
    y, weight = _largest(modes)
    return float(np.sum(weight * _others(modes, y))) / math.sqrt(2)


def simplex_bounds(modes: Any, error: Any, *, separation: Any = 1.0) -> tuple[Any, Any]:
    """Return (Delta P_M/log(1/(1 - error)), Delta P_M/error): bounds on `simplex_stiffness` without a solver.

    The density of the top gap G falls, so P(G <= w) <= f(0) w; its tail is log-concave, so P(G > w) <= e^(-f(0) w); and
    f(0) = sqrt2 P_M. Arrays broadcast. Source: theory/LAWS.md, section 5, `simplex` (ours).

    >>> low, high = simplex_bounds(3, 0.1)
    >>> low < simplex_stiffness(3, 0.1) < high
    True
    """
    rest, scale = fraction("error", error), positive("separation", separation) * simplex_perimeter(modes)
    return scale / -log1p(-rest), scale / rest
