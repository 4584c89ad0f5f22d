"""Text on a terminal is rows of aligned columns, at most 96 characters wide."""

import textwrap
from collections.abc import Iterable
from typing import Any, Final

WIDTH: Final = 96

MOST_SHOWN: Final = 16
"""Entries of a list that are printed; `--json` has all of them."""


def wrap(text: str, indent: str) -> str:
    """Return `text` broken at WIDTH, every line behind `indent`."""
    return textwrap.fill(text, WIDTH, initial_indent=indent, subsequent_indent=indent)


def value_text(value: Any) -> str:
    """Return a number with twelve digits, a list with commas, as the command line reads them back.

    >>> value_text([0.1, 2])
    '0.1,2'
    """
    if isinstance(value, float):
        return f"{value:.12g}"
    if isinstance(value, tuple | list):
        return ",".join(value_text(v) for v in value)
    return str(value)


def table(rows: Iterable[tuple[str, str]], indent: str = "  ") -> str:
    """Return one line a row: the name, padded to the longest, and its value."""
    pairs = list(rows)
    width = max((len(name) for name, _ in pairs), default=0)
    return "\n".join(f"{indent}{name:<{width}}  {value}" for name, value in pairs)


def factor_text(factor: float) -> str:
    """Return four digits, trailing zeros included: 1 and 1.0001 are to look alike.

    >>> factor_text(1.0), factor_text(16.25)
    ('1.000', '16.25')
    """
    return f"{factor:#.4g}".rstrip(".")


def short_text(value: Any) -> str:
    """Return a value, one entry of a list of equal ones, or the length of a long list.

    >>> short_text([0.5, 0.5]), short_text(list(range(20)))
    ('0.5', '(20 numbers)')
    """
    if isinstance(value, list) and len(set(value)) == 1:
        return value_text(value[0])
    return f"({len(value)} numbers)" if isinstance(value, list) and len(value) > MOST_SHOWN else value_text(value)


def slack_text(slack: float | None) -> str:
    """Return how much slack a bound has, behind its outcome; nothing where there is none.

    >>> slack_text(2.0), slack_text(None)
    (', slack 2.000', '')
    """
    return "" if slack is None else f", slack {factor_text(slack)}"
