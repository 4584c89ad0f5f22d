"""`noncommit prove` shows each proof in words and in steps, and a deleted, skipped or corrupted step fails its law."""

import json
from dataclasses import replace
from fractions import Fraction
from functools import partial
from importlib import import_module
from pathlib import Path

import flint
import pytest

import proofs
from copies import copy_rooms, edit, noncommit
from noncommit._prove import prove
from noncommit._text import ledger_text, proof_text
from proofs import arguments, axioms, ledger
from proofs.box import certify
from proofs.enclosure import Enclosure, printed
from proofs.enclosure import prove as enclose
from theory.catalogue import LAWS
from theory.verdict import Outcome

CHAINED = [name for name, law in LAWS.items() if set(law.levels) & set(proofs.PARTS)]
QUICK = [("conservation", "S"), ("composition", "Z"), ("product", "C"), ("tube", "Q")]
"""A law for each kind of step, each a second or less."""


@pytest.mark.parametrize("law", CHAINED)
def test_the_words_use_exactly_the_steps_that_run(law: str) -> None:
    """Assert that a law's argument names every listed step and axiom, and no other."""
    assert arguments.uncited(law) == ""
    assert len(arguments.arguments()[law].split()) >= 50


def test_a_step_that_the_words_leave_out_is_seen(monkeypatch) -> None:
    """Assert that the comparison bites, both ways, for steps and for axioms."""
    words = arguments.arguments()["binary"]
    for old, new, named in (
        ("[attained]", "", "attained"),
        ("[attained]", "[attained, invented]", "invented"),
        ("{isoperimetry}", "isoperimetry", "isoperimetry"),
    ):
        assert old in words
        changed = {"binary": words.replace(old, new)}
        monkeypatch.setattr(arguments, "arguments", partial(dict, changed))
        assert arguments.uncited("binary") == named


def test_every_axiom_is_cited_and_every_citation_is_an_axiom() -> None:
    """Assert that the catalogue holds just what the chains cite: nothing else is assumed, nothing stands idle."""
    used = {name for law in CHAINED for name in proofs.axioms_of(law)}
    assert used == set(axioms.AXIOMS)
    for axiom in axioms.AXIOMS.values():
        assert axiom.says
        assert axiom.source


@pytest.mark.parametrize(("law", "level"), QUICK)
def test_a_deleted_skipped_or_corrupted_step_fails_its_law(law: str, level: str, monkeypatch) -> None:
    """Assert HOLDS for the chain as it is; FAILS with a step deleted, one not run, one wrong, one unlisted axiom."""
    module, part = import_module(f"proofs.{law}"), proofs.PARTS[level]
    steps = getattr(module, part)()
    lines = proofs.examine(law, level)
    assert proofs.verdict(law, level, lines).outcome is Outcome.HOLDS
    assert sum(line.mutants for line in lines) >= len(lines)

    skipped = proofs.verdict(law, level, lines[1:])
    assert skipped.outcome is Outcome.FAILS
    assert lines[0].name in skipped.detail

    monkeypatch.setattr(module, part, lambda: steps[:-1])
    deleted = prove([law]).proofs[0]
    assert deleted.outcome is Outcome.FAILS
    assert prove([law]).exit_code == 1

    monkeypatch.setattr(module, part, lambda: (*steps[:-1], corrupted(steps[-1], level)))
    broken = prove([law]).proofs[0]
    assert broken.outcome is Outcome.FAILS
    assert "FAILS" in ledger_text(prove([law]))

    monkeypatch.setattr(module, part, lambda: steps)
    monkeypatch.setattr(module, "AXIOMS", (*module.AXIOMS, "coarea"))
    assert "run but not listed: coarea" in proofs.verdict(law, level, lines).detail


def corrupted(step, level: str):
    """Return the step with a wrong conclusion."""
    if level == "S":
        return replace(step, rhs=step.rhs * 2 + 1)
    if level == "Z":
        return replace(step, conclusion=step.wrong[0])
    if level == "C":
        return replace(step, f=lambda *sides: -step.f(*sides))
    return replace(step, right=lambda: step.right() * 2)


