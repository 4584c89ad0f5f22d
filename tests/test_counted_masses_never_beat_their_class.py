"""Measured masses of M modes need no more stiffness than their sampler's class has, and FAILS would mean a violation.

Oracles: exact two-mode masses (preimages, kernels), the two-mode kernels, symmetry, random search over all masses that
the intervals allow, and simulated multinomial counts.
"""

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr, ndtri

import noncommit
from sim.confront import cheapest_masses, confront_counts, least_error, stiffness_needed
from sim.estimate import clopper_pearson, trials_needed
from sim.mixture.run import simulate_codebook, simulate_mixture
from sim.mixture.sampling import SAMPLERS, build_run
from sim.particles import count
from sim.two_modes.run import build_setting
from sim.two_modes.sampler_names import SAMPLERS as TWO_MODE_SAMPLERS
from theory.errors import UsageError
from theory.escape import reinjection_stiffness
from theory.joint import ancestral_steps, ddim_steps, joint_stiffness, reinjection_steps
from theory.mixture import mixture
from theory.path import CosinePath, LinearPath, uniform_schedule
from theory.separated import balanced_error, masses_stiffness
from theory.variation import variation_error
from theory.verdict import Outcome

ALPHA = 1e-6  # false alarm of each statistical comparison, seeds fixed


def counted(run, particles: int, seed: int = 3) -> np.ndarray:
    kernel, arguments = run.counter(seed)
    return count(kernel, arguments, range(particles))


def pair_in(n: int, weights=(0.5, 0.5)):
    """Return two modes at distance 4 along the first axis of R^n."""
    means = np.zeros((2, n))
    means[:, 0] = (-2, 2)
    return mixture(means=means, weights=weights)


@pytest.mark.parametrize("sampler", ["ddim", "reinjection", "commit_parallel"])
@pytest.mark.parametrize("n", [1, 5])
def test_two_modes_on_a_line_have_their_exact_masses(sampler: str, n: int) -> None:
    """Assert every exact two-mode mass inside its interval at 4e5 particles, in R^1 and R^5, unequal weights."""
    setting = build_setting(mu=2, steps=4, denoiser_stiffness=4, weights=(0.35, 0.65))
    exact = TWO_MODE_SAMPLERS[sampler].masses(setting)[[0, 2, 1]]
    run = build_run(pair_in(n, (0.35, 0.65)), steps=4, sampler=sampler, denoiser_stiffness=4)
    counts = counted(run, 400_000)
    for q, number in zip(exact, counts, strict=True):
        assert q in clopper_pearson(int(number), 400_000, alpha=ALPHA)
        if 0.1 <= q <= 0.9:  # and 5% more would be seen
            assert trials_needed(q, effect=0.05, alpha=ALPHA, miss=1e-3) <= 400_000
            assert q * 1.05 not in clopper_pearson(int(number), 400_000, alpha=ALPHA)
    assert run.stiffness == pytest.approx(TWO_MODE_SAMPLERS[sampler].stiffness(setting), rel=1e-12)


@pytest.mark.parametrize("sampler", ["ddim", "reinjection"])
@pytest.mark.parametrize("n", [1, 4])
def test_two_modes_on_a_line_are_the_two_mode_kernel(sampler: str, n: int) -> None:
    """Assert equal counts, particle by particle: the first coordinate reads the same noise in any dimension."""
    setting = build_setting(mu=2, steps=6, denoiser_stiffness=5)
    kernel, arguments = TWO_MODE_SAMPLERS[sampler].counter(setting, 3)
    known = count(kernel, arguments, range(50_000))
    found = counted(build_run(pair_in(n), steps=6, sampler=sampler, denoiser_stiffness=5), 50_000)
    assert found.tolist() == known[[0, 2, 1]].tolist()


CALLING = tuple(name for name in SAMPLERS if name != "flow")
"""The samplers that can be capped; the exact flow is tested in test_readouts_are_counted_in_any_dimension.py."""

SIX = np.random.default_rng(8).normal(size=(6, 3)) * 3


