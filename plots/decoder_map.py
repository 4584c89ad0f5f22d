"""(sharpness exponent, DABI) places a decoder between smooth readouts, at (2, 1), and sharp ones behind a gap.

Your decoder on the map: where it lies beside two decoders measured alike, an image-like and a text-like one, and
beside the exact curves of one flat boundary in the same dimension; its DABI over the radius; and what noise costs,
with the number of deterministic steps that the law asks for. Source: theory/LAWS.md, sections 1, 2 and 9.
"""

import math
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter, NullLocator

from plots import style
from plots.placing import DecoderMap, Placed, verdict
from sim.estimate import CONFIDENCE
from theory.diagnostics import sharp_dabi

YOURS: Final = style.Series("your decoder", style.VERMILION, "o", "-")
IMAGE: Final = style.Series("image-like: linear, spectrum 1/k", style.BLUE, "s", (0, (5, 2)))
TEXT: Final = style.Series("text-like: nearest of 32 codewords", style.GREEN, "^", (0, (1, 1)))
BOUNDARY: Final = style.Series("one boundary, smooth to sharp (exact)", style.BLACK, "", "-")
GAP: Final = style.Series("sharp, behind a growing gap (exact)", style.GREY, "", (0, (3, 1.5, 1, 1.5)))


def draw(values: DecoderMap) -> Figure:
    """Return the figure: the map, DABI over the radius, and the cost of noise."""
    with style.styled():
        figure = Figure(figsize=(10.8, 4.4), layout="constrained")
        left, middle, right = figure.subplots(1, 3, width_ratios=(1.25, 1, 1))
        _draw_map(left, values)
        _draw_curves(middle, values)
        _draw_cost(right, values)
        handles, labels = left.get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper center", ncols=3, columnspacing=1.8, handlelength=2.4)
    return figure


def _frame(values: DecoderMap) -> tuple[float, float, float]:
    """Return the frame of the map: the largest exponent, the least and the largest DABI."""
    known = [p.exponent.value for p in (values.yours, values.image, values.text) if p.exponent is not None]
    top = max([2.2, *(x + 0.4 for x in known if math.isfinite(x))])
    seen = [sharp_dabi(values.dimension), float(values.dimension)]
    for placed in (values.yours, values.image, values.text):
        seen += [x for x in (placed.dabi.value, placed.dabi.low, placed.dabi.high) if math.isfinite(x) and x > 0]
    return min(top, 8.0), min(0.5, *seen) / 1.6, max(30.0, 4 * max(seen))


def _draw_map(axes: Axes, values: DecoderMap) -> None:
    right, low, high = _frame(values)
    axes.set_title("where it lies")
    for series, curve in ((BOUNDARY, values.boundary), (GAP, values.gap)):
        if curve:
            axes.plot(*zip(*curve, strict=True), **series.line, zorder=1)
    for series, placed in ((IMAGE, values.image), (TEXT, values.text), (YOURS, values.yours)):
        _draw_place(axes, series, placed, (0.5, right, low, high), big=series is YOURS)
    axes.set_yscale("log")
    axes.set_xlim(0.5, right)
    axes.set_ylim(low, high)
    axes.set_xlabel("sharpness exponent (1 sharp, 2 smooth, more: a gap)")
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set_ylabel("DABI (log scale)")


def _draw_place(axes: Axes, series: style.Series, placed: Placed, frame: tuple[float, ...], *, big: bool) -> None:
    """Draw a marker with bars; an arrow up where DABI has a lower limit only; the frame's edge without an exponent."""
    left, right, low, high = frame
    known = placed.exponent is not None and math.isfinite(placed.exponent.value)
    x = placed.exponent.value if placed.exponent is not None and known else right - 0.04 * (right - left)
    bounded = math.isfinite(placed.dabi.value)
    y = placed.dabi.value if bounded else placed.dabi.low
    look: dict[str, Any] = {
        "color": series.color, "marker": series.marker, "markersize": 9 if big else 7, "linestyle": "none",
        "label": series.label, "zorder": 4 if big else 3, "clip_on": False,
    }  # fmt: skip
    if not known:
        look |= {"markerfacecolor": "white", "markeredgewidth": 1.6}
        axes.annotate("exponent not\ndetermined", (x, y), xytext=(-8, -4), textcoords="offset points", ha="right",
                      va="top", color=series.color, fontsize=8,
                      bbox={"facecolor": "white", "edgecolor": "none", "pad": 1})  # fmt: skip
    if not math.isfinite(y) or y <= 0:
        return
    axes.plot([x], [y], **look)
    bar: dict[str, Any] = {"color": series.color, "linewidth": 1.6 if big else 1.1, "zorder": look["zorder"] - 0.5}
    if bounded:
        axes.vlines(x, max(placed.dabi.low, low), min(placed.dabi.high, high), **bar)
    else:
        axes.annotate("", (x, min(high, 4 * y)), (x, y), arrowprops={"arrowstyle": "->", **_plain(bar)})
    if known and placed.exponent is not None:
        axes.hlines(y, max(placed.exponent.low, left), min(placed.exponent.high, right), **bar)


def _plain(bar: dict[str, Any]) -> dict[str, Any]:
    return {"color": bar["color"], "linewidth": bar["linewidth"]}


