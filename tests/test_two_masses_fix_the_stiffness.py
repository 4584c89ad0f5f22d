"""binary: a clipped affine map reaches exactly the masses that the law permits at its stiffness.

Primary route: preimages of maps whose stiffness is known by construction. The printed values are second witnesses.
"""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import integrate

import noncommit
from sim.checks.exact import binary_is_attained, judge_bound
from theory.errors import UsageError
from theory.separated import balanced_error, balanced_stiffness, masses_stiffness, proportional_error
from theory.verdict import Outcome

slopes = st.floats(0.05, 500)
centres = st.floats(-3, 3)


def gaussian_mass(low: float, high: float) -> float:
    """Integrate the density: no distribution function of the code under test."""
    density = lambda x: math.exp(-x * x / 2) / math.sqrt(2 * math.pi)  # noqa: E731
    return integrate.quad(density, max(low, -40), min(high, 40), epsabs=0, epsrel=1e-13, limit=200)[0]


def clipped_masses(slope: float, centre: float, separation: float) -> tuple[float, float, float]:
    """Return (left, middle, right) of x -> clip(slope (x - centre), -separation/2, separation/2) by quadrature."""
    half = separation / (2 * slope)
    ends = [-math.inf, centre - half, centre + half, math.inf]
    left, middle, right = (gaussian_mass(a, b) for a, b in zip(ends, ends[1:], strict=False))
    return left, middle, right


@given(slopes, centres, st.floats(0.1, 10))
def test_the_law_gives_back_the_slope(slope: float, centre: float, separation: float) -> None:
    """Assert equality to 1e-9 for unequal masses and any separation, and that 1% more is told apart."""
    left, middle, right = clipped_masses(slope, centre, separation)
    assume(min(left, right) > 1e-12)
    needed = masses_stiffness([left, right], separation=separation, error=middle)
    assert needed == pytest.approx(slope, rel=1e-9)
    assert needed != pytest.approx(1.01 * slope, rel=1e-3)
    assert proportional_error([left, right], slope, separation=separation) == pytest.approx(middle, rel=1e-9)


@given(st.floats(1e-6, 0.999), st.floats(0.1, 10))
def test_balanced_masses_are_the_special_case(error: float, separation: float) -> None:
    """Assert that equal masses give the balanced form, and that error and stiffness invert each other."""
    stiffness = float(balanced_stiffness(2, error, separation=separation))
    assert masses_stiffness([(1 - error) / 2] * 2, separation=separation, error=error) == pytest.approx(stiffness)
    assert float(balanced_error(2, stiffness, separation=separation)) == pytest.approx(error, rel=1e-12)
    _, middle, _ = clipped_masses(stiffness, 0.0, separation)
    assert middle == pytest.approx(error, rel=1e-9)


def test_unequal_masses_need_less() -> None:
    """Assert that the balanced form would be wrong for unequal masses: it is the largest requirement."""
    assert masses_stiffness([0.25, 0.5]) < float(balanced_stiffness(2, 0.25))
    assert masses_stiffness([0.25, 0.5]) == pytest.approx(1.4826, abs=1e-4)  # second witness
    assert float(balanced_stiffness(2, 0.25)) == pytest.approx(1.5692, abs=1e-4)


def test_the_check_sees_one_per_cent() -> None:
    """Assert that the ladder's own check holds, and fails for a law off by 1% in either direction."""
    assert binary_is_attained().outcome is Outcome.HOLDS
    for factor in (1.01, 1 / 1.01):
        ratios = [factor, factor]
        verdict = judge_bound(ratios, tight=factor, tight_within=1 + 1e-9, method="", detail="", loose_within=1 + 1e-9)
        assert verdict.outcome is Outcome.FAILS


def test_four_questions_have_consistent_answers() -> None:
    """Assert error -> stiffness -> error and masses -> stiffness -> error through the registry."""
    stiffness = noncommit.law("binary", error=0.1, separation=3)["stiffness"]
    assert noncommit.law("binary", stiffness=stiffness, separation=3)["error"] == pytest.approx(0.1, rel=1e-14)
    answer = noncommit.law("binary", masses=[0.3, 0.6])
    assert answer["error"] == math.fsum([1, -0.3, -0.6])  # of the doubles as they are
    assert noncommit.law("binary", masses=[0.3, 0.6], stiffness=answer["stiffness"])["error"] == pytest.approx(0.1)


@pytest.mark.parametrize(
    "given_",
    [{"error": 0}, {"error": 1}, {"error": float("nan")}, {"error": "x"}, {"error": True}, {"stiffness": -1},
     {"stiffness": math.inf}, {"masses": [0.5]}, {"masses": [0.5, 0.5]}, {"masses": [0.5, 0]}, {"masses": [0.2] * 3},
     {"masses": []}, {"error": 0.1, "stiffness": 1}, {"error": 0.1, "separation": 0}, {}, {"separation": 1}],
)  # fmt: skip
def test_bad_input_has_no_number(given_) -> None:
    """Assert one message of four parts for each."""
    with pytest.raises(UsageError, match=r"Expected: .* Received: .*\?$"):
        noncommit.law("binary", **given_)


def test_arrays_broadcast() -> None:
    """Assert that arrays of errors and separations give the array of single answers."""
    errors, separations = np.array([0.1, 0.5]), np.array([[1.0], [2.0]])
    table = balanced_stiffness(2, errors, separation=separations)
    assert table.shape == (2, 2)
    assert table[1, 0] == balanced_stiffness(2, 0.1, separation=2.0)
