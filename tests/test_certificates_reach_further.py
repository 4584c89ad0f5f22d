"""What the ladder certifies on small boxes holds on large ones: rarer errors, more modes, deeper trees, finer bins."""

from fractions import Fraction
from functools import partial

import flint
import pytest

from proofs import hierarchy, reinjection, sobolev
from proofs.box import Answer, Box, certify, recheck
from theory.bins import reinjection_upper
from theory.denoiser import two_mode_denoiser
from theory.path import LinearPath, uniform_schedule
from theory.target import two_modes


def box(*sides: tuple[int, int]) -> Box:
    return tuple((Fraction(low), Fraction(high)) for low, high in sides)


@pytest.mark.slow
@pytest.mark.parametrize("axes", [(1,), tuple(range(2, 17))], ids=["rows", "lattices"])
def test_sobolev_stays_below_longer_rows_and_lattices_of_more_dimensions(axes: tuple[int, ...]) -> None:
    """Assert CERTIFIED for up to 40 sets a row and 16 dimensions at every loss, and REFUTED for a tighter claim."""
    f = partial(sobolev.room_left, axes, tuple(range(17, 41)))
    certificate = certify(f, sobolev.LOSSES)
    assert certificate.answer is Answer.CERTIFIED
    assert recheck(f, certificate)
    assert certify(lambda x: f(x) - flint.arb("0.3"), sobolev.LOSSES).answer is Answer.REFUTED


@pytest.mark.slow
def test_a_tree_falls_per_level_and_rises_in_total_up_to_depth_16() -> None:
    """Assert both certificates for c in [2, 2^60], B in [2, 16] and error in [2^-500, 1/16]."""
    deep = box((1, 60), (2, 16), (4, 500))
    assert certify(lambda y, b, v: 1 - hierarchy.level_ratio(y, b, v), deep).answer is Answer.CERTIFIED
    assert certify(lambda y, b, v: hierarchy.total_ratio(y, b, v) - 1, deep).answer is Answer.CERTIFIED


@pytest.mark.parametrize("upper", [False, True])
@pytest.mark.parametrize("bins", [60, 120])
def test_increments_all_at_once_are_those_one_by_one(bins: int, upper: bool, monkeypatch) -> None:
    """Assert that both ways give overlapping narrow balls, and none that overlap if one is 1e-9 off."""
    quick = reinjection.chain.__wrapped__(bins, upper=upper)
    monkeypatch.setattr(reinjection, "MANY", 10**9)
    slow = reinjection.chain.__wrapped__(bins, upper=upper)
    assert quick.overlaps(slow)
    assert abs(quick - slow) < flint.arb("1e-17")
    assert not (quick * flint.arb("1.000000001")).overlaps(slow)


@pytest.mark.parametrize("bins", [300, pytest.param(1000, marks=pytest.mark.slow)])
def test_many_bins_in_balls_are_those_of_the_doubles(bins: int) -> None:
    """Assert the certified chain at (4, 4, 16) within 1e-11 of the doubles', and the exact mass between both chains."""
    target, grid = two_modes(mu=4), uniform_schedule(LinearPath(), 16)
    doubles = reinjection_upper(target, grid, two_mode_denoiser(target, grid, denoiser_stiffness=4), 0.1, bins=bins)
    above, below = reinjection.chain(bins), reinjection.chain(bins, upper=True)
    assert abs(above / flint.arb(doubles) - 1) < flint.arb("1e-11")
    assert below < flint.arb("0.0001846545")
    assert flint.arb("0.0001846555") < above
