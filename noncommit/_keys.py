"""key=value becomes a number, a list or a word by what the key means, or one message that says why it cannot."""

from collections.abc import Iterable, Mapping
from typing import Any

from noncommit._layout import table, value_text
from sim.targets import Target
from theory.errors import UsageError, one_of, stored_array


def target_text(target: Target) -> str:
    """Return what a target is and the keys that it reads, required ones first to be seen.

    >>> from sim.targets import TARGETS
    >>> print(target_text(TARGETS["two_modes"]).splitlines()[3])
      steps               required: K, intervals of the time grid
    """
    rows = []
    for key in target.keys:
        meaning = f"{key.meaning}: {', '.join(key.choices)}" if key.choices else key.meaning
        if key.kind == "array":
            meaning = f"{meaning}, a file made by numpy.save"
        elif key.kind == "callable":
            meaning = f"{meaning}, as MODULE:NAME from the current folder or installed; importing runs its code"
        if key.required:
            meaning = f"required: {meaning}"
        elif key.default is not None:
            meaning = f"{meaning} (default {value_text(key.default)})"
        rows.append((key.name, meaning))
    return f"target={target.name}  {target.meaning}\nkeys\n{table(rows)}"


def target_of(pairs: Iterable[str]) -> str | None:
    """Return the name in the pair "target=NAME", if there is one."""
    return next((pair.partition("=")[2] for pair in pairs if pair.startswith("target=")), None)


def _number(key: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise UsageError(
            f"{key} is not a number.",
            expected=f"{key}=NUMBER",
            received=f"{key}={text}",
            hint="Is it a word, or a decimal comma?",
        ) from None


def _whole(key: str, text: str) -> int | float:
    """Return an int where the text is one, so that a 32-bit seed is not rounded; else leave the check to say why."""
    return int(text) if text.lstrip("+-").isdigit() else _number(key, text)


def parse_pairs(pairs: Iterable[str], kinds: Mapping[str, str], *, what: str) -> dict[str, Any]:
    """Return the values of `pairs` such as "modes=37" by the kinds of their keys; a callable stays its name.

    Raises UsageError for a pair without "=", an unknown or repeated key, or a value that is no number.

    >>> parse_pairs(["masses=0.3,0.6"], {"masses": "list"}, what="law")
    {'masses': [0.3, 0.6]}
    """
    values: dict[str, Any] = {}
    for pair in pairs:
        key, equals, text = pair.partition("=")
        if not equals:
            raise UsageError(
                f"{pair!r} is no key=value pair.",
                expected="pairs such as error=0.01",
                received=repr(pair),
                hint="Is there a space around the equals sign?",
            )
        one_of(f"key of {what}", key, kinds)
        if key in values:
            raise UsageError(
                f"{key} is given twice.", expected="each key once", received=" ".join(pairs), hint="Which one holds?"
            )
        kind = kinds[key]
        if kind == "array":
            values[key] = stored_array(key, text)
        elif kind == "list":
            values[key] = [_number(key, part) for part in text.split(",")]
        elif kind in ("word", "callable"):
            values[key] = text
        else:
            values[key] = _whole(key, text) if kind == "whole" else _number(key, text)
    return values
