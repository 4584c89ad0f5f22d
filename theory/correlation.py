"""sum_s H(k_s given x) - H(k_1..k_S given x): what one parallel draw of all positions forgets.

Given a noisy x, the tokens of a Markov chain have a posterior that forward-backward recursions give exactly. Drawing
all positions at once from their own marginals loses this many nats against the joint posterior; drawing them in order,
each given the ones before, loses none. Source: theory/LAWS.md, section 8, `total_correlation`.
"""

from typing import Any

import numpy as np

from theory.errors import Array, UsageError, check_distribution, real


def total_correlation(transition: Any, prior: Any, likelihoods: Any) -> float:
    """Return the total correlation of k_1..k_S given x, in nats, exactly.

    `transition[i, j]` = P(next is j given i), shape (V, V); `prior`, shape (V,); `likelihoods[s, k]`, proportional to
    p(x_s given k), shape (S, V), each row with a positive entry. Averaged over x ~ p_t it is an upper bound on the KL
    divergence of a parallel draw. Raises UsageError for wrong shapes, signs or sums.

    >>> round(total_correlation(np.eye(2), [0.5, 0.5], np.ones((3, 2))), 12)  # 2 log 2
    1.38629436112
    """
    step, first, seen = (np.asarray(real(name, value)) for name, value in
                         (("transition", transition), ("prior", prior), ("likelihoods", likelihoods)))  # fmt: skip
    if first.ndim != 1 or step.shape != (len(first),) * 2 or seen.ndim != 2 or seen.shape[1] != len(first):
        raise UsageError(
            "The shapes do not fit.",
            expected="transition (V, V), prior (V,), likelihoods (S, V)",
            received=f"{step.shape}, {first.shape}, {seen.shape}",
            hint="Is an axis missing or transposed?",
        )
    check_distribution("transition", step)
    check_distribution("prior", first)
    if np.any(seen < 0) or np.any(seen.max(axis=1) <= 0):
        raise UsageError(
            "likelihoods must be positive somewhere at each position.",
            expected="numbers >= 0, each row with one > 0",
            received=f"rows with maxima down to {seen.max(axis=1).min()!r}",
            hint="Were logarithms given, or did densities underflow? Scale each row by its maximum.",
        )
    seen = seen / seen.max(axis=1, keepdims=True)
    length = len(seen)
    backward = np.ones_like(seen)
    for s in range(length - 2, -1, -1):
        backward[s] = step @ (seen[s + 1] * backward[s + 1])
        backward[s] /= backward[s].max()
    marginal = _normalised(first * seen[0] * backward[0])
    total = 0.0
    for s in range(1, length):
        # The posterior is itself a chain: its transitions are reweighted by what is seen later.
        onward = step * (seen[s] * backward[s])
        scale = onward.sum(axis=1, keepdims=True)
        onward = np.divide(onward, scale, out=np.zeros_like(onward), where=scale > 0)
        following = marginal @ onward
        # Information between neighbours: total correlation of a chain is the sum of it over its links.
        total += float(np.sum(marginal[:, None] * _divergence_terms(onward, following[None, :])))
        marginal = following
    return total


def _divergence_terms(p: Array, q: Array) -> Array:
    """Return p log(p/q) - p + q >= 0, termwise: it sums to the divergence, and no large terms cancel.

    With d = q/p - 1 a term is p (d - log(1 + d)); below |d| = 1/64 by its series, whose ninth term is d^10/10.
    """
    q = np.broadcast_to(q, p.shape)
    d = np.divide(q, p, out=np.zeros_like(p), where=p > 0) - (p > 0)
    small = np.where(np.abs(d) < 1 / 64, d, 0.0)
    series = sum((-1) ** n * small**n / n for n in range(2, 11))
    with np.errstate(divide="ignore", invalid="ignore"):
        exact = d - np.log1p(d)
    forbidden = (p > 0) & (q == 0)  # such a p carries no mass: the row that it stands in is never reached
    terms = np.where(np.abs(d) < 1 / 64, series, np.where(forbidden, 0.0, exact))
    return np.asarray(np.where(p > 0, p * terms, q))


def _normalised(weights: Array) -> Array:
    total = weights.sum()
    if total <= 0:
        raise UsageError(
            "No sequence of tokens explains the likelihoods.",
            expected="at least one sequence of positive probability",
            received="probability 0",
            hint="Does a zero of the transition matrix forbid what the likelihoods ask for?",
        )
    return np.asarray(weights / total)
