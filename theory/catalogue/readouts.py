"""`readout_order` as a value: what a readout makes of a misplaced boundary, and how steep it is itself.

Source: theory/LAWS.md, section 2, "Readouts".
"""

from collections.abc import Mapping
from typing import Any, Final

from theory import errors
from theory.catalogue.quantities import INTERFACE_ENERGY, SHARPNESS
from theory.law import Hypothesis, Law, Quantity, Question
from theory.readout import readout
from theory.readout_order import displaced_error, displaced_flips, displaced_order

DISPLACEMENT: Final = Quantity(
    "displacement", "delta, distance at which the sampler puts the boundary from its place", "number", errors.moderate
)
LEAST_DISTANCE: Final = Quantity("least_distance", "d, least distance of two tokens", "number", errors.moderate)
DIAMETER: Final = Quantity("diameter", "largest distance of two tokens", "number", errors.moderate)


def _ask(given: Mapping[str, Any]) -> dict[str, Any]:
    kappa = given["sharpness"]
    if "displacement" not in given:
        lengths = given["least_distance"], given["diameter"]
        return {f"{name}_slope": readout(name, sharpness=kappa).stiffness(*lengths) for name in ("probit", "softmax")}
    energy, delta = given["interface_energy"], given["displacement"]
    return {
        "flips": float(displaced_flips(energy, delta)),
        "readout_error": float(displaced_error(energy, kappa, delta)),
        "order": float(displaced_order(kappa, delta)),
    }


READOUT_ORDER: Final = Law(
    name="readout_order",
    section="theory/LAWS.md, section 2",
    claim="A sampler that misplaces the boundary by delta errs like delta behind a sharp readout, like delta^2 behind "
    "a smooth one: a sharp readout halves the order.",
    statement="flips E delta; E[(D(S) - D(z))^2] = (E/kappa) A(kappa delta), A(d) = int (Phi(w + d) - Phi(w))^2 dw; "
    "order K^-p -> K^-p sharp, K^-2p smooth; |grad D| <= kappa/sqrt(2 pi) (probit), (kappa/4) diam/d (softmax)",
    origin="ours; the abstract contrasts sharp text readouts with smooth image readouts",
    quantities=(INTERFACE_ENERGY, SHARPNESS, DISPLACEMENT, LEAST_DISTANCE, DIAMETER),
    questions=(
        Question(("interface_energy", "sharpness", "displacement"), ("flips", "readout_error", "order")),
        Question(("sharpness", "least_distance", "diameter"), ("probit_slope", "softmax_slope")),
    ),
    hypotheses=(
        Hypothesis("given displacement: the readout is Phi(sharpness u), u the signed distance to one smooth boundary; "
                   "density and displacement are flat over 1/sharpness and displacement, up to a relative error of "
                   "that order"),
        Hypothesis("given distances: some two tokens are least_distance apart, and none more than diameter",
                   lambda given: "diameter" not in given or given["diameter"] >= given["least_distance"],
                   "Are they exchanged?"),
    ),
    levels="SZCQF",
    solve=_ask,
)  # fmt: skip
