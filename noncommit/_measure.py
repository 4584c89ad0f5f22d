"""measure pkg.module:readout = import the user's decoder, measure it, and print or write what was found.

Importing a module runs its code, with all that it may do; `noncommit measure` says so in its help. What that code
prints goes to stderr, since stdout carries the data.
"""

import importlib
import json
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from noncommit import __version__
from noncommit._files import replace_file, writable_folder
from noncommit._layout import WIDTH
from plots import measure_page, placing
from sim.measure.result import Measured
from sim.measure.run import measure
from theory.errors import UsageError, stored_array

PAGE: Final = "measure.html"


@contextmanager
def _importing_from(folder: str) -> Iterator[None]:
    """Let modules of `folder` be imported, as `python -m` would, and leave the path as it was."""
    sys.path.insert(0, folder)
    try:
        yield
    finally:
        sys.path.remove(folder)


def load_readout(name: str) -> Any:
    """Return the object that `name`, such as pkg.module:readout, refers to; importing runs the module's code.

    UsageError for a name without a colon, a module that cannot be imported, or an attribute that it lacks.

    >>> load_readout("math:sqrt")(4.0)
    2.0
    """
    module_name, colon, path = name.partition(":")
    if not (module_name and colon and path):
        raise UsageError(
            f"{name!r} names no readout.",
            expected="MODULE:NAME, such as decoders:readout for `readout` in decoders.py",
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


def measure_named(
    name: str, latents: str, *, labels: str | None = None, out: str | None = None, **options: Any
) -> Measured:
    """Measure the readout called `name` at the latents in a .npy file; with `out`, write the page, SVG and JSON there.

    Raises UsageError before anything is written.
    """
    folder = None if out is None else writable_folder(out)
    rows = stored_array("--latents", latents)
    if labels is not None:
        options["labels"] = stored_array("--labels", labels)
    with redirect_stdout(sys.stderr), _importing_from(str(Path.cwd())):
        measured = measure(load_readout(name), rows, **options)
    measured = replace(measured, protocol={**measured.protocol, "readout": name})
    if folder is not None:
        write(measured, folder)
    return measured


def write(measured: Measured, folder: Path) -> None:
    """Write measure.html, measure.svg and measure.json into `folder`, each whole; nothing if one cannot be made."""
    values = placing.compute(measured)
    figure = measure_page.svg(values)
    page = measure_page.render(measured, values, figure, {"noncommit": __version__})
    document = json.dumps({"schema_version": 1, **measured.to_dict()}, indent=1, allow_nan=False)
    for name, text in (("measure.svg", figure), ("measure.json", document), (PAGE, page)):
        replace_file(folder / name, text)


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    widths = [max(len(row[j]) for row in [head, *rows]) for j in range(len(head))]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in [head, *rows])
    return "\n".join("  " + line.rstrip() for line in lines)


def _wrapped(text: str, indent: str = "") -> str:
    return textwrap.fill(text, WIDTH, initial_indent=indent, subsequent_indent=indent + "  ")


def measured_text(measured: Measured) -> str:
    """Return what was found as aligned lines: headline, curves, steps, notes and protocol."""
    protocol = "; ".join(f"{label}: {text}" for label, text in measure_page.protocol_words(measured).items())
    lines = [
        f"{measured.protocol['readout']}  DABI {measure_page.shown(measured.dabi)}, sharpness exponent "
        f"{measure_page.shown(measured.exponent)}",
        _table(*measure_page.radii_table(measured)),
        _table(*measure_page.levels_table(measured, ("change", "flip", "predicted", "tube"))),
    ]
    if measured.levels[0].cci is not None:
        lines.append(_table(*measure_page.levels_table(measured, ("cci", "held_out"))))
    if measured.interface_energy is not None:
        lines.append(f"interface energy {measure_page.shown(measured.interface_energy)} per unit of length")
    lines += [
        _wrapped(measure_page.asks(measured)),
        *(_wrapped(f"assuming {a}", "  ") for a in measured.steps.assuming),
    ]
    lines += [_wrapped(f"note: {text}") for text in measured.notes]
    return "\n".join([*lines, _wrapped(protocol)])
