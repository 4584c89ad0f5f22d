"""How the result of each target reads: the errors with their intervals, beside the bound of the sampler's class."""

import textwrap
from collections.abc import Callable
from typing import Any, Final

from noncommit._layout import WIDTH, short_text, slack_text, table, value_text
from noncommit._vocabulary_text import vocabulary_text
from sim.chain.result import ChainMeasurement
from sim.chain.soft import SoftReading
from sim.estimate import CONFIDENCE, Estimate
from sim.mixture.measure import MixtureMeasurement
from sim.mixture.readouts import CountedReadout
from sim.mixture.tree_result import TreeMeasurement
from sim.own.result import Sampled
from sim.sampler_keys import order_text
from sim.spherical import SphericalMeasurement
from sim.targets import Result
from sim.two_modes.readouts import ReadoutErrors
from sim.two_modes.run import Measurement


def measurement_text(measured: Measurement) -> str:
    """Return the measured errors with intervals beside the bound of the sampler's class."""
    given = " ".join(f"{key}={value_text(value)}" for key, value in measured.given.items() if value is not None)
    percent = f"{CONFIDENCE:.0%}"
    return "\n".join(
        (
            textwrap.fill(given, WIDTH),
            f"nfe {measured.nfe}; {order_text(measured.noise, measured.order)}",
            table(
                (
                    ("", f"{'exact':<14}counted [{percent} interval]"),
                    ("ambiguous", f"{measured.exact_ambiguous:<14.6g}{measured.ambiguous}"),
                    ("tv", f"{measured.exact_tv:<14.6g}{measured.tv}"),
                )
            ),
            table(
                (
                    ("target's own ambiguous mass", f"{measured.target_ambiguous:.6g}"),
                    ("class", measured.bounded_class),
                    ("stiffness of the class", f"{measured.stiffness:.6g}"),
                    *_floors(measured),
                    ("stiffness that the masses need", f"{measured.needed:.6g}"),
                    ("bound", str(measured.verdict.outcome) + slack_text(measured.verdict.slack)),
                )
            ),
            *(() if measured.readout is None else readout_text(measured.readout)),
        )
    )


def _floors(measured: Measurement | MixtureMeasurement) -> list[tuple[str, str]]:
    """Return what the class leaves at least, where it is bounded: ambiguous at masses in proportion; tv where known."""
    if measured.stiffness == float("inf"):
        return []
    floors = [("its least ambiguous mass, at masses in proportion", f"{measured.least_error:.6g}")]
    return floors + ([] if measured.least_tv is None else [("its least tv", f"{measured.least_tv:.6g}")])


def readout_text(found: ReadoutErrors) -> list[str]:
    """Return the errors of a readout's output by coupling, and the law of its token beside the target's."""
    rows = [("", f"{'flips':<14}{'tokens, mean square':<22}latent, mean square")]
    for name, error in (("last call alone", found.terminal), ("whole sampler", found.whole)):
        if error is not None:
            parts = "-" if found.readout.weight == 0 else f"{error.categorical:.6g}"
            rows.append((name, f"{error.flips:<14.6g}{parts:<22}{error.continuous:.6g}"))
    if found.predicted is not None:
        law = "tube" if found.readout.name == "argmax" else "crossover"
        rows.append((f"last call by `{law}`", f"{'':<14}{found.predicted:.6g}"))
    noise = "" if found.relative_noise is None else f", noise {found.relative_noise:.6g} at the last call"
    token = f"token tv {found.token_tv:.6g}: {found.tokens[1]:.6g} for the second, the target has"
    return [
        f"readout {found.readout.name}, stiffness {found.stiffness:.6g}{noise}; exact, against the clean latent",
        *((table(rows),) if len(rows) > 1 else ()),
        f"{token} {found.target_tokens[1]:.6g}",
    ]


def counted_readout_text(found: CountedReadout) -> list[str]:
    """Return the counted errors of a readout's output by coupling, and the law of its token beside clean latents'."""
    rows = [("", f"{'flips':<32}{'tokens, mean square':<34}latent, mean square")]
    for name, error in (("last call alone", found.terminal), ("whole sampler", found.whole)):
        if error is not None:
            flips = "-" if error.flips is None else _interval(error.flips)
            parts = "-" if error.weight == 0 else _interval(error.categorical)
            rows.append((name, f"{flips:<32}{parts:<34}{_interval(error.continuous)}"))
    stiff = "" if found.stiffness is None else f", stiffness {found.stiffness:.6g}"
    noise = "" if found.relative_noise is None else f", noise {found.relative_noise:.6g} at the last call"
    flow = (
        f"two step sizes of the exact flow differ by {found.flow_error or 0:.1e} at most, in {found.flow_flips} tokens"
    )
    token = f"token tv {found.token_tv:.4g}; of as many clean latents {found.clean_tv:.4g}"
    return [
        f"readout {found.name}{stiff}{noise}; {found.particles} latents against clean ones",
        *((table(rows),) if len(rows) > 1 else ()),
        token,
        *((flow,) if found.whole else ()),
    ]


