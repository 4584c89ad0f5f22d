"""Every kernel is compiled, once for each signature, and does what the same source does as plain Python."""

import json

import numpy as np
import pytest

from copies import ROOT, run_python
from sim.compiled import kernel
from sim.lane_exp import tanh_in_place
from sim.lane_noise import fill_normals, fill_uniforms, radii_in_place, turn_in_place
from sim.noise import CATEGORICAL, WORD, normals, uniform
from sim.two_modes.kernels import LANES
from sim.two_modes.run import build_setting
from sim.two_modes.sampler_names import SAMPLERS, WAYS

CODE = """
import json
from sim.two_modes.run import build_setting
from sim.two_modes.sampler_names import SAMPLERS
found = {}
for name, sampler in SAMPLERS.items():
    for scale in (0.0, 0.3):
        setting = build_setting(mu=2.0, scale=scale, steps=5, denoiser_stiffness=6.0)
        counter, arguments = sampler.counter(setting, 3)
        found[f"{name} {scale}"] = counter(100, 400, *arguments).tolist()
        found[f"{name} {scale} outputs"] = sampler.outputs(setting, range(100, 400), 3).tolist()
        found[f"{name} signatures"] = [len(getattr(k, "signatures", [])) for k in sampler.kernels]
for name in ("ddim", "rk4", "commit_at", "ancestral"):
    setting = build_setting(mu=2.0, scale=0.3, steps=3, denoiser_stiffness=6.0, dtype="float32")
    counter, arguments = SAMPLERS[name].counter(setting, 3)
    found[f"{name} single"] = counter(100, 300, *arguments).tolist()
    found[f"{name} single outputs"] = SAMPLERS[name].outputs(setting, range(100, 300), 3).tolist()
print(json.dumps(found))
"""

EPS = float(np.finfo(float).eps)


def test_compiled_and_interpreted_particles_are_equal() -> None:
    """Assert equal counts and outputs of both types, bit for bit, with and without the compiler, used in one case only.

    All settings of one type share one compiled kernel.
    """
    runs = [run_python("-c", CODE, cwd=ROOT, NUMBA_DISABLE_JIT=flag) for flag in ("0", "1")]
    for done in runs:
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""  # no warning of a word that overflows
    compiled, plain = (json.loads(done.stdout) for done in runs)
    for name in SAMPLERS:
        assert compiled.pop(f"{name} signatures") == [1, 1]  # all settings share one compiled kernel
        assert plain.pop(f"{name} signatures") == [0, 0]
    assert compiled == plain
    sizes = {name: 200 if name.endswith("single") else 300 for name in compiled if not name.endswith("outputs")}
    assert {name: sum(compiled[name]) for name in sizes} == sizes


@pytest.mark.parametrize("scale", [0.0, 0.3])
@pytest.mark.parametrize("name", SAMPLERS)
def test_lanes_equal_the_reference(name: str, scale: float) -> None:
    """Assert outputs within 32 roundings of one call, stretched by the class, and equal counts of 5000 particles.

    A call is right to 4 units of the last place of mu + |x|, at most 12 here, and a normal to 16; what joins calls adds
    as many. Each is stretched by at most what the class allows, and in fact far less. No draw may change.
    """
    setting, size = build_setting(mu=2.0, scale=scale, steps=5, denoiser_stiffness=6.0, weights=(0.4, 0.6)), 5000
    sampler, particles = SAMPLERS[name], range(30, 30 + size)
    points, plain = sampler.outputs(setting, particles, 9), sampler.reference(setting, particles, 9)
    stiffness = sampler.stiffness(setting) if sampler.noise != "committing" else SAMPLERS["ddim"].stiffness(setting)
    bound = 32 * EPS * 12 * max(sampler.nfe(setting), 1) * max(stiffness, 1.0)  # the exact flow calls nothing
    assert np.max(np.abs(points - plain)) <= min(bound, 1e-11)
    assert np.ptp(points) > 2  # and the points do differ
    counter, arguments = sampler.counter(setting, 9)
    edge = setting.edge
    wanted = [np.sum(plain <= -edge), np.sum(np.abs(plain) < edge), np.sum(plain >= edge)]
    assert counter(particles.start, particles.stop, *arguments).tolist() == wanted


