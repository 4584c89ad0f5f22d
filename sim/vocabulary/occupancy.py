"""P(D_{m+1} = d) = (d/M) P(D_m = d) + (1 - (d - 1)/M) P(D_m = d - 1): the law of how many tokens m draws show.

The exact law of the number of distinct tokens among draws that are as likely to be one as another (the classical
occupancy law, de Moivre). It tells a sampler that prefers some tokens, which then repeat, where most tokens are never
seen at all: masses of single tokens, and so tv, cannot be counted with fewer particles than tokens.
"""

from dataclasses import dataclass
from typing import Final, final

import numpy as np

from sim.estimate import CONFIDENCE
from theory.errors import Array

_DUST: Final = 1e-30
"""Mass at the ends of the law that is let go at each draw: of 2^32 draws in all less than 1e-20."""


@final
@dataclass(frozen=True)
class Distinct:
    """Distinct tokens among the draws: `found`, and what as many draws of the target would show.

    `expected` is the mean of the latter; it lies from `low` to `high` with probability 0.99 at least.
    """

    found: int
    expected: float
    low: int
    high: int


def occupancy(draws: int, modes: int) -> tuple[int, Array]:
    """Return (d, masses): the law of the number of distinct tokens, d the number to which the first mass belongs.

    >>> first, masses = occupancy(3, 2)  # three coins: alike with probability 1/4
    >>> first, masses.tolist()
    (1, [0.25, 0.75])
    """
    first, masses = 0, np.ones(1)
    for _ in range(draws):
        if first == modes:  # all tokens are seen, and stay so
            break
        seen = np.arange(first, first + len(masses)) / modes
        grown = np.zeros(len(masses) + 1)
        grown[:-1] += masses * seen
        grown[1:] += masses * (1 - seen)
        kept = np.flatnonzero(grown > _DUST)
        first, masses = first + int(kept[0]), grown[kept[0] : kept[-1] + 1]
    return first, masses


def distinct(found: int, draws: int, modes: int, *, confidence: float = CONFIDENCE) -> Distinct:
    """Return `found` beside the law of `draws` of the target, M equally likely tokens.

    >>> distinct(2, 2, 2, confidence=0.4)
    Distinct(found=2, expected=1.5, low=1, high=2)
    """
    first, masses = occupancy(draws, modes)
    below, tail = np.cumsum(masses), (1 - confidence) / 2
    above = np.cumsum(masses[::-1])[::-1]
    return Distinct(
        found,
        float(np.sum(masses * np.arange(first, first + len(masses)))),
        first + int(np.argmax(below > tail)),
        first + len(masses) - 1 - int(np.argmax(above[::-1] > tail)),
    )
