"""How a run on a vocabulary reads: what is certain with fewer particles than tokens, and what singles cost."""

import math
import textwrap

from noncommit._layout import WIDTH, short_text, slack_text, table
from sim.estimate import CONFIDENCE
from sim.sampler_keys import order_text
from sim.vocabulary.result import VocabularyMeasurement
from sim.vocabulary.run import CHECKED


def vocabulary_text(measured: VocabularyMeasurement) -> str:
    """Return what is certain of a run with fewer particles than tokens, beside the bound of the class."""
    given = " ".join(
        f"{key}={short_text(v)}" for key, v in measured.given.items() if v is not None and "sha256" not in key
    )
    landed, found, rounding = sum(measured.counts[:-1]), measured.distinct, measured.rounding
    certain = f" (surely {measured.verdict.bound:.6g})" if measured.verdict.bound else ""
    floors = (
        ("its least ambiguous mass, balanced", f"{measured.least_error:.6g}"),
        ("its least tv", f"{measured.least_tv:.6g}"),
    )
    worst = "" if math.isinf(rounding.worst) else f", {rounding.worst:.2g} at worst"
    moved = f"{rounding.measured:.2g} in the first {CHECKED} particles{worst}"
    half = f"{rounding.typical:.2g} for half of the particles; {rounding.unsure} could land elsewhere"
    return "\n".join(
        (
            textwrap.fill(given, WIDTH),
            f"nfe {measured.nfe}; {order_text(measured.noise, measured.order)}",
            table(
                (
                    ("", f"counted [{CONFIDENCE:.0%} interval]"),
                    ("ambiguous", str(measured.ambiguous)),
                    (f"tv over {len(measured.counts) - 1} groups of tokens, at most tv", str(measured.group_tv)),
                )
            ),
            table(
                (
                    ("tokens reached", f"{found.found} by {landed} that landed"),
                    ("by as many draws of the target", f"{found.expected:.6g} [{found.low}, {found.high}]"),
                    ("separation of the landing sets", f"{measured.separation:.6g}"),
                    ("class", measured.bounded_class),
                    ("stiffness of the class", f"{measured.stiffness:.6g}"),
                    *(floors if measured.stiffness != float("inf") else ()),
                    ("stiffness that the groups need", f"{measured.needed:.6g}{certain}"),
                    ("bound", str(measured.verdict.outcome) + slack_text(measured.verdict.slack)),
                    ("rounding moves a logit, in nats", f"{max(rounding.logits):.2g} at worst"),
                    ("rounding moved an output by", moved),
                    *(() if math.isinf(rounding.typical) else (("by an estimate", half),)),
                )
            ),
        )
    )
