"""counts(particles) = a sum over tiles at absolute particle numbers: the same for any threads and any split.

Integer counts are summed, and each particle is one address of the noise, so nothing depends on who counted what.
What is held grows with the threads and the cells, never with the particles.
"""

import os
from collections.abc import Callable, Iterable
from contextlib import closing
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from sim.tiles import in_order

TILE: Final = 1 << 16
"""Particles a task: long enough that starting it costs nothing, short enough that Ctrl-C is prompt."""

Counts = npt.NDArray[np.int64]


def tiles(particles: range) -> Iterable[tuple[int, int]]:
    """Yield (first, stop) of the tiles that `particles` meets, cut at absolute multiples of TILE.

    >>> list(tiles(range(10, TILE + 1))) == [(10, TILE), (TILE, TILE + 1)]
    True
    """
    first = particles.start
    while first < particles.stop:
        stop = min((first // TILE + 1) * TILE, particles.stop)
        yield first, stop
        first = stop


def count(
    counter: Callable[..., Counts],
    arguments: tuple[Any, ...],
    particles: range,
    *,
    threads: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> Counts:
    """Return the summed counts of `counter(first, stop, *arguments)` over `particles`, four tiles a thread at a time.

    `progress` is told the number of particles done since it was last called. Ctrl-C stops after the running tiles.
    """
    total = counter(0, 0, *arguments)  # zeros, one a cell; compiled before threads start
    workers = threads or os.cpu_count() or 1
    with closing(in_order(lambda tile: counter(*tile, *arguments), tiles(particles), threads=workers)) as done:
        for (first, stop), counts in done:
            total += counts
            if progress is not None:
                progress(stop - first)
    return total
