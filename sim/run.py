"""simulate(target=..., ...) checks the keys of its target, then runs it: nothing starts on a request that is wrong."""

from collections.abc import Callable, Mapping
from typing import Any

from sim.targets import TARGETS, Result, Target
from theory.errors import UsageError, one_of


def target_named(name: str) -> Target:
    """Return the target called `name`; UsageError with the nearest name otherwise."""
    return TARGETS[one_of("target", name, TARGETS)]


def check_keys(target: Target, given: Mapping[str, Any]) -> None:
    """Raise UsageError for a key that `target` does not read, a missing one, or a word that is no choice of its key.

    >>> check_keys(TARGETS["two_modes"], {"steps": 4})
    Traceback (most recent call last):
    ...
    theory.errors.UsageError: mu is missing. Expected: mu=NUMBER steps=WHOLE, and what else is to differ from the \
defaults. Received: steps. Is it spelt as in `noncommit simulate target=two_modes`?
    """
    for name in given:
        one_of(f"key of the target {target.name}", name, [key.name for key in target.keys])
    required = [key for key in target.keys if key.required]
    for key in required:
        if key.name not in given:
            pairs = " ".join(f"{k.name}={k.kind.upper()}" for k in required)
            raise UsageError(
                f"{key.name} is missing.",
                expected=f"{pairs}, and what else is to differ from the defaults",
                received=", ".join(given) or "no key at all",
                hint=f"Is it spelt as in `noncommit simulate target={target.name}`?",
            )
    for key in target.keys:
        if key.choices and key.name in given and not callable(given[key.name]):
            one_of(key.name, given[key.name], key.choices)


def simulate(
    *,
    target: str = "two_modes",
    threads: int | None = None,
    progress: Callable[[int], None] | None = None,
    **given: Any,
) -> Result:
    """Run one sampler on one target and hold what it did against the bound of its class.

    The keys of each target are in sim.targets. `progress` is told how many particles were done since it was last
    called. Raises UsageError for an unknown key or a value out of its range, before any work. The same numbers for
    any `threads`.

    >>> simulate(mu=4, steps=1, particles=10).to_dict()["exact"]["ambiguous"]  # one call returns E z
    1.0
    """
    chosen = target_named(target)
    check_keys(chosen, given)
    return chosen.load()(**given, threads=threads, progress=progress)
