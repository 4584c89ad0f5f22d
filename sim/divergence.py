"""KL(wanted || masses) = sum_i w_i log(w_i/q_i), in nats, with the least and the largest value that counts allow.

It tells what total variation hides: a mode that is never drawn makes it infinite, however rare the mode. Simultaneous
Clopper-Pearson intervals l_i <= q_i <= u_i hold the masses in a box. Over the box and sum q_i = 1 the convex sum is
least at q_i = clip(c w_i, l_i, u_i); its largest value is at most that of its chords, which a greedy choice attains.
Where the wanted masses p are counted as well there are two boxes. For every ratio rho > 0 the sum is at least
sum_i (1 + log rho_i) p_i - sum_i rho_i q_i, a linear function, least in both boxes by a greedy choice; and it is the
sum of p log(p/q) - p + q >= 0, each largest at a corner of its own two intervals.
Source: Kullback and Leibler 1951; Clopper and Pearson 1934; Csiszar and Tusnady 1984 (alternating projections).
"""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from scipy import special

from sim.estimate import CONFIDENCE, Estimate
from theory.errors import Array


def divergence(masses: Sequence[float] | Array, wanted: Sequence[float] | Array) -> float:
    """Return KL(wanted || masses) over all cells, the ambiguous one included; infinite if a wanted cell gets nothing.

    >>> divergence([0.5, 0.0, 0.5], [0.5, 0.0, 0.5]), divergence([1.0, 0.0, 0.0], [0.5, 0.0, 0.5])
    (0.0, inf)
    """
    q, w = np.asarray(masses, dtype=float), np.asarray(wanted, dtype=float)
    needed = w > 0
    if np.any(q[needed] == 0):
        return math.inf
    # rel_entr(w, q) - w + q is never negative, so that masses of equal sum lose nothing to cancellation.
    apart = float(np.sum(special.kl_div(w[needed], q[needed]))) - float(np.sum(q[needed]) - np.sum(w[needed]))
    return max(0.0, apart)


def divergence_estimate(
    counts: Sequence[int], wanted: Sequence[float] | Array, *, alpha: float = 1 - CONFIDENCE
) -> Estimate:
    """Return KL(wanted || shares) and an interval that covers KL(wanted || masses) with probability 1 - alpha.

    >>> found = divergence_estimate([500, 0, 500], [0.5, 0.0, 0.5])
    >>> found.value, found.low, found.high < 0.02
    (0.0, 0.0, True)
    """
    count, w = np.asarray(counts, dtype=float), np.asarray(wanted, dtype=float)
    low, high = _box(count, alpha / (2 * len(count)))
    value = divergence(count / np.sum(count), w)
    return Estimate(value, min(value, _least(w, low, high)), max(value, _largest(w, low, high)))


def divergence_of_counts(counts: Sequence[int], wanted: Sequence[int], *, alpha: float = 1 - CONFIDENCE) -> Estimate:
    """Return KL(wanted shares || shares) and an interval for KL(p || q), p the wanted masses, q those of `counts`.

    It covers with probability 1 - alpha: all cells of both are held at once (Bonferroni). Its upper end is infinite
    where a cell was not reached: then no counts exclude q_i = 0 beside p_i > 0, and no finite end would be honest.

    >>> found = divergence_of_counts([500, 500], [500, 500])
    >>> found.value, found.low, found.high < 0.04
    (0.0, 0.0, True)
    """
    level = alpha / (4 * len(counts))
    made, aim = np.asarray(counts, dtype=float), np.asarray(wanted, dtype=float)
    boxes = _box(aim, level), _box(made, level)
    value = divergence(made / made.sum(), aim / aim.sum())
    (p_low, p_high), (q_low, q_high) = boxes
    corners = [special.kl_div(p, q) for p in (p_low, p_high) for q in (q_low, q_high)]
    return Estimate(value, min(value, _least_of_both(*boxes)), max(value, float(np.sum(np.max(corners, axis=0)))))


