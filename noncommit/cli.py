"""noncommit COMMAND: stdout carries data, stderr progress and errors, the exit code the verdict.

Only click is imported here; every command imports what it needs when it runs, so that `noncommit --help` answers at
once.
"""

import sys
from typing import Any

import click

from noncommit import __version__
from noncommit._asking import advise, law, laws
from noncommit._checking import prove, verify
from noncommit._running import measure, simulate, spherical
from noncommit._shell import INTERRUPTED, SuggestingGroup, examples


class RootGroup(SuggestingGroup):
    """The whole command line: a group in a module of its own is imported when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return every command, sorted."""
        return sorted([*super().list_commands(ctx), "sweep"])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command by its name."""
        if cmd_name == "sweep":
            from noncommit._sweep_commands import sweep

            return sweep
        return super().get_command(ctx, cmd_name)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; Ctrl-C ends it with exit code 130, be it while the command is still being imported."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            click.echo("Interrupted.", err=True)
            sys.exit(INTERRUPTED)


@click.group(
    cls=RootGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=examples("noncommit law isoperimetric modes=37 error=0.0137", "noncommit verify --out out"),
)
@click.version_option(__version__, prog_name="noncommit")
def cli() -> None:
    """Why few-step deterministic generation fails where a sharp categorical readout follows.

    Exit codes: 0 all hold, 1 a law failed, 2 usage, 3 inconclusive, 130 interrupted.
    """


for _command in (laws, law, advise, simulate, spherical, measure, verify, prove):
    cli.add_command(_command)


def main() -> None:
    """Run the command line."""
    cli()
