"""The lesson's numbers in a browser: `nc` on a bare page, as the lesson has it, or with one place of it changed."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from browser import Browser, Page
from noncommit._lesson_numbers import lesson_numbers, text_data

PROSE = (
    "The mean of two words is no word. A map that is smooth must pass through what lies between, and what lies between "
    "is nothing that anyone says. So it draws, or it stretches, or it errs, and a short path leaves it little choice."
)


def script(folder: Path) -> str:
    """Return the lesson's numbers with a short text of the tests' own, the same under every Python."""
    file = folder / "prose.txt"
    file.write_text(PROSE)
    return lesson_numbers(text=text_data(text=str(file)))


def changed(text: str, old: str, new: str) -> str:
    """Return the script with its one occurrence of `old` replaced: a mutant."""
    assert text.count(old) == 1, f"{old!r} is there {text.count(old)} times"
    return text.replace(old, new)


@contextmanager
def opened(browser: Browser, folder: Path, text: str) -> Iterator[Page]:
    """Open a page that holds this script and nothing else."""
    file = folder / "numbers.html"
    file.write_text(f"<!doctype html><meta charset=utf-8><title>nc</title><script>{text}</script>", encoding="utf-8")
    with browser.page() as page:
        page.open(file)
        assert not page.errors
        assert not page.requests
        yield page
