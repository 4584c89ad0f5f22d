"""|left - right| <= within |right| for every point of two balls: a number, usually an integral, enclosed by Arb.

Level Q of the ladder. The two sides come by different routes, or the right one is a printed value with half a unit in
its last digit as `within`. Wrong right-hand sides, off by three times `within` and by 1%, must be excluded.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, final

import flint

from proofs.box import rational

BITS: Final = 160
"""Working precision: what is asked is at most 1e-30, 100 bits."""

Oracle = Callable[[], flint.arb]


@final
@dataclass(frozen=True)
class Enclosure:
    """`left` equals `right` to a relative `within`."""

    name: str
    says: str
    left: Oracle
    right: Oracle
    within: Fraction


@final
@dataclass(frozen=True)
class EnclosureResult:
    """Whether the enclosure is proved, the `reason` if not, the mutants excluded, and what was found."""

    proved: bool
    reason: str
    mutants: int
    found: str


def printed(digits: str) -> tuple[Oracle, Fraction]:
    """Return the value that `digits` print and, relative to it, half a unit in the last of them.

    >>> printed("0.50")[1]
    Fraction(1, 100)
    """
    value = Fraction(digits)
    places = len(digits.split(".")[1]) if "." in digits else 0
    return (lambda: rational(value)), Fraction(1, 2 * 10**places) / abs(value)


def prove(enclosure: Enclosure) -> EnclosureResult:
    """Prove that the two sides agree as closely as is said, and that neighbours of the right side do not.

    >>> prove(Enclosure("third", "", lambda: flint.arb(1) / 3, *printed("0.333"))).proved
    True
    """
    with flint.ctx.workprec(BITS):
        left, right, within = enclosure.left(), enclosure.right(), rational(enclosure.within)
        found = f"{left.str(12, radius=False)} against {right.str(12, radius=False)}"
        if not (left.is_finite() and right.is_finite() and right != 0):
            return EnclosureResult(False, "a side is no number", 0, found)
        if not abs(left - right) <= within * abs(right):
            return EnclosureResult(False, "the sides are not shown to agree", 0, found)
        factors = [1 + 3 * within, 1 - 3 * within, flint.arb(101) / 100, flint.arb(99) / 100]
        excluded = sum(bool(abs(left - right * f) > within * abs(right * f)) for f in factors)
        reason = "" if excluded == len(factors) else "a wrong value is not excluded"
        return EnclosureResult(not reason, reason, excluded, found)
