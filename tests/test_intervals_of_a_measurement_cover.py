"""A 99% bootstrap interval covers the truth in at least 96% of repetitions, and rare events get limits that are exact.

Primary route: repeat the measurement on fresh samples of a readout whose DABI, exponent and flip rate are known, and
count. Nothing depends on batches, tiles or the number of latents beside it.
"""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.estimate import clopper_pearson
from sim.measure.arrays import library_of
from sim.measure.bootstrap import RARE, Resampled, column, ratio, resampled_means, slope
from sim.measure.changes import fill_normals, gaussians, measure_changes
from sim.measure.conclude import rare_limits
from sim.measure.decoder import Decoder
from sim.measure.directions import nearest_competitors, numbered
from sim.measure.run import measure
from sim.noise import CATEGORICAL, COORDINATES, RESAMPLING, normals, uniform
from theory.diagnostics import sharp_dabi

REPETITIONS, LEAST = 500, 0.96
"""Of 500 intervals that cover with probability 0.99 fewer than 480 do with probability 1e-7; of intervals that cover
with 0.93 at least 480 do with probability 4e-3."""


def binomial_below(count: int, p: float) -> float:
    return math.fsum(math.comb(REPETITIONS, k) * p**k * (1 - p) ** (REPETITIONS - k) for k in range(count))


def test_the_count_has_size_and_power() -> None:
    """Assert the two numbers that this file states of itself."""
    wanted = round(LEAST * REPETITIONS)
    assert binomial_below(wanted, 0.99) < 1e-6
    assert 1 - binomial_below(wanted, 0.93) < 5e-3


def step(z: np.ndarray) -> np.ndarray:
    return (z[:, 0] > 0).astype(int)


def covered(shrink: float = 1.0, *, n: int = 3, size: int = 300, reach: float = 1.0) -> dict[str, float]:
    """Return how often intervals of a step readout cover what is known, for latents within `reach` of its boundary."""
    radius = 1.0
    truths = {"dabi": sharp_dabi(n), "exponent": 1.0, "flip": math.sqrt(2 / math.pi) * 0.2 / (2 * reach)}
    hits = dict.fromkeys(truths, 0)
    decoder = Decoder(step, library_of(step, np.zeros((2, n))), (n,), None, "tokens", size)
    for repetition in range(REPETITIONS):
        z = normals(repetition, range(size), 9, n)
        z[:, 0] = reach * (2 * uniform(repetition, CATEGORICAL, np.arange(size), 9, 0) - 1)
        nu = np.zeros_like(z)
        nu[:, 0] = -np.sign(z[:, 0])
        found = measure_changes(
            decoder, z, np.arange(size), nu, radii=(0.5, radius), levels=(0.2,), probes=4, seed=repetition
        )
        columns = np.concatenate([found.along, found.random, found.flips], axis=1)
        resampled = Resampled(columns, replicates=399, seed=repetition)
        statistics = {"dabi": ratio(1, 3), "exponent": slope(2, 3, 2.0), "flip": column(4)}
        for name, truth in truths.items():
            interval = resampled.estimate(statistics[name])
            low, high = (interval.value + shrink * (end - interval.value) for end in (interval.low, interval.high))
            hits[name] += low <= truth <= high
    return {name: count / REPETITIONS for name, count in hits.items()}


def test_intervals_cover_and_shrunken_ones_do_not() -> None:
    """Assert coverage of DABI, exponent and flip rate, and that intervals a third narrower are found out."""
    found = covered()
    assert min(found.values()) >= LEAST, found
    assert min(covered(0.66).values()) < LEAST


@pytest.mark.slow
def test_intervals_cover_where_few_latents_change() -> None:
    """Assert the same in 12 dimensions with about 40 changed latents of 1000 at the larger radius."""
    found = covered(n=12, size=1000, reach=4.0)
    assert min(found.values()) >= LEAST, found


