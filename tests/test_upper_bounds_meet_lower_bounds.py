"""isoperimetric <= every code for M modes: simplex, grid, product and total variation agree where they must.

Primary routes: many-digit quadrature, counting by enumeration, corners tried one by one. The printed values are second
witnesses, and each check is shown to reject an error of 1%.
"""

import itertools
import math

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate
from scipy.special import ndtr, ndtri

import noncommit
from proofs import against_balls, dimension_doubles, simplex_doubles
from sim.checks import dimension as dimension_checks
from theory.errors import UsageError
from theory.ordinal import ordinal_error, ordinal_stiffness
from theory.product import best_factors, grid_error, grid_stiffness, product_error, product_stiffness
from theory.separated import balanced_stiffness
from theory.simplex import lead_kept, simplex_error, simplex_perimeter, simplex_stiffness
from theory.sobolev import sobolev_stiffness
from theory.variation import variation_error, variation_stiffness
from theory.verdict import Outcome

errors = st.floats(1e-12, 0.999)


@given(st.integers(2, 10**9), errors)
def test_the_simplex_lies_between_the_bound_and_sqrt2_times_it(modes: int, error: float) -> None:
    """Assert isoperimetric <= simplex <= sqrt2 isoperimetric, and equality at M = 2."""
    ratio = simplex_stiffness(modes, error) / float(balanced_stiffness(modes, error))
    assert 1 - 1e-12 <= ratio <= math.sqrt(2)
    assert simplex_stiffness(2, error) == pytest.approx(float(balanced_stiffness(2, error)), rel=1e-12)
    assert simplex_error(modes, simplex_stiffness(modes, error)) == pytest.approx(error, rel=1e-11)


@given(st.floats(0.31, 300), st.floats(1e-12, 0.999))
def test_closed_bounds_hold_for_the_simplex(log_modes: float, error: float) -> None:
    """Assert P_M/log(1/(1 - error)) <= L <= P_M/error, within (1 - error) of each other, from the law itself."""
    modes = float(math.ceil(10**log_modes))
    answer = noncommit.law("simplex", modes=modes, error=error, separation=2)
    assert answer["stiffness_at_least"] <= answer["stiffness"] * (1 + 1e-12)
    assert answer["stiffness"] <= answer["stiffness_at_most"] * (1 + 1e-12)
    assert answer["stiffness_at_least"] >= (1 - error) * answer["stiffness_at_most"] * (1 - 1e-12)
    tiny = noncommit.law("simplex", modes=modes, error=1e-9)
    assert tiny["stiffness_at_most"] == pytest.approx(tiny["stiffness"], rel=1e-7)
    assert 1.01 * tiny["stiffness_at_least"] > tiny["stiffness"]


def test_equal_masses_are_an_error_to_the_simplex_and_unequal_ones_refused() -> None:
    """Assert the error that masses leave, and the hypothesis that symmetry asks for."""
    by_masses = noncommit.law("simplex", masses=[0.3, 0.3, 0.3], source_dim=2)
    assert by_masses["stiffness"] == pytest.approx(noncommit.law("simplex", modes=3, error=0.1)["stiffness"], rel=1e-12)
    for given_ in ({"masses": [0.3, 0.4]}, {"masses": [0.3, 0.3, 0.3], "source_dim": 1}):
        with pytest.raises(UsageError, match="hypothesis of simplex fails"):
            noncommit.law("simplex", **given_)


@given(st.floats(1e-12, 0.999))
def test_special_cases_coincide(error: float) -> None:
    """Assert that one bit is the law of two, one factor a row, and bits a grid of twos."""
    binary = float(balanced_stiffness(2, error))
    assert float(product_stiffness(1, error)) == pytest.approx(binary, rel=1e-12)
    assert grid_stiffness([7], error) == pytest.approx(ordinal_stiffness(7, error), rel=1e-12)
    assert grid_stiffness([2] * 5, error) == pytest.approx(float(product_stiffness(5, error)), rel=1e-12)
    assert float(product_error(5, product_stiffness(5, error))) == pytest.approx(error, rel=1e-12)
    assert grid_error([3, 2], grid_stiffness([3, 2], error)) == pytest.approx(error, rel=1e-11)


