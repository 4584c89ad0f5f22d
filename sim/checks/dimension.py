"""A staircase of M equal steps attains `ordinal`; every other staircase needs more: the line, measured exactly.

A staircase with risers 1/L wide is L-Lipschitz and lands on sets 1 apart. Its masses are Gaussian masses of intervals,
so neither a seed nor the law's own recursion enters. Level X of the ladder. Source: theory/LAWS.md, section 6.
"""

from collections.abc import Callable
from itertools import pairwise, product
from typing import Final

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from sim.checks.exact import ROUNDING, judge_bound, staircase_masses
from theory.errors import Array
from theory.ordinal import ordinal_stiffness
from theory.sobolev import sobolev_stiffness
from theory.variation import variation_stiffness
from theory.verdict import Check, Verdict

Needed = Callable[[int, float], float]

STAIRS: Final = tuple(product((2, 3, 4, 8, 17, 64), (0.3, 0.05, 0.001)))
"""(modes, share): risers as wide as `share` of what M - 1 of them may take of [-3, 3]."""
SKEWED: Final = ((3, 0.4, 1.3), (8, 0.2, 0.7), (8, 0.01, 1.6), (30, 0.02, 1.2))
"""(modes, riser, power): plateaus between the powers of equal levels are unequal."""


def equal_staircase(modes: int, riser: float) -> tuple[Array, float]:
    """Return (middles of the risers, mass of one plateau) of the staircase with M equal plateaus.

    The left half is laid out from the outside in: plateau, riser, plateau, ... up to the middle, which is a riser's
    middle (M even) or a plateau's (M odd). A larger plateau overshoots, so its mass is a root.
    """

    def left_ends(mass: float) -> list[float]:
        ends, reached = [], mass
        for _ in range(modes // 2):
            ends.append(float(ndtri(reached)))
            reached = min(float(ndtr(ends[-1] + riser)) + mass, 1 - mass)
        return ends

    def overshoot(mass: float) -> float:
        last = left_ends(mass)[-1]
        if modes % 2 == 0:
            return last + riser / 2
        return float(ndtr(last + riser)) + mass / 2 - 0.5

    mass = float(brentq(overshoot, 1e-12, 1 / modes, xtol=1e-300, rtol=4 * np.finfo(float).eps))
    left = np.array(left_ends(mass)) + riser / 2
    inner = left[:-1] if modes % 2 == 0 else left
    return np.concatenate([left, -inner[::-1]]), mass


def equal_ratios(needed: Needed) -> tuple[list[float], float]:
    """Return L/needed of every staircase of equal plateaus, and the largest spread of plateau masses."""
    ratios, spread = [], 0.0
    for modes, share in STAIRS:
        riser = share * 6 / (modes - 1)
        middles, _ = equal_staircase(modes, riser)
        masses, error = staircase_masses(middles, riser)
        spread = max(spread, float(np.ptp(masses) / masses.mean()))
        ratios.append(1 / riser / needed(modes, error))
    return ratios, spread


def skewed_ratios(needed: Needed) -> list[float]:
    """Return L/needed of staircases with unequal plateaus, balanced to error 1 - M min q_i."""
    ratios = []
    for modes, riser, power in SKEWED:
        middles = ndtri((np.arange(1, modes) / modes) ** power)
        if min((b - a for a, b in pairwise(middles)), default=riser) <= riser:
            raise ArithmeticError(f"The risers of the staircase onto {modes} sets overlap.")
        masses, _ = staircase_masses(middles, riser)
        ratios.append(1 / riser / needed(modes, float(1 - modes * masses.min())))
    return ratios


def ordinal_is_attained(needed: Needed = ordinal_stiffness) -> Verdict:
    """Equality for equal staircases onto 2 to 64 sets, none below the law among unequal ones."""
    ratios, spread = equal_ratios(needed)
    others = skewed_ratios(needed)
    if spread > ROUNDING:
        raise ArithmeticError(f"The plateaus differ by {spread:.1e}: this is no equal staircase.")
    verdict = judge_bound(
        ratios, tight=max(ratios), tight_within=1 + ROUNDING, loose_within=1 + ROUNDING,
        method="interval masses of equal staircases",
        detail=f"{len(ratios)} staircases onto 2 to 64 sets attain the law (largest deviation "
        f"{max(abs(ratio - 1) for ratio in ratios):.1e}); {len(others)} unequal ones need {min(others):.3g} to "
        f"{max(others):.3g} times as much.",
    )  # fmt: skip
    return verdict if min(others) >= 1 - ROUNDING else judge_bound(
        others, tight=1.0, tight_within=1 + ROUNDING, method=verdict.method, detail=verdict.detail
    )  # fmt: skip


def variation(modes: int, masses: Array) -> float:
    """Return the total variation by which `masses`, at most one for each of the modes, miss the uniform target."""
    short = np.maximum(1 / modes - masses, 0)
    return float(short.sum() + (modes - len(masses)) / modes)


def variation_is_met(needed: Needed = variation_stiffness) -> Verdict:
    """Staircases that drop modes or not: none below the law, and on it where one of two modes keeps its half."""
    ratios = []
    for modes, reached, riser in product((3, 8, 64), (2, 3, 8), (0.3, 0.05, 0.002)):
        if reached <= modes:
            # The reached sets share what the dropped ones leave; the risers take their share from all alike.
            masses, _ = staircase_masses(ndtri(np.arange(1, reached) / reached), riser)
            bound = needed(modes, variation(modes, masses))
            ratios.append(1 / riser / bound if bound > 0 else np.inf)
    ratios = [ratio for ratio in ratios if ratio < np.inf]
    halves = []
    for riser in (1.0, 0.2, 0.01):
        masses, _ = staircase_masses(np.array([riser / 2]), riser)
        halves.append(1 / riser / needed(2, variation(2, masses)))
    return judge_bound(
        [*ratios, *halves], tight=max(halves), tight_within=1 + ROUNDING, method="interval masses of staircase maps",
        detail=f"{len(ratios)} staircases onto 2 to 8 of 3 to 64 sets stay above the law; a map that keeps one of two "
        f"modes whole attains it (largest deviation {max(abs(ratio - 1) for ratio in halves):.1e}).",
    )  # fmt: skip


def sobolev_is_met(needed: Callable[[int, int, float], float] = sobolev_stiffness) -> Verdict:
    """Equal staircases, long ones close to the bound: at n = 1 its constant is that of a long row."""
    ratios = []
    for modes, riser in product((8, 64, 512), (1e-3, 1e-5)):
        middles, _ = equal_staircase(modes, riser / modes)
        _, error = staircase_masses(middles, riser / modes)
        ratios.append(modes / riser / needed(modes, 1, error))
    middles, _ = equal_staircase(4096, 1e-8)
    _, error = staircase_masses(middles, 1e-8)
    return judge_bound(
        ratios, tight=1e8 / needed(4096, 1, error), tight_within=1.001, method="interval masses of equal staircases",
        detail=f"{len(ratios) + 1} equal staircases in one dimension stay above the bound; with 4096 sets by "
        f"{1e8 / needed(4096, 1, error) - 1:.1e} only.",
    )  # fmt: skip


def checks() -> tuple[Check, ...]:
    """Return the exact checks of the laws of dimension, level X."""
    return (
        Check("isoperimetric_tv", "X", "staircase maps obey it",
              "Staircase maps that drop modes never come closer to the uniform target than the law permits.",
              variation_is_met, seconds=0.1),
        Check("sobolev", "X", "long staircases nearly attain it",
              "Equal staircases in one dimension never fall below the bound, and long ones come close.",
              sobolev_is_met, seconds=0.5),
        Check("ordinal", "X", "equal staircases attain it",
              "A staircase with M equal plateaus has exactly the error that the law permits at its stiffness.",
              ordinal_is_attained, seconds=0.2),
    )  # fmt: skip
