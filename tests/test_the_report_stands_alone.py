"""The report is one file that loads nothing, says every verdict, slack and command, and contradicts no row."""

from dataclasses import replace
from typing import Any

import pytest
from pages import Reader

from plots import separation, style
from plots.report import Provenance, ReportFigure, ReportLaw, ReportRow, number, overall, render, slack_words, times

MATH = "<mrow><mi>L</mi><mo>&#x2265;</mo><mn>2</mn></mrow>"

HOLDING = ReportLaw(
    name="first", claim="Two < three & so on.", statement="L >= 2 <b>", mathml=(MATH, f"<math>{MATH}</math>"),
    origin="Someone <i>1970</i>", section="theory/LAWS.md, section 4", checked=("n > 0",), assumed=("f is smooth",),
    outcome="HOLDS", slack=1.00002, command="noncommit verify first",
    argument=("Let x < 1 [algebra].", "By {theorem} & care."), steps=(("algebra", "x < y & so on", MATH),),
)  # fmt: skip
FAILING = replace(HOLDING, name="second", outcome="FAILS", slack=0.93, command="noncommit verify second")
OPEN = replace(
    HOLDING, name="third", mathml=(), outcome="UNDECIDED", slack=None, command="noncommit verify third", missing=("Z",)
)

ROWS = (
    ReportRow("first", "S", "sympy steps", "algebra", "It follows <script>alert(1)</script>.", "HOLDS", "algebra",
              "noncommit verify first --a", excerpt=("x < 1", "& y > 2")),
    ReportRow("first", "X", "exact", "maps", "Maps obey it.", "HOLDS", "preimages", "noncommit verify first --b",
              value=1.5, bound=1.0, slack=1.00002),
    ReportRow("second", "X", "exact", "broken", "It is obeyed.", "FAILS", "preimages", "noncommit verify second --c",
              value=float("nan"), bound=1.0, slack=0.93, detail="VIOLATED: 0.93 < 1"),
    ReportRow("third", "M", "Monte Carlo", "counted", "Counts agree.", "UNDECIDED", "Clopper & Pearson",
              "noncommit verify third --d", value=0.00912, interval=(0.0090, 0.0093), false_alarm=1e-9, power=0.62),
    ReportRow("first", "X", "exact", "in part", "The escape needs depth.", "HOLDS", "kernel",
              "noncommit verify first --e", value=0.2916, bound=0.1512, slack=1.074, qualifies=True),
    ReportRow("first", "X", "exact", "unseen", "The escape is free.", "FAILS", "kernel", "noncommit verify first --f",
              qualifies=True),
)  # fmt: skip


def page(**changes: Any) -> str:
    svg = style.to_svg(separation.draw(separation.compute(points=5)), title="Stiffness <against> modes")
    given: dict[str, Any] = {
        "laws": (HOLDING, FAILING, OPEN), "rows": ROWS,
        "figures": (ReportFigure("A & B", "Caption < 1.", svg),),
        "provenance": Provenance({"Python": "3.12", "command": "noncommit verify --out 'a & b'"}),
    }  # fmt: skip
    return render(**given | changes)


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader(page())


def test_it_loads_nothing(reader: Reader) -> None:
    """No script, no link to outside, and a policy that would stop one."""
    policy = [a["content"] for tag, a in reader.tags if a.get("http-equiv") == "Content-Security-Policy"]
    assert policy == ["default-src 'none'; style-src 'unsafe-inline'; img-src data:"]
    for tag, attributes in reader.tags:
        assert tag not in {"script", "link", "iframe", "object", "embed", "base", "form"}
        assert not any(key.startswith("on") for key in attributes)
        for key in ("src", "href", "xlink:href", "srcset", "action", "data"):
            assert attributes.get(key, "#").startswith("#")
    assert "@import" not in page()


