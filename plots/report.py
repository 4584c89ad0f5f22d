"""page = render(laws, rows, figures, provenance): what was verified, how narrowly, and how to see it again.

The page is one file that loads nothing: no script, no font, no image from outside, and a policy that forbids
them. It is drawn from plain frozen values and decides nothing, but it refuses to print a claim that its own rows
contradict: a law that HOLDS beside a check that does not, or beside none, or with a value that is no number.
"""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from theory.law import LEVELS
from theory.verdict import Outcome

SYMBOLS: Final = {"HOLDS": "✓", "FAILS": "✗", "UNDECIDED": "?", "QUALIFIES": "◐", "NOT SHOWN": "✗", "NOT RUN": "–"}
"""A verdict is coded by word, symbol and colour. The last two are for findings, which are no law's verdict."""

ACTIVE: Final = re.compile(
    r"<script|<foreignobject|<style|<!|\son\w+\s*=|(?:href|src)\s*=\s*[\"']?(?![\"'#])|url\((?!#)", re.IGNORECASE
)
"""What a figure or formula may not contain: anything that runs, restyles the page, or loads."""


@final
@dataclass(frozen=True)
class ReportLaw:
    """A law as the page shows it: `outcome` and `slack` sum up its rows, `missing` names levels without a check."""

    name: str
    claim: str
    statement: str
    mathml: tuple[str, ...]
    origin: str
    section: str
    checked: tuple[str, ...]
    assumed: tuple[str, ...]
    outcome: str
    slack: float | None
    command: str
    missing: tuple[str, ...] = ()
    counted: bool = False
    """Whether some level confronts it with maps or counts: without a slack it is then unmeasured, not exact."""
    argument: tuple[str, ...] = ()
    steps: tuple[tuple[str, str, str], ...] = ()
    """Paragraphs of the proof in words, and (name, what it says, MathML) of the identities that they name."""

    @property
    def slack_words(self) -> str:
        """The slack in words; a law that does not hold is neither exact nor to be tightened."""
        if self.outcome == "HOLDS" or (self.slack is not None and not self.slack >= 1):
            return "none measured" if self.counted and self.slack is None else slack_words(self.slack)
        return "none measured" if self.slack is None else f"{times(self.slack)} where it was confronted"


@final
@dataclass(frozen=True)
class ReportRow:
    """One check and its verdict. With `qualifies` it is a finding about a claim of the abstract, not about a law."""

    law: str
    level: str
    level_name: str
    name: str
    claim: str
    outcome: str
    method: str
    command: str
    value: float | None = None
    bound: float | None = None
    slack: float | None = None
    interval: tuple[float, float] | None = None
    false_alarm: float | None = None
    power: float | None = None
    detail: str = ""
    excerpt: tuple[str, ...] = ()
    qualifies: bool = False

    @property
    def word(self) -> str:
        """The verdict in a word, for a finding too."""
        if not self.qualifies or self.outcome == "UNDECIDED":
            return str(self.outcome)
        return "QUALIFIES" if self.outcome == "HOLDS" else "NOT SHOWN"

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """What was measured, as labels and text; what was not measured is left out."""
        found = [
            ("method", self.method),
            ("value", self.value),
            ("compared with", self.bound),
            ("interval", self.interval and f"{number(self.interval[0])} to {number(self.interval[1])}"),
            ("chance that a correct law fails here", self.false_alarm),
            ("chance that a 1% error is found", self.power),
        ]
        shown = [(label, f if isinstance(f, str) else number(f)) for label, f in found if f is not None]
        return (*shown, ("factor" if self.qualifies else "slack", self.slack_words))

    @property
    def slack_words(self) -> str:
        """The slack in words; a finding's is not a bound's, and a confrontation without one is not a proof."""
        if self.slack is None and (self.qualifies or self.level in "XM" or self.outcome != "HOLDS"):
            return "none measured"
        if self.qualifies:
            return times(self.slack)
        return slack_words(self.slack)


@final
@dataclass(frozen=True)
class ReportFigure:
    """A figure: its title, a caption that explains it, and an inline `<svg>`."""

    title: str
    caption: str
    svg: str


@final
@dataclass(frozen=True)
class Provenance:
    """Where the numbers come from: label -> text, in the order given."""

    entries: Mapping[str, str]


def number(value: float | None) -> str:
    """Return four significant digits, for people; what is no number says so.

    >>> [number(x) for x in (0.00486152, 0.15115, 1.0000203, 590.84, 1234567.0, 16.0, 0.0, -0.25)]
    ['4.862e-3', '0.1512', '1.000', '590.8', '1.235e6', '16', '0', '-0.2500']
    >>> number(None), number(float("nan")), number(float("inf"))
    ('–', 'not a number', 'infinite')
    """
    if value is None:
        return "–"
    if math.isnan(value):
        return "not a number"
    if math.isinf(value):
        return "infinite" if value > 0 else "minus infinite"
    if value == int(value) and abs(value) < 1e5:
        return str(int(value))
    mantissa, exponent = f"{value:.3e}".split("e")
    if -2 <= int(exponent) <= 3:
        return f"{value:#.4g}".rstrip(".")
    return f"{mantissa}e{int(exponent)}"


