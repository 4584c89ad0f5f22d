"""verdict(law) = HOLDS if every level that the law requires has a check and every check HOLDS.

The face joins what proofs and sim offer under each law's name. A missing level is no pass; a check that raises
FAILS, with the exception's text; a finding that qualifies a claim stands beside the law and does not change it.
Finished checks are kept until the run is complete, so an interrupted one resumes.
"""

import json
import signal
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, final

import proofs
from noncommit._files import replace_file
from sim import checks as sim_checks
from theory.catalogue import LAWS, law_named
from theory.law import Law
from theory.verdict import Check, Outcome, Verdict

ORDER: Final = "SZCQKFXM"
"""The levels from proof to experiment."""

Progress = Callable[[int, int, Check], None]


def worst(outcomes: Sequence[Outcome], *, incomplete: bool = False) -> Outcome:
    """Return FAILS if any fails, UNDECIDED if any is or something is `incomplete`, else HOLDS; NOT RUN does not count.

    >>> worst([Outcome.HOLDS, Outcome.UNDECIDED, Outcome.FAILS])
    <Outcome.FAILS: 'FAILS'>
    """
    if Outcome.FAILS in outcomes:
        return Outcome.FAILS
    return Outcome.UNDECIDED if incomplete or Outcome.UNDECIDED in outcomes else Outcome.HOLDS


def exit_code(outcomes: Iterable[Outcome]) -> int:
    """Return 0 if all hold, 1 if one fails, 3 if one is undecided.

    >>> exit_code([Outcome.HOLDS, Outcome.UNDECIDED])
    3
    """
    return {Outcome.HOLDS: 0, Outcome.FAILS: 1, Outcome.UNDECIDED: 3}[worst(list(outcomes))]


