"""`composition`, `ddim_frontier` and what follows from them, as values: what K steps can reach, and no schedule frees.

Source: theory/LAWS.md, section 7.
"""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from theory.catalogue.quantities import (
    BRANCHING,
    CAP,
    ERROR,
    LEVELS_OF_TREE,
    MARGIN,
    MU,
    PATH,
    S_MAX,
    S_MIN,
    SCALE,
    SCHEDULE,
    SCHEDULED,
    STEPS,
    STIFFNESS,
    STIFFNESSES,
)
from theory.composition import composed_stiffness, hierarchy_peaks, least_peak
from theory.denoiser import UNCAPPED, steepest_within
from theory.depth import ddim_stiffness, frontier_error, reachable_slopes, schedule_free_stiffness
from theory.law import Hypothesis, Law, Question
from theory.path import Schedule
from theory.schedule import log_stretch, peak_optimal_schedule, slope_between, stretch_between
from theory.target import TwoModes, two_modes
from theory.time_grid import schedule_of, time_grid


def _setting(given: Mapping[str, Any]) -> tuple[TwoModes, Schedule, float]:
    target = two_modes(mu=given["mu"], scale=given["scale"])
    return target, schedule_of(given), given.get("denoiser_stiffness", UNCAPPED)


def _reachable(given: Mapping[str, Any]) -> bool:
    target, schedule, cap = _setting(given)
    return cap >= steepest_within(target, schedule)


def _ask_ddim_frontier(given: Mapping[str, Any]) -> dict[str, Any]:
    target, schedule, cap = _setting(given)
    slopes = reachable_slopes(target, schedule, cap)
    stiffness = ddim_stiffness(schedule, slopes)
    return {
        "stiffness": stiffness,
        "error": frontier_error(target, given["margin"], stiffness),
        "nfe": given["steps"],
        "peak_slope": float(np.max(slopes)),
    }


DDIM_FRONTIER: Final = Law(
    name="ddim_frontier",
    section="theory/LAWS.md, section 7",
    claim="K calls of a denoiser of slope at most lambda, joined by DDIM steps, cannot push the error below a floor.",
    statement="L = b_0 prod_k (|b'/b| + |a' - a b'/b| lambda_k), then `binary`: error >= 2 Phi((1-margin) mu/L) - 1",
    origin="ours; the paper claims an irreducible accuracy-depth-stiffness tradeoff. DDIM: Song et al. 2021",
    quantities=(MU, SCALE, MARGIN, STEPS, CAP, *SCHEDULE),
    questions=(
        Question(("mu", "steps", "denoiser_stiffness"), ("stiffness", "error", "nfe", "peak_slope"),
                 ("scale", "margin", *SCHEDULED)),
        Question(("mu", "steps"), ("stiffness", "error", "nfe", "peak_slope"), ("scale", "margin", *SCHEDULED)),
    ),
    hypotheses=(
        Hypothesis(
            "denoiser_stiffness is at least a scale^2/(a^2 scale^2 + b^2), the slope within one mode, at every call",
            _reachable,
            "Is the scale of the modes too large, or are there too many steps, for so smooth a denoiser?",
        ),
        Hypothesis("each denoiser call has slope at most lambda_k = min(denoiser_stiffness, that of the exact one)"),
        Hypothesis("from x_0 ~ N(0, b_0^2) on nothing but DDIM steps on this grid"),
        Hypothesis("the two landing sets receive equal mass (else confront `binary` with the measured masses)"),
    ),
    levels="SZCQFXM",
    solve=_ask_ddim_frontier,
)  # fmt: skip


def _ask_composition(given: Mapping[str, Any]) -> dict[str, Any]:
    if "stiffnesses" not in given:
        return {"peak": least_peak(given["stiffness"], given["steps"])}
    factors = np.atleast_1d(given["stiffnesses"])
    product = composed_stiffness(factors)
    mean = product ** (1 / len(factors))
    return {"bound": product, "geometric_mean": mean, "peak": float(np.max(factors))}


COMPOSITION: Final = Law(
    name="composition",
    section="theory/LAWS.md, section 7",
    claim="Stiffness multiplies along a chain of steps, so some step carries at least the K-th root of the whole.",
    statement="Lip(f_K o ... o f_1) <= prod_k l_k, hence max_k l_k >= L^(1/K)",
    origin="elementary; the inequality of arithmetic and geometric means",
    quantities=(STIFFNESSES, STIFFNESS, STEPS),
    questions=(
        Question(("stiffnesses",), ("bound", "geometric_mean", "peak")),
        Question(("stiffness", "steps"), ("peak",)),
    ),
    hypotheses=(Hypothesis("step k is l_k-Lipschitz"),),
    levels="SZF",
    solve=_ask_composition,
)


def _ask_schedule_free(given: Mapping[str, Any]) -> dict[str, Any]:
    target, schedule, cap = _setting({**given, "scale": 0.0})
    fixed, free = schedule_free_stiffness(schedule, cap)
    margin = given["margin"]
    return {
        "stiffness": fixed,
        "error": frontier_error(target, margin, fixed),
        "stiffness_any": free,
        "error_any": frontier_error(target, margin, free),
    }


