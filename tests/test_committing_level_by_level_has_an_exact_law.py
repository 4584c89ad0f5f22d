"""commitment on a tree is a Markov chain of branches: exact masses at any cap, depth, weights and number of branches.

Oracles: means of softmax by scipy and on a cube, a chain over whole leaves that factors nothing, and counts.
"""

import itertools

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import expit, softmax
from scipy.stats import chi2

from sim.estimate import clopper_pearson
from sim.mixture.tree import TreeRun, build_tree_run, leaf_weights, simulate_tree
from sim.particles import count
from theory.errors import UsageError
from theory.redraw import mean_softmax, redrawn_masses

LEANING = [0.7, 0.3, 0.2, 0.8]
CAPPED = {
    "kept early": {"steps": 4, "distance": 2, "denoiser_stiffness": 2, "level_calls": [1, 3]},
    "kept late": {"steps": 3, "distance": 2, "denoiser_stiffness": 1, "level_calls": [2, 2]},
    "unequal gaps": {"steps": 5, "distance": 1.5, "gap_ratio": 2, "denoiser_stiffness": 3, "path": "cosine"},
    "from data on": {"steps": 4, "distance": 2, "denoiser_stiffness": 2, "path": "ve", "s_max": 3},
}


@pytest.mark.parametrize("spread", [0.01, 0.5, 0.999, 1.0, 3.0, 20.0])
@pytest.mark.parametrize("gap", [-6.0, -0.3, 0.0, 2.0, 30.0])
def test_two_branches_are_a_mean_logistic(spread: float, gap: float) -> None:
    """Assert E expit(gap + sqrt 2 spread xi) by scipy to 1e-12, shares that add up to 1, and 1% more spread told."""
    wide = np.sqrt(2) * spread

    def weighed(x: float) -> float:
        return float(expit(gap + wide * x) * np.exp(-x * x / 2) / np.sqrt(2 * np.pi))

    edge = float(np.clip(-gap / wide, -12, 12))
    wanted = quad(weighed, -13, edge, epsabs=1e-14, limit=500)[0] + quad(weighed, edge, 13, epsabs=1e-14, limit=500)[0]
    found = mean_softmax([gap, 0.0], spread)
    assert found[0] == pytest.approx(wanted, abs=1e-12)
    assert np.sum(found) == pytest.approx(1, abs=1e-12)
    if gap != 0 and 1e-6 < wanted < 1 - 1e-6 and spread > 0.1:
        assert mean_softmax([gap, 0.0], 1.01 * spread)[0] != pytest.approx(wanted, abs=1e-6)


def test_three_branches_are_a_mean_on_a_cube() -> None:
    """Assert E softmax by the trapezoidal rule over three noises to 1e-9."""
    logits, spread = np.log([0.1, 0.2, 0.7]) + np.array([2.0, 0.0, 0.0]), 1.3
    xi = np.arange(-7.5, 7.6, 0.25)
    density = np.exp(-xi * xi / 2) / np.sqrt(2 * np.pi) * 0.25
    cube = np.stack(np.meshgrid(xi, xi, xi, indexing="ij"), axis=-1)
    wanted = np.einsum("ijkc,i,j,k->c", softmax(logits + spread * cube, axis=-1), density, density, density)
    assert mean_softmax(logits, spread) == pytest.approx(wanted, abs=1e-9)


