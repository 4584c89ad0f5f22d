"""What a certificate computes over a box holds what it computes at the points of the box, or a certificate is nothing.

A lower end divided by, or a minimum that forgets a value without a sign, would certify anything. Each inequality of
each law is asked over boxes of several sizes at every end of its domain, and at points in them.
"""

from importlib import import_module

import flint
import pytest

from proofs.box import PRECISION, Box, Inequality, ball, rational
from theory.catalogue import LAWS

ALL = [
    (law, claim.name)
    for law in LAWS
    if "C" in LAWS[law].levels
    for claim in import_module(f"proofs.{law}").inequalities()
]


def claimed(law: str, name: str) -> Inequality:
    return next(claim for claim in import_module(f"proofs.{law}").inequalities() if claim.name == name)


def parts(box: Box, shrink: int) -> list[Box]:
    """Return the box itself, and those of 1/shrink of it at its lower end, its upper end and about its middle."""
    found = []
    for place in (0, 1, 2):
        sides = []
        for low, high in box:
            width = (high - low) / shrink
            start = (low, high - width, (low + high - width) / 2)[place]
            sides.append((start, start + width))
        found.append(tuple(sides))
    return found


@pytest.mark.parametrize(("law", "name"), ALL)
def test_values_at_points_lie_in_the_value_of_the_box(law: str, name: str) -> None:
    """Assert it wherever the box has a value, that a positive box has positive points, and that boxes have values."""
    claim, valued = claimed(law, name), 0
    with flint.ctx.workprec(PRECISION):
        for shrink in (1, 8, 64, 1024):
            for box in parts(claim.box, shrink):
                whole = claim.f(*map(ball, box))
                if not whole.is_finite():
                    continue
                valued += 1
                for share in (3, 7):
                    point = claim.f(*(rational(low + (high - low) * share / 8) for low, high in box))
                    assert point.is_finite()
                    assert whole.overlaps(point), (box, str(whole), str(point))
                    assert not (whole > 0 and not point > 0)
    assert valued >= 2
