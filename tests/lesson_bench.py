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

TIMED = f"""async (call) => {{
  const run = new Function("return () => " + call)(), times = [];
  for (let i = 0; i < {ROUNDS} + 3; i++) {{
    const began = performance.now();
    run();
    times.push(performance.now() - began);
    await new Promise((resume) => setTimeout(resume, 5));
  }}
  return times.slice(3);
}}"""


def main() -> None:
    """Print one row a sampler of two modes, and one a sampler of text."""
    keys = f"mu: 4, steps: {STEPS}, denoiser_stiffness: 4, particles: {PARTICLES}"
    with tempfile.TemporaryDirectory() as folder, running() as browser:
        place = Path(folder)
        with opened(browser, place, script(place)) as page:
            print(f"Chromium, one core, median of {ROUNDS}: {PARTICLES} particles, {STEPS} steps")  # noqa: T201
            for name in page.evaluate("nc.simulate.samplers"):
                call = f"nc.simulate({{{keys}, sampler: '{name}'}})"
                calls = page.evaluate(f"{call}.nfe")
                took = statistics.median(page.call(TIMED, call))
                print(f"{name:<32} {took:8.1f} ms   {calls} calls")  # noqa: T201
            for name in page.evaluate("nc.text.samplers"):
                call = f"nc.text.run({{steps: 8, particles: 20, sampler: '{name}'}})"
                took = statistics.median(page.call(TIMED, call))
                print(f"{'text, ' + name:<32} {took:8.1f} ms   20 sequences of 64, 8 steps")  # noqa: T201


if __name__ == "__main__":
    try:
        main()
    except pytest.skip.Exception:
        print(MISSING)  # noqa: T201
