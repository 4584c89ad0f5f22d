"""read(f) = f run once with symbols for numbers, in a world where numbers are text: theory's formulas as JavaScript.

A function runs as it is written, with other globals: those of `proofs.javascript_world`, in which functions that are
printed too are called by name, and others are read where they stand.
"""

import builtins
import inspect
import types
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from functools import partial
from typing import Any, Final, final

import numpy as np

from proofs.javascript import Js, Vec, array, call, constants, named, number, over
from proofs.javascript_world import WORLD, explored
from theory import errors
from theory.denoiser import Denoiser
from theory.path import Schedule
from theory.primitives import Primitive
from theory.target import TwoModes

Function = Callable[..., Any]

OWNER: Final = "target"
"""What a method of two modes calls itself."""


@final
class Reader:
    """Reads functions of theory; those in `printed`, by name, are called rather than read where they stand."""

    def __init__(self, printed: Mapping[str, Function]) -> None:
        self._printed = {inspect.unwrap(f): name for name, f in printed.items()}
        self._pointwise = {f for f in self._printed if _pointwise(inspect.signature(f))}
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
            numeric = plain in self._pointwise or signature.return_annotation in (Any, float)
            if not numeric or any(map(_is_object, values)):
                return self.twin(plain)(*args, **options)
            if any(isinstance(v, Vec) for v in values):
                return call(self._printed[plain], *values)
            return Js("call", self._printed[plain], *map(_argument, values))

        return called

    def read(self, function: Function) -> tuple[tuple[str, ...], Any]:
        """Return the parameters and the tree of what the function returns."""
        plain = inspect.unwrap(function)
        parameters = inspect.signature(plain).parameters
        pointwise = plain in self._pointwise  # its arrays are points: the printed function takes one of them
        symbols = {
            name: named(name) if pointwise else _symbol(name, parameter.annotation)
            for name, parameter in parameters.items()
        }
        body = explored(lambda: self.twin(plain)(**symbols))
        heads = tuple(
            (OWNER if name == "self" else name) + ("" if p.default is p.empty else f" = {number(p.default).args[0]}")
            for name, p in parameters.items()
        )
        return heads, body


def _pointwise(signature: inspect.Signature) -> bool:
    """Return whether a function gives an array for an array, point by point."""
    arrays = [p for p in signature.parameters.values() if p.annotation is errors.Array]
    return bool(arrays) and signature.return_annotation is errors.Array


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
