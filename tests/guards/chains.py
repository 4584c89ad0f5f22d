"""P(w) = p(w_1) prod_i P(w_i, w_{i+1}): what a chain says of words is what a sum over all words says."""

from collections import Counter
from itertools import pairwise

import numpy as np


def chains_hold() -> bool:
    """Return whether marginals, pairs and perplexity are those of an enumeration, and counts those of the text."""
    from theory import chain
    from theory.text import tokenised

    step = np.array([[0.5, 0.3, 0.2], [0.1, 0.6, 0.3], [0.25, 0.25, 0.5]])
    made = chain.given_chain(step, prior=[0.2, 0.5, 0.3])
    words = [(i, j, k) for i in range(3) for j in range(3) for k in range(3)]
    weight = {w: [0.2, 0.5, 0.3][w[0]] * step[w[0], w[1]] * step[w[1], w[2]] for w in words}
    pairs = np.zeros((3, 3))
    for w, p in weight.items():
        pairs[w[0], w[1]] += p / 2
        pairs[w[1], w[2]] += p / 2
    surprise = -sum(pairs[i, j] * np.log(step[i, j]) for i in range(3) for j in range(3))
    still = chain.given_chain(step).prior
    text = tokenised(b"abracadabra")
    counted = chain.counted_chain(text, smoothing=0.2)
    seen, count = Counter(pairwise(text.tokens.tolist())), len(text.symbols)
    starts = Counter(text.tokens.tolist()[:-1])
    rows = [[0.8 * seen[i, j] / starts[i] + 0.2 / count for j in range(count)] for i in range(count)]
    prior = [0.8 * starts[i] / 10 + 0.2 / count for i in range(count)]
    ends = chain.counted_chain(tokenised(b"abac"), smoothing=0.5)
    last = ends.symbols.index("c")
    return bool(
        np.max(np.abs(made.pair_frequencies(3) - pairs)) < 1e-14
        and abs(made.perplexity(3) - np.exp(surprise)) < 1e-13
        and np.max(np.abs(still @ step - still)) < 1e-14 and abs(still.sum() - 1) < 1e-14
        and np.max(np.abs(counted.transition - rows)) < 1e-14 and np.max(np.abs(counted.prior - prior)) < 1e-14
        and np.max(np.abs(ends.transition[last] - 1 / 3)) < 1e-14
        and (chain.SMOOTHING, chain.LEAST_PROBABILITY) == (1e-4, 1e-100)
        and len(chain.given_chain([[0.5, 0.5], [0.25, 0.75]]).prior) == 2
    )  # fmt: skip
