"""bytes(draw(values)) is a function of the values: one look for every figure, and no hidden state.

Figures are `matplotlib.figure.Figure` objects, never pyplot's global ones, so they need no display and leave
nothing open. Every series is coded three times, by colour, marker and dash, for a reader who sees no colour. Text
in SVG is drawn as outlines: a page that may load nothing cannot count on a font.
"""

import hashlib
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from typing import Any, Final, final

import matplotlib as mpl
from matplotlib.figure import Figure

BLACK: Final = "#000000"
GREEN: Final = "#009e73"
BLUE: Final = "#0072b2"
VERMILION: Final = "#d55e00"
RUST: Final = "#9c4400"
PURPLE: Final = "#a8568a"
SKY: Final = "#3a8fc0"
GREY: Final = "#595959"
"""Colours of Okabe and Ito, told apart under every common colour blindness; RUST is vermilion dark enough
for text, PURPLE and SKY a little darker than theirs for lines on white, grey is for what is not a series."""

RC: Final[Any] = {
    "font.family": "DejaVu Sans",  # ships with matplotlib, so outlines agree everywhere
    "font.size": 9.0,
    "axes.titlesize": 10.0,
    "axes.labelsize": 9.5,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "legend.fontsize": 9.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.8,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": "#e3e3e3",
    "grid.linewidth": 0.6,
    "lines.linewidth": 1.6,
    "lines.markersize": 5.5,
    "legend.frameon": False,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "svg.fonttype": "path",
    "svg.hashsalt": "noncommit",
    "pdf.fonttype": 42,
}
"""Settings in force while a figure is drawn or saved, and at no other time."""


@final
@dataclass(frozen=True)
class Series:
    """How one quantity looks in every figure: `label`, `color`, `marker` ("" for a pure line) and `dash`."""

    label: str
    color: str
    marker: str = ""
    dash: Any = "-"

    @property
    def line(self) -> dict[str, Any]:
        """The keyword arguments of `Axes.plot`."""
        return {"label": self.label, "color": self.color, "marker": self.marker or "none", "linestyle": self.dash}


@contextmanager
def styled() -> Iterator[None]:
    """Put the style in force for a `with` block, and whatever was in force before back after it."""
    with mpl.rc_context():
        mpl.rcdefaults()  # a user's matplotlibrc must not change the bytes
        mpl.rcParams.update(RC)
        yield


def to_png(figure: Figure, *, dpi: float = 144.0) -> bytes:
    """Return the figure as PNG, the same bytes on every run of one matplotlib."""
    buffer = io.BytesIO()
    with styled():
        figure.savefig(buffer, format="png", dpi=dpi, metadata={"Software": None})
    return buffer.getvalue()


def to_svg(figure: Figure, *, title: str, description: str = "") -> str:
    """Return an inline `<svg>` element, named for readers who cannot see it, that leaves its page alone.

    Its ids start with a digest of its own content, so two figures on one page cannot clash, and the stylesheet
    that matplotlib writes for `*`, which would restyle every drawing on the page, moves to the element.
    """
    buffer = io.StringIO()
    with styled():
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    body = buffer.getvalue()
    body = body[body.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>\s*", "", body, flags=re.DOTALL)
    body = re.sub(r"\s*<!--.*?-->", "", body, flags=re.DOTALL)
    body = re.sub(r"<defs>\s*<style[^>]*>.*?</style>\s*</defs>\s*", "", body, count=1, flags=re.DOTALL)
    body = body.replace(' xmlns:xlink="http://www.w3.org/1999/xlink"', "").replace("xlink:href", "href")
    named = escape(title) + "\0" + escape(description)
    prefix = "f" + hashlib.sha256((named + body).encode()).hexdigest()[:8] + "-"
    body = re.sub(r'\bid="', f'id="{prefix}', body)
    body = re.sub(r'href="#', f'href="#{prefix}', body)
    body = re.sub(r"url\(#", f"url(#{prefix}", body)
    labels = f"{prefix}title {prefix}description" if description else f"{prefix}title"
    opening = f'<svg role="img" aria-labelledby="{labels}" style="stroke-linejoin: round; stroke-linecap: butt"'
    text = f'\n <title id="{prefix}title">{escape(title)}</title>'
    if description:
        text += f'\n <desc id="{prefix}description">{escape(description)}</desc>'
    end = body.index(">")
    return opening + body[len("<svg") : end + 1] + text + body[end + 1 :].rstrip() + "\n"
