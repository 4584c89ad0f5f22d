"""measure pkg.module:readout = import the user's decoder, measure it, and print or write what was found."""

import json
import textwrap
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from noncommit import __version__
from noncommit._files import replace_file, writable_folder
from noncommit._layout import WIDTH
from noncommit._loading import load_named, own_code
from plots import measure_page, placing
from sim.measure.result import Measured
from sim.measure.run import measure
from theory.errors import stored_array

PAGE: Final = "measure.html"


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
    with own_code():
        measured = measure(load_named(name, "readout"), rows, **options)
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
