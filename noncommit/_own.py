"""simulate target=own = import the user's denoiser by its name, sample it, and keep the samples where asked for."""

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from noncommit._files import replace_file
from noncommit._loading import load_named, own_code
from sim.run import check_keys, simulate
from sim.targets import Result, Target
from theory.errors import UsageError


def simulate_own(target: Target, given: Mapping[str, Any], *, progress: Callable[[int], None] | None) -> Result:
    """Run a target whose keys name objects of the user's, which are imported from the current folder.

    Raises UsageError as load_named and the run; what the user's code prints goes to stderr.
    """
    check_keys(target, given)
    names = {key.name: given[key.name] for key in target.keys if key.kind == "callable" and key.name in given}
    with own_code():
        loaded = {name: load_named(text, name) for name, text in names.items()}
        measured: Any = simulate(target=target.name, **{**given, **loaded}, progress=progress)
    named: Result = replace(measured, given={**measured.given, **names})
    return named


def check_samples_file(target: Target, file: str) -> None:
    """Raise UsageError, before any work, if the target has no samples or the file cannot be written."""
    if target.name != "own":
        raise UsageError(
            "There are no samples to write.", expected="--samples with target=own",
            received=f"--samples with target={target.name}", hint="Is --json meant, which prints what was measured?",
        )  # fmt: skip
    path = Path(file)
    if path.suffix != ".npy" or path.is_dir() or not os.access(path.parent, os.W_OK):
        raise UsageError(
            "The samples cannot be written.", expected="--samples FILE.npy, in a folder with permission to write",
            received=file, hint="Is the ending missing, or the folder not made yet?",
        )  # fmt: skip


def write_samples(measured: Any, file: str) -> None:
    """Write the samples, whole or not at all, as numpy.load reads them."""
    replace_file(Path(file), measured.npy())
