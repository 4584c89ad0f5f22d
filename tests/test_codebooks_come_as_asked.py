"""A codebook is its definition: shapes, distances and seeds; and a file that is none ends in one message."""

import itertools
import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import pdist

from sim.codebook import CODEBOOKS, codebook_vectors
from sim.targets import TARGETS
from theory.errors import UsageError
from theory.mixture import distance_range, mixture


@given(st.integers(2, 70))
def test_one_hot_and_bits(modes: int) -> None:
    """Assert pairwise distances: sqrt 2 for all of one-hot; 2 sqrt(differing digits) for bits, by strings."""
    assert pdist(codebook_vectors("one_hot", modes=modes)) == pytest.approx(np.full(modes * (modes - 1) // 2, 2**0.5))
    table = codebook_vectors("bits", modes=modes)
    assert table.shape == (modes, math.ceil(math.log2(modes)))
    words = ["".join("1" if digit > 0 else "0" for digit in reversed(row)) for row in table]
    assert [int(word, 2) for word in words] == list(range(modes))


@given(st.integers(2, 200), st.integers(1, 6))
def test_lattice(modes: int, n: int) -> None:
    """Assert distinct points of a cube of least side, neighbours 1 apart, mean 0."""
    table = codebook_vectors("lattice", modes=modes, source_dim=n)
    side = next(m for m in itertools.count(2) if m**n >= modes)
    assert table.shape == (modes, n)
    assert table.mean(axis=0) == pytest.approx(np.zeros(n), abs=1e-12)
    steps = table - table.min(axis=0)
    assert steps == pytest.approx(np.round(steps), abs=1e-9)
    assert steps.max() <= side - 1
    assert distance_range(table)[0] == pytest.approx(1)


def test_random_codebooks_have_an_address() -> None:
    """Assert norms sqrt n on the sphere, a seed that matters, and rows that do not depend on how many there are."""
    table = codebook_vectors("sphere", modes=50, source_dim=7, seed=3)
    assert np.linalg.norm(table, axis=1) == pytest.approx(np.full(50, 7**0.5))
    for name in ("sphere", "random"):
        whole = codebook_vectors(name, modes=50, source_dim=7, seed=3)
        assert np.array_equal(codebook_vectors(name, modes=20, source_dim=7, seed=3), whole[:20])
        assert not np.array_equal(codebook_vectors(name, modes=50, source_dim=7, seed=4), whole)
    rows = codebook_vectors("random", modes=4000, source_dim=5)
    assert np.abs(rows.mean(axis=0)).max() < 5 / math.sqrt(4000)
    assert np.abs(np.cov(rows.T) - np.eye(5)).max() < 5 * math.sqrt(2 / 4000)


@given(st.integers(2, 300), st.integers(1, 5), st.integers(0, 2**32 - 1))
def test_extreme_distances(modes: int, n: int, seed: int) -> None:
    """Assert the least and the largest distance against all pairs; `distance` stretches the least one."""
    points = np.random.default_rng(seed).normal(size=(modes, n))
    pairs = pdist(points)
    assert distance_range(points) == pytest.approx((pairs.min(), pairs.max()), rel=1e-12)
    table = codebook_vectors("given", vectors=points, distance=3)
    assert distance_range(table)[0] == pytest.approx(3, rel=1e-12)


def test_distances_in_blocks(monkeypatch) -> None:
    """Assert the same extremes where the points do not fit one block."""
    import theory.mixture as module

    points = np.random.default_rng(1).normal(size=(101, 3))
    whole = distance_range(points)
    monkeypatch.setattr(module, "_BLOCK", 1000)
    assert distance_range(points) == whole


@pytest.mark.parametrize(
    ("arguments", "message"),
    [({"codebook": "bits"}, "modes is missing"), ({"codebook": "sphere", "modes": 3}, "source_dim is missing"),
     ({"codebook": "bits", "modes": 5, "source_dim": 2}, "source_dim=3"), ({"codebook": "given"}, "vectors is missing"),
     ({"codebook": "given", "vectors": [[0], [1]], "modes": 3}, "modes=2"),
     ({"codebook": "bits", "modes": 2, "vectors": [[0], [1]]}, "Which one holds"),
     ({"codebook": "one_hot", "modes": 100_000}, "too large"), ({"codebook": "bits", "modes": 0}, "whole number"),
     ({"codebook": "bits", "modes": 4, "distance": 0}, "positive"),
     ({"codebook": "random", "modes": 4, "source_dim": 2, "seed": -1}, "seed")],
)  # fmt: skip
def test_what_makes_no_codebook(arguments, message: str) -> None:
    """Assert one clear message for what is missing, contradictory or out of range."""
    with pytest.raises(UsageError, match=message):
        codebook_vectors(**arguments)


def test_few_points_of_a_sphere_coincide_in_one_dimension() -> None:
    """Assert that a codebook with repeated rows is refused, not run."""
    with pytest.raises(UsageError, match="two equal rows"):
        mixture(means=codebook_vectors("sphere", modes=3, source_dim=1), name="vectors")


def test_the_table_of_keys_has_every_codebook() -> None:
    """Assert that the face lists the codebooks that exist, and the samplers that run on mixtures."""
    from sim.mixture.sampling import SAMPLERS

    listed = next(key.choices for key in TARGETS["codebook"].keys if key.name == "codebook")
    assert set(listed) == set(CODEBOOKS)
    assert set(TARGETS["mixture"].samplers) == set(TARGETS["codebook"].samplers) == set(SAMPLERS)


def _npy(path: Path, array) -> None:
    np.save(path, array, allow_pickle=True)


def _archive(path: Path) -> None:
    with path.open("wb") as file:
        np.savez(file, a=np.eye(2))


FILES = {
    "good.npy": lambda path: _npy(path, np.array([[0.0, 0.0], [3.0, 4.0], [9.0, 0.0]])),
    "flat.npy": lambda path: _npy(path, np.arange(3.0)),
    "nan.npy": lambda path: _npy(path, np.array([[0.0], [np.nan]])),
    "twice.npy": lambda path: _npy(path, np.array([[1.0, 2.0], [1.0, 2.0]])),
    "words.npy": lambda path: _npy(path, np.array([["a"], ["b"]])),
    "objects.npy": lambda path: _npy(path, np.array([[{}], [None]], dtype=object)),
    "empty.npy": lambda path: path.write_bytes(b""),
    "cut.npy": lambda path: path.write_bytes(b"\x93NUMPY\x01"),
    "archive.npy": _archive,
    "text.npy": lambda path: path.write_text("1 2 3", encoding="utf-8"),
}


@pytest.fixture
def files(tmp_path: Path, monkeypatch) -> Path:
    for name, make in FILES.items():
        make(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "message"),
    [("means=flat.npy", "no table of points"), ("means=nan.npy", "not finite"), ("means=twice.npy", "two equal rows"),
     ("means=words.npy", "not a number"),
     ("means=objects.npy", "cannot be read"), ("means=empty.npy", "cannot be read"),
     ("means=cut.npy", "cannot be read"), ("means=archive.npy", "archive of several arrays"),
     ("means=text.npy", "cannot be read"), ("means=.", "cannot be read"), ("means=none.npy", "cannot be read"),
     ("means=good.npy weights=0.5,0.5", "3 numbers with sum 1"), ("means=good.npy scales=1,2", "3 numbers"),
     ("means=good.npy weights=-0.5,1,0.5", "negative"), ("means=good.npy margin=1", "0 < margin < 1"),
     ("means=good.npy sampler=ancestrl", "Did you mean 'ancestral'?"), ("means=good.npy mu=1", "no key of the target"),
     ("means=good.npy denoiser_stiffness=0", "positive"),
     ("means=good.npy scales=1 denoiser_stiffness=0.1", "certified"),
     ("means=good.npy particles=0", "particles"), ("", "means is missing"), ("steps=0 means=good.npy", "steps")],
)  # fmt: skip
def test_bad_files_and_keys_are_one_message(arguments: str, message: str, files: Path, capfd) -> None:
    """Assert exit 2, one message on stderr, nothing on stdout and nothing written, for target=mixture."""
    from noncommit.cli import cli

    pairs = arguments.split()
    steps = [] if any(pair.startswith("steps") for pair in pairs) else ["steps=2"]
    with pytest.raises(SystemExit) as stop:
        cli(["simulate", "target=mixture", *steps, *pairs], prog_name="noncommit")
    out, err = capfd.readouterr()
    assert stop.value.code == 2
    assert out == ""
    assert message in err
    assert err.count("Error:") == 1
    assert sorted(path.name for path in files.iterdir()) == sorted(FILES)


@pytest.mark.parametrize(
    "arguments",
    [["target=mixture", "means=good.npy", "weights=0.2,0.3,0.5", "scales=0.1"],
     ["target=codebook", "codebook=given", "vectors=good.npy", "distance=4", "sampler=ancestral"],
     ["target=codebook", "codebook=bits", "modes=20", "sampler=commit_parallel", "path=cosine"]],
    ids=lambda a: a[1],
)  # fmt: skip
def test_good_files_run(arguments: list[str], files: Path, capsys) -> None:
    """Assert one strict JSON document, and a text with both errors and the bound."""
    from noncommit.cli import cli

    for flag in (["--json"], []):
        with pytest.raises(SystemExit) as stop:
            cli(["simulate", *arguments, "steps=3", "particles=500", *flag], prog_name="noncommit")
        assert stop.value.code == 0
        out, err = capsys.readouterr()
        assert err == ""
        if flag:
            document = json.loads(out, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
            assert sum(document["estimate"]["counts"]) == 500
            assert document["verdict"]["outcome"] == "HOLDS"
        else:
            assert all(word in out for word in ("ambiguous", "tv", "modes reached", "HOLDS", "nfe 3"))
