"""k Phi(Phi^-1(1/M) + r) + Phi(Phi^-1(theta) + r) <= 1: a uniform target hit within tv, some modes dropped outright.

A map that may miss a uniform target by total variation `error` does best to give up whole modes: it keeps
k = M - ceil(error M) masses 1/M and one rest theta = (ceil(error M) - error M)/M, for these lie at a corner of what
tv <= error permits and the isoperimetric sum is concave in the masses. At error 1 - 1/M one mode is left, and a
constant map reaches it. Source: theory/LAWS.md, section 5, `isoperimetric_tv`.
"""

import math
from fractions import Fraction
from typing import Any, Final

import numpy as np
from scipy.optimize import brentq

from theory.arrays import elementwise
from theory.counting import most_modes
from theory.errors import fraction, positive, whole
from theory.gaussian import log_shrink
from theory.primitives import expm1, hazard, log1p, ndtr, ndtri
from theory.separated import MOST_MODES, check_masses, mode_quantile

_ULP: Final = float(np.finfo(float).eps)
_TINY: Final = float(np.finfo(float).tiny)
_WIDEST: Final = 80.0
"""Phi(-40) < 1e-300: a half gap of 80 fills the line from any mass that a double can hold."""


def corner(modes: int, error: float) -> tuple[int, float]:
    """Return (k, theta): the masses 1/M kept whole and the one kept in part; exact in the double `error`.

    >>> corner(8, 0.25)
    (6, 0.0)
    >>> corner(8, 0.1875)
    (6, 0.0625)
    """
    given_up = Fraction(error) * modes
    dropped = math.ceil(given_up)
    return modes - dropped, float((dropped - given_up) / modes)


def _surplus(modes: int, error: float, r: float) -> float:
    """Return k Phi(b + r) + Phi(Phi^-1(theta) + r) - 1, of two exact forms the one that cancels less; rising with r.

    One mass 1/M enters either through its growth or, once little is left over beside it, through that rest.
    """
    kept, rest = corner(modes, error)
    b = float(mode_quantile(float(modes)))
    part = ndtri(rest) if rest > 0 else -np.inf
    left_over = float(ndtr(-b - r))
    if left_over < error:
        return math.fsum([(kept - 1) * float(ndtr(b + r)), float(ndtr(part + r)), -left_over])
    return math.fsum([kept / modes * _growth(b, r), rest * _growth(part, r) if rest > 0 else 0.0, -error])


def _growth(z: float, r: float) -> float:
    """Return Phi(z + r)/Phi(z) - 1: a ratio, for the mass between them may be no normal double."""
    return float(expm1(log_shrink(z + r, r)))


def _check_modes(modes: float) -> int:
    return whole("modes", modes, low=2, high=int(MOST_MODES), hint="Is it an effective number of modes?")


@elementwise("modes", "error", "separation")
def variation_stiffness(modes: float, error: float, *, separation: float = 1.0) -> float:
    """Return the least stiffness L of a map that hits a uniform target on M sets within total variation `error`.

    L = Delta/(2r), 0 from error 1 - 1/M on, where one mode is enough. Units of `separation`; relative error below
    1e-12 for M <= 1e300 and error >= 1e-15; arrays broadcast. Source: theory/LAWS.md, section 5, `isoperimetric_tv`.

    >>> variation_stiffness(8, 0.875)
    0.0
    >>> round(variation_stiffness(8, 0.1), 5)
    7.78372
    """
    modes, error = _check_modes(modes), float(fraction("error", error))
    kept, rest = corner(modes, error)
    if kept == 0 or (kept == 1 and rest == 0):
        return 0.0
    r = brentq(lambda r: _surplus(modes, error, r), 0.0, _WIDEST, xtol=_TINY, rtol=4 * _ULP, maxiter=2000)
    return float(positive("separation", separation)) / (2 * float(r))


@elementwise("modes", "stiffness", "separation")
def variation_error(modes: float, stiffness: float, *, separation: float = 1.0) -> float:
    """Return the least total variation at which a uniform target on M sets is hit with this stiffness.

    The inverse of `variation_stiffness`, at most 1 - 1/M, the distance of a constant map; arrays broadcast.

    >>> round(variation_error(8, variation_stiffness(8, 0.3)), 12)
    0.3
    """
    modes = _check_modes(modes)
    r = float(positive("separation", separation)) / (2 * float(positive("stiffness", stiffness)))
    top = float(np.nextafter(1 - 1 / modes, 0.0))
    if r >= _WIDEST or _surplus(modes, top, r) >= 0:
        return 1 - 1 / modes
    return float(brentq(lambda error: _surplus(modes, error, r), _TINY, top, xtol=_TINY, rtol=4 * _ULP, maxiter=2000))


@elementwise("error", "stiffness", "separation")
def variation_modes(error: Any, stiffness: Any, *, separation: Any = 1.0) -> float:
    """Return the most modes that a map of this stiffness can hit uniformly within total variation `error`.

    A whole number, 1 if not even two; the third way to read `variation_stiffness`. Arrays broadcast. Raises UsageError
    beyond 1e300 modes. Source: theory/LAWS.md, section 5.

    >>> variation_modes(0.1, variation_stiffness(8, 0.1))
    8.0
    """
    error, stiffness = float(fraction("error", error)), float(positive("stiffness", stiffness))
    return most_modes(
        lambda modes: float(variation_error(modes, stiffness, separation=separation)) <= error,
        lambda modes: float(variation_stiffness(modes, error, separation=separation)),
        error=error, stiffness=stiffness, most=MOST_MODES,
    )  # fmt: skip


@elementwise("modes", "error", "separation")
def variation_at_least(modes: float, error: float, *, separation: float = 1.0) -> float:
    """Return Delta k I(1/k)/(2 log(1/(1 - error))) <= L without a solver, k = M - ceil(error M) modes kept whole.

    As the kept masses grow from 1 - error to 1 in all, each at a rate of at least k I(1/k) of itself. From above
    S = Delta M I(1/M)/(2 error) bounds L as it bounds that of balanced masses; from below (1 - error) S does not, for
    L is 0 from error 1 - 1/M on. Arrays broadcast. Source: theory/LAWS.md, section 5, `isoperimetric_tv` (ours).

    >>> variation_at_least(8, 0.875)
    0.0
    >>> variation_at_least(8, 0.1) < variation_stiffness(8, 0.1)
    True
    """
    modes, error = _check_modes(modes), float(fraction("error", error))
    kept, _ = corner(modes, error)
    if kept < 2:
        return 0.0
    rate = float(hazard(mode_quantile(float(kept))))
    return float(positive("separation", separation)) * rate / (2 * -float(log1p(-error)))


def variation_of(masses: Any) -> float:
    """Return the total variation sum_i (1/M - q_i)_+ by which M masses miss the uniform target, in [0, 1).

    Raises UsageError unless there are at least two masses, each > 0, with a sum < 1.

    >>> variation_of([0.25, 0.5])
    0.25
    """
    values, _ = check_masses(masses)
    share = Fraction(1, len(values))
    return float(sum((max(share - Fraction(q), Fraction(0)) for q in values), Fraction(0)))
