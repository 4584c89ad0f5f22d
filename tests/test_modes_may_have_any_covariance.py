"""Modes with diagonal and full covariances: Bayes' rule, certified slopes where there are any, lanes as the reference.

Oracles: 40-digit arithmetic of Bayes' rule, finite differences, isotropic modes, an affine change of coordinates.
"""

import json

import mpmath
import numpy as np
import pytest

from copies import ROOT, run_python
from sim.mixture.covariance import SAMPLERS, build_covariance_run, clean_outputs
from sim.mixture.run import simulate_mixture
from sim.mixture.sampling import build_run
from sim.particles import count
from theory.covariance import covariance_denoiser, covariance_mixture
from theory.errors import UsageError
from theory.mixture import mixture
from theory.mixture_denoiser import mixture_denoiser
from theory.path import LinearPath, uniform_schedule

GRID = uniform_schedule(LinearPath(), 4)
MEANS = np.array([[-2.0, 0.5], [2.0, 0.0], [0.0, -3.0]])
WEIGHTS = [0.2, 0.5, 0.3]
FULL = np.array([[[1.0, 0.6], [0.6, 1.0]], [[0.09, 0.0], [0.0, 0.0]], [[0.5, -0.5], [-0.5, 0.5]]])
ORDERED = np.array([[[0.1, 0.02], [0.02, 0.05]], [[0.9, 0.2], [0.2, 0.5]], [[0.0, 0.0], [0.0, 0.0]]])
TARGETS = {
    "full": covariance_mixture(means=MEANS, covariances=FULL, weights=WEIGHTS),
    "ordered": covariance_mixture(means=MEANS, covariances=ORDERED, weights=WEIGHTS),
    "diagonal": covariance_mixture(means=MEANS, covariances=[[0.0, 1.0], [0.2, 0.0], [0.3, 0.4]], weights=WEIGHTS),
}


def bayes(target, a: float, b: float, x, beta: float) -> list[float]:
    """Return the tempered posterior mean by 40-digit arithmetic of its definition."""
    with mpmath.workdps(40):
        total, mean = mpmath.mpf(0), mpmath.matrix(2, 1)
        for w, mu, c in zip(WEIGHTS, target.centres.means, target.covariances, strict=True):
            wide = mpmath.matrix(c.tolist())
            v = mpmath.mpf(a) ** 2 * wide + mpmath.mpf(b) ** 2 * mpmath.eye(2)
            away = mpmath.matrix(list(map(float, x))) - mpmath.mpf(a) * mpmath.matrix(mu.tolist())
            solved = mpmath.lu_solve(v, away)
            density = mpmath.exp(-(away.T * solved)[0] / 2) / mpmath.sqrt(mpmath.det(v))
            odds = mpmath.mpf(w) * density ** mpmath.mpf(beta)
            total += odds
            mean += odds * (mpmath.matrix(mu.tolist()) + mpmath.mpf(a) * wide * solved)
        return [float(m / total) for m in mean]


@pytest.mark.parametrize("name", TARGETS)
def test_the_posterior_mean_is_bayes_rule(name: str) -> None:
    """Assert eleven digits of the denoiser, tempered where a cap is certified; singular covariances included."""
    caps = [np.inf, 20.0] if name == "ordered" else [np.inf]
    for cap in caps:
        d = covariance_denoiser(TARGETS[name], GRID, denoiser_stiffness=cap)
        points = np.array([[0.0, 0.0], [-1.0, 0.5], [0.4, -1.1], [9.0, -4.0]])
        for j in range(4):
            for x, mean in zip(points, d(j, points), strict=True):
                assert mean == pytest.approx(
                    bayes(TARGETS[name], GRID.a[j], GRID.b[j], x, d.beta[j]), rel=1e-11, abs=1e-12
                )
        assert bool(np.all(d.beta == 1)) == (cap == np.inf)


def steepest(denoiser, step: int, x: np.ndarray) -> float:
    h = 1e-6
    columns = [(denoiser(step, (x + h * e)[None]) - denoiser(step, (x - h * e)[None]))[0] / (2 * h) for e in np.eye(2)]
    return float(np.linalg.norm(np.array(columns), 2))


