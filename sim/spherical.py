"""P(half gap of x <= r) = error: the stiffness of a cyclic code is a quantile, counted with an interval.

Each particle is one point of N(0, I_n) at its address; theory.spherical gives its half gap. As all cells are alike, the
error of the map of half gap r is one proportion, and the quantile lies between two order statistics with a probability
that the binomial distribution gives exactly. Source: theory/LAWS.md, section 6, `spherical`.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, final

import numpy as np
from scipy import special

from sim.estimate import CONFIDENCE, Estimate, clopper_pearson
from sim.noise import check_address, normals
from sim.tabular import Tabular
from theory.errors import Array, UsageError, fraction, positive
from theory.spherical import CyclicCode, cyclic_code

PARTICLES: Final = 20_000
"""200 of them beyond the quantile at error 0.01: an interval of 18% either way in the count."""

MOST_WORK: Final = 1_000_000
"""modes x source_dim up to which a simulation is seconds of work."""

TILE: Final = 4096


@final
@dataclass(frozen=True)
class SphericalMeasurement(Tabular):
    """A cyclic code of `modes` words in `dimension` <= `source_dim` coordinates, and what `particles` points found.

    `stiffness` and `error`: one is given and exact, the other counted, with its interval.
    """

    modes: int
    source_dim: int
    dimension: int
    separation: float
    particles: int
    seed: int
    stiffness: Estimate
    error: Estimate

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers, as `--json` prints them."""
        given = ("modes", "source_dim", "dimension", "separation", "particles", "seed")
        counted = {name: {"value": e.value, "low": e.low, "high": e.high}
                   for name, e in (("stiffness", self.stiffness), ("error", self.error))}  # fmt: skip
        return {**{name: getattr(self, name) for name in given}, "confidence": CONFIDENCE, **counted}


@lru_cache(maxsize=4)
def half_gaps(code: tuple[int, int], particles: int, seed: int) -> Array:
    """Return the half gaps of the points 0..particles-1, sorted ascending, for the code of (modes, source_dim)."""
    made: CyclicCode = cyclic_code(*code)
    found = [
        made.half_gaps(normals(seed, range(first, min(first + TILE, particles)), 0, made.dimension))
        for first in range(0, particles, TILE)
    ]
    gaps = np.sort(np.concatenate(found))
    gaps.flags.writeable = False
    return gaps


def quantile(gaps: Array, error: float, *, alpha: float = 1 - CONFIDENCE) -> Estimate:
    """Return the `error`-quantile of what the sorted `gaps` were drawn from, between two order statistics.

    The k-th of N exceeds the quantile with the chance that fewer than k of N points lie below it, which is binomial.
    Raises UsageError where not even the least point is below the quantile with confidence.

    >>> found = quantile(np.arange(1.0, 1001.0), 0.5, alpha=0.01)
    >>> found.low, found.value, found.high
    (459.0, 500.0, 542.0)
    """
    trials = len(gaps)
    counts = np.arange(trials)
    below = special.bdtr(counts, trials, error)  # P(at most k points lie below)
    low, high = int(np.searchsorted(below, alpha / 2, side="right")), int(np.searchsorted(below, 1 - alpha / 2))
    if low < 1 or high >= trials:
        least = int(np.ceil(np.log(alpha / 2) / np.log1p(-min(error, 1 - error))))
        raise UsageError(
            "So few particles say nothing of so rare an error.",
            expected=f"particles={least} at least, and hundreds of times 1/error for an interval of use",
            received=f"particles={trials}, error={error!r}",
            hint="Is the error larger, or can you wait for more particles?",
        )
    value = float(gaps[max(int(np.ceil(trials * error)) - 1, 0)])
    return Estimate(value, float(gaps[low - 1]), float(gaps[high]))


def spherical(
    *,
    modes: Any,
    source_dim: Any,
    error: Any = None,
    stiffness: Any = None,
    separation: Any = 1.0,
    particles: Any = PARTICLES,
    seed: Any = 0,
) -> SphericalMeasurement:
    """Simulate a cyclic code: the stiffness that an error needs, or the error that a stiffness leaves.

    Units of `separation` for the stiffness. Raises UsageError unless exactly one of `error` and `stiffness` is given,
    and modes x source_dim <= 1e6. The same numbers for any split of the particles.

    >>> found = spherical(modes=5, source_dim=4, error=0.1, particles=2000)
    >>> 0.1 * found.stiffness.low < 0.83 < 0.1 * found.stiffness.high  # the corners of a simplex: 0.8206
    True
    """
    if (error is None) == (stiffness is None):
        raise UsageError(
            "spherical answers for one of error and stiffness.",
            expected="error=NUMBER or stiffness=NUMBER",
            received="both" if error is not None else "neither",
            hint="Which of the two is to be found?",
        )
    code, delta = cyclic_code(modes, source_dim), float(positive("separation", separation))
    n = int(source_dim)
    if code.modes * n > MOST_WORK:
        raise UsageError(
            "The simulation would take too long.",
            expected=f"modes x source_dim of at most {MOST_WORK}",
            received=f"{code.modes} x {n}",
            hint="Does the law `spherical` have a stored answer, as `noncommit law spherical` tells?",
        )
    seed, particles = check_address(seed=seed, particles=particles, steps=1, coordinates=code.dimension)
    if error is not None:
        share = float(fraction("error", error))
        gap = quantile(half_gaps((code.modes, n), particles, seed), share)
        needed = Estimate(delta / (2 * gap.value), delta / (2 * gap.high), delta / (2 * gap.low))
        return SphericalMeasurement(
            code.modes, n, code.dimension, delta, particles, seed, needed, Estimate(share, share, share)
        )
    slope = float(positive("stiffness", stiffness))
    lost = int(np.searchsorted(half_gaps((code.modes, n), particles, seed), delta / (2 * slope), side="right"))
    return SphericalMeasurement(
        code.modes, n, code.dimension, delta, particles, seed, Estimate(slope, slope, slope),
        clopper_pearson(lost, particles),
    )  # fmt: skip
