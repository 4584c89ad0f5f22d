"""Every sampler of every target, at every edge of what it can be asked: a right answer or one clear error, never NaN.

The sweep over edges runs with warnings as errors and results as strict JSON. What an edge should answer comes from
elsewhere: the smaller problem that it is, exact arithmetic, or the definition of a closed set.
"""

import itertools
import json
import math
import warnings
from fractions import Fraction

import numpy as np
import pytest

from sim.chain.codebook import token_codewords
from sim.mixture.lanes import LANES, ball_of
from sim.mixture.reference import landed
from sim.mixture.sampling import SAMPLERS, build_run
from sim.noise import normals
from sim.resolved import SHARE, check_resolved
from sim.run import simulate
from sim.targets import TARGETS
from sim.two_modes.run import LEAST_RATIO
from theory.errors import UsageError
from theory.mixture import mixture
from theory.path import LinearPath, uniform_schedule

SQUARE = [[-4.0, 0.0], [4.0, 0.0], [0.0, 3.0]]
COIN = [[0.5, 0.5], [0.25, 0.75]]

EDGES: dict[str, list[dict]] = {
    "two_modes": [
        {}, {"steps": 1}, {"particles": 0}, {"particles": 1}, {"mu": 1e-300}, {"mu": 1e-300, "scale": 1e-300},
        {"mu": 1e30}, {"mu": 1e75}, {"mu": 1e150}, {"mu": 1e300}, {"mu": 1e6, "steps": 64}, {"scale": 1e-300},
        {"scale": 1e75}, {"scale": 1e150}, {"mu": 1e75, "scale": 1e-75}, {"mu": 1e-75, "scale": 1e75},
        {"mu": 1e-9, "scale": 1.0}, {"weights": (0.0, 1.0)}, {"weights": (1e-300, 1.0)}, {"margin": 1e-17},
        {"margin": math.nextafter(1, 0)}, {"denoiser_stiffness": 1e-300}, {"denoiser_stiffness": 1e300},
    ],
    "mixture": [
        {}, {"steps": 1}, {"particles": 0}, {"particles": 1}, {"means": [[1.0, 2.0]]},
        {"means": [[0.0]], "scales": 2.0},
        {"means": [[1.0], [1.0]]}, {"means": [[0.0], [1e-300]]}, {"means": [[0.0], [1e-70]]}, {"means": [[0.0], [1e9]]},
        {"means": [[0.0], [1e70]]}, {"means": [[0.0], [1e150]]}, {"weights": [0.0, 0.5, 0.5]},
        {"weights": [0.0, 1.0, 0.0]}, {"weights": [1e-300, 0.5, 0.5]}, {"weights": [0.0, 0.0, 0.0]},
        {"covariances": [[0.0, 0.0]] * 3}, {"covariances": [[1e-300, 0.0]] * 3}, {"covariances": [[1e200, 1.0]] * 3},
        {"covariances": [[0.0, 1.0]] * 3, "weights": [0.0, 0.5, 0.5]}, {"means": [[1.0]], "covariances": [[[2.0]]]},
        {"scales": [0.0, 0.0, 1.0]}, {"scales": 1e-70}, {"scales": 1e70}, {"scales": [1e-70, 1e70, 0.0]},
        {"weights": [0.0, 0.5, 0.5], "scales": [0.1, 0.2, 0.0]}, {"steps": 300}, {"margin": 1e-17},
        {"margin": math.nextafter(1, 0)}, {"denoiser_stiffness": 1e-300}, {"denoiser_stiffness": 1e300},
    ],
    "codebook": [
        {}, {"modes": 1}, {"codebook": "bits", "modes": 1}, {"codebook": "lattice", "modes": 1, "source_dim": 2},
        {"codebook": "sphere", "modes": 1, "source_dim": 2}, {"modes": 1, "distance": 2.0}, {"distance": 1e-300},
        {"distance": 1e150}, {"scale": 1e-300}, {"scale": 1e150}, {"particles": 0}, {"particles": 1}, {"steps": 1},
        {"codebook": "given", "modes": None, "vectors": [[1.0], [1.0]]},
    ],
    "vocabulary": [
        {}, {"modes": 1}, {"modes": 2}, {"codebook": "bits", "modes": 1}, {"codebook": "sphere", "source_dim": 2},
        {"codebook": "lattice", "source_dim": 1}, {"modes": 1, "distance": 2.0}, {"distance": 1e-300},
        {"distance": 1e-14}, {"distance": 1e14}, {"distance": 1e150}, {"particles": 0}, {"particles": 1}, {"steps": 1},
        {"steps": 300}, {"codebook": "given", "modes": None, "vectors": [[1.0], [1.0]]}, {"margin": 1e-17},
        {"codebook": "given", "modes": None, "vectors": [[0.0], [1e-300]]}, {"margin": math.nextafter(1, 0)},
        {"codebook": "given", "modes": None, "vectors": [[0.0], [1e-300], [1.0]]}, {"denoiser_stiffness": 1e-300},
        {"codebook": "given", "modes": None, "vectors": [[1e300], [0.0]]}, {"denoiser_stiffness": 1e300},
        {"codebook": "given", "modes": None, "vectors": [[0.0, 0.0]]},
    ],
    "tree": [
        {}, {"steps": 1}, {"particles": 0}, {"particles": 1}, {"levels": 1}, {"levels": 3}, {"branching": 1},
        {"gap_ratio": 1e6}, {"gap_ratio": 1e7}, {"distance": 1e-70}, {"distance": 1e-300}, {"distance": 1e150},
        {"scale": 1e-300}, {"scale": 1e70}, {"denoiser_stiffness": 1e-300}, {"margin": 1e-17},
        {"margin": math.nextafter(1, 0)}, {"steps": 300},
    ],
    "chain": [
        {}, {"steps": 1}, {"particles": 0}, {"particles": 1}, {"transition": [[1.0]]}, {"transition": [[0, 1], [1, 0]]},
        {"transition": [[1e-300, 1.0], [0.5, 0.5]]}, {"length": 1}, {"length": 2}, {"scale": 1e-300}, {"scale": 1e75},
        {"scale": 1e200}, {"codebook": "given", "vectors": [[0.0], [1e-300]]},
        {"codebook": "given", "vectors": [[0.0], [1e-60]]}, {"codebook": "given", "vectors": [[0.0], [1e70]]},
        {"codebook": "given", "vectors": [[0.0], [1e150]]}, {"codebook": "given", "vectors": [[0.0], [1e200]]},
        {"codebook": "given", "vectors": [[1e9], [1e9 + 1e-5]]}, {"codebook": "given", "vectors": [[1.0], [1.0]]},
    ],
}  # fmt: skip
"""What differs from BASE, by target."""

