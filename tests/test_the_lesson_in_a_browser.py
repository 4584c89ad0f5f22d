"""In a real browser the lesson works by mouse, by keyboard and on paper, keeps its settings, and agrees with Python.

Where there is no Chromium these tests print NOT RUN.
"""

import json
import re
import shlex
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sweeps import RUNS, in_process

from browser import SECONDS, Browser, Page, PageError, running
from noncommit._teach import write_lesson
from noncommit.cli import cli
from plots.lesson.page import SCENES
from sim.sweep.plan import make_plan
from sim.sweep.results import read_sweep
from theory.catalogue import LAWS

NUMBERS = range(1, len(SCENES) + 1)

# The page settles after a frame, the address after a fifth of a second, what is said aloud after half a second.
FRAMES = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))"


def wait(page: Page, milliseconds: int) -> None:
    page.evaluate(f"new Promise((done) => setTimeout(() => done(true), {milliseconds}))")


def press(page: Page, selector: str) -> None:
    """Click where an element is once the frame under way, which may move it, has been drawn."""
    page.evaluate(FRAMES)
    page.click(selector)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the lesson, one that holds a sweep, and one into which somebody has put a script."""
    where = tmp_path_factory.mktemp("lesson")
    write_lesson(str(where / "lesson.html"))
    in_process(make_plan({**RUNS, "name": "mine"}), where / "mine.sweep")
    write_lesson(str(where / "mine.html"), str(where / "mine.sweep"))
    text = (where / "lesson.html").read_text(encoding="utf-8")
    planted = '<script>document.title = \'planted\'</script><p onclick="1" style="color: red">x</p></body>'
    (where / "planted.html").write_text(text.replace("</body>", planted), encoding="utf-8")
    return where


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with running() as browser:
        yield browser


@pytest.fixture
def page(chromium: Browser, folder: Path) -> Iterator[Page]:
    """A fresh tab on the lesson, in which nothing may go wrong and from which nothing may be asked."""
    with chromium.page() as opened:
        opened.send("Page.bringToFront")  # a tab behind another draws no frames
        opened.viewport(1280, 900)
        opened.open(folder / "lesson.html")
        settle(opened)
        yield opened
        assert (opened.errors, opened.requests) == ([], [])


READY = "document.readyState === 'complete' && typeof lesson === 'object' && 'spent' in lesson"


def settle(page: Page) -> None:
    """Wait until the lesson has started: the load that was heard may have been of the empty page before it."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        with suppress(PageError):  # a page that is being replaced answers nothing
            if page.evaluate(READY):
                break
        time.sleep(0.02)
    page.evaluate(FRAMES)


def at(page: Page, folder: Path, address: str, name: str = "lesson.html") -> None:
    """Open the lesson anew at an address."""
    page.send("Page.navigate", url="about:blank")  # from the same file only the hash would change, and nothing load
    page.open(folder / name, "#" + address)
    settle(page)


def outputs(page: Page, scene: int) -> dict[str, Any]:
    """Return the numbers that a scene shows, in full."""
    return page.evaluate(
        f"Object.fromEntries([...document.querySelectorAll('#scene-{scene} [data-out]')].map((e) => [e.dataset.out, "
        "{text: e.textContent, value: e.dataset.value === undefined ? null : Number(e.dataset.value), "
        "low: Number(e.dataset.low), high: Number(e.dataset.high)}]))"
    )


def test_only_its_own_scripts_run(chromium: Browser, folder: Path) -> None:
    """Assert that a script put into the file, or made by the page, is refused, and so is every request."""
    with chromium.page() as opened:
        opened.open(folder / "planted.html")
        settle(opened)
        assert opened.evaluate("document.title") != "planted"
        assert opened.evaluate("lesson.scenes.size") == len(SCENES)
        assert sum("Content Security Policy" in error for error in opened.errors) >= 2
        before = len(opened.errors)
        opened.evaluate(
            "(() => { const s = document.createElement('script'); s.textContent = 'window.planted = 1'; "
            "document.body.append(s); })()"
        )
        assert opened.evaluate("window.planted === undefined")
        with pytest.raises(PageError, match="Failed to fetch"):
            opened.evaluate("fetch('https://example.org/')")
        assert len(opened.errors) > before
        assert opened.requests == []


