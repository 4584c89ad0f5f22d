"""E e(z', z) over clean latents z: what one call, or a whole few-step sampler, does to the output of a readout.

Two couplings. `terminal_error`: z' = m(z + s xi), the last call alone, fed with an exactly noised z. `whole_error`:
z' = S(x_0), the sampler from the very noise that the exact flow takes to z: K steps against infinitely many. Both are
integrals of positive terms on a line, so there is no seed. Source: theory/LAWS.md, section 2, "Readouts".
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq

from theory.errors import Array, positive
from theory.flow import boundary_noise, noise_of
from theory.gaussian import NODES, WEIGHTS, interval_mass
from theory.primitives import ndtr, pdf
from theory.quadrature import UNIT_ENDS, graded, integral
from theory.readout import Readout
from theory.target import TwoModes
from theory.tube import mixture, side_loss

Map = Callable[[Array], Array]

_INNER: Final = 12.0
"""The clean latent lies within 12 standard deviations of its mean given x: 2 Phi(-12) = 3.6e-33 is left out."""

_COARSE: Final[Array] = np.array([-_INNER, -6.0, -3.0, 0.0, 3.0, 6.0, _INNER])

_TOGETHER: Final = 64
"""Rows of an inner integral done at once: memory stays at some ten MiB."""

_FINEST: Final = 60
"""Gradings end at 2^-60: below a rounding of what they are steps of."""


@final
@dataclass(frozen=True)
class OutputError:
    """`flips` = P(argmax D(z') != argmax D(z)), and the two parts of E e(z', z), of which `weight` is that of tokens.

    A token lies at the boundary itself only by convention: z = 0 is read as the first.
    """

    flips: float
    categorical: float
    continuous: float
    weight: float

    @property
    def total(self) -> float:
        """E e(z', z), the two parts in their proportion."""
        return self.weight * self.categorical + (1 - self.weight) * self.continuous

    def to_dict(self) -> dict[str, float]:
        """Return plain numbers."""
        return {
            "flips": self.flips, "categorical": self.categorical, "continuous": self.continuous, "error": self.total,
        }  # fmt: skip


def _reach_of(target: TwoModes, mode: int) -> float:
    """Return where y puts z = mu_mode + scale y on the boundary; beyond every double at scale 0."""
    centre = (-target.mu, target.mu)[mode]
    return -centre / target.scale if target.scale > 0 else -math.copysign(math.inf, centre)


def whole_flips(target: TwoModes, ends: Array, kinds: npt.NDArray[np.int64]) -> float:
    """Return P(argmax D(S(x_0)) != argmax D(z)) from the preimages of a sampler S: cell 0 or 2 between the `ends`.

    >>> from theory.target import two_modes
    >>> whole_flips(two_modes(mu=4), np.array([-38.0, 38.0]), np.array([0]))  # all noise goes left
    0.5
    """
    boundary = boundary_noise(target)
    ends = np.concatenate([[-np.inf], ends[1:-1], [np.inf]])
    low = np.where(kinds == 0, np.maximum(ends[:-1], boundary), ends[:-1])
    high = np.where(kinds == 0, ends[1:], np.minimum(ends[1:], boundary))
    return math.fsum(np.atleast_1d(interval_mass(low, np.maximum(low, high))))


def whole_error(
    target: TwoModes, sampler: Map, ends: Array, kinds: npt.NDArray[np.int64], readout: Readout
) -> OutputError:
    """Return the error of a sampler S against the exact flow from the same noise.

    On a path that begins at finite noise, as ve does, the error includes that of beginning at pure noise. `sampler`
    maps arrays of noise to outputs; `ends` and `kinds` are the cells of its preimages, as
    `theory.preimages.cells` returns them with both limits 0. Relative error about 1e-10, while the outputs themselves
    are exact to that of 1/sharpness.

    >>> from theory.target import two_modes
    >>> from theory.readout import readout
    >>> everything = np.array([-38.0, 38.0]), np.array([0])
    >>> found = whole_error(two_modes(mu=4), np.zeros_like, *everything, readout("linear"))
    >>> round(found.continuous, 14)  # mu^2/(2 mu)^2
    0.25
    """
    flips = whole_flips(target, ends, kinds)
    roots = [float(root) for root in ends[1:-1]]

    def parts(change: Callable[[Array, Array], Array]) -> float:
        total = 0.0
        for mode, weight in enumerate(target.weights):
            centre = (-target.mu, target.mu)[mode]
            places = [_reach_of(target, mode), *(_place_of(target, mode, root) for root in roots)]

            def squared(y: Array, mode: int = mode, centre: float = centre) -> Array:
                z = centre + target.scale * y
                return np.asarray(pdf(y) * change(z, sampler(noise_of(target, mode, y))) ** 2)

            total += weight * integral(squared, graded(places, depth=_FINEST))
        return total

    return OutputError(
        flips,
        flips if readout.name == "argmax" else parts(readout.change) if readout.weight > 0 else 0.0,
        parts(lambda z, other: (other - z) / (2 * target.mu)),
        readout.weight,
    )


def _place_of(target: TwoModes, mode: int, noise: float) -> float:
    """Return the y with `noise_of(target, mode, y)` = noise, or one of +-inf where no double is it."""

    def excess(y: float) -> float:
        return float(noise_of(target, mode, y)) - noise

    low, high = float(UNIT_ENDS[0]), float(UNIT_ENDS[-1])
    if excess(low) >= 0 or excess(high) <= 0:
        return -math.inf if excess(low) >= 0 else math.inf
    return float(brentq(excess, low, high, xtol=np.finfo(float).tiny, rtol=4 * np.finfo(float).eps, maxiter=2000))


def terminal_error(
    target: TwoModes, denoiser: Map, relative_noise: float, readout: Readout, *, slope: float
) -> OutputError:
    """Return the error of one call m on x/a = z + s xi, s = `relative_noise` > 0, or infinite for pure noise.

    `denoiser` is m as an increasing function of x/a (of anything, where s is infinite), `slope` its largest slope.
    Relative error about 1e-9 for means up to 30 scales apart.

    >>> from theory.target import two_modes
    >>> from theory.readout import readout
    >>> blind = terminal_error(two_modes(mu=4), np.zeros_like, np.inf, readout("argmax"), slope=0.0)
    >>> blind.flips, round(blind.continuous, 14)
    (0.5, 0.25)
    """
    if math.isinf(relative_noise):
        return _blind(target, float(denoiser(np.zeros(1))[0]), readout)
    s = float(positive("relative_noise", relative_noise))
    crossing = _crossing(denoiser, target, s)
    flips = _terminal_flips(target, s, crossing)
    sharp = flips if readout.name == "argmax" else 0.0
    if readout.name != "argmax" and readout.weight > 0:
        sharp = _terminal_part(target, denoiser, s, crossing, readout.change, readout.sharpness, slope)
    smooth = _terminal_part(target, denoiser, s, crossing, lambda u, v: (v - u) / (2 * target.mu), 0.0, slope)
    return OutputError(flips, sharp, smooth, readout.weight)


def _blind(target: TwoModes, answer: float, readout: Readout) -> OutputError:
    """Return the error of a constant answer."""
    cells = np.array([-38.0, 38.0]), np.array([2 if answer > 0 else 0])
    return whole_error(target, lambda x: np.full_like(x, answer), *cells, readout)


def _crossing(denoiser: Map, target: TwoModes, s: float) -> float:
    """Return the x/a at which an increasing m is 0, or +-inf."""
    far = target.mu + 40 * math.hypot(target.scale, s)

    def value(x: float) -> float:
        return float(denoiser(np.array([x]))[0])

    if value(-far) >= 0 or value(far) <= 0:
        return -math.inf if value(-far) >= 0 else math.inf
    return float(brentq(value, -far, far, xtol=np.finfo(float).tiny, rtol=4 * np.finfo(float).eps, maxiter=2000))


def _terminal_flips(target: TwoModes, s: float, crossing: float) -> float:
    left, right = target.weights
    if target.scale == 0 or math.isinf(crossing):
        clean = target.masses(1.0)
        if math.isinf(crossing):
            return float(clean[0] if crossing < 0 else clean[2])
        below, above = (-target.mu - crossing) / s, (crossing - target.mu) / s
        return float(left * ndtr(below) + right * ndtr(above))
    two = mixture([-target.mu, target.mu], [target.scale] * 2, target.weights)
    return side_loss(two, s, crossing / s)


def _terminal_part(
    target: TwoModes, denoiser: Map, s: float, crossing: float, change: Any, sharpness: float, slope: float
) -> float:
    """Return E change(z, m(z + s xi))^2 as an integral over x/a, and within it over z given x/a and the mode."""
    spread = math.hypot(target.scale, s)
    within = target.scale * s / spread  # the standard deviation of z given x/a and its mode
    steps = _steps(sharpness * within)
    total = 0.0
    for centre, weight in zip((-target.mu, target.mu), target.weights, strict=True):
        outer = graded([(crossing - centre) / spread], depth=_steps(sharpness * slope * spread))

        def density(h: Array, centre: float = centre) -> Array:
            x = centre + spread * h
            mean = centre + (target.scale / spread) ** 2 * (x - centre)
            answer = denoiser(x)
            if within == 0:
                return np.asarray(pdf(h) * change(mean, answer) ** 2)
            inner = _given_noisy(mean.ravel(), answer.ravel(), within, change, steps)
            return np.asarray(pdf(h) * inner.reshape(h.shape))

        total += weight * integral(density, outer)
    return total


def _steps(ratio: float) -> int:
    """Return how many halvings resolve a step `ratio` times narrower than a standard deviation."""
    return min(_FINEST, max(0, math.ceil(math.log2(max(ratio, 1.0))) + 3))


def _given_noisy(mean: Array, answer: Array, within: float, change: Any, steps: int) -> Array:
    """Return E change(z, answer)^2 for z ~ N(mean, within^2), one for each mean: panels graded toward the boundary."""
    halves = 2.0 ** -np.arange(steps + 1)
    graded_ends = np.concatenate([-halves, [0.0], halves])
    found = np.empty(len(mean))
    near = np.abs(mean) < _INNER * within
    for chosen, around in ((near, graded_ends), (~near, np.empty(0))):
        numbers = np.flatnonzero(chosen)
        for first in range(0, len(numbers), _TOGETHER):
            rows = numbers[first : first + _TOGETHER]
            fixed = np.broadcast_to(_COARSE, (len(rows), len(_COARSE)))
            moving = -(mean[rows] / within)[:, None] + around
            ends = np.sort(np.clip(np.concatenate([fixed, moving], axis=1), -_INNER, _INNER), axis=1)
            width = np.diff(ends)[..., None]
            y = ends[:, :-1, None] + width * NODES
            values = pdf(y) * change(mean[rows, None, None] + within * y, answer[rows, None, None]) ** 2
            found[rows] = np.sum(width * WEIGHTS * values, axis=(1, 2))
    return found
