"""`ordinal` and its kin as values: what the dimension of the noise allows, and what a code for M modes costs.

Source: theory/LAWS.md, sections 5 and 6.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from theory import errors
from theory.catalogue.quantities import (
    CLOSED_SETS,
    COUNTED,
    ERROR,
    GAUSSIAN_SOURCE,
    LIPSCHITZ,
    MODES,
    SEPARATION,
    STIFFNESS,
)
from theory.law import Hypothesis, Law, Quantity, Question
from theory.ordinal import MOST_ORDERED, ordinal_error, ordinal_stiffness
from theory.variation import variation_error, variation_stiffness

FROM_ERROR: Final = Question(("modes", "error"), ("stiffness",), ("separation",))
FROM_STIFFNESS: Final = Question(("modes", "stiffness"), ("error",), ("separation",))


Solver = Callable[..., float]


def _asked_by(stiffness: Solver, error: Solver) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """Return the `solve` of a law of modes alone, from its two functions, each the inverse of the other."""

    def solve(given: Mapping[str, Any]) -> dict[str, Any]:
        if "error" in given:
            return {"stiffness": stiffness(given["modes"], given["error"], separation=given["separation"])}
        return {"error": error(given["modes"], given["stiffness"], separation=given["separation"])}

    return solve


VARIATION: Final = Quantity(
    "error", "total variation distance tv from the uniform target, dropped modes included", "number", errors.fraction
)

ISOPERIMETRIC_TV: Final = Law(
    name="isoperimetric_tv",
    section="theory/LAWS.md, section 5",
    claim="Dropping modes saves little: M modes within a total variation cost sqrt(log M) too, until one is left.",
    statement="k Phi(Phi^-1(1/M) + r) + Phi(Phi^-1(theta) + r) <= 1, r = Delta/(2L), k = M - ceil(error M), "
    "theta = (ceil(error M) - error M)/M",
    origin="ours, from Gaussian isoperimetry (Borell 1975; Sudakov and Tsirelson 1978)",
    quantities=(MODES, VARIATION, STIFFNESS, SEPARATION),
    questions=(FROM_ERROR, FROM_STIFFNESS),
    hypotheses=(
        COUNTED, GAUSSIAN_SOURCE, LIPSCHITZ, CLOSED_SETS,
        Hypothesis("the target gives each landing set mass 1/modes"),
    ),
    levels="FX",
    solve=_asked_by(variation_stiffness, variation_error),
)  # fmt: skip

ORDINAL: Final = Law(
    name="ordinal",
    section="theory/LAWS.md, section 6",
    claim="One noise coordinate has room for M modes only in a row: stiffness grows like M, not like sqrt(log M).",
    statement="L >= Delta/(2r), where u_1 = q, u_{j+1} = Phi(Phi^-1(u_j) + 2r) + q, u_M = 1, q = (1-error)/M",
    origin="ours, from Gaussian isoperimetry on the line; the paper claims a rate M^(1/n) in fixed dimension n",
    quantities=(MODES, ERROR, STIFFNESS, SEPARATION),
    questions=(FROM_ERROR, FROM_STIFFNESS),
    hypotheses=(
        COUNTED,
        Hypothesis(
            f"a row is computed gap by gap: at most {MOST_ORDERED} modes",
            lambda given: given["modes"] <= MOST_ORDERED,
            "Is this the law `isoperimetric`, for any number of modes?",
        ),
        Hypothesis("the source is one standard Gaussian coordinate: n = 1"),
        LIPSCHITZ, CLOSED_SETS,
    ),
    levels="FX",
    solve=_asked_by(ordinal_stiffness, ordinal_error),
)  # fmt: skip
