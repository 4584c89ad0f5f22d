"""In single precision a run errs by no more than its bound, and its bits depend on nothing but its addresses."""

import json
import math
import tracemalloc

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import pdist
from threadpoolctl import threadpool_limits

from copies import ROOT, run_python
from sim.codebook import codebook_vectors
from sim.mixture.lanes import ball_of
from sim.mixture.sampling import build_run
from sim.noise import CODEBOOK, normals
from sim.vocabulary import posterior
from sim.vocabulary.codewords import random_rows, vocabulary
from sim.vocabulary.posterior import POINTS, Posterior
from sim.vocabulary.reference import reference
from sim.vocabulary.rounding import UNIT, logit_errors, mean_errors, output_error, worst
from sim.vocabulary.run import NOWHERE, landed
from sim.vocabulary.sampling import SAMPLERS, build_vocabulary_run
from theory.joint import ddim_steps
from theory.mixture import mixture
from theory.path import LinearPath, uniform_schedule

WORDS = vocabulary("sphere", modes=1500, source_dim=24, distance=3.0)
"""More than one tile of tokens, and a last one that is not full."""


def seen_by(run):
    """Return z-hat and what the calls saw of the first block."""
    with threadpool_limits(1, "blas"):
        x, _, seen = run.block(0, 0)
    return run.vocabulary.unit * x, seen


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_singles_stay_within_the_bound(sampler: str) -> None:
    """Assert, for every sampler under a cap, that points lie within the bound of the reference, itself below a radius.

    At these sizes the bound is 1e4 to 1e6 times what is seen: roundings are taken as all one way, slopes as steepest.
    Evidence off by 1 part in 100 lies beyond it. Of samplers that draw, the same tokens are drawn.
    """
    run = build_vocabulary_run(WORDS, sampler=sampler, steps=4, denoiser_stiffness=2.0)
    points, (norms, undecided) = seen_by(run)
    wanted = reference(run, range(POINTS))
    errors = np.linalg.norm(points - wanted, axis=1)
    bound = run.worst_error(norms.max(axis=1))
    if run.draws:
        assert bound == math.inf
        assert np.max(errors) < 1e-5
        return
    assert 0 < np.max(errors) < bound < 0.1 * 3.0 / 2
    assert 1e-8 < np.max(errors / run.typical_errors(norms, undecided)) < 1
    off = build_vocabulary_run(
        WORDS, sampler=sampler, steps=4, denoiser_stiffness=2.0 * (1 + 0.3)
    )  # beta, and so evidence, in proportion to the cap
    assert np.max(np.linalg.norm(points - reference(off, range(POINTS)), axis=1)) > bound


def test_the_estimate_is_finite_where_the_bound_says_nothing() -> None:
    """Assert that without a cap errors stay below their own estimates, half of which lie under 1e-4 of a radius."""
    run = build_vocabulary_run(WORDS, steps=8)
    points, (norms, undecided) = seen_by(run)
    errors = np.linalg.norm(points - reference(run, range(POINTS)), axis=1)
    estimates = run.typical_errors(norms, undecided)
    assert run.worst_error(norms.max(axis=1)) > 1
    assert np.all(errors <= estimates)
    assert np.median(estimates) < 1e-4 * 0.15


def test_the_bound_is_its_definition() -> None:
    """Assert gamma by rationals, the tv of two tokens at even odds, and DDIM's recursion by hand."""
    assert worst(3) * (2**24 - 3) == 3
    d = 0.3
    even = np.array([0.5, 0.5]) * np.exp([d, -d])
    assert mean_errors(np.array([d]), np.ones(1), 0.0, 1.0, 1)[0] <= d / 2
    assert mean_errors(np.array([d]), np.ones(1), 0.0, 1.0, 1)[0] >= abs(even[0] / even.sum() - 0.5) * 0.999
    steps = ddim_steps(uniform_schedule(LinearPath(), 3))  # keep 2/3, 1/2, 0; add 1/3, 1/2, 1
    got = output_error(steps, np.array([0.0, 3.0, 5.0]), np.array([1.0, 1.0, 1.0]))
    first = 1 / 3
    second = first / 2 + (3 * first + 1) / 2
    assert float(got) == pytest.approx(5 * second + 1, rel=1e-15)


