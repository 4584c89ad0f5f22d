"""Tiles sit at absolute numbers and a partial one is computed whole: no count, split or thread changes a bit.

A matrix product may round a row by its place in the matrix, so a sequence always stands in the same row of a tile of
the same size. Tiles run on threads and are taken in their order, a bounded number of them at a time.
"""

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, TypeVar

TILE_BYTES: Final = 1 << 26
"""Room for one tile: 64 MiB, so that a tile a core fits a small machine."""

LARGEST_TILE: Final = 64
"""Rows enough for a matrix product to run at speed; more would only leave the caches."""

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def tile_size(bytes_each: int) -> int:
    """Return the particles in a tile: a power of two, at most LARGEST_TILE, that fits TILE_BYTES.

    It depends on the setting alone, never on how many particles are asked for.

    >>> tile_size(64 * 27 * 16), tile_size(256 * 256 * 16), tile_size(10**9)
    (64, 64, 1)
    """
    tile = LARGEST_TILE
    while tile > 1 and bytes_each * tile > TILE_BYTES:
        tile //= 2
    return tile


def in_order(
    task: Callable[[_Item], _Result], work: Iterable[_Item], *, threads: int
) -> Generator[tuple[_Item, _Result], None, None]:
    """Yield (item, task(item)) in the order of `work`; at most four items a thread run or wait to be taken.

    `work` is asked for an item when there is room for it, so that it may be endless and memory does not grow with it.

    An exception, Ctrl-C included, drops what has not started and waits for what runs.

    >>> list(in_order(lambda n: n * n, range(3), threads=2))
    [(0, 0), (1, 1), (2, 4)]
    """
    waiting: deque[tuple[_Item, Future[_Result]]] = deque()
    with ThreadPoolExecutor(max_workers=threads) as pool:
        try:
            for item in work:
                waiting.append((item, pool.submit(task, item)))
                if len(waiting) >= 4 * threads:
                    first, future = waiting.popleft()
                    yield first, future.result()
            while waiting:
                first, future = waiting.popleft()
                yield first, future.result()
        finally:
            pool.shutdown(cancel_futures=True)
