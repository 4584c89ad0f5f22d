"""sum_i Phi(Phi^-1(q_i) + Delta/(2L)) <= 1: landing sets Delta apart, reached with masses q_i, cost stiffness L.

Preimages of sets Delta apart under an L-Lipschitz map are Delta/L apart, so their neighbourhoods of radius
r = Delta/(2L), the half gap, are disjoint; the Gaussian isoperimetric inequality bounds the mass of each
from below. Two modes (`binary`) attain the bound; M modes (`isoperimetric`) within a factor sqrt 2.
Source: theory/LAWS.md, sections 4 and 5 (Borell 1975; Sudakov and Tsirelson 1978).
"""

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from scipy.optimize import brentq

from theory.arrays import elementwise
from theory.counting import most_modes
from theory.errors import UsageError, fraction, positive, within
from theory.gaussian import log_shrink, quantile_gap, step_mass
from theory.primitives import expm1, hazard, ndtr, ndtri

MOST_MODES: Final = 1e300
"""1/modes must stay a normal double for its quantile to have full accuracy."""


def mode_quantile(modes: Any) -> Any:
    """Return b = Phi^-1(1/M), exactly 0 at M = 2; `modes` is real, 2 <= modes <= 1e300.

    >>> float(mode_quantile(2))
    0.0
    """
    return ndtri(1 / within("modes", modes, low=2, high=MOST_MODES, hint="Is one mode missing from the count?"))


def balanced_stiffness(modes: Any, error: Any, *, separation: Any = 1.0) -> Any:
    """Return the least stiffness L of a map that gives each of M sets mass (1 - error)/M.

    L = Delta / (2 [Phi^-1(1/M) - Phi^-1((1 - error)/M)]); arrays broadcast; units of `separation`.
    Relative error below 1e-12 for M <= 1e300 and 1e-15 <= error <= 1 - 1e-9.
    Raises UsageError outside 2 <= modes <= 1e300, 0 < error < 1, separation > 0.
    Source: theory/LAWS.md, section 5, `isoperimetric`; exact at M = 2 (section 4, `binary`).

    >>> round(float(balanced_stiffness(2, 0.5)), 15)
    0.741301109252801
    """
    gap = quantile_gap(mode_quantile(modes), fraction("error", error))
    return positive("separation", separation) / (2 * gap)


def balanced_error(modes: Any, stiffness: Any, *, separation: Any = 1.0) -> Any:
    """Return the least error at which M balanced sets can be reached with this stiffness.

    error = 1 - Phi(b - r)/Phi(b) at b = Phi^-1(1/M), r = Delta/(2L): the inverse of `balanced_stiffness`;
    arrays broadcast. A stiffness so small that the error rounds to 1 returns 1.

    >>> round(float(balanced_error(2, balanced_stiffness(2, 0.25))), 14)
    0.25
    """
    half_gap = positive("separation", separation) / (2 * positive("stiffness", stiffness))
    return -expm1(-log_shrink(mode_quantile(modes), half_gap))


@elementwise("error", "stiffness", "separation")
def balanced_modes(error: Any, stiffness: Any, *, separation: Any = 1.0) -> float:
    """Return the most modes that a map of this stiffness can reach with mass (1 - error)/M each.

    A whole number, 1 if not even two; the third way to read `balanced_stiffness`. Arrays broadcast. Raises UsageError
    beyond 1e300 modes. Source: theory/LAWS.md, section 5.

    >>> balanced_modes(0.01, float(balanced_stiffness(37, 0.01)))
    37.0
    """
    error, stiffness = float(fraction("error", error)), float(positive("stiffness", stiffness))
    return most_modes(
        lambda modes: float(balanced_error(modes, stiffness, separation=separation)) <= error,
        lambda modes: float(balanced_stiffness(modes, error, separation=separation)),
        error=error, stiffness=stiffness, most=MOST_MODES,
    )  # fmt: skip


def safe_bounds(modes: Any, error: Any, *, separation: Any = 1.0) -> tuple[Any, Any]:
    """Return ((1 - error) S, S) with S = Delta M I(1/M)/(2 error): (1 - error) S <= L <= S without a solver.

    M I(1/M) is the reversed hazard phi/Phi at Phi^-1(1/M), so nothing underflows.
    Source: theory/LAWS.md, section 5 (the profile I is increasing and concave on (0, 1/2)).

    >>> low, high = safe_bounds(2, 0.5)
    >>> bool(low < balanced_stiffness(2, 0.5) < high)
    True
    """
    error = fraction("error", error)
    high = positive("separation", separation) * hazard(mode_quantile(modes)) / (2 * error)
    return (1 - error) * high, high


