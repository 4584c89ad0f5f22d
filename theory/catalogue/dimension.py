"""`ordinal` and its kin as values: what the dimension of the noise allows, and what a code for M modes costs.

Source: theory/LAWS.md, sections 5 and 6.
"""

from collections.abc import Mapping
from typing import Any, Final

from theory.catalogue.quantities import CLOSED_SETS, COUNTED, ERROR, LIPSCHITZ, MODES, SEPARATION, STIFFNESS
from theory.law import Hypothesis, Law, Question
from theory.ordinal import MOST_ORDERED, ordinal_error, ordinal_stiffness

FROM_ERROR: Final = Question(("modes", "error"), ("stiffness",), ("separation",))
FROM_STIFFNESS: Final = Question(("modes", "stiffness"), ("error",), ("separation",))


def _ask_ordinal(given: Mapping[str, Any]) -> dict[str, Any]:
    modes, separation = int(given["modes"]), given["separation"]
    if "error" in given:
        return {"stiffness": ordinal_stiffness(modes, given["error"], separation=separation)}
    return {"error": ordinal_error(modes, given["stiffness"], separation=separation)}


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
    solve=_ask_ordinal,
)  # fmt: skip
