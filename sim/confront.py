"""Counts refute a stiffness L if no masses that they allow could come from a map that stiff: FAILS means violated.

Simultaneous intervals say q_i >= l_i and 1 - sum q_i <= u. Among such masses those that need the least stiffness
keep every q_i at l_i and give what is left to the largest, for q -> Phi(Phi^-1(q) + r) is increasing and concave.
Source: theory/LAWS.md, section 5, "Measured masses" (ours).
"""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from sim.estimate import CONFIDENCE, clopper_pearson
from theory.errors import Array
from theory.separated import masses_stiffness, proportional_error
from theory.variation import variation_error
from theory.verdict import Outcome, Verdict

_MOST: Final = float(np.nextafter(1.0, 0.0))
"""The largest double below 1."""


def stiffness_needed(masses: Sequence[float] | Array, ambiguous: float, separation: float) -> float:
    """Return the stiffness that masses in landing sets need: 0 for fewer than two, infinite if nothing is ambiguous.

    >>> round(stiffness_needed([0.25, 0.0, 0.25], 0.5, 1.0), 6)
    0.741301
    """
    reached = [float(q) for q in masses if q > 0]
    if len(reached) < 2:
        return 0.0
    if ambiguous <= 0:
        return math.inf
    # A mass that rounds to 1 or a little above is all but 1: those in landing sets are still there.
    return masses_stiffness(reached, separation=separation, error=min(ambiguous, _MOST))


def cheapest_masses(counts: Sequence[int], *, alpha: float) -> tuple[list[float], float]:
    """Return the masses within simultaneous intervals of the counts that need least stiffness, and their error.

    `counts` are over the landing sets, then the ambiguous rest; each of the M + 1 one-sided limits has level
    alpha/(M + 1), so that with probability 1 - alpha the true masses need at least as much stiffness as these.

    >>> masses, error = cheapest_masses([50, 50, 0], alpha=0.01)
    >>> round(sum(masses) + error, 12)
    1.0
    """
    trials, level = int(sum(counts)), alpha / len(counts)
    low = [clopper_pearson(int(count), trials, alpha=2 * level).low for count in counts[:-1]]
    most = clopper_pearson(int(counts[-1]), trials, alpha=2 * level).high
    spare = math.fsum([1.0, -most, *(-q for q in low)])
    if spare <= 0:  # the lower limits alone leave no more than is allowed to be ambiguous
        return low, math.fsum([1.0, *(-q for q in low)])
    low[int(np.argmax(low))] += spare
    return low, most


def least_error(weights: Sequence[float] | Array, stiffness: float, separation: float) -> float:
    """Return the least error of masses in proportion to the weights > 0: 1 at stiffness 0, 0 where it is infinite.

    One mass asks for no stiffness, so that nothing is left over.
    """
    if len(weights) < 2:
        return 0.0
    if stiffness == 0 or math.isinf(stiffness):
        return 1.0 if stiffness == 0 else 0.0
    return proportional_error(list(weights), stiffness, separation=separation)


def least_tv(modes: int, stiffness: float, separation: float) -> float:
    """Return the least tv to equal masses 1/M: 1 - 1/M, a constant map's, at stiffness 0, and 0 where it is infinite.

    >>> least_tv(4, 0.0, 1.0)
    0.75
    """
    if modes == 1 or stiffness == 0 or math.isinf(stiffness):
        return 1 - 1 / modes if stiffness == 0 else 0.0
    return float(variation_error(modes, stiffness, separation=separation))


def confront_counts(
    counts: Sequence[int], stiffness: float, separation: float, *, alpha: float = 1 - CONFIDENCE
) -> Verdict:
    """Hold counts against a class of maps of this stiffness: FAILS only if all masses that they allow need more.

    `value` is the stiffness, `bound` what the cheapest allowed masses need, `slack` their ratio. A class without a
    finite stiffness is bounded by nothing.
    """
    masses, error = cheapest_masses(counts, alpha=alpha)
    needed = stiffness_needed(masses, error, separation)
    bounded = math.isfinite(stiffness)
    return Verdict(
        Outcome.HOLDS if needed <= stiffness else Outcome.FAILS,
        method=f"{int(sum(counts)):,} particles, beyond their intervals",
        value=stiffness if bounded else None,
        bound=needed,
        slack=stiffness / needed if bounded and needed > 0 else None,
        false_alarm=alpha,
        detail="" if bounded else "the class has no finite stiffness, so the law bounds nothing",
    )
