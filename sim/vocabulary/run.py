"""simulate(target=vocabulary) = where N particles land among M tokens, block by block, in single precision.

Source: theory/LAWS.md, sections 0, 5, 7, 8; sim.vocabulary.rounding for what single precision costs.
"""

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
from scipy import linalg  # noqa: F401  loads the BLAS whose threads are limited below
from threadpoolctl import threadpool_limits

from sim.codebook import GIVEN, RANDOM
from sim.confront import confront_counts, least_tv, stiffness_needed
from sim.estimate import clopper_pearson, total_variation_estimate
from sim.interrupted import Interrupted
from sim.noise import check_address
from sim.sampler_keys import declared
from sim.tiles import in_order
from sim.vocabulary.codewords import vocabulary
from sim.vocabulary.occupancy import distinct
from sim.vocabulary.posterior import POINTS, Tokens
from sim.vocabulary.reference import reference
from sim.vocabulary.result import Rounding, VocabularyMeasurement
from sim.vocabulary.sampling import VocabularyRun, build_vocabulary_run
from theory.denoiser import UNCAPPED
from theory.errors import Array
from theory.separated import balanced_error
from theory.target import check_margin

MODES: Final = 4096
"""Tokens of a codebook that is made, unless given."""

DIMENSION: Final = 64
"""Coordinates of a codebook that leaves them open, unless given."""

CHECKED: Final = 16
"""Particles, the first ones, that every run repeats in doubles."""

NOWHERE: Final = -1
"""The token of a particle that landed in no ball."""


@final
@dataclass(frozen=True, eq=False)
class Landed:
    """Where particles landed: `tokens` (N,), the largest |x| at each call `norms` (J,), in units of the rows.

    `moved`, a length for each particle, is what independent roundings do to z-hat; `unsure` counts those that would
    then cross the edge of a ball; `first` are z-hat, lengths, of the first CHECKED particles.
    """

    tokens: Tokens
    norms: Array
    moved: Array
    unsure: int
    first: Array


def land(run: VocabularyRun, first: int, count: int, seed: int, margin: float) -> Landed:
    """Return in whose closed balls `count` particles of the block from `first` on end, or NOWHERE."""
    x, token, seen = run.block(first, seed)
    norms, undecided = seen[:, :, :count]
    moved = np.full(count, np.inf) if run.draws else run.typical_errors(norms, undecided)
    unsure = 0
    if token is None:
        token, away = run.posterior().nearest(x)
        if run.vocabulary.modes > 1:
            edge = away - run.vocabulary.radius(margin)
            token = np.where(edge <= 0, token, NOWHERE)
            unsure = int(np.sum(run.vocabulary.unit * np.abs(edge[:count]) <= moved))
    return Landed(token[:count], np.max(norms, axis=1), moved, unsure, run.vocabulary.unit * x[: min(count, CHECKED)])


