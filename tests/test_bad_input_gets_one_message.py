"""Bad input ends in one message on stderr, exit code 2, an empty stdout, and nothing written."""

import json
import os
from pathlib import Path

import pytest

from copies import noncommit
from noncommit.cli import cli

BAD = [
    (["law", "isoperimetrik", "modes=3", "error=0.1"], "Did you mean 'isoperimetric'?"),
    (["law", "binary", "eror=0.1"], "Did you mean 'error'?"),
    (["law", "binary", "error=0"], "0 < error < 1"),
    (["law", "binary", "error=1.5"], "0 < error < 1"),
    (["law", "binary", "error=nan"], "not finite"),
    (["law", "binary", "error=ten"], "not a number"),
    (["law", "binary", "error"], "no key=value pair"),
    (["law", "binary", "error=0.1", "error=0.2"], "given twice"),
    (["law", "binary", "masses=0.3;0.6"], "not a number"),
    (["law", "isoperimetric", "modes=1", "error=0.1"], "2 <= modes"),
    (["law", "isoperimetric", "modes=2.5", "error=0.1"], "whole number"),
    (["simulate", "mu=4", "steps=16", "sampler=dim"], "Did you mean 'ddim'?"),
    (["simulate", "mu=4", "steps=16", "sampler=ode"], "ddim, reinjection, commit_parallel"),
    (["simulate", "mu=4", "steps=16", "target=one"], "two_modes"),
    (["simulate", "mu=4", "steps=16", "particles=0"], "particles"),
    (["simulate", "mu=4", "steps=16", "seed=4294967296"], "seed"),
    (["simulate", "mu=4", "steps=16", "weights=0.5,0.6"], "sum 1"),
    (["simulate", "steps=16"], "mu is missing"),
    (["spherical", "modes=8"], "source_dim is missing"),
    (["spherical", "modes=8", "source_dim=3"], "one of error and stiffness"),
    (["spherical", "modes=50257", "source_dim=768", "error=0.1"], "would take too long"),
    (["law", "tube", "angles_degrees=120,120", "density=1", "relative_noise=0.1"], "do not fill the plane"),
    (["law", "dimension", "modes=8", "source_dim=3", "error=0.1", "targets=sphere"], "equidistant, lattice"),
    (["verify", "binari"], "Did you mean 'binary'?"),
    (["verify", "--out", "file/below"], "is a file"),
    (["verify", "--out", "file"], "is a file"),
    (["sweep", "run", "escpe"], "Did you mean 'escape'?"),
    (["sweep", "runn"], "Did you mean 'run'?"),
    (["sweep", "run", "none.toml"], "cannot be read"),
    (["sweep", "run", "escape", "--engine", "dask"], "--scheduler ADDRESS"),
    (["sweep", "status", "nothing"], "no store"),
    (["sweep", "status", "file"], "damaged"),
    (["sweep", "export", "file", "--out", "t.csv"], "damaged"),
    (["teach", "--out", "lesson.pdf"], "ends in .html"),
    (["teach", "--out", "."], "a folder"),
    (["teach", "--out", "file/lesson.html"], "is a file"),
    (["teach", "--from", "nothing"], "no store"),
    (["teach", "--from", "file"], "damaged"),
    (["verif"], "Did you mean 'verify'?"),
    (["laws", "--jsn"], "--json"),
    (["law", "total_correlation", "transition=none.npy", "prior=p.npy", "likelihoods=l.npy"], "cannot be read"),
    (["law", "total_correlation", "transition=file", "prior=p.npy", "likelihoods=l.npy"], "cannot be read"),
]


@pytest.mark.parametrize(("arguments", "message"), BAD, ids=[" ".join(a) for a, _ in BAD])
def test_bad_input(arguments: list[str], message: str, tmp_path: Path, monkeypatch, capfd) -> None:
    """Assert exit 2 with the message on stderr, nothing on stdout, and no new file."""
    from noncommit.cli import cli

    (tmp_path / "file").write_text("mine", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as stop:
        cli(arguments, prog_name="noncommit")
    assert stop.value.code == 2
    out, err = capfd.readouterr()
    assert message in err
    assert err.count("Error:") == 1
    assert out == ""
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert (tmp_path / "file").read_text(encoding="utf-8") == "mine"


def test_the_real_command_says_it_in_one_line(root: Path) -> None:
    """Assert the same through a process of its own: one line, no traceback."""
    done = noncommit("law", "binary", "error=2", cwd=root)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("Error: error is out of range. Expected: 0 < error < 1. Received: 2.0.")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [["laws"], ["law", "binary", "error=0.25"], ["law", "isoperimetric", "masses=0.2,0.3,0.4"],
     ["law", "ddim_frontier", "mu=4", "steps=16", "denoiser_stiffness=4"],
     ["law", "dimension", "modes=64", "source_dim=4", "error=0.1"],
     ["spherical", "modes=8", "source_dim=3", "error=0.1"],
     ["simulate", "mu=4", "steps=3", "particles=1000", "sampler=commit_parallel"]],
    ids=lambda a: " ".join(a),
)  # fmt: skip
def test_good_input_prints_one_document(arguments: list[str], capsys) -> None:
    """Assert that --json prints exactly one strict JSON document with its version, and text without it."""
    from noncommit.cli import cli

    for flag in (["--json"], []):
        with pytest.raises(SystemExit) as stop:
            cli([*arguments, *flag], prog_name="noncommit")
        assert stop.value.code == 0
        out, err = capsys.readouterr()
        assert err == ""
        if flag:
            document = json.loads(out, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
            assert document["schema_version"] == 1
        else:
            assert len(out.splitlines()) > 2


def test_help_and_version(capsys) -> None:
    """Assert -h, --help and --version everywhere, two examples under each help."""
    from noncommit import __version__
    from noncommit.cli import cli

    for command in (
        [],
        ["laws"],
        ["law"],
        ["advise"],
        ["simulate"],
        ["spherical"],
        ["measure"],
        ["prove"],
        ["verify"],
        ["sweep"],
        ["sweep", "run"],
        ["sweep", "plot"],
        ["sweep", "retry"],
        ["teach"],
    ):
        for flag in ("-h", "--help"):
            with pytest.raises(SystemExit) as stop:
                cli([*command, flag], prog_name="noncommit")
            assert stop.value.code == 0
            assert capsys.readouterr().out.count("\n    noncommit ") == 2
    with pytest.raises(SystemExit):
        cli(["--version"], prog_name="noncommit")
    assert __version__ in capsys.readouterr().out


def test_a_file_that_the_system_refuses_is_one_message(tmp_path: Path, monkeypatch, capfd) -> None:
    """Assert exit 2, one message and no half-written page where a folder looks writable and is not, as below /proc."""

    def refuses(*_: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(os, "replace", refuses)
    with pytest.raises(SystemExit) as stopped:
        cli(["teach", "--out", str(tmp_path / "lesson.html")], prog_name="noncommit")
    out, err = capfd.readouterr()
    assert (stopped.value.code, out) == (2, "")
    assert "lesson.html cannot be written. " in err
    assert "Received: Read-only file system" in err
    assert not (tmp_path / "lesson.html").exists()
