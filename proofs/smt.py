"""hypotheses and not conclusion is unsatisfiable: an inequality between real numbers, decided by z3.

A claim is PROVED only if its hypotheses alone can be met (else anything follows from them) and no model meets them
against the conclusion. Each claim carries mutants, wrong conclusions that z3 must refute with a model: a witness.
Only polynomial arithmetic is asked of it (de Moura and Bjorner 2008).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, final

import z3

MILLISECONDS: Final = 20_000
"""Limit for one query; what is not decided by then is not proved."""


@final
@dataclass(frozen=True)
class Claim:
    """`conclusion` follows from `hypotheses` over the reals; `wrong` conclusions do not, and have witnesses."""

    name: str
    says: str
    hypotheses: tuple[Any, ...]
    conclusion: Any
    wrong: tuple[Any, ...]


@final
@dataclass(frozen=True)
class ClaimResult:
    """Whether a claim is proved, the `reason` if not, and a witness against each mutant."""

    name: str
    proved: bool
    reason: str
    witnesses: tuple[str, ...]
    transcript: str


def _solve(constraints: Sequence[Any]) -> tuple[Any, str]:
    """Return z3's answer and, where it is sat, the model as text."""
    solver = z3.Solver()
    solver.set("timeout", MILLISECONDS)
    solver.add(*constraints)
    answer = solver.check()
    if answer != z3.sat:
        return answer, ""
    model = solver.model()
    return answer, ", ".join(sorted(f"{d.name()} = {model[d]}" for d in model.decls() if d.arity() == 0))


def prove(claim: Claim) -> ClaimResult:
    """Return whether `claim` is proved, with a witness against every mutant."""

    def result(reason: str, witnesses: list[str]) -> ClaimResult:
        mark = "proved" if not reason else f"NOT PROVED: {reason}"
        line = f"{claim.name}: {claim.says} [{mark}; {len(witnesses)} of {len(claim.wrong)} mutants have a witness]"
        return ClaimResult(claim.name, not reason, reason, tuple(witnesses), line)

    if _solve(claim.hypotheses)[0] != z3.sat:
        return result("its hypotheses cannot be met, or z3 cannot tell", [])
    answer, witness = _solve([*claim.hypotheses, z3.Not(claim.conclusion)])
    if answer != z3.unsat:
        return result(f"counterexample {witness}" if witness else "z3 did not decide", [])
    witnesses = []
    for wrong in claim.wrong:
        answer, witness = _solve([*claim.hypotheses, z3.Not(wrong)])
        if answer == z3.sat:
            witnesses.append(witness)
    if not claim.wrong or len(witnesses) < len(claim.wrong):
        return result("a mutant has no witness", witnesses)
    return result("", witnesses)
