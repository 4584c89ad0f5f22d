"""x = x + h v(x) on rows of a linear method, statement by statement: the schemes of theory as JavaScript.

A scheme is a loop over its grid, so it is not run with symbols but translated: its source's syntax tree, statement for
statement. Rows and numbers are added and multiplied by `plus`, `minus` and `times` of numbers/rows.js, which know both.
Anything outside the dialect of theory/schemes.py is refused, never guessed.
"""

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from typing import Any, Final

from theory import schemes
from theory.linear_method import Tape
from theory.schemes import SCHEMES

ARITHMETIC: Final[dict[type[ast.operator], str]] = {ast.Add: "plus", ast.Sub: "minus", ast.Mult: "times"}
ORDER: Final[dict[type[ast.cmpop], str]] = {
    ast.Lt: "<", ast.Gt: ">", ast.LtE: "<=", ast.GtE: ">=", ast.Eq: "===", ast.NotEq: "!==", ast.IsNot: "!==",
    ast.Is: "===",
}  # fmt: skip
NAMES: Final = {
    "math.sqrt": "Math.sqrt", "math.log": "Math.log", "math.isfinite": "Number.isFinite", "math.inf": "Infinity",
    "self": "tape", "self.path": "tape.path",
}  # fmt: skip

HELPERS: Final[tuple[Callable[..., Any], ...]] = (schemes._at, schemes._ddim, schemes._log_snr)
"""Functions that schemes call; `velocity` is the method of the tape on which they write."""


def _refuse(node: ast.AST) -> TypeError:
    return TypeError(f"{ast.unparse(node)} has no JavaScript meaning")


def expression(node: ast.expr) -> str:
    """Return a Python expression in JavaScript; TypeError outside the dialect.

    >>> expression(ast.parse("x + (u - t) / 2 * v", mode="eval").body)
    'plus(x, times(minus(u, t) / 2, v))'
    """
    match node:
        case ast.Name() | ast.Attribute():
            name = ast.unparse(node)
            if name in NAMES:
                return NAMES[name]
            return name if isinstance(node, ast.Name) else f"{expression(node.value)}.{node.attr}"
        case ast.Constant(value=None):
            return "null"
        case ast.Constant(value=int() | float()):
            return repr(node.value)
        case ast.Tuple() | ast.List():
            return "[" + ", ".join(map(expression, node.elts)) + "]"
        case ast.Starred():
            return "..." + expression(node.value)
        case ast.UnaryOp(op=ast.USub()):
            return f"-({expression(node.operand)})"
        case ast.BinOp(op=ast.Div()):
            return f"{_tight(node.left)} / {_tight(node.right)}"
        case ast.BinOp(op=ast.FloorDiv()):
            return f"Math.floor({_tight(node.left)} / {_tight(node.right)})"
        case ast.BinOp() if type(node.op) in ARITHMETIC:
            return f"{ARITHMETIC[type(node.op)]}({expression(node.left)}, {expression(node.right)})"
        case ast.BoolOp():
            return (" && " if isinstance(node.op, ast.And) else " || ").join(map(expression, node.values))
        case ast.Compare() if all(type(op) in ORDER for op in node.ops):
            ends = [node.left, *node.comparators]
            pairs = zip(ends, node.ops, ends[1:], strict=False)
            return " && ".join(f"{expression(x)} {ORDER[type(op)]} {expression(y)}" for x, op, y in pairs)
        case ast.IfExp():
            return f"({expression(node.test)} ? {expression(node.body)} : {expression(node.orelse)})"
        case ast.ListComp(generators=[ast.comprehension(ifs=[])]):
            over = node.generators[0]
            return f"{expression(over.iter)}.map(({expression(over.target)}) => {expression(node.elt)})"
        case ast.Subscript():
            return _part(node)
        case ast.Call(keywords=[]):
            return _call(node)
    raise _refuse(node)


def _tight(node: ast.expr) -> str:
    """Return an operand of a division: what is no call or name stands in parentheses."""
    text = expression(node)
    return f"({text})" if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) else text


def _part(node: ast.Subscript) -> str:
    whole = expression(node.value)
    if isinstance(node.slice, ast.Slice) and node.slice.step is None:
        start = expression(node.slice.lower) if node.slice.lower is not None else "0"
        stop = f", {expression(node.slice.upper)}" if node.slice.upper is not None else ""
        return f"{whole}.slice({start}{stop})"
    return f"{whole}.at({expression(node.slice)})"


def _call(node: ast.Call) -> str:
    arguments = [expression(argument) for argument in node.args]
    match node.func:
        case ast.Name(id="float"):
            return arguments[0]
        case ast.Name(id="len"):
            return f"{arguments[0]}.length"
        case ast.Name(id="enumerate"):
            return f"[...{arguments[0]}.entries()]"
        case ast.Attribute(attr="times"):
            return f"times({arguments[0]}, {expression(node.func.value)})"
    return f"{expression(node.func)}({', '.join(arguments)})"


def statements(body: list[ast.stmt], indent: str) -> Iterator[str]:
    """Yield the lines of a block; TypeError for a statement outside the dialect."""
    for node in body:
        match node:
            case ast.Expr(value=ast.Constant()):
                continue  # a docstring
            case ast.Assign(targets=[target]):
                yield f"{indent}{expression(target)} = {expression(node.value)};"
            case ast.AnnAssign(value=ast.expr() as value):
                yield f"{indent}{expression(node.target)} = {expression(value)};"
            case ast.Return(value=ast.expr() as value):
                yield f"{indent}return {expression(value)};"
            case ast.If():
                yield f"{indent}if ({expression(node.test)}) {{"
                yield from statements(node.body, indent + "  ")
                if node.orelse:
                    yield f"{indent}}} else {{"
                    yield from statements(node.orelse, indent + "  ")
                yield f"{indent}}}"
            case ast.For(orelse=[]):
                yield f"{indent}for (let {expression(node.target)} of {expression(node.iter)}) {{"
                yield from statements(node.body, indent + "  ")
                yield f"{indent}}}"
            case _:
                raise _refuse(node)


def _stored(nodes: list[Any]) -> set[str]:
    return {n.id for node in nodes for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


def translated(function: Callable[..., Any]) -> str:
    """Return a function of the dialect in JavaScript, under its own name; a method takes its object first."""
    (tree,) = ast.parse(textwrap.dedent(inspect.getsource(function))).body
    assert isinstance(tree, ast.FunctionDef)
    parameters = [NAMES.get(argument.arg, argument.arg) for argument in tree.args.args]
    loops = [n.target for n in ast.walk(tree) if isinstance(n, ast.For | ast.comprehension)]
    local = sorted(_stored(list(tree.body)) - _stored(loops) - set(parameters))
    lines = [f"function {tree.name}({', '.join(parameters)}) {{"]
    lines += [f"  let {', '.join(local)};"] if local else []
    return "\n".join([*lines, *statements(tree.body, "  "), "}\n"])


def schemes_script() -> str:
    """Return the script that defines nc.schemes: every scheme of theory, and the velocity that they call."""
    functions: list[Callable[..., Any]] = [*HELPERS, Tape.velocity, *(scheme.write for scheme in SCHEMES.values())]
    names = [scheme.write.__name__ for scheme in SCHEMES.values()]
    return (
        "// Translated from theory/ by proofs/javascript_schemes.py.\nnc.schemes = (() => {\n"
        "const { plus, minus, times, pairwise } = nc.rows;\n"
        f"const CHURN = {schemes.CHURN!r};\n{''.join(map(translated, functions))}"
        f"return Object.freeze({{ velocity, {', '.join(names)} }});\n}})();\n"
    )