@pytest.mark.parametrize("common", [True, False])
def test_no_point_is_steeper_than_certified(common: bool) -> None:
    """Assert random points and points between modes below the certificate; two modes of one covariance attain it."""
    rng = np.random.default_rng(2)
    for _ in range(12):
        factor = rng.normal(size=(2, 2))
        narrow = factor @ factor.T * 0.1
        wider = narrow if common else narrow + 0.4 * np.eye(2)
        target = covariance_mixture(means=3 * rng.normal(size=(2, 2)), covariances=[narrow, wider], weights=[0.4, 0.6])
        d = covariance_denoiser(target, GRID)
        for j in (1, 2, 3):
            ends = GRID.a[j] * target.centres.means
            between = [u * ends[0] + (1 - u) * ends[1] for u in np.linspace(0, 1, 41)]
            found = max(steepest(d, j, x) for x in (*between, *(2 * rng.normal(size=(5, 2)))))
            assert found <= d.slope[j] * (1 + 1e-5)
    axis = covariance_mixture(means=[[-2.0, 0.0], [2.0, 0.0]], covariances=[[0.3, 0.1]] * 2)
    d = covariance_denoiser(axis, GRID)
    assert steepest(d, 2, np.zeros(2)) == pytest.approx(d.slope[2], rel=1e-6)
    assert steepest(d, 2, np.zeros(2)) > d.slope[2] / 1.01


def test_isotropic_covariances_are_scales() -> None:
    """Assert the slopes and tempering of isotropic modes, certified apart, with one scale and with several."""
    for scales in ([0.3, 0.3, 0.3], [0.2, 0.0, 1.0]):
        square = np.array(scales)[:, None, None] ** 2 * np.eye(2)
        found = covariance_denoiser(
            covariance_mixture(means=MEANS, covariances=square, weights=WEIGHTS), GRID, denoiser_stiffness=15
        )
        known = mixture_denoiser(mixture(means=MEANS, scales=scales, weights=WEIGHTS), GRID, denoiser_stiffness=15)
        assert found.slope == pytest.approx(known.slope, rel=1e-9)
        assert found.beta == pytest.approx(known.beta, rel=1e-9)


def test_crossing_covariances_have_no_slope() -> None:
    """Assert that the slope doubles with the reach along the boundary of crossing modes, and that a cap is refused."""
    cross = covariance_mixture(means=[[0.0, 0.0], [0.1, 0.0]], covariances=[[1.0, 0.1], [0.1, 1.0]])
    d = covariance_denoiser(cross, GRID)
    assert np.all(np.isinf(d.slope))
    slopes = []
    for reach in (2.0, 4.0, 8.0):
        line = np.linspace(-0.3, 0.3, 601)
        slopes.append(max(steepest(d, 2, np.array([reach, reach + shift])) for shift in line))
    assert slopes[1] > 2 * slopes[0]
    assert slopes[2] > 2 * slopes[1]
    with pytest.raises(UsageError, match="cannot be certified for these"):
        covariance_denoiser(cross, GRID, denoiser_stiffness=50)


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("name", TARGETS)
def test_lanes_equal_the_reference(name: str, sampler: str) -> None:
    """Assert outputs to 1e-9 and bit-equal under any split; counts for any threads."""
    run = build_covariance_run(TARGETS[name], steps=4, sampler=sampler, margin=0.5)
    points = run.outputs(range(10, 310), seed=5)
    assert points == pytest.approx(run.reference(range(10, 310), seed=5), rel=1e-9, abs=1e-9)
    assert np.array_equal(run.outputs(range(77, 99), seed=5), points[67:89])
    kernel, arguments = run.counter(1)
    assert (
        count(kernel, arguments, range(70_000), threads=1).tolist()
        == (count(kernel, arguments, range(777)) + count(kernel, arguments, range(777, 70_000), threads=3)).tolist()
    )


