"""m = sum_k r_k m_k is the tempered posterior mean, and no point is steeper than its certificate says.

Oracles: quadrature and 60-digit arithmetic of Bayes' rule for m, finite differences for slopes, one-dimensional and
polar quadrature for the masses of balls.
"""

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate
from scipy.special import ndtr

from theory.denoiser import two_mode_denoiser
from theory.errors import UsageError
from theory.mixture import Mixture, mixture
from theory.mixture_denoiser import certify, mixture_denoiser
from theory.path import CosinePath, LinearPath, Schedule, uniform_schedule
from theory.target import two_modes

GRID = uniform_schedule(LinearPath(), 4)
THREE = mixture(means=[[-1.0, 0.5], [2.0, 0.0], [0.0, -3.0]], weights=[0.2, 0.5, 0.3], scales=[0.3, 0.0, 1.2])


def bayes(target: Mixture, schedule: Schedule, step: int, beta: float, x) -> list[float]:
    """Return the tempered posterior mean by 60-digit arithmetic of its definition."""
    with mpmath.workdps(60):
        a, b = mpmath.mpf(float(schedule.a[step])), mpmath.mpf(float(schedule.b[step]))
        point = [mpmath.mpf(float(c)) for c in x]
        total, mean = mpmath.mpf(0), [mpmath.mpf(0)] * len(point)
        for w, mu, scale in zip(target.weights, target.means, target.scales, strict=True):
            v = (a * mpmath.mpf(float(scale))) ** 2 + b**2
            square = sum((c - a * mpmath.mpf(float(m))) ** 2 for c, m in zip(point, mu, strict=True))
            likelihood = mpmath.exp(-square / (2 * v)) / (2 * mpmath.pi * v) ** (mpmath.mpf(len(point)) / 2)
            odds = mpmath.mpf(float(w)) * likelihood ** mpmath.mpf(float(beta))
            total += odds
            for i, (c, m) in enumerate(zip(point, mu, strict=True)):
                mu_i = mpmath.mpf(float(m))
                mean[i] += odds * (mu_i + a * mpmath.mpf(float(scale)) ** 2 / v * (c - a * mu_i))
        return [float(m / total) for m in mean]


@pytest.mark.parametrize("cap", [math.inf, 20.0])
@pytest.mark.parametrize("step", range(4))
def test_the_posterior_mean_is_bayes_rule(step: int, cap: float) -> None:
    """Assert twelve digits against the definition, near the modes, between them and far outside."""
    denoiser = mixture_denoiser(THREE, GRID, denoiser_stiffness=cap)
    points = np.array([[0.0, 0.0], [-1.0, 0.5], [0.4, -1.1], [30.0, -40.0], [1e-9, 7.0]])
    found = denoiser(step, points)
    for x, mean in zip(points, found, strict=True):
        wanted = bayes(THREE, GRID, step, denoiser.beta[step], x)
        assert mean == pytest.approx(wanted, rel=1e-12, abs=1e-13)
    assert denoiser.beta[step] == 1 or cap == 20.0


def test_the_posterior_mean_is_a_quadrature_of_the_target() -> None:
    """Assert E[z given x] on a line by integrating z over the target's own density."""
    line = mixture(means=[[-2.0], [0.5], [3.0]], weights=[0.5, 0.2, 0.3], scales=[0.4, 1.0, 0.2])
    denoiser = mixture_denoiser(line, GRID)
    a, b, x = 0.5, 0.5, 0.3

    def density(z: float) -> float:
        own = sum(
            w * math.exp(-(((z - m) / s) ** 2) / 2) / s
            for w, m, s in zip(line.weights, line.means[:, 0], line.scales, strict=True)
        )
        return own * math.exp(-(((x - a * z) / b) ** 2) / 2)

    mass, mean = (
        integrate.quad(lambda z, p=p: z**p * density(z), -12, 12, points=[-2, 0.5, 3], limit=400, epsabs=0)[0]
        for p in (0, 1)
    )
    assert denoiser(2, np.array([x]))[0] == pytest.approx(mean / mass, rel=1e-9)


