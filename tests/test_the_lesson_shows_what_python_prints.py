"""What the lesson shows in a browser is what its commands print, and no dot lies where its own floor forbids it.

Where there is no Chromium these tests print NOT RUN.
"""

import json
import shlex
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from browser import Page
from lesson_page import at, outputs
from noncommit.cli import cli
from theory.catalogue import LAWS

COMMANDS = [
    "scene=1", "scene=1&1.steps=4&1.dog=0.3&1.seed=7&1.particles=2000&1.mu=2.5",
    "scene=2&2.noise=0.05&2.spread=0.5&2.sharpness=8", "scene=3&3.modes=1000&3.error=0.01", "scene=3&3.modes=9",
    "scene=4", "scene=4&4.path=cosine&4.steps=9&4.cap=2.5&4.mu=3&4.scale=0.5&4.particles=3000&4.seed=12",
    "scene=5&5.particles=2000", "scene=5&5.steps=3&5.dog=0.8&5.particles=1000&5.cap=6", "scene=6&6.particles=5",
    "scene=6&6.steps=4&6.scale=1&6.committed=commit_in_order&6.particles=6&6.length=24&6.seed=3",
]  # fmt: skip


@pytest.mark.parametrize("address", COMMANDS)
def test_a_copied_command_prints_what_the_page_shows(address: str, page: Page, folder: Path) -> None:
    """Assert that each command on the page, run by Python, gives the numbers beside it."""
    at(page, folder, address + "&open=1")
    scene = int(address[6])
    shown = outputs(page, scene)
    commands = page.evaluate(
        f"Object.fromEntries([...document.querySelectorAll('#scene-{scene} [data-command]')]"
        ".map((e) => [e.dataset.command, e.textContent]))"
    )
    assert commands
    compared = 0
    for name, command in commands.items():
        done = CliRunner().invoke(cli, [*shlex.split(command)[1:], "--json"])
        assert done.exit_code == 0, done.output
        for key, wanted in wanted_of(scene, name, json.loads(done.stdout)).items():
            value = shown[key]
            if isinstance(wanted, dict):
                ends = [value["value"], value["low"], value["high"]]
                assert ends == pytest.approx([wanted["value"], wanted["low"], wanted["high"]], rel=1e-9, abs=1e-15), key
            elif isinstance(wanted, str):
                assert value["text"] == wanted, key
            else:
                assert value["value"] == pytest.approx(wanted, rel=1e-11, abs=1e-15), key
                assert wanted == 0 or value["value"] != pytest.approx(1.01 * wanted, rel=1e-11, abs=1e-15)
            compared += 1
    assert compared >= 2


def wanted_of(scene: int, name: str, document: dict[str, Any]) -> dict[str, Any]:
    """Return what a document of the command line says of the numbers of a scene."""
    if scene == 6:
        who = "ddim" if name == "ddim" else "committed"
        quality = document["sampled"]
        found = {f"{who}.perplexity": quality["perplexity"]["value"], f"{who}.tv": quality["tv"]["value"]}
        exact = {f"text.{key}": document["exact"][key]["value"] for key in ("perplexity", "tv")}
        return {**found, **exact, f"{who}.nfe": document["nfe"], "chain.perplexity": document["chain_perplexity"]}
    if "law" in document:
        shown_as = {"ordinal": "ordinal", "simplex": "simplex", "isoperimetric": "stiffness"}
        answers = document["answers"]
        if name in shown_as:
            return {shown_as[name]: answers["stiffness"]}
        return {key: value for key, value in answers.items() if key not in ("sharp_limit", "smooth_limit")}
    estimate, bound = document["estimate"], document["bound"]
    if scene == 5:
        least = bound["least_error"] if bound["stiffness"] is not None else "none"
        return {
            f"{name}.ambiguous": estimate["ambiguous"], f"{name}.tv": estimate["tv"], f"{name}.least_error": least,
        }  # fmt: skip
    found = {
        "ambiguous": estimate["ambiguous"], "stiffness": bound["stiffness"], "least_error": bound["least_error"],
    }  # fmt: skip
    if scene == 1:
        total = sum(estimate["counts"])
        found |= {"left": estimate["counts"][0] / total, "right": estimate["counts"][2] / total}
    return found


