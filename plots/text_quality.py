"""quality(nfe): perplexity and bigram tv of text by five samplers, where codewords lie apart and where they overlap.

Rows are the two measures, which only together tell, columns the two overlaps. Beside the samplers stand the chain's own
text of equal size and the floor, which is what the readout makes of clean latents. Source: theory/LAWS.md, section 10.
"""

from collections.abc import Sequence
from typing import Any, Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullLocator

from plots import style
from sim.chain.curves import Regime, regimes
from sim.estimate import CONFIDENCE

SERIES: Final = {
    "ddim": style.Series("DDIM (deterministic)", style.BLUE, "o"),
    "reinjection": style.Series("re-injection (stochastic)", style.VERMILION, "^", (0, (1, 1))),
    "ancestral": style.Series("ancestral (stochastic)", style.PURPLE, "v", (0, (3, 1.5))),
    "commit_parallel": style.Series("commitment in parallel", style.GREEN, "s", (0, (5, 1.5))),
    "commit_in_order": style.Series("commitment in order, S calls a step", style.SKY, "D", (0, (5, 1.5, 1, 1.5))),
}
OWN: Final = style.Series("the chain's own text, as many sequences", style.BLACK)
FLOOR: Final = style.Series("floor: clean latents through the readout", style.GREY, "", (0, (5, 2)))

MEASURES: Final = {"perplexity": "perplexity", "tv": "bigram tv"}

DESCRIPTION: Final = (
    "Four log-log panels of perplexity and bigram total variation against the number of denoiser calls, for codewords "
    "apart and overlapping. Where codewords overlap, commitment lies lowest, then re-injection, then DDIM, which tends "
    "to the floor. Where they lie apart, DDIM and ancestral sampling come down to the chain's own text, and "
    "re-injection falls below its perplexity while its total variation rises."
)
"""What the figure shows, for a reader who cannot see it."""


def compute() -> tuple[Regime, ...]:
    """Return the regimes of the ladder, computed once a process."""
    return regimes()


def draw(found: Sequence[Regime]) -> Figure:
    """Return the figure: a column for each overlap, a row for each measure."""
    with style.styled():
        figure = Figure(figsize=(9.4, 6.6), layout="constrained")
        panels = figure.subplots(len(MEASURES), len(found), squeeze=False, sharex=True, sharey="row")
        for column, regime in enumerate(found):
            for row, measure in enumerate(MEASURES):
                _draw_panel(panels[row, column], regime, measure)
            name = "codewords apart" if regime.scale == 0 else "overlapping codewords"
            panels[0, column].set_title(f"{name}, σ = {regime.scale:g}")
        for row, label in enumerate(MEASURES.values()):
            panels[row, 0].set_ylabel(f"{label} (log scale)")
        handles, labels = panels[0, 0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper center", ncols=3, columnspacing=1.8, handlelength=3.0)
        figure.supxlabel("NFE = number of denoiser calls for a sequence (log scale)", fontsize=9.5)
    return figure


def _draw_panel(axes: Axes, regime: Regime, measure: str) -> None:
    own = regime.perplexity if measure == "perplexity" else regime.exact.tv.value
    axes.axhline(own, **(OWN.line | {"marker": None}), zorder=1)
    axes.axhline(getattr(regime.floor, measure).value, **(FLOOR.line | {"marker": None}), zorder=1)
    for name, series in SERIES.items():
        curve = regime.curves[name]
        estimates = [getattr(q, measure) for q in curve.qualities]
        values = [e.value for e in estimates]
        reach = ([e.value - e.low for e in estimates], [e.high - e.value for e in estimates])
        look: dict[str, Any] = {"markerfacecolor": "white", "markeredgewidth": 1.3} if name == "ddim" else {}
        axes.errorbar(curve.nfe, values, yerr=reach, elinewidth=0.8, capsize=1.5, markersize=4.5, **series.line, **look)
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    ticks = [4**k for k in range(7)]
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))
    axes.yaxis.set_major_locator(LogLocator(10, subs=(1, 2, 5), numticks=20))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:g}"))


def caption(found: Sequence[Regime]) -> str:
    """Return what the figure shows, in sentences with its numbers."""
    apart, overlapping = found
    text, exact, depth = overlapping.text, overlapping.exact, overlapping.curves["ddim"].depths[-1]

    def at(regime: Regime, name: str, measure: str) -> str:
        return f"{getattr(regime.curves[name].at(depth), measure).value:.3g}"

    return (
        f"A Markov chain over {text['symbols']} characters, counted from {text['source']} (SHA-256 "
        f"{str(text.get('sha256', ''))[:12]}…); sequences of 64, codewords at random on a sphere of radius √8 in 8 "
        f"dimensions, the exact denoiser of whole sequences, {exact.sequences} sequences a point, bars at "
        f"{CONFIDENCE:.0%}. Every tv is above 0 for want of sequences; the black line is what the chain's own text "
        "has. The abstract's order, commitment then stochastic then deterministic, is seen where codewords overlap: "
        f"there DDIM tends to the floor (perplexity {overlapping.floor.perplexity.value:.3g}), re-injection goes "
        f"below it by seeking modes ({at(overlapping, 'reinjection', 'perplexity')} at K = {depth}), and parallel "
        f"commitment stops at {at(overlapping, 'commit_parallel', 'perplexity')}, because its last draw still forgets "
        f"what neighbours know. Where codewords lie apart, the order is another: at K = {depth} DDIM has tv "
        f"{at(apart, 'ddim', 'tv')}, parallel commitment {at(apart, 'commit_parallel', 'tv')} and re-injection "
        f"{at(apart, 'reinjection', 'tv')}, although its perplexity, {at(apart, 'reinjection', 'perplexity')}, is "
        f"below the chain's own {apart.perplexity:.3g}: an easier text, not a better one. At one call DDIM and "
        "re-injection write one constant sequence, whose perplexity is low for that reason alone. Commitment in order "
        "is exact after one sweep, which costs a call for each of the 64 tokens; with as many calls, and codewords "
        "apart, DDIM is as good."
    )


def figure() -> Figure:
    """Return the standard figure, computed afresh."""
    return draw(compute())
