"""milliseconds = what a person waits for: the lesson's runs in headless Chromium, on one core. Nothing is asserted.

Run by `make bench`. The first runs compile; the median of the later ones is printed, with the number of denoiser calls.
"""

import statistics
import tempfile
from pathlib import Path
from typing import Final

import pytest

from browser import MISSING, running
from lesson import opened, script

PARTICLES: Final = 20_000
STEPS: Final = 16
ROUNDS: Final = 15

TIMED: Final = f"""async (call) => {{
  const run = new Function("return " + call)(), times = [[], []];
  for (let i = 0; i < {ROUNDS} + 3; i++) {{
    for (const again of [0, 1]) {{
      const began = performance.now();
      run(i);
      times[again].push(performance.now() - began);
      await new Promise((resume) => setTimeout(resume, 5));
    }}
  }}
  return times.map((each) => each.slice(3));
}}"""
"""Each seed runs twice: with fresh noise, and with the noise that a slider leaves as it is."""


def row(name: str, times: list[list[float]], what: str) -> None:
    """Print the medians."""
    fresh, again = map(statistics.median, times)
    print(f"{name:<24} new seed {fresh:7.1f} ms   same seed {again:7.1f} ms   {what}")  # noqa: T201


def main() -> None:
    """Print one row a sampler of two modes, and one a sampler of text."""
    keys = f"mu: 4, steps: {STEPS}, denoiser_stiffness: 4, particles: {PARTICLES}"
    with tempfile.TemporaryDirectory() as folder, running() as browser:
        place = Path(folder)
        with opened(browser, place, script(place)) as page:
            print(f"Chromium, one core, median of {ROUNDS}: {PARTICLES} particles, {STEPS} steps")  # noqa: T201
            for name in page.evaluate("nc.simulate.samplers"):
                call = f"(seed) => nc.simulate({{{keys}, sampler: '{name}', seed}})"
                row(name, page.call(TIMED, call), f"{page.evaluate(f'({call})(0).nfe')} calls")
            for name in page.evaluate("nc.text.samplers"):
                call = f"(seed) => nc.text.run({{steps: 8, particles: 20, sampler: '{name}', seed}})"
                row(f"text, {name}", page.call(TIMED, call), "20 sequences of 64, 8 steps")


if __name__ == "__main__":
    try:
        main()
    except pytest.skip.Exception:
        print(MISSING)  # noqa: T201
