"""noncommit COMMAND: stdout carries data, stderr progress and errors, the exit code the verdict.

0 all hold, 1 a law failed, 2 usage, 3 inconclusive, 130 interrupted and resumable. Only click is imported here;
every command imports what it needs when it runs, so that `noncommit --help` answers at once.
"""

import difflib
import json
import sys
from collections.abc import Callable
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


def _print_json(document: dict[str, Any]) -> None:
    click.echo(json.dumps({"schema_version": SCHEMA, **document}, allow_nan=False))


def _examples(*lines: str) -> str:
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)


@click.group(
    cls=SuggestingGroup,
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
    epilog=_examples(
        "noncommit simulate mu=4 steps=16 sampler=ddim denoiser_stiffness=4",
        "noncommit simulate mu=4 steps=16 sampler=reinjection weights=0.7,0.3 --json",
    )
)
@click.argument("pairs", metavar="[KEY=VALUE]...", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@_for_people
def simulate(pairs: tuple[str, ...], as_json: bool) -> None:
    r"""Run one sampler on two modes and print what it measured beside the bound of its class.

    \b
    mu, steps            required: modes at -mu and +mu, intervals of the time grid
    sampler              ddim (default), reinjection, commit_parallel
    denoiser_stiffness   cap on one denoiser call (default: none)
    scale, weights       width of each mode (0), weights of -mu and +mu (0.5,0.5)
    path, margin         linear (default) or cosine, landing sets from (1 - margin) mu (0.1)
    particles, seed      size and seed of the count (1000000, 0)
    """
    from noncommit._keys import SIMULATE, parse_pairs
    from noncommit._text import measurement_text
    from sim.run import simulate as run
    from theory.errors import UsageError

    given = parse_pairs(pairs, SIMULATE, what="simulate")
    for key in ("mu", "steps"):
        if key not in given:
            raise UsageError(
                f"{key} is missing.",
                expected="mu=NUMBER steps=WHOLE, and what else is to differ from the defaults",
                received=" ".join(pairs) or "no key at all",
                hint="Was it meant, as in mu=4 steps=16?",
            )
    measured = run(**given)
    if as_json:
        _print_json(measured.to_dict())
    else:
        click.echo(measurement_text(measured))


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


@cli.command(
    epilog=_examples(
        "noncommit measure decoders:readout --latents z.npy",
        "noncommit measure decoders:model --latents z.npy --output logits --kind logits --out out",
    )
)
@click.argument("readout", metavar="MODULE:NAME")
@click.option("--latents", required=True, metavar="FILE.npy", help="Array of latents, shape (samples, ...).")
@click.option("--labels", metavar="FILE.npy", help="Mixture component of each latent, for CCI in place of the token.")
@click.option("--radius", type=float, multiple=True, help="Length of a shift; one (its halves are added) or several.")
@click.option("--noise", type=float, multiple=True, help="Noise level s in latent units; one or several.")
@click.option("--output", metavar="NAME", help="Attribute, key or place of what the readout returns.")
@click.option("--kind", default="auto", show_default=True, help="continuous, probabilities, logits or tokens.")
@click.option("--directions", default="search", show_default=True, help="To the competitor by search or gradient.")
@click.option("--error", type=float, default=0.01, show_default=True, help="What the last step may cost.")
@click.option("--anchors", type=int, default=1000, show_default=True, help="Latents that are shifted.")
@click.option("--probes", type=int, default=8, show_default=True, help="Random directions at each of them.")
@click.option("--replicates", type=int, default=1999, show_default=True, help="Replicates of the bootstrap.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of directions, noise and bootstrap.")
@click.option("--batch", type=int, default=256, show_default=True, help="Latents a call of the decoder.")
@click.option("--arrays", default="auto", show_default=True, help="Library of the readout's arrays: numpy, torch, jax.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.option("--out", help="Folder for measure.html, measure.svg and measure.json.")
@_for_people
def measure(
    readout: str, latents: str, radius: tuple[float, ...], noise: tuple[float, ...], as_json: bool, **options: Any
) -> None:
    """Measure a decoder of yours: DABI, sharpness exponent, CCI, flip rates, and the steps that the laws ask for.

    NAME is a callable in MODULE, from the current folder or installed: a function, a torch module or the like that
    takes a batch of latents. Importing MODULE runs its code, with your rights: measure only what you trust.
    """
    from noncommit._measure import measure_named, measured_text

    measured = measure_named(readout, latents, radius=radius or None, noise=noise or None, **options)
    if as_json:
        _print_json(measured.to_dict())
    else:
        click.echo(measured_text(measured))


def main() -> None:
    """Run the command line."""
    cli()