def landed(
    run: VocabularyRun,
    *,
    margin: float,
    particles: int,
    seed: int,
    threads: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> Landed:
    """Return where each particle landed; on Ctrl-C those that are done, from the first on. With none it is raised."""
    parts: list[Landed] = []

    def task(first: int) -> Landed:
        return land(run, first, min(POINTS, particles - first), seed, margin)

    try:
        # One thread a product: BLAS threads would compete with the blocks', and may round differently.
        with threadpool_limits(1, "blas"):
            for _, part in in_order(task, range(0, particles, POINTS), threads=threads or os.cpu_count() or 1):
                parts.append(part)
                if progress is not None:
                    progress(len(part.tokens))
    except KeyboardInterrupt:
        if not parts:
            raise
    return Landed(
        np.concatenate([part.tokens for part in parts]),
        np.max([part.norms for part in parts], axis=0),
        np.concatenate([part.moved for part in parts]),
        sum(part.unsure for part in parts),
        parts[0].first,
    )


def conclude(
    run: VocabularyRun, given: dict[str, Any], *, margin: float, seed: int, found: Landed
) -> VocabularyMeasurement:
    """Hold where particles landed against the class of the run."""
    words, pair, tokens, size = run.vocabulary, run.pair, found.tokens, len(found.tokens)
    group = words.groups()
    cells = int(group.max()) + 1
    reached = tokens[tokens != NOWHERE]
    counts = [*np.bincount(group[reached], minlength=cells).tolist(), size - len(reached)]
    masses = np.append(np.bincount(group, minlength=cells) / words.modes, 0.0)
    noise, order = declared(pair.sampler)
    stiffness, separation = pair.stiffness, words.separation(margin)
    with threadpool_limits(1, "blas"):
        wanted = reference(run, range(len(found.first)), seed=seed)
    return VocabularyMeasurement(
        given={**given, "particles": size},
        noise=noise,
        order=order,
        nfe=pair.nfe,
        counts=tuple(counts),
        ambiguous=clopper_pearson(counts[-1], size),
        group_tv=total_variation_estimate(counts, masses),
        group_masses=tuple(masses.tolist()),
        distinct=distinct(len(np.unique(reached)), len(reached), words.modes),
        bounded_class=pair.bounded_class,
        separation=separation,
        slopes=tuple(float(slope) for slope in pair.denoiser.slope),
        stiffness=stiffness,
        least_error=_least_error(words.modes, stiffness, separation),
        least_tv=least_tv(words.modes, stiffness, separation),
        needed=stiffness_needed(np.array(counts[:-1]) / size, counts[-1] / size, separation),
        verdict=confront_counts(counts, stiffness, separation),
        rounding=Rounding(
            tuple(run.logit_errors(found.norms).tolist()),
            run.worst_error(found.norms),
            float(np.median(found.moved)),
            found.unsure,
            float(np.max(np.linalg.norm(found.first - wanted, axis=1))),
        ),
        landed_sha256=_digest(tokens, "<i8"),
    )


def _digest(values: np.ndarray[Any, Any], kind: str) -> str:
    return hashlib.sha256(values.astype(kind, copy=False).data).hexdigest()


def _least_error(modes: int, stiffness: float, separation: float) -> float:
    """Return the least ambiguous mass that balanced masses leave: 1 at stiffness 0, 0 where it is infinite."""
    if modes == 1 or stiffness == 0 or np.isinf(stiffness):
        return 1.0 if stiffness == 0 and modes > 1 else 0.0
    return float(balanced_error(modes, stiffness, separation=separation))


def simulate_vocabulary(
    *,
    steps: Any,
    codebook: str = "sphere",
    modes: Any = None,
    source_dim: Any = None,
    vectors: Any = None,
    distance: Any = None,
    codebook_seed: Any = 0,
    sampler: str = "ddim",
    denoiser_stiffness: Any = UNCAPPED,
    path: str = "linear",
    grid: str = "uniform",
    s_max: Any = None,
    s_min: Any = None,
    rho: Any = None,
    times: Any = None,
    margin: Any = 0.1,
    commit_time: Any = None,
    particles: Any = 4096,
    seed: Any = 0,
    threads: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> VocabularyMeasurement:
    """Run one sampler on a vocabulary of equally likely tokens without width, in single precision.

    Raises UsageError for a value out of its range, before any particle, and Interrupted, with what is done, on Ctrl-C.
    The same numbers for any `threads`.

    >>> simulate_vocabulary(steps=1, modes=100, source_dim=4, particles=10).counts[-1]  # one call returns E z
    10
    """
    if codebook != GIVEN:
        modes = MODES if modes is None and vectors is None else modes
        source_dim = DIMENSION if source_dim is None and codebook in (*RANDOM, "lattice") else source_dim
    share = check_margin(margin)
    number, size = check_address(seed=seed, particles=particles, steps=1)
    words = vocabulary(
        codebook, modes=modes, source_dim=source_dim, vectors=vectors, distance=distance, seed=codebook_seed,
        threads=threads,
    )  # fmt: skip
    run = build_vocabulary_run(
        words, sampler=sampler, steps=steps, denoiser_stiffness=denoiser_stiffness, margin=share,
        path=path, grid=grid, s_max=s_max, s_min=s_min, rho=rho, times=times, commit_time=commit_time,
    )  # fmt: skip
    check_address(seed=number, particles=size, steps=run.inputs, coordinates=words.source_dim)
    found = landed(run, margin=share, particles=size, seed=number, threads=threads, progress=progress)
    given: dict[str, Any] = {
        "target": "vocabulary", "codebook": codebook, "dtype": "float32", "modes": words.modes,
        "source_dim": words.source_dim, "vectors_sha256": _digest(words.vectors, "<f4"),
        "distance": words.unit * words.least if words.modes > 1 else None, "sampler": sampler,
        **run.pair.time_grid.given, "steps": run.pair.schedule.steps, "margin": share,
        "denoiser_stiffness": None if denoiser_stiffness == UNCAPPED else float(denoiser_stiffness), "seed": number,
    }  # fmt: skip
    if codebook in RANDOM:
        given["codebook_seed"] = int(codebook_seed)
    if run.pair.commit_time is not None:
        given["commit_time"] = run.pair.commit_time
    measured = conclude(run, given, margin=share, seed=number, found=found)
    if len(found.tokens) < size:
        raise Interrupted(measured, len(found.tokens), "particles")
    return measured
