"""Every result is one row of pandas and a set of xarray: no number of its plain document is lost, moved or made up."""

import importlib
import inspect
import json
import math
import pkgutil
import subprocess
import sys
from functools import cache
from typing import Any

import numpy as np
import pytest

import noncommit
import sim
from sim.sweep.results import Sweep
from sim.tabular import ENDS, Tabular, leaves
from theory.errors import UsageError

RUNS = {
    "two_modes": lambda: noncommit.simulate(mu=4, steps=4, particles=100),
    "mixture": lambda: noncommit.simulate(target="mixture", means=[[0, 0], [8, 0], [0, 8]], steps=4, particles=100),
    "codebook": lambda: noncommit.simulate(target="codebook", codebook="bits", modes=4, steps=3, particles=50),
    "chain": lambda: noncommit.simulate(
        target="chain", sampler="commit_parallel", transition=np.full((3, 3), 1 / 3), steps=2, length=6, particles=8,
        source_dim=2,
    ),
    "own": lambda: noncommit.sample(lambda x, t: np.tanh(x), steps=3, source_dim=2, particles=5, means=np.eye(2)),
    "own without means": lambda: noncommit.sample(lambda x, t: 0 * x, steps=1, source_dim=(2, 2), particles=3),
    "spherical": lambda: noncommit.spherical(modes=5, source_dim=4, error=0.1, particles=2000),
    "measure": lambda: noncommit.measure(lambda z: np.sign(z), np.random.default_rng(0).normal(size=(60, 2))),
}  # fmt: skip


@cache
def result(name: str) -> Any:
    return RUNS[name]()


def single(tree: Any, path: str = "") -> dict[str, Any]:
    """Return the numbers and words of nested mappings by path; lists are left out."""
    if isinstance(tree, dict):
        parts = [single(part, f"{path}.{name}" if path else name) for name, part in tree.items()]
        return {name: leaf for part in parts for name, leaf in part.items()}
    return {} if isinstance(tree, list | tuple) else {path: tree}


def same(found: Any, wanted: Any) -> bool:
    """Return whether a cell holds a value; None is a missing number."""
    if wanted is None:
        return found is None or math.isnan(found)
    return type(wanted)(found) == wanted


@pytest.mark.parametrize("name", RUNS)
def test_a_row_holds_every_single_number(name: str) -> None:
    """Assert each number and word of the document in its own column, the keys of the run under their names."""
    document, frame = result(name).to_dict(), result(name).to_dataframe()
    assert len(frame) == 1
    row = frame.iloc[0].to_dict()
    given = document.pop("given", {})
    wanted = single(document) | {key: v for key, v in given.items() if not isinstance(v, list | tuple)}
    assert {key for key in wanted if not same(row[key], wanted[key])} == set()
    lists = {key for key, v in given.items() if isinstance(v, list | tuple)}
    assert set(row) == set(wanted) | lists
    assert all(len(row[key].split(",")) == len(given[key]) for key in lists)


@pytest.mark.parametrize("name", RUNS)
def test_a_set_holds_every_list(name: str) -> None:
    """Assert the lists of the document entry by entry, estimates along `end`, and the keys as JSON."""
    document, found = result(name).to_dict(), result(name).to_xarray()
    assert json.loads(found.attrs["given"]) == json.loads(json.dumps(document.pop("given", {})))
    checked = 0
    for path in found.data_vars:
        here: Any = document
        words = str(path).split(".")
        while words and isinstance(here, dict):
            here = here[words.pop(0)]
        values = found[path].values
        if path == "samples" and name.startswith("own"):
            assert np.array_equal(values, result(name).samples.reshape(len(values), -1))
            continue
        if not isinstance(here, list):
            wanted = [here[end] for end in ENDS] if isinstance(here, dict) else here
            assert values.shape == np.shape(wanted)
        else:
            entries = [e[words[0]] if words else e for e in here]
            wanted = [[None if e is None else e[end] for end in ENDS] if found[path].ndim == 2 else e for e in entries]
            assert len(values) == len(here)
        flat, meant = values.ravel().tolist(), np.array(wanted, dtype=object).ravel().tolist()
        assert all(same(f, m) for f, m in zip(flat, meant, strict=True)), path
        checked += 1
    assert checked >= 5


def test_rows_of_many_runs_stack() -> None:
    """Assert that runs of two targets make one table, and that a sweep of steps reads off it."""
    import pandas as pd

    runs = [noncommit.simulate(mu=4, steps=k, denoiser_stiffness=4, particles=10) for k in (1, 4, 16)]
    table = pd.concat([r.to_dataframe() for r in [*runs, result("mixture")]], ignore_index=True)
    assert table["steps"].tolist() == [1, 4, 16, 4]
    assert table["exact.ambiguous"].tolist()[:3] == [r.exact_ambiguous for r in runs]


def test_dimensions_are_named_by_what_they_count() -> None:
    """Assert cells, calls and samples, so that lists of one length that mean other things are not confused."""
    assert result("mixture").to_xarray()["estimate.counts"].dims == ("cell",)
    assert result("mixture").to_xarray()["bound.denoiser_slopes"].dims == ("call",)
    assert result("chain").to_xarray()["total_correlation"].dims == ("call", "end")
    assert result("own").to_xarray()["samples"].dims == ("sample", "coordinate")
    assert result("measure").to_xarray()["levels.noise"].dims == ("noise",)
    assert float(result("two_modes").to_xarray()["estimate.tv"].sel(end="high")) == result("two_modes").tv.high


def test_null_stands_in_for_any_entry() -> None:
    """Assert NaN of the right shape where an estimate or a record is null among others, and no array of nothing."""
    one = {"value": 1.0, "low": 0.0, "high": None}
    found = leaves({"rows": [{"x": 1, "e": one}, {"x": 2, "e": None}], "none": [], "e": [None, one]}, {"rows": "row"})
    assert set(found) == {"rows.x", "rows.e", "e"}
    assert found["rows.e"][0] == ("row", "end")
    assert np.isnan(found["rows.e"][1]).tolist() == [[False, False, True], [True, True, True]]
    assert np.isnan(found["e"][1]).tolist() == [[True, True, True], [False, False, True]]


@pytest.mark.parametrize(("package", "method"), [("pandas", "to_dataframe"), ("xarray", "to_xarray")])
def test_an_absent_package_is_named_with_its_extra(package: str, method: str, monkeypatch) -> None:
    """Assert one message where it is not installed."""
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(UsageError, match=r"is not installed.*noncommit\[data\]"):
        getattr(result("two_modes"), method)()


def test_nothing_is_imported_until_it_is_asked_for() -> None:
    """Assert that a run loads neither package."""
    code = (
        "import sys, noncommit\nnoncommit.simulate(mu=4, steps=2, particles=10)\n"
        "print({'pandas', 'xarray'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_no_result_is_left_out() -> None:
    """Assert that every class of sim that shows itself as HTML is tabular; a sweep has tables of its own."""
    found = set()
    for module in pkgutil.walk_packages(sim.__path__, "sim."):
        if not module.name.endswith("__main__"):
            found |= {c for _, c in inspect.getmembers(importlib.import_module(module.name), inspect.isclass)}
    shown = {c for c in found if "_repr_html_" in vars(c) and c.__module__.startswith("sim.")}
    shown -= {c for c in shown if getattr(c, "_is_protocol", False)}
    assert {c for c in shown if not issubclass(c, Tabular)} == {Sweep}
    assert len(shown) >= 6
