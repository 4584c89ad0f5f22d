"""P[m(x) and z lie on different sides of c] = sqrt(2/pi) s E + O(s^2): a denoised token flips at the boundary's rate.

z is a mixture of Gaussians on a line, x = z + s xi its noisy view, m(x) = E[z given x] what a denoiser returns and E
the density of z at the boundary c. Since m increases, the flip is {z > c, x < x*} or {z < c, x > x*} with m(x*) = c,
so its probability is one integral of positive terms. Where boundaries meet in a plane, `junction` gives the s^2 term.
Source: theory/LAWS.md, section 1.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
from scipy.optimize import brentq
from scipy.special import spherical_jn

from theory.arrays import elementwise
from theory.errors import Array, UsageError, fraction, positive, real
from theory.gaussian import NODES, WEIGHTS
from theory.primitives import exp, hazard, log_ndtr, logsumexp, pdf

PER_STEP: Final = math.sqrt(2 / math.pi)
"""E|xi| of a standard Gaussian: the mean shift of the boundary in units of s."""

_DROP: Final = 40.0
"""e^-40 = 4e-18 of the peak: what a log-concave integrand holds beyond is below a double's rounding."""

_SATURATED: Final = 9.0
"""Phi(9) rounds to 1: that far left of its step the factor Phi is constant."""

_PI_REST: Final = math.sin(math.pi)
"""pi minus the double nearest to it: sin(pi - x) = x for the tiny x that rounding left."""


@final
@dataclass(frozen=True)
class Mixture:
    """z = sum of `weights` w_k times N(mu_k, sigma_k^2), seen from the boundary: `offsets` are mu_k - c.

    Build it with `mixture`, which checks its arguments.
    """

    offsets: Array
    scales: Array
    weights: Array

    @property
    def interface_energy(self) -> float:
        """E, the density of z at the boundary, in units of 1/length."""
        return float(np.sum(self.weights / self.scales * pdf(self.offsets / self.scales)))


def check_weights(weights: Any) -> tuple[float, ...]:
    """Return the weights as floats; UsageError unless they are positive with sum 1, or the single weight 1.

    >>> check_weights([0.25, 0.75])
    (0.25, 0.75)
    """
    values = np.atleast_1d(positive("weights", weights)).ravel()
    if values.shape != (1,):
        fraction("weights", values)
    # Correctly rounded decimals miss 1 by half a rounding each.
    if abs(math.fsum(values) - 1) > len(values) * np.finfo(float).eps:
        raise UsageError(
            "weights must be the probabilities of the components.",
            expected="positive numbers with sum 1",
            received=f"a sum of {math.fsum(values)!r}",
            hint="Were masses given that leave an error over?",
        )
    return tuple(float(w) for w in values)


def mixture(means: Any, scales: Any, weights: Any, *, boundary: float = 0.0) -> Mixture:
    """Return the mixture after checking one mean, one scale > 0 and one weight for each component.

    >>> mixture([1.0, 3.0], [1.0, 2.0], [0.5, 0.5], boundary=1.0).offsets.tolist()
    [0.0, 2.0]
    """
    centres = np.atleast_1d(real("means", means)).ravel()
    widths = np.atleast_1d(positive("scales", scales)).ravel()
    shares = np.array(check_weights(weights))
    if not len(centres) == len(widths) == len(shares):
        raise UsageError(
            "The components are not described alike.",
            expected="one mean, one scale and one weight for each component",
            received=f"{len(centres)} means, {len(widths)} scales, {len(shares)} weights",
            hint="Is a comma missing in one of the lists?",
        )
    return Mixture(offsets=centres - float(real("boundary", boundary)), scales=widths, weights=shares)


def flip_first_order(interface_energy: Any, relative_noise: Any) -> Any:
    """Return sqrt(2/pi) s E, the flip probability to first order in s; arrays broadcast.

    It is the mass of a tube of half-width s/sqrt(2 pi) about the boundary. Source: theory/LAWS.md, section 1.

    >>> flip_first_order(math.sqrt(math.pi / 2), 0.25)
    0.25
    """
    return PER_STEP * positive("relative_noise", relative_noise) * positive("interface_energy", interface_energy)


