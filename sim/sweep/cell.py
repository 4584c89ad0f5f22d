"""key(cell) = SHA-256 of its canonical content and the digest of the code: equal keys, equal numbers.

The content names the target or law, every key that is given (the seed is one of them), the measures and how particles
grow. A file enters by the digest of its bytes and not by its path. Defaults enter through the code, which holds them.
"""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final


@final
@dataclass(frozen=True)
class File:
    """A file that a cell reads: the absolute path, and the SHA-256 of its bytes when the sweep was planned."""

    path: str
    sha256: str


@final
@dataclass(frozen=True)
class Cell:
    """One point of a sweep: its `key`, its `content` as canonical JSON, and the files that it reads, by key."""

    key: str
    content: str
    files: str
    seed: int | None

    @property
    def values(self) -> dict[str, Any]:
        """The keys of the cell with their values, and `target` or `law` first."""
        return values_of(self.content)


def canonical(value: Any) -> str:
    """Return the one JSON text of a value: sorted keys, no spaces, infinities as text.

    >>> canonical({"b": [1, 2.5], "a": float("inf")})
    '{"a":"inf","b":[1,2.5]}'
    """
    return json.dumps(_encoded(value), sort_keys=True, separators=(",", ":"), allow_nan=False)


def _encoded(value: Any) -> Any:
    if isinstance(value, float) and math.isinf(value):
        return "inf" if value > 0 else "-inf"
    if isinstance(value, Mapping):
        return {name: _encoded(part) for name, part in value.items()}
    if isinstance(value, tuple | list):
        return [_encoded(part) for part in value]
    return value


def number(value: Any) -> Any:
    """Return what `canonical` wrote for an infinity as a number again, and anything else as it is."""
    return float(value) if value in ("inf", "-inf") else value


def values_of(content: str) -> dict[str, Any]:
    """Return the keys of a cell's content with their values, `target` or `law` first."""
    read = json.loads(content)
    what = {name: read[name] for name in ("target", "law") if name in read}
    return what | {name: number(value) for name, value in read["keys"].items()}


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file's bytes."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def make_cell(content: Mapping[str, Any], files: Mapping[str, File], code: str) -> Cell:
    """Return the cell of a content, whose `keys` hold each value as it goes to the run.

    >>> cell = make_cell({"law": "binary", "keys": {"error": 0.1}, "measures": []}, {}, code="0")
    >>> cell.content, cell.seed
    ('{"keys":{"error":0.1},"law":"binary","measures":[]}', None)
    """
    text = canonical(content)
    keys = content["keys"]
    meant = text
    if files:
        by_bytes = {name: {"sha256": file.sha256} for name, file in files.items()}
        meant = canonical({**content, "keys": {**keys, **by_bytes}})
    key = hashlib.sha256(f"{meant}\n{code}".encode()).hexdigest()
    paths = {name: [file.path, file.sha256] for name, file in files.items()}
    return Cell(key, text, canonical(paths), keys.get("seed"))
