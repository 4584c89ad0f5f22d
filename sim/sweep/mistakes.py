"""All mistakes of a spec at once, each with its path: a reader mends a file once, not once for every fault."""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import final

from theory.errors import UsageError


@final
@dataclass(frozen=True)
class Mistake:
    """One fault: where in the spec (`grid.steps.values`), and what is wrong there."""

    path: str
    what: str

    def __str__(self) -> str:
        return f"{self.path or 'the spec'}: {self.what}"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return a question that names the nearest known word, or a list of them all.

    >>> did_you_mean("stepz", ["steps", "mu"])
    "Did you mean 'steps'?"
    """
    names = list(known)
    near = difflib.get_close_matches(word, names, n=1, cutoff=0.5)
    return f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(names)}."


def refuse(mistakes: Sequence[Mistake], source: str) -> None:
    """Raise UsageError that lists every mistake; do nothing if there is none."""
    if mistakes:
        listed = "".join(f"\n  {mistake}" for mistake in mistakes)
        count = "one mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
        raise UsageError(
            f"The spec has {count}:{listed}\n",
            expected="a spec as `noncommit sweep schema` describes",
            received=source,
            hint="Is it a spec of another version?",
        )
