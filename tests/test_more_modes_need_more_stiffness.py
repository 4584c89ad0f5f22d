"""isoperimetric: M sets cost sqrt(log M), never less than the law says, and about as much where it is tight.

Primary route: exact interval masses of staircase maps, and the defining equation at 60 digits. The asymptotic
formula is no bound, and the tests say by how much it fails.
"""

import math

import mpmath
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import noncommit
from sim.checks.exact import isoperimetric_is_met, staircase_masses, staircase_ratio
from theory.errors import UsageError
from theory.separated import balanced_error, balanced_stiffness, masses_stiffness, safe_bounds
from theory.verdict import Outcome


def quantile(p: mpmath.mpf) -> mpmath.mpf:
    """Return Phi^-1(p), p <= 1/2, by Newton on log Phi, at the working precision."""
    log_phi = lambda z: mpmath.log(mpmath.erfc(-z / mpmath.sqrt(2)) / 2)  # noqa: E731
    return mpmath.findroot(lambda z: log_phi(z) - mpmath.log(p), -mpmath.sqrt(-2 * mpmath.log(p)) if p < 0.1 else -0.5)


@pytest.mark.parametrize("modes", [3, 8, 1024, 10**6, 1e30])
@pytest.mark.parametrize("error", [1e-9, 0.01, 0.5, 0.999])
def test_the_textbook_difference_of_quantiles_comes_out(modes: float, error: float) -> None:
    """Assert 1e-12 against the plain formula at 60 digits, which keeps 40 after the cancellation."""
    with mpmath.workdps(60):
        gap = quantile(1 / mpmath.mpf(modes)) - quantile((1 - mpmath.mpf(error)) / mpmath.mpf(modes))
        textbook = float(1 / (2 * gap))
    assert float(balanced_stiffness(modes, error)) == pytest.approx(textbook, rel=1e-12)
    assert float(balanced_stiffness(modes, error)) * 1.01 != pytest.approx(textbook, rel=1e-3)


@given(st.lists(st.floats(-3, 3), min_size=1, max_size=12, unique=True), st.floats(0.01, 0.99))
def test_no_staircase_beats_the_law(middles: list[float], share: float) -> None:
    """Assert needed <= L for random staircases, whose risers are as wide as they can be without overlap."""
    middles = sorted(middles)
    widest = min(np.diff(middles), default=1.0)
    assume(widest > 1e-3)
    assert staircase_ratio(middles, share * widest) >= 1 - 1e-9


def test_a_tiny_third_set_brings_the_bound_within_reach() -> None:
    """Assert a near-tight instance with three sets: the law times 1.01 would be violated."""
    assert 1 <= staircase_ratio([0.0, 4.5], 0.01) < 1.0001
    verdict = isoperimetric_is_met()
    assert verdict.outcome is Outcome.HOLDS


def test_staircase_masses_are_probabilities() -> None:
    """Assert that plateaus and risers fill the line: masses against a midpoint sum of the density."""
    masses, error = staircase_masses(np.array([-1.0, 0.5]), 0.2)
    assert masses.sum() + error == pytest.approx(1, abs=1e-15)
    x = (np.arange(-80_000, 80_000) + 0.5) / 8000  # midpoints: second order, error about 1e-9
    density = np.exp(-x * x / 2) / math.sqrt(2 * math.pi) / 8000
    for mass, (low, high) in zip(masses, [(-20, -1.1), (-0.9, 0.4), (0.6, 20)], strict=True):
        assert mass == pytest.approx(density[(x > low) & (x < high)].sum(), abs=1e-8)


def test_the_asymptotic_is_not_a_bound() -> None:
    """Assert how much (1/error) sqrt(log(M)/2) overstates the bound at small error, and that S does not undercut."""
    for modes, factor in ((2, 1.4757), (1e3, 1.1039), (1e6, 1.0623), (1e300, 1.00257)):
        asymptotic = math.sqrt(math.log(modes) / 2) / 1e-9
        assert asymptotic / float(balanced_stiffness(modes, 1e-9)) == pytest.approx(factor, rel=1e-4)


@given(st.integers(2, 10**9), st.floats(1e-12, 0.999))
def test_the_safe_closed_form_brackets_the_law(modes: int, error: float) -> None:
    """Assert (1 - error) S <= L <= S up to rounding, and L < 1.01 (1 - error) S somewhere below."""
    low, high = safe_bounds(modes, error)
    stiffness = balanced_stiffness(modes, error)
    assert low * (1 - 1e-14) <= stiffness <= high * (1 + 1e-14)
    assert float(balanced_error(modes, stiffness)) == pytest.approx(error, rel=1e-11)


def test_equal_masses_in_a_list_are_the_balanced_form() -> None:
    """Assert that the general root and the balanced integral agree, for 2 to 300 sets."""
    for modes in (2, 3, 37, 300):
        masses = [0.9 / modes] * modes
        error = math.fsum([1, *(-q for q in masses)])
        assert masses_stiffness(masses) == pytest.approx(float(balanced_stiffness(modes, error)), rel=1e-12)


def test_the_registry_answers_in_both_directions() -> None:
    """Assert modes, error -> stiffness -> error, masses -> stiffness, and the bracket around it."""
    answer = noncommit.law("isoperimetric", modes=37, error=0.0137)
    assert answer["stiffness_at_least"] < answer["stiffness"] < answer["stiffness_at_most"]
    assert noncommit.law("isoperimetric", modes=37, stiffness=answer["stiffness"])["error"] == pytest.approx(0.0137)
    unequal = noncommit.law("isoperimetric", masses=[0.5, 0.3, 0.1])
    assert unequal["stiffness"] < noncommit.law("isoperimetric", masses=[0.3, 0.3, 0.3])["stiffness"]


@pytest.mark.parametrize(
    "given_",
    [{"modes": 1, "error": 0.1}, {"modes": 2.5, "error": 0.1}, {"modes": 1e301, "error": 0.1}, {"modes": 3},
     {"modes": 3, "error": 1e400}, {"modes": 3, "masses": [0.1, 0.1, 0.1]}, {"modes": float("nan"), "error": 0.1}],
)  # fmt: skip
def test_bad_input_has_no_number(given_) -> None:
    """Assert one message of four parts for each."""
    with pytest.raises(UsageError, match=r"Expected: .* Received: .*\?$"):
        noncommit.law("isoperimetric", **given_)
