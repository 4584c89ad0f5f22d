"""advise(V, error, K, n) = what each latent for V tokens costs, what none can undercut, and what a draw would cost.

Every number is the answer of a law, or of a simulation, to a command that is printed beside it: the advice computes
nothing of its own but the choice of a lattice. Source: theory/LAWS.md, sections 5 to 8.
"""

import math
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, final

from sim.spherical import MOST_WORK, PARTICLES, spherical
from theory.catalogue import law_named
from theory.errors import UsageError, fraction, whole
from theory.ordinal import MOST_ORDERED
from theory.path import MOST_STEPS
from theory.product import MOST_AXES, leading_cost
from theory.stored_codes import best_code

KEYS: Final[dict[str, str]] = {"vocabulary": "number", "error": "number", "steps": "number", "source_dim": "number"}
"""The keys of `advise` and their kinds."""

WIDTH: Final = 96

_TAIL: Final = 100
"""Particles that should land beyond the quantile: an interval of a quarter either way."""

_MOST_PARTICLES: Final = 1_000_000
_MOST_POINTS: Final = 25 * 10**9
"""modes x source_dim x particles of a simulation that still takes seconds: PARTICLES of the largest size, and more."""


@final
@dataclass(frozen=True)
class Number:
    """A number, the command that prints it, and the name of the answer there; `low` and `high` where it was counted."""

    value: float
    command: str
    answer: str
    low: float | None = None
    high: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers and text."""
        interval = {} if self.low is None else {"low": self.low, "high": self.high}
        return {"value": self.value, "command": self.command, "answer": self.answer, **interval}

    def __str__(self) -> str:
        return f"{self.value:.6g}" + ("" if self.low is None else f" [{self.low:.6g}, {self.high:.6g}]")


@final
@dataclass(frozen=True)
class Latent:
    """A way to represent V tokens, the law that prices it, and its price, or the reason why it has none here."""

    name: str
    law: str
    words: int
    coordinates: int
    evidence: str
    stiffness: Number | None = None
    each_step: Number | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers and text."""
        numbers = {"stiffness": self.stiffness, "each_step": self.each_step}
        plain = ("name", "law", "words", "coordinates", "evidence")
        return {**{key: getattr(self, key) for key in plain},
                **{key: number.to_dict() if number else None for key, number in numbers.items()}}  # fmt: skip


