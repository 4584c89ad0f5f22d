"""Modes with diagonal and full covariances: Bayes' rule, certified slopes where there are any, every sampler, readouts.

Oracles: 40-digit arithmetic of Bayes' rule, finite differences, isotropic modes, SciPy's DOP853, matrix square roots,
the exact errors of two modes on a line.
"""

import json

import mpmath
import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.linalg import sqrtm
from scipy.stats import ks_2samp

from copies import ROOT, run_python
from sim.mixture.along import clean_outputs
from sim.mixture.clean import clean_wide_latents
from sim.mixture.covariance import build_covariance_run
from sim.mixture.covariance_flow import covariance_flow
from sim.mixture.readouts import asked, count_readout
from sim.mixture.run import simulate_mixture
from sim.mixture.sampling import SAMPLERS, build_run
from sim.noise import normals
from sim.particles import count
from sim.two_modes.readouts import measure_readout
from sim.two_modes.run import build_setting
from sim.two_modes.samplers import Ddim
from theory.covariance import covariance_denoiser, covariance_mixture
from theory.errors import UsageError
from theory.mixture import mixture
from theory.mixture_denoiser import mixture_denoiser
from theory.path import LinearPath, uniform_schedule
from theory.readout import readout

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
def test_lanes_equal_the_reference(sampler: str) -> None:
    """Assert outputs to 1e-9 on every kind of covariance, bit-equal under any split."""
    number = 20 if sampler == "flow" else 200
    for name, target in TARGETS.items():
        if (name, sampler) == ("full", "flow"):
            continue  # followed to noise that no solve with a singular matrix resolves: see its own test
        run = build_covariance_run(target, steps=4, sampler=sampler, margin=0.5)
        points = run.outputs(range(10, 10 + number), seed=5)
        assert points == pytest.approx(run.reference(range(10, 10 + number), seed=5), rel=1e-9, abs=1e-9)
        assert np.array_equal(run.outputs(range(17, 29), seed=5), points[7:19])


@pytest.mark.parametrize("sampler", ["ddim", "commit_at", "heun"])
def test_counts_are_those_of_any_threads(sampler: str) -> None:
    """Assert equal counts for any threads and any split of the particles."""
    kernel, arguments = build_covariance_run(TARGETS["full"], steps=4, sampler=sampler, margin=0.5).counter(1)
    assert (
        count(kernel, arguments, range(70_000), threads=1).tolist()
        == (count(kernel, arguments, range(777)) + count(kernel, arguments, range(777, 70_000), threads=3)).tolist()
    )


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_isotropic_covariances_run_as_scales(sampler: str) -> None:
    """Assert the outputs of isotropic modes, computed by other kernels, for every sampler."""
    square = 0.09 * np.ones((3, 2))
    wide = covariance_mixture(means=MEANS, covariances=square, weights=WEIGHTS)
    known = mixture(means=MEANS, weights=WEIGHTS, scales=0.3)
    one, other = (
        build(target, steps=4, sampler=sampler).outputs(range(300))
        for build, target in ((build_covariance_run, wide), (build_run, known))
    )
    assert one == pytest.approx(other, rel=1e-9, abs=1e-9)


def test_the_flow_of_one_mode_is_a_square_root() -> None:
    """Assert z = mu + sqrt(C) xi with the symmetric root, which SciPy takes of the matrix; a Cholesky factor fails."""
    wide = np.array([[2.0, 0.9, 0.1], [0.9, 1.0, -0.3], [0.1, -0.3, 0.5]])
    xi = normals(3, range(50), 0, 3)
    found = covariance_flow(covariance_mixture(means=[[1.0, -2.0, 0.5]], covariances=[wide]), per_unit=24)
    mean = np.array([1.0, -2.0, 0.5])
    assert found.outputs(range(50), seed=3) == pytest.approx(mean + xi @ np.real(sqrtm(wide)), abs=1e-5)
    assert np.max(np.abs(mean + xi @ np.linalg.cholesky(wide).T - found.outputs(range(50), seed=3))) > 0.1


