"""`tube` as a value: what happens at a boundary on which the data have mass.

Source: theory/LAWS.md, section 1.
"""

from collections.abc import Mapping
from typing import Any, Final

from theory.catalogue.quantities import BOUNDARY, MEANS, RELATIVE_NOISE, SCALES, WEIGHTS
from theory.law import Hypothesis, Law, Question
from theory.tube import Mixture, flip_first_order, flip_probability, mixture

_LEAST_DENSITY: Final = 1e-290
"""1e18 smallest normal doubles: below it terms of the density would lose digits to underflow."""


def _target(given: Mapping[str, Any]) -> Mixture:
    return mixture(given["means"], given["scales"], given["weights"], boundary=given["boundary"])


def _alike(given: Mapping[str, Any]) -> bool:
    return len(given["means"]) == len(given["scales"]) == len(given["weights"])


def _overlapping(given: Mapping[str, Any]) -> bool:
    return _target(given).interface_energy >= _LEAST_DENSITY


def _ask_tube(given: Mapping[str, Any]) -> dict[str, Any]:
    target, noise = _target(given), given["relative_noise"]
    energy = target.interface_energy
    return {
        "interface_energy": energy,
        "flip_first_order": float(flip_first_order(energy, noise)),
        "flip_exact": flip_probability(target, noise),
    }


TUBE: Final = Law(
    name="tube",
    section="theory/LAWS.md, section 1",
    claim="Where data lie on a decision boundary, one denoised step flips tokens in proportion to the noise left.",
    statement="P[argmax D(m(x)) != argmax D(z)] = sqrt(2/pi) s E - (s^2/2) J + O(s^3); J = 0 without junctions",
    origin="the paper's Theorem 3 claims the rate; the constants are ours, from short-time heat content",
    quantities=(MEANS, SCALES, WEIGHTS, BOUNDARY, RELATIVE_NOISE),
    questions=(
        Question(("means", "scales", "weights", "relative_noise"),
                 ("interface_energy", "flip_first_order", "flip_exact"), ("boundary",)),
    ),
    hypotheses=(
        Hypothesis("one mean, one scale and one weight for each component", _alike, "Is a comma missing in a list?"),
        Hypothesis(
            "the data have mass at the boundary: interface_energy is at least 1e-290",
            _overlapping,
            "Are the modes separated, so that `binary` is the law to ask?",
        ),
        Hypothesis("the readout has two cells, z > boundary and z < boundary, and the data are the mixture on a line"),
        Hypothesis("the last step returns the exact posterior mean, from x = a z + b xi with fresh Gaussian xi"),
    ),
    levels="SF",
    solve=_ask_tube,
)  # fmt: skip
