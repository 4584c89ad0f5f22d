"""teach(out) = the lesson as one file: the registry's laws, the formulas' JavaScript, and what its sentences quote.

Here the halves of the page meet: theory's statements, the MathML and the JavaScript that proofs reads from its
formulas, the numbers of the laws themselves. plots itself sees plain values only.
"""

import platform
from collections.abc import Mapping
from pathlib import Path

from noncommit import __version__
from noncommit._files import replace_file, writable_folder
from noncommit._lesson_numbers import lesson_numbers
from noncommit._teach_sweep import measured_curves
from plots.lesson.page import SHOWN, Lesson, LessonLaw, render
from proofs.mathml import statements
from sim.estimate import total_variation
from sim.two_modes.run import build_setting
from sim.two_modes.sampler_names import sampler_named
from theory.catalogue import LAWS
from theory.errors import UsageError
from theory.text import PROSE, text_named


def _plain(text: str) -> str:
    """Return the text without the marks that set names apart in a terminal."""
    return text.replace("`", "")


def _law(name: str) -> LessonLaw:
    law = LAWS[name]
    return LessonLaw(
        name=law.name, claim=law.claim, statement=_plain(law.statement), mathml=statements(name),
        hypotheses=tuple(_plain(h.statement) for h in law.hypotheses), origin=law.origin, section=law.section,
    )  # fmt: skip


def _percent(value: float) -> str:
    """Return a share with three digits.

    >>> _percent(0.00486152), _percent(0.25112)
    ('0.486 %', '25.1 %')
    """
    return f"{100 * value:.3g} %"


def facts() -> Mapping[str, str]:
    """Return the numbers that sentences of the lesson quote, each computed from its law."""
    few, many = (LAWS["isoperimetric"].evaluate({"modes": m, "error": 0.01})["stiffness"] for m in (2, 1000))
    enough = LAWS["simplex"].evaluate({"modes": 1000, "error": 0.01})["stiffness"]
    floors = [
        LAWS["ddim_frontier"].evaluate({"mu": 4, "steps": steps, "denoiser_stiffness": 4})["error"]
        for steps in (16, 32)
    ]
    setting = build_setting(mu=4, steps=16, denoiser_stiffness=4, weights=(0.7, 0.3))
    own = setting.target.masses(setting.margin)
    off = {}
    for name in ("ddim", "reinjection", "commit_parallel"):
        masses = sampler_named(name).masses(setting)
        off[name] = _percent(total_variation(masses, own))
    return {
        "ratio": f"{many / few:.2g}", "ratio_enough": f"{enough / few:.2g}",
        "floor_16": _percent(floors[0]), "floor_32": _percent(floors[1]), "floor_ratio": f"{floors[0] / floors[1]:.2g}",
        "tv_ddim": off["ddim"], "tv_reinjection": off["reinjection"], "tv_commit": off["commit_parallel"],
        "text": PROSE,
        "python": f"this file counted those of Python {platform.python_version()}, SHA-256 {text_named().sha256[:16]}…",
    }  # fmt: skip


def lesson_page(store: str | None = None) -> str:
    """Return the HTML of the lesson; `store` is a sweep whose curve is drawn beside the floor.

    Raises UsageError for a store without a curve of use.
    """
    sweep, curves = ("", ()) if store is None else measured_curves(store)
    return render(
        Lesson(
            laws={name: _law(name) for name in SHOWN},
            numbers=lesson_numbers(),
            facts={**facts(), "sweep": sweep},
            about=f"Made by noncommit {__version__}. Laws, sources and proofs: theory/LAWS.md.",
            measured=curves,
        )
    )


def write_lesson(out: str, store: str | None = None) -> Path:
    """Write the lesson and return its path. Raises UsageError, before any work, for a path that cannot be written."""
    path = Path(out)
    if path.is_dir() or path.suffix != ".html":
        raise UsageError(
            f"--out {out} is no page.", expected="a file name that ends in .html",
            received="a folder" if path.is_dir() else repr(out), hint="Is the name of the file missing?",
        )  # fmt: skip
    writable_folder(str(path.parent))
    replace_file(path, lesson_page(store))
    return path
