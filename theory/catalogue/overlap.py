"""`tube`, `crossover` and `coarea` as values: what happens at a boundary on which the data have mass.

Source: theory/LAWS.md, sections 1 to 3.
"""

from collections.abc import Mapping
from typing import Any, Final

from theory.catalogue.quantities import (
    ANGLES,
    BOUNDARY,
    COUNTED,
    DENSITY,
    ERROR,
    GAUSSIAN_SOURCE,
    INTERFACE_ENERGY,
    LIPSCHITZ,
    MEANS,
    MODES,
    RELATIVE_NOISE,
    SCALES,
    SEPARATION,
    SHARPNESS,
    WEIGHTS,
)
from theory.coarea import level_integral, mean_slope, mean_stiffness, peak_stiffness
from theory.crossover import readout_error, sharp_limit, smooth_limit
from theory.law import Hypothesis, Law, Question
from theory.tube import Mixture, flip_first_order, flip_probability, junction_of_degrees, mixture

_LEAST_DENSITY: Final = 1e-290
"""1e18 smallest normal doubles: below it terms of the density would lose digits to underflow."""


def _target(given: Mapping[str, Any]) -> Mixture:
    return mixture(given["means"], given["scales"], given["weights"], boundary=given["boundary"])


def _alike(given: Mapping[str, Any]) -> bool:
    return "means" not in given or len(given["means"]) == len(given["scales"]) == len(given["weights"])


def _overlapping(given: Mapping[str, Any]) -> bool:
    return "means" not in given or _target(given).interface_energy >= _LEAST_DENSITY


def _ask_junction(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return sum A(g), -(s^2/2) p sum A(g), and with E the law up to s^2."""
    corners, noise = junction_of_degrees(given["angles_degrees"]), given["relative_noise"]
    answers = {"junction": corners, "junction_term": -(noise**2) / 2 * given["density"] * corners}
    if "interface_energy" in given:
        first = float(flip_first_order(given["interface_energy"], noise))
        answers |= {"flip_first_order": first, "flip_second_order": first + answers["junction_term"]}
    return answers


def _ask_tube(given: Mapping[str, Any]) -> dict[str, Any]:
    if "angles_degrees" in given:
        return _ask_junction(given)
    target, noise = _target(given), given["relative_noise"]
    energy = target.interface_energy
    return {
        "interface_energy": energy,
        "flip_first_order": float(flip_first_order(energy, noise)),
        "flip_exact": flip_probability(target, noise),
    }


def _ask_crossover(given: Mapping[str, Any]) -> dict[str, Any]:
    energy, sharpness, noise = given["interface_energy"], given["sharpness"], given["relative_noise"]
    return {
        "readout_error": float(readout_error(energy, sharpness, noise)),
        "sharp_limit": float(sharp_limit(energy, noise)),
        "smooth_limit": float(smooth_limit(energy, sharpness, noise)),
    }


def _ask_coarea(given: Mapping[str, Any]) -> dict[str, Any]:
    if "sharpness" in given:
        kappa = given["sharpness"]
        return {"mean_slope": float(mean_slope(kappa)), "level_integral": float(level_integral(kappa))}
    modes, error = given["modes"], given["error"]
    return {
        "mean_stiffness": float(mean_stiffness(modes, error)),
        "stiffness": float(peak_stiffness(modes, error, separation=given["separation"])),
    }


TUBE: Final = Law(
    name="tube",
    section="theory/LAWS.md, section 1",
    claim="Where data lie on a decision boundary, one denoised step flips tokens in proportion to the noise left.",
    statement="P[argmax D(m(x)) != argmax D(z)] = sqrt(2/pi) s E - (s^2/2) J + O(s^3); J = 0 without junctions",
    origin="the paper's Theorem 3 claims the rate; the constants are ours, from short-time heat content",
    quantities=(MEANS, SCALES, WEIGHTS, BOUNDARY, RELATIVE_NOISE, ANGLES, DENSITY, INTERFACE_ENERGY),
    questions=(
        Question(("means", "scales", "weights", "relative_noise"),
                 ("interface_energy", "flip_first_order", "flip_exact"), ("boundary",)),
        Question(("angles_degrees", "density", "relative_noise"), ("junction", "junction_term")),
        Question(("angles_degrees", "density", "interface_energy", "relative_noise"),
                 ("junction", "junction_term", "flip_first_order", "flip_second_order")),
    ),
    hypotheses=(
        Hypothesis("one mean, one scale and one weight for each component", _alike, "Is a comma missing in a list?"),
        Hypothesis(
            "the data have mass at the boundary: interface_energy is at least 1e-290",
            _overlapping,
            "Are the modes separated, so that `binary` is the law to ask?",
        ),
        Hypothesis("given means: the readout has two cells, z > boundary and z < boundary, and the data are the "
                   "mixture on a line"),
        Hypothesis("given angles: cells of the plane with straight edges meet at one point, where the data have "
                   "`density`, positive and twice continuously differentiable"),
        Hypothesis("the last step returns the exact posterior mean, from x = a z + b xi with fresh Gaussian xi"),
    ),
    levels="SCQFX",
    solve=_ask_tube,
)  # fmt: skip

CROSSOVER: Final = Law(
    name="crossover",
    section="theory/LAWS.md, section 2",
    claim="A readout errs linearly in the noise left where it is sharp, quadratically where it is smooth.",
    statement="E[(D(m(x)) - D(z))^2] = (2E/(sqrt(pi) kappa)) (sqrt(1 + kappa^2 s^2/2) - 1), D = Phi(kappa u)",
    origin="ours; the abstract contrasts sharp text readouts with smooth image readouts",
    quantities=(INTERFACE_ENERGY, SHARPNESS, RELATIVE_NOISE),
    questions=(
        Question(("interface_energy", "sharpness", "relative_noise"),
                 ("readout_error", "sharp_limit", "smooth_limit")),
    ),
    hypotheses=(
        Hypothesis("the readout is D = Phi(sharpness u), u the signed distance to one smooth boundary"),
        Hypothesis("the data's density is flat over 1/sharpness and relative_noise: the relative error is of order "
                   "1/sharpness^2 + relative_noise^2 in units of the scale on which it varies"),
        Hypothesis("the last step returns the exact posterior mean, from x = a z + b xi with fresh Gaussian xi"),
    ),
    levels="SZQFX",
    solve=_ask_crossover,
)  # fmt: skip

COAREA: Final = Law(
    name="coarea",
    section="theory/LAWS.md, section 3",
    claim="Mean slope is boundary: M soft indicators need M I((1-error)/M) of it, which little mass must carry.",
    statement="E|grad f| = int E_gamma({f=t}) dt >= int I(P(f>t)) dt; L >= (Delta/(2 error)) M I((1-error)/M)",
    origin="Federer's coarea formula and Bobkov's inequality; the paper's Theorem 17 claims a coarea identity",
    quantities=(SHARPNESS, MODES, ERROR, SEPARATION),
    questions=(
        Question(("sharpness",), ("mean_slope", "level_integral")),
        Question(("modes", "error"), ("mean_stiffness", "stiffness"), ("separation",)),
    ),
    hypotheses=(
        COUNTED, GAUSSIAN_SOURCE, LIPSCHITZ,
        Hypothesis("each f_i is 1 on its landing set's preimage and 0 on the others', `separation` apart"),
        Hypothesis("given sharpness: f = Phi(sharpness x_1), whose level sets are half-spaces"),
    ),
    levels="SZQF",
    solve=_ask_coarea,
)  # fmt: skip
