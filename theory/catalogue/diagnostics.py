"""`dabi` and `cci` as values: how sharp a readout is, and how far a noisy latent has committed.

Source: theory/LAWS.md, section 9.
"""

import math
from collections.abc import Mapping
from typing import Any, Final

from theory import errors
from theory.catalogue.quantities import MU, RELATIVE_NOISE, WEIGHTS
from theory.commitment import cci, undecided
from theory.diagnostics import check_dimension, dabi, sharp_dabi
from theory.law import Hypothesis, Law, Quantity, Question

SOURCE_DIM: Final = Quantity(
    "source_dim", "dimension n of the latents", "whole", lambda _, value: check_dimension(value)
)
SHARPNESS_RADIUS: Final = Quantity(
    "sharpness_radius", "kappa r, length of the shift in widths of the readout", "number", errors.positive
)
GAP_RATIO: Final = Quantity(
    "gap_ratio", "c = g/r, half-width of the empty slab in lengths of the shift", "number", errors.fraction
)


def _finite(given: Mapping[str, Any]) -> bool:
    return "gap_ratio" not in given or math.isfinite(sharp_dabi(given["source_dim"], given["gap_ratio"]))


def _ask_dabi(given: Mapping[str, Any]) -> dict[str, Any]:
    n = given["source_dim"]
    if "gap_ratio" in given:
        return {"dabi": sharp_dabi(n, given["gap_ratio"]), "without_gap": sharp_dabi(n)}
    return {"dabi": dabi(n, given["sharpness_radius"]), "smooth_limit": float(n), "sharp_limit": sharp_dabi(n)}


DABI: Final = Law(
    name="dabi",
    section="theory/LAWS.md, section 9",
    claim="A shift along the normal outdoes a random one by n if smooth, about sqrt(2 pi n) if sharp, any factor "
    "across a gap.",
    statement="DABI = 2 int_{w<0} (Phi(w+d) - Phi(w))^2 dw / E[A(d xi_1)], d = kappa r; sharp: 2(1-c)/E(|xi_1| - c)_+",
    origin="the abstract names the diagnostic DABI; its formula was not at hand, this one and its law are ours",
    quantities=(SOURCE_DIM, SHARPNESS_RADIUS, GAP_RATIO),
    questions=(
        Question(("source_dim", "sharpness_radius"), ("dabi", "smooth_limit", "sharp_limit")),
        Question(("source_dim", "gap_ratio"), ("dabi", "without_gap")),
    ),
    hypotheses=(
        Hypothesis(
            "with a gap, a random direction crosses it with a probability that doubles can hold",
            _finite,
            "Is the gap, at this dimension, wider than any random shift?",
        ),
        Hypothesis("one flat boundary; the readout is Phi(kappa u), or a step where a gap is given"),
        Hypothesis("latents have a flat density about the boundary, or beyond an empty slab of half-width c r"),
        Hypothesis("the shift has length r: along the normal toward the boundary, or in a uniform direction"),
    ),
    levels="SQF",
    solve=_ask_dabi,
)  # fmt: skip


def _ask_cci(given: Mapping[str, Any]) -> dict[str, Any]:
    left, right = given.get("weights", (0.5, 0.5))
    where = given["mu"], given["relative_noise"]
    return {"cci": cci(*where, weights=(left, right)), "undecided": undecided(*where, weights=(left, right))}


CCI: Final = Law(
    name="cci",
    section="theory/LAWS.md, section 9",
    claim="A noisy latent commits to its mode as noise falls, at the rate of half its mean square error.",
    statement="CCI = 1 - H(k given x)/H(k) = int_0^(mu/s) mmse(h) h dh / H(k), in [0, 1]",
    origin="the abstract names the diagnostic CCI; its formula was not at hand, this one is ours. I-MMSE: "
    "Guo, Shamai and Verdu 2005",
    quantities=(MU, RELATIVE_NOISE, WEIGHTS),
    questions=(Question(("mu", "relative_noise"), ("cci", "undecided"), ("weights",)),),
    hypotheses=(
        Hypothesis(
            "weights are those of two modes, at -mu and at +mu",
            lambda given: "weights" not in given or len(given["weights"]) == 2,
        ),
        Hypothesis("each mode is a point, and k, the token that is meant, names it"),
        Hypothesis("x = a z + b xi with Gaussian xi, s = b/a"),
    ),
    levels="SZF",
    solve=_ask_cci,
)