def threshold(target: Mixture, relative_noise: float) -> float:
    """Return x* - c, where x* is the noisy value whose posterior mean lies on the boundary: m(x*) = c.

    The posterior mean of component k crosses c at -s^2 (mu_k - c)/sigma_k^2 from it; x* lies between the extremes.

    >>> threshold(mixture([0.5], [1.0], [1.0]), 2.0)
    -2.0
    """
    s = float(positive("relative_noise", relative_noise))
    noisy = np.hypot(target.scales, s)
    pull, gain = (s / noisy) ** 2 * target.offsets, (target.scales / noisy) ** 2
    logs = np.log(target.weights / noisy)

    def excess(h: float) -> float:
        evidence = logs - ((h - target.offsets) / noisy) ** 2 / 2
        return float(np.sum(exp(evidence - logsumexp(evidence)) * (pull + gain * h)))

    crossings = -((s / target.scales) ** 2) * target.offsets
    low, high = float(np.min(crossings)), float(np.max(crossings))
    # At an end every term has one sign, or is a zero that rounding may have moved: then the end is the root.
    if excess(low) >= 0:
        return low
    if excess(high) <= 0:
        return high
    return float(brentq(excess, low, high, xtol=np.finfo(float).tiny, rtol=4 * np.finfo(float).eps, maxiter=2000))


def _beyond(offset: float, scale: float, eta: float) -> float:
    """Return the integral over u > 0 of phi((u - offset)/scale)/scale times Phi(eta - u): P[0 < u, u + xi < eta].

    The integrand is log-concave. Its peak and the places where it has dropped by e^-40 are found by bisection, and
    between them Gauss-Legendre panels are no wider than the standard deviation of either factor.
    """

    def level(u: Any) -> Any:
        return log_ndtr(eta - u) - ((u - offset) / scale) ** 2 / 2

    def slope(u: float) -> float:
        return float(-(u - offset) / scale / scale - hazard(eta - u))

    peak = 0.0
    if slope(0.0) > 0:  # then offset > 0, where the Gaussian factor alone peaks and Phi falls
        peak = float(brentq(slope, 0.0, offset, xtol=np.finfo(float).tiny, rtol=1e-8, maxiter=2000))
    floor = float(level(peak)) - _DROP
    # The Gaussian factor alone drops by e^-40 within 9 deviations of the peak, as log Phi is concave.
    far = peak + _SATURATED * scale
    high = far if level(far) > floor else float(brentq(lambda u: level(u) - floor, peak, far, rtol=1e-6))
    near = max(0.0, peak - _SATURATED * scale)
    low = near if level(near) > floor else float(brentq(lambda u: level(u) - floor, near, peak, rtol=1e-6))
    middle = min(max(low, eta - _SATURATED), high)
    total = 0.0
    for start, stop, width in ((low, middle, scale), (middle, high, min(1.0, scale))):
        panels = math.ceil((stop - start) / width)
        if panels:
            size = (stop - start) / panels
            u = start + size * (np.arange(panels)[:, None] + NODES)
            total += size / scale * float(np.sum(WEIGHTS * pdf((u - offset) / scale) * exp(log_ndtr(eta - u))))
    return total


@elementwise("relative_noise")
def flip_probability(target: Mixture, relative_noise: float) -> float:
    """Return P[z and m(z + s xi) lie on different sides of the boundary], exactly, for s > 0; arrays of s.

    Relative error below 1e-12 while |mu_k - c| <= 30 sigma_k and 1e-6 <= s/sigma_k <= 1e3 for every component;
    a boundary further out loses (mu_k - c)^2/sigma_k^2 roundings. For one Gaussian about the boundary it is
    arctan(s/sigma)/pi. Source: theory/LAWS.md, section 1.

    >>> round(flip_probability(mixture([0.0], [1.0], [1.0]), 1.0), 15)
    0.25
    """
    s = float(positive("relative_noise", relative_noise))
    return side_loss(target, s, threshold(target, s) / s)


def side_loss(target: Mixture, relative_noise: float, eta: float) -> float:
    """Return P[z > c, x < c + s eta] + P[z < c, x > c + s eta]: what a threshold on the noisy x gets wrong about z.

    Units and accuracy as in `flip_probability`, which takes the threshold where the posterior mean is c.

    >>> round(side_loss(mixture([0.0], [1.0], [1.0]), 1.0, 0.0), 15)
    0.25
    """
    parts = [
        w * _beyond(sign * d / relative_noise, sigma / relative_noise, sign * eta)
        for d, sigma, w in zip(target.offsets, target.scales, target.weights, strict=True)
        for sign in (1.0, -1.0)
    ]
    return math.fsum(parts)