def listed(tree: TreeRun) -> np.ndarray:
    """Return the law of the last leaf of a binary tree of two levels, by a chain over all four.

    The denoiser's own responsibilities, cut to the subtree, are averaged on a grid of the two differences of noises
    that tell leaves apart; nothing is taken level by level.
    """
    run, groups = tree.run, tree.run.groups
    xi = np.arange(-8.0, 8.01, 0.2)
    density = np.exp(-xi * xi / 2) / np.sqrt(2 * np.pi) * 0.2
    one, two = np.array([[1, -1, 0, 0], [0, 0, 1, -1]]) / np.sqrt(2)
    noise = (xi[:, None, None] * one + xi[:, None] * two).reshape(-1, 4)
    weight = np.multiply.outer(density, density).ravel()
    a, b = run.schedule.a, run.schedule.b
    law = weight @ run.denoiser.responsibilities(0, b[0] * noise)
    for j in range(1, run.schedule.steps):
        following = np.zeros(4)
        for leaf in range(4):
            odds = run.denoiser.responsibilities(j, a[j] * run.target.means[leaf] + b[j] * noise)
            odds = odds * (np.arange(4) // groups[j - 1] == leaf // groups[j - 1])
            following += law[leaf] * (weight @ (odds / odds.sum(axis=1, keepdims=True)))
        law = following
    return law


@pytest.mark.parametrize("case", CAPPED)
def test_levels_are_independent_chains(case: str) -> None:
    """Assert products of the levels' laws against the chain over leaves to 1e-8; the weights alone are off."""
    tree = build_tree_run(levels=2, branching=2, branch_weights=LEANING, sampler="commit_levels", **CAPPED[case])
    exact = tree.exact_level_masses()
    assert exact is not None
    wanted = listed(tree)
    assert leaf_weights(np.array(exact)) == pytest.approx(wanted, abs=1e-8)
    assert np.max(np.abs(tree.run.target.weights - wanted)) > 1e-4


@pytest.mark.parametrize(
    "keys",
    [{**CAPPED["kept early"], "branching": 3, "branch_weights": [0.5, 0.3, 0.2]},
     {**CAPPED["from data on"], "branching": 2, "branch_weights": LEANING, "denoiser_stiffness": 0.7},
     {"branching": 3, "steps": 4, "distance": 2, "denoiser_stiffness": 1, "branch_weights": [0.6, 0.3, 0.1],
      "sampler": "commit_parallel"}],
)  # fmt: skip
def test_counts_have_the_exact_law(keys: dict) -> None:
    """Assert 400,000 leaves by chi-square at 1e-6, which refuses the tree's own weights at 1e-9."""
    tree = build_tree_run(levels=2, **{"sampler": "commit_levels", **keys})
    kernel, arguments = tree.counter(4)
    found = count(kernel, arguments, range(400_000))[: tree.run.target.modes]
    exact = tree.exact_level_masses()
    assert exact is not None

    def tail(shares: np.ndarray) -> float:
        wanted = shares * found.sum()
        return float(chi2.sf(np.sum((found - wanted) ** 2 / wanted), len(found) - 1))

    assert tail(leaf_weights(np.array(exact))) > 1e-6
    assert tail(tree.run.target.weights) < 1e-9


@pytest.mark.parametrize("calls", [[0, 0, 0], [0, 2, 3], [1, 1, 3], [3, 3, 3]])
def test_an_exact_posterior_keeps_weights_wherever_levels_are_kept(calls: list[int]) -> None:
    """Assert the branches' own weights to 1e-12 without a cap."""
    tree = build_tree_run(
        levels=3, branching=3, branch_weights=[0.5, 0.3, 0.2], steps=4, distance=1.5, gap_ratio=1.5,
        sampler="commit_levels", level_calls=calls,
    )  # fmt: skip
    exact = tree.exact_level_masses()
    assert exact is not None
    assert np.array(exact) == pytest.approx(tree.shares, abs=1e-12)


def test_a_leaf_weighs_the_product_of_its_branches() -> None:
    """Assert leaves' weights by their digits, and each level's masses of clouds by numpy's own draws."""
    rows = np.array([[0.5, 0.3, 0.2], [0.1, 0.6, 0.3]])
    keys = {"levels": 2, "branching": 3, "branch_weights": rows.ravel().tolist(), "distance": 2, "scale": 0.2}
    tree = build_tree_run(**keys, steps=2, margin=0.4)
    wanted = [rows[0, i] * rows[1, j] for i, j in itertools.product(range(3), repeat=2)]
    assert tree.run.target.weights == pytest.approx(wanted, rel=1e-14)
    measured = simulate_tree(**keys, steps=2, margin=0.4, particles=100)
    assert measured.leaves.target_masses == pytest.approx(tree.run.target.masses(0.4), rel=1e-14)
    rng = np.random.default_rng(0)
    leaf = rng.choice(9, size=200_000, p=wanted)
    z = tree.run.target.means[leaf] + 0.2 * rng.standard_normal((200_000, 6))
    for level in range(2):
        away = z[:, None, 3 * level : 3 * level + 3] - tree.sizes[level] * np.eye(3)
        inside = np.linalg.norm(away, axis=-1) <= 0.4 * 2 / 2  # siblings are 2 apart
        for branch, share in enumerate(measured.levels[level].target_masses[:-1]):
            assert share in clopper_pearson(int(inside[:, branch].sum()), 200_000, alpha=1e-6)
            assert 0.05 * rows[level, branch] < share < 0.9 * rows[level, branch]


def test_a_result_tells_exact_masses_and_counted_ones() -> None:
    """Assert that intervals of tv, of leaves and of each level, hold the exact one, and nulls where none is known."""
    keys = {"levels": 2, "branching": 2, "branch_weights": LEANING, "steps": 3, "particles": 200_000}
    found = simulate_tree(**keys, sampler="commit_levels", distance=2, denoiser_stiffness=1, level_calls=[2, 2])
    assert found.exact_tv is not None
    assert found.exact_tv > 0.01
    assert found.exact_tv in found.leaves.tv
    for level, own in zip(found.levels, (LEANING[:2], LEANING[2:]), strict=True):
        assert level.target_masses == pytest.approx([*own, 0.0])
        assert level.exact_masses is not None
        assert abs(level.exact_masses[0] - own[0]) in level.tv
    assert found.given["branch_weights"] == LEANING
    assert found.peaks is None
    document = found.to_dict()
    assert document["levels"][0]["exact_masses"] == list(found.levels[0].exact_masses or ())
    assert found.to_xarray()["levels.exact_masses"].shape == (2, 3)
    for others in ({"sampler": "ddim"}, {"sampler": "commit_levels", "scale": 0.1}):
        smooth = simulate_tree(**{**keys, "particles": 10}, **others)
        assert smooth.exact_tv is None
        assert [level.exact_masses for level in smooth.levels] == [None, None]
        assert np.all(np.isnan(smooth.to_xarray()["levels.exact_masses"]))


@pytest.mark.parametrize(
    ("given", "message"),
    [([0.5, 0.25, 0.25], "does not fit the tree"), ([0.5, 0.6], "must hold probabilities"),
     ([1.0, 0.0], "branch_weights must be positive"), ([0.5, 0.5, 0.9, 0.2], "must hold probabilities"),
     ([1e-200, 1.0], "A leaf is too rare")],
)  # fmt: skip
def test_weights_that_are_none_are_refused(given: list[float], message: str) -> None:
    """Assert one clear message for each slip."""
    with pytest.raises(UsageError, match=message):
        simulate_tree(levels=2, branching=2, steps=2, particles=10, branch_weights=given)


def test_one_call_is_the_prior() -> None:
    """Assert that a branch drawn from pure noise has its weight, and that a signal at the first call leaves it so."""
    own = np.array([0.1, 0.9])
    assert redrawn_masses(own, np.array([0.0]), np.ones(1)).tolist() == pytest.approx([0.1, 0.9], abs=1e-15)
    # x_0 is noise without a token: a denoiser that takes it for data draws from a wider law
    assert redrawn_masses(own, np.array([2.0]), np.ones(1))[0] == pytest.approx(
        quad(lambda x: expit(np.log(1 / 9) + 2 * np.sqrt(2) * x) * np.exp(-x * x / 2) / np.sqrt(2 * np.pi), -12, 12)[0],
        abs=1e-9,
    )