@pytest.mark.parametrize("p", [0.0, 0.0005, 0.004, 0.02])
@pytest.mark.parametrize("probes", [1, 4])
def test_limits_of_rare_events_cover(p: float, probes: int) -> None:
    """Assert coverage by enumerating how many of 500 latents flip, all probes of one together: the widest case."""
    trials, outside = 500, 0.0
    for count in range(RARE):
        chance = math.comb(trials, count) * p**count * (1 - p) ** (trials - count)
        shares = np.zeros(trials)
        shares[:count] = 1
        limits = rare_limits(shares)
        assert limits is not None
        outside += 0.0 if limits.low <= p <= limits.high else chance
        spread = shares.copy()
        spread[:count] = 1 / probes  # the same flips, spread over latents: never narrower than counted whole
        assert rare_limits(spread).high >= clopper_pearson(count // probes, trials).high
    assert outside <= 0.01
    assert rare_limits(np.ones(RARE)) is None


def test_nothing_seen_is_not_nothing() -> None:
    """Assert that where no random shift changed anything DABI has a lower limit, and the flip rate an upper one."""
    z = normals(0, range(400), 0, 8)
    z[:, 0] = np.sign(z[:, 0]) * (1 + np.abs(z[:, 0]))  # an empty slab
    found = measure(
        step, z, directions=-np.eye(8)[np.zeros(400, int)] * np.sign(z[:, :1]), radius=[1.1, 1.2], noise=[0.05]
    )
    first = found.radii[0]
    assert first.changed == 0
    assert first.dabi.value == first.dabi.high == math.inf
    assert first.dabi.low == pytest.approx(first.along.low / (2 * (1 - 0.005 ** (1 / 400))), rel=1e-9)
    assert found.levels[0].flip.value == 0
    assert found.levels[0].flip.high == pytest.approx(1 - 0.005 ** (1 / 400), rel=1e-9)
    assert any("lower limit" in note for note in found.notes)
    assert not found.steps.valid
    document = found.to_dict()
    assert document["radii"][0]["dabi"]["value"] is None
    assert document["radii"][0]["dabi"]["low"] > 0


def test_the_bootstrap_draws_at_its_addresses() -> None:
    """Assert a replicate against means over rows drawn one by one in Python."""
    columns = normals(1, range(7), 0, 2)
    means = resampled_means(columns, 3, 5)
    for replicate in range(3):
        drawn = [int(uniform(5, RESAMPLING, i, 0, replicate) * 7) for i in range(7)]
        assert means[replicate] == pytest.approx(columns[drawn].mean(axis=0), rel=1e-14)


def test_an_undefined_replicate_counts_at_both_ends() -> None:
    """Assert that 0/0 in too many replicates leaves no limit, and that a statistic of constants has no width."""
    one = np.zeros((40, 2))
    one[0] = 1.0
    found = Resampled(one, replicates=199, seed=0).estimate(ratio(0, 1))
    assert (found.value, found.low, found.high) == (1.0, -math.inf, math.inf)
    same = Resampled(np.full((40, 2), 3.0), replicates=199, seed=0).estimate(ratio(0, 1))
    assert (same.low, same.value, same.high) == (1.0, 1.0, 1.0)


def test_noise_lies_at_the_addresses_of_sim_noise() -> None:
    """Assert the kernel against the reference, and that a second probe takes the next steps beyond 2^16 coordinates."""
    assert gaussians(3, np.arange(4, 7), 2, 5) == pytest.approx(normals(3, range(4, 7), 2, 5), rel=1e-12)
    out = np.empty((1, COORDINATES + 3))
    fill_normals(3, np.array([9]), 4, out)
    assert out[0, :4] == pytest.approx(normals(3, range(9, 10), 4, 4)[0], rel=1e-12)
    assert out[0, COORDINATES:] == pytest.approx(normals(3, range(9, 10), 5, 3)[0], rel=1e-12)


@pytest.mark.parametrize("batch", [1, 7, 64, 1000])
def test_no_number_depends_on_the_batch(batch: int) -> None:
    """Assert the very same document for any batch, for a decoder that is itself the same to the last bit."""
    z = normals(2, range(150), 0, 6)
    reference = measure(lambda x: np.sin(3 * x), z, anchors=90, replicates=199)
    assert measure(lambda x: np.sin(3 * x), z, anchors=90, replicates=199, batch=batch) == reference
    other = measure(lambda x: np.sin(3 * x), z, anchors=90, replicates=199, seed=1)
    assert other.dabi.value != reference.dabi.value


def test_a_latent_keeps_its_noise_in_any_company() -> None:
    """Assert that asking for fewer latents gives a subset of the same rows: the choice and the noise are addressed."""
    z = normals(2, range(60), 0, 3)
    decoder = Decoder(np.tanh, library_of(np.tanh, z), (3,), None, "continuous", 16)
    nu = np.eye(3)[np.zeros(60, int)]
    everyone = measure_changes(decoder, z, np.arange(60), nu, radii=(0.3,), levels=(0.2,), probes=3, seed=4)
    some = np.array([5, 17, 44])
    few = measure_changes(decoder, z, some, nu[some], radii=(0.3,), levels=(0.2,), probes=3, seed=4)
    assert np.array_equal(few.random, everyone.random[some])
    assert np.array_equal(few.noisy, everyone.noisy[some])


@given(st.integers(0, 10**6), st.integers(2, 40), st.integers(1, 5), st.sampled_from([1, 3, 16, 1024]))
def test_the_nearest_competitor_is_the_nearest(seed: int, size: int, dimension: int, tile: int) -> None:
    """Assert brute force's answer for any tile, with copies, ties, latents far from 0, and a token without company."""
    rng = np.random.default_rng(seed)
    rows = rng.integers(-3, 4, (size, dimension)) * rng.choice([1.0, 1e-3]) + rng.choice([0.0, 1e3])
    names = numbered(rng.integers(0, 4, (size, 1)), size) if seed % 2 else np.arange(size)
    found = nearest_competitors(rows, names, np.arange(size), tile=tile)
    for i in range(size):
        gaps = [math.dist(rows[i], rows[j]) if names[i] != names[j] else math.inf for j in range(size)]
        gaps = [gap if gap > 0 else math.inf for gap in gaps]
        least = min(gaps)
        assert found.distance[i] == pytest.approx(least, rel=1e-12) or least == found.distance[i] == math.inf
        if math.isfinite(least):
            assert gaps[found.number[i]] == pytest.approx(least, rel=1e-12)
            assert names[found.number[i]] != names[i]
        else:
            assert found.number[i] == -1


def test_a_search_by_products_alone_would_err() -> None:
    """Assert brute force's answer where distances are as small as the products' rounding, and that these alone err."""
    rng = np.random.default_rng(0)
    rows = rng.choice([-1e4, 1e4], (60, 1)) + 3e-4 * rng.normal(size=(60, 20))
    gaps = np.array([[math.dist(a, b) if i != j else math.inf for j, b in enumerate(rows)] for i, a in enumerate(rows)])
    square = np.sum(rows**2, axis=1)
    about = square[:, None] + square - 2 * rows @ rows.T
    np.fill_diagonal(about, np.inf)
    found = nearest_competitors(rows, np.arange(60), np.arange(60))
    assert np.array_equal(found.number, np.argmin(gaps, axis=1))
    assert not np.array_equal(np.argmin(about, axis=1), np.argmin(gaps, axis=1))
