"""peak(N) does not grow with N: a count of a hundred million particles fits an address space of 2 GiB.

Peaks are resident sets as Linux saw them during a run, each case in a process of its own. The mark is set back before
every run, lest the peak of a compiler hide it.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim import particles
from sim.particles import TILE, count, tiles

CHILD = """
import json, resource, sys
from pathlib import Path
import numpy as np
asked = json.loads(sys.argv[1])
if asked["space"]:
    resource.setrlimit(resource.RLIMIT_AS, (asked["space"],) * 2)
from noncommit import simulate
from sim.two_modes import run
kept, honest = [], run.count
if asked["hoards"]:
    run.count = lambda *given, **keys: (kept.append(np.ones(len(given[2]))), honest(*given, **keys))[1]
found = []
simulate(**asked["keys"], particles=1)
for particles in asked["sizes"]:
    Path("/proc/self/clear_refs").write_text("5")
    result = simulate(**asked["keys"], particles=particles, threads=2)
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    found.append((int(lines["VmHWM"].split()[0]) * 1024, result.to_dict()))
print(json.dumps(found))
"""

TRIANGLE = {"target": "mixture", "means": [[0.0, 0.0], [8.0, 0.0], [0.0, 8.0]], "steps": 2}
LINE = {"target": "two_modes", "mu": 4, "steps": 4, "denoiser_stiffness": 4}
FOUR = (0.1 + 0.6 * np.eye(4)).tolist()
TEXT = {"target": "chain", "transition": FOUR, "steps": 1, "length": 8, "source_dim": 2}

CASES = {
    "two modes": (LINE, 1, (10**6, 10**7)),
    "a mixture": ({**TRIANGLE, "scales": 0.3, "sampler": "ddim"}, 2, (10**6, 4 * 10**6)),
    "text": ({**TEXT, "sampler": "ddim"}, 16, (10**5, 3 * 10**5)),
    "the flow of a mixture": (
        {"target": "codebook", "codebook": "sphere", "modes": 2, "source_dim": 256, "sampler": "flow", "steps": 1},
        256, (1000, 20_000),
    ),
}  # fmt: skip
"""Keys, the numbers that one output holds, and two sizes."""

LONG_CASES = {
    "matrices on a mixture": ({**TRIANGLE, "scales": 0.3, "sampler": "heun"}, 2, (10**6, 4 * 10**6)),
    "covariances": ({**TRIANGLE, "covariances": [[1.0, 2.0]] * 3}, 2, (10**6, 4 * 10**6)),
    "levels of a tree": (
        {"target": "tree", "levels": 2, "branching": 2, "sampler": "commit_levels", "steps": 2}, 4,
        (10**6, 3 * 10**6),
    ),
    "frozen text": ({**TEXT, "sampler": "commit_top", "steps": 2}, 16, (10**5, 3 * 10**5)),
}  # fmt: skip


linux = pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="NOT RUN: peaks are read from Linux")


def measured(keys: dict[str, Any], sizes: tuple[int, ...], *, hoards: bool = False, space: int = 0) -> list[Any]:
    """Return (peak in bytes, result) after each run of a child, whose address space is cut to `space` bytes."""
    asked = json.dumps({"keys": keys, "sizes": sizes, "hoards": hoards, "space": space})
    command = [sys.executable, "-c", CHILD, asked]
    root = Path(__file__).resolve().parent.parent
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=root)
    return list(json.loads(done.stdout))


def grown(keys: dict[str, Any], numbers: int, sizes: tuple[int, int], **how: Any) -> float:
    """Return by how much the peak grew, in units of what the outputs of the added particles would take."""
    (small, _), (large, _) = measured(keys, sizes, **how)
    return float((large - small) / (8 * numbers * (sizes[1] - sizes[0])))


@linux
@pytest.mark.parametrize("case", CASES)
def test_the_peak_does_not_grow_with_the_particles(case: str) -> None:
    """Assert that more particles add less than a half of their own outputs to the peak."""
    assert grown(*CASES[case]) < 0.5


@linux
@pytest.mark.slow
@pytest.mark.parametrize("case", LONG_CASES)
def test_no_peak_grows_with_the_particles(case: str) -> None:
    """Assert it for the other layouts of kernels."""
    assert grown(*LONG_CASES[case]) < 0.5


@linux
def test_a_run_that_keeps_its_outputs_is_seen() -> None:
    """Assert that the measure above rejects a run that holds one number a particle."""
    assert grown(*CASES["two modes"], hoards=True) > 0.5


@linux
@pytest.mark.parametrize("number", [10**7, pytest.param(10**8, marks=pytest.mark.slow)])
def test_a_count_fits_two_gibibytes(number: int) -> None:
    """Assert that a count in an address space of 2 GiB ends, and that its interval holds the exact mass."""
    [(peak, found)] = measured(LINE, (number,), space=2 << 30)
    counted = found["estimate"]["ambiguous"]
    assert sum(found["estimate"]["counts"]) == number
    assert counted["low"] <= found["exact"]["ambiguous"] <= counted["high"]
    assert peak < 512 << 20  # far below the limit: a machine of 2 GiB has other things to hold


def test_tiles_are_asked_for_as_they_are_done(monkeypatch) -> None:
    """Assert that no more than four tiles a thread are under way, and that Ctrl-C leaves the rest undone."""
    begun, done, most = 0, 0, 0

    def watched(wanted: range) -> Any:
        nonlocal begun, most
        for tile in tiles(wanted):
            begun += 1
            most = max(most, begun - done)
            yield tile

    def counter(first: int, stop: int) -> Any:
        return np.array([stop - first])

    def progress(particles: int) -> None:
        nonlocal done
        done += 1
        if done == 1000:
            raise KeyboardInterrupt

    monkeypatch.setattr(particles, "tiles", watched)
    assert count(counter, (), range(5 * TILE + 1), threads=2)[0] == 5 * TILE + 1
    begun = done = most = 0
    with pytest.raises(KeyboardInterrupt):
        count(counter, (), range(1 << 32), threads=2, progress=progress)  # 65 536 tiles
    assert most <= 9  # eight under way, and the one that is handed over
    assert begun <= 1000 + 8
