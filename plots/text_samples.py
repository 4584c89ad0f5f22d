"""The same noise, K = 4 calls, six ways to write: what each sampler made of it, to be read aloud.

Pairs of letters that the text never shows are marked, so that the eye finds what the ear stumbles over. A line and the
one below it in another block start from the same x_0. Source: theory/LAWS.md, section 10.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plots import style
from sim.chain.curves import READ_AT, Regime, regimes
from theory.chain import Chain

LINES: Final = 2
"""Sequences shown for each sampler."""

NAMES: Final = {
    "ddim": "DDIM",
    "reinjection": "re-injection",
    "ancestral": "ancestral",
    "commit_parallel": "commitment\nin parallel",
    "commit_in_order": "commitment\nin order",
}

DESCRIPTION: Final = (
    "Two columns of text, codewords apart and overlapping, with two lines for each sampler; letters that end a pair "
    "which the text never shows are marked in colour and underlined."
)
"""What the figure shows, for a reader who cannot see it."""


def compute() -> tuple[Regime, ...]:
    """Return the regimes of the ladder, computed once a process."""
    return regimes()


def unseen(chain: Chain, line: str) -> tuple[bool, ...]:
    """Return for each character whether it and the one before it form a pair that the text never shows.

    >>> from theory.chain import counted_chain
    >>> from theory.text import tokenised
    >>> unseen(counted_chain(tokenised(b"abab")), "abba")
    (False, False, True, False)
    """
    index = {symbol: i for i, symbol in enumerate(chain.symbols)}
    tokens = [index[character] for character in line]
    return (False, *(not chain.seen[u, v] for u, v in pairwise(tokens)))


def blocks(regime: Regime) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return (who wrote it, lines): the chain itself, then every sampler."""
    written = [("the chain itself", regime.exact_samples[:LINES])]
    written += [(NAMES[name], curve.samples[:LINES]) for name, curve in regime.curves.items()]
    return tuple(written)


def draw(found: Sequence[Regime]) -> Figure:
    """Return the figure: a panel for each overlap, one above the other."""
    with style.styled():
        figure = Figure(figsize=(6.9, 3.9 * len(found)), layout="constrained")
        for axes, regime in zip(figure.subplots(len(found), 1, squeeze=False)[:, 0], found, strict=True):
            _draw_panel(axes, regime)
    return figure


def _draw_panel(axes: Axes, regime: Regime) -> None:
    shown = blocks(regime)
    name = "codewords apart" if regime.scale == 0 else "overlapping codewords"
    axes.set_title(f"{name}, σ = {regime.scale:g}, K = {READ_AT}", loc="left")
    axes.set_axis_off()
    axes.set_ylim(-len(shown) * (LINES + 0.6) + 0.6, 0.9)
    axes.set_xlim(0, 1)
    y = 0.0
    for who, lines in shown:
        axes.text(0, y - (LINES - 1) / 2, who, va="center", fontsize=8.5, linespacing=1.1)
        for line in lines:
            marks = unseen(regime.chain, line)
            plain = "".join(" " if mark else c for c, mark in zip(line, marks, strict=True))
            marked = "".join(c.replace(" ", "␣") if mark else " " for c, mark in zip(line, marks, strict=True))
            under = "".join("_" if mark else " " for mark in marks)
            for text, color in ((plain, style.BLACK), (marked, style.VERMILION), (under, style.VERMILION)):
                if text.strip():
                    axes.text(0.19, y, text, va="center", fontfamily="DejaVu Sans Mono", fontsize=9.5, color=color)
            y -= 1
        y -= 0.6


def caption(found: Sequence[Regime]) -> str:
    """Return what the figure shows, in sentences with its numbers."""
    curves = found[-1].curves.items()
    shares = ", ".join(
        f"{' '.join(NAMES[name].split())} {curve.at(READ_AT).unseen.value:.1%}" for name, curve in curves
    )
    return (
        f"What each sampler wrote after {READ_AT} steps from the same noise, to be read aloud. Marked: a letter that "
        f"never follows the one before it in the text. Where codewords overlap, such pairs make up: {shares}. "
        f"Commitment in order used {READ_AT} calls for each of its 64 letters, the others {READ_AT} for a whole line. "
        "The chain knows only which letter follows which, so even its own text is no English; what differs is how "
        "much of that little each sampler keeps."
    )


def figure() -> Figure:
    """Return the standard figure, computed afresh."""
    return draw(compute())
