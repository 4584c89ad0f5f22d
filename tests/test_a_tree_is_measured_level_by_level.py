"""A tree's posterior factors over its levels, committing level by level keeps marginals, and each level has its law.

Oracles: the denoiser of one level alone, preimages of two modes on a line, the plain reference, addresses of uniforms.
"""

import itertools
import json
import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import chi2

from copies import ROOT, run_python
from sim.checks.tree import levels_obey_hierarchy
from sim.codebook import codebook_vectors, one_hot
from sim.estimate import clopper_pearson
from sim.mixture.levels import affine_level_counts, levels_level_counts, linear_level_counts
from sim.mixture.reference import landed
from sim.mixture.run import simulate_codebook
from sim.mixture.sampling import build_run
from sim.mixture.tree import build_tree_run, level_groups, simulate_tree
from sim.noise import CATEGORICAL, uniform
from sim.particles import count
from sim.two_modes.pushforward import ddim_masses
from sim.two_modes.run import build_setting
from theory.errors import UsageError
from theory.mixture import mixture
from theory.mixture_denoiser import mixture_denoiser
from theory.verdict import Outcome

TREES = ("ddim", "reinjection", "ancestral", "commit_parallel", "commit_levels")
UNEQUAL = np.array([0.1, 0.25, 0.05, 0.15, 0.3, 0.15])


@pytest.mark.parametrize(("levels", "branching", "ratio"), [(1, 4, 1.0), (3, 2, 2.0), (2, 3, 1.5)])
def test_leaves_are_digits(levels: int, branching: int, ratio: float) -> None:
    """Assert leaf k's blocks against its digits, and distances against the sum over levels at which digits differ."""
    table = codebook_vectors("hierarchical", levels=levels, branching=branching, gap_ratio=ratio)
    words = list(itertools.product(range(branching), repeat=levels))
    assert table.shape == (branching**levels, levels * branching)
    for (i, one), (j, other) in itertools.combinations(enumerate(words), 2):
        square = sum(2 * ratio ** (-2 * level) for level in range(levels) if one[level] != other[level])
        assert np.sum((table[i] - table[j]) ** 2) == pytest.approx(square, rel=1e-12)
    for word, row in zip(words, table, strict=True):
        assert [int(np.argmax(block)) for block in row.reshape(levels, branching)] == list(word)


@pytest.mark.parametrize("scale", [0.0, 0.3])
def test_the_denoiser_is_that_of_each_level(scale: float) -> None:
    """Assert m block by block against the one-hot denoiser of a single level, tempered by the same beta."""
    tree = build_tree_run(
        levels=2, branching=3, steps=4, gap_ratio=2, distance=3, scale=scale, denoiser_stiffness=9, path="cosine"
    )
    d, schedule = tree.run.denoiser, tree.run.schedule
    x = np.random.default_rng(0).normal(size=(20, 6))
    for level in range(2):
        alone = mixture_denoiser(mixture(means=tree.sizes[level] * one_hot(3), scales=scale), schedule)
        for j in range(4):
            v = (d.a[j] * scale) ** 2 + schedule.b[j] ** 2
            block = x[:, 3 * level : 3 * level + 3]
            logits = -d.beta[j] * np.sum((block[:, None] - d.a[j] * alone.target.means) ** 2, axis=-1) / (2 * v)
            odds = np.exp(logits - logits.max(axis=1, keepdims=True))
            mean = odds / odds.sum(axis=1, keepdims=True) @ alone.target.means * alone.pull[j, 0]
            wanted = mean + alone.shrink[j, 0] * block
            assert d(j, x)[:, 3 * level : 3 * level + 3] == pytest.approx(wanted, rel=1e-11, abs=1e-12)
    assert np.any(d.beta < 1)


def steepest(denoiser, step: int, x: np.ndarray) -> float:
    h = 1e-6
    columns = [(denoiser(step, x + h * e) - denoiser(step, x - h * e)) / (2 * h) for e in np.eye(len(x))]
    return float(np.linalg.norm(np.array(columns), 2))


