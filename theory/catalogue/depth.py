"""`ddim_frontier` as a value: what K DDIM steps with a capped denoiser cannot get below.

Source: theory/LAWS.md, section 7.
"""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from theory.catalogue.quantities import CAP, MARGIN, MU, PATH, SCALE, STEPS
from theory.denoiser import UNCAPPED, steepest_within
from theory.depth import ddim_stiffness, frontier_error, reachable_slopes
from theory.law import Hypothesis, Law, Question
from theory.path import Schedule, path_named, uniform_schedule
from theory.target import TwoModes, two_modes


def _setting(given: Mapping[str, Any]) -> tuple[TwoModes, Schedule, float]:
    target = two_modes(mu=given["mu"], scale=given["scale"])
    schedule = uniform_schedule(path_named(given["path"]), given["steps"])
    return target, schedule, given.get("denoiser_stiffness", UNCAPPED)


def _reachable(given: Mapping[str, Any]) -> bool:
    target, schedule, cap = _setting(given)
    return cap >= steepest_within(target, schedule)


def _ask_ddim_frontier(given: Mapping[str, Any]) -> dict[str, Any]:
    target, schedule, cap = _setting(given)
    slopes = reachable_slopes(target, schedule, cap)
    stiffness = ddim_stiffness(schedule, slopes)
    return {
        "stiffness": stiffness,
        "error": frontier_error(target, given["margin"], stiffness),
        "nfe": given["steps"],
        "peak_slope": float(np.max(slopes)),
    }


DDIM_FRONTIER: Final = Law(
    name="ddim_frontier",
    section="theory/LAWS.md, section 7",
    claim="K calls of a denoiser of slope at most lambda, joined by DDIM steps, cannot push the error below a floor.",
    statement="L = prod_k (|b'/b| + |a' - a b'/b| lambda_k), then `binary`: error >= 2 Phi((1-margin) mu/L) - 1",
    origin="ours; the paper claims an irreducible accuracy-depth-stiffness tradeoff. DDIM: Song et al. 2021",
    quantities=(MU, SCALE, MARGIN, STEPS, CAP, PATH),
    questions=(
        Question(("mu", "steps", "denoiser_stiffness"), ("stiffness", "error", "nfe", "peak_slope"),
                 ("scale", "margin", "path")),
        Question(("mu", "steps"), ("stiffness", "error", "nfe", "peak_slope"), ("scale", "margin", "path")),
    ),
    hypotheses=(
        Hypothesis(
            "denoiser_stiffness is at least a scale^2/(a^2 scale^2 + b^2), the slope within one mode, at every call",
            _reachable,
            "Is the scale of the modes too large, or are there too many steps, for so smooth a denoiser?",
        ),
        Hypothesis("each denoiser call has slope at most lambda_k = min(denoiser_stiffness, that of the exact one)"),
        Hypothesis("between calls nothing but DDIM steps on the uniform grid"),
        Hypothesis("the two landing sets receive equal mass (else confront `binary` with the measured masses)"),
    ),
    levels="SZFXM",
    solve=_ask_ddim_frontier,
)  # fmt: skip
