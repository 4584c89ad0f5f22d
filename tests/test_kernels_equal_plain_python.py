"""Every kernel is compiled, once for each signature, and does what the same source does as plain Python."""

import json

import numpy as np
import pytest

from copies import ROOT, run_python
from sim.two_modes.run import build_setting
from sim.two_modes.sampler_names import SAMPLERS, WAYS

CODE = """
import json
from sim.two_modes.run import build_setting
from sim.two_modes.sampler_names import SAMPLERS
found = {}
for name, sampler in SAMPLERS.items():
    for scale in (0.0, 0.3):
        counter, arguments = sampler.counter(build_setting(mu=2.0, scale=scale, steps=5, denoiser_stiffness=6.0), 3)
        found[f"{name} {scale}"] = counter(100, 2100, *arguments).tolist()
        found[f"{name} signatures"] = len(getattr(counter, "signatures", []))
print(json.dumps(found))
"""


def test_compiled_and_interpreted_counts_are_equal() -> None:
    """Assert equal counts with and without the compiler, and that the compiler was used in one case only."""
    runs = [run_python("-c", CODE, cwd=ROOT, NUMBA_DISABLE_JIT=flag) for flag in ("0", "1")]
    for done in runs:
        assert done.returncode == 0, done.stderr
    compiled, plain = (json.loads(done.stdout) for done in runs)
    for name in SAMPLERS:
        assert compiled.pop(f"{name} signatures") == 1  # both settings share one compiled kernel
        assert plain.pop(f"{name} signatures") == 0
    assert compiled == plain
    assert all(sum(counts) == 2000 for counts in compiled.values())


@pytest.mark.parametrize("name", WAYS)
def test_a_kernel_equals_numpy_arithmetic(name: str) -> None:
    """Assert the kernel's counts from NumPy's own noise and steps, written out here for one step pair."""
    from sim.noise import CATEGORICAL, normals, uniform

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


@pytest.mark.parametrize("name", [name for name in SAMPLERS if name not in WAYS])
def test_the_kernel_of_linear_methods_equals_numpy_arithmetic(name: str) -> None:
    """Assert the kernel's counts from NumPy's own noise through the same rows, for every particle at once."""
    from sim.noise import normals

    setting = build_setting(mu=2.0, steps=5, denoiser_stiffness=6.0)
    size, edge = 5000, setting.edge
    method, denoiser = SAMPLERS[name].method(setting)
    inputs = np.array([normals(9, range(size), step, 1)[:, 0] for step in range(method.noise.shape[1])])
    z = method.outputs(denoiser, inputs)
    counter, arguments = SAMPLERS[name].counter(setting, 9)
    wanted = [np.sum(z <= -edge), np.sum(np.abs(z) < edge), np.sum(z >= edge)]
    assert counter(0, size, *arguments).tolist() == wanted
