"""ran = listed: a law's proof counts only if exactly the steps of steps.txt ran, and each was proved.

The list is committed and edited by hand, so a step that is dropped from the code, or slips out of a chain, fails the
law as surely as one that is not proved. What a chain rests on without proving it, its axioms, is listed here too.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, final

from proofs import coqc
from proofs.axioms import AXIOMS
from proofs.box import PRECISION, RECHECK, Answer, Inequality, certify, recheck
from proofs.enclosure import Enclosure
from proofs.enclosure import prove as prove_enclosure
from proofs.mathml import readable
from proofs.smt import Claim
from proofs.smt import prove as prove_claim
from proofs.step import Step
from proofs.step import prove as prove_step
from theory.verdict import Outcome, Verdict

LIST: Final = Path(__file__).with_name("steps.txt")
METHODS: Final = {
    "S": "sympy",
    "Z": "z3",
    "C": "ball arithmetic over boxes",
    "Q": "enclosures in ball arithmetic",
    "K": "Coq",
}


@final
@dataclass(frozen=True)
class Line:
    """One step of a proof: what it says, its formula, who checked it, what was found, and how many mutants fell."""

    level: str
    name: str
    says: str
    formula: str
    outcome: Outcome
    mutants: int
    found: str

    def __str__(self) -> str:
        mark = "proved" if self.outcome is Outcome.HOLDS else str(self.outcome)
        return f"{self.name}: {self.says} [{mark}: {self.found}]"


@cache
def listed() -> dict[tuple[str, str], tuple[str, ...]]:
    """Return the names of steps.txt by (law, level); level A holds the axioms."""
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
            "no step is listed" if not wanted and level != "A" else "",
        )
        if text
    )


def unaccounted(law: str, axioms: Sequence[str]) -> str:
    """Return which axioms are not listed, not used or not in the catalogue, or an empty text."""
    unknown = [name for name in axioms if name not in AXIOMS]
    gap = account(law, "A", axioms)
    return "; ".join(text for text in (f"axioms {gap}" if gap else "", *(f"no axiom {n}" for n in unknown)) if text)


def _step(step: Step) -> Line:
    result = prove_step(step)
    outcome = Outcome.HOLDS if result.proved else Outcome.FAILS
    found = f"{result.mutants} mutants refuted" if result.proved else result.reason
    return Line(
        "S", step.name, step.says, f"{readable(step.lhs)} = {readable(step.rhs)}", outcome, result.mutants, found
    )


def _plain(formula: Any) -> str:
    """Return a z3 formula on one line."""
    return " ".join(str(formula).split())


def _claim(claim: Claim) -> Line:
    result = prove_claim(claim)
    outcome = Outcome.HOLDS if result.proved else Outcome.FAILS
    found = f"{len(result.witnesses)} mutants have a witness" if result.proved else result.reason
    formula = f"{'; '.join(map(_plain, claim.hypotheses))} ==> {_plain(claim.conclusion)}"
    return Line("Z", claim.name, claim.says, formula, outcome, len(result.witnesses), found)


def _inequality(claim: Inequality) -> Line:
    """Certify a sign on its box, confirm it at a second precision, and refute its negative and its mutants."""
    certificate = certify(claim.f, claim.box)
    opposites = [certify(f, claim.box) for f in (lambda *sides: -claim.f(*sides), *claim.wrong)]
    refuted = sum(opposite.answer is Answer.REFUTED for opposite in opposites)
    confirmed = certificate.answer is Answer.CERTIFIED and recheck(claim.f, certificate)
    if certificate.answer is Answer.REFUTED:
        outcome = Outcome.FAILS
    else:
        outcome = Outcome.HOLDS if confirmed and refuted == len(opposites) > 1 else Outcome.UNDECIDED
    witness = "" if certificate.witness is None else f" at {tuple(map(str, certificate.witness))}"
    found = (
        f"{certificate.answer}{witness} on {len(certificate.leaves)} boxes that cover it exactly, at {PRECISION} and "
        f"{RECHECK} bits; {refuted} of {len(opposites)} mutants REFUTED"
    )
    sides = " x ".join(f"[{low}, {high}]" for low, high in claim.box)
    return Line("C", claim.name, claim.says, f"on {sides}", outcome, refuted, found)


def _enclosure(claim: Enclosure) -> Line:
    result = prove_enclosure(claim)
    outcome = Outcome.HOLDS if result.proved else Outcome.FAILS
    found = f"{result.mutants} mutants excluded" if result.proved else result.reason
    formula = f"{result.found}, within {float(claim.within):.1e}"
    return Line("Q", claim.name, claim.says, formula, outcome, result.mutants, found)


def _theorem(theorem: coqc.Theorem) -> Line:
    result = coqc.prove(theorem)
    outcome = Outcome.HOLDS if result.proved else Outcome.FAILS
    found = f"proved by coqc, {result.mutants} mutants refused" if result.proved else result.reason
    return Line("K", theorem.name, theorem.says, theorem.statement, outcome, result.mutants, found)


_CHECKERS: Final[dict[str, Callable[[Any], Line]]] = {
    "S": _step,
    "Z": _claim,
    "C": _inequality,
    "Q": _enclosure,
    "K": _theorem,
}


def examine(level: str, steps: Sequence[Any]) -> tuple[Line, ...]:
    """Check each step of one level with the checker of that level."""
    return tuple(map(_CHECKERS[level], steps))


def verdict(law: str, level: str, lines: Sequence[Line], axioms: Sequence[str]) -> Verdict:
    """Hold what was found against the list: any gap or failure fails the law."""
    gaps = [text for text in (account(law, level, [line.name for line in lines]), unaccounted(law, axioms)) if text]
    open_lines = [line for line in lines if line.outcome is not Outcome.HOLDS]
    outcome = Outcome.UNDECIDED if open_lines else Outcome.HOLDS
    if gaps or any(line.outcome is Outcome.FAILS for line in open_lines):
        outcome = Outcome.FAILS
    detail = f"{len(lines)} steps, {sum(line.mutants for line in lines)} mutants refuted."
    rests = f" Rests on: {', '.join(axioms)}." if axioms else ""
    return Verdict(
        outcome,
        method=METHODS[level],
        detail=detail + rests + "".join(f" {text}" for text in (*map(str, open_lines), *gaps)),
        excerpt=tuple(map(str, lines)),
    )


def judge(law: str, level: str, steps: Sequence[Any], axioms: Sequence[str]) -> Verdict:
    """Check one level of a law's proof and hold it against the list."""
    return verdict(law, level, examine(level, steps), axioms)
