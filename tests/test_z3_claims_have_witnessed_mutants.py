"""z3 proves an inequality only from hypotheses that can be met, and refutes each wrong one with numbers."""

import pytest
import z3

from proofs import composition, ddim_frontier, schedule_free_frontier
from proofs.smt import Claim, prove

x, y = z3.Reals("x y")


def test_a_true_claim_is_proved() -> None:
    """Assert the control, with a witness against its mutant."""
    result = prove(Claim("c", "c", (x > 1, y > 1), x * y > 1, (x * y > 2,)))
    assert result.proved
    assert "x = " in result.witnesses[0]


@pytest.mark.parametrize(
    ("claim", "reason"),
    [
        (Claim("c", "c", (x > 1, x < 0), y > 5, (y > 6,)), "hypotheses cannot be met"),
        (Claim("c", "c", (x > 1,), x > 2, (x > 3,)), "counterexample"),
        (Claim("c", "c", (x > 1,), x > 0, ()), "no witness"),
        (Claim("c", "c", (x > 1,), x > 0, (x > -1,)), "no witness"),
    ],
    ids=["vacuous", "false", "without mutants", "with a true mutant"],
)
def test_a_bad_claim_is_refused(claim: Claim, reason: str) -> None:
    """Assert that each is refused, and says why."""
    result = prove(claim)
    assert not result.proved
    assert reason in result.reason


def test_composition_and_am_gm_are_among_the_claims() -> None:
    """Assert what the law rests on: one step, composition, the induction over depth, AM-GM, all proved."""
    offered = (*ddim_frontier.claims(), *composition.claims(), *schedule_free_frontier.claims())
    claims = {claim.name: claim for claim in offered}
    assert {"step_is_lipschitz", "constants_multiply", "peak_induction", "am_gm_2", "am_gm_3"} <= set(claims)
    assert {f"peak_of_{count}" for count in range(2, 7)} <= set(claims)
    for claim in claims.values():
        result = prove(claim)
        assert result.proved, result.transcript
        assert len(result.witnesses) == len(claim.wrong) >= 1


def test_a_step_bound_without_absolute_values_is_refuted() -> None:
    """Assert that the signs matter: |keep + add lambda| would not bound a step that swings past."""
    claim = next(c for c in ddim_frontier.claims() if c.name == "step_is_lipschitz")
    swapped = Claim("c", "c", claim.hypotheses, claim.wrong[0], (claim.conclusion,))
    assert "counterexample" in prove(swapped).reason