def chain_text(measured: ChainMeasurement) -> str:
    """Return the qualities of what was written side by side, what draws forgot, and the first sequences."""
    given = " ".join(f"{key}={value_text(value)}" for key, value in measured.given.items())
    source = ", ".join(f"{key} {value}" for key, value in measured.text.items() if key != "source")
    head = f"{'perplexity':<32}{'bigram tv':<32}{'unseen pairs':<14}{'pairs':<8}distinct"
    rows = [("", head)]
    for name, q in (
        (measured.given["sampler"], measured.sampled),
        ("floor", measured.floor),
        ("chain", measured.exact),
    ):
        unseen, pairs = f"{q.unseen.value:.4f}", f"{q.diversity.value:.0f}"
        rows.append((name, f"{_interval(q.perplexity):<32}{_interval(q.tv):<32}{unseen:<14}{pairs:<8}{q.distinct:.4g}"))
    lines = [
        textwrap.fill(given, WIDTH),
        textwrap.fill(f"from {measured.text['source']}: {source}", WIDTH),
        f"nfe {measured.nfe}; {order_text(measured.noise, measured.order)}",
        f"intervals at {CONFIDENCE:.0%}; the chain's own perplexity is {measured.perplexity:.6g}",
        table(rows),
    ]
    if measured.forgotten:
        nats = ", ".join(f"{e.value:.3g}" for e in measured.forgotten)
        lines.append(textwrap.fill(f"total correlation that each draw forgets, nats a sequence: {nats}", WIDTH))
    if measured.reading is not None:
        lines += soft_reading_text(measured.reading)
    lines.append("it wrote")
    lines += [
        textwrap.fill(sample, WIDTH, initial_indent="  ", subsequent_indent="    ") for sample in measured.samples
    ]
    return "\n".join(lines)


def soft_reading_text(found: SoftReading) -> list[str]:
    """Return the text of soft outputs by both readings, beside clean latents', and what the last call does to them."""
    noise = "" if found.relative_noise is None else f", noise {found.relative_noise:.6g} at the last call"
    stiff = "" if found.stiffness is None else f", stiffness {found.stiffness:.6g}"
    lines = [f"readout {found.name}{stiff}{noise}"]
    if found.sampled is not None and found.floor is not None:
        rows = [("tokens drawn", f"{'perplexity':<32}{'bigram tv':<32}{'unseen pairs':<14}pairs")]
        for whose, text in (("", found.sampled), ("floor, ", found.floor)):
            for how, q in (("each alone", text.independent), ("given the others", text.joint)):
                shown = f"{_interval(q.perplexity):<32}{_interval(q.tv):<32}{q.unseen.value:<14.4f}"
                rows.append((whose + how, f"{shown}{q.diversity.value:.0f}"))
        entropies = " and ".join(_interval(text.entropy) for text in (found.sampled, found.floor))
        lines += [table(rows), f"entropy of an output, and of clean latents': {entropies} nats"]
    if found.terminal is not None:
        error = found.terminal
        rows = [("last call", f"{'flips':<32}{'categorical':<32}continuous")]
        shown = f"{_interval(error.flips):<32}{_interval(error.categorical):<32}{_interval(error.continuous)}"
        lines.append(table([*rows, ("", shown)]))
    return lines


def _interval(estimate: Estimate) -> str:
    return f"{estimate.value:.4g} [{estimate.low:.4g}, {estimate.high:.4g}]"


def mixture_text(measured: MixtureMeasurement) -> str:
    """Return the counted errors with intervals beside the bound of the sampler's class."""
    given = " ".join(
        f"{key}={short_text(value)}"
        for key, value in measured.given.items()
        if value is not None and key != "means_sha256" and not (key == "weights" and len(set(value)) == 1)
    )
    certain = f" (surely {measured.verdict.bound:.6g})" if measured.verdict.bound else ""
    return "\n".join(
        (
            textwrap.fill(given, WIDTH),
            f"nfe {measured.nfe}; {order_text(measured.noise, measured.order)}",
            table(
                (
                    ("", f"counted [{CONFIDENCE:.0%} interval]"),
                    ("ambiguous", str(measured.ambiguous)),
                    ("tv", str(measured.tv)),
                )
            ),
            table(
                (
                    ("modes reached", f"{measured.reached} of {len(measured.counts) - 1}"),
                    ("target's own ambiguous mass", f"{measured.target_ambiguous:.6g}"),
                    ("separation of the landing sets", f"{measured.separation:.6g}"),
                    ("class", measured.bounded_class),
                    ("stiffness of the class", f"{measured.stiffness:.6g}"),
                    *_floors(measured),
                    ("stiffness that the masses need", f"{measured.needed:.6g}{certain}"),
                    ("bound", str(measured.verdict.outcome) + slack_text(measured.verdict.slack)),
                )
            ),
            *(() if measured.readout is None else counted_readout_text(measured.readout)),
        )
    )


