"""A tree of B choices among c: leaves are modes, each level a choice on coordinates of its own, hence M = c^B.

Coordinates factor over levels, and so does the posterior: the denoiser of the whole is that of each level, side by
side, and its slope the largest of theirs. Each level is measured apart and held against `isoperimetric` for c modes
with the stiffness of the sampler's class on that level: the side of `hierarchy` that a sampler meets.
Source: theory/LAWS.md, section 7, `hierarchy` and "Mixtures".
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from sim.codebook import check_tree, codebook_vectors, one_hot
from sim.confront import confront_counts
from sim.estimate import clopper_pearson, total_variation, total_variation_estimate
from sim.mixture.levels import affine_level_counts, levels_level_counts, linear_level_counts
from sim.mixture.measure import check_run, conclude
from sim.mixture.sampling import COMMIT_LEVELS, MixtureRun, build_run
from sim.mixture.tree_result import Level, TreeMeasurement
from sim.particles import count
from theory.composition import hierarchy_peaks
from theory.denoiser import UNCAPPED
from theory.errors import Array, UsageError, check_distribution, nonnegative, positive, whole
from theory.joint import joint_stiffness
from theory.mixture import Mixture, mixture
from theory.redraw import redrawn_masses


def level_groups(levels: int, branching: int, steps: int, calls: Sequence[float] | None) -> Array:
    """Return the leaves in the subtree that is kept after each call, shape (K,), int64.

    `calls[l]` is the call at which level l is drawn for good; without it the levels are spread evenly, the last at the
    last call. Raises UsageError unless there is a call for each level, in order.

    >>> level_groups(2, 3, 4, None).tolist(), level_groups(2, 3, 4, [0, 1]).tolist()
    ([9, 3, 3, 1], [3, 1, 1, 1])
    """
    if calls is None:
        drawn = (np.arange(1, steps + 1) * levels) // steps
    else:
        hint = "Is the first call number 0?"
        at = [whole("level_calls", call, low=0, high=steps - 1, hint=hint) for call in np.atleast_1d(calls).tolist()]
        if len(at) != levels or sorted(at) != at:
            raise UsageError(
                "level_calls does not fit the tree.",
                expected=f"{levels} call numbers, one a level, none before that of a coarser level",
                received=", ".join(map(str, at)),
                hint="Is the coarsest level first?",
            )
        drawn = np.array([sum(call <= j for call in at) for j in range(steps)])
    return np.array([branching ** (levels - int(d)) for d in drawn], dtype=np.int64)


def branch_shares(branch_weights: Any, levels: int, branching: int) -> Array:
    """Return the probability of each branch at each level, shape (B, c), from c numbers for all levels or B c in order.

    Raises UsageError unless they are positive and add up to 1 on each level.

    >>> branch_shares([0.25, 0.75], 2, 2).tolist(), branch_shares(None, 1, 2).tolist()
    ([[0.25, 0.75], [0.25, 0.75]], [[0.5, 0.5]])
    """
    if branch_weights is None:
        return np.full((levels, branching), 1 / branching)
    shares = np.atleast_1d(positive("branch_weights", branch_weights)).ravel()
    if shares.size not in (branching, levels * branching):
        raise UsageError(
            "branch_weights does not fit the tree.",
            expected=f"{branching} probabilities, or {levels} times as many, the coarsest level first",
            received=f"{shares.size} numbers",
            hint="Are they weights of leaves? Those are products of branches' weights.",
        )
    rows = np.broadcast_to(shares.reshape(-1, branching), (levels, branching)).copy()
    check_distribution("branch_weights", rows)
    return rows


def leaf_weights(shares: Array) -> Array:
    """Return the products of the branches' probabilities, shape (c^B,), leaves counted by their digits.

    UsageError where one is 0.

    >>> leaf_weights(np.array([[0.25, 0.75], [0.5, 0.5]])).tolist()
    [0.125, 0.125, 0.375, 0.375]
    """
    weights = np.ones(1)
    for row in shares:
        weights = np.multiply.outer(weights, row).ravel()
    if np.any(weights == 0):  # such a leaf would be no mode, and leaves are numbered by their branches
        raise UsageError(
            "A leaf is too rare.",
            expected="products of branch_weights above 1e-308",
            received=f"branches down to {np.min(shares):.6g} on {len(shares)} levels",
            hint="Is such a branch there at all?",
        )
    return weights / np.sum(weights)


@final
@dataclass(frozen=True, eq=False)
class TreeRun:
    """A run on the leaves, and the length `sizes[l]` of each level's axes: siblings are sqrt 2 times that apart.

    `shares` (B, c) are the probabilities of the branches at each level.
    """

    run: MixtureRun
    branching: int
    sizes: Array
    shares: Array

    def level_target(self, level: int) -> Mixture:
        """Return the branches of one level as a mixture on its own coordinates."""
        scale = float(self.run.target.scales[0])
        return mixture(means=self.sizes[level] * one_hot(self.branching), weights=self.shares[level], scales=scale)

    @property
    def level_calls(self) -> tuple[int, ...] | None:
        """The call that draws each level for good; None for a sampler that does not draw."""
        if not np.all(self.run.drawn):
            return None
        groups, depth = self.run.groups, len(self.sizes)
        if groups is None:
            return (self.run.schedule.steps - 1,) * depth
        return tuple(int(np.argmax(groups <= self.branching ** (depth - k))) for k in range(1, depth + 1))

    def exact_level_masses(self) -> tuple[Array, ...] | None:
        """Return the law of each level's branch, (c,) each, where all calls draw and leaves have no width; else None.

        Levels are independent, and each is a Markov chain of branches, drawn anew until the call that keeps it.
        """
        calls, d, s = self.level_calls, self.run.denoiser, self.run.schedule
        if calls is None or self.run.target.scales[0] > 0:
            return None
        return tuple(
            redrawn_masses(row, s.a[: call + 1] * size / s.b[: call + 1], d.beta[: call + 1])
            for row, size, call in zip(self.shares, self.sizes, calls, strict=True)
        )

    @property
    def separations(self) -> Array:
        """The distance between the landing sets of a level, shape (B,)."""
        return np.asarray((1 - self.run.margin) * math.sqrt(2) * self.sizes)

    def level_slopes(self, level: int) -> Array:
        """Return each call's slope on one level, shape (K,): g + beta (a b^2/V^2) d^2/4, d the siblings' distance."""
        d, scale = self.run.denoiser, float(self.run.target.scales[0])
        b = self.run.schedule.b[:-1]
        v = (d.a * scale) ** 2 + b**2
        return np.asarray(d.a * scale**2 / v + d.beta * d.a * (b / v) ** 2 * self.sizes[level] ** 2 / 2)

    def level_stiffness(self, level: int) -> float:
        """Return the stiffness of the sampler's class on one level; infinite where it draws."""
        steps = self.run.steps
        if steps is None or np.any(self.run.drawn):
            return math.inf
        return joint_stiffness(steps, self.level_slopes(level))

    def counter(self, seed: int) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        """Return the counting kernel and its arguments: leaves and the rest, then each level's branches and rest."""
        run = self.run
        committing = affine_level_counts if run.groups is None else levels_level_counts
        kernel = linear_level_counts if run.method else committing
        radii = run.margin * math.sqrt(2) * self.sizes / 2
        own = run.counter(seed)[1]
        return kernel, (*own, self.sizes, radii, self.branching)