def times(factor: float | None) -> str:
    """Return a factor with all its four digits, since 1 and 1.0001 are to look alike.

    >>> times(1.0), times(1.00002), times(2.5), times(None)
    ('1.000×', '1.000×', '2.500×', '–')
    """
    if factor is None or not math.isfinite(factor):
        return number(factor)
    return f"{factor:#.4g}".rstrip(".") + "×" if 1e-3 <= factor < 1e4 else f"{number(factor)}×"


def slack_words(slack: float | None) -> str:
    """Return what a slack means: the factor by which a claim could be tightened before it failed.

    >>> slack_words(1.0000203)
    '1.000×: attained, nothing to spare'
    >>> slack_words(2.5)
    '2.500×: could be that much tighter'
    >>> slack_words(0.5)
    '0.5000×: violated by that factor'
    >>> slack_words(None)
    'exact: nothing to measure'
    """
    if slack is None:
        return "exact: nothing to measure"
    if math.isnan(slack):
        return number(slack)
    shown = times(slack)
    if slack < 1:
        return f"{shown}: violated by that factor"
    return f"{shown}: attained, nothing to spare" if slack < 1.01 else f"{shown}: could be that much tighter"


def overall(laws: Sequence[ReportLaw], rows: Sequence[ReportRow]) -> tuple[str, str]:
    """Return the verdict on everything, as a word and as a sentence."""
    count = Counter(law.outcome for law in laws)
    word = next((w for w in ("FAILS", "UNDECIDED") if count[w]), "HOLDS")
    laws_said = f"{len(laws)} law{'s' * (len(laws) != 1)}: "
    if word == "HOLDS":
        laws_said += "all hold" if len(laws) != 1 else "it holds"
    else:
        words = (("HOLDS", "holds", "hold"), ("FAILS", "FAILS", "FAIL"), ("UNDECIDED", "undecided", "undecided"))
        laws_said += ", ".join(
            f"{count[key]} {one if count[key] == 1 else more}" for key, one, more in words if count[key]
        )
    findings = sum(row.word == "QUALIFIES" for row in rows)
    if findings == 1:
        return word, f"{laws_said}; 1 finding qualifies a claim of the abstract"
    return word, laws_said + (f"; {findings} findings qualify claims of the abstract" if findings else "")


def _refuse_contradictions(laws: Sequence[ReportLaw], rows: Sequence[ReportRow]) -> None:
    """Raise ValueError where a summary says more than the rows under it."""
    names = [law.name for law in laws]
    if len(set(names)) != len(names) or not names:
        raise ValueError(f"Each law is reported once, and at least one is. Received: {', '.join(names) or 'none'}.")
    for row in rows:
        Outcome(row.outcome)
        if row.law not in names:
            raise ValueError(f"{row.name}: its law {row.law!r} is not in the report. Expected: {', '.join(names)}.")
        if row.outcome == "HOLDS" and any(x is not None and math.isnan(x) for x in (row.value, row.bound, row.slack)):
            raise ValueError(f"{row.name}: it HOLDS with a value that is not a number.")
    for law in laws:
        outcomes = {str(Outcome(row.outcome)) for row in rows if row.law == law.name and not row.qualifies}
        if Outcome(law.outcome) is Outcome.HOLDS and (outcomes - {"NOT RUN"} != {"HOLDS"} or law.missing):
            raise ValueError(
                f"{law.name}: it cannot hold. Its checks: {', '.join(sorted(outcomes)) or 'none'}; "
                f"levels without a check: {', '.join(law.missing) or 'none'}."
            )


def passive(tag: str, text: str) -> Markup:
    """Return an `<svg>` or `<math>` element as trusted markup, once nothing in it can run or load."""
    body = text.strip()
    if tag == "math" and not body.startswith("<math"):
        body = f'<math xmlns="http://www.w3.org/1998/Math/MathML" display="block">{body}</math>'
    active = ACTIVE.search(body)
    if not body.startswith(f"<{tag}") or not body.endswith(f"</{tag}>") or active:
        raise ValueError(f"Not a passive <{tag}> element: {active.group() if active else body[:60]!r}.")
    return Markup(body)


def render(
    *,
    laws: Sequence[ReportLaw],
    rows: Sequence[ReportRow],
    figures: Sequence[ReportFigure],
    provenance: Provenance,
) -> str:
    """Return the page. The same values give the same bytes.

    Raises ValueError for a law that its rows contradict, for active content in a figure or formula, and for an id
    that occurs twice.
    """
    _refuse_contradictions(laws, rows)
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    environment.filters |= {"times": times}
    word, sentence = overall(laws, rows)
    numbered = tuple((f"check-{i + 1}", row) for i, row in enumerate(rows))
    page = environment.get_template("report.html.j2").render(
        laws=[
            (law, [passive("math", text) for text in law.mathml],
             [(name, says, passive("math", text)) for name, says, text in law.steps])
            for law in laws
        ],
        rows=[(key, row) for key, row in numbered if not row.qualifies],
        findings=[(key, row) for key, row in numbered if row.qualifies],
        figures=[(figure, passive("svg", figure.svg)) for figure in figures],
        provenance=provenance.entries, levels=LEVELS, symbols=SYMBOLS, word=word, sentence=sentence,
    )  # fmt: skip
    twice = [key for key, n in Counter(re.findall(r'\sid="([^"]*)"', page)).items() if n > 1]
    if twice:
        raise ValueError(f"ids occur twice: {', '.join(sorted(twice)[:5])}. Is the same figure given twice?")
    return page
