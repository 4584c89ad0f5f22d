"""A file becomes tokens, tokens a chain, and what cannot become one gets one message before anything is written."""

import hashlib
import os
from collections import Counter
from contextlib import suppress
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prose import PROSE

from copies import noncommit
from theory.chain import counted_chain, given_chain
from theory.errors import UsageError
from theory.text import OTHER, text_named, tokenised


@pytest.mark.parametrize("smoothing", [1e-4, 0.25])
def test_transitions_are_counted_shares(smoothing: float) -> None:
    """Assert each row in exact fractions, counted by a loop over the letters themselves."""
    text = tokenised(PROSE.encode())
    letters = text.spell(text.tokens)
    chain, share = counted_chain(text, smoothing=smoothing), Fraction(smoothing)
    pairs, firsts = Counter(pairwise(letters)), Counter(letters[:-1])
    count = len(text.symbols)
    for i, u in enumerate(text.symbols):
        assert chain.prior[i] == pytest.approx(
            float((1 - share) * Fraction(firsts[u], len(letters) - 1) + share / count), rel=1e-13
        )
        for j, v in enumerate(text.symbols):
            wanted = (1 - share) * Fraction(pairs[u, v], firsts[u]) + share / count
            assert chain.transition[i, j] == pytest.approx(float(wanted), rel=1e-13)
            assert chain.seen[i, j] == (pairs[u, v] > 0)


def test_characters_are_letters_and_single_spaces() -> None:
    """Assert casefolding, one space for a run of all else, letters beyond English, and that rare ones are spaces."""
    text = tokenised("Ёлка -- 42 élan!\n\tÉLAN".encode())
    assert text.spell(text.tokens) == "ёлка élan élan"
    rare = tokenised(("ab" * 20_000 + "q").encode())
    assert rare.symbols == ("a", "b")
    assert tokenised(("ab" * 20_000 + "q").encode(), rare=1e-5).symbols == ("a", "b", "q")
    assert tokenised(b"aaa bb c", vocabulary=3).symbols == (" ", "a", "b")


def test_words_beyond_the_vocabulary_are_other() -> None:
    """Assert the most frequent words by name, ties in alphabetical order, the rest as one symbol."""
    text = tokenised(b"The cat's the dog; a THE dog bit 7 it.", unit="words", vocabulary=3)
    assert text.symbols == (OTHER, "dog", "the")
    assert text.spell(text.tokens) == f"the {OTHER} the dog {OTHER} the dog {OTHER} {OTHER}"
    assert len(tokenised(PROSE.encode(), unit="words").symbols) <= 256


def test_the_digest_is_of_the_bytes_read(tmp_path: Path) -> None:
    """Assert the SHA-256 of the file, and the prose of this Python where no file is given."""
    file = tmp_path / "prose.txt"
    file.write_bytes(b"\xef\xbb\xbf" + PROSE.encode())
    text = text_named(str(file))
    assert text.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()
    assert text.tokens.tolist() == tokenised(PROSE.encode()).tokens.tolist()  # a byte order mark is no letter
    prose = text_named()
    assert "pydoc_data" in prose.source
    assert {" ", *"abcdefghijklmnopqrstuvwxyz"} <= set(prose.symbols)


@given(st.binary(max_size=200), st.sampled_from(["characters", "words"]), st.integers(2, 256))
def test_any_bytes_become_tokens_or_one_message(data: bytes, unit: str, vocabulary: int) -> None:
    """Assert a usable text or a UsageError, never anything else."""
    text = None
    with suppress(UsageError):
        text = tokenised(data, unit=unit, vocabulary=vocabulary)
    if text is None:
        return
    assert 2 <= len(text.symbols) <= vocabulary
    assert set(text.tokens) == set(range(len(text.symbols)))
    chain = counted_chain(text)
    assert chain.transition.sum(axis=1) == pytest.approx(1, abs=1e-12)
    assert chain.transition.min() > 0


def test_equilibrium_is_kept_by_a_step() -> None:
    """Assert that a chain given without a prior starts where its own transitions leave it."""
    rows = np.random.default_rng(0).dirichlet(np.ones(5), size=5)
    chain = given_chain(rows / rows.sum(axis=1, keepdims=True))
    assert chain.prior @ chain.transition == pytest.approx(chain.prior, rel=1e-12)


