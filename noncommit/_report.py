"""report(ladder) = one page: every verdict with its slack, its method and the command that reproduces it.

Here the halves of each law meet: theory's statement, the formulas that proofs reads from it, the figures that
plots draws. plots itself sees plain values only.
"""

import json
import platform
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from noncommit import __version__
from noncommit._files import replace_file, writable_folder
from noncommit._ladder import Ladder, Progress, Rung, planned, run_ladder
from plots import readouts, report, separation, style, text_quality, text_samples, tradeoff
from proofs.arguments import arguments
from proofs.mathml import statements, step_formulas
from sim.compiled import kernel_digest
from sim.digest import sources_digest
from theory.law import LEVELS, Law

PARTIAL: Final = "verify.partial.json"
"""Where the verdicts of an unfinished run wait to be resumed."""


def _plain(text: str) -> str:
    """Return the text without the marks that set names apart in a terminal."""
    return text.replace("`", "")


def _law(ladder: Ladder, law: Law) -> report.ReportLaw:
    return report.ReportLaw(
        name=law.name,
        claim=law.claim,
        statement=_plain(law.statement),
        mathml=statements(law.name),
        origin=law.origin,
        section=law.section,
        checked=tuple(_plain(h.statement) for h in law.hypotheses if h.holds is not None),
        assumed=tuple(_plain(h.statement) for h in law.hypotheses if h.holds is None),
        outcome=str(ladder.outcome(law)),
        slack=ladder.slack(law),
        command=f"noncommit verify {law.name}",
        missing=tuple(LEVELS[level] for level in ladder.missing(law)),
        counted=any(level in "XM" for level in law.levels),
        argument=tuple(" ".join(text.split()) for text in arguments().get(law.name, "").split("\n\n") if text),
        steps=step_formulas(law.name),
    )


def _row(rung: Rung) -> report.ReportRow:
    check, verdict = rung.check, rung.verdict
    return report.ReportRow(
        law=check.law, level=check.level, level_name=LEVELS[check.level], name=check.name, claim=check.claim,
        outcome=str(verdict.outcome), method=verdict.method, command=rung.command,
        value=verdict.value, bound=verdict.bound, slack=verdict.slack, interval=verdict.interval,
        false_alarm=verdict.false_alarm, power=verdict.power, detail=verdict.detail, excerpt=verdict.excerpt,
        qualifies=check.qualifies,
    )  # fmt: skip


def _figure(title: str, module: Any) -> report.ReportFigure:
    values = module.compute()
    svg = style.to_svg(module.draw(values), title=title, description=module.DESCRIPTION)
    return report.ReportFigure(title, module.caption(values), svg)


def _figures(ladder: Ladder) -> tuple[report.ReportFigure, ...]:
    """Draw what belongs to the laws of this ladder; a law that is broken may leave its figure undrawable."""
    wanted: list[Callable[[], report.ReportFigure]] = []
    names = {law.name for law in ladder.laws}
    if "ddim_frontier" in names:
        wanted.append(lambda: _figure("Accuracy, depth and stiffness trade off", tradeoff))
    if "crossover" in names:
        wanted.append(lambda: _figure("From image-like to text-like readouts: what few steps cost", readouts))
    if "isoperimetric" in names:
        wanted.append(lambda: _figure("More modes need more stiffness", separation))
    if "commitment" in names:
        wanted.append(lambda: _figure("Text by five samplers: quality against calls", text_quality))
        wanted.append(lambda: _figure("The same noise, written by each: to be read aloud", text_samples))
    drawn = []
    for draw in wanted:
        try:
            drawn.append(draw())
        except (ArithmeticError, ValueError) as error:
            if ladder.exit_code == 0:
                raise
            print(f"A figure could not be drawn: {error}", file=sys.stderr)  # noqa: T201
    return tuple(drawn)


def _provenance(ladder: Ladder, command: str, digest: str) -> report.Provenance:
    packages = ("numpy", "scipy", "sympy", "numba", "python-flint", "z3-solver", "matplotlib")
    return report.Provenance(
        {
            "command": command,
            "noncommit": __version__,
            "written": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
            "duration": f"{ladder.seconds:.0f} s",
            "Python": f"{platform.python_version()} on {platform.system()} {platform.machine()}",
            **{name: metadata.version(name) for name in packages},
            "sources (SHA-256 of the syntax trees)": digest,
            "kernels": kernel_digest(),
        }
    )


def report_page(ladder: Ladder, *, command: str, digest: str) -> str:
    """Return the HTML page of a finished ladder."""
    return report.render(
        laws=[_law(ladder, law) for law in ladder.laws],
        rows=[_row(rung) for rung in ladder.rungs],
        figures=_figures(ladder),
        provenance=_provenance(ladder, command, digest),
    )


def sources_identity() -> str:
    """Return the digest of everything that a verdict depends on."""
    root = Path(__file__).resolve().parent.parent
    return sources_digest([root / room for room in ("theory", "proofs", "sim", "noncommit")])


def verify_into(
    out: str, names: Sequence[str] = (), *, progress: Progress | None = None, command: str = "noncommit verify"
) -> Ladder:
    """Run the ladder of the named laws and write report.html and verdicts.json into the folder `out`.

    An interrupted run is taken up where it stopped, if the sources are the same. Raises UsageError, before any work,
    for an unknown law or an `out` that cannot be written.
    """
    planned(names)
    folder, identity = writable_folder(out), sources_identity()
    ladder = run_ladder(names, partial=folder / PARTIAL, identity=identity, progress=progress)
    ladder = replace(ladder, report=folder / "report.html")
    replace_file(folder / "report.html", report_page(ladder, command=command, digest=identity))
    verdicts = {"schema_version": 1, **ladder.to_dict()}
    replace_file(folder / "verdicts.json", json.dumps(verdicts, indent=1, allow_nan=False))
    (folder / PARTIAL).unlink(missing_ok=True)
    return ladder
