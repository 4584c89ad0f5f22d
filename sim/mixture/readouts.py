"""What a readout makes of a run in n dimensions, counted against clean latents of the same noise, with intervals.

The last call is fed with exactly noised draws from the target; the whole sampler is compared with the exact flow from
its own noise, followed finely and at two step sizes, so that the error of the comparison is known too. A sampler that
draws has no such flow, and only the law of its token is compared. Source: theory/LAWS.md, section 2, "Readouts".
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np

from sim.estimate import CONFIDENCE, Estimate, clopper_pearson, total_variation
from sim.mixture.flow import PER_UNIT
from sim.mixture.sampling import AbstractRun
from sim.noise import CLEAN, normals
from sim.sampler_keys import declared
from sim.tabular import finite
from theory.errors import Array, UsageError, whole
from theory.mixture import Mixture
from theory.primitives import ndtri
from theory.readout import Readout, readout_asked, token_of

BLOCK: Final = 4096
"""Latents at once: what a readout of the caller's is given, and how much memory is held."""

PARTICLES: Final = 10_000
"""How many latents are read by default."""


@final
@dataclass(frozen=True)
class CountedError:
    """Errors of an output against that of the clean latent, with intervals.

    `flips` is P(argmax D(z') != argmax D(z)); `categorical` is E|D(z') - D(z)|^2/2 and `continuous` E|z' - z|^2/d^2, d
    the least distance of two tokens. For a callable D `categorical` is E|D(z') - D(z)|^2, or the flips of its whole
    numbers; it has no `flips` where it returns one number. Intervals of flips are exact, of means by the central limit.
    """

    flips: Estimate | None
    categorical: Estimate
    continuous: Estimate
    weight: float

    @property
    def total(self) -> float:
        """The two parts in their proportion."""
        return self.weight * self.categorical.value + (1 - self.weight) * self.continuous.value

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers."""
        return {
            "flips": self.flips and self.flips.to_dict(),
            "categorical": self.categorical.to_dict(),
            "continuous": self.continuous.to_dict(),
            "error": self.total,
        }


@final
@dataclass(frozen=True)
class CountedReadout:
    """What a readout makes of a run, over `particles` latents.

    `terminal` is of the last call (None for a sampler that draws its output), `whole` of the sampler against the exact
    flow (None for one that draws noise). `flow_error` is the largest distance between flows of two step sizes, and
    `flow_flips` how many tokens differ between them: the error of the comparison itself. `tokens` counts the nearest
    tokens of the outputs, `token_tv` is their distance from clean latents, and `clean_tv` that of as many others.
    """

    name: str
    given: dict[str, Any]
    particles: int
    stiffness: float | None
    relative_noise: float | None
    terminal: CountedError | None
    whole: CountedError | None
    flow_error: float | None
    flow_flips: int | None
    token_tv: float
    clean_tv: float

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers and text; an infinite stiffness or noise is null."""
        return {
            "readout": self.name,
            "particles": self.particles,
            "confidence": CONFIDENCE,
            "stiffness": finite(self.stiffness),
            "relative_noise": finite(self.relative_noise),
            "terminal": self.terminal and self.terminal.to_dict(),
            "whole": self.whole and self.whole.to_dict(),
            "flow_error": self.flow_error,
            "flow_flips": self.flow_flips,
            "token_tv": self.token_tv,
            "clean_tv": self.clean_tv,
        }


