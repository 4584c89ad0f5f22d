"""`dabi` and `cci` as values: how sharp a readout is, and how far a noisy latent has committed.

Source: theory/LAWS.md, section 9.
"""

import math
from collections.abc import Mapping
from typing import Any, Final

from theory import errors
from theory.catalogue.quantities import MU, RELATIVE_NOISE, SCALE, WEIGHTS
from theory.commitment import argmax_form, cci, immse, undecided
from theory.decision import readout_argmax, readout_cci
from theory.diagnostics import check_dimension, dabi, gap_exponent, sharp_dabi, sharpness_exponent
from theory.law import Hypothesis, Law, Quantity, Question

SOURCE_DIM: Final = Quantity(
    "source_dim", "dimension n of the latents", "whole", lambda _, value: check_dimension(value)
)
SHARPNESS_RADIUS: Final = Quantity(
    "sharpness_radius", "kappa r, length of the shift in widths of the readout", "number", errors.moderate
)
GAP_RATIO: Final = Quantity(
    "gap_ratio", "c = g/r, half-width of the empty slab in lengths of the shift", "number", errors.fraction
)


def _finite(given: Mapping[str, Any]) -> bool:
    return "gap_ratio" not in given or math.isfinite(sharp_dabi(given["source_dim"], given["gap_ratio"]))


def _ask_dabi(given: Mapping[str, Any]) -> dict[str, Any]:
    n = given["source_dim"]
    if "gap_ratio" in given:
        c = given["gap_ratio"]
        return {"dabi": sharp_dabi(n, c), "sharpness_exponent": gap_exponent(n, c), "without_gap": sharp_dabi(n)}
    d = given["sharpness_radius"]
    return {
        "dabi": dabi(n, d), "sharpness_exponent": sharpness_exponent(n, d),
        "smooth_limit": float(n), "sharp_limit": sharp_dabi(n),
    }  # fmt: skip


DABI: Final = Law(
    name="dabi",
    section="theory/LAWS.md, section 9",
    claim="A shift along the normal outdoes a random one by n if smooth, about sqrt(2 pi n) if sharp, any factor "
    "across a gap.",
    statement="DABI = 2 int_{w<0} (Phi(w+d) - Phi(w))^2 dw / E[A(d xi_1)], d = kappa r; sharp: 2(1-c)/E(|xi_1| - c)_+",
    origin="the abstract names the diagnostic DABI; its formula was not at hand, this one and its law are ours",
    quantities=(SOURCE_DIM, SHARPNESS_RADIUS, GAP_RATIO),
    questions=(
        Question(("source_dim", "sharpness_radius"), ("dabi", "sharpness_exponent", "smooth_limit", "sharp_limit")),
        Question(("source_dim", "gap_ratio"), ("dabi", "sharpness_exponent", "without_gap")),
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
    levels="SCQF",
    solve=_ask_dabi,
)  # fmt: skip


TOKENS: Final = ("component", "readout")
TOKEN: Final = Quantity(
    "token", "what k names: the mode behind z (if not given), or sign z, its reading: " + " or ".join(TOKENS), "word",
    lambda name, value: errors.one_of(name, value, TOKENS),
)  # fmt: skip


def _ask_cci(given: Mapping[str, Any]) -> dict[str, Any]:
    left, right = given.get("weights", (0.5, 0.5))
    weights = (left, right)
    mu, scale, noise = given["mu"], given["scale"], given["relative_noise"]
    if given.get("token") == "readout":
        share = readout_cci(mu, scale, noise, weights=weights)
        return {"cci": share, "argmax": readout_argmax(mu, scale, noise, weights=weights)}
    return {
        name: function(mu, noise, weights=weights, scale=scale)
        for name, function in (("cci", cci), ("argmax", argmax_form), ("immse", immse), ("undecided", undecided))
    }


CCI: Final = Law(
    name="cci",
    section="theory/LAWS.md, section 9",
    claim="A noisy latent commits to its mode as noise falls, at the rate of half its mean square error.",
    statement="CCI = 1 - H(k given x)/H(k) = int_0^g mmse(h) h dh / H(k), g = mu/sqrt(sigma^2 + s^2); "
    "argmax: (P[k guessed right] - max w)/(1 - max w)",
    origin="the abstract names the diagnostic CCI; its formula was not at hand, this one is ours. I-MMSE: "
    "Guo, Shamai and Verdu 2005",
    quantities=(MU, SCALE, RELATIVE_NOISE, WEIGHTS, TOKEN),
    questions=(
        Question(("mu", "relative_noise"), ("cci", "argmax", "immse", "undecided"), ("scale", "weights")),
        Question(("mu", "relative_noise", "token"), ("cci", "argmax"), ("scale", "weights")),
    ),
    hypotheses=(
        Hypothesis(
            "weights are those of two modes, at -mu and at +mu",
            lambda given: "weights" not in given or len(given["weights"]) == 2,
        ),
        Hypothesis(
            "scale > 0 where the token is the readout's: else the mode is the token",
            lambda given: given.get("token") != "readout" or given["scale"] > 0,
            "Is token=component what you mean?",
        ),
        Hypothesis("k, the token that is meant, names the mode, or with token=readout the sign of z"),
        Hypothesis("x = a z + b xi with Gaussian xi, s = b/a"),
    ),
    levels="SZQF",
    solve=_ask_cci,
)
