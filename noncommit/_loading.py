"""pkg.module:name = an object of the user's: importing a module runs its code, with all that it may do.

What that code prints goes to stderr, since stdout carries the data.
"""

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any

from theory.errors import UsageError


@contextmanager
def own_code() -> Iterator[None]:
    """Let modules of the current folder be imported, as `python -m` would, and send what they print to stderr."""
    folder = str(Path.cwd())
    sys.path.insert(0, folder)
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        sys.path.remove(folder)


def load_named(name: str, what: str) -> Any:
    """Return the object that `name`, such as pkg.module:readout, refers to; `what` is what messages call it.

    UsageError for a name without a colon, a module that cannot be imported, or an attribute that it lacks.

    >>> load_named("math:sqrt", "readout")(4.0)
    2.0
    """
    module_name, colon, path = name.partition(":")
    if not (module_name and colon and path):
        raise UsageError(
            f"{name!r} names no {what}.",
            expected=f"MODULE:NAME, such as models:{what} for `{what}` in models.py",
            received=repr(name),
            hint="Was a path to a file given, or the colon left out?",
        )
    try:
        found: Any = importlib.import_module(module_name)
    except (Exception, SystemExit) as error:
        missing = isinstance(error, ModuleNotFoundError) and module_name.startswith(str(error.name))
        raise UsageError(
            f"The module {module_name!r} cannot be imported.",
            expected="a module in the current folder or an installed one",
            received=f"{type(error).__name__}: {' '.join(str(error).split())}",
            hint="Is it in another folder, or without the .py?" if missing else "Does `python -c` import it?",
        ) from None
    for part in path.split("."):
        if not hasattr(found, part):
            names = [n for n in dir(found) if not n.startswith("_") and callable(getattr(found, n))]
            raise UsageError(
                f"{module_name!r} has no {path!r}.",
                expected="one of its callables: " + (", ".join(names[:12]) or "none is there"),
                received=name,
                hint="Is it defined under another name, or only when the module is run as a script?",
            )
        found = getattr(found, part)
    return found
