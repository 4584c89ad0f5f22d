"""prove(laws) = the ledger: for each law the steps that ran, the axioms they rest on, and the time they took.

What `noncommit verify` confronts as well, this only proves: levels S, Z, C, Q, K step by step, and the doubles of F.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, final

import proofs
from noncommit._ladder import decide, exit_code, planned, worst
from proofs.arguments import arguments
from proofs.axioms import AXIOMS, Axiom
from proofs.cells import EVERY_LEVEL, because
from proofs.ledger import METHODS, Line
from theory.law import Law
from theory.verdict import Check, Outcome, Verdict

PROOFS: Final = "SZCQKF"
"""The levels that prove; X and M confront."""

Progress = Callable[[int, int, Check], None]


@final
@dataclass(frozen=True)
class Part:
    """One level of a law's proof: its verdict, its lines (none for doubles), its seconds."""

    check: Check
    verdict: Verdict
    lines: tuple[Line, ...]
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers and text."""
        return {
            "level": self.check.level,
            "claim": self.check.claim,
            "outcome": str(self.verdict.outcome),
            "method": self.verdict.method,
            "detail": self.verdict.detail,
            "seconds": round(self.seconds, 3),
            "steps": [
                {"name": line.name, "says": line.says, "formula": line.formula, "outcome": str(line.outcome),
                 "mutants": line.mutants, "found": line.found}
                for line in self.lines
            ],
        }  # fmt: skip


@final
@dataclass(frozen=True)
class Proof:
    """A law's proof: its parts in the order of the levels, and the axioms that it cites."""

    law: Law
    parts: tuple[Part, ...]
    axioms: tuple[Axiom, ...]

    @property
    def levels(self) -> str:
        """The levels that ran."""
        ran = (part.check.level for part in self.parts if part.verdict.outcome is not Outcome.NOT_RUN)
        return "".join(dict.fromkeys(ran))

    @property
    def missing(self) -> str:
        """The levels of proof that the law requires and that did not run."""
        return "".join(level for level in self.law.levels if level in PROOFS and level not in self.levels)

    @property
    def cells(self) -> dict[str, str]:
        """Each level of proof: `checked`, `NOT RUN`, `not applicable: ` and why, or `empty`, which is no pass."""
        found = dict.fromkeys(part.check.level for part in self.parts)
        return {
            level: ("checked" if level in self.levels else "NOT RUN" if level in found
                    else f"not applicable: {reason}" if (reason := because(self.law.name, level)) else "empty")
            for level in EVERY_LEVEL
        }  # fmt: skip

    @property
    def outcome(self) -> Outcome:
        """FAILS if any part fails, UNDECIDED if any is, or one is missing or a cell empty, else HOLDS."""
        incomplete = bool(self.missing or not self.parts or "empty" in self.cells.values())
        return worst([part.verdict.outcome for part in self.parts], incomplete=incomplete)

    @property
    def lines(self) -> tuple[Line, ...]:
        """Every step of the chain."""
        return tuple(line for part in self.parts for line in part.lines)

    @property
    def mutants(self) -> int:
        """How many wrong steps were refuted."""
        return sum(line.mutants for line in self.lines)

    @property
    def seconds(self) -> float:
        """The time that the parts took."""
        return sum(part.seconds for part in self.parts)

    @property
    def argument(self) -> str:
        """The proof in words, empty for a law that is only computed."""
        return arguments().get(self.law.name, "")

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers and text, as `--json` prints them."""
        return {
            "law": self.law.name,
            "statement": self.law.statement,
            "outcome": str(self.outcome),
            "levels": self.levels,
            "missing": self.missing,
            "cells": self.cells,
            "steps": len(self.lines),
            "mutants": self.mutants,
            "axioms": [{"name": a.name, "says": a.says, "source": a.source} for a in self.axioms],
            "argument": self.argument,
            "seconds": round(self.seconds, 3),
            "parts": [part.to_dict() for part in self.parts],
        }


@final
@dataclass(frozen=True)
class Ledger:
    """The proofs of some laws."""

    proofs: tuple[Proof, ...]

    @property
    def exit_code(self) -> int:
        """0 all hold, 1 a law failed, 3 inconclusive."""
        return exit_code(proof.outcome for proof in self.proofs)

    def to_dict(self) -> dict[str, Any]:
        """Return the document that `noncommit prove --json` prints, less its schema version."""
        return {"proofs": [proof.to_dict() for proof in self.proofs], "exit_code": self.exit_code}


def _part(check: Check) -> Part:
    start = time.perf_counter()
    if check.level not in METHODS:
        return Part(check, decide(check), (), time.perf_counter() - start)
    lines: list[Line] = []

    def run() -> Verdict:
        if (nothing := proofs.absent(check.level)) is not None:
            return nothing
        lines.extend(proofs.examine(check.law, check.level))
        return proofs.verdict(check.law, check.level, tuple(lines))

    found = decide(Check(check.law, check.level, check.name, check.claim, run))
    return Part(check, found, tuple(lines), time.perf_counter() - start)


def prove(names: Sequence[str] = (), *, progress: Progress | None = None) -> Ledger:
    """Run every proof of the named laws (all if empty), telling `progress` before each level.

    Raises UsageError for an unknown law.
    """
    laws, offered = planned(names)
    checks = [check for check in offered if check.level in PROOFS and not check.qualifies]
    parts: list[Part] = []
    for number, check in enumerate(checks):
        if progress is not None:
            progress(number, len(checks), check)
        parts.append(_part(check))
    found = []
    for law in laws:
        own = tuple(part for part in parts if part.check.law == law.name)
        cited = proofs.axioms_of(law.name) if any(part.check.level in METHODS for part in own) else ()
        found.append(Proof(law, own, tuple(AXIOMS[name] for name in cited if name in AXIOMS)))
    return Ledger(tuple(found))
