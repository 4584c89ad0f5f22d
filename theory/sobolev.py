"""L >= (Delta/(2 error)) [a_n M^(1/n) (1 - F_n((1 + 1/n) F_n^-1(error))) - b_n]: few dimensions have little room.

The functions phi_n (1 - dist(., A_i)/r)_+ have disjoint supports; the sharp L^1 Sobolev inequality bounds the sum of
their norms by a gradient that is 1/r on the mass `error` and |x| phi_n elsewhere. So in n dimensions the stiffness for
M modes grows like M^(1/n). F_n is the chi-square distribution function with n degrees of freedom.
Source: theory/LAWS.md, section 6, `sobolev`.
"""

import math
from functools import lru_cache
from typing import Any, Final

import numpy as np
from scipy.optimize import brentq
from scipy.special import gammainc, gammaincc, gammaincinv, gammaln

from theory.arrays import elementwise
from theory.errors import UsageError, fraction, positive, whole, within
from theory.separated import MOST_MODES

MOST_DIMENSIONS: Final = 10_000
"""Far beyond the n of order log M from which the law of any dimension is the better one, for M <= 1e300."""

_ULP: Final = float(np.finfo(float).eps)


@lru_cache(maxsize=1024)
def sobolev_constants(source_dim: int) -> tuple[float, float]:
    """Return (a_n, b_n): a_n = n omega_n^(1/n) (n/(n+1))^(n/2)/sqrt(2 pi) and b_n = E|x|, omega_n the ball's volume.

    b_n is a product of (k+1)/k over every other k < n: a quotient of two Gamma functions would lose n log n roundings.

    >>> a, b = sobolev_constants(1)
    >>> round(a * math.sqrt(math.pi), 14), round(b / math.sqrt(2 / math.pi), 14)
    (1.0, 1.0)
    """
    n = whole("source_dim", source_dim, low=1, high=MOST_DIMENSIONS, hint="Is `isoperimetric` the better law there?")
    log_ball = n / 2 * math.log(math.pi) - float(gammaln(n / 2 + 1))
    a = n * math.exp(log_ball / n - n / 2 * math.log1p(1 / n)) / math.sqrt(2 * math.pi)
    first = 2 - n % 2  # E|x| is sqrt(2/pi) in one dimension and sqrt(pi/2) in two
    grown = math.fsum(np.log1p(1 / np.arange(first, n - 1, 2)))
    return a, math.sqrt(2 / math.pi if first == 1 else math.pi / 2) * math.exp(grown)


def _log_outside(source_dim: int, error: float) -> float:
    """Return log(1 - F_n((1 + 1/n) F_n^-1(error))), from the smaller of the two masses; -inf where it underflows."""
    half = source_dim / 2
    place = (1 + 1 / source_dim) * float(gammaincinv(half, error))
    inside, outside = float(gammainc(half, place)), float(gammaincc(half, place))
    if inside < outside:
        return math.log1p(-inside)
    return math.log(outside) if outside > 0 else -math.inf


def _bracket(modes: float, source_dim: int, error: float) -> float:
    """Return 2 error L/Delta: falling with error, negative where the bound says nothing."""
    a, b = sobolev_constants(source_dim)
    # b e^x - b by expm1: in many dimensions the two terms nearly cancel, and x holds the difference.
    return b * math.expm1(math.log(a / b) + math.log(modes) / source_dim + _log_outside(source_dim, error))


def _check_modes(modes: float) -> float:
    return float(within("modes", modes, low=2, high=MOST_MODES, hint="Is one mode missing from the count?"))


@elementwise("modes", "source_dim", "error", "separation")
def sobolev_stiffness(modes: float, source_dim: int, error: float, *, separation: float = 1.0) -> float:
    """Return what L must at least be to hit a uniform target on M sets within tv <= error from n coordinates.

    At least 0: where the bracket is negative the bound says nothing. Units of `separation`; arrays broadcast. Relative
    error below 1e-12 times a_n M^(1/n) Delta/(2 error L), the ratio of what is subtracted to what is left, for
    n <= 1e4. Source: theory/LAWS.md, section 6.

    >>> sobolev_stiffness(8, 100, 0.1)
    0.0
    """
    modes, error = _check_modes(modes), float(fraction("error", error))
    n = whole("source_dim", source_dim, low=1, high=MOST_DIMENSIONS, hint="Is `isoperimetric` the better law there?")
    return float(positive("separation", separation)) * max(_bracket(modes, n, error), 0.0) / (2 * error)


@elementwise("modes", "source_dim", "stiffness", "separation")
def sobolev_error(modes: float, source_dim: int, stiffness: float, *, separation: float = 1.0) -> float:
    """Return the least total variation that this bound permits at a stiffness: the inverse function, 0 if none.

    Arrays broadcast.

    >>> round(sobolev_error(1e6, 2, sobolev_stiffness(1e6, 2, 0.1)), 12)
    0.1
    """
    modes = _check_modes(modes)
    n = whole("source_dim", source_dim, low=1, high=MOST_DIMENSIONS, hint="Is `isoperimetric` the better law there?")
    stiffness = float(positive("stiffness", stiffness)) / float(positive("separation", separation))

    def excess(error: float) -> float:
        return _bracket(modes, n, error) - 2 * error * stiffness

    low, high = 1e-300, 1 - _ULP
    if excess(low) <= 0:
        return 0.0
    if excess(high) >= 0:
        return 1.0
    return float(brentq(excess, low, high, xtol=low, rtol=4 * _ULP, maxiter=2000))


@elementwise("source_dim", "error", "stiffness", "separation")
def sobolev_modes(source_dim: Any, error: Any, stiffness: Any, *, separation: Any = 1.0) -> float:
    """Return the most modes that a map of this stiffness can tell apart from n coordinates, by this bound.

    ((b_n + 2 error L/Delta)/(a_n (1 - F_n(...))))^n, rounded down, at least 1. Raises UsageError beyond 1e300; arrays
    broadcast.

    >>> sobolev_modes(2, 0.1, sobolev_stiffness(1000, 2, 0.1))
    1000.0
    """
    n = whole("source_dim", source_dim, low=1, high=MOST_DIMENSIONS, hint="Is `isoperimetric` the better law there?")
    error = float(fraction("error", error))
    stiffness = float(positive("stiffness", stiffness)) / float(positive("separation", separation))
    a, b = sobolev_constants(n)
    log_modes = n * (math.log(b + 2 * error * stiffness) - math.log(a) - _log_outside(n, error))
    if log_modes > math.log(MOST_MODES):
        raise UsageError(
            "The stiffness tells more modes apart than this law counts.",
            expected="a stiffness that is used up by 1e300 modes",
            received=f"stiffness={stiffness!r} at separation 1, source_dim={n}",
            hint="Is `isoperimetric` the law that binds in so many dimensions?",
        )
    found = max(math.floor(math.exp(log_modes)), 1)
    # A stiffness that this law gave for M modes must give M back.
    return float(found + 1 if found < 2**53 and _fits(found + 1, n, error, stiffness) else found)


def _fits(modes: float, source_dim: int, error: float, stiffness: float) -> bool:
    return max(_bracket(modes, source_dim, error), 0.0) / (2 * error) <= stiffness
