"""z_1, ..., z_N in R^n: N >= 2 finite latents that differ; the rest of their shape belongs to the decoder.

Whatever cannot be measured is refused here, before the decoder is called, with a message that names the axis.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, final

import numpy as np
import numpy.typing as npt

from sim.measure.arrays import to_numpy
from sim.noise import CHOICE, uniform
from theory.errors import Array, UsageError, positive

SHARES: Final = (0.0625, 0.125, 0.25, 0.5)
"""Default radii in units of the median distance to the nearest competitor: from well inside to half-way."""


@final
@dataclass(frozen=True)
class Latents:
    """The sample: `rows` of shape (N, n) in float64, and the `shape` of one latent as the decoder takes it."""

    rows: Array
    shape: tuple[int, ...]
    digest: str

    @property
    def size(self) -> int:
        """N, the number of latents."""
        return len(self.rows)

    @property
    def dimension(self) -> int:
        """n, the number of coordinates of one."""
        return int(self.rows.shape[1])


def _refuse(what: str, *, expected: str, received: object, hint: str) -> UsageError:
    return UsageError(what, expected=expected, received=received, hint=hint)


def check_latents(latents: Any) -> Latents:
    """Return the latents flattened to (N, n); UsageError that names the axis at fault.

    >>> check_latents(np.eye(3).reshape(3, 1, 3)).shape
    (1, 3)
    """
    array = np.asarray(to_numpy(latents))
    where = "latents of shape (samples, coordinates, ...)"
    if array.dtype.kind not in "iuf":
        raise _refuse("latents are not numbers.", expected="an array of real numbers", received=f"dtype {array.dtype}",
                      hint="Were arrays of different shapes saved, or tokens in place of latents?")  # fmt: skip
    if array.ndim < 2:
        raise _refuse(f"latents have {array.ndim or 'no'} axis, so none for the coordinates.", expected=where,
                      received=f"shape {array.shape}",
                      hint="Is it one latent, or are they numbers, which need reshape(-1, 1)?")  # fmt: skip
    if array.shape[0] < 2:
        raise _refuse(f"axis 0 of latents, the samples, has length {array.shape[0]}: there is no other to move toward.",
                      expected="at least 2 samples along axis 0", received=f"shape {array.shape}",
                      hint="Does the first axis stand for something else than samples?")  # fmt: skip
    empty = [axis for axis, length in enumerate(array.shape) if length == 0]
    if empty:
        raise _refuse(f"axis {empty[0]} of latents is empty.", expected="at least 1 coordinate along every other axis",
                      received=f"shape {array.shape}", hint="Was a slice taken that holds nothing?")  # fmt: skip
    rows = array.reshape(len(array), -1).astype(np.float64)
    bad = ~np.isfinite(rows)
    if np.any(bad):
        place = np.unravel_index(np.flatnonzero(bad)[0], array.shape)
        raise _refuse("latents hold a value that is not finite.", expected="finite numbers",
                      received=f"{rows[bad][0]} at index {tuple(int(i) for i in place)}",
                      hint="Did an encoder overflow, or was an array saved before it was filled?")  # fmt: skip
    if np.all(rows == rows[0]):
        raise _refuse("All latents are identical.", expected="latents that differ along axis 0",
                      received=f"{len(rows)} copies of one latent",
                      hint="Was one sample repeated, or a seed reset?")  # fmt: skip
    form = f"{array.dtype.str} {array.shape} ".encode()
    return Latents(rows, array.shape[1:], sha256(form + np.ascontiguousarray(array).tobytes()).hexdigest())


def check_labels(labels: Any, latents: Latents) -> npt.NDArray[np.int64]:
    """Return one whole number for each latent, numbered from 0; UsageError for another shape or type.

    >>> check_labels(["b", "a", "b"], check_latents(np.eye(3))).tolist()
    [1, 0, 1]
    """
    array = np.asarray(to_numpy(labels))
    if array.shape != (latents.size,):
        raise _refuse("labels do not match latents along axis 0.", expected=f"shape ({latents.size},)",
                      received=f"shape {array.shape}", hint="Were latents and labels filtered apart?")  # fmt: skip
    if array.dtype.kind not in "iubUS":
        raise _refuse("labels are not names.", expected="whole numbers or words", received=f"dtype {array.dtype}",
                      hint="Are they probabilities, of which the argmax is meant?")  # fmt: skip
    names, numbered = np.unique(array, return_inverse=True)
    if len(names) < 2:
        raise _refuse("All labels are the same.", expected="at least two different labels", received=repr(names[0]),
                      hint="Nothing is left to commit to; was one class selected?")  # fmt: skip
    return numbered.astype(np.int64)


def choose(latents: Latents, anchors: int, seed: int) -> npt.NDArray[np.int64]:
    """Return the numbers of the latents to shift, ascending: all, or the `anchors` smallest of addressed uniforms."""
    if anchors >= latents.size:
        return np.arange(latents.size)
    draws = uniform(seed, CHOICE, np.arange(latents.size, dtype=np.int64), 0, 0)
    return np.sort(np.argsort(draws, kind="stable")[:anchors])


def halvings(dimension: int) -> tuple[float, ...]:
    """Return the default noise levels in the same unit, ascending: 1 and its halves down to 1/(8 sqrt n).

    Noise s is as long as s sqrt(n), and s is what it moves along one normal: the levels span both.

    >>> halvings(1)
    (0.125, 0.25, 0.5, 1.0)
    """
    return tuple(0.5**k for k in range(math.ceil(math.log2(8 * math.sqrt(dimension))), -1, -1))


def ladder(name: str, given: Any, unit: float, shares: Sequence[float]) -> tuple[float, ...]:
    """Return the lengths to use, ascending: as given; a single one and its halves; or shares of the unit.

    >>> ladder("radius", 2.0, 1.0, (0.25, 0.5, 1.0))
    (0.5, 1.0, 2.0)
    """
    if given is None:
        return tuple(share * unit for share in shares)
    lengths = np.unique(np.atleast_1d(positive(name, given)).ravel())
    if len(lengths) == 1:
        return tuple(float(lengths[0]) * share / shares[-1] for share in shares)
    return tuple(float(length) for length in lengths)