def build_tree_run(
    *,
    levels: Any,
    branching: Any,
    steps: Any,
    gap_ratio: Any = 1.0,
    distance: Any = 1.0,
    scale: Any = 0.0,
    branch_weights: Any = None,
    sampler: str = "ddim",
    level_calls: Any = None,
    denoiser_stiffness: Any = UNCAPPED,
    margin: Any = 0.1,
    **timing: Any,
) -> TreeRun:
    """Return the checked run on a tree; UsageError where a value is out of its range.

    A leaf's weight is the product of the weights of its branches, equal if left out (`branch_shares`).

    >>> build_tree_run(levels=2, branching=2, steps=2, distance=8, gap_ratio=2).sizes.round(6).tolist()
    [11.313708, 5.656854]
    """
    depth, width, ratio = check_tree(levels, branching, gap_ratio)
    least = float(positive("distance", distance))
    if level_calls is not None and sampler != COMMIT_LEVELS:
        raise UsageError(
            "level_calls is for commitment by levels.",
            expected=f"sampler={COMMIT_LEVELS}, or no level_calls",
            received=f"sampler={sampler}",
            hint="Which sampler is meant?",
        )
    vectors = codebook_vectors("hierarchical", levels=depth, branching=width, gap_ratio=ratio, distance=least)
    sizes = least / math.sqrt(2) * ratio ** np.arange(depth - 1.0, -1.0, -1.0)
    shares = branch_shares(branch_weights, depth, width)
    target = mixture(
        means=vectors, weights=leaf_weights(shares), scales=float(nonnegative("scale", scale)), name="leaves"
    )
    count_of_steps = whole("steps", steps, low=1, high=65_535, hint="Is it a time rather than a number of intervals?")
    run = build_run(
        target, steps=count_of_steps, sampler=sampler, denoiser_stiffness=denoiser_stiffness, margin=margin, **timing,
        spread=math.sqrt(2) * float(sizes[0]), groups=level_groups(depth, width, count_of_steps, level_calls),
    )  # fmt: skip
    return TreeRun(run, width, sizes, shares)


