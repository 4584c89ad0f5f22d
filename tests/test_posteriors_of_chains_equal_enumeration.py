"""p(k given x), its mean, its draws and what a parallel draw forgets: by messages, and by listing every sequence."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from prose import small_setting

from sim.chain import posterior as tiles
from sim.chain.information import chosen_correlation
from sim.chain.samplers import ChainSetting
from sim.compiled import kernel
from sim.noise import CATEGORICAL, normals, uniform
from theory.correlation import total_correlation

SEEDS = range(6)
CASES = [(seed, scale, step) for seed in SEEDS for scale in (0.0, 0.7) for step in (0, 1, 2)]
TILE = 5


def listed(setting: ChainSetting, step: int, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return every sequence, shape (V^S, S), and its posterior probability given x, shape (S, n)."""
    chain, a, variance = setting.chain, setting.schedule.a[step], setting.variance[step]
    sequences = np.array(list(product(range(len(chain.prior)), repeat=setting.length)))
    weights = []
    for tokens in sequences:
        weight = chain.prior[tokens[0]]
        for left, right in zip(tokens, tokens[1:], strict=False):
            weight *= chain.transition[left, right]
        gap = x - a * setting.codebook[tokens]
        weights.append(weight * np.exp(-np.sum(gap**2) / (2 * variance)))
    return sequences, np.array(weights) / np.sum(weights)


def listed_marginals(sequences: np.ndarray, posterior: np.ndarray, symbols: int) -> np.ndarray:
    return np.array(
        [[posterior[sequences[:, s] == v].sum() for v in range(symbols)] for s in range(sequences.shape[1])]
    )


def entropy(p: np.ndarray) -> float:
    return float(-np.sum(p[p > 0] * np.log(p[p > 0])))


def noisy(setting: ChainSetting, step: int) -> np.ndarray:
    """Return TILE noisy latents of one random sequence each, shape (S, TILE, n), as x_t is at this call."""
    s, n = setting.schedule, setting.codebook.shape[1]
    shape = (TILE, setting.length, n)
    tokens = np.floor(uniform(7, CATEGORICAL, np.arange(TILE)[:, None], 9, np.arange(setting.length)[None]) * 3)
    z = setting.codebook[tokens.astype(int)] + setting.scale * normals(7, range(TILE), 8, shape[1] * n).reshape(shape)
    x = s.a[step] * z + s.b[step] * normals(7, range(TILE), 9, shape[1] * n).reshape(shape)
    return np.ascontiguousarray(x.transpose(1, 0, 2))


@kernel
def means(x, a, variance, g, tables):  # type: ignore[no-untyped-def]
    """Run the compiled posterior mean."""
    length, tile, _ = x.shape
    room = np.empty((2, length, tile, tables.prior.size))
    out = np.empty(x.shape)
    tiles.posterior_means(x, a, variance, g, tables, room[0], room[1], out)
    return out


@kernel
def draws(x, a, variance, tables, step, in_order):  # type: ignore[no-untyped-def]
    """Run the compiled draws; what a parallel draw forgets beside its tokens."""
    length, tile, _ = x.shape
    room = np.empty((2, length, tile, tables.prior.size))
    tokens, forgotten = np.empty((length, tile), np.int64), np.zeros(tile)
    if in_order:
        tiles.draw_in_order(x, a, variance, tables, room[0], room[1], 5, 0, step, tokens)
    else:
        tiles.draw_parallel(x, a, variance, tables, room[0], room[1], 5, 0, step, tokens, forgotten)
    return tokens, forgotten


def call(setting: ChainSetting, step: int) -> tuple[np.ndarray, float, float, float, tiles.Tables]:
    return (
        noisy(setting, step), float(setting.schedule.a[step]), float(setting.variance[step]),
        float(setting.slope[step]), tiles.chain_tables(setting.chain, setting.codebook),
    )  # fmt: skip