def test_the_prior_is_never_tempered() -> None:
    """Assert r = w exactly where x says nothing, at a = 0, and close to w at a tiny beta: not uniform."""
    denoiser = mixture_denoiser(THREE, GRID)
    assert denoiser.responsibilities(0, np.array([5.0, -3.0])) == pytest.approx(THREE.weights, rel=1e-15)
    points = mixture(means=THREE.means, weights=THREE.weights)
    flat = mixture_denoiser(points, GRID, denoiser_stiffness=1e-6)
    assert flat.beta[3] < 1e-6
    assert flat.responsibilities(3, np.array([0.1, 0.2])) == pytest.approx(THREE.weights, rel=1e-4)


def test_far_and_close_points_are_decided_rightly() -> None:
    """Assert the nearest mode 1e140 away, modes 1e-70 apart told apart, and a uniform row where all coincide nearly."""
    line = mixture(means=[[-1.0], [0.0], [1.0]])
    for sign, mode in ((1, 2), (-1, 0)):
        r = mixture_denoiser(line, GRID).responsibilities(2, np.array([sign * 1e140]))
        assert r.tolist() == [float(k == mode) for k in range(3)]
    close = mixture(means=[[0.0], [1e-70]])
    assert mixture_denoiser(close, GRID).responsibilities(3, np.array([2.0])) == pytest.approx([0.5, 0.5], rel=1e-15)
    wide = mixture(means=[[0.0], [1e70]], scales=[1e-3, 1e60])
    mean = mixture_denoiser(wide, GRID)(3, np.array([[0.0], [0.75e70]]))
    assert mean[:, 0] == pytest.approx([0.0, 1e70], rel=1e-12, abs=1e-12)


@given(st.integers(2, 5), st.integers(1, 3), st.integers(0, 2**32 - 1), st.booleans())
@settings(max_examples=60)
def test_responsibilities_are_a_distribution(modes: int, n: int, seed: int, one_scale: bool) -> None:
    """Assert sum 1, no NaN, and invariance under a permutation of the modes."""
    rng = np.random.default_rng(seed)
    scales = 0.3 if one_scale else rng.choice([0.0, 0.2, 1.0], modes)
    means, weights = rng.normal(size=(modes, n)), rng.dirichlet(np.ones(modes))
    order = rng.permutation(modes)
    one = mixture_denoiser(mixture(means=means, weights=weights, scales=scales), GRID)
    other = mixture_denoiser(
        mixture(means=means[order], weights=weights[order], scales=scales if one_scale else scales[order]), GRID
    )
    x = 5 * rng.normal(size=(7, n))
    for step in range(4):
        r = one.responsibilities(step, x)
        assert np.sum(r, axis=-1) == pytest.approx(np.ones(7), rel=1e-14)
        assert other.responsibilities(step, x) == pytest.approx(r[:, order], rel=1e-9, abs=1e-12)


def steepest(denoiser, step: int, x: np.ndarray) -> float:
    """Return the largest singular value of the Jacobian of m at x, by central differences."""
    h = 1e-6
    columns = [(denoiser(step, x + h * e) - denoiser(step, x - h * e)) / (2 * h) for e in np.eye(len(x))]
    return float(np.linalg.norm(np.array(columns), 2))


@given(
    st.integers(2, 5), st.integers(1, 3), st.integers(0, 2**32 - 1), st.sampled_from([math.inf, 30.0]), st.booleans()
)
@settings(max_examples=60)
def test_no_point_is_steeper_than_certified(modes: int, n: int, seed: int, cap: float, one_scale: bool) -> None:
    """Assert that random points, and points on the segments between modes, stay below the certified slope."""
    rng = np.random.default_rng(seed)
    scales = float(rng.choice([0.0, 0.5])) if one_scale else rng.choice([0.0, 0.2, 0.5, 1.0], modes)
    target = mixture(means=3 * rng.normal(size=(modes, n)), weights=rng.dirichlet(2 * np.ones(modes)), scales=scales)
    denoiser = mixture_denoiser(target, GRID, denoiser_stiffness=cap)
    for step in (1, 2, 3):
        i, j = rng.choice(modes, 2, replace=False)
        between = [GRID.a[step] * (u * target.means[i] + (1 - u) * target.means[j]) for u in np.linspace(0, 1, 15)]
        for x in (*between, *(2 * rng.normal(size=(5, n)))):
            assert steepest(denoiser, step, x) <= denoiser.slope[step] * (1 + 1e-6)