@given(st.lists(st.integers(2, 9), min_size=1, max_size=4), errors)
def test_no_lattice_beats_the_bound_of_any_dimension(factors: list[int], error: float) -> None:
    """Assert isoperimetric <= grid <= its costliest split of the error, and that masses multiply at the common gap."""
    stiffness = grid_stiffness(factors, error)
    assert stiffness >= float(balanced_stiffness(math.prod(factors), error)) * (1 - 1e-12)
    kept = math.prod(1 - ordinal_error(m, stiffness) for m in factors)
    assert 1 - kept == pytest.approx(error, rel=1e-9, abs=1e-13)
    worse = math.prod(1 - ordinal_error(m, 1.01 * stiffness) for m in factors)
    assert 1 - worse < error


@pytest.mark.parametrize(("modes", "axes"), [(12, 2), (64, 3), (210, 4), (97, 3), (360, 2)])
def test_the_best_factors_are_the_cheapest_of_all(modes: int, axes: int) -> None:
    """Assert by enumeration of all factorisations that none is cheaper at a small error."""
    divisors = [d for d in range(1, modes + 1) if modes % d == 0]
    splits = [s for s in itertools.combinations_with_replacement(divisors, axes) if math.prod(s) == modes]
    cost = {s: grid_stiffness([m for m in s if m > 1], 1e-9) for s in splits}
    best = best_factors(modes, axes)
    assert math.prod(best) == modes
    assert len(best) <= axes
    assert grid_stiffness(best, 1e-9) == pytest.approx(min(cost.values()), rel=1e-6)


@pytest.mark.parametrize(("modes", "lead"), [(2, 0.01), (3, 0.3), (8, 2.0), (64, 0.05), (1e6, 0.4)])
def test_the_top_gap_by_quadrature(modes: float, lead: float) -> None:
    """Assert P(G > w) against adaptive quadrature of the integral as written, and that 1% in w is seen."""
    density = lambda y: modes * math.exp(-y * y / 2) / math.sqrt(2 * math.pi) * ndtr(y - lead) ** (modes - 1)  # noqa: E731
    plain = integrate.quad(density, -12, 14, epsabs=1e-14, epsrel=1e-12, limit=400, points=[0, 2, 4, 6])[0]
    assert lead_kept(modes, lead) == pytest.approx(plain, rel=1e-10)
    assert lead_kept(modes, 1.01 * lead) != pytest.approx(plain, rel=1e-6)


def test_the_top_gap_by_counting() -> None:
    """Assert the error of a simplex of 5 cells on drawn points: within 5 standard errors of its law."""
    points = np.sort(np.random.default_rng(20).standard_normal((400_000, 5)), axis=1)
    gaps = (points[:, -1] - points[:, -2]) / math.sqrt(2)
    for stiffness in (0.8, 5.0):
        lost = simplex_error(5, stiffness)
        seen = float(np.mean(gaps <= 1 / (2 * stiffness)))
        assert abs(seen - lost) < 5 * math.sqrt(lost * (1 - lost) / len(gaps))


