"""e(z', z) = w |D(z') - D(z)|^2/2 + (1 - w) |z' - z|^2/d^2: what a readout makes of an error in the latent.

D names tokens: `softmax` and `probit` blur the boundary between two of them over a width 1/kappa, `argmax` is their
limit. The second part is an image's: it is linear in z, in units of the least distance d of two tokens. So a latent
that moves from a token to its nearest neighbour has error 1 in either part, and w mixes them.
Source: theory/LAWS.md, section 2, "Readouts".
"""

import math
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np

from theory.errors import Array, UsageError, one_of, positive, within
from theory.primitives import expit, expm1, ndtr, pdf

READOUTS: Final = ("linear", "probit", "softmax", "argmax")
"""Every readout by name, from image-like to text-like."""

TUNABLE: Final = ("probit", "softmax")
"""Those with a sharpness."""

_CLOSE: Final = 0.06
"""Closer arguments than this, in units of the scale on which phi changes, are not subtracted."""


def probit_change(u: Any, v: Any) -> Any:
    """Return Phi(v) - Phi(u) to its own last digits; arrays broadcast.

    Close arguments by Taylor's formula about their middle c, in the half-width h and the Hermite polynomials of c; the
    others by a difference in the tail where Phi is small, of which little cancels.

    >>> round(float(probit_change(0.0, 1e-30)) * 1e30 * math.sqrt(2 * math.pi), 12), float(probit_change(0.0, -np.inf))
    (1.0, -0.5)
    """
    u, v = np.broadcast_arrays(np.asarray(u, dtype=float), np.asarray(v, dtype=float))
    low, high = np.minimum(u, v), np.maximum(u, v)
    finite = np.isfinite(low) & np.isfinite(high)
    half = (np.where(finite, high, 0.0) - np.where(finite, low, 0.0)) / 2
    middle = np.where(finite, low, 0.0) + half
    # The first term left out is at most 945 (h (1 + |c|))^10/11! of the sum, 945 that of c = 0: 2e-17.
    close = finite & (half * (1 + np.abs(middle)) <= _CLOSE)
    h, c = np.where(close, half**2, 0.0), np.where(close, middle**2, 0.0)
    series = h * (c - 1) / 6 + h**2 * (c**2 - 6 * c + 3) / 120 + h**3 * (c**3 - 15 * c**2 + 45 * c - 15) / 5040
    series = series + h**4 * (c**4 - 28 * c**3 + 210 * c**2 - 420 * c + 105) / 362880
    flip = low > -high
    apart = ndtr(np.where(flip, -low, high)) - ndtr(np.where(flip, -high, low))
    return np.where(u <= v, 1.0, -1.0) * np.where(close, 2 * half * pdf(middle) * (1 + series), apart)


def softmax_change(u: Any, v: Any) -> Any:
    """Return 1/(1 + e^-v) - 1/(1 + e^-u) to its own last digits; arrays broadcast.

    With u < v it is expit(v) expit(-u) (1 - e^(u - v)), of which nothing cancels.

    >>> float(softmax_change(0.0, 4e-30)), float(softmax_change(0.0, -np.inf))
    (1e-30, -0.5)
    """
    low, high = np.minimum(u, v), np.maximum(u, v)
    with np.errstate(invalid="ignore"):
        gap = np.where(low == high, 0.0, low - high)
    return np.where(np.less(u, v), 1.0, -1.0) * expit(high) * expit(-low) * -expm1(gap)


def argmax_change(u: Any, v: Any) -> Any:
    """Return 1, 0 or -1: by how much [v > 0] exceeds [u > 0]. On the boundary the first token is named.

    >>> float(argmax_change(-1.0, 1.0)), float(argmax_change(0.0, 1.0)), float(argmax_change(0.0, -1.0))
    (1.0, 1.0, 0.0)
    """
    return np.greater(v, 0).astype(float) - np.greater(u, 0)


