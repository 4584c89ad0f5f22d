"""A box certificate covers its box exactly, a false claim has a witness, and what is neither stays UNDECIDED.

Primary route: polynomials whose sign is known; then the isoperimetric certificate and its reversal.
"""

from dataclasses import replace
from fractions import Fraction

import flint
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proofs import isoperimetric, ledger
from proofs.box import Answer, Certificate, Inequality, ball, certify, rational, recheck, volume
from proofs.symbols import ball_ndtr, ball_ndtri, ball_pdf
from theory.verdict import Outcome

UNIT = ((Fraction(0), Fraction(1)),)
SQUARE = UNIT * 2


@settings(max_examples=25)
@given(st.fractions(Fraction(1, 10), 3), st.fractions(-2, 2))
def test_the_sign_of_a_parabola_is_found(gap: Fraction, root: Fraction) -> None:
    """Assert CERTIFIED for (x - root)^2 + gap, REFUTED for its negative, at a witness that refutes it."""
    f = lambda x: (x - rational(root)) ** 2 + rational(gap)  # noqa: E731
    box = ((Fraction(-3), Fraction(5)),)
    certificate = certify(f, box)
    assert certificate.answer is Answer.CERTIFIED
    assert certificate.covers
    assert sum(map(volume, certificate.leaves)) == 8
    assert recheck(f, certificate)
    refuted = certify(lambda x: -f(x), box)
    assert refuted.answer is Answer.REFUTED
    assert refuted.witness is not None
    assert (refuted.witness[0] - root) ** 2 + gap > 0


def test_a_claim_that_is_false_in_a_corner_is_refuted_there() -> None:
    """Assert a witness inside the small region in which x + y > 1/10 fails."""
    certificate = certify(lambda x, y: x + y - flint.arb(1) / 10, SQUARE)
    assert certificate.answer is Answer.REFUTED
    assert certificate.witness is not None
    assert sum(certificate.witness) < Fraction(1, 10)


@pytest.mark.parametrize(
    ("f", "limit"),
    [(lambda x: x * x, 10_000), (lambda x: x * 0, 500), (lambda x: (x - rational(Fraction(1, 3))) ** 2, 10_000)],
    ids=["touches 0 at an end", "is 0", "touches 0 inside"],
)
def test_what_is_neither_stays_undecided_and_ends(f, limit: int) -> None:
    """Assert UNDECIDED, not a loop, for claims that are true with equality or on the border of truth."""
    assert certify(f, UNIT, most_boxes=limit).answer is Answer.UNDECIDED


def test_a_nan_is_never_positive() -> None:
    """Assert that a function without a value certifies nothing."""
    assert certify(lambda x: flint.arb("nan") * x, UNIT, most_boxes=50).answer is Answer.UNDECIDED


def test_a_missing_leaf_or_a_second_precision_that_disagrees_is_seen() -> None:
    """Assert that coverage is checked in exact rationals and each leaf anew."""
    f = lambda x: x + 1  # noqa: E731
    good = certify(f, UNIT)
    assert recheck(f, good)
    assert not recheck(f, Certificate(good.answer, good.box, good.leaves[1:]))
    assert not recheck(f, Certificate(good.answer, good.box, (good.box,)))  # one leaf: nothing was divided
    assert not recheck(lambda x: x - 1, good)
    # Two copies of one half have the volume of the whole, and leave the other half out.
    assert not recheck(f, Certificate(good.answer, good.box, (good.leaves[0],) * 2))
    quarters = certify(lambda x, y: x + y + 1 / (x + y + 1), SQUARE)
    overlapping = (*quarters.leaves[:-1], quarters.leaves[0])
    assert not Certificate(quarters.answer, quarters.box, overlapping).covers


@given(st.fractions(-10, 10), st.fractions(0, 3), st.fractions(0, 1))
def test_a_ball_holds_its_interval(low: Fraction, width: Fraction, share: Fraction) -> None:
    """Assert containment of both ends and a point between, for rationals that no double holds."""
    whole = ball((low, low + width))
    for point in (low, low + width, low + share * width):
        assert whole.contains(rational(point)) or whole.overlaps(rational(point))


def test_the_isoperimetric_certificate_and_its_reversal() -> None:
    """Assert both directions certified over the box of the claim, confirmed at 160 bits, the reversals refuted."""
    (low, high), (wide, narrow) = isoperimetric.BOX
    assert Fraction(2) ** int(low) <= 2
    assert 2 ** int(high) >= 10**6
    assert Fraction(1, 2 ** int(wide)) >= Fraction(1, 2)
    assert Fraction(1, 2 ** int(narrow)) <= Fraction(1, 10**9)
    lines = ledger.examine("C", isoperimetric.inequalities())
    assert ledger.verdict("isoperimetric", "C", lines, isoperimetric.AXIOMS).outcome is Outcome.HOLDS
    assert all("CERTIFIED" in line.found and "2 of 2 mutants REFUTED" in line.found for line in lines)


def test_a_reversed_claim_fails_the_law_and_an_open_one_leaves_it_open() -> None:
    """Assert FAILS when a direction is reversed or left out, UNDECIDED when a mutant stands or there is none."""
    slow, down, *rest = isoperimetric.inequalities()
    up, axioms = replace(down, name=slow.name), isoperimetric.AXIOMS  # the ledger knows names: a quick stand-in

    def found(*claims: Inequality) -> Outcome:
        return ledger.judge("isoperimetric", "C", claims, axioms).outcome

    assert found(up, down, *rest) is Outcome.HOLDS
    assert found(up, replace(down, f=lambda y, w: -down.f(y, w)), *rest) is Outcome.FAILS
    assert found(down, *rest) is Outcome.FAILS
    assert found(up, replace(down, wrong=(down.f,)), *rest) is Outcome.UNDECIDED
    assert found(up, replace(down, wrong=()), *rest) is Outcome.UNDECIDED


@pytest.mark.parametrize(("modes", "error"), [(2, 0.5), (3, 0.01), (1000, 0.3), (10**6, 1e-9)])
def test_the_certified_slopes_are_the_slopes(modes: int, error: float) -> None:
    """Assert that the enclosures hold the difference quotients of the textbook gap D at 300 bits."""
    with flint.ctx.workprec(300):
        m, e, h = flint.arb(modes), flint.arb(error), flint.arb(2) ** -100

        def gap(m: flint.arb, e: flint.arb) -> flint.arb:
            return ball_ndtri(1 / m) - ball_ndtri((1 - e) / m)

        y, w = m.log() / flint.arb(2).log(), -e.log() / flint.arb(2).log()
        by_error = (gap(m, e + h) - gap(m, e)) / h
        by_modes = -(gap(m + h, e) - gap(m, e)) / h
        assert abs(isoperimetric.error_slope(y, w) / by_error - 1) < flint.arb("1e-20")
        enclosure = isoperimetric.modes_slope(y, w)
        assert enclosure.lower() <= by_modes.upper()
        assert enclosure.upper() >= by_modes.lower()
        # R' phi = z Phi + phi is what the enclosure rests on; a wrong R would move it off.
        z = ball_ndtri(1 / m)
        assert (1 + z * ball_ndtr(z) / ball_pdf(z)) > 0
