"""m: (rows, ...) x t -> (rows, ...): a denoiser of any array library in batches, refused where it is no function of x.

It is called with an array of its own library, type and device, and with the time as a Python number; what it returns
comes back as float64. Nothing is known of it but its answers.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np

from sim.measure.arrays import Library, library_of, to_numpy
from theory.errors import Array, UsageError, one_of

DTYPES: Final = ("float64", "float32", "float16")


@final
@dataclass(frozen=True)
class OwnDenoiser:
    """A denoiser with all that calling it takes: its library and the `shape` of one latent.

    Make it with `own_denoiser`, which checks what it can before the first call.
    """

    function: Callable[[Any, Any], Any]
    library: Library
    shape: tuple[int, ...]

    def __call__(self, x: Array, t: float) -> Array:
        """Return m(x, t) for x of shape (rows, n), same shape, finite; UsageError for any other answer."""
        shape = (len(x), *self.shape)
        entered = self.library.enter(x.reshape(shape))
        try:
            with self.library.silent():
                returned = self.function(entered, t)
        except (Exception, SystemExit) as error:
            raise UsageError(
                f"The denoiser raised {type(error).__name__}: {' '.join(str(error).split()) or 'no message'}.",
                expected="m(x, t): an array like x, for a batch x of noisy latents and a time t, a number",
                received=f"that error on {self.library.name} input of shape {shape}, {self.library.dtype}, t={t:g}",
                hint="Does it take another shape or library (arrays='torch'), or times as an array, which a lambda "
                "x, t: net(x, t * ones) would give it?",
            ) from None
        return _checked(to_numpy(returned), shape, t, type(returned).__name__).reshape(x.shape)


def _checked(answer: Any, shape: tuple[int, ...], t: float, name: str) -> Array:
    """Return the answer in float64 if it is finite numbers in the shape of what was asked; UsageError otherwise."""
    if answer.dtype.kind not in "biuf":
        raise UsageError(
            "The denoiser's answer is no array of real numbers.", expected=f"an array of shape {shape}",
            received=f"a {name}", hint="Does it return several things, of which m is one?",
        )  # fmt: skip
    if answer.shape != shape:
        raise UsageError(
            "The denoiser's answer has another shape than what it was asked.",
            expected=f"shape {shape}, a clean latent for each noisy one",
            received=f"shape {answer.shape}",
            hint="Does it return logits, or reshape latents? Then source_dim or a wrapper that undoes it would help.",
        )
    values: Array = answer.astype(np.float64)
    if not np.all(np.isfinite(values)):
        place = np.unravel_index(np.flatnonzero(~np.isfinite(values))[0], shape)
        raise UsageError(
            "The denoiser's answer is not finite.", expected="finite numbers",
            received=f"{values[place]} at index {tuple(int(i) for i in place)} of a batch, t={t:g}",
            hint="Is it made for this path, and for times from noise (t=0) to data (t=1), or does it divide by t?",
        )  # fmt: skip
    return values


def own_denoiser(function: Any, shape: tuple[int, ...], *, arrays: str = "auto", dtype: str = "float64") -> OwnDenoiser:
    """Return the denoiser of latents of this shape; a torch module's own type and device overrule `dtype`.

    Raises UsageError for what cannot be called, and for a library that is not installed.

    >>> own_denoiser(lambda x, t: t * x, (2,))(np.ones((1, 2)), 0.5).tolist()
    [[0.5, 0.5]]
    """
    if not callable(function) or isinstance(function, type):
        raise UsageError(
            "The denoiser cannot be called.",
            expected="m(x, t): a function, a module or another callable",
            received="a class" if isinstance(function, type) else type(function).__name__,
            hint="Is an instance of the class meant, built once in your module?",
        )
    one_of("dtype", dtype, DTYPES)
    return OwnDenoiser(function, library_of(function, np.zeros((1, 1), dtype), asked=arrays), shape)


def require_function(denoiser: OwnDenoiser, x: Array, t: float) -> None:
    """Raise UsageError unless the answer for x at t is the same again, and that of a row the same in half the batch.

    The second only up to sqrt(eps) of the answers' spread: libraries may sum a batch of another size in another order.
    """
    answer = denoiser(x, t)
    again = denoiser(x, t)
    if np.any(answer != again):
        raise UsageError(
            "The denoiser changes between calls.",
            expected="the same answer for the same x and t",
            received=f"{np.mean(answer != again):.3g} of the numbers changed at t={t:g}",
            hint="Does it draw random numbers (dropout needs .eval()), or keep a state?",
        )
    half = denoiser(x[: (len(x) + 1) // 2], t)
    drift = float(np.max(np.abs(half - answer[: len(half)])))
    if drift > np.sqrt(denoiser.library.eps) * float(np.max(answer) - np.min(answer)):
        raise UsageError(
            "The denoiser's answer for a latent depends on the rest of its batch.",
            expected="the same answer for a latent in a batch of any size",
            received=f"a difference of {drift:.3g} between batches of {len(half)} and {len(x)}",
            hint="Does it normalise over the batch? A torch module needs .eval() for that.",
        )