@pytest.mark.parametrize("modes", [2, 8, 1e30, 1e300])
def test_perimeters_and_leads_at_forty_digits(modes: float) -> None:
    """Assert P_M and P(G > w) against sums of the textbook integrands at 40 digits."""
    with mpmath.workdps(40):
        m, root2 = mpmath.mpf(modes), mpmath.sqrt(2)

        def log_ndtr(x: mpmath.mpf) -> mpmath.mpf:
            tail = mpmath.erfc(abs(x) / root2) / 2
            return mpmath.log1p(-tail) if x > 0 else mpmath.log(tail)

        step = mpmath.mpf(1) / (8 if modes < 100 else 200)
        grid = [k * step for k in range(int(-14 / step), int((60 if modes > 100 else 14) / step))]
        mean = step * mpmath.fsum(mpmath.npdf(z) * mpmath.exp((m - 2) * log_ndtr(z / root2)) for z in grid)
        perimeter = m * (m - 1) / 2 * mean / mpmath.sqrt(2 * mpmath.pi)
        lead = mpmath.mpf(0.25)
        kept = m * step * mpmath.fsum(mpmath.npdf(y) * mpmath.exp((m - 1) * log_ndtr(y - lead)) for y in grid)
    assert simplex_perimeter(modes) == pytest.approx(float(perimeter), rel=1e-11)
    assert lead_kept(modes, 0.25) == pytest.approx(float(kept), rel=1e-11)
    assert 1e-9 * simplex_stiffness(modes, 1e-9) == pytest.approx(float(perimeter), rel=1e-7)


def test_printed_values() -> None:
    """Assert the second witnesses to one unit of their last digit."""
    for modes, printed in ((8, 1.00664), (64, 1.65727), (1024, 2.29685), (1e6, 3.43859)):
        assert simplex_perimeter(modes) == pytest.approx(printed, abs=1e-5)
    for modes, printed in ((3, 1.0973), (8, 1.2226), (64, 1.3205), (1024, 1.3617), (1e6, 1.3898)):
        ratio = simplex_stiffness(modes, 0.01) / float(balanced_stiffness(modes, 0.01))
        assert ratio == pytest.approx(printed, abs=1e-4)
    for modes, error, stiffness in ((8, 0.01, 82.0421), (8, 0.1, 7.78372), (8, 0.5, 1.05073), (3, 0.1, 5.28745),
                                    (1024, 0.1, 15.9411)):  # fmt: skip
        assert variation_stiffness(modes, error) == pytest.approx(stiffness, rel=1e-5)
    assert simplex_perimeter(3) == pytest.approx(3 / (2 * math.sqrt(2 * math.pi)), rel=1e-14)
    assert 1e-9 * float(product_stiffness(16, 1e-9)) == pytest.approx(6.38, abs=0.01)


@given(st.integers(2, 12), st.floats(1e-3, 0.9), st.randoms(use_true_random=False))
def test_no_masses_within_the_variation_cost_less(modes: int, error: float, random) -> None:
    """Assert that random masses at total variation `error` break the isoperimetric sum at a wider gap."""
    stiffness = variation_stiffness(modes, error)
    if stiffness == 0:
        assert error >= 1 - 1 / modes
        return
    shares = np.array([0.01 + random.random() for _ in range(modes)])
    short = np.minimum(shares / shares.sum() * error, 1 / modes)  # what each mode lacks, at most all of it
    masses = 1 / modes - short
    total = float(np.sum(ndtr(ndtri(masses[masses > 0]) + 1 / (2 * stiffness))))
    assert total >= 1 - 1e-9
    assert variation_error(modes, stiffness) == pytest.approx(error, rel=1e-10)
    assert stiffness <= float(balanced_stiffness(modes, error)) * (1 + 1e-12)


