"""Two modes on a line: what a sampler did, exactly and by counting, beside the bound of the sampler's own class.

Two errors, never mixed: `ambiguous`, the mass that reached no landing set, and `tv`, the distance to the target's
own masses. The bound is met when the stiffness that the measured masses need does not exceed that of the class.
Source: theory/LAWS.md, sections 0, 4, 7, 8.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final, final

import numpy as np

from sim import confront as confronted
from sim.confront import stiffness_needed
from sim.divergence import divergence, divergence_estimate
from sim.dtype import DTYPES, check_lengths, given_dtype, refuse_single
from sim.estimate import CONFIDENCE, Estimate, clopper_pearson, total_variation, total_variation_estimate
from sim.noise import check_address
from sim.particles import count
from sim.tabular import Tabular, finite, html_table
from sim.two_modes.readouts import ReadoutErrors, measure_readout
from sim.two_modes.sampler_names import sampler_named
from sim.two_modes.samplers import AbstractSampler, CommitAt, ExactFlow, Setting
from theory.denoiser import UNCAPPED, check_cap, two_mode_denoiser
from theory.errors import Array, UsageError, one_of
from theory.flow import refuse_cap
from theory.mixture import LONGEST
from theory.readout import readout_asked
from theory.target import TwoModes, check_margin, two_modes
from theory.time_grid import time_grid
from theory.verdict import Outcome, Verdict

LEAST_RATIO: Final = 1e-6
"""Of the middle's half-width to the spread of outputs: below it the middle's mass, a difference of positions as far
out as that spread, loses the ten digits that the verdict relies on (2e-16/1e-6)."""


@final
@dataclass(frozen=True)
class Measurement(Tabular):
    """What one sampler did in one setting; `noise` and `order` are the sampler's own, 0 being none.

    `exact_masses` and `counts` are over (left landing set, middle, right landing set); `exact_*` need no seed;
    `ambiguous`, `tv` and `kl`, KL(target || sampled) in nats, are counted, with intervals; `target_ambiguous` is the
    target's own mass in the middle.
    `stiffness` is that of the sampler's class (infinite: no class, no bound); `least_error` the error it leaves
    when masses are to come in proportion to the weights, `least_tv` its least tv (None unless the target is two equal
    points: only they have no mass of their own in the middle); `needed` the stiffness that the exact masses need.
    `readout` is what a readout makes of it, if one was asked for.
    """

    DIMS: ClassVar[Mapping[str, str]] = {"exact.masses": "cell", "estimate.counts": "cell"}

    given: Mapping[str, Any]
    noise: str
    order: int
    nfe: int
    exact_masses: tuple[float, float, float]
    exact_ambiguous: float
    exact_tv: float
    exact_kl: float
    counts: tuple[int, int, int]
    ambiguous: Estimate
    tv: Estimate
    kl: Estimate
    target_ambiguous: float
    bounded_class: str
    stiffness: float
    least_error: float
    least_tv: float | None
    needed: float
    verdict: Verdict
    readout: ReadoutErrors | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers and text, as `--json` prints them; an infinite stiffness is null."""
        return {
            "given": dict(self.given),
            "noise": self.noise,
            "order": self.order,
            "nfe": self.nfe,
            "exact": {
                "masses": list(self.exact_masses),
                "ambiguous": self.exact_ambiguous,
                "tv": self.exact_tv,
                "kl": finite(self.exact_kl),
            },
            "estimate": {
                "confidence": CONFIDENCE,
                "counts": list(self.counts),
                "ambiguous": self.ambiguous.to_dict(),
                "tv": self.tv.to_dict(),
                "kl": self.kl.to_dict(),
            },
            "target_ambiguous": self.target_ambiguous,
            "bound": {
                "class": self.bounded_class,
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
            f"<{self.given['sampler']} steps={self.given['steps']}: ambiguous {self.exact_ambiguous:.6g} "
            f"(counted {self.ambiguous}), tv {self.exact_tv:.6g}, bound {self.least_error:.6g}>"
        )

    def _repr_html_(self) -> str:
        rows = (
            ("ambiguous, exact", f"{self.exact_ambiguous:.6g}"), ("ambiguous, counted", self.ambiguous),
            ("tv, exact", f"{self.exact_tv:.6g}"), ("tv, counted", self.tv),
            ("least error of the class", f"{self.least_error:.6g}"), ("class", self.bounded_class),
        )  # fmt: skip
        return html_table(f"{self.given['sampler']}, nfe {self.nfe}", rows)


def build_setting(
    *,
    mu: Any,
    steps: Any,
    scale: Any = 0.0,
    weights: Sequence[float] = (0.5, 0.5),
    denoiser_stiffness: Any = UNCAPPED,
    margin: Any = 0.1,
    dtype: Any = "float64",
    **timing: Any,
) -> Setting:
    """Return the checked setting; UsageError where a value is out of its range.

    `timing` are the other keys of `theory.time_grid`: path, grid, s_max, s_min, rho, times.

    >>> build_setting(mu=4, steps=16).edge
    3.6
    """
    target = two_modes(mu=mu, scale=scale, weights=weights)
    delta = check_margin(margin)
    _check_lengths(target, delta)
    check_lengths(one_of("dtype", dtype, DTYPES), target.mu, target.scale)
    visited = time_grid(steps=steps, **timing)
    cap = check_cap(denoiser_stiffness, target, visited.schedule)
    denoiser = two_mode_denoiser(target, visited.schedule, denoiser_stiffness=cap)
    return Setting(target, visited, cap, denoiser, delta, dtype)


def _check_lengths(target: TwoModes, margin: float) -> None:
    longest = max(target.mu, target.scale)
    if longest > LONGEST:
        raise UsageError(
            "The modes reach too far, or are too wide.",
            expected=f"mu and scale up to {LONGEST:g}",
            received=f"{longest:g}",
            hint="Could the unit of length be chosen larger?",
        )
    edge, spread = (1 - margin) * target.mu, max(target.mu, min(target.scale, 1.0))
    if edge < LEAST_RATIO * spread:
        raise UsageError(
            "The middle between the landing sets is too thin to be measured.",
            expected=f"(1 - margin) mu at least {LEAST_RATIO:g} times the spread of outputs, about {spread:g}",
            received=f"{edge:g}",
            hint="Are these two modes, or one?",
        )


def needed_stiffness(left: float, right: float, ambiguous: float, separation: float) -> float:
    """Return the stiffness that landing masses `left` and `right` need: 0 if a set gets nothing, inf at error 0."""
    return stiffness_needed([left, right], ambiguous, separation)


def confront(setting: Setting, stiffness: float, masses: Array, counts: Sequence[int]) -> Verdict:
    """Hold measured masses against the class's stiffness: exactly, and for counts beyond their intervals."""
    separation = setting.target.separation(setting.margin)
    needed = needed_stiffness(masses[0], masses[2], masses[1], separation)
    trials = int(sum(counts))
    left, right = (clopper_pearson(int(counts[i]), trials, alpha=(1 - CONFIDENCE) / 2).low for i in (0, 2))
    counted = needed_stiffness(left, right, max(1 - left - right, 0.0), separation)
    holds = needed <= stiffness * (1 + 1e-10) and counted <= stiffness  # 1e-10: the accuracy of exact masses
    return Verdict(
        Outcome.HOLDS if holds else Outcome.FAILS,
        method="exact masses, and counts beyond their intervals",
        value=finite(stiffness),
        bound=finite(needed),
        slack=stiffness / needed if 0 < needed < math.inf and stiffness < math.inf else None,
        detail="the class has no stiffness, so the law bounds nothing" if math.isinf(stiffness) else "",
    )


def least_error(setting: Setting, stiffness: float) -> float:
    """Return the least error of the class when masses come in proportion to the weights: 1 at 0, 0 at infinity."""
    return confronted.least_error(setting.target.weights, stiffness, setting.target.separation(setting.margin))


def simulate_two_modes(
    *,
    sampler: str = "ddim",
    mu: Any,
    steps: Any,
    scale: Any = 0.0,
    weights: Sequence[float] = (0.5, 0.5),
    path: str = "linear",
    grid: str = "uniform",
    s_max: Any = None,
    s_min: Any = None,
    rho: Any = None,
    times: Any = None,
    denoiser_stiffness: Any = UNCAPPED,
    margin: Any = 0.1,
    commit_time: Any = None,
    dtype: Any = "float64",
    particles: Any = 1_000_000,
    seed: Any = 0,
    readout: Any = None,
    sharpness: Any = None,
    categorical_weight: Any = None,
    threads: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> Measurement:
    """Run one sampler on two modes, exactly and by counting `particles`, and hold it against its bound.

    With a `readout` its outputs are compared with those of clean latents too. `dtype` is the type of the particles that
    are counted: sim's own docstring says what float32 changes. Raises UsageError for a value out of its
    range, before any work. The same numbers for any `threads`.

    >>> simulate_two_modes(mu=4, steps=1, particles=10).exact_ambiguous  # one call returns the mean of both modes
    1.0
    """
    chosen: AbstractSampler = sampler_named(sampler, commit_time=commit_time)
    setting = build_setting(
        mu=mu, steps=steps, scale=scale, weights=weights, denoiser_stiffness=denoiser_stiffness, margin=margin,
        path=path, grid=grid, s_max=s_max, s_min=s_min, rho=rho, times=times, dtype=dtype,
    )  # fmt: skip
    seed, particles = check_address(seed=seed, particles=particles, steps=2 * setting.schedule.steps)
    if isinstance(chosen, ExactFlow):
        refuse_cap(denoiser_stiffness)
        refuse_single(dtype, what="The exact flow", hint="Do samplers that call a denoiser show the same?")
    if callable(readout):
        raise UsageError(
            "Two modes on a line are measured exactly, for readouts known in closed form.",
            expected="a readout by name",
            received=repr(readout),
            hint="Is target=mixture means=[[-mu], [mu]] meant, which counts?",
        )
    named = readout_asked(readout, sharpness=sharpness, weight=categorical_weight)
    stiffness = chosen.stiffness(setting)
    own = setting.target.masses(setting.margin)

    masses = chosen.masses(setting)
    counter, arguments = chosen.counter(setting, seed)
    counts = count(counter, arguments, range(particles), threads=threads, progress=progress)
    if not np.all(np.isfinite(masses)):
        raise ArithmeticError(f"the exact masses of {sampler} are not finite")
    separation = setting.target.separation(setting.margin)
    equal = setting.target.scale == 0 and setting.target.weights[0] == setting.target.weights[1]
    cap = math.inf if denoiser_stiffness == UNCAPPED else float(denoiser_stiffness)
    return Measurement(
        given={
            "target": "two_modes", "sampler": sampler, "mu": setting.target.mu, "scale": setting.target.scale,
            "weights": setting.target.weights, **setting.time_grid.given, "steps": setting.schedule.steps,
            "denoiser_stiffness": finite(cap), "margin": setting.margin,
            "particles": particles, "seed": seed,
            **({} if named is None else named.given),
        } | ({"commit_time": chosen.time} if isinstance(chosen, CommitAt) else {}) | given_dtype(setting.dtype),
        noise=chosen.noise,
        order=chosen.order,
        nfe=chosen.nfe(setting),
        exact_masses=(float(masses[0]), float(masses[1]), float(masses[2])),
        exact_ambiguous=float(masses[1]),
        exact_tv=total_variation(masses, own),
        exact_kl=divergence(masses, own),
        counts=(int(counts[0]), int(counts[1]), int(counts[2])),
        ambiguous=clopper_pearson(int(counts[1]), particles),
        tv=total_variation_estimate([int(c) for c in counts], own),
        kl=divergence_estimate([int(c) for c in counts], own),
        target_ambiguous=float(own[1]),
        bounded_class=chosen.bounded_class,
        stiffness=stiffness,
        least_error=least_error(setting, stiffness),
        least_tv=confronted.least_tv(2, stiffness, separation) if equal else None,
        needed=needed_stiffness(masses[0], masses[2], masses[1], separation),
        verdict=confront(setting, stiffness, masses, [int(c) for c in counts]),
        readout=None if named is None else measure_readout(chosen, setting, named),
    )  # fmt: skip
