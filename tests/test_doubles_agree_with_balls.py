"""theory's doubles are the textbook's to 12 digits over their stated domain, and an error of 1% anywhere is seen.

Primary route: ball arithmetic at the precision that decides. The oracles are themselves tested against exact cases.
"""

import math

import flint
import pytest

import proofs
from copies import ROOT, run_python
from proofs import against_balls, doubles
from theory.verdict import Outcome

CHECKS = {check.law: check for check in proofs.checks() if check.level == "F"}


@pytest.mark.parametrize("law", CHECKS)
def test_the_doubles_hold(law: str, worst_error) -> None:
    """Assert HOLDS with the worst error below 1e-12, and enter it into the table of the run."""
    verdict = CHECKS[law].run()
    worst_error(law, verdict.value, against_balls.TOLERANCE, CHECKS[law].name.removeprefix("doubles against "))
    assert verdict.outcome is Outcome.HOLDS
    assert verdict.value is not None
    assert 0 < verdict.value < 1e-12


@pytest.mark.parametrize(
    ("law", "name"),
    [("binary", "balanced_stiffness"), ("binary", "balanced_error"), ("binary", "masses_stiffness"),
     ("binary", "proportional_error"), ("isoperimetric", "balanced_stiffness"), ("isoperimetric", "masses_stiffness"),
     ("ddim_frontier", "ddim_stiffness"), ("ddim_frontier", "frontier_error")],
)  # fmt: skip
@pytest.mark.parametrize("factor", [1.01, 1 + 1e-10])
def test_a_scaled_function_fails(law: str, name: str, factor: float, monkeypatch) -> None:
    """Assert FAILS for each function of theory off by 1%, and by 1e-10."""
    right = getattr(doubles, name)
    monkeypatch.setattr(doubles, name, lambda *args, **kwargs: factor * right(*args, **kwargs))
    verdict = CHECKS[law].run()
    assert verdict.outcome is Outcome.FAILS
    assert verdict.value == pytest.approx(factor - 1, rel=1e-2)


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "two workers"])
def test_the_run_ends_with_a_table_of_worst_errors(workers: tuple[str, ...]) -> None:
    """Assert the table of a run of its own: the error that the check finds, whichever process found it."""
    tests = [f"tests/test_doubles_agree_with_balls.py::test_the_doubles_hold[{law}]" for law in ("product", "coarea")]
    done = run_python("-m", "pytest", "-q", "-p", "no:cacheprovider", *workers, *tests, cwd=ROOT)
    assert done.returncode == 0, done.stdout
    table = done.stdout.split("worst relative error found for each law")[1].splitlines()[1:]
    rows = {line.split()[0]: line.split() for line in table if line and line[0].isalpha()}
    for law in ("product", "coarea"):
        verdict = CHECKS[law].run()
        assert rows[law][1:3] == [f"{verdict.value:.1e}", "1e-12"]
        assert rows[law][1] != f"{10 * verdict.value:.1e}"


def test_the_naive_difference_fails_the_same_grid() -> None:
    """Assert that the grid bites: the difference of two double quantiles is off by more than 1e-12 there."""
    verdict = against_balls.judge(doubles.naive_rows())
    assert verdict.outcome is Outcome.FAILS
    assert verdict.value is not None
    assert verdict.value > 1e-7


def test_a_grid_that_does_not_bite_is_no_pass() -> None:
    """Assert UNDECIDED where a "naive" row agrees after all, so that the control cannot rot."""
    good = doubles.balanced_rows((8,))
    assert against_balls.judge(good, naive=good[-1:]).outcome is Outcome.UNDECIDED


def test_nan_and_infinity_fail() -> None:
    """Assert that a value that is no number is infinitely wrong."""
    for value in (math.nan, math.inf):
        row = ("planted", value, lambda: flint.arb(2))
        assert against_balls.judge([row]).outcome is Outcome.FAILS


def test_the_oracles_know_exact_cases() -> None:
    """Assert the oracles on cases in closed form: quartiles, equal thirds, a symmetric pair, and 10 = (2 5)."""
    with flint.ctx.workprec(200):
        quartile = flint.arb(2).sqrt() * flint.arb("0.5").erfinv()
        assert abs(doubles.gap(2, 0.5) - quartile) < flint.arb("1e-40")
        assert abs(doubles.half_gap((0.25, 0.25)) - quartile) < flint.arb("1e-25")
        # With three masses of 1/6 each must grow to 1/3.
        sixth, third = (-flint.arb(2).sqrt() * (2 / flint.arb(n)).erfcinv() for n in (6, 3))
        three = doubles.half_gap((1 / 6,) * 3)
        assert abs(three - (third - sixth)) < flint.arb("1e-15")
        equal = doubles.least_error((0.5, 0.5), 1.0, 2 * float(quartile))
        assert abs(equal - flint.arb("0.5")) < flint.arb("1e-15")
    from fractions import Fraction

    assert doubles.exact_frontier(4.0, 4.0, 1) == 0
    assert doubles.exact_frontier(4.0, 4.0, 2) == 2  # 1/2 + 1/2 * 0, then 4
    assert doubles.exact_frontier(1.0, 1.0, 2) == Fraction(1, 2)  # 1/2, then min(1, 2)
