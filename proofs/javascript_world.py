"""np.sqrt, float, positive, brentq: what the names in a function of theory mean where numbers are text.

Python's conversions are nothing, checks of input become calls of the checks in the lesson's runtime.js, a root is a
call whose argument is a function, and a condition on a symbol is read both ways. Functions with a loop that ends by a
condition on a number are named here too: the lesson holds the loop by hand, over parts that are printed.
"""

import math
import types
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np

from proofs.javascript import DECISIONS, Js, UndecidedError, Vec, array, bound, call, number, operate, over
from theory import errors
from theory.target import TwoModes
from theory.time_grid import time_grid

Function = Callable[..., Any]


@final
@dataclass(frozen=True)
class Fork:
    """`yes` if the condition holds, else `no`: each a fork again, a refusal or a value."""

    condition: Js
    yes: Any
    no: Any


@final
@dataclass(frozen=True)
class Refusal:
    """A UsageError and its message."""

    message: str


def explored(run: Callable[[], Any]) -> Any:
    """Return what `run` returns, as a tree over the truth of every symbol that it asks for."""

    def under(told: dict[Js, bool]) -> Any:
        DECISIONS.append(told)
        try:
            return run()
        except UndecidedError as asked:
            condition = asked.condition
        except errors.UsageError as error:
            return Refusal(str(error).split(" Received:")[0])
        finally:
            DECISIONS.pop()
        return Fork(condition, under({**told, condition: True}), under({**told, condition: False}))

    return under({})


def _root(function: Function, low: Any, high: Any, **_: Any) -> Js:
    """Return scipy.optimize.brentq as a call: the tolerances are the runtime's own, the last digits."""
    variable, body = bound("x", lambda x: explored(lambda: function(x)))
    return Js("call", "root", Js("arrow", (variable,), body), number(low), number(high))


class _Overlay:
    """A module some of whose names mean JavaScript."""

    def __init__(self, module: Any, **names: Any) -> None:
        self._module, self._names = module, names

    def __getattr__(self, name: str) -> Any:
        return self._names[name] if name in self._names else getattr(self._module, name)


def _of_math(name: str, plain: Function) -> Function:
    return lambda *args: operate(name, *args) if any(isinstance(a, Js | Vec) for a in args) else plain(*args)


def _array(values: Any, **_: Any) -> Any:
    listed = isinstance(values, list) and any(isinstance(v, Js) for v in values)
    return Vec(len(values), lambda i: values[i]) if listed else values


def _arange(stop: Any) -> Vec:
    return Vec(stop, lambda i: i)


def _zeros(size: Any) -> Vec:
    return Vec(size, lambda _: number(0.0))


MATH: Final = _Overlay(
    math,
    **{
        name: _of_math(name, getattr(math, name))
        for name in ("sqrt", "exp", "log", "log1p", "expm1", "sin", "cos", "hypot", "isfinite", "fabs", "floor")
    },
    fsum=lambda values: over("fsum", [number(v) for v in values]),
)
NUMPY: Final = _Overlay(
    np,
    asarray=_array,
    array=_array,
    arange=_arange,
    float64=lambda value: value,
    zeros=_zeros,
    finfo=lambda _: np.finfo(np.float64),
)


def _check(name: str) -> Function:
    return lambda what, value, **limits: (
        Js("call", name, Js("text", what), number(value), *(number(limits[k]) for k in ("low", "high") if k in limits))
        if isinstance(value, Js)
        else value
    )


def _extreme(name: str, plain: Function) -> Function:
    return lambda *args: operate(name, *args) if any(isinstance(a, Js) for a in args) else plain(*args)


def _two_modes(*, mu: Any, scale: Any = 0.0, weights: Any = (0.5, 0.5)) -> TwoModes:
    """Return the target of numbers that have been checked."""
    return TwoModes(mu=mu, scale=scale, weights=weights)


def _held(function: str, *args: Any) -> Any:
    """Return the schedule that a JavaScript call makes."""
    held = Js("call", function, *map(number, args))
    a, b = array(Js("field", held, "a")), array(Js("field", held, "b"))
    return types.SimpleNamespace(a=a, b=b, steps=a.length - 1)


def _uniform_schedule(path: Any, steps: Any) -> Any:
    """Return the uniform grid on a path that is known by its name only."""
    return _held("schedule_on", path, steps)


def _peak_optimal(mu: Any, scale: Any, steps: Any) -> Any:
    """Return the schedule whose loop over the grid is in numbers/runtime.js, over a printed root."""
    return _held("peak_optimal_schedule", mu, scale, steps)


CHECKS: Final = (
    "real", "positive", "nonnegative", "fraction", "within", "whole", "moderate", "moderate_or_zero", "share",
)  # fmt: skip
"""Checks of theory.errors that the runtime knows by the same names."""


def _window(modes: Any, lead: Any) -> Vec:
    return array(Js("call", "simplex_window", number(modes), number(lead)))


def _largest(modes: Any) -> tuple[Vec, Vec]:
    held = Js("call", "simplex_largest", number(modes))
    return array(Js("field", held, "points")), array(Js("field", held, "weights"))


def _bracket(function: Function, high: Any) -> Js:
    variable, body = bound("x", lambda x: explored(lambda: function(x)))
    return Js("call", "bracketed", Js("arrow", (variable,), body), number(high))


BY_HAND: Final[dict[str, Function]] = {
    "quantile_gap": lambda b, error: call("quantile_gap", b, error),
    "peak_optimal_schedule": _peak_optimal,
    "_window": _window,
    "_largest": _largest,
    "_bracket": _bracket,
    "_gap_mass": lambda mass, gaps, width: Js("call", "ordinal_gaps", *map(number, (mass, gaps, width))),
}
"""Functions with a loop over numbers: numbers/runtime.js and numbers/search.js hold it, over parts that are printed."""

WORLD: Final[dict[str, Any]] = {
    "math": MATH,
    "np": NUMPY,
    "brentq": _root,
    "float": lambda value: value,
    "int": lambda value: value,
    "len": lambda values: values.length if isinstance(values, Vec) else len(values),
    "min": _extreme("minimum", min),
    "max": _extreme("maximum", max),
    "divmod": lambda x, y: (operate("floor", x / y), x - y * operate("floor", x / y)),
    "two_modes": _two_modes,
    "check_ordered": lambda modes: Js("call", "whole", Js("text", "modes"), number(modes), number(2), number(10**6)),
    "path_named": lambda name: name,
    "uniform_schedule": _uniform_schedule,
    "schedule_of": lambda given: _uniform_schedule(given["path"], given["steps"]),
    "time_grid": time_grid,  # of numbers that are known: the ends of a path
    "check_cap": lambda cap, *_: cap,  # a word with the person at the sliders: numbers/two_modes.js has it
    "errors": _Overlay(errors, **{name: _check(name) for name in CHECKS}),
    **{name: _check(name) for name in CHECKS},
    **BY_HAND,
}
