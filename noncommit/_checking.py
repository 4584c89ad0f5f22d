"""noncommit verify, prove: what is proved, certified and confronted.

Every command imports what it needs when it runs.
"""

import sys
from typing import TYPE_CHECKING

import click

from noncommit._shell import INTERRUPTED, examples, for_people, print_json

if TYPE_CHECKING:
    from noncommit._ladder import Ladder
    from theory.verdict import Check


@click.command(epilog=examples("noncommit verify", "noncommit verify binary ddim_frontier --out out"))
@click.argument("names", metavar="[LAW]...", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.option("--out", default="out", show_default=True, help="Folder for report.html and verdicts.json.")
@for_people
def verify(names: tuple[str, ...], as_json: bool, out: str) -> None:
    """Climb the ladder: prove, certify and confront the laws, and write a report.

    An interrupted run resumes where it stopped, if the sources are the same.
    """
    from noncommit._files import writable_folder
    from noncommit._ladder import planned
    from noncommit._report import verify_into
    from noncommit._text import ladder_text

    _, checks = planned(names)
    folder = writable_folder(out)
    resume = " ".join(["noncommit verify", *names, *(["--out", out] if out != "out" else [])])
    total = sum(check.seconds for check in checks)
    click.echo(f"{len(checks)} checks, about {total:.0f} s on one core. Report: {folder / 'report.html'}", err=True)

    def tell(number: int, count: int, check: "Check") -> None:
        click.echo(f"[{number + 1:2d}/{count}] {check.law} {check.level}  {check.name}", err=True)

    try:
        ladder: Ladder = verify_into(out, names, progress=tell, command=resume)
    except KeyboardInterrupt:
        click.echo(f"Interrupted. What is done is kept; resume with: {resume}", err=True)
        sys.exit(INTERRUPTED)
    if as_json:
        print_json(ladder.to_dict())
    else:
        click.echo(ladder_text(ladder))
    sys.exit(ladder.exit_code)


@click.command(epilog=examples("noncommit prove binary grid", "noncommit prove --show ordinal"))
@click.argument("names", metavar="[LAW]...", nargs=-1)
@click.option("--show", "shown", metavar="LAW", help="Print the proof of one law, to be read, in place of the ledger.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@for_people
def prove(names: tuple[str, ...], shown: str | None, as_json: bool) -> None:
    """Check every step of every proof and print the ledger: steps, mutants, axioms, levels, time."""
    from noncommit._prove import prove as run
    from noncommit._text import ledger_text, proof_text
    from theory.errors import UsageError

    if names and shown:
        raise UsageError(
            "--show prints one proof.",
            expected="laws for the ledger, or --show LAW",
            received=f"{' '.join(names)} and --show {shown}",
            hint="Was the ledger of these laws meant?",
        )

    def tell(number: int, count: int, check: "Check") -> None:
        click.echo(f"[{number + 1:2d}/{count}] {check.law} {check.level}  {check.name}", err=True)

    ledger = run([shown] if shown else names, progress=tell)
    if as_json:
        print_json(ledger.to_dict())
    else:
        click.echo(proof_text(ledger.proofs[0]) if shown else ledger_text(ledger))
    sys.exit(ledger.exit_code)
