"""figure(result) = what plots draws of a result: of a decoder its place on the map, of a sweep its cells."""

from typing import Any

from noncommit._sweep_figure import sweep_view
from plots import decoder_map, placing
from plots import sweep as sweep_plot
from sim.measure.result import Measured
from sim.sweep.results import Sweep
from theory.errors import UsageError


def figure(result: Any, **options: Any) -> Any:
    """Return a matplotlib figure of the result. UsageError where plots has none, or an option is missing or unknown."""
    names: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    if isinstance(result, Sweep):
        names, required = ("x", "y", "measure", "bound", "fixed"), ("x", "measure")
    elif not isinstance(result, Measured):
        raise UsageError(
            "There is no figure of this.", expected="what noncommit.measure or noncommit.sweep returns",
            received=type(result).__name__,
            hint="Would a sweep over one of its keys show more, or to_dataframe() in a plot of yours?",
        )  # fmt: skip
    unknown, missing = set(options) - set(names), set(required) - set(options)
    if unknown or missing:
        raise UsageError(
            "The figure is not described.", expected=f"options {', '.join(names) or 'none'}"
            + (f", of which {' and '.join(required)} are needed" if required else ""),
            received=", ".join(options) or "none", hint="What is to be on the axes?",
        )  # fmt: skip
    if isinstance(result, Sweep):
        return sweep_plot.draw(sweep_view(result, **options))
    return decoder_map.draw(placing.compute(result))