def _peaks(levels: int, branching: int, gap_ratio: float, error: float) -> dict[str, float] | None:
    if gap_ratio != 1 or not 0 < error < 1:
        return None
    found = hierarchy_peaks(levels, branching, error)
    return {name: found[name] for name in ("peak_equal_level", "peak_equal_total", "flat")}


def simulate_tree(
    *,
    levels: Any,
    branching: Any,
    steps: Any,
    sampler: str = "ddim",
    denoiser_stiffness: Any = UNCAPPED,
    level_calls: Any = None,
    branch_weights: Any = None,
    gap_ratio: Any = 1.0,
    distance: Any = 1.0,
    scale: Any = 0.0,
    path: str = "linear",
    grid: str = "uniform",
    s_max: Any = None,
    s_min: Any = None,
    rho: Any = None,
    times: Any = None,
    margin: Any = 0.1,
    particles: Any = 1_000_000,
    seed: Any = 0,
    threads: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> TreeMeasurement:
    """Run one sampler on a tree of choices, and hold its leaves and each of its levels against their classes.

    Raises UsageError for a value out of its range, before any work. The same numbers for any `threads`.

    >>> tree = simulate_tree(levels=2, branching=3, steps=4, distance=8, sampler="commit_levels", particles=100)
    >>> [level.ambiguous.value for level in tree.levels]  # draws leave nothing undecided
    [0.0, 0.0]
    """
    tree = build_tree_run(
        levels=levels, branching=branching, steps=steps, gap_ratio=gap_ratio, distance=distance, scale=scale,
        branch_weights=branch_weights, sampler=sampler, level_calls=level_calls,
        denoiser_stiffness=denoiser_stiffness, margin=margin,
        path=path, grid=grid, s_max=s_max, s_min=s_min, rho=rho, times=times,
    )  # fmt: skip
    number, wanted = check_run(tree.run, seed=seed, particles=particles)
    kernel, arguments = tree.counter(number)
    found = [int(c) for c in count(kernel, arguments, range(wanted), threads=threads, progress=progress)]
    modes, width, depth = tree.run.target.modes, tree.branching, len(tree.sizes)
    given: dict[str, Any] = {
        "target": "tree", "levels": depth, "branching": width, "gap_ratio": float(gap_ratio),
        "distance": float(distance), "scale": float(tree.run.target.scales[0]),
    }  # fmt: skip
    if branch_weights is not None:
        given["branch_weights"] = tree.shares.ravel().tolist()
    if tree.run.groups is not None:
        given["level_calls"] = list(tree.level_calls or ())
    leaves = conclude(tree.run, given, denoiser_stiffness, found[: modes + 1], seed=number)
    rows = np.array(found[modes + 1 :]).reshape(depth, width + 1).tolist()
    exact = tree.exact_level_masses()
    measured = tuple(_level(tree, level, counts, exact) for level, counts in enumerate(rows))
    exact_tv = None if exact is None else total_variation(leaf_weights(np.array(exact)), tree.run.target.weights)
    equal = bool(np.all(tree.shares == tree.shares[0, 0]))
    peaks = _peaks(depth, width, float(gap_ratio), leaves.ambiguous.value) if equal else None
    return TreeMeasurement(leaves, measured, exact_tv, peaks)


def _level(tree: TreeRun, level: int, counts: list[int], exact: tuple[Array, ...] | None) -> Level:
    separation, stiffness = float(tree.separations[level]), tree.level_stiffness(level)
    own = tree.level_target(level).masses(tree.run.margin)
    return Level(
        separation=separation,
        counts=tuple(counts),
        target_masses=tuple(float(q) for q in own),
        ambiguous=clopper_pearson(counts[-1], sum(counts)),
        tv=total_variation_estimate(counts, own),
        stiffness=stiffness,
        verdict=confront_counts(counts, stiffness, separation),
        exact_masses=None if exact is None else (*(float(q) for q in exact[level]), 0.0),
    )