def test_no_logit_errs_further() -> None:
    """Assert products of 768 terms, x rounded before, within gamma_769 |x||v|, the largest beyond 1/1000 of that."""
    words = vocabulary("sphere", modes=300, source_dim=768)
    x = normals(1, range(POINTS), 0, 768)
    with threadpool_limits(1, "blas"):
        products = np.dot(x.astype(np.float32), words.vectors.T)
    errors = np.abs(products - x @ words.vectors.T.astype(float))
    limits = logit_errors(np.ones(1), np.linalg.norm(x, axis=1), words.reach, 768)
    shares = errors / limits[:, None]
    assert 1e-3 < np.max(shares) < 1
    assert logit_errors(np.array([2.0]), np.array([3.0]), 5.0, 9)[0] == 30 * worst(10)


@pytest.mark.parametrize("logits", [0.01, 0.5, 3.0])
def test_no_posterior_moves_further(logits: float) -> None:
    """Assert that random errors of logits up to d move a posterior by at most min(tanh(d/2), p (e^2d - 1)) in tv."""
    rng = np.random.default_rng(5)
    for spread in (0.1, 3.0, 30.0):
        clean = rng.normal(size=(200, 7)) * spread
        off = clean + logits * rng.choice([-1.0, 1.0], size=clean.shape)
        one, other = (np.exp(x - x.max(1, keepdims=True)) for x in (clean, off))
        one, other = (x / x.sum(1, keepdims=True) for x in (one, other))
        moved = np.sum(np.maximum(one - other, 0), axis=1)
        left = np.sort(one, axis=1)[:, :-1].sum(axis=1)
        limit = mean_errors(np.array([logits]), left, 0.0, 1.0, 1)
        assert np.all(moved <= limit * (1 + 1e-9) + 1e-15)
        assert spread != 0.1 or np.max(moved / limit) > 0.8


@pytest.mark.parametrize("sampler", ["ddim", "commit_parallel", "heun", "churn"])
def test_bits_depend_on_the_address_alone(sampler: str) -> None:
    """Assert equal bits for 1, 2 and 3 threads, for ranges that start anywhere, for N = 1, 300 and 600; not by seed."""
    run = build_vocabulary_run(WORDS, sampler=sampler, steps=4)
    whole = landed(run, margin=0.1, particles=600, seed=7, threads=1)
    for threads, size in ((2, 600), (3, 300), (2, 1)):
        part = landed(run, margin=0.1, particles=size, seed=7, threads=threads)
        assert np.array_equal(part.tokens, whole.tokens[:size])
        assert np.array_equal(part.moved, whole.moved[:size])
    points = run.outputs(range(600), seed=7)
    assert np.array_equal(run.outputs(range(299, 520), seed=7), points[299:520])
    assert not np.array_equal(run.outputs(range(600), seed=8), points)


def test_a_row_s_bits_are_its_own_in_a_block() -> None:
    """Assert what blocks of one shape rest on: other rows, or other room, change no bit of a row's products."""
    x = normals(0, range(POINTS), 0, 24).astype(np.float32)
    other = np.where(np.arange(POINTS)[:, None] == 77, x, 9 - 3 * x)
    with threadpool_limits(1, "blas"):
        for rows in (WORDS.vectors[:1024], WORDS.vectors[1024:]):
            one = np.dot(x, rows.T)
            room = np.empty(one.size + 3, np.float32)[3:].reshape(one.shape)
            assert np.array_equal(np.dot(other, rows.T, out=room)[77], one[77])


