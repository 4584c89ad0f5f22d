"""d/ds [arctan(s/sigma)/pi] = 2 integral over z > 0 of p(z) d/ds Phi(-z/s): the tube law, step by step and in balls.

The chain proves the posterior mean of a component (Bayes' rule), the exact flip of one Gaussian and its slope at
s = 0, and the coefficient of a corner. The rows hold theory's mixtures against bivariate normal orthants, taken here
from Plackett's integral over the correlation, where theory integrates over z. Source: theory/LAWS.md, section 1.
"""

from collections.abc import Sequence
from fractions import Fraction
from functools import partial
from typing import Final

import flint
import sympy

from proofs.against_balls import Oracle, Row, root
from proofs.box import Box, Inequality
from proofs.enclosure import Enclosure, printed
from proofs.integral import ball_integral
from proofs.step import Step, by_erf, simplify
from proofs.symbols import ball_ndtr, ball_pdf
from theory.primitives import ndtr, pdf
from theory.tube import flip_first_order, flip_probability, junction_coefficient, mixture, orthants_flip, threshold

AXIOMS: Final = ("independence", "exchange", "strips", "wedges")

x, z, mu = sympy.symbols("x z mu", real=True)
s, sigma = sympy.symbols("s sigma", positive=True)
g = sympy.Symbol("g", positive=True)

_Q = sympy.Rational
POINTS: Final = (
    {x: _Q(2, 3), z: _Q(1, 4), mu: _Q(-3, 5), s: _Q(1, 3), sigma: _Q(5, 4), g: _Q(4, 5)},
    {x: _Q(-5, 4), z: _Q(3, 2), mu: _Q(2, 7), s: _Q(7, 5), sigma: _Q(2, 3), g: _Q(9, 4)},
)


def steps() -> tuple[Step, ...]:
    """Return the chain from Bayes' rule to the exact flip of one Gaussian and to the corner."""
    noisy = sigma**2 + s**2
    density = pdf(z / sigma) / sigma
    rate = sigma / (sympy.pi * noisy)
    corner = 1 / sympy.pi + (1 - g / sympy.pi) * sympy.cot(g)
    return (
        Step("posterior_mean", "x + s^2 d/dx log p(x) = mu + (sigma^2/(sigma^2 + s^2)) (x - mu) for one component",
             x + s**2 * sympy.Derivative(-((x - mu) ** 2) / (2 * noisy), x), mu + sigma**2 / noisy * (x - mu), POINTS),
        Step("half_plane", "P[xi < -z/s] falls with slope (z/s^2) phi(z/s) in 1/s: the noise that crosses from z",
             sympy.Derivative(ndtr(-z / s), s), z / s**2 * pdf(z / s), POINTS, tactic=by_erf),
        Step("flip_rate", "two sides of z = 0: d P/ds = sigma/(pi (sigma^2 + s^2))",
             sympy.Integral(2 * density * z / s**2 * pdf(z / s), (z, 0, sympy.oo)), rate, POINTS, tactic=simplify),
        Step("arctangent", "so P = arctan(s/sigma)/pi, which has this rate and is 0 at s = 0",
             sympy.Derivative(sympy.atan(s / sigma) / sympy.pi, s), rate, POINTS),
        Step("mean_shift", "E|xi| = sqrt(2/pi)",
             sympy.Integral(2 * x * pdf(x), (x, 0, sympy.oo)), sympy.sqrt(2 / sympy.pi), POINTS, constant=True),
        Step("first_order", "the rate at s = 0 is sqrt(2/pi) E, E = phi(0)/sigma",
             sympy.Subs(rate, s, 0), sympy.sqrt(2 / sympy.pi) * pdf(sympy.Integer(0)) / sigma, POINTS),
        Step("two_cells", "s^2 has no coefficient for two cells: d^2 P/ds^2 = -2 sigma s/(pi (sigma^2 + s^2)^2)",
             sympy.Derivative(rate, s), -2 * sigma * s / (sympy.pi * noisy**2), POINTS),
        Step("four_cells", "four right angles: sum A = 4/pi, so p(0) = 1/(2 pi sigma^2) gives -(s/sigma)^2/pi^2",
             sympy.Subs(-(s**2) / 2 * 4 * corner / (2 * sympy.pi * sigma**2), g, sympy.pi / 2),
             -(s**2) / (sympy.pi * sigma) ** 2, POINTS),
        Step("two_flips", "quadrants flip where either coordinate does: 1 - (1 - P)^2 has s^2 term -P^2",
             sympy.Subs(1 - (1 - x) ** 2, x, sympy.atan(s / sigma) / sympy.pi),
             2 * sympy.atan(s / sigma) / sympy.pi - sympy.atan(s / sigma) ** 2 / sympy.pi**2, POINTS),
        Step("straight_cell", "with e = pi - g, A = (1 - e cot e)/pi, which vanishes with e: no straight corner",
             (1 - (sympy.pi - g) * sympy.cot(sympy.pi - g)) / sympy.pi, corner, POINTS),
    )  # fmt: skip


