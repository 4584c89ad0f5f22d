"""key = what one sampler alone reads: the time at which commit_at draws, the share that commit_top draws at a call.

A key of another sampler is refused, not ignored: a run that looks tuned and is not would be a lie.
"""

from typing import Any, Final

from theory.errors import UsageError, real, within
from theory.schemes import SCHEMES

OWN_KEYS: Final = {"commit_time": "commit_at", "commit_share": "commit_top"}
"""The sampler that reads each key."""

FLOW: Final = "flow"
"""The exact flow map, which the deterministic samplers approximate."""

COMMITTING: Final = {"commit_parallel": 0, "commit_in_order": 0, "commit_at": 1, "commit_top": 0, "commit_levels": 0}
"""The order of each sampler that draws; those that draw at every call are exact, or off, at any depth."""


def own_key(name: str, value: Any, sampler: str, *, default: float | None) -> float | None:
    """Return the key's value in [0, 1], or its default; None for a sampler that does not read it. UsageError.

    >>> own_key("commit_time", None, "commit_at", default=0.5), own_key("commit_time", None, "ddim", default=0.5)
    (0.5, None)
    """
    reader = OWN_KEYS[name]
    if value is not None and sampler != reader:
        raise UsageError(
            f"{name} is given, and {sampler} does not read it.",
            expected=f"{name} with sampler={reader} only",
            received=f"{name}={value!r} with sampler={sampler}",
            hint=f"Is sampler={reader} meant?",
        )
    if sampler != reader:
        return None
    if value is None:
        return default
    return float(within(name, real(name, value), low=0.0, high=1.0, hint="Is it a number of calls or in percent?"))


def declared(sampler: str) -> tuple[str, int]:
    """Return a sampler's noise and order, 0 if it converges to neither the flow nor the target's law as K grows.

    The exact flow is deterministic, and has no order either.

    >>> declared("heun"), declared("commit_at")
    (('deterministic', 2), ('committing', 1))
    """
    if sampler in COMMITTING:
        return "committing", COMMITTING[sampler]
    if sampler == FLOW:
        return "deterministic", 0
    return SCHEMES[sampler].noise, SCHEMES[sampler].order


def order_text(noise: str, order: int) -> str:
    """Return the noise and the order of a sampler in words.

    >>> order_text("deterministic", 2), order_text("stochastic", 0)
    ('deterministic, order 2', 'stochastic, of no order')
    """
    if noise == "deterministic" and not order:
        return "deterministic, the exact flow"
    return f"{noise}, order {order}" if order else f"{noise}, of no order"
