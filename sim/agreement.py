"""|x32 - x64| <= bound: runs in both types with one seed, particle by particle, and which calls could differ.

A call is the landing set that an output reaches, or none. It changes only where the output lies within the bound of an
edge, or where a draw on the way may: those particles are `undecided`, and all the others are called alike.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final, final

import numpy as np

from sim.codebook import codebook_vectors
from sim.mixture.sampling import MixtureRun, build_run
from sim.precision import UNIT, Flags, Followed, follow_mixture, follow_two_modes
from sim.two_modes.run import build_setting
from sim.two_modes.sampler_names import sampler_named
from sim.two_modes.samplers import Setting
from theory.errors import Array
from theory.mixture import mixture


@final
@dataclass(frozen=True, eq=False)
class Agreement:
    """What float32 changed of N particles: all lengths are distances between the runs, shape (N,) or one number.

    `condition` is the stiffness of the sampler's class, infinite where it draws; `class_bound` the largest bound by
    certified slopes; `bound` each particle's own; `distance` what was found; `margin` how far an output lies from the
    nearest edge; `undecided` who could be called otherwise, or could draw otherwise, and `flips` how many were.
    """

    condition: float
    class_bound: float
    bound: Array
    distance: Array
    margin: Array
    undecided: Flags
    may_differ: Flags
    flips: int

    def expected_flips(self, width: float) -> float:
        """Return how many flips there should be: the distances within `width` of an edge over 2 width.

        An output moves across an edge if it is no further from it than it moves: f |x32 - x64| of them, where f is the
        density of outputs there, if it hardly changes within `width`.
        """
        return float(np.sum(self.distance[self.margin <= width]) / (2 * width))

    @property
    def holds(self) -> bool:
        """Whether no particle that draws alike is further apart than its bound."""
        return bool(np.all((self.distance <= self.bound) | self.may_differ))

    @property
    def tightness(self) -> float:
        """The largest share of its bound that a particle's distance has, over those that draw alike."""
        alike = ~self.may_differ
        return float(np.max(self.distance[alike] / self.bound[alike]))


def _agreement(
    condition: float, followed: Callable[[bool], Followed], double: Array, single: Array, calls: Callable[[Array], Any],
    margins: Callable[[Array], Array],
) -> Agreement:  # fmt: skip
    own, by_class = followed(True), followed(False)
    double, single = double.reshape(len(double), -1), single.reshape(len(single), -1).astype(float)
    changed = calls(double) != calls(single)
    undecided = own.may_differ | (margins(double) <= own.error)
    if np.any(changed & ~undecided):
        raise ArithmeticError("a call changed further from every edge than the bound allows")
    return Agreement(
        condition=condition,
        class_bound=float(np.max(by_class.error)),
        bound=own.error,
        distance=np.linalg.norm(double - single, axis=1),
        margin=margins(double),
        undecided=undecided,
        may_differ=own.may_differ,
        flips=int(np.sum(changed)),
    )


def agreement_of_two_modes(setting: Setting, sampler: str, particles: range, seed: int = 0) -> Agreement:
    """Return how the runs of a sampler of two modes, but for the exact flow, agree.

    >>> from sim.two_modes.run import build_setting
    >>> found = agreement_of_two_modes(build_setting(mu=4, steps=4), "ddim", range(100))
    >>> found.holds, found.flips
    (True, 0)
    """
    chosen, edge = sampler_named(sampler), setting.edge
    double, single = (
        chosen.outputs(replace(setting, dtype=dtype), particles, seed) for dtype in ("float64", "float32")
    )
    return _agreement(
        chosen.stiffness(setting),
        lambda own: follow_two_modes(chosen, setting, particles, seed, own=own),
        double,
        single,
        lambda x: np.sign(x[:, 0]) * (np.abs(x[:, 0]) >= edge),
        lambda x: np.abs(np.abs(x[:, 0]) - edge),
    )


def agreement_of_mixture(run: MixtureRun, particles: range, seed: int = 0) -> Agreement:
    """Return how the runs of a sampler on a mixture, but for the exact flow, agree."""
    double, single = (replace(run, dtype=dtype).outputs(particles, seed=seed) for dtype in ("float64", "float32"))
    centres, radius = run.target.means, run.target.radius(run.margin)

    def away(x: Array) -> Array:
        return np.asarray(np.linalg.norm(x[:, None, :] - centres, axis=-1))

    return _agreement(
        run.stiffness,
        lambda own: follow_mixture(run, particles, seed, own=own),
        double,
        single,
        lambda x: np.where(np.min(away(x), axis=1) <= radius, np.argmin(away(x), axis=1), -1),
        lambda x: np.min(np.abs(away(x) - radius), axis=1),
    )


def _line(sampler: str, cap: float) -> Agreement:
    setting = build_setting(mu=4.0, scale=0.3, weights=(0.4, 0.6), steps=16, denoiser_stiffness=cap)
    return agreement_of_two_modes(setting, sampler, range(1 << 14))


def _points(sampler: str, codebook: str, modes: int, n: int, size: int) -> Agreement:
    table = codebook_vectors(codebook, modes=modes, source_dim=n, distance=4.0)
    run = build_run(mixture(means=table, scales=0.1), steps=8, sampler=sampler, denoiser_stiffness=8.0, margin=0.5)
    return agreement_of_mixture(run, range(size))


ROWS: Final[dict[str, Callable[[], Agreement]]] = {
    "2 modes, ddim, cap 4": lambda: _line("ddim", 4.0),
    "2 modes, ddim": lambda: _line("ddim", np.inf),
    "2 modes, heun, cap 4": lambda: _line("heun", 4.0),
    "2 modes, dpm_solver_2m, cap 4": lambda: _line("dpm_solver_2m", 4.0),
    "2 modes, reinjection, cap 4": lambda: _line("reinjection", 4.0),
    "2 modes, ancestral, cap 4": lambda: _line("ancestral", 4.0),
    "2 modes, commit_parallel": lambda: _line("commit_parallel", np.inf),
    "16 bits, ddim, cap 8": lambda: _points("ddim", "bits", 16, 4, 1 << 12),
    "16 bits, reinjection, cap 8": lambda: _points("reinjection", "bits", 16, 4, 1 << 12),
    "16 bits, commit_parallel": lambda: _points("commit_parallel", "bits", 16, 4, 1 << 12),
    "128 on a sphere, ddim, cap 8": lambda: _points("ddim", "sphere", 128, 8, 1 << 10),
}
"""The rows of the table in sim's docstring, by name."""


WIDTH: Final = 0.1
"""Of the strip round an edge from which the table's expected flips are counted; modes lie 4 or 8 apart."""


def agreement_line(name: str, found: Agreement) -> str:
    """Return a row of the table: lengths in units u and flips a million particles to one or two digits."""
    size = len(found.bound)
    condition = f"{found.condition:.1e}" if np.isfinite(found.condition) else "-"
    lengths = (found.class_bound, np.max(found.bound), np.max(found.distance), np.median(found.distance))
    columns = " ".join(f"{length / UNIT:<8.2g}" for length in lengths)
    flips = f"{found.expected_flips(WIDTH) / size * 1e6:<8.1g} {int(np.sum(found.undecided))}/{size}"
    return f"{name:<30} {condition:<9} {columns} {flips:<17} {found.flips}"


HEADER: Final = (
    f"{'run':<30} {'condition':<9} {'class':<8} {'own':<8} {'largest':<8} {'median':<8} {'flips':<8} {'open':<8} found"
)
"""The head of the table."""
