"""|D(z') - D(z)|^2, row by row: a readout called in batches, and refused where it is no function of one latent.

Four kinds of output, (N, ...) each: `continuous` vectors; `probabilities` and `logits` along the last axis, of which
a softmax is taken; `tokens`, whole numbers that stand for one-hot vectors. A latent's token is the argmax at every
position. Distances are squared Euclidean ones, so a token that differs counts 2.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final, final

import numpy as np
import numpy.typing as npt

from sim.measure.arrays import Library, to_numpy
from sim.measure.latents import Latents
from theory.errors import Array, UsageError, one_of

KINDS: Final = ("auto", "continuous", "probabilities", "logits", "tokens")


@final
@dataclass(frozen=True)
class Reading:
    """What a batch is read as: `values` of shape (rows, entries), and `tokens` (rows, positions) if it has any."""

    values: Array
    tokens: npt.NDArray[np.int64] | None


@final
@dataclass(frozen=True)
class Decoder:
    """A readout with all that calling it takes; build it with `check_decoder`, which also decides its kind."""

    readout: Callable[[Any], Any]
    library: Library
    shape: tuple[int, ...]
    output: str | None
    kind: str
    batch: int

    def raw(self, rows: Array) -> Any:
        """Return the finite output for `rows` (m, n) as a NumPy array of shape (m, ...); UsageError otherwise."""
        entered = self.library.enter(rows.reshape(len(rows), *self.shape))
        try:
            with self.library.silent():
                returned = self.readout(entered)
        except (Exception, SystemExit) as error:
            raise UsageError(
                f"The readout raised {type(error).__name__}: {' '.join(str(error).split()) or 'no message'}.",
                expected="an array for a batch of latents",
                received=f"that error on {self.library.name} input of shape {(len(rows), *self.shape)}, "
                f"{self.library.dtype}",
                hint="Does it take another shape or another array library (--arrays torch)?",
            ) from None
        part = _selected(returned, self.output)
        return _checked(to_numpy(part), len(rows), type(part).__name__)

    def __call__(self, rows: Array) -> Reading:
        """Return the reading of `rows`, shape (m, n), in one call."""
        return self.read(self.raw(rows))

    def read(self, raw: Any) -> Reading:
        """Return the raw output of a batch as values and tokens."""
        rows = len(raw)
        if self.kind == "tokens":
            tokens = raw.reshape(rows, -1).astype(np.int64)
            return Reading(tokens.astype(float), tokens)
        values = raw.astype(np.float64)
        if self.kind == "continuous":
            return Reading(values.reshape(rows, -1), None)
        if self.kind == "logits":
            values = np.exp(values - np.max(values, axis=-1, keepdims=True))
            values /= np.sum(values, axis=-1, keepdims=True)
        return Reading(values.reshape(rows, -1), np.argmax(values, axis=-1).reshape(rows, -1))

    def squared_change(self, before: Reading, after: Reading) -> Array:
        """Return |D(z') - D(z)|^2 of each row, shape (rows,), in units of the squared output."""
        if self.kind == "tokens":
            doubled: Array = 2 * flips_of(before, after, each=True)
            return doubled
        difference = after.values - before.values
        return np.asarray(np.sum(difference * difference, axis=1))

    def batches(self, numbers: npt.NDArray[np.int64]) -> Iterator[npt.NDArray[np.int64]]:
        """Yield the numbers of the latents of each batch, in order."""
        for start in range(0, len(numbers), self.batch):
            yield numbers[start : start + self.batch]


def flips_of(before: Reading, after: Reading, *, each: bool = False) -> Array:
    """Return 1 where any token of a row differs, else 0; with `each`, how many of its tokens differ."""
    if before.tokens is None or after.tokens is None:
        raise ValueError("A continuous readout has no tokens.")
    differ = before.tokens != after.tokens
    return np.asarray(np.sum(differ, axis=1) if each else np.any(differ, axis=1), dtype=float)


def _selected(returned: Any, output: str | None) -> Any:
    """Return the part of what the readout returned that `output` names: an attribute, a key or a place."""
    if output is None:
        return returned
    if isinstance(returned, dict) and output in returned:
        return returned[output]
    if isinstance(returned, tuple | list) and output.isdigit() and int(output) < len(returned):
        return returned[int(output)]
    if hasattr(returned, output):
        return getattr(returned, output)
    has = sorted(returned) if isinstance(returned, dict) else [n for n in dir(returned) if not n.startswith("_")]
    raise UsageError(
        f"The output has no {output!r}.",
        expected="an attribute, a key or a place of what the readout returns: " + ", ".join(map(str, has[:8])),
        received=f"{output!r} of a {type(returned).__name__}",
        hint="Is --output spelt as in the decoder's documentation?",
    )


def _checked(raw: Any, rows: int, name: str) -> Any:
    """Return the output if it is an array of finite numbers with one entry a latent along axis 0."""
    if raw.dtype.kind not in "biuf":
        raise UsageError(
            "The output is no array of real numbers.",
            expected="an array of numbers, or --output NAME for the part that is one",
            received=f"a {name}",
            hint="Does the readout return several things, of which one is meant?",
        )
    if raw.ndim == 0 or raw.shape[0] != rows:
        raise UsageError(
            "axis 0 of the output does not match the batch.",
            expected=f"shape ({rows}, ...), one entry along axis 0 for each latent",
            received=f"shape {raw.shape}",
            hint="Does the readout take one latent at a time, or put the batch on another axis?",
        )
    if raw.size == 0:
        raise UsageError("The output is empty.", expected=f"shape ({rows}, ...)", received=f"shape {raw.shape}",
                         hint="Was a slice taken that holds nothing?")  # fmt: skip
    if raw.dtype.kind == "f" and not np.all(np.isfinite(raw)):
        place = np.unravel_index(np.flatnonzero(~np.isfinite(raw))[0], raw.shape)
        raise UsageError(
            "The output holds a value that is not finite.",
            expected="finite numbers",
            received=f"{raw[place]} at index {tuple(int(i) for i in place)} of a batch",
            hint="Does the decoder overflow on these latents, or are they of another scale?",
        )
    return raw


def _rounding(raw: Any) -> float:
    """Return sqrt(eps) of the output's type: far above another order of summation, far below another value."""
    return float(np.sqrt(np.finfo(raw.dtype).eps)) if raw.dtype.kind == "f" else 0.0


def _kind(raw: Any, asked: str) -> str:
    """Return the kind of an output, as asked if its numbers permit that."""
    one_of("kind of output", asked, KINDS)
    floating = raw.dtype.kind == "f"
    if asked == "tokens" and floating and np.any(raw != np.floor(raw)):
        raise UsageError("The output holds no tokens.", expected="whole numbers", received=f"dtype {raw.dtype}",
                         hint="Are they logits or probabilities (--kind logits)?")  # fmt: skip
    simplex = floating and raw.ndim > 1 and raw.shape[-1] > 1 and bool(np.all(raw >= 0))
    simplex = simplex and bool(np.all(np.abs(np.sum(raw, axis=-1, dtype=float) - 1) <= _rounding(raw)))
    if asked == "probabilities" and not simplex:
        raise UsageError("The output holds no probabilities.",
                         expected="numbers >= 0 that sum to 1 along the last axis, of length 2 or more",
                         received=f"shape {raw.shape}, dtype {raw.dtype}",
                         hint="Are they logits (--kind logits)?")  # fmt: skip
    if asked == "logits" and (raw.ndim < 2 or raw.shape[-1] < 2):
        raise UsageError("The output holds no logits.", expected="at least 2 entries along the last axis",
                         received=f"shape {raw.shape}", hint="Are they tokens already (--kind tokens)?")  # fmt: skip
    if asked == "auto":
        return "probabilities" if simplex else ("continuous" if floating else "tokens")
    return asked


def check_decoder(
    readout: Any, latents: Latents, library: Library, *, output: str | None, kind: str, batch: int
) -> tuple[Decoder, Any]:
    """Return the decoder and its answer on the first batch, which it was called on twice whole and once in half.

    UsageError where it cannot be called, answers in another shape, with numbers that are not finite, otherwise the
    second time, or otherwise in other company.
    """
    one_of("kind of output", kind, KINDS)
    if not callable(readout) or isinstance(readout, type):
        raise UsageError(
            "The readout cannot be called on latents.",
            expected="a function, a module or another callable",
            received="a class" if isinstance(readout, type) else type(readout).__name__,
            hint="Is an instance of the class meant, built once in your module?",
        )
    decoder = Decoder(readout, library, latents.shape, output, kind, batch)
    rows = latents.rows[:batch]
    raw = np.array(decoder.raw(rows))  # a copy: the decoder may reuse its memory
    require_same(decoder, rows, raw)
    decoder = replace(decoder, kind=_kind(raw, kind))
    half = decoder.raw(rows[: (len(rows) + 1) // 2])
    spread = float(np.max(raw) - np.min(raw)) if raw.dtype.kind == "f" else 0.0
    drift = np.max(np.abs(half.astype(float) - raw[: len(half)].astype(float)))
    if half.shape[1:] != raw.shape[1:] or drift > _rounding(raw) * spread:
        raise UsageError(
            "The output for a latent depends on the rest of its batch.",
            expected="the same output for a latent in a batch of any size",
            received=f"a difference of {drift:.3g} between batches of {len(half)} and {len(rows)}",
            hint="Does it normalise over the batch? A torch module needs .eval() for that.",
        )
    return decoder, raw


def require_same(decoder: Decoder, rows: Array, raw: Any) -> None:
    """Raise UsageError unless the decoder still answers `raw` for `rows`, to the last bit."""
    again = decoder.raw(rows)
    if again.shape != raw.shape or np.any(again != raw):
        received = f"shape {again.shape} after {raw.shape}"
        if again.shape == raw.shape:
            received = f"{np.mean(again != raw):.3g} of the numbers changed between two calls on the same latents"
        raise UsageError(
            "The decoder changes between calls.",
            expected="the same output for the same latents",
            received=received,
            hint="Does it draw random numbers (dropout needs .eval()), or keep a state?",
        )
