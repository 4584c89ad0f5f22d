"""A lane computes what the definition of its sampler reads like, whatever its neighbours, threads and compiler do."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from copies import ROOT, run_python
from sim.estimate import Estimate, clopper_pearson
from sim.lane_exp import exp_in_place
from sim.mixture.lanes import LANES, affine_counts, linear_counts
from sim.mixture.reference import landed
from sim.mixture.run import simulate_mixture
from sim.mixture.sampling import SAMPLERS, MixtureRun, build_run
from sim.noise import normal_pair, normals
from sim.particles import TILE, count
from sim.sampler_keys import declared
from sim.two_modes.run import build_setting
from sim.two_modes.sampler_names import SAMPLERS as LINE
from theory.errors import UsageError
from theory.mixture import mixture
from theory.path import LinearPath
from theory.schemes import SCHEMES, linear_method
from theory.verdict import Outcome

RNG = np.random.default_rng(12)
CASES = {
    "line": mixture(means=[[-2.0], [2.0]], weights=[0.3, 0.7], scales=0.2),
    "one odd coordinate": mixture(means=RNG.normal(size=(5, 3)) * 2, weights=RNG.dirichlet(np.ones(5))),
    "several scales": mixture(means=RNG.normal(size=(4, 2)) * 2, scales=[0.0, 0.1, 0.5, 1.0]),
    "many": mixture(means=RNG.normal(size=(40, 8)) * 2, scales=0.1),
}
CALLING = tuple(name for name in SAMPLERS if name != "flow")
"""The samplers that can be capped; the exact flow is tested in test_readouts_are_counted_in_any_dimension.py."""


def scaled(interval: Estimate, size: int) -> Estimate:
    return Estimate(interval.value * size, interval.low * size, interval.high * size)


def make(name: str, sampler: str, **changes) -> MixtureRun:
    cap = math.inf if sampler == "flow" else 40.0  # the exact flow is that of the exact denoiser
    return build_run(
        CASES[name], **{"sampler": sampler, "steps": 5, "denoiser_stiffness": cap, "margin": 0.5, **changes}
    )


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("name", CASES)
def test_lanes_equal_the_reference(name: str, sampler: str) -> None:
    """Assert equal points to 1e-9 of their size and equal counts, over 1000 particles that fill no whole block."""
    run, particles = make(name, sampler), range(30, 1030)
    points, plain = run.outputs(particles, seed=5), run.reference(particles, seed=5)
    assert np.all(np.isfinite(points))
    assert points == pytest.approx(plain, rel=1e-9, abs=1e-9)
    kernel, arguments = run.counter(5)
    counts = kernel(particles.start, particles.stop, *arguments)
    assert counts.tolist() == landed(run.target, run.margin, plain).tolist()
    assert counts.sum() == 1000


def test_samplers_differ() -> None:
    """Assert that the comparison bites: no sampler's points are another's, where Euler is not DDIM."""
    points = [make("several scales", sampler, path="cosine").outputs(range(200), seed=5) for sampler in SAMPLERS]
    for i, one in enumerate(points):
        for other in points[:i]:
            assert np.max(np.abs(one - other)) > 0.01


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_no_bit_depends_on_the_split(sampler: str) -> None:
    """Assert bit-equal points for any first particle, and equal counts for any number of threads and any split."""
    run = make("several scales", sampler)
    whole = run.outputs(range(300), seed=1)
    for first, stop in ((0, 1), (1, 300), (LANES - 1, LANES + 1), (77, 201)):
        assert np.array_equal(run.outputs(range(first, stop), seed=1), whole[first:stop])
    kernel, arguments = run.counter(1)
    size = TILE + 1000
    counts = [count(kernel, arguments, range(size), threads=threads).tolist() for threads in (1, 2, 5)]
    parts = count(kernel, arguments, range(777)) + count(kernel, arguments, range(777, size))
    assert counts[0] == counts[1] == counts[2] == parts.tolist()


def test_the_exponential_is_the_exponential() -> None:
    """Assert two units of the last place over the whole range, 1 at 0, and 0 for all purposes below it."""
    row = np.concatenate([-np.geomspace(1e-300, 707.9, 20_000), [0.0, -1e300, -708.5]])
    wanted = np.exp(row)
    found = np.concatenate([row])
    exp_in_place(found, np.zeros(row.size), np.empty(row.size))
    assert np.max(np.abs(found[:-2] / wanted[:-2] - 1)) <= 2 * np.finfo(float).eps
    assert found[-3] == 1
    assert np.all((found[-2:] >= 0) & (found[-2:] < 1e-307))


def test_no_particles_are_no_counts() -> None:
    """Assert zeros, one a landing set and one for the rest."""
    kernel, arguments = make("many", "ddim").counter(0)
    assert kernel(0, 0, *arguments).tolist() == [0] * 41


def test_a_pair_of_normals_is_two_coordinates() -> None:
    """Assert that kernels and arrays draw the same noise, in both halves of a pair."""
    for pair in (0, 1):
        assert normal_pair(7, 3, 2, pair) == pytest.approx(normals(7, range(3, 4), 2, 4)[0, 2 * pair : 2 * pair + 2])


CODE = """
import json
from sim.mixture.lanes import affine_counts, linear_counts
from sim.mixture.sampling import SAMPLERS, build_run
from theory.mixture import mixture
target = mixture(means=[[-2.0, 0.0], [2.0, 1.0], [0.0, 3.0]], scales=[0.0, 0.2, 0.2])
found = {}
for sampler in SAMPLERS:
    cap = float("inf") if sampler == "flow" else 20.0
    run = build_run(target, steps=3, sampler=sampler, denoiser_stiffness=cap, margin=0.5)
    kernel, arguments = run.counter(3)
    found[sampler] = kernel(100, 260, *arguments).tolist()
    found[sampler + " points"] = run.outputs(range(100, 110), seed=3).tolist()
    if sampler in ("ddim", "heun", "commit_at"):
        run = build_run(target, steps=3, sampler=sampler, denoiser_stiffness=cap, margin=0.5, dtype="float32")
        kernel, arguments = run.counter(3)
        found[sampler + " single"] = kernel(100, 260, *arguments).tolist()
        found[sampler + " single points"] = run.outputs(range(100, 110), seed=3).tolist()
