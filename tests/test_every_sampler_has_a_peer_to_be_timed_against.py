"""`make bench` runs to its end: every sampler with steps has a tuned NumPy peer, and the peers count alike."""

from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest

from sim import bench
from sim.bench_peers import CHUNK, jax_chain, jax_two_modes, numpy_chain, numpy_two_modes, numpy_vocabulary
from sim.chain.run import build_chain_setting
from sim.chain.samplers import ChainSetting
from sim.estimate import clopper_pearson
from sim.noise import normals
from sim.particles import count
from sim.two_modes.run import build_setting
from sim.two_modes.sampler_names import SAMPLERS
from sim.vocabulary.codewords import vocabulary
from sim.vocabulary.run import landed
from sim.vocabulary.sampling import build_vocabulary_run


def test_the_benchmark_runs_to_its_end(monkeypatch, capsys) -> None:
    """Assert a row for each sampler with steps, each mixture, vocabulary and text, on sizes that take no time."""
    for name, size in (("PARTICLES", CHUNK), ("ROUNDS", 1), ("SEQUENCES", 8), ("TOKENS", 64)):
        monkeypatch.setattr(bench, name, size)
    bench.main()
    rows = [line.split()[0] for line in capsys.readouterr().out.splitlines()[1:]]
    assert rows[: len(SAMPLERS) - 1] == [name for name in SAMPLERS if name != "flow"]
    assert len(rows) >= len(SAMPLERS) - 1 + 6


def test_a_vocabulary_s_peer_ends_where_it_does() -> None:
    """Assert that each token is as often nearest to ours as to NumPy's: intervals of error 1e-9 that overlap."""
    run = build_vocabulary_run(vocabulary("random", modes=20, source_dim=8, distance=4.0), steps=4)
    peer = numpy_vocabulary(run, 4096, 256)
    ours = landed(run, margin=0.9999, particles=4096, seed=0).tokens
    assert np.mean(ours >= 0) > 0.99
    for token in range(20):
        one, other = (clopper_pearson(int(np.sum(tokens == token)), 4096, alpha=1e-9) for tokens in (peer, ours))
        assert one.low <= other.high
        assert other.low <= one.high


@pytest.mark.parametrize("name", [name for name in SAMPLERS if name != "flow"])
def test_a_peer_counts_what_the_kernel_counts(name: str) -> None:
    """Assert that each cell of the peer lies in the kernel's interval of error 1e-9, widened by the peer's own."""
    setting = build_setting(mu=2.0, steps=4, denoiser_stiffness=4.0)
    counts_agree(setting, name, numpy_two_modes(SAMPLERS[name], setting, 4 * CHUNK))


def counts_agree(setting: Any, name: str, peer: Any) -> None:
    counter, arguments = SAMPLERS[name].counter(setting, 0)
    size = 4 * CHUNK
    ours = count(counter, arguments, range(size), threads=1)
    for theirs, mine in zip(peer, ours, strict=True):
        one, other = (clopper_pearson(int(c), size, alpha=1e-9) for c in (theirs, mine))
        assert one.low <= other.high
        assert other.low <= one.high
    assert peer.sum() == ours.sum() == size


with_jax = pytest.mark.skipif(find_spec("jax") is None, reason="NOT RUN: jax is not installed")


@with_jax
def test_a_peer_of_jax_counts_what_the_kernel_counts() -> None:
    """Assert it for the peers that jax has, and that they are those of one call a step that draw always or never."""
    setting = build_setting(mu=2.0, steps=4, denoiser_stiffness=4.0)
    peers = {name: jax_two_modes(sampler, setting, 4 * CHUNK) for name, sampler in SAMPLERS.items()}
    found = {name: peer() for name, peer in peers.items() if peer is not None}
    assert set(found) == {"ddim", "reinjection", "commit_parallel"}
    for name, counts in found.items():
        counts_agree(setting, name, np.asarray(counts))


def text_setting(steps: int) -> tuple[ChainSetting, Any]:
    """Return a text with overlap and the noise that the kernel gives its first sequences, shape (S, N, n)."""
    setting, _ = build_chain_setting(steps=steps, length=12, source_dim=4, scale=0.3)
    flat = normals(0, range(24), 0, setting.length * 4)
    return setting, np.moveaxis(flat.reshape(24, setting.length, 4), 0, 1)


def test_a_peer_writes_the_kernel_s_text() -> None:
    """Assert NumPy's tokens from the same noise, token by token; another number of steps writes another text."""
    setting, noise = text_setting(4)
    wanted = bench.kernel_chain(setting, 0, noise.shape[1])
    assert np.array_equal(numpy_chain(setting, noise), wanted)
    assert not np.array_equal(numpy_chain(text_setting(3)[0], noise), wanted)


@with_jax
def test_a_peer_of_jax_writes_the_kernel_s_text() -> None:
    """Assert jax's tokens from the same noise, token by token."""
    setting, noise = text_setting(4)
    peer = jax_chain(setting, noise)
    assert peer is not None
    assert np.array_equal(np.asarray(peer()), bench.kernel_chain(setting, 0, noise.shape[1]))
