"""L >= (Delta/(2 error)) [a_n M^(1/n) (1 - F_n((1 + 1/n) F_n^-1(error))) - b_n]: few dimensions have little room.

The functions phi_n (1 - dist(., A_i)/r)_+ have disjoint supports; the sharp L^1 Sobolev inequality bounds the sum of
their norms by a gradient that is 1/r on the mass `error` and |x| phi_n elsewhere. So in n dimensions the stiffness for
M modes grows like M^(1/n). F_n is the chi-square distribution function with n degrees of freedom.
Source: theory/LAWS.md, section 6, `sobolev`.
"""

import math
from typing import Final

import numpy as np
from scipy.optimize import brentq
from scipy.special import gammaincc, gammaincinv, gammaln

from theory.errors import fraction, positive, whole, within
from theory.separated import MOST_MODES

MOST_DIMENSIONS: Final = 10_000
"""Far beyond the n of order log M from which the law of any dimension is the better one, for M <= 1e300."""

_ULP: Final = float(np.finfo(float).eps)


def sobolev_constants(source_dim: int) -> tuple[float, float]:
    """Return (a_n, b_n): a_n = n omega_n^(1/n) (n/(n+1))^(n/2)/sqrt(2 pi) and b_n = E|x|, omega_n the ball's volume.

    >>> a, b = sobolev_constants(1)
    >>> round(a * math.sqrt(math.pi), 14), round(b / math.sqrt(2 / math.pi), 14)
    (1.0, 1.0)
    """
    n = whole("source_dim", source_dim, low=1, high=MOST_DIMENSIONS, hint="Is `isoperimetric` the better law there?")
    log_ball = n / 2 * math.log(math.pi) - float(gammaln(n / 2 + 1))
    a = n * math.exp(log_ball / n - n / 2 * math.log1p(1 / n)) / math.sqrt(2 * math.pi)
    return a, math.sqrt(2) * math.exp(float(gammaln((n + 1) / 2) - gammaln(n / 2)))


def _bracket(modes: float, source_dim: int, error: float) -> float:
    """Return 2 error L/Delta: falling with error, negative where the bound says nothing."""
    a, b = sobolev_constants(source_dim)
    n = int(source_dim)
    outside = float(gammaincc(n / 2, (1 + 1 / n) * float(gammaincinv(n / 2, error))))
    return a * math.exp(math.log(modes) / n) * outside - b


def _check_modes(modes: float) -> float:
    return float(within("modes", modes, low=2, high=MOST_MODES, hint="Is one mode missing from the count?"))


def sobolev_stiffness(modes: float, source_dim: int, error: float, *, separation: float = 1.0) -> float:
    """Return what L must at least be to hit a uniform target on M sets within tv <= error from n coordinates.

    At least 0: where the bracket is negative the bound says nothing. Units of `separation`; its absolute error is below
    1e-12 of a_n M^(1/n) Delta/(2 error). Source: theory/LAWS.md, section 6.

    >>> sobolev_stiffness(8, 100, 0.1)
    0.0
    """
    modes, error = _check_modes(modes), float(fraction("error", error))
    return float(positive("separation", separation)) * max(_bracket(modes, source_dim, error), 0.0) / (2 * error)


def sobolev_error(modes: float, source_dim: int, stiffness: float, *, separation: float = 1.0) -> float:
    """Return the least total variation that this bound permits at a stiffness: the inverse function, 0 if none.

    >>> round(sobolev_error(1e6, 2, sobolev_stiffness(1e6, 2, 0.1)), 12)
    0.1
    """
    modes = _check_modes(modes)
    stiffness = float(positive("stiffness", stiffness)) / float(positive("separation", separation))

    def excess(error: float) -> float:
        return _bracket(modes, source_dim, error) - 2 * error * stiffness

    low, high = 1e-300, 1 - _ULP
    if excess(low) <= 0:
        return 0.0
    return float(brentq(excess, low, high, xtol=low, rtol=4 * _ULP, maxiter=2000))