@pytest.mark.parametrize(("seed", "scale", "step"), CASES)
def test_the_posterior_mean_is_the_mean_over_all_sequences(seed: int, scale: float, step: int) -> None:
    """Assert E[z given x] against the list, for clouds of any width and noise from all to little."""
    setting = small_setting(seed, scale=scale)
    x, a, variance, g, tables = call(setting, step)
    found = means(x, a, variance, g, tables)
    backwards = tables._replace(transition=tables.transition_t, transition_t=tables.transition)
    mutant = means(x, a, variance, g, backwards)
    worst = 0.0
    for j in range(TILE):
        sequences, posterior = listed(setting, step, x[:, j])
        codes = setting.codebook[sequences]
        centres = codes + a * scale**2 / (a**2 * scale**2 + setting.schedule.b[step] ** 2) * (x[None, :, j] - a * codes)
        wanted = np.einsum("i,isn->sn", posterior, centres)
        assert found[:, j] == pytest.approx(wanted, rel=1e-12, abs=1e-13)
        worst = max(worst, float(np.max(np.abs(mutant[:, j] - wanted))))
    assert worst > 1e-3  # a chain read backwards is told apart


@pytest.mark.parametrize(("seed", "scale", "step"), CASES)
def test_a_parallel_draw_is_from_the_marginals_and_forgets_their_total_correlation(
    seed: int, scale: float, step: int
) -> None:
    """Assert tokens by inverting the listed marginals, and sum_s H(k_s) - H(k) from the list: three routes to it."""
    setting = small_setting(seed, scale=scale)
    x, a, variance, _, tables = call(setting, step)
    tokens, forgotten = draws(x, a, variance, tables, step, False)
    for j in range(TILE):
        sequences, posterior = listed(setting, step, x[:, j])
        gamma = listed_marginals(sequences, posterior, 3)
        u = [uniform(5, CATEGORICAL, j, step, s) for s in range(setting.length)]
        assert tokens[:, j].tolist() == [int(np.sum(np.cumsum(g) <= v)) for g, v in zip(gamma, u, strict=True)]
        wanted = sum(entropy(g) for g in gamma) - entropy(posterior)
        assert forgotten[j] == pytest.approx(wanted, rel=1e-9, abs=1e-12)
        assert wanted < 1e-9 or forgotten[j] * 1.01 != pytest.approx(wanted, rel=1e-9, abs=1e-12)
        distance = np.sum((x[:, j, None, :] - a * setting.codebook[None]) ** 2, axis=-1)
        likelihoods = np.exp(-(distance - distance.min(axis=1, keepdims=True)) / (2 * variance))
        law = total_correlation(setting.chain.transition, setting.chain.prior, likelihoods)
        assert law == pytest.approx(wanted, rel=1e-9, abs=1e-12)
        last = sum(entropy(g) for g in gamma[:-1]) - entropy(  # one position fewer forgets less
            np.array([posterior[np.all(sequences[:, :-1] == head, axis=1)].sum()
                      for head in product(range(3), repeat=setting.length - 1)])
        )  # fmt: skip
        assert last < wanted + 1e-12


def test_a_draw_in_order_is_from_the_joint_posterior() -> None:
    """Assert each token by inverting p(k_s given x, the tokens before), taken from the list; marginals would differ."""
    assert sum(in_order_differs_from_parallel(*case) for case in CASES) > len(CASES)


def in_order_differs_from_parallel(seed: int, scale: float, step: int) -> int:
    """Assert one case, and return in how many tokens the marginals would have drawn another."""
    setting = small_setting(seed, scale=scale)
    x, a, variance, _, tables = call(setting, step)
    tokens, _ = draws(x, a, variance, tables, step, True)
    differs = 0
    for j in range(TILE):
        sequences, posterior = listed(setting, step, x[:, j])
        kept = np.ones(len(sequences), dtype=bool)
        gamma = listed_marginals(sequences, posterior, 3)
        for s in range(setting.length):
            share = np.array([posterior[kept & (sequences[:, s] == v)].sum() for v in range(3)])
            u = uniform(5, CATEGORICAL, j, step, s)
            assert tokens[s, j] == np.sum(np.cumsum(share / share.sum()) <= u)
            differs += int(tokens[s, j] != np.sum(np.cumsum(gamma[s]) <= u))
            kept &= sequences[:, s] == tokens[s, j]
    return differs


