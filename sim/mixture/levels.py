"""Leaf k is drawn within the subtree that holds it so far: coarse choices are kept, finer ones are drawn again.

At call j a leaf is drawn from its posterior within the committed subtree; the subtree of `group[j]` leaves round it is
kept from then on, and only the leaf's finer branches are forgotten. As z is drawn from that leaf and noised afresh,
the noisy latent has, given the kept branches, the law that it has on the path: marginals are exact at any depth. With
groups of all leaves this is commitment in parallel. Beside leaves, every level's own landing sets are counted.
Source: theory/LAWS.md, sections 7 (`hierarchy`) and 8.
"""

from typing import Any

import numpy as np

from sim.compiled import formula, kernel
from sim.lane_exp import exp_in_place
from sim.lane_noise import fill_uniforms
from sim.mixture.lanes import (
    LANES,
    affine_block,
    ball_of,
    block_kernels,
    fill_logits,
    fill_normals,
    linear_block,
    linear_rows,
    one_row,
)
from sim.noise import CATEGORICAL


@formula
def odds_within(odds: Any, top: Any, scratch: Any, low: Any, group: Any) -> None:
    """Turn logits into odds, of which the likeliest in [low, low + group) of each lane is 1; others mean nothing."""
    top[:] = -np.inf
    for k in range(odds.shape[0]):
        row = odds[k]
        for lane in range(LANES):
            if low[lane] <= k < low[lane] + group and row[lane] > top[lane]:
                top[lane] = row[lane]
    for k in range(odds.shape[0]):
        row = odds[k]
        for lane in range(LANES):
            row[lane] = row[lane] if row[lane] < top[lane] else top[lane]
        exp_in_place(row, top, scratch)


@formula
def draw_within(odds: Any, lane: Any, low: Any, high: Any, u: Any) -> int:
    """Return the leaf of [low, high) that u in [0, 1) draws; where rounding leaves none, the likeliest."""
    total, below, likeliest = 0.0, 0.0, low
    for k in range(low, high):
        total += odds[k, lane]
        if odds[k, lane] > odds[likeliest, lane]:
            likeliest = k
    for k in range(low, high):
        below += odds[k, lane]
        if u * total < below:
            return int(k)
    return int(likeliest)


@formula
def levels_block(x: Any, rows: Any, odds: Any, lanes: Any, seed: Any, first: Any, tables: Any) -> None:
    """Take a block from its noise to its last draw, the subtree round each draw kept as `group` falls to 1."""
    means, a, half_precision, offset, shrink, within, noise, group = tables
    n, steps, top, scratch, work = x.shape[0], half_precision.shape[0], lanes[0], lanes[1], rows[0]
    low, kept, u = np.zeros(LANES, np.int64), means.shape[0], np.empty(LANES)
    fill_normals(x, seed, first, 0)
    for i in range(n):
        row = x[i]
        for lane in range(LANES):
            row[lane] *= noise[0]
    for j in range(steps):
        fill_logits(odds, x, means, a[j], half_precision[j], offset[j])
        odds_within(odds, top, scratch, low, kept)
        inside = np.max(within[j]) > 0
        if inside:
            fill_normals(work, seed, first, steps + j)
        fill_uniforms(u, seed, CATEGORICAL, first, j, 0, scratch)
        for lane in range(LANES):
            k = draw_within(odds, lane, low[lane], low[lane] + kept, u[lane])
            low[lane] = k // group[j] * group[j]
            for i in range(n):
                x[i, lane] = means[k, i] + shrink[j, k] * (x[i, lane] - a[j] * means[k, i])
                if inside:
                    x[i, lane] += within[j, k] * work[i, lane]
        kept = group[j]
        if j + 1 < steps:
            fill_normals(work, seed, first, j + 1)
            for i in range(n):
                row, xi = x[i], work[i]
                for lane in range(LANES):
                    row[lane] = a[j + 1] * row[lane] + noise[j + 1] * xi[lane]


@formula
def branch_of(x: Any, lane: Any, level: Any, size: Any, radius: Any, branching: Any) -> int:
    """Return the branch in whose ball a lane's coordinates of one level lie, or `branching` if they lie in none."""
    for branch in range(branching):
        square = 0.0
        for i in range(branching):
            away = x[level * branching + i, lane] - (size if i == branch else 0.0)
            square += away * away
        if square <= radius * radius:
            return branch
    return int(branching)


def _level_counts(block: Any, rows_of: Any) -> Any:
    """Return a kernel round a block that counts leaves and the rest, then each level's branches and its rest."""

    @kernel
    def counts(first, stop, seed, centres, radius, tables, sizes, radii, branching):  # type: ignore[no-untyped-def]
        modes, n = tables[0].shape
        leaves = centres.shape[0]
        found = np.zeros(leaves + 1 + sizes.size * (branching + 1), np.int64)
        x, rows = np.empty((n, LANES)), np.empty((rows_of(tables), n, LANES))
        odds, lanes = np.empty((modes, LANES)), np.empty((2, LANES))
        for start in range(first, stop, LANES):
            block(x, rows, odds, lanes, seed, start, tables)
            for lane in range(min(LANES, stop - start)):
                found[ball_of(x, lane, centres, radius)] += 1
                for level in range(sizes.size):
                    branch = branch_of(x, lane, level, sizes[level], radii[level], branching)
                    found[leaves + 1 + level * (branching + 1) + branch] += 1
        return found

    return counts


affine_level_counts, linear_level_counts = (
    _level_counts(affine_block, one_row),
    _level_counts(linear_block, linear_rows),
)
levels_level_counts = _level_counts(levels_block, one_row)
levels_counts, levels_outputs = block_kernels(levels_block, one_row)
