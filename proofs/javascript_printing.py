"""A tree of expressions is printed with const for what occurs twice, each where its variables are known.

Source text only: no evaluation, and no formula but what theory's functions say (`proofs.javascript_reading`).
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from proofs.javascript import Js
from proofs.javascript_reading import parts
from proofs.javascript_world import Fork, Refusal

_PRECEDENCE: Final = {
    "||": 3, "&&": 4, "===": 8, "!==": 8, "<": 9, "<=": 9, ">": 9, ">=": 9, "+": 11, "-": 11, "*": 12, "/": 12,
}  # fmt: skip
_ATOMS: Final = ("name", "const", "text", "elem", "field", "constants")


def _binds(node: Js) -> tuple[Js, ...]:
    """Return the variables that a node binds."""
    return (node.args[2],) if node.op == "each" else node.args[0] if node.op == "arrow" else ()


def _children(node: Any) -> Iterator[Any]:
    """Yield the expressions directly below an expression, a tree or a returned value."""
    if isinstance(node, Fork):
        yield from (node.condition, node.yes, node.no)
    elif isinstance(node, dict):
        yield from node.values()
    elif isinstance(node, list | tuple):
        yield from node
    elif isinstance(node, Js):
        if node.op == "each":
            yield from (node.args[1], node.args[3])
        elif node.op == "arrow":
            yield node.args[1]
        else:
            yield from (child for child in node.args if isinstance(child, Js))


class Printer:
    """Prints one function; names of constants count up from c1."""

    def __init__(self) -> None:
        self._names: dict[Js, str] = {}
        self._count = 0
        self._free: dict[int, frozenset[Js]] = {}
        self._kept: list[Any] = []  # ids are of objects that live

    def function(self, name: str, heads: tuple[str, ...], tree: Any) -> str:
        """Return `function name(heads) {...}`."""
        return f"function {name}({', '.join(heads)}) {{\n{self._block(tree, frozenset(), '  ')}}}\n"

    def free(self, node: Any) -> frozenset[Js]:
        """Return the bound variables on which an expression depends."""
        if id(node) not in self._free:
            self._kept.append(node)
            found = frozenset[Js]().union(*map(self.free, _children(node)))
            if isinstance(node, Js):
                found -= frozenset(_binds(node))
                if node.op == "name" and node.args[0][0] in "ix" and node.args[0][1:].isdigit():
                    found |= {node}
            self._free[id(node)] = found
        return self._free[id(node)]

    def _uses(self, *roots: Any, known: frozenset[Js]) -> Counter[Js]:
        """Count how often each expression of the `known` variables is used below; within a loop once counts as two."""
        uses: Counter[Js] = Counter()
        seen: set[tuple[int, bool]] = set()

        def walk(node: Any, inside: bool) -> None:
            if isinstance(node, Js):
                if node in self._names:
                    return
                if node.op not in _ATOMS and self.free(node) <= known:
                    uses[node] += 2 if inside else 1
            if (id(node), inside) in seen:
                return
            seen.add((id(node), inside))
            inner = inside or (isinstance(node, Js) and bool(_binds(node)))
            for child in _children(node):
                walk(child, inner)

        for root in roots:
            walk(root, False)
        return uses

    def _consts(self, node: Any, uses: Counter[Js], known: frozenset[Js], indent: str) -> str:
        """Return the declarations that `node` needs, the innermost first."""
        text = ""
        if isinstance(node, Js) and node in self._names:
            return text
        for child in _children(node):
            text += self._consts(child, uses, known, indent)
        if isinstance(node, Js) and uses[node] > 1 and node.op != "arrow":
            body = self._expression(node, known, indent, 0)
            self._count += 1
            self._names[node] = f"c{self._count}"
            text += f"{indent}const {self._names[node]} = {body};\n"
        return text

    def _block(self, tree: Any, known: frozenset[Js], indent: str) -> str:
        before = dict(self._names)
        if isinstance(tree, Fork):
            uses = self._uses(tree.condition, tree.yes, tree.no, known=known)
            text = self._consts(tree.condition, uses, known, indent)
            text += f"{indent}if ({self._expression(tree.condition, known, indent, 0)}) {{\n"
            text += self._block(tree.yes, known, indent + "  ") + f"{indent}}}\n"
            text += self._block(tree.no, known, indent)
        elif isinstance(tree, Refusal):
            text = f"{indent}throw new RangeError({_quoted(tree.message)});\n"
        else:
            value = parts(tree)
            text = self._consts(value, self._uses(value, known=known), known, indent)
            text += f"{indent}return {self._value(value, known, indent)};\n"
        self._names = before  # what a block declares is unknown beyond it
        return text

    def _value(self, value: Any, known: frozenset[Js], indent: str) -> str:
        if isinstance(value, dict):
            return "{ " + ", ".join(f"{k}: {self._value(v, known, indent)}" for k, v in value.items()) + " }"
        if isinstance(value, list):
            return "[" + ", ".join(self._value(v, known, indent) for v in value) + "]"
        return self._expression(value, known, indent, 0)

    def _expression(self, node: Js, known: frozenset[Js], indent: str, outer: int) -> str:
        def one(child: Any, level: int = 0) -> str:
            return self._expression(child, known, indent, level)

        def wrapped(text: str, level: int) -> str:
            return f"({text})" if level < outer else text

        if node in self._names:
            return self._names[node]
        op, args = node.op, node.args
        if op in ("name", "const"):
            return f"({args[0]})" if args[0][0] == "-" and outer > 13 else str(args[0])
        if op == "text":
            return _quoted(args[0])
        if op == "elem":
            return f"{one(args[0], 17)}[{one(args[1])}]"
        if op == "field":
            return f"{one(args[0], 17)}.{args[1]}"
        if op == "constants":
            return CONSTANTS.setdefault(node, f"NUMBERS_{len(CONSTANTS)}")
        if op == "prefix":
            return wrapped(f"-{one(args[1], 15)}", 14)
        if op == "infix":
            level = _PRECEDENCE[args[0]]
            return wrapped(f"{one(args[1], level)} {args[0]} {one(args[2], level + 1)}", level)
        if op == "either":
            return wrapped(f"{one(args[0], 3)} ? {one(args[1], 2)} : {one(args[2], 2)}", 2)
        if op == "list":
            return "[" + ", ".join(map(one, args)) + "]"
        if op == "call":
            return f"{args[0]}({', '.join(map(one, args[1:]))})"
        if op == "each":
            name, length, variable, body = args
            return f"{name}({one(length)}, {self._arrow((variable,), body, known, indent)})"
        assert op == "arrow", op
        return self._arrow(args[0], args[1], known, indent)

    def _arrow(self, variables: tuple[Js, ...], body: Any, known: frozenset[Js], indent: str) -> str:
        inner = known | frozenset(variables)
        heads = ", ".join(v.args[0] for v in variables)
        text = self._block(body, inner, indent + "  ")
        lines = text.splitlines()
        if len(lines) == 1 and lines[0].strip().startswith("return "):
            said = lines[0].strip().removeprefix("return ").removesuffix(";")
            return f"({heads}) => {said}"
        return f"({heads}) => {{\n{text}{indent}}}"


CONSTANTS: Final[dict[Js, str]] = {}
"""Tables of numbers by the names that the printed functions call them by, in the order of their first use."""


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