def test_no_bit_depends_on_the_split() -> None:
    """Assert bit-equal outputs for any first particle, across the ends of blocks."""
    for name in ("commit_at", "rk4", "ancestral"):
        setting = build_setting(mu=2.0, scale=0.3, steps=5, denoiser_stiffness=6.0)
        whole = SAMPLERS[name].outputs(setting, range(3 * LANES), 1)
        for first, stop in ((0, 1), (LANES - 1, LANES + 1), (77, 2 * LANES + 5)):
            assert np.array_equal(SAMPLERS[name].outputs(setting, range(first, stop), 1), whole[first:stop])


@kernel
def noise_of_rows(seed, first, step, pair, lanes):  # type: ignore[no-untyped-def]
    rows = np.empty((4, lanes))
    fill_normals(rows[0], rows[1], seed, first, step, pair, rows[3])
    fill_uniforms(rows[2], seed, CATEGORICAL, first, step, pair, rows[3])
    return rows


@pytest.mark.parametrize(("seed", "first", "step", "pair"), [(0, 0, 0, 0), (WORD, WORD - 255, 65534, 3), (7, 9, 5, 2)])
def test_rows_of_noise_are_the_noise(seed: int, first: int, step: int, pair: int) -> None:
    """Assert uniforms bit for bit, and normals to 16 units of the last place of 1, at both ends of the address."""
    rows = noise_of_rows(seed, first, step, pair, 256)
    particles = range(first, first + 256)
    wanted = normals(seed, particles, step, 2 * pair + 2)[:, 2 * pair :]
    assert np.max(np.abs(rows[:2].T - wanted)) <= 16 * EPS
    assert rows[2].tolist() == uniform(seed, CATEGORICAL, np.array(particles), step, pair).tolist()


def test_normals_of_rows_are_right_where_uniforms_are_odd() -> None:
    """Assert radii and turns at the ends of their ranges, against NumPy's logarithm and cosine of the same uniforms."""
    u = np.concatenate([[0.0, 2.0**-53, 1 - 2.0**-53, 0.5, 0.25, 0.2928932188134524], np.linspace(0, 1, 4001)[:-1]])
    u = np.floor(u * 2.0**53) / 2.0**53  # what a uniform can be
    found = u.copy()
    radii_in_place(found, np.empty(u.size))
    assert found == pytest.approx(np.sqrt(-2 * np.log1p(-u)), rel=4 * EPS, abs=0)
    v = np.concatenate([np.arange(32) / 32, np.nextafter(np.arange(1, 32) / 32, 0), [1 - 2.0**-53]])
    cosine, sine = np.ones(v.size), v.copy()
    turn_in_place(cosine, sine)
    assert np.max(np.abs(cosine - np.cos(2 * np.pi * v))) <= 4 * EPS
    assert np.max(np.abs(sine - np.sin(2 * np.pi * v))) <= 8 * EPS


def test_the_hyperbolic_tangent_is_itself() -> None:
    """Assert four units of the last place from the smallest double to the largest, against NumPy's."""
    y = np.concatenate([np.geomspace(5e-324, 1e300, 40_001), np.linspace(0, 25, 40_001)])
    y = np.concatenate([y, -y])
    found = y.copy()
    tanh_in_place(found, np.empty(y.size))
    assert found == pytest.approx(np.tanh(y), rel=4 * EPS, abs=0)
    assert np.all(np.abs(found) <= 1)


@pytest.mark.parametrize("name", WAYS)
def test_a_kernel_equals_numpy_arithmetic(name: str) -> None:
    """Assert the kernel's counts from NumPy's own noise and steps, written out here for one step pair."""
    setting = build_setting(mu=2.0, steps=2, denoiser_stiffness=6.0)
    size, edge = 5000, setting.edge
    x0, xi = (normals(9, range(size), step, 1)[:, 0] for step in (0, 1))
    x1 = {"ddim": x0 / 2, "reinjection": xi / 2}.get(name)  # E z = 0 at t = 0; halfway a = b = 1/2
    if x1 is None:
        token = np.where(uniform(9, CATEGORICAL, np.arange(size), 0, 0) < 0.5, 2.0, -2.0)
        x1 = token / 2 + xi / 2
        chance = 1 / (1 + np.exp(-2 * 3.0 * x1))  # the cap 6 on mu tanh(k x) gives k = 3
        z = np.where(uniform(9, CATEGORICAL, np.arange(size), 1, 0) < chance, 2.0, -2.0)
    else:
        z = 2 * np.tanh(3.0 * x1)
    wanted = [np.sum(z <= -edge), np.sum(np.abs(z) < edge), np.sum(z >= edge)]
    counter, arguments = SAMPLERS[name].counter(setting, 9)
    assert counter(0, size, *arguments).tolist() == wanted
