"""Every law has a check at each level that it requires; a missing one is no pass, and a verdict is no truth value."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import proofs
from copies import ROOT
from noncommit import _ladder, _report
from noncommit._ladder import Ladder, Rung, all_checks, planned, run_ladder
from sim import checks as sim_checks
from theory.catalogue import LAWS
from theory.law import LEVELS, OPTIONAL
from theory.verdict import Check, Outcome, Verdict


def rung(law: str, level: str, outcome: Outcome, *, qualifies: bool = False) -> Rung:
    verdict = Verdict(outcome, method="made up")
    return Rung(Check(law, level, "made up", "made up", lambda: verdict, qualifies=qualifies), verdict, 0.0)


def full(law: str) -> list[Rung]:
    return [rung(law, level, Outcome.HOLDS) for level in LAWS[law].levels]


@pytest.mark.parametrize("name", LAWS)
def test_every_declared_level_has_its_check_and_no_other(name: str) -> None:
    """Assert that the checks of a law are exactly at the levels it declares, by proofs or by sim as the level says."""
    offered = [check for check in all_checks() if check.law == name and not check.qualifies]
    assert {check.level for check in offered} - set(OPTIONAL) == set(LAWS[name].levels) <= set(LEVELS)
    assert not set(LAWS[name].levels) & set(OPTIONAL)
    assert offered


def test_the_laws_of_the_frontier_have_both_halves() -> None:
    """Assert that what is bounded is proved and confronted as well: both rooms register under the same name."""
    for name in ("binary", "isoperimetric", "ddim_frontier"):
        assert set(LAWS[name].levels) & set("SZCQF"), "no half from proofs"
        assert set(LAWS[name].levels) & set("XM"), "no half from sim"


def test_the_room_of_a_check_fits_its_level() -> None:
    """Assert that proofs and confrontations with maps each come from the room that can make them."""
    assert {check.level for check in proofs.checks()} <= set("SZCQKF")
    assert {check.level for check in sim_checks.checks() if not check.qualifies} <= set("XM")


def test_names_of_checks_are_unique() -> None:
    """Assert that a resumed run cannot confuse two checks."""
    keys = [(check.law, check.level, check.name) for check in all_checks()]
    assert len(keys) == len(set(keys))


def test_a_law_holds_only_if_every_level_does() -> None:
    """Assert the outcome and the exit code for complete, failing, undecided and incomplete ladders."""
    law = LAWS["binary"]
    complete = full("binary")
    cases = [
        (complete, Outcome.HOLDS, 0),
        ([*complete, rung("binary", "F", Outcome.FAILS)], Outcome.FAILS, 1),
        ([*complete, rung("binary", "F", Outcome.UNDECIDED)], Outcome.UNDECIDED, 3),
        (complete[1:], Outcome.UNDECIDED, 3),
        ([], Outcome.UNDECIDED, 3),
        ([*complete, rung("binary", "X", Outcome.FAILS, qualifies=True)], Outcome.HOLDS, 0),
        ([*complete, rung("binary", "K", Outcome.NOT_RUN)], Outcome.HOLDS, 0),
        ([rung("binary", level, Outcome.NOT_RUN) for level in law.levels], Outcome.UNDECIDED, 3),
        ([*complete[1:], rung("binary", law.levels[0], Outcome.NOT_RUN)], Outcome.UNDECIDED, 3),
    ]
    for rungs, outcome, code in cases:
        ladder = Ladder((law,), tuple(rungs), 0.0)
        assert (ladder.outcome(law), ladder.exit_code) == (outcome, code)
    assert Ladder((law,), tuple(complete[1:]), 0.0).missing(law) == (law.levels[0],)


def test_a_verdict_is_no_truth_value() -> None:
    """Assert that `if verdict:` raises, whatever the outcome."""
    for outcome in Outcome:
        with pytest.raises(TypeError, match="not a truth value"):
            bool(Verdict(outcome, method=""))


def test_an_exception_is_a_failure_with_its_text(monkeypatch) -> None:
    """Assert that a check that raises FAILS and says why, and the ladder goes on."""

    def broken() -> Verdict:
        raise ArithmeticError("no convergence at 7")

    checks = (Check("binary", "F", "broken", "", broken), rung("binary", "S", Outcome.HOLDS).check)
    monkeypatch.setattr(_ladder, "all_checks", lambda: checks)
    ladder = run_ladder(["binary"])
    assert [r.verdict.outcome for r in ladder.rungs] == [Outcome.FAILS, Outcome.HOLDS]
    assert "no convergence at 7" in ladder.rungs[0].verdict.detail
    assert ladder.exit_code == 1


@pytest.mark.parametrize("swallowed", [True, False])
def test_an_interrupt_that_c_code_swallows_is_still_one(swallowed: bool, monkeypatch) -> None:
    """Assert that Ctrl-C ends the run although the check hides it or turns it into another exception."""

    def hides() -> Verdict:
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt:
            if not swallowed:
                raise SystemError("returned a result with an exception set") from None
        return Verdict(Outcome.HOLDS, method="")

    monkeypatch.setattr(_ladder, "all_checks", lambda: (Check("binary", "F", "hides", "", hides),))
    with pytest.raises(KeyboardInterrupt):
        run_ladder(["binary"])


def test_only_the_named_laws_run() -> None:
    """Assert that the plan of one law has its checks and no others, each law once."""
    laws, checks = planned(["binary", "binary"])
    assert [law.name for law in laws] == ["binary"]
    assert {check.law for check in checks} == {"binary"}
    assert {check.law for check in planned([])[1]} == set(LAWS)


def test_an_interrupted_run_resumes(tmp_path: Path, monkeypatch) -> None:
    """Assert that finished checks are not run again, that results are kept, and that other sources start anew."""
    ran = []

    def check(name: str, stop: bool = False) -> Check:
        def run() -> Verdict:
            ran.append(name)
            if stop and ran.count(name) == 1:
                raise KeyboardInterrupt
            return Verdict(Outcome.HOLDS, method=name, interval=(0.0, 1.0), excerpt=("line",))

        return Check("binary", "SF"[stop], name, "", run)

    monkeypatch.setattr(_ladder, "all_checks", lambda: (check("first"), check("second", stop=True)))
    partial = tmp_path / "out" / _report.PARTIAL
    with pytest.raises(KeyboardInterrupt):
        run_ladder(["binary"], partial=partial, identity="these sources")
    assert json.loads(partial.read_text(encoding="utf-8"))["done"].keys() == {"binary/S/first"}
    ladder = run_ladder(["binary"], partial=partial, identity="these sources")
    assert ran == ["first", "second", "second"]
    assert ladder.rungs[0].verdict == Verdict(Outcome.HOLDS, method="first", interval=(0.0, 1.0), excerpt=("line",))

    run_ladder(["binary"], partial=partial, identity="other sources")
    assert ran.count("first") == 2
    partial.write_text("torn", encoding="utf-8")
    run_ladder(["binary"], partial=partial, identity="these sources")
    assert ran.count("first") == 3


def test_ctrl_c_exits_130_and_says_how_to_resume(tmp_path: Path) -> None:
    """Assert the real command's exit code, its message, and that no report is half-written."""
    process = subprocess.Popen(
        [sys.executable, "-m", "noncommit", "verify", "--out", str(tmp_path / "out")],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stderr is not None
    seen = []
    while not any(line.startswith("[ 2/") for line in seen):
        seen.append(process.stderr.readline())
        assert seen[-1], "it ended before it could be interrupted"
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 130
    assert out == ""
    assert f"resume with: noncommit verify --out {tmp_path / 'out'}" in err
    assert [path.name for path in (tmp_path / "out").iterdir()] == [_report.PARTIAL]