def _gaussian_flip(noise: int) -> flint.arb:
    """Return 2 times the integral over z > 0 of phi(z) Phi(-z/s), s = 1/noise; beyond 40, less than Phi(-40)."""
    root2 = flint.acb(2).sqrt()

    def density(z: flint.acb) -> flint.acb:
        return (-z * z / 2).exp() * (z * noise / root2).erfc()

    half = ball_integral(density, flint.arb(0), flint.arb(40)) / (2 * flint.arb.pi()).sqrt()
    return half.union(half + ball_ndtr(flint.arb(-40)))


def _overstated(v: flint.arb) -> flint.arb:
    """Return 1 - arctan(y)/y at y = 2^v."""
    noise = flint.arb(2) ** v
    return 1 - noise.atan() / noise


WIDE: Final[Box] = ((Fraction(-4), Fraction(6)),)
NARROW: Final[Box] = ((Fraction(-3), Fraction(6)),)
"""y = s/sigma = 2^v: from 1/16, and from 1/8, to 64."""


def _third(share: flint.arb, v: flint.arb) -> flint.arb:
    """Return share - (1 - arctan(y)/y)/y^2 at y = 2^v."""
    return share - _overstated(v) / flint.arb(4) ** v


def inequalities() -> tuple[Inequality, ...]:
    """Return: for a Gaussian the first order is above the flip, by less than y^2/3 of it, y = s/sigma."""
    return (
        Inequality("first_order_above", "arctan(y) < y: the first order exceeds the flip of a Gaussian, y = s/sigma",
                   _overstated, WIDE, (lambda v: _overstated(v) - flint.arb("0.01"),)),
        Inequality("within_third_order", "1 - arctan(y)/y < y^2/3: two cells have no second order",
                   partial(_third, flint.arb(1) / 3), NARROW, (partial(_third, flint.arb("0.33")),)),
    )  # fmt: skip


def enclosures() -> tuple[Enclosure, ...]:
    """Return the exact flip of one Gaussian by integration, and the coefficients of two junctions."""
    pi = flint.arb.pi
    return (
        *(
            Enclosure(f"gaussian_flip_{noise}", f"P[sign(z + s xi) != sign z] = arctan(s)/pi at s = 1/{noise}, "
                                                f"integrated",
                      partial(_gaussian_flip, noise), partial(lambda n: (flint.arb(1) / n).atan() / pi(), noise),
                      Fraction(1, 10**30))
            for noise in (1, 10, 1000)
        ),
        Enclosure("three_cells", "three cells that meet at 120 degrees have sum A = 0.37758",
                  lambda: 3 * (1 / pi() + (1 - flint.arb(2) / 3) * (2 * pi() / 3).cot()), *printed("0.37758")),
        Enclosure("four_right_angles", "four right angles have sum A = 4/pi, so J = p(0) 4/pi and -(s^2/2) J = "
                                       "-s^2/pi^2",
                  lambda: 4 * (1 / pi() + (1 - flint.arb(1) / 2) * (pi() / 2).cot()), lambda: 4 / pi(),
                  Fraction(1, 10**30)),
    )  # fmt: skip


Components = tuple[Sequence[float], Sequence[float], Sequence[float], float]

MIXTURES: Final[tuple[Components, ...]] = (
    ((0.0,), (1.0,), (1.0,), 0.0),
    ((-1.0, 1.0), (1.0, 1.0), (0.5, 0.5), 0.0),
    ((-1.0, 1.5), (0.7, 1.2), (0.3, 0.7), 0.2),
    ((-2.0, 0.0, 3.0), (0.5, 0.1, 2.0), (0.25, 0.25, 0.5), 0.4),
    ((-5.0, 5.0), (0.5, 0.5), (0.5, 0.5), 0.1),
    ((2.0, 3.0), (1.0, 1.0), (0.4, 0.6), -4.0),
    ((-3.0, 3.0), (0.1, 0.1), (0.5, 0.5), 0.05),
)
NOISES: Final = (1e-6, 1e-3, 0.1, 1.0, 20.0)


