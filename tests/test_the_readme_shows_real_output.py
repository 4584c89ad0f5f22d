"""Every command in the README prints what the README shows, and its Python examples run."""

import ast
import doctest
import re
import shlex
import sys
from pathlib import Path

import pytest

from copies import ROOT, noncommit

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = [
    (shlex.split(command)[1:], shown)
    for command, shown in re.findall(r"```text\n\$ (noncommit [^\n]*)\n(.*?)```", README, flags=re.DOTALL)
]


def test_the_readme_has_its_commands() -> None:
    """Assert that law, advise, simulate, prove, sweep and verify are shown, and the two make commands."""
    assert {"law", "advise", "simulate", "prove", "sweep", "verify"} <= {command[0] for command, _ in BLOCKS}
    assert "make verify" in README
    assert "make test" in README
    for picture in re.findall(r"!\[[^\]]*\]\(([^)]*)\)", README):
        assert (ROOT / picture).is_file()


@pytest.mark.parametrize(("command", "shown"), BLOCKS, ids=[" ".join(command) for command, _ in BLOCKS])
def test_a_command_prints_what_is_shown(command: list[str], shown: str, tmp_path: Path) -> None:
    """Assert the same words, and the same numbers up to 0.1%."""
    of_prose = command[0] == "verify" or "target=chain" in command
    if of_prose and sys.version_info[:2] != (3, 11):
        pytest.skip("NOT RUN: the numbers shown are of the prose inside Python 3.11, which differs by version")
    # Without a PATH no coqc is found: what is shown is what a reader without Coq sees.
    done = noncommit(*command, cwd=tmp_path, PYTHONPATH=str(ROOT), PATH=str(tmp_path))
    assert done.returncode == 0, done.stderr
    words, numbers = split(done.stdout)
    shown_words, shown_numbers = split(shown)
    assert words == shown_words
    assert numbers == pytest.approx(shown_numbers, rel=1e-3, abs=1e-12)


def split(text: str) -> tuple[list[str], list[float]]:
    """Return the words of a text and its numbers; seconds differ from machine to machine and are left out."""
    text = re.sub(r"\d+\.\d s\b", "# s", text)
    number = r"(?<![\w.])[-+]?\d[\d,]*\.?\d*(?:e[-+]?\d+)?"
    found = [float(match.replace(",", "")) for match in re.findall(number, text)]
    return re.sub(number, "#", text).split(), found


def test_a_wrong_number_or_word_is_seen() -> None:
    """Assert that the comparison bites: another word, another number."""
    assert split("slack 1.000, K = 8") == (["slack", "#,", "K", "=", "#"], [1.0, 8.0])
    assert split("12  0.1 s") == (["#", "#", "s"], [12.0])
    assert split("error 4.8e-3")[1] != pytest.approx(split("error 4.9e-3")[1], rel=1e-3)


def test_the_python_examples_run() -> None:
    """Assert that the doctests of the README pass and exist."""
    test = doctest.DocTestParser().get_doctest(README, {}, "README", "README.md", 0)
    assert len(test.examples) >= 3
    result = doctest.DocTestRunner().run(test)
    assert result.failed == 0


@pytest.mark.parametrize("path", re.findall(r"`((?:proofs|plots|theory|sim)/[\w.]+|test_\w+\.py)`", README))
def test_every_file_that_is_named_exists(path: str) -> None:
    """Assert that the map from claim to law, proof, test and figure leads somewhere."""
    assert (ROOT / path).exists() or (ROOT / "tests" / path).exists()


GLOSSARY = re.findall(r"^\| ([^|]+) \| ([^|]+) \| \[`(\w+)`\]\(([\w./]+)\) \|$", README, flags=re.MULTILINE)


def defined(path: Path) -> set[str]:
    """Return the names of the functions, methods and classes that a module defines."""
    kinds = (ast.FunctionDef, ast.ClassDef)
    return {node.name for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, kinds)}


@pytest.mark.parametrize(("word", "meaning", "name", "path"), GLOSSARY, ids=[row[0] for row in GLOSSARY])
def test_each_word_leads_to_its_code(word: str, meaning: str, name: str, path: str) -> None:
    """Assert that the link of each row of the glossary is a file, in which the named function is defined."""
    assert name in defined(ROOT / path)
    assert meaning.strip()


def test_no_row_of_the_glossary_is_without_a_link() -> None:
    """Assert that the rows found above are all rows of the table, and that a wrong name would be seen."""
    table = README.split("| word | meaning | in the code |\n|---|---|---|\n")[1].split("\n\n")[0]
    assert len(table.splitlines()) == len(GLOSSARY) > 20
    assert len({word for word, *_ in GLOSSARY}) == len(GLOSSARY)
    assert "no_such_function" not in defined(ROOT / "theory" / "tube.py")