def test_the_certificate_of_a_product_is_attained() -> None:
    """Assert that the middle between the coarsest siblings reaches the bound and no point exceeds it.

    The diameter of all leaves would have granted more.
    """
    tree = build_tree_run(levels=3, branching=2, steps=4, gap_ratio=1.5, distance=2, scale=0.2)
    d, means = tree.run.denoiser, tree.run.target.means
    rng = np.random.default_rng(1)
    for j in (1, 2, 3):
        middle = d.a[j] * (means[0] + means[4]) / 2
        assert steepest(d, j, middle) == pytest.approx(d.slope[j], rel=1e-6)
        for x in (
            *(d.a[j] * (means[rng.integers(8, size=5)] + means[rng.integers(8, size=5)]) / 2),
            *rng.normal(size=(5, 6)),
        ):
            assert steepest(d, j, x) <= d.slope[j] * (1 + 1e-6)
        assert d.slope[j] == pytest.approx(tree.level_slopes(0)[j], rel=1e-12)
        assert tree.level_slopes(2)[j] < d.slope[j]
    flat = build_run(tree.run.target, steps=4).denoiser
    assert np.all(flat.slope[1:] > 1.2 * d.slope[1:])


@pytest.mark.parametrize("sampler", TREES)
@pytest.mark.parametrize("scale", [0.0, 0.3])
def test_lanes_equal_the_reference(sampler: str, scale: float) -> None:
    """Assert outputs to 1e-9, leaf counts that outputs give, and level counts by NumPy, over 500 particles."""
    tree = build_tree_run(
        levels=2, branching=3, steps=5, gap_ratio=1.5, distance=3, scale=scale, sampler=sampler, margin=0.5,
        denoiser_stiffness=30.0,
    )  # fmt: skip
    particles = range(30, 530)
    points, plain = tree.run.outputs(particles, seed=5), tree.run.reference(particles, seed=5)
    assert points == pytest.approx(plain, rel=1e-9, abs=1e-9)
    kernel, arguments = tree.counter(5)
    found = kernel(particles.start, particles.stop, *arguments)
    assert found[:10].tolist() == landed(tree.run.target, 0.5, plain).tolist()
    for level in range(2):
        away = plain[:, None, 3 * level : 3 * level + 3] - tree.sizes[level] * one_hot(3)
        inside = np.linalg.norm(away, axis=-1) <= 0.5 * math.sqrt(2) * tree.sizes[level] / 2
        wanted = [*inside.sum(axis=0), np.sum(~inside.any(axis=1))]
        assert found[10 + 4 * level : 14 + 4 * level].tolist() == wanted


def test_groups_of_all_leaves_are_commitment_in_parallel() -> None:
    """Assert, to rounding, that nothing kept is the parallel sampler, and that keeping something is not."""
    target = mixture(means=codebook_vectors("hierarchical", levels=2, branching=3, distance=2), scales=0.2)
    parallel = build_run(target, steps=4, sampler="commit_parallel").outputs(range(300), seed=7)

    def kept(groups: list[int]) -> np.ndarray:
        run = build_run(target, steps=4, sampler="commit_levels", groups=np.array(groups))
        return run.outputs(range(300), seed=7)

    assert kept([9, 9, 9, 9]) == pytest.approx(parallel, rel=1e-12, abs=1e-13)
    assert np.max(np.abs(kept([3, 3, 3, 1]) - parallel)) > 0.5


