"""dimension, spherical: below log M coordinates few codes fit, above it cells of directions come close to the bound.

Primary routes: every factorisation tried, polygons and simplices by quadrature, half gaps by their definition, random
directions counted with other noise. The crossing points and the simulated values in print are second witnesses.
"""

import dataclasses
import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import noncommit
from proofs import against_balls, phase_doubles
from sim.checks import phase as phase_checks
from sim.spherical import half_gaps, quantile, spherical
from sim.spherical_table import PARTICLES, SEED, rows
from theory.dimension import dimension_stiffness
from theory.errors import UsageError
from theory.product import grid_stiffness
from theory.separated import balanced_stiffness
from theory.simplex import simplex_stiffness
from theory.spherical import cyclic_code
from theory.stored_codes import best_code, least_code_error, stored_codes
from theory.verdict import Outcome


@pytest.mark.parametrize(("modes", "printed"), [(64, 4), (1024, 7), (1e6, 15), (1e12, 31), (1e30, 80)])
def test_isoperimetry_takes_over_near_log_m(modes: float, printed: int) -> None:
    """Assert the first n at which `isoperimetric` binds, near log M, and `sobolev` before it."""
    binding = [
        noncommit.law("dimension", modes=modes, source_dim=n, error=0.01)["lower_law"]
        for n in (1, printed - 1, printed, 2 * printed)
    ]
    assert binding == ["sobolev", "sobolev", "isoperimetric", "isoperimetric"]
    assert 0.95 < printed / math.log(modes) < 1.17


@pytest.mark.parametrize("targets", ["equidistant", "lattice"])
@settings(max_examples=40)
@given(modes=st.integers(2, 200), axes=st.integers(1, 40), error=st.floats(1e-6, 0.9))
def test_the_bounds_are_in_order(targets: str, modes: int, axes: int, error: float) -> None:
    """Assert lower <= upper, each the law's own number, and equidistant targets no dearer than a lattice."""
    place = dimension_stiffness(modes, axes, error, targets=targets)
    assert place.upper is not None
    assert place.lower <= place.upper * (1 + 1e-12)
    asked = {"error": error, "modes": modes} | ({"source_dim": axes} if place.lower_law == "sobolev" else {})
    assert noncommit.law(place.lower_law, **asked)["stiffness"] == place.lower
    free = dimension_stiffness(modes, axes, error, targets="equidistant")
    assert free.upper is not None
    assert free.upper <= place.upper


@pytest.mark.parametrize(("modes", "axes"), [(12, 2), (64, 3), (60, 3)])
@pytest.mark.parametrize("error", [1e-6, 0.3, 0.9, 0.999])
def test_no_factorisation_is_cheaper(modes: int, axes: int, error: float) -> None:
    """Assert by enumeration that the lattice taken is the best of all at every error, large ones included."""
    divisors = [d for d in range(1, modes + 1) if modes % d == 0]
    splits = [s for s in itertools.combinations_with_replacement(divisors, axes) if math.prod(s) == modes]
    cheapest = min(grid_stiffness([m for m in s if m > 1], error) for s in splits)
    assert dimension_stiffness(modes, axes, error, targets="lattice").upper == pytest.approx(cheapest, rel=1e-11)


def test_which_law_binds_where() -> None:
    """Assert the upper laws of the diagram and that the inverse question gives the error back."""
    for modes, axes, targets, law in (
        (64, 1, "equidistant", "ordinal"), (64, 4, "equidistant", "grid"), (64, 32, "lattice", "grid"),
        (64, 32, "equidistant", "spherical"), (64, 63, "equidistant", "simplex"), (2**40, 50, "lattice", "product"),
    ):  # fmt: skip
        answer = noncommit.law("dimension", modes=modes, source_dim=axes, error=0.01, targets=targets)
        assert answer["upper_law"] == law
        assert (answer["upper_evidence"] == "exact") == (law != "spherical")
        back = noncommit.law("dimension", modes=modes, source_dim=axes, stiffness=answer["upper"], targets=targets)
        assert back["upper"] == pytest.approx(0.01, rel=1e-9)
        assert back["lower"] <= 0.01
    none = noncommit.law("dimension", modes=1e12 + 1, source_dim=5, error=0.01)
    assert (none["upper"], none["upper_law"], none["upper_evidence"]) == (None, None, "none")


@pytest.mark.parametrize(("modes", "axes"), [(2, 1), (3, 2), (12, 2), (12, 5), (13, 6), (64, 9), (100, 7)])
def test_half_gaps_are_their_definition(modes: int, axes: int) -> None:
    """Assert the transform against products with the words, and that a turn of the code changes nothing."""
    code = cyclic_code(modes, axes)
    points = np.random.default_rng(5).standard_normal((200, code.dimension))
    words = code.words()
    scores = points @ words.T
    apart = np.linalg.norm(words[:, None] - words[None], axis=2) + np.eye(modes)
    nearest = scores.argmax(axis=1)
    lead = np.max(scores, axis=1)[:, None] - scores
    lead[np.arange(200), nearest] = np.inf
    direct = np.min(lead / apart[nearest], axis=1)
    assert code.half_gaps(points) == pytest.approx(direct, rel=1e-9, abs=1e-12)
    assert code.half_gaps(1.01 * points) == pytest.approx(1.01 * direct, rel=1e-9, abs=1e-12)
    # The rotation that takes each word to the next one, read off the words themselves.
    turn = np.linalg.lstsq(words, np.roll(words, -1, axis=0), rcond=None)[0]
    assert turn @ turn.T == pytest.approx(np.eye(code.dimension), abs=1e-9)
    assert code.half_gaps(points @ turn) == pytest.approx(direct, rel=1e-8, abs=1e-10)
    assert np.array_equal(code.half_gaps(points)[50:60], code.half_gaps(points[50:60]))


