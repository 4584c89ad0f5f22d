"""A step passes only if it is an identity that says something: wrong, vacuous and constant ones are refused.

Each test plants one kind of bad step; the good one is the control.
"""

import threading

import pytest
import sympy as sp

from proofs import binary, ddim_frontier, isoperimetric
from proofs.step import Step, mutants, prove, value_at

x, y = sp.symbols("x y", real=True)
POINTS = ({x: sp.Rational(1, 3), y: sp.Rational(2, 7)}, {x: sp.Rational(-5, 4), y: sp.Rational(3, 2)})


def step(lhs, rhs, **options) -> Step:
    return Step("planted", "planted", sp.sympify(lhs), sp.sympify(rhs), options.pop("points", POINTS), **options)


def test_a_true_identity_is_proved_with_all_its_mutants_refuted() -> None:
    """Assert the control."""
    result = prove(step((x + y) ** 2, x**2 + 2 * x * y + y**2))
    assert result.proved
    assert result.mutants == result.refuted >= 4
    assert "proved" in result.transcript


@pytest.mark.parametrize(
    ("lhs", "rhs", "options", "reason"),
    [
        ((x + y) ** 2, x**2 + x * y + y**2, {}, "differ"),
        ((x + y) ** 2 * sp.Rational(1001, 1000), x**2 + 2 * x * y + y**2, {}, "differ"),
        (sp.sin(x) ** 2 + sp.cos(x) ** 2, 1, {}, "same value"),
        (x, x, {"points": ()}, "fewer than two points"),
        (x, x, {"points": POINTS[:1]}, "fewer than two points"),
        (sp.log(-(x**2)), sp.log(-(x**2)), {}, "no finite value"),
        (1 / (x - sp.Rational(1, 3)), 1 / (x - sp.Rational(1, 3)), {}, "no finite value"),
        (sp.nan, sp.nan, {}, "no finite value"),
        (sp.Symbol("z") + x, sp.Symbol("z") + x, {}, "no finite value"),
        (sp.Integer(2), sp.Integer(3), {"constant": True}, "differ"),
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
    result = prove(step(hard, series), seconds=3)
    assert not result.proved
    assert "not reduced" in result.reason


def test_an_agreement_at_the_points_only_is_refused() -> None:
    """Assert that an expression that meets the right side at every point looked at, and only there, is not proved."""
    bump = (x - sp.Rational(1, 3)) * (x + sp.Rational(5, 4))
    assert not prove(step(x + y + bump, x + y)).proved


def test_a_prover_that_proves_everything_is_found_out() -> None:
    """Assert that a reducer that answers 0 to anything proves nothing: it proves the mutants too."""
    result = prove(
        step(sp.besselj(0, x), sp.besselj(0, x) * (1 + sp.Float("1e-25")), reducers=(lambda e: sp.Integer(0),))
    )
    assert not result.proved
    assert result.reason == "a mutant was not refuted"


def test_a_slow_reducer_is_stopped_and_the_next_question_is_answered() -> None:
    """Assert that the time limit ends a reduction, and leaves no alarm behind."""

    def forever(expression):
        while True:
            expression = sp.expand(expression + 1)

    assert not prove(step((x + y) ** 2, x**2 + 2 * x * y + y**2, reducers=(forever,)), seconds=1).proved
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
def test_every_step_of_every_chain_rejects_a_right_side_off_by_a_thousandth(chain) -> None:
    """Assert, without the engine, that each committed step is false when its right side is scaled or shifted."""
    for committed in chain.steps():
        wrong = committed.rhs * sp.Rational(1001, 1000) if committed.rhs != 0 else sp.Rational(1, 1000)
        values = [(value_at(committed.lhs, point), value_at(wrong, point)) for point in committed.points]
        assert any(abs(a - b) > sp.Float("1e-9") for a, b in values if a is not None and b is not None), committed.name
