"""ordinal: on a line M equal masses stand in a row, and the stiffness of the row grows like M.

Primary routes: the recursion walked from end to end by the standard library's quantile, exact staircases, and random
arrangements of pieces, none of which beats the equal row. The printed values are second witnesses.
"""

import math
from random import Random
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import noncommit
from proofs import against_balls, dimension_doubles
from sim.checks import dimension as dimension_checks
from theory.errors import UsageError
from theory.ordinal import ordinal_error, ordinal_stiffness
from theory.primitives import pdf
from theory.separated import balanced_stiffness
from theory.verdict import Outcome

LINE = NormalDist()


def walked_past_the_end(modes: int, error: float, stiffness: float) -> float:
    """Return u_{ceil(M/2)} minus where the middle of the row should end: no symmetric sums, no quadrature."""
    mass, width = (1 - error) / modes, 1 / stiffness
    end = mass
    for _ in range((modes - 1) // 2):
        end = LINE.cdf(LINE.inv_cdf(end) + width) + mass
    return end - (LINE.cdf(-width / 2) if modes % 2 == 0 else (1 + mass) / 2)


@pytest.mark.parametrize("modes", [2, 3, 8, 9, 64, 1023, 20_000])
@pytest.mark.parametrize("error", [0.05, 0.3, 0.9])
def test_the_row_ends_where_the_line_does(modes: int, error: float) -> None:
    """Assert the textbook recursion, long rows included, and that 1% more stiffness misses the end by far."""
    stiffness = ordinal_stiffness(modes, error)
    assert walked_past_the_end(modes, error, stiffness) == pytest.approx(0, abs=1e-11)
    assert abs(walked_past_the_end(modes, error, 1.01 * stiffness)) > 1e-6


@pytest.mark.parametrize(("modes", "error", "printed"), [(3, 0.01, 0.726472), (8, 0.01, 2.201305), (64, 0.1, 17.75262)])
def test_printed_values(modes: int, error: float, printed: float) -> None:
    """Assert the second witnesses to one unit of their last digit."""
    assert error * ordinal_stiffness(modes, error) == pytest.approx(printed, abs=10.0 ** -(6 if printed < 10 else 5))


@given(st.floats(1e-15, 1 - 1e-9))
def test_two_modes_are_the_law_of_two(error: float) -> None:
    """Assert `binary` at M = 2, which shares no code with the row beyond one Gaussian mass."""
    assert ordinal_stiffness(2, error) == pytest.approx(float(balanced_stiffness(2, error)), rel=1e-12)


def test_small_errors_sum_the_profile() -> None:
    """Assert error L/Delta -> sum of I(i/M), which is near M/(2 sqrt pi) for long rows."""
    for modes in (2, 5, 100, 4096):
        sum_of_profiles = math.fsum(LINE.pdf(LINE.inv_cdf(i / modes)) for i in range(1, modes))
        assert 1e-10 * ordinal_stiffness(modes, 1e-10) == pytest.approx(sum_of_profiles, rel=1e-7)
    assert sum_of_profiles / 4096 * 2 * math.sqrt(math.pi) == pytest.approx(1, rel=2e-3)
    assert 1e-10 * ordinal_stiffness(2, 1e-10) == pytest.approx(float(pdf(0.0)), rel=1e-9)


def test_a_long_row_obeys_its_limit() -> None:
    """Assert the row of the largest size against the sum of profiles, at an error where the two still agree."""
    modes = 1_000_000
    quantiles = np.array([LINE.inv_cdf(i / 1000) for i in range(1, 1000)])
    coarse = float(np.sum(pdf(quantiles))) * modes / 1000
    assert 1e-9 * ordinal_stiffness(modes, 1e-9) == pytest.approx(coarse, rel=3e-3)


@given(st.integers(2, 60), st.floats(1e-9, 0.999))
def test_error_and_stiffness_invert_each_other(modes: int, error: float) -> None:
    """Assert the round trip, and that stiffness rises with modes and never lies below the law of any dimension."""
    stiffness = ordinal_stiffness(modes, error)
    assert ordinal_error(modes, stiffness) == pytest.approx(error, rel=1e-11)
    assert stiffness >= float(balanced_stiffness(modes, error)) * (1 - 1e-12)
    assert ordinal_stiffness(modes + 1, error) > stiffness


@given(st.lists(st.floats(0.05, 1), min_size=2, max_size=9), st.integers(2, 5), st.floats(0.01, 0.7), st.randoms())
def test_no_arrangement_of_pieces_beats_the_row(sizes: list[float], modes: int, error: float, random: Random) -> None:
    """Assert that sets of several pieces each, gaps 2r apart, never fit: at the row's gap they overrun the line."""
    mass, width = (1 - error) / modes, 1 / ordinal_stiffness(modes, error)
    pieces = []
    for label in range(modes):
        shares = sizes if label % 2 else sizes[:1]
        pieces += [(label, mass * share / math.fsum(shares)) for share in shares]
    random.shuffle(pieces)
    end, previous = 0.0, None
    for label, piece in pieces:
        if previous not in (None, label) and 0 < end < 1:
            end = LINE.cdf(LINE.inv_cdf(end) + width)
        end, previous = end + piece, label
    assert end >= 1 - 1e-9


def test_the_checks_hold_and_see_one_per_cent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Assert HOLDS at both levels, FAILS for a law off by 1% in either direction, and for doubles off by 1e-10."""
    assert dimension_checks.ordinal_is_attained().outcome is Outcome.HOLDS
    for factor in (1.01, 1 / 1.01):
        wrong = dimension_checks.ordinal_is_attained(lambda m, e, f=factor: f * ordinal_stiffness(m, e))
        assert wrong.outcome is Outcome.FAILS
    for name in ("ordinal_stiffness", "ordinal_error"):
        with monkeypatch.context() as patch:
            right = getattr(dimension_doubles, name)
            patch.setattr(dimension_doubles, name, lambda *a, right=right: (1 + 1e-10) * right(*a))
            assert against_balls.judge(dimension_doubles.ordinal_rows()).outcome is Outcome.FAILS


def test_the_registry_answers_in_both_directions() -> None:
    """Assert modes, error -> stiffness -> error with units, and a hopeless stiffness."""
    answer = noncommit.law("ordinal", modes=8, error=0.01, separation=3)
    assert answer["stiffness"] == pytest.approx(3 * 220.1305, rel=1e-6)
    back = noncommit.law("ordinal", modes=8, stiffness=answer["stiffness"], separation=3)
    assert back["error"] == pytest.approx(0.01, rel=1e-12)
    assert noncommit.law("ordinal", modes=8, stiffness=1e-3)["error"] == 1.0


@pytest.mark.parametrize(
    "given_",
    [{"modes": 1, "error": 0.1}, {"modes": 2.5, "error": 0.1}, {"modes": 2e6, "error": 0.1}, {"modes": 3},
     {"modes": 3, "error": 1}, {"modes": 3, "error": 0.1, "separation": 0}, {"modes": 3, "stiffness": 0},
     {"modes": 3, "error": 0.1, "masses": [0.1, 0.1]}, {"error": 0.1}],
)  # fmt: skip
def test_bad_input_has_no_number(given_) -> None:
    """Assert one message of four parts for each."""
    with pytest.raises(UsageError, match=r"Expected: .* Received: .*\?$"):
        noncommit.law("ordinal", **given_)