@final
@dataclass(frozen=True, eq=False)
class Asked:
    """A readout of theory, or a callable of the caller's on latents (batch, n); its weight, and how many to read."""

    readout: Readout | None
    function: Callable[[Any], Any] | None
    particles: int

    @property
    def weight(self) -> float:
        """w, that of the categorical part."""
        return 1.0 if self.readout is None else self.readout.weight

    @property
    def given(self) -> dict[str, Any]:
        """The keys that name it, as a run records them."""
        name = getattr(self.function, "__name__", type(self.function).__name__)
        keys = {"readout": name} if self.readout is None else self.readout.given
        return {**keys, "readout_particles": self.particles}

    def compare(self, first: Array, second: Array, target: Mixture) -> tuple[Array | None, Array]:
        """Return (whether argmax differs, categorical error) for each pair of latents, shape (N,) each."""
        if self.function is not None:
            return _compare_outputs(_outputs(self.function, first), _outputs(self.function, second))
        assert self.readout is not None
        flips = token_of(first, target.means) != token_of(second, target.means)
        return flips, self.readout.categorical_error(first, second, target.means, target.least_distance)


def asked(readout: Any, *, sharpness: Any, weight: Any, particles: Any, target: Mixture) -> Asked | None:
    """Return what is to be read, or None; UsageError for keys that do not belong together.

    >>> from theory.mixture import mixture
    >>> pair = mixture(means=[[-4.0], [4.0]])
    >>> asked("argmax", sharpness=None, weight=None, particles=10, target=pair).given
    {'readout': 'argmax', 'categorical_weight': 1.0, 'readout_particles': 10}
    """
    number = whole("readout_particles", particles, low=1, high=1 << 32, hint="Would a smaller sample tell as much?")
    if callable(readout):
        if sharpness is not None or weight is not None:
            raise UsageError(
                "A readout of your own has its own sharpness.",
                expected="readout=FUNCTION alone, or a named readout",
                received=f"sharpness={sharpness!r}, categorical_weight={weight!r}",
                hint="Could the function be given its sharpness before?",
            )
        return Asked(None, readout, number)
    named = readout_asked(readout, sharpness=sharpness, weight=weight)
    if named is not None and named.name == "probit" and target.modes != 2:
        raise UsageError(
            "probit names one of two tokens.",
            expected="two modes, or readout=softmax",
            received=f"{target.modes} modes",
            hint="Is softmax meant, which names one of any number?",
        )
    return None if named is None else Asked(named, None, number)


def _outputs(function: Callable[[Any], Any], points: Array) -> Array:
    """Return a caller's outputs, one row a latent; UsageError where they are no finite numbers, one row each."""
    found = np.asarray(function(points))
    if found.ndim == 0 or len(found) != len(points) or found.dtype.kind not in "biuf" or not np.all(np.isfinite(found)):
        raise UsageError(
            "The readout returned no output for each latent.",
            expected=f"finite numbers of shape ({len(points)}, ...) for latents of shape {points.shape}",
            received=f"{found.dtype} of shape {found.shape}",
            hint="Does it read one latent at a time, or return a tuple?",
        )
    return found.reshape(len(points), -1)


def _compare_outputs(first: Array, second: Array) -> tuple[Array | None, Array]:
    if first.dtype.kind in "biu":
        differ = np.any(first != second, axis=1)
        return differ, np.asarray(differ, dtype=float)
    flips = np.argmax(first, axis=1) != np.argmax(second, axis=1) if first.shape[1] > 1 else None
    return flips, np.asarray(np.sum((first - second) ** 2, axis=1))


class _Sums:
    """Running sums of one coupling."""

    def __init__(self) -> None:
        self.flips: int | None = 0
        self.count = 0
        self.sums = np.zeros((2, 2))

    def add(self, made: Array, clean: Array, chosen: Asked, target: Mixture) -> None:
        flips, categorical = chosen.compare(made, clean, target)
        self.flips = None if flips is None or self.flips is None else self.flips + int(np.sum(flips))
        self.count += len(made)
        continuous = np.sum((made - clean) ** 2, axis=1) / target.least_distance**2
        for row, values in enumerate((categorical, continuous)):
            self.sums[row] += np.sum(values), np.sum(values**2)

    def error(self, weight: float) -> CountedError:
        means = [_mean(float(row[0]), float(row[1]), self.count) for row in self.sums]
        flips = None if self.flips is None else clopper_pearson(self.flips, self.count)
        return CountedError(flips, means[0], means[1], weight)