def test_commitment_and_clean_latents_have_the_target_s_moments() -> None:
    """Assert mean and covariance of both within five standard errors; isotropic runs are those of scales."""
    wanted_mean = np.array(WEIGHTS) @ MEANS
    second = sum(w * (c + np.outer(m, m)) for w, c, m in zip(WEIGHTS, FULL, MEANS, strict=True))
    run = build_covariance_run(TARGETS["full"], steps=3, sampler="commit_parallel")
    for points in (run.outputs(range(200_000)), clean_outputs(0, 200_000, 0, run.clean_tables())):
        for power in (points, points[:, :, None] * points[:, None, :]):
            aim = wanted_mean if power.ndim == 2 else second
            assert np.all(np.abs(power.mean(axis=0) - aim) < 5 * power.std(axis=0) / np.sqrt(200_000))
    square = 0.09 * np.ones((3, 2))
    wide = build_covariance_run(covariance_mixture(means=MEANS, covariances=square, weights=WEIGHTS), steps=4)
    known = build_run(mixture(means=MEANS, weights=WEIGHTS, scales=0.3), steps=4)
    assert wide.outputs(range(300)) == pytest.approx(known.outputs(range(300)), rel=1e-9, abs=1e-9)


CODE = """
import json
from sim.mixture.covariance import build_covariance_run
from theory.covariance import covariance_mixture
full = [[[1.0, 0.6], [0.6, 1.0]], [[0.1, 0.0], [0.0, 0.0]]]
target = covariance_mixture(means=[[-2.0, 0.0], [2.0, 0.0]], covariances=full)
found = {}
for sampler in ("ancestral", "commit_parallel"):
    run = build_covariance_run(target, steps=3, sampler=sampler, margin=0.5)
    kernel, arguments = run.counter(3)
    found[sampler] = kernel(0, 64, *arguments).tolist()
    kernel, arguments = run.clean_counter(3)
    found["clean"] = kernel(0, 64, *arguments).tolist()
print(json.dumps(found))
"""


def test_compiled_and_interpreted_lanes_are_equal() -> None:
    """Assert equal counts with and without the compiler."""
    compiled, plain = (run_python("-c", CODE, cwd=ROOT, NUMBA_DISABLE_JIT=flag) for flag in ("0", "1"))
    assert compiled.returncode == plain.returncode == 0, compiled.stderr + plain.stderr
    assert json.loads(compiled.stdout) == json.loads(plain.stdout)


def test_a_run_reads_as_one_document() -> None:
    """Assert strict JSON with clean counts as the target's masses, and no bound where no slope is certified."""
    measured = simulate_mixture(means=MEANS, covariances=FULL, steps=4, particles=2000, margin=0.5)
    document = json.loads(json.dumps(measured.to_dict(), allow_nan=False))
    assert document["bound"]["stiffness"] is None
    assert sum(document["target_masses"]) == pytest.approx(1)
    assert measured.tv.low <= measured.tv.value <= measured.tv.high
    capped = simulate_mixture(means=MEANS, covariances=ORDERED, steps=4, particles=2000, denoiser_stiffness=20)
    assert capped.stiffness < np.inf
    assert capped.verdict.outcome.name == "HOLDS"


@pytest.mark.parametrize(
    ("covariances", "message"),
    [([[1.0]], "do not fit"), ([[-1.0, 1.0]] * 3, "negative variance"), ([[1e200, 1.0]] * 3, "too large"),
     ([[[1.0, 0.5], [0.0, 1.0]]] * 3, "not symmetric"), ([[[1.0, 2.0], [2.0, 1.0]]] * 3, "negative eigenvalue"),
     ([[float("nan"), 1.0]] * 3, "not finite")],
)  # fmt: skip
def test_what_is_no_covariance_is_refused(covariances, message: str) -> None:
    """Assert one clear message for each slip, and for two widths at once."""
    with pytest.raises(UsageError, match=message):
        simulate_mixture(means=MEANS, covariances=covariances, steps=2)
    with pytest.raises(UsageError, match="Two widths"):
        simulate_mixture(means=MEANS, covariances=FULL, scales=1.0, steps=2)
