"""Each level of a tree needs no more stiffness than its class has, and more than one flat choice would: counted.

The side of `hierarchy` that a sampler meets. On every level the masses of c branches obey `isoperimetric` with the
stiffness of DDIM's class on that level's coordinates; and as the levels share what the leaves err, the level that needs
most needs more than all leaves do. What must be rejected: at a near-tight cell a law 1% stronger, and the claim that a
tree's peak lies below the flat one at equal total error. Seeds are fixed and never picked again. Level M.
"""

import math
from typing import Final

from sim.checks.counted import FALSE_ALARM, SEED
from sim.confront import cheapest_masses, confront_counts, stiffness_needed
from sim.mixture.tree import TreeRun, build_tree_run
from sim.particles import count
from theory.verdict import Check, Outcome, Verdict

EFFECT: Final = 1.01
"""A law stronger by this factor is to be refuted at the near-tight cell."""

TIGHT: Final = {
    "levels": 2, "branching": 2, "steps": 2, "distance": 4, "denoiser_stiffness": 0.25, "margin": 0.95,
}  # fmt: skip
"""Two calls and wide balls, as for mixtures: up to them the posterior mean is all but linear on every level."""

DEEP: Final = {"levels": 3, "branching": 3, "steps": 6, "distance": 6, "denoiser_stiffness": 6}
"""Three levels of three: 27 leaves."""

PARTICLES: Final = {"tight": 4_000_000, "deep": 400_000}


def counted(tree: TreeRun, particles: int) -> tuple[list[int], list[list[int]]]:
    """Return counts over leaves and the rest, then over each level's branches and the rest."""
    kernel, arguments = tree.counter(SEED)
    found = [int(c) for c in count(kernel, arguments, range(particles))]
    leaves, width = tree.run.target.modes + 1, tree.branching + 1
    return found[:leaves], [found[leaves + i * width : leaves + (i + 1) * width] for i in range(len(tree.sizes))]


def levels_obey_hierarchy() -> Verdict:
    """Count both trees and hold every level against its class; then hold the wrong statements against the counts."""
    rows, outcomes, needs = [], [], {}
    slack, refuted, flat = math.inf, False, 0.0
    for name, keys in (("tight", TIGHT), ("deep", DEEP)):
        tree = build_tree_run(**keys)
        leaves, levels = counted(tree, PARTICLES[name])
        separations = tree.separations
        for i, counts in enumerate(levels):
            stiffness, separation = tree.level_stiffness(i), float(separations[i])
            verdict = confront_counts(counts, stiffness, separation, alpha=FALSE_ALARM)
            outcomes.append(verdict.outcome)
            needs[name, i] = float(verdict.bound or 0.0)
            slack = min(slack, math.inf if verdict.slack is None else verdict.slack)
            rows.append(f"{name}, level {i + 1}: class {stiffness:.6g}, surely needed {needs[name, i]:.6g}")
        if name == "tight":
            weak = confront_counts(
                levels[0], tree.level_stiffness(0) / EFFECT, float(separations[0]), alpha=FALSE_ALARM
            )
            refuted = weak.outcome is Outcome.FAILS
        else:
            shares = [c / PARTICLES[name] for c in leaves]
            flat = stiffness_needed(shares[:-1], shares[-1], tree.run.target.separation(tree.run.margin))
            masses, error = cheapest_masses(leaves, alpha=FALSE_ALARM)
            least = stiffness_needed(masses, error, tree.run.target.separation(tree.run.margin))
            rows.append(f"{name}, flat: needed {flat:.6g}, surely {least:.6g}")
    peak = max(need for (name, _), need in needs.items() if name == "deep")
    rises = peak > flat
    broken = Outcome.FAILS in outcomes
    missed = [what for what, found in (("a law 1% stronger", refuted), ("a smaller peak in total", rises)) if not found]
    rejected = "Rejected: a law 1% stronger, a smaller peak at equal total error."
    return Verdict(
        Outcome.FAILS if broken else Outcome.UNDECIDED if missed else Outcome.HOLDS,
        method=f"{sum(PARTICLES.values()):,} particles on trees",
        slack=slack,
        false_alarm=FALSE_ALARM * len(outcomes),
        detail=f"No level needs more stiffness than its class has. The deep tree's levels surely need {peak:.4g}, one "
        f"flat choice among its leaves {flat:.4g}. " + (f"Not rejected: {', '.join(missed)}." if missed else rejected),
        excerpt=tuple(rows),
    )  # fmt: skip


def checks() -> tuple[Check, ...]:
    """Return the counted confrontation of `hierarchy`, level M."""
    return (
        Check("hierarchy", "M", "levels of a tree stay within their class",
              "On every level of a tree the counted masses need no more stiffness than DDIM's class has there, and at "
              "equal total error more than one flat choice.",
              levels_obey_hierarchy, seconds=4.0),
    )  # fmt: skip