def test_cells_are_apart_and_their_words_distinct() -> None:
    """Assert that points of different cells are 2r apart, and that the words of a full code are equidistant."""
    code = cyclic_code(24, 4)
    points = np.random.default_rng(6).standard_normal((4000, 4))
    gaps, cell = code.half_gaps(points), (points @ code.words().T).argmax(axis=1)
    r = 0.1
    inside, cell = points[gaps >= r], cell[gaps >= r]
    away = np.linalg.norm(inside[:, None] - inside[None], axis=2)
    others = away[cell[:, None] != cell[None]]
    assert 2 * r * (1 - 1e-12) <= others.min() < 2.6 * r
    for modes, axes in ((8, 7), (9, 8), (16, 40)):
        assert np.ptp(cyclic_code(modes, axes).distances[1:]) < 1e-12
    assert cyclic_code(2310, 2).distances[1:].min() > 1e-3


def test_a_full_code_is_the_simplex() -> None:
    """Assert the counted stiffness around the exact one of a simplex, in both directions, and 20% off outside."""
    exact = float(simplex_stiffness(17, 0.1))
    counted = spherical(modes=17, source_dim=16, error=0.1, seed=3)
    assert counted.stiffness.low < exact < counted.stiffness.high
    assert not counted.stiffness.low < 1.2 * exact < counted.stiffness.high
    back = spherical(modes=17, source_dim=16, stiffness=3 * exact, separation=3, seed=3)
    assert back.error.low < 0.1 < back.error.high
    assert back.stiffness.value == 3 * exact


@pytest.mark.parametrize(("axes", "printed"), [(14, 2.66), (28, 2.36), (56, 2.29)])
def test_printed_values_of_random_directions(axes: int, printed: float) -> None:
    """Assert error L/Delta of 1024 random directions within 5% of print, and the cyclic code's within 5% of both."""
    rng = np.random.default_rng(axes)
    words = rng.standard_normal((1024, axes))
    words /= np.linalg.norm(words, axis=1)[:, None]
    apart = np.sqrt(np.maximum(2 - 2 * words @ words.T, 1e-12))
    gaps = []
    for _ in range(10):
        scores = rng.standard_normal((4000, axes)) @ words.T
        nearest = scores.argmax(axis=1)
        lead = scores.max(axis=1)[:, None] - scores
        lead[np.arange(4000), nearest] = np.inf
        gaps.append(np.min(lead / apart[nearest], axis=1))
    random = 0.1 / (2 * np.quantile(np.concatenate(gaps), 0.1))
    cyclic = 0.1 * spherical(modes=1024, source_dim=axes, error=0.1, particles=40_000).stiffness.value
    assert random == pytest.approx(printed, rel=0.05)
    assert cyclic == pytest.approx(printed, rel=0.05)
    assert 1.25 * cyclic != pytest.approx(printed, rel=0.05)


def test_intervals_of_quantiles_cover() -> None:
    """Assert that of 600 samples about one in a hundred misses the quantile, on each draw two order statistics."""
    rng = np.random.default_rng(11)
    samples = np.sort(rng.random((600, 500)), axis=1)
    missed = sum(not (found.low <= 0.1 <= found.high) for found in (quantile(row, 0.1) for row in samples))
    assert missed <= 18  # 6 expected at most; P(more than 18) < 1e-4
    with pytest.raises(UsageError, match="particles=528 at least"):
        quantile(samples[0], 0.01)
    quantile(np.sort(rng.random(528)), 0.01)


def test_the_same_points_for_any_split() -> None:
    """Assert that the first of many particles are those of few, and that another seed gives other points."""
    few, many = half_gaps((12, 4), 100, 1), half_gaps((12, 4), 5000, 1)
    assert set(few.tolist()) < set(many.tolist())
    assert not set(half_gaps((12, 4), 100, 2).tolist()) & set(many.tolist())


@pytest.mark.parametrize(("modes", "axes"), [(64, 8), (256, 32)])
def test_stored_codes_are_what_the_simulation_gives(modes: int, axes: int) -> None:
    """Assert the table's rows, made again, and their order: dearer with error L/Delta's interval around its value."""
    stored = {(c.words, c.dimension, c.error): c for c in stored_codes()}
    for line in rows(modes, axes):
        error, low, value, high = (float(x) for x in line.split(",")[2:])
        code = stored[modes, axes, error]
        assert (code.low, code.value, code.high) == pytest.approx((low, value, high), rel=1e-8)
        assert code.low <= code.value <= code.high
    assert (PARTICLES, SEED) == (40_000, 20_260_630)


