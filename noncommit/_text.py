"""A result is a few aligned lines of plain text: what was asked, what follows, and how far it can be trusted."""

import textwrap
from collections.abc import Callable, Iterable
from typing import Any, Final

from noncommit._ladder import Ladder
from noncommit._layout import WIDTH, table, value_text, wrap
from noncommit._prove import Ledger, Proof
from proofs.axioms import Axiom
from sim.chain_result import ChainMeasurement
from sim.estimate import CONFIDENCE, Estimate
from sim.mixture_measurement import MixtureMeasurement
from sim.spherical import SphericalMeasurement
from sim.targets import Result
from sim.two_modes import Measurement
from theory.law import LEVELS, Evaluation, Law

MOST_SHOWN: Final = 16
"""Entries of a list that are printed; `--json` has all of them."""


def laws_text(laws: Iterable[Law]) -> str:
    """Return the registry: name, statement, origin."""
    return "\n\n".join(
        "\n".join(
            (f"{law.name}  ({law.section})", *(wrap(text, "  ") for text in (law.claim, law.statement, law.origin)))
        )
        for law in laws
    )


def describe_text(law: Law) -> str:
    """Return a law with its keys, the questions it answers and its hypotheses."""
    keys = table(
        (q.name, q.meaning + (f" (default {q.default})" if q.default is not None else "")) for q in law.quantities
    )
    questions = "\n".join(f"  {question}" for question in law.questions)
    hypotheses = "\n".join(
        wrap(h.statement + ("  [checked]" if h.holds else "  [assumed]"), "  ") for h in law.hypotheses
    )
    return f"{laws_text([law])}\n\nkeys\n{keys}\n\nanswers\n{questions}\n\nhypotheses\n{hypotheses}"


def answer_text(law: Law, answer: Evaluation) -> str:
    """Return what was given, what follows, and the hypotheses."""
    given = table((key, value_text(value)) for key, value in answer.given.items())
    answers = table((key, value_text(value)) for key, value in answer.answers.items())
    assumed = "\n".join(wrap(text, "  ") for text in answer.assumed)
    return f"{wrap(f'{law.name}: {law.statement}', '')}\ngiven\n{given}\nanswers\n{answers}\nassuming\n{assumed}"


def measurement_text(measured: Measurement) -> str:
    """Return the measured errors with intervals beside the bound of the sampler's class."""
    bound = f"{measured.least_error:.6g}" if measured.stiffness != float("inf") else "none"
    given = " ".join(f"{key}={value_text(value)}" for key, value in measured.given.items() if value is not None)
    percent = f"{CONFIDENCE:.0%}"
    return "\n".join(
        (
            textwrap.fill(given, WIDTH),
            f"nfe {measured.nfe}",
            table(
                (
                    ("", f"{'exact':<14}{'counted [' + percent + ' interval]':<42}bound of the class"),
                    ("ambiguous", f"{measured.exact_ambiguous:<14.6g}{measured.ambiguous!s:<42}{bound}"),
                    ("tv", f"{measured.exact_tv:<14.6g}{measured.tv!s:<42}{bound}"),
                )
            ),
            table(
                (
                    ("target's own ambiguous mass", f"{measured.target_ambiguous:.6g}"),
                    ("class", measured.bounded_class),
                    ("stiffness of the class", f"{measured.stiffness:.6g}"),
                    ("stiffness that the masses need", f"{measured.needed:.6g}"),
                    ("bound", str(measured.verdict.outcome) + _slack(measured.verdict.slack)),
                )
            ),
        )
    )


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
        f"nfe {measured.nfe}; intervals at {CONFIDENCE:.0%}; the chain's own perplexity is {measured.perplexity:.6g}",
        table(rows),
    ]
    if measured.forgotten:
        nats = ", ".join(f"{e.value:.3g}" for e in measured.forgotten)
        lines.append(textwrap.fill(f"total correlation that each draw forgets, nats a sequence: {nats}", WIDTH))
    lines.append("it wrote")
    lines += [
        textwrap.fill(sample, WIDTH, initial_indent="  ", subsequent_indent="    ") for sample in measured.samples
    ]
    return "\n".join(lines)


def _interval(estimate: Estimate) -> str:
    return f"{estimate.value:.4g} [{estimate.low:.4g}, {estimate.high:.4g}]"


def _short(value: Any) -> str:
    """Return a value, one entry of a list of equal ones, or the length of a long list."""
    if isinstance(value, list) and len(set(value)) == 1:
        return value_text(value[0])
    return f"({len(value)} numbers)" if isinstance(value, list) and len(value) > MOST_SHOWN else value_text(value)


def mixture_text(measured: MixtureMeasurement) -> str:
    """Return the counted errors with intervals beside the bound of the sampler's class."""
    floors = [("its least ambiguous mass, at masses in proportion", f"{measured.least_error:.6g}")]
    if measured.least_tv is not None:
        floors.append(("its least tv", f"{measured.least_tv:.6g}"))
    given = " ".join(
        f"{key}={_short(value)}"
        for key, value in measured.given.items()
        if value is not None and key != "means_sha256" and not (key == "weights" and len(set(value)) == 1)
    )
    certain = f" (surely {measured.verdict.bound:.6g})" if measured.verdict.bound else ""
    return "\n".join(
        (
            textwrap.fill(given, WIDTH),
            f"nfe {measured.nfe}",
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
                    *(floors if measured.stiffness != float("inf") else ()),
                    ("stiffness that the masses need", f"{measured.needed:.6g}{certain}"),
                    ("bound", str(measured.verdict.outcome) + _slack(measured.verdict.slack)),
                )
            ),
        )
    )


