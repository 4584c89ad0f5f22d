"""Soft outputs write each token alone or all given one another; with the chain as prior, matched, nothing is lost.

Primary routes: listing every sequence of a short chain, quadrature over latents on a line, a plain loop over positions.
"""

import json
import math
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prose import PROSE, small_setting
from scipy.stats import norm

from sim.chain.posterior import chain_tables
from sim.chain.reference import calls, posterior_mean
from sim.chain.run import run_chain, simulate_chain
from sim.chain.samplers import CHAIN_SAMPLERS, chain_sampler_named
from sim.chain.soft import soft_readout
from sim.noise import DATA, normals, uniform
from sim.run import simulate
from theory.chain import given_chain
from theory.errors import UsageError
from theory.soft_text import hardened, independent_pairs, joint_pairs, seen_through, soft_tokens

STEP = np.array([[0.85, 0.15], [0.3, 0.7]])
CHAIN = given_chain(STEP)


def listed(outputs: np.ndarray, prior=None, transition=None) -> np.ndarray:
    """Return mean pair frequencies over every sequence, weighted by its outputs and by the chain if there is one."""
    length, symbols = outputs.shape
    pairs, total = np.zeros((symbols, symbols)), 0.0
    for tokens in product(range(symbols), repeat=length):
        weight = math.prod(outputs[s, v] for s, v in enumerate(tokens))
        if prior is not None:
            weight *= prior[tokens[0]] * math.prod(transition[u, v] for u, v in pairwise(tokens))
        total += weight
        for u, v in pairwise(tokens):
            pairs[u, v] += weight / (length - 1)
    return pairs / total


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.integers(2, 3), st.integers(2, 5), st.sampled_from([0.05, 1.0]))
def test_either_reading_is_a_mean_over_all_sequences(seed: int, symbols: int, length: int, sharp: float) -> None:
    """Assert both readings of several sequences, nearly certain outputs included; neither is the other."""
    rng = np.random.default_rng(seed)
    outputs = rng.dirichlet(np.full(symbols, sharp), size=(length, 4))
    prior, transition = rng.dirichlet(np.ones(symbols)), rng.dirichlet(np.ones(symbols), size=symbols)
    alone = np.mean([listed(outputs[:, n]) for n in range(4)], axis=0)
    given_others = np.mean([listed(outputs[:, n], prior, transition) for n in range(4)], axis=0)
    assert independent_pairs(outputs) == pytest.approx(alone, abs=1e-12)
    assert joint_pairs(outputs, prior, transition) == pytest.approx(given_others, abs=1e-12)
    assert not np.allclose(alone, given_others, atol=1e-6)
    assert not np.allclose(joint_pairs(outputs, prior, transition.T / transition.sum(axis=0)[:, None]), given_others)


def test_a_softmax_is_a_posterior_of_equal_odds() -> None:
    """Assert Bayes' rule for noise of variance d/kappa from SciPy's densities, and what a share named outright adds."""
    rng = np.random.default_rng(1)
    codes, z, kappa = rng.normal(size=(4, 3)), rng.normal(size=(7, 3)), 5.0
    least = min(np.linalg.norm(a - b) for i, a in enumerate(codes) for b in codes[:i])
    density = norm.pdf(z[:, None], codes, math.sqrt(least / kappa)).prod(axis=2)
    found = soft_tokens(z, codes, sharpness=kappa, least_distance=least)
    assert found == pytest.approx(density / density.sum(axis=1, keepdims=True), rel=1e-10)
    assert soft_tokens(z, codes, sharpness=1.01 * kappa, least_distance=least) != pytest.approx(found, rel=1e-3)
    half = hardened(found, 0.5)
    assert half.sum(axis=1) == pytest.approx(1)
    assert half.max(axis=1) == pytest.approx(0.5 + found.max(axis=1) / 2)
    assert np.array_equal(hardened(found, 0.0), found)


