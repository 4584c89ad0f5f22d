"""`mixture_slope` as a value: how steep one call of the denoiser of a mixture can be, and what a cap leaves of it.

Source: theory/LAWS.md, section 7, "Mixtures".
"""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from theory.catalogue.quantities import CAP, MEANS, SCALES, SCHEDULE, SCHEDULED, STEPS, WEIGHTS
from theory.denoiser import UNCAPPED
from theory.law import Hypothesis, Law, Question
from theory.mixture import mixture
from theory.mixture_denoiser import mixture_denoiser
from theory.time_grid import schedule_of


def _alike(given: Mapping[str, Any]) -> bool:
    return len(given["means"]) == len(given["scales"]) == len(given["weights"])


def _ask(given: Mapping[str, Any]) -> dict[str, Any]:
    target = mixture(means=np.array(given["means"])[:, None], scales=given["scales"], weights=given["weights"])
    cap = given.get("denoiser_stiffness", UNCAPPED)
    made = mixture_denoiser(target, schedule_of(given), denoiser_stiffness=cap)
    return {"peak_slope": float(np.max(made.slope)), "evidence": float(np.min(made.beta))}


MIXTURE_SLOPE: Final = Law(
    name="mixture_slope",
    section="theory/LAWS.md, section 7",
    claim="The denoiser of a mixture has a slope certified everywhere, so that a cap on it is a fact, not a sample.",
    statement="|grad m| <= max_k g_k + (b^2/a) max_k sum_{j != k} F_kj, F = (B + sqrt(B^2 + 4 A^2))/4; one scale: "
    "g + beta (a b^2/V^2) diam^2/4",
    origin="ours; of one scale Popoviciu's inequality",
    quantities=(MEANS, SCALES, WEIGHTS, STEPS, CAP, *SCHEDULE),
    questions=(
        Question(("means", "scales", "weights", "steps"), ("peak_slope", "evidence"),
                 ("denoiser_stiffness", *SCHEDULED)),
    ),
    hypotheses=(
        Hypothesis("one mean, one scale and one weight for each component", _alike, "Is a comma missing in a list?"),
        Hypothesis("the data are the mixture; in R^n, and for covariances, theory/LAWS.md states the same"),
        Hypothesis("the denoiser is the posterior mean, its evidence tempered by the largest power in [0, 1] that the "
                   "cap allows: `evidence` is the smallest such power of all calls"),
    ),
    levels="SZCF",
    solve=_ask,
)  # fmt: skip
