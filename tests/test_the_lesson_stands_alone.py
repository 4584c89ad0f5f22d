"""The lesson is one file that fetches nothing, runs nothing but its own scripts, and says what the registry says."""

import base64
import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pages import Reader
from sweeps import RUNS, in_process, laws

import noncommit
from copies import ROOT
from copies import noncommit as command
from noncommit._teach import facts, lesson_page
from noncommit._teach_sweep import curves_of, measured_curves
from plots.lesson import page as lesson
from proofs.mathml import statements
from sim.sweep.plan import make_plan
from sim.sweep.results import read_sweep
from theory.catalogue import LAWS
from theory.errors import UsageError

MOST_BYTES = 300_000
ON_TWO_AXES = {**RUNS, "name": "mine", "grid": {**RUNS["grid"], "denoiser_stiffness": {"values": [2, 4]}}}
ON_TWO_AXES["keys"] = {"mu": 2, "particles": 200}


@pytest.fixture(scope="module")
def html() -> str:
    return lesson_page()


@pytest.fixture(scope="module")
def reader(html: str) -> Reader:
    return Reader(html)


def expression(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def test_its_policy_allows_its_own_scripts_and_nothing_else(reader: Reader) -> None:
    """Assert that the digests in the policy are those of the scripts and the style sheet that the page holds."""
    (content,) = [a["content"] for tag, a in reader.tags if a.get("http-equiv") == "Content-Security-Policy"]
    parts = {part.split()[0]: part.split()[1:] for part in content.split(";")}
    code = [text for tag, attributes, text in reader.raw if tag == "script" and "type" not in attributes]
    (style,) = [text for tag, _, text in reader.raw if tag == "style"]
    assert parts["default-src"] == parts["base-uri"] == parts["form-action"] == ["'none'"]
    assert parts["script-src"] == [expression(text) for text in code]
    assert parts["style-src"] == [expression(style)]
    assert parts["img-src"] == ["data:"]
    assert len(code) > 10
    assert expression(code[0] + " ") not in parts["script-src"]


def test_it_fetches_nothing(html: str, reader: Reader) -> None:
    """Assert that no attribute names a place to load from, none holds a script or a style, and the file is small."""
    for tag, attributes in reader.tags:
        assert tag not in {"link", "iframe", "object", "embed", "base", "form", "img", "a"}
        assert not {key for key in attributes if key.startswith("on")} | ({"style", "src", "href"} & set(attributes))
    for word in ("http:", "https:", "@import", "url(", "fetch(", "XMLHttpRequest", "WebSocket", "import("):
        assert word not in html.replace('xmlns="http://www.w3.org/1998/Math/MathML"', ""), word
    assert len(html.encode()) < MOST_BYTES


def test_the_laws_are_those_of_the_registry(html: str, reader: Reader) -> None:
    """Assert that each law shown has its registered words and source, its hypotheses, and sympy's MathML."""
    assert set(lesson.SHOWN) <= set(LAWS)
    for name in lesson.SHOWN:
        law = LAWS[name]
        for said in (law.claim, law.statement, law.origin, law.section, *(h.statement for h in law.hypotheses)):
            assert " ".join(said.replace("`", "").split()) in reader.words, (name, said)
        assert statements(name)
        for formula in statements(name):
            assert formula in html


def test_a_law_that_is_missing_is_refused() -> None:
    """Assert that the page is not drawn without a law that one of its scenes ends in, or with active MathML."""
    law = lesson.LessonLaw("binary", "c", "s", ("<math></math>",), ("h",), "o", "section")
    known = {name: replace(law, name=name) for name in lesson.SHOWN}
    given = lesson.Lesson(laws=known, numbers="const nc = {};", facts=facts() | {"sweep": ""}, about="about")
    assert "<math></math>" in lesson.render(given)
    with pytest.raises(ValueError, match="not given: tube"):
        lesson.render(replace(given, laws={k: v for k, v in known.items() if k != "tube"}))
    bad = known | {"tube": replace(law, mathml=("<math><script>1</script></math>",))}
    with pytest.raises(ValueError, match="passive <math>"):
        lesson.render(replace(given, laws=bad))
    with pytest.raises(ValueError, match="end its own element"):
        lesson.render(replace(given, numbers="'</SCRIPT>'"))


def test_two_pages_are_one(html: str) -> None:
    assert lesson_page() == html


def test_what_its_sentences_quote_is_what_the_laws_say() -> None:
    """Assert the quoted numbers against theory/LAWS.md's printed ones, and one against the simulator."""
    found = facts()
    assert found["floor_16"] == "0.486 %"
    assert (found["tv_reinjection"], found["tv_ddim"], found["tv_commit"]) == ("25.1 %", "11.3 %", "6.68 %")
    assert float(found["ratio_enough"]) / float(found["ratio"]) == pytest.approx(1.3617, rel=0.02)
    run = noncommit.simulate(
        mu=4, steps=16, denoiser_stiffness=4, weights=[0.7, 0.3], sampler="reinjection", particles=10
    )
    assert f"{100 * run.exact_tv:.3g} %" == found["tv_reinjection"]


def test_every_handle_has_a_name(reader: Reader) -> None:
    """Assert unique ids, a label for every control, a name for every picture, and headings without a gap."""
    ids = [a["id"] for _, a in reader.tags if "id" in a]
    assert len(ids) == len(set(ids))
    labelled = {a["for"] for tag, a in reader.tags if tag == "label" and "for" in a}
    assert labelled <= set(ids)
    for tag, a in reader.tags:
        if tag in {"input", "select"} and a.get("type") != "radio":
            assert a.get("id") in labelled or a.get("aria-label"), a
        if tag == "canvas":
            assert a["role"] == "img"
            assert a["aria-label"]
        if tag == "th":
            assert a["scope"] in {"col", "row"}
    levels = [int(tag[1]) for tag, _ in reader.tags if re.fullmatch(r"h[1-4]", tag)]
    assert levels[0] == 1
    assert all(b <= a + 1 for a, b in zip(levels, levels[1:], strict=False))
    assert [a for tag, a in reader.tags if a.get("aria-live")]


def test_each_scene_asks_before_it_tells(reader: Reader) -> None:
    """Assert six scenes in order, each with a question, handles, a time line, numbers, a command, a law."""
    for said in ("Predict", "Drag", "Reveal"):
        assert reader.words.count(said + " ") >= len(lesson.SCENES) == 6
    places = [reader.words.index(scene.title) for scene in lesson.SCENES]
    assert places == sorted(places)
    assert "45 minutes" in reader.words


SCRIPTS = sorted(path for room in ("stage", "scenes") for path in (ROOT / "plots" / "lesson" / room).glob("*.js"))


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_is_one_idea(path: Path) -> None:
    """Assert that each script opens with its idea as a comment and is short."""
    text = path.read_text(encoding="utf-8")
    assert text.startswith("// ")
    assert text.count("\n") <= 200


def test_the_command_writes_the_page(tmp_path: Path) -> None:
    """Assert the path on stdout, the page in the file, and that no browser is asked for away from a terminal."""
    done = command("teach", "--out", "a/lesson.html", cwd=tmp_path, PYTHONPATH=str(ROOT), BROWSER="false")
    assert (done.returncode, done.stdout, done.stderr) == (0, "a/lesson.html\n", "")
    assert (tmp_path / "a" / "lesson.html").read_text(encoding="utf-8") == lesson_page()
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["lesson.html"]
    again = noncommit.teach(str(tmp_path / "b.html"))
    assert again.read_bytes() == (tmp_path / "a" / "lesson.html").read_bytes()


def store(folder: Path, spec: dict[str, Any]) -> Path:
    path = folder / f"{spec['name']}.sweep"
    in_process(make_plan(spec), path)
    return path


def test_a_sweep_of_yours_is_in_the_page(tmp_path: Path) -> None:
    """Assert that each curve has the numbers of its cells and the controls of its setting, and that the page has it."""
    path = store(tmp_path, ON_TWO_AXES)
    name, curves = measured_curves(str(path))
    records = read_sweep(path).records
    assert name == "mine"
    assert len(curves) == 6  # three samplers, two caps
    for curve in curves:
        sampler, cap = (part.split(" = ")[1] for part in curve.label.split(", "))
        own = [r for r in records if r["sampler"] == sampler and r["denoiser_stiffness"] == float(cap)]
        assert curve.setting == {"mu": 2, "cap": float(cap), "path": "linear"}
        assert [(p[0], p[1]) for p in curve.points] == [(r["steps"], r["exact.ambiguous"]) for r in own]
    html = lesson_page(str(path))
    (data,) = [text for tag, a, text in Reader(html).raw if a.get("type") == "application/json"]
    assert [tuple(map(tuple, c["points"])) for c in json.loads(data)["measured"]] == [c.points for c in curves]
    assert len(html.encode()) < MOST_BYTES


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        (laws(3), "a sweep of laws"),
        ({**RUNS, "keys": {"mu": 2, "particles": 100, "steps": 2}, "grid": {"denoiser_stiffness": {"values": [2, 4]}}},
         "Is steps held fixed"),
        ({**RUNS, "keys": {"mu": 2, "particles": 100}}, "network uncapped"),
        ({**RUNS, "keys": {"mu": 2, "particles": 100, "denoiser_stiffness": 4}, "grid": {"steps": {"values": [4]}}},
         "at least two values of steps"),
        ({**RUNS, "measures": ["exact.tv"]}, "Were other measures asked for"),
    ],
)  # fmt: skip
def test_a_store_without_a_curve_is_refused(spec: dict[str, Any], said: str, tmp_path: Path) -> None:
    """Assert one message for each way in which a store lacks what the scene of depth draws."""
    swept = read_sweep(store(tmp_path, spec))
    with pytest.raises(UsageError, match=said):
        curves_of(swept, "mine")
