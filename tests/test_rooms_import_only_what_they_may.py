"""theory knows nothing of proofs and sim, these two never see each other, and only the face sees all."""

import ast
import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

STDLIB = set(sys.stdlib_module_names)
OPTIONAL = {"pandas", "xarray", "pyarrow", "distributed"}
ALLOWED = {
    "theory": {"theory", "numpy", "scipy"},
    "proofs": {"proofs", "theory", "numpy", "scipy", "sympy", "mpmath", "flint", "z3"},
    "sim": {
        "sim",
        "theory",
        "numpy",
        "scipy",
        "numba",
        "llvmlite",
        "threadpoolctl",
        "pydantic",
        "pydantic_core",
        *OPTIONAL,
    },
    "plots": {"plots", "sim", "theory", "numpy", "scipy", "matplotlib", "jinja2", "markupsafe"},
    "noncommit": {"noncommit", "plots", "sim", "proofs", "theory", "click", "marimo"},
}


def imported(source: str) -> set[str]:
    """Return the top-level names that a module imports, wherever in it."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative import"
            names.add((node.module or "").split(".")[0])
    return names


def trespasses(room: str, source: str) -> set[str]:
    return imported(source) - ALLOWED[room] - STDLIB


@pytest.mark.parametrize("room", ALLOWED)
def test_no_module_imports_what_its_room_may_not(room: str, root: Path) -> None:
    """Assert that each import of each module is on its room's list, third parties included."""
    files = sorted((root / room).rglob("*.py"))
    assert files
    found = {path.name: bad for path in files if (bad := trespasses(room, path.read_text(encoding="utf-8")))}
    assert not found, f"{room} may import only {sorted(ALLOWED[room])}"


@pytest.mark.parametrize(
    ("room", "source"),
    [("theory", "import numba"), ("proofs", "from sim.noise import normals"), ("sim", "import proofs.step"),
     ("plots", "def f():\n    import sympy"), ("noncommit", "import numpy")],
)  # fmt: skip
def test_a_planted_trespass_is_seen(room: str, source: str) -> None:
    """Assert that the rule bites, inside functions too."""
    assert trespasses(room, source)


@pytest.mark.parametrize("room", ALLOWED)
def test_the_rooms_are_those_of_this_checkout(room: str, root: Path) -> None:
    """Assert that no other package of the same name shadows ours."""
    assert Path(str(importlib.import_module(room).__file__)).resolve().parent == root / room


@pytest.mark.parametrize("room", ALLOWED)
def test_a_module_is_one_idea(room: str, root: Path) -> None:
    """Assert that every module opens with a docstring and has at most 300 lines."""
    for path in (root / room).rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert ast.get_docstring(ast.parse(text)), f"{path.name} has no docstring"
        assert text.count("\n") <= 300, f"{path.name} has more than 300 lines"


def test_a_public_name_is_never_a_module(root: Path) -> None:
    """Assert that calling each public function twice works: no submodule takes its name after an import."""
    import noncommit

    modules = {path.stem for path in (root / "noncommit").glob("*.py")}
    assert not modules & set(noncommit.__all__)
    for _ in range(2):
        assert next(law.name for law in noncommit.laws()) == "paths"
        assert noncommit.law("binary", stiffness=2.0)["error"] > 0
        assert noncommit.simulate(mu=4, steps=1, particles=10).nfe == 1
    with pytest.raises(ValueError, match="no law 'nothing'"):
        noncommit.verify("nothing")


def test_help_loads_nothing_heavy(root: Path) -> None:
    """Assert that `noncommit --help` answers without numpy, numba and their kin."""
    code = (
        "import sys\nfrom noncommit.cli import cli\n"
        "try:\n    cli(['--help'], prog_name='noncommit')\nexcept SystemExit as stop:\n    assert stop.code == 0\n"
        "print('LOADED', sorted({name.split('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    loaded = re.search(r"LOADED (.*)", done.stdout)
    assert loaded is not None
    assert "click" in loaded[1]
    for heavy in ("numpy", "numba", "scipy", "sympy", "matplotlib", "flint", "z3", "jinja2", "theory", "sim"):
        assert f"'{heavy}'" not in loaded[1]
