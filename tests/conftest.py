"""One hypothesis profile: no deadline (kernels compile on their first call), derandomised, nothing kept.

And one table at the end of a run: the worst relative error that the tests found for each law, beside what is claimed. A
test enters what it measured through the fixture `worst_error`; it travels with the test's report, from workers too.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from browser import Browser, Page, running

settings.register_profile("noncommit", deadline=None, derandomize=True, database=None, max_examples=60)
settings.load_profile("noncommit")

ROOT = Path(__file__).resolve().parent.parent


def pytest_collection_modifyitems(items) -> None:
    """Put the one test that takes minutes first: at the end it would keep one core waiting."""
    items.sort(key=lambda item: "[verify]" not in item.name)


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One headless Chromium for all tests of the session; NOT RUN where there is none."""
    with running() as started:
        yield started


@pytest.fixture(scope="session")
def numbers_script(browser, tmp_path_factory) -> str:
    """The script of the lesson's numbers; NOT RUN where no browser could run it."""
    from lesson import script

    return script(tmp_path_factory.mktemp("prose"))


@pytest.fixture(scope="session")
def numbers(browser, numbers_script, tmp_path_factory) -> Iterator[Page]:
    """A page with the lesson's numbers, open for the whole session: nothing on it changes."""
    from lesson import opened

    with opened(browser, tmp_path_factory.mktemp("numbers"), numbers_script) as page:
        yield page


@pytest.fixture(scope="session")
def folder(tmp_path_factory) -> Path:
    """A folder with the lesson, one that holds a sweep, and one into which somebody has put a script."""
    from lesson_page import written

    return written(tmp_path_factory.mktemp("lesson"))


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A browser of the module's own."""
    with running() as started:
        yield started


@pytest.fixture
def page(chromium, folder) -> Iterator[Page]:
    """A fresh tab on the lesson, in which nothing may go wrong and from which nothing may be asked."""
    from lesson_page import settle

    with chromium.page() as opened:
        opened.send("Page.bringToFront")  # a tab behind another draws no frames
        opened.viewport(1280, 900)
        opened.open(folder / "lesson.html")
        settle(opened)
        yield opened
        assert (opened.errors, opened.requests) == ([], [])


ACCURACY = "worst error"


@pytest.fixture
def worst_error(record_property) -> Callable[[str, float, float, str], None]:
    """A function that enters (law, worst relative error found, what is claimed, against what) into the table."""

    def enter(law: str, found: float, claimed: float, against: str) -> None:
        record_property(ACCURACY, [law, float(found), float(claimed), against])

    return enter


def accuracy_table(reports) -> list[str]:
    """Return the lines of the table from the reports of tests: the worst entry of each law, in alphabetical order."""
    worst: dict[str, list] = {}
    for report in reports:
        for name, entry in report.user_properties:
            if name == ACCURACY and (entry[0] not in worst or entry[1] > worst[entry[0]][1]):
                worst[entry[0]] = entry
    return [
        f"{law:<24}{found:<10.1e}{claimed:<10.0e}{against}" for law, found, claimed, against in
        (worst[law] for law in sorted(worst))
    ]  # fmt: skip


def pytest_terminal_summary(terminalreporter) -> None:
    """Print the table, if any test of this run entered something."""
    lines = accuracy_table([r for kind in ("passed", "failed") for r in terminalreporter.stats.get(kind, [])])
    if lines:
        terminalreporter.section("worst relative error found for each law")
        terminalreporter.write_line(f"{'law':<24}{'found':<10}{'claimed':<10}against")
        for line in lines:
            terminalreporter.write_line(line)
