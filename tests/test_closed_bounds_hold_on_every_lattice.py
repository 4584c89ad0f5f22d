"""S/log(1/(1 - error)) <= L/Delta <= S/error for rows and lattices, and `sobolev` lies below the lower of the two.

Primary route: theory's own stiffness, found by roots, on lattices and errors that no certificate lists.
"""

import math

import flint
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proofs import rows
from proofs.box import Answer, ball, certify
from proofs.dimension_doubles import row_end
from proofs.sobolev import LOSSES, room_left
from theory.ordinal import ordinal_gap
from theory.product import grid_stiffness, leading_cost
from theory.sobolev import sobolev_stiffness

LATTICES = st.lists(st.integers(2, 40), min_size=1, max_size=4)
ERRORS = st.floats(1e-9, 1 - 1e-6)


@settings(max_examples=40)
@given(LATTICES, ERRORS)
def test_the_stiffness_lies_between(factors: list[int], error: float) -> None:
    """Assert both bounds, to rounding, and that each fails if tightened by what is left at a small error."""
    cost, stiffness = leading_cost(factors), grid_stiffness(factors, error)
    assert cost / -math.log1p(-error) <= stiffness * (1 + 1e-12)
    assert stiffness <= cost / error * (1 + 1e-12)
    if error < 0.01:
        assert 1.01 * cost / -math.log1p(-error) > stiffness > 0.99 * cost / error


@settings(max_examples=40)
@given(LATTICES, ERRORS)
def test_sobolev_lies_below_the_lower_bound(factors: list[int], error: float) -> None:
    """Assert it for lattices of unequal rows too, against the bound (1 - error) S/error of the proof."""
    modes = float(math.prod(factors))
    assert sobolev_stiffness(modes, len(factors), error) < (1 - error) * leading_cost(factors) / error


@pytest.mark.parametrize("pieces", [2, 3, 8, 17])
def test_a_row_is_enclosed_from_no_loss_to_all(pieces: int) -> None:
    """Assert that lost/gap of doubles lies in the enclosure of a box with that loss, and 1% off a point does not."""
    for low, high in ((0.0, 0.125), (0.125, 0.25), (0.875, 1.0)):
        found = rows.scaled(pieces, flint.arb(low), flint.arb(high))
        for share in (0.25, 0.5, 0.75):
            lost = low + share * (high - low)
            assert found.overlaps(flint.arb(lost / ordinal_gap(pieces, lost)))
        point = rows.scaled(pieces, flint.arb(low + 1 / 64), flint.arb(low + 1 / 64))
        assert not point.overlaps(flint.arb(1.01 * (low + 1 / 64) / ordinal_gap(pieces, low + 1 / 64)))


@pytest.mark.parametrize("pieces", [2, 3, 8, 17])
def test_half_a_row_and_the_whole_one_have_one_gap(pieces: int) -> None:
    """Assert that the row walked to its middle and to its end have opposite signs about the same gap."""
    kept, gap = flint.arb("0.75"), flint.arb(ordinal_gap(pieces, 0.25))
    for walk in (rows.past_middle, row_end):
        assert walk(pieces, kept, gap * flint.arb("0.999")) < 0 < walk(pieces, kept, gap * flint.arb("1.001"))


def test_the_certificate_is_not_empty() -> None:
    """Assert nothing on the whole box at once, UNDECIDED without the limit at 0, REFUTED for gaps 1.5 times as wide."""
    (whole,) = LOSSES
    assert not room_left((1,), (2, 16), ball(whole)) > 0

    def never_from_zero(x: flint.arb) -> flint.arb:
        return room_left((1,), (2, 16), x) if x.lower() > 0 else flint.arb("nan")

    assert certify(never_from_zero, LOSSES, most_boxes=60).answer is Answer.UNDECIDED
    assert certify(lambda x: (3 * room_left((1,), (2, 16), x) - 1) / 2, LOSSES).answer is Answer.REFUTED