def tree_text(measured: TreeMeasurement) -> str:
    """Return the leaves' errors as for any mixture, then each level's beside the bound of the class on that level."""
    rows = [("", f"{'ambiguous, counted':<36}{'stiffness':<14}{'surely needed':<16}bound")]
    for k, level in enumerate(measured.levels, 1):
        needed = f"{level.verdict.bound or 0:.6g}"
        shown = f"{level.ambiguous!s:<36}{level.stiffness:<14.6g}{needed:<16}{level.verdict.outcome}"
        rows.append((f"level {k}", shown))
    lines = [mixture_text(measured.leaves), table(rows)]
    if measured.exact_tv is not None:
        tv = ", ".join(f"{level.tv.value:.6g}" for level in measured.levels)
        lines.append(f"tv of the leaves, exactly {measured.exact_tv:.6g}; of each level's branches, counted {tv}")
    if measured.peaks is not None:
        p = measured.peaks
        told = (
            f"hierarchy, at the leaves' error and separation 1: a level needs {p['peak_equal_level']:.6g} if it errs "
            f"as all do, {p['peak_equal_total']:.6g} if it errs its share; one flat choice {p['flat']:.6g}"
        )
        lines.append(textwrap.fill(told, WIDTH))
    return "\n".join(lines)


def own_text(measured: Sampled) -> str:
    """Return the slopes that a denoiser has at least, what they make of the class, and where the samples landed."""
    given = " ".join(f"{key}={value_text(value)}" for key, value in measured.given.items() if key != "shape")
    steepest = max(range(measured.nfe), key=lambda j: measured.slopes_at_least[j])
    lines = [
        textwrap.fill(given, WIDTH),
        f"nfe {measured.nfe}; {order_text(measured.noise, measured.order)}",
        table(
            (
                ("class", measured.bounded_class),
                ("steepest call, slope at least", f"{measured.slopes_at_least[steepest]:.6g} at "
                                                  f"t={measured.times[steepest]:.6g}"),
                ("stiffness of the class, at least", f"{measured.stiffness_at_least:.6g}"),
                ("joint stiffness of this run, at least", f"{measured.joint_at_least:.6g}"),
            )
        ),
    ]  # fmt: skip
    if (landed := measured.landing) is not None:
        lines.append(
            table(
                (
                    ("", f"counted [{CONFIDENCE:.0%} interval]"),
                    ("ambiguous", str(landed.ambiguous)),
                    ("tv", str(landed.tv)),
                    ("stiffness that the masses need", f"{landed.needed:.6g} (surely {landed.verdict.bound:.6g})"),
                    ("bound", str(landed.verdict.outcome) + slack_text(landed.verdict.slack)),
                )
            )
        )
        if landed.verdict.detail:
            lines.append(textwrap.fill(f"undecided: {landed.verdict.detail}", WIDTH))
    return "\n".join(lines)


RESULT_TEXTS: Final[dict[str, Callable[[Any], str]]] = {
    "two_modes": measurement_text,
    "mixture": mixture_text,
    "codebook": mixture_text,
    "vocabulary": vocabulary_text,
    "tree": tree_text,
    "chain": chain_text,
    "own": own_text,
}
"""How the result of each target reads, by the target's name."""


def result_text(result: Result) -> str:
    """Return the result of any target as text."""
    return RESULT_TEXTS[result.given["target"]](result)


def spherical_text(measured: SphericalMeasurement) -> str:
    """Return the size of a cyclic code, and its stiffness and error, the counted one with its interval."""
    rows = [
        (name, value_text(getattr(measured, name)))
        for name in ("modes", "source_dim", "dimension", "separation", "particles", "seed")
    ]
    for name in ("stiffness", "error"):
        found = getattr(measured, name)
        counted = (
            f"{found}, counted with {CONFIDENCE:.0%} confidence" if found.low < found.high else value_text(found.value)
        )
        rows.append((name, counted))
    return "spherical: cells of a cyclic code, pairwise separation/stiffness apart\n" + table(rows)
