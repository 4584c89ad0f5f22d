"""F_p(z) = Phi(x): the exact flow by its two distribution functions in many digits, its slope by differences."""

from typing import Any

import mpmath
import numpy as np

TARGETS = ((1.0, 0.7, (0.3, 0.7)), (1.5, 0.4, (0.5, 0.5)), (0.5, 1.25, (0.9, 0.1)), (3.0, 0.4, (0.2, 0.8)))
"""(mu, scale, weights): overlapping, equal, merged into one, far apart."""


def _tails(mu: float, scale: float, weights: tuple[float, float], z: Any) -> tuple[Any, Any]:
    """Return (F_p(z), 1 - F_p(z)) in the working precision."""
    places = [(z - centre) / mpmath.mpf(scale) for centre in (-mpmath.mpf(mu), mpmath.mpf(mu))]
    return tuple(
        sum(mpmath.mpf(w) * mpmath.ncdf(sign * y) for w, y in zip(weights, places, strict=True)) for sign in (1, -1)
    )  # type: ignore[return-value]


def _meets(x: float, tails: tuple[Any, Any]) -> bool:
    """Return whether Phi(x) is the smaller tail to what a rounding of x, or of a probability near 1/2, allows."""
    side = 0 if tails[0] <= tails[1] else 1
    found = mpmath.ncdf(x if side == 0 else -x)
    return bool(abs(found / tails[side] - 1) < 1e-14 * (1 + x * x) + 1e-15)


def _steepest(mu: float, scale: float, weights: tuple[float, float]) -> Any:
    """Return the largest slope between the modes: dz/dx of Phi(x) = F_p(z), by differences, climbed by thirds."""

    def slope(z: Any) -> Any:
        x = mpmath.sqrt(2) * mpmath.erfinv(2 * _tails(mu, scale, weights, z)[0] - 1)
        step = mpmath.mpf(10) ** -40  # dF = phi(x) dx + ..., the rest is 1e-40 of it
        rise = _tails(mu, scale, weights, z + step)[0] - _tails(mu, scale, weights, z - step)[0]
        return 2 * step * mpmath.npdf(x) / rise

    low, high = mpmath.mpf(-mu) / 2, mpmath.mpf(mu) / 2
    for _ in range(40):
        left, right = low + (high - low) / 3, high - (high - low) / 3
        low, high = (left, high) if slope(left) < slope(right) else (low, right)
    return slope(low)


def flows_hold() -> bool:
    """Return whether noise and clean latent share their distribution function, forth and back, and the flow its slope.

    The largest slope is that of secants on a fine grid of latents, too flat by a millionth at most, or climbed in many
    digits; where modes are a point each, noise is cut where Phi is the weight of the left one.
    """
    from theory.flow import boundary_noise, flow_map, flow_stiffness, landing_noise, noise_of
    from theory.target import two_modes

    close = True
    with mpmath.workdps(60):
        for mu, scale, weights in TARGETS:
            target = two_modes(mu=mu, scale=scale, weights=weights)
            for mode, centre in enumerate((-mu, mu)):
                ys = np.array([-20.0, -9.0, -2.0, -0.5, 0.0, 1e-3, 0.75, 3.0, 12.0, 30.0])
                for y, x in zip(ys, noise_of(target, mode, ys), strict=True):
                    z = mpmath.mpf(centre) + mpmath.mpf(scale) * mpmath.mpf(y)
                    close &= _meets(float(x), _tails(mu, scale, weights, z))
            close &= _meets(boundary_noise(target), _tails(mu, scale, weights, mpmath.mpf(0)))
            edges = landing_noise(target, 0.8 * mu)
            close &= all(
                _meets(x, _tails(mu, scale, weights, mpmath.mpf(sign * 0.8 * mu)))
                for x, sign in zip(edges, (-1, 1), strict=True)
            )
            xs = np.array([-7.0, -2.0, -0.4, 0.0, 0.3, 1.1, 6.0])
            for x, z in zip(xs, flow_map(target, xs), strict=True):
                back = noise_of(target, int(z > 0), (z - (mu if z > 0 else -mu)) / scale)
                close &= abs(float(back) - x) < 1e-12
                if abs(x) < 1.5:  # and without the inverse
                    low, high = (_tails(mu, scale, weights, mpmath.mpf(float(z)) + h)[0] for h in (-1e-9, 1e-9))
                    close &= bool(low <= mpmath.ncdf(x) <= high)
            if mu > 4 * scale:  # noises between such modes are one double
                close &= abs(flow_stiffness(target) / _steepest(mu, scale, weights) - 1) < 1e-9
                continue
            z = np.linspace(-mu, mu, 20_001)
            right = z > 0
            noise = np.where(right, noise_of(target, 1, (z - mu) / scale), noise_of(target, 0, (z + mu) / scale))
            steepest = max(float(np.max(np.diff(z) / np.diff(noise))), scale)
            close &= abs(flow_stiffness(target) / steepest - 1) < 2e-5
    for weights in ((0.3, 0.7), (0.8, 0.2)):
        split = two_modes(mu=2.0, weights=weights)
        cut = float(mpmath.sqrt(2) * mpmath.erfinv(2 * mpmath.mpf(weights[0]) - 1))
        close &= abs(boundary_noise(split) - cut) < 1e-14 and landing_noise(split, 1.0) == (boundary_noise(split),) * 2
        close &= flow_map(split, [cut - 1e-9, cut + 1e-9]).tolist() == [-2.0, 2.0] and flow_stiffness(split) == np.inf
        for mode, share in enumerate(weights):  # the y-th place within its own noise
            for y in (-3.0, 0.25, 2.0):
                inside = mpmath.ncdf(y) * share + mode * (1 - mpmath.mpf(share))
                close &= abs(mpmath.ncdf(float(noise_of(split, mode, y))) / inside - 1) < 1e-13
    far = [flow_stiffness(two_modes(mu=mu, scale=1.0)) for mu in (37.0, 38.0)]  # e^(37^2/2) is a double
    return bool(close and abs(far[0] / mpmath.exp(mpmath.mpf(37) ** 2 / 2) - 1) < 1e-9 and far[1] == np.inf)