FILES = {
    "empty.txt": b"",
    "blank.txt": b" \n\n 12 ",
    "one.txt": b"aaaa",
    "nul.txt": b"ab\0cd",
    "latin.txt": b"caf\xe9 au lait",
}
BOOKS = {
    "short.npy": np.eye(3), "same.npy": np.ones((27, 4)), "nan.npy": np.full((27, 4), np.nan), "flat.npy": np.ones(27),
}  # fmt: skip
CASES = [
    (["text=empty.txt"], "no characters"),
    (["text=blank.txt"], "no characters"),
    (["text=blank.txt", "unit=words"], "no words"),
    (["text=one.txt"], "one symbol only"),
    (["text=nul.txt"], "binary"),
    (["text=latin.txt"], "not UTF-8"),
    (["text=missing.txt"], "cannot be read"),
    (["text=."], "cannot be read"),
    (["codebook=given", "vectors=short.npy"], "does not fit the alphabet"),
    (["codebook=given", "vectors=flat.npy"], "vectors"),
    (["codebook=given", "vectors=same.npy"], "repeated rows"),
    (["codebook=given", "vectors=nan.npy"], "vectors is not finite"),
    (["codebook=given", "vectors=gone.npy"], "vectors cannot be read"),
    (["codebook=given"], "vectors is missing"),
    (["codebook=one_hot", "source_dim=8"], "source_dim contradicts the codebook"),
    (["codebook=huffman"], "one_hot, bits, lattice, sphere, random, given"),
    (["transition=short.npy", "text=prose.txt"], "Two chains"),
    (["transition=flat.npy"], "shapes do not fit"),
    (["transition=short.npy"], "Every transition must be possible"),
    (["length=0"], "length must be a whole number"),
    (["length=1"], "long enough for one pair of tokens"),
    (["length=60000"], "too many coordinates"),
    (["sampler=greedy"], "ddim, reinjection, commit_parallel, commit_in_order, commit_at"),
    (["scale=-1"], "scale must not be negative"),
    (["smoothing=0"], "0 < smoothing < 1"),
    (["vocabulary=1"], "vocabulary must be a whole number"),
    (["unit=lines"], "characters, words"),
    (["particles=0"], "particles must be a whole number"),
    (["mu=4"], "key of the target chain"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A folder with files that cannot be used."""
    place = tmp_path_factory.mktemp("texts")
    for name, data in FILES.items():
        (place / name).write_bytes(data)
    for name, array in BOOKS.items():
        np.save(place / name, array)
    (place / "prose.txt").write_text(PROSE)
    return place


@pytest.mark.parametrize(("pairs", "says"), CASES, ids=[" ".join(pairs) for pairs, _ in CASES])
def test_bad_input_gets_one_message(pairs: list[str], says: str, folder: Path, monkeypatch, capfd) -> None:
    """Assert exit code 2, one message with its parts, nothing on stdout, and nothing written."""
    from noncommit.cli import cli

    monkeypatch.chdir(folder)
    before = sorted(os.listdir(folder))
    with pytest.raises(SystemExit) as stop:
        cli(["simulate", "target=chain", "steps=4", *pairs], prog_name="noncommit")
    out, err = capfd.readouterr()
    assert stop.value.code == 2
    assert out == ""
    assert says in err
    assert all(part in err for part in ("Expected:", "Received:", "?"))
    assert "Traceback" not in err
    assert sorted(os.listdir(folder)) == before


def test_a_readers_own_file_is_simulated(folder: Path) -> None:
    """Assert the whole command on a text file, with the digest and samples in its document."""
    import json

    done = noncommit(
        "simulate", "target=chain", "text=prose.txt", "sampler=commit_in_order", "steps=1", "particles=40",
        "length=20", "--json", cwd=folder, PYTHONPATH=str(Path(__file__).parent.parent),
        NUMBA_CACHE_DIR=str(folder / ".cache"),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["text"]["sha256"] == hashlib.sha256(PROSE.encode()).hexdigest()
    assert len(document["samples"][0]) == 20
    assert document["nfe"] == 20
