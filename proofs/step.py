"""lhs - rhs = 0, reduced to the literal 0, and false for every mutant of rhs: what a symbolic step must show.

A prover that says yes proves nothing unless it also says no. So a step is accepted only if both sides are finite,
equal and not constant at two rational points (a number-level check that shares nothing with the reduction), and if
every mutant of the right-hand side is refuted by numbers and not proved by the same reduction.
"""

import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, final

import mpmath
import sympy

DIGITS: Final = 30
"""Working digits of the check by numbers; equality is asked to two thirds of them, difference to less than half."""
EQUAL: Final = mpmath.mpf(10) ** -20
DIFFERENT: Final = mpmath.mpf(10) ** -12

Tactic = Callable[[Any], Any]
Point = Mapping[Any, Any]


class OutOfTimeError(Exception):
    """The time limit of a reduction passed."""


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Raise OutOfTimeError in the block after `seconds`; without a limit off the main thread, where no alarm rings."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring(*_: object) -> None:
        raise OutOfTimeError

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def expand(expr: Any) -> Any:
    """Carry out what is written, then expand."""
    return sympy.expand(expr.doit())


def algebra(expr: Any) -> Any:
    """Carry out what is written, then expand the numerator over a common denominator."""
    return sympy.expand(sympy.together(sympy.expand(expr.doit())).as_numer_denom()[0])


def by_erf(expr: Any) -> Any:
    """Carry out what is written, with erfc as 1 - erf, which knows that it is odd and inverts erfinv."""
    return algebra(expr.doit().rewrite(sympy.erf))


def by_exp(expr: Any) -> Any:
    """Write tanh as exponentials and collect them over a common denominator."""
    return sympy.expand(sympy.powsimp(algebra(expr.doit().rewrite(sympy.exp))))


def by_powers(expr: Any) -> Any:
    """Carry out what is written, then gather powers and exponentials of the same base."""
    return sympy.expand(sympy.powsimp(sympy.expand(expr.doit())))


def simplify(expr: Any) -> Any:
    """Carry out what is written, then let sympy search."""
    return sympy.simplify(expr.doit())


@final
@dataclass(frozen=True)
class Step:
    """One equation to prove: `lhs` = `rhs` by `tactic`, checked by numbers at the `points`.

    `constant=True` declares that both sides are meant to be constant; `seconds` limits each reduction.
    """

    name: str
    says: str
    lhs: Any
    rhs: Any
    points: tuple[Point, ...]
    tactic: Tactic = algebra
    constant: bool = False
    seconds: float = 20.0


@final
@dataclass(frozen=True)
class StepResult:
    """What became of a step: `proved` or the `reason` why not, mutants refuted, and a line of `transcript`."""

    name: str
    proved: bool
    mutants: int
    reason: str
    transcript: str


class _Undefined(Exception):  # noqa: N818
    """An expression has no finite real value at a point."""


def value(expr: Any, point: Point) -> Any:
    """Return the real value at a point; derivatives and integrals numerically, not by the rules under test."""
    with mpmath.workdps(2 * DIGITS):
        try:
            # A derivative at a substituted place must be taken before the place is put in.
            expr = expr.replace(lambda e: isinstance(e, sympy.Subs), lambda e: e.doit())
            for derivative in expr.atoms(sympy.Derivative):
                (variable, order), *others = derivative.variable_count
                if others or order > 1 or variable not in point:
                    continue
                rest = {key: v for key, v in point.items() if key != variable}
                body = derivative.expr.subs(rest)
                number = mpmath.diff(sympy.lambdify(variable, body, "mpmath"), mpmath.mpf(point[variable]))
                expr = expr.xreplace({derivative: sympy.Float(number, 2 * DIGITS)})
            number = sympy.N(expr.subs(point).doit(integrals=False), DIGITS)
            if not number.is_number or not number.is_finite or not number.is_real:
                raise _Undefined(f"{expr} has no finite real value at {dict(point)}")
            return mpmath.mpf(str(number))
        except (ValueError, TypeError, ZeroDivisionError, AttributeError, mpmath.mp.NoConvergence) as error:
            raise _Undefined(str(error)) from error