@pytest.mark.parametrize("sampler", CALLING)
def test_the_order_of_the_modes_does_not_matter(sampler: str) -> None:
    """Assert permuted counts: equal ones where no token is drawn, and equally distributed ones where one is."""
    order = np.array([3, 0, 5, 1, 4, 2])
    weights = np.array([0.1, 0.2, 0.1, 0.25, 0.15, 0.2])
    one, other = (
        counted(build_run(mixture(means=m, weights=w), steps=5, sampler=sampler, denoiser_stiffness=30), 100_000)
        for m, w in ((SIX, weights), (SIX[order], weights[order]))
    )
    if sampler.startswith("commit_"):
        _assert_same_law(one[[*order, 6]], other)
    else:
        assert one[[*order, 6]].tolist() == other.tolist()


def _assert_same_law(one: np.ndarray, other: np.ndarray) -> None:
    """Assert that two counts of equal size may have one law: two-sample z at ALPHA for each cell."""
    z = (one - other) / np.sqrt(np.maximum(one + other, 1))
    assert np.max(np.abs(z)) < -ndtri(ALPHA / 2 / len(one))


@pytest.mark.parametrize("sampler", CALLING)
def test_rotation_and_embedding_leave_the_law(sampler: str) -> None:
    """Assert one law after a random rotation, and equal counts after adding two empty dimensions; a stretch is seen."""
    rotation, _ = np.linalg.qr(np.random.default_rng(2).normal(size=(3, 3)))
    inside = np.hstack([SIX, np.zeros((6, 2))])
    plain, turned, embedded, stretched = (
        counted(build_run(mixture(means=m), steps=5, sampler=sampler, denoiser_stiffness=30, margin=0.4), 100_000)
        for m in (SIX, SIX @ rotation.T, inside, SIX * [1.15, 1, 1])
    )
    _assert_same_law(plain, turned)
    assert embedded.tolist() == plain.tolist()
    if sampler != "commit_parallel":  # which reaches w whatever the geometry
        with pytest.raises(AssertionError):
            _assert_same_law(plain, stretched)


@pytest.mark.parametrize("scale", [0.0, 0.3])
def test_commitment_is_exact_with_an_exact_posterior(scale: float) -> None:
    """Assert that tv against the target's own masses has 0 in its interval, and that a cap moves it away."""
    weights = [0.05, 0.15, 0.2, 0.1, 0.1, 0.4]
    measured = simulate_mixture(
        means=SIX, weights=weights, scales=scale, steps=3, margin=0.8, sampler="commit_parallel", particles=200_000
    )
    assert 0.0 in measured.tv
    assert measured.target_ambiguous in measured.ambiguous
    capped = simulate_mixture(
        means=SIX, weights=weights, scales=scale, steps=3, margin=0.8, sampler="commit_parallel", particles=200_000,
        denoiser_stiffness=2,
    )  # fmt: skip
    assert 0.0 not in capped.tv


def test_one_step_returns_the_mean() -> None:
    """Assert K = 1: every particle at E z, in no ball or, where a mode lies there, all in its ball; stiffness 0."""
    for means, reached in (([[-1.0], [1.0]], None), ([[-1.0], [0.0], [1.0]], 1)):
        measured = simulate_mixture(means=means, steps=1, particles=1000)
        assert measured.counts[-1 if reached is None else reached] == 1000
        assert measured.stiffness == 0
        assert measured.least_error == 1
        assert measured.tv.value == pytest.approx(1 if reached is None else 2 / 3)
        assert measured.verdict.outcome is Outcome.HOLDS


