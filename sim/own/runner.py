"""Tile k holds particles k B .. (k + 1) B - 1, whole: a denoiser is asked for the same rows in the same places always.

Noise is addressed by particle and input, so that no split moves a draw, and a deterministic denoiser gives the same
bits. Slopes are those that the first tile meets, whichever particles are wanted.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import final

import numpy as np

from sim.measure.changes import gaussians
from sim.own.denoiser import OwnDenoiser, require_function
from sim.own.live import run_scheme
from sim.own.secants import steepest_secants
from theory.errors import Array
from theory.linear_method import LinearMethod
from theory.path import AbstractPath
from theory.schemes import Scheme


@final
@dataclass(frozen=True, eq=False)
class Runner:
    """One scheme on one path and grid with one denoiser, in tiles of `batch`; `method` is the scheme's matrices."""

    scheme: Scheme
    path: AbstractPath
    grid: tuple[float, ...]
    method: LinearMethod
    denoiser: OwnDenoiser
    batch: int
    seed: int

    @property
    def dimension(self) -> int:
        """n, the coordinates of one latent."""
        return math.prod(self.denoiser.shape)

    def noise(self, tile: int) -> Callable[[int], Array]:
        """Return the Gaussian inputs of a tile by number, each of shape (batch, n)."""
        numbers = np.arange(tile * self.batch, (tile + 1) * self.batch)
        return lambda i: gaussians(self.seed, numbers, i, self.dimension)

    def run(self, inputs: Callable[[int], Array], denoiser: Callable[[Array, float], Array]) -> Array:
        """Return the output for the inputs, in their shape."""
        return run_scheme(self.scheme, self.path, self.grid, inputs, denoiser)

    def tile(self, tile: int) -> Array:
        """Return the samples of a tile, shape (batch, n)."""
        return self.run(self.noise(tile), self.denoiser)

    def slopes(self, pairs: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Return the time of each call and a lower bound of its slope, from pairs of particles of the first tile.

        UsageError, before any slope, if the denoiser is no function of x and t.
        """
        times: list[float] = []
        found: list[float] = []

        def look(x: Array, t: float) -> Array:
            if not times:
                require_function(self.denoiser, x, t)
            ends = x[:pairs], x[-pairs:]
            steepest = steepest_secants(lambda y: self.denoiser(y, t), *ends, eps=self.denoiser.library.eps)
            times.append(t)
            found.append(float(np.max(steepest)))
            return self.denoiser(x, t)

        self.run(self.noise(0), look)
        return tuple(times), tuple(found)

    def joint(self, pairs: int) -> float:
        """Return a lower bound of the Lipschitz constant of the whole run in all its Gaussian inputs."""
        noise, (r, n) = self.noise(0), (self.method.noise.shape[1], self.dimension)
        both = np.stack([noise(i) for i in range(r)], axis=1)

        def whole(rows: Array) -> Array:
            each = rows.reshape(len(rows), r, n)
            return self.run(lambda i: each[:, i], self.denoiser)

        ends = both[:pairs].reshape(pairs, r * n), both[-pairs:].reshape(pairs, r * n)
        return float(np.max(steepest_secants(whole, *ends, eps=self.denoiser.library.eps, turn=False)))

    def stretched(self, slopes: tuple[float, ...]) -> float:
        """Return the class's stiffness at these slopes, infinite beyond doubles; it grows with each of them."""
        with np.errstate(over="ignore", invalid="ignore"):
            found = float(np.linalg.norm(self.method.sensitivities(np.array(slopes))))
        return math.inf if math.isnan(found) else found
