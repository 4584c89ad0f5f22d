"""Proofs: every law as a chain of checked steps, and every double against balls. Sees theory only.

symbols     sympy, mpmath and ball meanings of the primitives
step        sympy identities whose mutants must fail      smt        z3 inequalities whose mutants have witnesses
box         certificates over boxes                       enclosure  integrals and numbers enclosed in balls
coqc        theorems that Coq checks, coq/*.v, where it is installed
against_balls  theory's numbers against textbook forms    axioms     the theorems that are cited, by name
ledger, steps.txt                                         what must run, and what it rests on
cells       why a level does not apply to a law           rows       one row enclosed over any share lost
offered     the list of all checks
arguments   each proof in words, arguments.md             mathml     formulas to read
one module a law, with steps(), claims(), inequalities(), enclosures() and theorems() as far as it has them

Offering the checks is light: a module is imported when its check runs.
"""

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from theory.law import OPTIONAL
from theory.verdict import Check, Outcome, Verdict

if TYPE_CHECKING:
    from proofs.ledger import Line


def _call(module: str, function: str) -> Any:
    return getattr(import_module(f"proofs.{module}"), function)


PARTS: Final = {"S": "steps", "Z": "claims", "C": "inequalities", "Q": "enclosures", "K": "theorems"}
"""The function of a law's module that offers its steps at each level."""


def axioms_of(law: str) -> tuple[str, ...]:
    """Return the names of the theorems that the chain of `law` cites."""
    return tuple(_call(law, "AXIOMS"))


def examine(law: str, level: str) -> "tuple[Line, ...]":
    """Check the steps of `law` at level S, Z, C, Q or K, one line each."""
    lines: tuple[Line, ...] = _call("ledger", "examine")(level, _call(law, PARTS[level])())
    return lines


def verdict(law: str, level: str, lines: "tuple[Line, ...]") -> Verdict:
    """Hold the lines of a level against the list of what must run."""
    judged: Verdict = _call("ledger", "verdict")(law, level, lines, axioms_of(law))
    return judged


def absent(level: str) -> Verdict | None:
    """Return the verdict NOT RUN where the tool that a level needs is not installed, else None."""
    reason: str = _call("coqc", "absent")() if level in OPTIONAL else ""
    return Verdict(Outcome.NOT_RUN, method="no tool", detail=reason) if reason else None


def judge(law: str, level: str) -> Verdict:
    """Check one level of a law and hold it against the list; NOT RUN where its tool is absent."""
    nothing = absent(level)
    return verdict(law, level, examine(law, level)) if nothing is None else nothing


def compare(module: str, function: str, naive: str | None) -> Verdict:
    """Hold the rows of theory's doubles that a module offers against their textbook forms."""
    judged: Callable[..., Verdict] = _call("against_balls", "judge")
    return judged(_call(module, function)(), naive=_call(module, naive)() if naive else ())


def checks() -> tuple[Check, ...]:
    """Return every check of proofs, from `offered`."""
    found: tuple[Check, ...] = _call("offered", "checks")()
    return found
