"""|count/n - p| stays inside its interval for the right p, and outside for p times 1.01: counting with power.

Each cell states its size and its power before it looks: the number of particles suffices to find a 1% error of p
with the stated miss probability, and a cell that lacks it fails. Seeds are fixed and never picked again. Level M.
"""

from dataclasses import dataclass
from functools import partial
from typing import Final, final

import numpy as np

from sim.compiled import kernel
from sim.estimate import clopper_pearson, trials_needed
from sim.noise import first_normal
from sim.particles import Counts, count
from sim.two_modes.run import build_setting, needed_stiffness
from sim.two_modes.sampler_names import SAMPLERS
from theory.verdict import Check, Outcome, Verdict

FALSE_ALARM: Final = 1e-9
"""Probability that a correct law fails one cell here, over the choice of the seed."""
MISS: Final = 1e-6
"""Probability that a 1% error escapes one cell."""
EFFECT: Final = 0.01
SEED: Final = 20_260_630
"""The seed of every cell: fixed once, by the paper's number."""


@kernel
def clipped_affine_counts(first, stop, seed, slope, centre):  # type: ignore[no-untyped-def]
    """Count where x -> clip(slope (x - centre), -1/2, 1/2) sends N(0, 1)."""
    counts = np.zeros(3, np.int64)
    for particle in range(first, stop):
        z = slope * (first_normal(seed, particle, 0) - centre)
        counts[0 if z <= -0.5 else (2 if z >= 0.5 else 1)] += 1
    return counts


def stiffness_needed_by(counts: Counts, *, alpha: float) -> tuple[float, float]:
    """Return the least and the most stiffness that masses within simultaneous intervals of the counts need."""
    trials = int(counts.sum())
    cells = [clopper_pearson(int(c), trials, alpha=alpha / 2) for c in (counts[0], counts[2])]
    low, high = ([getattr(cell, end) for cell in cells] for end in ("low", "high"))
    return (
        needed_stiffness(low[0], low[1], 1 - sum(low), 1.0),
        needed_stiffness(high[0], high[1], 1 - sum(high), 1.0),
    )


def binary_is_counted() -> Verdict:
    """Count a clipped affine map: its masses need the map's own stiffness, no more, no less."""
    slope, centre, particles = 1.3, 0.35, 8_000_000
    counts = count(clipped_affine_counts, (SEED, slope, centre), range(particles))
    low, high = stiffness_needed_by(counts, alpha=FALSE_ALARM)
    inside = low <= slope <= high
    bites = not low <= slope * (1 + EFFECT) <= high and not low <= slope / (1 + EFFECT) <= high
    return Verdict(
        Outcome.HOLDS if inside and bites else Outcome.FAILS if not inside else Outcome.UNDECIDED,
        method=f"{particles:,} particles of a clipped affine map",
        value=slope, bound=(low + high) / 2, interval=(low, high), false_alarm=FALSE_ALARM, power=1 - MISS,
        detail=f"The stiffness that the counted masses need lies in [{low:.5f}, {high:.5f}]; the map's is {slope}. "
        "Stiffness 1% higher or lower lies outside.",
    )  # fmt: skip


@final
@dataclass(frozen=True)
class Cell:
    """One sampler in one setting, and which of its three masses is counted."""

    sampler: str
    mu: float
    steps: int
    denoiser_stiffness: float
    weights: tuple[float, float]
    mass: int
    particles: int


CELLS: Final = (
    Cell("ddim", 2.0, 4, 4.0, (0.5, 0.5), 1, 4_000_000),
    Cell("reinjection", 2.0, 4, 4.0, (0.5, 0.5), 1, 4_000_000),
    Cell("reinjection", 4.0, 8, 4.0, (0.7, 0.3), 2, 24_000_000),
    Cell("commit_parallel", 4.0, 4, 4.0, (0.7, 0.3), 2, 8_000_000),
)


def cell_verdict(cell: Cell, *, seed: int = SEED) -> Verdict:
    """Count one cell and hold the exact mass, and the mass off by 1% either way, against the interval."""
    setting = build_setting(
        mu=cell.mu, steps=cell.steps, denoiser_stiffness=cell.denoiser_stiffness, weights=cell.weights
    )
    sampler = SAMPLERS[cell.sampler]
    exact = float(sampler.masses(setting)[cell.mass])
    needed = trials_needed(exact, effect=EFFECT, alpha=FALSE_ALARM, miss=MISS)
    if cell.particles < needed:
        return Verdict(Outcome.UNDECIDED, method="counting", detail=f"{cell} lacks power: {needed:,} are needed.")
    counter, arguments = sampler.counter(setting, seed)
    counts = count(counter, arguments, range(cell.particles))
    estimate = clopper_pearson(int(counts[cell.mass]), cell.particles, alpha=FALSE_ALARM)
    inside = exact in estimate
    bites = exact * (1 + EFFECT) not in estimate and exact / (1 + EFFECT) not in estimate
    return Verdict(
        Outcome.HOLDS if inside and bites else Outcome.FAILS if not inside else Outcome.UNDECIDED,
        method=f"{cell.particles:,} particles",
        value=estimate.value, bound=exact, interval=(estimate.low, estimate.high),
        false_alarm=FALSE_ALARM, power=1 - MISS,
        detail=f"{cell.sampler}, {cell.steps} steps: exact {exact:.6f}, counted {estimate}.",
    )  # fmt: skip


def sampler_is_counted(name: str) -> Verdict:
    """Count every cell of one sampler: its exact masses are what its particles do."""
    cells = [cell for cell in CELLS if cell.sampler == name]
    verdicts = [cell_verdict(cell) for cell in cells]
    outcomes = [v.outcome for v in verdicts]
    worst = next((o for o in (Outcome.FAILS, Outcome.UNDECIDED) if o in outcomes), Outcome.HOLDS)
    first = verdicts[0]
    return Verdict(
        worst, method=f"{sum(c.particles for c in cells):,} particles",
        value=first.value, bound=first.bound, interval=first.interval,
        false_alarm=FALSE_ALARM * len(cells), power=1 - MISS * len(cells),
        detail="Counted masses agree with the exact ones; masses 1% off do not.",
        excerpt=tuple(v.detail for v in verdicts),
    )  # fmt: skip


def checks() -> tuple[Check, ...]:
    """Return the counted checks of sim, level M."""
    return (
        Check("binary", "M", "counted masses need the map's stiffness",
              "Counting where a map of known stiffness sends noise gives that stiffness back.",
              partial(binary_is_counted), seconds=2.0),
        *(
            Check(law, "M", "particles do what the exact masses say",
                  "Counted particles agree with the exact computation.",
                  partial(sampler_is_counted, sampler), seconds=seconds)
            for law, sampler, seconds in (
                ("ddim_frontier", "ddim", 1.0), ("commitment", "commit_parallel", 3.0),
                ("reinjection", "reinjection", 9.0),
            )
        ),
    )  # fmt: skip
