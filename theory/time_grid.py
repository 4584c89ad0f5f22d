"""t_0 < ... < t_K = 1: where on a path the K calls lie, and how fast the noise s = b/a falls from call to call.

The calls lie at t_0..t_{K-1}, and the last step always goes to the data, t_K = 1, where b = 0. `uniform` spaces the
calls evenly in time, `log_snr` in log s, `karras` in s^(1/rho) (Karras et al. 2022, eq. 5), from `s_max` down to
`s_min`; `given` is a list of times. What DDIM, ancestral sampling, re-injection and commitment do depends on the s
alone: paths differ by a rescaling of x. Source: theory/LAWS.md, section 0, `paths`.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any, Final, final

import numpy as np

from theory.errors import Array, UsageError, moderate, one_of, positive, real, whole
from theory.path import MOST_STEPS, AbstractPath, Schedule, VePath, path_named

READS: Final[dict[str, tuple[str, ...]]] = {
    "uniform": ("s_max", "s_min"),
    "log_snr": ("s_max", "s_min"),
    "karras": ("s_max", "s_min", "rho"),
    "given": ("times",),
}
"""The kinds of grid, and the keys that each of them reads."""

KEYS: Final = ("path", "grid", "s_max", "s_min", "rho", "times")
"""The keys that fix a grid, beside `steps`."""

S_MAX: Final = 80.0
"""The first noise where neither path nor caller names one (Karras et al. 2022, table 1)."""

S_MIN: Final = 0.002
"""The last noise of `log_snr` and `karras` (Karras et al. 2022, table 1)."""

RHO: Final = 7.0
"""The exponent of `karras`: its authors' choice. 1 spaces s evenly, infinity is `log_snr`."""

RESOLUTION: Final = 1e-6
"""A noise that a time in doubles cannot hold to this relative accuracy is refused."""


def log_snr_noise(share: Any, s_max: Any, s_min: Any) -> Any:
    """Return s_max^(1 - share) s_min^share: noise that falls by the same factor from call to call.

    >>> float(log_snr_noise(0.5, 16.0, 1.0))
    4.0
    """
    return np.exp((1 - share) * np.log(s_max) + share * np.log(s_min))


def karras_noise(share: Any, s_max: Any, s_min: Any, rho: Any) -> Any:
    """Return (s_max^(1/rho) + share (s_min^(1/rho) - s_max^(1/rho)))^rho. Karras et al. 2022, eq. 5.

    >>> float(karras_noise(0.5, 16.0, 4.0, 2.0))
    9.0
    """
    return (s_max ** (1 / rho) + share * (s_min ** (1 / rho) - s_max ** (1 / rho))) ** rho


@final
@dataclass(frozen=True)
class TimeGrid:
    """A path and the times t_0 < ... < t_K = 1 at which a sampler visits it; `given` are the keys that fix both."""

    path: AbstractPath
    times: tuple[float, ...]
    given: Mapping[str, Any]

    @cached_property
    def schedule(self) -> Schedule:
        """The path's a and b at these times."""
        t = np.array(self.times)
        return Schedule(a=self.path.a(t), b=self.path.b(t))


def time_grid(
    *,
    steps: Any,
    path: str = "linear",
    grid: str = "uniform",
    s_max: Any = None,
    s_min: Any = None,
    rho: Any = None,
    times: Any = None,
) -> TimeGrid:
    """Return the grid of K = `steps` intervals on the path of this name.

    `s_max` and `s_min` are s at the first and the last call. Left out, s_max is where the path begins (80 where that is
    pure noise and the grid needs a number), and s_min one step before the data (`uniform`) or 0.002. On the path `ve`
    s_max is its own beginning, with any grid. `times` are t_0..t_K for grid=given. Raises UsageError for a value out of
    range, and for a key that this grid does not read.

    >>> time_grid(steps=4).times
    (0.0, 0.25, 0.5, 0.75, 1.0)
    >>> time_grid(steps=3, path="ve", grid="karras", s_max=16, s_min=1, rho=2).schedule.b.tolist()
    [16.0, 6.25, 1.0, 0.0]
    """
    count = whole("steps", steps, low=1, high=MOST_STEPS, hint="Is it a time rather than a number of intervals?")
    along = path_named(path)
    kind = one_of("grid", grid, READS)
    asked = {"s_max": s_max, "s_min": s_min, "rho": rho, "times": times}
    _check_read(kind, along, asked)
    noise = {name: float(moderate(name, asked[name])) for name in ("s_max", "s_min") if asked[name] is not None}
    if isinstance(along, VePath):
        along = replace(along, s_max=noise.get("s_max", along.s_max))
        noise["s_max"] = along.s_max
    if kind == "given":
        points = given_times(times, count)
    elif kind == "uniform":
        points = _uniform(along, count, **noise)
    else:
        starts = _most_noise(along)
        noise = {"s_max": starts if math.isfinite(starts) else S_MAX, "s_min": S_MIN} | noise
        if kind == "karras":
            noise["rho"] = RHO if rho is None else float(positive("rho", rho))
        points = _by_noise(along, count, **noise)
    if not all(t < u for t, u in pairwise(points)):
        raise UsageError(
            "The times of this grid do not rise.",
            expected="s_max > s_min, and no more steps than doubles can keep apart",
            received=", ".join(f"{name}={value}" for name, value in ({"steps": count} | noise).items()),
            hint="Are s_max and s_min exchanged?",
        )
    listed = {"times": points} if kind == "given" else {}
    return TimeGrid(along, points, {"path": path, "grid": kind} | noise | listed)


