"""Every kernel does the same without the compiler: each is compared where it is tested, and the list is complete."""

import ast
import json

import numpy as np
import pytest

from copies import ROOT, run_python

COMPARED = {
    "sim/two_modes/kernels.py": "tests/test_kernels_equal_plain_python.py",
    "sim/mixture/levels.py": "tests/test_a_tree_is_measured_level_by_level.py",
    "sim/mixture/lanes.py": "tests/test_lanes_equal_plain_numpy.py",
    "sim/vocabulary/kernels.py": "tests/test_a_vocabulary_in_float32_stays_within_its_bound.py",
    "sim/chain/kernels.py": "tests/test_text_samplers_equal_plain_python.py",
    "sim/checks/counted.py": "tests/test_every_kernel_runs_as_plain_python.py",
    "sim/measure/bootstrap.py": "tests/test_every_kernel_runs_as_plain_python.py",
    "sim/measure/changes.py": "tests/test_every_kernel_runs_as_plain_python.py",
}
"""Where each module that has kernels is run with NUMBA_DISABLE_JIT=1 beside the compiler."""

CODE = """
import json
import numpy as np
from sim.checks.counted import clipped_affine_counts
from sim.measure.bootstrap import resampled_means
from sim.measure.changes import fill_normals
out = np.empty((5, 7))
fill_normals(9, np.array([0, 3, 4, 2**32 - 1, 8]), 2, out)
columns = np.sin(np.arange(60.0)).reshape(20, 3)
found = {
    "counts": clipped_affine_counts(50, 400, 3, 1.3, 0.35).tolist(),
    "normals": out.tolist(),
    "means": resampled_means(columns, 8, 5).tolist(),
}
kernels = (clipped_affine_counts, fill_normals, resampled_means)
print(json.dumps([found, [len(getattr(k, "signatures", [])) for k in kernels]]))
"""


def is_kernel(node: ast.AST) -> bool:
    names = [d.id for d in getattr(node, "decorator_list", []) if isinstance(d, ast.Name)]
    return "kernel" in names


def test_the_list_of_kernels_is_complete() -> None:
    """Assert that every module with a kernel names a test that runs it both ways, and imports what it lists."""
    found = {
        str(path.relative_to(ROOT))
        for room in ("sim", "theory", "noncommit", "plots")
        for path in (ROOT / room).rglob("*.py")
        if any(is_kernel(node) for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    }
    assert found == set(COMPARED)
    for module, test in COMPARED.items():
        text = (ROOT / test).read_text(encoding="utf-8")
        assert "NUMBA_DISABLE_JIT" in text
        room = module.removesuffix(".py").replace("/", ".")
        assert room in text or room.rpartition(".")[0] in text


def test_the_kernels_of_no_sampler_agree() -> None:
    """Assert equal counts, and normals and means to 4 units of the last place, with and without the compiler."""
    runs = [run_python("-c", CODE, cwd=ROOT, NUMBA_DISABLE_JIT=flag) for flag in ("0", "1")]
    for done in runs:
        assert done.returncode == 0, done.stderr
    (compiled, ones), (plain, none) = (json.loads(done.stdout) for done in runs)
    assert (ones, none) == ([1, 1, 1], [0, 0, 0])
    assert compiled["counts"] == plain["counts"]
    eps = float(np.finfo(float).eps)
    for name in ("normals", "means"):
        assert np.array(compiled[name]) == pytest.approx(np.array(plain[name]), rel=4 * eps, abs=4 * eps)
