"""p(k_1..k_S) = pi(k_1) prod_s P(k_{s-1}, k_s): text as a Markov chain over tokens, each with a codeword.

The transition matrix is counted from a text, and each row mixed with a little of the uniform distribution, so that
every sequence is possible and every posterior defined. The latent of a token k is its codeword c_k plus noise of
standard deviation sigma in each coordinate (the overlap). Source: theory/LAWS.md, section 10.
"""

from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
import numpy.typing as npt

from theory.errors import Array, UsageError, check_distribution, fraction, real
from theory.text import Text

SMOOTHING: Final = 1e-4
"""Share of the uniform distribution in each row of the transition matrix, unless another is asked for."""

LEAST_PROBABILITY: Final = 1e-100
"""A normalised message is at least this, and a product of two messages and a transition, 1e-300, a normal double."""


@final
@dataclass(frozen=True)
class Chain:
    """A Markov chain over V symbols: `prior` (V,), `transition` (V, V) > 0, and `seen` (V, V), pairs that occur."""

    symbols: tuple[str, ...]
    prior: Array
    transition: Array
    seen: npt.NDArray[np.bool_]

    def marginals(self, length: int) -> Array:
        """Return P(k_s = v), shape (length, V)."""
        rows = np.empty((length, len(self.prior)))
        rows[0] = self.prior
        for s in range(1, length):
            rows[s] = rows[s - 1] @ self.transition
        return rows

    def pair_frequencies(self, length: int) -> Array:
        """Return P(k_s = u, k_{s+1} = v) averaged over the length - 1 places of a pair, shape (V, V)."""
        return np.asarray(self.marginals(length - 1).mean(axis=0)[:, None] * self.transition)

    def perplexity(self, length: int) -> float:
        """Return exp(E[-log P(k_s, k_{s+1})]), the perplexity of the next token in the chain's own text.

        >>> coin = given_chain([[0.5, 0.5], [0.5, 0.5]])
        >>> round(coin.perplexity(64), 12)
        2.0
        """
        return float(np.exp(-np.sum(self.pair_frequencies(length) * np.log(self.transition))))


def _checked(symbols: tuple[str, ...], prior: Array, transition: Array, seen: npt.NDArray[np.bool_]) -> Chain:
    least = float(min(transition.min(), prior.min()))
    if least < LEAST_PROBABILITY:
        raise UsageError(
            "Every transition must be possible.",
            expected=f"probabilities of at least {LEAST_PROBABILITY:g}",
            received=repr(least),
            hint="Would a little smoothing do? With forbidden pairs some noisy latents have no posterior.",
        )
    return Chain(symbols, prior, transition, seen)


def given_chain(transition: Any, *, prior: Any = None, symbols: tuple[str, ...] | None = None) -> Chain:
    """Return the chain with this transition matrix, shape (V, V); without a prior it starts in equilibrium.

    Raises UsageError for rows that are no positive probabilities, or shapes that do not fit.

    >>> given_chain([[0.75, 0.25], [0.75, 0.25]]).prior.tolist()
    [0.75, 0.25]
    """
    step = np.asarray(real("transition", transition))
    start = None if prior is None else np.asarray(real("prior", prior))
    count = step.shape[0] if step.ndim == 2 else 0
    if step.shape != (count, count) or count < 2 or (start is not None and start.shape != (count,)):
        raise UsageError(
            "The shapes do not fit.",
            expected="transition (V, V) and prior (V,), V >= 2",
            received=f"{step.shape}" + ("" if start is None else f", {start.shape}"),
            hint="Is an axis missing? A single symbol writes one text, and there is nothing to sample.",
        )
    check_distribution("transition", step)
    if start is None:
        # Equilibrium solves pi (P - 1) = 0 and sum pi = 1; P > 0 makes it unique (Perron).
        system = np.vstack([step.T - np.eye(count), np.ones(count)])
        start = np.clip(np.linalg.lstsq(system, np.eye(count + 1)[-1], rcond=None)[0], 0, None)
        start = start / start.sum()
    check_distribution("prior", start)
    names = symbols or tuple(f"<{i}>" for i in range(count))
    return _checked(names, start, step, step > 0)


def counted_chain(text: Text, *, smoothing: Any = SMOOTHING) -> Chain:
    """Return the chain counted from a text: pair counts over row sums, with the share `smoothing` made uniform.

    The chain starts with the frequencies of the tokens before a pair, smoothed likewise, so that it is all but in
    equilibrium. A symbol that only ends the text is followed by anything. Raises UsageError unless 0 < smoothing < 1.

    >>> from theory.text import tokenised
    >>> counted_chain(tokenised(b"abab"), smoothing=0.5).transition.tolist()
    [[0.25, 0.75], [0.75, 0.25]]
    """
    share = float(fraction("smoothing", smoothing))
    count = len(text.symbols)
    flat = text.tokens[:-1] * count + text.tokens[1:]
    pairs = np.bincount(flat, minlength=count * count).reshape(count, count)
    totals = pairs.sum(axis=1, keepdims=True)
    rows = np.divide(pairs, totals, out=np.full(pairs.shape, 1 / count), where=totals > 0)
    prior = (1 - share) * totals[:, 0] / totals.sum() + share / count
    return _checked(text.symbols, prior, (1 - share) * rows + share / count, pairs > 0)
