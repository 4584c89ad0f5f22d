"""read(f) = f run once with symbols for numbers, in a world where numbers are text: theory's formulas as JavaScript.

A function runs as it is written, with other globals: NumPy and math mean JavaScript, checks of input become calls of
the checks in the lesson's runtime.js, functions that are printed too are called by name, and others are read where
they stand. Where a condition asks for the truth of a symbol, both ways are read; where a root is sought, the equation
becomes a function. What is not read so: loops that end by a condition on a number, which numbers/*.js hold by hand.
"""

import builtins
import inspect
import math
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import partial
from typing import Any, Final, final

import numpy as np

from proofs.javascript import (
    DECISIONS,
    Js,
    UndecidedError,
    Vec,
    array,
    bound,
    call,
    constants,
    named,
    number,
    operate,
    over,
)
from theory import errors
from theory.denoiser import Denoiser
from theory.path import Schedule
from theory.primitives import Primitive
from theory.target import TwoModes

Function = Callable[..., Any]

OWNER: Final = "target"
"""What a method of two modes calls itself."""


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

BY_HAND: Final[dict[str, Function]] = {"quantile_gap": lambda b, error: call("quantile_gap", b, error)}
"""Functions with a loop that ends by a condition: numbers/laws.js holds the loop, over parts that are printed."""

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
    "path_named": lambda name: name,
    "uniform_schedule": _uniform_schedule,
    "peak_optimal_schedule": _peak_optimal,
    "check_cap": lambda cap, *_: cap,  # a word with the person at the sliders: numbers/two_modes.js has it
    "errors": _Overlay(errors, **{name: _check(name) for name in CHECKS}),
    **{name: _check(name) for name in CHECKS},
    **BY_HAND,
}


@final
class Reader:
    """Reads functions of theory; those in `printed`, by name, are called rather than read where they stand."""

    def __init__(self, printed: Mapping[str, Function]) -> None:
        self._printed = {inspect.unwrap(f): name for name, f in printed.items()}
        self._twins: dict[Function, Function] = {}

    def twin(self, function: Function) -> Function:
        """Return the function with globals that mean JavaScript."""
        if isinstance(function, types.MethodType):
            return partial(self.twin(function.__func__), function.__self__)
        plain = inspect.unwrap(function)
        if plain not in self._twins:
            world: dict[str, Any] = {"__builtins__": builtins}
            made = types.FunctionType(plain.__code__, world, plain.__name__, plain.__defaults__, plain.__closure__)
            made.__kwdefaults__ = plain.__kwdefaults__
            self._twins[plain] = made
            world.update({name: self._meaning(name, value) for name, value in plain.__globals__.items()})
            world.update({name: value for name, value in WORLD.items() if name in world or hasattr(builtins, name)})
        return self._twins[plain]

    def _meaning(self, name: str, value: Any) -> Any:
        if isinstance(value, Primitive) or not isinstance(value, types.FunctionType):
            return constants(value) if isinstance(value, np.ndarray) and value.ndim == 1 else value
        plain = inspect.unwrap(value)
        if not plain.__module__.startswith("theory.") or name in WORLD:
            return value
        if plain not in self._printed:
            return lambda *args, **options: self.twin(plain)(*args, **options)
        signature = inspect.signature(plain)

        def called(*args: Any, **options: Any) -> Any:
            given = signature.bind(*args, **options)
            given.apply_defaults()
            values = list(given.arguments.values())
            if signature.return_annotation not in (Any, float) or any(map(_is_object, values)):
                return self.twin(plain)(*args, **options)
            if any(isinstance(v, Vec) for v in values):
                return call(self._printed[plain], *values)
            return Js("call", self._printed[plain], *map(_argument, values))

        return called

    def read(self, function: Function) -> tuple[tuple[str, ...], Any]:
        """Return the parameters and the tree of what the function returns."""
        plain = inspect.unwrap(function)
        parameters = inspect.signature(plain).parameters
        symbols = {name: _symbol(name, parameter.annotation) for name, parameter in parameters.items()}
        body = explored(lambda: self.twin(plain)(**symbols))
        heads = tuple(
            (OWNER if name == "self" else name) + ("" if p.default is p.empty else f" = {number(p.default).args[0]}")
            for name, p in parameters.items()
        )
        return heads, body


def _is_object(value: Any) -> bool:
    return is_dataclass(value) or isinstance(value, types.SimpleNamespace)


def _argument(value: Any) -> Js:
    return Js("list", *map(number, value)) if isinstance(value, list | tuple) else number(value)


def _symbol(name: str, annotation: Any) -> Any:
    """Return the symbol for a parameter: an object whose fields are symbols, an array, or a number."""
    if name == "self":
        return _symbol(OWNER, TwoModes)
    if annotation is TwoModes:
        pair: Any = named(f"{name}.weights[0]"), named(f"{name}.weights[1]")
        mu: Any = named(f"{name}.mu")
        scale: Any = named(f"{name}.scale")
        return TwoModes(mu=mu, scale=scale, weights=pair)
    if annotation is Schedule:
        a, b = array(f"{name}.a"), array(f"{name}.b")
        return types.SimpleNamespace(a=a, b=b, steps=a.length - 1)  # len() of the true class would want a number
    if annotation is Denoiser:
        parts = {part: array(f"{name}.{part}") for part in ("g", "amplitude", "k", "slope")}
        return Denoiser(**parts, h=named(f"{name}.h"))  # type: ignore[arg-type]
    if annotation is errors.Array:
        return array(name)
    if "Sequence" in str(annotation):
        return array(name, 2 if name in ("weights", "masses") else 1)  # two modes: two weights, one of them the smaller
    return named(name)


def parts(value: Any) -> Any:
    """Return a returned value as text is made of it: dataclasses and dictionaries as their items, arrays as vectors."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: parts(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {key: parts(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [parts(item) for item in value]
    return over("vector", value) if isinstance(value, Vec) else number(value)
