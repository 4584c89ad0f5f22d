"""A file is written whole or not at all, and a folder that cannot be written is refused before any work."""

import os
from pathlib import Path

from theory.errors import UsageError


def writable_folder(out: str) -> Path:
    """Return `out` as a path that can become a folder of results; UsageError if it cannot. Writes nothing."""
    folder = Path(out)
    place = folder
    while not place.exists() and place.parent != place:
        place = place.parent
    if not place.is_dir() or not os.access(place, os.W_OK):
        raise UsageError(
            f"--out {out} cannot be written.",
            expected="a folder, or a path below one, with permission to write",
            received=f"{place}, which is " + ("read-only" if place.is_dir() else "a file"),
            hint="Was a file name given where a folder belongs?",
        )
    return folder


def replace_file(path: Path, content: str | bytes) -> None:
    """Write a whole file or none: under another name first, then renamed. UsageError where that is refused."""
    fresh = path.with_name(path.name + ".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh.write_bytes(content.encode() if isinstance(content, str) else content)
        os.replace(fresh, path)
    except OSError as error:
        raise UsageError(
            f"{path} cannot be written.",
            expected="a file in a folder with permission to write",
            received=error.strerror or str(error),
            hint="Is the path relative to another folder?",
        ) from None
