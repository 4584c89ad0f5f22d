"""The words of a spec against the registries: every key is read by someone, every value is of its kind.

A target is known by its table in sim.targets and a law by its quantities; none is named here. What only a run can know,
as a range that depends on other keys, becomes a failed cell with its own message.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, final

from sim.sweep.expression import ExpressionError, parse_expression
from sim.sweep.mistakes import Mistake, did_you_mean
from sim.targets import TARGETS
from theory.catalogue import LAWS
from theory.errors import UsageError
from theory.law import Law

SIZE: Final = "particles"
"""The key that adaptive sampling lets grow."""


@final
@dataclass(frozen=True)
class Known:
    """A key that may be given: its kind, its choices (empty: any), and whether a target cannot do without it."""

    kind: str
    choices: tuple[str, ...] = ()
    required: bool = False


def known_keys(target: str | None, laws: list[str] | None) -> dict[str, Known]:
    """Return the keys that the target reads, or that any of the laws reads. Unknown names read none."""
    if laws:
        found = {q.name: Known(q.kind) for name in laws if name in LAWS for q in LAWS[name].quantities}
    elif target in TARGETS:
        found = {key.name: Known(key.kind, key.choices, key.required) for key in TARGETS[target].keys}
    else:
        found = {}
    return found


def typed(kind: str, value: Any) -> Any:
    """Return a value of the spec as its kind has it; ValueError says why it is none.

    >>> typed("whole", 4.0), typed("number", 4), typed("list", [1, 2])
    (4, 4.0, (1.0, 2.0))
    """
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if kind == "number" and is_number:
        return float(value)
    if kind == "whole" and is_number and value == value // 1:
        return int(value)
    if kind == "list" and isinstance(value, list | tuple) and all(isinstance(v, int | float) for v in value):
        return tuple(float(v) for v in value)
    if kind in ("word", "array") and isinstance(value, str):
        return value
    wanted = {"number": "a number", "whole": "a whole number", "list": "a list of numbers", "word": "a word"}
    raise ValueError(f"must be {wanted.get(kind, 'the name of a .npy file')}, not {value!r}")


def find_mistakes(document: Mapping[str, Any]) -> list[Mistake]:
    """Return every mistake in the words of a spec, whatever is wrong with its shape."""
    found: list[Mistake] = []
    target, laws = document.get("target"), document.get("laws")
    found += _subject(target, laws)
    known = known_keys(target if isinstance(target, str) else None, laws if isinstance(laws, list) else None)
    given = _given(document)
    if known:
        for path, name, values in given:
            found += _key(path, name, values, known, target or "the laws")
        found += _complete({name for _, name, _ in given}, known, document)
    names = [name for _, name, _ in given]
    for path, name, _ in given:
        if names.count(name) > 1 and path != f"grid.{name}":
            found.append(Mistake(path, f"{name} is given twice: held fixed and varied"))
    found += _filter(document.get("where"), {*names, "law" if laws else "target"})
    found += _zipped(document)
    if isinstance(laws, list) and laws and all(name in LAWS for name in laws):
        for name in dict.fromkeys(laws):
            found += _question(LAWS[name], {n for n in names if n in {q.name for q in LAWS[name].quantities}})
    return found


def _subject(target: Any, laws: Any) -> list[Mistake]:
    if (target is None) == (laws is None):
        return [Mistake("target", "give either a target or laws")]
    if isinstance(target, str) and target not in TARGETS:
        return [Mistake("target", f"there is no target {target!r}. {did_you_mean(target, TARGETS)}")]
    if isinstance(target, str) and any(key.kind == "callable" for key in TARGETS[target].keys):
        return [Mistake("target", f"target {target!r} runs code of yours, of which a store cannot say that it changed")]
    unknown = [n for n in laws if isinstance(n, str) and n not in LAWS] if isinstance(laws, list) else []
    return [Mistake("laws", f"there is no law {name!r}. {did_you_mean(name, LAWS)}") for name in unknown]


def _given(document: Mapping[str, Any]) -> list[tuple[str, str, list[Any]]]:
    """Return (path, key, values to check) for everything that sets a key."""
    found: list[tuple[str, str, list[Any]]] = []
    if isinstance(document.get("samplers"), list):
        found.append(("samplers", "sampler", document["samplers"]))
    found += [(name, name, [document[name]]) for name in ("path", "readout") if isinstance(document.get(name), str)]
    keys, grid = document.get("keys"), document.get("grid")
    if isinstance(keys, Mapping):
        found += [(f"keys.{name}", name, [value]) for name, value in keys.items()]
    if isinstance(grid, Mapping):
        for name, axis in grid.items():
            listed = axis.get("values") if isinstance(axis, Mapping) else None
            found.append((f"grid.{name}", name, listed if isinstance(listed, list) else []))
            if isinstance(axis, Mapping) and ("linspace" in axis or "logspace" in axis):
                found[-1] = (f"grid.{name}", name, [1])  # a number in place of its points
    return found


def _key(path: str, name: str, values: list[Any], known: Mapping[str, Known], owner: str) -> list[Mistake]:
    if name not in known:
        return [Mistake(path, f"there is no key {name!r} of {owner}. {did_you_mean(name, known)}")]
    found = []
    for place, value in enumerate(values):
        at = path if len(values) == 1 else f"{path}.{place}"
        try:
            word = typed(known[name].kind, value)
        except ValueError as error:
            found.append(Mistake(at, str(error)))
            continue
        if known[name].choices and word not in known[name].choices:
            found.append(Mistake(at, f"there is no {name} {word!r}. {did_you_mean(word, known[name].choices)}"))
    if len({repr(value) for value in values}) < len(values):
        found.append(Mistake(path, "a value occurs twice"))
    return found


def _complete(names: set[str], known: Mapping[str, Known], document: Mapping[str, Any]) -> list[Mistake]:
    found = [Mistake(f"keys.{name}", "is missing") for name in known if known[name].required and name not in names]
    if document.get("adaptive") is not None:
        if SIZE not in known:
            found.append(Mistake("adaptive", f"there is no key {SIZE!r} to grow"))
        elif SIZE in names:
            found.append(Mistake(f"keys.{SIZE}", "adaptive chooses it: give one or the other"))
    return found


def _filter(where: Any, names: set[str]) -> list[Mistake]:
    if not isinstance(where, str) or not where:
        return []
    try:
        unknown = sorted(parse_expression(where).names - names)
    except ExpressionError as error:
        return [Mistake("where", str(error))]
    return [Mistake("where", f"no cell has a key {name!r}. {did_you_mean(name, sorted(names))}") for name in unknown]


def _zipped(document: Mapping[str, Any]) -> list[Mistake]:
    grid, groups = document.get("grid"), document.get("zip", [])
    if not isinstance(grid, Mapping) or not isinstance(groups, list):
        return []
    axes = {*grid, "sampler"} if document.get("samplers") else set(grid)
    found, seen = [], set()
    for place, group in enumerate(groups):
        for name in group if isinstance(group, list) else []:
            if name not in axes:
                found.append(Mistake(f"zip.{place}", f"{name!r} is no axis. {did_you_mean(str(name), axes)}"))
            elif name in seen:
                found.append(Mistake(f"zip.{place}", f"{name!r} is in two groups"))
            seen.add(name)
    return found


def _question(law: Law, names: set[str]) -> list[Mistake]:
    if any(set(q.given) <= names <= set(q.given) | set(q.optional) for q in law.questions):
        return []
    asked = "; ".join(str(question) for question in law.questions)
    return [Mistake("keys", f"the law {law.name} does not answer from {', '.join(sorted(names))}. It answers: {asked}")]


def law_value(law: str, name: str, value: Any) -> str | None:
    """Return what is wrong with a value of a law's key, None if nothing is or the law does not read it."""
    quantity = next((q for q in LAWS[law].quantities if q.name == name), None)
    if quantity is None or quantity.kind == "array":
        return None
    try:
        quantity.check(name, value)
    except UsageError as error:
        return str(error)
    return None