@pytest.mark.parametrize("scene", NUMBERS)
def test_every_handle_moves_its_number(scene: int, page: Page, folder: Path) -> None:
    """Assert, for each control of a scene, that slider, box and address agree, and that every number stays a number."""
    at(page, folder, f"scene={scene}&open=1", "mine.html")
    found = page.evaluate(
        f"""(async () => {{
          const frames = () => {FRAMES};
          const bad = [];
          const check = (key, wanted) => {{
            if (lesson.state.get(key) !== String(wanted)) bad.push([key, wanted, lesson.state.get(key)]);
            for (const e of document.querySelectorAll('#scene-{scene} [data-out]')) {{
              const text = e.textContent;
              if (!text || /NaN|undefined|null/.test(text)) bad.push([key, e.dataset.out, text]);
            }}
          }};
          const fire = (e, kind) => e.dispatchEvent(new Event(kind, {{bubbles: true}}));
          let moved = 0;
          for (const c of document.querySelectorAll('#scene-{scene} .control[data-start]')) {{
            const slider = c.querySelector('input[type=range]'), box = c.querySelector('input[type=number]');
            const key = c.dataset.key;
            for (const end of slider ? [slider.max, slider.min] : []) {{
              if (/particles|modes/.test(key) && end === slider.max) continue;
              slider.value = end; fire(slider, 'input'); await frames();
              check(key, Number(box.value));
              moved += 1;
            }}
            box.value = c.dataset.least; fire(box, 'input'); fire(box, 'change'); await frames();
            check(key, Number(c.dataset.least));
            box.value = c.dataset.start; fire(box, 'input'); fire(box, 'change'); await frames();
            check(key, Number(c.dataset.start));
            moved += 1;
          }}
          for (const c of document.querySelectorAll('#scene-{scene} .choice')) {{
            const select = c.querySelector('select');
            for (const option of [...select.options].reverse()) {{
              select.value = option.value; fire(select, 'change'); await frames();
              check(c.dataset.key, option.value);
              moved += 1;
            }}
          }}
          return {{bad, moved}};
        }})()"""
    )
    assert found["bad"] == []
    assert found["moved"] >= 6


def test_the_address_keeps_every_setting(page: Page, folder: Path) -> None:
    """Assert that an address with every key off its default, opened anew, restores all of them and is written again."""
    keys = page.evaluate("lesson.state.keys()")
    address = page.evaluate(
        """(() => {
          for (const c of document.querySelectorAll('.control[data-start]')) {
            const {key, start, low, most, whole} = c.dataset;
            const other = low !== undefined && low !== start ? low : whole !== undefined ? Number(start) + 1 : most;
            lesson.state.set(key, other);
          }
          for (const c of document.querySelectorAll('.choice')) {
            lesson.state.set(c.dataset.key, c.querySelector('select').options[1].value);
          }
          for (const s of document.querySelectorAll('.scene')) {
            const n = s.dataset.scene, radio = s.querySelector('.question input[type=radio]');
            lesson.state.set(`${n}.guess`, radio ? radio.value : 7);
            lesson.state.set(`${n}.shown`, 1);
            lesson.state.set(`${n}.time`, 12.5);
          }
          lesson.state.set('open', 1);
          lesson.state.set('scene', 3);
          return lesson.state.address();
        })()"""
    )
    assert {pair.split("=")[0] for pair in address.split("&")} == set(keys)
    wait(page, 300)
    assert page.evaluate("location.hash.slice(1)") == address
    at(page, folder, address)
    values = page.evaluate("lesson.state.keys().map((key) => [key, lesson.state.get(key)])")
    assert {f"{key}={value}" for key, value in values} == set(address.split("&"))
    assert page.evaluate("document.querySelector('#scene-3').hidden") is False
    assert page.evaluate("[...document.querySelectorAll('.scene')].filter((s) => !s.hidden).length") == 1
    at(page, folder, "scene=9&1.mu=oops&1.steps=1.5&2.guess=none&nonsense=1&4.time=900")
    assert page.evaluate("lesson.state.address()") == ""


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