BASE: dict[str, dict] = {
    "two_modes": {"mu": 4.0, "steps": 3, "particles": 40},
    "mixture": {"means": SQUARE, "steps": 3, "particles": 40},
    "codebook": {"codebook": "one_hot", "modes": 3, "steps": 3, "particles": 40},
    "vocabulary": {"codebook": "one_hot", "modes": 3, "steps": 3, "particles": 40},
    "tree": {"levels": 2, "branching": 2, "steps": 3, "particles": 40, "distance": 3.0},
    "chain": {"transition": COIN, "steps": 3, "particles": 3, "length": 4},
}


def asked(target: str, **changes):
    given = {**BASE[target], **changes}
    return simulate(target=target, threads=1, **{key: value for key, value in given.items() if value is not None})


@pytest.mark.parametrize(
    ("target", "sampler"), [(name, sampler) for name in BASE for sampler in TARGETS[name].samplers], ids=str
)
def test_an_edge_ends_in_numbers_or_in_one_message(target: str, sampler: str) -> None:
    """Assert strict JSON without NaN or infinities, or a UsageError in four parts, without a warning on the way."""
    answered = 0
    for edge in EDGES[target]:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                measured = asked(target, sampler=sampler, **edge)
            except UsageError as refused:
                told = str(refused)
                assert all(part in told for part in (" Expected: ", " Received: ")), edge
                assert told.endswith(("?", ".")), edge
                continue
        json.dumps(measured.to_dict(), allow_nan=False)
        assert measured.to_dict().get("verdict", {}).get("outcome") != "FAILS", edge
        assert not any(word in measured._repr_html_().lower() for word in ("nan", "none,")), edge
        answered += 1
    assert answered >= 3
    asked(target, sampler=sampler)


