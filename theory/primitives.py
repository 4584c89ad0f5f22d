"""A formula f = f(p_1, ..., p_k) over named primitives p_i is a number, a symbol, a ball or machine code.

Every formula of the project is an ordinary Python function written with the names below. `theory` fixes
their numeric meaning (NumPy and SciPy, chosen for their tails); `proofs.symbols` registers sympy, mpmath
and ball meanings, `sim.compiled` the numba meaning. Stability is therefore a property of this vocabulary:
a formula that says `log_ndtr(x)` is safe 1000 standard deviations out in every meaning.

Formulas contain no `if` on a value and no decimal literals: `minimum` chooses, and 1/2 is written `x / 2`,
so that a symbolic reading is exact.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final, final

import numpy as np
from scipy import special


@final
class Primitive:
    """A named function with one meaning for each kind of number.

    Calling it dispatches on the type of its arguments (of their first element, for a tuple or a list);
    with no registered type among them the numeric meaning applies.

    >>> float(tanh(0.0))
    0.0
    >>> log_ndtr
    <primitive log_ndtr: log Phi(x)>
    """

    __slots__ = ("__name__", "_meanings", "_numeric", "statement")

    def __init__(self, name: str, statement: str, numeric: Callable[..., Any]) -> None:
        self.__name__: str = name
        self.statement: str = statement
        self._numeric: Callable[..., Any] = numeric
        self._meanings: list[tuple[type, Callable[..., Any]]] = []

    def register(self, kind: type, meaning: Callable[..., Any]) -> None:
        """Give the primitive the `meaning` to use when an argument is an instance of `kind`."""
        if any(known is kind for known, _ in self._meanings):
            raise ValueError(f"{self.__name__} already has a meaning for {kind.__name__}. Was a module imported twice?")
        self._meanings.append((kind, meaning))

    def kinds(self) -> Iterator[type]:
        """Yield the types that have a registered meaning, in the order of registration."""
        return (kind for kind, _ in self._meanings)

    def __call__(self, *args: Any) -> Any:
        for arg in args:
            witness = arg[0] if isinstance(arg, tuple | list) and arg else arg
            for kind, meaning in self._meanings:
                if isinstance(witness, kind):
                    return meaning(*args)
        return self._numeric(*args)

    def __repr__(self) -> str:
        return f"<primitive {self.__name__}: {self.statement}>"


def _logsumexp(values: Any) -> Any:
    """Reduce over the last axis, so that a stack of rows keeps its leading shape."""
    return special.logsumexp(np.asarray(values, dtype=float), axis=-1)


def _pdf(x: Any) -> Any:
    return np.exp(-np.square(x) / 2) / np.sqrt(2 * np.pi)


def _hazard(x: Any) -> Any:
    """Divide by erfcx, not by ndtr: the ratio stays exact in the tail where ndtr underflows."""
    return np.sqrt(2 / np.pi) / special.erfcx(-np.asarray(x) / np.sqrt(2))


exp: Final = Primitive("exp", "e^x", np.exp)
log: Final = Primitive("log", "natural logarithm", np.log)
sqrt: Final = Primitive("sqrt", "square root", np.sqrt)
log1p: Final = Primitive("log1p", "log(1 + x)", np.log1p)
expm1: Final = Primitive("expm1", "e^x - 1", np.expm1)
tanh: Final = Primitive("tanh", "hyperbolic tangent", np.tanh)
minimum: Final = Primitive("minimum", "the smaller of x and y", np.minimum)
logsumexp: Final = Primitive("logsumexp", "log sum_i e^(x_i)", _logsumexp)
expit: Final = Primitive("expit", "1/(1 + e^-x)", special.expit)
ndtr: Final = Primitive("ndtr", "Phi(x), the standard Gaussian distribution function", special.ndtr)
log_ndtr: Final = Primitive("log_ndtr", "log Phi(x)", special.log_ndtr)
ndtri: Final = Primitive("ndtri", "Phi^-1(p), the standard Gaussian quantile", special.ndtri)
erfcx: Final = Primitive("erfcx", "e^(x^2) erfc(x)", special.erfcx)
pdf: Final = Primitive("pdf", "phi(x), the standard Gaussian density", _pdf)
hazard: Final = Primitive("hazard", "phi(x)/Phi(x), the reversed hazard rate", _hazard)

PRIMITIVES: Final[dict[str, Primitive]] = {
    p.__name__: p
    for p in (exp, log, sqrt, log1p, expm1, tanh, minimum, logsumexp, expit, ndtr, log_ndtr, ndtri, erfcx, pdf, hazard)
}
"""Every primitive by name: the whole vocabulary of the project's formulas."""
