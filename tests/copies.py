"""A copy of the five rooms in which a test may break something, and the real command run in it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("theory", "proofs", "sim", "plots", "noncommit")


def copy_rooms(folder: Path) -> Path:
    """Copy the rooms into `folder` and return it."""
    for room in ROOMS:
        shutil.copytree(ROOT / room, folder / room, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def edit(path: Path, old: str, new: str) -> None:
    """Replace the one occurrence of `old`."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{path.name} has {text.count(old)} times {old!r}"
    path.write_text(text.replace(old, new), encoding="utf-8")


def run_python(*args: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Python in `cwd`, whose rooms are imported in preference to the checkout's."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("NUMBA", "PYTEST"))}
    # An installed checkout is found by an import hook; -P off and PYTHONPATH put the copy before it.
    kept |= {"PYTHONPATH": str(cwd), **environment}
    if cwd != ROOT:
        kept.setdefault("NUMBA_CACHE_DIR", str(cwd / ".cache"))
    return subprocess.run([sys.executable, *args], cwd=cwd, env=kept, capture_output=True, text=True, timeout=600)


def noncommit(*args: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command line in `cwd`."""
    return run_python("-m", "noncommit", *args, cwd=cwd, **environment)
