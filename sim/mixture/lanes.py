"""A block of particles at a time goes through all K steps: x[i, lane], so that every inner loop runs over particles.

One mode after another adds its evidence to all lanes, and what a lane computes depends on its own address alone:
neither neighbours nor the place in a block change a bit of it. The plain form of the same arithmetic is
sim.mixture.reference. Particles are of the type of their tables, float64 or float32; tokens are drawn by doubles, and
landing sets hold doubles. Source: theory/LAWS.md, sections 7 ("Mixtures") and 8.
"""

from typing import Any, Final

import numpy as np

from sim import lane_noise
from sim.compiled import formula, kernel
from sim.lanes import exp_in_place
from sim.lanes import fill_normals as fill_pair
from sim.noise import CATEGORICAL

LANES: Final = 64
"""Particles a block where their number is a constant: their state stays in the first-level cache."""

WIDE: Final = 256
"""Particles a block where arrays say how many: loops over fewer cost as much to start as to run."""

ROOM: Final = 1 << 22
"""Bytes of evidences a block; where 256 particles have more, half as many are taken."""


@formula
def fill_normals(out: Any, seed: Any, first: Any, step: Any) -> None:
    """Write the normals of all coordinates of particles first.. at one step into `out` (n, LANES)."""
    n, width = out.shape
    spare, scratch = np.empty(width, out.dtype), np.empty(width)
    for pair in range((n + 1) // 2):
        odd = out[2 * pair + 1] if 2 * pair + 1 < n else spare
        fill_pair(out[2 * pair], odd, seed, first, step, pair, scratch)


@formula
def fill_logits(logits: Any, x: Any, means: Any, a: Any, half_precision: Any, offset: Any) -> None:
    """Write log r_k into `logits` (M, LANES), up to what is common to all k."""
    # Four coordinates a pass, added in their order: a row is then fetched and stored a quarter as often.
    n, width = x.shape
    fours = n // 4 * 4
    for k in range(means.shape[0]):
        row = logits[k]
        row[:] = 0.0
        for i in range(0, fours, 4):
            x0, x1, x2, x3 = x[i], x[i + 1], x[i + 2], x[i + 3]
            c0, c1, c2, c3 = a * means[k, i], a * means[k, i + 1], a * means[k, i + 2], a * means[k, i + 3]
            for lane in range(width):
                y0, y1, y2, y3 = x0[lane] - c0, x1[lane] - c1, x2[lane] - c2, x3[lane] - c3
                row[lane] = row[lane] + y0 * y0 + y1 * y1 + y2 * y2 + y3 * y3
        for i in range(fours, n):
            coordinate, centre = x[i], a * means[k, i]
            for lane in range(width):
                away = coordinate[lane] - centre
                row[lane] += away * away
        precision, prior = half_precision[k], offset[k]
        for lane in range(width):
            row[lane] = prior - precision * row[lane]


@formula
def fill_odds(
    odds: Any, total: Any, scratch: Any, x: Any, means: Any, a: Any, half_precision: Any, offset: Any
) -> None:
    """Write r_k total_k into `odds` (M, LANES) and their sums over k into `total`: the likeliest mode has odds 1."""
    fill_logits(odds, x, means, a, half_precision, offset)
    top, width = total, total.size
    top[:] = -np.inf
    for k in range(means.shape[0]):
        row = odds[k]
        for lane in range(width):
            top[lane] = row[lane] if row[lane] > top[lane] else top[lane]
    for k in range(means.shape[0]):
        exp_in_place(odds[k], top, scratch)
    total[:] = 0.0
    for k in range(means.shape[0]):
        row = odds[k]
        for lane in range(width):
            total[lane] += row[lane]


@formula
def fill_mean(mean: Any, odds: Any, total: Any, x: Any, means: Any, shrink: Any, pull: Any) -> None:
    """Write the posterior mean sum_k r_k (shrink_k x + pull_k mu_k) into `mean` (n, LANES); `odds` becomes r."""
    # Four modes a pass, added in their order, for the same reason as in `fill_logits`.
    (modes, n), width = means.shape, total.size
    fours = modes // 4 * 4
    mean[:] = 0.0
    for k in range(modes):
        share = odds[k]
        for lane in range(width):
            share[lane] /= total[lane]
    for k in range(0, fours, 4):
        r0, r1, r2, r3 = odds[k], odds[k + 1], odds[k + 2], odds[k + 3]
        g0, g1, g2, g3 = shrink[k], shrink[k + 1], shrink[k + 2], shrink[k + 3]
        for i in range(n):
            row, at = mean[i], x[i]
            c0, c1 = pull[k] * means[k, i], pull[k + 1] * means[k + 1, i]
            c2, c3 = pull[k + 2] * means[k + 2, i], pull[k + 3] * means[k + 3, i]
            for lane in range(width):
                y = at[lane]
                both = row[lane] + r0[lane] * (g0 * y + c0) + r1[lane] * (g1 * y + c1)
                row[lane] = both + r2[lane] * (g2 * y + c2) + r3[lane] * (g3 * y + c3)
    for k in range(fours, modes):
        share = odds[k]
        for i in range(n):
            row, coordinate, centre, kept = mean[i], x[i], pull[k] * means[k, i], shrink[k]
            for lane in range(width):
                row[lane] += share[lane] * (kept * coordinate[lane] + centre)


@formula
def draw_token(odds: Any, total: Any, lane: Any, u: Any) -> int:
    """Return the mode k that u in [0, 1) draws in one lane: the first whose cumulative odds exceed u total.

    Where u total rounds up to the total itself, it is the likeliest mode, whose odds are 1.
    """
    likeliest, below = 0, 0.0
    for k in range(odds.shape[0]):
        below += np.float64(odds[k, lane])
        if u * np.float64(total[lane]) < below:
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
    total, width = lanes[0], x.shape[1]
    u = np.empty(width)
    lane_noise.fill_uniforms(u, seed, CATEGORICAL, first, call, 0, np.empty(width))
    for lane in range(width):
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
    (n, width), steps, total, scratch, work = x.shape, keep.size, lanes[0], lanes[1], rows[0]
    fill_normals(x, seed, first, 0)
    for i in range(n):
        row = x[i]
        for lane in range(width):
            row[lane] *= start
    for j in range(steps):
        fill_odds(odds, total, scratch, x, means, a[j], half_precision[j], offset[j])
        if drawn[j]:
            fill_draws(work, odds, lanes, x, seed, first, j, (means, a[j], shrink[j], within[j]))
        else:
            fill_mean(work, odds, total, x, means, shrink[j], pull[j])
        for i in range(n):
            row, mean = x[i], work[i]
            for lane in range(width):
                row[lane] = keep[j] * row[lane] + add[j] * mean[lane]
        if drawn[j] and np.max(within[j]) > 0:
            fill_normals(work, seed, first, steps + j)
            for i in range(n):
                row, xi = x[i], work[i]
                for lane in range(width):
                    row[lane] += add[j] * total[lane] * xi[lane]
        if tau[j] > 0:
            fill_normals(work, seed, first, j + 1)
            for i in range(n):
                row, xi = x[i], work[i]
                for lane in range(width):
                    row[lane] += tau[j] * xi[lane]


@formula
def fill_seen(x: Any, rows: Any, noise: Any, mix: Any, j: Any) -> None:
    """Write what call j of a linear method sees into `x`, from its inputs and the answers so far, both in `rows`."""
    calls, inputs = mix.shape[1], noise.shape[1]
    x[:] = 0.0
    for i in range(inputs):
        add_rows(x, noise[j, i], rows[i])
    for i in range(min(j, calls)):
        add_rows(x, mix[j, i], rows[inputs + i])


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
        fill_seen(x, rows, noise, mix, j)
        if j < calls:
            fill_odds(odds, lanes[0], lanes[1], x, means, a[j], half_precision[j], offset[j])
            fill_mean(rows[inputs + j], odds, lanes[0], x, means, shrink[j], pull[j])


@formula
def add_rows(x: Any, factor: Any, rows: Any) -> None:
    """Add factor * rows to `x`, both (n, LANES)."""
    if factor != 0:
        for i in range(x.shape[0]):
            to, what, width = x[i], rows[i], x.shape[1]
            for lane in range(width):
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


@formula
def constant_width(means: Any) -> int:  # noqa: ARG001  one signature for both
    """Return LANES, whatever the modes are."""
    return LANES


@formula
def fitting_width(means: Any) -> int:
    """Return the particles a block: WIDE if the odds of M modes then take at most ROOM bytes, else half of it."""
    return WIDE if means.shape[0] * WIDE * means.itemsize <= ROOM else WIDE // 2


def block_kernels(block: Any, rows_of: Any, width_of: Any = constant_width) -> tuple[Any, Any]:
    """Return two kernels round a block of `width_of(means)` particles: one counts landing sets, one returns outputs."""

    @kernel
    def counts(first, stop, seed, centres, radius, tables):  # type: ignore[no-untyped-def]
        (modes, n), dtype, width = tables[0].shape, tables[0].dtype, width_of(tables[0])
        found = np.zeros(centres.shape[0] + 1, np.int64)
        x, rows = np.empty((n, width), dtype), np.empty((rows_of(tables), n, width), dtype)
        odds, lanes = np.empty((modes, width), dtype), np.empty((2, width), dtype)
        for start in range(first, stop, width):
            block(x, rows, odds, lanes, seed, start, tables)
            for lane in range(min(width, stop - start)):
                found[ball_of(x, lane, centres, radius)] += 1
        return found

    @kernel
    def outputs(first, stop, seed, tables):  # type: ignore[no-untyped-def]
        (modes, n), dtype, width = tables[0].shape, tables[0].dtype, width_of(tables[0])
        out = np.empty((stop - first, n), dtype)
        x, rows = np.empty((n, width), dtype), np.empty((rows_of(tables), n, width), dtype)
        odds, lanes = np.empty((modes, width), dtype), np.empty((2, width), dtype)
        for start in range(first, stop, width):
            block(x, rows, odds, lanes, seed, start, tables)
            for lane in range(min(width, stop - start)):
                for i in range(n):
                    out[start - first + lane, i] = x[i, lane]
        return out

    return counts, outputs


affine_counts, affine_outputs = block_kernels(affine_block, one_row, fitting_width)
linear_counts, linear_outputs = block_kernels(linear_block, linear_rows, fitting_width)
