"""In a real browser the lesson works by mouse, by keyboard and on paper, aloud, in the dark, by its own scripts alone.

Where there is no Chromium these tests print NOT RUN.
"""

import re
from pathlib import Path

import pytest

from browser import Browser, Page, PageError
from lesson_page import FRAMES, NUMBERS, at, press, settle, wait
from plots.lesson.page import SCENES
from theory.catalogue import LAWS


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
