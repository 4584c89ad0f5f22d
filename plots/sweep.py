"""measure(x) or measure(x, y) of a sweep, with the bound over it: curves from one axis, heat maps from two.

Axes that are not drawn become panels, or lines. In a heat map the heavy line is the edge of the cells whose measure
lies below the bound; in curves the bound is dashed in its curve's colour. Values come in; no sweep is run here.
"""

import itertools
import math
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator
from matplotlib.transforms import ScaledTranslation

from plots import style
from theory.errors import Array, UsageError

MOST_PANELS: Final = 12
MOST_LINES: Final = 8
"""More could not be told apart; the rest is to be fixed."""

BESIDE: Final = 2.5
"""Points between the bars of two lines at one place: half a marker."""

HANDLE: Final = 0.6
LETTER: Final = 0.075
"""Inches of a line in the legend with its gaps, and of a letter beside it, at the style's size of 9 points."""

DECADES: Final = 6
"""Colours span six decades below the largest value at most: what is smaller is as good as 0 to the eye."""

LOOKS: Final = tuple(
    style.Series("", color, marker)
    for color, marker in zip(
        (style.BLUE, style.VERMILION, style.GREEN, style.PURPLE, style.SKY, style.RUST, style.BLACK, style.GREY),
        "o^sDv<>p",
        strict=True,
    )
)


@final
@dataclass(frozen=True)
class View:
    """What is drawn: `x`, `y` (None: curves), the `measure`, and the `bound` over it (None: none).

    `axes` holds the values of every dimension, `shown` those that are drawn; `cells` maps a point, a value for each
    dimension, to the numbers of that cell.
    """

    x: str
    y: str | None
    measure: str
    bound: str | None
    axes: Mapping[str, tuple[Any, ...]]
    shown: Mapping[str, tuple[Any, ...]]
    cells: Mapping[tuple[Any, ...], Mapping[str, float | None]]

    @property
    def rest(self) -> tuple[str, ...]:
        """The dimensions that vary and are neither x nor y."""
        return tuple(name for name in self.axes if name not in (self.x, self.y) and len(self.shown[name]) > 1)

    def points(self, names: Sequence[str]) -> list[dict[str, Any]]:
        """Return every point of the named dimensions, with what is fixed."""
        single = {name: values[0] for name, values in self.shown.items() if len(values) == 1}
        rows = itertools.product(*(self.shown[name] for name in names))
        return [{**single, **dict(zip(names, row, strict=True))} for row in rows]

    def number(self, name: str | None, point: Mapping[str, Any]) -> float:
        """Return a number of the cell at `point`; NaN where it has none. NAME@KEY=VALUE looks at another cell."""
        if name is None:
            return math.nan
        name, _, other = name.partition("@")
        if other:
            key, _, text = other.partition("=")
            moved = next((v for v in self.axes[key] if label(v) == text), None)
            point = {**point, key: moved}
        found = self.cells.get(tuple(point[key] for key in self.axes), {}).get(name)
        return math.nan if found is None else float(found)


def label(value: Any) -> str:
    """Return a value as an axis shows it."""
    return f"{value:.4g}" if isinstance(value, float | int) else str(value)


def view(
    records: Sequence[Mapping[str, Any]],
    axes: Mapping[str, Sequence[Any]],
    *,
    x: str,
    y: str | None = None,
    measure: str,
    bound: str | None = None,
    fixed: Mapping[str, str] | None = None,
) -> View:
    """Return what to draw of a sweep's records; `fixed` holds dimensions at one value, as text.

    An estimate may be named with or without its `.value`.
    Raises UsageError for a name or a value that the sweep does not have, and for more than can be told apart.
    """
    known = set().union(*(record for record in records))
    measure = _estimated(measure, known)
    bound = bound and "@".join((_estimated(bound.partition("@")[0], known), *bound.split("@")[1:]))
    for what, name, names in (("axis", x, axes), ("axis", y, axes), ("measure", measure, known),
                              ("measure", bound and bound.partition("@")[0], known)):  # fmt: skip
        if name is not None and name not in names:
            raise _unknown(what, name, names)
    if x == y:
        raise UsageError("x and y are the same axis.", expected="two axes", received=x, hint="Is one of them another?")
    kept = {name: tuple(values) for name, values in axes.items()}
    if bound and "@" in bound:
        key, _, text = bound.partition("@")[2].partition("=")
        if key not in kept:
            raise _unknown("axis", key, kept)
        _value(key, text, kept[key])
    cells = {tuple(r[name] for name in kept): {k: r.get(k) for k in known if k not in kept} for r in records}
    drawn = dict(kept)
    for name, text in (fixed or {}).items():
        if name not in kept or name in (x, y):
            raise _unknown("axis that could be fixed", name, set(kept) - {x, y})
        drawn[name] = (_value(name, text, kept[name]),)
    return View(x, y, measure, bound, kept, drawn, cells)


