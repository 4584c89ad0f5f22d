"""A number off by 1%, an operator or a sign changed in a formula of theory/ is rejected, or listed with the reason.

What guards a formula is in guards/: rows of doubles against balls, sympy steps that read the code, values at the
ends. The module unchanged must survive its guards, else "all rejected" would mean nothing.
"""

import json
from pathlib import Path

import pytest

from copies import ROOT, run_python
from guards import FORMULA_FREE, GUARDS
from guards.rows import rows_hold, steps_hold
from mutants import mutants

LIST = Path(__file__).with_name("equivalent_mutants.txt")
WHY = {"limit", "branch", "mirror", "search", "panel", "scale", "unused"}
SAMPLED = {
    "crossover": 4,
    "coarea": 5,
    "schedule": 11,
    "sobolev": 13,
    "spherical": 15,
    "linear_method": 8,
    "readout": 14,
    "path": 19,
    "time_grid": 10,
    "covariance": 21,
    "mixture": 9,
    "catalogue/depth": 4,
}
"""Every so many mutants of modules whose guards are quick; `make test-all` runs all of all modules."""


def listed(module: str) -> set[str]:
    rows = [line.split("\t") for line in LIST.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
    assert all(len(row) == 3 and row[1] in WHY for row in rows)
    return {name for place, _, name in rows if place == module}


def source_of(module: str) -> str:
    return (ROOT / "theory" / f"{module}.py").read_text(encoding="utf-8")


def run(module: str, every: int) -> tuple[bool, set[str], int]:
    """Return whether the control survives, which mutants do, and how many there were."""
    done = run_python("tests/mutants.py", module, str(every), cwd=ROOT, OPENBLAS_NUM_THREADS="1")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    survivors = {name for name, killed in document["killed"].items() if not killed}
    return document["control_survives"], survivors, len(document["killed"])


def modules() -> set[str]:
    """Return the modules of theory/, packages' own files apart."""
    found = (ROOT / "theory").rglob("*.py")
    return {path.relative_to(ROOT / "theory").with_suffix("").as_posix() for path in found if path.stem != "__init__"}


def test_no_module_of_theory_is_forgotten() -> None:
    """Assert that each module is guarded or is said to hold no formula, never both; packages' own files hold none."""
    assert modules() == {*GUARDS, *FORMULA_FREE}
    assert not set(GUARDS) & set(FORMULA_FREE)
    assert all(FORMULA_FREE.values())
    for path in (ROOT / "theory").rglob("__init__.py"):
        assert not list(mutants(path.read_text(encoding="utf-8")))


def test_every_guard_accepts_what_stands() -> None:
    """Assert that no guard says no to theory/ as it is; rows and steps are judged where they are proved."""
    every = dict.fromkeys(guard for guards in GUARDS.values() for guard in guards)
    own = [(guard, args) for guard, args in every if guard not in (rows_hold, steps_hold)]
    assert len(own) >= 25
    assert [guard.__name__ for guard, args in own if not guard(*args)] == []


@pytest.mark.parametrize("module", GUARDS)
def test_the_list_of_equivalents_is_not_stale(module: str) -> None:
    """Assert that each listed mutant is one of the module's, and that most of its mutants are not listed."""
    names = {name for name, _ in mutants(source_of(module))}
    assert listed(module) <= names
    assert 2 * len(listed(module)) < len(names)


@pytest.mark.parametrize(("module", "every"), SAMPLED.items())
def test_a_sample_is_rejected(module: str, every: int) -> None:
    """Assert that the unchanged module survives and that of the sample only listed mutants do."""
    control, survivors, count = run(module, every)
    assert control
    assert count >= 4
    assert survivors <= listed(module)


@pytest.mark.slow
@pytest.mark.parametrize("module", GUARDS)
def test_every_mutant_is_rejected_or_listed(module: str) -> None:
    """Assert that the unchanged module survives, and that exactly the listed mutants do."""
    control, survivors, count = run(module, 1)
    assert control
    assert count == len(list(mutants(source_of(module)))) > 0
    assert survivors == listed(module)


def test_mutants_change_one_place() -> None:
    """Assert numbers by 1%, operators and signs; and nothing in docstrings, indices, limits of input or tolerances."""
    source = (
        'def f(x):\n    """Return 3."""\n    y = positive(x, high=7) + brentq(x, xtol=4)\n    return -2 * y[1]\n\n\n'
        "def g(x):\n    if x > 5:\n        raise ValueError(6)\n    return x**2\n"
    )
    assert [name for name, _ in mutants(source)] == [
        "f: y = positive(x, high=7) - brentq(x, xtol=4)",
        "f: return -2 / y[1]",
        "f: return +2 * y[1]",
        "f: return -2.02 * y[1]",
        "g: if x > 5.05: pass",
        "g: return x * 2",
        "g: return x ** 2.02",
    ]