@given(st.lists(st.integers(0, 300), min_size=3, max_size=7), st.integers(0, 2**32 - 1))
@settings(max_examples=60)
def test_no_allowed_masses_need_less(counts: list[int], seed: int) -> None:
    """Assert that random masses inside the intervals need at least the stiffness of the cheapest ones."""
    if sum(counts) == 0:
        counts = [*counts[:-1], 5]
    masses, error = cheapest_masses(counts, alpha=0.01)
    assert math.fsum([*masses, error]) == pytest.approx(1, abs=1e-12)
    level = 0.02 / len(counts)
    low = [clopper_pearson(c, sum(counts), alpha=level).low for c in counts[:-1]]
    most = clopper_pearson(counts[-1], sum(counts), alpha=level).high
    needed = stiffness_needed(masses, error, 1.0)
    rng = np.random.default_rng(seed)
    for _ in range(20):
        spare = 1 - sum(low)
        shared = rng.dirichlet(np.ones(len(low)) * rng.choice([0.05, 1.0])) * spare
        left = rng.uniform(0, min(most, spare))
        other = np.array(low) + shared * (1 - left / spare)
        assert stiffness_needed(other, left, 1.0) >= needed * (1 - 1e-9)


def test_the_limit_on_ambiguous_mass_matters() -> None:
    """Assert that lower limits alone would see an error ten times as large at 64 modes, and miss a violation."""
    counts = [15_600] * 64 + [1_600]
    masses, error = cheapest_masses(counts, alpha=0.01)
    low = [clopper_pearson(c, 10**6, alpha=0.02 / 65).low for c in counts[:-1]]
    loose = stiffness_needed(low, 1 - sum(low), 1.0)
    tight = stiffness_needed(masses, error, 1.0)
    assert tight > 10 * loose
    assert confront_counts(counts, tight / 2, 1.0).outcome is Outcome.FAILS
    assert loose < tight / 2


def test_false_alarms_are_as_rare_as_stated() -> None:
    """Assert at most 1% + 3 sigma false alarms over 2000 multinomial counts of a map that attains the law."""
    r, rng = 0.4, np.random.default_rng(5)
    q = np.array([ndtr(-0.3 - r), ndtr(0.3 - r)])  # half-lines 2 r apart: stiffness 1/(2 r) exactly
    draws = rng.multinomial(20_000, [*q, 1 - q.sum()], size=2000)
    stiffness = 1 / (2 * r)
    alarms = sum(confront_counts(row.tolist(), stiffness, 1.0).outcome is Outcome.FAILS for row in draws)
    assert alarms <= 2000 * 0.01 + 3 * math.sqrt(2000 * 0.01)
    caught = sum(confront_counts(row.tolist(), stiffness / 1.1, 1.0).outcome is Outcome.FAILS for row in draws)
    assert caught > 1980  # 10% less stiffness is a violation, and is found


def test_equal_counts_need_what_the_balanced_law_says() -> None:
    """Assert the balanced special case, dropped modes, and the ends: nothing ambiguous, one set, no stiffness."""
    needed = stiffness_needed([0.24] * 4, 0.04, 2.0)
    assert balanced_error(4, needed, separation=2.0) == pytest.approx(0.04, rel=1e-11)
    assert stiffness_needed([0.3, 0.0, 0.5], 0.2, 1.0) == masses_stiffness([0.3, 0.5], error=0.2)
    assert stiffness_needed([0.5, 0.5], 0.0, 1.0) == math.inf
    assert stiffness_needed([0.9, 0.0], 0.1, 1.0) == 0
    assert (least_error([0.5, 0.5], 0.0, 1.0), least_error([0.5, 0.5], math.inf, 1.0)) == (1.0, 0.0)


@pytest.mark.parametrize("path", [LinearPath(), CosinePath()])
def test_joint_stiffness_of_known_samplers(path) -> None:
    """Assert the product for DDIM, re-injection's law derived apart, and the variance that ancestral steps keep."""
    grid = uniform_schedule(path, 7)
    slopes = np.array([0.0, 1.0, 3.0, 4.0, 4.0, 4.0, 4.0])
    keep, add = (
        grid.b[1:] / grid.b[:-1],
        np.array([grid.a[k + 1] - grid.a[k] * grid.b[k + 1] / grid.b[k] for k in range(7)]),
    )
    assert joint_stiffness(ddim_steps(grid), slopes) == pytest.approx(np.prod(keep + add * slopes), rel=1e-13)
    assert joint_stiffness(reinjection_steps(grid), slopes) == pytest.approx(
        reinjection_stiffness(grid, slopes), rel=1e-13
    )
    steps = ancestral_steps(grid)
    assert steps.keep[1:] ** 2 * grid.b[1:-1] ** 2 + steps.tau[1:] ** 2 == pytest.approx(grid.b[2:] ** 2, abs=1e-15)
    assert joint_stiffness(ddim_steps(uniform_schedule(path, 40)), np.full(40, 1e12)) == math.inf
    halves = dataclasses.replace(ddim_steps(grid), add=np.full(7, 1.0))  # 1e200 twice, then four tiny factors
    extreme = np.array([1e-100, 1e-100, 1e-100, 1e-100, 1.0, 1e200, 1e200])
    small = dataclasses.replace(halves, keep=np.zeros(7))
    assert joint_stiffness(small, extreme) == pytest.approx(1.0, rel=1e-11)


