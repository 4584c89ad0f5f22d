"""LANES particles at a time go through all K steps: x[i, lane], so that every inner loop runs over particles.

One mode after another adds its evidence to all lanes, and what a lane computes depends on its own address alone:
neither neighbours nor the place in a block change a bit of it. The plain form of the same arithmetic is
sim.mixture.reference. Source: theory/LAWS.md, sections 7 ("Mixtures") and 8.
"""

from typing import Any, Final

import numpy as np

from sim.compiled import formula, kernel
from sim.lane_exp import exp_in_place
from sim.noise import CATEGORICAL, normal_pair, uniform

LANES: Final = 64
"""Particles a block: their state and evidences stay in the first-level cache while n and M are small."""


@formula
def fill_normals(out: Any, seed: Any, first: Any, step: Any) -> None:
    """Write the normals of all coordinates of particles first.. at one step into `out` (n, LANES)."""
    n = out.shape[0]
    for pair in range((n + 1) // 2):
        even = out[2 * pair]
        if 2 * pair + 1 < n:
            odd = out[2 * pair + 1]
            for lane in range(LANES):
                even[lane], odd[lane] = normal_pair(seed, first + lane, step, pair)
        else:
            for lane in range(LANES):
                even[lane] = normal_pair(seed, first + lane, step, pair)[0]


@formula
def fill_logits(logits: Any, x: Any, means: Any, a: Any, half_precision: Any, offset: Any) -> None:
    """Write log r_k into `logits` (M, LANES), up to what is common to all k."""
    for k in range(means.shape[0]):
        row = logits[k]
        row[:] = 0.0
        for i in range(means.shape[1]):
            coordinate, centre = x[i], a * means[k, i]
            for lane in range(LANES):
                away = coordinate[lane] - centre
                row[lane] += away * away
        precision, prior = half_precision[k], offset[k]
        for lane in range(LANES):
            row[lane] = prior - precision * row[lane]


@formula
def fill_odds(
    odds: Any, total: Any, scratch: Any, x: Any, means: Any, a: Any, half_precision: Any, offset: Any
) -> None:
    """Write r_k total_k into `odds` (M, LANES) and their sums over k into `total`: the likeliest mode has odds 1."""
    fill_logits(odds, x, means, a, half_precision, offset)
    top = total
    top[:] = -np.inf
    for k in range(means.shape[0]):
        row = odds[k]
        for lane in range(LANES):
            top[lane] = row[lane] if row[lane] > top[lane] else top[lane]
    for k in range(means.shape[0]):
        exp_in_place(odds[k], top, scratch)
    total[:] = 0.0
    for k in range(means.shape[0]):
        row = odds[k]
        for lane in range(LANES):
            total[lane] += row[lane]


@formula
def fill_mean(mean: Any, odds: Any, total: Any, x: Any, means: Any, shrink: Any, pull: Any) -> None:
    """Write the posterior mean sum_k r_k (shrink_k x + pull_k mu_k) into `mean` (n, LANES); `odds` becomes r."""
    n = means.shape[1]
    mean[:] = 0.0
    for k in range(means.shape[0]):
        share = odds[k]
        for lane in range(LANES):
            share[lane] /= total[lane]
        for i in range(n):
            row, coordinate, centre, kept = mean[i], x[i], pull[k] * means[k, i], shrink[k]
            for lane in range(LANES):
                row[lane] += share[lane] * (kept * coordinate[lane] + centre)


@formula
def draw_token(odds: Any, total: Any, lane: Any, u: Any) -> int:
    """Return the mode k that u in [0, 1) draws in one lane: the first whose cumulative odds exceed u total.

    Where u total rounds up to the total itself, it is the likeliest mode, whose odds are 1.
    """
    likeliest, below = 0, 0.0
    for k in range(odds.shape[0]):
        below += odds[k, lane]
        if u * total[lane] < below:
            return k
        if odds[k, lane] == 1:
            likeliest = k
    return likeliest


@formula
def affine_block(x: Any, work: Any, odds: Any, lanes: Any, seed: Any, first: Any, tables: Any) -> None:
    """Take a block from its noise to z-hat: x' = keep x + add m(x) + tau xi, K times; the result is in `x`."""
    means, a, half_precision, offset, shrink, pull, keep, add, tau, start = tables
    n, total, scratch = x.shape[0], lanes[0], lanes[1]
    fill_normals(x, seed, first, 0)
    for i in range(n):
        row = x[i]
        for lane in range(LANES):
            row[lane] *= start
    for j in range(keep.size):
        fill_odds(odds, total, scratch, x, means, a[j], half_precision[j], offset[j])
        fill_mean(work, odds, total, x, means, shrink[j], pull[j])
        for i in range(n):
            row, mean = x[i], work[i]
            for lane in range(LANES):
                row[lane] = keep[j] * row[lane] + add[j] * mean[lane]
        if tau[j] > 0:
            fill_normals(work, seed, first, j + 1)
            for i in range(n):
                row, xi = x[i], work[i]
                for lane in range(LANES):
                    row[lane] += tau[j] * xi[lane]


@formula
def commitment_block(x: Any, work: Any, odds: Any, lanes: Any, seed: Any, first: Any, tables: Any) -> None:
    """Take a block from its noise to its last draw: a token, z from its mode, x' = a' z + b' xi, K times.

    `within[j, k]` is the standard deviation of z given x and the token; noise for it is at step K + j.
    """
    means, a, half_precision, offset, shrink, within, noise = tables
    n, steps, total, scratch = x.shape[0], half_precision.shape[0], lanes[0], lanes[1]
    fill_normals(x, seed, first, 0)
    for i in range(n):
        row = x[i]
        for lane in range(LANES):
            row[lane] *= noise[0]
    for j in range(steps):
        fill_odds(odds, total, scratch, x, means, a[j], half_precision[j], offset[j])
        inside = np.max(within[j]) > 0
        if inside:
            fill_normals(work, seed, first, steps + j)
        for lane in range(LANES):
            k = draw_token(odds, total, lane, uniform(seed, CATEGORICAL, first + lane, j, 0))
            for i in range(n):
                x[i, lane] = means[k, i] + shrink[j, k] * (x[i, lane] - a[j] * means[k, i])
                if inside:
                    x[i, lane] += within[j, k] * work[i, lane]
        if j + 1 < steps:
            fill_normals(work, seed, first, j + 1)
            for i in range(n):
                row, xi = x[i], work[i]
                for lane in range(LANES):
                    row[lane] = a[j + 1] * row[lane] + noise[j + 1] * xi[lane]


@formula
def ball_of(x: Any, lane: Any, centres: Any, radius: Any) -> int:
    """Return the closed ball round a centre in which a lane's point lies, or M if it is ambiguous (as NaN would be)."""
    for k in range(centres.shape[0]):
        square = 0.0
        for i in range(centres.shape[1]):
            square += (x[i, lane] - centres[k, i]) ** 2
        if square <= radius * radius:
            return k
    return int(centres.shape[0])


def block_kernels(block: Any) -> tuple[Any, Any]:
    """Return two kernels around one block: one counts landing sets, the other returns the outputs themselves."""

    @kernel
    def counts(first, stop, seed, centres, radius, tables):  # type: ignore[no-untyped-def]
        modes, n = tables[0].shape
        found = np.zeros(centres.shape[0] + 1, np.int64)
        x, work = np.empty((n, LANES)), np.empty((n, LANES))
        odds, lanes = np.empty((modes, LANES)), np.empty((2, LANES))
        for start in range(first, stop, LANES):
            block(x, work, odds, lanes, seed, start, tables)
            for lane in range(min(LANES, stop - start)):
                found[ball_of(x, lane, centres, radius)] += 1
        return found

    @kernel
    def outputs(first, stop, seed, tables):  # type: ignore[no-untyped-def]
        means = tables[0]
        modes, n = means.shape
        out = np.empty((stop - first, n))
        x, work = np.empty((n, LANES)), np.empty((n, LANES))
        odds, lanes = np.empty((modes, LANES)), np.empty((2, LANES))
        for start in range(first, stop, LANES):
            block(x, work, odds, lanes, seed, start, tables)
            for lane in range(min(LANES, stop - start)):
                for i in range(n):
                    out[start - first + lane, i] = x[i, lane]
        return out

    return counts, outputs


affine_counts, affine_outputs = block_kernels(affine_block)
commitment_counts, commitment_outputs = block_kernels(commitment_block)