@final
@dataclass(frozen=True)
class Advice:
    """The answer: latents, the bound on all of them with its share a step, and commitment's ambiguous mass."""

    given: Mapping[str, Any]
    latents: tuple[Latent, ...]
    bound: Latent
    commitment: Number

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers and text, as `--json` prints them."""
        return {
            "given": dict(self.given),
            "separation": 1.0,
            "latents": [latent.to_dict() for latent in self.latents],
            "bound": self.bound.to_dict(),
            "commitment": {"ambiguous": self.commitment.to_dict()},
            "laws": sorted({latent.law for latent in (*self.latents, self.bound)}
                           | {"composition", "commitment", "total_correlation"}),
        }  # fmt: skip

    def __repr__(self) -> str:
        priced = ", ".join(f"{x.name} {x.stiffness}" for x in (*self.latents, self.bound) if x.stiffness)
        return f"<advice for {self.given['vocabulary']} tokens: {priced}>"

    def _repr_html_(self) -> str:
        rows = "".join(f"<tr><th>{x.name}</th><td>{x.stiffness or x.evidence}</td></tr>" for x in self.latents)
        return f"<table><caption>noncommit advise</caption>{rows}</table>"


def _show(value: Any) -> str:
    if isinstance(value, tuple):
        return ",".join(_show(part) for part in value)
    return repr(value)


def _asked(law: str, answer: str, **given: Any) -> Number:
    """Return what `law` answers under the name `answer`, with the command that asks it."""
    command = f"noncommit law {law} " + " ".join(f"{key}={_show(value)}" for key, value in given.items())
    found = law_named(law).evaluate(given)
    ends = {key: found[key] for key in ("low", "high")} if "low" in found.answers else {}
    return Number(found[answer], command, answer, **ends)


def _each(stiffness: Number, steps: int) -> Number:
    return _asked("composition", "peak", stiffness=stiffness.value, steps=steps)


def cheapest_lattice(words: int, source_dim: int) -> tuple[int, ...]:
    """Return the most even lattice of at least `words` points that costs least as error -> 0, on at most n coordinates.

    For each number k of coordinates it is c^j (c - 1)^(k - j) with the least c and then the least j that suffice.

    >>> cheapest_lattice(64, 6), cheapest_lattice(10, 2), cheapest_lattice(50257, 2)
    ((2, 2, 2, 2, 2, 2), (4, 3), (225, 224))
    """
    found = []
    for axes in range(1, min(source_dim, (words - 1).bit_length()) + 1):
        side = next(c for c in range(max(2, int(words ** (1 / axes)) - 1), words + 1) if c**axes >= words)
        factors = [side] * axes
        for i in range(axes - 1, -1, -1):
            if side > 2 and math.prod(factors) // side * (side - 1) >= words:
                factors[i] = side - 1
        if side <= MOST_ORDERED:
            found.append(tuple(factors))
    return min(found, key=leading_cost)


def _directions(vocabulary: int, error: float, source_dim: int) -> tuple[int, int, str, Number | None]:
    """Return (words, coordinates, evidence, stiffness) of cells of directions: simulated, stored, or neither."""
    if source_dim < 2 and vocabulary > 2:
        return vocabulary, 2, "one coordinate has no directions", None
    particles = max(PARTICLES, math.ceil(_TAIL / error))
    work = vocabulary * source_dim
    quick = particles <= _MOST_PARTICLES and work * particles <= _MOST_POINTS
    if work <= MOST_WORK and quick:
        run = spherical(modes=vocabulary, source_dim=source_dim, error=error, particles=particles)
        size = f"modes={vocabulary} source_dim={source_dim} error={error!r}"
        command = f"noncommit spherical {size} particles={particles} seed=0"
        found = Number(run.stiffness.value, command, "stiffness", run.stiffness.low, run.stiffness.high)
        return vocabulary, run.dimension, f"simulated, {particles} points", found
    code = best_code(vocabulary, source_dim, error, merged=False)
    if code is None:
        return vocabulary, source_dim, "not stored, and too slow to simulate", None
    found = _asked("spherical", "stiffness", modes=vocabulary, source_dim=source_dim, error=error)
    return code.words, code.dimension, f"table, at error {code.error:g}", found


def advise(*, vocabulary: Any, error: Any, steps: Any, source_dim: Any) -> Advice:
    """Return what it takes to decide between V tokens with K deterministic steps from n noise coordinates.

    `error` is the mass that may miss every landing set, each keeping an equal share of the rest; stiffness is in units
    of 1/separation. Raises UsageError for a vocabulary beyond 1e6, or a value out of its range.

    >>> answer = advise(vocabulary=8, error=0.1, steps=4, source_dim=7)
    >>> [latent.name for latent in answer.latents if latent.stiffness]
    ['one axis', '3 bits (grid 2^3)', 'one-hot']
    """
    count = whole("vocabulary", vocabulary, low=2, high=MOST_ORDERED, hint="Are these tokens, or bytes of text?")
    axes = whole("source_dim", source_dim, low=1, high=MOST_AXES, hint="Is it the number of noise coordinates?")
    depth = whole("steps", steps, low=1, high=MOST_STEPS, hint="Is it a time rather than a number of steps?")
    share = float(fraction("error", error))

    def priced(name: str, law: str, words: int, coordinates: int, evidence: str, found: Number | None) -> Latent:
        return Latent(name, law, words, coordinates, evidence, found, _each(found, depth) if found else None)

    bits = (count - 1).bit_length()
    factors = cheapest_lattice(count, axes)
    binary = set(factors) == {2}  # then bits are the cheapest lattice, and one row says both
    bits_name = f"{bits} bits" + (f" (grid 2^{bits})" if binary else "")
    line = _asked("ordinal", "stiffness", modes=count, error=share)
    latents = [priced("one axis", "ordinal", count, 1, "exact", line)]
    if bits <= axes:
        found = _asked("product", "stiffness", source_dim=bits, error=share)
        latents.append(priced(bits_name, "product", 2**bits, bits, "exact", found))
    else:
        latents.append(priced(bits_name, "product", 2**bits, bits, f"needs source_dim {bits}", None))
    if not binary:
        lattice = _asked("grid", "stiffness", factors=factors, error=share)
        latents.append(priced(_lattice_name(factors), "grid", math.prod(factors), len(factors), "exact", lattice))
    if axes >= count - 1:
        found = _asked("simplex", "stiffness", modes=count, error=share, source_dim=axes)
        latents.append(priced("one-hot", "simplex", count, count - 1, "exact", found))
    else:
        latents.append(priced("one-hot", "simplex", count, count - 1, f"needs source_dim {count - 1}", None))
        latents.append(priced("directions", "spherical", *_directions(count, share, axes)))
    least = _asked("dimension", "lower", modes=count, source_dim=axes, error=share)
    binding = law_named("dimension").evaluate({"modes": count, "source_dim": axes, "error": share})["lower_law"]
    return Advice(
        given={"vocabulary": count, "error": share, "steps": depth, "source_dim": axes},
        latents=tuple(latents),
        bound=priced("any latent", binding, count, axes, f"at least, `{binding}`", least),
        commitment=_asked("commitment", "ambiguous", mu=1.0, steps=depth),
    )


def _lattice_name(factors: tuple[int, ...]) -> str:
    """Return "grid 225 x 224", or with powers where it is long.

    >>> _lattice_name((3, 3, 2, 2, 2, 2))
    'grid 3^2 x 2^4'
    """
    if len(factors) <= 3:
        return "grid " + " x ".join(map(str, factors))
    sides = sorted(set(factors), reverse=True)
    return "grid " + " x ".join(f"{side}^{factors.count(side)}" for side in sides)


def advice_text(advice: Advice) -> str:
    """Return the advice as one screen: a row a latent, the bound, commitment, and the commands."""
    given, ambiguous = advice.given, advice.commitment
    steps = given["steps"]
    header = ("latent", "words", "dim", "stiffness", f"each of {steps}", "how it is known")
    rows = [header]
    for x in (*advice.latents, advice.bound):
        price = (str(x.stiffness), f"{x.each_step.value:.6g}") if x.stiffness and x.each_step else ("-", "-")
        rows.append((x.name, str(x.words), str(x.coordinates), *price, x.evidence))
    widths = [max(len(row[i]) for row in rows) for i in range(len(header))]
    table = "\n".join("  ".join(f"{cell:<{w}}" for cell, w in zip(row, widths, strict=True)).rstrip() for row in rows)
    commands = [x.stiffness.command for x in (*advice.latents, advice.bound) if x.stiffness]
    commands += [x.each_step.command for x in (*advice.latents, advice.bound) if x.each_step]
    question = (
        f"{given['vocabulary']} tokens at error {given['error']:g}: each word of a latent is to keep "
        f"(1 - error)/words of the mass. {steps} deterministic steps from {given['source_dim']} noise coordinates; "
        "landing sets 1 apart."
    )
    reading = (
        "Each step carries its share on (geometric) average, however it is spread (`composition`). A latent with "
        "more words than tokens draws its spare words too. Directions and one-hot codes are pairwise equidistant."
    )
    instead = (
        f"Commitment instead: a token drawn at each of the {steps} calls leaves ambiguous mass {ambiguous.value:g} "
        "whatever the stiffness, and no bias given an exact posterior (`commitment`). Its price is a draw over all "
        "tokens at every call; positions drawn in parallel lose their `total_correlation`, drawn in order they take a "
        "call each."
    )
    return "\n".join(
        (
            textwrap.fill(question, WIDTH), "", table, "", textwrap.fill(reading, WIDTH), "",
            textwrap.fill(instead, WIDTH), "", "reproduce", *(f"  {c}" for c in (*commands, ambiguous.command)),
        )
    )  # fmt: skip


def check_keys(given: Mapping[str, Any]) -> None:
    """Refuse a question from which a key is missing."""
    for key in KEYS:
        if key not in given:
            raise UsageError(
                f"{key} is missing.",
                expected="vocabulary=WHOLE error=NUMBER steps=WHOLE source_dim=WHOLE",
                received=" ".join(given) or "no key at all",
                hint="Was it meant, as in vocabulary=50257 error=0.01 steps=4 source_dim=768?",
            )
