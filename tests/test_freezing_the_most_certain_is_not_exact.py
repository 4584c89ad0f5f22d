"""commit_top draws the most certain tokens first, and that choice, made by x, biases what flows on, at any depth.

A token of a position fixed in advance, drawn from the exact posterior, leaves the others with the law that the path
gives them, and the flow keeps it. A position chosen by x does not: x is then one at which that position was certain.
"""

import numpy as np
import pytest
from prose import prose_setting, small_setting

from sim.chain.measures import quality
from sim.chain.posterior import chain_tables
from sim.chain.run import run_chain, simulate_chain
from sim.chain.samplers import CHAIN_SAMPLERS, ChainCommitTop, chain_sampler_named
from sim.estimate import clopper_pearson
from theory.chain import given_chain
from theory.errors import UsageError

ROWS = np.array([[0.85, 0.15], [0.2, 0.8]])
PATTERNS = np.array([[c >> s & 1 for s in range(3)] for c in range(8)])
OWN = np.array([0.5 * ROWS[k[0], k[1]] * ROWS[k[1], k[2]] for k in PATTERNS])


def listed(steps: int, particles: int, *, by_certainty: bool, seed: int) -> np.ndarray:
    """Return how often each of the 8 sequences of 3 tokens at -1 and 1 is written, by listing all 8 at every call.

    Equal parts of the positions are frozen, the most certain first or from left to right.
    """
    rng = np.random.default_rng(seed)
    rows = np.arange(particles)
    x = rng.standard_normal((particles, 3))
    tokens = np.full((particles, 3), -1)
    for k in range(steps):
        a, b, later = k / steps, 1 - k / steps, (k + 1) / steps
        code = 2.0 * PATTERNS - 1
        logs = np.log(OWN) + np.sum(a * x[:, None, :] * code / b**2 * (tokens < 0)[:, None, :], axis=-1)
        known = (tokens[:, None, :] < 0) | (tokens[:, None, :] == PATTERNS)
        p = np.exp(logs - logs.max(axis=1, keepdims=True)) * np.all(known, axis=-1)
        p /= p.sum(axis=1, keepdims=True)
        right = p @ PATTERNS
        mean = 2 * right - 1
        for _ in range(-(-3 * (k + 1) // steps) - int(np.sum(tokens[0] >= 0))):
            certain = np.maximum(right, 1 - right) if by_certainty else -np.arange(3.0) * np.ones((particles, 1))
            s = np.argmax(np.where(tokens < 0, certain, -9.0), axis=1)
            tokens[rows, s] = rng.random(particles) < right[rows, s]
        x = later * mean + (1 - later) * (x - a * mean) / b
    return np.bincount(tokens @ [1, 2, 4], minlength=8)


def distance(counts: np.ndarray) -> float:
    return float(np.abs(counts / counts.sum() - OWN).sum() / 2)


def kernel_counts(steps: int, particles: int) -> np.ndarray:
    setting = small_setting(0, symbols=2, length=3, steps=steps)
    chain = given_chain(ROWS, prior=np.array([0.5, 0.5]))
    setting = type(setting)(**{**vars(setting), "chain": chain, "codebook": np.array([[-1.0], [1.0]])})
    run = CHAIN_SAMPLERS["commit_top"].tile(setting, chain_tables(chain, setting.codebook), 3)
    return np.bincount(np.array([1, 2, 4]) @ run(0, particles, np.zeros((steps, 0))), minlength=8)


def test_the_kernel_writes_what_listing_all_sequences_writes() -> None:
    """Assert equal frequencies of all 8 sequences, each within both intervals at 1e-6, and none of another order's."""
    size, steps = 60_000, 12
    found, wanted = kernel_counts(steps, size), listed(steps, size, by_certainty=True, seed=1)
    for one, other in zip(found, wanted, strict=True):
        a, b = (clopper_pearson(int(c), size, alpha=1e-6) for c in (one, other))
        assert max(a.low, b.low) <= min(a.high, b.high)
    fixed = listed(steps, size, by_certainty=False, seed=1)
    assert np.max(np.abs(fixed - wanted)) > 6 * np.sqrt(size * 0.25)


def test_certainty_biases_at_any_depth_and_a_fixed_order_does_not() -> None:
    """Assert tv .03 from the chain's own law at 96 steps, by certainty; in fixed order none beyond the noise of counts.

    The noise of tv over 8 cells at 100,000 sequences is .003 on average; .012 is four times that.
    """
    assert distance(listed(96, 100_000, by_certainty=True, seed=2)) == pytest.approx(0.029, abs=0.006)
    assert distance(listed(96, 100_000, by_certainty=False, seed=2)) < 0.012
    assert distance(kernel_counts(96, 60_000)) == pytest.approx(0.029, abs=0.008)


def test_one_call_is_a_parallel_draw() -> None:
    """Assert that with K = 1, or a share of 1, tokens are those of the first parallel draw."""
    one = prose_setting(steps=1)
    tables = chain_tables(one.chain, one.codebook)
    parallel, top = (
        CHAIN_SAMPLERS[n].tile(one, tables, 5)(0, 64, np.zeros((1, 0))) for n in ("commit_parallel", "commit_top")
    )
    assert parallel.tolist() == top.tolist()
    several = prose_setting(steps=4)
    assert ChainCommitTop(1.0).tile(several, tables, 5)(0, 64, np.zeros((4, 0))).tolist() == top.tolist()
    assert ChainCommitTop(0.0).tile(several, tables, 5)(0, 64, np.zeros((4, 0))).tolist() != top.tolist()


def forgotten(sampler, setting, columns: int = 64) -> np.ndarray:
    nats = np.zeros((setting.schedule.steps, columns))
    sampler.tile(setting, chain_tables(setting.chain, setting.codebook), 5)(0, 64, nats)
    return nats


def test_freezing_all_at_once_forgets_what_a_parallel_draw_does() -> None:
    """Assert equal total correlations of the first call, none later, and less where fewer positions are drawn."""
    setting = prose_setting(steps=4, scale=0.5, path="ve")  # its first call sees data
    parallel = forgotten(CHAIN_SAMPLERS["commit_parallel"], setting)
    top = forgotten(ChainCommitTop(1.0), setting)
    assert top[0] == pytest.approx(parallel[0], rel=1e-9)
    assert np.std(parallel[0]) > 1e-4
    assert np.all(top[1:] == 0)
    some = forgotten(ChainCommitTop(), setting)
    assert np.all(some >= -1e-12)
    assert np.all(some[0] < parallel[0])
    assert np.all(np.sum(some, axis=0) < parallel[0])  # what is frozen tells the rest what it is
    assert forgotten(ChainCommitTop(), setting, 7).tolist() == some[:, :7].tolist()


def test_a_run_measures_what_freezing_forgets() -> None:
    """Assert an estimate a call with an interval, of fewer sequences the more symbols there are."""
    setting = prose_setting(steps=3)
    written = run_chain(setting, CHAIN_SAMPLERS["commit_top"], particles=70, seed=5)
    nats = forgotten(CHAIN_SAMPLERS["commit_top"], setting)
    assert [e.value for e in written.forgotten] == pytest.approx(nats.mean(axis=1).tolist(), rel=1e-12)
    for steps, symbols, measured in ((2, 8, 64), (2, 256, 16), (2, 2048, 8)):
        many = small_setting(0, symbols=symbols, steps=steps)
        assert CHAIN_SAMPLERS["commit_top"].measured(many) == measured
    assert CHAIN_SAMPLERS["commit_in_order"].measured(setting) == CHAIN_SAMPLERS["ddim"].measured(setting) == 0


def test_the_quota_reaches_everyone() -> None:
    """Assert how many positions are frozen after each call: shares round up, and the last call leaves none."""
    setting = prose_setting(steps=3, length=12)
    assert ChainCommitTop().quota(setting).tolist() == [4, 8, 12]
    assert ChainCommitTop(0.25).quota(setting).tolist() == [3, 6, 12]
    assert ChainCommitTop(0.3).quota(setting).tolist() == [4, 8, 12]
    assert ChainCommitTop(0.0).quota(setting).tolist() == [0, 0, 12]
    for steps in range(1, 40):
        quota = ChainCommitTop().quota(prose_setting(steps=steps, length=12))
        assert quota.tolist() == [-(-12 * (k + 1) // steps) for k in range(steps)]


def test_a_draw_on_text_escapes_only_at_the_last_call() -> None:
    """Assert that one draw amid DDIM steps leaves overlapping text as it was, and a last draw reads it far better."""
    setting = prose_setting(steps=4, scale=1.0)

    def perplexity(name: str, **keys: float) -> tuple[float, float]:
        done = run_chain(setting, chain_sampler_named(name, **keys), particles=2000, seed=1)
        found = quality(done.sampled, setting.chain, setting.length).perplexity
        return found.low, found.high

    ddim, middle, last = perplexity("ddim"), perplexity("commit_at"), perplexity("commit_at", commit_time=1.0)
    assert last[1] < 0.75 * min(ddim[0], middle[0])
    assert middle[0] > 0.8 * ddim[0]


def test_keys_of_other_samplers_are_refused() -> None:
    """Assert one message for a share or a time that the sampler does not read, and for a share out of range."""
    for keys, message in (
        ({"sampler": "commit_top", "commit_share": 1.5}, "commit_share is out of range"),
        ({"sampler": "ddim", "commit_share": 0.5}, "Is sampler=commit_top meant"),
        ({"sampler": "commit_top", "commit_time": 0.5}, "Is sampler=commit_at meant"),
    ):
        with pytest.raises(UsageError, match=message):
            simulate_chain(steps=2, transition=ROWS, source_dim=2, **keys)
    measured = simulate_chain(
        steps=4, transition=ROWS, source_dim=2, sampler="commit_top", commit_share=0.5, particles=20, length=8
    )
    assert (measured.given["commit_share"], measured.nfe, measured.order) == (0.5, 4, 0)
    assert simulate_chain(steps=4, transition=ROWS, source_dim=2, sampler="heun", particles=20, length=8).nfe == 7
