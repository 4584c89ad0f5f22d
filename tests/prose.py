"""A short text of this project's own, the same on every Python: what the tests count chains from."""

import numpy as np

from sim.chain.reference import written, written_by_certainty, written_by_matrices
from sim.chain.samplers import CHAIN_SAMPLERS, ChainLinear, ChainSetting
from sim.codebook import sphere
from theory.chain import counted_chain, given_chain
from theory.text import tokenised
from theory.time_grid import time_grid

PROSE = """
A word is a choice, and a choice is a cliff. Walk a little to the left of the edge and the foot stands on one meadow, a
little to the right and it stands on another; between the two there is no half meadow to stand on. A picture is a plain.
Move a little and the grass is a little greener, and nobody minds. A machine that must cross from noise to meaning in
four smooth strides can cross the plain, because near is good enough. It cannot cross the cliff, since a smooth stride
that starts between two meadows ends between them. It may stretch the ground until the middle is thin, and then it
needs long legs; it may toss a coin at the edge and jump; or it may shake the ground at each stride and hope that the
shaking carries it over. The coin is cheap. The shaking works when there are strides enough, and it forgets how wide
the meadows were. The long legs are what the laws of this house are about: how long they must be for a given number of
meadows, how the length can be shared among the strides, and why no clever timing of the strides makes them shorter.
"""


def prose_setting(
    *, steps: int = 4, scale: float = 0.0, length: int = 12, source_dim: int = 8, path: str = "linear"
) -> ChainSetting:
    """Return the setting of this text with a random codebook."""
    chain = counted_chain(tokenised(PROSE.encode()))
    codes = sphere(len(chain.prior), source_dim, 0)
    return ChainSetting(chain, codes, scale, time_grid(steps=steps, path=path), length)


def by_reference(setting: ChainSetting, name: str, *, seed: int, particle: int) -> np.ndarray:
    """Return one sequence by the reference that this sampler has; commit_at draws at the middle call of three."""
    if name == "commit_top":
        return written_by_certainty(setting, np.array([4, 8, 12]), seed=seed, particle=particle)
    if isinstance(CHAIN_SAMPLERS[name], ChainLinear):
        return written_by_matrices(setting, name, seed=seed, particle=particle)
    return written(setting, name, seed=seed, particle=particle, call=1)


def small_setting(seed: int, *, symbols: int = 3, length: int = 4, steps: int = 3, scale: float = 0.0) -> ChainSetting:
    """Return a chain so short that its sequences can be listed."""
    rng = np.random.default_rng([2606, seed])
    rows = rng.dirichlet(np.ones(symbols), size=symbols) * 0.9 + 0.1 / symbols
    chain = given_chain(rows / rows.sum(axis=1, keepdims=True), prior=np.full(symbols, 1 / symbols))
    return ChainSetting(chain, rng.standard_normal((symbols, 2)), scale, time_grid(steps=steps), length)