SCHEDULE_FREE_FRONTIER: Final = Law(
    name="schedule_free_frontier",
    section="theory/LAWS.md, section 7",
    claim="Even the best noise schedule leaves an error floor to K calls of a denoiser of slope at most lambda.",
    statement="L <= b_0 prod_k max(a' lambda, 1 + (a' - a) lambda) for any later b; L <= b_0 (1 + lambda) lambda^(K-1)",
    origin="ours",
    quantities=(MU, MARGIN, STEPS, CAP, *SCHEDULE),
    questions=(
        Question(("mu", "steps", "denoiser_stiffness"), ("stiffness", "error", "stiffness_any", "error_any"),
                 ("margin", *SCHEDULED)),
    ),
    hypotheses=(
        Hypothesis(
            "denoiser_stiffness >= 2/sqrt 3, for the bound that is free of a as well",
            lambda given: 3 * given["denoiser_stiffness"] ** 2 >= 4,
            "Does so smooth a denoiser tell anything apart?",
        ),
        Hypothesis("a does not fall and b does not rise along the grid"),
        Hypothesis("the two landing sets receive equal mass"),
    ),
    levels="SZQF",
    solve=_ask_schedule_free,
)  # fmt: skip

WIDE: Final = Hypothesis(
    "scale > 0: between modes of no width the slope is infinite",
    lambda given: given["scale"] > 0,
    "Is it the scale of a mode that is missing?",
)
EQUAL_MODES: Final = Hypothesis("two equal modes of one width, and the exact flow between noise and data")


def _ask_conservation(given: Mapping[str, Any]) -> dict[str, float]:
    """Return the integral between the ends of a path, or between s_max and s_min on it, and the slope from xi on."""
    ends = {name: given[name] for name in ("path", "s_max", "s_min") if name in given}
    schedule = time_grid(steps=2 if "s_min" in given else 1, **ends).schedule
    # The second point is the call at s_min, or without one the data.
    start, end = ((float(schedule.a[k]), float(schedule.b[k])) for k in (0, 1))
    total = float(stretch_between(given["mu"], given["scale"], start, end))
    return {"log_stretch": total, "map_slope": slope_between(given["mu"], given["scale"], start, end)}


CONSERVATION: Final = Law(
    name="conservation",
    section="theory/LAWS.md, section 7",
    claim="Every schedule stretches the boundary between two modes by the same total; it only chooses when.",
    statement="integral of dv_t/dx(0) dt = G(end) - G(start), G = log(V)/2 + mu^2 a^2/(2V), on any path between",
    origin="ours",
    quantities=(MU, SCALE, PATH, S_MAX, S_MIN),
    questions=(Question(("mu", "scale"), ("log_stretch", "map_slope"), ("path", "s_max", "s_min")),),
    hypotheses=(WIDE, EQUAL_MODES),
    levels="SZCQF",
    solve=_ask_conservation,
)


def _ask_peak_optimal(given: Mapping[str, Any]) -> dict[str, Any]:
    schedule = peak_optimal_schedule(given["mu"], given["scale"], given["steps"])
    each = float(log_stretch(given["mu"], given["scale"])) / given["steps"]
    return {"a": schedule.a.tolist(), "b": schedule.b.tolist(), "log_stretch_each": each}


PEAK_OPTIMAL_SCHEDULE: Final = Law(
    name="peak_optimal_schedule",
    section="theory/LAWS.md, section 7",
    claim="The schedule of least peak stretches the boundary by the same factor in every step.",
    statement="log(V)/2 + mu^2 a^2/(2V) linear in t, V = a^2 sigma^2 + b^2, on a^2 + b^2 = 1",
    origin="ours",
    quantities=(MU, SCALE, STEPS),
    questions=(Question(("mu", "scale", "steps"), ("a", "b", "log_stretch_each")),),
    hypotheses=(
        WIDE,
        Hypothesis(
            "mu^2 >= 1 - scale^2: the modes part from the start",
            lambda given: given["mu"] ** 2 >= 1 - given["scale"] ** 2,
            "Are the modes so close that no schedule is needed?",
        ),
        EQUAL_MODES,
    ),
    levels="SZQF",
    solve=_ask_peak_optimal,
)

HIERARCHY: Final = Law(
    name="hierarchy",
    section="theory/LAWS.md, section 7",
    claim="A tree of choices lowers the peak per level by sqrt(levels), unless its levels share the flat error.",
    statement="L_iso(c, e)/L_iso(c^B, error): about 1/sqrt B at e = error, about sqrt B at 1 - e = (1 - error)^(1/B)",
    origin="ours; the abstract claims a sqrt(B)-smaller per-step peak",
    quantities=(LEVELS_OF_TREE, BRANCHING, ERROR),
    questions=(
        Question(
            ("levels", "branching", "error"),
            ("peak_equal_level", "peak_equal_total", "flat", "ratio_equal_level", "ratio_equal_total", "ratios"),
        ),
    ),
    hypotheses=(Hypothesis("each level reads fresh Gaussian coordinates, and all levels are equally far apart"),),
    levels="SCQFM",
    solve=lambda given: hierarchy_peaks(given["levels"], given["branching"], given["error"]),
)
