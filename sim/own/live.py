"""x' = keep x + add m(x) + tau xi on the particles of a tile: a scheme of theory, its rows read as arrays.

The scheme that writes matrices on a `Tape` runs here step by step, in the words of its author: it holds no more than
its author does, and all its arithmetic is elementwise, so that a particle is rounded alike in any company.
"""

from collections.abc import Callable
from typing import Any, Final, cast, final

import numpy as np

from theory.errors import Array
from theory.linear_method import Tape
from theory.path import AbstractPath
from theory.schemes import Scheme


@final
class Points:
    """The particles of a tile, shape (rows, n), as a row of a scheme."""

    __array_ufunc__ = None  # a NumPy number times points is points

    def __init__(self, values: Array) -> None:
        self.values: Final = values

    def __add__(self, other: "Points") -> "Points":
        return Points(self.values + other.values)

    def __sub__(self, other: "Points") -> "Points":
        return Points(self.values - other.values)

    def __rmul__(self, factor: Any) -> "Points":
        return self.times(factor)

    def times(self, factor: Any) -> "Points":
        """Return the points with every coordinate multiplied by a number."""
        return Points(float(factor) * self.values)


@final
class LiveTape:
    """What a scheme is given in place of a `Tape`: `inputs(l)` is Gaussian input l, `denoiser(x, t)` the answer.

    Inputs are numbered as on a tape, so that the matrices of the scheme describe this run.
    """

    velocity = Tape.velocity

    def __init__(
        self, path: AbstractPath, inputs: Callable[[int], Array], denoiser: Callable[[Array, float], Array]
    ) -> None:
        self.path = path
        self._inputs, self._denoiser, self._drawn = inputs, denoiser, 0

    def start(self, t: Any) -> Points:
        """Return b(t) xi_0."""
        return self.inject(Points(np.zeros(())), self.path.b(t))

    def mean(self, x: Points, t: Any) -> Points:
        """Return the denoiser's answer."""
        return Points(self._denoiser(x.values, float(t)))

    def inject(self, x: Points, tau: Any) -> Points:
        """Return x + tau xi with fresh xi; x itself at tau = 0."""
        if tau == 0:
            return x
        self._drawn += 1
        return x + Points(self._inputs(self._drawn - 1)).times(tau)


def run_scheme(
    scheme: Scheme,
    path: AbstractPath,
    grid: tuple[float, ...],
    inputs: Callable[[int], Array],
    denoiser: Callable[[Array, float], Array],
) -> Array:
    """Return the output of the scheme for the inputs, in their shape.

    >>> from theory.path import LinearPath
    >>> from theory.schemes import SCHEMES
    >>> ones = np.ones((1, 1))
    >>> run_scheme(SCHEMES["ddim"], LinearPath(), (0.0, 0.5, 1.0), lambda i: ones, lambda x, t: 4 * t * x).tolist()
    [[1.0]]
    """
    tape = LiveTape(path, inputs, denoiser)
    row = scheme.write(cast(Tape, tape), grid)  # a scheme asks of a tape no more than is written above
    return cast(Points, row).values
