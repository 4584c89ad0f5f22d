"""digest(sources) = SHA-256 of their syntax trees without docstrings, and of their tables: what a number depends on.

numba's own cache looks only at the file of the decorated function, so a kernel that inlines a formula of
theory/ would go on returning the old number after the formula was edited. Keying the cache by this digest
makes such an edit a miss; an edit of a comment or a docstring is none.
"""

import ast
import hashlib
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path


def _without_docstrings(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if (
                isinstance(first, ast.Expr)
                and isinstance(first.value, ast.Constant)
                and isinstance(first.value.value, str)
            ):
                node.body = node.body[1:]
    return tree


def sources_digest(folders: Iterable[Path]) -> str:
    """Return the hexadecimal digest of every Python file and stored table (CSV) below `folders`, and of versions.

    >>> len(sources_digest([Path(__file__).parent]))
    64
    """
    digest = hashlib.sha256()
    for package in ("numba", "numpy", "scipy"):
        digest.update(f"{package}=={metadata.version(package)}\n".encode())
    for folder in folders:
        for table in sorted(folder.rglob("*.csv")):
            digest.update(f"{folder.name}/{table.relative_to(folder).as_posix()}\n".encode())
            digest.update(table.read_bytes())
        for path in sorted(folder.rglob("*.py")):
            tree = _without_docstrings(ast.parse(path.read_text(encoding="utf-8")))
            digest.update(f"{folder.name}/{path.relative_to(folder).as_posix()}\n".encode())
            digest.update(ast.dump(tree, include_attributes=False).encode())
    return digest.hexdigest()