CHANGES: Final = {"probit": probit_change, "softmax": softmax_change, "argmax": argmax_change}
"""How the probability of the second of two tokens changes from kappa u to kappa v, by readout."""


@final
@dataclass(frozen=True)
class Readout:
    """A readout: its `name`, `sharpness` kappa (0 if linear, infinite if argmax), and the `weight` w of its tokens.

    Build it with `readout`, which checks its arguments. kappa is per unit of length: between two nearest tokens the
    probability is Phi(kappa u) or 1/(1 + e^(-kappa u)), u the signed distance to their boundary.
    """

    name: str
    sharpness: float
    weight: float

    @property
    def given(self) -> dict[str, Any]:
        """The keys that name it, as a run records them."""
        sharpness = {"sharpness": self.sharpness} if self.name in TUNABLE else {}
        weight = {} if self.name == "linear" else {"categorical_weight": self.weight}
        return {"readout": self.name, **sharpness, **weight}

    def change(self, u: Any, v: Any) -> Any:
        """Return D(v) - D(u) for two tokens, at signed distances u and v from their boundary; 0 if there is no D.

        >>> float(readout("probit", sharpness=2.0).change(-1e9, 1e9))
        1.0
        """
        if self.name == "linear":
            return np.zeros(np.broadcast_shapes(np.shape(u), np.shape(v)))
        if self.name == "argmax":
            return argmax_change(u, v)
        return CHANGES[self.name](self.sharpness * np.asarray(u), self.sharpness * np.asarray(v))

    def stiffness(self, least_distance: float, diameter: float) -> float:
        """Return a Lipschitz constant of the readout, the error's root over the latent's length; infinite for argmax.

        w kappa^2/(2 pi) for probit, w (kappa diam/(4 d))^2 for softmax, and (1 - w)/d^2, add up to its square. Attained
        where there are two tokens. Source: theory/LAWS.md, section 2, "Readouts".

        >>> readout("softmax", sharpness=8.0).stiffness(2.0, 2.0), readout("linear").stiffness(2.0, 2.0)
        (2.0, 0.5)
        """
        slope = {
            "linear": 0.0,
            "probit": self.sharpness / math.sqrt(2 * math.pi),
            "softmax": self.sharpness / 4 * (diameter / least_distance),
            "argmax": math.inf,
        }[self.name]
        blurred = 0.0 if self.weight == 0 else math.sqrt(self.weight) * slope
        return math.hypot(blurred, math.sqrt(1 - self.weight) / least_distance)

    def categorical_error(self, first: Any, second: Any, tokens: Array, least_distance: float) -> Array:
        """Return |D(first) - D(second)|^2/2 in each row of two arrays of points (N, n), shape (N,).

        >>> readout("argmax").categorical_error([[-3.0]], [[0.1]], np.array([[-1.0], [1.0]]), 2.0).tolist()
        [1.0]
        """
        if self.name == "linear":
            return np.zeros(len(first))
        if self.name == "argmax":
            return np.asarray(token_of(first, tokens) != token_of(second, tokens), dtype=float)
        if self.name == "probit":
            across = (tokens[1] - tokens[0]) / least_distance
            u, v = ((np.asarray(x) - (tokens[0] + tokens[1]) / 2) @ across for x in (first, second))
            return np.asarray(self.change(u, v) ** 2)
        steep = self.sharpness / least_distance
        shift = (np.asarray(second) - np.asarray(first)) @ (tokens - tokens.mean(axis=0)).T
        return softmax_distance(steep * scores(first, tokens), steep * shift)


def scores(points: Any, tokens: Array) -> Array:
    """Return <z, mu_k> - |mu_k|^2/2 up to what is common to all k, largest at the nearest token; shape (..., M).

    >>> scores([[0.5]], np.array([[-1.0], [1.0]])).tolist()
    [[-1.0, 0.0]]
    """
    centre = tokens.mean(axis=0)  # a shift of all changes no difference, and keeps the squares small
    table = tokens - centre
    return np.asarray((np.asarray(points) - centre) @ table.T - np.sum(table**2, axis=1) / 2)