def test_refusals_are_not_the_rule() -> None:
    """Assert that the plain request and these edges are answered, not refused, by every sampler of mixtures."""
    for sampler in SAMPLERS:
        for edge in ({}, {"particles": 1}, {"means": [[1.0, 2.0]]}, {"weights": [0.0, 0.5, 0.5]}, {"scales": 1e-70},
                     {"means": [[0.0], [1e-70]]}, {"means": [[0.0], [1e8]]}, {"weights": [0.0, 1.0, 0.0]}):  # fmt: skip
            changes = {**edge, "weights": edge.get("weights")}
            assert sum(asked("mixture", sampler=sampler, **changes).counts) in (1, 40)


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_one_mode_is_a_gaussian(sampler: str) -> None:
    """Assert that one mode of no width is reached exactly, and one of width s with the variance that its steps give.

    One mode is linear: DDIM multiplies x - a mu by prod (b'/b + (a' - a b'/b) g); commitment ends in a draw of
    N(mu, s^2) at any depth. Everything lands, whatever it is.
    """
    points = build_run(mixture(means=[[1.0, 2.0]]), steps=3, sampler=sampler).outputs(range(50))
    assert points == pytest.approx(np.tile([1.0, 2.0], (50, 1)), rel=1e-15)
    wide = build_run(mixture(means=[[1.0]], scales=0.5), steps=3, sampler=sampler)
    found = wide.outputs(range(20_000))[:, 0] - 1
    if sampler == "ddim":
        factor, times = Fraction(1), [Fraction(k, 3) for k in range(4)]
        for t, u in itertools.pairwise(times):
            keep = (1 - u) / (1 - t)
            factor *= keep + (u - t * keep) * t / 4 / (t * t / 4 + (1 - t) ** 2)
        assert found == pytest.approx(float(factor) * normals(0, range(20_000), 0, 1)[:, 0], rel=1e-12)
    if sampler == "commit_parallel":
        assert abs(np.var(found) / 0.25 - 1) < 5 * math.sqrt(2 / 20_000)  # five standard deviations of a variance
    measured = asked("mixture", means=[[1.0]], scales=0.5, sampler=sampler)
    assert (measured.counts, measured.target_masses, measured.needed) == ((40, 0), (1.0, 0.0), 0.0)
    assert (measured.least_error, measured.least_tv) == (0.0, None)
    assert measured.to_dict()["bound"]["separation"] is None


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("scales", [(0.3, 0.0, 0.2), (0.2, 0.2, 0.2)])
def test_a_mode_of_weight_0_is_no_mode(sampler: str, scales) -> None:
    """Assert the outputs, bit for bit, of the mixture without it, and a landing set round its mean all the same."""
    third, rest = (
        mixture(means=SQUARE, weights=[0.0, 0.4, 0.6], scales=scales),
        mixture(means=SQUARE[1:], weights=[0.4, 0.6], scales=scales[1:]),
    )
    cap = {} if sampler == "flow" else {"denoiser_stiffness": 90.0}
    with_it, without = (build_run(target, steps=3, sampler=sampler, **cap) for target in (third, rest))
    assert np.array_equal(with_it.outputs(range(100), seed=3), without.outputs(range(100), seed=3))
    assert with_it.stiffness == without.stiffness
    kernel, arguments = with_it.counter(3)
    counts = kernel(0, 100, *arguments)
    assert counts.tolist() == landed(third, 0.1, with_it.reference(range(100), seed=3)).tolist()
    assert len(counts) == 4
    far = build_run(mixture(means=SQUARE, weights=[0.1, 0.4, 0.5], scales=scales), steps=3, sampler=sampler)
    assert not np.array_equal(far.outputs(range(100), seed=3), without.outputs(range(100), seed=3))
    assert third.masses(0.1)[0] == pytest.approx(0.0, abs=1e-30)
    assert third.masses(0.1).sum() == pytest.approx(1, abs=1e-12)


