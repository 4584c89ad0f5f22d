"""plan(spec) = its cells in order, each with its key: the grid without what the filter drops, nothing computed.

Reading a spec loads no compiler: targets are tables, laws are NumPy, and the code's digest is read from its sources.
"""

import hashlib
import platform
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Final, final

import theory
from sim.digest import sources_digest
from sim.sweep.axes import Dimension, dimensions, grid, points
from sim.sweep.cell import Cell, File, canonical, file_digest, make_cell
from sim.sweep.check import Known, find_mistakes, known_keys, law_value, typed
from sim.sweep.expression import ExpressionError, parse_expression
from sim.sweep.mistakes import Mistake, refuse
from sim.sweep.spec import MOST_POINTS, Spec, read_shape
from theory.errors import UsageError, one_of

SHIPPED: Final = resources.files("sim.sweep") / "specs"
"""Specs that come with noncommit, one file each."""


@final
@dataclass(frozen=True)
class Plan:
    """A spec with its dimensions, the keys that all cells share, and its cells in order.

    `code` is the digest of what computes them, `spec_text` the spec as canonical JSON, `digest` that of all keys.
    """

    spec: Spec
    spec_text: str
    code: str
    dims: tuple[Dimension, ...]
    fixed: Mapping[str, Any]
    cells: tuple[Cell, ...]

    @property
    def dims_text(self) -> str:
        """The dimensions as canonical JSON: [[names, rows], ...]."""
        return canonical([[dim.names, dim.rows] for dim in self.dims])

    @property
    def digest(self) -> str:
        """SHA-256 of all keys in order: equal digests, equal tables."""
        return keys_digest(cell.key for cell in self.cells)


def keys_digest(keys: Any) -> str:
    """Return the SHA-256 of keys in order."""
    return hashlib.sha256("\n".join(keys).encode()).hexdigest()


@cache
def code_digest() -> str:
    """Return the digest of theory, sim, the versions beneath them, and Python's (its text is a default target)."""
    rooms = [Path(str(theory.__file__)).parent, Path(__file__).resolve().parent.parent]
    version = ".".join(platform.python_version_tuple()[:2])
    return hashlib.sha256(f"{sources_digest(rooms)}\nPython {version}".encode()).hexdigest()


def shipped_specs() -> dict[str, str]:
    """Return the text of every spec that comes with noncommit, by name."""
    files = sorted((f for f in SHIPPED.iterdir() if f.name.endswith(".toml")), key=lambda f: f.name)
    return {file.name.removesuffix(".toml"): file.read_text(encoding="utf-8") for file in files}


def load_plan(source: str, changes: Mapping[str, Any] | None = None) -> Plan:
    """Return the plan of a spec in a TOML file or under a shipped name; `changes` replace entries of `keys`.

    Raises UsageError for a file that cannot be read and for a spec with mistakes, all of them at once.
    """
    folder = Path()
    if Path(source).suffix == ".toml" or Path(source).is_file():
        try:
            text, folder = Path(source).read_text(encoding="utf-8"), Path(source).parent
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(
                "The spec cannot be read.", expected="a TOML file, or the name of a shipped spec",
                received=f"{source} ({error})", hint="Is the path relative to another folder?",
            ) from None  # fmt: skip
    else:
        text = shipped_specs()[one_of("spec", source, shipped_specs())]
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(
            "The spec is no TOML.", expected='lines such as target = "two_modes"', received=f"{source}: {error}",
            hint="Is a quote or a bracket left open?",
        ) from None  # fmt: skip
    return make_plan(document, source=source, folder=folder, changes=changes)


def make_plan(
    document: Mapping[str, Any],
    *,
    source: str = "a mapping",
    folder: Path = Path(),
    changes: Mapping[str, Any] | None = None,
) -> Plan:
    """Return the plan of a spec given as a mapping; files are named relative to `folder`.

    Raises UsageError with every mistake at once.
    """
    document = dict(document)
    if changes:
        document["keys"] = {**document.get("keys", {}), **changes}
    spec, shape = read_shape(document)
    refuse(_together(shape, find_mistakes(document)), source)
    assert spec is not None
    known = known_keys(spec.target, spec.laws)
    dims, fixed = _dimensions(spec, known)
    refuse(_values(spec, dims, fixed), source)
    cells = _cells(spec, dims, fixed, known, folder, source)
    # `about` is a comment, and a spec read back from a store must not differ for want of one.
    return Plan(spec, canonical(spec.model_dump(exclude_defaults=True)), code_digest(), dims, fixed, cells)