def test_the_flow_agrees_with_a_peer() -> None:
    """Assert DOP853 on the velocity of the cosine path, by Bayes' rule with inverse matrices, from the same noise."""
    target = TARGETS["ordered"]

    def velocity(angle: float, x: np.ndarray) -> np.ndarray:
        a, b = np.sin(angle), np.cos(angle)
        if a == 0:
            return np.array(WEIGHTS) @ MEANS
        logs, scores = [], []
        for w, mu, c in zip(WEIGHTS, MEANS, ORDERED, strict=True):
            v = np.linalg.inv(a**2 * c + b**2 * np.eye(2))
            scores.append(-v @ (x - a * mu))
            logs.append(np.log(w) + np.linalg.slogdet(v)[1] / 2 + (x - a * mu) @ scores[-1] / 2)
        odds = np.exp(np.array(logs) - max(logs))
        return b * (x + odds / odds.sum() @ np.array(scores)) / a

    fine = covariance_flow(target, per_unit=24)
    start, end = normals(3, range(6), 0, 2), np.pi / 2 * (1 - 1e-9)
    for x, z in zip(start, fine.outputs(range(6), seed=3), strict=True):
        peer = solve_ivp(velocity, (0, end), x, method="DOP853", rtol=1e-11, atol=1e-12).y[:, -1]
        assert z == pytest.approx(peer, abs=2e-4)


def test_the_flow_of_thin_modes_reaches_the_target() -> None:
    """Assert the law of the latent along two directions where covariances are singular, and modes that cross."""
    for target in (TARGETS["full"], covariance_mixture(means=[[0.0, 0.0], [0.1, 0.0]], covariances=[[1, 0], [0, 1]])):
        points = covariance_flow(target, per_unit=24).outputs(range(20_000))
        clean = clean_wide_latents(target.drawn, range(20_000), seed=9)
        for direction in ([1.0, 0.3], [-0.2, 1.0]):
            assert ks_2samp(points @ direction, clean @ direction).pvalue > 1e-6


@pytest.mark.parametrize(("sampler", "order"), [("ddim", 1), ("midpoint", 2), ("heun", 2), ("rk4", 2)])
def test_samplers_reach_the_flow_at_their_order(sampler: str, order: int) -> None:
    """Assert that doubling the steps divides the distance to the exact flow by two to the order.

    The last step, which no scheme can take to the data but by Euler, leaves the fourth order at two.
    """
    target = covariance_mixture(means=MEANS / 2, covariances=FULL + 0.5 * np.eye(2), weights=WEIGHTS)
    exact = covariance_flow(target, per_unit=48).outputs(range(500))
    off = [
        np.median(
            np.linalg.norm(build_covariance_run(target, steps=k, sampler=sampler).outputs(range(500)) - exact, axis=1)
        )
        for k in (32, 64)
    ]
    assert np.log2(off[0] / off[1]) == pytest.approx(order, abs=0.2)


def test_one_draw_of_the_whole_is_the_target() -> None:
    """Assert that commit_at with a single call has the target's moments, and that its time is read and refused."""
    run = build_covariance_run(TARGETS["full"], steps=1, sampler="commit_at")
    points = run.outputs(range(200_000))
    wanted_mean = np.array(WEIGHTS) @ MEANS
    second = sum(w * (c + np.outer(m, m)) for w, c, m in zip(WEIGHTS, FULL, MEANS, strict=True))
    for power, aim in ((points, wanted_mean), (points[:, :, None] * points[:, None, :], second)):
        assert np.all(np.abs(power.mean(axis=0) - aim) < 5 * power.std(axis=0) / np.sqrt(200_000))
    early, late = (
        build_covariance_run(TARGETS["full"], steps=4, sampler="commit_at", commit_time=t).outputs(range(20))
        for t in (0.0, 0.75)
    )
    assert not np.allclose(early, late)
    with pytest.raises(UsageError, match="does not read it"):
        simulate_mixture(means=MEANS, covariances=FULL, steps=4, commit_time=0.5)