def test_every_link_leads_somewhere_and_every_id_is_unique(reader: Reader) -> None:
    ids = [attributes["id"] for _, attributes in reader.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    for _, attributes in reader.tags:
        if "href" in attributes:
            assert attributes["href"][1:] in ids
        for key in attributes.get("aria-labelledby", "").split():
            assert key in ids


def test_every_verdict_slack_and_command_is_there(reader: Reader) -> None:
    for row in ROWS:
        for said in (row.word, row.name, row.claim, row.method, row.command, row.slack_words, row.detail):
            assert said in reader.words
    for law in (HOLDING, FAILING, OPEN):
        for said in (law.name, law.claim, law.statement, law.outcome, law.slack_words, law.command, law.origin):
            assert said in reader.words
    for said in (*HOLDING.argument, "[algebra]", "x < y & so on", "identities: 1"):
        assert said in reader.words
    for said in ("9.120e-3", "9.000e-3 to 9.300e-3", "1.000e-9", "not a number", "0.6200"):
        assert said in reader.words
    assert "nan" not in reader.words.split()
    assert "NO CHECK at required level Z" in reader.words
    assert "n > 0" in reader.words
    assert "f is smooth" in reader.words
    assert "x < 1\n& y > 2" in "".join(reader.text)
    assert "noncommit verify --out 'a & b'" in reader.words


def test_the_verdict_comes_first(reader: Reader) -> None:
    """The claim, its source and the overall verdict stand before the table, and that before any figure."""
    said = "3 laws: 1 holds, 1 FAILS, 1 undecided; 1 finding qualifies a claim of the abstract"
    order = (
        said, "arXiv 2606.30705", "Tightest slack", "What it looks like", "Findings that qualify",
        "The laws and their checks", "What this does not show", "Symbols and levels", "Provenance",
    )  # fmt: skip
    places = [reader.words.index(text) for text in order]
    assert places == sorted(places)
    assert "only the abstract was available" in reader.words


def test_text_is_escaped() -> None:
    html = page()
    for raw in ("<script>", "L >= 2 <b>", "<i>1970", "Caption < 1"):
        assert raw not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


def test_it_can_be_read_without_sight_colour_or_a_large_screen(reader: Reader) -> None:
    tags = reader.tags
    assert ("html", {"lang": "en"}) in tags
    assert any(a.get("name") == "viewport" for _, a in tags)
    assert all(a.get("scope") in {"col", "row"} for tag, a in tags if tag == "th")
    assert sum(tag == "table" for tag, _ in tags) == sum(tag == "caption" for tag, _ in tags)
    assert all(a.get("role") == "img" and "aria-labelledby" in a for tag, a in tags if tag == "svg")
    levels = [int(tag[1]) for tag, _ in tags if tag in {"h1", "h2", "h3", "h4"}]
    assert levels[0] == 1
    assert all(b <= a + 1 for a, b in zip(levels, levels[1:], strict=False))
    for symbol, word in (("✓", "HOLDS"), ("✗", "FAILS"), ("?", "UNDECIDED"), ("◐", "QUALIFIES"), ("✗", "NOT SHOWN")):
        assert f"{symbol} {word}" in reader.words


def test_what_did_not_hold_is_open_at_once(reader: Reader) -> None:
    checks = {a["id"]: "open" in a for tag, a in reader.tags if tag == "details" and "id" in a}
    assert checks == {"check-1": False, "check-2": False, "check-3": True, "check-4": True}


def test_two_renderings_are_one() -> None:
    assert page() == page()


def test_a_law_that_does_not_hold_is_never_called_exact_or_loose() -> None:
    assert OPEN.slack_words == "none measured"
    assert replace(OPEN, slack=2.5).slack_words == "2.500× where it was confronted"
    assert FAILING.slack_words == "0.9300×: violated by that factor"
    assert replace(HOLDING, slack=None).slack_words == "exact: nothing to measure"
    assert replace(HOLDING, slack=None, counted=True).slack_words == "none measured"
    assert replace(ROWS[0], outcome="FAILS").slack_words == "none measured"


def test_all_hold_reads_so() -> None:
    rows = tuple(row for row in ROWS if row.law == "first" and not row.qualifies)
    assert overall((HOLDING, replace(HOLDING, name="b")), rows) == ("HOLDS", "2 laws: all hold")
    text = Reader(page(laws=(HOLDING,), rows=rows, figures=())).words
    assert "✓ 1 law: it holds." in text
    assert "Findings that qualify" not in text
    assert "What it looks like" not in text


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"laws": (replace(FAILING, outcome="HOLDS"),), "rows": ROWS[2:3]}, "second: it cannot hold"),
        ({"laws": (HOLDING,), "rows": ()}, "Its checks: none"),
        ({"laws": (HOLDING,), "rows": ROWS[4:5]}, "Its checks: none"),
        ({"laws": (replace(HOLDING, missing=("C",)),), "rows": ROWS[:2]}, "without a check: C"),
        ({"laws": (HOLDING,), "rows": (replace(ROWS[1], value=float("nan")),)}, "not a number"),
        ({"laws": (HOLDING,), "rows": ROWS}, "'second' is not in the report"),
        ({"laws": (HOLDING, HOLDING), "rows": ROWS[:2]}, "reported once"),
        ({"laws": (), "rows": ()}, "reported once"),
        ({"laws": (replace(HOLDING, outcome="PASSES"),), "rows": ROWS[:2]}, "PASSES"),
        ({"figures": (ReportFigure("a", "b", "<svg><script>1</script></svg>"),)}, "passive <svg>"),
        ({"figures": (ReportFigure("a", "b", '<svg><image href="http://x"/></svg>'),)}, "passive <svg>"),
        ({"figures": (ReportFigure("a", "b", "<svg><image href=data:x></svg>"),)}, "passive <svg>"),
        ({"figures": (ReportFigure("a", "b", '<svg onload="1"></svg>'),)}, "passive <svg>"),
        ({"figures": (ReportFigure("a", "b", '<p id="x"></p>'),)}, "passive <svg>"),
        ({"figures": (ReportFigure("a", "b", '<svg id="x"></svg>'),) * 2}, "ids occur twice: x"),
    ],
)
def test_a_page_that_would_mislead_is_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said.replace("?", r"\?")):
        page(**changes)


def test_numbers_are_for_people() -> None:
    assert number(0.00486152) == "4.862e-3"
    assert number(-1234567.0) == "-1.235e6"
    assert number(99999.6) == "1.000e5"
    assert number(0.0099996) == "0.01000"
    assert number(12345.6) == "1.235e4"
    assert number(12345.0) == "12345"
    assert number(float("-inf")) == "minus infinite"
    assert times(123456.0) == "1.235e5×"
    assert slack_words(float("nan")) == "not a number"
    assert slack_words(float("inf")) == "infinite: could be that much tighter"