def test_a_matched_joint_reading_of_clean_latents_is_the_chain() -> None:
    """Assert, over two latents on a line by quadrature, the chain's own pairs at kappa = d/sigma^2 and at no other.

    Independent readings write T'f T instead, T from a one-dimensional integral.
    """
    codes, sigma, least = np.array([[-1.0], [1.0]]), 0.8, 2.0
    pairs = CHAIN.pair_frequencies(2)
    z, dz = np.linspace(-8, 8, 641, retstep=True)
    density = norm.pdf(z[:, None], codes[:, 0], sigma) * dz
    law = np.einsum("au,uv,bv->ab", density, pairs, density)
    for kappa, exact in ((least / sigma**2, True), (1.05 * least / sigma**2, False)):
        q = soft_tokens(z[:, None], codes, sharpness=kappa, least_distance=least)
        joint = np.zeros((2, 2))
        for row, weights in zip(q, law, strict=True):
            both = row[:, None] * STEP * q[:, None, :] * CHAIN.prior[:, None]
            joint += np.tensordot(weights, both / both.sum(axis=(1, 2), keepdims=True), 1)
        assert (joint == pytest.approx(pairs, abs=1e-10)) == exact
        channel = np.einsum("zk,zu->ku", density, q)
        alone = np.einsum("ab,au,bv->uv", law, q, q)
        assert seen_through(pairs, channel) == pytest.approx(alone, abs=1e-10)
        assert np.abs(alone - pairs).sum() > 0.1


def clean(setting, particle: int, seed: int, step: int) -> np.ndarray:
    """Return the latents of one sequence of the chain itself, by a loop over positions."""
    tokens: list[int] = []
    for s in range(setting.length):
        weights = setting.chain.prior if s == 0 else setting.chain.transition[tokens[-1]]
        tokens.append(int(np.searchsorted(np.cumsum(weights), uniform(seed, DATA, particle, 0, s), side="right")))
    return setting.codebook[tokens] + setting.scale * noise(setting, particle, seed, step)


def noise(setting, particle: int, seed: int, step: int) -> np.ndarray:
    shape = (setting.length, setting.codebook.shape[1])
    return normals(seed, range(particle, particle + 1), step, shape[0] * shape[1]).reshape(shape)


@pytest.mark.parametrize("weight", [0.0, 0.25])
def test_a_run_is_read_as_a_loop_reads_it(weight: float) -> None:
    """Assert the pairs of both readings, and the last call's errors, of six sequences; another noise fails."""
    setting, number, seed = small_setting(2, symbols=3, length=4, steps=3, scale=0.4), 6, 5
    chosen = soft_readout("softmax", sharpness=3.0, argmax_weight=weight, codebook=setting.codebook)
    reading = run_chain(setting, CHAIN_SAMPLERS["ddim"], particles=number, seed=seed, chosen=chosen).reading
    schedule, at, made, terminal = setting.schedule, calls(setting), [], []
    last = 2 * schedule.steps + 1
    d = chosen.least_distance

    def outputs(x: np.ndarray) -> np.ndarray:
        odds = np.exp(-3.0 / (2 * d) * np.sum((x[:, None] - setting.codebook) ** 2, axis=2))
        soft = odds / odds.sum(axis=1, keepdims=True)
        return weight * np.eye(3)[soft.argmax(axis=1)] + (1 - weight) * soft

    for particle in range(number):
        x = schedule.b[0] * noise(setting, particle, seed, 0)
        for k in range(schedule.steps):
            m = posterior_mean(setting, at[k], x)
            x = schedule.a[k + 1] * m + schedule.b[k + 1] / schedule.b[k] * (x - schedule.a[k] * m)
        made.append(outputs(x))
        z = clean(setting, particle, seed, last)
        shifted = schedule.a[-2] * z + schedule.b[-2] * noise(setting, particle, seed, last + 1)
        answer = posterior_mean(setting, at[-1], shifted)
        change = outputs(answer) - outputs(z)
        terminal.append((np.sum(change**2) / 2, np.sum((answer - z) ** 2) / d**2))
    chain = setting.chain
    wanted, surprise = chain.pair_frequencies(4), -np.log(chain.transition)
    alone = np.mean([listed(q) for q in made], axis=0)
    given_others = np.mean([listed(q, chain.prior, chain.transition) for q in made], axis=0)
    for found, pairs in ((reading.sampled.independent, alone), (reading.sampled.joint, given_others)):
        assert found.tv.value == pytest.approx(np.abs(pairs - wanted).sum() / 2, rel=1e-9)
        assert found.perplexity.value == pytest.approx(math.exp(np.sum(pairs * surprise)), rel=1e-9)
        assert found.diversity.value == pytest.approx(math.exp(-np.sum(pairs * np.log(pairs))), rel=1e-9)
    entropies = [-np.sum(q[q > 0] * np.log(q[q > 0])) for q in made]
    assert reading.sampled.entropy.value == pytest.approx(np.sum(entropies) / (4 * number), rel=1e-9)
    assert [reading.terminal.categorical.value, reading.terminal.continuous.value] == pytest.approx(
        np.sum(terminal, axis=0) / (4 * number), rel=1e-9
    )
    assert reading.relative_noise == pytest.approx(0.5)
    other = run_chain(setting, CHAIN_SAMPLERS["ddim"], particles=number, seed=6, chosen=chosen).reading
    assert other.terminal != reading.terminal


