"""A quantity has one name, one meaning and one check in every law that uses it; so has a hypothesis.

The names are those of theory/LAWS.md, section 0, and of the command line.
"""

import math
from typing import Any, Final

from theory import errors
from theory.law import Hypothesis, Quantity
from theory.path import MOST_STEPS, PATHS, path_named
from theory.product import MOST_AXES, check_factors
from theory.separated import MOST_MODES, check_masses
from theory.target import check_margin


def _modes(name: str, value: Any) -> Any:
    return errors.within(name, value, low=2, high=MOST_MODES, hint="Does a choice between one thing need a law?")


def _masses(_: str, value: Any) -> tuple[float, ...]:
    return check_masses(value)[0]


def _steps(name: str, value: Any) -> int:
    return errors.whole(name, value, low=1, high=MOST_STEPS, hint="Is it a time rather than a number of intervals?")


def _path(_: str, value: Any) -> str:
    return path_named(value).name


def _factors(_: str, value: Any) -> tuple[int, ...]:
    return check_factors(value)


def _source_dim(name: str, value: Any) -> int:
    return errors.whole(name, value, low=1, high=MOST_AXES, hint="Is it the number of noise coordinates?")


ERROR: Final = Quantity(
    "error", "mass that reaches no landing set, each keeping (1 - error)/modes", "number", errors.fraction
)
MASSES: Final = Quantity(
    "masses", "mass that reaches each landing set; with stiffness, their proportions", "list", _masses
)
STIFFNESS: Final = Quantity("stiffness", "Lipschitz constant L of the whole map", "number", errors.positive)
SEPARATION: Final = Quantity("separation", "least distance Delta between landing sets", "number", errors.positive, 1.0)
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

MU: Final = Quantity("mu", "the modes lie at -mu and +mu", "number", errors.positive)
SCALE: Final = Quantity("scale", "standard deviation sigma of each mode", "number", errors.nonnegative, 0.0)
MARGIN: Final = Quantity(
    "margin", "landing sets are |z-hat| >= (1 - margin) mu", "number", lambda _, value: check_margin(value), 0.1
)
STEPS: Final = Quantity("steps", "intervals K of the time grid, one denoiser call each", "whole", _steps)
CAP: Final = Quantity(
    "denoiser_stiffness", "cap lambda on the slope of one denoiser call; none: exact", "number", errors.positive
)
PATH: Final = Quantity("path", "how noise turns into data: " + " or ".join(PATHS), "word", _path, "linear")
