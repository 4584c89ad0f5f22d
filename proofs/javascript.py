"""f(Js("x")) is the text of f in JavaScript: a number that remembers how it was made is one more meaning of a formula.

`Js` is such a number, `Vec` an array of them given by its element at i. Importing this module gives every primitive
its JavaScript meaning, a call of the function of the same name in the lesson's primitives.js; operators and NumPy's
element by element functions have theirs below. `proofs.javascript_reading` reads whole functions of theory by them.
Equal expressions are one object, so that what occurs twice is printed once.
"""

import math
from collections.abc import Callable, Iterator
from typing import Any, Final, final

import numpy as np

from theory import primitives as p

INFIX: Final = {
    "add": "+", "subtract": "-", "multiply": "*", "divide": "/", "less": "<", "less_equal": "<=", "greater": ">",
    "greater_equal": ">=", "equal": "===", "not_equal": "!==", "logical_and": "&&", "bitwise_and": "&&",
    "logical_or": "||", "bitwise_or": "||",
}  # fmt: skip
"""NumPy's names of operators, and JavaScript's."""

CALLS: Final = {
    "absolute": "Math.abs", "fabs": "Math.abs", "sqrt": "Math.sqrt", "exp": "Math.exp", "log": "Math.log",
    "log1p": "Math.log1p", "expm1": "Math.expm1", "sin": "Math.sin", "cos": "Math.cos", "tanh": "Math.tanh",
    "hypot": "Math.hypot", "arctan2": "Math.atan2", "minimum": "Math.min", "maximum": "Math.max",
    "isfinite": "Number.isFinite", "floor": "Math.floor", "ceil": "Math.ceil", "power": "Math.pow",
}  # fmt: skip
"""NumPy's names of functions, and JavaScript's: those that both round alike, but for the last place."""


class UndecidedError(Exception):
    """A condition whose truth the reading has not been told: see `proofs.javascript_world.explored`."""

    def __init__(self, condition: "Js") -> None:
        super().__init__("a formula asks whether a symbol is true")
        self.condition = condition


DECISIONS: Final[list[dict["Js", bool]]] = []
"""What the readings under way have been told of their conditions, the innermost last."""


def _operator(name: str, *, reflected: bool = False) -> Callable[[Any, Any], Any]:
    """Return the method of an operator by NumPy's name; `reflected` if the number stands on its right."""
    return lambda self, other: operate(name, other, self) if reflected else operate(name, self, other)


