"""LAWS = {binary, isoperimetric, ddim_frontier, ...}: every law of theory/LAWS.md as a value, by its one name.

The name is the same in the code, on the command line, in the report and in the tests. proofs and sim offer the
checks of a law under this name; a test fails for a law without them.
"""

import math
from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from theory import errors
from theory.denoiser import UNCAPPED, steepest_within
from theory.depth import ddim_stiffness, frontier_error, reachable_slopes
from theory.law import Hypothesis, Law, Quantity, Question
from theory.path import MOST_STEPS, PATHS, Schedule, path_named, uniform_schedule
from theory.separated import (
    MOST_MODES,
    balanced_error,
    balanced_stiffness,
    check_masses,
    masses_stiffness,
    proportional_error,
    safe_bounds,
)
from theory.target import TwoModes, check_margin, two_modes


def _modes(name: str, value: Any) -> Any:
    return errors.within(name, value, low=2, high=MOST_MODES, hint="Does a choice between one thing need a law?")


def _masses(_: str, value: Any) -> tuple[float, ...]:
    return check_masses(value)[0]


def _steps(name: str, value: Any) -> int:
    return errors.whole(name, value, low=1, high=MOST_STEPS, hint="Is it a time rather than a number of intervals?")


def _path(_: str, value: Any) -> str:
    return path_named(value).name


ERROR: Final = Quantity(
    "error", "mass that reaches no landing set, each keeping (1 - error)/modes", "number", errors.fraction
)
MASSES: Final = Quantity(
    "masses", "mass that reaches each landing set; with stiffness, their proportions", "list", _masses
)
STIFFNESS: Final = Quantity("stiffness", "Lipschitz constant L of the whole map", "number", errors.positive)
SEPARATION: Final = Quantity("separation", "least distance Delta between landing sets", "number", errors.positive, 1.0)
MODES: Final = Quantity("modes", "number M of landing sets", "number", _modes)

COUNTED: Final = Hypothesis(
    "modes counts landing sets: it is a whole number",
    lambda given: "modes" not in given or given["modes"] == math.floor(given["modes"]),
    "Is it an effective number of modes?",
)
LEFT_OVER: Final = Hypothesis(
    "the landing sets leave an error over: 0 < error < 1",
    lambda given: "masses" not in given or 0 < check_masses(given["masses"])[1] < 1,
)
GAUSSIAN_SOURCE: Final = Hypothesis("the source is a standard Gaussian N(0, I_n), any n")
LIPSCHITZ: Final = Hypothesis("the map is L-Lipschitz")
CLOSED_SETS: Final = Hypothesis("the landing sets are closed and pairwise at least `separation` apart")


def _ask_binary(given: Mapping[str, Any]) -> dict[str, Any]:
    return _ask_separated(2.0, given)


def _ask_isoperimetric(given: Mapping[str, Any]) -> dict[str, Any]:
    modes = given.get("modes", float(len(given.get("masses", ()))))
    answers = _ask_separated(modes, given)
    if "error" in given:
        low, high = safe_bounds(modes, given["error"], separation=given["separation"])
        answers |= {"stiffness_at_least": float(low), "stiffness_at_most": float(high)}
    return answers


def _ask_separated(modes: float, given: Mapping[str, Any]) -> dict[str, Any]:
    """Stiffness from error or masses, error from stiffness: one law for any number of modes."""
    separation = given["separation"]
    if "masses" in given and "stiffness" in given:
        return {"error": proportional_error(given["masses"], given["stiffness"], separation=separation)}
    if "masses" in given:
        stiffness = masses_stiffness(given["masses"], separation=separation)
        return {"stiffness": stiffness, "error": check_masses(given["masses"])[1]}
    if "error" in given:
        return {"stiffness": float(balanced_stiffness(modes, given["error"], separation=separation))}
    return {"error": float(balanced_error(modes, given["stiffness"], separation=separation))}


BINARY: Final = Law(
    name="binary",
    section="theory/LAWS.md, section 4",
    claim="To reach two sets Delta apart with masses q1 and q2, a smooth map must stretch noise by a known factor.",
    statement="L >= Delta / (-Phi^-1(q1) - Phi^-1(q2)); balanced: error >= 2 Phi(Delta/(2L)) - 1",
    origin="Sudakov and Tsirelson 1978, Borell 1975; for generators Tanielian et al. 2020, Salmona et al. 2022",
    quantities=(ERROR, MASSES, STIFFNESS, SEPARATION),
    questions=(
        Question(("error",), ("stiffness",), ("separation",)),
        Question(("masses",), ("stiffness", "error"), ("separation",)),
        Question(("stiffness",), ("error",), ("separation",)),
        Question(("masses", "stiffness"), ("error",), ("separation",)),
    ),
    hypotheses=(
        Hypothesis(
            "there are exactly two masses",
            lambda given: "masses" not in given or len(given["masses"]) == 2,
            "Is this the law `isoperimetric`, for any number of modes?",
        ),
        LEFT_OVER, GAUSSIAN_SOURCE, LIPSCHITZ, CLOSED_SETS,
    ),
    levels="SFXM",
    solve=_ask_binary,
)  # fmt: skip

ISOPERIMETRIC: Final = Law(
    name="isoperimetric",
    section="theory/LAWS.md, section 5",
    claim="To tell M modes apart at a fixed error, stiffness must grow like sqrt(log M), in any dimension.",
    statement="sum_i Phi(Phi^-1(q_i) + Delta/(2L)) <= 1; balanced: "
    "L >= Delta / (2 [Phi^-1(1/M) - Phi^-1((1-error)/M)])",
    origin="Gaussian isoperimetry (Borell 1975; Sudakov and Tsirelson 1978); the paper's Theorems 5-7 claim the rate",
    quantities=(MODES, ERROR, MASSES, STIFFNESS, SEPARATION),
    questions=(
        Question(("modes", "error"), ("stiffness", "stiffness_at_least", "stiffness_at_most"), ("separation",)),
        Question(("masses",), ("stiffness", "error"), ("separation",)),
        Question(("modes", "stiffness"), ("error",), ("separation",)),
        Question(("masses", "stiffness"), ("error",), ("separation",)),
    ),
    hypotheses=(COUNTED, LEFT_OVER, GAUSSIAN_SOURCE, LIPSCHITZ, CLOSED_SETS),
    levels="SCFX",
    solve=_ask_isoperimetric,
)

MU: Final = Quantity("mu", "the modes lie at -mu and +mu", "number", errors.positive)
SCALE: Final = Quantity("scale", "standard deviation sigma of each mode", "number", errors.nonnegative, 0.0)
MARGIN: Final = Quantity(
    "margin", "landing sets are |z-hat| >= (1 - margin) mu", "number", lambda _, value: check_margin(value), 0.1
)
STEPS: Final = Quantity("steps", "intervals K of the time grid, one denoiser call each", "whole", _steps)
CAP: Final = Quantity(
    "denoiser_stiffness", "cap lambda on the slope of one denoiser call; none: exact", "number", errors.positive
)
PATH: Final = Quantity("path", "how noise turns into data: " + " or ".join(PATHS), "word", _path, "linear")


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

LAWS: Final[dict[str, Law]] = {law.name: law for law in (BINARY, ISOPERIMETRIC, DDIM_FRONTIER)}
"""Every law by name, in the order of theory/LAWS.md."""


def law_named(name: str) -> Law:
    """Return the law called `name`; UsageError with the nearest name otherwise."""
    return LAWS[errors.one_of("law", name, LAWS)]
