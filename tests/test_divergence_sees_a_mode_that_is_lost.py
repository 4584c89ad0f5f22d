"""KL(target || sampled) comes with an interval that covers it, and is infinite where a mode is never drawn."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, special, stats

from noncommit import simulate
from sim.divergence import _largest, _least, divergence, divergence_estimate, divergence_of_counts
from sim.estimate import clopper_pearson

COUNTS = st.lists(st.integers(0, 300), min_size=2, max_size=5).filter(lambda c: sum(c) > 0)


@given(COUNTS, st.integers(0, 10**6))
def test_the_divergence_is_scipy_s(counts: list[int], seed: int) -> None:
    """Assert scipy's relative entropy where every cell is reached, never a negative value, infinity elsewhere."""
    wanted = np.random.default_rng(seed).dirichlet(np.ones(len(counts)))
    found = divergence(np.array(counts) / sum(counts), wanted)
    assert found >= 0
    if min(counts) == 0:
        assert math.isinf(found)
    else:
        assert found == pytest.approx(stats.entropy(wanted, counts), rel=1e-9, abs=1e-15)


def test_equal_masses_are_no_distance_apart() -> None:
    """Assert 0 to the last digit, and for masses 1e-9 apart the square of that over the mass, not rounding."""
    w = np.array([0.3, 0.7])
    assert divergence(w, w) == 0
    d = 1e-9
    assert divergence(w + np.array([d, -d]), w) == pytest.approx(d**2 / 2 * (1 / 0.3 + 1 / 0.7), rel=1e-5)


@settings(max_examples=20)
@given(st.lists(st.integers(1, 60), min_size=2, max_size=4), st.integers(0, 10**6))
def test_the_ends_bound_all_masses_in_the_box(counts: list[int], seed: int) -> None:
    """Assert that random masses in the box of simultaneous intervals lie between, and that a search finds the least.

    Raising the lower end by 1%, or lowering the upper one to the centre's value, would be seen.
    """
    rng = np.random.default_rng(seed)
    wanted, level = rng.dirichlet(np.ones(len(counts))), 0.01 / len(counts)
    cells = [clopper_pearson(c, sum(counts), alpha=level) for c in counts]
    low, high = np.array([c.low for c in cells]), np.array([c.high for c in cells])
    found = divergence_estimate(counts, wanted, alpha=0.01)
    inside = low + (high - low) * rng.random((400, len(counts)))
    inside[:, -1] = 1 - inside[:, :-1].sum(axis=1)
    inside = inside[(inside[:, -1] >= low[-1]) & (inside[:, -1] <= high[-1])]
    for q in inside:
        assert found.low - 1e-12 <= divergence(q, wanted) <= found.high + 1e-12
    search = optimize.minimize(
        lambda q: float(np.sum(wanted * np.log(wanted / q))), np.array(counts) / sum(counts), method="SLSQP",
        bounds=list(zip(low, high, strict=True)), constraints={"type": "eq", "fun": lambda q: np.sum(q) - 1},
        options={"ftol": 1e-14, "maxiter": 500},
    )  # fmt: skip
    assert found.low <= search.fun + 1e-9
    assert found.low >= search.fun * (1 - 0.01) - 1e-7


def test_the_upper_end_is_near_the_worst_masses() -> None:
    """Assert for two cells, where the worst masses are an end of the box, that chords exceed them by 5% at most."""
    low, high, w = np.array([0.45, 0.5]), np.array([0.5, 0.55]), np.array([0.5, 0.5])
    worst = divergence([0.45, 0.55], w)
    assert worst * (1 - 1e-12) <= _largest(w, low, high) <= 1.05 * worst
    assert _least(w, low, high) == pytest.approx(0, abs=1e-15)


def test_the_interval_covers() -> None:
    """Assert that 2000 multinomial samples of 500 leave the true divergence outside at most at 1%; 99.99% bites.

    With true coverage 0.99 more than 42 of 2000 would miss with probability 1e-5; the intervals are conservative.
    """
    rng, w, q = np.random.default_rng(1), np.array([0.2, 0.3, 0.5]), np.array([0.25, 0.3, 0.45])
    draws = rng.multinomial(500, q, size=2000)
    missed = sum(divergence(q, w) not in divergence_estimate(row.tolist(), w) for row in draws)
    assert missed <= 42
    loose = sum(divergence(q, w) not in divergence_estimate(row.tolist(), w, alpha=0.9999) for row in draws)
    assert loose > 42


