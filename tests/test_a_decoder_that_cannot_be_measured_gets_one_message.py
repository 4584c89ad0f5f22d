"""What cannot be measured ends in one message that names what is wrong, exit code 2, and nothing written."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from copies import ROOT, noncommit
from noncommit import measure
from sim.noise import normals
from theory.errors import UsageError

DECODERS = """
import itertools
import numpy as np

print("a decoder may print")
calls = itertools.count()

def linear(z): return z @ np.ones((z.shape[1], 3)) + z[:, :1] ** 2
def sign(z): return (z[:, 0] > 0).astype(int)
def same(z): return np.zeros(len(z), int)
def flat(z): return np.zeros((len(z), 2))
def short(z): return z[:-1]
def scalar(z): return 1.0
def turned(z): return z.T
def nan(z): return np.where(z > 1, np.nan, z)
def late_nan(z): return np.where(np.abs(z) > 9, np.nan, z)
def words(z): return ["a"] * len(z)
def moody(z): return z + next(calls)
def tired(z): return z * (1 if next(calls) < 20 else 2)
def random(z): return z + np.random.default_rng().normal(size=z.shape)
def social(z): return z - z.mean(axis=0)
def broken(z): raise RuntimeError("expected 5 channels\\nbut got 4")
def leaving(z): raise SystemExit(3)
class Named:
    def __init__(self, z): self.logits, self.hidden = z, z
def named(z): return Named(z)
def keyed(z): return {"mean": z, "scale": z[:1]}
def pair(z): return z, z[:1]
number = 5
class nested:
    readout = staticmethod(linear)
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch) -> Path:
    """A folder with decoders, latents that will do and latents that will not."""
    z = normals(0, range(40), 0, 4)
    (tmp_path / "bad_decoders.py").write_text(DECODERS, encoding="utf-8")
    (tmp_path / "failing.py").write_text("import no_such_package_at_all", encoding="utf-8")
    (tmp_path / "raising.py").write_text("1/0", encoding="utf-8")
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    holed = z.copy()
    holed[3, 2] = np.inf
    for name, array in {
        "z": z, "one": z[:1], "flat": z[0], "number": np.array(1.0), "empty": z[:, :0], "twins": z[[0, 0, 0]],
        "holed": holed, "words": np.array(["a", "b"]), "labels": np.arange(40) % 3, "few": np.arange(39),
        "alike": np.zeros(40, int), "soft": np.linspace(0, 1, 40), "far": z + 1e14,
    }.items():  # fmt: skip
        np.save(tmp_path / f"{name}.npy", array)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def options(text: str) -> list[str]:
    return ["measure", *text.split()]


BAD = [
    ("bad_decoders:linear", "Missing option '--latents'"),
    ("bad_decoders --latents z.npy", "names no readout"),
    ("bad_decoders.py:linear --latents z.npy", "cannot be imported"),
    ("decoder_that_is_not_there:linear --latents z.npy", "Is it in another folder"),
    ("failing:linear --latents z.npy", "no_such_package_at_all"),
    ("raising:linear --latents z.npy", "ZeroDivisionError"),
    ("bad_decoders:linaer --latents z.npy", "linear"),
    ("bad_decoders:number --latents z.npy", "cannot be called"),
    ("bad_decoders:nested --latents z.npy", "instance of the class"),
    ("bad_decoders:linear --latents none.npy", "--latents cannot be read"),
    ("bad_decoders:linear --latents file", "--latents cannot be read"),
    ("bad_decoders:linear --latents one.npy", "axis 0 of latents, the samples, has length 1"),
    ("bad_decoders:linear --latents flat.npy", "none for the coordinates"),
    ("bad_decoders:linear --latents number.npy", "none for the coordinates"),
    ("bad_decoders:linear --latents empty.npy", "axis 1 of latents is empty"),
    ("bad_decoders:linear --latents twins.npy", "All latents are identical"),
    ("bad_decoders:linear --latents holed.npy", "inf at index (3, 2)"),
    ("bad_decoders:linear --latents words.npy", "not numbers"),
    ("bad_decoders:linear --latents far.npy", "too short for the decoder's numbers"),
    ("bad_decoders:linear --latents z.npy --labels few.npy", "labels do not match latents along axis 0"),
    ("bad_decoders:linear --latents z.npy --labels alike.npy", "All labels are the same"),
    ("bad_decoders:linear --latents z.npy --labels soft.npy", "not names"),
    ("bad_decoders:same --latents z.npy", "same token"),
    ("bad_decoders:flat --latents z.npy", "same output"),
    ("bad_decoders:short --latents z.npy", "axis 0 of the output"),
    ("bad_decoders:scalar --latents z.npy", "axis 0 of the output"),
    ("bad_decoders:turned --latents z.npy", "axis 0 of the output"),
    ("bad_decoders:nan --latents z.npy", "not finite"),
    ("bad_decoders:late_nan --latents z.npy --radius 30", "not finite"),
    ("bad_decoders:words --latents z.npy", "no array of real numbers"),
    ("bad_decoders:named --latents z.npy", "no array of real numbers"),
    ("bad_decoders:moody --latents z.npy", "changes between calls"),
    ("bad_decoders:random --latents z.npy", "changes between calls"),
    ("bad_decoders:tired --latents z.npy", "changes between calls"),
    ("bad_decoders:social --latents z.npy", "rest of its batch"),
    ("bad_decoders:broken --latents z.npy", "expected 5 channels but got 4"),
    ("bad_decoders:leaving --latents z.npy", "SystemExit"),
    ("bad_decoders:named --latents z.npy --output logit", "hidden, logits"),
    ("bad_decoders:keyed --latents z.npy --output std", "mean, scale"),
    ("bad_decoders:keyed --latents z.npy --output scale", "axis 0 of the output"),
    ("bad_decoders:pair --latents z.npy --output 2", "has no '2'"),
    ("bad_decoders:linear --latents z.npy --kind tokens", "no tokens"),
    ("bad_decoders:linear --latents z.npy --kind probabilities", "no probabilities"),
    ("bad_decoders:sign --latents z.npy --kind logits", "no logits"),
    ("bad_decoders:linear --latents z.npy --kind logit", "Did you mean 'logits'?"),
    ("bad_decoders:linear --latents z.npy --directions serch", "Did you mean 'search'?"),
    ("bad_decoders:sign --latents z.npy --directions gradient", "no gradient toward a competitor"),
    ("bad_decoders:linear --latents z.npy --radius 0", "radius > 0"),
    ("bad_decoders:linear --latents z.npy --noise nan", "not finite"),
    ("bad_decoders:linear --latents z.npy --radius wide", "--radius"),
    ("bad_decoders:linear --latents z.npy --error 1", "0 < error < 1"),
    ("bad_decoders:linear --latents z.npy --anchors 1", "anchors"),
    ("bad_decoders:linear --latents z.npy --probes 0", "probes"),
    ("bad_decoders:linear --latents z.npy --replicates 10", "replicates"),
    ("bad_decoders:linear --latents z.npy --batch 0", "batch"),
    ("bad_decoders:linear --latents z.npy --seed -1", "seed"),
    ("bad_decoders:linear --latents z.npy --arrays nopy", "cannot be imported"),
    ("bad_decoders:linear --latents z.npy --out file", "is a file"),
]


