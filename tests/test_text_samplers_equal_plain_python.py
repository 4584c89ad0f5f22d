"""Tiles of sequences = one sequence at a time in log space, whatever the threads, the number and the compiler."""

import json

import numpy as np
import pytest
from prose import PROSE, by_reference, prose_setting

from copies import ROOT, run_python
from sim.chain.measures import quality
from sim.chain.posterior import chain_tables
from sim.chain.run import run_chain, simulate_chain
from sim.chain.samplers import CHAIN_SAMPLERS
from sim.interrupted import Interrupted
from sim.tiles import LARGEST_TILE, tile_size


@pytest.mark.parametrize("scale", [0.0, 0.6])
@pytest.mark.parametrize("name", CHAIN_SAMPLERS)
def test_a_tile_writes_what_the_reference_writes(name: str, scale: float) -> None:
    """Assert equal tokens; a step whose noise has another address writes something else."""
    setting = prose_setting(scale=scale, steps=3)
    tables = chain_tables(setting.chain, setting.codebook)
    found = CHAIN_SAMPLERS[name].tile(setting, tables, 11)(64, 8, np.zeros((3, 0)))
    wanted = np.array([by_reference(setting, name, seed=11, particle=64 + j) for j in range(8)]).T
    assert found.tolist() == wanted.tolist()
    assert found.tolist() != CHAIN_SAMPLERS[name].tile(setting, tables, 12)(64, 8, np.zeros((3, 0))).tolist()


def test_the_samplers_write_different_texts() -> None:
    """Assert that no two samplers are the same code under two names, where Euler, or two steps back, is not DDIM."""
    setting = prose_setting(steps=4, path="cosine")
    tables = chain_tables(setting.chain, setting.codebook)
    texts = [sampler.tile(setting, tables, 0)(0, 64, np.zeros((4, 0))).tobytes() for sampler in CHAIN_SAMPLERS.values()]
    assert len(set(texts)) == len(CHAIN_SAMPLERS)


def run(particles: int, threads: int) -> dict[str, object]:
    setting = prose_setting(steps=3, scale=0.5)
    done = run_chain(setting, CHAIN_SAMPLERS["commit_parallel"], particles=particles, seed=3, threads=threads)
    return {
        **{name: quality(getattr(done, name), setting.chain, setting.length).to_dict()
           for name in ("sampled", "exact", "floor")},
        "pairs": done.sampled.pairs.tolist(), "forgotten": [str(e) for e in done.forgotten], "samples": done.samples,
    }  # fmt: skip


def test_threads_and_numbers_change_no_bit() -> None:
    """Assert equal results for one thread and three, and that more sequences only add to the first ones."""
    assert run(200, 1) == run(200, 3)
    fewer, more = run(70, 2), run(200, 2)
    assert fewer["samples"] == more["samples"]
    assert np.all(np.array(fewer["pairs"]) <= np.array(more["pairs"]))
    assert np.sum(fewer["pairs"]) == 70 * 11


def test_what_ctrl_c_leaves_is_what_fewer_sequences_would_give(tmp_path) -> None:
    """Assert that an interrupt after two tiles gives the measurement of those, and after none is only an interrupt."""
    (tmp_path / "prose.txt").write_text(PROSE)
    keys = {"sampler": "ddim", "steps": 2, "length": 12, "text": str(tmp_path / "prose.txt")}
    told: list[int] = []

    def stop(count: int) -> None:
        told.append(count)
        if len(told) == 2:
            raise KeyboardInterrupt

    with pytest.raises(Interrupted, match="128 sequences are done") as caught:
        simulate_chain(**keys, particles=1000, progress=stop)
    assert caught.value.done.to_dict() == simulate_chain(**keys, particles=128).to_dict()
    assert told == [LARGEST_TILE] * 2


CODE = """
import json
import numpy as np
from prose import prose_setting
from sim.chain.kernels import exact_tile, last_call
from sim.chain.posterior import chain_tables
from sim.chain.samplers import CHAIN_SAMPLERS
setting = prose_setting(steps=2, scale=0.4, length=5)
tables = chain_tables(setting.chain, setting.codebook)
found = {name: s.tile(setting, tables, 1)(0, 6, np.zeros((2, 0))).tolist() for name, s in CHAIN_SAMPLERS.items()}
nats = np.zeros((2, 6))
CHAIN_SAMPLERS["commit_parallel"].tile(setting, tables, 1)(0, 6, nats)
found["exact"] = [t.tolist() for t in exact_tile(0, 6, 5, 1, tables, 0.4, 9)]
_, x = CHAIN_SAMPLERS["ancestral"].latents(setting, tables, 1)(0, 6, np.zeros((2, 0)))
_, y = CHAIN_SAMPLERS["heun"].latents(setting, tables, 1)(0, 6, np.zeros((2, 0)))
latents = [x.tolist(), y.tolist(), *(z.tolist() for z in last_call(0, 6, 5, 1, tables, 0.4, 5, (0.5, 0.5, 0.29, 0.28)))]
print(json.dumps([found, nats.tolist(), latents, len(getattr(exact_tile, "signatures", []))]))
"""


def test_compiled_and_interpreted_tiles_are_equal() -> None:
    """Assert equal tokens, and nats and latents to 1e-12, with and without the compiler."""
    runs = [
        run_python("-c", CODE, cwd=ROOT, PYTHONPATH=f"{ROOT}:{ROOT / 'tests'}", NUMBA_DISABLE_JIT=flag)
        for flag in ("0", "1")
    ]
    for done in runs:
        assert done.returncode == 0, done.stderr
    (compiled, nats, latents, one), (plain, plain_nats, plain_latents, none) = (
        json.loads(done.stdout) for done in runs
    )
    assert (one, none) == (1, 0)
    assert compiled == plain
    assert nats == pytest.approx(np.array(plain_nats), rel=1e-12, abs=1e-12)
    assert np.array(latents) == pytest.approx(np.array(plain_latents), rel=1e-12, abs=1e-12)


def test_memory_is_bounded_by_the_tile() -> None:
    """Assert that a tile's messages fit its room for every length and alphabet."""
    for length, symbols in ((64, 27), (256, 256), (4096, 256), (65535, 256)):
        tile = tile_size(16 * length * symbols)
        assert tile == 1 or 16 * length * symbols * tile <= 1 << 26
        assert tile == LARGEST_TILE or 16 * length * symbols * 2 * tile > 1 << 26
