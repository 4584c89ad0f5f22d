"""noncommit laws, law, advise: what the laws say.

Every command imports what it needs when it runs.
"""

import click

from noncommit._shell import examples, for_people, print_json


@click.command(epilog=examples("noncommit laws", "noncommit laws --json"))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@for_people
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
        print_json({"laws": listed})
    else:
        click.echo(laws_text(LAWS.values()))


@click.command(
    epilog=examples(
        "noncommit law isoperimetric modes=37 error=0.0137",
        "noncommit law binary masses=0.3,0.6 --json",
    )
)
@click.argument("name")
@click.argument("pairs", metavar="[KEY=VALUE]...", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@for_people
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
        print_json(answer.to_dict())
    else:
        click.echo(answer_text(known, answer))


@click.command(
    epilog=examples(
        "noncommit advise vocabulary=50257 error=0.01 steps=4 source_dim=768",
        "noncommit advise vocabulary=256 error=0.05 steps=8 source_dim=32 --json",
    )
)
@click.argument("pairs", metavar="[KEY=VALUE]...", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@for_people
def advise(pairs: tuple[str, ...], as_json: bool) -> None:
    """Say what deciding between many tokens costs: a latent a row, the bound on all of them, and what a draw costs.

    \b
    vocabulary           tokens to tell apart, at most 1e6
    error                mass that may miss every token's landing set
    steps, source_dim    deterministic steps, noise coordinates
    """  # noqa: D301 - click reads the character itself
    from noncommit._advise import KEYS, advice_text, check_keys
    from noncommit._advise import advise as ask
    from noncommit._keys import parse_pairs

    given = parse_pairs(pairs, KEYS, what="advise")
    check_keys(given)
    advice = ask(**given)
    if as_json:
        print_json(advice.to_dict())
    else:
        click.echo(advice_text(advice))
