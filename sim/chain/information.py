"""sum I(k_d; k_e given x) over neighbours d < e among chosen positions: what drawing just those, each alone, forgets.

Given x and the tokens already known, tokens are a Markov chain, and so is any choice among its positions: their total
correlation is the information between each and the next. A known token between two leaves none. Over positions that
are left open the transitions are multiplied up, a product of V x V matrices for each.
Source: theory/LAWS.md, section 8, `total_correlation`.
"""

import math
from typing import Any

import numpy as np

from sim.compiled import formula
from theory.errors import Array


@formula
def chosen_correlation(seen: Any, marginals: Any, tables: Any, tokens: Any, chosen: Any) -> float:
    """Return the total correlation in nats of the `chosen` positions (S,) of one sequence, given the known ones.

    `seen` (S, V) are likelihoods, 1 and 0 where a token is known, `marginals` (S, V) the posterior's; `tokens` (S,) are
    >= 0 where known, and may be anything at chosen positions.
    """
    length = chosen.size
    filtered = tables.prior * seen[0]
    nats = 0.0
    for s in range(length):
        if s > 0:
            filtered = np.dot(filtered, tables.transition) * seen[s]
        filtered /= np.sum(filtered)
        if not chosen[s]:
            continue
        later = s + 1
        while later < length and not chosen[later] and tokens[later] < 0:
            later += 1
        if later < length and chosen[later]:
            nats += _link(filtered, seen[s + 1 : later], tables.transition, marginals[s], marginals[later])
    return nats


@formula
def _link(filtered: Any, between: Any, transition: Any, first: Any, second: Any) -> float:
    """Return the information between two positions with these marginals; `between` are likelihoods of those inside."""
    symbols = filtered.size
    onward: Array = transition.copy()
    for row in between:
        for u in range(symbols):
            for v in range(symbols):
                onward[u, v] *= row[v]
        onward = np.dot(onward / np.max(onward), transition)  # the scale cancels below
    nats = 0.0
    for v in range(symbols):
        total = 0.0
        for u in range(symbols):
            total += filtered[u] * onward[u, v]
        for u in range(symbols):
            share = filtered[u] * onward[u, v] / total  # p(first token is u given x and that the second is v)
            if share > 0 and first[u] > 0:
                nats += second[v] * share * math.log(share / first[u])
    return nats