def _parts(target: Components) -> list[tuple[flint.arb, flint.arb, flint.arb]]:
    means, scales, weights, boundary = target
    return [
        (flint.arb(m) - flint.arb(boundary), flint.arb(t), flint.arb(w))
        for m, t, w in zip(means, scales, weights, strict=True)
    ]


def textbook_threshold(target: Components, noise: float) -> flint.arb:
    """Return the textbook root h = x* - c of sum_k w_k N(x; mu_k, sigma_k^2 + s^2) (m_k(x) - c) = 0."""
    square = flint.arb(noise) ** 2
    parts = _parts(target)

    def excess(h: flint.arb) -> flint.arb:
        total = flint.arb(0)
        for d, t, w in parts:
            noisy = t**2 + square
            total += w * ball_pdf((h - d) / noisy.sqrt()) / noisy.sqrt() * (d + t**2 / noisy * (h - d))
        return total

    reach = 1 + max(float(square * abs(d) / t**2) for d, t, _ in parts)
    # Lopsided, lest a symmetric root fall on a place of bisection, where no sign is decided.
    return root(excess, flint.arb(-reach), flint.arb(reach) * 11 / 8)


def textbook_flip(target: Components, noise: float) -> flint.arb:
    """Return sum_k w_k [Phi(h) + Phi(k) - 2 Phi_2(h, k; rho)], Phi_2 by Plackett's integral over the correlation."""
    cut, square = textbook_threshold(target, noise), flint.arb(noise) ** 2
    total = flint.arb(0)
    for d, t, w in _parts(target):
        noisy = (t**2 + square).sqrt()
        h, k = -d / t, (cut - d) / noisy

        def density(v: flint.acb, h: flint.arb = h, k: flint.arb = k) -> flint.acb:
            wide = (h - k) ** 2 * v.cosh() ** 2
            return (-(wide + h * k * (1 + (-2 * v).exp())) / 2).exp() / v.cosh()

        # sinh v = tan of Plackett's angle: the correlation nears 1 as s falls, where the angle's integrand is singular.
        last = (t / flint.arb(noise)).asinh()
        both = ball_integral(density, flint.arb(0), last) / (2 * flint.arb.pi())
        left, right = ball_ndtr(h), ball_ndtr(k)
        total += w * (left + right - 2 * (left * right + both))
    return total


def textbook_energy(target: Components) -> flint.arb:
    """Return sum_k w_k N(c; mu_k, sigma_k^2)."""
    return sum((w * ball_pdf(d / t) / t for d, t, w in _parts(target)), flint.arb(0))


def _corner(angle: float) -> flint.arb:
    g, pi = flint.arb(angle), flint.arb.pi()
    return 1 / pi + (1 - g / pi) * g.cos() / g.sin()


def _orthants(noise: float) -> flint.arb:
    return 1 - (1 - flint.arb(noise).atan() / flint.arb.pi()) ** 2


def _first_order(target: Components, noise: float) -> flint.arb:
    return (2 / flint.arb.pi()).sqrt() * flint.arb(noise) * textbook_energy(target)


def rows() -> list[Row]:
    """Return theory's energies, flips and corners beside their textbook forms."""
    found: list[Row] = []

    def add(name: str, value: float, oracle: Oracle) -> None:
        found.append((name, float(value), oracle))

    for case in MIXTURES:
        means, scales, weights, boundary = case
        target = mixture(means, scales, weights, boundary=boundary)
        add(f"E, means={means}", target.interface_energy, partial(textbook_energy, case))
        for noise in NOISES:
            here = f"means={means}, s={noise:g}"
            first = flip_first_order(target.interface_energy, noise)
            add(f"first order, {here}", first, partial(_first_order, case, noise))
            add(f"flip, {here}", flip_probability(target, noise), partial(textbook_flip, case, noise))
    skewed = MIXTURES[2]
    add("threshold", threshold(mixture(*skewed[:3], boundary=skewed[3]), 0.3), partial(textbook_threshold, skewed, 0.3))
    for angle in (1e-6, 0.5, 1.5707963267948966, 2.0943951023931953, 3.14159, 3.141592653589793, 4.0, 6.28):
        add(f"A({angle!r})", junction_coefficient(angle), partial(_corner, angle))
    for noise in NOISES:
        add(f"quadrants, s={noise:g}", orthants_flip(1.0, noise), partial(_orthants, noise))
    return found