def _estimated(name: str, known: Container[str]) -> str:
    """Return NAME.value for an estimate called NAME: it is drawn with its interval."""
    return f"{name}.value" if name not in known and f"{name}.value" in known else name


def _unknown(what: str, name: str, names: Any) -> UsageError:
    import difflib

    near = difflib.get_close_matches(name, list(names), n=1, cutoff=0.5)
    return UsageError(
        f"The sweep has no {what} {name!r}.", expected=", ".join(sorted(names)), received=repr(name),
        hint=f"Did you mean {near[0]!r}?" if near else "Is it spelt as in the list?",
    )  # fmt: skip


def _value(name: str, text: str, values: Sequence[Any]) -> Any:
    for value in values:
        if text in (label(value), str(value)):
            return value
    raise UsageError(
        f"{name} takes no value {text!r} in this sweep.", expected=", ".join(map(label, values)), received=text,
        hint="Is it a value of another axis?",
    )  # fmt: skip


def draw(found: View, *, footnote: str = "") -> Figure:
    """Return the figure, with a line below it. UsageError for more panels or lines than can be told apart."""
    *outer, last = found.rest or ("",)
    lines = [last] if found.y is None and last else []
    panels = found.points(outer if lines else found.rest)
    many = len(found.shown[last]) if lines else 1
    if len(panels) > MOST_PANELS or many > MOST_LINES:
        raise UsageError(
            "The sweep has too many dimensions for one figure.",
            expected=f"at most {MOST_PANELS} panels and {MOST_LINES} lines",
            received=f"{len(panels)} panels and {many} lines of {', '.join(found.rest)}",
            hint="Is one of them to be fixed, as with --at KEY=VALUE?",
        )
    columns = 2 if len(panels) == 4 else min(len(panels), 3)
    rows = -(-len(panels) // columns)
    with style.styled():
        figure = Figure(figsize=(3.6 * columns + 1.0, 3.3 * rows + 0.8), layout="constrained")
        grid = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True)
        for spare in grid.ravel()[len(panels) :]:
            spare.set_visible(False)
        placed = list(zip(grid.ravel(), panels, strict=False))
        if found.y is None:
            for axes, point in placed:
                _curves(figure, axes, found, point, lines)
            handles, labels = grid[0, 0].get_legend_handles_labels()
            wide = int(figure.get_figwidth() / (HANDLE + LETTER * max(map(len, labels))))
            fitting = max(1, min(3, len(labels), wide))
            figure.legend(handles, labels, loc="outside upper center", ncols=fitting, handlelength=2.8)
        else:
            _maps(figure, found, placed)
        outside = found.rest[:-1] if lines else found.rest
        for axes, point in placed:
            axes.set_title(", ".join(f"{name} = {label(point[name])}" for name in outside))
        figure.supxlabel(found.x + ("\n" if footnote else ""), fontsize=9.5)  # a line for the footnote
        figure.text(0.995, 0.002, footnote, ha="right", va="bottom", fontsize=5, color=style.GREY)
        figure.supylabel(found.measure if found.y is None else found.y, fontsize=9.5)
    return figure


def _curves(figure: Figure, axes: Axes, found: View, panel: Mapping[str, Any], lines: Sequence[str]) -> None:
    values = found.shown[found.x]
    numeric = all(isinstance(v, int | float) and math.isfinite(v) for v in values)
    places = list(values) if numeric else list(range(len(values)))
    for place, line in enumerate(found.points(lines)):
        look = LOOKS[place]
        at = [{**panel, **line, found.x: v} for v in values]
        name = f"{lines[0]} = {label(line[lines[0]])}" if lines else found.measure
        stem = found.measure.removesuffix(".value")
        ys = [found.number(found.measure, p) for p in at]
        low, high = ([found.number(f"{stem}.{end}", p) for p in at] for end in ("low", "high"))
        bars = bool(np.any(np.isfinite(low)))
        # Bars of different lines at one place stand side by side, else the last would hide the others.
        aside = (place - (len(found.points(lines)) - 1) / 2) * BESIDE if bars else 0.0
        moved = axes.transData + ScaledTranslation(aside / 72, 0, figure.dpi_scale_trans)
        axes.plot(places, ys, **{**look.line, "label": name, "transform": moved})
        if bars:
            axes.vlines(places, low, high, color=look.color, linewidth=0.9, transform=moved)
        if found.bound is not None:
            bounds = [found.number(found.bound, p) for p in at]
            shown: dict[str, Any] = {"color": look.color, "linestyle": (0, (5, 2)), "linewidth": 1.1}
            axes.plot(places, bounds, label=f"{name}: {found.bound}", **shown)
    drawn = np.asarray([found.number(found.measure, {**panel, **p}) for p in found.points([found.x, *lines])])
    if np.all(drawn == 0):
        axes.text(0.5, 0.5, "0 throughout", transform=axes.transAxes, ha="center", color=style.GREY, style="italic")
    if numeric and min(places) > 0 and max(places) >= 8 * min(places):
        axes.set_xscale("log")
    _ticks(axes.xaxis, places, values)
    data = np.concatenate([np.asarray(line.get_ydata(), dtype=float) for line in axes.get_lines()])
    data = data[np.isfinite(data)]
    if data.size and data.min() >= 0 and data.max() > 100 * max(data.min(), 1e-300):
        axes.set_yscale("log")
        axes.set_ylim(bottom=max(data[data > 0].min() / 2, data.max() * 10.0**-DECADES))


