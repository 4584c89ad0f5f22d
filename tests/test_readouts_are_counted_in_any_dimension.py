"""Outputs of a run in n dimensions are compared with clean latents of the same noise, along the exact flow.

Primary routes: the exact errors of two modes on a line, scipy's DOP853 for the flow, and plain NumPy beside the kernel.
"""

import json
import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.stats import kstest

from copies import ROOT, run_python
from sim.codebook import codebook_vectors
from sim.mixture.clean import clean_latents
from sim.mixture.flow import fine_flow
from sim.mixture.readouts import asked, count_readout
from sim.mixture.sampling import build_run
from sim.noise import normals
from sim.run import simulate
from sim.two_modes.readouts import measure_readout
from sim.two_modes.run import build_setting
from sim.two_modes.samplers import Ddim
from theory.errors import UsageError
from theory.flow import flow_map
from theory.mixture import Mixture, mixture
from theory.readout import readout, token_of
from theory.target import two_modes
from theory.verdict import Outcome

PAIR = mixture(means=[[-1.0], [1.0]], scales=0.7, weights=[0.3, 0.7])


def cloud() -> Mixture:
    """Five modes of different scales and weights in three dimensions."""
    rng = np.random.default_rng(5)
    weights = np.array([0.1, 0.15, 0.2, 0.25, 0.3])
    return mixture(means=2 * rng.normal(size=(5, 3)), scales=[0.3, 0.5, 0.2, 0.8, 0.4], weights=weights)


@pytest.mark.parametrize(("mu", "scale"), [(1.0, 0.7), (4.0, 0.5), (4.0, 0.01), (4.0, 0.0), (400.0, 1.0)])
def test_a_fine_flow_is_the_quantile_map(mu: float, scale: float) -> None:
    """Assert the flow of two modes on a line: the error falls sixteenfold as steps are halved, and no token differs."""
    x = normals(0, range(4000), 0, 1)[:, 0]
    weights = [0.3, 0.7]
    exact = flow_map(two_modes(mu=mu, scale=scale, weights=weights), x)
    pair = mixture(means=[[-mu], [mu]], scales=scale, weights=weights)
    off = [np.abs(fine_flow(pair, per_unit=n).outputs(range(4000))[:, 0] - exact) for n in (12, 24)]
    assert np.median(off[1]) < 1e-6 * mu
    if scale > 0:
        assert np.median(off[0]) / np.median(off[1]) == pytest.approx(16, rel=0.15)
    assert np.all((fine_flow(pair).outputs(range(4000))[:, 0] > 0) == (exact > 0))


def test_a_fine_flow_agrees_with_a_peer() -> None:
    """Assert DOP853 on the velocity of the cosine path, by Bayes' rule in NumPy, from the same noise."""
    target = cloud()
    start = normals(3, range(6), 0, 3)

    def velocity(angle: float, x: np.ndarray) -> np.ndarray:
        a, b = math.sin(angle), math.cos(angle)
        v = (a * target.scales) ** 2 + b * b
        away = x - a * target.means
        logs = np.log(target.weights) - 1.5 * np.log(v) - np.sum(away**2, axis=1) / (2 * v)
        odds = np.exp(logs - logs.max())
        score = -(odds / odds.sum() / v) @ away
        return b * (x + score) / a if a > 0 else target.weights @ target.means

    for x, z in zip(start, fine_flow(target).outputs(range(6), seed=3), strict=True):
        peer = solve_ivp(velocity, (0, math.pi / 2), x, method="DOP853", rtol=1e-11, atol=1e-12).y[:, -1]
        assert z == pytest.approx(peer, abs=3e-5)


def test_the_kernel_is_its_plain_form() -> None:
    """Assert lanes against NumPy, and no trace of where a block begins."""
    flow = fine_flow(cloud())
    assert flow.outputs(range(70)) == pytest.approx(flow.reference(range(70)), abs=1e-9)
    assert np.array_equal(flow.outputs(range(70))[5:], flow.outputs(range(5, 70)))


def test_the_kernel_runs_without_the_compiler() -> None:
    """Assert latents to 1e-12 and equal counts with NUMBA_DISABLE_JIT=1."""
    code = (
        "import json\nfrom theory.mixture import mixture\nfrom sim.mixture.flow import fine_flow, flow_counts\n"
        "target = mixture(means=[[-1, 0], [1, 1], [0, 2]], scales=[0.3, 0.2, 0.5])\n"
        "flow = fine_flow(target, per_unit=2)\n"
        "counts = flow_counts(0, 3, 0, target.means, 0.4, flow.tables()).tolist()\n"
        "print(json.dumps([flow.outputs(range(3)).tolist(), counts]))"
    )
    runs = [json.loads(run_python("-c", code, cwd=ROOT, NUMBA_DISABLE_JIT=flag).stdout) for flag in ("0", "1")]
    assert np.array(runs[0][0]) == pytest.approx(np.array(runs[1][0]), abs=1e-12)
    assert runs[0][1] == runs[1][1]


def test_the_exact_flow_reaches_the_target() -> None:
    """Assert the law of the latent along a direction, the landing masses, and an honest nfe."""
    points = fine_flow(cloud()).outputs(range(20_000))
    clean = clean_latents(cloud(), range(20_000), seed=9)
    for i in range(3):
        assert kstest(points[:, i], clean[:, i]).pvalue > 1e-6
    run = simulate(target="mixture", means=[[0, 0], [4, 0], [0, 4]], scales=0.5, sampler="flow", steps=3,
                   particles=20_000, margin=0.5, weights=[0.2, 0.3, 0.5])  # fmt: skip
    assert run.tv.low == 0
    assert run.nfe == fine_flow(mixture(means=[[0, 0], [4, 0], [0, 4]], scales=0.5)).nfe > 100
    assert run.verdict.outcome is Outcome.HOLDS


