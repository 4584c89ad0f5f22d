"""P(ambiguous) <= (e_0 P_1 ... P_{K-2} u): re-injection binned by LOWER edges errs upward, so the sum is a bound.

For two equal modes of no width, |z-hat| is a Markov chain that is stochastically monotone: the nearer to the boundary
it stands, the nearer it is likely to stand after the next step. Replacing every value in [j mu/J, (j+1) mu/J) by the
edge nearer to the boundary therefore only adds ambiguous mass. Midpoints would bound nothing.
Source: theory/LAWS.md, section 8, `reinjection`.
"""

import numpy as np

from theory.denoiser import Denoiser
from theory.errors import Array, UsageError, whole
from theory.gaussian import interval_mass
from theory.path import Schedule
from theory.target import TwoModes


def _folded_mass(centre: Array, spread: float, low: Array, high: Array) -> Array:
    """Return P(low <= |x| < high) for x ~ N(centre, spread^2)."""
    right = interval_mass((low - centre) / spread, (high - centre) / spread)
    left = interval_mass((-high - centre) / spread, (-low - centre) / spread)
    return np.asarray(right + left)


def reinjection_upper(
    target: TwoModes, schedule: Schedule, denoiser: Denoiser, margin: float, bins: int = 300
) -> float:
    """Return an upper bound on re-injection's ambiguous mass, from a chain of `bins` bins of |z-hat|.

    Raises UsageError unless the modes are equal and have no width: else |z-hat| is not the chain.

    >>> from theory.denoiser import two_mode_denoiser
    >>> from theory.path import LinearPath, uniform_schedule
    >>> from theory.target import two_modes
    >>> target, grid = two_modes(mu=4), uniform_schedule(LinearPath(), 1)
    >>> reinjection_upper(target, grid, two_mode_denoiser(target, grid), 0.1)
    1.0
    """
    if target.scale > 0 or target.weights[0] != target.weights[1]:
        raise UsageError(
            "The bound by bins needs equal modes of no width.",
            expected="scale=0 and weights=0.5,0.5",
            received=f"scale={target.scale!r}, weights={target.weights!r}",
            hint="Is the exact kernel, which has no such condition, what you want?",
        )
    count = whole("bins", bins, low=1, high=20_000, hint="Would a matrix of that size fit the memory?")
    last = schedule.steps - 1
    edges = np.arange(count + 1) / count
    chance = np.zeros(count)
    chance[0] = 1.0  # before the first call: x_0 has its mean at 0
    for step in range(last):
        a, b = float(schedule.a[step]), float(schedule.b[step])
        if denoiser.k[step] == 0:
            continue  # pure noise: m(x) = 0 wherever x lies
        # |m(x)| reaches j mu/J where |x| = atanh(j/J)/k; the last edge is never reached.
        with np.errstate(divide="ignore"):
            reach = np.arctanh(edges) / denoiser.k[step]
        centre = (a * target.mu * edges[:-1])[:, None]
        chance = chance @ _folded_mass(centre, b, reach[None, :-1], reach[None, 1:])
    if denoiser.k[last] == 0:
        return 1.0  # the only call returns the mean of both modes
    a, b = float(schedule.a[last]), float(schedule.b[last])
    threshold = np.arctanh(1 - margin) / denoiser.k[last]
    middle = interval_mass((-threshold - a * target.mu * edges[:-1]) / b, (threshold - a * target.mu * edges[:-1]) / b)
    return float(chance @ middle)