def test_what_a_sentence_reads_is_what_python_wrote(page: Page, folder: Path) -> None:
    """Assert that the sentences on the page are the samples that the command prints."""
    at(page, folder, "scene=6&6.steps=6&6.particles=4&open=1")
    for name in ("ddim", "committed"):
        command = page.evaluate(f"document.querySelector('#scene-6 [data-command={name}]').textContent")
        samples = json.loads(CliRunner().invoke(cli, [*shlex.split(command)[1:], "--json"]).stdout)["samples"]
        lines = page.evaluate(f"[...document.querySelectorAll('[data-text={name}] li')].map((e) => e.textContent)")
        assert lines == [text.replace(" ", "␣") for text in samples[:4]]


@pytest.mark.parametrize("address", ["scene=4&4.particles=20000", "scene=4&4.cap=2&4.mu=2", "scene=5&5.dog=0.8"])
def test_no_dot_of_smooth_steps_lies_in_the_shaded_region(address: str, page: Page, folder: Path) -> None:
    """Assert that what the picture draws obeys the floor that it draws, and that re-injection's dots may not."""
    at(page, folder, address + "&open=1")
    scene = int(address[6])
    drawn = page.evaluate(
        f"""(() => {{
          const found = [], scene = lesson.scenes.get({scene}), depth = lesson.depth, kept = {{...depth}};
          depth.draw = (sheet, given) => found.push({{
            floor: given.curves[0].points,
            dots: given.points.filter((p) => p.steps > 0).map((p) => [p.shape, p.steps, p.estimate.high]),
          }});
          scene.draw(scene.compute(), 1);
          Object.assign(depth, kept);
          return found[0];
        }})()"""
    )
    floor = dict(drawn["floor"])
    smooth = [(steps, high) for shape, steps, high in drawn["dots"] if shape == "disc"]
    assert len(smooth) >= 7
    assert all(high >= floor[steps] for steps, high in smooth)
    if scene == 5:
        assert any(high < floor[steps] for shape, steps, high in drawn["dots"] if shape == "square")


def test_intervals_and_rows_are_those_of_python(page: Page) -> None:
    """Assert Clopper and Pearson's ends, those of total variation, and the row's stiffness, over their whole range."""
    from sim.estimate import clopper_pearson, total_variation_estimate

    for count, trials in ((0, 10), (1, 10), (10, 10), (49, 5000), (4999, 5000), (50000, 100000), (3, 100000)):
        found = page.call("lesson.interval.clopperPearson", count, trials)
        wanted = clopper_pearson(count, trials)
        ends = [found["low"], found["high"]]
        assert ends == pytest.approx([wanted.low, wanted.high], rel=1e-9, abs=1e-15)
        assert ends != pytest.approx([wanted.low * 1.01, wanted.high * 0.99], rel=1e-9, abs=1e-15)
    for counts, own in (([2500, 3, 2497], [0.3, 0.0, 0.7]), ([0, 100, 0], [0.5, 0.0, 0.5])):
        found = page.call("lesson.interval.variation", counts, own)
        assert [found[k] for k in ("value", "low", "high")] == pytest.approx(
            list(total_variation_estimate(counts, own).to_dict().values()), rel=1e-9, abs=1e-15
        )
    for modes, error in ((2, 0.1), (3, 0.01), (9, 0.5), (64, 0.001), (2000, 0.1)):
        wanted = LAWS["ordinal"].evaluate({"modes": modes, "error": error})["stiffness"]
        assert page.call("lesson.row.stiffness", modes, error) == pytest.approx(wanted, rel=1e-10)
