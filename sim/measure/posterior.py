"""CCI(s) = 1 - H(k given x)/H(k), x = z + s xi: how far a noisy latent has committed to its token k.

The posterior is that of the empirical mixture, every latent of the sample a mode of equal weight: exact for that
target, and for no other. Beside it stands the held-out form (P[argmax right] - max w)/(1 - max w), the posterior
formed without the latent that made x: no rule beats the argmax of the true posterior, so in the mean over samples
it does not exceed the population's. Source: theory/LAWS.md, section 9, `cci`; ours.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from sim.measure.changes import gaussians
from theory.errors import Array

ROWS: Final = 256
"""Noisy latents a block; blocks lie at fixed places, so that the decoder's batches cannot move a bit here."""


def label_weights(names: npt.NDArray[np.int64]) -> Array:
    """Return the share of each label among the latents.

    >>> label_weights(np.array([0, 0, 1, 0])).tolist()
    [0.75, 0.25]
    """
    return np.asarray(np.bincount(names) / len(names))


def entropy(weights: Array) -> float:
    """Return -sum w log w in nats; every weight is positive.

    >>> entropy(np.array([0.5, 0.5])) == float(np.log(2))
    True
    """
    return float(-np.sum(weights * np.log(weights)))


def doubt_and_hits(
    rows: Array, names: npt.NDArray[np.int64], anchors: npt.NDArray[np.int64], *, levels: tuple[float, ...], seed: int
) -> tuple[Array, Array]:
    """Return H(k given x_i) in nats and whether the held-out argmax is k_i, both (A, levels), x_i = z_i + s g_i.

    g_i is the latent's first probe. The entropy of the posterior has the mean of -log p(k_i given x_i), and varies
    less. Memory 2 ROWS N doubles.
    """
    doubt, hits = np.zeros((len(anchors), len(levels))), np.zeros((len(anchors), len(levels)))
    centred = rows - np.mean(rows, axis=0)
    square = np.einsum("ij,ij->i", centred, centred)
    order = np.argsort(names, kind="stable")
    starts = np.searchsorted(names[order], np.arange(names.max() + 1))
    for start in range(0, len(anchors), ROWS):
        chosen = anchors[start : start + ROWS]
        g = gaussians(seed, chosen, 0, rows.shape[1])
        own = np.arange(len(chosen))
        for k, s in enumerate(levels):
            x = centred[chosen] + s * g
            # |x|^2 is common to all modes and left out.
            evidence = (x @ centred.T - square / 2) / s**2
            shares = _log_shares(evidence, order, starts)
            doubt[start + own, k] = -np.sum(np.exp(shares) * np.where(np.isinf(shares), 0, shares), axis=1)
            evidence[own, chosen] = -np.inf
            hits[start + own, k] = np.argmax(_log_shares(evidence, order, starts), axis=1) == names[chosen]
    return doubt, hits


def _log_shares(evidence: Array, order: npt.NDArray[np.int64], starts: npt.NDArray[np.int64]) -> Array:
    """Return log p(label given x) for each row, from the log evidence of every latent."""
    peak = np.max(evidence, axis=1, keepdims=True)
    mass = np.add.reduceat(np.exp(evidence - peak)[:, order], starts, axis=1)
    with np.errstate(divide="ignore"):
        shares: Array = np.log(mass) - np.log(np.sum(mass, axis=1, keepdims=True))
    return shares
