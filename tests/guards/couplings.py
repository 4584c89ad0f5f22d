"""E e(z', z) as it reads: a sum over noise, or over latents and noise, of what a readout makes of both ends.

The exact flow is a quantile found by halving in the distribution function; sums are trapezoid rules, which converge
faster than any power for such integrands, or quadratures on either side of a jump.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.special import expit, ndtr
from scipy.stats import norm

CURVES: dict[str, Callable[[Any], Any]] = {"probit": ndtr, "softmax": expit}
KAPPA = 3.0
WIDE = ((1.0, 0.7, (0.3, 0.7)), (1.2, 0.8, (0.8, 0.2)))
"""(mu, scale, weights)."""


def _quantile(target: Any, x: Any) -> Any:
    """Return the z of which as much lies below as below x, by halving."""
    low, high = np.full(len(x), -40.0), np.full(len(x), 40.0)
    for _ in range(60):
        z = (low + high) / 2
        below = sum(
            w * ndtr((z - c) / target.scale) for w, c in zip(target.weights, (-target.mu, target.mu), strict=True)
        )
        low, high = np.where(below < ndtr(x), z, low), np.where(below < ndtr(x), high, z)
    return z


def _same(found: float, wanted: float, digits: float = 1e-8) -> bool:
    return abs(found - wanted) <= digits * abs(wanted)


def whole_hold() -> bool:
    """Return whether a sampler's error is the sum over its noise of what readouts make of it and of the exact flow."""
    from theory.coupling import whole_error, whole_flips
    from theory.readout import readout
    from theory.target import two_modes

    def sampler(x: Any) -> Any:
        return 0.3 * (x - 0.9) * (x + 1.4) * (x - 0.1)

    ends, kinds = np.array([-38.0, -1.4, 0.1, 0.9, 38.0]), np.array([0, 2, 0, 2])
    x, step = np.linspace(-9, 9, 3601, retstep=True)
    close = True
    for mu, scale, weights in WIDE:
        target = two_modes(mu=mu, scale=scale, weights=weights)
        clean, found = _quantile(target, x), {}
        for name, curve in CURVES.items():
            made = readout(name, sharpness=KAPPA, weight=0.25)
            found[name] = whole_error(target, sampler, ends, kinds, made)
            change = norm.pdf(x) @ (curve(KAPPA * sampler(x)) - curve(KAPPA * clean)) ** 2 * step
            close &= _same(found[name].categorical, float(change))
        smooth = norm.pdf(x) @ ((sampler(x) - clean) / (2 * mu)) ** 2 * step
        probit = found["probit"]
        close &= _same(probit.continuous, float(smooth))
        close &= _same(probit.total, 0.25 * probit.categorical + 0.75 * probit.continuous, 1e-15)
        cut = brentq(lambda v, t=target: _quantile(t, np.array([v]))[0], -3, 3, xtol=1e-15)
        places = sorted([-np.inf, -1.4, 0.1, 0.9, cut, np.inf])
        flips = sum(
            norm.cdf(b) - norm.cdf(a)
            for a, b in zip(places[:-1], places[1:], strict=True)
            if (sampler(max(a, -9) / 2 + min(b, 9) / 2) > 0) != (max(a, -9) / 2 + min(b, 9) / 2 > cut)
        )
        close &= all(_same(f, flips, 1e-12) for f in (probit.flips, whole_flips(target, ends, kinds)))
        argmax = whole_error(target, sampler, ends, kinds, readout("argmax"))
        close &= argmax.categorical == argmax.flips == probit.flips and argmax.total == argmax.flips
        numbers = {"flips": probit.flips, "categorical": probit.categorical, "continuous": probit.continuous}
        close &= probit.to_dict() == numbers | {"error": probit.total}
    point = two_modes(mu=1.0, weights=(0.3, 0.7))
    cut = float(norm.ppf(0.3))
    found = whole_error(point, sampler, ends, kinds, readout("probit", sharpness=KAPPA))
    for value, size in (
        (found.categorical, lambda v, z: (ndtr(KAPPA * sampler(v)) - ndtr(KAPPA * z)) ** 2),
        (found.continuous, lambda v, z: (sampler(v) - z) ** 2 / 4),
    ):
        wanted = sum(
            quad(lambda v, z=z, size=size: norm.pdf(v) * size(v, z), a, b, epsabs=1e-13, limit=200)[0]
            for a, b, z in ((-9, cut, -1.0), (cut, 9, 1.0))
        )
        close &= _same(value, wanted, 1e-9)
    linear = whole_error(point, sampler, ends, kinds, readout("linear"))
    return bool(close and linear.categorical == 0 and linear.total == linear.continuous == found.continuous)


def _mean(y: Any) -> Any:
    return 1.2 * np.tanh(1.1 * y + 0.2) + 0.1 * y


SLOPE = 1.42
"""The largest slope of `_mean`."""