def schedule_of(given: Mapping[str, Any]) -> Schedule:
    """Return the schedule that the keys `steps` and KEYS of a law's question fix; other keys are not read.

    >>> schedule_of({"mu": 4.0, "steps": 2, "path": "linear", "grid": "uniform"}).b.tolist()
    [1.0, 0.5, 0.0]
    """
    return time_grid(**{name: given[name] for name in ("steps", *KEYS) if name in given}).schedule


def _check_read(kind: str, path: AbstractPath, asked: Mapping[str, Any]) -> None:
    read = (*READS[kind], "s_max") if isinstance(path, VePath) else READS[kind]
    for name, value in asked.items():
        if value is not None and name not in read:
            raise UsageError(
                f"{name} is not read by grid={kind}.",
                expected=", ".join(read) or "no such key",
                received=f"{name}={value}",
                hint="Is another grid meant? " + "; ".join(f"{k}: {', '.join(v)}" for k, v in READS.items()) + "?",
            )


def _most_noise(path: AbstractPath) -> float:
    """Return s at t = 0, infinite at pure noise."""
    a, b = float(path.a(0.0)), float(path.b(0.0))
    return math.inf if a == 0 else b / a


def _time(path: AbstractPath, name: str, s: float) -> float:
    """Return the time at which b/a is s; UsageError where the path does not reach it, or no double does."""
    starts = _most_noise(path)
    if s == starts:
        return 0.0
    t = float(path.time_of(s))
    if s > starts:
        raise UsageError(
            f"{name} lies beyond the path.",
            expected=f"{name} <= {starts:.6g}, s = b/a where the path {path.name} begins",
            received=repr(s),
            hint="Is it the path ve, which begins wherever s_max says, that is meant?",
        )
    if not abs(float(path.b(t) / path.a(t)) - s) <= RESOLUTION * s:
        raise UsageError(
            f"{name} is too small for a time.",
            expected=f"an s = b/a that the path {path.name} has at some double t to {RESOLUTION:g}",
            received=repr(s),
            hint="Is it below 1e-9 of the noise at the start?",
        )
    return t


def _uniform(
    path: AbstractPath, count: int, s_max: float | None = None, s_min: float | None = None
) -> tuple[float, ...]:
    """Return K calls evenly spaced in time from s_max on: up to s_min, or without it to one interval before t = 1."""
    first = 0.0 if s_max is None else _time(path, "s_max", s_max)
    k = np.arange(count)
    if s_min is None:
        inner = first + (1 - first) * (k / count)
    else:
        inner = first + (_time(path, "s_min", s_min) - first) * (k / max(count - 1, 1))
    return (*inner.tolist(), 1.0)


def _by_noise(
    path: AbstractPath, count: int, s_max: float, s_min: float, rho: float | None = None
) -> tuple[float, ...]:
    """Return the times of K calls whose noise falls from s_max to s_min; a single call is at s_max."""
    share = np.arange(1, count) / max(count - 1, 1)
    noise = log_snr_noise(share, s_max, s_min) if rho is None else karras_noise(share, s_max, s_min, rho)
    levels = [*noise.tolist()[:-1], *([s_min] if count > 1 else [])]
    return (_time(path, "s_max", s_max), *(_time(path, "s_min", s) for s in levels), 1.0)


def given_times(times: Any, steps: int) -> tuple[float, ...]:
    """Return t_0..t_K after checking that they rise strictly, begin in [0, 1), end at 1 and are `steps` intervals.

    >>> given_times([0, 0.5, 1], 2)
    (0.0, 0.5, 1.0)
    """
    if times is None:
        raise UsageError(
            "times is missing.", expected="grid=given times=t_0,...,t_K", received="grid=given alone",
            hint="Is grid=uniform what you want?",
        )  # fmt: skip
    points: Array = np.atleast_1d(real("times", times))
    rises = points.ndim == 1 and len(points) > 1 and bool(np.all(np.diff(points) > 0))
    if not (rises and points[0] >= 0 and points[-1] == 1):
        raise UsageError(
            "times is no grid.",
            expected="0 <= t_0 < t_1 < ... < t_K = 1, from noise to data",
            received=", ".join(f"{t:g}" for t in points.ravel()[:8].tolist()) + ("..." if points.size > 8 else ""),
            hint="Do they run from data to noise, repeat a value, or end before the data at 1?",
        )
    if len(points) != steps + 1:
        raise UsageError(
            "times and steps disagree.",
            expected=f"steps + 1 = {steps + 1} times, the data at 1 among them",
            received=f"{len(points)} times",
            hint="Was the beginning or the end left out?",
        )
    return tuple(points.tolist())
