"""What holds for lists of any length is shown by Coq where it is installed, and taken as shown nowhere else."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from noncommit._prove import prove
from noncommit._text import ledger_text
from proofs import composition, coqc, ledger
from proofs.coqc import Theorem, assumptions
from theory.verdict import Outcome

THEOREMS = composition.theorems()
HERE = shutil.which(coqc.COMMAND) is not None
with_coq = pytest.mark.skipif(not HERE, reason="NOT RUN: coqc is not installed")


def test_without_coq_the_level_says_not_run(monkeypatch) -> None:
    """Assert that an absent coqc is printed, proves nothing, counts no step, and fails no law."""
    monkeypatch.setattr(coqc, "COMMAND", "no-such-coqc")
    done = prove(["composition"])
    (proof,) = done.proofs
    (part,) = (part for part in proof.parts if part.check.level == "K")
    assert part.verdict.outcome is Outcome.NOT_RUN
    assert part.lines == ()
    assert "K" not in proof.levels
    assert "K NOT RUN: no-such-coqc is not installed" in ledger_text(done)
    assert (proof.outcome, done.exit_code) == (Outcome.HOLDS, 0)


@pytest.mark.parametrize("theorem", THEOREMS, ids=lambda t: t.name)
def test_each_statement_is_found_and_each_mutant_changes_it(theorem: Theorem) -> None:
    """Assert, with or without coqc, that a theorem is stated once and each replacement occurs once in its statement."""
    assert theorem.statement.startswith(theorem.name)
    assert theorem.wrong
    for old, new in theorem.wrong:
        assert theorem.statement.count(old) == 1
        assert old != new
    with pytest.raises(ValueError, match="stated 0 times"):
        replace(theorem, name="nothing").statement  # noqa: B018


def test_nothing_is_admitted() -> None:
    """Assert that no file leaves a proof out or adds an axiom, and that the answers of Print Assumptions are read."""
    for file in coqc.FOLDER.glob("*.v"):
        words = set(file.read_text(encoding="utf-8").replace(".", " ").split())
        assert not words & {"Admitted", "Axiom", "Axioms", "Parameter", "Conjecture", "admit", "Abort"}
    assert assumptions("Axioms:\nA.b\n  : P\nc : Q\nAxioms:\nd : R\n") == [{"A.b", "c"}, {"d"}]


@with_coq
def test_coq_proves_the_list() -> None:
    """Assert HOLDS, with every mutant refused; and FAILS where a theorem is dropped."""
    lines = ledger.examine("K", THEOREMS)
    assert [line.outcome for line in lines] == [Outcome.HOLDS] * len(THEOREMS)
    assert [line.mutants for line in lines] == [len(theorem.wrong) for theorem in THEOREMS]
    assert ledger.verdict("composition", "K", lines, ()).outcome is Outcome.HOLDS
    assert ledger.verdict("composition", "K", lines[1:], ()).outcome is Outcome.FAILS


@with_coq
def test_what_is_not_proved_is_refused(tmp_path: Path, monkeypatch) -> None:
    """Assert a reason for a wrong statement, a proof left out, a new axiom, and a mutant that is true."""
    peak = next(theorem for theorem in THEOREMS if theorem.name == "peak")
    source = peak.source
    body = source[source.index("Proof.\n  intros H HL") : source.index("Qed.", source.index("intros H HL")) + 4]
    cases = (
        (source.replace("L <= s ^ length cs", "L <= s"), peak.wrong, "coqc refuses"),
        (source.replace(body, "Proof.\nAdmitted."), peak.wrong, "it rests on peak"),
        (source.replace(body, "Proof.\n  intros. apply (easy cs); assumption.\nQed.").replace(
            "Theorem peak", "Axiom easy : forall cs s L, Forall (fun c => 0 <= c <= s) cs -> L <= product cs -> "
            "L <= s ^ length cs.\n\nTheorem peak"), peak.wrong, "it rests on easy"),
        (source, (("0 <= c <= s", "0 <= c /\\ c <= s"),), "not refused"),
    )  # fmt: skip
    monkeypatch.setattr(coqc, "FOLDER", tmp_path)
    for text, wrong, reason in cases:
        (tmp_path / "composition.v").write_text(text, encoding="utf-8")
        result = coqc.prove(replace(peak, wrong=wrong))
        assert not result.proved
        assert reason in result.reason