@settings(max_examples=20)
@given(st.lists(st.tuples(st.integers(1, 60), st.integers(1, 60)), min_size=2, max_size=4), st.integers(0, 10**6))
def test_the_ends_bound_all_pairs_of_masses_in_two_boxes(counts: list[tuple[int, int]], seed: int) -> None:
    """Assert that random pairs in the boxes lie between, and that a search over both finds the least to 1%.

    Projecting q alone, p at its count, would leave a least value above the search's.
    """
    rng, (made, aim) = np.random.default_rng(seed), np.array(counts).T
    level, size = 0.01 / (2 * len(counts)), len(counts)
    boxes = [[clopper_pearson(int(c), int(row.sum()), alpha=level) for c in row] for row in (aim, made)]
    low, high = (np.array([[getattr(c, end) for c in box] for box in boxes]) for end in ("low", "high"))
    found = divergence_of_counts(made.tolist(), aim.tolist(), alpha=0.01)
    inside = low + (high - low) * rng.random((2000, 2, size)) ** rng.integers(1, 4, (2000, 1, 1))
    inside[:, :, -1] = 1 - inside[:, :, :-1].sum(axis=2)
    kept = inside[np.all((inside[:, :, -1] >= low[:, -1]) & (inside[:, :, -1] <= high[:, -1]), axis=1)]
    for p, q in kept[:300]:
        assert found.low - 1e-12 <= divergence(q, p) <= found.high + 1e-12
    search = optimize.minimize(
        lambda pq: float(np.sum(special.rel_entr(pq[:size], pq[size:]))),
        np.concatenate([aim / aim.sum(), made / made.sum()]), method="SLSQP",
        bounds=list(zip(low.ravel(), high.ravel(), strict=True)),
        constraints=[{"type": "eq", "fun": lambda pq: np.sum(pq[:size]) - 1},
                     {"type": "eq", "fun": lambda pq: np.sum(pq[size:]) - 1}],
        options={"ftol": 1e-14, "maxiter": 500},
    )  # fmt: skip
    assert found.low <= search.fun + 1e-9
    assert found.low >= search.fun * (1 - 0.01) - 1e-6


def test_two_counts_cover_and_are_near_their_worst_pair() -> None:
    """Assert coverage by 1000 pairs of multinomial samples, which one that takes counts for masses lacks; corners.

    With true coverage 0.99 more than 28 of 1000 would miss with probability 1e-6. The worst pair of two cells has p at
    one end and q at the other: the upper end is that very value. An empty cell leaves no finite end.
    """
    rng, w, q = np.random.default_rng(1), np.array([0.2, 0.3, 0.5]), np.array([0.25, 0.3, 0.45])
    draws = [(rng.multinomial(5000, q).tolist(), rng.multinomial(60, w).tolist()) for _ in range(1000)]
    assert sum(divergence(q, w) not in divergence_of_counts(*pair) for pair in draws) <= 28
    known = [divergence_estimate(made, np.array(aim) / sum(aim)) for made, aim in draws]
    assert sum(divergence(q, w) not in found for found in known) > 28
    found = divergence_of_counts([500, 500], [480, 520])
    made, aim = (clopper_pearson(c, 1000, alpha=0.01 / 4) for c in (500, 480))
    worst = divergence([made.high, 1 - made.high], [aim.low, 1 - aim.low])
    assert found.high == pytest.approx(worst, rel=1e-9)
    far = divergence_of_counts([9000, 1000], [1000, 9000])
    assert 0.9 * far.value < far.low < far.value < far.high < 1.1 * far.value
    assert math.isinf(divergence_of_counts([10, 0], [10, 0]).high)
    assert divergence_of_counts([10, 0], [0, 10]).low > 0


def test_results_carry_it() -> None:
    """Assert -log(1 - ambiguous) for balanced modes, exactly and within the counted interval; null where infinite."""
    found = simulate(mu=4, steps=16, denoiser_stiffness=4, particles=100_000)
    assert found.exact_kl == pytest.approx(-math.log1p(-found.exact_ambiguous), rel=1e-9)
    assert found.exact_kl in found.kl
    assert found.exact_kl * 1.5 not in found.kl
    lost = simulate(mu=4, steps=1, particles=10).to_dict()
    assert lost["exact"]["kl"] is lost["estimate"]["kl"]["value"] is None
    square = simulate(target="mixture", means=[[0, 0], [8, 0], [0, 8], [8, 8]], steps=8, denoiser_stiffness=4)
    assert square.kl.value == pytest.approx(
        sum(0.25 * math.log(0.25 * sum(square.counts) / c) for c in square.counts[:-1]), rel=1e-9
    )
