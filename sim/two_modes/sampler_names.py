"""SAMPLERS = {ddim, reinjection, commit_parallel, euler, heun, ...}: every sampler of two modes by its one name.

DDIM, re-injection and commitment have kernels of their own; the other schemes run as linear methods.
"""

from typing import Final

from sim.two_modes.linear_samplers import Linear
from sim.two_modes.samplers import AbstractSampler, CommitParallel, Ddim, ExactFlow, Reinjection
from theory.errors import one_of
from theory.schemes import SCHEMES

_OWN: Final = (Ddim(), Reinjection(), CommitParallel())
_LAST: Final = (ExactFlow(),)

SAMPLERS: Final[dict[str, AbstractSampler]] = {
    **{s.name: s for s in _OWN},
    **{name: Linear(scheme) for name, scheme in SCHEMES.items() if name not in {s.name for s in _OWN}},
    **{s.name: s for s in _LAST},
}
"""Every sampler by name."""

WAYS: Final = ("ddim", "reinjection", "commit_parallel")
"""One of each kind: what the abstract compares."""


def sampler_named(name: str) -> AbstractSampler:
    """Return the sampler called `name`; UsageError with the nearest name otherwise."""
    return SAMPLERS[one_of("sampler", name, SAMPLERS)]