@pytest.mark.parametrize("name", ["linear", "probit", "softmax", "argmax"])
def test_readouts_meet_the_exact_errors(name: str) -> None:
    """Assert both couplings on a line within intervals of the exact errors of two modes, and the other one outside."""
    sharpness = 5.0 if name in {"probit", "softmax"} else None
    pair = covariance_mixture(means=[[-1.0], [1.0]], covariances=[[0.49], [0.49]], weights=[0.3, 0.7])
    chosen = asked(name, sharpness=sharpness, weight=None, particles=60_000, target=pair.centres)
    counted = count_readout(build_covariance_run(pair, steps=6), chosen, seed=20_260_630)
    exact = measure_readout(
        Ddim(), build_setting(mu=1, scale=0.7, weights=(0.3, 0.7), steps=6), readout(name, sharpness=sharpness)
    )
    for found, truth, other in (
        (counted.whole, exact.whole, exact.terminal), (counted.terminal, exact.terminal, exact.whole),
    ):  # fmt: skip
        assert truth.flips in found.flips
        assert other.flips not in found.flips
        assert truth.continuous in found.continuous
        if name != "linear":
            assert truth.categorical in found.categorical
            assert other.categorical not in found.categorical
    assert counted.flow_flips == 0


def test_any_readout_is_taken_of_full_covariances() -> None:
    """Assert mixtures of readouts, a callable, the law of a drawn token, and probit's refusal, through the target."""
    keys = {"means": MEANS, "covariances": FULL, "weights": WEIGHTS, "steps": 6, "particles": 1000}
    half = simulate_mixture(**keys, readout="argmax", categorical_weight=0.5, readout_particles=5000).readout
    own = simulate_mixture(
        **keys, readout=lambda z: np.argmin(np.linalg.norm(z[:, None] - MEANS, axis=2), axis=1), readout_particles=5000
    ).readout
    assert half.whole.flips == own.whole.flips
    assert half.whole.total == pytest.approx(half.whole.flips.value / 2 + half.whole.continuous.value / 2)
    drawn = simulate_mixture(**keys, sampler="commit_parallel", readout="argmax").readout
    assert drawn.whole is None
    assert drawn.token_tv < 0.03  # a draw keeps the marginal
    assert simulate_mixture(**keys, sampler="reinjection", readout="argmax").readout.token_tv > 0.03
    with pytest.raises(UsageError, match="one of two tokens"):
        simulate_mixture(**keys, readout="probit", sharpness=2.0)


def test_commitment_and_clean_latents_have_the_target_s_moments() -> None:
    """Assert mean and covariance of all three within five standard errors."""
    wanted_mean = np.array(WEIGHTS) @ MEANS
    second = sum(w * (c + np.outer(m, m)) for w, c, m in zip(WEIGHTS, FULL, MEANS, strict=True))
    run = build_covariance_run(TARGETS["full"], steps=3, sampler="commit_parallel")
    clean = clean_wide_latents(TARGETS["full"], range(200_000), seed=0)
    for points in (run.outputs(range(200_000)), clean_outputs(0, 200_000, 0, run.clean_tables()), clean):
        for power in (points, points[:, :, None] * points[:, None, :]):
            aim = wanted_mean if power.ndim == 2 else second
            assert np.all(np.abs(power.mean(axis=0) - aim) < 5 * power.std(axis=0) / np.sqrt(200_000))


CODE = """
import json
from sim.mixture.along import flow_counts
from sim.mixture.covariance_flow import covariance_flow
from sim.mixture.covariance import build_covariance_run
from theory.covariance import covariance_mixture
full = [[[1.0, 0.6], [0.6, 1.0]], [[0.1, 0.0], [0.0, 0.0]]]
target = covariance_mixture(means=[[-2.0, 0.0], [2.0, 0.0]], covariances=full)
found = {}
for sampler in ("ancestral", "commit_parallel", "commit_at", "heun"):
    run = build_covariance_run(target, steps=3, sampler=sampler, margin=0.5)
    kernel, arguments = run.counter(3)
    found[sampler] = kernel(0, 64, *arguments).tolist()
    kernel, arguments = run.clean_counter(3)
    found["clean"] = kernel(0, 64, *arguments).tolist()
flow = covariance_flow(covariance_mixture(means=[[-2.0], [2.0]], covariances=[[1.0], [0.5]]), per_unit=1)
found["flow"] = flow_counts(0, 64, 3, flow.tables()[0], 1.0, flow.tables()).tolist()
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
    assert measured.kl.low <= measured.kl.value <= measured.kl.high < 0.5
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