Box = tuple[Array, Array]


def _box(count: Array, level: float) -> Box:
    """Return the Clopper-Pearson limits of each cell, each of one-sided `level`."""
    trials = float(np.sum(count))
    low = np.where(count > 0, special.betaincinv(np.maximum(count, 1), trials - count + 1, level), 0.0)
    high = np.where(count < trials, special.betainccinv(count + 1, np.maximum(trials - count, 1), level), 1.0)
    return low, high


_ROUNDS: Final = 100
"""Alternating projections: any number of them leaves a valid bound, and each round tightens it."""


def _least_of_both(wanted: Box, made: Box) -> float:
    """Return a lower bound of the divergence over two boxes and masses of sum 1, tight where rounds converge."""
    p = (wanted[0] + wanted[1]) / 2
    best = 0.0
    for _ in range(_ROUNDS):
        q = _nearest(p, *made)
        p = _nearest(q, *wanted)
        ratio = np.where((p > 0) & (q > 0), p / np.where(q > 0, q, 1.0), 1.0)
        bound = _greedy(1 + np.log(ratio), *wanted) + _greedy(-ratio, *made)
        best, before = max(best, bound), best
        if best == before:
            break
    return best


def _greedy(cost: Array, low: Array, high: Array) -> float:
    """Return the least sum cost_i q_i over low <= q <= high, sum q = 1: what is left goes where it costs least."""
    order = np.argsort(cost)
    width = (high - low)[order]
    before = np.concatenate([[0.0], np.cumsum(width)[:-1]])
    taken = np.clip(1 - float(np.sum(low)) - before, 0.0, width)
    return float(np.sum(cost * low) + np.sum(cost[order] * taken))


def _least(w: Array, low: Array, high: Array) -> float:
    """Return the least divergence in the box."""
    return divergence(_nearest(w, low, high), w)


def _nearest(w: Array, low: Array, high: Array) -> Array:
    """Return the masses in the box in proportion to what is wanted, as far as the box lets them."""

    def masses(c: float) -> Array:
        return np.clip(c * w, low, high)

    most = float(np.max(high[w > 0] / w[w > 0]))
    if float(np.sum(masses(most))) <= 1:  # what is not wanted takes the rest
        return masses(most)
    # The sum grows along straight pieces between the c at which a mass meets an end of its interval: weights may lie
    # hundreds of decades apart, so the piece is found by its number, and c on it from its own ends.
    wanted = w > 0
    corners = np.unique(np.concatenate([[0.0], low[wanted] / w[wanted], high[wanted] / w[wanted]]))
    first, last = 0, len(corners) - 1
    while last - first > 1:
        middle = (first + last) // 2
        first, last = (middle, last) if float(np.sum(masses(corners[middle]))) <= 1 else (first, middle)
    start, end = float(np.sum(masses(corners[first]))), float(np.sum(masses(corners[last])))
    share = (1 - start) / (end - start) if end > start else 0.0
    return masses(corners[first] + min(max(share, 0.0), 1.0) * (corners[last] - corners[first]))


def _largest(w: Array, low: Array, high: Array) -> float:
    """Return the largest sum of chords: all masses at their lowest, then the rest where it matters least."""
    if np.any((w > 0) & (low == 0)):
        return math.inf
    top, bottom = special.rel_entr(w, np.where(w > 0, low, 1.0)), special.rel_entr(w, np.where(w > 0, high, 1.0))
    width = high - low
    gain = np.where(width > 0, (top - bottom) / np.where(width > 0, width, 1.0), 0.0)
    order = np.argsort(gain)
    left = max(0.0, 1 - float(np.sum(low)))
    before = np.concatenate([[0.0], np.cumsum(width[order])[:-1]])
    taken = np.clip(left - before, 0.0, width[order])
    return float(np.sum(top) - np.sum(gain[order] * taken))
