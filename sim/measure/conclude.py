"""K = 1 + sqrt(2/pi) E/error: from means over latents to DABI, exponents, flip rates and the steps that laws ask for.

Every quantity is a statistic of the same table of columns, one row a latent, so that one set of replicates gives
all intervals. Sources: theory/LAWS.md, section 1 (`tube`), section 2 (`crossover`), section 9 (`dabi`, `cci`).
"""

import math
from dataclasses import dataclass, replace
from typing import Final, final

import numpy as np

from sim.estimate import Estimate, clopper_pearson
from sim.measure.bootstrap import RARE, Resampled, Statistic, column, ratio, slope
from sim.measure.changes import Changes
from sim.measure.result import AtNoise, AtRadius, Steps
from theory.errors import Array
from theory.tube import PER_STEP

FACTOR: Final = 2.0
"""A leading order is taken at its word where it is right within this factor: K - 1 is then known to as much."""


@final
@dataclass(frozen=True)
class Columns:
    """All that was measured, a row a latent, and the numbers that are no means: `positions` is None without tokens."""

    changes: Changes
    doubt: Array | None
    hits: Array | None
    radii: tuple[float, ...]
    levels: tuple[float, ...]
    unit: float
    positions: int | None
    variance: float
    entropy: float | None
    most_doubt: float
    commonest: float | None

    def table(self) -> Array:
        """Return the columns side by side, shape (A, 2 R + 5 L); what was not measured is 0."""
        c, none = self.changes, np.zeros_like(self.changes.noisy)
        blocks = (c.along, c.random, c.noisy, c.flips, c.tube, self.doubt, self.hits)
        return np.concatenate([none if block is None else block for block in blocks], axis=1)

    def at(self, block: str, k: int) -> int:
        """Return the number of a column of the table."""
        r, n = len(self.radii), len(self.levels)
        start = {"along": 0, "random": r, "noisy": 2 * r, "flips": 2 * r + n, "tube": 2 * r + 2 * n,
                 "doubt": 2 * r + 3 * n, "hits": 2 * r + 4 * n}  # fmt: skip
        return start[block] + k

    def share(self, block: str, k: int, resampled: Resampled, factor: float = 1.0) -> Estimate:
        """Return `factor` times the mean of a column in [0, 1], with the limits of `rare_limits` where it is rare."""
        found = resampled.estimate(_affine(self.at(block, k), 0.0, factor))
        limits = rare_limits(getattr(self.changes, block)[:, k])
        if limits is None:
            return found
        return replace(found, low=min(found.low, factor * limits.low), high=max(found.high, factor * limits.high))

    @property
    def base(self) -> int:
        """The noise level that fixes the leading order: the least at which RARE latents flipped, else the first.

        At 30 events a rate is known to a factor of 2 either way. Without tokens it is the first level.
        """
        if self.positions is None:
            return 0
        enough = np.count_nonzero(self.changes.flips, axis=0) >= RARE
        return int(np.argmax(enough))

    def energy(self, resampled: Resampled) -> Estimate:
        """Return the interface energy E, in 1/length: the flip rate at the base level over sqrt(2/pi) s."""
        return self.share("flips", self.base, resampled, 1 / (PER_STEP * self.levels[self.base]))

    def reach(self, resampled: Resampled) -> float:
        """Return the largest noise up to which the leading order holds within FACTOR; 0 if not even at one level more.

        At each level beyond the base the interval of (cost found)/(cost predicted) must lie in [1/FACTOR, FACTOR].
        """
        block, power = ("noisy", 2) if self.positions is None else ("flips", 1)
        reached = 0.0
        for k in range(self.base + 1, len(self.levels)):
            stretch = (self.levels[self.base] / self.levels[k]) ** power
            found = resampled.estimate(ratio(self.at(block, k), self.at(block, self.base), stretch))
            if not 1 / FACTOR <= found.low <= found.high <= FACTOR:
                break
            reached = self.levels[k]
        return reached


def rare_limits(shares: Array) -> Estimate | None:
    """Return limits of a mean of numbers in [0, 1] of which fewer than RARE are positive; None where more are.

    The bootstrap cannot draw what was never seen. Among variables in [0, 1] of one mean the Bernoulli one spreads most
    (Hoeffding 1963), so the sum is read as a count of as many latents, rounded away from the middle.

    >>> rare_limits(np.ones(RARE)) is None, round(rare_limits(np.zeros(1000)).high, 4)
    (True, 0.0053)
    """
    if np.count_nonzero(shares) >= RARE:
        return None
    total, trials = float(np.sum(shares)), len(shares)
    low, high = clopper_pearson(math.floor(total), trials), clopper_pearson(min(trials, math.ceil(total)), trials)
    return Estimate(total / trials, low.low, high.high)