@pytest.mark.slow
def test_every_stored_code_is_what_the_simulation_gives() -> None:
    """Assert all rows of up to 16384 words, made again."""
    stored = {(c.words, c.dimension, c.error): c for c in stored_codes()}
    for modes, axes in sorted({(c.words, c.dimension) for c in stored_codes() if c.words <= 16384}):
        for line in rows(modes, axes):
            error, low, value, high = (float(x) for x in line.split(",")[2:])
            code = stored[modes, axes, error]
            assert (code.low, code.value, code.high) == pytest.approx((low, value, high), rel=1e-8)


def test_stored_codes_lie_above_the_bound_of_any_map() -> None:
    """Assert isoperimetric below the upper end of every interval, and other noise within twice the interval."""
    for code in stored_codes():
        assert code.high > code.error * float(balanced_stiffness(code.words, code.error))
    code = best_code(1024, 32, 0.1, merged=True)
    assert code is not None
    other = spherical(modes=1024, source_dim=32, error=0.1, particles=40_000, seed=7).stiffness
    assert code.low / code.error < other.high
    assert other.low < code.high / code.error


def test_the_table_serves_what_is_easier_only() -> None:
    """Assert fewer coordinates, smaller errors, and for merged cells a multiple of the modes; None where none fits."""
    code = best_code(500, 100, 0.05, merged=False)
    assert code is not None
    assert (code.words, code.dimension, code.error) == (1024, 64, 0.03)
    assert best_code(500, 100, 0.05, merged=True) is None
    assert best_code(512, 7, 0.05, merged=True) is None
    assert best_code(2**20, 768, 0.05, merged=False) is None
    assert least_code_error(1024, 7, 1e9) is None
    with pytest.raises(UsageError, match="stored code"):
        noncommit.law("spherical", modes=1000, source_dim=64, error=1e-4)


def test_the_checks_hold_and_see_one_per_cent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Assert HOLDS at F, X and M, and FAILS for bounds off by 1e-10 in balls, 1% against maps, 1% against counts."""
    right = dimension_stiffness
    assert against_balls.judge(phase_doubles.dimension_rows()).outcome is Outcome.HOLDS

    def scaled(*args, ends: tuple[float, float], **options):
        found = right(*args, **options)
        return dataclasses.replace(found, lower=found.lower * ends[0], upper=found.upper and found.upper * ends[1])

    for ends in ((1 + 1e-10, 1.0), (1.0, 1 + 1e-10)):
        with monkeypatch.context() as patch:
            patch.setattr(phase_doubles, "dimension_stiffness", lambda *a, e=ends, **k: scaled(*a, ends=e, **k))
            assert against_balls.judge(phase_doubles.dimension_rows()).outcome is Outcome.FAILS
    assert phase_checks.staircases_meet_both_bounds().outcome is Outcome.HOLDS
    for ends in ((1.01, 1.0), (1.0, 1.01), (1.0, 1 / 1.01)):
        wrong = phase_checks.staircases_meet_both_bounds(lambda *a, e=ends, **k: scaled(*a, ends=e, **k))
        assert wrong.outcome is Outcome.FAILS
    assert phase_checks.codes_are_counted().outcome is Outcome.HOLDS
    assert phase_checks.codes_are_counted(lambda exact, m, r: 1.01 * exact(m, r)).outcome is Outcome.FAILS


@pytest.mark.parametrize(
    ("law", "given_"),
    [("dimension", {"modes": 2.5, "source_dim": 3, "error": 0.1}), ("dimension", {"modes": 8, "error": 0.1}),
     ("dimension", {"modes": 8, "source_dim": 3, "error": 0.1, "targets": "square"}),
     ("dimension", {"modes": 8, "source_dim": 3, "error": 0.1, "stiffness": 3}),
     ("spherical", {"modes": 8, "source_dim": 2.5, "error": 0.1}), ("spherical", {"modes": 8, "error": 0.1})],
)  # fmt: skip
def test_bad_input_has_no_number(law: str, given_) -> None:
    """Assert one message of four parts for each."""
    with pytest.raises(UsageError, match=r"Expected: .* Received: .*\?"):
        noncommit.law(law, **given_)


@pytest.mark.parametrize(
    "given_",
    [{"modes": 8, "source_dim": 3}, {"modes": 8, "source_dim": 3, "error": 0.1, "stiffness": 2.0},
     {"modes": 50257, "source_dim": 768, "error": 0.1}, {"modes": 8, "source_dim": 1, "error": 0.1},
     {"modes": 1, "source_dim": 2, "error": 0.1}, {"modes": 8, "source_dim": 3, "error": 1e-9},
     {"modes": 8, "source_dim": 3, "error": 0.1, "particles": 0}],
)  # fmt: skip
def test_a_simulation_that_cannot_answer_says_so(given_) -> None:
    """Assert one message of four parts for each."""
    with pytest.raises(UsageError, match=r"Expected: .* Received: .*\?"):
        spherical(**given_)