def test_the_checks_hold_and_see_one_per_cent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Assert HOLDS for each law, and FAILS for doubles off by 1e-10 and a law off by 1% against maps."""
    assert dimension_checks.variation_is_met().outcome is Outcome.HOLDS
    wrong = dimension_checks.variation_is_met(lambda m, e: 1.01 * variation_stiffness(m, e))
    assert wrong.outcome is Outcome.FAILS
    cases = [
        (
            dimension_doubles,
            dimension_doubles.variation_rows,
            ("variation_stiffness", "variation_error", "variation_at_least"),
        ),
        (dimension_doubles, dimension_doubles.grid_rows, ("grid_stiffness", "grid_error")),
        (dimension_doubles, dimension_doubles.product_rows, ("product_stiffness", "product_error")),
        (dimension_doubles, dimension_doubles.sobolev_rows, ("sobolev_stiffness", "sobolev_error")),
        (simplex_doubles, simplex_doubles.simplex_rows, ("simplex_stiffness", "simplex_error", "simplex_perimeter")),
    ]
    for module, rows, names in cases:
        assert against_balls.judge(rows()).outcome is Outcome.HOLDS
        for name in names:
            with monkeypatch.context() as patch:
                right = getattr(module, name)
                patch.setattr(module, name, lambda *a, right=right: (1 + 1e-10) * right(*a))
                assert against_balls.judge(rows()).outcome is Outcome.FAILS, name


def test_few_dimensions_obey_the_sobolev_bound() -> None:
    """Assert sobolev <= ordinal and grid, near equality for long rows, and where `isoperimetric` takes over."""
    for modes, error in itertools.product((3, 8, 64, 1024), (1e-9, 0.01, 0.1, 0.5)):
        assert sobolev_stiffness(modes, 1, error) <= ordinal_stiffness(modes, error)
        assert sobolev_stiffness(modes, 2, error) <= grid_stiffness(best_factors(modes, 2), error)
    assert 1.01 * sobolev_stiffness(4096, 1, 1e-9) > ordinal_stiffness(4096, 1e-9)
    for modes, first in ((64, 4), (1024, 7), (1e6, 15), (1e12, 31), (1e30, 80)):
        better = [float(balanced_stiffness(modes, 0.01)) >= sobolev_stiffness(modes, n, 0.01) for n in range(1, 100)]
        assert better.index(True) + 1 == first
    assert dimension_checks.sobolev_is_met().outcome is Outcome.HOLDS
    wrong = dimension_checks.sobolev_is_met(lambda m, n, e: 1.01 * sobolev_stiffness(m, n, e))
    assert wrong.outcome is Outcome.FAILS


def test_the_registry_answers_in_both_directions() -> None:
    """Assert error -> stiffness -> error for each law, with units."""
    for law, setting in (
        ("isoperimetric_tv", {"modes": 8}), ("simplex", {"modes": 8, "source_dim": 7}), ("product", {"source_dim": 3}),
        ("grid", {"factors": [4, 2]}), ("grid", {"modes": 8, "source_dim": 2}),
        ("sobolev", {"modes": 1000, "source_dim": 2}),
    ):  # fmt: skip
        stiffness = noncommit.law(law, **setting, error=0.2, separation=3)["stiffness"]
        assert stiffness == pytest.approx(3 * noncommit.law(law, **setting, error=0.2)["stiffness"], rel=1e-12)
        assert noncommit.law(law, **setting, stiffness=stiffness, separation=3)["error"] == pytest.approx(0.2)
    assert noncommit.law("grid", modes=8, source_dim=2, error=0.2)["lattice"] == "4 x 2"
    assert noncommit.law("isoperimetric_tv", modes=4, error=0.75)["stiffness"] == 0


@pytest.mark.parametrize(
    ("law", "given_"),
    [("isoperimetric_tv", {"modes": 2.5, "error": 0.1}), ("isoperimetric_tv", {"modes": 3, "error": 0}),
     ("simplex", {"modes": 8, "error": 0.1, "source_dim": 6}), ("simplex", {"modes": 1, "error": 0.1}),
     ("grid", {"factors": [8, 1], "error": 0.1}), ("grid", {"factors": [2.5], "error": 0.1}),
     ("grid", {"factors": [2, 2], "source_dim": 2, "error": 0.1}),
     ("grid", {"modes": 2e6, "source_dim": 2, "error": 0.1}),
     ("product", {"source_dim": 0, "error": 0.1}), ("product", {"source_dim": 1.5, "error": 0.1}),
     ("product", {"source_dim": 2}), ("sobolev", {"modes": 8, "source_dim": 20_000, "error": 0.1}),
     ("grid", {"factors": [], "error": 0.1})],
)  # fmt: skip
def test_bad_input_has_no_number(law: str, given_) -> None:
    """Assert one message of four parts for each."""
    with pytest.raises(UsageError, match=r"Expected: .* Received: .*\?$"):
        noncommit.law(law, **given_)
