"""{x : f(x) >= y} is a half-line [x*, inf) for an increasing f: the preimage of a landing set is one number.

Bracketing and Brent's method find x* to the last digits; no Monte Carlo, no seed. Used by every exact
one-dimensional computation. Source: theory/LAWS.md, section 8 ("Preimages").
"""

from collections.abc import Callable

import numpy as np
from scipy.optimize import brentq

_EPS = np.finfo(float).eps
_TINY = np.finfo(float).tiny


def first_at_least(f: Callable[[float], float], y: float, reach: float) -> float:
    """Return x* = inf {x : f(x) >= y} for increasing f, looked for in [-reach, reach]; +-inf if beyond.

    >>> first_at_least(lambda x: 2 * x, 1.0, 10.0)
    0.5
    >>> first_at_least(lambda x: min(1.0, 2 * x), 1.0, 10.0)  # a plateau belongs to the preimage
    0.5
    >>> first_at_least(lambda x: 0.0, 1.0, 10.0)
    inf
    """
    if f(-reach) >= y:
        return -np.inf
    if f(reach) < y:
        return np.inf

    def excess(x: float) -> float:
        # f may stay at y for a while, as a clipped map does: those x belong to the preimage.
        return f(x) - y or _TINY

    return float(brentq(excess, -reach, reach, xtol=_TINY, rtol=4 * _EPS, maxiter=5000))


def last_at_most(f: Callable[[float], float], y: float, reach: float) -> float:
    """Return sup {x : f(x) <= y} for increasing f, looked for in [-reach, reach]; +-inf if beyond.

    >>> last_at_most(lambda x: 0.0, 1.0, 10.0)
    inf
    """
    return -first_at_least(lambda x: -f(-x), -y, reach)
