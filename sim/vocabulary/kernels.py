"""Between two matrix products: logits become odds, odds become draws, in doubles, while the products are single.

A tile of products X V^T is read once and, for a mean, written once: what the second product needs. Rows are particles,
and every sum over tokens runs in the tokens' own order. Exponentials are those of sim.lane_exp.
"""

import math
from typing import Any, Final

import numpy as np

from sim.compiled import formula, kernel
from sim.lane_exp import exp_in_place
from sim.lane_noise import fill_uniforms, radii_in_place, turn_in_place

UNSEEN: Final = 2.0**-100
"""Odds below are 0 in the second product: a million of them would not change it, and singles have no digits there."""


@kernel
def fill_rows(out, seed, purpose, first, step, factor, even, odd, scratch):  # type: ignore[no-untyped-def]
    """Write `factor` times the normals of particles first.. at one address into the rows of `out` (rows, n).

    `even`, `odd` and `scratch` are float64 room of as many rows.
    """
    rows, n = out.shape
    for pair in range((n + 1) // 2):
        fill_uniforms(even, seed, purpose, first, step, 2 * pair, scratch)
        fill_uniforms(odd, seed, purpose, first, step, 2 * pair + 1, scratch)
        radii_in_place(even, scratch)
        turn_in_place(even, odd)
        for row in range(rows):
            out[row, 2 * pair] = factor * even[row]
        if 2 * pair + 1 < n:
            for row in range(rows):
                out[row, 2 * pair + 1] = factor * odd[row]


@formula
def largest(row: Any, spare: Any) -> Any:
    """Return the largest entry of `row` by halves, which a compiler turns into vectors; `spare` is room as long.

    >>> float(largest(np.array([1.0, 5.0, -2.0, 4.0, 3.0]), np.empty(5)))
    5.0
    """
    spare[:] = row
    width = row.size
    while width > 1:
        half = (width + 1) // 2
        low, high = spare[: width - half], spare[half:width]
        for k in range(low.size):
            low[k] = high[k] if high[k] > low[k] else low[k]
        width = half
    return spare[0]


@formula
def total(row: Any) -> Any:
    """Return the sum of `row` by halves, an error of log2 T roundings; the row is overwritten.

    >>> float(total(np.array([1.0, 5.0, -2.0, 4.0, 3.0])))
    11.0
    """
    width = row.size
    while width > 1:
        half = (width + 1) // 2
        low, high = row[: width - half], row[half:width]
        for k in range(low.size):
            low[k] += high[k]
        width = half
    return row[0]


@kernel
def fold_tile(products, half_squares, evidence, square, top, rest, growth, room, level, scratch):  # type: ignore[no-untyped-def]
    """Turn a tile of products (rows, T) into odds relative to the largest logit so far; add them to `rest`.

    The logit of token k is evidence x.v_k - square |v_k|^2/2. `top`, -inf at first, is raised, and what was summed
    before is to shrink by `growth`. `rest` is the sum of odds without the 1 of the largest: all digits of what it
    leaves. `room`, `level` and `scratch` are float64 room of the tile's width.
    """
    rows, width = products.shape
    for row in range(rows):
        line = products[row]
        for k in range(width):
            room[k] = evidence * line[k] - square * half_squares[k]
        highest = largest(room, level)
        raised = highest > top[row]
        highest = highest if raised else top[row]
        growth[row] = math.exp(top[row] - highest)
        top[row] = highest
        level[:] = highest
        exp_in_place(room, level, scratch)
        ones = 0
        for k in range(width):
            ones += 1 if room[k] == 1 else 0
        for k in range(width):
            line[k] = room[k] if room[k] > UNSEEN else 0.0
            room[k] = room[k] if room[k] < 1 else 0.0
        below = total(room)
        # A new leader takes its own 1 out of the ones and leaves the old one's to the rest.
        rest[row] = (rest[row] + 1) * growth[row] + below + (ones - 1) if raised else rest[row] + below + ones


@kernel
def gather(mean, growth, products):  # type: ignore[no-untyped-def]
    """Add the second product of a tile to what earlier tiles left, shrunk to the new top."""
    for row in range(mean.shape[0]):
        factor, line, tile = growth[row], mean[row], products[row]
        for i in range(mean.shape[1]):
            line[i] = line[i] * factor + tile[i]


@kernel
def weigh_tile(products, half_squares, evidence, square, top, odds, room, level, scratch):  # type: ignore[no-untyped-def]
    """Write a tile's own largest logit into `top` (rows,) and the sum of its odds relative to that into `odds`."""
    for row in range(products.shape[0]):
        line = products[row]
        for k in range(line.size):
            room[k] = evidence * line[k] - square * half_squares[k]
        highest = largest(room, level)
        level[:] = highest
        exp_in_place(room, level, scratch)
        top[row], odds[row] = highest, total(room)


@kernel
def draw_in_tile(products, half_squares, evidence, square, top, wanted, asked, first, token, room, level, scratch):  # type: ignore[no-untyped-def]
    """Write first + k into `token` for the rows in `asked`: k is the first whose cumulative odds exceed `wanted`.

    Odds are relative to `top`. Where rounding leaves none, it is the tile's likeliest.
    """
    for row in range(products.shape[0]):
        if asked[row]:
            line, below, likeliest = products[row], 0.0, 0
            for k in range(line.size):
                room[k] = evidence * line[k] - square * half_squares[k]
                if room[k] > room[likeliest]:
                    likeliest = k
            level[:] = top[row]
            exp_in_place(room, level, scratch)
            found = likeliest
            for k in range(line.size):
                below += room[k]
                if wanted[row] < below:
                    found = k
                    break
            token[row] = first + found


@kernel
def lead_tile(products, half_squares, first, best, token):  # type: ignore[no-untyped-def]
    """Raise `best` to the largest x.v_k - |v_k|^2/2 so far, and `token` to its k: the nearest codeword."""
    for row in range(products.shape[0]):
        line, highest, leader = products[row], best[row], token[row]
        for k in range(line.size):
            level = line[k] - half_squares[k]
            if level > highest:
                highest, leader = level, first + k
        best[row], token[row] = highest, leader


@kernel
def tile_extremes(products, left, right, left_squares, right_squares, slack, skip, extremes):  # type: ignore[no-untyped-def]
    """Lower extremes[0] and raise extremes[1]: squared distances between rows of `left` and later rows of `right`.

    The `products` left right^T only screen: a pair that could be an extreme, its square known to `slack`, is computed
    from its differences. With `skip`, right is left itself, and each pair counts once.
    """
    for i in range(products.shape[0]):
        begin = i + 1 if skip else 0
        line, square = products[i], left_squares[i]
        least, most = np.inf, -np.inf
        for j in range(begin, line.size):
            apart = square + right_squares[j] - 2.0 * line[j]
            least = apart if apart < least else least
            most = apart if apart > most else most
        if least - slack < extremes[0] or most + slack > extremes[1]:
            for j in range(begin, line.size):
                apart = square + right_squares[j] - 2.0 * line[j]
                if apart - slack < extremes[0] or apart + slack > extremes[1]:
                    exact = 0.0
                    for c in range(left.shape[1]):
                        away = np.float64(left[i, c]) - np.float64(right[j, c])
                        exact += away * away
                    extremes[0] = exact if exact < extremes[0] else extremes[0]
                    extremes[1] = exact if exact > extremes[1] else extremes[1]


def room_for(width: int) -> tuple[Any, Any, Any]:
    """Return three float64 rows of `width`, as most kernels need them."""
    return np.empty(width), np.empty(width), np.empty(width)