RESULT_TEXTS: Final[dict[str, Callable[[Any], str]]] = {
    "two_modes": measurement_text,
    "mixture": mixture_text,
    "codebook": mixture_text,
    "chain": chain_text,
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


def _factor(slack: float) -> str:
    """Return four digits, trailing zeros included: 1 and 1.0001 are to look alike."""
    return f"{slack:#.4g}".rstrip(".")


def _slack(slack: float | None) -> str:
    return "" if slack is None else f", slack {_factor(slack)}"


def ladder_text(ladder: Ladder) -> str:
    """Return a row a law, then every check that does not hold, then the findings; the report has the rest.

    A law's method is that of its tightest confrontation, or else of its last check.
    """
    column = max(len(law.name) for law in ladder.laws) + 2
    lines = [f"{'law':<{column}}{'verdict':<11}{'levels':<8}{'slack':<8}by"]
    for law in ladder.laws:
        slack, rungs = ladder.slack(law), ladder.of(law)
        shown = "-" if slack is None else _factor(slack)
        by = next((r for r in rungs if slack is not None and r.verdict.slack == slack), rungs[-1] if rungs else None)
        method = by.verdict.method if by else ""
        lines.append(f"{law.name:<{column}}{ladder.outcome(law)!s:<11}{law.levels:<8}{shown:<8}{method}")
        if missing := ladder.missing(law):
            lines.append(f"{'':<{column}}missing: {', '.join(LEVELS[level] for level in missing)}")
    for rung in ladder.rungs:
        if str(rung.verdict.outcome) != "HOLDS" and not rung.check.qualifies:
            head = f"{rung.verdict.outcome!s:<11}{rung.check.law} {rung.check.level}  {rung.check.name}"
            lines += ["", head, wrap(rung.verdict.detail, " " * 11), f"{'':<11}reproduce: {rung.command}"]
    for rung in ladder.findings:
        lines += ["", f"finding    {rung.check.name}", wrap(rung.verdict.detail, " " * 11)]
    if ladder.report:
        lines += ["", f"Report: {ladder.report}"]
    return "\n".join(lines)


def _axiom(axiom: Axiom) -> str:
    return textwrap.fill(f"{axiom.name}  {axiom.says} ({axiom.source})", WIDTH, subsequent_indent="    ")


TRUST: Final = (
    "No other theorem is cited beyond calculus in one variable and induction; sympy, z3 and Arb check the steps, and "
    "the words that join them are for the reader. Level F holds the code, not the statement. `--show LAW` prints a "
    "proof."
)


def ledger_text(ledger: Ledger) -> str:
    """Return a row a law: its verdict, what was checked, how long it took, what it rests on; then the axioms."""
    column = max(len(proof.law.name) for proof in ledger.proofs) + 2
    lines = [f"{'law':<{column}}{'verdict':<11}{'levels':<8}{'steps':>5}{'mutants':>9}{'time':>9}  rests on"]
    for proof in ledger.proofs:
        head = f"{proof.law.name:<{column}}{proof.outcome!s:<11}{proof.levels or '-':<8}"
        counts = f"{len(proof.lines):>5}{proof.mutants:>9}{f'{proof.seconds:.1f} s':>9}  "
        names = ", ".join(axiom.name for axiom in proof.axioms) or "-"
        indent = " " * (len(head) + len(counts))
        lines.append(textwrap.fill(names, 2 * WIDTH, initial_indent=head + counts, subsequent_indent=indent))
        if proof.missing:
            lines.append(f"{'':<{column}}missing: {', '.join(LEVELS[level] for level in proof.missing)}")
        for part in proof.parts:
            if str(part.verdict.outcome) != "HOLDS":
                lines.append(wrap(f"{part.check.level} {part.verdict.outcome}: {part.verdict.detail}", " " * column))
    axioms = {axiom.name: axiom for proof in ledger.proofs for axiom in proof.axioms}
    return "\n".join([*lines, "", *map(_axiom, axioms.values()), *([""] if axioms else []), wrap(TRUST, "")])


def proof_text(proof: Proof) -> str:
    """Return a proof to be read: statement, hypotheses, axioms, the argument in words, and every step under it."""
    law = proof.law
    words = [
        textwrap.fill(" ".join(paragraph.split()), WIDTH) for paragraph in proof.argument.split("\n\n") if paragraph
    ]
    steps = []
    for part in proof.parts:
        steps += ["", f"{part.check.level}, {LEVELS[part.check.level]}: {part.verdict.outcome}"]
        if not part.lines:
            steps.append(wrap(part.verdict.detail, "  "))
        for line in part.lines:
            head = f"[{line.name}] {line.outcome}: {line.found}"
            steps += [wrap(head, "  "), wrap(line.says, "      "), wrap(line.formula, "      ")]
    return "\n".join(
        (
            f"{law.name}: {proof.outcome}  ({law.section})",
            wrap(law.statement, "  "),
            "",
            "Hypotheses",
            *(wrap(h.statement, "  ") for h in law.hypotheses),
            "",
            "Cited, not proved" if proof.axioms else "Cited, not proved: nothing",
            *(textwrap.indent(_axiom(axiom), "  ") for axiom in proof.axioms),
            *(("", "Proof", "\n\n".join(words)) if words else ()),
            *steps,
        )
    )
