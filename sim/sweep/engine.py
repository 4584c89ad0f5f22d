"""An engine hands out an executor: local processes, a Dask cluster, or any concurrent.futures.Executor.

A worker lives as long as the other end of a pipe: it ends with its parent, however that ends, and when it is told to.
"""

import multiprocessing
import os
import signal
import threading
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from multiprocessing.connection import Connection
from typing import Any, Final, final

from sim.sweep.work import ONE_THREAD, warm_up
from theory.errors import UsageError, one_of

ENGINES: Final = ("processes", "dask")


class AbstractEngine(ABC):
    """Where cells run. `start` before the first cell, `restart` after the executor broke, `stop` at the end."""

    name: str

    @property
    @abstractmethod
    def workers(self) -> int:
        """How many cells run at once."""

    @abstractmethod
    def start(self) -> Executor:
        """Return the executor, ready."""

    @abstractmethod
    def restart(self) -> Executor:
        """Return an executor in place of one that broke."""

    def warm_up(self, executor: Executor, jobs: Sequence[tuple[str, str]]) -> None:
        """Compile in one worker what cells run, given as (content, files), and wait for it."""
        executor.submit(warm_up, jobs).result()

    @abstractmethod
    def stop(self) -> None:
        """End what this engine started, and nothing else."""


def _die_with(pipe: Connection) -> None:
    """Watch the pipe: its other end is closed by the engine, or by the system when the parent ends."""

    def watch() -> None:
        try:
            pipe.recv_bytes()
        except (EOFError, OSError):
            os._exit(0)

    threading.Thread(target=watch, daemon=True).start()


def _begin(pipe: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to hear
    os.environ.update(ONE_THREAD)
    _die_with(pipe)


@final
class ProcessEngine(AbstractEngine):
    """Processes of this machine, one thread each. `preload` names modules that each would otherwise import."""

    name = "processes"

    def __init__(self, workers: int | None = None, *, preload: tuple[str, ...] = ()) -> None:
        if workers is not None and workers < 1:
            raise UsageError(
                "workers must be a whole number.", expected="workers >= 1", received=workers, hint="One a core?"
            )
        self._workers = workers or os.cpu_count() or 1
        server = "forkserver" in multiprocessing.get_all_start_methods()
        self._context: Any = multiprocessing.get_context("forkserver" if server else "spawn")
        if server:
            self._context.set_forkserver_preload(["sim.sweep.work", *preload])
        self._pool: ProcessPoolExecutor | None = None
        self._pipe: Connection | None = None

    @property
    def workers(self) -> int:
        return self._workers

    def start(self) -> Executor:
        before = {name: os.environ.get(name) for name in ONE_THREAD}
        os.environ.update(ONE_THREAD)  # the server that forks workers takes its environment from here
        try:
            reading, self._pipe = self._context.Pipe(duplex=False)
            self._pool = ProcessPoolExecutor(
                self._workers, mp_context=self._context, initializer=_begin, initargs=(reading,)
            )
            self._pool.submit(os.getpid).result()
        finally:
            for name, value in before.items():
                os.environ.pop(name) if value is None else os.environ.update({name: value})
        return self._pool

    def restart(self) -> Executor:
        self.stop()
        return self.start()

    def stop(self) -> None:
        if self._pipe is not None:
            self._pipe.close()
            self._pipe = None
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None


@final
class GivenEngine(AbstractEngine):
    """An executor of the caller's, who starts and ends it."""

    name = "executor"

    def __init__(self, executor: Executor, workers: int | None = None) -> None:
        self._executor = executor
        self._workers = workers or getattr(executor, "_max_workers", None) or os.cpu_count() or 1

    @property
    def workers(self) -> int:
        return int(self._workers)

    def start(self) -> Executor:
        return self._executor

    def restart(self) -> Executor:
        raise UsageError(
            "The executor broke: a worker ended without an answer.", expected="an executor that goes on",
            received=type(self._executor).__name__,
            hint="What is done is kept. Would the engine `processes`, which names the cell at fault, do?",
        )  # fmt: skip

    def stop(self) -> None:
        pass


@final
class DaskEngine(AbstractEngine):
    """A Dask cluster, whose scheduler is at `address`; its workers need noncommit and the files that cells read."""

    name = "dask"

    def __init__(self, address: str) -> None:
        try:
            from distributed import Client
        except ImportError:
            raise UsageError(
                "Dask is not installed.", expected="pip install 'noncommit[dask]'", received="no module `distributed`",
                hint="Would --engine processes do?",
            ) from None  # fmt: skip
        self.address = address
        self._new: Any = Client
        self._client: Any = None

    @property
    def workers(self) -> int:
        threads: Mapping[str, int] = self._client.nthreads()
        return max(1, sum(threads.values()))

    def start(self) -> Executor:
        try:
            self._client = self._new(self.address, timeout=10, set_as_default=False)
        except (OSError, ValueError, TimeoutError) as error:
            raise UsageError(
                "There is no Dask scheduler.", expected="--scheduler tcp://HOST:PORT",
                received=f"{self.address} ({error})",
                hint="Is it running, and reachable from here?",
            ) from None  # fmt: skip
        executor: Executor = self._client.get_executor(pure=False)
        return executor

    def restart(self) -> Executor:
        self.stop()
        return self.start()

    def warm_up(self, executor: Executor, jobs: Sequence[tuple[str, str]]) -> None:
        """Compile in one worker, then in all: those of its machine find its kernels, others make their own."""
        super().warm_up(executor, jobs)
        self._client.run(warm_up, jobs)

    def stop(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None


def engine_named(
    name: str, *, workers: int | None = None, scheduler: str | None = None, preload: tuple[str, ...] = ()
) -> AbstractEngine:
    """Return the engine called `name`. Raises UsageError for another name or what does not go with it."""
    one_of("engine", name, ENGINES)
    if (name == "dask") != (scheduler is not None):
        raise UsageError(
            "The engine and the scheduler do not fit.", expected="--engine dask --scheduler ADDRESS, or neither",
            received=f"--engine {name}" + ("" if scheduler is None else f" --scheduler {scheduler}"),
            hint="Does a cluster run somewhere?",
        )  # fmt: skip
    return ProcessEngine(workers, preload=preload) if scheduler is None else DaskEngine(scheduler)
