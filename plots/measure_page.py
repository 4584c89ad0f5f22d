"""page = render(measured, map): one decoder's numbers with their protocol, as one file that loads nothing.

The words and tables of a measurement, for the page and for a terminal alike, from plain values.
"""

import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from plots import decoder_map, placing, style
from plots.report import passive
from sim.estimate import Estimate
from sim.measure.result import Measured

TITLE: Final = "Your decoder on the map"

LEVEL_WORDS: Final = {
    "change": "squared change", "flip": "flip", "predicted": "predicted", "tube": "tube", "cci": "CCI",
    "held_out": "CCI held out",
}  # fmt: skip
"""What is known at a noise level, and the words over its column."""

Rows = list[tuple[str, ...]]


def number(value: float) -> str:
    """Return four digits.

    >>> number(0.05112), number(math.inf), number(math.nan)
    ('0.05112', 'unlimited', 'none')
    """
    if math.isnan(value):
        return "none"
    return f"{value:.4g}" if math.isfinite(value) else ("unlimited" if value > 0 else "-unlimited")


def shown(estimate: Estimate | None) -> str:
    """Return an estimate with its interval, or the one limit that there is.

    >>> shown(Estimate(math.inf, 523.1, math.inf)), shown(Estimate(1.0, 0.5, 2.0)), shown(None)
    ('> 523.1', '1 [0.5, 2]', '-')
    """
    if estimate is None:
        return "-"
    if math.isnan(estimate.value):
        return "none"
    if math.isinf(estimate.value):
        return f"> {number(estimate.low)}" if 0 < estimate.low < math.inf else "none"
    return f"{number(estimate.value)} [{number(estimate.low)}, {number(estimate.high)}]"


def radii_table(measured: Measured) -> tuple[tuple[str, ...], Rows]:
    """Return head and rows of what was found at each radius."""
    rows: Rows = [
        (number(r.radius), number(r.share), shown(r.dabi), str(r.changed), shown(r.exponent)) for r in measured.radii
    ]
    return ("radius", "share", "DABI", "changed", "sharpness exponent"), rows


def levels_table(measured: Measured, wanted: Iterable[str] = LEVEL_WORDS) -> tuple[tuple[str, ...], Rows]:
    """Return head and rows of what was found at each noise level, of the wanted columns those that apply."""
    has = [name for name in wanted if getattr(measured.levels[0], name) is not None]
    if "flip" in has and "change" in has:
        has.remove("change")
    head = ("noise", "time", *(LEVEL_WORDS[name] for name in has))
    rows: Rows = [
        (number(r.noise), number(r.time), *(shown(getattr(r, name)) for name in has)) for r in measured.levels
    ]
    return head, rows


def asks(measured: Measured) -> str:
    """Return how many steps the law asks for, in a sentence."""
    steps = measured.steps
    what = "of the latents flip" if steps.law == "tube" else "of the output's variance is lost"
    wanted = f"at most {steps.error:g} {what}"
    if not steps.valid:
        limit = f"; the sample sets K <= {number(steps.steps.high)}" if math.isfinite(steps.steps.high) else ""
        return (
            f"The law {steps.law} asks for no number of steps that this measurement supports: the noise at which "
            f"{wanted} lies outside the levels at which its leading order was seen to hold (taken at its word, "
            f"K = {number(steps.steps.value)}{limit})."
        )
    return (
        f"The law {steps.law} asks for K = {shown(steps.steps)} deterministic steps, so "
        f"{math.ceil(steps.steps.value)}, if {wanted} at the last one."
    )


def protocol_words(measured: Measured) -> Mapping[str, str]:
    """Return the protocol as labels and text."""
    p = measured.protocol
    size, *shape = p["latents"]
    return {
        "readout": p["readout"] + (f", output {p['output']}" if p["output"] else ""),
        "kind": p["kind"] + (
            f", {p['tokens_a_latent']} a latent, {p['token_values']} different readings" if p["tokens_a_latent"] else ""
        ),
        "latents": f"{size} of shape {'x'.join(map(str, shape))}, SHA-256 {p['latents_sha256']}",
        "directions": p["directions"],
        "unit": f"{p['unit']:.6g}, the {p['unit_means']}",
        "sample": f"{p['anchors']} latents shifted, {p['probes']} random directions each",
        "CCI of": p["cci_of"] or "nothing: a continuous readout has no token, and no labels were given",
        "path": p["path"],
        "intervals": f"{p['confidence']:.0%} {p['interval']}; {p['replicates']} replicates",
        "seed": str(p["seed"]),
        "arrays": f"{p['library']}, {p['dtype']}",
    }  # fmt: skip


def svg(values: placing.DecoderMap) -> str:
    """Return the figure as an inline `<svg>` element."""
    return style.to_svg(decoder_map.draw(values), title=TITLE, description=decoder_map.DESCRIPTION)


def render(
    measured: Measured, values: placing.DecoderMap, figure: str, provenance: Mapping[str, str] | None = None
) -> str:
    """Return the page around the `<svg>` element `figure`; the same values give the same bytes."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    radii_head, radii = radii_table(measured)
    levels_head, levels = levels_table(measured)
    return environment.get_template("measure.html.j2").render(
        name=measured.protocol["readout"], dabi=shown(measured.dabi), exponent=shown(measured.exponent),
        verdict=placing.verdict(values), svg=passive("svg", figure), caption=decoder_map.caption(values),
        asks=asks(measured), assuming=measured.steps.assuming, notes=measured.notes,
        radii_head=radii_head, radii=radii, levels_head=levels_head, levels=levels,
        protocol={**protocol_words(measured), **(provenance or {})},
    )  # fmt: skip