def _ticks(axis: Any, places: Sequence[float], values: Sequence[Any]) -> None:
    """Label at most eight values of an axis, by themselves."""
    kept = range(0, len(values), -(-len(values) // 8))
    axis.set_major_locator(FixedLocator([places[i] for i in kept]))
    axis.set_minor_locator(NullLocator())
    axis.set_ticklabels([label(values[i]) for i in kept])


def _table(found: View, panel: Mapping[str, Any], name: str | None) -> Array:
    rows = [[found.number(name, {**panel, found.x: x, str(found.y): y}) for x in found.shown[found.x]]
            for y in found.shown[str(found.y)]]  # fmt: skip
    return np.asarray(rows, dtype=np.float64)


def _maps(figure: Figure, found: View, placed: Sequence[tuple[Axes, Mapping[str, Any]]]) -> None:
    tables = [_table(found, point, found.measure) for _, point in placed]
    finite = np.concatenate([table[np.isfinite(table)] for table in tables])
    if finite.size == 0:
        raise UsageError(
            f"No cell has the measure {found.measure!r}.", expected="at least one number to draw", received="none",
            hint="Are the cells still pending?",
        )  # fmt: skip
    top, positive = float(finite.max()), finite[finite > 0]
    logarithmic = positive.size > 0 and finite.min() >= 0 and top > 100 * positive.min()
    low = max(float(positive.min()), top * 10.0**-DECADES) if logarithmic else float(finite.min())
    norm: Normalize = LogNorm(low, top) if logarithmic else Normalize(low, top if top > low else low + 1)
    image: Any = None
    for (axes, point), table in zip(placed, tables, strict=True):
        axes.set_facecolor("#d9d9d9")  # no number: not run, failed or filtered
        # What is below the scale, exact zeros too, has its lowest colour.
        shown = np.where(np.isfinite(table), np.maximum(table, low), np.nan)
        image = axes.pcolormesh(np.ma.masked_invalid(shown), norm=norm, cmap="viridis", rasterized=True)
        axes.grid(False)
        xs, ys = found.shown[found.x], found.shown[str(found.y)]
        _ticks(axes.xaxis, [i + 0.5 for i in range(len(xs))], xs)
        _ticks(axes.yaxis, [i + 0.5 for i in range(len(ys))], ys)
        if found.bound is not None:
            bound = _table(found, point, found.bound)
            edges = _edges(table < bound)
            axes.add_collection(LineCollection(edges, colors="white", linewidths=4.0))
            axes.add_collection(LineCollection(edges, colors=style.VERMILION, linewidths=2.0))
    bar = figure.colorbar(image, ax=[axes for axes, _ in placed], extend="min" if finite.min() < low else "neither")
    below = f"\n(outlined: below {found.bound})" if found.bound is not None else ""
    bar.set_label(found.measure + below)


def _edges(inside: Any) -> list[list[tuple[float, float]]]:
    """Return the sides between a cell that is inside and one that is not, the frame of the map included."""
    framed = np.pad(inside, 1, constant_values=False)
    edges = []
    for row, column in np.argwhere(framed):
        y, x = float(row - 1), float(column - 1)
        for (dy, dx), side in (
            ((0, -1), [(x, y), (x, y + 1)]), ((0, 1), [(x + 1, y), (x + 1, y + 1)]),
            ((-1, 0), [(x, y), (x + 1, y)]), ((1, 0), [(x, y + 1), (x + 1, y + 1)]),
        ):  # fmt: skip
            if not framed[row + dy, column + dx]:
                edges.append(side)
    return edges
