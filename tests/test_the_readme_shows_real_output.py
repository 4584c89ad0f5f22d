"""Every command in the README and the guide prints what stands there, and their Python examples run."""

import ast
import doctest
import re
import shlex
from pathlib import Path

import pytest

from copies import ROOT, noncommit
from theory.text import text_named

PAGES = {name: (ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "GUIDE.md")}
README, GUIDE = PAGES.values()
BOTH = README + GUIDE
BLOCKS = [
    (shlex.split(command)[1:], shown)
    for command, shown in re.findall(r"```text\n\$ (noncommit [^\n]*)\n(.*?)```", BOTH, flags=re.DOTALL)
]

PROSE = set(re.findall(r"\(pydoc_data\.topics\): sha256\s+([0-9a-f]{64})", BOTH))
"""The English prose inside CPython differs from version to version, and so do numbers that are counted in it."""
SAME_PROSE = {text_named().sha256} == PROSE


def test_the_readme_has_its_commands() -> None:
    """Assert that law, advise, simulate, prove, sweep and verify are shown, and the two make commands."""
    assert {"law", "advise", "simulate", "prove", "sweep", "verify"} <= {command[0] for command, _ in BLOCKS}
    assert "make verify" in README
    assert "make test" in README


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page: str) -> None:
    """Assert that pictures and files exist, and that each anchor is a heading of its page."""
    links = [link for link in re.findall(r"\]\(([^)]*)\)", PAGES[page]) if "://" not in link]
    assert len(links) > 5
    for link in links:
        path, _, anchor = link.partition("#")
        target = PAGES[path or page] if anchor else ""
        assert (ROOT / (path or page)).exists(), link
        assert not anchor or anchor in anchors(target), link


def anchors(page: str) -> set[str]:
    """Return the anchors of a page's headings, as its readers make them: lower case, dashes, no punctuation."""
    headings = re.findall(r"^#+ (.*)$", page, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_a_wrong_anchor_is_seen() -> None:
    """Assert that anchors are those of headings, commas dropped, and no others."""
    assert anchors("# A guide\n\n## Add a law, a target\ntext") == {"a-guide", "add-a-law-a-target"}


@pytest.mark.parametrize(("command", "shown"), BLOCKS, ids=[" ".join(command) for command, _ in BLOCKS])
def test_a_command_prints_what_is_shown(command: list[str], shown: str, tmp_path: Path) -> None:
    """Assert the same words, and the same numbers up to 0.1%; of `verify` with another prose, those above the text."""
    if "target=chain" in command and not SAME_PROSE:
        pytest.skip("NOT RUN: the numbers shown are of the prose inside another version of Python")
    # Without a PATH no coqc is found: what is shown is what a reader without Coq sees.
    done = noncommit(*command, cwd=tmp_path, PYTHONPATH=str(ROOT), PATH=str(tmp_path))
    assert done.returncode == 0, done.stderr
    text = "finding    text ranks" if command[0] == "verify" and not SAME_PROSE else "\0"
    words, numbers = split(done.stdout.partition(text)[0])
    shown_words, shown_numbers = split(shown.partition(text)[0])
    assert words == shown_words
    assert numbers == pytest.approx(shown_numbers, rel=1e-3, abs=1e-12)


def test_the_prose_of_this_python_is_looked_at() -> None:
    """Assert that the page names one text by its hash, beside which any other is another."""
    assert len(PROSE) == 1
    assert len(text_named().sha256) == len(PROSE.copy().pop()) == 64


ONE_LINERS = [found for found in re.findall(r"\| `noncommit (simulate [^`]*)` \|", README) if "pkg.module" not in found]


@pytest.mark.parametrize("command", ONE_LINERS)
def test_each_line_of_the_table_runs(command: str, tmp_path: Path) -> None:
    """Assert that the commands which the README names without their output end well, here with few particles."""
    assert len(ONE_LINERS) >= 4
    done = noncommit(*shlex.split(command), "particles=100", cwd=tmp_path, PYTHONPATH=str(ROOT))
    assert done.returncode == 0, done.stderr


def split(text: str) -> tuple[list[str], list[float]]:
    """Return the words of a text and its numbers, but what differs from machine to machine: seconds, and roundings."""
    text = re.sub(r"\d+\.\d s\b", "# s", text)
    text = re.sub(r"(rounding moved an output by\s+)\S+", r"\1#", text)
    number = r"(?<![\w.])[-+]?\d[\d,]*\.?\d*(?:e[-+]?\d+)?"
    found = [float(match.replace(",", "")) for match in re.findall(number, text)]
    return re.sub(number, "#", text).split(), found


def test_a_wrong_number_or_word_is_seen() -> None:
    """Assert that the comparison bites: another word, another number."""
    assert split("slack 1.000, K = 8") == (["slack", "#,", "K", "=", "#"], [1.0, 8.0])
    assert split("rounding moved an output by   7.6e-05 in 16") == (
        ["rounding", "moved", "an", "output", "by", "#", "in", "#"], [16.0]
    )  # fmt: skip
    assert split("12  0.1 s") == (["#", "#", "s"], [12.0])
    assert split("error 4.8e-3")[1] != pytest.approx(split("error 4.9e-3")[1], rel=1e-3)


def test_the_python_examples_run() -> None:
    """Assert that the doctests of both pages pass and exist."""
    test = doctest.DocTestParser().get_doctest(BOTH, {}, "README and GUIDE", "README.md", 0)
    assert len(test.examples) >= 3
    result = doctest.DocTestRunner().run(test)
    assert result.failed == 0


@pytest.mark.parametrize("path", re.findall(r"`((?:proofs|plots|theory|sim)/[\w.]+|test_\w+\.py)`", BOTH))
def test_every_file_that_is_named_exists(path: str) -> None:
    """Assert that the map from claim to law, proof, test and figure leads somewhere."""
    assert (ROOT / path).exists() or (ROOT / "tests" / path).exists()


GLOSSARY = re.findall(r"^\| ([^|]+) \| ([^|]+) \| \[`(\w+)`\]\(([\w./]+)\) \|$", GUIDE, flags=re.MULTILINE)


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
    table = GUIDE.split("| word | meaning | in the code |\n|---|---|---|\n")[1].split("\n\n")[0]
    assert len(table.splitlines()) == len(GLOSSARY) > 20
    assert len({word for word, *_ in GLOSSARY}) == len(GLOSSARY)
    assert "no_such_function" not in defined(ROOT / "theory" / "tube.py")