def test_a_class_beyond_doubles_is_measured_all_the_same() -> None:
    """Assert that an exact denoiser at many steps runs, reaches the weights, and says that nothing is bounded."""
    measured = simulate_mixture(means=[[-4.0], [4.0]], steps=1000, weights=[0.3, 0.7], particles=20_000, margin=0.5)
    assert measured.stiffness == math.inf
    assert measured.to_dict()["bound"]["stiffness"] is None
    assert measured.least_error == 0
    assert "no finite stiffness" in measured.verdict.detail
    assert 0.3 in clopper_pearson(measured.counts[0], 20_000, alpha=ALPHA)


def test_one_scale_for_all_tokens() -> None:
    """Assert that a list of scales is refused for a codebook."""
    with pytest.raises(UsageError, match="one number for all tokens"):
        simulate_codebook(codebook="bits", modes=2, steps=2, scale=[0.1, 0.2])


@pytest.mark.parametrize("sampler", ["ddim", "reinjection", "ancestral"])
@pytest.mark.parametrize("codebook", ["one_hot", "bits", "lattice", "sphere", "random"])
def test_no_codebook_beats_its_class(sampler: str, codebook: str) -> None:
    """Assert HOLDS with 4 of 6 sets reached at least, and FAILS for half the stiffness that the masses surely need."""
    measured = simulate_codebook(
        codebook=codebook, modes=6, source_dim=None if codebook in {"one_hot", "bits"} else 3, distance=4,
        steps=6, sampler=sampler, denoiser_stiffness=200, margin=0.6, weights=[0.3, 0.1, 0.1, 0.2, 0.2, 0.1],
        particles=100_000, seed=4,
    )  # fmt: skip
    assert measured.verdict.outcome is Outcome.HOLDS
    assert measured.verdict.bound is not None
    assert 0 < measured.verdict.bound <= measured.needed
    too_soft = confront_counts(measured.counts, measured.verdict.bound / 2, measured.separation)
    assert too_soft.outcome is Outcome.FAILS
    assert measured.reached >= 4
    assert measured.least_tv is None
    even = simulate_codebook(
        codebook="bits", modes=6, distance=4, steps=3, sampler=sampler, denoiser_stiffness=8, margin=0.6,
        particles=50_000,
    )  # fmt: skip
    assert 0 < even.least_tv <= even.tv.high
    assert even.least_tv == pytest.approx(variation_error(6, even.stiffness, separation=even.separation))


def test_swapped_steppers_are_found() -> None:
    """Assert that re-injection's masses violate DDIM's bound, where it escapes: (mu, lambda, K) = (4, 4, 16)."""
    means = [[-4.0, 0.0], [4.0, 0.0]]
    ddim, reinjection = (
        simulate_mixture(means=means, steps=16, denoiser_stiffness=4, sampler=s, particles=400_000)
        for s in ("ddim", "reinjection")
    )
    swapped = confront_counts(reinjection.counts, ddim.stiffness, ddim.separation)
    assert swapped.outcome is Outcome.FAILS
    assert reinjection.verdict.outcome is Outcome.HOLDS
    assert ddim.stiffness == pytest.approx(590.84, abs=0.005)
    assert reinjection.stiffness == pytest.approx(7.0875e4, rel=1e-4)


