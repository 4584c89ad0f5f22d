"""error(K) from linear to argmax: how a readout's sharpness decides what few steps cost, and where it does not.

Left, DDIM against the exact flow where modes overlap: K^-2 behind a smooth readout, K^-1 behind a sharp one. Middle,
the same between points with nothing between them: K^-1 behind any. Right, the last call alone: every sharpness and
every K on the one curve of the law `crossover`. Source: theory/LAWS.md, sections 1 and 2.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from plots import style
from sim.two_modes.readouts import ReadoutErrors, measure_readout
from sim.two_modes.run import build_setting
from sim.two_modes.samplers import Ddim
from theory.crossover import readout_error, sharp_limit, smooth_limit
from theory.readout import Readout, readout
from theory.tube import mixture

STEPS: Final = (1, 2, 4, 8, 16, 32, 64, 128)
WEIGHTS: Final = (0.3, 0.7)
OVERLAP: Final = (1.0, 0.7)
"""mu and scale of the modes that overlap."""
APART: Final = (4.0, 0.0)

LOOKS: Final[dict[str | float, style.Series]] = {
    "linear": style.Series("linear (image-like)", style.BLUE, "o"),
    3.0: style.Series("probit, κ = 3", style.SKY, "v", (0, (6, 1.5))),
    30.0: style.Series("probit, κ = 30", style.PURPLE, "D", (0, (3, 1.5))),
    300.0: style.Series("probit, κ = 300", style.VERMILION, "^", (0, (3, 1.5, 1, 1.5))),
    "argmax": style.Series("argmax (text-like)", style.BLACK, "s", (0, (1, 1))),
}
LAW: Final = style.Series("law crossover", style.GREY)


@final
@dataclass(frozen=True)
class Curve:
    """The errors of one readout at each number of steps, where modes overlap and where they are points."""

    name: str | float
    overlap: tuple[float, ...]
    apart: tuple[float, ...]


@final
@dataclass(frozen=True)
class Readouts:
    """What is drawn: curves over `steps`, and ((kappa s, kappa R/E), ...) of the last call at each sharpness."""

    steps: tuple[int, ...]
    curves: tuple[Curve, ...]
    widths: tuple[tuple[float, tuple[tuple[float, float], ...]], ...]
    energy: float


def _measure(chosen: Readout, steps: int, place: tuple[float, float]) -> ReadoutErrors:
    setting = build_setting(mu=place[0], scale=place[1], weights=WEIGHTS, steps=steps)
    return measure_readout(Ddim(), setting, chosen)


def _whole(found: ReadoutErrors) -> float:
    if found.whole is None:
        raise ValueError("DDIM is deterministic, so its whole run has an error.")
    return found.whole.total


def compute(*, steps: Sequence[int] = STEPS) -> Readouts:
    """Return the errors of every readout at every number of steps, exactly."""
    curves, widths = [], []
    energy = mixture([-OVERLAP[0], OVERLAP[0]], [OVERLAP[1]] * 2, WEIGHTS).interface_energy
    for name in LOOKS:
        chosen = readout(name) if isinstance(name, str) else readout("probit", sharpness=name)
        found = [_measure(chosen, k, OVERLAP) for k in steps]
        curves.append(Curve(name, tuple(map(_whole, found)), tuple(_whole(_measure(chosen, k, APART)) for k in steps)))
        if not isinstance(name, str):
            points = [
                (name * f.relative_noise, name * f.terminal.categorical / energy)
                for f in found
                if f.relative_noise is not None and f.terminal is not None and math.isfinite(f.relative_noise)
            ]
            widths.append((name, tuple(points)))
    return Readouts(tuple(steps), tuple(curves), tuple(widths), energy)


def draw(values: Readouts) -> Figure:
    """Return the figure: two panels over the number of calls, and the crossover of the last call."""
    with style.styled():
        figure = Figure(figsize=(10.4, 4.5), layout="constrained")
        overlap, apart, collapse = figure.subplots(1, 3)
        for axes, place, title in (
            (overlap, "overlap", f"modes overlap: μ = {OVERLAP[0]:g}, σ = {OVERLAP[1]:g}"),
            (apart, "apart", f"points apart: μ = {APART[0]:g}, σ = 0"),
        ):
            _draw_errors(axes, values, place)
            axes.set_title(title)
        low = min(e for curve in values.curves for e in (*curve.overlap, *curve.apart))
        for axes in (overlap, apart):
            axes.set_ylim(low / 4, 1)
        overlap.set_ylabel("error against the exact flow (log scale)")
        _draw_collapse(collapse, values)
        handles, labels = overlap.get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper center", ncols=5, columnspacing=1.5, handlelength=3.0)
    return figure


def _draw_errors(axes: Axes, values: Readouts, place: str) -> None:
    for curve in values.curves:
        axes.plot(values.steps, getattr(curve, place), **LOOKS[curve.name].line, zorder=3)
    last, first = values.steps[-1], values.steps[len(values.steps) // 2]
    lowest = min(values.curves, key=lambda c: getattr(c, place)[-1])
    highest = max(values.curves, key=lambda c: getattr(c, place)[-1])
    guides = [(highest, 1, 1.8, "left", "bottom"), *([(lowest, 2, 0.45, "right", "top")] if place == "overlap" else [])]
    for curve, power, away, side, over in guides:
        end, middle = away * getattr(curve, place)[-1], math.sqrt(first * last)
        axes.plot([first, last], [end * (last / first) ** power, end], color=style.GREY, linewidth=1, zorder=1,
                  label="_power")  # fmt: skip
        axes.annotate(f"$K^{{-{power}}}$", (middle, end * (last / middle) ** power), color=style.GREY, ha=side, va=over,
                      xytext=(4, 2) if power == 1 else (-4, -2), textcoords="offset points")  # fmt: skip
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.xaxis.set_major_locator(FixedLocator(list(values.steps)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda k, _: f"{k:g}"))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlabel("K = number of denoiser calls (log scale)")


def _draw_collapse(axes: Axes, values: Readouts) -> None:
    everything = [x for _, points in values.widths for x, _ in points]
    line = np.geomspace(min(everything) / 1.5, max(everything) * 1.5, 100)
    axes.plot(line, readout_error(1.0, 1.0, line), **LAW.line, zorder=2)
    for limit, left in ((smooth_limit(1.0, 1.0, line), True), (sharp_limit(1.0, line), False)):
        part = line <= 2 if left else line >= 1
        axes.plot(line[part], np.asarray(limit)[part], color=style.GREY, linewidth=0.9, linestyle=(0, (2, 2)), zorder=1,
                  label="_limit")  # fmt: skip
    for name, points in values.widths:
        look = LOOKS[name]
        axes.plot(*zip(*points, strict=True), color=look.color, marker=look.marker, linestyle="none", zorder=3,
                  label=look.label)  # fmt: skip
    axes.annotate("law crossover", (line[35], float(readout_error(1.0, 1.0, line[35]))), xytext=(14, -10),
                  textcoords="offset points", color=style.BLACK, va="top",
                  arrowprops={"arrowstyle": "-", "color": style.GREY, "linewidth": 0.8})  # fmt: skip
    axes.annotate("smooth: κ²s²/(2√π)", (line[8], float(readout_error(1.0, 1.0, line[8]))), xytext=(12, -6),
                  textcoords="offset points", color=style.GREY, va="top")  # fmt: skip
    axes.annotate("sharp: κs √(2/π)", (line[70], float(readout_error(1.0, 1.0, line[70]))), xytext=(-10, 8),
                  textcoords="offset points", color=style.GREY, ha="right")  # fmt: skip
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_title("the last call alone, overlapping modes")
    axes.set_xlabel("κs, sharpness × noise left")
    axes.set_ylabel("κ × error / interface energy")


def exponents(values: Readouts, place: str) -> dict[str | float, float]:
    """Return by which power of K each readout's error falls between the last two numbers of steps."""
    span = math.log(values.steps[-1] / values.steps[-2])
    return {c.name: math.log(getattr(c, place)[-2] / getattr(c, place)[-1]) / span for c in values.curves}


