"""noncommit advise: every number on its one screen is what a printed command prints; the bound lies below them all."""

import json
import math
import re
import shlex

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import noncommit
from noncommit._advise import advice_text, advise, cheapest_lattice
from theory.errors import UsageError
from theory.product import leading_cost

QUESTIONS = [
    "vocabulary=50257 error=0.01 steps=4 source_dim=768",
    "vocabulary=200 error=0.05 steps=8 source_dim=12",
    "vocabulary=27 error=0.3 steps=1 source_dim=26",
    "vocabulary=10 error=0.1 steps=3 source_dim=1",
]


def run(command: str, capsys) -> str:
    """Run a command line in this process and return its standard output."""
    from noncommit.cli import cli

    with pytest.raises(SystemExit) as stop:
        cli(shlex.split(command)[1:], prog_name="noncommit")
    assert stop.value.code == 0
    return capsys.readouterr().out


def numbers(document) -> list[dict]:
    """Return every number with its command in the document, wherever it stands."""
    if isinstance(document, dict):
        own = [document] if {"value", "command", "answer"} <= document.keys() else []
        return own + [found for value in document.values() for found in numbers(value)]
    return [found for value in document for found in numbers(value)] if isinstance(document, list) else []


@pytest.mark.parametrize("question", QUESTIONS)
def test_each_number_is_printed_by_its_command(question: str, capsys) -> None:
    """Assert equality with the command's JSON, interval included, and that the screen shows number and command."""
    document = json.loads(run(f"noncommit advise {question} --json", capsys))
    screen = run(f"noncommit advise {question}", capsys)
    shown = {line.strip() for line in screen.split("reproduce\n")[1].splitlines()}
    found = numbers(document)
    assert len(found) >= 5
    assert {number["command"] for number in found} == shown
    for number in found:
        answers = json.loads(run(f"{number['command']} --json", capsys))
        answers = answers.get("answers", answers)
        again = answers[number["answer"]]
        value, low, high = (again["value"], again["low"], again["high"]) if isinstance(again, dict) else (
            again, answers.get("low"), answers.get("high"))  # fmt: skip
        assert number["value"] == value
        assert (number.get("low"), number.get("high")) == (low, high)
        assert number["value"] != 1.01 * value or value == 0
        assert f"{value:.6g}" in screen


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_number_on_the_screen_comes_from_somewhere(question: str, capsys) -> None:
    """Assert that the table holds no number but sizes, prices with their commands, and what was asked."""
    document = json.loads(run(f"noncommit advise {question} --json", capsys))
    screen = run(f"noncommit advise {question}", capsys)
    assert len(screen.splitlines()) <= 40
    assert max(map(len, screen.splitlines())) <= 100
    ends = [number.get(key) for number in numbers(document) for key in ("value", "low", "high")]
    known = {f"{x:.6g}" for x in ends if x is not None}
    for latent in [*document["latents"], document["bound"]]:
        known |= {str(latent["words"]), str(latent["coordinates"]), *re.findall(r"[\d.]+", latent["name"])}
        known |= set(re.findall(r"[\d.]+", latent["evidence"]))
    known |= {f"{value:g}" for value in document["given"].values()} | {"1"}
    head = screen.split("reproduce\n")[0]
    for number in re.findall(r"(?<![\w.])\d[\d.]*(?:e[-+]?\d+)?", head):
        assert number.rstrip(".") in known, number


@settings(max_examples=25)
@given(st.integers(2, 400), st.floats(0.01, 0.6), st.integers(1, 20), st.integers(2, 40))
def test_no_latent_beats_the_bound(vocabulary: int, error: float, steps: int, source_dim: int) -> None:
    """Assert the bound below every price, shares that are K-th roots, and room for every token."""
    advice = advise(vocabulary=vocabulary, error=error, steps=steps, source_dim=source_dim)
    bound = advice.bound.stiffness
    assert bound is not None
    priced = [x for x in advice.latents if x.stiffness is not None]
    assert priced
    for latent in priced:
        assert latent.stiffness is not None
        assert latent.each_step is not None
        assert bound.value <= (latent.stiffness.high or latent.stiffness.value) * (1 + 1e-12)
        assert latent.each_step.value == pytest.approx(latent.stiffness.value ** (1 / steps), rel=1e-12)
        assert latent.coordinates <= source_dim
        assert latent.words >= vocabulary
    assert advice.commitment.value == 0
    assert noncommit.law("dimension", modes=vocabulary, source_dim=source_dim, error=error)["lower"] == bound.value


@given(st.integers(2, 5000), st.integers(1, 14))
def test_the_lattice_is_large_enough_and_no_dearer_than_others(words: int, axes: int) -> None:
    """Assert room for all words on at most n axes, no factor to spare, and a cost at most that of equal sides."""
    factors = cheapest_lattice(words, axes)
    assert math.prod(factors) >= words
    assert len(factors) <= axes
    assert all(math.prod(factors) // m * (m - 1) < words for m in factors)
    for count in range(1, axes + 1):
        side = next(c for c in range(2, words + 1) if c**count >= words)
        assert leading_cost(factors) <= leading_cost([side] * count) * (1 + 1e-12)


def test_directions_are_simulated_or_stored_and_say_so() -> None:
    """Assert which evidence stands for them, with an interval, by the size and the error."""

    def directions(**given_):
        return next(x for x in advise(steps=4, **given_).latents if x.name == "directions")

    small = directions(vocabulary=200, error=0.05, source_dim=12)
    assert small.evidence == "simulated, 20000 points"
    assert small.stiffness is not None
    assert small.stiffness.command.startswith("noncommit spherical ")
    large = directions(vocabulary=50257, error=0.01, source_dim=768)
    assert large.evidence == "table, at error 0.01"
    assert large.stiffness is not None
    assert large.stiffness.low < large.stiffness.value < large.stiffness.high
    rare = directions(vocabulary=50257, error=1e-5, source_dim=768)
    assert (rare.stiffness, rare.evidence) == (None, "not stored, and too slow to simulate")
    assert directions(vocabulary=10, error=0.1, source_dim=1).stiffness is None
    assert "-" in advice_text(advise(vocabulary=50257, error=1e-5, steps=4, source_dim=768))


def test_python_offers_the_same() -> None:
    """Assert the same answer from `noncommit.advise`, a short repr, and one message for bad input."""
    given_ = {"vocabulary": 64, "error": 0.1, "steps": 2, "source_dim": 6}
    assert noncommit.advise(**given_) == advise(**given_)
    assert "one axis" in repr(noncommit.advise(**given_))
    assert "<table>" in noncommit.advise(**given_)._repr_html_()
    for change in ({"vocabulary": 1}, {"vocabulary": 2e6}, {"error": 1.0}, {"steps": 0}, {"source_dim": 2.5}):
        with pytest.raises(UsageError, match=r"Expected: .* Received: .*\?"):
            noncommit.advise(**(given_ | change))
    with pytest.raises(UsageError, match="source_dim is missing"):
        noncommit.advise(vocabulary=64, error=0.1, steps=2)
