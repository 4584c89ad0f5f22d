"""A tree of B choices among c: leaves are modes, each level a choice on coordinates of its own, hence M = c^B.

Coordinates factor over levels, and so does the posterior: the denoiser of the whole is that of each level, side by
side, and its slope the largest of theirs. Each level is measured apart and held against `isoperimetric` for c modes
with the stiffness of the sampler's class on that level: the side of `hierarchy` that a sampler meets.
Source: theory/LAWS.md, section 7, `hierarchy` and "Mixtures".
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from sim.codebook import check_tree, codebook_vectors
from sim.confront import confront_counts
from sim.estimate import Estimate, clopper_pearson
from sim.mixture.levels import affine_level_counts, levels_level_counts, linear_level_counts
from sim.mixture.measure import MixtureMeasurement, check_run, conclude
from sim.mixture.sampling import COMMIT_LEVELS, MixtureRun, build_run
from sim.particles import count
from sim.tabular import Leaf, Tabular
from theory.composition import hierarchy_peaks
from theory.denoiser import UNCAPPED
from theory.errors import Array, UsageError, nonnegative, positive, whole
from theory.joint import joint_stiffness
from theory.mixture import mixture
from theory.verdict import Verdict


@final
@dataclass(frozen=True)
class Level:
    """What reached the branches of one level, by its own coordinates: `counts` over branches, then none.

    `stiffness` is that of the sampler's class on this level; the verdict's `bound` what the counts surely need of it.
    """

    separation: float
    counts: tuple[int, ...]
    ambiguous: Estimate
    stiffness: float
    verdict: Verdict

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers; an infinite stiffness is null."""
        return {
            "separation": self.separation,
            "counts": list(self.counts),
            "ambiguous": self.ambiguous.to_dict(),
            "stiffness": self.stiffness if math.isfinite(self.stiffness) else None,
            "verdict": self.verdict.to_dict(),
        }


@final
@dataclass(frozen=True)
class TreeMeasurement(Tabular):
    """What one sampler did on a tree: on its leaves, as on any mixture, and on each of its levels.

    `peaks` are those of the law `hierarchy` at the leaves' counted error, None where that is 0 or 1, or the gaps
    differ: per unit of separation, the least stiffness of a level that errs as much as all levels do, of one that errs
    its share, and of one flat choice among all leaves.
    """

    leaves: MixtureMeasurement
    levels: tuple[Level, ...]
    peaks: Mapping[str, float] | None

    @property
    def given(self) -> Mapping[str, Any]:
        """The keys of the run."""
        return self.leaves.given

    def to_dict(self) -> dict[str, Any]:
        """Return the leaves' document with `levels` and `peaks`."""
        peaks = None if self.peaks is None else dict(self.peaks)
        return {**self.leaves.to_dict(), "levels": [level.to_dict() for level in self.levels], "peaks": peaks}

    def arrays(self) -> dict[str, Leaf]:
        """Return the leaves' arrays, and those of the levels along `level`, their counts along `branch` too."""
        ends = [[level.ambiguous.value, level.ambiguous.low, level.ambiguous.high] for level in self.levels]
        return {
            **self.leaves.arrays(),
            "levels.separation": (("level",), np.array([level.separation for level in self.levels])),
            "levels.counts": (("level", "branch"), np.array([level.counts for level in self.levels])),
            "levels.ambiguous": (("level", "end"), np.array(ends)),
            "levels.stiffness": (("level",), np.array([level.stiffness for level in self.levels])),
        }

    def __repr__(self) -> str:
        errors = ", ".join(f"{level.ambiguous.value:.3g}" for level in self.levels)
        return f"<{self.given['sampler']} steps={self.given['steps']} on a tree: ambiguous by level {errors}>"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th>level {k}</th><td>{level.ambiguous}</td><td>{level.verdict.outcome}</td></tr>"
            for k, level in enumerate(self.levels, 1)
        )
        return self.leaves._repr_html_() + f"<table>{rows}</table>"


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


@final
@dataclass(frozen=True, eq=False)
class TreeRun:
    """A run on the leaves, and the length `sizes[l]` of each level's axes: siblings are sqrt 2 times that apart."""

    run: MixtureRun
    branching: int
    sizes: Array

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
    sampler: str = "ddim",
    level_calls: Any = None,
    denoiser_stiffness: Any = UNCAPPED,
    margin: Any = 0.1,
    **timing: Any,
) -> TreeRun:
    """Return the checked run on a tree of equally likely leaves; UsageError where a value is out of its range.

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
    target = mixture(means=vectors, scales=float(nonnegative("scale", scale)), name="leaves")
    count_of_steps = whole("steps", steps, low=1, high=65_535, hint="Is it a time rather than a number of intervals?")
    run = build_run(
        target, steps=count_of_steps, sampler=sampler, denoiser_stiffness=denoiser_stiffness, margin=margin, **timing,
        spread=math.sqrt(2) * float(sizes[0]), groups=level_groups(depth, width, count_of_steps, level_calls),
    )  # fmt: skip
    return TreeRun(run, width, sizes)


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
        sampler=sampler, level_calls=level_calls, denoiser_stiffness=denoiser_stiffness, margin=margin,
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
    if tree.run.groups is not None:
        given["level_calls"] = [int(np.argmax(tree.run.groups <= width ** (depth - k))) for k in range(1, depth + 1)]
    leaves = conclude(tree.run, given, denoiser_stiffness, found[: modes + 1], seed=number)
    rows = np.array(found[modes + 1 :]).reshape(depth, width + 1).tolist()
    separations = tree.separations
    measured = tuple(
        Level(
            separation=float(separations[level]),
            counts=tuple(counts),
            ambiguous=clopper_pearson(counts[-1], wanted),
            stiffness=tree.level_stiffness(level),
            verdict=confront_counts(counts, tree.level_stiffness(level), float(separations[level])),
        )
        for level, counts in enumerate(rows)
    )
    return TreeMeasurement(leaves, measured, _peaks(depth, width, float(gap_ratio), leaves.ambiguous.value))
