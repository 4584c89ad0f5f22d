"""CCI rises from 0 to 1 as the noise falls, at the rate that half the mean square error gives it.

Primary route: the textbook entropy by quadrature; the I-MMSE relation joins the two ends of the range.
"""

import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

import proofs
from proofs import cci as rows
from theory.catalogue import law_named
from theory.commitment import argmax_form, cci, immse, undecided
from theory.decision import readout_argmax, readout_cci
from theory.errors import UsageError
from theory.tube import flip_probability, mixture
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


@pytest.mark.parametrize("right", [0.5, 0.8])
@pytest.mark.parametrize("g", [0.02, 0.4, 0.999, 1.001, 4.0, 12.0])
def test_i_mmse_joins_entropy_and_error(g: float, right: float) -> None:
    """Assert that the integral of mmse is 1 minus the entropy, and that its slope in g^2 is half the mmse."""
    weights = (1 - right, right)
    assert immse(g, 1.0, weights=weights) == pytest.approx(1 - undecided(g, 1.0, weights=weights), rel=1e-9, abs=1e-13)
    high, low = g * 1.0001, g / 1.0001
    slope = (immse(high, 1.0, weights=weights) - immse(low, 1.0, weights=weights)) / (high**2 - low**2)
    bits = -(right * math.log(right) + (1 - right) * math.log(1 - right))

    def variance(y: float) -> float:
        a, b = (1 - right) * norm.pdf(y + g), right * norm.pdf(y - g)
        return 4 * a * b / (a + b) if a + b > 0 else 0.0

    mmse = quad(variance, -g - 9, g + 9, epsabs=1e-14, epsrel=1e-10, limit=400, points=[0.0])[0]
    assert slope * bits == pytest.approx(mmse / 2, rel=2e-5, abs=1e-11)  # dI/d(g^2) = mmse/2


@pytest.mark.parametrize("right", [0.5, 0.8])
@pytest.mark.parametrize("g", [0.4, 1.5, 4.0])
def test_the_argmax_form_is_the_chance_to_guess_right(g: float, right: float) -> None:
    """Assert the mean of the larger posterior, by quadrature, rescaled to [0, 1]; 0 for hopeless noise."""
    weights = (1 - right, right)
    crossing = math.log((1 - right) / right) / (2 * g)
    best = lambda y: max((1 - right) * norm.pdf(y + g), right * norm.pdf(y - g))  # noqa: E731
    chance = quad(best, -g - 9, g + 9, epsabs=1e-13, limit=400, points=[crossing])[0]
    truth = (chance - right) / (1 - right)
    assert argmax_form(g, 1.0, weights=weights) == pytest.approx(truth, rel=1e-8)
    assert 1.01 * argmax_form(g, 1.0, weights=weights) != pytest.approx(truth, rel=1e-8)
    assert argmax_form(1.0, 1e4, weights=(0.2, 0.8)) == 0.0


def test_width_is_noise_to_the_mode_and_signal_to_the_readout() -> None:
    """Assert that a mode's width adds to the noise for the mode's name, and that the readout's token knows more."""
    for mu, scale, s in ((1.0, 4.0, 3.0), (0.5, 0.3, 0.4)):
        assert cci(mu, s, scale=scale) == pytest.approx(1 - entropy(mu / math.hypot(scale, s), 0.5), rel=1e-8)
    assert readout_cci(1.0, 1.0, 1.0) > cci(1.0, 1.0, scale=1.0)
    assert readout_cci(3.0, 0.2, 0.5) == pytest.approx(cci(3.0, 0.5, scale=0.2), rel=1e-6)  # separated: the same token


@pytest.mark.parametrize(
    ("mu", "scale", "s", "right"), [(1.0, 1.0, 0.5, 0.5), (0.4, 1.0, 2.0, 0.7), (2.0, 0.7, 0.3, 0.9)]
)
def test_the_readouts_token_by_a_grid_of_latents(mu: float, scale: float, s: float, right: float) -> None:
    """Assert both forms against sums over a grid of (z, x) pairs: no posterior formula, only the joint density."""
    z = np.linspace(-mu - 9 * scale, mu + 9 * scale, 4000) + 1e-9
    density = (1 - right) * norm.pdf(z, -mu, scale) + right * norm.pdf(z, mu, scale)
    density /= density.sum()
    x = np.linspace(z[0] - 9 * s, z[-1] + 9 * s, 1500)
    noise = norm.pdf(x[:, None], z, s)
    noise /= noise.sum(axis=0)
    joint = np.stack([noise[:, z < 0] @ density[z < 0], noise[:, z > 0] @ density[z > 0]])
    own = joint.sum(axis=1)
    seen = np.where(joint > 0, joint, 1.0)
    information = np.sum(joint * np.log(seen / (joint.sum(axis=0) * own[:, None])))
    guessed = joint.max(axis=0).sum()
    weights = (1 - right, right)
    assert readout_cci(mu, scale, s, weights=weights) == pytest.approx(
        information / -np.sum(own * np.log(own)), rel=2e-3
    )
    assert readout_argmax(mu, scale, s, weights=weights) == pytest.approx(
        (guessed - own.max()) / own.min(), rel=5e-3, abs=1e-4
    )


def test_guessing_the_token_is_the_tube_at_equal_weights() -> None:
    """Assert 1 - 2 P(flip), and that no weight makes a blind guess worse than 0."""
    for mu, scale, s in ((1.0, 1.0, 0.3), (2.0, 0.5, 1.0)):
        flip = flip_probability(mixture([-mu, mu], [scale] * 2, [0.5, 0.5]), s)
        assert readout_argmax(mu, scale, s) == pytest.approx(1 - 2 * flip, rel=1e-12)
    assert readout_argmax(2.0, 0.5, 100.0, weights=(0.2, 0.8)) == pytest.approx(0, abs=1e-12)
    with pytest.raises(UsageError, match="read as themselves"):
        readout_cci(1.0, 0.0, 1.0)


def test_the_level_holds_and_a_scaled_function_fails(monkeypatch) -> None:
    """Assert F, and that 1% on any function of theory is found."""
    (check,) = (check for check in proofs.checks() if check.law == "cci" and check.level == "F")
    assert check.run().outcome is Outcome.HOLDS
    for name in ("cci", "undecided", "immse", "argmax_form", "readout_cci", "readout_argmax"):
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
    assert found["immse"] == pytest.approx(found["cci"], rel=1e-9)
    token = law_named("cci").evaluate({"mu": 1, "scale": 1, "relative_noise": 1, "token": "readout"})
    assert token["cci"] == pytest.approx(0.4377, abs=1e-4)
    with pytest.raises(UsageError, match="scale > 0"):
        law_named("cci").evaluate({"mu": 1, "relative_noise": 1, "token": "readout"})
    with pytest.raises(UsageError, match="Did you mean 'readout'"):
        law_named("cci").evaluate({"mu": 1, "relative_noise": 1, "token": "redout"})
    with pytest.raises(UsageError, match="two modes"):
        law_named("cci").evaluate({"mu": 1, "relative_noise": 0.5, "weights": [0.3, 0.3, 0.4]})
