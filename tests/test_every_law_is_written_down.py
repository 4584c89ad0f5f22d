"""Every law is stated in theory/LAWS.md, and every function that a law rests on has a docstring with an example."""

import ast
import re
from pathlib import Path

import pytest

from theory.catalogue import LAWS

THEORY = Path(__file__).resolve().parent.parent / "theory"
LAWS_MD = (THEORY / "LAWS.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (\d)\. (.*?)(?=^## |\Z)", LAWS_MD, flags=re.MULTILINE | re.DOTALL))


def under(law: str) -> str:
    """Return the text of the section that the law names."""
    return "".join(SECTIONS[number] for number in re.findall(r"\d", LAWS[law].section))


@pytest.mark.parametrize("law", LAWS)
def test_each_law_is_stated_in_its_section(law: str) -> None:
    """Assert that the section which the law cites names it, and has hypotheses, a law and a reason."""
    text = under(law)
    assert f"`{law}`" in text or f"**{law.capitalize()}" in text
    assert re.search(r"\*Law[ .(]|\*Law\*|\*Definition|\*Law `|\*Law \(ours\)|L = Delta|Commitment\.", text)
    assert re.search(r"\*Why\.|\*Hypotheses\.|Credit", text)


def test_no_section_is_empty_or_unknown() -> None:
    """Assert the nine sections, and that a law that is not there would be seen."""
    assert sorted(SECTIONS) == [str(n) for n in range(10)]
    assert all(len(text) > 800 for text in SECTIONS.values())
    assert "`no_such_law`" not in LAWS_MD


def rests_on() -> list[Path]:
    """Return the modules of theory that the catalogue imports, one after another."""
    found: list[Path] = []
    waiting = sorted((THEORY / "catalogue").glob("*.py"))
    while waiting:
        path = waiting.pop()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [node.module] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                module = THEORY / f"{str(name).removeprefix('theory.')}.py"
                if str(name).startswith("theory.") and module.is_file() and module not in found:
                    found.append(module)
                    waiting.append(module)
    return sorted(found)


@pytest.mark.parametrize("path", rests_on(), ids=lambda path: path.stem)
def test_each_function_has_an_example(path: Path) -> None:
    """Assert a docstring with a doctest for each public function, and a source in each module."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    public = [n for n in tree.body if isinstance(n, ast.FunctionDef) and not n.name.startswith("_")]
    without = [node.name for node in public if ">>>" not in (ast.get_docstring(node) or "")]
    assert not without
    text = ast.get_docstring(tree) or ""
    if path.stem not in ("errors", "law", "verdict", "arrays", "primitives", "monotone"):  # machinery, no law
        assert "theory/LAWS.md, section" in text


def test_the_walk_reaches_the_laws() -> None:
    """Assert that the modules looked at are those of the laws."""
    stems = {path.stem for path in rests_on()}
    assert {"separated", "tube", "dimension", "kernel", "depth", "stored_codes", "decision"} <= stems


def test_the_registry_has_every_law_by_its_name() -> None:
    """Assert the fixed names of the laws, in the order of the sections in which they stand."""
    names = [
        "paths",
        "tube",
        "crossover",
        "readout_order",
        "coarea",
        "binary",
        "isoperimetric",
        "isoperimetric_tv",
        "simplex",
        "ordinal",
        "sobolev",
        "grid",
        "product",
        "spherical",
        "dimension",
        "composition",
        "ddim_frontier",
        "mixture_slope",
        "schedule_free_frontier",
        "conservation",
        "peak_optimal_schedule",
        "hierarchy",
        "commitment",
        "total_correlation",
        "reinjection",
        "joint",
        "dabi",
        "cci",
    ]
    assert set(names) <= set(LAWS)
    sections = [int(re.findall(r"\d", law.section)[0]) for law in LAWS.values()]
    assert sections == sorted(sections)