def terminal_hold() -> bool:
    """Return whether one call's error is the sum over latents and their noise, of points and of wide modes.

    Where the answer never changes sign the flips are all of one side; of pure noise it is one answer for all.
    """
    from theory.coupling import terminal_error
    from theory.readout import readout
    from theory.target import two_modes

    crossing = float(brentq(_mean, -2, 2, xtol=1e-15))
    xi, d_xi = np.linspace(-9, 9, 181, retstep=True)
    close = True
    for s, mu, scale, weights in ((0.3, *WIDE[0]), (1.5, *WIDE[1]), (0.3, 1.0, 0.0, (0.3, 0.7))):
        target = two_modes(mu=mu, scale=scale, weights=weights)
        if scale:
            z, d_z = np.linspace(-mu - 9 * scale, mu + 9 * scale, 401, retstep=True)
            mass = sum(w * norm.pdf(z, c, scale) for w, c in zip(weights, (-mu, mu), strict=True)) * d_z
        else:
            z, mass = np.array([-mu, mu]), np.array(weights)

        def over(size: Callable[[Any, Any], Any], s: float = s, z: Any = z, mass: Any = mass) -> float:
            values = size(_mean(z[:, None] + s * xi), z[:, None])
            return float(mass @ values @ norm.pdf(xi) * d_xi)

        for name, curve in CURVES.items():
            made = readout(name, sharpness=KAPPA, weight=0.25)
            found = terminal_error(target, _mean, s, made, slope=SLOPE)
            wanted = over(lambda m, z, curve=curve: (curve(KAPPA * m) - curve(KAPPA * z)) ** 2)
            close &= _same(found.categorical, wanted)
        close &= _same(found.continuous, over(lambda m, z, mu=mu: ((m - z) / (2 * mu)) ** 2))
        # A latent on side q flips where its noise takes it across.
        if scale:
            flips = sum(
                w * quad(lambda u, c=c, q=q, r=scale, s=s: np.exp(-(((q * u - c) / r) ** 2) / 2)
                         * ndtr((q * crossing - u) / s), 0, 12, epsabs=1e-14)[0] / (scale * np.sqrt(2 * np.pi))
                for w, c in zip(weights, (-mu, mu), strict=True) for q in (-1, 1)
            )  # fmt: skip
        else:
            flips = float(mass @ ndtr(np.sign(z) * (crossing - z) / s))
        argmax = terminal_error(target, _mean, s, readout("argmax"), slope=SLOPE)
        close &= all(_same(f, flips, 1e-10) for f in (found.flips, argmax.categorical, argmax.total))
        close &= found.weight == 0.25
        for up, lost in ((1.0, target.masses(1.0)[0]), (-1.0, target.masses(1.0)[2])):
            sided = terminal_error(target, lambda y, up=up: up + 0.5 * np.tanh(y), s, readout("argmax"), slope=0.5)
            close &= _same(sided.flips, float(lost), 1e-12)
        for answer in (0.6, -0.6):
            blind = terminal_error(
                target, lambda y, v=answer: np.full_like(y, v), np.inf, readout("probit", sharpness=KAPPA), slope=0.0
            )
            if scale:
                close &= _same(blind.categorical, float(mass @ (ndtr(KAPPA * answer) - ndtr(KAPPA * z)) ** 2))
                lost = sum(w * ndtr(-np.sign(answer) * c / scale) for w, c in zip(weights, (-mu, mu), strict=True))
                close &= _same(blind.flips, float(lost), 1e-12)
    linear = terminal_error(target, _mean, 0.3, readout("linear"), slope=SLOPE)
    return bool(close and linear.categorical == 0 and linear.total == linear.continuous)


def _around(step: float) -> tuple[Any, Any]:
    """Return nodes and weights on [step - 6, step + 6], Gauss-Legendre panels that end a millionth from the step."""
    right = np.concatenate([[0.0], 0.25 * 2.0 ** -np.arange(18.0, 0.0, -1.0), np.arange(0.25, 6.25, 0.25)])
    ends = np.concatenate([-right[:0:-1], right]) + step
    x, w = np.polynomial.legendre.leggauss(14)
    half = np.diff(ends)[:, None] / 2
    return (ends[:-1, None] + half * (x + 1)).ravel(), (half * w).ravel()


def sharp_hold() -> bool:
    """Return whether readouts so sharp that they ask where latents lie, not how far apart, lose just the flips.

    One call is asked at a sharpness between, too: over latents and noisy latents, on panels that double away from the
    steps of either.
    """
    from theory.coupling import terminal_error, whole_error
    from theory.readout import readout
    from theory.target import two_modes

    target = two_modes(mu=1.0, scale=0.7, weights=(0.3, 0.7))
    once = terminal_error(target, _mean, 0.3, readout("softmax", sharpness=1e9), slope=SLOPE)
    crossing = float(brentq(_mean, -2, 2, xtol=1e-15))
    (z, d_z), (y, d_y) = _around(0.0), _around(crossing)
    mass = sum(w * norm.pdf(z, c, 0.7) for w, c in zip((0.3, 0.7), (-1.0, 1.0), strict=True)) * d_z
    change = (expit(1000 * _mean(y)) - expit(1000 * z[:, None])) ** 2
    steep = terminal_error(target, _mean, 0.3, readout("softmax", sharpness=1000.0), slope=SLOPE)
    if not _same(steep.categorical, float(mass @ (change * norm.pdf(y, z[:, None], 0.3)) @ d_y), 1e-9):
        return False
    ends, kinds = np.array([-38.0, 0.1, 38.0]), np.array([0, 2])
    whole = whole_error(target, lambda x: 2 * (x - 0.1), ends, kinds, readout("probit", sharpness=1e12))
    return bool(_same(once.categorical, once.flips) and _same(whole.categorical, whole.flips))
