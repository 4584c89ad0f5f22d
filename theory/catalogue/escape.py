"""`commitment`, `total_correlation`, `reinjection` and `joint` as values: the ways out, and what each costs.

Source: theory/LAWS.md, section 8.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np

from theory.bins import reinjection_upper
from theory.catalogue.quantities import (
    BINS,
    CAP,
    LIKELIHOODS,
    MARGIN,
    MODE_WEIGHTS,
    MU,
    PRIOR,
    SCALE,
    SCHEDULE,
    SCHEDULED,
    STEPS,
    TRANSITION,
)
from theory.correlation import total_correlation
from theory.denoiser import UNCAPPED, Denoiser, two_mode_denoiser
from theory.depth import frontier_error
from theory.errors import Array
from theory.escape import commitment_masses, reinjection_masses, reinjection_stiffness
from theory.law import Hypothesis, Law, Question
from theory.path import Schedule
from theory.separated import proportional_error
from theory.target import TwoModes, two_modes
from theory.time_grid import schedule_of

Masses = Callable[[TwoModes, Schedule, Denoiser, float], Array]


def _setting(given: Mapping[str, Any]) -> tuple[TwoModes, Schedule, Denoiser, float]:
    target = two_modes(mu=given["mu"], scale=given["scale"], weights=given["weights"])
    schedule = schedule_of(given)
    cap = given.get("denoiser_stiffness", UNCAPPED)
    return target, schedule, two_mode_denoiser(target, schedule, denoiser_stiffness=cap), given["margin"]


def _errors(masses: Masses, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return both errors of a sampler, which are never mixed, beside the target's own ambiguous mass."""
    target, schedule, denoiser, margin = _setting(given)
    reached, own = masses(target, schedule, denoiser, margin), target.masses(margin)
    return {
        "ambiguous": float(reached[1]),
        "tv": float(np.sum(np.maximum(own - reached, 0))),
        "target_ambiguous": float(own[1]),
    }


def _ask_reinjection(given: Mapping[str, Any]) -> dict[str, Any]:
    answers = _errors(reinjection_masses, given)
    if given["scale"] == 0 and given["weights"] == (0.5, 0.5):
        answers["upper"] = reinjection_upper(*_setting(given), bins=given["bins"])
    return answers


def _ask_joint(given: Mapping[str, Any]) -> dict[str, Any]:
    target, schedule, denoiser, margin = _setting(given)
    stiffness = reinjection_stiffness(schedule, denoiser.slope)
    if stiffness == 0 or target.weights[0] == target.weights[1]:
        return {"joint_stiffness": stiffness, "error": frontier_error(target, margin, stiffness)}
    error = proportional_error(target.weights, stiffness, separation=target.separation(margin))
    return {"joint_stiffness": stiffness, "error": error}


def _asked(answers: tuple[str, ...], *extra: str) -> tuple[Question, ...]:
    """Return the questions of a sampler's law: with a cap on its denoiser, and without."""
    optional = ("scale", "weights", "margin", *SCHEDULED, *extra)
    return (
        Question(("mu", "steps", "denoiser_stiffness"), answers, optional),
        Question(("mu", "steps"), answers, optional),
    )


SAMPLER: Final = (MU, SCALE, MODE_WEIGHTS, MARGIN, STEPS, CAP, *SCHEDULE)
CAPPED: Final = Hypothesis("the denoiser is the posterior mean of two modes, its evidence tempered to the cap")

COMMITMENT: Final = Law(
    name="commitment",
    section="theory/LAWS.md, section 8",
    claim="Drawing a token at every call leaves no ambiguous mass at any depth, and with an exact posterior no bias.",
    statement="k ~ p(k given x), z ~ p(z given x, k), x' = a' z + b' xi: ambiguous 0 at scale 0; tv 0 uncapped, a_0=0",
    origin="the paper's first escape; the exact masses are ours",
    quantities=SAMPLER,
    questions=_asked(("ambiguous", "tv", "target_ambiguous")),
    hypotheses=(CAPPED, Hypothesis("one token; fresh noise at every step")),
    levels="SZQFXM",
    solve=lambda given: _errors(commitment_masses, given),
)

TOTAL_CORRELATION: Final = Law(
    name="total_correlation",
    section="theory/LAWS.md, section 8",
    claim="Committing all positions in parallel forgets what they tell of each other: their total correlation.",
    statement="KL(joint posterior || product of marginals) = sum_s H(k_s given x) - H(k_1..k_S given x)",
    origin="Watanabe 1960; its role here is ours",
    quantities=(TRANSITION, PRIOR, LIKELIHOODS),
    questions=(Question(("transition", "prior", "likelihoods"), ("nats",)),),
    hypotheses=(Hypothesis("the tokens are a Markov chain, and each position's noise is independent of the others'"),),
    levels="SZFM",
    solve=lambda given: {"nats": total_correlation(given["transition"], given["prior"], given["likelihoods"])},
)

REINJECTION: Final = Law(
    name="reinjection",
    section="theory/LAWS.md, section 8",
    claim="Sending the posterior mean back through fresh noise leaves the DDIM class, and pays in misweighted modes.",
    statement="x' = a' m(x) + b' xi: a Markov chain with an exact kernel; by bins of |z-hat| a rigorous upper bound",
    origin="the paper's second escape; sampler: Song et al. 2023; kernel and bound ours",
    quantities=(*SAMPLER, BINS),
    questions=_asked(("ambiguous", "tv", "target_ambiguous", "upper"), "bins"),
    hypotheses=(CAPPED, Hypothesis("fresh noise at every step")),
    levels="SZQFXM",
    solve=_ask_reinjection,
)

JOINT: Final = Law(
    name="joint",
    section="theory/LAWS.md, section 8",
    claim="Re-injection is smooth jointly in all its noises, so isoperimetry bounds it too, only later.",
    statement="Lambda^2 = sum_j (b_j prod_{i >= j} a_{i+1} lambda_i)^2, then `binary` with L = Lambda",
    origin="ours",
    quantities=SAMPLER,
    questions=_asked(("joint_stiffness", "error")),
    hypotheses=(CAPPED, Hypothesis("the landing sets receive mass in proportion to the weights")),
    levels="SZQFX",
    solve=_ask_joint,
)
