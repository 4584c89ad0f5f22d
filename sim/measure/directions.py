"""nu(z_i) = (z_j - z_i)/|z_j - z_i|, z_j the nearest latent with another token: the direction to a competitor.

The search is exact: products of blocks give distances with a bound on their rounding, and every pair that the bound
leaves open is measured again from its difference. Blocks have fixed places, so nothing depends on how the decoder
is called. For differentiable outputs there is the gradient instead, which is normal to the boundary itself.
"""

from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
import numpy.typing as npt

from sim.measure.decoder import Decoder
from theory.errors import Array, UsageError

TILE: Final = 1024
"""Rows and columns of a block of distances: 8 MB each."""

Numbers = npt.NDArray[np.int64]


@final
@dataclass(frozen=True)
class Competitors:
    """For each anchor its nearest competitor's number and distance; -1 and infinity where it has none."""

    number: Numbers
    distance: Array

    @property
    def median(self) -> float:
        """The median distance, the unit in which radii and noise levels are stated."""
        return float(np.median(self.distance))


def numbered(tokens: npt.NDArray[np.int64] | None, size: int) -> Numbers:
    """Return one number for each latent, equal where all tokens are; every latent its own without tokens.

    >>> numbered(np.array([[3, 1], [3, 2], [3, 1]]), 3).tolist()
    [0, 1, 0]
    """
    if tokens is None:
        return np.arange(size)
    return np.asarray(np.unique(tokens, axis=0, return_inverse=True)[1], dtype=np.int64).reshape(size)


def nearest_competitors(rows: Array, names: Numbers, anchors: Numbers, *, tile: int = TILE) -> Competitors:
    """Return for each anchor the nearest row at a positive distance whose name differs; the first among equals.

    Shapes (N, n), (N,) and (A,). Exact up to the rounding of a distance, whatever the tile.

    >>> found = nearest_competitors(np.array([[0.0], [1.0], [3.0]]), np.array([0, 0, 1]), np.arange(3))
    >>> found.number.tolist(), found.distance.tolist()
    ([2, 2, 1], [3.0, 2.0, 2.0])
    """
    centred = rows - np.mean(rows, axis=0)
    square = np.einsum("ij,ij->i", centred, centred)
    # |fl(x.y) - x.y| <= n eps |x||y|/(1 - n eps) in any order of summation, and 2|x||y| <= |x|^2 + |y|^2; the squares
    # round likewise, centring and the two sums add a few eps more.
    error = 2 * (rows.shape[1] + 8) * np.finfo(float).eps
    number, distance = np.full(len(anchors), -1), np.full(len(anchors), np.inf)
    for start in range(0, len(anchors), tile):
        part = slice(start, min(start + tile, len(anchors)))
        chosen = anchors[part]
        best, limit = distance[part], np.full(len(chosen), np.inf)
        for left in range(0, len(rows), tile):
            right = min(left + tile, len(rows))
            total = square[chosen, None] + square[None, left:right]
            about = total - 2 * (centred[chosen] @ centred[left:right].T)
            about[names[chosen, None] == names[None, left:right]] = np.inf
            # Nothing that may be at distance 0 may lower the limit: a copy is no competitor.
            sure = np.where(about > error * total, about + error * total, np.inf)
            limit = np.minimum(limit, np.min(sure, axis=1))
            i, j = np.nonzero(np.isfinite(about) & (about - error * total <= limit[:, None]))
            j += left
            exact = np.sqrt(np.sum((rows[chosen[i]] - rows[j]) ** 2, axis=1))
            for k in np.lexsort((j, exact, i)):
                if 0 < exact[k] < best[i[k]]:
                    best[i[k]], number[part][i[k]] = exact[k], j[k]
    return Competitors(number, distance)


def toward(rows: Array, anchors: Numbers, found: Competitors) -> Array:
    """Return the unit vectors from the anchors to their competitors, shape (A, n)."""
    return np.asarray((rows[found.number] - rows[anchors]) / found.distance[:, None])


def given_directions(directions: Any, size: int, dimension: int) -> Array:
    """Return the caller's directions, shape (N, n), each of length 1 to rounding; UsageError otherwise."""
    array = np.asarray(directions, dtype=float)
    array = array.reshape(len(array), -1) if array.ndim > 1 else array
    if array.shape != (size, dimension):
        axis = 0 if array.ndim != 2 or array.shape[0] != size else 1
        raise UsageError(
            f"directions do not match latents along axis {axis}.",
            expected=f"shape ({size}, {dimension}) once flattened, a direction a latent",
            received=f"shape {array.shape}",
            hint="Were directions computed for another selection of latents?",
        )
    length = np.sqrt(np.sum(array * array, axis=1))
    if not np.all(np.abs(length - 1) <= np.sqrt(np.finfo(float).eps)):
        worst = float(length[int(np.argmax(np.where(np.isfinite(length), np.abs(length - 1), np.inf)))])
        raise UsageError("A direction is not of length 1.", expected="unit vectors", received=f"length {worst:g}",
                         hint="Were they divided by their norms along the last axis?")  # fmt: skip
    return array


def margin_gradient(decoder: Decoder, rows: Array) -> Array:
    """Return unit vectors down the margin log(first/second) of the least certain position, by central differences.

    `rows` (m, n); 2n calls of the decoder. The step is eps^(1/3) times the size of a coordinate, where truncation and
    rounding balance. UsageError where the decoder has no such margin or it does not change.
    """
    if decoder.kind not in ("probabilities", "logits"):
        raise UsageError(
            "There is no gradient toward a competitor.",
            expected="probabilities or logits",
            received=f"an output of kind {decoder.kind}",
            hint="Is --directions search meant?",
        )
    scores = _scores(decoder, rows)
    order = np.argsort(scores, axis=-1, kind="stable")
    first, second = (np.take_along_axis(scores, order[..., -k, None], -1)[..., 0] for k in (1, 2))
    place = np.argmin(first - second, axis=1)
    one, two = (order[np.arange(len(rows)), place, -k] for k in (1, 2))

    def margin(at: Array) -> Array:
        found = _scores(decoder, at)[np.arange(len(at)), place]
        return np.asarray(found[np.arange(len(at)), one] - found[np.arange(len(at)), two])

    step = decoder.library.eps ** (1 / 3) * float(np.sqrt(np.mean(rows**2)))
    down = np.empty_like(rows)
    with np.errstate(invalid="ignore"):  # infinite scores leave no margin, which is refused below
        for j in range(rows.shape[1]):
            shift = np.zeros(rows.shape[1])
            shift[j] = step
            down[:, j] = margin(rows - shift) - margin(rows + shift)
    length = np.sqrt(np.sum(down * down, axis=1))
    if not np.all(np.isfinite(length) & (length > 0)):
        raise UsageError(
            "The margin has no gradient.",
            expected="a first and a second candidate whose odds change with the latent",
            received=f"{int(np.sum(~(np.isfinite(length) & (length > 0))))} of {len(rows)} latents where they do not",
            hint="Is the readout saturated there? --directions search needs no gradient.",
        )
    return np.asarray(down / length[:, None])


def _scores(decoder: Decoder, rows: Array) -> Array:
    """Return logits, or the logarithms of probabilities, as (rows, positions, candidates)."""
    raw = decoder.raw(rows).astype(float)
    with np.errstate(divide="ignore"):
        values = np.log(raw) if decoder.kind == "probabilities" else raw
    return np.asarray(values.reshape(len(rows), -1, raw.shape[-1]))
