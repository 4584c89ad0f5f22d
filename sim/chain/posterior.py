"""gamma_s(v) = p(k_s = v given x) is proportional to f_s(v) beta_s(v): forward-backward over a tile of noisy sequences.

A tile is B sequences side by side. Messages are rows of (B, V) matrices, one matrix a position, so that a step of the
recursion is one matrix product; the transition matrix is stored in both orders, as a product with a transposed view is
half as fast. Rows are normalised at every position: a chain whose transitions are all positive keeps every message
within their range, so nothing under- or overflows. Baum, Petrie, Soules and Weiss 1970.
Source: theory/LAWS.md, section 10.
"""

import math
from typing import Any, NamedTuple

import numpy as np

from sim.compiled import formula
from sim.lane_exp import exp_in_place
from sim.lane_noise import fill_normals
from sim.noise import CATEGORICAL, uniform
from theory.chain import Chain
from theory.errors import Array


class Tables(NamedTuple):
    """What every call of the denoiser reads: the chain and its codebook, laid out for matrix products.

    `prior` (V,); `transition` and its transpose (V, V); `weighted_logs` (V, V), the transpose of P log P, entry by
    entry; `codebook` (V, n) and its transpose; `half_norms` (V,), |c_v|^2/2.
    """

    prior: Array
    transition: Array
    transition_t: Array
    weighted_logs: Array
    codebook: Array
    codebook_t: Array
    half_norms: Array


def chain_tables(chain: Chain, codebook: Array) -> Tables:
    """Return the tables of a chain whose token v has the codeword `codebook[v]`."""
    step = np.ascontiguousarray(chain.transition)
    return Tables(
        prior=chain.prior,
        transition=step,
        transition_t=np.ascontiguousarray(step.T),
        weighted_logs=np.ascontiguousarray((step * np.log(step)).T),
        codebook=np.ascontiguousarray(codebook),
        codebook_t=np.ascontiguousarray(codebook.T),
        half_norms=np.sum(codebook**2, axis=1) / 2,
    )


@formula
def normalise_rows(rows: Any) -> None:
    """Divide each row by its sum, in place."""
    for b in range(rows.shape[0]):
        total = 0.0
        for v in range(rows.shape[1]):
            total += rows[b, v]
        for v in range(rows.shape[1]):
            rows[b, v] /= total


