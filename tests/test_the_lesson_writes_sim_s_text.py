"""The lesson's text is sim's, letter for letter: every sampler, the chain's own sequences and the readout's floor."""

import numpy as np
import pytest

from lesson import PROSE, changed, opened
from sim.chain import reference
from sim.chain.measures import Tally, quality
from sim.chain.run import build_chain_setting, run_chain, simulate_chain
from sim.chain.samplers import CHAIN_SAMPLERS, WAYS

SIZE = 12
DEPTHS = (
    {"steps": 1, "scale": 0.0, "path": "linear", "length": 16, "seed": 0},
    {"steps": 4, "scale": 1.0, "path": "linear", "length": 20, "seed": 5},
    {"steps": 7, "scale": 0.4, "path": "cosine", "length": 9, "seed": 2**32 - 1},
    {"steps": 16, "scale": 0.0, "path": "cosine", "length": 12, "seed": 77},
)
KEYS = [{"sampler": sampler, "particles": SIZE, **keys} for sampler in WAYS for keys in DEPTHS]
RUN = """(runs) => runs.map((keys) => {
  const r = nc.text.run(keys), q = (t) => [t.perplexity, t.tv, t.unseen, t.diversity, t.distinct];
  return {tokens: [...r.tokens], exact: [...r.exact_tokens], floor: [...r.floor_tokens], sequences: r.sequences,
    nfe: r.nfe, qualities: [q(r), q(r.exact), q(r.floor)], chain: r.chain_perplexity, forgotten: r.total_correlation};
})"""


@pytest.fixture(scope="module")
def prose(tmp_path_factory) -> str:
    file = tmp_path_factory.mktemp("text") / "prose.txt"
    file.write_text(PROSE)
    return str(file)


def setting_of(keys: dict, prose: str):
    return build_chain_setting(
        text=prose, **{k: v for k, v in keys.items() if k not in ("sampler", "particles", "seed")}
    )[0]


def values(measured) -> list[float]:
    named = (measured.perplexity, measured.tv, measured.unseen, measured.diversity)
    return [*(estimate.value for estimate in named), measured.distinct]


def test_sequences_and_their_quality_are_sim_s(numbers, prose) -> None:
    """Assert equal tallies of pairs, equal first sequences, and perplexity and its kin to 1e-12, for every sampler."""
    for keys, found in zip(KEYS, numbers.call(RUN, KEYS), strict=True):
        setting = setting_of(keys, prose)
        written = run_chain(setting, CHAIN_SAMPLERS[keys["sampler"]], particles=SIZE, seed=keys["seed"], threads=1)
        assert found["sequences"][: len(written.samples)] == list(written.samples)
        assert found["nfe"] == CHAIN_SAMPLERS[keys["sampler"]].nfe(setting)
        tallies = (written.sampled, written.exact, written.floor)
        for name, tally, row in zip(("tokens", "exact", "floor"), tallies, found["qualities"], strict=True):
            own = Tally(len(setting.chain.prior))
            own.add(0, np.array(found[name], dtype=np.int64).reshape(SIZE, keys["length"]).T)
            assert np.array_equal(own.pairs, tally.pairs)
            assert np.allclose(row, values(quality(tally, setting.chain, keys["length"])), rtol=1e-12, atol=1e-15)
        assert found["chain"] == pytest.approx(setting.chain.perplexity(keys["length"]), rel=1e-12)
        forgotten = [estimate.value for estimate in written.forgotten]
        assert np.allclose(found["forgotten"], forgotten, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("sampler", WAYS)
def test_a_sequence_equals_plain_log_space_messages(numbers, prose, sampler: str) -> None:
    """Assert one sequence against sim's plain reference, with messages in log space and no product shared."""
    keys = {"sampler": sampler, "steps": 3, "scale": 0.5, "length": 10, "particles": 4, "seed": 9}
    (found,) = numbers.call(RUN, [keys])
    own = reference.written(setting_of(keys, prose), sampler, seed=9, particle=3)
    assert found["tokens"][30:] == own.tolist()


def test_the_command_s_own_run_is_the_lesson_s(numbers, prose) -> None:
    """Assert what `noncommit simulate target=chain` measures, at the keys that the lesson offers."""
    keys = {"sampler": "commit_parallel", "steps": 3, "length": 16, "particles": SIZE, "seed": 4, "scale": 1.0}
    (found,), own = numbers.call(RUN, [keys]), simulate_chain(text=prose, **keys)
    assert found["qualities"][0][0] == pytest.approx(own.sampled.perplexity.value, rel=1e-12)
    assert found["sequences"][:5] == list(own.samples)


def test_a_history_ends_in_what_is_written(numbers) -> None:
    """Assert one line a call, the last of a committing sampler being its output."""
    keys = {"sampler": "commit_in_order", "steps": 5, "length": 12, "particles": 3, "seed": 1}
    lines = numbers.call("(keys) => nc.text.history(keys, 2)", keys)
    (found,) = numbers.call(RUN, [keys])
    assert len(lines) == 5
    assert lines[-1] == found["sequences"][2]


MUTANTS = (
    ("score = factor * (score", "score = 1.01 * factor * (score"),
    ("g * x[s * n + i] + (1 - a * g) * code", "1.01 * g * x[s * n + i] + (1 - a * g) * code"),
    ("if (cumulated > wanted) return v;", "if (cumulated > 1.01 * wanted) return v;"),
    ("if (i + 1 < out.length) out[i + 1] += spread * (r * Math.sin(angle));", ""),
)


@pytest.mark.parametrize(("old", "new"), MUTANTS, ids=("evidence", "cloud", "draw", "noise"))
def test_a_change_of_one_part_in_a_hundred_is_seen(
    browser, numbers, numbers_script, tmp_path, old: str, new: str
) -> None:
    """Assert that evidence, a cloud's slope or a draw 1% off, or half the noise left out, writes another text."""
    keys = [{**k, "particles": 60, "length": 40, "scale": 1.0} for k in KEYS if k["steps"] == 4]
    tokens = "(runs) => runs.map((keys) => [...nc.text.run(keys).tokens])"
    with opened(browser, tmp_path, changed(numbers_script, old, new)) as page:
        assert page.call(tokens, keys) != numbers.call(tokens, keys)


@pytest.mark.parametrize(
    ("keys", "word"),
    [({"steps": 0}, "steps"), ({"steps": 4, "length": 1}, "length"), ({"steps": 4, "scale": -1}, "scale"),
     ({"steps": 4, "sampler": "heun"}, "sampler"), ({"steps": 4, "text": "a.txt"}, "text"),
     ({"steps": 4, "path": "vp"}, "path")],
)  # fmt: skip
def test_bad_keys_get_one_message(numbers, keys: dict, word: str) -> None:
    """Assert a message that names the key, and no text."""
    refusal = "(keys) => { try { nc.text.run(keys); return ''; } catch (e) { return e.message; } }"
    message = numbers.call(refusal, keys)
    assert word in message
    assert all(part in message for part in ("Expected:", "Received:", "?"))