def _draw_curves(axes: Axes, values: DecoderMap) -> None:
    axes.set_title("DABI over the radius")
    _, low, high = _frame(values)
    for series, placed in ((IMAGE, values.image), (TEXT, values.text), (YOURS, values.yours)):
        known = [
            (x, e) for x, e in zip(placed.shares, placed.curve, strict=True)
            if math.isfinite(e.value) and e.value > 0
        ]  # fmt: skip
        if known:
            x = [point[0] for point in known]
            axes.plot(x, [e.value for _, e in known], **series.line, zorder=3)
            for place, e in known:
                axes.vlines(place, max(e.low, low), min(e.high, high), color=series.color, linewidth=1, alpha=0.5)
        limits = [
            (x, e.low) for x, e in zip(placed.shares, placed.curve, strict=True)
            if math.isinf(e.value) and math.isfinite(e.low) and e.low > 0
        ]  # fmt: skip
        if limits:
            axes.plot(*zip(*limits, strict=True), color=series.color, marker=r"$\uparrow$", markersize=9,
                      linestyle="none", label="_limit")  # fmt: skip
    axes.axhline(1, color=style.GREY, linewidth=0.8, zorder=1)
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.set_ylim(low, high)
    axes.set_xlabel("radius / median distance to the competitor")
    axes.xaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_minor_formatter(NullFormatter())


def _draw_cost(axes: Axes, values: DecoderMap) -> None:
    cost = values.cost
    axes.set_title("what noise costs")
    seen = [(s, e) for s, e in zip(cost.noises, cost.costs, strict=True) if e.value > 0]
    floor = min([cost.error, *(e.value for _, e in seen)]) / 4
    if seen:
        axes.plot([s for s, _ in seen], [e.value for _, e in seen], **YOURS.line | {"linestyle": "none"}, zorder=3)
        for s, e in seen:
            axes.vlines(s, max(e.low, floor), e.high, color=YOURS.color, linewidth=1.2)
    none = [(s, e.high) for s, e in zip(cost.noises, cost.costs, strict=True) if e.value == 0]
    if none:
        axes.plot(*zip(*none, strict=True), color=YOURS.color, marker="v", linestyle="none", markerfacecolor="white",
                  label="_upper limit")  # fmt: skip
    ends = [min(cost.noises), max(cost.noises)]
    if 0 < cost.noise < math.inf:
        ends = [min(ends[0], cost.noise / 1.5), max(ends[1], cost.noise * 1.5)]
    right = cost.noise > math.sqrt(ends[0] * ends[1])
    if cost.factor > 0:
        line = np.geomspace(ends[0], ends[1], 50)
        look = {"color": style.BLACK} if values.valid else {"color": style.GREY, "linestyle": (0, (2, 2))}
        axes.plot(line, cost.factor * line**cost.power, linewidth=1.2, zorder=2, label="_law", **look)
        axes.annotate(f"law {values.law}", (line[25], cost.factor * line[25] ** cost.power), xytext=(-8, 4),
                      textcoords="offset points", ha="right", fontsize=8.5, color=look["color"])  # fmt: skip
    axes.axhline(cost.error, color=style.GREY, linewidth=1, linestyle=(0, (4, 2)))
    axes.annotate(f"error {cost.error:g}", (0 if right else 1, cost.error), xycoords=("axes fraction", "data"),
                  xytext=(4 if right else -4, 3), textcoords="offset points", ha="left" if right else "right",
                  color=style.GREY, fontsize=8.5)  # fmt: skip
    if values.valid and math.isfinite(cost.noise):
        axes.plot([cost.noise], [cost.error], marker="D", color=style.BLACK, markersize=6, zorder=4, label="_steps")
        axes.annotate(f"K = {math.ceil(values.steps.value)} steps", (cost.noise, cost.error), fontsize=9,
                      xytext=(-8, 8) if right else (8, -17), textcoords="offset points",
                      ha="right" if right else "left")  # fmt: skip
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.yaxis.set_minor_formatter(NullFormatter())
    tops = [cost.error, *(e.high for e in cost.costs if math.isfinite(e.high))]
    axes.set_ylim(floor, 2 * max(tops))
    axes.set_xlabel("noise s = (1 − t)/t, latent units")
    axes.set_ylabel(cost.words)


def caption(values: DecoderMap) -> str:
    """Return what the figure shows, in sentences with its numbers."""
    return (
        f"{values.name}. Left: {verdict(values)} Bars are {CONFIDENCE:.0%} bootstrap intervals; a hollow marker at the "
        "edge has no exponent: nothing changed at half the radius. The curves are exact, for one flat boundary in "
        f"the latents' dimension, {values.dimension}; the two other markers were measured alike on decoders of known "
        f"place, in {values.examples_dimension} dimensions. A gap between latents and boundaries raises both "
        "numbers without any sharpness; a direction toward a sample, which makes an angle with the boundary's normal, "
        "lowers DABI. Middle: the same over the radius; arrows are lower limits, where no random shift changed any. "
        f"Right: the {values.cost.words} under noise s against the leading order of the law {values.law}, fixed by the "
        "least level at which enough latents changed; "
        + (
            f"it meets the error {values.cost.error:g} at K = 1 + 1/s = {values.steps.value:.4g} deterministic steps."
            if values.valid
            else "it does not reach the permitted error where it was seen to hold, so it asks for no number of steps."
        )
    )


DESCRIPTION: Final = (
    "Three panels: DABI against the sharpness exponent with your decoder, an image-like and a text-like one; DABI "
    "against the radius for the three; and the cost of noise for yours with the law's line."
)
"""What the figure shows, for a reader who cannot see it."""
