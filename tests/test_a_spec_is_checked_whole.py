"""A spec is refused with all its mistakes at once, and a filter is read and never run."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sweeps import RUNS, in_process

from copies import ROOT
from sim.sweep.adaptive import grow, next_size
from sim.sweep.export import FORMATS, export
from sim.sweep.expression import ExpressionError, parse_expression
from sim.sweep.plan import load_plan, make_plan, shipped_specs
from sim.sweep.results import read_sweep
from sim.sweep.work import compute
from theory.errors import UsageError

BAD = {
    "name": "a b", "target": "two_modes", "samplers": ["dim"], "keys": {"mu": "x", "stepz": 3}, "wher": "steps > 1",
    "grid": {"denoiser_stiffness": {"logspace": [0, 16, 3]}, "margin": {"valeus": [1]}}, "where": "foo > 1",
    "zip": [["margin", "mu"]], "adaptive": {"measure": "m", "width": -1},
}  # fmt: skip
EXPECTED = (
    "name: string should match", "wher: there is no such field. Did you mean 'where'?",
    "samplers: there is no sampler 'dim'. Did you mean 'ddim'?", "keys.mu: must be a number, not 'x'",
    "keys.stepz: there is no key 'stepz' of two_modes. Did you mean 'steps'?", "keys.steps: is missing",
    "grid.denoiser_stiffness: a logarithmic axis has positive ends",
    "grid.margin.valeus: there is no such field. Did you mean 'values'?", "where: no cell has a key 'foo'",
    "zip.0: 'mu' is no axis", "adaptive.width: input should be greater than 0, not -1",
)  # fmt: skip


def test_all_mistakes_at_once() -> None:
    """Assert eleven mistakes, each with its path, in one message."""
    with pytest.raises(UsageError) as caught:
        make_plan(BAD)
    message = str(caught.value)
    for mistake in EXPECTED:
        assert f"\n  {mistake}" in message
    assert f"{len(EXPECTED)} mistakes" in message
    assert "pydantic" not in message


@pytest.mark.parametrize(
    ("change", "message"),
    [({"target": "two_mode"}, "Did you mean 'two_modes'?"), ({"laws": ["binary"]}, "either a target or laws"),
     ({"keys": {"mu": 2, "steps": 4}}, "keys.steps: steps is given twice"),
     ({"where": "steps"}, "neither true nor false"), ({"where": "steps > 99"}, "keeps no cell"),
     ({"grid": {"steps": {"values": [2, 2]}}}, "occurs twice"), ({"readout": "sharp"}, "no readout 'sharp'"),
     ({"grid": {"steps": {"values": [True]}}}, "a value is a number")],
    ids=str,
)  # fmt: skip
def test_one_mistake(change: dict, message: str) -> None:
    """Assert that each mistake by itself is refused."""
    with pytest.raises(UsageError, match="mistake") as caught:
        make_plan({**RUNS, **change})
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "text",
    ["__import__('os')", "steps.real", "steps[0]", "(lambda: 1)()", "[x for x in (1,)]", "f'{steps}'", "steps := 3",
     "1 if steps else 2", "steps >", "a" * 1001, "{1: 2}", "b'x' == 1", "-" * 900 + "1"],
)  # fmt: skip
def test_a_filter_can_only_compare(text: str) -> None:
    """Assert that a call, an attribute, a subscript and their kin are refused, and that nothing nests too deep."""
    with pytest.raises(ExpressionError):
        parse_expression(text)({"steps": 1})


@given(st.integers(-9, 9), st.integers(1, 9), st.sampled_from(["a", "b"]))
def test_a_filter_means_what_python_means(x: int, y: int, word: str) -> None:
    """Assert the same answer as Python's own on expressions of every kind that is allowed."""
    for text in ("x < y <= 5", "not x == y and word in ('a', 'c')", "x * 2 + y ** 2 > 7 or x // y == -1", "x % y != 0"):
        assert parse_expression(text)({"x": x, "y": y, "word": word}) == eval(text, {"x": x, "y": y, "word": word})


def test_a_filter_cannot_fill_the_memory() -> None:
    """Assert that a tower of powers is refused at once."""
    with pytest.raises(ExpressionError, match="no answer"):
        parse_expression("9 ** 9 ** 9 ** 9 > 1")({})


def test_axes_advance_together_and_filters_drop() -> None:
    """Assert the cells of a zipped and filtered grid, one by one, and that order of keys changes no key."""
    spec = {"name": "z", "target": "two_modes", "keys": {"mu": 2}, "zip": [["steps", "margin"]], "where": "steps != 2",
            "grid": {"steps": {"values": [1, 2, 4]}, "scale": {"linspace": [0, 1, 3]},
                     "margin": {"values": [0.1, 0.2, 0.3]}}}  # fmt: skip
    plan = make_plan(spec)
    got = [(c.values["steps"], c.values["margin"], c.values["scale"]) for c in plan.cells]
    assert got == [(s, m, x) for s, m in ((1, 0.1), (4, 0.3)) for x in (0, 0.5, 1)]
    turned = make_plan({**spec, "grid": dict(reversed(spec["grid"].items()))})
    assert {c.key for c in turned.cells} == {c.key for c in plan.cells}
    assert make_plan({**spec, "keys": {"mu": 2.02}}).cells[0].key != plan.cells[0].key


