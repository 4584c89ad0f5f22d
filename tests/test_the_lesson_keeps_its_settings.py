"""Every handle of the lesson moves its number, and an address, a command or a curve brings the setting back.

Where there is no Chromium these tests print NOT RUN.
"""

from pathlib import Path

import pytest
from sweeps import RUNS

from browser import Page
from lesson_page import FRAMES, NUMBERS, at, press, wait
from sim.sweep.results import read_sweep


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
