"""Where a sampler's outputs land among M balls, by counting, beside the bound of the sampler's own class.

Masses are measured, so they come with intervals, and the bound is confronted with what the intervals allow.
Source: theory/LAWS.md, sections 0, 5, 7, 8.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from sim.codebook import HIERARCHICAL, RANDOM, codebook_vectors
from sim.mixture.covariance import build_covariance_run
from sim.mixture.measure import MixtureMeasurement, digest, measure
from sim.mixture.readouts import PARTICLES, asked
from sim.mixture.sampling import build_run
from theory.covariance import covariance_mixture
from theory.denoiser import UNCAPPED
from theory.errors import UsageError, nonnegative
from theory.mixture import mixture


def simulate_mixture(
    *,
    means: Any,
    steps: Any,
    sampler: str = "ddim",
    denoiser_stiffness: Any = UNCAPPED,
    weights: Any = None,
    scales: Any = 0.0,
    covariances: Any = None,
    path: str = "linear",
    grid: str = "uniform",
    s_max: Any = None,
    s_min: Any = None,
    rho: Any = None,
    times: Any = None,
    margin: Any = 0.1,
    commit_time: Any = None,
    particles: Any = 1_000_000,
    seed: Any = 0,
    readout: Any = None,
    sharpness: Any = None,
    categorical_weight: Any = None,
    readout_particles: Any = PARTICLES,
    threads: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> MixtureMeasurement:
    """Run one sampler on a mixture; `means` has shape (M, n).

    Modes are isotropic with `scales`, or have `covariances`, variances (M, n) or matrices (M, n, n). The masses of such
    modes in the landing sets are counted on as many clean latents.
    Raises UsageError for a value out of its range, before any work. The same numbers for any `threads`.

    >>> square = [[0, 0], [8, 0], [0, 8], [8, 8]]
    >>> simulate_mixture(means=square, steps=1, particles=10).counts  # one call returns the mean of all modes
    (0, 0, 0, 0, 10)
    """
    if covariances is not None:
        if np.any(np.asarray(scales) != 0):
            raise UsageError(
                "Two widths are given.",
                expected="scales or covariances",
                received="both",
                hint="Which of them is meant?",
            )
        wide = build_covariance_run(
            covariance_mixture(means=means, covariances=covariances, weights=weights),
            steps=steps, sampler=sampler, denoiser_stiffness=denoiser_stiffness, margin=margin,
            path=path, grid=grid, s_max=s_max, s_min=s_min, rho=rho, times=times, commit_time=commit_time,
        )  # fmt: skip
        reading = asked(
            readout, sharpness=sharpness, weight=categorical_weight, particles=readout_particles, target=wide.target
        )
        kind = "variances" if wide.mixture.diagonal else "matrices"
        own = {"target": "mixture", "covariances": kind, "covariances_sha256": digest(wide.mixture.covariances)}
        return measure(
            wide, own, denoiser_stiffness, particles=particles, seed=seed, asked_for=reading,
            threads=threads, progress=progress,
        )  # fmt: skip
    target = mixture(means=means, weights=weights, scales=scales)
    run = build_run(
        target, steps=steps, sampler=sampler, denoiser_stiffness=denoiser_stiffness, margin=margin,
        path=path, grid=grid, s_max=s_max, s_min=s_min, rho=rho, times=times, commit_time=commit_time,
    )  # fmt: skip
    given = {"target": "mixture", "scales": target.scales.tolist()}
    reading = asked(readout, sharpness=sharpness, weight=categorical_weight, particles=readout_particles, target=target)
    return measure(
        run, given, denoiser_stiffness, particles=particles, seed=seed, asked_for=reading,
        threads=threads, progress=progress,
    )  # fmt: skip


def _one_scale(scale: Any) -> float:
    width = nonnegative("scale", scale)
    if isinstance(width, float):
        return width
    raise UsageError(
        "scale is one number for all tokens.",
        expected="scale >= 0",
        received=f"{np.size(width)} numbers",
        hint="Is it target=mixture, which takes a scale for each mode?",
    )


def simulate_codebook(
    *,
    codebook: str,
    steps: Any,
    modes: Any = None,
    source_dim: Any = None,
    vectors: Any = None,
    distance: Any = None,
    codebook_seed: Any = 0,
    levels: Any = None,
    branching: Any = None,
    gap_ratio: Any = 1.0,
    sampler: str = "ddim",
    denoiser_stiffness: Any = UNCAPPED,
    weights: Any = None,
    scale: Any = 0.0,
    path: str = "linear",
    grid: str = "uniform",
    s_max: Any = None,
    s_min: Any = None,
    rho: Any = None,
    times: Any = None,
    margin: Any = 0.1,
    commit_time: Any = None,
    particles: Any = 1_000_000,
    seed: Any = 0,
    readout: Any = None,
    sharpness: Any = None,
    categorical_weight: Any = None,
    readout_particles: Any = PARTICLES,
    threads: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> MixtureMeasurement:
    """Run one sampler on a codebook: a mode of one `scale`, the overlap, round each of its vectors.

    `distance` stretches the codebook until its two nearest vectors are so far apart. Raises UsageError as
    `simulate_mixture`, and where the codebook cannot be made of what is given.

    >>> simulate_codebook(codebook="one_hot", modes=4, steps=2, particles=10).given["source_dim"]
    4
    """
    table = codebook_vectors(
        codebook, modes=modes, source_dim=source_dim, vectors=vectors, distance=distance, seed=codebook_seed,
        levels=levels, branching=branching, gap_ratio=gap_ratio,
    )  # fmt: skip
    target = mixture(means=table, weights=weights, scales=_one_scale(scale), name="vectors")
    run = build_run(
        target, steps=steps, sampler=sampler, denoiser_stiffness=denoiser_stiffness, margin=margin,
        path=path, grid=grid, s_max=s_max, s_min=s_min, rho=rho, times=times, commit_time=commit_time,
    )  # fmt: skip
    given: dict[str, Any] = {"target": "codebook", "codebook": codebook, "scale": float(target.scales[0])}
    if distance is not None:
        given["distance"] = float(distance)
    if codebook in RANDOM:
        given["codebook_seed"] = int(codebook_seed)
    if codebook == HIERARCHICAL:
        given |= {"levels": int(levels), "branching": int(branching), "gap_ratio": float(gap_ratio)}
    reading = asked(readout, sharpness=sharpness, weight=categorical_weight, particles=readout_particles, target=target)
    return measure(
        run, given, denoiser_stiffness, particles=particles, seed=seed, asked_for=reading,
        threads=threads, progress=progress,
    )  # fmt: skip
