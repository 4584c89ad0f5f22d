"""`paths` as a value: the time at which a path has a given noise level, and why nothing else about it matters.

Source: theory/LAWS.md, section 0.
"""

from collections.abc import Mapping
from typing import Any, Final

from theory.catalogue.quantities import PATH, RELATIVE_NOISE, S_MAX
from theory.law import Hypothesis, Law, Question
from theory.time_grid import time_grid


def _ask(given: Mapping[str, Any]) -> dict[str, Any]:
    beginning = {"s_max": given["s_max"]} if "s_max" in given else {}
    # Two calls, the second at this level: the grid checks that the path, and a double on it, reaches so far.
    grid = time_grid(steps=2, path=given["path"], s_min=given["relative_noise"], **beginning)
    return {"time": grid.times[1], "data": float(grid.schedule.a[1]), "noise": float(grid.schedule.b[1])}


SAME_ON_ALL_PATHS: Final = Law(
    name="paths",
    section="theory/LAWS.md, section 0",
    claim="At the same noise levels s = b/a every path gives the same samples: it only says when each level is met.",
    statement="x'/a' = (s'/s) x/a + (1 - s'/s) m, and so every scheme that reads a, b through its steps; s falls from "
    "its start to 0 on each path",
    origin="ours; the paths: Ho, Jain and Abbeel 2020, Song et al. 2021, Karras et al. 2022",
    quantities=(RELATIVE_NOISE, PATH, S_MAX),
    questions=(Question(("relative_noise", "path"), ("time", "data", "noise"), ("s_max",)),),
    hypotheses=(
        Hypothesis("DDIM, ancestral sampling, re-injection, commitment or the exact flow, at the same levels; no cap "
                   "on the denoiser, which limits its slope in x and not in x/a"),
    ),
    levels="SZQF",
    solve=_ask,
)  # fmt: skip