def _mean(total: float, squares: float, count: int) -> Estimate:
    """Return a mean with the interval of the central limit theorem; all of [0, inf) from a single value."""
    value = total / count
    if count == 1:
        return Estimate(float(value), 0.0, math.inf)
    deviation = math.sqrt(max(squares / count - value**2, 0.0) / (count - 1))
    reach = -float(ndtri((1 - CONFIDENCE) / 2)) * deviation
    return Estimate(float(value), max(0.0, float(value - reach)), float(value + reach))


def _last_call(run: AbstractRun) -> tuple[float, float] | None:
    """Return (a, b) of the last call where its answer is the output; None where that is drawn, or of several calls."""
    if run.method is not None:
        return (float(run.method.a[-1]), float(run.method.b[-1])) if run.method.ends_in_a_call else None
    if run.flow is not None or run.drawn[-1]:
        return None
    return float(run.schedule.a[-2]), float(run.schedule.b[-2])


def count_readout(run: AbstractRun, chosen: Asked, *, seed: int) -> CountedReadout:
    """Read the outputs of a run and of clean latents, and compare them.

    >>> from sim.mixture.sampling import build_run
    >>> from theory.mixture import mixture
    >>> target = mixture(means=[[-4.0], [4.0]])
    >>> run = build_run(target, steps=1)
    >>> reading = asked("argmax", sharpness=None, weight=None, particles=1000, target=target)
    >>> count_readout(run, reading, seed=0).whole.continuous.value  # one call returns the middle
    0.25
    """
    target = run.target
    deterministic = run.flow is None and declared(run.sampler)[0] == "deterministic"
    ended = _last_call(run)
    fine, coarse = (run.exact_flow(n) if deterministic else None for n in (PER_UNIT, PER_UNIT // 2))
    last, sampler = _Sums(), _Sums()
    tokens = np.zeros((3, target.modes))
    flow_error, flow_flips = 0.0, 0
    for first in range(0, chosen.particles, BLOCK):
        block = range(first, min(first + BLOCK, chosen.particles))
        made, clean = run.outputs(block, seed=seed).astype(float), run.clean_latents(block, seed=seed)
        if ended is not None:
            noisy = ended[0] * clean + ended[1] * normals(seed, block, 1, target.source_dim, purpose=CLEAN)
            last.add(run.denoiser(len(run.denoiser.a) - 1, noisy), clean, chosen, target)
        if fine is not None and coarse is not None:
            exact, rough = fine.outputs(block, seed=seed), coarse.outputs(block, seed=seed)
            sampler.add(made, exact, chosen, target)
            flow_error = max(flow_error, float(np.max(np.linalg.norm(exact - rough, axis=1))))
            flow_flips += int(np.sum(token_of(exact, target.means) != token_of(rough, target.means)))
        others = range(block.start + chosen.particles, block.stop + chosen.particles)
        for row, points in enumerate((made, clean, run.clean_latents(others, seed=seed))):
            tokens[row] += np.bincount(token_of(points, target.means), minlength=target.modes)
    shares = tokens / chosen.particles
    return CountedReadout(
        name=chosen.given["readout"],
        given=chosen.given,
        particles=chosen.particles,
        stiffness=None if chosen.readout is None else chosen.readout.stiffness(target.least_distance, target.diameter),
        relative_noise=None if ended is None else ended[1] / ended[0] if ended[0] > 0 else math.inf,
        terminal=None if ended is None else last.error(chosen.weight),
        whole=sampler.error(chosen.weight) if deterministic else None,
        flow_error=flow_error if deterministic else None,
        flow_flips=flow_flips if deterministic else None,
        token_tv=total_variation(shares[0], shares[1]),
        clean_tv=total_variation(shares[2], shares[1]),
    )