def _together(shape: Sequence[Mistake], words: Sequence[Mistake]) -> list[Mistake]:
    """Return both lists, one mistake a place: what is wrong with a shape comes first."""
    return list({mistake.path: mistake for mistake in [*reversed(words), *reversed(shape)]}.values())[::-1]


def _dimensions(spec: Spec, known: Mapping[str, Known]) -> tuple[tuple[Dimension, ...], dict[str, Any]]:
    axes: dict[str, list[Any]] = {}
    fixed: dict[str, Any] = {}
    if spec.laws is not None:
        if len(spec.laws) > 1:
            axes["law"] = list(spec.laws)
        else:
            fixed["law"] = spec.laws[0]
    else:
        fixed["target"] = spec.target
    if spec.samplers is not None:
        axes["sampler"] = list(spec.samplers)
    for name, axis in spec.grid.items():
        kind = known[name].kind
        axes[name] = [typed(kind, value) for value in points(axis, whole=kind == "whole")]
    shared = dict(spec.keys) | {k: v for k, v in (("path", spec.path), ("readout", spec.readout)) if v is not None}
    fixed |= {name: typed(known[name].kind, value) for name, value in shared.items()}
    lengths = [(place, {len(axes[name]) for name in group}) for place, group in enumerate(spec.zip)]
    uneven = [Mistake(f"zip.{place}", "its axes differ in length") for place, found in lengths if len(found) > 1]
    refuse(uneven, spec.name)
    return dimensions(axes, spec.zip), fixed


def _values(spec: Spec, dims: Sequence[Dimension], fixed: Mapping[str, Any]) -> list[Mistake]:
    """Return the values that a law refuses, each at its place."""
    given = [(f"keys.{name}", name, value) for name, value in fixed.items()]
    given += [
        (f"grid.{name}", name, row[column])
        for dim in dims for column, name in enumerate(dim.names) for row in dim.rows
    ]  # fmt: skip
    wrong = [
        Mistake(path, what)
        for path, name, value in given for law in spec.laws or () if (what := law_value(law, name, value))
    ]  # fmt: skip
    return list(dict.fromkeys(wrong))


def _cells(
    spec: Spec,
    dims: Sequence[Dimension],
    fixed: Mapping[str, Any],
    known: Mapping[str, Known],
    folder: Path,
    source: str,
) -> tuple[Cell, ...]:
    size = 1
    for dim in dims:
        size *= len(dim.rows)
    if size > MOST_POINTS:
        refuse([Mistake("grid", f"has {size} points, more than {MOST_POINTS}")], source)
    keep = parse_expression(spec.where) if spec.where else None
    more: dict[str, Any] = {"measures": list(spec.measures)}
    if spec.adaptive is not None:
        more["adaptive"] = spec.adaptive.model_dump()
    code, found, read = code_digest(), [], _Files(known, folder)
    for point in grid(dims):
        values = {**fixed, **point}
        try:
            if keep is not None and not keep(values):
                continue
        except ExpressionError as error:
            refuse([Mistake("where", str(error))], source)
        what = "law" if spec.laws is not None else "target"
        name = values.pop(what)
        found.append(make_cell({what: name, "keys": values, **more}, read.of(values), code))
    if not found:
        refuse([Mistake("where", "keeps no cell")], source)
    return tuple(found)


@final
class _Files:
    """Which values of a cell are files: arrays, and words without choices that name one that exists. Each read once."""

    def __init__(self, known: Mapping[str, Known], folder: Path) -> None:
        self._names = [n for n, key in known.items() if key.kind in ("word", "array") and not key.choices]
        self._folder, self._read = folder, dict[str, File | None]()

    def of(self, values: Mapping[str, Any]) -> dict[str, File]:
        """Return the files among the values."""
        found = {name: self._file(values[name]) for name in self._names if name in values}
        return {name: file for name, file in found.items() if file is not None}

    def _file(self, written: str) -> File | None:
        if written not in self._read:
            path = (self._folder / written).absolute()
            self._read[written] = File(str(path), file_digest(path)) if path.is_file() else None
        return self._read[written]