@pytest.mark.parametrize(("arguments", "message"), BAD, ids=[arguments for arguments, _ in BAD])
def test_bad_input(arguments: str, message: str, place: Path, capfd) -> None:
    """Assert exit 2, one message on stderr, an empty stdout and no new file, though a folder to write to is named."""
    from noncommit.cli import cli

    before = sorted(path.name for path in place.iterdir())
    out = [] if "--out" in arguments else ["--out", "results"]
    with pytest.raises(SystemExit) as stop:
        cli([*options(arguments), *out], prog_name="noncommit")
    assert stop.value.code == 2
    stdout, stderr = capfd.readouterr()
    assert message in stderr
    assert len(re.findall(r"^Error: ", stderr, flags=re.MULTILINE)) == 1
    assert stdout == ""
    assert sorted(path.name for path in place.iterdir() if path.name != "__pycache__") == before
    assert (place / "file").read_text(encoding="utf-8") == "mine"


def test_the_real_command_prints_one_document(place: Path) -> None:
    """Assert that stdout holds the JSON alone, what the module prints goes to stderr, and the files are written."""
    done = noncommit(
        "measure", "bad_decoders:nested.readout", "--latents", "z.npy", "--json", "--out", "deep/er",
        "--labels", "labels.npy", "--noise", "0.5", cwd=place, PYTHONPATH=str(ROOT),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    assert document["schema_version"] == 1
    assert document["protocol"]["readout"] == "bad_decoders:nested.readout"
    assert document["protocol"]["cci_of"] == "the given labels"
    assert {"seed", "confidence", "replicates", "latents_sha256", "directions"} <= set(document["protocol"])
    assert done.stderr == "a decoder may print\n"
    assert sorted(path.name for path in (place / "deep/er").iterdir()) == [
        "measure.html",
        "measure.json",
        "measure.svg",
    ]
    written = json.loads((place / "deep/er/measure.json").read_text(encoding="utf-8"))
    assert written == document


@pytest.mark.parametrize("output", ["logits", "mean", "0"])
def test_the_part_that_is_meant_is_measured(output: str, place: Path) -> None:
    """Assert that an attribute, a key and a place give what the plain function gives."""
    z = np.load("z.npy")
    wrapped = {
        "logits": lambda x: type("Out", (), {"logits": x * [1.0, 2.0, 3.0, 4.0]}),
        "mean": lambda x: {"mean": x * [1.0, 2.0, 3.0, 4.0]},
        "0": lambda x: (x * [1.0, 2.0, 3.0, 4.0], None),
    }[output]
    plain = measure(lambda x: x * [1.0, 2.0, 3.0, 4.0], z)
    assert measure(wrapped, z, output=output).radii == plain.radii


def test_directions_of_the_caller_are_checked() -> None:
    """Assert messages for another shape along either axis, and for vectors that are no unit vectors."""
    z = normals(0, range(40), 0, 4)
    unit = np.eye(4)[np.zeros(40, int)]
    assert measure(lambda x: x, z, directions=unit).dabi.value == pytest.approx(1)
    for wrong, message in (
        (unit[:-1], "axis 0"),
        (unit[:, :3], "axis 1"),
        (2 * unit, "length 2"),
        (unit * np.nan, "nan"),
    ):
        with pytest.raises(UsageError, match=message):
            measure(lambda x: x, z, directions=wrong)


def test_a_saturated_margin_has_no_gradient() -> None:
    """Assert that a readout whose probabilities are 0 and 1 is refused by gradient and measured by search."""
    z = normals(0, range(40), 0, 4)

    def hard(x: np.ndarray) -> np.ndarray:
        return np.stack([x[:, 0] > 0, x[:, 0] <= 0], axis=1).astype(float)

    with pytest.raises(UsageError, match="no gradient"):
        measure(hard, z, directions="gradient")
    assert measure(hard, z).dabi.value > 1
