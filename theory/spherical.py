"""A_i = {x : <u_i - u_j, x> >= r |u_i - u_j| for all j}: cells of directions, 2r apart, alike if a group turns them.

From A_j to A_i the product with u_i - u_j rises by 2r |u_i - u_j|, so the cells are 2r apart, whatever the
directions. Here they are the orbit of one point under a rotation R of order M in n coordinates (a cyclic group code,
Slepian 1968): R maps the cells onto each other, so their Gaussian masses are equal and no offset is needed to balance
them. For targets pairwise Delta apart the map between them extends (Kirszbraun 1934), and L = Delta/(2r) is enough. All
inner products of a point with the M words are one Fourier transform. What is simulated is one number, the distribution
of a point's half gap: sim.spherical. Source: theory/LAWS.md, section 6, `spherical`.
"""

from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
from scipy import fft

from theory.errors import Array, UsageError, whole

MOST_WORDS: Final = 1 << 20
"""A row of this many words is 8 MiB, of which a transform holds a few."""

_TRIALS: Final = 32
"""Codes that are compared by their least distance; in n > 2 log2 M coordinates all are much alike."""

_BLOCK: Final = 1 << 21
"""Doubles in a block of rows: the transforms of one block fit the processor's cache or nearly so."""


@final
@dataclass(frozen=True)
class CyclicCode:
    """M words, word i being x_0 turned i times by 2 pi f/M in the plane of each frequency f.

    `frequencies` has shape (m,); `alternating` says that a last coordinate is (-1)^i; `distances`, of shape (M,), holds
    |u_i - u_0| with a 1 in place of the 0 at i = 0. Each plane has squared radius 2, the last coordinate 1.
    """

    modes: int
    frequencies: tuple[int, ...]
    alternating: bool
    distances: Array

    @property
    def dimension(self) -> int:
        """Coordinates that the words use."""
        return 2 * len(self.frequencies) + self.alternating

    def words(self) -> Array:
        """Return the words, shape (M, dimension): cosines, sines, and the alternating sign."""
        angle = 2 * np.pi * (np.outer(np.arange(self.modes), self.frequencies) % self.modes) / self.modes
        parts = [np.sqrt(2) * np.cos(angle), np.sqrt(2) * np.sin(angle)]
        if self.alternating:
            parts.append((-1.0) ** np.arange(self.modes)[:, None])
        return np.concatenate(parts, axis=1)

    def half_gaps(self, points: Array) -> Array:
        """Return the largest r with x in a cell of half gap r, for points of shape (N, dimension); shape (N,).

        That is the least of <u_i - u_j, x>/|u_i - u_j| over j, where u_i is the word nearest to x. A point's value does
        not depend on the points beside it.

        >>> pentagon = cyclic_code(5, 2)
        >>> [round(float(r), 12) for r in pentagon.half_gaps(pentagon.words()[:2] / np.sqrt(2))]  # sin 36 degrees
        [0.587785252292, 0.587785252292]
        """
        m, rows = len(self.frequencies), max(1, _BLOCK // self.modes)
        turned = np.lib.stride_tricks.sliding_window_view(np.tile(self.distances, 2), self.modes)
        found = np.empty(len(points))
        for first in range(0, len(points), rows):
            x = points[first : first + rows]
            spectrum = np.zeros((len(x), self.modes // 2 + 1), complex)
            spectrum[:, self.frequencies] = (x[:, :m] - 1j * x[:, m : 2 * m]) * (self.modes / np.sqrt(2))
            if self.alternating:
                spectrum[:, -1] = self.modes * x[:, -1]
            scores = fft.irfft(spectrum, self.modes, axis=1)
            nearest, each = np.argmax(scores, axis=1), np.arange(len(x))
            lead = scores[each, nearest][:, None] - scores
            lead[each, nearest] = np.inf
            found[first : first + rows] = np.min(lead / turned[self.modes - nearest], axis=1)
        return found


def _shuffled(count: int, trial: int) -> Any:
    """Return 1..count in an order that a fixed mixing of bits gives (splitmix64, Steele et al. 2014)."""
    x = np.arange(1, count + 1, dtype=np.uint64) + np.uint64(trial << 32)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB), (31, 1)):
        x = (x ^ (x >> np.uint64(shift))) * np.uint64(factor)
    return np.asarray(np.argsort(x, kind="stable") + 1)


def _distances(modes: int, frequencies: Array, alternating: bool) -> Array:
    """Return |u_i - u_0|, shape (M,), from |u|^2 - <u_i, u_0> as one transform, with 1 at i = 0."""
    spectrum = np.zeros(modes // 2 + 1)
    spectrum[frequencies] = modes
    if alternating:
        spectrum[-1] = modes
    inner = fft.irfft(spectrum, modes)
    return np.concatenate([[1.0], np.sqrt(2 * np.maximum(2 * len(frequencies) + alternating - inner[1:], 0))])


def cyclic_code(modes: Any, source_dim: Any) -> CyclicCode:
    """Return a cyclic code of M words in at most n coordinates, of some dozens the one of largest least distance.

    The M words span at most M - 1 coordinates, and then are the corners of a simplex. Odd n is used up if M is even.
    Raises UsageError unless 2 <= M <= 2^20 and n >= 2 (n >= 1 at M = 2).

    >>> cyclic_code(5, 4).dimension, cyclic_code(8, 3).frequencies, cyclic_code(7, 3).dimension
    (4, (1,), 2)
    """
    modes = whole("modes", modes, low=2, high=MOST_WORDS, hint="Is it the number of words, not of bits?")
    axes = whole("source_dim", source_dim, low=1, high=10**9, hint="Is it the number of noise coordinates?")
    planes = min(axes // 2, (modes - 1) // 2)
    alternating = modes % 2 == 0 and axes > 2 * planes
    if not planes and modes > 2:
        raise UsageError(
            "One coordinate has no directions for so many words.",
            expected="source_dim of at least 2, or modes=2",
            received=f"modes={modes}, source_dim={axes}",
            hint="Is this the law `ordinal`, for one coordinate?",
        )
    best: tuple[float, Array, Array] | None = None
    for trial in range(_TRIALS):
        order = _shuffled((modes - 1) // 2, trial)
        if trial == 0:  # with the frequency 1 no two words coincide, whatever the others
            order = np.concatenate([[1], order[order != 1]])
        chosen = np.sort(order[:planes])
        distances = _distances(modes, chosen, alternating)
        least = float(np.min(distances[1:]))
        if best is None or least > best[0]:
            best = (least, chosen, distances)
    assert best is not None
    return CyclicCode(modes, tuple(int(f) for f in best[1]), alternating, best[2])
