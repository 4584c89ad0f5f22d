"""tokens = sampler(x_0): a tile of B sequences through all K calls of the exact denoiser of a chain, then the readout.

Each kernel takes the number of its first sequence and a tile of fixed size, and returns tokens of shape (S, B). Its
calls are at a, with `variance` and `g`, a^2 sigma^2 + b^2 and a sigma^2/variance, each of shape (K,).
Noise at step 0 is x_0, at step k + 1 what call k is followed by, at K + 1 + k what spreads a drawn token.
Source: theory/LAWS.md, sections 8 and 10.
"""

from typing import Any

import numpy as np

from sim.chain.information import chosen_correlation
from sim.chain.posterior import (
    add_noise,
    categorical,
    draw_in_order,
    draw_latents,
    draw_parallel,
    marginals_given,
    means_of,
    nearest_codewords,
    posterior_means,
)
from sim.compiled import formula, kernel
from sim.noise import CATEGORICAL, DATA, uniform


@formula
def affine_end(
    first: int, tile: int, length: int, seed: int, tables: Any, calls: Any, spreads: Any, steps: Any, in_order: Any,
    forgotten: Any,
) -> Any:  # fmt: skip
    """Run x' = keep x + add y + tau xi: y = m(x), or z from the clouds of drawn tokens at the calls in `drawn`.

    `calls` is (a, variance, g), `spreads` the standard deviation of z given x and its token, `steps` (start, keep, add,
    tau, drawn). Tokens are drawn `in_order` from the joint posterior, else each from its own. forgotten[k, b], if it
    has columns, becomes the total correlation in nats of what call k draws. Returns (tokens, x): what the last call
    draws, else the tokens nearest to the last x, shape (S, B); and that x.
    """
    a, variance, g = calls
    start, keep, add, tau, drawn = steps
    symbols, n = tables.codebook.shape
    x, y = np.zeros((length, tile, n)), np.empty((length, tile, n))
    seen, after = np.empty((length, tile, symbols)), np.empty((length, tile, symbols))
    tokens = np.empty((length, tile), np.int64)
    add_noise(x, start, seed, first, 0)
    for k in range(keep.size):
        if drawn[k]:
            if in_order:
                draw_in_order(x, a[k], variance[k], tables, seen, after, seed, first, k, tokens)
            else:
                draw_parallel(x, a[k], variance[k], tables, seen, after, seed, first, k, tokens, forgotten[k])
            if k + 1 == keep.size:
                return tokens, x
            draw_latents(x, a[k], g[k], tables, tokens, y)
            if spreads[k] > 0:
                add_noise(y, spreads[k], seed, first, keep.size + 1 + k)
        else:
            posterior_means(x, a[k], variance[k], g[k], tables, seen, after, y)
        x = keep[k] * x + add[k] * y
        if tau[k] > 0:
            add_noise(x, tau[k], seed, first, k + 1)
    nearest_codewords(x, tables, tokens)
    return tokens, x


@kernel
def affine_tile(first, tile, length, seed, tables, calls, spreads, steps, in_order, forgotten):  # type: ignore[no-untyped-def]
    """Return the tokens of `affine_end`."""
    return affine_end(first, tile, length, seed, tables, calls, spreads, steps, in_order, forgotten)[0]


@kernel
def affine_latents(first, tile, length, seed, tables, calls, spreads, steps, in_order, forgotten):  # type: ignore[no-untyped-def]
    """Return the tokens of `affine_end` and the latents that they were read from."""
    return affine_end(first, tile, length, seed, tables, calls, spreads, steps, in_order, forgotten)


@formula
def linear_end(
    first: int, tile: int, length: int, seed: int, tables: Any, calls: Any, matrices: Any
) -> Any:  # fmt: skip
    """Run a linear method: row j of its matrices (noise, mix) makes what call j sees, and the last row is read.

    Input l has the noise of step l; `calls` is (a, variance, g). Returns (tokens, x): what is read, and the last row.
    """
    a, variance, g = calls
    noise, mix = matrices
    count, inputs = mix.shape[1], noise.shape[1]
    symbols, n = tables.codebook.shape
    rows = np.zeros((inputs + count, length, tile, n))
    x = np.zeros((length, tile, n))
    seen, after = np.empty((length, tile, symbols)), np.empty((length, tile, symbols))
    tokens = np.empty((length, tile), np.int64)
    for i in range(inputs):
        add_noise(rows[i], 1.0, seed, first, i)
    for j in range(count + 1):
        x[:] = 0.0
        for i in range(inputs + min(j, count)):
            factor = noise[j, i] if i < inputs else mix[j, i - inputs]
            if factor != 0:
                x += factor * rows[i]
        if j < count:
            posterior_means(x, a[j], variance[j], g[j], tables, seen, after, rows[inputs + j])
    nearest_codewords(x, tables, tokens)
    return tokens, x


