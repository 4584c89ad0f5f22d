"""error L/Delta against M: the stiffness that M modes need, its closed form, and an asymptote that is no bound.

In units of Delta/error every error has nearly the same curve: (1 - error) h/2 <= error L/Delta <= h/2, with
h = M I(1/M) the hazard of the normal law. The familiar sqrt(log(M)/2) lies above all of them: it is what h/2
tends to, and overstates the need at every M. Source: theory/LAWS.md, section 5.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, final

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from plots import style
from theory.separated import balanced_stiffness, safe_bounds

ERRORS: Final = (0.01, 0.1, 0.5)
LOOKS: Final = (
    style.Series("", style.BLUE, "", "-"),
    style.Series("", style.GREEN, "", (0, (6, 2))),
    style.Series("", style.VERMILION, "", (0, (1, 1.2))),
)


@final
@dataclass(frozen=True)
class Curve:
    """At one `error`: error L/Delta for each number of modes, between its closed forms `low` and `high`."""

    error: float
    modes: tuple[int, ...]
    need: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    asymptote: tuple[float, ...]


def compute(*, errors: Sequence[float] = ERRORS, most_modes: float = 1e6, points: int = 80) -> tuple[Curve, ...]:
    """Return a curve for each error at whole numbers of modes, 2 <= M <= `most_modes`, evenly spread in log M."""
    modes = np.unique(np.round(np.geomspace(2, most_modes, points)))
    curves = []
    for error in errors:
        low, high = safe_bounds(modes, error)
        curves.append(
            Curve(
                float(error),
                tuple(int(m) for m in modes),
                need=_plain(error * balanced_stiffness(modes, error)),
                low=_plain(error * low),
                high=_plain(error * high),
                asymptote=_plain(np.sqrt(np.log(modes) / 2)),
            )
        )
    return tuple(curves)


def _plain(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> tuple[float, ...]:
    return tuple(float(v) for v in values)


def draw(curves: Sequence[Curve]) -> Figure:
    """Return the figure: one line and one band an error, and the asymptote marked as no bound."""
    if not 1 <= len(curves) <= len(LOOKS):
        raise ValueError(f"There are {len(curves)} curves. Expected: 1 to {len(LOOKS)}, each told apart in print.")
    with style.styled():
        figure = Figure(figsize=(6.6, 3.9), layout="constrained")
        axes = figure.subplots()
        for look, curve, lift in zip(LOOKS, curves, (3, -3, 0), strict=False):
            axes.fill_between(curve.modes, curve.low, curve.high, color=look.color, alpha=0.13, linewidth=0)
            axes.plot(curve.modes, curve.need, **look.line | {"label": f"error {curve.error:g}"})
            axes.annotate(
                f"error {curve.error:g}", (curve.modes[-1], curve.need[-1]), xytext=(5, lift),
                textcoords="offset points", color=style.BLACK, va="center", annotation_clip=False,
            )  # fmt: skip
        last = curves[-1]
        axes.plot(last.modes, last.asymptote, color=style.GREY, linestyle=(0, (3, 1.5, 1, 1.5)), label="_asymptote")
        middle = len(last.modes) // 2
        axes.annotate(
            "√(log M / 2): an asymptote,\nnot a bound", (last.modes[middle], last.asymptote[middle]),
            xytext=(-10, 14), textcoords="offset points", ha="right", color=style.GREY, style="italic",
            arrowprops={"arrowstyle": "-", "color": style.GREY, "linewidth": 0.8},
        )  # fmt: skip
        over = last.asymptote[-1] / last.high[-1]
        axes.annotate(
            f"still {100 * (over - 1):.0f}% too high", (last.modes[-1], last.asymptote[-1]), xytext=(0, 6),
            textcoords="offset points", color=style.GREY, style="italic", ha="right", va="bottom",
        )  # fmt: skip
        axes.set_xscale("log")
        axes.set_xlim(1.8, last.modes[-1])
        axes.set_ylim(0, 1.12 * max(last.asymptote))
        powers = [10.0**k for k in range(1, 1 + round(math.log10(last.modes[-1])))]
        axes.xaxis.set_major_locator(FixedLocator([2, *powers]))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda m, _: "2" if m == 2 else f"$10^{{{math.log10(m):.0f}}}$"))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.set_xlabel("modes M (log scale)")
        axes.set_ylabel("stiffness × error / separation")
        axes.set_title(
            "lines: the law; bands: its closed form, which needs no solver", loc="left", color=style.GREY, fontsize=9
        )
    return figure


def caption(curves: Sequence[Curve]) -> str:
    """Return what the figure shows, in sentences with its numbers."""
    first = curves[0]
    return (
        "The least Lipschitz constant of a map from Gaussian noise onto M sets, in units of their separation over the "
        "error, by the law isoperimetric. It grows with the number of modes like √(log M), slowly but without end. "
        "The bands are the closed form (1 − error) S ≤ L ≤ S with S = separation × M I(1/M) / (2 error). The dash-dot "
        "line, √(log M / 2), is what they tend to as the error vanishes and M grows; it is no lower bound: it "
        f"overstates the need by a factor {first.asymptote[0] / first.high[0]:.2f} or more at M = {first.modes[0]}, "
        f"and by {first.asymptote[-1] / first.high[-1]:.2f} or more at M = {first.modes[-1]:.0e}."
    ).replace("1e+06", "10⁶")


DESCRIPTION: Final = (
    "Stiffness times error over separation rises slowly with the logarithm of the number of modes; three lines for "
    "three errors, each inside its band, all below the asymptote."
)
"""What the figure shows, for a reader who cannot see it."""


def figure() -> Figure:
    """Return the standard figure: errors 0.01, 0.1, 0.5 and up to a million modes."""
    return draw(compute())
