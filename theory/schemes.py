"""x_{k+1} = x_k + h v(x_k), and its kin: each sampler as its author writes it, on rows of a linear method.

A scheme takes a tape and a grid 0 = t_0 < ... < t_K = 1 and returns the output's row. Where a stage would lie at t = 1,
at which the velocity is singular, the last step is Euler's. Orders are classical, for smooth fields.
Source: theory/LAWS.md, section 7, `linear methods`; authors at each scheme.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final, final

from theory.linear_method import LinearMethod, Row, Tape
from theory.path import AbstractPath

Grid = Sequence[Any]


def _ddim(tape: Tape, x: Row, t: Any, u: Any) -> Row:
    """Return x' = (b'/b) x + (a' - a b'/b) m(x)."""
    a, b, a_next, b_next = (*_at(tape, t), *_at(tape, u))
    keep = b_next / b
    return x.times(keep) + tape.mean(x, t).times(a_next - a * keep)


def _at(tape: Tape, t: Any) -> tuple[Any, Any]:
    return tape.path.a(t), tape.path.b(t)


def ddim(tape: Tape, grid: Grid) -> Row:
    """Song, Meng and Ermon 2021: exact where m is constant over a step."""
    x = tape.start(grid[0])
    for t, u in pairwise(grid):
        x = _ddim(tape, x, t, u)
    return x


def euler(tape: Tape, grid: Grid) -> Row:
    """Euler 1768: x + h v(x). On the linear path it is DDIM."""
    x = tape.start(grid[0])
    for t, u in pairwise(grid):
        x = x + (u - t) * tape.velocity(x, t)
    return x


def heun(tape: Tape, grid: Grid) -> Row:
    """Heun 1900, as Karras et al. 2022 use it: the mean of the velocities at both ends of an Euler step."""
    x = tape.start(grid[0])
    for t, u in pairwise(grid):
        v = tape.velocity(x, t)
        y = x + (u - t) * v
        x = y if tape.path.b(u) == 0 else x + (u - t) / 2 * (v + tape.velocity(y, u))
    return x


def midpoint(tape: Tape, grid: Grid) -> Row:
    """Runge 1895: the velocity halfway along an Euler step."""
    x = tape.start(grid[0])
    for t, u in pairwise(grid):
        half = (u - t) / 2
        y = x + half * tape.velocity(x, t)
        x = x + (u - t) * tape.velocity(y, t + half)
    return x


def rk4(tape: Tape, grid: Grid) -> Row:
    """Kutta 1901: four velocities weighted 1, 2, 2, 1 over 6."""
    x = tape.start(grid[0])
    for t, u in pairwise(grid):
        h = u - t
        first = tape.velocity(x, t)
        if tape.path.b(u) == 0:
            return x + first.times(h)
        second = tape.velocity(x + h / 2 * first, t + h / 2)
        third = tape.velocity(x + h / 2 * second, t + h / 2)
        fourth = tape.velocity(x + h * third, u)
        x = x + h / 6 * (first + 2 * second + 2 * third + fourth)
    return x


def dpm_solver_2m(tape: Tape, grid: Grid) -> Row:
    """DPM-Solver++(2M), Lu et al. 2022: a DDIM step along m extrapolated in log a/b; the first and last are DDIM's."""
    x = tape.start(grid[0])
    before: Row | None = None
    spans = [_log_snr(tape.path, u) - _log_snr(tape.path, t) for t, u in pairwise(grid)]
    for k, (t, u) in enumerate(pairwise(grid)):
        a, b, a_next, b_next = (*_at(tape, t), *_at(tape, u))
        keep = b_next / b
        mean = tape.mean(x, t)
        ahead = mean
        if before is not None and math.isfinite(spans[k]) and math.isfinite(spans[k - 1]):
            ahead = mean + spans[k] / (2 * spans[k - 1]) * (mean - before)
        x, before = x.times(keep) + ahead.times(a_next - a * keep), mean
    return x


def _log_snr(path: AbstractPath, t: Any) -> float:
    a, b = float(path.a(t)), float(path.b(t))
    return -math.inf if a == 0 else math.inf if b == 0 else math.log(a / b)


def reinjection(tape: Tape, grid: Grid) -> Row:
    """Song et al. 2023, multistep consistency sampling: x' = a' m(x) + b' xi."""
    x = tape.start(grid[0])
    for t, u in pairwise(grid):
        a_next, b_next = _at(tape, u)
        x = tape.inject(a_next * tape.mean(x, t), b_next)
    return x


