"""A denoised token flips with the mass of an O(s) tube about its boundary; at a junction, and only there, s^2 counts.

Primary route: the double integral over (z, x) by an adaptive rule, written apart. Exact route: arctan(s/sigma)/pi.
Where the modes are far apart and the noise small, ball arithmetic takes over (proofs.tube).
"""

import math
from itertools import pairwise

import flint
import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.stats import multivariate_normal, norm

import proofs
from proofs import tube as chain
from proofs.integral import ball_integral
from theory.catalogue import law_named
from theory.errors import UsageError
from theory.tube import (
    check_weights,
    flip_first_order,
    flip_probability,
    junction,
    junction_coefficient,
    junction_of_degrees,
    mixture,
    orthants_flip,
    threshold,
)
from theory.verdict import Outcome

CASES = [
    ((-1.0, 1.0), (1.0, 1.0), (0.5, 0.5), 0.0),
    ((-1.0, 1.5), (0.7, 1.2), (0.3, 0.7), 0.2),
    ((-2.0, 0.0, 3.0), (0.5, 0.2, 2.0), (0.25, 0.25, 0.5), 0.4),
]


def by_definition(means, scales, weights, boundary: float, s: float) -> float:
    """Return P[(z > c) != (E[z given x] > c)] over x first, with the posterior of z given x beside its mean."""

    def posterior(x: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        v = np.square(scales) + s * s
        joint = np.array(weights) * norm.pdf(x, means, np.sqrt(v))
        centre = np.array(means) + np.square(scales) / v * (x - np.array(means))
        return joint, centre, np.array(scales) * s / np.sqrt(v)

    def mean(x: float) -> float:
        joint, centre, _ = posterior(x)
        return float(joint @ centre / joint.sum())

    cut = brentq(lambda x: mean(x) - boundary, -20 - 20 * s, 20 + 20 * s, xtol=1e-14)

    def wrong(x: float) -> float:
        joint, centre, width = posterior(x)
        side = 1 if x < cut else -1
        return float(joint @ norm.cdf(side * (centre - boundary) / width))

    pieces = [boundary - 8 * s - 30, boundary - 8 * s, cut, boundary + 8 * s, boundary + 8 * s + 30]
    return sum(quad(wrong, low, high, epsabs=1e-14, epsrel=1e-12, limit=400)[0] for low, high in pairwise(pieces))


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("s", [0.05, 0.4, 2.0])
def test_mixtures_flip_as_the_definition_says(case, s: float) -> None:
    """Assert the exact value against the definition, and that 1% more would not pass."""
    truth = by_definition(*case, s)
    value = flip_probability(mixture(*case[:3], boundary=case[3]), s)
    assert value == pytest.approx(truth, rel=1e-9)
    assert 1.01 * value != pytest.approx(truth, rel=1e-9)


@pytest.mark.parametrize("ratio", [1e-9, 1e-3, 0.3, 1.0, 50.0, 1e6])
def test_one_gaussian_flips_by_the_arctangent(ratio: float) -> None:
    """Assert arctan(s/sigma)/pi to rounding, in any unit of length, and for two copies of the component."""
    truth = math.atan(ratio) / math.pi
    for scale in (1e-100, 1.0, 1e100):
        assert flip_probability(mixture(5.0 * scale, scale, 1.0, boundary=5.0 * scale), ratio * scale) == pytest.approx(
            truth, rel=1e-13
        )
    assert flip_probability(mixture([0, 0], [1, 1], [0.3, 0.7]), ratio) == pytest.approx(truth, rel=1e-13)


def test_one_gaussian_off_the_boundary_is_an_orthant() -> None:
    """Assert against the bivariate normal distribution function: x* = c + s^2 (c - mu)/sigma^2."""
    mu, sigma, s = -0.8, 1.3, 0.7
    cut = s**2 * -mu / sigma**2
    both = multivariate_normal.cdf([0, cut], [mu, mu], [[sigma**2, sigma**2], [sigma**2, sigma**2 + s**2]])
    truth = norm.cdf(-mu / sigma) + norm.cdf((cut - mu) / math.hypot(sigma, s)) - 2 * both
    assert threshold(mixture(mu, sigma, 1.0), s) == pytest.approx(cut, rel=1e-14)
    assert flip_probability(mixture(mu, sigma, 1.0), s) == pytest.approx(truth, rel=1e-7)


@pytest.mark.parametrize("case", CASES)
def test_a_mirrored_mixture_has_the_mirrored_answer(case) -> None:
    """Assert that z -> -z changes nothing, and that a component of weight split in two changes nothing."""
    means, scales, weights, c = case
    value = flip_probability(mixture(means, scales, weights, boundary=c), 0.3)
    mirrored = mixture([-m for m in means], scales, weights, boundary=-c)
    assert flip_probability(mirrored, 0.3) == pytest.approx(value, rel=1e-14)
    halves = mixture([*means, *means], [*scales, *scales], [w / 2 for w in (*weights, *weights)], boundary=c)
    assert flip_probability(halves, 0.3) == pytest.approx(value, rel=1e-13)


def richardson(f, power: int, s: float) -> float:
    """Return the limit at 0 of f(s)/s^power where the next term is two powers up."""
    coarse, fine = f(s) / s**power, f(s / 2) / (s / 2) ** power
    return float((4 * fine - coarse) / 3)


def test_two_cells_have_no_square_term() -> None:
    """Assert that the remainder of the first order law is -s^3/(3 pi), hence no s^2, for one Gaussian."""
    target = mixture(0.0, 1.0, 1.0)

    def remainder(s: float) -> float:
        return flip_probability(target, s) - float(flip_first_order(target.interface_energy, s))

    limit = richardson(remainder, 3, 0.02)
    assert limit == pytest.approx(-1 / (3 * math.pi), rel=1e-5)
    assert abs(remainder(1e-3) / 1e-6) < 2e-4
    assert 1.01 * limit != pytest.approx(-1 / (3 * math.pi), rel=1e-5)


@pytest.mark.parametrize("case", CASES)
def test_mixtures_have_no_square_term_either(case) -> None:
    """Assert that the remainder falls eightfold or more, not fourfold, when the noise is halved."""
    target = mixture(*case[:3], boundary=case[3])

    def remainder(s: float) -> float:
        return flip_probability(target, s) - float(flip_first_order(target.interface_energy, s))

    assert remainder(0.01) / remainder(0.005) > 7.8


def test_a_junction_has_a_square_term() -> None:
    """Assert that four quadrants leave -s^2/pi^2, which is -(1/2) p(0) times the junction of four right angles."""

    def remainder(s: float) -> float:
        return float(orthants_flip(1.0, s)) - 2 * math.atan(s) / math.pi

    limit = richardson(remainder, 2, 0.02)
    assert limit == pytest.approx(-1 / math.pi**2, rel=1e-6)
    assert limit == pytest.approx(-junction([math.pi / 2] * 4) / (4 * math.pi), rel=1e-6)
    assert 1.01 * limit != pytest.approx(-1 / math.pi**2, rel=1e-6)
    coordinates = [flip_probability(mixture(0.0, 2.0, 1.0), 0.6)] * 2
    assert float(orthants_flip(2.0, 0.6)) == pytest.approx(1 - math.prod(1 - p for p in coordinates), rel=1e-13)


@pytest.mark.parametrize("g", [math.pi / 3, math.pi / 2, 2 * math.pi / 3, 3.0])
def test_a_wedge_loses_what_its_corner_says(g: float) -> None:
    """Assert A(g)/2 as the area by which a wedge shifted by xi loses less than its two edges say, averaged.

    With xi = p e_1 + q e_2 along the edges, the points alpha e_1 + beta e_2 that leave have alpha < -p or beta < -q.
    Each strip starts at the corner instead of square to its edge, and where both leave they overlap.
    """

    def saved(theta: float) -> float:
        q = math.sin(theta) / math.sin(g)
        p = math.cos(theta) - q * math.cos(g)
        slant = sum(u * u for u in (p, q) if u < 0) * math.sin(g) * math.cos(g) / 2
        return slant + (p * q * math.sin(g) if p < 0 and q < 0 else 0.0)

    kinks = sorted({0.0, g, math.pi, math.pi + g, 2 * math.pi})
    turn = sum(quad(saved, low, high, epsabs=1e-13)[0] for low, high in pairwise(kinks))
    mean_square = 2  # of the length of xi
    assert mean_square * turn / (2 * math.pi) == pytest.approx(float(junction_coefficient(g)) / 2, rel=1e-11)


def test_corners_in_closed_form() -> None:
    """Assert the straight angle, four right angles, three cells at 120 degrees, and the sum's domain."""
    assert float(junction_coefficient(math.pi)) < 1e-30
    near = math.pi - 1e-6
    assert float(junction_coefficient(near)) == pytest.approx(1e-12 / (3 * math.pi), rel=1e-8)
    assert junction([2 * math.pi / 3] * 3) == pytest.approx(0.37758, abs=5e-6)
    assert junction([math.pi / 2] * 4) == pytest.approx(4 / math.pi, rel=1e-14)
    assert junction([math.pi, math.pi]) < 1e-30
    for g in (0.2, 1.0, 2.5, 4.0, 6.0):
        assert float(junction_coefficient(g)) == pytest.approx(1 / math.pi + (1 - g / math.pi) / math.tan(g), rel=1e-12)


def test_the_levels_hold_and_a_scaled_function_fails(monkeypatch) -> None:
    """Assert every level, and that 1% on any function of theory is found."""
    checks = {check.level: check for check in proofs.checks() if check.law == "tube"}
    for check in checks.values():
        assert check.run().outcome is Outcome.HOLDS
    for name in ("flip_probability", "flip_first_order", "junction_coefficient", "orthants_flip", "threshold"):
        right = getattr(chain, name)
        with monkeypatch.context() as patch:
            patch.setattr(chain, name, lambda *args, right=right: 1.01 * right(*args))
            verdict = checks["F"].run()
        assert verdict.outcome is Outcome.FAILS
        assert verdict.value == pytest.approx(0.01, rel=1e-6)


@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError])
def test_an_interrupted_ball_integral_stays_interrupted(error) -> None:
    """Assert that an exception of the integrand comes out as it is, not as a failure of the binding."""
    calls = []

    def broken(x: flint.acb) -> flint.acb:
        calls.append(x)
        if len(calls) == 3:
            raise error
        return x.exp()

    with pytest.raises(error):
        ball_integral(broken, flint.arb(0), flint.arb(1))
    assert len(calls) == 3


