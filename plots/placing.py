"""(exponent, DABI) of a measured decoder, of two decoders measured alike, and along the exact curves of one boundary.

The values of the figure `decoder_map`, and the sentence that says on which side of the map a decoder lies.
Source: theory/LAWS.md, sections 1, 2 and 9.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, final

import numpy as np

from sim.estimate import Estimate
from sim.measure.examples import image_like, text_like
from sim.measure.result import Measured
from sim.measure.run import measure
from theory.diagnostics import dabi, sharp_dabi, squared_change

MOST_DIMENSIONS: Final = 256
"""The two examples are drawn in at most so many dimensions, to which each costs a second; the caption says which."""


@final
@dataclass(frozen=True)
class Placed:
    """A decoder on the map: its exponent (None where it is not determined), its DABI, and DABI over the share of r."""

    exponent: Estimate | None
    dabi: Estimate
    shares: tuple[float, ...]
    curve: tuple[Estimate, ...]


@final
@dataclass(frozen=True)
class Cost:
    """What noise costs: share of latents that flip, or of the output's variance, at each s; and the law's line.

    The law: cost = factor s^power. `error` is the permitted cost, `noise` where the law reaches it.
    """

    words: str
    noises: tuple[float, ...]
    costs: tuple[Estimate, ...]
    factor: float
    power: int
    error: float

    @property
    def noise(self) -> float:
        """The noise at which the law's cost is the permitted one; infinite where the law sees none."""
        return (self.error / self.factor) ** (1 / self.power) if self.factor > 0 else math.inf


@final
@dataclass(frozen=True)
class DecoderMap:
    """All that the figure shows, as values: (exponent, DABI) along the two exact curves among them."""

    name: str
    dimension: int
    examples_dimension: int
    yours: Placed
    image: Placed
    text: Placed
    boundary: tuple[tuple[float, float], ...]
    gap: tuple[tuple[float, float], ...]
    cost: Cost
    steps: Estimate
    valid: bool
    law: str


def place(measured: Measured) -> Placed:
    """Return where a measured decoder lies."""
    return Placed(
        exponent=measured.exponent,
        dabi=measured.dabi,
        shares=tuple(row.share for row in measured.radii),
        curve=tuple(row.dabi for row in measured.radii),
    )


def compute(measured: Measured, *, seed: int = 0) -> DecoderMap:
    """Return the map of a measured decoder; both examples are measured afresh, alike and in its dimension."""
    dimension = math.prod(measured.protocol["latents"][1:])
    shown = min(dimension, MOST_DIMENSIONS)
    image, text = (
        place(measure(*example(shown, seed=seed), seed=seed, arrays="numpy")) for example in (image_like, text_like)
    )
    first = next(row for row in measured.levels if row.noise == measured.protocol["base_noise"])
    if measured.steps.law == "tube":
        flips = [row.flip for row in measured.levels if row.flip is not None]
        factor, power, words = (first.flip.value if first.flip else 0) / first.noise, 1, "share of latents that flip"
    else:
        variance = measured.protocol["output_variance"]
        flips = [
            Estimate(e.value / variance, e.low / variance, e.high / variance)
            for e in (row.change for row in measured.levels)
        ]
        factor, power = first.change.value / variance / first.noise**2, 2
        words = "squared change / variance"
    return DecoderMap(
        name=str(measured.protocol["readout"]), dimension=dimension, examples_dimension=shown,
        yours=place(measured), image=image, text=text, boundary=boundary_curve(dimension), gap=gap_curve(dimension),
        cost=Cost(words, tuple(row.noise for row in measured.levels), tuple(flips), factor, power,
                  measured.steps.error),
        steps=measured.steps.steps, valid=measured.steps.valid, law=measured.steps.law,
    )  # fmt: skip


def _over_directions(dimension: int, f: Callable[[Any], Any], low: float = 0.0) -> float:
    """Return E f(|xi_1|) over |xi_1| > low for xi uniform on the sphere, to the eye's accuracy (1e-6)."""
    edge = math.asin(low)
    width = 1 / math.sqrt(dimension) if low == 0 else min(1 / math.sqrt(dimension), 1 / (dimension * math.tan(edge)))
    angle = np.linspace(edge, min(math.pi / 2, edge + 40 * width), 8001)
    whole = np.linspace(0, min(math.pi / 2, 12 / math.sqrt(dimension)), 8001)
    power = dimension - 2
    with np.errstate(divide="ignore"):
        density, total = (np.exp(power * np.log(np.cos(x))) if power else np.ones_like(x) for x in (angle, whole))
    return float(np.trapezoid(density * f(np.sin(angle)), angle) / np.trapezoid(total, whole))


def _stretched(d: float, x: Any) -> Any:
    return squared_change(d * x)


def _beyond(gap: float, x: Any) -> Any:
    return x - gap


def boundary_point(dimension: int, sharpness_radius: float) -> tuple[float, float]:
    """Return (exponent between r/2 and r, DABI) of one flat boundary at kappa r; n >= 2."""
    change, before = (
        _over_directions(dimension, partial(_stretched, d)) for d in (sharpness_radius, sharpness_radius / 2)
    )
    return math.log2(change / before), dabi(dimension, sharpness_radius)


def gap_point(dimension: int, gap_ratio: float) -> tuple[float, float]:
    """Return the same for a step readout behind an empty slab of half-width c r, c < 1/2; n >= 2."""
    far, near = (_over_directions(dimension, partial(_beyond, c), c) for c in (gap_ratio, 2 * gap_ratio))
    exponent = math.log2(far / (near / 2)) if near > 0 else math.inf  # at r/2 lengths are half as long
    return exponent, sharp_dabi(dimension, gap_ratio)


def boundary_curve(dimension: int) -> tuple[tuple[float, float], ...]:
    """Return the points of one flat boundary for kappa r from 0.01 to 1e5; none on a line, where xi is +-nu."""
    if dimension < 2:
        return ()
    return tuple(boundary_point(dimension, float(d)) for d in np.geomspace(1e-2, 1e5, 60))


def gap_curve(dimension: int) -> tuple[tuple[float, float], ...]:
    """Return the points of a step readout behind a growing gap, as far as they are finite; none on a line."""
    if dimension < 2:
        return ()
    points = (gap_point(dimension, float(c)) for c in np.geomspace(0.02 / math.sqrt(dimension), 0.49, 60))
    return tuple(point for point in points if all(map(math.isfinite, point)))


def verdict(values: DecoderMap) -> str:
    """Return on which side of the map the decoder lies, in a sentence that says no more than its interval does."""
    sharp, yours = sharp_dabi(values.dimension), values.yours.dabi
    middle = math.sqrt(sharp)
    ends = f"an isotropic linear readout, 1, and one sharp boundary in {values.dimension} dimensions, {sharp:.4g}"
    if math.isnan(yours.value):
        return "DABI is not determined: no shift of this length changed the output."
    if yours.low > sharp:
        return f"DABI lies above both ends of the scale between {ends}: text-like, with a gap about the boundaries."
    if yours.low > middle:
        return f"On the logarithmic scale between {ends}, DABI lies nearer to the sharp end: text-like."
    if yours.high < middle:
        return f"On the logarithmic scale between {ends}, DABI lies nearer to the linear end: image-like."
    return f"On the logarithmic scale between {ends}, the interval of DABI does not decide between the halves."