def test_a_command_can_be_copied(page: Page) -> None:
    """Assert that the button puts the very command on the clipboard, and says so."""
    page.evaluate("lesson.state.set('open', 1)")
    page.send("Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])
    press(page, "#scene-1 [data-copy]")
    wait(page, 200)
    assert page.evaluate("document.querySelector('#scene-1 [data-copy]').textContent") == "Copied"
    assert page.evaluate("document.getElementById('said').textContent") == "The command is copied."
    command = page.evaluate("document.querySelector('#scene-1 [data-command]').textContent")
    assert page.evaluate("navigator.clipboard.readText()") == command
    assert command == "noncommit simulate sampler=ddim mu=4 weights=0.5,0.5 steps=1 particles=5000 seed=0"


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


def test_a_guess_comes_before_the_picture(page: Page) -> None:
    """Assert that question, picture and answer open one after the other, and that a number can be guessed."""
    page.emulate(prefers_reduced_motion="reduce")  # so that nothing scrolls away from the mouse
    shown = "(s) => { const e = document.querySelector(s); return e.checkVisibility(); }"
    assert [page.call(shown, f"#scene-1 {part}") for part in (".question", ".drag", ".reveal")] == [True, False, False]
    press(page, "#scene-1 .option:nth-of-type(1) input")
    page.evaluate(FRAMES)
    assert [page.call(shown, f"#scene-1 {part}") for part in (".drag", ".reveal")] == [True, False]
    press(page, "#scene-1 [data-reveal]")
    assert page.call(shown, "#scene-1 .reveal")
    assert "no." in page.evaluate("document.querySelector('#scene-1 .verdict').textContent")
    press(page, "#scene-1 .option:nth-of-type(3) input")
    assert "right." in page.evaluate("document.querySelector('#scene-1 .verdict').textContent")
    press(page, "nav [data-go='3']")
    press(page, "#scene-3 [data-settle]")
    press(page, "#scene-3 [data-reveal]")
    few, many = (LAWS["isoperimetric"].evaluate({"modes": m, "error": 0.01})["stiffness"] for m in (2, 1000))
    assert f"the bound is {many / few:.4g} times" in page.evaluate(
        "document.querySelector('#scene-3 .verdict').textContent"
    )


def test_it_works_without_a_mouse(page: Page) -> None:
    """Assert the order of Tab, a visible focus, arrows that turn scenes and move sliders, and Space that plays."""
    page.key("Tab")
    assert page.evaluate("document.activeElement.dataset.go") == "1"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.evaluate("document.activeElement.blur()")
    page.key("ArrowRight")
    assert page.evaluate("[lesson.state.get('scene'), document.activeElement.id]") == ["2", "title-2"]
    page.key("Tab")
    page.key(" ")
    assert page.evaluate("[lesson.state.get('2.guess'), lesson.clock.playing()]") == ["both10", "2.time"]
    page.evaluate("lesson.clock.stop()")
    page.key("ArrowDown")
    assert page.evaluate("lesson.state.get('2.guess')") == "sharp100"
    page.key("Tab")
    assert page.evaluate("document.activeElement.id") == "c-2.noise"
    page.key("ArrowLeft")
    assert page.evaluate("lesson.state.get('2.noise')") == "0.15"
    page.evaluate("document.activeElement.blur()")
    page.key(" ")
    assert page.evaluate("lesson.clock.playing()") == "2.time"
    page.key(" ")
    assert page.evaluate("lesson.clock.playing()") is None
    order = page.evaluate(
        "[...document.querySelectorAll('button, input, select, summary, [tabindex]')].map((e) => e.tabIndex)"
    )
    assert set(order) <= {0, -1}


def test_time_runs_stops_and_is_dragged(page: Page, folder: Path) -> None:
    """Assert that Play moves the line from noise onward, Pause stops it, and the line itself can be drawn."""
    at(page, folder, "scene=4&open=1")
    press(page, "#scene-4 [data-time] button")
    wait(page, 400)
    first = page.evaluate("lesson.state.number('4.time')")
    press(page, "#scene-4 [data-time] button")
    second = page.evaluate("lesson.state.number('4.time')")
    wait(page, 150)
    assert 0 < first <= second < 100
    assert page.evaluate("lesson.state.number('4.time')") == second
    assert page.evaluate("document.querySelector('#scene-4 [data-time] output').textContent").startswith("call ")
    x, y = page.place("#time-4")
    page.drag((x, y), (x + 60, y))
    assert page.evaluate("lesson.state.number('4.time')") > 50


def test_nothing_moves_for_who_asked_for_calm(page: Page, folder: Path) -> None:
    """Assert that with reduced motion a guess starts nothing, and the button steps from call to call."""
    page.emulate(prefers_reduced_motion="reduce")
    at(page, folder, "scene=1")
    press(page, "#scene-1 .option:nth-of-type(1) input")
    assert page.evaluate("[lesson.clock.playing(), lesson.state.get('1.time')]") == [None, "100"]
    at(page, folder, "scene=4&open=1&4.steps=8&4.time=0")
    assert page.evaluate("document.querySelector('#scene-4 [data-time] button').textContent") == "Step"
    for calls in (1, 2, 3):
        press(page, "#scene-4 [data-time] button")
        wait(page, 100)
        assert page.evaluate("lesson.state.number('4.time')") == pytest.approx(100 * calls / 8)


def test_what_is_seen_is_said(page: Page, folder: Path) -> None:
    """Assert that pictures carry their numbers in words, that a change is announced, and that bad input is refused."""
    at(page, folder, "scene=4&open=1")
    labels = page.evaluate("[...document.querySelectorAll('#scene-4 canvas')].map((c) => c.getAttribute('aria-label'))")
    assert all("16 calls of slope at most 4" in label and "floor" in label for label in labels)
    assert page.evaluate("document.querySelector('#scene-4 .summary').textContent") == labels[0]
    page.evaluate("lesson.state.set('4.steps', 2)")
    wait(page, 700)
    assert page.evaluate("document.getElementById('said').textContent").startswith("2 calls of slope")
    page.evaluate(
        "(() => { const b = document.querySelector('[data-key=\"4.steps\"] input[type=number]'); b.value = '2.5'; "
        "for (const kind of ['input', 'change']) b.dispatchEvent(new Event(kind)); })()"
    )
    said = page.evaluate("document.getElementById('said').textContent")
    assert said == "Expected a whole number from 1 to 256. Received: 2.5."
    assert page.evaluate("lesson.state.get('4.steps')") == "2"


INK = """(c) => {
  const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data, first = d.slice(0, 3).join();
  let other = 0;
  for (let i = 0; i < d.length; i += 4) if (d.slice(i, i + 3).join() !== first) other += 1;
  return [first, other / (d.length / 4)];
}"""


def test_it_can_be_printed(page: Page) -> None:
    """Assert that on paper all scenes stand open with drawn pictures and settings in words, and nothing to press."""
    page.emulate(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    visible = "[...document.querySelectorAll(%r)].map((e) => e.checkVisibility())"
    for selector in (".scene", ".drag", ".reveal", ".settings", ".law ul", ".plan"):
        assert all(page.evaluate(visible % selector)), selector
    for selector in ("nav", ".controls", ".timeline button", "[data-copy]", "[data-reveal]"):
        assert not any(page.evaluate(visible % selector)), selector
    for first, ink in page.evaluate(f"[...document.querySelectorAll('canvas')].map({INK})"):
        assert first == "255,255,255"
        assert ink > 0.01
    assert "calls K: 16" in page.evaluate("document.querySelector('#scene-4 .settings').textContent")
    assert "linear" in page.evaluate("document.querySelector('#scene-4 .settings').textContent")
    pdf = page.send("Page.printToPDF")["data"]
    assert pdf.startswith("JVBERi")  # %PDF in base64
    page.emulate()


@pytest.mark.parametrize("width", [375, 1280])
def test_it_fits_the_screen(width: int, page: Page, folder: Path) -> None:
    """Assert that no scene is wider than a phone, and that every handle on it is large enough for a finger."""
    page.viewport(width, 812, mobile=width < 500)
    for scene in NUMBERS:
        at(page, folder, f"scene={scene}&open=1")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, scene
        sizes = page.evaluate(
            "[...document.querySelectorAll('button, select, input')].filter((e) => e.checkVisibility())"
            ".filter((e) => e.type !== 'radio').map((e) => e.getBoundingClientRect().height)"
        )
        assert min(sizes) >= 24, scene


def test_the_dark_page_is_dark_in_its_pictures_too(page: Page, folder: Path) -> None:
    page.emulate(prefers_color_scheme="dark")
    at(page, folder, "scene=2&open=1")
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    red, green, blue = map(int, re.findall(r"\d+", background))
    assert max(red, green, blue) < 64
    for first, ink in page.evaluate(f"[...document.querySelectorAll('#scene-2 canvas')].map({INK})"):
        assert first == f"{red},{green},{blue}"
        assert ink > 0.01


def test_a_curve_of_yours_brings_its_setting(page: Page, folder: Path) -> None:
    """Assert that each curve in the list has its cells' numbers and sets the scene to where it was measured."""
    at(page, folder, "scene=4&open=1", "mine.html")
    records = read_sweep(folder / "mine.sweep").records
    for index, sampler in enumerate(RUNS["samplers"]):
        page.evaluate(
            f"(() => {{ const s = document.getElementById('c-4.mine'); s.value = '{index}'; "
            "s.dispatchEvent(new Event('change')); })()"
        )
        page.evaluate(FRAMES)
        curve = page.evaluate(f"lesson.data.measured[{index}]")
        own = [[r["steps"], r["exact.ambiguous"]] for r in records if r["sampler"] == sampler]
        assert [point[:2] for point in curve["points"]] == own
        assert page.evaluate("['mu', 'cap', 'path'].map((k) => lesson.state.get('4.' + k))") == ["2", "4", "linear"]


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
