"""Text on a terminal is rows of aligned columns, at most 96 characters wide."""

import textwrap
from collections.abc import Iterable
from typing import Any, Final

WIDTH: Final = 96


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
