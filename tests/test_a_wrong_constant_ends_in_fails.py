"""A constant of theory/ that is off by 1% ends the real command in FAILS and exit code 1.

Each case copies the rooms, edits one constant, and runs `noncommit verify` as a newcomer would.
"""

import json
from pathlib import Path

import pytest

from copies import copy_rooms, edit, noncommit

# (law, file, right, wrong): one quick case for each law, the rest with `make test-all`.
QUICK = [
    ("binary", "separated.py", 'return positive("separation", separation) / (2 * gap)',
     'return positive("separation", separation) / (2.02 * gap)'),
    ("isoperimetric", "gaussian.py", "WEIGHTS: Final[Array] = _W / 2", "WEIGHTS: Final[Array] = _W / 2.02"),
    ("ddim_frontier", "depth.py", "return abs(keep) + abs(add) * slope", "return abs(keep) + 1.01 * abs(add) * slope"),
]  # fmt: skip
SLOW = [
    ("isoperimetric", "primitives.py", "return np.sqrt(2 / np.pi) / special.erfcx",
     "return np.sqrt(2.02 / np.pi) / special.erfcx"),
    ("binary", "separated.py", "return float(positive(\"separation\", separation)) / (2 * float(r))",
     "return float(positive(\"separation\", separation)) / (2.02 * float(r))"),
    ("binary", "separated.py", "return -expm1(-log_shrink(mode_quantile(modes), half_gap))",
     "return -expm1(-1.01 * log_shrink(mode_quantile(modes), half_gap))"),
    ("ddim_frontier", "denoiser.py", "return a * scale**2 / v + a * b**2 * mu**2 / v**2",
     "return a * scale**2 / v + 1.01 * a * b**2 * mu**2 / v**2"),
    ("ddim_frontier", "depth.py", "return keep, a_next - a * keep", "return keep, a_next - 0.99 * a * keep"),
    ("reinjection", "kernel.py", "return Density(points, weights, values / tau)",
     "return Density(points, weights, values / (1.01 * tau))"),
    ("isoperimetric", "separated.py", "hazard(mode_quantile(modes)) / (2 * error)",
     "hazard(mode_quantile(modes)) / (2.02 * error)"),
    ("isoperimetric", "mixture_denoiser.py", "(range_of_means / 2) ** 2", "(range_of_means / 2.02) ** 2"),
]  # fmt: skip


def fails(law: str, file: str, right: str, wrong: str, folder: Path) -> None:
    copy_rooms(folder)
    edit(folder / "theory" / file, right, wrong)
    done = noncommit("verify", law, "--json", "--out", "out", cwd=folder)
    assert done.returncode == 1, done.stderr + done.stdout
    document = json.loads(done.stdout)
    assert {row["law"]: row["outcome"] for row in document["laws"]} == {law: "FAILS"}
    failed = [row for row in document["checks"] if row["outcome"] == "FAILS" and not row["qualifies"]]
    assert failed
    assert all(row["command"] == f"noncommit verify {law}" for row in failed)
    assert "FAILS" in (folder / "out" / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(("law", "file", "right", "wrong"), QUICK, ids=[case[1] for case in QUICK])
def test_quick(law: str, file: str, right: str, wrong: str, tmp_path: Path) -> None:
    """Assert FAILS, exit 1, the reproducing command, and a report that says so."""
    fails(law, file, right, wrong, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize(("law", "file", "right", "wrong"), SLOW, ids=[f"{c[1]}-{i}" for i, c in enumerate(SLOW)])
def test_the_rest(law: str, file: str, right: str, wrong: str, tmp_path: Path) -> None:
    """Assert the same for one constant of every file that a law rests on."""
    fails(law, file, right, wrong, tmp_path)


def test_every_edit_still_applies(tmp_path: Path) -> None:
    """Assert that what a case replaces stands once in its file, long cases included: a moved line is seen at once."""
    copy_rooms(tmp_path)
    for _, file, right, wrong in (*QUICK, *SLOW):
        edit(tmp_path / "theory" / file, right, wrong)
        edit(tmp_path / "theory" / file, wrong, right)


def test_the_untouched_copy_holds(tmp_path: Path) -> None:
    """Assert that it is the constant, not the copying: without an edit the same command exits with 0."""
    copy_rooms(tmp_path)
    done = noncommit("verify", "binary", cwd=tmp_path)
    assert done.returncode == 0, done.stderr + done.stdout
    assert "HOLDS" in done.stdout
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["report.html", "verdicts.json"]