@final
@dataclass(frozen=True)
class Rung:
    """A check and what it found, with the seconds that it took."""

    check: Check
    verdict: Verdict
    seconds: float

    @property
    def command(self) -> str:
        """The command that reproduces this row."""
        return f"noncommit verify {self.check.law}"

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers and text."""
        check = self.check
        return {
            "law": check.law, "level": check.level, "check": check.name, "claim": check.claim,
            "qualifies": check.qualifies, "command": self.command, "seconds": round(self.seconds, 3),
            **self.verdict.to_dict(),
        }  # fmt: skip


@final
@dataclass(frozen=True)
class Ladder:
    """The rungs of some laws, and the report if one was written."""

    laws: tuple[Law, ...]
    rungs: tuple[Rung, ...]
    seconds: float
    report: Path | None = None

    def of(self, law: Law) -> tuple[Rung, ...]:
        """Return the rungs that decide `law`, without the findings beside it."""
        return tuple(r for r in self.rungs if r.check.law == law.name and not r.check.qualifies)

    @property
    def findings(self) -> tuple[Rung, ...]:
        """The rungs that mark where a claim holds only in part."""
        return tuple(r for r in self.rungs if r.check.qualifies)

    def missing(self, law: Law) -> tuple[str, ...]:
        """Return the levels that `law` requires and that no check covers."""
        covered = {r.check.level for r in self.of(law) if r.verdict.outcome is not Outcome.NOT_RUN}
        return tuple(level for level in law.levels if level not in covered)

    def outcome(self, law: Law) -> Outcome:
        """Return FAILS if any check fails, UNDECIDED if any is or a level is missing, else HOLDS."""
        return worst([r.verdict.outcome for r in self.of(law)], incomplete=bool(self.missing(law)))

    def slack(self, law: Law) -> float | None:
        """Return the least slack of the law's confrontations with maps, None where there is none."""
        found = [r.verdict.slack for r in self.of(law) if r.check.level in "XM" and r.verdict.slack is not None]
        return min(found, default=None)

    @property
    def exit_code(self) -> int:
        """0 all hold, 1 a law failed, 3 inconclusive."""
        return exit_code(self.outcome(law) for law in self.laws)

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers and text, as `--json` prints them."""
        return {
            "laws": [
                {"law": law.name, "outcome": str(self.outcome(law)), "slack": self.slack(law),
                 "levels": law.levels, "missing": list(self.missing(law)), "claim": law.claim}
                for law in self.laws
            ],
            "checks": [rung.to_dict() for rung in self.rungs],
            "report": str(self.report) if self.report else None,
            "seconds": round(self.seconds, 3),
            "exit_code": self.exit_code,
        }  # fmt: skip

    def __repr__(self) -> str:
        return "<ladder " + ", ".join(f"{law.name} {self.outcome(law)}" for law in self.laws) + ">"

    def _repr_html_(self) -> str:
        rows = "".join(f"<tr><th>{law.name}</th><td>{self.outcome(law)}</td></tr>" for law in self.laws)
        return f"<table><caption>noncommit verify</caption>{rows}</table>"


def all_checks() -> tuple[Check, ...]:
    """Return every check of proofs and sim, in the order of the laws and of the ladder."""
    order = list(LAWS)
    offered = [*proofs.checks(), *sim_checks.checks()]
    return tuple(sorted(offered, key=lambda c: (c.qualifies, order.index(c.law), ORDER.index(c.level))))


def planned(names: Sequence[str]) -> tuple[tuple[Law, ...], tuple[Check, ...]]:
    """Return the laws called `names` (all if empty) and their checks; UsageError for an unknown name."""
    chosen = tuple(dict.fromkeys(law_named(name) for name in names)) if names else tuple(LAWS.values())
    wanted = {law.name for law in chosen}
    return chosen, tuple(check for check in all_checks() if check.law in wanted)


def decide(check: Check) -> Verdict:
    """Run a check. An exception is a failure of the code under test, not a crash of the ladder.

    An interrupt is neither: C code on the way may swallow it or turn it into another exception, so it is remembered
    here and raised again.
    """
    interrupts: list[int] = []

    def remember(number: int, _: object) -> None:
        interrupts.append(number)
        raise KeyboardInterrupt

    main = threading.current_thread() is threading.main_thread()  # elsewhere no signal arrives
    before = signal.signal(signal.SIGINT, remember) if main else None
    try:
        verdict = check.run()
    except Exception as error:  # whatever the law's code raised is the finding
        text = f"{type(error).__name__}: {error}"
        verdict = Verdict(Outcome.FAILS, method="an exception in the code under test", detail=text)
    finally:
        if main:
            signal.signal(signal.SIGINT, before)
    if interrupts:
        raise KeyboardInterrupt
    return verdict


def _resume(path: Path, identity: str) -> dict[str, dict[str, Any]]:
    """Return the verdicts of an interrupted run of the same sources, or none."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        return dict(kept["done"]) if kept["identity"] == identity else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _restore(kept: dict[str, Any]) -> tuple[Verdict, float]:
    seconds = kept.pop("seconds")
    kept["outcome"] = Outcome(kept["outcome"])
    kept["interval"] = tuple(kept["interval"]) if kept["interval"] else None
    kept["excerpt"] = tuple(kept["excerpt"])
    return Verdict(**kept), seconds


def run_ladder(
    names: Sequence[str] = (), *, partial: Path | None = None, identity: str = "", progress: Progress | None = None
) -> Ladder:
    """Run the checks of the named laws, telling `progress` before each.

    Finished verdicts are kept in the file `partial` as they come, and taken from it if it holds those of the same
    `identity`. Raises UsageError for an unknown law.
    """
    chosen, checks = planned(names)
    began = time.perf_counter()
    done = _resume(partial, identity) if partial else {}
    rungs: list[Rung] = []
    for number, check in enumerate(checks):
        if progress is not None:
            progress(number, len(checks), check)
        key = f"{check.law}/{check.level}/{check.name}"
        if key in done:
            verdict, seconds = _restore(dict(done[key]))
        else:
            start = time.perf_counter()
            verdict = decide(check)
            seconds = time.perf_counter() - start
            done[key] = {**verdict.to_dict(), "seconds": seconds}
            if partial:
                replace_file(partial, json.dumps({"identity": identity, "done": done}))
        rungs.append(Rung(check, verdict, seconds))
    return Ladder(chosen, tuple(rungs), time.perf_counter() - began)