KEYS = {"steps": 4, "length": 10, "particles": 300, "scale": 0.8, "seed": 3}


@pytest.fixture(scope="module")
def prose(tmp_path_factory) -> str:
    path = tmp_path_factory.mktemp("text") / "prose.txt"
    path.write_text(PROSE)
    return str(path)


def test_a_certain_output_writes_its_token(prose: str) -> None:
    """Assert that argmax, softmax wholly hardened and a great kappa write what is counted."""
    hard = simulate_chain(text=prose, **KEYS, readout="argmax")
    plain = simulate_chain(text=prose, **KEYS)
    assert hard.sampled == plain.sampled
    assert hard.samples == plain.samples
    for how in (hard.reading.sampled.independent, hard.reading.sampled.joint):
        for name in ("perplexity", "tv", "unseen", "diversity"):
            found, counted = getattr(how, name), getattr(plain.sampled, name)
            assert (found.value, found.low, found.high) == pytest.approx((counted.value, counted.low, counted.high))
    assert hard.reading.sampled.entropy.value == 0
    assert hard.reading.terminal.categorical == hard.reading.terminal.flips
    wholly = simulate_chain(text=prose, **KEYS, readout="softmax", sharpness=2.0, argmax_weight=1.0)
    assert wholly.reading.sampled.to_dict() == hard.reading.sampled.to_dict()
    steep = simulate_chain(text=prose, **KEYS, readout="softmax", sharpness=1e9)
    assert steep.reading.sampled.independent.tv.value == pytest.approx(plain.sampled.tv.value, abs=1e-6)


def test_a_callable_answers_with_distributions(prose: str) -> None:
    """Assert the named softmax from a function of the caller's, and one message for what is no distribution."""
    named = simulate_chain(text=prose, **KEYS, codebook="one_hot", readout="softmax", sharpness=4.0)

    def mine(z: np.ndarray) -> np.ndarray:
        odds = np.exp(4.0 / math.sqrt(2) * (z - z.max(axis=1, keepdims=True)))
        return odds / odds.sum(axis=1, keepdims=True)

    own = simulate_chain(text=prose, **KEYS, codebook="one_hot", readout=mine)
    assert own.reading.sampled.joint.tv.value == pytest.approx(named.reading.sampled.joint.tv.value, rel=1e-9)
    assert own.given["readout"] == "mine"
    assert own.reading.stiffness is None
    for wrong in (lambda z: z, lambda z: np.ones(len(z)), lambda z: 1.0, lambda z: np.full(z.shape, np.nan)):
        with pytest.raises(UsageError, match="no distribution over the tokens"):
            simulate_chain(text=prose, **KEYS, codebook="one_hot", readout=wrong)