def test_the_law_answers_and_refuses() -> None:
    """Assert the three answers and one message for each kind of bad input."""
    given = {"means": [-1, 1], "scales": [1, 1], "weights": [0.5, 0.5], "boundary": 0, "relative_noise": 0.1}
    answers = law_named("tube").evaluate(given)
    assert answers["interface_energy"] == pytest.approx(norm.pdf(1.0), rel=1e-14)
    assert answers["flip_first_order"] == pytest.approx(math.sqrt(2 / math.pi) * 0.1 * norm.pdf(1.0), rel=1e-14)
    assert answers["flip_exact"] == pytest.approx(by_definition((-1, 1), (1, 1), (0.5, 0.5), 0.0, 0.1), rel=1e-9)
    bad = [({"scales": [1, 0]}, "scales must be positive"), ({"weights": [0.5, 0.6]}, "sum of 1.1"),
           ({"means": [0]}, "hypothesis of tube fails"), ({"relative_noise": 0}, "relative_noise must be positive"),
           ({"scales": [0.01, 0.01]}, "Are the modes separated"), ({"boundary": math.nan}, "not finite")]  # fmt: skip
    for change, message in bad:
        with pytest.raises(UsageError, match=message):
            law_named("tube").evaluate(given | change)
    corner = {"angles_degrees": [90, 90, 90, 90], "density": 1 / (8 * math.pi), "relative_noise": 0.2}
    answers = law_named("tube").evaluate(corner)
    assert answers["junction"] == pytest.approx(4 / math.pi, rel=1e-14)
    assert answers["junction_term"] == pytest.approx(-((0.2 / 2) ** 2) / math.pi**2, rel=1e-13)  # sigma = 2
    # Two lines through the middle of N(0, 4 I): E = 2 phi(0)/2; the rest is of third order.
    second = law_named("tube").evaluate(corner | {"interface_energy": norm.pdf(0)})["flip_second_order"]
    assert second == pytest.approx(float(orthants_flip(2.0, 0.2)), abs=0.1**3 / 4)
    assert junction_of_degrees([30.0, 210.5, 119.5]) == pytest.approx(
        junction(np.radians([30.0, 210.5, 119.5])), rel=1e-13
    )
    assert junction_of_degrees([360 / 7] * 7) > 0
    for angles, message in (([120, 120], "do not fill"), ([360], "at least two"), ([2.1, 2.1, 2.1], "radians"),
                            ([180, -180, 360], "positive"), ([math.nan, 180], "not finite")):  # fmt: skip
        with pytest.raises(UsageError, match=message):
            law_named("tube").evaluate(corner | {"angles_degrees": angles})
    with pytest.raises(UsageError, match="does not answer"):
        law_named("tube").evaluate(given | {"angles_degrees": [180, 180]})
    with pytest.raises(UsageError, match="2 means, 1 scales"):
        mixture([0, 1], [1], [0.5, 0.5])
    with pytest.raises(UsageError, match="Is it in degrees"):
        junction_coefficient(120.0)
    with pytest.raises(UsageError, match="do not fill"):
        junction([1.0, 2.0])
    assert check_weights([1.0]) == (1.0,)
