"""S_j = |B_j| + sum_i |A_ji| lambda_i S_i written out on the linear path: the class of each solver, in balls.

Every solver is written here as its author states it, on combinations of x_0 and of the answers m_i whose coefficients
are balls; theory's matrices must give the same stiffness. Level F. Source: theory/LAWS.md, section 7, `linear methods`.
"""

from collections.abc import Callable
from functools import partial
from typing import Final

import flint

from proofs.against_balls import Row
from proofs.two_modes import CAP, reachable_at
from theory.depth import reachable_slopes
from theory.path import LinearPath
from theory.schemes import SCHEMES, linear_method
from theory.target import two_modes

Sum = dict[int, flint.arb]
"""Coefficients of x_0, at -1, and of the answers m_0, m_1, ..."""


def _plus(*terms: tuple[flint.arb, Sum]) -> Sum:
    keys = {key for _, row in terms for key in row}
    return {key: sum((factor * row[key] for factor, row in terms if key in row), flint.arb(0)) for key in keys}


class _Run:
    """The states at which a solver calls the denoiser, and the times of its calls."""

    def __init__(self) -> None:
        self.calls: list[tuple[flint.arb, Sum]] = []

    def mean(self, x: Sum, t: flint.arb) -> Sum:
        self.calls.append((t, x))
        return {len(self.calls) - 1: flint.arb(1)}

    def velocity(self, x: Sum, t: flint.arb) -> Sum:
        """Return (m - x)/(1 - t)."""
        return _plus((1 / (1 - t), self.mean(x, t)), (-1 / (1 - t), x))


def _heun(run: _Run, x: Sum, t: flint.arb, h: flint.arb, last: bool) -> Sum:
    v = run.velocity(x, t)
    y = _plus((flint.arb(1), x), (h, v))
    return y if last else _plus((flint.arb(1), x), (h / 2, v), (h / 2, run.velocity(y, t + h)))


def _midpoint(run: _Run, x: Sum, t: flint.arb, h: flint.arb, _: bool) -> Sum:
    y = _plus((flint.arb(1), x), (h / 2, run.velocity(x, t)))
    return _plus((flint.arb(1), x), (h, run.velocity(y, t + h / 2)))


def _runge_kutta(run: _Run, x: Sum, t: flint.arb, h: flint.arb, last: bool) -> Sum:
    one, first = flint.arb(1), run.velocity(x, t)
    if last:
        return _plus((one, x), (h, first))
    second = run.velocity(_plus((one, x), (h / 2, first)), t + h / 2)
    third = run.velocity(_plus((one, x), (h / 2, second)), t + h / 2)
    fourth = run.velocity(_plus((one, x), (h, third)), t + h)
    return _plus((one, x), (h / 6, first), (h / 3, second), (h / 3, third), (h / 6, fourth))


def _multistep(run: _Run, x: Sum, t: flint.arb, h: flint.arb, last: bool) -> Sum:
    """DPM-Solver++(2M), Lu et al. 2022: m extrapolated in log(t/(1 - t)) from the call before, at t - h."""
    keep, mean = (1 - t - h) / (1 - t), run.mean(x, t)
    pull = h / (1 - t)
    if last or len(run.calls) <= 2:  # the call before was at t = 0, where the logarithm is infinite
        return _plus((keep, x), (pull, mean))
    here, ahead, behind = ((s / (1 - s)).log() for s in (t, t + h, t - h))
    share = (ahead - here) / (2 * (here - behind))
    before = {len(run.calls) - 2: flint.arb(1)}
    return _plus((keep, x), (pull * (1 + share), mean), (-pull * share, before))


SOLVERS: Final[dict[str, Callable[[_Run, Sum, flint.arb, flint.arb, bool], Sum]]] = {
    "heun": _heun, "midpoint": _midpoint, "rk4": _runge_kutta, "dpm_solver_2m": _multistep,
}  # fmt: skip


def textbook_class(name: str, mu: int, steps: int) -> flint.arb:
    """Return the stiffness of the class that K steps of a solver define."""
    run, x, h = _Run(), {-1: flint.arb(1)}, flint.arb(1) / steps
    for k in range(steps):
        x = SOLVERS[name](run, x, flint.arb(k) / steps, h, k == steps - 1)
    found: list[flint.arb] = []
    slopes = [reachable_at(flint.arb(mu), t) for t, _ in run.calls]
    for row in [*(state for _, state in run.calls), x]:
        found.append(sum((abs(c) * (slopes[i] * found[i] if i >= 0 else 1) for i, c in row.items()), flint.arb(0)))
    return found[-1]


def rows() -> list[Row]:
    """Return theory's stiffness of each class beside the recursion over the solver as its author states it."""
    made: list[Row] = []
    for name in SOLVERS:
        for mu, steps in ((4, 16), (2, 5)):
            method = linear_method(SCHEMES[name], LinearPath(), tuple(k / steps for k in range(steps + 1)))
            value = method.stiffness(reachable_slopes(two_modes(mu=mu), method.schedule, float(CAP)))
            made.append((f"{name} at ({mu}, {CAP}, {steps})", value, partial(textbook_class, name, mu, steps)))
    return made
