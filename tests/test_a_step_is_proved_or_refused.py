"""A step passes only if it is an identity that says something: wrong, vacuous and constant ones are refused.

Each test plants one kind of bad step; the good one is the control.
"""

import threading

import pytest
import sympy as sp

from proofs import binary, ddim_frontier, isoperimetric
from proofs.step import OutOfTimeError, Step, deadline, mutants, prove, value

x, y = sp.symbols("x y", real=True)
POINTS = ({x: sp.Rational(1, 3), y: sp.Rational(2, 7)}, {x: sp.Rational(-5, 4), y: sp.Rational(3, 2)})


def step(lhs, rhs, **options) -> Step:
    return Step("planted", "planted", sp.sympify(lhs), sp.sympify(rhs), options.pop("points", POINTS), **options)


def test_a_true_identity_is_proved_with_all_its_mutants_refuted() -> None:
    """Assert the control."""
    result = prove(step((x + y) ** 2, x**2 + 2 * x * y + y**2))
    assert result.proved
    assert result.mutants >= 4
    assert "proved" in result.transcript


@pytest.mark.parametrize(
    ("lhs", "rhs", "options", "reason"),
    [
        ((x + y) ** 2, x**2 + x * y + y**2, {}, "sides differ"),
        ((x + y) ** 2 * sp.Rational(1001, 1000), x**2 + 2 * x * y + y**2, {}, "sides differ"),
        (sp.sin(x) ** 2 + sp.cos(x) ** 2, 1, {}, "constant, which the step does not declare"),
        (x, x, {}, "nothing to prove"),
        (sp.diff(x**2, x), 2 * x, {}, "nothing to prove"),  # carried out before it was stated: vacuous
        ((x + y) ** 2, x**2 + 2 * x * y + y**2, {"points": ()}, "two points"),
        ((x + y) ** 2, x**2 + 2 * x * y + y**2, {"points": POINTS[:1]}, "two points"),
        (sp.log(-(x**2)) * 2, sp.log(-(x**2)), {}, "no value"),
        (1 / (x - sp.Rational(1, 3)), 2 / (2 * x - sp.Rational(2, 3)), {}, "no value"),
        (sp.nan, x, {}, "not a number"),
        (sp.Symbol("z") + x, sp.Symbol("z") + 2 * x, {}, "no value"),
        (sp.Integer(2), sp.Integer(3), {"constant": True}, "sides differ"),
    ],
)
def test_a_bad_step_is_refused(lhs, rhs, options, reason) -> None:
    """Assert that each is refused, and says why."""
    result = prove(step(lhs, rhs, **options))
    assert not result.proved
    assert reason in result.reason


def test_a_true_identity_beyond_the_prover_is_not_proved() -> None:
    """Assert that "not reduced" is not "proved": numerical agreement at points is no proof."""
    hard = sp.besselj(0, x)
    series = sum((-1) ** k * (x / 2) ** (2 * k) / sp.factorial(k) ** 2 for k in range(40))
    result = prove(step(hard, series))
    assert not result.proved
    assert "does not reduce" in result.reason


def test_a_derivative_is_carried_out_by_the_prover() -> None:
    """Assert that what is stated unevaluated is proved, and its value taken numerically, not by the rule under test."""
    stated = step(sp.Derivative(sp.sin(x) * y, x), sp.cos(x) * y)
    assert prove(stated).proved
    assert float(value(stated.lhs, POINTS[0])) == pytest.approx(0.94495694631 * 2 / 7)
    assert not prove(step(sp.Derivative(sp.sin(x) * y, x), -sp.cos(x) * y)).proved


def test_an_agreement_at_the_points_only_is_refused() -> None:
    """Assert that an expression that meets the right side at every point looked at, and only there, is not proved."""
    bump = (x - sp.Rational(1, 3)) * (x + sp.Rational(5, 4))
    assert not prove(step(x + y + bump, x + y)).proved


def test_a_prover_that_proves_everything_is_found_out() -> None:
    """Assert that a tactic that answers 0 to anything proves nothing: it proves the mutants too."""
    result = prove(step((x + y) ** 2, x**2 + 2 * x * y + y**2, tactic=lambda e: sp.Integer(0)))
    assert not result.proved
    assert "proves" in result.reason


def test_a_slow_tactic_is_stopped_and_the_next_question_is_answered() -> None:
    """Assert that the time limit ends a reduction, and leaves no alarm behind."""

    def forever(expression):
        while True:
            expression = sp.expand(expression + 1)

    slow = prove(step((x + y) ** 2, x**2 + 2 * x * y + y**2, tactic=forever, seconds=1))
    assert not slow.proved
    assert "more than 1 s" in slow.reason
    with pytest.raises(OutOfTimeError), deadline(0.2):
        forever(x)
    assert prove(step((x + y) ** 2, x**2 + 2 * x * y + y**2)).proved


def test_it_works_off_the_main_thread() -> None:
    """Assert that no alarm is set where none can ring."""
    found = []
    thread = threading.Thread(target=lambda: found.append(prove(step((x + y) ** 2, x**2 + 2 * x * y + y**2)).proved))
    thread.start()
    thread.join()
    assert found == [True]


def test_mutants_are_wrong_and_different() -> None:
    """Assert scaled, negated, shifted and constant mutants, none of them the original."""
    rhs = 2 * x + sp.Rational(1, 3)
    found = mutants(rhs)
    assert rhs not in found
    assert {rhs * sp.Rational(101, 100), -rhs, 3 * x + sp.Rational(1, 3)} <= set(found)
    assert mutants(sp.Integer(0)) == [sp.Rational(1, 1000)]


@pytest.mark.parametrize("chain", [binary, isoperimetric, ddim_frontier], ids=lambda m: m.__name__)
def test_no_committed_step_is_vacuous(chain) -> None:
    """Assert, without the engine, that no step states the same expression twice, and each is false when off by 0.1%."""
    for committed in chain.steps():
        assert committed.lhs != committed.rhs, committed.name
        wrong = committed.rhs * sp.Rational(1001, 1000) if committed.rhs != 0 else sp.Rational(1, 1000)
        assert any(abs(value(committed.lhs, p) - value(wrong, p)) > 1e-9 for p in committed.points), committed.name
