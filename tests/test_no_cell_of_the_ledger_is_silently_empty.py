"""Every law is checked at every level of proof, or the ledger says why that level does not apply: never neither."""

import json
from dataclasses import replace

import pytest

from noncommit._ladder import all_checks
from noncommit._prove import PROOFS, Ledger, Proof, prove
from noncommit._text import cells_text, ledger_text, proof_text
from proofs import cells
from theory.catalogue import LAWS
from theory.law import LEVELS
from theory.verdict import Outcome

PLACES = [(law, level) for law in LAWS for level in cells.EVERY_LEVEL]


def offered() -> set[tuple[str, str]]:
    """Return the places that have a check."""
    return {(check.law, check.level) for check in all_checks() if not check.qualifies}


def cell(law: str, level: str) -> str:
    """Return what the ledger would say of a place, from the checks as they are offered."""
    parts = tuple(check for check in all_checks() if check.law == law and check.level in PROOFS)
    made = Proof(LAWS[law], tuple(_ran(check) for check in parts if not check.qualifies), ())
    return made.cells[level]


def _ran(check):
    from noncommit._prove import Part
    from theory.verdict import Verdict

    return Part(check, Verdict(Outcome.HOLDS, method="made up"), (), 0.0)


def test_the_columns_are_the_levels_of_proof() -> None:
    """Assert that no level of proof lacks a column: X and M alone confront."""
    assert set(cells.EVERY_LEVEL) == set(PROOFS) == set(LEVELS) - set("XM")


@pytest.mark.parametrize("law", LAWS)
def test_a_place_has_a_check_or_a_reason_and_never_both(law: str) -> None:
    """Assert for each level that exactly one of the two is there, and that the cell says which."""
    for level in cells.EVERY_LEVEL:
        reason = cells.because(law, level)
        checked = (law, level) in offered()
        assert checked != bool(reason), (law, level, reason)
        assert cell(law, level) == ("checked" if checked else f"not applicable: {reason}")


def test_a_reason_is_for_a_place_and_says_something() -> None:
    """Assert that no reason stands for an unknown law or level, and none is a shrug."""
    assert set(cells.BECAUSE) <= set(PLACES)
    for reason in cells.BECAUSE.values():
        assert len(reason.split()) >= 4
        assert not {"todo", "later", "hard", "slow"} & set(reason.lower().split())


def test_an_empty_cell_is_no_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """Assert UNDECIDED, exit code 3 and a question mark where a reason is taken away, and a pass with it."""
    whole = prove(["schedule_free_frontier"])
    assert (whole.proofs[0].outcome, whole.exit_code) == (Outcome.HOLDS, 0)
    less = {place: why for place, why in cells.BECAUSE.items() if place != ("schedule_free_frontier", "C")}
    monkeypatch.setattr(cells, "BECAUSE", less)
    assert whole.proofs[0].cells["C"] == "empty"
    assert (whole.proofs[0].outcome, whole.exit_code) == (Outcome.UNDECIDED, 3)
    assert "+  +  ?  +  +  ." in cells_text(whole)


def test_a_tool_that_is_absent_is_told_from_a_level_that_does_not_apply() -> None:
    """Assert NOT RUN for a level whose check could not run."""
    proof = prove(["schedule_free_frontier"]).proofs[0]
    part = proof.parts[0]
    absent = replace(part, verdict=replace(part.verdict, outcome=Outcome.NOT_RUN))
    made = replace(proof, parts=(absent, *proof.parts[1:]))
    assert made.cells[part.check.level] == "NOT RUN"
    assert "0  +  .  +  +  ." in cells_text(Ledger((made,)))


def test_the_table_is_printed_and_its_reasons_with_it() -> None:
    """Assert the table under the ledger, the reasons in a shown proof, and both in the JSON."""
    done = prove(["schedule_free_frontier", "peak_optimal_schedule"])
    text = ledger_text(done)
    assert "law x level             S  Z  C  Q  F  K" in text
    assert "peak_optimal_schedule   +  +  .  +  +  ." in text
    reason = cells.because("peak_optimal_schedule", "C")
    assert f"schedule_free_frontier C, peak_optimal_schedule C: {reason}" in " ".join(text.split())
    assert f"not applicable: {reason}" in " ".join(proof_text(done.proofs[1]).split())
    document = json.loads(json.dumps(done.to_dict()))
    assert document["proofs"][1]["cells"]["C"] == f"not applicable: {reason}"
    assert list(document["proofs"][1]["cells"]) == list(cells.EVERY_LEVEL)
