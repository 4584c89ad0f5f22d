"""A target is its table: the keys it lists are those that its run takes, and no other key is read."""

import inspect
import json
import subprocess
import sys
from pathlib import Path

import pytest

from sim.run import check_keys, simulate, target_named
from sim.targets import TARGETS
from sim.two_modes.sampler_names import SAMPLERS
from theory.errors import UsageError
from theory.path import PATHS
from theory.schemes import SCHEMES
from theory.time_grid import KEYS, READS


def told(capfd, *arguments: str) -> tuple[int, str, str]:
    """Return the exit code, stdout and stderr of one command."""
    from noncommit.cli import cli

    with pytest.raises(SystemExit) as stop:
        cli(["simulate", *arguments], prog_name="noncommit")
    return (int(stop.value.code or 0), *capfd.readouterr())


@pytest.mark.parametrize("name", TARGETS)
def test_a_table_agrees_with_its_run(name: str) -> None:
    """Assert the same keys, defaults and required keys in the table and in the run's own signature."""
    target = TARGETS[name]
    taken = dict(inspect.signature(target.load()).parameters)
    assert taken.pop("threads").default is None
    assert taken.pop("progress").default is None
    assert {key.name for key in target.keys} == set(taken)
    for key in target.keys:
        parameter = taken[key.name]
        assert parameter.kind is inspect.Parameter.KEYWORD_ONLY
        assert (parameter.default is inspect.Parameter.empty) == key.required, key.name
        assert key.required or parameter.default == key.default, key.name
        assert key.kind in {"number", "whole", "list", "word", "array", "callable"}
        assert not key.choices or key.required or key.default in key.choices


def test_the_names_in_the_tables_exist() -> None:
    """Assert that the samplers and paths of two_modes are those of the code, and that each target has a text."""
    from noncommit._result_text import RESULT_TEXTS

    assert TARGETS["two_modes"].samplers == tuple(SAMPLERS)
    assert set(TARGETS["own"].samplers) == set(SCHEMES)
    for target in TARGETS.values():
        assert all(set(key.choices) == set(PATHS) for key in target.keys if key.name == "path")
        assert all(set(key.choices) == set(READS) for key in target.keys if key.name == "grid")
        assert {key.name for key in target.keys} >= set(KEYS)
    assert set(RESULT_TEXTS) == set(TARGETS)


@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.parametrize("flag", [(), ("--help",), ("-h",)])
def test_a_target_lists_its_keys(name: str, flag: tuple[str, ...], capfd) -> None:
    """Assert that naming a target alone, or asking for help beside it, lists every key, choice and default."""
    code, out, err = told(capfd, f"target={name}", *flag)
    assert (code, err) == (0, "")
    for key in TARGETS[name].keys:
        assert f"  {key.name} " in out
        assert all(choice in out for choice in key.choices)
    assert out.count("required: ") == sum(key.required for key in TARGETS[name].keys)


def test_help_names_every_target(capfd) -> None:
    """Assert that the help without a target lists all of them and the keys of the first."""
    _, out, _ = told(capfd, "--help")
    assert f"targets: {', '.join(TARGETS)}" in out
    assert "mu  " in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(["target=two_mode"], "Did you mean 'two_modes'?"), (["target=two_mode", "--help"], "Did you mean 'two_modes'?"),
     (["target=two_modes", "--json"], "mu is missing"), (["target="], "There is no target ''"),
     (["mu=4", "steps=2", "target=two_modes", "target=two_modes"], "given twice"),
     (["mu=4", "steps=2", "wieghts=1,2"], "Did you mean 'weights'?"),
     (["mu=4", "steps=2", "path=cosin"], "Did you mean 'cosine'?")],
)  # fmt: skip
def test_a_wrong_word_is_one_message(arguments: list[str], message: str, capfd) -> None:
    """Assert exit 2 and one message, before anything is run."""
    code, out, err = told(capfd, *arguments)
    assert (code, out) == (2, "")
    assert message in err
    assert err.count("Error:") == 1


def test_python_gets_the_same_messages() -> None:
    """Assert that a missing, an unknown key and a wrong choice are UsageErrors in Python, too."""
    for given, message in (
        ({"steps": 2}, "mu is missing"), ({"mu": 4, "steps": 2, "modes": 3}, "no key of the target two_modes 'modes'"),
        ({"mu": 4, "steps": 2, "sampler": "dim"}, "Did you mean 'ddim'"), ({"target": "chains"}, "no target 'chains'"),
    ):  # fmt: skip
        with pytest.raises(UsageError, match=message):
            simulate(**given)
    check_keys(target_named("two_modes"), {"mu": 4, "steps": 2})


def test_progress_is_for_terminals(capfd, monkeypatch) -> None:
    """Assert a bar that fills on a terminal, and an untouched stderr elsewhere."""
    arguments = ("mu=4", "steps=2", "particles=200000")
    assert told(capfd, *arguments)[2] == ""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    code, out, err = told(capfd, *arguments)
    assert code == 0
    assert "done" not in out
    assert "200000/200000" in err


def test_an_interrupt_is_one_word(capfd, monkeypatch) -> None:
    """Assert exit 130 and one line where the user stops a run."""
    import sim.two_modes.run as module

    def stopped(*arguments: object, **options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "count", stopped)
    assert told(capfd, "mu=4", "steps=2") == (130, "", "Interrupted.\n")


def test_every_result_keeps_the_protocol() -> None:
    """Assert a short repr, an HTML table, strict JSON, and the target's name among what was given."""
    measured = simulate(mu=2, steps=2, particles=100)
    assert len(repr(measured)) < 160
    assert measured._repr_html_().startswith("<table>")
    document = json.loads(json.dumps(measured.to_dict(), allow_nan=False))
    assert document["given"]["target"] == measured.given["target"] == "two_modes"


def test_listing_keys_loads_no_compiler(root: Path) -> None:
    """Assert that the tables and their text need neither numba nor scipy."""
    code = (
        "import sys\nfrom noncommit.cli import cli\n"
        "try:\n    cli(['simulate', 'target=two_modes'], prog_name='noncommit')\n"
        "except SystemExit as stop:\n    assert stop.code == 0\n"
        "print('LOADED', sorted({name.split('.')[0] for name in sys.modules} & {'numba', 'scipy', 'sympy'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert "LOADED []" in done.stdout
