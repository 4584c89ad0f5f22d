"""Counts over M balls and the rest become a measurement: intervals, tv, and the bound of the sampler's own class.

Source: theory/LAWS.md, sections 0, 5, 7, 8.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, final

import numpy as np

from sim.confront import confront_counts, least_error, least_tv, stiffness_needed
from sim.divergence import divergence_estimate, divergence_of_counts
from sim.estimate import (
    CONFIDENCE,
    Estimate,
    clopper_pearson,
    total_variation_estimate,
    total_variation_of_counts,
)
from sim.mixture.covariance import CovarianceRun
from sim.mixture.readouts import Asked, CountedReadout, count_readout
from sim.mixture.sampling import AbstractRun
from sim.noise import check_address
from sim.particles import count
from sim.sampler_keys import declared
from sim.tabular import Tabular, finite, html_table
from theory.denoiser import UNCAPPED
from theory.errors import Array
from theory.verdict import Verdict


@final
@dataclass(frozen=True)
class MixtureMeasurement(Tabular):
    """What one sampler did on one mixture, by counting.

    `noise` and `order` are the sampler's own, 0 being none.
    `counts` are over the M landing sets, then the ambiguous rest; `ambiguous`, `tv` and `kl` carry intervals, the last
    KL(target || sampled) in nats over the same cells;
    `target_ambiguous` is the target's own mass outside the landing sets. `stiffness` is that of the sampler's class
    (infinite: no bound), `least_error` the error it leaves when masses come in proportion to the weights, `least_tv`
    the tv that it leaves in any case (None unless the M landing sets are to get equal masses 1/M),
    `needed` the stiffness that the counted shares need; the verdict's `bound` is what is certain of it. `readout` is
    what a readout makes of it, if one was asked for.
    """

    DIMS: ClassVar[Mapping[str, str]] = {
        "estimate.counts": "cell", "target_masses": "cell", "bound.denoiser_slopes": "call",
    }  # fmt: skip

    given: Mapping[str, Any]
    noise: str
    order: int
    nfe: int
    counts: tuple[int, ...]
    ambiguous: Estimate
    tv: Estimate
    kl: Estimate
    target_masses: tuple[float, ...]
    bounded_class: str
    separation: float
    slopes: tuple[float, ...]
    stiffness: float
    least_error: float
    least_tv: float | None
    needed: float
    verdict: Verdict
    readout: CountedReadout | None = None

    @property
    def target_ambiguous(self) -> float:
        """The target's own mass in no landing set."""
        return self.target_masses[-1]

    @property
    def reached(self) -> int:
        """How many landing sets some particle reached."""
        return sum(count > 0 for count in self.counts[:-1])

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers and text, as `--json` prints them; an infinite stiffness is null."""
        return {
            "given": dict(self.given),
            "noise": self.noise,
            "order": self.order,
            "nfe": self.nfe,
            "estimate": {
                "confidence": CONFIDENCE,
                "counts": list(self.counts),
                "ambiguous": self.ambiguous.to_dict(),
                "tv": self.tv.to_dict(),
                "kl": self.kl.to_dict(),
            },
            "target_masses": list(self.target_masses),
            "bound": {
                "class": self.bounded_class,
                "separation": finite(self.separation),
                "denoiser_slopes": [finite(slope) for slope in self.slopes],
                "stiffness": finite(self.stiffness),
                "least_error": self.least_error,
                "least_tv": self.least_tv,
                "stiffness_needed": finite(self.needed),
            },
            "verdict": self.verdict.to_dict(),
            **({} if self.readout is None else {"readout": self.readout.to_dict()}),
        }

    def __repr__(self) -> str:
        return (
            f"<{self.given['sampler']} steps={self.given['steps']} on {len(self.counts) - 1} modes: "
            f"ambiguous {self.ambiguous}, tv {self.tv}, bound {self.verdict.outcome}>"
        )

    def _repr_html_(self) -> str:
        rows = (
            ("ambiguous", self.ambiguous), ("tv", self.tv), ("modes reached", self.reached),
            ("class", self.bounded_class), ("bound", self.verdict.outcome),
        )  # fmt: skip
        return html_table(f"{self.given['sampler']}, nfe {self.nfe}", rows)


def digest(means: Array) -> str:
    """Return the SHA-256 of the means as little-endian doubles in rows: they may be too many to print."""
    return hashlib.sha256(means.astype("<f8").tobytes()).hexdigest()


def measure(
    run: AbstractRun,
    given: Mapping[str, Any],
    denoiser_stiffness: Any,
    *,
    particles: Any,
    seed: Any,
    asked_for: Asked | None = None,
    threads: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> MixtureMeasurement:
    """Count where `particles` of the run land, and hold the counts against the run's class.

    `given` are the keys of the target, to which those of the run are added. Raises UsageError.
    """
    seed, particles = check_run(run, seed=seed, particles=particles)
    kernel, arguments = run.counter(seed)
    counts = [int(c) for c in count(kernel, arguments, range(particles), threads=threads, progress=progress)]
    clean = None
    if isinstance(run, CovarianceRun):
        kernel, arguments = run.clean_counter(seed)
        clean = [int(c) for c in count(kernel, arguments, range(particles), threads=threads)]
    concluded = conclude(run, given, denoiser_stiffness, counts, seed=seed, clean=clean)
    if asked_for is None:
        return concluded
    read = count_readout(run, asked_for, seed=seed)
    return replace(concluded, given={**concluded.given, **asked_for.given}, readout=read)


def check_run(run: AbstractRun, *, seed: Any, particles: Any) -> tuple[int, int]:
    """Return (seed, particles) if all noise of the run has an address; UsageError otherwise."""
    # Commitment draws inside a mode at steps K..2K - 1 of the address.
    coordinates = run.target.source_dim
    return check_address(seed=seed, particles=particles, steps=2 * run.schedule.steps, coordinates=coordinates)


def conclude(
    run: AbstractRun,
    given: Mapping[str, Any],
    denoiser_stiffness: Any,
    counts: list[int],
    *,
    seed: int,
    clean: list[int] | None = None,
) -> MixtureMeasurement:
    """Hold counts over the landing sets, then the rest, against the run's class; `given` as for `measure`.

    `clean` are counts of as many of the target's own latents, where its masses have no closed form.
    """
    target, steps, particles = run.target, run.schedule.steps, sum(counts)
    noise, order = declared(run.sampler)
    stiffness, separation = run.stiffness, target.separation(run.margin)
    own = target.masses(run.margin) if clean is None else np.array(clean) / particles
    equal = clean is None and not np.any(target.scales) and bool(np.all(target.weights == target.weights[0]))
    floors = (
        least_error(target.weights[target.weights > 0], stiffness, separation),
        least_tv(target.modes, stiffness, separation) if equal else None,
    )
    shares = np.array(counts) / particles
    return MixtureMeasurement(
        given={
            **given,
            "modes": target.modes,
            "source_dim": target.source_dim,
            "means_sha256": digest(target.means),
            "sampler": run.sampler,
            **run.time_grid.given,
            "steps": steps,
            "margin": run.margin,
            "denoiser_stiffness": None if denoiser_stiffness == UNCAPPED else float(denoiser_stiffness),
            "weights": target.weights.tolist(),
            "particles": particles,
            "seed": seed,
            **({} if run.commit_time is None else {"commit_time": run.commit_time}),
        },
        noise=noise,
        order=order,
        nfe=run.nfe,
        counts=tuple(counts),
        ambiguous=clopper_pearson(counts[-1], particles),
        tv=total_variation_estimate(counts, own) if clean is None else total_variation_of_counts(counts, clean),
        kl=divergence_estimate(counts, own) if clean is None else divergence_of_counts(counts, clean),
        target_masses=tuple(float(q) for q in own),
        bounded_class=run.bounded_class,
        separation=separation,
        slopes=tuple(float(slope) for slope in run.denoiser.slope),
        stiffness=stiffness,
        least_error=floors[0],
        least_tv=floors[1],
        needed=stiffness_needed(shares[:-1], float(shares[-1]), separation),
        verdict=confront_counts(counts, stiffness, separation),
    )
