"""x_0 ~ N(0, 1), then K steps, then a cell: LANES particles of two modes go through all of them side by side.

Every sampler of one call a step is x' = keep x + add y + tau xi, where y is the posterior mean m(x) or a draw z from
the posterior: `drawn` says which, call by call. All others are linear methods, two matrices. Posterior means are in
log-odds form, one exponential a call. What a lane computes depends on its own address alone; the plain form of the
same arithmetic is sim.two_modes.reference. Formulas come from theory, noise from its address.

Particles are of the type of their tables, float64 or float32, but for the uniforms of a draw, which are doubles.

Noise: x_0 is at step 0, xi of call j at step j + 1, what spreads a draw inside its mode at step K + j. Input l of a
linear method is at step l.
"""

from typing import Any, Final

import numpy as np

from sim.compiled import formula, kernel
from sim.lane_noise import fill_uniforms
from sim.lanes import bits_of, exp_in_place, fill_normals, tanh_at
from sim.noise import CATEGORICAL, first_normal
from theory.denoiser import half_log_odds, tilted_mean
from theory.depth import ddim_step

for _function in (half_log_odds, tilted_mean, ddim_step):
    formula(_function)

LANES: Final = 256
"""Particles a block: seven rows of doubles are 14 KiB, which stay in the first-level cache."""


@formula
def fill_means(out: Any, x: Any, scratch: Any, g: Any, amplitude: Any, k: Any, h: Any) -> None:
    """Write the posterior means in `x` into `out`."""
    bits = bits_of(scratch)
    for lane in range(LANES):
        tilt = tanh_at(scratch, bits, lane, half_log_odds(x[lane], k, h))
        out[lane] = tilted_mean(x[lane], g, amplitude, tilt)


@formula
def step_by_means(x: Any, scratch: Any, keep: Any, add: Any, g: Any, amplitude: Any, k: Any, h: Any) -> None:
    """Replace x by keep x + add m(x), in one pass: a mean that is stored costs as much as its tanh's last third."""
    bits = bits_of(scratch)
    for lane in range(LANES):
        tilt = tanh_at(scratch, bits, lane, half_log_odds(x[lane], k, h))
        x[lane] = ddim_step(x[lane], tilted_mean(x[lane], g, amplitude, tilt), keep, add)


@kernel
def noise_outputs(first, stop, seed, tables):  # type: ignore[no-untyped-def]  # noqa: ARG001
    """Return the noise x_0 of particles first..stop-1."""
    out = np.empty(stop - first)
    for particle in range(first, stop):
        out[particle - first] = first_normal(seed, particle, 0)
    return out


@kernel
def threshold_counts(first, stop, seed, tables, edge):  # type: ignore[no-untyped-def]  # noqa: ARG001
    """Count the noise up to a threshold, between two, and from the other on: the cells of an increasing map."""
    low, high = tables
    found = np.zeros(3, np.int64)
    for particle in range(first, stop):
        x = first_normal(seed, particle, 0)
        found[0 if x <= low else (2 if x >= high else 1)] += 1
    return found


@formula
def fill_draws(out: Any, x: Any, room: Any, wide: Any, seed: Any, first: Any, call: Any, steps: Any, at: Any) -> None:
    """Write draws from the posterior in `x` into `out`: a mode's sign by its odds, then z from that mode.

    `at` is (a, g, k, h, within, mu) of this call; `within` is the standard deviation of z given x and the sign.
    """
    a, g, k, h, within, mu = at
    odds, u = room[0], wide[0]
    fill_uniforms(u, seed, CATEGORICAL, first, call, 0, wide[1])
    for lane in range(LANES):
        y = abs(half_log_odds(x[lane], k, h))
        odds[lane] = -(y + y)
    out[:] = 0.0
    exp_in_place(odds, out, room[1])
    for lane in range(LANES):
        e = np.float64(odds[lane])  # the likelier sign has 1/(1 + e)
        share = 1.0 if half_log_odds(x[lane], k, h) >= 0 else e
        mode = mu if u[lane] * (1 + e) < share else -mu
        out[lane] = mode + g * (x[lane] - a * mode)
    if within > 0:
        fill_normals(odds, room[1], seed, first, steps + call, 0, wide[1])
        for lane in range(LANES):
            out[lane] += within * odds[lane]


