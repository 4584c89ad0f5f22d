"""p_{k+1}(y) = integral of p_k(x) sum_j w_j(x) N(y; c_j(x), tau^2) dx: a noisy sampler's law, without a seed.

In one dimension a stochastic sampler is a Markov chain whose step draws a branch j with probability w_j(x) and
then a Gaussian round c_j(x). Its density is carried on Gauss-Legendre panels narrow enough for the density,
for the weights and for the Gaussian they are folded with. Relative error 1e-10 for masses above 1e-20.
Source: theory/LAWS.md, section 8 ("The exact kernel").
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, final

import numpy as np

from theory.errors import Array, UsageError
from theory.gaussian import interval_mass
from theory.primitives import pdf

REACH: Final = 12.0
"""Gaussians are cut at 12 standard deviations: 2 Phi(-12) = 3.6e-33 is lost at each step."""

_NOTHING: Final = 1e-32
"""A change of probability that cannot be seen: 1e-12 of the smallest mass, 1e-20, that keeps 1e-10."""

# On a panel half as wide as every scale of its integrand, 12 Gauss nodes integrate exp(-x^2/2) to better
# than 1e-20: the error term is (1/2)^25 (12!)^4 / (25 (24!)^3) times its 24th derivative, which is below 4e11.
_X, _W = np.polynomial.legendre.leggauss(12)
_MOST_PANELS: Final = 100_000
"""1.2 million nodes: minutes of work and some 100 MiB. A density that needs more is one of far separated scales."""

_ROWS: Final = 512
"""Rows of the transition matrix held at a time: memory stays at 512 doubles a node."""


@final
@dataclass(frozen=True)
class Branches:
    """One noisy step: functions of x, with a leading axis over the J branches.

    `probability(x)` and `centre(x)` have shape (J, *x.shape) and are monotone in x; `spread` is tau >= 0;
    `sharpness` bounds the logarithmic slope of the probabilities, 0 if they are constant.
    """

    probability: Callable[[Array], Array]
    centre: Callable[[Array], Array]
    spread: float
    sharpness: float


@final
@dataclass(frozen=True)
class Density:
    """A density at quadrature nodes: `points`, `weights` and `values`, each of shape (N,)."""

    points: Array
    weights: Array
    values: Array

    def mean_of(self, function: Array) -> float:
        """Return the integral of the density times `function`, given at the points."""
        return float(np.dot(self.weights * self.values, function))


def _panels(low: float, high: float, width: float, step: Branches, cuts: Sequence[float] = ()) -> Array:
    """Return panel ends in [low, high], `cuts` among them, narrow enough for the density before `step` and for `step`.

    No panel is wider than `width`, the density's own scale; none sees the branch probabilities change by more
    than a factor e^(1/2), or a centre move by more than tau/2. Panels are halved until that holds.
    """
    _check_panels((high - low) / width)
    ends = np.linspace(low, high, max(1, int(np.ceil((high - low) / width))) + 1)
    ends = np.unique([*ends, *(cut for cut in cuts if low < cut < high)])
    while True:
        _check_panels(len(ends))
        gap = np.diff(ends)
        # Monotone probabilities that agree at both ends of a panel agree on it.
        changing = np.any(np.abs(np.diff(step.probability(ends), axis=-1)) > _NOTHING, axis=0)
        split = changing & (gap * step.sharpness > 0.5)
        if step.spread > 0:
            split |= np.max(np.abs(np.diff(step.centre(ends), axis=-1)), axis=0) > step.spread / 2
        if not np.any(split):
            return ends
        ends = np.sort(np.concatenate([ends, (ends[:-1] + gap / 2)[split]]))


def _check_panels(count: float) -> None:
    if count > _MOST_PANELS:
        raise UsageError(
            "The scales of this chain are too far apart for its exact kernel.",
            expected=f"at most {_MOST_PANELS} panels between the narrowest and the widest of them",
            received=f"{count:.3g} panels",
            hint="Are the modes hundreds of noise widths apart, or the steps very many?",
        )


def _nodes(ends: Array) -> tuple[Array, Array]:
    half = np.diff(ends) / 2
    middle = (ends[1:] + ends[:-1]) / 2
    return (middle[:, None] + half[:, None] * _X).ravel(), (half[:, None] * _W).ravel()


def start(step: Branches, *, spread: float = 1.0, cuts: Sequence[float] = ()) -> Density:
    """Return the density of x_0 ~ N(0, spread^2) on panels fit for `step`; no panel holds a point of `cuts` inside.

    >>> still = Branches(lambda x: np.ones((1, *x.shape)), lambda x: x[None], 1.0, 0.0)
    >>> density = start(still)
    >>> round(density.mean_of(np.ones_like(density.points)), 13)
    1.0
    """
    points, weights = _nodes(_panels(-REACH * spread, REACH * spread, spread / 2, step, cuts))
    return Density(points, weights, pdf(points / spread) / spread)


def advance(density: Density, step: Branches, following: Branches) -> Density:
    """Return the density after `step`, on panels fit for the step `following`.

    >>> still = Branches(lambda x: np.ones((1, *x.shape)), lambda x: x[None], 1.0, 0.0)
    >>> density = advance(start(still), still, still)
    >>> round(density.mean_of(density.points**2), 11)  # the variance of two noises
    2.0
    """
    masses = step.probability(density.points) * (density.weights * density.values)
    # A saturated tanh sends many points to the very same centre: their masses are added first.
    centres, group = np.unique(step.centre(density.points).ravel(), return_inverse=True)
    masses = np.bincount(group, weights=masses.ravel()).astype(np.float64)
    tau = step.spread
    points, weights = _nodes(_panels(centres[0] - REACH * tau, centres[-1] + REACH * tau, tau / 2, following))
    values = np.empty_like(points)
    for first in range(0, len(points), _ROWS):
        rows = slice(first, first + _ROWS)
        near = slice(*np.searchsorted(centres, [points[rows][0] - REACH * tau, points[rows][-1] + REACH * tau]))
        values[rows] = pdf((points[rows, None] - centres[near]) / tau) @ masses[near]
    return Density(points, weights, values / tau)


def landing(density: Density, last: Branches, low: float, high: float) -> Array:
    """Return the masses that `last` sends to (-inf, low], (low, high) and [high, inf).

    The Gaussian of the last step is integrated in closed form. At spread 0 its centres are the output, and
    must not cross an edge within a panel: an output that does is folded into the step before, or the density is cut
    where it does (theory.escape).

    >>> still = Branches(lambda x: np.ones((1, *x.shape)), lambda x: x[None], 1.0, 0.0)
    >>> landing(start(still), still, 0.0, 0.0).round(13).tolist()
    [0.5, 0.0, 0.5]
    """
    centres, chances = last.centre(density.points), last.probability(density.points)
    if last.spread > 0:
        ends = [(edge - centres) / last.spread for edge in (-np.inf, low, high, np.inf)]
        shares = [interval_mass(ends[i], ends[i + 1]) for i in range(3)]
    else:
        shares = [centres <= low, (centres > low) & (centres < high), centres >= high]
    return np.array([density.mean_of(np.sum(chances * share, axis=0)) for share in shares])


def chain_masses(steps: Sequence[Branches], low: float, high: float, *, spread: float = 1.0) -> Array:
    """Return the masses of the cells cut at `low` and `high` after the noisy `steps` from x_0 ~ N(0, spread^2).

    >>> still = Branches(lambda x: np.ones((1, *x.shape)), lambda x: x[None], 1.0, 0.0)
    >>> chain_masses([still] * 3, 0.0, 0.0).round(12).tolist()
    [0.5, 0.0, 0.5]
    """
    density = start(steps[0], spread=spread)
    for step, following in pairwise(steps):
        density = advance(density, step, following)
    return landing(density, steps[-1], low, high)