@given(st.sampled_from([2, 50, 1100]), st.integers(4, 8), st.integers(0, 2**32 - 1), st.floats(-3, 3))
@settings(max_examples=6)
def test_the_order_and_the_unit_of_tokens_do_not_matter(modes: int, n: int, seed: int, scale: float) -> None:
    """Assert that DDIM ends at the same points if tokens are listed otherwise, in any unit that `distance` undoes.

    Sums in another order, and rows rounded at another scale, move points by a millionth or so.
    """
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(modes, n))
    order = rng.permutation(modes)
    plain = vocabulary("given", vectors=rows, distance=2.0)
    assume(plain.reach < 40 * plain.least)  # what lies closer together may be refused
    other = vocabulary("given", vectors=10**scale * rows[order], distance=2.0)
    one, two = (
        build_vocabulary_run(words, steps=2, denoiser_stiffness=1).outputs(range(9)) for words in (plain, other)
    )
    assert one == pytest.approx(two, rel=1e-4, abs=1e-4 * plain.diameter)
    assert plain.diameter == pytest.approx(other.diameter, rel=1e-5)


def test_draws_are_those_of_the_codebook_target() -> None:
    """Assert the very tokens that target=codebook draws from the same addresses, in doubles: 600 of 600."""
    vectors = WORDS.unit * WORDS.vectors.astype(float)
    run = build_vocabulary_run(WORDS, sampler="commit_parallel", steps=3)
    theirs = build_run(mixture(means=vectors), sampler="commit_parallel", steps=3).outputs(range(600))
    tokens = landed(run, margin=0.1, particles=600, seed=0).tokens
    assert np.max(np.abs(vectors[tokens] - theirs)) < 1e-12


def test_landings_are_those_of_the_codebook_target() -> None:
    """Assert that DDIM's particles land in the balls in which the points of target=codebook lie, ambiguous ones too."""
    vectors = WORDS.unit * WORDS.vectors.astype(float)
    target = mixture(means=vectors)
    run = build_vocabulary_run(WORDS, steps=6)
    found = landed(run, margin=0.1, particles=300, seed=0)
    theirs = np.ascontiguousarray(build_run(target, steps=6).outputs(range(300)).T)
    balls = np.array([ball_of(theirs, i, vectors, target.radius(0.1)) for i in range(40)])
    assert np.array_equal(np.where(balls == 1500, NOWHERE, balls), found.tokens[:40])
    near = np.linalg.norm(theirs.T[:, None] - vectors, axis=2).min(axis=1) <= target.radius(0.1)
    assert np.array_equal(near, found.tokens != NOWHERE)
    assert 0 < np.sum(~near) < 300


@pytest.mark.parametrize(
    ("codebook", "keys"),
    [("sphere", {"modes": 2300, "source_dim": 5}), ("random", {"modes": 1030, "source_dim": 3}),
     ("one_hot", {"modes": 70}), ("bits", {"modes": 1100}), ("lattice", {"modes": 1100, "source_dim": 3}),
     ("given", {"vectors": 10 + 1e-3 * np.random.default_rng(1).normal(size=(300, 3))}),
     ("given", {"vectors": 1e-3 * np.random.default_rng(2).normal(size=(40, 2))})],
)  # fmt: skip
def test_extreme_distances_are_exact(codebook: str, keys: dict) -> None:
    """Assert least and largest distance to 1e-14 of all pairs of the rows in doubles, over several blocks.

    Far from the origin the products alone, in singles, name the wrong pairs.
    """
    words = vocabulary(codebook, **keys)
    rows = words.vectors.astype(float)
    pairs = pdist(rows)
    assert words.least == pytest.approx(pairs.min(), rel=1e-14)
    assert words.largest == pytest.approx(pairs.max(), rel=1e-14)
    assert words.unit * rows == pytest.approx(codebook_vectors(codebook, **keys), rel=2 * UNIT, abs=1e-30)
    assert words.variance == pytest.approx(np.linalg.eigvalsh(np.cov(rows.T, bias=True))[-1], rel=1e-9)
    assert words.centre == pytest.approx(rows.mean(axis=0), abs=1e-14)


