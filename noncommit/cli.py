"""noncommit COMMAND: stdout carries data, stderr progress and errors, the exit code the verdict.

0 all hold, 1 a law failed, 2 usage, 3 inconclusive, 130 interrupted and resumable. Only click is imported here;
every command imports what it needs when it runs, so that `noncommit --help` answers at once.
"""

import difflib
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any, Final

import click

from noncommit import __version__

if TYPE_CHECKING:
    from noncommit._ladder import Ladder
    from theory.verdict import Check

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


class RootGroup(SuggestingGroup):
    """The whole command line: groups in modules of their own are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return every command, sorted."""
        return sorted([*super().list_commands(ctx), "sweep"])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command by its name."""
        if cmd_name == "sweep":
            from noncommit._sweep_commands import sweep

            return sweep
        return super().get_command(ctx, cmd_name)


class TargetCommand(click.Command):
    """A command whose help lists the keys of the target that is named beside it, by default the first."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Keep the target's name for the help, which click prints before it reads the pairs."""
        from noncommit._keys import target_of

        ctx.meta["target"] = target_of(args)
        return super().parse_args(ctx, args)

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the docstring, every target's name, and the keys of one."""
        from noncommit._keys import target_text
        from sim.run import target_named
        from sim.targets import TARGETS
        from theory.errors import UsageError

        super().format_help_text(ctx, formatter)
        try:
            chosen = target_named(ctx.meta["target"] or next(iter(TARGETS)))
        except UsageError as error:
            raise UsageExit(str(error)) from None
        with formatter.indentation():
            lines = [f"targets: {', '.join(TARGETS)}", *target_text(chosen).splitlines()]
            formatter.write("\n" + "".join(f"{'':{formatter.current_indent}}{line}\n" for line in lines))


def _for_people(command: Callable[..., Any]) -> Callable[..., Any]:
    """Turn a UsageError into one message and exit code 2, and Ctrl-C into exit code 130."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        from theory.errors import UsageError

        try:
            return command(*args, **kwargs)
        except UsageError as error:
            raise UsageExit(str(error)) from None
        except KeyboardInterrupt:
            click.echo("Interrupted.", err=True)
            sys.exit(INTERRUPTED)

    return run


@contextmanager
def _progress(size: Any) -> Iterator[Callable[[int], None] | None]:
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


def _print_json(document: dict[str, Any]) -> None:
    click.echo(json.dumps({"schema_version": SCHEMA, **document}, allow_nan=False))


def _examples(*lines: str) -> str:
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)


@click.group(
    cls=RootGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=_examples("noncommit law isoperimetric modes=37 error=0.0137", "noncommit verify --out out"),
)
@click.version_option(__version__, prog_name="noncommit")
def cli() -> None:
    """Why few-step deterministic generation fails where a sharp categorical readout follows.

    Exit codes: 0 all hold, 1 a law failed, 2 usage, 3 inconclusive, 130 interrupted.
    """


@cli.command(epilog=_examples("noncommit laws", "noncommit laws --json"))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@_for_people
def laws(as_json: bool) -> None:
    """List every law: its name, what it states, and whose it is."""
    from noncommit._text import laws_text
    from theory.catalogue import LAWS

    if as_json:
        keys = ("name", "section", "claim", "statement", "origin", "levels")
        listed = [
            {
                **{key: getattr(law, key) for key in keys},
                "questions": [str(question) for question in law.questions],
                "hypotheses": [h.statement for h in law.hypotheses],
            }
            for law in LAWS.values()
        ]
        _print_json({"laws": listed})
    else:
        click.echo(laws_text(LAWS.values()))


@cli.command(
    epilog=_examples(
        "noncommit law isoperimetric modes=37 error=0.0137",
        "noncommit law binary masses=0.3,0.6 --json",
    )
)
@click.argument("name")
@click.argument("pairs", metavar="[KEY=VALUE]...", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@_for_people
def law(name: str, pairs: tuple[str, ...], as_json: bool) -> None:
    """Ask the law NAME the question that the given keys pose; without keys, describe it."""
    from noncommit._keys import parse_pairs
    from noncommit._text import answer_text, describe_text
    from theory.catalogue import law_named

    known = law_named(name)
    if not pairs and not as_json:
        click.echo(describe_text(known))
        return
    kinds = {quantity.name: quantity.kind for quantity in known.quantities}
    answer = known.evaluate(parse_pairs(pairs, kinds, what=f"the law {name}"))
    if as_json:
        _print_json(answer.to_dict())
    else:
        click.echo(answer_text(known, answer))


@cli.command(
    cls=TargetCommand,
    epilog=_examples(
        "noncommit simulate mu=4 steps=16 sampler=ddim denoiser_stiffness=4",
        "noncommit simulate mu=4 steps=16 sampler=reinjection weights=0.7,0.3 --json",
    ),
)
@click.argument("pairs", metavar="[target=NAME] [KEY=VALUE]...", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@_for_people
def simulate(pairs: tuple[str, ...], as_json: bool) -> None:
    """Run one sampler on a target and print what it measured beside the bound of its class.

    With target=NAME and no other key, list the keys of that target.
    """
    from noncommit._keys import parse_pairs, target_of, target_text
    from sim.run import simulate as run
    from sim.run import target_named
    from sim.targets import TARGETS

    name = target_of(pairs)
    target = target_named(next(iter(TARGETS)) if name is None else name)
    if len(pairs) == 1 and name is not None and not as_json:
        click.echo(target_text(target))
        return
    given = parse_pairs(pairs, target.kinds, what=f"the target {target.name}")
    given.pop("target", None)
    size = given.get("particles", next(key.default for key in target.keys if key.name == "particles"))
    interrupted = None
    try:
        with _progress(size) as tell:
            measured = run(target=target.name, **given, progress=tell)
    except KeyboardInterrupt as stop:
        if not hasattr(stop, "done"):
            raise
        interrupted, measured = stop, stop.done
    if as_json:
        _print_json(measured.to_dict())
    else:
        from noncommit._text import result_text

        click.echo(result_text(measured))
    if interrupted is not None:
        click.echo(f"Interrupted: {interrupted}, and above is what they give.", err=True)
        sys.exit(INTERRUPTED)


@cli.command(epilog=_examples("noncommit verify", "noncommit verify binary ddim_frontier --out out"))
@click.argument("names", metavar="[LAW]...", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.option("--out", default="out", show_default=True, help="Folder for report.html and verdicts.json.")
@_for_people
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
        _print_json(ladder.to_dict())
    else:
        click.echo(ladder_text(ladder))
    sys.exit(ladder.exit_code)


def main() -> None:
    """Run the command line."""
    cli()
