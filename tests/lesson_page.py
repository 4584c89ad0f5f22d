"""The lesson as a reader has it open: made once, settled after each change, asked for the numbers that it shows."""

import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from sweeps import RUNS, in_process

from browser import SECONDS, Page, PageError
from noncommit._teach import write_lesson
from plots.lesson.page import SCENES
from sim.sweep.plan import make_plan

NUMBERS = range(1, len(SCENES) + 1)

# The page settles after a frame, the address after a fifth of a second, what is said aloud after half a second.
FRAMES = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))"

READY = "document.readyState === 'complete' && typeof lesson === 'object' && 'spent' in lesson"


def written(where: Path) -> Path:
    """Write the lesson, one that holds a sweep, and one into which somebody has put a script, into a folder."""
    write_lesson(str(where / "lesson.html"))
    in_process(make_plan({**RUNS, "name": "mine"}), where / "mine.sweep")
    write_lesson(str(where / "mine.html"), str(where / "mine.sweep"))
    text = (where / "lesson.html").read_text(encoding="utf-8")
    planted = '<script>document.title = \'planted\'</script><p onclick="1" style="color: red">x</p></body>'
    (where / "planted.html").write_text(text.replace("</body>", planted), encoding="utf-8")
    return where


def wait(page: Page, milliseconds: int) -> None:
    page.evaluate(f"new Promise((done) => setTimeout(() => done(true), {milliseconds}))")


def press(page: Page, selector: str) -> None:
    """Click where an element is once the frame under way, which may move it, has been drawn."""
    page.evaluate(FRAMES)
    page.click(selector)


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
