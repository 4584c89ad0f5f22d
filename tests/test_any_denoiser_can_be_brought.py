"""A denoiser of one's own is run as the built-in ones are, in any array library and however it is split."""

import importlib
import json
import sys
from dataclasses import FrozenInstanceError
from typing import Any

import numpy as np
import pytest

import lookalike
from noncommit import sample
from sim.interrupted import Interrupted
from sim.noise import COORDINATES, normals
from sim.particles import count
from sim.two_modes.run import build_setting
from sim.two_modes.sampler_names import SAMPLERS
from theory.denoiser import two_mode_denoiser
from theory.errors import UsageError
from theory.path import PATHS
from theory.schemes import SCHEMES, linear_method

MIX = normals(5, range(3), 0, 3)


def two_modes(x: Any, t: float) -> Any:
    """Return the posterior mean of modes -4 and 4 on the linear path, capped at slope 4."""
    return 4 * np.tanh(min(4 * t / (1 - t) ** 2, 1.0) * x)


def mixing(x: np.ndarray, t: float) -> np.ndarray:
    """Return a denoiser whose rows go through a matrix product, which may round a row by its place."""
    return np.tanh(x @ MIX) @ MIX.T * t


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("name", SCHEMES)
def test_samples_are_those_of_the_scheme_s_matrices(name: str, path: str) -> None:
    """Assert every particle against the two matrices of its scheme, on noise from the reference of the addresses.

    With the inputs in reverse a stochastic scheme gives other samples: the numbering of the noise matters.
    """
    setting = build_setting(mu=2.0, scale=0.3, weights=(0.3, 0.7), steps=7, path=path)
    method = linear_method(SCHEMES[name], PATHS[path], setting.grid)
    denoiser = two_mode_denoiser(setting.target, method.schedule)
    calls = []

    def own(x: np.ndarray, t: float) -> np.ndarray:
        calls.append(t)
        a, b = float(PATHS[path].a(t)), float(PATHS[path].b(t))
        v = a**2 * 0.09 + b**2
        return (a * 0.09 * x + b**2 * 2 * np.tanh(2 * a * x / v + np.log(7 / 3) / 2)) / v

    found = sample(own, sampler=name, steps=7, source_dim=1, particles=40, path=path, seed=3)
    inputs = np.stack([normals(3, range(40), i, 1)[:, 0] for i in range(method.noise.shape[1])])
    assert found.samples[:, 0] == pytest.approx(method.outputs(denoiser, inputs), rel=1e-9, abs=1e-11)
    assert found.nfe == method.calls == len(found.times)
    assert calls[-found.nfe :] == list(found.times)
    if len(inputs) > 1:
        assert np.max(np.abs(method.outputs(denoiser, inputs[::-1]) - found.samples[:, 0])) > 1e-3


@pytest.mark.parametrize("name", SCHEMES)
def test_counts_are_those_of_the_kernels(name: str) -> None:
    """Assert that 3000 particles land where the compiled kernel of the built-in target puts them."""
    setting = build_setting(mu=4.0, steps=6, denoiser_stiffness=4.0)
    counter, arguments = SAMPLERS[name].counter(setting, 9)
    left, middle, right = count(counter, arguments, range(3000))
    found = sample(two_modes, sampler=name, steps=6, source_dim=1, particles=3000, seed=9, means=[[-4], [4]])
    # A kernel's landing sets are half-lines; balls leave out what lies beyond them.
    beyond = int(np.sum(np.abs(found.samples) > 4.4))
    assert found.landing.counts[-1] == middle + beyond
    assert sum(found.landing.counts[:2]) == left + right - beyond


@pytest.mark.parametrize("sampler", ["ddim", "churn"])
def test_no_split_changes_a_bit(sampler: str) -> None:
    """Assert that ranges put together equal the whole, samples and slopes, though rows go through a matrix product."""
    options = {"sampler": sampler, "steps": 5, "source_dim": 3, "batch": 64, "pairs": 8}
    together = sample(mixing, particles=300, **options)
    parts = [sample(mixing, particles=r, **options) for r in (range(1), range(1, 64), range(64, 65), range(65, 300))]
    assert np.array_equal(np.concatenate([p.samples for p in parts]), together.samples)
    assert {p.slopes_at_least for p in parts} == {together.slopes_at_least}
    assert {p.joint_at_least for p in parts} == {together.joint_at_least}
    other = sample(mixing, particles=300, **{**options, "batch": 100})
    assert other.samples == pytest.approx(together.samples, rel=1e-12, abs=1e-14)
    assert not np.array_equal(sample(mixing, particles=300, seed=1, **options).samples, together.samples)