@pytest.mark.parametrize("name", ["linear", "probit", "softmax", "argmax"])
def test_counts_meet_the_exact_errors(name: str) -> None:
    """Assert both couplings, of 60,000 latents, within intervals of the exact errors; other couplings outside."""
    sharpness = 5.0 if name in {"probit", "softmax"} else None
    run = build_run(PAIR, steps=6)
    chosen = asked(name, sharpness=sharpness, weight=None, particles=60_000, target=PAIR)
    counted = count_readout(run, chosen, seed=20_260_630)
    exact = measure_readout(
        Ddim(), build_setting(mu=1, scale=0.7, weights=(0.3, 0.7), steps=6), readout(name, sharpness=sharpness)
    )
    for found, truth, other in (
        (counted.whole, exact.whole, exact.terminal), (counted.terminal, exact.terminal, exact.whole),
    ):  # fmt: skip
        assert truth.flips in found.flips
        assert other.flips not in found.flips
        assert truth.continuous in found.continuous
        assert other.continuous not in found.continuous
        if name != "linear":
            assert truth.categorical in found.categorical
            assert other.categorical not in found.categorical
    assert counted.flow_flips == 0
    assert counted.flow_error < 1e-4


def test_a_callable_is_read_as_it_answers() -> None:
    """Assert a linear, a one-hot and an integer readout of the caller's against the named ones, and refusals."""
    target = cloud()
    run = build_run(target, steps=5)

    def count(chosen, **keys):
        request = {"sharpness": None, "weight": None, **keys}
        return count_readout(run, asked(chosen, particles=5000, target=target, **request), seed=1)

    named, linear = count("argmax"), count(lambda z: z / target.least_distance)
    assert linear.whole.categorical.value == pytest.approx(named.whole.continuous.value, rel=1e-12)
    tokens = count(lambda z: token_of(z, target.means))
    assert tokens.whole.flips == named.whole.flips
    assert tokens.whole.categorical.value == named.whole.flips.value
    one_hot = count(lambda z: np.eye(5)[token_of(z, target.means)])
    assert one_hot.terminal.flips == named.terminal.flips
    assert one_hot.terminal.categorical.value == pytest.approx(2 * named.terminal.flips.value, rel=1e-12)
    assert count(lambda z: z[:, 0]).whole.flips is None
    with pytest.raises(UsageError, match="no output for each latent"):
        count(lambda z: 1.0)
    with pytest.raises(UsageError, match="its own sharpness"):
        count(np.sin, sharpness=2.0)
    with pytest.raises(UsageError, match="one of two tokens"):
        count("probit", sharpness=2.0)
    found = simulate(target="mixture", means=[[-1], [1]], scales=0.5, steps=3, particles=10, readout=np.tanh)
    assert found.to_dict()["readout"]["whole"]["flips"] is None
    with pytest.raises(UsageError, match="measured exactly"):
        simulate(mu=1, steps=3, particles=10, readout=np.tanh)


def test_a_random_codebook_flips_and_a_symmetric_one_does_not() -> None:
    """Assert that equal weights keep the boundaries of one-hot tokens, and that flips of random ones fall like 1/K."""
    flips = {}
    for name in ("one_hot", "random"):
        table = codebook_vectors(name, modes=6, source_dim=None if name == "one_hot" else 3, distance=2.0)
        target = mixture(means=table, scales=0.6)
        for steps in (8, 16):
            chosen = asked("argmax", sharpness=None, weight=None, particles=40_000, target=target)
            flips[name, steps] = count_readout(build_run(target, steps=steps), chosen, seed=4).whole.flips
    assert flips["one_hot", 8].value == 0
    ratio = flips["random", 8].value / flips["random", 16].value
    assert 1.6 < ratio < 2.6
    assert flips["random", 8].low > flips["random", 16].high


def test_a_sampler_that_draws_has_a_law_only() -> None:
    """Assert no comparison along the flow, the last call's where it makes the output, and the token's law."""
    for sampler, terminal in (("reinjection", True), ("commit_parallel", False)):
        chosen = asked("argmax", sharpness=None, weight=None, particles=20_000, target=PAIR)
        found = count_readout(build_run(PAIR, steps=4, sampler=sampler), chosen, seed=2)
        assert found.whole is None
        assert found.flow_error is None
        assert (found.terminal is not None) == terminal
        if sampler == "commit_parallel":
            assert found.token_tv < 0.02  # it keeps the marginal
        else:
            assert found.token_tv > 0.04  # it does not
        assert found.clean_tv < 0.02


def test_the_number_of_particles_changes_no_latent() -> None:
    """Assert the same errors for two runs, and those of the first latents alone within their own run."""
    chosen = asked("softmax", sharpness=3.0, weight=0.5, particles=5000, target=PAIR)
    one, two = (count_readout(build_run(PAIR, steps=3), chosen, seed=1) for _ in range(2))
    assert one == two
    assert one.whole.total == pytest.approx(one.whole.categorical.value / 2 + one.whole.continuous.value / 2)
