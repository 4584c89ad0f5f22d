"""ran = listed: a law's proof counts only if exactly the steps of steps.txt ran, and each was proved.

The list is committed and edited by hand, so a step that is dropped from the code, or slips out of a chain, fails the
law as surely as one that is not proved. What a chain rests on without proving it, its axioms, is listed here too.
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final

from proofs.box import PRECISION, RECHECK, Answer, certify, recheck
from proofs.smt import Claim
from proofs.smt import prove as prove_claim
from proofs.step import Step
from proofs.step import prove as prove_step
from theory.verdict import Outcome, Verdict

LIST: Final = Path(__file__).with_name("steps.txt")


@cache
def listed() -> dict[tuple[str, str], tuple[str, ...]]:
    """Return the names of steps.txt by (law, level)."""
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for line in LIST.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            law, level, name = line.split()
            found[law, level] = (*found.get((law, level), ()), name)
    return found


def account(law: str, level: str, ran: Sequence[str]) -> str:
    """Return what is missing from or foreign to the list, or an empty text."""
    wanted = listed().get((law, level), ())
    missing = [name for name in wanted if name not in ran]
    foreign = [name for name in ran if name not in wanted]
    twice = len(set(ran)) < len(ran)
    return "; ".join(
        text
        for text in (
            f"listed but not run: {', '.join(missing)}" if missing else "",
            f"run but not listed: {', '.join(foreign)}" if foreign else "",
            "a step ran twice" if twice else "",
            "no step is listed" if not wanted else "",
        )
        if text
    )


def judge_steps(law: str, steps: Sequence[Step], axioms: Sequence[str]) -> Verdict:
    """Prove a chain of identities and hold it against the list."""
    results = [prove_step(step) for step in steps]
    gap = account(law, "S", [result.name for result in results])
    failed = [result.transcript for result in results if not result.proved]
    mutants = sum(result.mutants for result in results)
    return Verdict(
        Outcome.FAILS if failed or gap else Outcome.HOLDS,
        method="sympy",
        detail=f"{len(results)} identities reduce to the literal 0, {mutants} mutants of them do not. "
        f"Rests on: {', '.join(axioms)}." + "".join(f" {text}" for text in (*failed, gap) if text),
        excerpt=tuple(result.transcript for result in results),
    )


def judge_claims(law: str, claims: Sequence[Claim]) -> Verdict:
    """Prove inequalities over the reals and hold them against the list."""
    results = [prove_claim(claim) for claim in claims]
    gap = account(law, "Z", [result.name for result in results])
    failed = [result.transcript for result in results if not result.proved]
    witnesses = sum(len(result.witnesses) for result in results)
    return Verdict(
        Outcome.FAILS if failed or gap else Outcome.HOLDS,
        method="z3",
        detail=f"{len(results)} inequalities have no counterexample; {witnesses} wrong ones have one each."
        + "".join(f" {text}" for text in (*failed, gap) if text),
        excerpt=tuple(result.transcript for result in results),
    )


def judge_boxes(law: str, claims: dict, box: tuple, says: str) -> Verdict:  # type: ignore[type-arg]
    """Certify that each function is positive on `box`, confirm it at a second precision, refute its negative."""
    lines, worst = [], Outcome.HOLDS
    for name, f in claims.items():
        certificate = certify(f, box)
        negative = certify(lambda *sides, f=f: -f(*sides), box)
        confirmed = certificate.answer is Answer.CERTIFIED and recheck(f, certificate)
        lines.append(
            f"{name}: {certificate.answer} on {len(certificate.leaves)} boxes that cover it exactly "
            f"({PRECISION} and {RECHECK} bits); the opposite is {negative.answer} at "
            f"{tuple(map(str, negative.witness or ()))}"
        )
        if certificate.answer is Answer.REFUTED:
            worst = Outcome.FAILS
        elif not confirmed or negative.answer is not Answer.REFUTED:
            worst = Outcome.UNDECIDED if worst is Outcome.HOLDS else worst
    gap = account(law, "C", [name.replace(" ", "_") for name in claims])
    return Verdict(
        Outcome.FAILS if gap else worst,
        method="ball arithmetic over boxes",
        detail=says + (f" {gap}" if gap else ""),
        excerpt=tuple(lines),
    )
