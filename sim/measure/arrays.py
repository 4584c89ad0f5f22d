"""D = out o readout o in: a decoder of any array library is a function of float64 arrays, by DLPack both ways.

No library is imported that the caller did not import or name. `in` gives the decoder arrays of its own library, type
and device, fresh for every call, so that a decoder that writes into its input harms nobody; `out` brings back what
it returns, off its device and out of its gradient tape.
"""

import importlib
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from theory.errors import Array, UsageError


@final
@dataclass(frozen=True)
class Library:
    """Where a decoder lives: `enter` makes its arrays, `silent` switches gradients off, `eps` is its rounding."""

    name: str
    dtype: str
    eps: float
    enter: Callable[[Array], Any]
    silent: Callable[[], AbstractContextManager[Any]]


def _top(value: Any) -> str:
    """Return the name of the package that defines the type of `value`."""
    return type(value).__module__.partition(".")[0]


def _namespace(name: str) -> Any:
    try:
        return importlib.import_module("jax.numpy" if name == "jax" else name)
    except ImportError as error:
        raise UsageError(
            f"The array library {name!r} cannot be imported.",
            expected="auto, numpy, torch, jax, or another installed library of the array API",
            received=f"{name} ({error})",
            hint="Is it installed beside noncommit, in the same environment?",
        ) from None


def _first_parameter(readout: Any) -> Any:
    """Return the first floating parameter of a torch module, else None; torch is never imported here."""
    torch = sys.modules.get("torch")
    if torch is None or not isinstance(readout, torch.nn.Module):
        return None
    return next((p for p in readout.parameters() if p.is_floating_point()), None)


def library_of(readout: Any, latents: Any, *, asked: str = "auto") -> Library:
    """Return the library in which `readout` is to be called: as `asked`, or its module's, or that of the latents.

    A torch module gets its own parameters' type and device; otherwise the type is that of the latents, float64
    where they are whole numbers. Raises UsageError for a library that is not there.

    >>> library_of(abs, np.ones((2, 3), np.float32)).dtype
    'float32'
    """
    parameter, torch = _first_parameter(readout), sys.modules.get("torch")
    is_module = torch is not None and isinstance(readout, torch.nn.Module)
    if asked == "auto":
        native = not isinstance(latents, np.ndarray | list | tuple)
        given = latents.__array_namespace__().__name__ if hasattr(latents, "__array_namespace__") else _top(latents)
        name = "torch" if is_module else (given if native else "numpy")
    else:
        name = asked
    space = _namespace(name)
    source = latents if parameter is None else parameter
    dtype = str(getattr(source, "dtype", "float64")).rpartition(".")[2]
    if not hasattr(space, dtype) or not dtype.startswith(("float", "bfloat")):
        dtype = "float64"
    if name.startswith("jax") and dtype == "float64":
        dtype = str(space.zeros(1).dtype)  # jax has no float64 unless told to have it
    carried = "float32" if dtype == "bfloat16" else dtype  # NumPy has no bfloat16
    device = getattr(parameter, "device", None)

    def enter(rows: Array) -> Any:
        fresh = np.array(rows, dtype=carried, order="C")
        if space is np:
            return fresh
        native = space.from_dlpack(fresh)
        return native if parameter is None else native.to(device=device, dtype=parameter.dtype)

    silent = getattr(space, "no_grad", nullcontext)
    return Library(name, dtype, float(space.finfo(getattr(space, dtype)).eps), enter, silent)


def to_numpy(value: Any) -> Any:
    """Return an array of any library as NumPy sees it: detached, on the processor, of a type that NumPy has.

    >>> to_numpy([[1, 2]]).shape
    (1, 2)
    """
    for leave in ("detach", "cpu"):
        if hasattr(value, leave):
            value = getattr(value, leave)()
    if not isinstance(value, np.ndarray) and hasattr(value, "__dlpack__"):
        try:
            return np.from_dlpack(value)
        except (BufferError, RuntimeError, TypeError, ValueError):
            if "bfloat16" in str(value.dtype):
                value = value.float() if hasattr(value, "float") else value.astype("float32")
    return np.asarray(value)
