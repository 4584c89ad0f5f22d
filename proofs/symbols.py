"""ndtr(x) = erfc(-x/sqrt 2)/2 and its kin, read as symbols, as mpmath numbers and as balls.

Importing this module gives every primitive of theory three further meanings: `sympy.Basic` for algebra,
`mpmath.mpf` for numbers of any precision, `flint.arb` for balls that contain the true value. Each is the textbook
form, not the tail-safe form of the doubles: agreement between the two is then evidence. The numeric meaning stays
as it was.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

import mpmath
import sympy
from flint import arb

from theory.primitives import PRIMITIVES

Meanings = dict[str, Callable[..., Any]]


# --- symbols ---------------------------------------------------------------------------------------------------


def _symbolic_ndtr(x: Any) -> Any:
    return sympy.erfc(-x / sympy.sqrt(2)) / 2


def _symbolic_pdf(x: Any) -> Any:
    return sympy.exp(-(x**2) / 2) / sympy.sqrt(2 * sympy.pi)


SYMBOLIC: Final[Meanings] = {
    "exp": sympy.exp,
    "log": sympy.log,
    "sqrt": sympy.sqrt,
    "log1p": lambda x: sympy.log(1 + x),
    "expm1": lambda x: sympy.exp(x) - 1,
    "tanh": sympy.tanh,
    "minimum": sympy.Min,
    "logsumexp": lambda values: sympy.log(sympy.Add(*(sympy.exp(v) for v in values))),
    "expit": lambda x: 1 / (1 + sympy.exp(-x)),
    "ndtr": _symbolic_ndtr,
    "log_ndtr": lambda x: sympy.log(_symbolic_ndtr(x)),
    "ndtri": lambda p: sympy.sqrt(2) * sympy.erfinv(2 * p - 1),
    "erfcx": lambda x: sympy.exp(x**2) * sympy.erfc(x),
    "pdf": _symbolic_pdf,
    "hazard": lambda x: _symbolic_pdf(x) / _symbolic_ndtr(x),
}


# --- numbers of any precision ----------------------------------------------------------------------------------


def _mp_logsumexp(values: Sequence[Any]) -> Any:
    top = max(values)
    return top + mpmath.log(mpmath.fsum(mpmath.exp(v - top) for v in values))


def _mp_ndtr(x: Any) -> Any:
    return mpmath.erfc(-x / mpmath.sqrt(2)) / 2


def _mp_log_ndtr(x: Any) -> Any:
    """Take log1p of the complement on the right, where Phi rounds to 1."""
    return mpmath.log(_mp_ndtr(x)) if x <= 0 else mpmath.log1p(-mpmath.erfc(x / mpmath.sqrt(2)) / 2)


def _mp_ndtri(p: Any) -> Any:
    """Work with the digits that 2p - 1 needs beside 1: as many again as p has leading zeros."""
    zeros = max(0, -int(mpmath.floor(mpmath.log(min(p, 1 - p), 2)))) if 0 < p < 1 else 0
    with mpmath.extraprec(2 * zeros + 20):
        value = mpmath.sqrt(2) * mpmath.erfinv(2 * p - 1)
    return +value



def _mp_pdf(x: Any) -> Any:
    return mpmath.exp(-x * x / 2) / mpmath.sqrt(2 * mpmath.pi)


MULTIPRECISION: Final[Meanings] = {
    "exp": mpmath.exp,
    "log": mpmath.log,
    "sqrt": mpmath.sqrt,
    "log1p": mpmath.log1p,
    "expm1": mpmath.expm1,
    "tanh": mpmath.tanh,
    "minimum": min,
    "logsumexp": _mp_logsumexp,
    "expit": lambda x: 1 / (1 + mpmath.exp(-x)),
    "ndtr": _mp_ndtr,
    "log_ndtr": _mp_log_ndtr,
    "ndtri": _mp_ndtri,
    "erfcx": lambda x: mpmath.exp(x * x) * mpmath.erfc(x),
    "pdf": _mp_pdf,
    "hazard": lambda x: _mp_pdf(x) / _mp_ndtr(x),
}


# --- balls -----------------------------------------------------------------------------------------------------


def _ball_logsumexp(values: Sequence[Any]) -> Any:
    balls = [arb(v) for v in values]
    top = max(balls, key=lambda v: float(v.mid())).mid()  # any shift is right; this one keeps exp in range
    return top + sum(((v - top).exp() for v in balls), arb(0)).log()


def _ball_ndtr(x: Any) -> Any:
    return (-x / arb(2).sqrt()).erfc() / 2


def _ball_log_ndtr(x: Any) -> Any:
    return _ball_ndtr(x).log() if x <= 0 else (-(x / arb(2).sqrt()).erfc() / 2).log1p()


def _ball_ndtri(p: Any) -> Any:
    """Use erfc^-1, whose argument 2p keeps every digit of a tiny p."""
    return -arb(2).sqrt() * (2 * p).erfcinv()


def _ball_pdf(x: Any) -> Any:
    return (-x * x / 2).exp() / (2 * arb.pi()).sqrt()


BALLS: Final[Meanings] = {
    "exp": lambda x: x.exp(),
    "log": lambda x: x.log(),
    "sqrt": lambda x: x.sqrt(),
    "log1p": lambda x: x.log1p(),
    "expm1": lambda x: x.expm1(),
    "tanh": lambda x: x.tanh(),
    "minimum": lambda x, y: arb(x).min(arb(y)),
    "logsumexp": _ball_logsumexp,
    "expit": lambda x: 1 / (1 + (-x).exp()),
    "ndtr": _ball_ndtr,
    "log_ndtr": _ball_log_ndtr,
    "ndtri": _ball_ndtri,
    "erfcx": lambda x: (x * x).exp() * x.erfc(),
    "pdf": _ball_pdf,
    "hazard": lambda x: _ball_pdf(x) / _ball_ndtr(x),
}

KINDS: Final[dict[type, Meanings]] = {sympy.Basic: SYMBOLIC, mpmath.mpf: MULTIPRECISION, arb: BALLS}
"""The three further kinds of number, each with its meaning of every primitive."""

for _kind, _meanings in KINDS.items():
    for _name, _meaning in _meanings.items():
        PRIMITIVES[_name].register(_kind, _meaning)