def token_of(points: Any, tokens: Array) -> Any:
    """Return the number of the nearest token of each point (..., n); the first of several.

    >>> token_of([[0.0], [0.1]], np.array([[-1.0], [1.0]])).tolist()
    [0, 1]
    """
    return np.argmax(scores(points, tokens), axis=-1)


def softmax_distance(logits: Array, shift: Array) -> Array:
    """Return |softmax(logits + shift) - softmax(logits)|^2/2 over the last axis, small shifts to their own digits.

    The error of its root is a rounding of 1, or 1e-9 of itself where |shift| < 1 and no probability is nearly 1.

    >>> float(softmax_distance(np.zeros(2), np.array([0.0, 1e9]))), float(softmax_distance(np.zeros(2), np.ones(2)))
    (0.25, 0.0)
    """
    before = softmax(logits)
    shift = shift - np.max(shift, axis=-1, keepdims=True)
    small = np.min(shift, axis=-1, keepdims=True) >= -1
    # p' - p = p (e^(h - log sum p e^h) - 1): a difference of exponents, where exponents are small.
    gain = np.where(small, expm1(np.where(small, shift, 0.0)), 0.0)
    near = before * expm1(np.where(small, shift, 0.0) - np.log1p(np.sum(before * gain, axis=-1, keepdims=True)))
    change = np.where(small, near, softmax(logits + shift) - before)
    return np.asarray(np.sum(change**2, axis=-1) / 2)


def softmax(logits: Array) -> Array:
    """Return e^l/sum e^l over the last axis.

    >>> softmax(np.zeros(4)).tolist()
    [0.25, 0.25, 0.25, 0.25]
    """
    odds = np.exp(logits - np.max(logits, axis=-1, keepdims=True))
    return np.asarray(odds / np.sum(odds, axis=-1, keepdims=True))


def readout(name: Any, *, sharpness: Any = None, weight: Any = None) -> Readout:
    """Return the readout after checking its arguments: `sharpness` > 0 where there is one, `weight` in [0, 1].

    `weight` is that of the tokens, 1 if left out; a linear readout has none. Raises UsageError.

    >>> readout("argmax"), readout("linear").weight
    (Readout(name='argmax', sharpness=inf, weight=1.0), 0.0)
    """
    one_of("readout", name, READOUTS)
    if (sharpness is not None) != (name in TUNABLE):
        raise UsageError(
            f"readout={name} {'needs' if name in TUNABLE else 'has no'} sharpness.",
            expected=f"sharpness=NUMBER with {' or '.join(TUNABLE)}, and with no other",
            received=f"sharpness={sharpness!r}",
            hint="Is another readout meant?",
        )
    if name == "linear":
        if weight is not None:
            raise UsageError(
                "A linear readout has no tokens to weigh.",
                expected="no categorical_weight",
                received=repr(weight),
                hint="Is a mixture meant, as in readout=argmax categorical_weight=0.5?",
            )
        return Readout(name, 0.0, 0.0)
    kappa = math.inf if name == "argmax" else float(positive("sharpness", sharpness))
    hint = "Is it in percent?"
    share = 1.0 if weight is None else float(within("categorical_weight", weight, low=0, high=1, hint=hint))
    return Readout(name, kappa, share)


def readout_asked(name: Any, *, sharpness: Any = None, weight: Any = None) -> Readout | None:
    """Return the readout, or None if none is asked for; UsageError for the keys of a readout without one.

    >>> readout_asked(None) is None
    True
    """
    if name is not None:
        return readout(name, sharpness=sharpness, weight=weight)
    for key, value in (("sharpness", sharpness), ("categorical_weight", weight)):
        if value is not None:
            raise UsageError(
                f"{key} is that of a readout, and there is none.",
                expected=f"readout=NAME beside {key}",
                received=f"{key}={value!r}",
                hint="Is readout=softmax meant?",
            )
    return None