@kernel
def linear_tile(first, tile, length, seed, tables, calls, matrices):  # type: ignore[no-untyped-def]
    """Return the tokens of `linear_end`."""
    return linear_end(first, tile, length, seed, tables, calls, matrices)[0]


@kernel
def linear_latents(first, tile, length, seed, tables, calls, matrices):  # type: ignore[no-untyped-def]
    """Return the tokens of `linear_end` and the latents that they were read from."""
    return linear_end(first, tile, length, seed, tables, calls, matrices)


@kernel
def freezing_tile(first, tile, length, seed, tables, calls, steps, quota, forgotten):  # type: ignore[no-untyped-def]
    """Freeze the most certain tokens, quota[k] of them after call k; the others step as x' = keep x + add m.

    Certain is what has the largest posterior probability of a token, given x and what is frozen; the tokens of a call
    are drawn each from its own posterior. `calls` is (a, variance, g), `steps` (start, keep, add); quota[K - 1] = S.
    forgotten[k, b], as far as it has columns, becomes the total correlation in nats of what call k draws.
    """
    a, variance, g = calls
    start, keep, add = steps
    symbols, n = tables.codebook.shape
    x, mean = np.zeros((length, tile, n)), np.empty((length, tile, n))
    seen, after = np.empty((length, tile, symbols)), np.empty((length, tile, symbols))
    tokens = np.full((length, tile), -1, np.int64)
    certain, chosen = np.empty(length), np.empty(length, np.bool_)
    add_noise(x, start, seed, first, 0)
    for k in range(keep.size):
        marginals_given(x, a[k], variance[k], tables, tokens, seen, after)
        means_of(after, x, a[k], g[k], tables, mean)
        for j in range(tile):
            for s in range(length):
                certain[s] = np.max(after[s, j]) if tokens[s, j] < 0 else -1.0
            chosen[:] = False
            for _ in range(quota[k] - (quota[k - 1] if k > 0 else 0)):
                best = np.argmax(certain)
                u = uniform(seed, CATEGORICAL, first + j, k, best)
                tokens[best, j] = categorical(after[best, j], u)
                certain[best], chosen[best] = -1.0, True
            if j < forgotten.shape[1]:
                forgotten[k, j] = chosen_correlation(seen[:, j], after[:, j], tables, tokens[:, j], chosen)
        x = keep[k] * x + add[k] * mean
    return tokens


@formula
def clean_end(first: int, tile: int, length: int, seed: int, tables: Any, scale: float, step: int) -> Any:
    """Draw tokens of the chain itself and their latents z = c_k + sigma zeta: (tokens, z).

    `step` is where the noise of the latents has its address.
    """
    z = np.zeros((length, tile, tables.codebook.shape[1]))
    tokens = np.empty((length, tile), np.int64)
    for s in range(length):
        for j in range(tile):
            weights = tables.prior if s == 0 else tables.transition[tokens[s - 1, j]]
            tokens[s, j] = categorical(weights, uniform(seed, DATA, first + j, 0, s))
            z[s, j] = tables.codebook[tokens[s, j]]
    if scale > 0:
        add_noise(z, scale, seed, first, step)
    return tokens, z


@kernel
def exact_tile(first, tile, length, seed, tables, scale, step):  # type: ignore[no-untyped-def]
    """Return (tokens, tokens read), each (S, B): the chain's own, and those nearest to their latents, the floor."""
    tokens, z = clean_end(first, tile, length, seed, tables, scale, step)
    read = np.empty((length, tile), np.int64)
    nearest_codewords(z, tables, read)
    return tokens, read


@kernel
def last_call(first, tile, length, seed, tables, scale, step, call):  # type: ignore[no-untyped-def]
    """Return (z, m(a z + b xi)), each (S, B, n): the latents of `exact_tile`, exactly noised, under one call.

    `call` is (a, b, variance, g); xi is at the step after that of the latents' own noise.
    """
    a, b, variance, g = call
    _, z = clean_end(first, tile, length, seed, tables, scale, step)
    x, answer, room = a * z, np.empty(z.shape), np.empty((2, length, tile, tables.prior.size))
    add_noise(x, b, seed, first, step + 1)
    posterior_means(x, a, variance, g, tables, room[0], room[1], answer)
    return z, answer
