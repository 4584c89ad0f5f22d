"""The same weights give the same numbers as a NumPy function, a torch module, a jax function, or behind DLPack alone.

A library that is not installed is reported as NOT RUN and counts as skipped, never as passed; the stand-in for torch
exercises the same conversions everywhere.
"""

import importlib
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import lookalike
from noncommit import measure
from sim.measure.arrays import library_of, to_numpy
from sim.measure.result import Measured
from sim.noise import normals
from theory.errors import UsageError

WEIGHTS = normals(7, range(6), 0, 4)
Z = normals(7, range(60), 1, 6)


def installed(name: str) -> Any:
    """Return the library, or skip with NOT RUN."""
    try:
        return importlib.import_module(name)
    except ImportError:
        pytest.skip(f"NOT RUN: {name} is not installed")


def plain(z: np.ndarray) -> np.ndarray:
    return z @ WEIGHTS


def numbers(measured: Measured) -> list[float]:
    return [x for row in measured.radii for x in (row.dabi.value, row.dabi.low, row.along.value, row.random.value)] + [
        row.change.value for row in measured.levels
    ]


def same(one: Measured, other: Measured, rel: float) -> None:
    assert numbers(one) == pytest.approx(numbers(other), rel=rel)
    assert one.protocol["latents"] == other.protocol["latents"]


@pytest.fixture
def stand_in(monkeypatch) -> Any:
    torch = lookalike.module()
    monkeypatch.setitem(sys.modules, "torch", torch)
    return torch


class Linear(lookalike.Module):
    """A module of the stand-in."""

    def __init__(self, dtype: str) -> None:
        self.weight = lookalike.Tensor(WEIGHTS.astype(dtype), requires_grad=True)

    def forward(self, x: lookalike.Tensor) -> lookalike.Tensor:
        return x @ self.weight


@pytest.mark.parametrize(("dtype", "rel"), [("float64", 1e-12), ("float32", 1e-4)])
def test_a_module_gets_its_own_type_by_dlpack(stand_in, dtype: str, rel: float) -> None:
    """Assert the numbers of the NumPy function through tensors that leave by DLPack only, in the module's type."""
    found = measure(Linear(dtype), Z)
    same(found, measure(plain, Z), rel)
    assert (found.protocol["library"], found.protocol["dtype"]) == ("torch", dtype)


def test_tensors_on_the_tape_come_back(stand_in) -> None:
    """Assert that a tensor that requires gradients is detached; the stand-in would not give it up otherwise."""
    tensor = lookalike.Tensor(WEIGHTS, requires_grad=True)
    with pytest.raises(BufferError):
        np.from_dlpack(tensor)
    assert np.array_equal(to_numpy(tensor), WEIGHTS)


def test_latents_of_a_library_choose_it(stand_in) -> None:
    """Assert that a plain function of tensors is called on tensors if latents are tensors, or if that is asked for."""
    weight = lookalike.Tensor(WEIGHTS)
    for latents, arrays in ((stand_in.from_dlpack(Z.copy()), "auto"), (Z, "torch")):
        same(measure(lambda x: x @ weight, latents, arrays=arrays), measure(plain, Z), 1e-12)
    with pytest.raises(UsageError, match="cannot be imported"):
        measure(plain, Z, arrays="no_such_library")


def test_a_decoder_that_writes_into_its_input_harms_nobody() -> None:
    """Assert that the same numbers come out, and that latents are left as they were."""

    def greedy(z: np.ndarray) -> np.ndarray:
        out = z @ WEIGHTS
        z[:] = 0
        return out

    before = Z.copy()
    same(measure(greedy, Z), measure(plain, Z), 1e-12)
    assert np.array_equal(Z, before)


def test_a_real_torch_module_is_measured_in_one_line() -> None:
    """Assert NumPy's numbers from torch, in float64, float32 and bfloat16, as a module and as a function of tensors."""
    torch = installed("torch")
    module = torch.nn.Linear(6, 4, bias=False)
    with torch.no_grad():
        module.weight.copy_(torch.from_numpy(WEIGHTS.T.copy()))
    reference = measure(plain, Z)
    found = measure(module, Z)
    same(found, reference, 1e-4)
    assert found.protocol["dtype"] == "float32"
    same(measure(module.double(), torch.from_numpy(Z)), reference, 1e-6)  # weights were rounded once
    weight = torch.from_numpy(WEIGHTS)
    same(measure(lambda x: x @ weight, torch.from_numpy(Z)), reference, 1e-12)
    same(measure(lambda x: x @ weight, Z, arrays="torch"), reference, 1e-12)
    rough = measure(module.bfloat16(), Z, radius=[2.0, 4.0], noise=[2.0, 4.0])
    assert rough.protocol["dtype"] == "bfloat16"
    assert rough.dabi.value == pytest.approx(
        measure(plain, Z, radius=[2.0, 4.0], noise=[2.0, 4.0]).dabi.value, rel=0.05
    )


@pytest.mark.parametrize(
    ("name", "build", "message"),
    [
        ("dropout", lambda nn: nn.Sequential(nn.Dropout(0.5), nn.Linear(6, 4)), "changes between calls"),
        ("batch norm", lambda nn: nn.Sequential(nn.Linear(6, 4), nn.BatchNorm1d(4)), "rest of its batch"),
    ],
)
def test_a_torch_module_in_training_is_refused(name: str, build: Callable[[Any], Any], message: str) -> None:
    """Assert that dropout and batch statistics are found, and that .eval() is what the hint says it is."""
    torch = installed("torch")
    torch.manual_seed(0)
    module = build(torch.nn)
    with pytest.raises(UsageError, match=message):
        measure(module, Z)
    assert measure(module.eval(), Z).dabi.value > 0


def test_a_real_jax_function_is_measured() -> None:
    """Assert NumPy's numbers from a jitted jax function in float32, with latents of either library."""
    jax = installed("jax")
    weight = jax.numpy.asarray(WEIGHTS.astype(np.float32))
    decoder = jax.jit(lambda z: z @ weight)
    reference = measure(plain, Z)
    found = measure(decoder, jax.numpy.asarray(Z.astype(np.float32)))
    same(found, reference, 1e-3)
    assert found.protocol["dtype"] == "float32"
    same(measure(decoder, Z, arrays="jax"), reference, 1e-3)


def test_the_library_is_that_of_the_readout_or_the_latents() -> None:
    """Assert NumPy for lists and arrays, and whole numbers as float64."""
    assert library_of(plain, [[1, 2], [3, 4]]).dtype == "float64"
    assert library_of(plain, np.zeros((2, 2), np.int32)).dtype == "float64"
    assert library_of(plain, np.zeros((2, 2), np.float32)).eps == np.finfo(np.float32).eps