@formula
def affine_block(x: Any, rows: Any, wide: Any, seed: Any, first: Any, tables: Any) -> None:
    """Take a block from its noise to z-hat: x' = keep x + add y + tau xi, K times; the result is in `x`."""
    start, keep, add, tau, drawn, a, g, amplitude, k, h, within, mu = tables
    y, room = rows[0], rows[1:]
    fill_normals(x, y, seed, first, 0, 0, wide[1])
    for lane in range(LANES):
        x[lane] *= start
    for j in range(keep.size):
        if drawn[j]:
            fill_draws(y, x, room, wide, seed, first, j, keep.size, (a[j], g[j], k[j], h, within[j], mu))
            kept, added = keep[j], add[j]
            for lane in range(LANES):
                x[lane] = ddim_step(x[lane], y[lane], kept, added)
        else:
            step_by_means(x, y, keep[j], add[j], g[j], amplitude[j], k[j], h)
        if tau[j] > 0:
            spread = tau[j]
            fill_normals(y, room[0], seed, first, j + 1, 0, wide[1])
            for lane in range(LANES):
                x[lane] += spread * y[lane]


@formula
def linear_block(x: Any, rows: Any, wide: Any, seed: Any, first: Any, tables: Any) -> None:
    """Take a block from its inputs to the last row of a linear method: row j of its matrices makes what call j sees.

    The last rows of `rows` hold the inputs and the answers.
    """
    noise, mix, g, amplitude, k, h = tables
    calls, inputs = k.size, noise.shape[1]
    xi, answers = rows[_ROOM : _ROOM + inputs], rows[_ROOM + inputs :]
    for i in range(inputs):
        fill_normals(xi[i], rows[0], seed, first, i, 0, wide[1])
    for j in range(calls + 1):
        x[:] = 0.0
        for i in range(inputs):
            add_row(x, noise[j, i], xi[i])
        for i in range(min(j, calls)):
            add_row(x, mix[j, i], answers[i])
        if j < calls:
            fill_means(answers[j], x, rows[0], g[j], amplitude[j], k[j], h)


@formula
def add_row(x: Any, factor: Any, row: Any) -> None:
    """Add factor * row to `x`."""
    if factor != 0:
        for lane in range(LANES):
            x[lane] += factor * row[lane]


_ROOM: Final = 3


def _kernels(block: Any, rows_of: Any) -> tuple[Any, Any]:
    """Return two kernels around one block: one counts cells, the other returns the outputs themselves."""

    @kernel
    def counts(first, stop, seed, tables, edge):  # type: ignore[no-untyped-def]
        left, right, dtype = 0, 0, tables[1].dtype
        x, rows = np.empty(LANES, dtype), np.empty((_ROOM + rows_of(tables), LANES), dtype)
        wide = np.empty((2, LANES))
        for start in range(first, stop, LANES):
            block(x, rows, wide, seed, start, tables)
            # Sums, as a branch on a cell would be guessed wrong half the time.
            for lane in range(min(LANES, stop - start)):
                left += x[lane] <= -edge
                right += x[lane] >= edge
        return np.array([left, max(stop - first, 0) - left - right, right])

    @kernel
    def outputs(first, stop, seed, tables):  # type: ignore[no-untyped-def]
        dtype = tables[1].dtype
        out = np.empty(stop - first, dtype)
        x, rows = np.empty(LANES, dtype), np.empty((_ROOM + rows_of(tables), LANES), dtype)
        wide = np.empty((2, LANES))
        for start in range(first, stop, LANES):
            block(x, rows, wide, seed, start, tables)
            for lane in range(min(LANES, stop - start)):
                out[start - first + lane] = x[lane]
        return out

    return counts, outputs


@formula
def _no_rows(tables: Any) -> int:  # noqa: ARG001  one signature for both
    return 0


@formula
def _linear_rows(tables: Any) -> int:
    return int(tables[0].shape[1] + tables[1].shape[1])


affine_counts, affine_outputs = _kernels(affine_block, _no_rows)
linear_counts, linear_outputs = _kernels(linear_block, _linear_rows)