def radii_of(columns: Columns, resampled: Resampled) -> tuple[AtRadius, ...]:
    """Return what was found at each radius."""
    rows = []
    for k, radius in enumerate(columns.radii):
        exponent = None
        if k:
            rise: Statistic = slope(columns.at("random", k - 1), columns.at("random", k), radius / columns.radii[k - 1])
            exponent = resampled.estimate(rise)
        rows.append(
            AtRadius(
                radius=radius,
                share=radius / columns.unit,
                dabi=_dabi(columns, k, resampled),
                along=resampled.estimate(column(columns.at("along", k))),
                random=resampled.estimate(column(columns.at("random", k))),
                changed=int(np.sum(columns.changes.random[:, k] > 0)),
                exponent=exponent,
            )
        )
    return tuple(rows)


def _dabi(columns: Columns, k: int, resampled: Resampled) -> Estimate:
    """Return DABI at radius k; where random shifts hardly ever change a bounded output, with the limits of rare events.

    A squared change is at most 2 at each position, which makes the mean random change a share.
    """
    along, random = columns.at("along", k), columns.at("random", k)
    found = resampled.estimate(ratio(along, random))
    if columns.positions is None or resampled.means[along] == 0:
        return found
    limits = rare_limits(columns.changes.random[:, k] / (2 * columns.positions))
    if limits is None:
        return found
    ends, most = resampled.estimate(column(along)), 2 * columns.positions
    high = ends.high / (most * limits.low) if limits.low > 0 else math.inf
    return Estimate(found.value, min(found.low, ends.low / (most * limits.high)), max(found.high, high))


def levels_of(columns: Columns, resampled: Resampled) -> tuple[AtNoise, ...]:
    """Return what was found at each noise level."""
    rows = []
    for k, s in enumerate(columns.levels):
        flip = predicted = tube = cci = held_out = None
        if columns.positions is not None:
            flip, tube = (columns.share(block, k, resampled) for block in ("flips", "tube"))
            predicted = columns.share("flips", columns.base, resampled, s / columns.levels[columns.base])
            predicted = predicted if predicted.value <= 1 else None  # no probability: far beyond the leading order
        if columns.entropy is not None and columns.commonest is not None:
            cci = resampled.estimate(_affine(columns.at("doubt", k), 1.0, -1 / columns.entropy))
            # What lies above every doubt that was seen has a mass of at most so much, and a doubt of at most log M.
            unseen = clopper_pearson(0, len(columns.changes.flips)).high * columns.most_doubt / columns.entropy
            cci = replace(cci, low=max(0.0, cci.low - unseen))
            rest = 1 - columns.commonest
            held_out = resampled.estimate(_affine(columns.at("hits", k), -columns.commonest / rest, 1 / rest))
        rows.append(
            AtNoise(
                noise=s, time=1 / (1 + s), change=resampled.estimate(column(columns.at("noisy", k))),
                flip=flip, predicted=predicted, tube=tube, cci=cci, held_out=held_out,
            )
        )  # fmt: skip
    return tuple(rows)


def _affine(j: int, start: float, factor: float) -> Statistic:
    return lambda means: start + factor * means[..., j]


def steps_of(columns: Columns, resampled: Resampled, error: float) -> Steps:
    """Return K = 1 + 1/s with s the noise at which the law's leading order costs `error`.

    Tokens: sqrt(2/pi) s E = error, of latents that flip (`tube`). Continuous: s^2 E|grad D|^2 = error Var D, the
    smooth case of `crossover`. Both are about the posterior-mean step that ends a deterministic sampler.
    """
    base = columns.base
    s0 = columns.levels[base]
    common = (
        "latents on the linear path from N(0, I), in the units given, on the uniform grid t = k/K",
        "the last call returns the exact posterior mean, and reached its input without error",
    )
    if columns.positions is not None:
        flips = columns.share("flips", base, resampled, 1 / (s0 * error))
        steps = Estimate(1 + flips.value, 1 + flips.low, 1 + flips.high)
        assuming: tuple[str, ...] = (
            "latents have a smooth positive density at the decision boundaries",
            "to first order in s the posterior mean flips as many tokens as the noise itself",
            *common,
        )
        law = "tube"
    else:
        j, scale = columns.at("noisy", base), s0**2 * error * columns.variance
        steps = resampled.estimate(lambda means: 1 + np.sqrt(means[..., j] / scale))
        assuming = ("the readout is smooth on the scale of the noise, s^2 E|grad D|^2 its leading change", *common)
        law = "crossover"
    valid = bool(steps.value > 1 and 1 / (steps.value - 1) <= columns.reach(resampled))
    return Steps(law=law, error=error, steps=steps, valid=valid, assuming=assuming)


def notes_of(radii: tuple[AtRadius, ...]) -> tuple[str, ...]:
    """Return what a reader must know before quoting a number."""
    notes = []
    still = [f"{row.radius:.4g}" for row in radii if not row.changed]
    rare = [f"{row.radius:.4g}" for row in radii if 0 < row.changed < RARE]
    if still:
        notes.append(
            f"no random shift changed the output at radius {', '.join(still)}: DABI has at most a lower limit there"
        )
    if rare:
        notes.append(
            f"random shifts changed fewer than {RARE} latents at radius {', '.join(rare)}: intervals are rough there; "
            "more probes or latents would help"
        )
    return tuple(notes)