found["signatures"] = [len(getattr(k, "signatures", [])) for k in (affine_counts, linear_counts)]
print(json.dumps(found))
"""


def test_compiled_and_interpreted_lanes_are_equal() -> None:
    """Assert equal counts and points with and without the compiler, one compiled signature for each kernel and type.

    Those of float32, whose noise and functions are our own, are equal bit for bit.
    """
    runs = [run_python("-c", CODE, cwd=ROOT, NUMBA_DISABLE_JIT=flag) for flag in ("0", "1")]
    for done in runs:
        assert done.returncode == 0, done.stderr
    compiled, plain = (json.loads(done.stdout) for done in runs)
    assert compiled.pop("signatures") == [2, 2]
    assert plain.pop("signatures") == [0, 0]
    for sampler in SAMPLERS:
        assert compiled[sampler] == plain[sampler]
        assert np.array(compiled[sampler + " points"]) == pytest.approx(np.array(plain[sampler + " points"]), rel=1e-12)
    for sampler in ("ddim", "heun", "commit_at"):
        for what in (" single", " single points"):
            assert compiled[sampler + what] == plain[sampler + what]


def test_the_two_kernels_are_compiled_apart() -> None:
    """Assert that both blocks have their own machine code: the compiler's cache must not mix them up."""
    assert affine_counts is not linear_counts
    assert make("line", "commit_parallel").counter(0)[0] is affine_counts
    assert make("line", "heun").counter(0)[0] is linear_counts


ONE_CALL = ("ddim", "reinjection", "ancestral")


@pytest.mark.parametrize("sampler", ONE_CALL)
def test_steps_and_matrices_agree(sampler: str) -> None:
    """Assert that a sampler of one call a step has the points and the class of its own matrices."""
    run = make("several scales", sampler)
    method = linear_method(SCHEMES[sampler], LinearPath(), run.time_grid.times)
    other = replace(run, sampler=sampler, method=method)
    assert other.outputs(range(100), seed=2) == pytest.approx(run.outputs(range(100), seed=2), rel=1e-11, abs=1e-11)
    assert other.stiffness == pytest.approx(run.stiffness, rel=1e-12)
    assert other.nfe == run.nfe == 5


@pytest.mark.parametrize("sampler", CALLING)
def test_two_modes_are_a_mixture_of_two(sampler: str) -> None:
    """Assert that every sampler in n = 1 is that of two_modes: the same points but for draws, and the same class.

    A mixture draws its token from the first mode up, two_modes from the second: there the masses agree.
    """
    keys = {"steps": 4, "denoiser_stiffness": 30.0}
    run = build_run(mixture(means=[[-2.0], [2.0]], weights=[0.3, 0.7], scales=0.3), sampler=sampler, **keys)
    setting = build_setting(mu=2.0, scale=0.3, weights=(0.3, 0.7), **keys)
    own = LINE[sampler]
    assert (run.nfe, declared(sampler)) == (own.nfe(setting), (own.noise, own.order))
    if own.noise == "committing":
        points = run.outputs(range(100_000), seed=2)[:, 0]
        edge = setting.edge
        for cell, mass in zip((points <= -edge, np.abs(points) < edge), own.masses(setting)[:2], strict=True):
            assert np.sum(cell) in scaled(clopper_pearson(round(mass * 100_000), 100_000, alpha=1e-9), 100_000)
        return
    points = run.outputs(range(500), seed=2)[:, 0]
    assert points == pytest.approx(own.outputs(setting, range(500), 2), rel=1e-9, abs=1e-9)
    assert run.stiffness == pytest.approx(own.stiffness(setting), rel=1e-9)


def test_a_method_that_would_hold_too_much_is_refused() -> None:
    """Assert a message, and no attempt, where inputs and answers in n dimensions would fill the memory."""
    with pytest.raises(UsageError, match="would hold too much"):
        build_run(mixture(means=np.eye(1024)), steps=200, sampler="heun")


def test_every_scheme_stays_above_its_own_bound() -> None:
    """Assert that no counted masses of a scheme need more stiffness than its matrices have, on six tokens."""
    for sampler in CALLING:
        measured = simulate_mixture(
            means=np.eye(6) * 4, steps=6, sampler=sampler, denoiser_stiffness=6.0, particles=20_000
        )
        assert measured.verdict.outcome is Outcome.HOLDS
        assert (measured.noise, measured.order) == declared(sampler)
        document = measured.to_dict()
        assert (document["nfe"], document["order"]) == (measured.nfe, measured.order)
