"""What every command does alike: one JSON document, one message for bad input, exit codes, a bar on a terminal.

0 all hold, 1 a law failed, 2 usage, 3 inconclusive, 130 interrupted and resumable. Only click is imported here.
"""

import difflib
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from typing import Any, Final

import click

SCHEMA: Final = 1
"""Version of every JSON document that is printed."""

INTERRUPTED: Final = 130


class UsageExit(click.ClickException):
    """One message on stderr and exit code 2."""

    exit_code = 2


class SuggestingGroup(click.Group):
    """A group that answers an unknown command with the nearest one."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Return the command, or stop with "did you mean"."""
        if args and self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            names = self.list_commands(ctx)
            near = difflib.get_close_matches(args[0], names, n=1, cutoff=0.5)
            hint = f"Did you mean {near[0]!r}?" if near else "Is it spelt as in `noncommit --help`?"
            raise UsageExit(
                f"There is no command {args[0]!r}. Expected: {', '.join(names)}. Received: {args[0]!r}. {hint}"
            )
        return super().resolve_command(ctx, args)


def for_people(command: Callable[..., Any]) -> Callable[..., Any]:
    """Turn a UsageError into one message and exit code 2."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        from theory.errors import UsageError

        try:
            return command(*args, **kwargs)
        except UsageError as error:
            raise UsageExit(str(error)) from None

    return run


@contextmanager
def progress(size: Any) -> Iterator[Callable[[int], None] | None]:
    """Show a bar on a terminal's stderr, and nothing elsewhere; it starts with the first news, not with compiling."""
    if not sys.stderr.isatty() or not isinstance(size, int) or size < 1:
        yield None
        return
    with ExitStack() as shown:
        bars: list[Any] = []

        def tell(count: int) -> None:
            if not bars:
                bars.append(shown.enter_context(click.progressbar(length=size, file=sys.stderr, show_pos=True)))
            bars[0].update(count)

        yield tell


def print_json(document: dict[str, Any]) -> None:
    """Print one JSON document on stdout."""
    click.echo(json.dumps({"schema_version": SCHEMA, **document}, allow_nan=False))


def examples(*lines: str) -> str:
    """Return the end of a command's help."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)