@formula
def add_noise(out: Any, spread: float, seed: int, first: int, step: int) -> None:
    """Add spread * xi to `out`, shape (S, B, n), at (particle, step); coordinate s n + i of particle first + b."""
    length, tile, n = out.shape
    size, even, odd, scratch = length * n, np.empty(tile), np.empty(tile), np.empty(tile)
    for pair in range((size + 1) // 2):
        fill_normals(even, odd, seed, first, step, pair, scratch)
        s, i = divmod(2 * pair, n)
        for b in range(tile):
            out[s, b, i] += spread * even[b]
        if 2 * pair + 1 < size:
            s, i = divmod(2 * pair + 1, n)
            for b in range(tile):
                out[s, b, i] += spread * odd[b]


@formula
def emissions(x: Any, a: float, variance: float, tables: Any, out: Any) -> None:
    """Set out[s, b, v] = p(x_s given k_s = v) over its largest value, shape (S, B, V), for x of shape (S, B, n).

    log p is (a x.c_v - a^2 |c_v|^2/2)/(a^2 sigma^2 + b^2) up to a constant; `variance` is the denominator.
    """
    if a == 0:
        out[:] = 1.0  # pure noise says nothing
        return
    tile, symbols = out.shape[1], out.shape[2]
    level, scratch = np.empty(tile * symbols), np.empty(tile * symbols)
    factor = a / variance
    for s in range(x.shape[0]):
        np.dot(x[s], tables.codebook_t, out[s])
        for b in range(tile):
            row, top = out[s, b], -math.inf
            for v in range(symbols):
                row[v] = factor * (row[v] - a * tables.half_norms[v])
                top = max(top, row[v])
            level[b * symbols : (b + 1) * symbols] = top
        exp_in_place(out[s].reshape(tile * symbols), level, scratch)


@formula
def backward(a: float, seen: Any, tables: Any, out: Any) -> None:
    """Set out[s, b, u], proportional to p(x_{s+1}..x_S given k_s = u), from emissions `seen`; both (S, B, V)."""
    out[out.shape[0] - 1] = 1.0
    if a == 0:
        out[:] = 1.0
        return
    for s in range(out.shape[0] - 2, -1, -1):
        np.dot(seen[s + 1] * out[s + 1], tables.transition_t, out[s])
        normalise_rows(out[s])


@formula
def posterior_means(x: Any, a: float, variance: float, g: float, tables: Any, seen: Any, after: Any, out: Any) -> None:
    """Set out = E[z given x], shape (S, B, n): g x + (1 - a g) sum_v gamma_s(v) c_v.

    g = a sigma^2/variance is the slope within one codeword's cloud. `seen` and `after` are room for messages.
    """
    emissions(x, a, variance, tables, seen)
    backward(a, seen, tables, after)
    smooth(seen, tables, after)
    means_of(after, x, a, g, tables, out)


@formula
def smooth(seen: Any, tables: Any, after: Any) -> None:
    """Turn the backward messages in `after` into the marginals gamma_s(v), both (S, B, V)."""
    tile, symbols = seen.shape[1], seen.shape[2]
    before, filtered = np.empty((tile, symbols)), np.empty((tile, symbols))
    before[:] = tables.prior
    for s in range(seen.shape[0]):
        if s > 0:
            np.dot(filtered, tables.transition, before)
        for b in range(tile):
            for v in range(symbols):
                filtered[b, v] = before[b, v] * seen[s, b, v]
                after[s, b, v] *= filtered[b, v]
        normalise_rows(filtered)
        normalise_rows(after[s])


@formula
def means_of(marginals: Any, x: Any, a: float, g: float, tables: Any, out: Any) -> None:
    """Set out = g x + (1 - a g) sum_v gamma_s(v) c_v, shape (S, B, n), from marginals of shape (S, B, V)."""
    for s in range(x.shape[0]):
        np.dot(marginals[s], tables.codebook, out[s])
        for b in range(x.shape[1]):
            for i in range(x.shape[2]):
                out[s, b, i] = g * x[s, b, i] + (1 - a * g) * out[s, b, i]


@formula
def marginals_given(x: Any, a: float, variance: float, tables: Any, tokens: Any, seen: Any, after: Any) -> None:
    """Set after[s, b, v] = p(k_s = v given x and the tokens >= 0 in `tokens`, shape (S, B)); `seen` is room.

    A known token leaves x nothing to say of its position.
    """
    emissions(x, a, variance, tables, seen)
    known = False
    for s in range(x.shape[0]):
        for b in range(x.shape[1]):
            if tokens[s, b] >= 0:
                seen[s, b] = 0.0
                seen[s, b, tokens[s, b]] = 1.0
                known = True
    backward(1.0 if known else a, seen, tables, after)
    smooth(seen, tables, after)


@formula
def draw_latents(x: Any, a: float, g: float, tables: Any, tokens: Any, out: Any) -> None:
    """Set out = c_k + g (x - a c_k), shape (S, B, n): the mean of z given x and the token k of each position."""
    for s in range(x.shape[0]):
        for b in range(x.shape[1]):
            for i in range(x.shape[2]):
                code = tables.codebook[tokens[s, b], i]
                out[s, b, i] = code + g * (x[s, b, i] - a * code)


@formula
def categorical(weights: Any, u: float) -> int:
    """Return the least index whose cumulated weight exceeds u times the total, for u in [0, 1)."""
    total = 0.0
    for v in range(weights.size):
        total += weights[v]
    wanted, cumulated = u * total, 0.0
    for v in range(weights.size):
        cumulated += weights[v]
        if cumulated > wanted:
            return int(v)
    return int(weights.size) - 1  # rounding: u total can reach the total


@formula
def draw_parallel(
    x: Any, a: float, variance: float, tables: Any, seen: Any, after: Any, seed: int, first: int, step: int,
    tokens: Any, forgotten: Any,
) -> None:  # fmt: skip
    """Draw every token from its own posterior: tokens[s, b] ~ gamma_s. Shape (S, B).

    forgotten[b], where it has entries, becomes the draw's total correlation in nats. A link adds the information
    between its tokens, E log [P(u, v)/(before(v) after(u))] + log N, with unnormalised messages of common total N.
    """
    emissions(x, a, variance, tables, seen)
    backward(a, seen, tables, after)
    tile, symbols = seen.shape[1], seen.shape[2]
    before, filtered, later = np.empty((tile, symbols)), np.empty((tile, symbols)), np.empty((tile, symbols))
    onward, logs = np.empty((tile, symbols)), np.empty((tile, symbols))
    measured = forgotten.size > 0
    if measured:
        forgotten[:] = 0.0
    before[:] = tables.prior
    for s in range(x.shape[0]):
        if s > 0:
            np.dot(filtered, tables.transition, before)
        for b in range(tile):
            for v in range(symbols):
                later[b, v] = seen[s, b, v] * after[s, b, v]
        if s > 0 and measured:
            np.dot(later, tables.transition_t, onward)
            np.dot(later, tables.weighted_logs, logs)
            for b in range(tile):
                total, information = 0.0, 0.0
                for v in range(symbols):
                    total += before[b, v] * later[b, v]
                    information += filtered[b, v] * (logs[b, v] - onward[b, v] * math.log(onward[b, v]))
                    information -= before[b, v] * later[b, v] * math.log(before[b, v])
                forgotten[b] += information / total + math.log(total)
        for b in range(tile):
            for v in range(symbols):
                filtered[b, v] = before[b, v] * seen[s, b, v]
                later[b, v] *= before[b, v]
            tokens[s, b] = categorical(later[b], uniform(seed, CATEGORICAL, first + b, step, s))
        normalise_rows(filtered)


@formula
def draw_in_order(
    x: Any, a: float, variance: float, tables: Any, seen: Any, after: Any, seed: int, first: int, step: int, tokens: Any
) -> None:
    """Draw tokens[s, b] from p(k_s given x, k_1..k_{s-1}), s = 1..S: a draw of the joint posterior. Shape (S, B)."""
    emissions(x, a, variance, tables, seen)
    backward(a, seen, tables, after)
    weights = np.empty(seen.shape[2])
    for s in range(x.shape[0]):
        for b in range(x.shape[1]):
            for v in range(weights.size):
                prior = tables.prior[v] if s == 0 else tables.transition[tokens[s - 1, b], v]
                weights[v] = prior * seen[s, b, v] * after[s, b, v]
            tokens[s, b] = categorical(weights, uniform(seed, CATEGORICAL, first + b, step, s))


@formula
def nearest_codewords(z: Any, tables: Any, tokens: Any) -> None:
    """Set tokens[s, b] = argmin_v |z[s, b] - c_v|, the least index in a tie: the categorical readout."""
    scores = np.empty((z.shape[1], tables.half_norms.size))
    for s in range(z.shape[0]):
        np.dot(z[s], tables.codebook_t, scores)
        for b in range(z.shape[1]):
            best = 0
            for v in range(1, tables.half_norms.size):
                if scores[b, v] - tables.half_norms[v] > scores[b, best] - tables.half_norms[best]:
                    best = v
            tokens[s, b] = best
