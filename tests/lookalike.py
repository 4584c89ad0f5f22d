"""A stand-in for torch, in NumPy: tensors that leave only by DLPack, once detached, and modules with parameters.

It lets the tests exercise the way into another array library and back where none is installed. Its tensors refuse
`np.asarray`, NumPy operators and `__dlpack__` while they are on a gradient tape, as the real ones do.
"""

import types
from contextlib import contextmanager
from typing import Any

import numpy as np

TAPE = [True]
"""Whether results are put on the gradient tape."""


class Tensor:
    """An array that is no NumPy array."""

    def __init__(self, data: np.ndarray, *, requires_grad: bool = False) -> None:
        self._data = data
        self.requires_grad = requires_grad

    @property
    def dtype(self) -> str:
        return f"lookalike.{self._data.dtype}"

    @property
    def shape(self) -> tuple[int, ...]:
        return self._data.shape

    @property
    def device(self) -> str:
        return "cpu"

    def is_floating_point(self) -> bool:
        return self._data.dtype.kind == "f"

    def detach(self) -> "Tensor":
        return Tensor(self._data)

    def cpu(self) -> "Tensor":
        return self

    def to(self, *, device: str, dtype: str) -> "Tensor":
        assert device == "cpu"
        return Tensor(self._data.astype(dtype.rpartition(".")[2]))

    def __array__(self, *args: Any, **kwargs: Any) -> np.ndarray:
        raise TypeError("this tensor leaves only by DLPack")

    def __dlpack__(self, **kwargs: Any) -> Any:
        if self.requires_grad:
            raise BufferError("Can't export tensors that require gradient, use tensor.detach()")
        return self._data.__dlpack__(**kwargs)

    def __dlpack_device__(self) -> Any:
        return self._data.__dlpack_device__()

    def __matmul__(self, other: "Tensor") -> "Tensor":
        if self._data.dtype != other._data.dtype:
            raise RuntimeError(f"expected {other.dtype} but got {self.dtype}")
        return Tensor(self._data @ other._data, requires_grad=TAPE[0])


class Module:
    """Something with parameters that is called on a tensor."""

    def parameters(self) -> list[Tensor]:
        return [value for value in vars(self).values() if isinstance(value, Tensor)]

    def __call__(self, x: Tensor) -> Any:
        return self.forward(x)

    def forward(self, x: Tensor) -> Any:
        raise NotImplementedError


class Linear(Module):
    """x W + b, in float32."""

    def __init__(self, wide: int, narrow: int) -> None:
        rng = np.random.default_rng(wide + narrow)
        self.weight = Tensor(rng.normal(size=(wide, narrow)).astype(np.float32), requires_grad=True)
        self.bias = Tensor(rng.normal(size=narrow).astype(np.float32), requires_grad=True)

    def forward(self, x: Tensor) -> Tensor:
        return Tensor((x @ self.weight)._data + self.bias._data, requires_grad=TAPE[0])


class Tanh(Module):
    """The tanh of each entry."""

    def forward(self, x: Tensor) -> Tensor:
        return Tensor(np.tanh(x._data), requires_grad=TAPE[0])


class Sequential(Module):
    """One module after another."""

    def __init__(self, *modules: Module) -> None:
        self.modules = modules

    def parameters(self) -> list[Tensor]:
        return [parameter for module in self.modules for parameter in module.parameters()]

    def eval(self) -> "Sequential":
        return self

    def forward(self, x: Tensor) -> Tensor:
        for module in self.modules:
            x = module(x)
        return x


@contextmanager
def no_grad():  # type: ignore[no-untyped-def]
    """Keep results off the tape."""
    TAPE[0] = False
    try:
        yield
    finally:
        TAPE[0] = True


def module() -> types.ModuleType:
    """Return the library under the name torch, to be put into sys.modules."""
    torch = types.ModuleType("torch")
    torch.from_dlpack = lambda x: Tensor(np.from_dlpack(x))  # type: ignore[attr-defined]
    torch.finfo = lambda dtype: np.finfo(dtype)  # type: ignore[attr-defined]
    torch.no_grad = no_grad  # type: ignore[attr-defined]
    torch.nn = types.SimpleNamespace(Module=Module, Linear=Linear, Tanh=Tanh, Sequential=Sequential)  # type: ignore[attr-defined]
    torch.manual_seed = lambda seed: None  # type: ignore[attr-defined]
    torch.randn = lambda *shape: Tensor(np.random.default_rng(0).normal(size=shape))  # type: ignore[attr-defined]
    for name in ("float16", "float32", "float64"):
        setattr(torch, name, np.dtype(name))
    Tensor.__module__ = Module.__module__ = "torch"  # by which a tensor's library is known
    return torch
