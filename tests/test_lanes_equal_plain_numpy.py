"""A lane computes what the definition of its sampler reads like, whatever its neighbours, threads and compiler do."""

import json

import numpy as np
import pytest

from copies import ROOT, run_python
from sim.lane_exp import exp_in_place
from sim.mixture.lanes import LANES, affine_counts, commitment_counts
from sim.mixture.reference import landed
from sim.mixture.sampling import SAMPLERS, MixtureRun, build_run
from sim.noise import normal_pair, normals
from sim.particles import TILE, count
from theory.mixture import mixture

RNG = np.random.default_rng(12)
CASES = {
    "line": mixture(means=[[-2.0], [2.0]], weights=[0.3, 0.7], scales=0.2),
    "one odd coordinate": mixture(means=RNG.normal(size=(5, 3)) * 2, weights=RNG.dirichlet(np.ones(5))),
    "several scales": mixture(means=RNG.normal(size=(4, 2)) * 2, scales=[0.0, 0.1, 0.5, 1.0]),
    "many": mixture(means=RNG.normal(size=(40, 8)) * 2, scales=0.1),
}


def make(name: str, sampler: str, **changes) -> MixtureRun:
    return build_run(
        CASES[name], **{"sampler": sampler, "steps": 5, "denoiser_stiffness": 40.0, "margin": 0.5, **changes}
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
    """Assert that the comparison bites: no sampler's points are another's."""
    points = [make("several scales", sampler).outputs(range(200), seed=5) for sampler in SAMPLERS]
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
from sim.mixture.lanes import affine_counts, commitment_counts
from sim.mixture.sampling import SAMPLERS, build_run
from theory.mixture import mixture
target = mixture(means=[[-2.0, 0.0], [2.0, 1.0], [0.0, 3.0]], scales=[0.0, 0.2, 0.2])
found = {}
for sampler in SAMPLERS:
    run = build_run(target, steps=3, sampler=sampler, denoiser_stiffness=20.0, margin=0.5)
    kernel, arguments = run.counter(3)
    found[sampler] = kernel(100, 260, *arguments).tolist()
    found[sampler + " points"] = run.outputs(range(100, 110), seed=3).tolist()
found["signatures"] = [len(getattr(k, "signatures", [])) for k in (affine_counts, commitment_counts)]
print(json.dumps(found))
"""


def test_compiled_and_interpreted_lanes_are_equal() -> None:
    """Assert equal counts and points with and without the compiler, one compiled signature for each kernel."""
    runs = [run_python("-c", CODE, cwd=ROOT, NUMBA_DISABLE_JIT=flag) for flag in ("0", "1")]
    for done in runs:
        assert done.returncode == 0, done.stderr
    compiled, plain = (json.loads(done.stdout) for done in runs)
    assert compiled.pop("signatures") == [1, 1]
    assert plain.pop("signatures") == [0, 0]
    for sampler in SAMPLERS:
        assert compiled[sampler] == plain[sampler]
        assert np.array(compiled[sampler + " points"]) == pytest.approx(np.array(plain[sampler + " points"]), rel=1e-12)


def test_the_two_kernels_are_compiled_apart() -> None:
    """Assert that both blocks have their own machine code: the compiler's cache must not mix them up."""
    assert affine_counts is not commitment_counts
    assert make("line", "commit_parallel").counter(0)[0] is commitment_counts