def test_results_keep_the_protocol() -> None:
    """Assert the short repr, HTML, the digest of the means, and that the face runs both targets."""
    measured = noncommit.simulate(target="codebook", codebook="bits", modes=4, steps=2, particles=100)
    assert measured.given["target"] == "codebook"
    assert len(measured.given["means_sha256"]) == 64
    assert len(repr(measured)) < 160
    assert measured._repr_html_().startswith("<table>")
    same = noncommit.simulate(target="mixture", means=[[-1, -1], [1, -1], [-1, 1], [1, 1]], steps=2, particles=100)
    assert same.given["means_sha256"] == measured.given["means_sha256"]
    assert same.to_dict()["estimate"] == measured.to_dict()["estimate"]


def test_the_check_holds_and_bites(monkeypatch) -> None:
    """Assert HOLDS with all wrong statements rejected, FAILS for a class 1% softer, UNDECIDED without the power."""
    import sim.checks.mixture as checks

    few = (checks.TIGHT, checks.ESCAPE, checks.CELLS[2])
    monkeypatch.setattr(checks, "CELLS", few)
    verdict = checks.counted_modes_obey_their_class()
    assert verdict.outcome is Outcome.HOLDS
    assert 1 < verdict.slack < 1.01
    assert "Rejected: a law 1% stronger" in verdict.detail
    right = checks.confront_counts
    with monkeypatch.context() as patch:
        patch.setattr(checks, "confront_counts", lambda c, s, d, **k: right(c, s / 1.01, d, **k))
        assert checks.counted_modes_obey_their_class().outcome is Outcome.FAILS
    monkeypatch.setattr(checks, "TIGHT", dataclasses.replace(checks.TIGHT, particles=20_000))
    monkeypatch.setattr(checks, "CELLS", (checks.TIGHT,))
    assert checks.counted_modes_obey_their_class().outcome is Outcome.UNDECIDED


def test_what_converges_and_what_does_not() -> None:
    """Assert that tv falls with K for DDIM and ancestral sampling, and stays for re-injection, with an exact field."""
    means, weights = SIX[:5], [0.1, 0.3, 0.2, 0.25, 0.15]

    def tv(sampler: str, steps: int):
        return simulate_mixture(
            means=means, weights=weights, scales=[0.3, 0.5, 0.2, 0.4, 0.3], steps=steps, sampler=sampler, margin=0.9,
            particles=200_000,
        ).tv  # fmt: skip

    coarse, middle, fine = (tv("ddim", steps) for steps in (4, 12, 64))
    assert fine.high < middle.low
    assert middle.high < coarse.low
    assert tv("ancestral", 24).high < tv("ancestral", 4).low
    kept = tv("reinjection", 24)
    assert kept.low > 0.5 * tv("reinjection", 8).high
    assert kept.low > middle.high


def test_two_points_have_a_least_tv_of_their_own() -> None:
    """Assert that no masses which the class allows come nearer to the target, and those that leave one side alone do.

    The oracle runs over all masses by random search. What a class leaves in proportion is no bound of tv: with unequal
    modes, or modes that reach into the middle, none is stated.
    """
    run = noncommit.simulate(mu=4, steps=4, denoiser_stiffness=4, particles=10)
    separation = 7.2
    rng = np.random.default_rng(0)
    left, right = rng.uniform(0.3, 0.7, size=(2, 200_000))
    allowed = (left + right < 1) & (separation / (ndtri(1 - right) - ndtri(left)) <= run.stiffness)
    nearest = np.min(np.maximum(np.maximum(0.5 - left, 0.5 - right), 1 - left - right)[allowed])
    assert np.count_nonzero(allowed) > 1000
    assert run.least_tv <= nearest < 1.05 * run.least_tv
    assert run.least_tv == pytest.approx(0.5 - ndtr(-separation / run.stiffness), rel=1e-12)
    assert run.least_tv < run.least_error <= run.exact_tv
    assert noncommit.simulate(mu=4, steps=4, weights=(0.3, 0.7), particles=10).least_tv is None
    overlapping = noncommit.simulate(mu=1, scale=0.7, steps=16, particles=10)
    assert overlapping.least_tv is None
    assert overlapping.exact_tv < overlapping.least_error
