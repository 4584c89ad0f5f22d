"""Every pending cell ends done or failed: what a dead worker held runs again alone, and the cell at fault is named.

Cells go out in chunks of about CHUNK_SECONDS, so that small ones cost little; outcomes come in and are committed at
least every COMMIT_SECONDS. A cell is acknowledged after its commit, never before.
"""

import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from typing import Final, final

from sim.sweep.engine import AbstractEngine
from sim.sweep.kinds import one_of_each_kind
from sim.sweep.rows import Row
from sim.sweep.store import Store
from sim.sweep.work import Outcome, outcomes, place

COMMIT_SECONDS: Final = 0.2
"""Longest that an outcome waits in memory: a commit with synchronous=FULL costs a few milliseconds."""

CHUNK_SECONDS: Final = 0.05
"""Work in a chunk: fifty times what handing it over costs, and short enough that a bar moves."""

LARGEST_CHUNK: Final = 64
"""Most cells that one dead worker puts under suspicion."""

Acknowledge = Callable[[Sequence[Outcome]], None]
Chunk = list[Row]


def _silent(_: Sequence[Outcome]) -> None:
    """Acknowledge to no one."""


def _jobs(chunk: Chunk) -> list[tuple[str, str, str]]:
    return [(row.key, row.content, row.files) for row in chunk]


@final
class Runner:
    """Runs the pending cells of a store on an engine, once."""

    def __init__(self, store: Store, engine: AbstractEngine, acknowledge: Acknowledge | None = None) -> None:
        self._store, self._engine = store, engine
        self._acknowledge = acknowledge or _silent
        self._pending = deque(store.rows("pending"))
        self._suspects: deque[Row] = deque()
        self._running: dict[Future[list[Outcome]], Chunk] = {}
        self._batch: list[Outcome] = []
        self._due = 0.0
        self._mean = CHUNK_SECONDS  # seconds a cell, so that the first chunks hold one each

    def run(self) -> None:
        """Run until nothing is pending. On Ctrl-C what has come in is committed before KeyboardInterrupt goes on."""
        if not self._pending:
            return
        executor = self._engine.start()
        try:
            executor = self._warmed(executor)
            while self._pending or self._running or self._suspects:
                if self._suspects:
                    executor = self._await(executor, everything=True)
                    executor = self._alone(executor)
                else:
                    room = 2 * self._engine.workers
                    while self._pending and len(self._running) < room and self._submit(executor, self._next_chunk()):
                        pass
                    # With nothing running, the executor broke while it was idle.
                    executor = self._await(executor) if self._running else self._engine.restart()
        finally:
            for future in self._running:
                future.cancel()
            try:
                self._commit()
            finally:
                self._engine.stop()

    def _warmed(self, executor: Executor) -> Executor:
        """Compile before others start: workers share numba's cache on the disk. A cell that kills runs again alone."""
        kinds = one_of_each_kind(self._pending)
        try:
            if kinds:
                self._engine.warm_up(executor, [(row.content, row.files) for row in kinds])
        except Exception as error:
            self._suspects.extend(kinds)
            for row in kinds:
                self._pending.remove(row)
            if isinstance(error, BrokenExecutor):
                return self._engine.restart()
        return executor

    def _next_chunk(self) -> Chunk:
        # The last chunks are small, so that no worker is left with many while others idle.
        share = -(-len(self._pending) // (2 * self._engine.workers))
        size = max(1, min(LARGEST_CHUNK, int(CHUNK_SECONDS / self._mean), share))
        return [self._pending.popleft() for _ in range(min(size, len(self._pending)))]

    def _submit(self, executor: Executor, chunk: Chunk) -> bool:
        """Hand a chunk over and return True; return False where the executor is broken, and keep the chunk."""
        try:
            self._running[executor.submit(outcomes, _jobs(chunk))] = chunk
        except BrokenExecutor:  # it broke since we last looked: nothing of this chunk has started
            self._pending.extendleft(reversed(chunk))
            return False
        return True

    def _await(self, executor: Executor, *, everything: bool = False) -> Executor:
        """Take what is finished, after waiting for it; commit what is due; return the executor, or a new one."""
        while self._running:
            left = max(0.0, self._due - time.monotonic()) if self._batch else None
            done, _ = wait(self._running, timeout=left, return_when=FIRST_COMPLETED)
            broken = False
            for future in done:
                broken |= self._take(future)
            if self._batch and time.monotonic() >= self._due:
                self._commit()
            if broken:
                # Every future of a broken pool fails; what it held is suspect, and the pool is replaced.
                for future in wait(self._running).done:
                    self._take(future)
                executor = self._engine.restart()
            if not everything:
                break
        return executor

    def _take(self, future: Future[list[Outcome]]) -> bool:
        """Take what a future brings; return whether it shows that the executor is broken."""
        chunk = self._running.pop(future)
        try:
            found = future.result()
        except Exception as error:
            self._suspects.extend(chunk)
            return isinstance(error, BrokenExecutor)
        self._receive(found)
        return False

    def _receive(self, found: Sequence[Outcome]) -> None:
        if not self._batch:
            self._due = time.monotonic() + COMMIT_SECONDS
        self._batch.extend(found)
        for outcome in found:
            self._mean += (outcome.seconds - self._mean) / 8

    def _alone(self, executor: Executor) -> Executor:
        """Run one suspect with nothing beside it: if its worker dies again, the cell is at fault."""
        row = self._suspects.popleft()
        started, clock = time.time(), time.monotonic()
        try:
            self._receive(executor.submit(outcomes, _jobs([row])).result())
        except Exception as error:
            what = (
                f"its worker ended without an answer, twice, the second time with nothing beside it ({_named(error)})"
            )
            when = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(started))
            self._receive([Outcome(row.key, None, what, "", when, time.monotonic() - clock, place())])
            if isinstance(error, BrokenExecutor):
                executor = self._engine.restart()
        if time.monotonic() >= self._due:
            self._commit()
        return executor

    def _commit(self) -> None:
        if self._batch:
            batch, self._batch = self._batch, []
            self._store.commit(batch)
            self._acknowledge(batch)


def _named(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"
