"""noncommit simulate, spherical, measure: what samplers, codes and decoders do.

Every command imports what it needs when it runs.
"""

import sys
from typing import Any

import click

from noncommit._shell import INTERRUPTED, UsageExit, examples, for_people, print_json, progress


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


@click.command(
    cls=TargetCommand,
    epilog=examples(
        "noncommit simulate mu=4 steps=16 sampler=ddim denoiser_stiffness=4",
        "noncommit simulate mu=4 steps=16 sampler=reinjection weights=0.7,0.3 --json",
    ),
)
@click.argument("pairs", metavar="[target=NAME] [KEY=VALUE]...", nargs=-1)
@click.option("--samples", metavar="FILE.npy", help="Write the samples, of a target that has them: target=own.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@for_people
def simulate(pairs: tuple[str, ...], as_json: bool, samples: str | None) -> None:
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
    if samples is not None:
        from noncommit._own import check_samples_file

        check_samples_file(target, samples)
    size = given.get("particles", next(key.default for key in target.keys if key.name == "particles"))
    interrupted = None
    try:
        with progress(size) as tell:
            if any(key.kind == "callable" for key in target.keys):
                from noncommit._own import simulate_own

                measured = simulate_own(target, given, progress=tell)
            else:
                measured = run(target=target.name, **given, progress=tell)
    except KeyboardInterrupt as stop:
        if not hasattr(stop, "done"):
            raise
        interrupted, measured = stop, stop.done
    if samples is not None:
        from noncommit._own import write_samples

        write_samples(measured, samples)
    if as_json:
        print_json(measured.to_dict())
    else:
        from noncommit._result_text import result_text

        click.echo(result_text(measured))
    if interrupted is not None:
        click.echo(f"Interrupted: {interrupted}, and above is what they give.", err=True)
        sys.exit(INTERRUPTED)


@click.command(
    epilog=examples(
        "noncommit spherical modes=1000 source_dim=20 error=0.01",
        "noncommit spherical modes=64 source_dim=8 stiffness=20 particles=100000 --json",
    )
)
@click.argument("pairs", metavar="[KEY=VALUE]...", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@for_people
def spherical(pairs: tuple[str, ...], as_json: bool) -> None:
    """Simulate cells of directions: the stiffness that they need at an error, or the error at a stiffness.

    \b
    modes, source_dim    required: number of cells, number of noise coordinates; at most 1e6 multiplied
    error | stiffness    one of them: the other is counted, with a 99% interval
    separation           distance between the targets (1)
    particles, seed      size and seed of the count (20000, 0)
    """  # noqa: D301 - click reads the character itself
    from noncommit._keys import parse_pairs
    from noncommit._result_text import spherical_text
    from sim.spherical import spherical as run
    from theory.errors import UsageError

    kinds = {
        "modes": "number", "source_dim": "number", "error": "number", "stiffness": "number", "separation": "number",
        "particles": "whole", "seed": "whole",
    }  # fmt: skip
    given = parse_pairs(pairs, kinds, what="spherical")
    for key in ("modes", "source_dim"):
        if key not in given:
            raise UsageError(
                f"{key} is missing.",
                expected="modes=WHOLE source_dim=WHOLE and error=NUMBER or stiffness=NUMBER",
                received=" ".join(pairs) or "no key at all",
                hint="Was it meant, as in modes=1000 source_dim=20?",
            )
    measured = run(**given)
    if as_json:
        print_json(measured.to_dict())
    else:
        click.echo(spherical_text(measured))


@click.command(
    epilog=examples(
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
@for_people
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
        print_json(measured.to_dict())
    else:
        click.echo(measured_text(measured))