def test_a_file_enters_by_its_bytes(tmp_path: Path) -> None:
    """Assert that an edited file makes other cells, that its path does not, and that a late edit is refused."""
    spec = {"name": "t", "target": "chain", "keys": {"steps": 1, "particles": 1, "length": 4, "text": "a.txt"}}
    keys = []
    for folder, text in (("one", "abab"), ("two", "abab"), ("three", "abba")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.txt").write_text(text, encoding="utf-8")
        plan = make_plan(spec, folder=tmp_path / folder)
        keys.append(plan.cells[0].key)
    assert keys[0] == keys[1] != keys[2]
    (tmp_path / "three" / "a.txt").write_text("edited", encoding="utf-8")
    with pytest.raises(UsageError, match="not the file that was planned"):
        compute(plan.cells[0].content, plan.cells[0].files)


def test_a_plan_loads_no_compiler() -> None:
    """Assert that reading every shipped spec imports neither numba nor the optional packages."""
    code = (
        "import sys\nfrom sim.sweep.plan import load_plan, shipped_specs\n"
        "print([len(load_plan(name).cells) for name in shipped_specs()])\n"
        "print(sorted({'numba', 'pandas', 'xarray', 'pyarrow', 'distributed', 'matplotlib'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    counts, loaded = done.stdout.splitlines()
    assert min(json.loads(counts)) > 20
    assert loaded == "[]"


@pytest.mark.parametrize("name", shipped_specs())
def test_a_shipped_spec_runs(name: str) -> None:
    """Assert that the first cell of each shipped spec gives the measures that it names."""
    plan = load_plan(name, {"particles": 64} if load_plan(name).spec.target else None)
    found = compute(plan.cells[0].content, plan.cells[0].files)
    assert found
    assert all(any(key == m or key.startswith(f"{m}.") for key in found) for m in plan.spec.measures)


def test_particles_grow_until_the_interval_is_narrow() -> None:
    """Assert the wanted width at a true run, equality with a run of that size, and a stop at the cap."""
    wanted = {"measure": "estimate.ambiguous", "width": 0.02, "start": 200, "cap": 100_000}
    spec = {**RUNS, "keys": {"mu": 2, "denoiser_stiffness": 4}, "adaptive": wanted}
    cell = make_plan(spec).cells[2]
    found = compute(cell.content, cell.files)
    assert found["estimate.ambiguous.high"] - found["estimate.ambiguous.low"] <= 0.02
    assert found["adaptive.reached"] == 1
    size = found["adaptive.particles"]
    whole = make_plan({**RUNS, "keys": {"mu": 2, "denoiser_stiffness": 4, "particles": size}}).cells[2]
    assert compute(whole.content, whole.files).items() <= found.items()

    def run(n: int) -> dict:
        return {"m": {"low": 0.0, "high": n**-0.5}}

    assert grow(run, "m", width=1e-9, start=10, cap=500)[1]["particles"] == 500
    assert grow(run, "m", width=0.01, start=10, cap=10**9)[1]["looks"] <= 4
    assert next_size(1000, 0.04, 0.01, 10**6) != next_size(1000, 0.0404, 0.01, 10**6)
    with pytest.raises(LookupError, match="no measure with an interval"):
        grow(run, "n", width=1.0, start=1, cap=1)


def test_tables_come_back_with_provenance(tmp_path: Path) -> None:
    """Assert that each format holds every number and where it comes from, and xarray the grid's dimensions."""
    import pandas as pd
    import xarray
    from pyarrow import parquet

    path = tmp_path / "a.sweep"
    in_process(make_plan(RUNS), path)
    swept = read_sweep(path)
    for form in FORMATS:
        export(swept, tmp_path / f"t.{form}", form)
    aside = json.loads((tmp_path / "t.csv.provenance.json").read_text(encoding="utf-8"))
    assert aside["counts"]["done"] == 12
    wanted = [record["exact.ambiguous"] for record in swept.records]
    code = swept.header.code
    assert code in (tmp_path / "t.csv").read_text(encoding="utf-8").splitlines()[0]
    assert list(pd.read_csv(tmp_path / "t.csv", comment="#")["exact.ambiguous"]) == wanted
    read = parquet.read_table(tmp_path / "t.parquet")
    assert read.column("exact.ambiguous").to_pylist() == wanted
    assert code.encode() in read.schema.metadata[b"noncommit"]
    first, *rows = [json.loads(line) for line in (tmp_path / "t.jsonl").read_text(encoding="utf-8").splitlines()]
    assert first["provenance"]["code"] == code
    assert [row["exact.ambiguous"] for row in rows] == wanted
    with xarray.open_dataset(tmp_path / "t.netcdf", engine="scipy") as data:
        assert code in data.attrs["provenance"]
        assert dict(data.sizes) == {"sampler": 3, "steps": 4}
        assert data["exact.ambiguous"].values.ravel().tolist() == wanted
    assert swept.to_xarray()["exact.ambiguous"].sel(sampler="ddim", steps=4).item() == wanted[2]
    assert swept.to_dataframe().shape[0] == 12
