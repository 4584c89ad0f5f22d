"""A sweep's figure in a file: its numbers go to plots as plain values, and the file carries where they come from."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from noncommit._files import replace_file
from plots import style
from plots.sweep import View, draw, view
from sim.sweep.results import Sweep
from theory.errors import UsageError


def sweep_view(swept: Sweep, **options: Any) -> View:
    """Return what to draw of a sweep; `options` are those of plots.sweep.view beside records and axes."""
    axes = {name: tuple(row[i] for row in dim.rows) for dim in swept.dims for i, name in enumerate(dim.names)}
    axes = {name: tuple(dict.fromkeys(values)) for name, values in axes.items()}
    return view(swept.records, axes, **options)


def write_figure(
    swept: Sweep, path: Path, *, x: str, y: str | None, measure: str, bound: str | None, fixed: Mapping[str, str]
) -> None:
    """Draw a sweep into a .png or .svg file. Raises UsageError for names it lacks or a file that cannot be written."""
    if path.suffix not in (".png", ".svg"):
        raise UsageError(
            "The figure has no format.", expected="a file name that ends in .png or .svg", received=str(path),
            hint="Is the ending missing?",
        )  # fmt: skip
    found = sweep_view(swept, x=x, y=y, measure=measure, bound=bound, fixed=fixed)
    about = f"sweep {swept.name}, code {swept.header.code[:16]}, plan {swept.header.plan[:16]}"
    if path.suffix == ".svg":
        content = style.to_svg(
            draw(found), title=f"{measure} of {about}", description=json.dumps(swept.provenance)
        ).encode()
    else:
        content = style.to_png(draw(found, footnote=about))
    replace_file(path, content)
