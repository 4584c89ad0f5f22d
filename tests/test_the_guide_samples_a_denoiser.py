"""The guide's own denoiser is sampled as it says, by the command and in Python; what cannot be is told."""

import json
import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from test_the_guide_measures_a_decoder import block
from test_the_readme_shows_real_output import split

from copies import ROOT, noncommit
from sim.sweep.check import find_mistakes

COMMAND = (
    "noncommit simulate target=own denoiser=models:denoiser source_dim=6 steps=8 means=codebook.npy particles=10000"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A folder with the guide's models.py, saved as it stands and run."""
    made = tmp_path_factory.mktemp("guide")
    (made / "models.py").write_text(block("# models.py"), encoding="utf-8")
    subprocess.run([sys.executable, "models.py"], cwd=made, check=True)
    return made


def run(folder: Path, *arguments: str) -> tuple[int, str, str]:
    """Return the exit code, stdout and stderr of a command in a process of its own."""
    done = noncommit(*arguments, cwd=folder, PYTHONPATH=str(ROOT))
    return done.returncode, done.stdout, done.stderr


def test_the_command_prints_what_is_shown(folder: Path) -> None:
    """Assert the same words and, to 0.1%, the same numbers; and with --samples the samples themselves beside JSON."""
    code, out, err = run(folder, *COMMAND.split()[1:])
    assert (code, err) == (0, "")
    words, numbers = split(out)
    shown_words, shown_numbers = split(block(f"$ {COMMAND}", "console"))
    assert words == shown_words
    assert numbers == pytest.approx(shown_numbers, rel=1e-3, abs=1e-12)
    code, out, err = run(folder, *COMMAND.split()[1:], "--json", "--samples", "z.npy")
    document = json.loads(out)
    assert (code, document["given"]["denoiser"]) == (0, "models:denoiser")
    assert list(np.load(folder / "z.npy").shape) == document["samples"]["shape"] == [10000, 6]


def test_the_python_example_runs(folder: Path, capsys, monkeypatch) -> None:
    """Assert shape, a slope near the one shown, and a share of ambiguous samples."""
    (folder / "example.py").write_text(block("# sample"), encoding="utf-8")
    monkeypatch.syspath_prepend(str(folder))
    try:
        runpy.run_path(str(folder / "example.py"))
    finally:
        sys.modules.pop("models", None)
    rows, columns, slope, ambiguous = split(capsys.readouterr().out)[1]
    assert (rows, columns) == (1000, 6)
    assert slope == pytest.approx(13.2, abs=0.5)
    assert ambiguous == pytest.approx(0.13, abs=0.05)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("target=own", "denoiser=models", "steps=2", "source_dim=6"), "names no denoiser"),
        (("target=own", "denoiser=models:nobody", "steps=2", "source_dim=6"), "has no 'nobody'"),
        (("target=own", "denoiser=nothing:here", "steps=2", "source_dim=6"), "cannot be imported"),
        (("target=own", "denoiser=models:denoiser", "steps=2", "source_dim=5"), "The denoiser raised ValueError"),
        (("target=own", "steps=2", "source_dim=6"), "denoiser is missing"),
        (("mu=4", "steps=2", "--samples", "z.npy"), "no samples to write"),
        (("target=own", "denoiser=models:denoiser", "steps=2", "source_dim=6", "--samples", "z.txt"), "FILE.npy"),
    ],
)
def test_a_wrong_word_is_one_message(
    folder: Path, arguments: tuple[str, ...], message: str, monkeypatch, capfd
) -> None:
    """Assert exit 2, one message and no file."""
    from noncommit.cli import cli

    monkeypatch.chdir(folder)
    try:
        with pytest.raises(SystemExit) as stop:
            cli(["simulate", *(word.replace("z.", "none.") for word in arguments)], prog_name="noncommit")
    finally:
        sys.modules.pop("models", None)
    out, err = capfd.readouterr()
    assert (stop.value.code, out) == (2, "")
    assert message in err
    assert not list(folder.glob("none.*"))


def test_no_sweep_runs_code_that_it_cannot_name() -> None:
    """Assert that a sweep refuses the target: its store knows a cell by its content and by this project's code."""
    found = find_mistakes({"name": "x", "target": "own", "keys": {"denoiser": "models:denoiser", "source_dim": 1}})
    assert any("runs code of yours" in str(mistake) for mistake in found)