def test_rows_of_random_codebooks_are_the_same_everywhere() -> None:
    """Assert the normals of the codebook's address to one rounding, whatever the number of rows."""
    rows = random_rows("random", 1500, 7, 3)
    assert rows == pytest.approx(normals(3, range(1500), 0, 7, purpose=CODEBOOK), rel=UNIT * 1.001, abs=1e-12)
    assert np.array_equal(random_rows("random", 20, 7, 3), rows[:20])


def test_the_draw_has_the_law_of_the_posterior() -> None:
    """Assert each uniform's token by the exact cumulative law, at the ends of [0, 1) and over three tiles of tokens."""
    words = vocabulary("random", modes=2500, source_dim=3)
    x = np.zeros((POINTS, 3)) + words.vectors[17]
    u = np.append(np.linspace(0, 1, POINTS - 1, endpoint=False), np.nextafter(1, 0))
    with threadpool_limits(1, "blas"):
        token = Posterior(words).draw(x, 0.8, 0.7, u)
    rows = words.vectors.astype(float)
    logits = 0.8 * rows @ x[0] - 0.7 * np.sum(rows**2, axis=1) / 2
    upto = np.cumsum(np.exp(logits))
    wanted = np.searchsorted(upto / upto[-1], u, side="right")
    assert np.mean(token == np.minimum(wanted, 2499)) > 0.98  # a product's rounding moves edges by 1e-6
    assert np.max(np.abs(token - wanted)[:-1]) <= 1
    last = 2500 // posterior.TILE * posterior.TILE
    assert token[-1] in (2499, last + np.argmax(logits[last:]), np.argmax(logits))  # roundings may leave none
    assert len(set(token)) > 100
    assert len({t // posterior.TILE for t in token}) == 3


def test_memory_is_bounded_by_tiles() -> None:
    """Assert that a run of N M = 2^26 logits holds less than a sixteenth of them at once."""
    words = vocabulary("sphere", modes=1 << 15, source_dim=4)
    run = build_vocabulary_run(words, steps=2)
    tracemalloc.start()
    landed(run, margin=0.1, particles=2048, seed=0, threads=2)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * 2048 * (1 << 15) / 16


CODE = """
import json
import numpy as np
from threadpoolctl import threadpool_limits
from sim.vocabulary import kernels
from sim.vocabulary.codewords import vocabulary
from sim.vocabulary.sampling import build_vocabulary_run
words = vocabulary("random", modes=30, source_dim=3, distance=2.0)
found = [words.least, words.largest]
with threadpool_limits(1, "blas"):
    for sampler in ("ddim", "commit_parallel", "heun"):
        run = build_vocabulary_run(words, sampler=sampler, steps=3, denoiser_stiffness=3.0)
        x, token, seen = run.block(0, 0)
        near, away = run.posterior().nearest(x)
        found += [x.ravel().tolist(), near.tolist(), away.tolist(), seen.ravel().tolist()]
names = ("fill_rows", "fold_tile", "gather", "weigh_tile", "draw_in_tile", "lead_tile", "tile_extremes")
print(json.dumps([found, [len(getattr(getattr(kernels, name), "signatures", [])) for name in names]]))
"""


def test_kernels_run_as_plain_python() -> None:
    """Assert the same tokens without a compiler, and points to 1e-6: an ulp of a double may round a single."""
    runs = [run_python("-c", CODE, cwd=ROOT, NUMBA_DISABLE_JIT=flag) for flag in ("0", "1")]
    for done in runs:
        assert done.returncode == 0, done.stderr
    (compiled, ones), (plain, none) = (json.loads(done.stdout) for done in runs)
    assert (ones, none) == ([1] * 7, [0] * 7)
    for one, other in zip(compiled, plain, strict=True):
        assert one == pytest.approx(other, rel=1e-6, abs=1e-6)