def test_a_batch_of_any_size_gives_an_elementwise_denoiser_the_same_bits() -> None:
    """Assert equal samples for tiles of 2, 37 and 256 rows."""
    runs = [
        sample(two_modes, steps=8, source_dim=2, particles=100, batch=batch, pairs=1).samples for batch in (2, 37, 256)
    ]
    assert np.array_equal(runs[0], runs[1])
    assert np.array_equal(runs[0], runs[2])


def test_latents_keep_their_shape() -> None:
    """Assert that a denoiser of pictures sees pictures, and gives what one of flat latents gives."""
    shapes = set()

    def pictures(x: np.ndarray, t: float) -> np.ndarray:
        shapes.add(x.shape[1:])
        return two_modes(x, t)

    found = sample(pictures, steps=4, source_dim=(2, 3, 1), particles=9)
    assert shapes == {(2, 3, 1)}
    assert found.samples.shape == (9, 2, 3, 1)
    assert np.array_equal(found.samples.reshape(9, 6), sample(two_modes, steps=4, source_dim=6, particles=9).samples)


def test_more_coordinates_than_an_address_holds_have_noise_of_their_own() -> None:
    """Assert that coordinates beyond 2^16 repeat none of the earlier ones, in either input."""
    noise = sample(
        lambda x, t: x, sampler="reinjection", steps=2, source_dim=COORDINATES + 6, particles=2, batch=2, pairs=1
    ).samples
    assert len(np.unique(noise)) == noise.size


class Net(lookalike.Module):
    """tanh(x W) W' t as a module of the stand-in for torch, with its parameters on the gradient tape."""

    def __init__(self, dtype: str) -> None:
        self.one = lookalike.Tensor(MIX.astype(dtype), requires_grad=True)
        self.two = lookalike.Tensor(MIX.T.copy().astype(dtype), requires_grad=True)

    def __call__(self, x: lookalike.Tensor, t: float) -> lookalike.Tensor:
        hidden = lookalike.Tanh()(x @ self.one) @ self.two
        return lookalike.Tensor(hidden._data * np.float32(t), requires_grad=lookalike.TAPE[0])


@pytest.mark.parametrize(("dtype", "close"), [("float64", 1e-6), ("float32", 1e-5)])
def test_a_module_of_tensors_gives_numpy_s_samples(dtype: str, close: float, monkeypatch) -> None:
    """Assert the same samples by DLPack from a module, and from a function of tensors, in the module's own type."""
    monkeypatch.setitem(sys.modules, "torch", lookalike.module())
    options = {"steps": 4, "source_dim": 3, "particles": 20, "sampler": "ancestral"}
    wanted = sample(mixing, **options).samples
    module = Net(dtype)
    found = sample(module, **options)
    assert (found.given["library"], found.given["dtype"]) == ("torch", dtype)
    assert found.samples == pytest.approx(wanted, rel=close, abs=close)
    plain = sample(lambda x, t: module(x, t), arrays="torch", dtype=dtype, **options)
    assert np.array_equal(plain.samples, found.samples)


def installed(name: str) -> Any:
    """Return the library, or skip with NOT RUN."""
    try:
        return importlib.import_module(name)
    except ImportError:
        pytest.skip(f"NOT RUN: {name} is not installed")


