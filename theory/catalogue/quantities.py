"""A quantity has one name, one meaning and one check in every law that uses it; so has a hypothesis.

The names are those of theory/LAWS.md, section 0, and of the command line.
"""

import math
from typing import Any, Final

import numpy as np

from theory import errors
from theory.law import Hypothesis, Quantity
from theory.path import MOST_STEPS, PATHS, path_named
from theory.product import MOST_AXES, check_factors
from theory.separated import MOST_MODES, check_masses
from theory.target import check_margin, two_modes
from theory.time_grid import READS
from theory.tube import check_angles, check_weights


def _modes(name: str, value: Any) -> Any:
    return errors.within(name, value, low=2, high=MOST_MODES, hint="Does a choice between one thing need a law?")


def _masses(_: str, value: Any) -> tuple[float, ...]:
    return check_masses(value)[0]


def _list(name: str, value: Any) -> tuple[float, ...]:
    return tuple(float(v) for v in np.atleast_1d(errors.real(name, value)).ravel())


def _places(name: str, value: Any) -> tuple[float, ...]:
    return _list(name, errors.within(name, value, low=-errors.MOST, high=errors.MOST, hint="Is it in odd units?"))


def _place(name: str, value: Any) -> Any:
    return errors.within(name, value, low=-errors.MOST, high=errors.MOST, hint="Is it in odd units?")


def _widths(name: str, value: Any) -> tuple[float, ...]:
    return _list(name, errors.moderate(name, value))


def _angles(_: str, value: Any) -> tuple[float, ...]:
    return check_angles(value)


def _weights(_: str, value: Any) -> tuple[float, ...]:
    return check_weights(value)


def _steps(name: str, value: Any) -> int:
    return errors.whole(name, value, low=1, high=MOST_STEPS, hint="Is it a time rather than a number of intervals?")


def _path(_: str, value: Any) -> str:
    return path_named(value).name


def _grid(_: str, value: Any) -> str:
    return errors.one_of("grid", value, READS)


def _times(name: str, value: Any) -> tuple[float, ...]:
    return _list(name, errors.within(name, value, low=0, high=1, hint="Does time run from 0, noise, to 1, data?"))


def _factors(_: str, value: Any) -> tuple[int, ...]:
    return check_factors(value)


def _source_dim(name: str, value: Any) -> int:
    return errors.whole(name, value, low=1, high=MOST_AXES, hint="Is it the number of noise coordinates?")


ERROR: Final = Quantity(
    "error", "mass that reaches no landing set, each keeping (1 - error)/modes", "number", errors.share
)
MASSES: Final = Quantity(
    "masses", "mass that reaches each landing set; with stiffness, their proportions", "list", _masses
)
STIFFNESS: Final = Quantity("stiffness", "Lipschitz constant L of the whole map", "number", errors.moderate)
SEPARATION: Final = Quantity("separation", "least distance Delta between landing sets", "number", errors.moderate, 1.0)
MODES: Final = Quantity("modes", "number M of landing sets", "number", _modes)
SOURCE_DIM: Final = Quantity("source_dim", "number n of standard Gaussian noise coordinates", "whole", _source_dim)
FACTORS: Final = Quantity("factors", "numbers m_1, m_2, ... of sets along each coordinate", "list", _factors)

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

MU: Final = Quantity("mu", "the modes lie at -mu and +mu", "number", errors.moderate)
SCALE: Final = Quantity("scale", "standard deviation sigma of each mode", "number", errors.moderate_or_zero, 0.0)
MARGIN: Final = Quantity(
    "margin", "landing sets are |z-hat| >= (1 - margin) mu", "number", lambda _, value: check_margin(value), 0.1
)
STEPS: Final = Quantity("steps", "intervals K of the time grid, one denoiser call each", "whole", _steps)
CAP: Final = Quantity(
    "denoiser_stiffness", "cap lambda on the slope of one denoiser call; none: exact", "number", errors.moderate
)
PATH: Final = Quantity("path", "how noise turns into data: " + " or ".join(PATHS), "word", _path, "linear")
TIME_GRID: Final = Quantity("grid", "how the calls are spaced: " + " or ".join(READS), "word", _grid, "uniform")
S_MAX: Final = Quantity("s_max", "s = b/a at the first call; none: where the path begins", "number", errors.moderate)
S_MIN: Final = Quantity("s_min", "s = b/a at the last call; the step after it ends at b = 0", "number", errors.moderate)
RHO: Final = Quantity("rho", "exponent of grid=karras, 7 if left out", "number", errors.positive)
TIMES: Final = Quantity("times", "t_0 < ... < t_K = 1, for grid=given", "list", _times)
SCHEDULE: Final = (PATH, TIME_GRID, S_MAX, S_MIN, RHO, TIMES)
"""What fixes a and b at every step, beside the number of steps."""
SCHEDULED: Final = tuple(quantity.name for quantity in SCHEDULE)


def _array(name: str, value: Any) -> Any:
    return errors.real(name, value)


def _mode_weights(_: str, value: Any) -> tuple[float, float]:
    return two_modes(mu=1.0, weights=value).weights


def _tree_levels(name: str, value: Any) -> int:
    return errors.whole(name, value, low=1, high=1000, hint="Is it the number of leaves?")


def _branching(name: str, value: Any) -> int:
    return errors.whole(name, value, low=2, high=10**15, hint="Does a choice of one need a level?")


def _bins(name: str, value: Any) -> int:
    return errors.whole(name, value, low=1, high=20_000, hint="Would a matrix of that size fit the memory?")


MODE_WEIGHTS: Final = Quantity(
    "weights", "probabilities of the modes at -mu and +mu", "list", _mode_weights, (0.5, 0.5)
)
BINS: Final = Quantity("bins", "bins of the output's modulus in the upper bound", "whole", _bins, 300)
STIFFNESSES: Final = Quantity(
    "stiffnesses", "Lipschitz constants of the composed maps, first to last", "list", errors.nonnegative
)
LEVELS_OF_TREE: Final = Quantity("levels", "depth B of a tree of choices", "whole", _tree_levels)
BRANCHING: Final = Quantity("branching", "choices c at each level", "whole", _branching)
TRANSITION: Final = Quantity("transition", "P(next token given token), shape (V, V)", "array", _array)
PRIOR: Final = Quantity("prior", "P(first token), shape (V,)", "array", _array)
LIKELIHOODS: Final = Quantity("likelihoods", "p(x_s given token) up to a factor a row, shape (S, V)", "array", _array)
MEANS: Final = Quantity("means", "means mu_k of the Gaussian components of the data", "list", _places)
SCALES: Final = Quantity("scales", "standard deviations sigma_k > 0 of the components", "list", _widths)
WEIGHTS: Final = Quantity("weights", "probabilities w_k of the components, with sum 1", "list", _weights)
BOUNDARY: Final = Quantity("boundary", "place c where the readout's token changes", "number", _place, 0.0)
RELATIVE_NOISE: Final = Quantity(
    "relative_noise", "s = b/a, noise left at the last denoiser call, in units of the data", "number", errors.moderate
)
ANGLES: Final = Quantity(
    "angles_degrees", "openings of the cells that meet at one point of the plane, in degrees", "list", _angles
)
DENSITY: Final = Quantity("density", "density p of the data at the junction, in 1/length^2", "number", errors.moderate)
INTERFACE_ENERGY: Final = Quantity(
    "interface_energy", "E, density of the data on the decision boundary", "number", errors.moderate
)
SHARPNESS: Final = Quantity(
    "sharpness", "kappa of the readout Phi(kappa u), u from the boundary", "number", errors.moderate
)