def ancestral(tape: Tape, grid: Grid) -> Row:
    """Ho, Jain and Abbeel 2020: x' = a' m + r (x - a m) + tau xi, tau = b' sqrt(1 - (s'/s)^2), r b = b' s'/s."""
    x = tape.start(grid[0])
    for t, u in pairwise(grid):
        a, b, a_next, b_next = (*_at(tape, t), *_at(tape, u))
        fall = b_next * a / (a_next * b)  # s'/s with s = b/a; 0 from pure noise
        keep = b_next * fall / b
        x = tape.inject(keep * x + (a_next - a * keep) * tape.mean(x, t), b_next * math.sqrt((1 - fall) * (1 + fall)))
    return x


def euler_maruyama(tape: Tape, grid: Grid) -> Row:
    """Maruyama 1955: dx = (v + (w/2) score) dt + sqrt(w) dW with w = b (Ma et al. 2024); the last step returns m.

    The score is (a m - x)/b^2, so drift and velocity share one call.
    """
    x = tape.start(grid[0])
    for t, u in pairwise(grid[:-1]):
        a, b = _at(tape, t)
        p, h = tape.path.db(t) / b, u - t
        mean = tape.mean(x, t)
        velocity = x.times(p) + mean.times(tape.path.da(t) - a * p)
        x = tape.inject(x + h * (velocity + (mean.times(a) - x).times(1 / (2 * b))), math.sqrt(b * h))
    return tape.mean(x, grid[-2])


CHURN: Final = math.sqrt(2) - 1
"""The most by which Karras et al. 2022 (algorithm 2) let noise grow before a step: s to s sqrt 2."""


def churn(tape: Tape, grid: Grid) -> Row:
    """Karras et al. 2022: raise the noise from s to (1 + CHURN) s by fresh noise, then a DDIM step from there."""
    x = tape.start(grid[0])
    for t, u in pairwise(grid):
        a, b = _at(tape, t)
        if a > 0:  # pure noise, s infinite, cannot be raised
            s = b / a
            raised = (1 + CHURN) * s
            t = tape.path.time_of(raised)
            a_raised = tape.path.a(t)
            x = tape.inject(a_raised / a * x, a_raised * math.sqrt((raised - s) * (raised + s)))
        x = _ddim(tape, x, t, u)
    return x


def restart(tape: Tape, grid: Grid) -> Row:
    """Xu et al. 2023, once: DDIM to two thirds of the grid, noise back to one third, DDIM to the end."""
    steps = len(grid) - 1
    low, high = -(-steps // 3), -(-2 * steps // 3)
    x = tape.start(grid[0])
    for t, u in pairwise(grid[: high + 1]):
        x = _ddim(tape, x, t, u)
    if low < high < steps:
        a, b, a_back, b_back = (*_at(tape, grid[high]), *_at(tape, grid[low]))
        kept = a_back / a
        x = tape.inject(kept * x, math.sqrt((b_back - kept * b) * (b_back + kept * b)))
        high = low
    for t, u in pairwise(grid[high:]):
        x = _ddim(tape, x, t, u)
    return x


@final
@dataclass(frozen=True)
class Scheme:
    """A sampler by name: what it writes, its classical order (of the flow, or weakly of the diffusion), its noise."""

    name: str
    write: Callable[[Tape, Grid], Row]
    order: int
    noise: str


SCHEMES: Final[dict[str, Scheme]] = {
    scheme.name: scheme
    for scheme in (
        Scheme("ddim", ddim, 1, "deterministic"),
        Scheme("euler", euler, 1, "deterministic"),
        Scheme("heun", heun, 2, "deterministic"),
        Scheme("midpoint", midpoint, 2, "deterministic"),
        Scheme("rk4", rk4, 4, "deterministic"),
        Scheme("dpm_solver_2m", dpm_solver_2m, 2, "deterministic"),
        Scheme("reinjection", reinjection, 0, "stochastic"),
        Scheme("ancestral", ancestral, 1, "stochastic"),
        Scheme("euler_maruyama", euler_maruyama, 1, "stochastic"),
        Scheme("churn", churn, 1, "stochastic"),
        Scheme("restart", restart, 1, "stochastic"),
    )
}
"""Every linear sampler by name. Re-injection approximates no flow as K grows, and so has no order."""


def linear_method(scheme: Scheme, path: AbstractPath, grid: Grid) -> LinearMethod:
    """Return the scheme on this path and grid as one linear method.

    >>> from theory.path import LinearPath
    >>> linear_method(SCHEMES["heun"], LinearPath(), (0.0, 0.5, 1.0)).calls
    3
    """
    tape = Tape(path)
    return tape.method(scheme.write(tape, grid))


def noisy_blocks(scheme: Scheme, path: AbstractPath, grid: Grid) -> tuple[tuple[LinearMethod, float], ...]:
    """Return the same scheme as deterministic blocks with noise of the given standard deviation after each."""
    tape = Tape(path, in_blocks=True)
    return tape.chain(scheme.write(tape, grid))
