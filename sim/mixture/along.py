"""x = a mu_k + sum_i y_i (axis i of mode k): modes with covariances in lanes of particles, as sums over their axes.

As sim.mixture.lanes, with the coordinate y_i along each axis in the place of each coordinate. Diagonal covariances have
no axes, and y is x - a mu_k itself. Source: theory/LAWS.md, sections 7 ("Mixtures") and 8.
"""

from typing import Any

import numpy as np

from sim.compiled import formula
from sim.lane_exp import exp_in_place
from sim.mixture.flow import add_slope, fill_stage, three_rows
from sim.mixture.lanes import (
    LANES,
    add_rows,
    block_kernels,
    draw_token,
    fill_normals,
    fill_seen,
    linear_rows,
)
from sim.noise import CATEGORICAL, DATA, uniform


@formula
def fill_along(out: Any, x: Any, k: Any, i: Any, a: Any, means: Any, axes: Any) -> None:
    """Write the coordinate of x - a mu_k along axis i of mode k into `out` (LANES,)."""
    if axes.shape[1] == 0:
        row, centre = x[i], a * means[k, i]
        for lane in range(LANES):
            out[lane] = row[lane] - centre
        return
    out[:] = 0.0
    for c in range(means.shape[1]):
        row, centre, part = x[c], a * means[k, c], axes[k, i, c]
        for lane in range(LANES):
            out[lane] += part * (row[lane] - centre)


@formula
def add_along(out: Any, y: Any, k: Any, i: Any, axes: Any) -> None:
    """Add y (LANES,) times axis i of mode k to `out` (n, LANES)."""
    if axes.shape[1] == 0:
        row = out[i]
        for lane in range(LANES):
            row[lane] += y[lane]
        return
    for c in range(out.shape[0]):
        row, part = out[c], axes[k, i, c]
        for lane in range(LANES):
            row[lane] += part * y[lane]


@formula
def add_in_lane(out: Any, lane: Any, y: Any, k: Any, i: Any, axes: Any) -> None:
    """Add the number y times axis i of mode k to one lane: where each lane has a mode of its own."""
    if axes.shape[1] == 0:
        out[i, lane] += y
    else:
        for c in range(out.shape[0]):
            out[c, lane] += y * axes[k, i, c]


@formula
def fill_odds_along(
    odds: Any, total: Any, scratch: Any, x: Any, means: Any, axes: Any, a: Any, half_precision: Any, offset: Any
) -> None:
    """Write odds (M, LANES), the likeliest mode's 1, and their sums over modes, for half_precision (M, n)."""
    # The end is that of sim.mixture.lanes.fill_odds, written out: as a function for both it cost a tenth of the time.
    top, y = total, scratch
    top[:] = -np.inf
    for k in range(means.shape[0]):
        row = odds[k]
        row[:] = offset[k]
        for i in range(means.shape[1]):
            fill_along(y, x, k, i, a, means, axes)
            precision = half_precision[k, i]
            for lane in range(LANES):
                row[lane] -= precision * y[lane] * y[lane]
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
def fill_mean_along(
    mean: Any, odds: Any, total: Any, scratch: Any, x: Any, means: Any, axes: Any, a: Any, shrink: Any
) -> None:
    """Write the mean sum_k r_k (mu_k + sum_i shrink_ki y_i axis_ki) into `mean` (n, LANES); `odds` becomes r."""
    mean[:] = 0.0
    for k in range(means.shape[0]):
        share = odds[k]
        for lane in range(LANES):
            share[lane] /= total[lane]
        for i in range(means.shape[1]):
            row, centre = mean[i], means[k, i]
            for lane in range(LANES):
                row[lane] += share[lane] * centre
        for i in range(means.shape[1]):
            if shrink[k, i] > 0:
                fill_along(scratch, x, k, i, a, means, axes)
                for lane in range(LANES):
                    scratch[lane] *= shrink[k, i] * share[lane]
                add_along(mean, scratch, k, i, axes)


@formula
def fill_draws_along(
    out: Any, odds: Any, lanes: Any, x: Any, noise: Any, seed: Any, first: Any, call: Any, at: Any
) -> None:
    """Write z drawn from a drawn mode given x into `out` (n, LANES), `noise` (n, LANES) being normals along its axes.

    `at` is (means, axes, a, shrink, within) of this call; within[k, i] is the standard deviation of z given x and k.
    """
    means, axes, a, shrink, within = at
    n = means.shape[1]
    for lane in range(LANES):
        k = draw_token(odds, lanes[0], lane, uniform(seed, CATEGORICAL, first + lane, call, 0))
        for i in range(n):
            out[i, lane] = means[k, i]
        for i in range(n):
            if axes.shape[1] == 0:
                y = x[i, lane] - a * means[k, i]
            else:
                y = 0.0
                for c in range(n):
                    y += axes[k, i, c] * (x[c, lane] - a * means[k, c])
            add_in_lane(out, lane, shrink[k, i] * y + within[k, i] * noise[i, lane], k, i, axes)


