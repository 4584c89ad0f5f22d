"""x_0 ~ N(0, 1), then K steps, then a cell: LANES particles of two modes go through all of them side by side.

Every sampler of one call a step is x' = keep x + add y + tau xi, where y is the posterior mean m(x) or a draw z from
the posterior: `drawn` says which, call by call. All others are linear methods, two matrices. Posterior means are in
log-odds form, one exponential a call. What a lane computes depends on its own address alone; the plain form of the
same arithmetic is sim.two_modes.reference. Formulas come from theory, noise from its address.

Noise: x_0 is at step 0, xi of call j at step j + 1, what spreads a draw inside its mode at step K + j. Input l of a
linear method is at step l.
"""

from typing import Any, Final

import numpy as np

from sim.compiled import formula, kernel
from sim.lane_exp import exp_in_place, tanh_at
from sim.lane_noise import fill_normals, fill_uniforms
from sim.noise import CATEGORICAL
from theory.denoiser import half_log_odds, tilted_mean
from theory.depth import ddim_step

for _function in (half_log_odds, tilted_mean, ddim_step):
    formula(_function)

LANES: Final = 256
"""Particles a block: six rows of doubles are 12 KiB, which stay in the first-level cache."""


@formula
def cell_of(z: float, edge: float) -> int:
    """Return 0 left, 1 ambiguous, 2 right; NaN counts as ambiguous, and is refused by the caller's input checks."""
    return 0 if z <= -edge else (2 if z >= edge else 1)


@formula
def fill_means(out: Any, x: Any, scratch: Any, g: Any, amplitude: Any, k: Any, h: Any) -> None:
    """Write the posterior means in `x` into `out`."""
    bits = scratch.view(np.int64)
    for lane in range(LANES):
        tilt = tanh_at(half_log_odds(x[lane], k, h), scratch, bits, lane)
        out[lane] = tilted_mean(x[lane], g, amplitude, tilt)


@formula
def fill_draws(out: Any, x: Any, room: Any, seed: Any, first: Any, call: Any, steps: Any, at: Any) -> None:
    """Write draws from the posterior in `x` into `out`: a mode's sign by its odds, then z from that mode.

    `at` is (a, g, k, h, within, mu) of this call; `within` is the standard deviation of z given x and the sign.
    """
    a, g, k, h, within, mu = at
    odds, u, scratch = room[0], room[1], room[2]
    fill_uniforms(u, seed, CATEGORICAL, first, call, 0, scratch)
    for lane in range(LANES):
        odds[lane] = -2 * abs(half_log_odds(x[lane], k, h))
    out[:] = 0.0
    exp_in_place(odds, out, scratch)
    for lane in range(LANES):
        e = odds[lane]  # the likelier sign has 1/(1 + e)
        share = 1.0 if half_log_odds(x[lane], k, h) >= 0 else e
        mode = mu if u[lane] * (1 + e) < share else -mu
        out[lane] = mode + g * (x[lane] - a * mode)
    if within > 0:
        fill_normals(u, odds, seed, first, steps + call, 0, scratch)
        for lane in range(LANES):
            out[lane] += within * u[lane]


@formula
def affine_block(x: Any, rows: Any, seed: Any, first: Any, tables: Any) -> None:
    """Take a block from its noise to z-hat: x' = keep x + add y + tau xi, K times; the result is in `x`."""
    start, keep, add, tau, drawn, a, g, amplitude, k, h, within, mu = tables
    y, room = rows[0], rows[1:]
    fill_normals(x, room[0], seed, first, 0, 0, room[1])
    for lane in range(LANES):
        x[lane] *= start
    for j in range(keep.size):
        if drawn[j]:
            fill_draws(y, x, room, seed, first, j, keep.size, (a[j], g[j], k[j], h, within[j], mu))
        else:
            fill_means(y, x, room[0], g[j], amplitude[j], k[j], h)
        kept, added = keep[j], add[j]
        for lane in range(LANES):
            x[lane] = ddim_step(x[lane], y[lane], kept, added)
        if tau[j] > 0:
            spread = tau[j]
            fill_normals(y, room[0], seed, first, j + 1, 0, room[1])
            for lane in range(LANES):
                x[lane] += spread * y[lane]


@formula
def linear_block(x: Any, rows: Any, seed: Any, first: Any, tables: Any) -> None:
    """Take a block from its inputs to the last row of a linear method: row j of its matrices makes what call j sees.

    The last rows of `rows` hold the inputs and the answers.
    """
    noise, mix, g, amplitude, k, h = tables
    calls, inputs = k.size, noise.shape[1]
    xi, answers = rows[_ROOM : _ROOM + inputs], rows[_ROOM + inputs :]
    for i in range(inputs):
        fill_normals(xi[i], rows[0], seed, first, i, 0, rows[1])
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


_ROOM: Final = 4


def _kernels(block: Any, rows_of: Any) -> tuple[Any, Any]:
    """Return two kernels around one block: one counts cells, the other returns the outputs themselves."""

    @kernel
    def counts(first, stop, seed, tables, edge):  # type: ignore[no-untyped-def]
        found = np.zeros(3, np.int64)
        x, rows = np.empty(LANES), np.empty((_ROOM + rows_of(tables), LANES))
        for start in range(first, stop, LANES):
            block(x, rows, seed, start, tables)
            for lane in range(min(LANES, stop - start)):
                found[cell_of(x[lane], edge)] += 1
        return found

    @kernel
    def outputs(first, stop, seed, tables):  # type: ignore[no-untyped-def]
        out = np.empty(stop - first)
        x, rows = np.empty(LANES), np.empty((_ROOM + rows_of(tables), LANES))
        for start in range(first, stop, LANES):
            block(x, rows, seed, start, tables)
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
