"""Phi(x) = erfc(-x/sqrt 2)/2: the textbook meaning of every primitive, to sympy, to mpmath and to balls.

Importing this module gives each primitive of theory its symbolic, its many-digit and its certified meaning, so that
a formula of theory called with a symbol is an expression, and called with a ball an enclosure. The numeric meaning
is left alone. Balls are Arb's, by python-flint (Johansson 2017).
"""

from collections.abc import Callable
from typing import Any, Final

import flint
import mpmath
import sympy as sp

from theory import primitives as p

SQRT2: Final = sp.sqrt(2)


def _logsumexp(log: Callable[[Any], Any], exp: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return log sum e^(x_i), shifted by a term of middle size or above so that no exponent is out of range."""

    def meaning(values: Any) -> Any:
        top = values[0]
        for value in values[1:]:
            top = value if value > top else top
        return top + log(sum(exp(value - top) for value in values))

    return meaning


def _register_sympy() -> None:
    meanings: dict[str, Callable[..., Any]] = {
        "exp": sp.exp,
        "log": sp.log,
        "sqrt": sp.sqrt,
        "log1p": lambda x: sp.log(1 + x),
        "expm1": lambda x: sp.exp(x) - 1,
        "tanh": sp.tanh,
        "minimum": sp.Min,
        "logsumexp": lambda values: sp.log(sp.Add(*(sp.exp(value) for value in values))),
        "expit": lambda x: 1 / (1 + sp.exp(-x)),
        "ndtr": lambda x: sp.erfc(-x / SQRT2) / 2,
        "log_ndtr": lambda x: sp.log(sp.erfc(-x / SQRT2) / 2),
        "ndtri": lambda q: SQRT2 * sp.erfinv(2 * q - 1),
        "erfcx": lambda x: sp.exp(x**2) * sp.erfc(x),
        "pdf": lambda x: sp.exp(-(x**2) / 2) / sp.sqrt(2 * sp.pi),
        "hazard": lambda x: sp.sqrt(2 / sp.pi) * sp.exp(-(x**2) / 2) / sp.erfc(-x / SQRT2),
    }
    for name, primitive in p.PRIMITIVES.items():
        primitive.register(sp.Basic, meanings[name])


def _mp_ndtri(q: Any) -> Any:
    """Solve log Phi(z) = log q by Newton from the tail's leading term, reflected into the left half."""
    if q > 0.5:
        return -_mp_ndtri(1 - q)
    if q == 0.5:
        return mpmath.mpf(0)
    with mpmath.workdps(mpmath.mp.dps + 10):
        wanted = mpmath.log(q)
        z = -mpmath.sqrt(-2 * wanted) if q < 0.1 else 2.5 * (q - 0.5)
        for _ in range(200):
            excess = mpmath.log(mpmath.erfc(-z / mpmath.sqrt(2)) / 2) - wanted
            step = excess * mpmath.erfc(-z / mpmath.sqrt(2)) / 2 / mpmath.npdf(z)
            z -= step
            if abs(step) <= mpmath.mpf(10) ** (5 - mpmath.mp.dps) * abs(z):
                return +z
    raise ArithmeticError(f"the quantile of {q} did not converge")


def _mp_log_ndtr(x: Any) -> Any:
    """Take log1p of the small tail on the right, where Phi rounds to 1."""
    tail = mpmath.erfc(abs(x) / mpmath.sqrt(2)) / 2
    return mpmath.log(tail) if x < 0 else mpmath.log1p(-tail)


def _register_mpmath() -> None:
    meanings: dict[str, Callable[..., Any]] = {
        "exp": mpmath.exp,
        "log": mpmath.log,
        "sqrt": mpmath.sqrt,
        "log1p": mpmath.log1p,
        "expm1": mpmath.expm1,
        "tanh": mpmath.tanh,
        "minimum": min,
        "logsumexp": _logsumexp(mpmath.log, mpmath.exp),
        "expit": lambda x: 1 / (1 + mpmath.exp(-x)),
        "ndtr": lambda x: mpmath.erfc(-x / mpmath.sqrt(2)) / 2,
        "log_ndtr": _mp_log_ndtr,
        "ndtri": _mp_ndtri,
        "erfcx": lambda x: mpmath.exp(x**2) * mpmath.erfc(x),
        "pdf": mpmath.npdf,
        "hazard": lambda x: 2 * mpmath.npdf(x) / mpmath.erfc(-x / mpmath.sqrt(2)),
    }
    for name, primitive in p.PRIMITIVES.items():
        primitive.register(mpmath.mpf, meanings[name])


def ball_sqrt2() -> flint.arb:
    """Return sqrt 2 at the working precision."""
    return flint.arb(2).sqrt()


def ball_ndtr(x: flint.arb) -> flint.arb:
    """Return an enclosure of Phi(x)."""
    return (-x / ball_sqrt2()).erfc() / 2


def ball_pdf(x: flint.arb) -> flint.arb:
    """Return an enclosure of phi(x)."""
    return (-(x**2) / 2).exp() / (2 * flint.arb.pi()).sqrt()


def ball_ndtri(q: flint.arb) -> flint.arb:
    """Return an enclosure of Phi^-1(q)."""
    return -ball_sqrt2() * (2 * q).erfcinv()


def _ball_log_ndtr(x: flint.arb) -> flint.arb:
    return (-ball_ndtr(-x)).log1p() if x > 0 else ball_ndtr(x).log()


def _register_balls() -> None:
    arb = flint.arb
    meanings: dict[str, Callable[..., Any]] = {
        "exp": arb.exp,
        "log": arb.log,
        "sqrt": arb.sqrt,
        "log1p": arb.log1p,
        "expm1": arb.expm1,
        "tanh": arb.tanh,
        "minimum": lambda x, y: arb(x).min(y),
        "logsumexp": _logsumexp(arb.log, arb.exp),
        "expit": lambda x: 1 / (1 + (-x).exp()),
        "ndtr": ball_ndtr,
        "log_ndtr": _ball_log_ndtr,
        "ndtri": ball_ndtri,
        "erfcx": lambda x: (x**2).exp() * x.erfc(),
        "pdf": ball_pdf,
        "hazard": lambda x: ball_pdf(x) / ball_ndtr(x),
    }
    for name, primitive in p.PRIMITIVES.items():
        primitive.register(arb, meanings[name])


_register_sympy()
_register_mpmath()
_register_balls()
