"""Staircases on one and two coordinates meet `dimension` at both ends; counted cells meet a polygon and a simplex.

A product of staircases with one riser is a map of known stiffness and exact error: above every lower bound, and equal
to the upper one where its rows are the best. The cells of a cyclic code are wedges of a regular polygon in the plane
and a simplex's corners in M - 1 coordinates, where one integral gives their error. Levels X and M. Source:
theory/LAWS.md, section 6, `spherical` and `dimension`.
"""

import math
from collections.abc import Callable
from typing import Any, Final

import numpy as np
from scipy.integrate import quad

from sim.checks.dimension import equal_staircase
from sim.checks.exact import ROUNDING, judge_bound, staircase_masses
from sim.estimate import clopper_pearson, trials_needed
from sim.noise import normals
from theory.dimension import Phase, dimension_stiffness
from theory.primitives import ndtr, pdf
from theory.simplex import simplex_error
from theory.spherical import cyclic_code
from theory.verdict import Check, Outcome, Verdict

LATTICES: Final = (
    ((2,), 0.3), ((3,), 0.2), ((64,), 0.001), ((4, 4), 0.05), ((16, 8), 0.003), ((2, 2, 2), 0.4), ((6, 5, 4), 0.01),
)  # fmt: skip
"""(sets on each coordinate, riser): the best split over as many coordinates; two sets meet both ends."""

FALSE_ALARM: Final = 1e-9
MISS: Final = 1e-6
EFFECT: Final = 0.01
SEED: Final = 20_260_630
PARTICLES: Final = 1_000_000
TILE: Final = 100_000


def lattice_of_staircases(factors: tuple[int, ...], riser: float) -> tuple[float, float]:
    """Return (L, error) of a product of equal staircases with this riser, whose plateaus lie 1 apart."""
    kept = 1.0
    for modes in factors:
        _, error = staircase_masses(equal_staircase(modes, riser)[0], riser)
        kept *= 1 - error
    return 1 / riser, 1 - kept


def staircases_meet_both_bounds(bounds: Callable[..., Phase] = dimension_stiffness) -> Verdict:
    """Products of equal staircases: above the lower bound, on the upper one."""
    above, on = [], []
    for factors, riser in LATTICES:
        stiffness, error = lattice_of_staircases(factors, riser)
        found = bounds(math.prod(factors), len(factors), error, targets="lattice")
        above.append(stiffness / found.lower)
        on.append(stiffness / found.upper if found.upper else math.inf)
    off = max(abs(ratio - 1) for ratio in on)
    return judge_bound(
        above, tight=1 + off, tight_within=1 + ROUNDING, method="products of staircase maps",
        detail=f"{len(on)} products of staircases on 1 to 3 coordinates attain the upper bound (largest deviation "
        f"{off:.1e}) and need {min(above):.3g} to {max(above):.3g} times the lower one.",
    )  # fmt: skip


def polygon_error(modes: int, half_gap: float) -> float:
    """Return the mass outside M wedges of a regular polygon, each moved out so that neighbours are 2r apart.

    A wedge of half-angle pi/M with its apex at r/sin(pi/M): one integral along its axis.
    """
    angle = math.pi / modes
    apex = half_gap / math.sin(angle)
    wedge = quad(
        lambda x: float(pdf(x) * (2 * ndtr((x - apex) * math.tan(angle)) - 1)), apex, apex + 14, epsabs=1e-14, limit=400
    )[0]
    return float(1 - modes * wedge)


def simplex_cells_error(modes: int, half_gap: float) -> float:
    """Return the error of the simplex of M cells, 2r apart."""
    return float(simplex_error(modes, 1 / (2 * half_gap)))


CODES: Final = ((12, 2, 0.18, polygon_error), (5, 4, 0.5, simplex_cells_error), (9, 8, 0.4, simplex_cells_error))
"""(modes, source_dim, r, exact error), each error a little above one half."""


def codes_are_counted(
    error_at: Callable[[Callable[..., float], int, float], float] = lambda exact, modes, r: exact(modes, r),
) -> Verdict:
    """Count points outside the cells of cyclic codes: what the polygon's and the simplex's integral say, within 1%."""
    lines: list[str] = []
    outcomes: list[Outcome] = []
    first: dict[str, Any] = {}
    for modes, source_dim, r, exact in CODES:
        error = error_at(exact, modes, r)
        needed = trials_needed(error, effect=EFFECT, alpha=FALSE_ALARM, miss=MISS)
        if needed > PARTICLES:
            outcomes.append(Outcome.UNDECIDED)
            lines.append(f"{modes} words lack power: {needed:,} particles are needed.")
            continue
        code = cyclic_code(modes, source_dim)
        lost = sum(
            int(np.sum(code.half_gaps(normals(SEED, range(k, min(k + TILE, needed)), 0, code.dimension)) <= r))
            for k in range(0, needed, TILE)
        )
        estimate = clopper_pearson(lost, needed, alpha=FALSE_ALARM)
        inside = error in estimate
        bites = error * (1 + EFFECT) not in estimate and error / (1 + EFFECT) not in estimate
        outcomes.append(Outcome.FAILS if not inside else Outcome.HOLDS if bites else Outcome.UNDECIDED)
        lines.append(f"{modes} words in {source_dim} coordinates: exact {error:.6f}, counted {estimate}.")
        first = first or {"value": estimate.value, "bound": error, "interval": (estimate.low, estimate.high)}
    worst = next((o for o in (Outcome.FAILS, Outcome.UNDECIDED) if o in outcomes), Outcome.HOLDS)
    return Verdict(
        worst, method="counted points of cyclic codes", **first,
        false_alarm=FALSE_ALARM * len(CODES), power=1 - MISS * len(CODES),
        detail="Counted errors of a polygon and of two simplices "
        + ("agree with their integrals; 1% off does not." if worst is Outcome.HOLDS else "are not what integrals say."),
        excerpt=tuple(lines),
    )  # fmt: skip


def checks() -> tuple[Check, ...]:
    """Return the checks of the phase diagram's laws, levels X and M."""
    return (
        Check("dimension", "X", "products of staircases meet both ends",
              "Products of equal staircases lie above the lower bound and attain the upper one.",
              staircases_meet_both_bounds, seconds=0.3),
        Check("spherical", "M", "counted cells meet a polygon and a simplex",
              "Counted points fall outside the cells of cyclic codes as often as exact integrals say.",
              codes_are_counted, seconds=3.0),
    )  # fmt: skip