def test_a_prover_that_says_yes_to_everything_is_found_out(monkeypatch) -> None:
    """Assert that checkers which answer without looking prove no level: their mutants stand."""
    good = certify(lambda x: x + 1, ((Fraction(0), Fraction(1)),))
    monkeypatch.setattr(ledger, "recheck", lambda f, certificate: True)
    monkeypatch.setattr(ledger, "certify", lambda f, box: good)
    (line, *_) = ledger.examine("C", import_module("proofs.product").inequalities())
    assert line.outcome is Outcome.UNDECIDED


@pytest.mark.parametrize(
    ("enclosure", "reason"),
    [
        (Enclosure("e", "", lambda: flint.arb(1) / 3, *printed("0.334")), "not shown to agree"),
        (Enclosure("e", "", lambda: flint.arb(1) / 3 + flint.arb(0, 1), *printed("0.333")), "not shown to agree"),
        (Enclosure("e", "", lambda: flint.arb("nan"), *printed("0.333")), "no number"),
        (Enclosure("e", "", lambda: flint.arb(1), lambda: flint.arb(1), Fraction(1, 2)), "not excluded"),
    ],
    ids=["wrong in the last digit", "too wide", "no number", "too lenient"],
)
def test_a_bad_enclosure_is_refused(enclosure: Enclosure, reason: str) -> None:
    """Assert that each is refused, and says why."""
    result = enclose(enclosure)
    assert not result.proved
    assert reason in result.reason


def test_the_ledger_and_a_proof_are_printed() -> None:
    """Assert the columns of the ledger, a proof with words, axioms, formulas and mutants, and the JSON of both."""
    done = prove(["schedule_free_frontier", "composition"])
    assert done.exit_code == 0
    text = ledger_text(done)
    for word in ("steps", "mutants", "time", "rests on", "isoperimetry", "Sudakov and Tsirelson"):
        assert word in text
    proof = done.proofs[0]
    shown = proof_text(proof)
    for word in ("Hypotheses", "Cited, not proved", "Proof", "claim that K steps", "[keep_all_of_x] HOLDS: 2 mutants"):
        assert word in shown
    document = json.loads(json.dumps(done.to_dict(), allow_nan=False))
    parts = {part["level"]: part for part in document["proofs"][0]["parts"]}
    for level in "SZ":
        ran = [step["name"] for step in parts[level]["steps"]]
        assert ran == list(ledger.listed()["schedule_free_frontier", level])
    assert document["proofs"][0]["axioms"][0]["name"] == "isoperimetry"


def test_a_level_that_did_not_run_is_no_pass() -> None:
    """Assert that a proof without one of its levels, or without any, is UNDECIDED and says what is missing."""
    proof = prove(["composition"]).proofs[0]
    assert proof.missing == ""
    partial = replace(proof, parts=proof.parts[1:])
    assert (partial.outcome, partial.missing) == (Outcome.UNDECIDED, "S")
    assert replace(proof, parts=()).outcome is Outcome.UNDECIDED


def test_the_command_speaks_in_exit_codes(tmp_path: Path) -> None:
    """Assert 0 and the same words on stdout as in Python, 2 for a wrong question, 1 for a copy with a wrong formula."""
    assert noncommit("prove", "nothing", cwd=tmp_path).returncode == 2
    both = noncommit("prove", "binary", "--show", "grid", cwd=tmp_path)
    assert both.returncode == 2
    assert "Was the ledger of these laws meant?" in both.stderr
    shown = noncommit("prove", "--show", "composition", "--json", cwd=tmp_path)
    assert shown.returncode == 0
    assert json.loads(shown.stdout)["proofs"][0]["law"] == "composition"
    folder = copy_rooms(tmp_path / "copy")
    edit(folder / "proofs" / "steps.txt", "composition Z peak_induction\n", "")
    failed = noncommit("prove", "composition", cwd=folder)
    assert failed.returncode == 1
    assert "run but not listed: peak_induction" in failed.stdout
