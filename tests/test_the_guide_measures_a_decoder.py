"""The GUIDE's own decoders are measured as it says: a plain function by the command, a torch module in one line."""

import doctest
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from test_digits_lie_on_both_sides_of_the_map import Digits, predicted
from test_the_readme_shows_real_output import split

import lookalike
from copies import ROOT, noncommit

GUIDE = (ROOT / "GUIDE.md").read_text(encoding="utf-8")


def block(first_line: str, language: str = "python") -> str:
    """Return the fenced block that starts with this line, without it."""
    (found,) = re.findall(rf"```{language}\n{re.escape(first_line)}\n(.*?)```", GUIDE, flags=re.DOTALL)
    return str(found)


def test_the_command_prints_what_is_shown(tmp_path: Path) -> None:
    """Assert that the file, saved as it stands, measures as shown: the same words, numbers to 0.1%."""
    (tmp_path / "decoders.py").write_text(block("# decoders.py"), encoding="utf-8")
    subprocess.run([sys.executable, "decoders.py"], cwd=tmp_path, check=True)
    command = "noncommit measure decoders:token --latents z.npy"
    done = noncommit(*command.split()[1:], cwd=tmp_path, PYTHONPATH=str(ROOT))
    assert done.returncode == 0, done.stderr
    digest = re.compile(r"SHA-256\s+[0-9a-f]{64}")  # of numbers whose last bits are the processor's
    assert digest.search(done.stdout)
    words, numbers = split(digest.sub("", done.stdout))
    shown_words, shown_numbers = split(digest.sub("", block(f"$ {command}", "console")))
    assert words == shown_words
    assert numbers == pytest.approx(shown_numbers, rel=1e-3, abs=1e-12)


def run_torch_example(tmp_path: Path, capsys) -> list[float]:
    """Run the example as a file and return the numbers that it prints."""
    (tmp_path / "example.py").write_text(block("# torch"), encoding="utf-8")
    runpy.run_path(str(tmp_path / "example.py"))
    return split(capsys.readouterr().out)[1]


def test_the_torch_example_runs(tmp_path: Path, capsys) -> None:
    """Assert that torch itself runs it and that the exponent of a smooth decoder is 2 or a little less."""
    pytest.importorskip("torch", reason="NOT RUN: torch is not installed")
    numbers = run_torch_example(tmp_path, capsys)
    assert 0.5 < numbers[0] < 2
    assert 1.5 < numbers[3] <= 2.1


def test_the_torch_example_runs_on_the_stand_in(tmp_path: Path, capsys, monkeypatch) -> None:
    """Assert the same through tensors that leave by DLPack only, wherever torch is not installed."""
    monkeypatch.setitem(sys.modules, "torch", lookalike.module())
    numbers = run_torch_example(tmp_path, capsys)
    assert 0.5 < numbers[0] < 2
    assert 1 < numbers[3] <= 2.1


def test_what_is_said_of_the_digits_is_so() -> None:
    """Assert DABI and exponent of both decoders, with their intervals, and the prediction from the spectrum."""
    from noncommit import measure

    digits = Digits()
    image = measure(digits.image, digits.latents, anchors=len(digits.latents))
    token = measure(digits.token, digits.latents, anchors=len(digits.latents))
    (sentence,) = re.findall(r"On the 16 leading components .*?\n\n", GUIDE, flags=re.DOTALL)
    said = [float(x) for x in re.findall(r"\d+\.\d+", sentence)]
    found = [image.dabi.value, image.dabi.low, image.dabi.high, predicted(digits)]
    for estimate in (token.dabi, token.exponent):
        assert estimate is not None
        found += [estimate.value, estimate.low, estimate.high]
    assert said == pytest.approx(found, rel=5e-3)


def test_the_section_is_no_doctest() -> None:
    """Assert that the examples here are run by this file: doctest sees none of them."""
    section = GUIDE[GUIDE.index("## Measure your own decoder") : GUIDE.index("## Sweep")]
    assert doctest.DocTestParser().get_examples(section) == []
