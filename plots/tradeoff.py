"""error(K, lambda): what K denoiser calls of slope at most lambda leave undecided, and who gets below it.

Two modes at -mu and +mu. For each cap lambda the figure shows the frontier below which no DDIM sampler can be,
DDIM itself, re-injection, which leaves the DDIM class at some depth but stays above the bound of its own, and
commitment, whose error is exactly 0 at every depth. Everything is exact: no seed, no error bars.
Source: theory/LAWS.md, sections 7 and 8.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, final

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, LogLocator, NullLocator

from plots import style
from sim.checks.findings import escape_depth
from sim.two_modes.pushforward import ddim_masses
from theory.denoiser import two_mode_denoiser
from theory.depth import ddim_sampler_stiffness, frontier_error
from theory.escape import commitment_masses, reinjection_masses, reinjection_stiffness
from theory.path import LinearPath, uniform_schedule
from theory.target import two_modes

DEPTHS: Final = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32)

BOUND: Final = style.Series("least error of any DDIM sampler", style.BLACK)
DDIM: Final = style.Series("DDIM", style.BLUE, "o", "none")
REINJECTION: Final = style.Series("re-injection", style.VERMILION, "^", (0, (1, 1)))
JOINT: Final = style.Series("least error of re-injection's own class", style.VERMILION, "", (0, (5, 2)))
COMMITMENT: Final = style.Series("commitment: exactly 0", style.GREEN, "s", "none")

FLOOR: Final = 1e-7
"""The log axis ends here; what lies below leaves the frame, and exact zeros have a strip of their own."""


@final
@dataclass(frozen=True)
class Panel:
    """One cap on the denoiser's slope: five errors (ambiguous mass or its bound) at each NFE.

    `escape` is the least K from which re-injection's error stays below the DDIM bound, at every later NFE of the
    panel and at every whole number up to the first of those; None if there is none.
    """

    mu: float
    denoiser_stiffness: float
    margin: float
    nfe: tuple[int, ...]
    bound: tuple[float, ...]
    ddim: tuple[float, ...]
    reinjection: tuple[float, ...]
    joint_bound: tuple[float, ...]
    commitment: tuple[float, ...]
    escape: int | None


def compute(
    *,
    mu: float = 2.0,
    caps: Sequence[float] = (2.0, 4.0, 8.0),
    margin: float = 0.1,
    depths: Sequence[int] = DEPTHS,
) -> tuple[Panel, ...]:
    """Return one panel for each cap, on the linear path with a uniform grid, equal weights and scale 0."""
    return tuple(_panel(float(mu), float(cap), margin, tuple(depths)) for cap in caps)


def _panel(mu: float, cap: float, margin: float, depths: tuple[int, ...]) -> Panel:
    target = two_modes(mu=mu)
    bound, ddim, reinjected, joint, committed = {}, {}, {}, {}, {}

    def add(steps: int, *, drawn: bool) -> None:
        schedule = uniform_schedule(LinearPath(), steps)
        denoiser = two_mode_denoiser(target, schedule, denoiser_stiffness=cap)
        bound[steps] = frontier_error(target, margin, ddim_sampler_stiffness(schedule, denoiser))
        reinjected[steps] = float(reinjection_masses(target, schedule, denoiser, margin)[1])
        if drawn:
            ddim[steps] = float(ddim_masses(schedule, denoiser, edge=(1 - margin) * mu)[1])
            joint[steps] = frontier_error(target, margin, reinjection_stiffness(schedule, denoiser.slope))
            committed[steps] = float(commitment_masses(target, schedule, denoiser, margin)[1])

    def escape() -> int | None:
        known = sorted(bound)
        return escape_depth(known, [reinjected[k] for k in known], [bound[k] for k in known])

    for steps in depths:
        add(steps, drawn=True)
    if (after := escape()) is not None:
        # The escape need not wait for a depth that is drawn: look at every one since the last that was.
        for steps in range(max((k for k in depths if k < after), default=0) + 1, after):
            add(steps, drawn=False)

    def at(found: dict[int, float]) -> tuple[float, ...]:
        return tuple(found[steps] for steps in depths)

    return Panel(
        mu, cap, margin, depths, at(bound), at(ddim), at(reinjected), at(joint), at(committed), escape=escape()
    )


def draw(panels: Sequence[Panel]) -> Figure:
    """Return the figure: a panel for each cap, over a strip for errors that are exactly 0."""
    with style.styled():
        figure = Figure(figsize=(3.3 * len(panels) + 0.6, 4.6), layout="constrained")
        grid = figure.subplots(
            2, len(panels), squeeze=False, sharex=True, sharey="row",
            gridspec_kw={"height_ratios": (14, 1), "hspace": 0.02},
        )  # fmt: skip
        for column, panel in enumerate(panels):
            _draw_panel(grid[0, column], grid[1, column], panel)
        grid[0, 0].set_ylabel("ambiguous mass (log scale)")
        handles, labels = grid[0, 0].get_legend_handles_labels()
        strip_handles, strip_labels = grid[1, 0].get_legend_handles_labels()
        figure.legend(
            [*handles, *strip_handles], [*labels, *strip_labels], loc="outside upper center", ncols=min(3, len(panels)),
            columnspacing=2.2, handlelength=2.6,
        )  # fmt: skip
        figure.supxlabel("NFE = number of denoiser calls K (log scale)", fontsize=9.5)
    return figure


def _draw_panel(top: Axes, strip: Axes, panel: Panel) -> None:
    nfe = panel.nfe
    top.set_title(f"denoiser slope at most λ = {panel.denoiser_stiffness:g}")
    top.fill_between(nfe, FLOOR, panel.bound, color="#e9e9e9", linewidth=0, zorder=0.5)
    for series, values in (
        (BOUND, panel.bound), (DDIM, panel.ddim), (REINJECTION, panel.reinjection), (JOINT, panel.joint_bound),
        (COMMITMENT, panel.commitment),
    ):  # fmt: skip
        _draw_series(top, strip, series, nfe, values)
    top.text(1.12, 2 * FLOOR, "no DDIM sampler\ncan be here", color=style.GREY, style="italic", va="bottom")
    _annotate_escape(top, panel)
    top.set_xscale("log", base=2)
    top.set_yscale("log")
    top.set_xlim(0.88, max(nfe) * 1.14)
    top.set_ylim(FLOOR, 1.6)
    top.yaxis.set_major_locator(LogLocator(10, numticks=12))
    top.yaxis.set_minor_locator(NullLocator())
    top.tick_params(axis="x", length=0)
    top.spines["bottom"].set_visible(False)
    strip.set_ylim(-1, 1)
    strip.set_yticks([0], ["0"])
    strip.grid(axis="y", visible=False)
    ticks = [k for k in nfe if k & (k - 1) == 0]
    strip.xaxis.set_major_locator(FixedLocator(ticks))
    strip.xaxis.set_minor_locator(FixedLocator([k for k in nfe if k not in ticks]))
    strip.set_xticklabels([str(k) for k in ticks])
    # Two slanted strokes on the axis: between the panel and its strip the scale is broken.
    stroke: dict[str, Any] = {
        "marker": [(-1, -0.6), (1, 0.6)], "markersize": 8, "linestyle": "none", "color": "black",
        "markeredgewidth": 0.8, "clip_on": False, "label": "_break",
    }  # fmt: skip
    top.plot([0], [0], transform=top.transAxes, **stroke)
    strip.plot([0], [1], transform=strip.transAxes, **stroke)


def _draw_series(top: Axes, strip: Axes, series: style.Series, nfe: Sequence[int], values: Sequence[float]) -> None:
    """Draw positive values on the log axis and zeros on the strip: a logarithm has no place for 0."""
    positive = [(k, v) for k, v in zip(nfe, values, strict=True) if v > 0]
    zeros = [k for k, v in zip(nfe, values, strict=True) if v == 0]
    hollow: dict[str, Any] = {"markerfacecolor": "white", "markeredgewidth": 1.4} if series is DDIM else {}
    if positive:
        top.plot(*zip(*positive, strict=True), **series.line, **hollow)
    if zeros:
        look = series.line | {"linestyle": "none"} | ({"label": "_zeros"} if positive else {})
        strip.plot(zeros, [0] * len(zeros), **look, **hollow)


def _annotate_escape(top: Axes, panel: Panel) -> None:
    """Say from which depth on re-injection escapes, or that it does not; and where it is, once out of the frame."""
    last = panel.reinjection[-1]
    if panel.escape is None:
        top.text(
            0.97, 0.03, f"re-injection does not\nescape by K = {max(panel.nfe)}", transform=top.transAxes,
            color=style.RUST, ha="right", va="bottom",
        )  # fmt: skip
        return
    top.axvline(panel.escape, color=style.VERMILION, linewidth=0.9, alpha=0.7, label="_escape", zorder=1)
    text = f"re-injection escapes\nfrom K = {panel.escape}"
    if 0 < last < FLOOR:
        text += f"\n({last:.1e} at K = {panel.nfe[-1]},\nbelow this axis)"
    top.text(panel.escape / 1.08, 4e-4, text, color=style.RUST, ha="right", va="top")


def caption(panels: Sequence[Panel]) -> str:
    """Return what the figure shows, in sentences with its numbers."""
    first = panels[0]
    escapes = "; ".join(
        f"λ = {panel.denoiser_stiffness:g}: "
        + (f"from K = {panel.escape} on" if panel.escape is not None else f"not by K = {max(panel.nfe)}")
        for panel in panels
    )
    nothing = all(value == 0 for panel in panels for value in panel.commitment)
    return (
        f"Two equally likely modes at ±{first.mu:g}, a linear path, a uniform grid. Each panel caps the slope of one "
        "denoiser call at λ. The ambiguous mass is the probability of an output within "
        f"{1 - first.margin:g} × {first.mu:g} of the middle, where no mode has been chosen. Black: the law "
        "ddim_frontier; in the grey region below it there is no DDIM sampler on this grid that serves both modes "
        "alike with a denoiser no steeper than this one. The circles, DDIM with the capped posterior mean, stay above. "
        "More calls and a steeper denoiser lower the "
        "bound, but never to zero. "
        f"Re-injection crosses into the grey region only from some depth on ({escapes}), and never falls below the "
        "dashed bound of its own, larger class: it is not free of stiffness, only of the DDIM class. "
        + ("Commitment, which draws a token at every call, leaves exactly 0 at every depth. " if nothing else "")
        + "All values are exact: no seed, no sampling error."
    )


DESCRIPTION: Final = (
    "Log-log panels of ambiguous mass against the number of denoiser calls. DDIM lies above the black bound, "
    "re-injection falls below it from some depth on, and commitment lies on a separate strip at exactly zero."
)
"""What the figure shows, for a reader who cannot see it."""


def figure() -> Figure:
    """Return the standard figure, computed afresh: mu = 2 and caps 2, 4, 8; a few seconds."""
    return draw(compute())