def test_a_certificate_is_attained() -> None:
    """Assert that two modes of one scale attain it, so that 1% less would be false; several scales come to 0.96."""
    denoiser = mixture_denoiser(mixture(means=[[-3.0, 0.0], [3.0, 0.0]], scales=0.4), GRID)
    for step in (1, 2, 3):
        slope = steepest(denoiser, step, np.zeros(2))
        assert slope == pytest.approx(denoiser.slope[step], rel=1e-6)
        assert slope > denoiser.slope[step] / 1.01
    mixed = mixture_denoiser(mixture(means=[[0.0], [3.0]], scales=[0.2, 0.5]), GRID)
    line = np.linspace(-2, 6, 4001)[:, None]
    slopes = np.diff(mixed(2, line)[:, 0]) / np.diff(line[:, 0])
    assert 0.96 * mixed.slope[2] < slopes.max() <= mixed.slope[2]


@pytest.mark.parametrize("path", [LinearPath(), CosinePath()])
@pytest.mark.parametrize("scale", [0.0, 0.3])
def test_two_modes_on_a_line_are_the_known_ones(path, scale: float) -> None:
    """Assert the two-mode denoiser's slopes, tempering and values, derived apart in theory/denoiser.py."""
    grid = uniform_schedule(path, 8)
    known = two_mode_denoiser(two_modes(mu=3, scale=scale, weights=(0.3, 0.7)), grid, denoiser_stiffness=6)
    found = mixture_denoiser(
        mixture(means=[[-3.0], [3.0]], scales=scale, weights=[0.3, 0.7]), grid, denoiser_stiffness=6
    )
    x = np.linspace(-4, 4, 33)
    assert found.slope == pytest.approx(known.slope, rel=1e-13)
    for step in range(8):
        assert found(step, x[:, None])[:, 0] == pytest.approx(known(step, x), rel=1e-11, abs=1e-12)


def test_the_cap_is_met_with_the_largest_evidence() -> None:
    """Assert slope <= cap, equality wherever beta < 1, and that a larger beta is certified to exceed the cap."""
    for target in (THREE, mixture(means=THREE.means, scales=0.2)):
        free, capped = mixture_denoiser(target, GRID), mixture_denoiser(target, GRID, denoiser_stiffness=9)
        for j in range(4):
            assert capped.slope[j] <= 9
            if capped.beta[j] < 1:
                assert capped.slope[j] == pytest.approx(9, rel=1e-12)
                assert certify(target, GRID.a[j], GRID.b[j])(capped.beta[j] * 1.01) > 9
            else:
                assert capped.slope[j] == free.slope[j]


@pytest.mark.parametrize("scales", [1.0, [0.1, 1.0, 0.1]])
def test_a_cap_out_of_reach_is_refused(scales) -> None:
    """Assert a message that names the least cap, and that this least cap is accepted."""
    target = mixture(means=THREE.means, scales=scales)
    with pytest.raises(UsageError, match="cannot be certified") as refused:
        mixture_denoiser(target, GRID, denoiser_stiffness=0.5)
    least = float(str(refused.value).split("at least ")[1].split(",")[0])
    assert mixture_denoiser(target, GRID, denoiser_stiffness=least).slope.max() <= least
    with pytest.raises(UsageError):
        mixture_denoiser(target, GRID, denoiser_stiffness=least * (1 - 1e-9))