def test_a_landing_set_holds_its_boundary() -> None:
    """Assert that a point at the radius exactly lies inside, in kernel and reference, and the next double outside."""
    target = mixture(means=[[0.0, 0.0], [20.0, 0.0]])
    radius = target.radius(0.5)
    assert radius == 5
    points = np.array([[3.0, 4.0], [3.0, math.nextafter(4, 5)], [20.0, -5.0], [14.999, 0.0], [math.nan, 0.0]])
    x = np.zeros((2, LANES))
    x[:, : len(points)] = points.T
    found = [ball_of(x, lane, target.means, radius) for lane in range(len(points))]
    assert found == [0, 2, 1, 2, 2]
    assert landed(target, 0.5, points).tolist() == [1, 1, 3]


def test_a_point_on_the_decision_boundary_has_both_modes() -> None:
    """Assert posteriors of exactly one half in the middle between two modes, and the weights' at a = 0."""
    run = build_run(mixture(means=[[-4.0], [4.0]]), steps=4)
    for step in range(4):
        assert run.denoiser.responsibilities(step, np.zeros(1)).tolist() == [0.5, 0.5]
        assert run.denoiser(step, np.zeros(1))[0] == 0


def test_noise_lost_to_rounding_is_refused_just_where_it_is_lost() -> None:
    """Assert the limit: at it DDIM still splits two far modes evenly, beyond it a message, unchecked a wrong answer."""
    far = SHARE * 0.5 / np.finfo(float).eps
    counts = asked("mixture", means=[[0.0], [0.9 * far]], steps=2, particles=4000).counts
    assert counts[2] == 0
    assert abs(counts[0] - 2000) < 5 * math.sqrt(1000)
    with pytest.raises(UsageError, match="too far out"):
        asked("mixture", means=[[0.0], [1.1 * far]], steps=2)
    grid = uniform_schedule(LinearPath(), 2)
    lost = build_run(mixture(means=[[0.0], [1e9]]), steps=2).denoiser
    assert lost(1, np.array([0.25e9]))[0] == pytest.approx(0.5e9)
    assert 1e20 / 4 + 1.0 == 1e20 / 4, "at a boundary so far out all noise is rounded away"
    with pytest.raises(UsageError):
        check_resolved(math.nan, grid, 0.0)


def test_a_middle_too_thin_to_measure_is_refused() -> None:
    """Assert the message beyond the ratio at which a stochastic chain's middle keeps ten digits, and none within."""
    for sampler in ("reinjection", "churn"):
        measured = asked("two_modes", mu=2 * LEAST_RATIO, scale=1.0, sampler=sampler)
        assert measured.verdict.outcome.name == "HOLDS"
        for thin in ({"mu": LEAST_RATIO / 2, "scale": 1.0}, {"margin": 1 - LEAST_RATIO / 2}):
            with pytest.raises(UsageError, match="too thin"):
                asked("two_modes", sampler=sampler, **thin)


def test_codewords_are_told_apart_or_refused() -> None:
    """Assert, in exact arithmetic and in doubles, that accepted codewords read themselves, and close ones do not."""
    rng = np.random.default_rng(3)
    for offset, refused in ((1.0, False), (1e3, False), (1e6, False), (1e9, True)):
        codes = offset + rng.normal(size=(6, 3))
        scores = codes @ codes.T - np.sum(codes**2, axis=1) / 2
        reads = bool(np.all(np.argmax(scores, axis=1) == np.arange(6)))
        made = {"codebook": "given", "source_dim": None, "vectors": codes, "seed": 0}
        if refused:
            assert not reads
            with pytest.raises(UsageError, match="too close"):
                token_codewords(6, **made)
        else:
            assert reads
            assert np.array_equal(token_codewords(6, **made), codes)


@pytest.mark.parametrize("target", BASE)
def test_one_particle_is_the_first_of_many(target: str) -> None:
    """Assert N = 1 against the first particle's own address, and that N = 0 says what is expected."""
    for sampler in TARGETS[target].samplers:
        if target in {"mixture", "codebook"}:
            given = {"means": SQUARE} if target == "mixture" else {"means": np.eye(3)}
            run = build_run(mixture(**given), steps=3, sampler=sampler)
            assert np.array_equal(run.outputs(range(1)), run.outputs(range(70))[:1])
        with pytest.raises(UsageError, match="particles must be a whole number"):
            asked(target, sampler=sampler, particles=0)
        asked(target, sampler=sampler, particles=1)
