"""where = "steps >= 4 and mu * steps < 100": a condition on a cell, read as a tree of allowed nodes and never executed.

Names are keys of the cell; numbers, text, comparisons, `in`, `and`, `or`, `not`, + - * / // % ** and brackets. There is
no call, no attribute and no subscript, so that a spec from elsewhere can do nothing but say yes or no.
"""

import ast
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, final

LONGEST: Final = 1000
"""Characters in an expression: far more than a filter needs, and too few to nest beyond Python's own stack."""

_COMPARISONS: Final[dict[type, Callable[[Any, Any], Any]]] = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le,
    ast.Gt: operator.gt, ast.GtE: operator.ge,
    ast.In: lambda a, b: a in b, ast.NotIn: lambda a, b: a not in b,
}  # fmt: skip
# Powers and products are taken of doubles: 9**9**9 overflows at once instead of filling the memory.
_ARITHMETIC: Final[dict[type, Callable[[float, float], float]]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod, ast.Pow: operator.pow,
}  # fmt: skip
_CONTAINERS: Final = (ast.Tuple, ast.List)


class ExpressionError(ValueError):
    """A filter that cannot be read, or that has no answer for a cell."""


@final
@dataclass(frozen=True)
class Expression:
    """A condition: `text` as written, `names` the keys that it reads."""

    text: str
    names: frozenset[str]
    _tree: ast.expr

    def __call__(self, values: Mapping[str, Any]) -> bool:
        """Return whether the condition holds; ExpressionError where it has no answer, or one that is no yes or no."""
        try:
            answer = _value(self._tree, values)
        except (ArithmeticError, TypeError, ValueError) as error:
            raise ExpressionError(f"{self.text!r} has no answer at {dict(values)}: {error}") from None
        if not isinstance(answer, bool):
            raise ExpressionError(f"{self.text!r} is {answer!r}, which is neither true nor false")
        return answer


def parse_expression(text: str) -> Expression:
    """Return the condition written in `text`.

    Raises ExpressionError for what is no expression, and for any node that is not allowed.

    >>> parse_expression("steps >= 4 and sampler in ('ddim', 'euler')")({"steps": 8, "sampler": "ddim"})
    True
    >>> parse_expression("__import__('os').system('ls')")
    Traceback (most recent call last):
    ...
    sim.sweep.expression.ExpressionError: a filter has no Call; it compares keys, numbers and text
    """
    if len(text) > LONGEST:
        raise ExpressionError(f"a filter has at most {LONGEST} characters, not {len(text)}")
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ExpressionError(f"{text!r} is no expression: {getattr(error, 'msg', error)}") from None
    _check(tree)
    return Expression(text, frozenset(n.id for n in ast.walk(tree) if isinstance(n, ast.Name)), tree)


def _check(node: ast.expr) -> None:
    match node:
        case ast.Name():
            return
        case ast.Constant(value=value) if isinstance(value, bool | int | float | str):
            return
        case ast.BoolOp(values=parts) | ast.Tuple(elts=parts) | ast.List(elts=parts):
            pass
        case ast.UnaryOp(op=ast.Not() | ast.USub() | ast.UAdd(), operand=part):
            parts = [part]
        case ast.Compare(left=left, ops=ops, comparators=rest) if all(type(op) in _COMPARISONS for op in ops):
            parts = [left, *rest]
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC:
            parts = [left, right]
        case _:
            raise ExpressionError(f"a filter has no {type(node).__name__}; it compares keys, numbers and text")
    for part in parts:
        _check(part)


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{value!r} is not a number")
    return float(value)


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{value!r} is neither true nor false")
    return value


def _value(node: ast.expr, values: Mapping[str, Any]) -> Any:
    match node:
        case ast.Name(id=name):
            return values[name]
        case ast.Constant(value=value):
            return value
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            return tuple(_value(part, values) for part in parts)
        case ast.BoolOp(op=ast.And(), values=parts):
            return all(_truth(_value(part, values)) for part in parts)
        case ast.BoolOp(values=parts):
            return any(_truth(_value(part, values)) for part in parts)
        case ast.UnaryOp(op=ast.Not(), operand=part):
            return not _truth(_value(part, values))
        case ast.UnaryOp(op=ast.USub(), operand=part):
            return -_number(_value(part, values))
        case ast.UnaryOp(operand=part):
            return _number(_value(part, values))
        case ast.BinOp(left=left, op=op, right=right):
            result = _ARITHMETIC[type(op)](_number(_value(left, values)), _number(_value(right, values)))
            return _number(result)
        case ast.Compare(left=left, ops=ops, comparators=rest):
            before = _value(left, values)
            for compared, part in zip(ops, rest, strict=True):
                after = _value(part, values)
                if not _COMPARISONS[type(compared)](before, after):
                    return False
                before = after
            return True
    raise AssertionError(f"unchecked node {ast.dump(node)}")