def test_own_masses_on_a_line_and_in_the_plane() -> None:
    """Assert the masses of balls against normal intervals, and against polar quadrature of a disc."""
    line = mixture(means=[[0.0], [2.0], [7.0]], weights=[0.5, 0.3, 0.2], scales=[1.0, 0.5, 0.0])
    radius = 0.8 * 2 / 2
    wanted = [
        sum(w * (ndtr((c + radius - m) / s) - ndtr((c - radius - m) / s)) for w, m, s in ((0.5, 0, 1), (0.3, 2, 0.5)))
        for c in (0, 2, 7)
    ]
    wanted[2] += 0.2
    assert line.masses(0.8) == pytest.approx([*wanted, 1 - sum(wanted)], rel=1e-9, abs=1e-12)
    plane = mixture(means=[[0.0, 0.0], [1.5, 2.0]], scales=[0.7, 1.1])
    size = 0.5 * 2.5 / 2

    def disc(x: float, y: float, s: float) -> float:
        def density(angle: float, r: float) -> float:
            square = (r * math.cos(angle) - x) ** 2 + (r * math.sin(angle) - y) ** 2
            return r * math.exp(-square / (2 * s * s)) / (2 * math.pi * s * s)

        return float(integrate.dblquad(density, 0, size, 0, 2 * math.pi, epsabs=1e-11)[0])

    wanted = [(disc(0, 0, 0.7) + disc(1.5, 2, 1.1)) / 2, (disc(1.5, 2, 0.7) + disc(0, 0, 1.1)) / 2]
    assert plane.masses(0.5) == pytest.approx([*wanted, 1 - sum(wanted)], rel=1e-8)


@given(st.integers(2, 6), st.integers(1, 8), st.integers(0, 2**32 - 1))
@settings(max_examples=40)
def test_own_masses_sum_to_one(modes: int, n: int, seed: int) -> None:
    """Assert non-negative masses with sum 1, whatever the scales."""
    rng = np.random.default_rng(seed)
    masses = mixture(means=rng.normal(size=(modes, n)), scales=rng.choice([0, 1e-6, 0.1, 3.0], modes)).masses(0.9)
    assert np.all(masses >= 0)
    assert math.fsum(masses) == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [({"means": [1.0, 2.0]}, "no table of points"),
     ({"means": [[1.0], [1.0]]}, "two equal rows"), ({"means": [[1.0], [float("nan")]]}, "not finite"),
     ({"means": [[0.0], [1e-80]]}, "repeats a point"), ({"means": [[0.0], [1e80]]}, "reaches too far"),
     ({"means": [[0.0], [1.0]], "weights": [0.0, 0.0]}, "sum 1"),
     ({"means": [[0.0], [1.0]], "weights": [-0.5, 1.5]}, "negative"),
     ({"means": [[0.0], [1.0]], "weights": [1.0]}, "2 numbers"),
     ({"means": [[0.0], [1.0]], "weights": [0.4, 0.4]}, "sum 1"),
     ({"means": [[0.0], [1.0]], "scales": [1, 1, 1]}, "2 numbers"),
     ({"means": [[0.0], [1.0]], "scales": -1}, "negative"), ({"means": [["a"], ["b"]]}, "not a number"),
     ({"means": [[0.0], [1.0]], "scales": 1e-80}, "out of range")],
)  # fmt: skip
def test_what_is_no_mixture_is_refused(arguments, message: str) -> None:
    """Assert one clear message for each slip."""
    with pytest.raises(UsageError, match=message):
        mixture(**arguments)


def test_a_point_of_another_space_is_refused() -> None:
    """Assert that the denoiser refuses a wrong last axis, NaN and points whose squares are no doubles."""
    denoiser = mixture_denoiser(THREE, GRID)
    for x, message in (
        (np.zeros(3), "no point"),
        (np.array([math.nan, 0.0]), "finite"),
        (np.full(2, 1e151), "no point"),
    ):
        with pytest.raises(UsageError, match=message):
            denoiser(1, x)