@formula
def affine_along(x: Any, rows: Any, odds: Any, lanes: Any, seed: Any, first: Any, tables: Any) -> None:
    """Take a block from its noise to z-hat: x' = keep x + add y + tau xi, K times; the result is in `x`.

    y is m(x), or z drawn from the posterior at the calls in `drawn`; what spreads it in its mode is at step K + j.
    """
    means, axes, a, half_precision, offset, shrink, within, keep, add, tau, drawn, start = tables
    n, steps, work, noise = x.shape[0], keep.size, rows[0], rows[1]
    fill_normals(x, seed, first, 0)
    for i in range(n):
        row = x[i]
        for lane in range(LANES):
            row[lane] *= start
    for j in range(steps):
        fill_odds_along(odds, lanes[0], lanes[1], x, means, axes, a[j], half_precision[j], offset[j])
        if drawn[j]:
            noise[:] = 0.0
            if np.max(within[j]) > 0:
                fill_normals(noise, seed, first, steps + j)
            fill_draws_along(work, odds, lanes, x, noise, seed, first, j, (means, axes, a[j], shrink[j], within[j]))
        else:
            fill_mean_along(work, odds, lanes[0], lanes[1], x, means, axes, a[j], shrink[j])
        for i in range(n):
            row, mean = x[i], work[i]
            for lane in range(LANES):
                row[lane] = keep[j] * row[lane] + add[j] * mean[lane]
        if tau[j] > 0:
            fill_normals(noise, seed, first, j + 1)
            add_rows(x, tau[j], noise)


@formula
def linear_along(x: Any, rows: Any, odds: Any, lanes: Any, seed: Any, first: Any, tables: Any) -> None:
    """Take a block from its inputs to the last row of a linear method, as sim.mixture.lanes.linear_block does."""
    means, axes, a, half_precision, offset, shrink, noise, mix = tables
    calls, inputs = mix.shape[1], noise.shape[1]
    for i in range(inputs):
        fill_normals(rows[i], seed, first, i)
    for j in range(calls + 1):
        fill_seen(x, rows, noise, mix, j)
        if j < calls:
            fill_odds_along(odds, lanes[0], lanes[1], x, means, axes, a[j], half_precision[j], offset[j])
            fill_mean_along(rows[inputs + j], odds, lanes[0], lanes[1], x, means, axes, a[j], shrink[j])


@formula
def flow_along(q: Any, rows: Any, odds: Any, lanes: Any, seed: Any, first: Any, tables: Any) -> None:
    """Take a block from its noise to its clean latents, in `q`, as sim.mixture.flow.flow_block does."""
    means, axes, a, half_precision, offset, shrink, noise, rates, keep = tables
    stage, slopes, work = rows[0], rows[1], rows[2]
    fill_normals(q, seed, first, 0)
    for j in range(0, rates.size - 1, 2):
        slopes[:] = 0.0
        work[:] = 0.0
        for part in range(4):
            at = j + (part + 1) // 2
            share = 0.0 if part == 0 else (1.0 if part == 3 else 0.5)
            fill_stage(stage, noise[at], q, share, work)
            fill_odds_along(odds, lanes[0], lanes[1], stage, means, axes, a[at], half_precision[at], offset[at])
            fill_mean_along(work, odds, lanes[0], lanes[1], stage, means, axes, a[at], shrink[at])
            add_slope(slopes, 1.0 if part == 0 or part == 3 else 2.0, work, rates[at])
        add_rows(q, 1 / 6, slopes)
    last = rates.size - 1
    for i in range(q.shape[0]):
        row, centre = stage[i], q[i]
        for lane in range(LANES):
            row[lane] = noise[last] * centre[lane]
    fill_odds_along(odds, lanes[0], lanes[1], stage, means, axes, a[last], half_precision[last], offset[last])
    fill_mean_along(q, odds, lanes[0], lanes[1], stage, means, axes, a[last], keep)


@formula
def clean_block(
    x: Any, rows: Any, odds: Any, lanes: Any, seed: Any, first: Any, tables: Any  # noqa: ARG001  one form of blocks
) -> None:  # fmt: skip
    """Draw a block from the target itself: a mode by its weight, then a point of it."""
    means, axes, deviations, weights, step = tables
    work = rows[0]
    fill_normals(work, seed, first, step)
    for lane in range(LANES):
        u, k, below = uniform(seed, DATA, first + lane, step, 0), 0, weights[0]
        while k + 1 < weights.size and u >= below:
            k += 1
            below += weights[k]
        for i in range(means.shape[1]):
            x[i, lane] = means[k, i]
        for i in range(means.shape[1]):
            add_in_lane(x, lane, deviations[k, i] * work[i, lane], k, i, axes)


affine_counts, affine_outputs = block_kernels(affine_along, three_rows)
linear_counts, linear_outputs = block_kernels(linear_along, linear_rows)
flow_counts, flow_outputs = block_kernels(flow_along, three_rows)
clean_counts, clean_outputs = block_kernels(clean_block, three_rows)