def test_pair_frequencies_and_perplexity_are_means_over_all_sequences() -> None:
    """Assert the chain's own numbers from the list of sequences, weighted by their probabilities."""
    for seed in SEEDS:
        setting = small_setting(seed)
        chain = replace(setting.chain, prior=np.array([0.2, 0.3, 0.5]))
        tokens = np.array(list(product(range(3), repeat=4)))
        links = chain.transition[tokens[:, :-1], tokens[:, 1:]]
        weights = chain.prior[tokens[:, 0]] * links.prod(axis=1)
        assert weights.sum() == pytest.approx(1.0, rel=1e-13)
        pairs = np.zeros((3, 3))
        for place in range(3):
            np.add.at(pairs, (tokens[:, place], tokens[:, place + 1]), weights / 3)
        assert chain.pair_frequencies(4) == pytest.approx(pairs, rel=1e-12)
        assert chain.perplexity(4) == pytest.approx(np.exp(-np.sum(weights * np.log(links).mean(axis=1))), rel=1e-12)


@kernel
def chosen(x, a, variance, tables, tokens, positions):  # type: ignore[no-untyped-def]
    """Run the compiled total correlation of some positions, given the tokens >= 0."""
    length, tile, _ = x.shape
    room = np.empty((2, length, tile, tables.prior.size))
    tiles.marginals_given(x, a, variance, tables, tokens, room[0], room[1])
    found = np.empty(tile)
    for j in range(tile):
        found[j] = chosen_correlation(room[0][:, j], room[1][:, j], tables, tokens[:, j], positions)
    return found


@pytest.mark.parametrize("known", [{}, {2: 1}, {0: 2, 4: 0}])
@pytest.mark.parametrize("positions", [(0, 3), (1, 3, 5), (1, 2, 3, 5), (5,), ()])
def test_a_draw_of_some_positions_forgets_their_total_correlation(
    positions: tuple[int, ...], known: dict[int, int]
) -> None:
    """Assert sum_d H(k_d) - H(k_D) from the list given what is known; gaps closed up forget more or less than that."""
    setting = small_setting(1, length=6, scale=0.4)
    positions = tuple(s for s in positions if s not in known)
    x, a, variance, _, tables = call(setting, 1)
    tokens, mask = np.full((6, TILE), -1), np.zeros(6, np.bool_)
    for s, token in known.items():
        tokens[s] = token
    mask[list(positions)] = True
    found = chosen(x, a, variance, tables, tokens, mask)
    for j in range(TILE):
        sequences, posterior = listed(setting, 1, x[:, j])
        for s, token in known.items():
            posterior = posterior * (sequences[:, s] == token)
        posterior = posterior / posterior.sum()
        words = sequences[:, list(positions)] @ 3 ** np.arange(len(positions))
        joint = np.bincount(words, weights=posterior)
        gamma = listed_marginals(sequences, posterior, 3)
        wanted = sum(entropy(gamma[s]) for s in positions) - entropy(joint)
        assert found[j] == pytest.approx(wanted, rel=1e-9, abs=1e-13)
        if wanted > 1e-9:
            assert found[j] * 1.01 != pytest.approx(wanted, rel=1e-9, abs=1e-13)
    if positions == (0, 3) and not known:
        closed = chosen(x, a, variance, tables, tokens, np.array([True, True, False, False, False, False]))
        assert np.all(closed > 2 * found)