def test_threads_and_numbers_change_no_bit(prose: str) -> None:
    """Assert equal readings for one thread and three, and strict JSON, a table and a set."""
    keys = {**KEYS, "readout": "softmax", "sharpness": 3.0, "sampler": "heun"}
    one, three = (simulate_chain(text=prose, **keys, threads=n) for n in (1, 3))
    assert one.to_dict() == three.to_dict()
    document = json.loads(json.dumps(one.to_dict(), allow_nan=False))
    assert document["readout"]["sampled"]["joint"]["tv"]["value"] > 0
    assert document["given"]["argmax_weight"] == 0
    assert "readout.sampled.joint.tv" in one.arrays()
    linear = simulate_chain(text=prose, **KEYS, readout="linear")
    assert linear.reading.sampled is None
    assert linear.reading.terminal.continuous.value > 0
    assert linear.reading.stiffness > 0
    blind = simulate_chain(text=prose, **{**KEYS, "steps": 1}, readout="softmax", sharpness=3.0)
    assert json.loads(json.dumps(blind.to_dict(), allow_nan=False))["readout"]["relative_noise"] is None
    assert blind.reading.terminal.flips.value > 0.5


def test_midway_draws_leave_latents_and_last_ones_do_not(prose: str) -> None:
    """Assert a reading of commit_at before the last call, and one message for samplers that end in tokens."""
    early = simulate_chain(text=prose, **KEYS, sampler="commit_at", readout="argmax")
    assert early.sampled == simulate_chain(text=prose, **KEYS, sampler="commit_at").sampled
    assert early.forgotten
    for sampler, own in (
        ("commit_parallel", {}), ("commit_in_order", {}), ("commit_top", {}), ("commit_at", {"commit_time": 1.0}),
    ):  # fmt: skip
        with pytest.raises(UsageError, match="leaves no latent"):
            simulate_chain(text=prose, **KEYS, sampler=sampler, readout="argmax", **own)
    setting = small_setting(1)
    tables = chain_tables(setting.chain, setting.codebook)
    for name in ("ddim", "reinjection", "commit_at", "heun", "churn"):
        sampler = chain_sampler_named(name)
        tokens, x = sampler.latents(setting, tables, 4)(0, 8, np.zeros((3, 8)))
        assert tokens.tolist() == sampler.tile(setting, tables, 4)(0, 8, np.zeros((3, 8))).tolist()
        nearest = np.argmin(np.sum((x[:, :, None] - setting.codebook) ** 2, axis=3), axis=2)
        assert tokens.tolist() == nearest.tolist()


@pytest.mark.parametrize(
    ("keys", "message"),
    [({"readout": "softmax"}, "needs a sharpness"), ({"readout": "argmax", "sharpness": 2.0}, "soft readout"),
     ({"readout": "argmax", "argmax_weight": 0.5}, "soft readout"), ({"sharpness": 2.0}, "soft readout"),
     ({"readout": "softmax", "sharpness": -1.0}, "sharpness"), ({"readout": "probit", "sharpness": 1.0}, "readout"),
     ({"readout": "softmax", "sharpness": 1.0, "argmax_weight": 2.0}, "argmax_weight")],
)  # fmt: skip
def test_what_is_not_offered_is_refused(keys, message: str) -> None:
    """Assert one message each, before any work."""
    with pytest.raises(UsageError, match=message):
        simulate(target="chain", steps=2, particles=1, **keys)


def test_reading_together_is_commitment(prose: str) -> None:
    """Assert that DDIM's latents under overlap, read together at kappa = d/sigma^2, tend to the chain; alone, not.

    tv of 2000 sequences stays within the interval of clean latents' own, a few hundredths, and alone above a quarter.
    """
    keys = {"text": prose, "length": 10, "particles": 2000, "scale": 1.0, "steps": 48}
    least = soft_readout("argmax", codebook=np.eye(2)).least_distance
    assert least == pytest.approx(math.sqrt(2))
    found = simulate_chain(**keys, codebook="one_hot", readout="softmax", sharpness=least)
    for text in (found.reading.sampled, found.reading.floor):
        assert found.perplexity in text.joint.perplexity
        assert text.joint.tv.value < 0.1 < 0.25 < text.independent.tv.value
    assert found.floor.tv.value > 0.25
