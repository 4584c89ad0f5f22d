"""sum_i Phi(Phi^-1(q_i) + Delta/(2 Lambda)) <= 1 with q_i counted: unequal masses of M modes in n dimensions.

Every cell counts where a sampler's outputs land and asks whether any masses that its intervals allow could come from
a map of its class. FAILS would be a violation, with the stated probability of a false alarm. What must be rejected
is: at a near-tight cell, a law 1% stronger; DDIM's class for re-injected particles; and centres taken for landing
sets. Seeds are fixed and never picked again. Level M. Source: theory/LAWS.md, section 5, "Measured masses".
"""

from dataclasses import dataclass
from typing import Final, final

import numpy as np

from sim.checks.counted import FALSE_ALARM, SEED
from sim.codebook import codebook_vectors
from sim.confront import confront_counts
from sim.mixture.sampling import MixtureRun, build_run
from sim.particles import count
from theory.mixture import mixture
from theory.verdict import Check, Outcome, Verdict

DISTANCE: Final = 4.0
"""Least distance between two modes in every cell: lengths have no meaning of their own."""

EFFECT: Final = 1.01
"""A law stronger by this factor is to be refuted at the near-tight cell."""


@final
@dataclass(frozen=True)
class Cell:
    """One sampler on one codebook; `source_dim` beyond the codebook's own adds empty dimensions."""

    codebook: str
    weights: tuple[float, ...]
    source_dim: int
    sampler: str
    steps: int
    denoiser_stiffness: float
    margin: float
    scale: float = 0.0
    particles: int = 200_000

    def run(self, sampler: str | None = None) -> MixtureRun:
        """Return the checked run, or that of another sampler in the same place."""
        modes = len(self.weights)
        placed = self.codebook not in {"one_hot", "bits"}
        vectors = codebook_vectors(
            self.codebook, modes=modes, source_dim=self.source_dim if placed else None, distance=DISTANCE
        )
        means = np.zeros((modes, self.source_dim))
        means[:, : vectors.shape[1]] = vectors
        return build_run(
            mixture(means=means, weights=np.array(self.weights), scales=self.scale),
            sampler=sampler or self.sampler, steps=self.steps,
            denoiser_stiffness=self.denoiser_stiffness, margin=self.margin,
        )  # fmt: skip

    def count(self, run: MixtureRun) -> list[int]:
        """Return how many particles reached each landing set, then none."""
        kernel, arguments = run.counter(SEED)
        return [int(number) for number in count(kernel, arguments, range(self.particles))]


def falling(modes: int) -> tuple[float, ...]:
    """Return weights in proportion to M, M - 1, ..., 1 but closer to each other: unequal, none rare.

    >>> [round(w, 6) for w in falling(2)]
    [0.571429, 0.428571]
    """
    raw = np.arange(2 * modes, modes, -1.0)
    return tuple(float(w) for w in raw / raw.sum())


TIGHT: Final = Cell("bits", (0.48, 0.52), 2, "ddim", 2, 0.25, 0.95, particles=4_000_000)
"""Two calls and wide balls: up to them the posterior mean is linear within 0.1%, and a linear map attains the law."""

ESCAPE: Final = Cell("bits", (0.5, 0.5), 2, "ddim", 16, 8.0, 0.1, particles=400_000)
"""A cell in which re-injection lies below the frontier of DDIM: one may not pass for the other."""

CELLS: Final = (
    TIGHT,
    ESCAPE,
    Cell("one_hot", falling(3), 3, "ddim", 2, 4.0, 0.9),
    Cell("one_hot", falling(4), 4, "ddim", 4, 20.0, 0.6),
    Cell("one_hot", falling(8), 8, "reinjection", 2, 8.0, 0.9),
    Cell("one_hot", falling(5), 6, "ancestral", 4, 20.0, 0.6),
    Cell("lattice", falling(3), 1, "ancestral", 2, 8.0, 0.9),
    Cell("lattice", falling(9), 2, "ddim", 4, 30.0, 0.6),
    Cell("bits", falling(16), 4, "reinjection", 6, 20.0, 0.6),
    Cell("sphere", falling(12), 8, "ancestral", 4, 60.0, 0.6),
    Cell("random", falling(7), 3, "ddim", 4, 60.0, 0.6, scale=0.2),
    Cell("random", falling(6), 5, "reinjection", 4, 60.0, 0.6, scale=0.1),
)


def _refuted(counts: list[int], stiffness: float, separation: float) -> bool:
    verdict = confront_counts(counts, stiffness, separation, alpha=FALSE_ALARM)
    return verdict.outcome is Outcome.FAILS


def mutants(tight: list[int]) -> dict[str, bool]:
    """Return which wrong statements the counts refute: all of them must be."""
    near, escape = TIGHT.run(), ESCAPE.run()
    centres = near.target.least_distance
    return {
        "a law 1% stronger": _refuted(tight, near.stiffness / EFFECT, near.target.separation(TIGHT.margin)),
        "centres taken for landing sets": _refuted(tight, near.stiffness, centres),
        "re-injection taken for DDIM": _refuted(
            ESCAPE.count(ESCAPE.run("reinjection")), escape.stiffness, escape.target.separation(ESCAPE.margin)
        ),
    }


def counted_modes_obey_their_class() -> Verdict:
    """Count every cell and hold it against its class; then hold wrong statements against the same counts."""
    rows, outcomes, slacks = [], [], []
    tight: list[int] = []
    for cell in CELLS:
        run = cell.run()
        counts = cell.count(run)
        tight = counts if cell is TIGHT else tight
        verdict = confront_counts(counts, run.stiffness, run.target.separation(cell.margin), alpha=FALSE_ALARM)
        outcomes.append(verdict.outcome)
        slacks.append(np.inf if verdict.slack is None else verdict.slack)
        rows.append(
            f"{cell.codebook}, M = {run.target.modes}, n = {run.target.source_dim}, {cell.sampler}, K = {cell.steps}: "
            f"{verdict.outcome}, the class has {run.stiffness:.6g}, the masses surely need {verdict.bound:.6g}"
        )
    found = mutants(tight)
    missed = [name for name, refuted in found.items() if not refuted]
    broken = Outcome.FAILS in outcomes
    least = int(np.argmin(slacks))
    return Verdict(
        Outcome.FAILS if broken else Outcome.UNDECIDED if missed else Outcome.HOLDS,
        method=f"{sum(cell.particles for cell in CELLS):,} particles of mixtures",
        slack=float(slacks[least]),
        false_alarm=FALSE_ALARM * len(CELLS),
        detail=f"Unequal masses of 2 to {max(len(c.weights) for c in CELLS)} modes in 1 to "
        f"{max(c.source_dim for c in CELLS)} dimensions never need more stiffness than their class has; tightest: "
        f"{rows[least]}. " + (f"Not rejected: {', '.join(missed)}." if missed else f"Rejected: {', '.join(found)}."),
        excerpt=tuple(rows),
    )  # fmt: skip


def checks() -> tuple[Check, ...]:
    """Return the counted confrontation of `isoperimetric`, level M."""
    return (
        Check("isoperimetric", "M", "counted masses of M modes stay within their class",
              "Unequal masses that samplers reach among M modes in n dimensions need no more stiffness than the class "
              "of the sampler has.",
              counted_modes_obey_their_class, seconds=7.0),
    )  # fmt: skip
