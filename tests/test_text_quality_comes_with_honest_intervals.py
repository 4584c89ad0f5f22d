"""Perplexity, tv, support and diversity of text: right on text of known law, with intervals that cover."""

import numpy as np
import pytest
from prose import prose_setting, small_setting
from scipy.stats import binom

from sim.chain.kernels import exact_tile
from sim.chain.measures import GROUPS, Tally, jackknife, quality
from sim.chain.posterior import chain_tables
from theory.chain import Chain

LENGTH = 12


def own_text(chain: Chain, codebook: np.ndarray, sequences: int, seed: int, length: int = LENGTH) -> np.ndarray:
    """Return sequences of the chain itself, shape (length, sequences)."""
    return exact_tile(0, sequences, length, seed, chain_tables(chain, codebook), 0.0, 1)[0]


def tallied(tokens: np.ndarray, symbols: int) -> Tally:
    tally = Tally(symbols)
    tally.add(0, tokens)
    return tally


def test_the_numbers_are_those_of_a_loop_over_pairs() -> None:
    """Assert every measure from a loop over the written pairs themselves."""
    setting = prose_setting(length=LENGTH)
    chain = setting.chain
    tokens = own_text(chain, setting.codebook, 30, 0)
    tokens[3:5, 7] = np.argwhere(~chain.seen)[0]  # a pair that the text never shows
    found = quality(tallied(tokens, len(chain.prior)), chain, LENGTH)
    pairs = [(tokens[s, j], tokens[s + 1, j]) for j in range(30) for s in range(LENGTH - 1)]
    shares = {pair: pairs.count(pair) / len(pairs) for pair in pairs}
    own = chain.pair_frequencies(LENGTH)
    assert found.perplexity.value == pytest.approx(
        np.prod([chain.transition[p] ** (-1 / len(pairs)) for p in pairs]), rel=1e-12
    )
    absent = sum(own[u, v] for u in range(len(own)) for v in range(len(own)) if (u, v) not in shares)
    assert found.tv.value == pytest.approx((absent + sum(abs(f - own[p]) for p, f in shares.items())) / 2, rel=1e-12)
    assert found.unseen.value == pytest.approx(sum(not chain.seen[p] for p in pairs) / len(pairs))
    assert found.unseen.value > 0
    assert found.diversity.value == pytest.approx(np.prod([f**-f for f in shares.values()]), rel=1e-12)
    assert found.distinct == 1.0
    assert found.sequences == 30


def test_a_constant_text_is_told_by_all_but_its_perplexity() -> None:
    """Assert that the easiest sequence, repeated, beats the chain's own perplexity, and that nothing else is fooled."""
    setting = prose_setting(length=LENGTH)
    chain = setting.chain
    easy = np.zeros((LENGTH, 40), np.int64)
    for s in range(1, LENGTH):
        easy[s] = np.argmax(chain.transition[easy[s - 1, 0]])
    collapsed = quality(tallied(easy, len(chain.prior)), chain, LENGTH)
    own = quality(tallied(own_text(chain, setting.codebook, 40, 0), len(chain.prior)), chain, LENGTH)
    assert collapsed.perplexity.value < 0.7 * own.perplexity.value
    assert collapsed.tv.value > 2 * own.tv.value
    assert collapsed.diversity.value < own.diversity.value / 5
    assert collapsed.distinct == 1 / 40


def test_intervals_cover() -> None:
    """Assert the coverage of the perplexity's interval on text of known law, and that one half as wide falls short.

    400 texts of 200 sequences each. At coverage 0.99 more than 14 misses have probability 4e-5; half the width misses
    some 20% of them, and 14 misses or fewer then have probability below 1e-15.
    """
    setting = small_setting(1)
    chain, truth = setting.chain, setting.chain.perplexity(LENGTH)
    missed = narrow = 0
    for seed in range(400):
        found = quality(tallied(own_text(chain, setting.codebook, 200, seed), 3), chain, LENGTH).perplexity
        missed += truth not in found
        narrow += abs(truth - found.value) > (found.high - found.low) / 4
    assert binom.sf(14, 400, 0.01) < 1e-4
    assert missed <= 14 < narrow


def test_the_jackknife_is_exact_for_a_mean() -> None:
    """Assert that for a mean of group means its standard error is the textbook one, by Student's 99% quantile."""
    values = np.random.default_rng(0).normal(size=GROUPS)
    parts = np.stack([values, np.ones(GROUPS)], axis=1)
    found = jackknife(lambda total: float(total[0] / total[1]), parts, low=-9.0, high=9.0)
    reach = 2.860934606 * values.std(ddof=1) / np.sqrt(GROUPS)  # Student's t, 19 degrees of freedom, two-sided 99%
    assert found.value == pytest.approx(values.mean())
    assert (found.low, found.high) == pytest.approx((values.mean() - reach, values.mean() + reach), rel=1e-8)


def test_one_sequence_has_no_interval() -> None:
    """Assert the whole range for a single sequence, and no NaN anywhere."""
    setting = small_setting(0)
    found = quality(tallied(own_text(setting.chain, setting.codebook, 1, 0), 3), setting.chain, LENGTH)
    assert (found.tv.low, found.tv.high) == (0.0, 1.0)
    assert np.isfinite([found.perplexity.low, found.perplexity.high, found.diversity.high, found.distinct]).all()


def test_an_exact_text_has_a_tv_that_falls_like_one_over_root_n() -> None:
    """Assert that tv of the chain's own text is of sampling alone: four times the sequences, half of it, within 10%."""
    setting = prose_setting(length=LENGTH)
    found = [
        np.mean([
            quality(tallied(own_text(setting.chain, setting.codebook, n, seed), len(setting.chain.prior)),
                    setting.chain, LENGTH).tv.value
            for seed in range(8)
        ])
        for n in (400, 1600)
    ]  # fmt: skip
    assert found[0] / found[1] == pytest.approx(2, rel=0.1)
