"""P(z in a landing set) as an integral of its density: of intervals on a line, of balls in space."""

import math
from functools import partial
from itertools import combinations
from typing import Any

import numpy as np
from scipy.integrate import quad
from scipy.special import ndtr

from guards.edges import refused


def two_modes_hold() -> bool:
    """Return whether the masses of two modes are integrals of their density, and landing sets lie as far apart."""
    from theory.target import two_modes

    close = True
    for mu, scale, weights, margin in (
        (1.0, 0.7, (0.3, 0.7), 0.1),
        (2.0, 0.25, (0.5, 0.5), 0.6),
        (0.5, 2.0, (0.9, 0.1), 0.3),
    ):
        target, edge = two_modes(mu=mu, scale=scale, weights=weights), mu - margin * mu

        def density(z: float, mu: float = mu, scale: float = scale, weights: Any = weights) -> float:
            terms = (w * math.exp(-(((z - c) / scale) ** 2) / 2) for w, c in zip(weights, (-mu, mu), strict=True))
            return sum(terms) / scale / math.sqrt(2 * math.pi)

        cells = ((-mu - 12 * scale, -edge), (-edge, edge), (edge, mu + 12 * scale))
        wanted = [quad(density, *cell, epsabs=1e-14, limit=200, points=None)[0] for cell in cells]
        close &= bool(np.max(np.abs(target.masses(margin) - wanted)) < 1e-12)
        close &= abs(target.separation(margin) - (edge - -edge)) < 1e-15
    close &= two_modes(mu=2.0, weights=(0.3, 0.7)).masses(0.5).tolist() == [0.3, 0.0, 0.7]
    return bool(close and refused(partial(two_modes, mu=1.0, weights=(0.5, 0.6))))


def _ball(distance: float, radius: float) -> float:
    """Return P(|xi - d| <= r) in three dimensions, by shells: their density is r (phi(r - d) - phi(r + d))/d."""
    if radius <= 0:
        return 0.0

    def shell(r: float) -> float:
        if distance == 0:
            return 2 * r * r * math.exp(-r * r / 2)
        return r / distance * (math.exp(-((r - distance) ** 2) / 2) - math.exp(-((r + distance) ** 2) / 2))

    top = min(radius, distance + 12)
    return quad(shell, max(0.0, distance - 12), top, epsabs=1e-14, limit=200)[0] / math.sqrt(2 * math.pi)


def mixtures_land() -> bool:
    """Return whether the masses of balls are sums over modes and shells, on a line over intervals, and what is left."""
    from theory.mixture import mixture

    close = True
    means, scales, weights = (
        [[0.0, 0.0, 0.0], [2.0, 1.0, 0.5], [-1.0, 2.5, 0.25], [900.0, 0.0, 0.0]],
        [0.9, 0.5, 0.0, 7.0],
        [0.3, 0.4, 0.2, 0.1],
    )
    target = mixture(means=means, scales=scales, weights=weights)
    apart = [math.dist(p, q) for p, q in combinations(means, 2)]
    close &= abs(target.least_distance - min(apart)) < 1e-14 and abs(target.diameter - max(apart)) < 1e-12
    for margin in (0.2, 0.9):
        radius = margin * min(apart) / 2
        wanted = [
            sum(
                w * (_ball(math.dist(centre, mean) / s, radius / s) if s else float(centre == mean))
                for w, s, mean in zip(weights, scales, means, strict=True)
            )
            for centre in means
        ]
        found = target.masses(margin)
        close &= bool(np.max(np.abs(found[:-1] - wanted)) < 1e-12) and abs(found[-1] - (1 - sum(wanted))) < 1e-12
        close &= abs(target.radius(margin) - radius) < 1e-15
        close &= abs(target.separation(margin) - (min(apart) - 2 * radius)) < 1e-15
    line = mixture(means=[[-1.0], [1.5], [4.0]], scales=0.8)
    close &= line.weights.tolist() == [1 / 3] * 3
    lands = [
        sum(ndtr((m + 1 - c) / 0.8) - ndtr((m - 1 - c) / 0.8) for c in (-1.0, 1.5, 4.0)) / 3 for m in (-1.0, 1.5, 4.0)
    ]
    close &= bool(np.max(np.abs(line.masses(0.8) - [*lands, 1 - sum(lands)])) < 1e-12)
    close &= mixture(means=[[1.0, 2.0]]).masses(0.5).tolist() == [1.0, 0.0]
    return bool(close and refused(partial(mixture, means=[[0.0], [1.0]], weights=[0.5, 0.4])))
