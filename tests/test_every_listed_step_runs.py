"""A law's proof counts only if exactly the listed steps ran: a dropped, added or repeated step fails the law."""

from pathlib import Path

import pytest

import proofs
from proofs import binary, ddim_frontier, ledger
from proofs.ledger import account, judge, listed
from theory.catalogue import LAWS
from theory.verdict import Outcome


def test_every_chain_is_listed_and_runs() -> None:
    """Assert that each proof level of each law has a list in the committed file."""
    for law in LAWS.values():
        for level in set(law.levels) & set("SZCQ"):
            assert listed()[law.name, level]
    assert {law for law, _ in listed()} <= set(LAWS)
    assert Path(ledger.LIST).name == "steps.txt"


@pytest.mark.parametrize(
    ("ran", "reason"),
    [
        (lambda names: names[1:], "listed but not run"),
        (lambda names: (*names, "new_step"), "run but not listed"),
        (lambda names: (*names, names[0]), "twice"),
        (lambda names: (), "listed but not run"),
    ],
)
def test_any_difference_is_named(ran, reason: str) -> None:
    """Assert that the account names what is missing or foreign, and is empty for the list itself."""
    names = listed()["binary", "S"]
    assert account("binary", "S", names) == ""
    assert reason in account("binary", "S", ran(names))
    assert account("nothing", "S", ()) == "no step is listed"


def test_a_dropped_step_fails_the_law() -> None:
    """Assert HOLDS for the whole chain, FAILS without one step, and FAILS with one step made wrong."""
    steps = binary.steps()
    assert judge("binary", "S", steps, binary.AXIOMS).outcome is Outcome.HOLDS
    dropped = judge("binary", "S", steps[:-1], binary.AXIOMS)
    assert dropped.outcome is Outcome.FAILS
    assert steps[-1].name in dropped.detail
    from dataclasses import replace

    wrong = judge("binary", "S", (*steps[:-1], replace(steps[-1], rhs=2 * steps[-1].rhs)), binary.AXIOMS)
    assert wrong.outcome is Outcome.FAILS


def test_a_dropped_claim_fails_the_law() -> None:
    """Assert the same for what z3 proves."""
    claims = ddim_frontier.claims()
    assert judge("ddim_frontier", "Z", claims, ddim_frontier.AXIOMS).outcome is Outcome.HOLDS
    assert judge("ddim_frontier", "Z", claims[1:], ddim_frontier.AXIOMS).outcome is Outcome.FAILS


def test_the_axioms_are_named_in_the_verdict() -> None:
    """Assert that what a chain rests on without proof stands in its verdict."""
    verdict = judge("binary", "S", binary.steps(), binary.AXIOMS)
    assert "isoperimetry" in verdict.detail


def test_importing_proofs_is_light() -> None:
    """Assert that offering the checks imports no prover: only running them does."""
    import subprocess
    import sys

    code = "import sys, proofs; proofs.checks(); print([m for m in ('sympy', 'z3', 'flint') if m in sys.modules])"
    root = Path(proofs.__file__).parent.parent
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
