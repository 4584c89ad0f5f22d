"""lhs - rhs = 0, and every mutant of rhs is not: a step of a proof, with the evidence that it says something.

A step counts as proved only if (1) sympy reduces lhs - rhs to the literal 0 within a time limit, (2) both sides have
finite, equal and non-constant values at rational points, to 20 of 30 digits, and (3) every mutant of the right side
is refuted at a point, and is not reduced to 0 by what reduced the original. A prover that proves everything, a step
that holds for want of a value, and a step about nothing all fail one of the three.
"""

import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, final

import sympy as sp

DIGITS: Final = 30
AGREEMENT: Final = sp.Float("1e-20")
"""Both sides are evaluated to 30 digits; ten are left for cancellation."""
REFUTATION: Final = sp.Float("1e-9")
"""A mutant changes the right side by 0.1% or more; seen at this size it is refuted beyond any rounding."""
SECONDS: Final = 20.0

Reducer = Callable[[sp.Expr], sp.Expr]


@final
@dataclass(frozen=True)
class Step:
    """An identity `lhs` = `rhs`, what it says in words, and the rational `points` at which it is looked at.

    `reducers` are tried before the standard ones; `constant` declares an identity between constants.
    """

    name: str
    says: str
    lhs: sp.Expr
    rhs: sp.Expr
    points: tuple[Mapping[sp.Symbol, Any], ...]
    reducers: tuple[Reducer, ...] = ()
    constant: bool = False


@final
@dataclass(frozen=True)
class StepResult:
    """What the engine found: `proved`, the `reason` if not, and how many mutants were refuted of how many."""

    name: str
    proved: bool
    reason: str
    mutants: int
    refuted: int
    transcript: str


STANDARD: Final[tuple[Reducer, ...]] = (
    lambda e: e,
    sp.expand,
    lambda e: sp.expand(e.rewrite(sp.erf)),
    sp.simplify,
    lambda e: sp.simplify(e.rewrite(sp.erf)),
    lambda e: sp.simplify(e.rewrite(sp.exp)),
)


class _OutOfTimeError(Exception):
    """The time limit of a reduction passed."""


@contextmanager
def _limit(seconds: float) -> Iterator[None]:
    """Raise _OutOfTimeError in the block after `seconds`; without a limit off the main thread, where no alarm rings."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring(*_: object) -> None:
        raise _OutOfTimeError

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def reducer_to_zero(difference: sp.Expr, reducers: tuple[Reducer, ...], seconds: float = SECONDS) -> Reducer | None:
    """Return the first reducer that makes `difference` the literal 0, or None. "Not reduced" is never "false"."""
    try:
        with _limit(seconds):
            for reduce in reducers:
                try:
                    if reduce(difference) == 0:
                        return reduce
                except (TypeError, ValueError, NotImplementedError, AttributeError):
                    continue
    except _OutOfTimeError:
        pass
    return None


def value_at(expression: sp.Expr, point: Mapping[sp.Symbol, Any]) -> sp.Expr | None:
    """Return the finite real value to 30 digits, or None where the expression has none."""
    try:
        value = sp.N(sp.sympify(expression).subs(point), DIGITS)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return value if value.is_number and value.is_finite and value.is_real else None


def mutants(rhs: sp.Expr) -> list[sp.Expr]:
    """Return right sides that are wrong: scaled by 1.001 and 1.01, negated, shifted, a rational constant plus 1."""
    rhs = sp.sympify(rhs)
    found = [rhs * sp.Rational(1001, 1000), rhs * sp.Rational(101, 100), -rhs, rhs + sp.Rational(1, 1000)]
    for constant in sorted((c for c in rhs.atoms(sp.Rational) if c != 0), key=str)[:4]:
        found.append(rhs.xreplace({constant: constant + 1}))
    return [m for m in dict.fromkeys(found) if m != rhs]


def _differs(lhs: sp.Expr, mutant: sp.Expr, points: tuple[Mapping[sp.Symbol, Any], ...]) -> bool:
    """Say whether some point separates them; a mutant without a value there has left the domain."""
    for point in points:
        right, wrong = value_at(lhs, point), value_at(mutant, point)
        if right is not None and (wrong is None or abs(right - wrong) > REFUTATION * (1 + abs(right))):
            return True
    return False


def _vacuous(step: Step) -> str:
    """Return why the values of a step say nothing or contradict it, or an empty text."""
    if len(step.points) < 2 and not step.constant:
        return "it is looked at in fewer than two points"
    seen = []
    for point in step.points or ({},):
        left, right = value_at(step.lhs, point), value_at(step.rhs, point)
        if left is None or right is None:
            return f"a side has no finite value at {dict(point)}"
        if abs(left - right) > AGREEMENT * (1 + abs(left)):
            return f"the sides differ at {dict(point)}: {left} and {right}"
        seen.append(sp.N(left, 12))
    if not step.constant and len(set(seen)) == 1:
        return "it has the same value at every point"
    return ""


def prove(step: Step, *, seconds: float = SECONDS) -> StepResult:
    """Return whether `step` is proved, under all three conditions of this module."""

    def result(reason: str, wrong: list[sp.Expr], refuted: int) -> StepResult:
        mark = "proved" if not reason else f"NOT PROVED: {reason}"
        line = f"{step.name}: {step.says} [{mark}; {refuted} of {len(wrong)} mutants refuted]"
        return StepResult(step.name, not reason, reason, len(wrong), refuted, line)

    if reason := _vacuous(step):
        return result(reason, [], 0)
    reducer = reducer_to_zero(sp.sympify(step.lhs - step.rhs), step.reducers + STANDARD, seconds)
    if reducer is None:
        return result("the difference was not reduced to 0", [], 0)
    wrong = mutants(step.rhs)
    points = step.points or ({},)
    refuted = sum(
        _differs(step.lhs, m, points) and reducer_to_zero(step.lhs - m, (reducer,), seconds) is None for m in wrong
    )
    if not wrong or refuted < len(wrong):
        return result("a mutant was not refuted", wrong, refuted)
    return result("", wrong, refuted)
