"""tokens = sampler(x_0): a tile of B sequences through all K calls of the exact denoiser of a chain, then the readout.

Each kernel takes the number of its first sequence and a tile of fixed size, and returns tokens of shape (S, B). The
schedule is a, b of shape (K + 1,); `variance` and `g`, shape (K,), are a^2 sigma^2 + b^2 and a sigma^2/variance at the
K calls. Noise at step 0 is x_0, at step k + 1 what call k is followed by, at K + 1 + k what spreads a drawn token.
Source: theory/LAWS.md, sections 8 and 10.
"""

import math

import numpy as np

from sim.chain.posterior import (
    add_noise,
    categorical,
    draw_in_order,
    draw_parallel,
    nearest_codewords,
    posterior_means,
)
from sim.compiled import kernel
from sim.noise import DATA, uniform


@kernel
def affine_tile(first, tile, length, seed, tables, a, b, variance, g, keep, add, tau):  # type: ignore[no-untyped-def]
    """Run x' = keep x + add m(x) + tau xi, deterministic where tau = 0; the last step's x is read."""
    symbols, n = tables.codebook.shape
    x, mean = np.zeros((length, tile, n)), np.empty((length, tile, n))
    seen, after = np.empty((length, tile, symbols)), np.empty((length, tile, symbols))
    tokens = np.empty((length, tile), np.int64)
    add_noise(x, b[0], seed, first, 0)
    for k in range(keep.size):
        posterior_means(x, a[k], variance[k], g[k], tables, seen, after, mean)
        x = keep[k] * x + add[k] * mean
        if tau[k] > 0:
            add_noise(x, tau[k], seed, first, k + 1)
    nearest_codewords(x, tables, tokens)
    return tokens


@kernel
def committing_tile(first, tile, length, seed, tables, a, b, variance, g, scale, in_order, forgotten):  # type: ignore[no-untyped-def]
    """Commit: tokens from their posterior, z from their clouds, x' = a' z + b' xi; the last tokens are the output.

    `in_order` draws from the joint posterior, else each token from its own. forgotten[k, b], if it has columns,
    becomes the total correlation of call k in nats.
    """
    symbols, n = tables.codebook.shape
    x, z = np.zeros((length, tile, n)), np.empty((length, tile, n))
    seen, after = np.empty((length, tile, symbols)), np.empty((length, tile, symbols))
    tokens = np.empty((length, tile), np.int64)
    steps = variance.size
    add_noise(x, b[0], seed, first, 0)
    for k in range(steps):
        if in_order:
            draw_in_order(x, a[k], variance[k], tables, seen, after, seed, first, k, tokens)
        else:
            draw_parallel(x, a[k], variance[k], tables, seen, after, seed, first, k, tokens, forgotten[k])
        if k + 1 == steps:
            return tokens
        for s in range(length):
            for j in range(tile):
                for i in range(n):
                    code = tables.codebook[tokens[s, j], i]
                    z[s, j, i] = code + g[k] * (x[s, j, i] - a[k] * code)
        if scale > 0:
            add_noise(z, scale * b[k] / math.sqrt(variance[k]), seed, first, steps + 1 + k)
        x = a[k + 1] * z
        add_noise(x, b[k + 1], seed, first, k + 1)
    return tokens


@kernel
def exact_tile(first, tile, length, seed, tables, scale, step):  # type: ignore[no-untyped-def]
    """Draw tokens of the chain itself, and read the tokens of their latents z = c_k + sigma zeta: the floor.

    Returns (tokens, tokens read), each (S, B). `step` is where the noise of the latents has its address.
    """
    z = np.zeros((length, tile, tables.codebook.shape[1]))
    tokens, read = np.empty((length, tile), np.int64), np.empty((length, tile), np.int64)
    for s in range(length):
        for j in range(tile):
            weights = tables.prior if s == 0 else tables.transition[tokens[s - 1, j]]
            tokens[s, j] = categorical(weights, uniform(seed, DATA, first + j, 0, s))
            z[s, j] = tables.codebook[tokens[s, j]]
    if scale > 0:
        add_noise(z, scale, seed, first, step)
    nearest_codewords(z, tables, read)
    return tokens, read
