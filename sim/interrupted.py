"""Ctrl-C after n of N = the run of n: what was done by then is a result, and the same as if no more had been asked."""

from typing import Any, final


@final
class Interrupted(KeyboardInterrupt):
    """Ctrl-C with `done`, the measurement of what was done: `size` of what is counted, such as sequences.

    >>> str(Interrupted(None, 3, "samples"))
    '3 samples are done'
    """

    def __init__(self, done: Any, size: int, counted: str) -> None:
        super().__init__(f"{size} {counted} are done")
        self.done = done
