"""A result is a few aligned lines of plain text: what was asked, what follows, and how far it can be trusted."""

import textwrap
from collections.abc import Iterable
from typing import Final

from noncommit._ladder import Ladder
from noncommit._layout import WIDTH, factor_text, table, value_text, wrap
from noncommit._prove import Ledger, Proof
from proofs.axioms import Axiom
from proofs.cells import EVERY_LEVEL
from theory.law import LEVELS, Evaluation, Law
from theory.verdict import Outcome


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


def ladder_text(ladder: Ladder) -> str:
    """Return a row a law, then every check that does not hold, then the findings; the report has the rest.

    A law's method is that of its tightest confrontation, or else of its last check.
    """
    column, broad = max(len(law.name) for law in ladder.laws) + 2, len(LEVELS) + 1
    lines = [f"{'law':<{column}}{'verdict':<11}{'levels':<{broad}}{'slack':<8}by"]
    for law in ladder.laws:
        slack, rungs = ladder.slack(law), ladder.of(law)
        shown = "-" if slack is None else factor_text(slack)
        by = next((r for r in rungs if slack is not None and r.verdict.slack == slack), rungs[-1] if rungs else None)
        method = by.verdict.method if by else ""
        lines.append(f"{law.name:<{column}}{ladder.outcome(law)!s:<11}{law.levels:<{broad}}{shown:<8}{method}")
        if missing := ladder.missing(law):
            lines.append(f"{'':<{column}}missing: {', '.join(LEVELS[level] for level in missing)}")
    for rung in ladder.rungs:
        if str(rung.verdict.outcome) != "HOLDS" and not rung.check.qualifies:
            head = f"{rung.verdict.outcome!s:<11}{rung.check.law} {rung.check.level}  {rung.check.name}"
            again = [] if rung.verdict.outcome is Outcome.NOT_RUN else [f"{'':<11}reproduce: {rung.command}"]
            lines += ["", head, wrap(rung.verdict.detail, " " * 11), *again]
    for rung in ladder.findings:
        lines += ["", f"finding    {rung.check.name}", wrap(rung.verdict.detail, " " * 11)]
    if ladder.report:
        lines += ["", f"Report: {ladder.report}"]
    return "\n".join(lines)


def _axiom(axiom: Axiom) -> str:
    return textwrap.fill(f"{axiom.name}  {axiom.says} ({axiom.source})", WIDTH, subsequent_indent="    ")


TRUST: Final = (
    "No other theorem is cited beyond calculus in one variable and induction; sympy, z3 and Arb (and Coq, where it is "
    "installed) check the steps, and the words that join them are for the reader. Level F holds the code, not the "
    "statement. `--show LAW` prints a proof."
)


_MARKS: Final = {"checked": "+", "NOT RUN": "0", "not applicable": "."}


def _mark(cell: str) -> str:
    """Return one sign for a cell: checked, not run, not applicable or empty."""
    return _MARKS.get(cell.partition(":")[0], "?")


def cells_text(ledger: Ledger) -> str:
    """Return the table of laws and levels, and under it why a level does not apply, each reason once."""
    column = max(len(proof.law.name) for proof in ledger.proofs) + 2
    lines = [f"{'law x level':<{column}}{'  '.join(EVERY_LEVEL)}"]
    reasons: dict[str, list[tuple[str, str]]] = {}
    for proof in ledger.proofs:
        lines.append(f"{proof.law.name:<{column}}{'  '.join(map(_mark, proof.cells.values()))}".rstrip())
        for level, cell in proof.cells.items():
            if cell not in _MARKS:
                reasons.setdefault(cell.partition(": ")[2] or cell, []).append((proof.law.name, level))
    lines.append("+ checked   0 its tool is absent   . not applicable, because:")
    for reason, places in reasons.items():
        level = places[0][1]
        alone = sum(proof.cells[level] not in _MARKS for proof in ledger.proofs) == len(places) > 2
        where = f"{level}, wherever . stands" if alone else ", ".join(map(" ".join, places))
        lines.append(textwrap.fill(f"{where}: {reason}", WIDTH, subsequent_indent="    "))
    return "\n".join(lines)


def ledger_text(ledger: Ledger) -> str:
    """Return a row a law: its verdict, what was checked, how long it took, what it rests on; then cells and axioms."""
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
    return "\n".join(
        [*lines, "", cells_text(ledger), "", *map(_axiom, axioms.values()), *([""] if axioms else []), wrap(TRUST, "")]
    )


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
            "",
            "Levels that do not apply",
            *(
                wrap(f"{level}, {LEVELS[level]}: {cell}", "  ")
                for level, cell in proof.cells.items()
                if cell != "checked"
            ),
        )
    )