def test_a_real_torch_module_is_sampled() -> None:
    """Assert NumPy's samples from torch itself."""
    torch = installed("torch")

    class Denoiser(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.w = torch.nn.Parameter(torch.from_numpy(MIX.copy()))

        def forward(self, x, t):
            return torch.tanh(x @ self.w) @ self.w.T * t

    found = sample(Denoiser(), steps=4, source_dim=3, particles=20)
    assert found.samples == pytest.approx(sample(mixing, steps=4, source_dim=3, particles=20).samples, rel=1e-10)


def test_a_real_jax_function_is_sampled() -> None:
    """Assert NumPy's samples from a jitted jax function in float32, and no slope above the cap."""
    jax = installed("jax")
    own = jax.jit(lambda x, t: 4 * jax.numpy.tanh(jax.numpy.minimum(4 * t / (1 - t) ** 2, 1.0) * x))
    found = sample(own, steps=8, source_dim=1, particles=50, arrays="jax", dtype="float32")
    assert found.given["dtype"] == "float32"
    wanted = sample(two_modes, steps=8, source_dim=1, particles=50).samples
    assert found.samples == pytest.approx(wanted, rel=1e-4, abs=1e-4)
    assert 3.99 < max(found.slopes_at_least) <= 4


def test_an_interrupted_run_keeps_what_is_done() -> None:
    """Assert that Ctrl-C after two tiles leaves the samples that a run of two tiles has, and before the first none."""
    told: list[int] = []

    def stop(done: int) -> None:
        told.append(done)
        if len(told) == 2:
            raise KeyboardInterrupt

    options = {"steps": 3, "source_dim": 2, "batch": 16, "pairs": 4}
    with pytest.raises(Interrupted, match="32 samples are done") as caught:
        sample(mixing_of_two, particles=100, progress=stop, **options)
    done = caught.value.done
    assert np.array_equal(done.samples, sample(mixing_of_two, particles=32, **options).samples)
    assert done.given["particles"] == 32

    def at_once(x: np.ndarray, t: float) -> np.ndarray:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as nothing:
        sample(at_once, particles=100, **options)
    assert not isinstance(nothing.value, Interrupted)


def mixing_of_two(x: np.ndarray, t: float) -> np.ndarray:
    return np.tanh(x @ MIX[:2, :2]) * t


def test_a_result_is_a_frozen_value_of_plain_numbers() -> None:
    """Assert that nothing in a result can be changed, and that it is JSON without NaN, with and without means."""
    for means in (None, [[-4], [4]]):
        found = sample(two_modes, steps=4, source_dim=1, particles=10, means=means)
        with pytest.raises(FrozenInstanceError):
            found.nfe = 3
        with pytest.raises(ValueError, match="read-only"):
            found.samples[0] = 1
        document = json.loads(json.dumps(found.to_dict(), allow_nan=False))
        assert len(document["calls"]) == document["nfe"] == 4
        assert (document["landing"] is None) == (means is None)
        assert "at least" in repr(found)
        assert "at least" in found._repr_html_()
    hidden = sample(lambda x, t: 0 * x, steps=1, source_dim=1, particles=1, means=[[-4], [4]])
    assert hidden.landing.counts == (0, 0, 1)


def once_more() -> Any:
    """Return a denoiser that counts its calls."""
    state = [0]

    def stateful(x: np.ndarray, t: float) -> np.ndarray:
        state[0] += 1
        return x + state[0]

    return stateful


class Uninstantiated:
    """A class in place of a denoiser."""


@pytest.mark.parametrize(
    ("denoiser", "options", "message"),
    [
        (lambda x: x, {}, "raised TypeError"),
        (lambda x, t: 1 / 0, {}, "raised ZeroDivisionError"),
        (lambda x, t: x[:, :1], {}, "another shape"),
        (lambda x, t: np.sum(x), {}, "another shape"),
        (lambda x, t: x * np.nan, {}, "not finite"),
        (lambda x, t: x / (0.5 - t) if t < 0.5 else x * np.inf, {}, r"not finite.*t=0.5"),
        (lambda x, t: [None] * len(x), {}, "no array of real numbers"),
        (lambda x, t: x * 1j, {}, "no array of real numbers"),
        (once_more(), {}, "changes between calls"),
        (lambda x, t: x - np.mean(x, axis=0), {}, "rest of its batch"),
        (3, {}, "cannot be called"),
        (Uninstantiated, {}, "Received: a class"),
        (two_modes, {"sampler": "commit_parallel"}, "no sampler 'commit_parallel'"),
        (two_modes, {"path": "cosin"}, "Did you mean 'cosine'"),
        (two_modes, {"steps": 0}, "steps must be a whole number"),
        (two_modes, {"source_dim": ()}, "no shape of a latent"),
        (two_modes, {"source_dim": 1.5}, "source_dim must be a whole number"),
        (two_modes, {"source_dim": (1 << 20, 1 << 20)}, "no shape of a latent"),
        (two_modes, {"particles": 0}, "particles must be a whole number"),
        (two_modes, {"particles": range(4, 4)}, "no range of particle numbers"),
        (two_modes, {"particles": range(0, 9, 2)}, "no range of particle numbers"),
        (two_modes, {"particles": 1 << 30}, "do not fit one result"),
        (two_modes, {"seed": -1}, "seed must be a whole number"),
        (two_modes, {"pairs": 200}, "pairs must be a whole number"),
        (two_modes, {"batch": 1}, "batch must be a whole number"),
        (two_modes, {"margin": 1.0, "means": [[0, 0], [1, 1]]}, "margin is out of range"),
        (two_modes, {"means": [[-4], [4]]}, "means and source_dim differ"),
        (two_modes, {"weights": [0.5, 0.5]}, "weights belong to means"),
        (two_modes, {"arrays": "no_such_library"}, "cannot be imported"),
        (two_modes, {"dtype": "float46"}, "Did you mean 'float64'"),
    ],
)  # fmt: skip
def test_what_cannot_be_sampled_gets_one_message(denoiser: Any, options: dict[str, Any], message: str) -> None:
    """Assert one message of four parts, before the run: progress is never told anything."""

    def told(done: int) -> None:
        raise AssertionError("the run had begun")

    with pytest.raises(UsageError, match=message) as caught:
        sample(denoiser, progress=told, **{"steps": 4, "source_dim": 2, **options})
    assert all(part in str(caught.value) for part in ("Expected: ", "Received: ", "?"))