def mutants(expr: Any) -> list[Any]:
    """Return nearby expressions that are not `expr`: 0.1% and 1% larger, negated, shifted, each number plus one.

    >>> x = sympy.Symbol("x")
    >>> len(mutants(2 * x))
    5
    """
    numbers = sorted(
        {a for a in sympy.preorder_traversal(expr) if a.is_Rational and a != 0}, key=sympy.default_sort_key
    )
    changed = [
        expr * sympy.Rational(1001, 1000),
        expr * sympy.Rational(101, 100),
        -expr,
        expr + sympy.Rational(1, 1000),
        *(expr.xreplace({number: number + 1}) for number in numbers),
    ]
    return [m for i, m in enumerate(changed) if m != expr and m not in changed[:i]]


def _carried_out(step: Step) -> Any:
    """Return the left side with its derivatives and integrals done, once for all mutants."""
    with deadline(step.seconds):
        return step.lhs.doit()


def _reduces(step: Step, left: Any, rhs: Any) -> bool:
    with deadline(step.seconds):
        return bool(step.tactic(left - rhs) == 0)


def _refuted(step: Step, mutant: Any, left: list[Any]) -> bool:
    for point, number in zip(step.points, left, strict=True):
        try:
            if abs(number - value(mutant, point)) > DIFFERENT * (1 + abs(number)):
                return True
        except _Undefined:
            return True
    return False


def _examine(step: Step) -> tuple[str, int]:
    """Return (why the step is refused or nothing, mutants refuted)."""
    if len(step.points) < 2:
        return "it needs two points at least", 0
    if step.lhs == step.rhs:
        return "both sides are the same expression: there is nothing to prove", 0
    if step.lhs.has(sympy.nan) or step.rhs.has(sympy.nan):
        return "a side is not a number", 0
    try:
        left = [value(step.lhs, p) for p in step.points]
        right = [value(step.rhs, p) for p in step.points]
    except _Undefined as error:
        return f"no value: {error}", 0
    if any(abs(x - y) > EQUAL * (1 + abs(x)) for x, y in zip(left, right, strict=True)):
        return f"the sides differ: {mpmath.nstr(left, 12)} against {mpmath.nstr(right, 12)}", 0
    if not step.constant and all(abs(x - left[0]) <= EQUAL * (1 + abs(x)) for x in left):
        return "both sides are constant, which the step does not declare", 0
    try:
        carried = _carried_out(step)
        if not _reduces(step, carried, step.rhs):
            return "the difference does not reduce to 0", 0
    except OutOfTimeError:
        return f"the reduction took more than {step.seconds:g} s", 0
    except Exception as error:  # sympy's own limits are no proof
        return f"the reduction raised {type(error).__name__}: {error}", 0
    changed = mutants(step.rhs)
    if not changed:
        return "the right-hand side has no mutants", 0
    for mutant in changed:
        if not _refuted(step, mutant, left):
            return f"numbers do not tell it from {mutant}", 0
        try:
            if _reduces(step, carried, mutant):
                return f"the same reduction proves {mutant} too", 0
        except (OutOfTimeError, Exception):  # not proved, which is what is asked
            continue
    return "", len(changed)


def prove(step: Step) -> StepResult:
    """Prove the step or say why it is refused.

    >>> x = sympy.Symbol("x")
    >>> points = ({x: sympy.Rational(1, 3)}, {x: sympy.Rational(5, 7)})
    >>> prove(Step("square", "(x + 1)^2", (x + 1) ** 2, x**2 + 2 * x + 1, points)).transcript
    'square: (x + 1)^2 [proved, 6 mutants refuted]'
    """
    reason, killed = _examine(step)
    outcome = f"proved, {killed} mutants refuted" if not reason else f"REFUSED: {reason}"
    return StepResult(step.name, not reason, killed, reason, f"{step.name}: {step.says} [{outcome}]")