class _Text:
    """What numbers and arrays have in common: operators, and NumPy's functions of them."""

    __slots__ = ()

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        if method != "__call__" or options:
            raise TypeError(f"{ufunc.__name__}.{method} has no JavaScript meaning")
        return operate(ufunc.__name__, *inputs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if function.__name__ not in _FUNCTIONS:
            raise TypeError(f"numpy.{function.__name__} has no JavaScript meaning")
        return _FUNCTIONS[function.__name__](*args)

    __add__, __radd__ = _operator("add"), _operator("add", reflected=True)
    __sub__, __rsub__ = _operator("subtract"), _operator("subtract", reflected=True)
    __mul__, __rmul__ = _operator("multiply"), _operator("multiply", reflected=True)
    __truediv__, __rtruediv__ = _operator("divide"), _operator("divide", reflected=True)
    __lt__, __le__ = _operator("less"), _operator("less_equal")
    __gt__, __ge__ = _operator("greater"), _operator("greater_equal")
    __and__ = _operator("logical_and")

    def __pow__(self, other: Any) -> Any:
        return (
            operate("multiply", self, self) if isinstance(other, int) and other == 2 else operate("power", self, other)
        )

    def __floordiv__(self, other: Any) -> Any:
        return operate("floor", self / other)

    def __neg__(self) -> Any:
        return operate("negative", self)

    def __abs__(self) -> Any:
        return operate("absolute", self)


@final
class Js(_Text):
    """A number as an expression: `op` says how it was made and `args` of what."""

    __slots__ = ("args", "op")
    __array_priority__ = 1000

    _known: Final[dict[Any, "Js"]] = {}
    op: str
    args: tuple[Any, ...]

    def __new__(cls, op: str, *args: Any) -> "Js":
        key = (op, *args)
        if key not in cls._known:
            made = super().__new__(cls)
            made.op, made.args = op, args
            cls._known[key] = made
        return cls._known[key]

    def __eq__(self, other: object) -> Any:
        known = isinstance(other, Js | int | float) and self is not other
        return operate("equal", self, other) if known else self is other

    def __ne__(self, other: object) -> Any:
        known = isinstance(other, Js | int | float) and self is not other
        return operate("not_equal", self, other) if known else self is not other

    def __hash__(self) -> int:
        return id(self)

    def __bool__(self) -> bool:
        told = DECISIONS[-1] if DECISIONS else {}
        if self not in told:
            raise UndecidedError(self)
        return told[self]

    def __getitem__(self, place: Any) -> "Js":
        if place not in ((Ellipsis, None), (slice(None), None)):  # an axis for the nodes: a Vec broadcasts by itself
            raise TypeError("a number has no parts")
        return self

    def __iter__(self) -> Iterator[Any]:
        raise TypeError("a number has no parts")

    def __format__(self, spec: str) -> str:
        return "..."

    def __repr__(self) -> str:
        return f"Js({self.op}, {', '.join(map(repr, self.args))})"


@final
class Vec(_Text):
    """An array: its length, a whole number where it is known, and its element at an index."""

    __slots__ = ("at", "length")

    def __init__(self, length: Any, at: Callable[[Any], Any]) -> None:
        self.length = length
        self.at = at

    def __getitem__(self, place: Any) -> Any:
        if place == slice(1, None):
            return Vec(self.length - 1, lambda i: self.at(i + 1))
        if place == slice(None, -1):
            return Vec(self.length - 1, self.at)
        if place == slice(None, None, -1):
            return Vec(self.length, lambda i: self.at(self.length - 1 - i))
        if place == -1:
            return self.at(self.length - 1)
        if isinstance(place, int):
            return self.at(place)
        raise TypeError(f"[{place}] has no JavaScript meaning")

    def __len__(self) -> int:
        return int(self.length)

    def tolist(self) -> "Vec":
        """Return the array: JavaScript has one kind."""
        return self

    def copy(self) -> "Vec":
        """Return the array: none of them changes."""
        return self

    def __iter__(self) -> Iterator[Any]:
        return (self.at(i) for i in range(len(self)))

    def __bool__(self) -> bool:
        raise TypeError("the truth of an array has no JavaScript meaning")


def named(name: str) -> Js:
    """Return the number that JavaScript calls `name`."""
    return Js("name", name)


def array(holder: Any, length: Any = None) -> Vec:
    """Return the array that JavaScript calls by this expression."""
    held = named(holder) if isinstance(holder, str) else holder
    return Vec(Js("field", held, "length") if length is None else length, lambda i: Js("elem", held, number(i)))


def constants(values: Any) -> Vec:
    """Return an array of known numbers."""
    listed = tuple(float(v) for v in values)
    return array(Js("constants", *listed), len(listed))


def number(value: Any) -> Js:
    """Return a Python or NumPy number as a Js."""
    if isinstance(value, Js):
        return value
    if isinstance(value, bool | np.bool_):
        return Js("const", str(bool(value)).lower())
    if isinstance(value, np.generic):
        value = value.item()
    if not isinstance(value, int | float):
        raise TypeError(f"{value!r} has no JavaScript meaning")
    return Js("const", "Infinity" if value == math.inf else "-Infinity" if value == -math.inf else repr(value))


def elementwise(function: Callable[..., Any], *args: Any) -> Any:
    """Return function(*args), element by element where an argument is an array."""
    args = tuple(constants(a) if isinstance(a, np.ndarray) and a.ndim == 1 else a for a in args)
    arrays = [a for a in args if isinstance(a, Vec)]
    if not arrays:
        return function(*args)
    return Vec(arrays[0].length, lambda i: function(*(a.at(i) if isinstance(a, Vec) else a for a in args)))


def operate(name: str, *args: Any) -> Any:
    """Return the expression of an operator or function by NumPy's name."""

    def one(*values: Any) -> Js:
        if name == "negative":
            return Js("prefix", "-", number(values[0]))
        if name in INFIX:
            return Js("infix", INFIX[name], *map(number, values))
        if name in CALLS:
            return Js("call", CALLS[name], *map(number, values))
        raise TypeError(f"numpy.{name} has no JavaScript meaning")

    return elementwise(one, *args)


def call(name: str, *args: Any) -> Any:
    """Return a call of a JavaScript function on numbers, element by element on arrays."""
    return elementwise(lambda *values: Js("call", name, *map(number, values)), *args)


DEPTH: Final = [0]
"""How many bound variables surround what is being read: they are numbered, so that equal bodies are equal."""


def bound(letter: str, body: Callable[[Js], Any]) -> tuple[Js, Any]:
    """Return a fresh variable and `body` of it."""
    DEPTH[0] += 1
    try:
        variable = named(f"{letter}{DEPTH[0]}")
        return variable, body(variable)
    finally:
        DEPTH[0] -= 1


def over(name: str, values: Any) -> Js:
    """Return a call of `name` on the length and the elements of an array: a sum, a product, or the array itself."""
    vec = values if isinstance(values, Vec) else Vec(len(values), lambda i: values[i])
    if isinstance(vec.length, int) and vec.length <= 4:
        return Js("call", name + "Of", Js("list", *(number(v) for v in vec)))
    variable, body = bound("i", vec.at)
    return Js("each", name, number(vec.length), variable, number(body))


def _append(values: Vec, last: Any) -> Vec:
    held = array(over("vector", values))
    return Vec(values.length + 1, lambda i: Js("either", operate("less", i, values.length), held.at(i), number(last)))


_FUNCTIONS: Final[dict[str, Callable[..., Any]]] = {
    "sum": lambda values, *_: over("total", values),
    "prod": lambda values: over("product", values),
    "max": lambda values: over("greatest", values),
    "cumprod": lambda values: array(Js("call", "cumprod", over("vector", values)), values.length),
    "cumsum": lambda values: array(Js("call", "cumsum", over("vector", values)), values.length),
    "where": lambda test, yes, no: elementwise(lambda *v: Js("either", *map(number, v)), test, yes, no),
    "diff": lambda values: values[1:] - values[:-1],
    "append": _append,
    "atleast_1d": lambda values: values,
    "broadcast_arrays": lambda *values: values,
}
"""What NumPy does to whole arrays."""


def _register() -> None:
    for name, primitive in p.PRIMITIVES.items():
        if name == "logsumexp":
            meaning: Callable[..., Any] = lambda values: Js("call", "logsumexp", over("vector", values))  # noqa: E731
        else:
            meaning = lambda *args, name=name: call(name, *args)  # noqa: E731
        primitive.register(Js, meaning)
        primitive.register(Vec, meaning)


_register()
