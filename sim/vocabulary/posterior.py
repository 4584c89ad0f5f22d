"""softmax(X V^T) V for a block of points, a tile of tokens at a time: logits are never as many as N M.

The largest logit so far is kept, and what was summed before shrinks when it grows (Milakov and Gimelshein 2018). Blocks
and tiles have one shape each, save the last tile, so that a point's bits do not depend on how many points there are:
a matrix product may round a row by the shape it stands in. Source: theory/LAWS.md, section 7, "Mixtures".
"""

from collections.abc import Iterator
from typing import Any, Final, final

import numpy as np
import numpy.typing as npt

from sim.vocabulary.codewords import Singles, Vocabulary
from sim.vocabulary.kernels import draw_in_tile, fold_tile, gather, lead_tile, room_for, weigh_tile
from theory.errors import Array

POINTS: Final = 256
"""Points a block: each codeword that is read serves so many."""

TILE: Final = 1024
"""Tokens a tile: its logits, 1 MiB, stay in a core's cache between the two products."""

Tokens = npt.NDArray[np.int64]


@final
class Posterior:
    """What a thread needs to ask for posteriors over a vocabulary: the room for a block of points and a tile.

    Points are POINTS rows of doubles, in units of the vocabulary's rows. The logit of token k is
    evidence x.v_k - square |v_k|^2/2.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self._points = np.empty((POINTS, vocabulary.source_dim), np.float32)
        self._second = np.empty_like(self._points)
        self._sums = [np.empty(POINTS) for _ in range(3)]
        widths = {min(TILE, vocabulary.modes), vocabulary.modes % TILE} - {0}
        self._room = {width: (np.empty((POINTS, width), np.float32), room_for(width)) for width in widths}

    def _tiles(self, x: Array) -> Iterator[tuple[int, Singles, Singles, Array, Any]]:
        """Yield (first, codewords, products with x, |v|^2/2, room) of each tile; the products may be overwritten."""
        self._points[:] = x
        for first in range(0, self.vocabulary.modes, TILE):
            rows = self.vocabulary.vectors[first : first + TILE]
            products, room = self._room[len(rows)]
            np.dot(self._points, rows.T, out=products)
            yield first, rows, products, self.vocabulary.half_squares[first : first + TILE], room

    def mean(self, x: Array, evidence: float, square: float) -> tuple[Array, Array]:
        """Return each point's posterior mean (POINTS, n), and what its likeliest token leaves to others, (POINTS,).

        With no evidence they are the mean of all codewords and 1 - 1/M, and no product is needed.
        """
        if evidence == 0 and square == 0:
            return np.broadcast_to(self.vocabulary.centre, x.shape), np.full(POINTS, 1 - 1 / self.vocabulary.modes)
        mean = np.zeros_like(x)
        top, rest, growth = self._sums
        top[:], rest[:] = -np.inf, 0.0
        for _, rows, products, half, room in self._tiles(x):
            fold_tile(products, half, evidence, square, top, rest, growth, *room)
            np.dot(products, rows, out=self._second)
            gather(mean, growth, self._second)
        mean /= (1 + rest)[:, None]
        return mean, rest / (1 + rest)

    def draw(self, x: Array, evidence: float, square: float, uniforms: Array) -> Tokens:
        """Return a token of each point's posterior: the first whose cumulative odds exceed u times their sum.

        The first pass leaves each tile's sum, which names the tile; the second looks into that one only, at the same
        products, bit for bit. Where u times the sum rounds up to the sum itself, it is the likeliest token.
        """
        tiles = -(-self.vocabulary.modes // TILE)
        top, sums = np.empty((tiles, POINTS)), np.empty((tiles, POINTS))
        for i, (_, _, products, half, room) in enumerate(self._tiles(x)):
            weigh_tile(products, half, evidence, square, top[i], sums[i], *room)
        highest = np.max(top, axis=0)
        upto = np.cumsum(sums * np.exp(top - highest), axis=0)
        wanted = uniforms * upto[-1]
        chosen = np.sum(upto <= wanted, axis=0)
        chosen = np.where(chosen < tiles, chosen, np.argmax(top, axis=0))
        before = np.where(chosen > 0, np.take_along_axis(upto, np.maximum(chosen - 1, 0)[None], axis=0)[0], 0.0)
        token = np.zeros(POINTS, np.int64)
        for i, (first, _, products, half, room) in enumerate(self._tiles(x)):
            asked = chosen == i
            draw_in_tile(products, half, evidence, square, highest, wanted - before, asked, first, token, *room)
        return token

    def nearest(self, x: Array) -> tuple[Tokens, Array]:
        """Return the nearest codeword of each point, to rounding in single precision, and its distance in doubles."""
        token, best = np.zeros(POINTS, np.int64), np.full(POINTS, -np.inf)
        for first, _, products, half, _ in self._tiles(x):
            lead_tile(products, half, first, best, token)
        return token, np.sqrt(np.sum((x - self.vocabulary.vectors[token]) ** 2, axis=1))
