"""quality = function of n(u, v), how often token v followed u: perplexity, bigram tv, support and diversity of text.

Perplexity alone rewards collapse: a sampler that repeats one easy sentence has a low one. So it stands beside bigram
total variation, the share of pairs that the text never shows, and the effective number of pairs. Sequences are tallied
in groups, and each interval is the delete-a-group jackknife's (Quenouille 1956; Tukey 1958), by the t distribution:
asymptotic, unlike those of plain counts. Source: theory/LAWS.md, section 10.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, final

import numpy as np
import numpy.typing as npt
from scipy import special

from sim.estimate import CONFIDENCE, Estimate
from theory.chain import Chain
from theory.errors import Array

GROUPS: Final = 20
"""Groups of the jackknife: sequence i is in group i mod GROUPS. 19 degrees of freedom widen a 99% interval by 11%."""

HASHED: Final = 1 << 16
"""Sequences among which repetitions are looked for, so that memory does not grow with their number."""

_PRIME: Final = np.uint64(0x100000001B3)
_BASIS: Final = np.uint64(0xCBF29CE484222325)
"""The 64-bit constants of Fowler, Noll and Vo's hash (FNV-1a)."""

Tokens = npt.NDArray[np.int64]


@final
@dataclass
class Tally:
    """Counts of pairs by group, shape (GROUPS, V, V), and hashes of the first sequences: all that is kept of a run.

    Mutable, as it grows tile by tile; sums of integers, so no order of tiles can change it.
    """

    symbols: int
    pairs: npt.NDArray[np.int64] = field(init=False)
    hashes: set[int] = field(init=False, default_factory=set)
    sequences: int = 0
    hashed: int = 0

    def __post_init__(self) -> None:
        self.pairs = np.zeros((GROUPS, self.symbols, self.symbols), np.int64)

    def add(self, first: int, tokens: Tokens) -> None:
        """Count the sequences first, first + 1, ... in the columns of `tokens`, shape (S, N)."""
        count = tokens.shape[1]
        groups = (first + np.arange(count)) % GROUPS
        flat = (groups * self.symbols + tokens[:-1]) * self.symbols + tokens[1:]
        self.pairs += np.bincount(flat.ravel(), minlength=self.pairs.size).reshape(self.pairs.shape)
        self.sequences += count
        fresh = max(0, min(count, HASHED - first))
        if fresh:
            value = np.full(fresh, _BASIS)
            for row in tokens[:, :fresh]:
                value = (value ^ row.astype(np.uint64)) * _PRIME
            self.hashes.update(value.tolist())
            self.hashed += fresh


def jackknife(statistic: Callable[[Array], float], parts: npt.NDArray[Any], *, low: float, high: float) -> Estimate:
    """Return statistic(sum of the parts) with its delete-one-part jackknife interval, cut to [low, high].

    `parts` has the groups along its first axis; empty ones are left out. With a single group there is no interval,
    and it is the whole range.

    >>> halves = np.array([[1.0, 1.0], [1.0, 0.0], [0.0, 1.0]])
    >>> estimate = jackknife(lambda total: float(total[0] / total.sum()), halves, low=0.0, high=1.0)
    >>> (estimate.value, estimate.low, estimate.high)
    (0.5, 0.0, 1.0)
    """
    used = parts[parts.reshape(len(parts), -1).any(axis=1)]
    total = used.sum(axis=0)
    value = statistic(total)
    if len(used) < 2:
        return Estimate(value, low, high)
    without = np.array([statistic(total - part) for part in used])
    error = np.sqrt((len(used) - 1) / len(used) * np.sum((without - without.mean()) ** 2))
    reach = float(special.stdtrit(len(used) - 1, (1 + CONFIDENCE) / 2) * error)
    return Estimate(value, max(low, value - reach), min(high, value + reach))


@final
@dataclass(frozen=True)
class Quality:
    """How some sequences of tokens compare with their chain; each estimate has an interval at CONFIDENCE.

    `perplexity`: exp of the mean of -log P(k_s, k_{s+1}). `tv`: half the L1 distance of position-averaged pair
    frequencies from the chain's own; the interval is for its mean at this number of sequences, above 0 even for the
    chain's own text. `unseen`: share of pairs that never occur in the text counted. `diversity`: exp of the entropy of
    the pair frequencies, an effective number of pairs. `distinct`: share of the first HASHED sequences that differ.
    """

    sequences: int
    perplexity: Estimate
    tv: Estimate
    unseen: Estimate
    diversity: Estimate
    distinct: float

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers."""
        names = ("perplexity", "tv", "unseen", "diversity")
        found: dict[str, Any] = {"sequences": self.sequences}
        for name in names:
            estimate = getattr(self, name)
            found[name] = {"value": estimate.value, "low": estimate.low, "high": estimate.high}
        return {**found, "distinct": self.distinct}


def quality(tally: Tally, chain: Chain, length: int) -> Quality:
    """Return the quality of the tallied sequences against the chain at this length."""
    distinct = len(tally.hashes) / tally.hashed
    return Quality(tally.sequences, *pair_estimates(tally.pairs, chain, length), distinct=distinct)


def pair_estimates(pairs: npt.NDArray[Any], chain: Chain, length: int) -> tuple[Estimate, Estimate, Estimate, Estimate]:
    """Return (perplexity, tv, unseen, diversity) of pairs by group, shape (GROUPS, V, V), counted or expected."""
    wanted, surprise = chain.pair_frequencies(length), -np.log(chain.transition)
    count = len(chain.prior)

    def shares(found: Array) -> Array:
        return np.asarray(found / found.sum())

    def estimate(statistic: Callable[[Array], float], low: float, high: float) -> Estimate:
        return jackknife(lambda found: statistic(shares(found)), pairs, low=low, high=high)

    return (
        estimate(lambda f: float(np.exp(np.sum(f * surprise))), 1.0, float(np.exp(surprise.max()))),
        estimate(lambda f: float(np.abs(f - wanted).sum() / 2), 0.0, 1.0),
        estimate(lambda f: float(f[~chain.seen].sum()), 0.0, 1.0),
        estimate(lambda f: float(np.exp(special.entr(f).sum())), 1.0, float(count**2)),
    )
