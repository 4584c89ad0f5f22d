"""noncommit teach: the lesson, one offline file.

The command imports what it needs when it runs.
"""

import sys

import click

from noncommit._shell import examples, for_people


@click.command(epilog=examples("noncommit teach --out lesson.html", "noncommit teach --from out/tradeoff.sweep"))
@click.option("--out", default="out/lesson.html", show_default=True, metavar="FILE.html", help="Where to write it.")
@click.option("--from", "store", metavar="STORE", help="A sweep over steps of yours, drawn beside the bound.")
@for_people
def teach(out: str, store: str | None) -> None:
    """Write the lesson: six scenes in one file that needs no network and computes every number that it shows.

    From a terminal it is opened in a browser.
    """
    from noncommit._teach import write_lesson

    path = write_lesson(out, store)
    click.echo(str(path))
    if sys.stdout.isatty():
        click.launch(str(path))
