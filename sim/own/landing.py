"""needed(masses) <= stiffness: where only a lower bound of it is known the law HOLDS or is UNDECIDED, and never FAILS.

Masses that need no more than the denoiser surely has obey the law; masses that need more refute nothing, but say that
it is steeper than was seen. Source: theory/LAWS.md, section 5, "Measured masses" (ours).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
from scipy.spatial.distance import cdist

from sim.confront import cheapest_masses, stiffness_needed
from sim.divergence import divergence_estimate
from sim.estimate import CONFIDENCE, Estimate, clopper_pearson, total_variation_estimate
from sim.tabular import finite
from theory.errors import Array
from theory.mixture import Mixture
from theory.verdict import Outcome, Verdict

_BLOCK: Final = 1 << 22
"""Distances held at once: 32 MiB."""


@final
@dataclass(frozen=True)
class Landing:
    """Where samples landed among the balls round M means: `counts` over the balls, then the ambiguous rest.

    `tv` and `kl`, KL(weights || shares) in nats, are held against the given weights. `needed` is the stiffness that the
    counted shares need; the verdict's `bound` is what is certain of it.
    """

    counts: tuple[int, ...]
    ambiguous: Estimate
    tv: Estimate
    kl: Estimate
    separation: float
    needed: float
    verdict: Verdict

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers and text; an infinite stiffness is null."""
        return {
            "counts": list(self.counts),
            "ambiguous": self.ambiguous.to_dict(),
            "tv": self.tv.to_dict(),
            "kl": self.kl.to_dict(),
            "separation": self.separation,
            "stiffness_needed": finite(self.needed),
            "verdict": self.verdict.to_dict(),
        }


def hold(counts: Sequence[int], stiffness_at_least: float, separation: float) -> Verdict:
    """Hold counts against a class of which only a lower bound of the stiffness is known.

    `value` is that lower bound, `bound` what the cheapest masses within the counts' intervals need.

    >>> str(hold([50, 50, 0], 100.0, 1.0).outcome), str(hold([50, 50, 0], 0.1, 1.0).outcome)
    ('HOLDS', 'UNDECIDED')
    """
    alpha = 1 - CONFIDENCE
    masses, error = cheapest_masses(counts, alpha=alpha)
    certain = stiffness_needed(masses, error, separation)
    holds, bounded = certain <= stiffness_at_least, math.isfinite(stiffness_at_least)
    return Verdict(
        Outcome.HOLDS if holds else Outcome.UNDECIDED,
        method=f"{int(sum(counts)):,} samples, beyond their intervals",
        value=stiffness_at_least if bounded else None,
        bound=certain,
        slack=stiffness_at_least / certain if holds and bounded and certain > 0 else None,
        false_alarm=alpha,
        detail="" if holds else "the masses need a steeper denoiser than was seen: slopes are lower bounds",
    )


def landing(target: Mixture, margin: float, points: Array, stiffness_at_least: float) -> Landing:
    """Return where `points` (N, n) landed, held against a class that is at least so stiff.

    >>> from theory.mixture import mixture
    >>> landing(mixture(means=[[-4.0], [4.0]]), 0.1, np.array([[-4.0], [0.0], [3.9]]), 1.0).counts
    (1, 1, 1)
    """
    rows, counts = max(1, _BLOCK // target.modes), np.zeros(target.modes + 1, dtype=np.int64)
    for first in range(0, len(points), rows):
        inside = cdist(points[first : first + rows], target.means) <= target.radius(margin)
        counts += np.append(inside.sum(axis=0), np.sum(~inside.any(axis=1)))
    found = [int(count) for count in counts]
    separation, shares = target.separation(margin), counts / len(points)
    return Landing(
        counts=tuple(found),
        ambiguous=clopper_pearson(found[-1], len(points)),
        tv=total_variation_estimate(found, np.append(target.weights, 0.0)),
        kl=divergence_estimate(found, np.append(target.weights, 0.0)),
        separation=separation,
        needed=stiffness_needed(shares[:-1], float(shares[-1]), separation),
        verdict=hold(found, stiffness_at_least, separation),
    )
