"""page = render(lesson): six scenes in one file that loads nothing and runs only the scripts it was made with.

The policy of the page names its style sheet and each of its scripts by SHA-256, so a script that anyone adds is not
run, and nothing can be fetched from anywhere. Values come in as plain text and numbers; no law is computed here.
"""

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from plots.report import passive

HERE: Final = Path(__file__).parent

STAGE: Final = (
    "state", "controls", "clock", "picture", "flow", "depth", "row", "interval", "talk", "predict", "lesson",
)  # fmt: skip
"""The scripts of stage/ in the order in which they may use each other."""


@final
@dataclass(frozen=True)
class Scene:
    """A scene: `name` of its two files, its title, a `short` one for the navigation, the `laws` that it ends in."""

    name: str
    title: str
    short: str
    laws: tuple[str, ...]

    @property
    def body(self) -> str:
        """The template of the scene's text."""
        return f"scenes/{self.name}.html.j2"


SCENES: Final = (
    Scene("mean", "The mean of two words is no word", "Mean", ("binary",)),
    Scene("tube", "Sharp readouts flip, smooth ones forgive", "Tube", ("tube", "crossover")),
    Scene("stiffness", "To choose is to stretch", "Stiffness", ("isoperimetric", "simplex", "ordinal")),
    Scene("depth", "Many small steps have a floor", "Depth", ("ddim_frontier", "conservation")),
    Scene("escape", "Two ways out, and what each costs", "Ways out", ("commitment", "reinjection", "joint")),
    Scene("sentence", "A sentence, live", "Sentence", ("total_correlation",)),
)
"""The lesson, one idea a scene."""

SHOWN: Final = tuple(name for scene in SCENES for name in scene.laws)
"""The laws that the lesson ends its scenes with."""


@final
@dataclass(frozen=True)
class LessonLaw:
    """A law as a scene shows it: its claim, its statement in plain text and as MathML, what it assumes, whose it is."""

    name: str
    claim: str
    statement: str
    mathml: tuple[str, ...]
    hypotheses: tuple[str, ...]
    origin: str
    section: str


@final
@dataclass(frozen=True)
class MeasuredCurve:
    """A reader's own curve for the scene of depth: rows (K, value, low, high) of one `measure`.

    `setting` maps controls of the scene (mu, cap, path) to the values at which it was measured.
    """

    label: str
    measure: str
    setting: Mapping[str, float | str]
    points: tuple[tuple[float, float, float, float], ...]


@final
@dataclass(frozen=True)
class Lesson:
    """All that the page is made of: `laws` by name, the script `numbers` that defines nc, `facts` for its sentences."""

    laws: Mapping[str, LessonLaw]
    numbers: str
    facts: Mapping[str, str]
    about: str
    measured: tuple[MeasuredCurve, ...] = field(default=())


def digest(text: str) -> str:
    """Return the source expression by which a content security policy allows exactly this text.

    >>> digest("")
    "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
    """
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def policy(style: str, scripts: tuple[str, ...]) -> str:
    """Return the policy that lets the page run what it holds, and fetch nothing."""
    allowed = " ".join(dict.fromkeys(digest(script) for script in scripts))
    return (
        f"default-src 'none'; script-src {allowed}; style-src {digest(style)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def inline(script: str) -> str:
    """Return the script if it can stand inside a page; ValueError if it would end its element.

    >>> inline("let x = 1 < 2;")
    'let x = 1 < 2;'
    """
    lowered = script.lower()
    if "</script" in lowered or "<!--" in lowered:
        raise ValueError("A script of the lesson would end its own element.")
    return script


def scripts_of(lesson: Lesson) -> tuple[str, ...]:
    """Return the page's scripts in order: the numbers, the stage, the scenes, and the call that starts them."""

    def read(folder: str, names: Iterable[str]) -> list[str]:
        return [(HERE / folder / f"{name}.js").read_text(encoding="utf-8") for name in names]

    scenes = read("scenes", (scene.name for scene in SCENES))
    texts = (lesson.numbers, *read("stage", STAGE), *scenes, '"use strict";\nlesson.start();\n')
    return tuple(map(inline, texts))


def _data(lesson: Lesson) -> str:
    curves: list[Any] = [asdict(curve) for curve in lesson.measured]
    return json.dumps({"measured": curves}, allow_nan=False).replace("<", "\\u003c")


def render(lesson: Lesson) -> str:
    """Return the page; the same values give the same bytes.

    Raises ValueError for a law that a scene shows and `lesson` lacks, or for active content in a formula.
    """
    missing = sorted(set(SHOWN) - set(lesson.laws))
    if missing:
        raise ValueError(f"The lesson shows laws that it was not given: {', '.join(missing)}.")
    environment = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    style, scripts = (HERE / "style.css").read_text(encoding="utf-8"), scripts_of(lesson)
    choices = [("none", "none"), *((str(i), curve.label) for i, curve in enumerate(lesson.measured))]
    return environment.get_template("page.html.j2").render(
        policy=Markup(policy(style, scripts)),  # digests hold no quote but their own
        style=Markup(style), scripts=[Markup(script) for script in scripts], data=Markup(_data(lesson)),
        scenes=SCENES, laws=lesson.laws, facts=lesson.facts, about=lesson.about, passive=passive,
        measured=choices if lesson.measured else [],
    )  # fmt: skip
