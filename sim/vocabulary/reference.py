"""The samplers on a vocabulary as their definitions read, in NumPy's doubles: what single precision is held against.

All logits of all points at once, softmax by the whole row, no block and no tile, so only for small sizes. The codewords
are the rows as they are in single precision; noise comes from the same addresses.
"""

from typing import Any

import numpy as np

from sim.noise import CATEGORICAL, normals, uniform
from sim.vocabulary.sampling import VocabularyRun
from theory.errors import Array
from theory.joint import Steps


def reference(run: VocabularyRun, particles: range, *, seed: int = 0) -> Array:
    """Return z-hat of each particle, lengths in the caller's unit, shape (N, n)."""
    words, scheme, calls, beta = run.vocabulary, run.scheme, run.calls, run.pair.denoiser.beta
    means = words.unit * words.vectors.astype(np.float64)
    n, squares = words.source_dim, 2 * words.unit**2 * words.half_squares

    def posterior(j: int, x: Array) -> Array:
        a, b = calls.a[j], calls.b[j]
        logits = beta[j] / b**2 * (a * (x @ means.T) - a**2 * squares / 2)
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares: Array = odds / odds.sum(axis=1, keepdims=True)
        return shares

    def answer(j: int, x: Any) -> Array:
        return np.asarray(posterior(j, x) @ means)

    def draw(j: int, x: Array) -> Array:
        upto = np.cumsum(posterior(j, x), axis=1)
        u = uniform(seed, CATEGORICAL, np.arange(particles.start, particles.stop), j, 0)
        return np.asarray(means[np.argmax(u[:, None] * upto[:, -1:] < upto, axis=1)])

    if not isinstance(scheme, Steps):
        inputs = np.array([normals(seed, particles, i, n) for i in range(scheme.noise.shape[1])])
        return scheme.outputs(answer, inputs)
    drawn = run.pair.drawn
    x = scheme.start * normals(seed, particles, 0, n)
    for j in range(len(scheme.keep)):
        y = draw(j, x) if drawn[j] else answer(j, x)
        x = scheme.keep[j] * x + scheme.add[j] * y
        if scheme.tau[j] > 0:
            x = x + scheme.tau[j] * normals(seed, particles, j + 1, n)
    return x
