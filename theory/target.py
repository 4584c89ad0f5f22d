"""z is +mu with probability w_+ and -mu with probability w_-, blurred by a Gaussian of standard deviation sigma.

The smallest target that asks for a choice. Its landing sets are the half-lines |z-hat| >= (1 - margin) mu on
each side; the rest of the line is ambiguous. Source: theory/LAWS.md, section 0.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from theory.errors import Array, UsageError, fraction, nonnegative, positive
from theory.gaussian import interval_mass
from theory.primitives import ndtr


@final
@dataclass(frozen=True)
class TwoModes:
    """Two modes on a line at -mu and +mu, of common `scale` sigma, with `weights` (w_-, w_+).

    Build it with `two_modes`, which checks its arguments.
    """

    mu: float
    scale: float
    weights: tuple[float, float]

    def masses(self, margin: float) -> Array:
        """Return the target's own mass in (left landing set, ambiguous middle, right landing set).

        >>> two_modes(mu=4.0, weights=(0.3, 0.7)).masses(0.1).tolist()
        [0.3, 0.0, 0.7]
        """
        left, right = self.weights
        if self.scale == 0:
            return np.array([left, 0.0, right])
        edge = (1 - margin) * self.mu
        own, across = (ndtr((sign * self.mu - edge) / self.scale) for sign in (1, -1))
        middle = interval_mass((-edge - self.mu) / self.scale, (edge - self.mu) / self.scale)
        return np.array([left * own + right * across, float(middle), right * own + left * across])

    def separation(self, margin: float) -> float:
        """Return the distance 2 (1 - margin) mu between the landing sets.

        >>> two_modes(mu=4.0).separation(0.5)
        4.0
        """
        return 2 * (1 - margin) * self.mu


def two_modes(*, mu: Any, scale: Any = 0.0, weights: Sequence[float] = (0.5, 0.5)) -> TwoModes:
    """Return the target after checking mu > 0, scale >= 0, two weights in (0, 1) with sum 1.

    >>> two_modes(mu=4).weights
    (0.5, 0.5)
    """
    shares = np.atleast_1d(nonnegative("weights", weights))
    if shares.shape == (2,) and 0 in shares:
        raise UsageError(
            "A mode of weight 0 leaves one mode, and no choice.",
            expected="two weights > 0",
            received=", ".join(repr(float(w)) for w in shares),
            hint="Is target=mixture meant, whose modes may have weight 0?",
        )
    pair = np.atleast_1d(fraction("weights", weights))
    # Two correctly rounded decimals such as 0.3 and 0.7 miss 1 by at most one rounding of their sum.
    if pair.shape != (2,) or abs(pair.sum() - 1) > 2 * np.finfo(float).eps:
        raise UsageError(
            "weights must be the probabilities of the two modes.",
            expected="two numbers with sum 1: the weight of -mu, then of +mu",
            received=", ".join(repr(float(w)) for w in pair),
            hint="Were masses given that leave an error over?",
        )
    return TwoModes(
        mu=float(positive("mu", mu)),
        scale=float(nonnegative("scale", scale)),
        weights=(float(pair[0]), float(pair[1])),
    )


def check_margin(margin: Any) -> float:
    """Return the margin delta, 0 < delta < 1: landing sets reach from (1 - delta) mu outward.

    >>> check_margin(0.1)
    0.1
    """
    return float(fraction("margin", margin))