def caption(values: Readouts) -> str:
    """Return what the figure shows, in sentences with its numbers."""
    overlap, apart = exponents(values, "overlap"), exponents(values, "apart")
    low, high = min(apart.values()), max(apart.values())
    return (
        "The same DDIM runs on two modes of weights .3 and .7, seen through readouts from linear to argmax. Errors are "
        "exact and compare K steps with infinitely many from the same noise; an output that is another token's counts "
        f"1. Left: where modes overlap the error falls like K^-{overlap['linear']:.2f} behind a linear readout and "
        f"like K^-{overlap['argmax']:.2f} behind argmax (last doubling); a readout of sharpness κ goes over from "
        "the second to the first where the boundary's shift, of order 1/K, falls below 1/κ. Middle: between points "
        "with no mass between them the flow itself "
        f"is discontinuous, and every readout, the linear one too, pays about K^-1 ({low:.2f} to {high:.2f}). Right: "
        "the last call alone, fed with an exactly noised latent, puts all sharpnesses and depths on the curve of the "
        "law crossover; the left-most points, of κ = 3 and the widest noise, are off by the stated order. At equal "
        "weights symmetry keeps the boundary in place, and a whole run never flips."
    )


DESCRIPTION: Final = (
    "Three log-log panels. Left, errors against steps for five readouts: the linear one falls with slope minus two, "
    "argmax with slope minus one, probits between. Middle, all fall together with slope minus one. Right, errors of "
    "the last call over sharpness times noise lie on one curve that bends from slope two to slope one."
)
"""What the figure shows, for a reader who cannot see it."""
