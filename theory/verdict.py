"""A verdict is HOLDS, FAILS or UNDECIDED, with the numbers that make it so; it is never a truth value.

A `Check` is one rung of the ladder for one law: what it asserts, at which level, and a function without
arguments that returns the verdict. proofs and sim each offer theirs; the face joins them by the law's name.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NoReturn, final

from theory.law import LEVELS


@final
class Outcome(StrEnum):
    """What a check found. UNDECIDED is neither: the method was too weak, and says so.

    NOT RUN, where an optional tool is absent, is no finding at all: it counts neither for a law nor against it.
    """

    HOLDS = "HOLDS"
    FAILS = "FAILS"
    UNDECIDED = "UNDECIDED"
    NOT_RUN = "NOT RUN"


@final
@dataclass(frozen=True)
class Verdict:
    """The outcome of one check.

    `value` and `bound` are what was compared; `slack` >= 1 is the factor by which the claim could be tightened
    before it failed, at the tightest instance (None where the check is exact); `interval` covers an estimate,
    `false_alarm` is the probability that a correct law fails here, `power` that a 1% error is found.

    >>> bool(Verdict(Outcome.HOLDS, method="algebra"))
    Traceback (most recent call last):
    ...
    TypeError: A verdict is not a truth value. Expected: a comparison such as verdict.outcome is Outcome.HOLDS. \
Received: bool(verdict), with outcome HOLDS. Should UNDECIDED count as true or as false here?
    """

    outcome: Outcome
    method: str
    value: float | None = None
    bound: float | None = None
    slack: float | None = None
    interval: tuple[float, float] | None = None
    false_alarm: float | None = None
    power: float | None = None
    detail: str = ""
    excerpt: tuple[str, ...] = field(default=(), repr=False)

    def __bool__(self) -> NoReturn:
        raise TypeError(
            "A verdict is not a truth value. Expected: a comparison such as verdict.outcome is Outcome.HOLDS. "
            f"Received: bool(verdict), with outcome {self.outcome}. Should UNDECIDED count as true or as false here?"
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers and text, as `--json` prints them."""
        return {
            "outcome": str(self.outcome),
            "method": self.method,
            "value": self.value,
            "bound": self.bound,
            "slack": self.slack,
            "interval": list(self.interval) if self.interval else None,
            "false_alarm": self.false_alarm,
            "power": self.power,
            "detail": self.detail,
            "excerpt": list(self.excerpt),
        }


@final
@dataclass(frozen=True)
class Check:
    """One rung: `claim` in a sentence, the `law` and `level` it counts for, `run` to decide it.

    `seconds` is a typical duration on one core, for the announcement only. A check with `qualifies=True`
    marks out where a claim of the abstract holds only in part: its outcome is a finding, not a law's failure.
    """

    law: str
    level: str
    name: str
    claim: str
    run: Callable[[], Verdict] = field(repr=False)
    seconds: float = 1.0
    qualifies: bool = False

    def __post_init__(self) -> None:
        if self.level not in LEVELS:
            raise ValueError(f"{self.name}: there is no level {self.level!r}. Expected: one of {', '.join(LEVELS)}.")
