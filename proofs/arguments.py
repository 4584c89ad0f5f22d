"""argument(law): its proof in words, where every [step] and {axiom} that it names is one that ran.

The words stand in arguments.md, a section a law. A test holds the names in them against steps.txt, both ways: no step
is checked that the proof does not use, and none is used that was not checked.
"""

import re
from functools import cache
from pathlib import Path
from typing import Final

from proofs import PARTS
from proofs.ledger import listed

TEXT: Final = Path(__file__).with_name("arguments.md")


@cache
def arguments() -> dict[str, str]:
    """Return the text of each section of arguments.md by law."""
    sections = re.split(r"^## (\w+)\n", TEXT.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {name: text.strip() for name, text in zip(sections[1::2], sections[2::2], strict=True)}


def cited(text: str) -> tuple[set[str], set[str]]:
    """Return the steps and the axioms that a text names.

    >>> cited("By {isoperimetry} and [left_end, right_end].") == ({"left_end", "right_end"}, {"isoperimetry"})
    True
    """
    steps = {name for group in re.findall(r"\[([a-z][\w, \n]*)\]", text) for name in re.split(r",\s*", group)}
    return steps, set(re.findall(r"\{(\w+)\}", text))


def uncited(law: str) -> str:
    """Return how the words and the list differ, or an empty text."""
    wanted = {name for level in PARTS for name in listed().get((law, level), ())}
    steps, axioms = cited(arguments().get(law, ""))
    differ = [*sorted(wanted ^ steps), *sorted(set(listed().get((law, "A"), ())) ^ axioms)]
    return ", ".join(differ)
