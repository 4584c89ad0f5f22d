"""A kernel is a plain function over arrays, scalars and theory's formulas, compiled once for each digest.

This module gives every primitive its numba meaning and holds the only compiler call of the project. The four
Gaussian functions are SciPy's own compiled ones, linked by name, so that a kernel and theory agree bit for bit.
Importing it compiles nothing. With NUMBA_DISABLE_JIT=1 every kernel is the Python function that it was.
"""

import math
import os
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Final

import llvmlite.binding as llvm
import numba
import numpy as np
from numba import types
from numba.extending import get_cython_function_address, overload, register_jitable

import theory
from sim.digest import sources_digest
from theory import primitives

_CONFIG: Any = numba.config

ROOM: Final = Path(__file__).parent
"""The folder of the kernels; theory's is the folder of their formulas."""


@cache
def kernel_digest() -> str:
    """Return the digest of theory/ and sim/: two runs with equal digests run equal kernels."""
    return sources_digest([Path(str(theory.__file__)).parent, ROOM])


@cache
def cache_folder() -> Path:
    """Return the folder of this digest's compiled kernels, made if missing.

    It lies in $NUMBA_CACHE_DIR, else in .numba_cache beside the sources, else (read-only sources) in the
    user's cache folder, else in the folder for temporary files: never inside a package.
    """
    asked = os.environ.get("NUMBA_CACHE_DIR")
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    roots = (
        [Path(asked)]
        if asked
        else [ROOM.parent / ".numba_cache", Path(home) / "noncommit", Path(tempfile.gettempdir())]
    )
    if not asked and not (ROOM.parent / "pyproject.toml").exists():
        del roots[0]  # installed among other packages: nothing is written there
    for root in roots:
        folder = root / f"noncommit-{kernel_digest()[:16]}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.W_OK):
            return folder
    raise OSError(f"No folder for compiled kernels can be written. Tried: {', '.join(map(str, roots))}.")


def kernel(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile `function` on its first call: no Python objects, the GIL released, division as in NumPy.

    Never with fastmath, which makes NaN checks vanish. The cache folder is set for this function alone.
    """
    if _CONFIG.DISABLE_JIT:
        return function
    before = _CONFIG.CACHE_DIR
    _CONFIG.CACHE_DIR = str(cache_folder())
    try:
        compiled: Callable[..., Any] = numba.njit(cache=True, nogil=True, error_model="numpy")(function)
    finally:
        _CONFIG.CACHE_DIR = before
    return compiled


def formula(function: Callable[..., Any]) -> Callable[..., Any]:
    """Let kernels call a plain function of theory, which stays what it was for everyone else."""
    registered: Callable[..., Any] = register_jitable(function)
    return registered


def by_precision(double: Callable[..., Any], single: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function that is `single` where its first argument is a float32 array, and `double` elsewhere.

    A kernel is compiled with the one that its arrays ask for, so it pays nothing for the other.
    """

    def chosen(row: Any, *rest: Any) -> Any:
        return (single if row.dtype == np.float32 else double)(row, *rest)

    def meaning(row, *rest):  # type: ignore[no-untyped-def]  # noqa: ARG001  a signature, read by the compiler
        one = single if row.dtype == types.float32 else double
        return lambda row, *rest: one(row, *rest)

    overload(chosen)(meaning)
    return chosen


# SciPy's functions are called through their address, published under a name: machine code that refers to a
# name can be cached, machine code that holds an address cannot. "__pyx_fuse_1" is the variant for doubles.
_SCIPY: Final = {
    primitives.ndtr: "__pyx_fuse_1ndtr",
    primitives.log_ndtr: "__pyx_fuse_1log_ndtr",
    primitives.ndtri: "ndtri",
    primitives.erfcx: "__pyx_fuse_1erfcx",
}


def _scipy_meaning(primitive: primitives.Primitive, symbol: str) -> None:
    name = f"noncommit_{primitive.__name__}"
    llvm.add_symbol(name, get_cython_function_address("scipy.special.cython_special", symbol))
    linked = types.ExternalFunction(name, types.float64(types.float64))
    overload(primitive, inline="never")(lambda x: lambda x: linked(x))


def _math_meaning(primitive: primitives.Primitive, function: Callable[[float], float]) -> None:
    overload(primitive)(lambda x: lambda x: function(x))


@register_jitable
def _logsumexp(values: Any) -> float:
    """Subtract the largest term first, so that no exponential overflows."""
    top = -math.inf
    for value in values:
        top = max(top, value)
    if math.isinf(top):
        return top
    total = 0.0
    for value in values:
        total += math.exp(value - top)
    return top + math.log(total)


def _register() -> None:
    for primitive, symbol in _SCIPY.items():
        _scipy_meaning(primitive, symbol)
    for name in ("exp", "log", "sqrt", "log1p", "expm1", "tanh"):
        _math_meaning(primitives.PRIMITIVES[name], getattr(math, name))
    erfcx = primitives.erfcx
    overload(primitives.logsumexp)(lambda values: lambda values: _logsumexp(values))
    overload(primitives.minimum)(lambda x, y: lambda x, y: min(x, y))
    overload(primitives.expit)(lambda x: lambda x: 1 / (1 + math.exp(-x)))
    overload(primitives.pdf)(lambda x: lambda x: math.exp(-x * x / 2) / math.sqrt(2 * math.pi))
    overload(primitives.hazard)(lambda x: lambda x: math.sqrt(2 / math.pi) / erfcx(-x / math.sqrt(2)))


_register()