def test_a_kept_branch_is_never_left() -> None:
    """Assert that the last leaf lies in the subtree drawn at call 0, which the uniform at its address alone decides."""
    tree = build_tree_run(levels=2, branching=3, steps=4, distance=1, sampler="commit_levels", level_calls=[0, 3])
    assert tree.run.groups.tolist() == [3, 3, 3, 1]
    points = tree.run.outputs(range(400), seed=2)
    first = np.floor(9 * np.asarray(uniform(2, CATEGORICAL, np.arange(400), 0, 0)))
    assert np.argmax(points[:, :3], axis=1).tolist() == (first // 3).tolist()
    free = build_tree_run(levels=2, branching=3, steps=4, distance=1, sampler="commit_parallel").run.outputs(
        range(400), seed=2
    )
    assert np.argmax(free[:, :3], axis=1).tolist() != (first // 3).tolist()


def chi_square(counts: np.ndarray, shares: np.ndarray) -> float:
    wanted = shares * counts.sum()
    return float(chi2.sf(np.sum((counts - wanted) ** 2 / wanted), len(shares) - 1))


@pytest.mark.parametrize("groups", [[2, 2, 1], [6, 2, 1], [2, 1, 1], [1, 1, 1]])
def test_marginals_are_kept_at_any_depth(groups: list[int]) -> None:
    """Assert unequal weights by chi-square at 1e-6 over 4e5 draws, wherever levels are kept; a capped posterior fails.

    Three branches of two leaves each that overlap all along: distance 1 against a noise of up to 1.
    """
    means = np.random.default_rng(5).normal(size=(6, 2))
    target = mixture(means=means, weights=UNEQUAL)

    def counts(**changes) -> np.ndarray:
        run = build_run(target, steps=3, sampler="commit_levels", groups=np.array(groups), **changes)
        points = run.outputs(range(400_000), seed=11)
        return np.bincount(np.argmin(np.sum((points[:, None] - means) ** 2, axis=-1), axis=1), minlength=6)

    assert chi_square(counts(), UNEQUAL) > 1e-6
    if groups != [1, 1, 1]:  # a leaf kept from the first call on is drawn from the prior: no posterior enters
        assert chi_square(counts(denoiser_stiffness=0.5), UNEQUAL) < 1e-9


def test_binary_levels_are_two_modes_on_a_line() -> None:
    """Assert each level's counted ambiguous mass against preimages of DDIM on a line; 5% off lies outside."""
    tree = build_tree_run(levels=2, branching=2, steps=6, gap_ratio=1.5, distance=4, denoiser_stiffness=5)
    kernel, arguments = tree.counter(3)
    found = count(kernel, arguments, range(1_000_000))
    for level in range(2):
        half = tree.sizes[level] / math.sqrt(2)
        line = build_setting(mu=half, steps=6)
        slopes = tree.level_slopes(level)
        # one beta tempers both levels; on a line it multiplies k, the weight of the evidence, call by call
        denoiser = replace(line.denoiser, k=tree.run.denoiser.beta * line.denoiser.k, slope=slopes)
        masses = ddim_masses(line.schedule, denoiser, line.edge)
        rest = found[5 + 3 * level + 2]
        interval = clopper_pearson(int(rest), 1_000_000, alpha=1e-9)
        assert masses[1] in interval
        assert masses[1] * 1.05 not in interval
        assert masses[1] > 0.01


@pytest.mark.parametrize("sampler", TREES)
def test_no_bit_depends_on_threads_or_split(sampler: str) -> None:
    """Assert equal counts for 1, 2 and 5 threads and any split of the particles."""
    tree = build_tree_run(levels=2, branching=2, steps=3, distance=3, sampler=sampler)
    kernel, arguments = tree.counter(1)
    size = 70_000
    whole = count(kernel, arguments, range(size), threads=1).tolist()
    assert count(kernel, arguments, range(size), threads=5).tolist() == whole
    parts = count(kernel, arguments, range(777)) + count(kernel, arguments, range(777, size))
    assert parts.tolist() == whole


CODE = """
import json
from sim.mixture.levels import affine_level_counts, levels_level_counts, linear_level_counts
from sim.mixture.tree import build_tree_run
found = {}
for sampler in ("ddim", "heun", "commit_parallel", "commit_levels"):
    tree = build_tree_run(levels=2, branching=2, steps=3, distance=3, scale=0.2, sampler=sampler, margin=0.6)
    kernel, arguments = tree.counter(3)
    found[sampler] = kernel(100, 260, *arguments).tolist()
kernels = (affine_level_counts, levels_level_counts, linear_level_counts)
found["signatures"] = [len(getattr(k, "signatures", [])) for k in kernels]
print(json.dumps(found))
"""


def test_compiled_and_interpreted_lanes_are_equal() -> None:
    """Assert equal counts with and without the compiler, one compiled signature for each kernel."""
    runs = [run_python("-c", CODE, cwd=ROOT, NUMBA_DISABLE_JIT=flag) for flag in ("0", "1")]
    for done in runs:
        assert done.returncode == 0, done.stderr
    compiled, plain = (json.loads(done.stdout) for done in runs)
    assert compiled.pop("signatures") == [1, 1, 1]
    assert plain.pop("signatures") == [0, 0, 0]
    assert compiled == plain
    assert len({affine_level_counts, levels_level_counts, linear_level_counts}) == 3


def test_the_law_of_levels_holds_and_its_mutants_fail() -> None:
    """Assert the verdict of the ladder's own check, which rejects a law 1% stronger and a gain in total error."""
    verdict = levels_obey_hierarchy()
    assert verdict.outcome is Outcome.HOLDS, verdict.detail
    assert "Rejected" in verdict.detail
    assert verdict.slack == pytest.approx(1, abs=0.02)


def test_a_tree_reads_as_one_document() -> None:
    """Assert strict JSON, levels and peaks beside the leaves, and no peaks where the law does not speak."""
    tree = simulate_tree(levels=2, branching=3, steps=4, distance=6, denoiser_stiffness=4, particles=3000)
    document = json.loads(json.dumps(tree.to_dict(), allow_nan=False))
    assert [sum(level["counts"]) for level in document["levels"]] == [3000, 3000]
    assert document["peaks"]["peak_equal_level"] < document["peaks"]["flat"] < document["peaks"]["peak_equal_total"]
    assert simulate_tree(levels=2, branching=2, steps=2, gap_ratio=2, particles=10).peaks is None
    committed = simulate_tree(levels=2, branching=2, steps=4, sampler="commit_levels", particles=10)
    assert committed.given["level_calls"] == [1, 3]
    made = simulate_codebook(codebook="hierarchical", levels=2, branching=3, distance=6, steps=4, particles=3000)
    assert (made.given["levels"], made.given["modes"]) == (2, 9)


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"levels": 0}, "levels must be a whole number"), ({"branching": 1}, "branching must be a whole number"),
     ({"levels": 30, "branching": 4}, "Would 4"), ({"gap_ratio": 0.5}, "gap_ratio is out of range"),
     ({"level_calls": [0, 1]}, "is for commitment"),
     ({"sampler": "commit_levels", "level_calls": [1, 0]}, "does not fit"),
     ({"sampler": "commit_levels", "level_calls": [0]}, "does not fit"), ({"distance": 0}, "positive"),
     ({"sampler": "commit_levels", "level_calls": [0, 9]}, "level_calls must be a whole number"),
     ({"steps": 0}, "steps"), ({"sampler": "commit_level"}, "Did you mean 'commit_levels'")],
)  # fmt: skip
def test_what_is_no_tree_is_refused(changes, message: str) -> None:
    """Assert one clear message for each slip."""
    with pytest.raises(UsageError, match=message):
        simulate_tree(**{"levels": 2, "branching": 2, "steps": 3, "particles": 10, **changes})
    with pytest.raises(UsageError, match="contradicts"):
        codebook_vectors("hierarchical", levels=2, branching=2, modes=5)
    assert level_groups(2, 2, 1, None).tolist() == [1]
