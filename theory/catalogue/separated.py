"""`binary` and `isoperimetric` as values: stiffness from error or masses, error from stiffness.

Source: theory/LAWS.md, sections 4 and 5.
"""

from collections.abc import Mapping
from typing import Any, Final

from theory.catalogue.quantities import (
    CLOSED_SETS,
    COUNTED,
    ERROR,
    GAUSSIAN_SOURCE,
    LEFT_OVER,
    LIPSCHITZ,
    MASSES,
    MODES,
    SEPARATION,
    STIFFNESS,
)
from theory.law import Hypothesis, Law, Question
from theory.separated import (
    balanced_error,
    balanced_modes,
    balanced_stiffness,
    check_masses,
    masses_stiffness,
    proportional_error,
    safe_bounds,
)


def _ask_binary(given: Mapping[str, Any]) -> dict[str, Any]:
    return _ask_separated(2.0, given)


def _ask_isoperimetric(given: Mapping[str, Any]) -> dict[str, Any]:
    if "error" in given and "stiffness" in given:
        return {"modes": balanced_modes(given["error"], given["stiffness"], separation=given["separation"])}
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
    levels="SZCQFXM",
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
        Question(("error", "stiffness"), ("modes",), ("separation",)),
    ),
    hypotheses=(COUNTED, LEFT_OVER, GAUSSIAN_SOURCE, LIPSCHITZ, CLOSED_SETS),
    levels="SZCQFXM",
    solve=_ask_isoperimetric,
)