def check_masses(masses: Any) -> tuple[tuple[float, ...], float]:
    """Return the masses as floats and the exactly rounded error 1 - sum q_i of the given doubles.

    Raises UsageError unless there are at least two masses, each > 0, with a sum < 1.

    >>> check_masses([0.25, 0.5])
    ((0.25, 0.5), 0.25)
    """
    values = tuple(float(q) for q in np.atleast_1d(positive("masses", masses)).ravel())
    if len(values) < 2:
        raise UsageError(
            "One mass makes no choice.",
            expected="at least two masses, one for each landing set",
            received=f"{len(values)} mass",
            hint="Is the list separated by commas, as in masses=0.3,0.6?",
        )
    error = math.fsum([1.0, *(-q for q in values)])
    if error <= 0:
        raise UsageError(
            "The masses leave no error.",
            expected="a sum below 1: the rest is the error",
            received=f"a sum of {math.fsum(values)!r}",
            hint="Are these the target's weights rather than the masses that a map reached?",
        )
    return values, error


def _isoperimetric_surplus(small: Sequence[float], large: float, rest: float, r: float) -> float:
    """Return sum_i Phi(Phi^-1(q_i) + r) - 1 for masses `small` and `large` and error `rest`, all adding up to 1.

    A `large` mass near 1 enters through its complement, which doubles resolve where they do not resolve the mass;
    and of two exact forms of the sum the one is taken that cancels less.
    """
    quantiles = ndtri(np.array(small))
    complement = float(-ndtri(large) if large < 0.5 else ndtri(math.fsum([*small, rest])))
    left_over = float(ndtr(complement - r))
    if left_over < rest:
        return math.fsum([*ndtr(quantiles + r), -left_over])
    # By reflection the large set's growth is that of [-complement, -complement + r].
    return math.fsum([*step_mass(quantiles, r), float(step_mass(-complement, r)), -rest])


def masses_stiffness(masses: Sequence[float], *, separation: float = 1.0, error: float | None = None) -> float:
    """Return the least stiffness L that reaches landing sets `separation` apart with these masses.

    `error` is the rest of the mass, where it is known more exactly than 1 minus the sum of doubles.

    L = Delta/(2r) with r the root of sum_i Phi(Phi^-1(q_i) + r) = 1, taken from sums of positive terms. For two
    masses this is Delta/(-Phi^-1(q_1) - Phi^-1(q_2)). Source: theory/LAWS.md, sections 4 and 5.

    >>> round(masses_stiffness([0.25, 0.25]), 12) == round(float(balanced_stiffness(2, 0.5)), 12)
    True
    """
    if error is None:
        values, rest = check_masses(masses)
    else:
        values = tuple(float(q) for q in positive("masses", masses))
        rest = float(within("error", positive("error", error), low=0, high=1, hint="Is it a mass?"))
    *small, large = sorted(values)

    def surplus(r: float) -> float:
        return _isoperimetric_surplus(small, large, rest, r)

    # At r = 80 the small terms are 1 each and nothing is left over: Phi(-40) < 1e-300. The root is inside.
    r = brentq(surplus, 0.0, 80.0, xtol=np.finfo(float).tiny, rtol=4 * np.finfo(float).eps, maxiter=2000)
    return float(positive("separation", separation)) / (2 * float(r))


def proportional_error(weights: Sequence[float], stiffness: float, *, separation: float = 1.0) -> float:
    """Return the least error at which masses q_i = (1 - error) w_i / sum w are reached with this stiffness.

    Equal weights give `balanced_error`. Source: theory/LAWS.md, sections 4 and 5.

    >>> L = masses_stiffness([0.27, 0.63])
    >>> round(proportional_error([0.3, 0.7], L), 14)
    0.1
    """
    values = np.atleast_1d(positive("weights", weights))
    shares = values / math.fsum(values)
    if len(shares) < 2:
        check_masses(shares)
    r = float(positive("separation", separation)) / (2 * float(positive("stiffness", stiffness)))

    *small, large = sorted(float(share) for share in shares)

    def surplus(error: float) -> float:
        kept = 1 - error
        return _isoperimetric_surplus([kept * share for share in small], kept * large, error, r)

    top = 1 - np.finfo(float).eps
    if surplus(top) >= 0:
        return 1.0
    floor = np.finfo(float).tiny
    if surplus(floor) <= 0:
        return 0.0
    return float(brentq(surplus, floor, top, xtol=floor, rtol=4 * np.finfo(float).eps, maxiter=2000))
