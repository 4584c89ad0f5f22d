"""LANES particles at a time go through all K steps: x[i, lane], so that every inner loop runs over particles.

One mode after another adds its evidence to all lanes, and what a lane computes depends on its own address alone:
neither neighbours nor the place in a block change a bit of it. The plain form of the same arithmetic is
sim.mixture.reference. Source: theory/LAWS.md, sections 7 ("Mixtures") and 8.
"""

from typing import Any, Final

import numpy as np

from sim import lane_noise
from sim.compiled import formula, kernel
from sim.lane_exp import exp_in_place
from sim.noise import CATEGORICAL

LANES: Final = 64
"""Particles a block: their state and evidences stay in the first-level cache while n and M are small."""


@formula
def fill_normals(out: Any, seed: Any, first: Any, step: Any) -> None:
    """Write the normals of all coordinates of particles first.. at one step into `out` (n, LANES)."""
    n, spare, scratch = out.shape[0], np.empty(LANES), np.empty(LANES)
    for pair in range((n + 1) // 2):
        odd = out[2 * pair + 1] if 2 * pair + 1 < n else spare
        lane_noise.fill_normals(out[2 * pair], odd, seed, first, step, pair, scratch)


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
def fill_draws(out: Any, odds: Any, lanes: Any, x: Any, seed: Any, first: Any, call: Any, at: Any) -> None:
    """Write the mean of a drawn mode given x into `out` (n, LANES), and the spread round it into the first of `lanes`.

    `at` is (means, a, shrink, within) of this call; within[k] is the standard deviation of z given x and the mode k.
    """
    means, a, shrink, within = at
    total, u = lanes[0], np.empty(LANES)
    lane_noise.fill_uniforms(u, seed, CATEGORICAL, first, call, 0, np.empty(LANES))
    for lane in range(LANES):
        k = draw_token(odds, total, lane, u[lane])
        for i in range(means.shape[1]):
            out[i, lane] = means[k, i] + shrink[k] * (x[i, lane] - a * means[k, i])
        total[lane] = within[k]


@formula
def affine_block(x: Any, rows: Any, odds: Any, lanes: Any, seed: Any, first: Any, tables: Any) -> None:
    """Take a block from its noise to z-hat: x' = keep x + add y + tau xi, K times; the result is in `x`.

    y is m(x), or z drawn from the posterior at the calls in `drawn`; what spreads it in its mode is at step K + j.
    """
    means, a, half_precision, offset, shrink, pull, within, keep, add, tau, drawn, start = tables
    n, steps, total, scratch, work = x.shape[0], keep.size, lanes[0], lanes[1], rows[0]
    fill_normals(x, seed, first, 0)
    for i in range(n):
        row = x[i]
        for lane in range(LANES):
            row[lane] *= start
    for j in range(steps):
        fill_odds(odds, total, scratch, x, means, a[j], half_precision[j], offset[j])
        if drawn[j]:
            fill_draws(work, odds, lanes, x, seed, first, j, (means, a[j], shrink[j], within[j]))
        else:
            fill_mean(work, odds, total, x, means, shrink[j], pull[j])
        for i in range(n):
            row, mean = x[i], work[i]
            for lane in range(LANES):
                row[lane] = keep[j] * row[lane] + add[j] * mean[lane]
        if drawn[j] and np.max(within[j]) > 0:
            fill_normals(work, seed, first, steps + j)
            for i in range(n):
                row, xi = x[i], work[i]
                for lane in range(LANES):
                    row[lane] += add[j] * total[lane] * xi[lane]
        if tau[j] > 0:
            fill_normals(work, seed, first, j + 1)
            for i in range(n):
                row, xi = x[i], work[i]
                for lane in range(LANES):
                    row[lane] += tau[j] * xi[lane]


@formula
def linear_block(x: Any, rows: Any, odds: Any, lanes: Any, seed: Any, first: Any, tables: Any) -> None:
    """Take a block from its inputs to the last row of a linear method: row j of its matrices makes what call j sees.

    `rows` hold the inputs, then the answers, each (n, LANES); input l is at step l.
    """
    means, a, half_precision, offset, shrink, pull, noise, mix = tables
    calls, inputs = mix.shape[1], noise.shape[1]
    for i in range(inputs):
        fill_normals(rows[i], seed, first, i)
    for j in range(calls + 1):
        x[:] = 0.0
        for i in range(inputs):
            add_rows(x, noise[j, i], rows[i])
        for i in range(min(j, calls)):
            add_rows(x, mix[j, i], rows[inputs + i])
        if j < calls:
            fill_odds(odds, lanes[0], lanes[1], x, means, a[j], half_precision[j], offset[j])
            fill_mean(rows[inputs + j], odds, lanes[0], x, means, shrink[j], pull[j])


@formula
def add_rows(x: Any, factor: Any, rows: Any) -> None:
    """Add factor * rows to `x`, both (n, LANES)."""
    if factor != 0:
        for i in range(x.shape[0]):
            to, what = x[i], rows[i]
            for lane in range(LANES):
                to[lane] += factor * what[lane]


@formula
def one_row(tables: Any) -> int:  # noqa: ARG001  one signature for both
    """Return the rows that a sampler of one call a step works on."""
    return 1


@formula
def linear_rows(tables: Any) -> int:
    """Return the inputs and answers that a linear method holds."""
    return int(tables[6].shape[1] + tables[7].shape[1])


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


def block_kernels(block: Any, rows_of: Any) -> tuple[Any, Any]:
    """Return two kernels around one block: one counts landing sets, the other returns the outputs themselves."""

    @kernel
    def counts(first, stop, seed, centres, radius, tables):  # type: ignore[no-untyped-def]
        modes, n = tables[0].shape
        found = np.zeros(centres.shape[0] + 1, np.int64)
        x, rows = np.empty((n, LANES)), np.empty((rows_of(tables), n, LANES))
        odds, lanes = np.empty((modes, LANES)), np.empty((2, LANES))
        for start in range(first, stop, LANES):
            block(x, rows, odds, lanes, seed, start, tables)
            for lane in range(min(LANES, stop - start)):
                found[ball_of(x, lane, centres, radius)] += 1
        return found

    @kernel
    def outputs(first, stop, seed, tables):  # type: ignore[no-untyped-def]
        means = tables[0]
        modes, n = means.shape
        out = np.empty((stop - first, n))
        x, rows = np.empty((n, LANES)), np.empty((rows_of(tables), n, LANES))
        odds, lanes = np.empty((modes, LANES)), np.empty((2, LANES))
        for start in range(first, stop, LANES):
            block(x, rows, odds, lanes, seed, start, tables)
            for lane in range(min(LANES, stop - start)):
                for i in range(n):
                    out[start - first + lane, i] = x[i, lane]
        return out

    return counts, outputs


affine_counts, affine_outputs = block_kernels(affine_block, one_row)
linear_counts, linear_outputs = block_kernels(linear_block, linear_rows)
