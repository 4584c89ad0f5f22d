"""SAMPLERS = {ddim, reinjection, commit_parallel, euler, heun, ...}: every sampler of two modes by its one name.

Samplers of one call a step share a kernel, drawing or not; the other schemes run as linear methods.
"""

from typing import Any, Final

from sim.sampler_keys import own_key
from sim.two_modes.linear_samplers import Linear
from sim.two_modes.samplers import AbstractSampler, CommitAt, CommitParallel, Ddim, Reinjection
from theory.errors import one_of
from theory.escape import COMMIT_TIME
from theory.schemes import SCHEMES

_OWN: Final = (Ddim(), Reinjection(), CommitParallel(), CommitAt())

SAMPLERS: Final[dict[str, AbstractSampler]] = {
    **{s.name: s for s in _OWN},
    **{name: Linear(scheme) for name, scheme in SCHEMES.items() if name not in {s.name for s in _OWN}},
}
"""Every sampler by name."""

WAYS: Final = ("ddim", "reinjection", "commit_parallel")
"""One of each kind: what the abstract compares."""


def sampler_named(name: str, *, commit_time: Any = None) -> AbstractSampler:
    """Return the sampler called `name`; UsageError with the nearest name, or for a key that it does not read.

    >>> sampler_named("commit_at", commit_time=1).time
    1.0
    """
    found = SAMPLERS[one_of("sampler", name, SAMPLERS)]
    time = own_key("commit_time", commit_time, name, default=COMMIT_TIME)
    return found if time is None else CommitAt(time)
