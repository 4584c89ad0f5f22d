"""f > 0 on a box if f > 0 on each of finitely many boxes that cover it: inequalities certified, never sampled.

Ball arithmetic (Arb, by python-flint) encloses f over a box; a box on which the sign is not decided is halved.
There are three outcomes: CERTIFIED, REFUTED with a point at which f < 0 for certain, and UNDECIDED when boxes or
depth run out. Sides are halved exactly, in rationals, so that the leaves tile the box, which is replayed at the end.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from math import prod
from typing import Final, final

import flint

Interval = tuple[Fraction, Fraction]
Box = tuple[Interval, ...]
Function = Callable[..., flint.arb]

MOST_BOXES: Final = 100_000
DEEPEST: Final = 200
"""Halvings of the whole box: 2^-200 of it is below the spacing of doubles on every side that occurs."""
PRECISION: Final = 80
RECHECK: Final = 160


@final
class Answer(StrEnum):
    """What the certifier found."""

    CERTIFIED = "CERTIFIED"
    REFUTED = "REFUTED"
    UNDECIDED = "UNDECIDED"


@final
@dataclass(frozen=True)
class Inequality:
    """`f` > 0 on `box`, f taking one ball a side; each of `wrong`, a tighter claim, is negative somewhere in it."""

    name: str
    says: str
    f: Function
    box: Box
    wrong: tuple[Function, ...]


@final
@dataclass(frozen=True)
class Certificate:
    """The answer for f > 0 on `box`, the `leaves` on which it was decided, and a witness if it was refuted."""

    answer: Answer
    box: Box
    leaves: tuple[Box, ...]
    witness: tuple[Fraction, ...] | None = None

    @property
    def covers(self) -> bool:
        """Whether the leaves tile the box, more than one of them, without gap or overlap."""
        return len(self.leaves) > 1 and tiles(self.leaves, self.box)


def volume(box: Box) -> Fraction:
    """Return the exact volume.

    >>> volume(((Fraction(0), Fraction(1, 2)), (Fraction(1), Fraction(4))))
    Fraction(3, 2)
    """
    return prod((high - low for low, high in box), start=Fraction(1))


def rational(value: Fraction) -> flint.arb:
    """Return an enclosure of an exact rational."""
    return flint.arb(flint.fmpq(value.numerator, value.denominator))


def ball(interval: Interval) -> flint.arb:
    """Return an enclosure of a whole interval, ends included."""
    low, high = interval
    return rational(low).union(rational(high))


def _halves(box: Box, whole: Box) -> tuple[Box, Box]:
    """Halve the side that is longest in proportion to the whole box."""
    share = [(high - low) / (top - bottom) for (low, high), (bottom, top) in zip(box, whole, strict=True)]
    side = share.index(max(share))
    low, high = box[side]
    middle = (low + high) / 2
    return (
        (*box[:side], (low, middle), *box[side + 1 :]),
        (*box[:side], (middle, high), *box[side + 1 :]),
    )


def tiles(leaves: tuple[Box, ...], whole: Box) -> bool:
    """Return whether the leaves are exactly the ends of a tree of halvings of the whole: no gap, no overlap."""
    left = set(leaves)
    if len(left) != len(leaves) or sum(map(volume, leaves)) != volume(whole):
        return False
    smallest = min(map(volume, leaves), default=Fraction(0))
    waiting = [whole]
    while waiting:
        box = waiting.pop()
        if box in left:
            left.remove(box)
        elif volume(box) <= smallest:
            return False
        else:
            waiting.extend(_halves(box, whole))
    return not left


def certify(f: Function, box: Box, *, most_boxes: int = MOST_BOXES, precision: int = PRECISION) -> Certificate:
    """Decide f > 0 on `box`, f taking one ball a side; at most `most_boxes` boxes are looked at.

    >>> certify(lambda x: x * x + 1, ((Fraction(-1), Fraction(1)),)).answer
    <Answer.CERTIFIED: 'CERTIFIED'>
    """
    with flint.ctx.workprec(precision):
        # Breadth first: a false claim is refuted where it is widest open before any box gets tiny.
        waiting = deque((half, 1) for half in _halves(box, box))
        leaves: list[Box] = []
        looked, exhausted = 0, False
        while waiting:
            here, depth = waiting.popleft()
            looked += 1
            if f(*map(ball, here)) > 0:
                leaves.append(here)
                continue
            middle = tuple((low + high) / 2 for low, high in here)
            if f(*map(rational, middle)) < 0:
                return Certificate(Answer.REFUTED, box, tuple(leaves), middle)
            exhausted |= depth >= DEEPEST
            if looked >= most_boxes:
                return Certificate(Answer.UNDECIDED, box, tuple(leaves))
            if depth < DEEPEST:
                waiting.extend((half, depth + 1) for half in _halves(here, box))
    certificate = Certificate(Answer.CERTIFIED, box, tuple(leaves))
    return certificate if certificate.covers and not exhausted else Certificate(Answer.UNDECIDED, box, tuple(leaves))


def recheck(f: Function, certificate: Certificate, *, precision: int = RECHECK) -> bool:
    """Return whether every leaf of a certificate is confirmed at another precision, and the leaves cover the box."""
    with flint.ctx.workprec(precision):
        return certificate.covers and all(bool(f(*map(ball, leaf)) > 0) for leaf in certificate.leaves)