def _corner(rest: Any, sine: Any) -> Any:
    """Return A = e^2 j_1(e)/(pi sin e) at e = |pi - g|, given sin e = |sin g| to its own last digit; 0 at e = 0."""
    straight = rest == 0
    return np.where(straight, 0.0, rest**2 * spherical_jn(1, rest) / (np.pi * np.where(straight, 1.0, sine)))


def junction_coefficient(angle: Any) -> Any:
    """Return A(g) = 1/pi + (1 - g/pi) cot g of a cell of opening `angle` g, 0 < g < 2 pi radians; arrays broadcast.

    With e = pi - g this is (1 - e cot e)/pi = e^2 j_1(e)/(pi sin e), j_1 the spherical Bessel function: near g = pi
    nothing cancels. Source: theory/LAWS.md, section 1.

    >>> round(float(junction_coefficient(math.pi / 2) * math.pi), 15)
    1.0
    """
    g = np.asarray(positive("angle", angle))
    if np.any(g >= 2 * np.pi):
        raise UsageError(
            "angle is a full turn or more.", expected="0 < angle < 2 pi", received=angle, hint="Is it in degrees?"
        )
    return _corner(np.abs(np.pi - g + _PI_REST), np.abs(np.sin(g)))


def check_angles(angles_degrees: Any) -> tuple[float, ...]:
    """Return the openings, in degrees, of the cells that meet at a point; UsageError unless they fill the turn.

    >>> check_angles([120, 120, 120])
    (120.0, 120.0, 120.0)
    """
    values = np.atleast_1d(positive("angles_degrees", angles_degrees)).ravel()
    turn = math.fsum(values)
    # Each of n rounded decimals is off by half a unit of the last place of at most 360.
    if len(values) < 2 or abs(turn - 360) > len(values) * np.finfo(float).eps * 360:
        raise UsageError(
            "The cells do not fill the plane.",
            expected="at least two angles in degrees with sum 360",
            received=f"{len(values)} with a sum of {turn!r}",
            hint="Are they in radians, rounded to a few digits, or is a cell missing?",
        )
    return tuple(float(value) for value in values)


def junction_of_degrees(angles_degrees: Any) -> float:
    """Return `junction` of angles given in degrees: a straight angle, 180, contributes exactly 0.

    >>> junction_of_degrees([180, 180]), round(junction_of_degrees([90, 90, 90, 90]) * math.pi, 14)
    (0.0, 4.0)
    """
    degrees = np.array(check_angles(angles_degrees))
    rest = np.abs(180 - degrees)  # exact near 180, where a coefficient vanishes with its square
    acute = np.minimum(rest, np.minimum(degrees, 360 - degrees))  # of the same sine
    return float(np.sum(_corner(np.radians(rest), np.sin(np.radians(acute)))))


def junction(angles: Sequence[float]) -> float:
    """Return sum_i A(g_i) over the cells that meet at a point of the plane; their angles fill the turn.

    At a point where z has density p they change the flip probability by -(s^2/2) p times this sum.

    >>> round(junction([math.pi / 2] * 4) * math.pi, 14)
    4.0
    """
    turn = math.fsum(np.atleast_1d(positive("angle", angles)))
    if abs(turn - 2 * math.pi) > 4 * len(angles) * np.finfo(float).eps * math.pi:
        raise UsageError(
            "The cells do not fill the plane.",
            expected="angles in radians with sum 2 pi",
            received=f"a sum of {turn!r}",
            hint="Are they in degrees, or is a cell missing?",
        )
    return float(np.sum(junction_coefficient(angles)))


def gaussian_flip(scale: Any, relative_noise: Any) -> Any:
    """Return arctan(s/sigma)/pi, the flip probability of N(0, sigma^2) about the boundary 0; arrays broadcast.

    >>> float(gaussian_flip(1.0, 1.0))
    0.25
    """
    return np.arctan2(positive("relative_noise", relative_noise), positive("scale", scale)) / np.pi


def orthants_flip(scale: Any, relative_noise: Any) -> Any:
    """Return the flip probability of the four quadrants under N(0, sigma^2 I): 1 - (1 - arctan(s/sigma)/pi)^2.

    The two coordinates flip independently. Written without a difference; arrays broadcast.

    >>> float(orthants_flip(1.0, 1.0))
    0.4375
    """
    one = gaussian_flip(scale, relative_noise)
    return one * (2 - one)
