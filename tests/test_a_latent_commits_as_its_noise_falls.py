"""CCI rises from 0 to 1 as the noise falls, at the rate that half the mean square error gives it.

Primary route: the textbook entropy by quadrature; the I-MMSE relation joins the two ends of the range.
"""

import math

import pytest
from scipy.integrate import quad
from scipy.stats import norm

import proofs
from proofs import cci as rows
from theory.catalogue import law_named
from theory.commitment import cci, undecided
from theory.errors import UsageError
from theory.verdict import Outcome


def entropy(g: float, right: float) -> float:
    """Return H(k given x)/H(k) by its definition."""

    def surprise(y: float) -> float:
        a, b = (1 - right) * norm.pdf(y + g), right * norm.pdf(y - g)
        return a * math.log1p(b / a) + b * math.log1p(a / b)

    total = quad(surprise, -g - 9, g + 9, epsabs=0, epsrel=1e-11, limit=400, points=[0.0])[0]
    return total / -(right * math.log(right) + (1 - right) * math.log(1 - right))


@pytest.mark.parametrize("right", [0.5, 0.8])
@pytest.mark.parametrize("g", [0.4, 1.0, 1.5, 4.0])
def test_it_is_one_minus_the_entropy(g: float, right: float) -> None:
    """Assert both numbers against quadrature in another unit of length, and that 1% more would not pass."""
    truth = entropy(g, right)
    assert undecided(3 * g, 3.0, weights=(1 - right, right)) == pytest.approx(truth, rel=1e-9)
    assert cci(3 * g, 3.0, weights=(1 - right, right)) == pytest.approx(1 - truth, rel=1e-8)
    assert 1.01 * cci(g, 1.0, weights=(1 - right, right)) != pytest.approx(1 - truth, rel=1e-8)


def test_it_rises_from_zero_to_one() -> None:
    """Assert monotone in the noise, continuous where the two routes meet, mirrored, and the small-signal limit."""
    values = [cci(1.0, s) for s in (100, 10, 2, 1.0000001, 0.9999999, 0.5, 0.2, 0.05)]
    assert values == sorted(values)
    assert values[4] - values[3] < 1e-6
    assert values[-1] == 1
    assert cci(1.0, 0.7, weights=(0.2, 0.8)) == pytest.approx(cci(1.0, 0.7, weights=(0.8, 0.2)), rel=1e-13)
    h = -(0.2 * math.log(0.2) + 0.8 * math.log(0.8))
    assert cci(1.0, 1e6, weights=(0.2, 0.8)) == pytest.approx(2 * 0.2 * 0.8 * 1e-12 / h, rel=1e-9)


def test_the_level_holds_and_a_scaled_function_fails(monkeypatch) -> None:
    """Assert F, and that 1% on any function of theory is found."""
    (check,) = (check for check in proofs.checks() if check.law == "cci" and check.level == "F")
    assert check.run().outcome is Outcome.HOLDS
    for name in ("cci", "undecided"):
        right = getattr(rows, name)
        with monkeypatch.context() as patch:
            patch.setattr(rows, name, lambda *args, right=right, **options: 1.01 * right(*args, **options))
            verdict = check.run()
        assert verdict.outcome is Outcome.FAILS
        assert verdict.value == pytest.approx(0.01, rel=1e-6)


def test_the_law_answers_and_refuses() -> None:
    """Assert the answers by name, and bad weights."""
    found = law_named("cci").evaluate({"mu": 1, "relative_noise": 0.5, "weights": [0.3, 0.7]})
    assert found["cci"] + found["undecided"] == pytest.approx(1, rel=1e-15)
    with pytest.raises(UsageError, match="two modes"):
        law_named("cci").evaluate({"mu": 1, "relative_noise": 0.5, "weights": [0.3, 0.3, 0.4]})
