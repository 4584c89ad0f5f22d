"""score(module) = killed/all: a formula of theory/ is changed in one place, and the checks that guard it must say no.

Run as `python tests/mutants.py MODULE [EVERY]`: every EVERY-th mutant of theory/MODULE.py, and the module unchanged,
each in its own forked process, against the module's guards. Prints one JSON document: the outcome by mutant and the
control.
"""

import ast
import copy
import importlib.util
import json
import os
import signal
import sys
from collections.abc import Iterator
from importlib.abc import Loader, MetaPathFinder
from pathlib import Path
from typing import Any

from guards import guards_of

ROOT = Path(__file__).resolve().parent.parent

SECONDS = 60
"""A mutant that runs longer than this is killed: it never converges."""

SPARED_CALLS = {
    "UsageError",
    "within",
    "whole",
    "fraction",
    "positive",
    "nonnegative",
    "real",
    "one_of",
    "range",
    "arange",
}
"""Checks of input, whose limits and words other tests hold, and counts."""
SPARED_KEYWORDS = {"xtol", "rtol", "maxiter", "axis", "initial", "low", "high"}
"""How far a search goes, not what is found."""

SWAPS = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Pow: ast.Mult}


def places(tree: ast.AST) -> Iterator[tuple[str, ast.AST, ast.AST]]:
    """Yield (function, statement, node) for each number, operator and sign of a module's formulas.

    In a table of a module, a lambda is a statement of its own.
    """

    def walk(node: ast.AST, function: str, statement: ast.AST | None) -> Iterator[tuple[str, ast.AST, ast.AST]]:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            function = node.name
        elif isinstance(node, ast.stmt) or (isinstance(node, ast.Lambda) and function == "module"):
            statement = node
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):  # a docstring
            return
        if isinstance(node, ast.JoinedStr | ast.Subscript | ast.arguments | ast.Import | ast.ImportFrom | ast.Raise):
            return
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in SPARED_CALLS:
            return
        if isinstance(node, ast.keyword) and node.arg in SPARED_KEYWORDS:
            return
        number = isinstance(node, ast.Constant) and type(node.value) in (int, float) and node.value != 0
        swap = isinstance(node, ast.BinOp) and type(node.op) in SWAPS
        if statement is not None and (
            number or swap or (isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub))
        ):
            yield function, statement, node
        for child in ast.iter_child_nodes(node):
            yield from walk(child, function, statement)

    yield from walk(tree, "module", None)


def change(node: Any) -> None:
    """Change a node in place: a number by 1%, an operator into its opposite, a sign away."""
    if isinstance(node, ast.Constant):
        node.value = node.value * 1.01
    elif isinstance(node, ast.BinOp):
        node.op = SWAPS[type(node.op)]()
    else:
        node.op = ast.UAdd()


def mutants(source: str) -> Iterator[tuple[str, ast.Module]]:
    """Yield (name, tree) for each mutant; the name is its function and its changed statement.

    It is one tree, changed back when the next is asked for.
    """
    tree = ast.parse(source)
    names: dict[str, int] = {}
    for function, statement, node in list(places(tree)):
        kept = dict(vars(node))
        change(node)
        head = copy.copy(statement)
        if isinstance(head, ast.stmt) and hasattr(head, "body"):
            head.body = [ast.Pass()]
        name = f"{function}: {' '.join(ast.unparse(head).split())}"
        names[name] = names.get(name, 0) + 1
        yield name + (f" ({names[name]})" if names[name] > 1 else ""), tree
        vars(node).update(kept)


class Changed(MetaPathFinder, Loader):
    """Import theory.MODULE from a changed tree."""

    def __init__(self, module: str, tree: ast.Module) -> None:
        self.name, self.code = f"theory.{module.replace('/', '.')}", compile(tree, f"theory/{module}.py", "exec")

    def find_spec(self, name: str, path: object = None, target: object = None) -> Any:
        """Return the spec of the changed module only."""
        return importlib.util.spec_from_loader(name, self) if name == self.name else None

    def exec_module(self, module: Any) -> None:
        """Run the changed code."""
        exec(self.code, module.__dict__)


def killed(module: str, tree: ast.Module) -> bool:
    """Return whether the guards of a module reject a tree, in a forked process that ends with it."""
    child = os.fork()
    if child == 0:
        signal.alarm(SECONDS)
        try:
            sys.stdout = sys.stderr = open(os.devnull, "w")  # noqa: SIM115 - the process ends here
            sys.meta_path.insert(0, Changed(module, tree))
            survives = all(guard(*args) for guard, args in guards_of(module))
        except BaseException:
            survives = False
        os._exit(0 if survives else 1)
    return os.waitpid(child, 0)[1] != 0


def main(module: str, every: int) -> None:
    """Print the outcome of every mutant, and of the control."""
    # The libraries are loaded once, before the forks; nothing of theory or proofs is.
    for name in ("numpy", "scipy.special", "scipy.optimize", "sympy", "flint", "mpmath", "z3"):
        importlib.import_module(name)
    source = (ROOT / "theory" / f"{module}.py").read_text(encoding="utf-8")
    found = {name: killed(module, tree) for i, (name, tree) in enumerate(mutants(source)) if i % every == 0}
    json.dump({"control_survives": not killed(module, ast.parse(source)), "killed": found}, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1)
