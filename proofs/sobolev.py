"""||phi_n 1_A||_{n/(n-1)} >= M^(1/n) * the integral of phi_n^(1 + 1/n) over A: Hoelder turns norms into masses.

Summed over sets of mass at most 1/M, with the sharp L^1 Sobolev inequality on the left and the gradient of the density
on the right, this is the law. That it never exceeds what a row or a lattice reaches is certified over boxes of
error. Source: theory/LAWS.md, section 6, `sobolev` (ours).
"""

from fractions import Fraction
from functools import partial
from typing import Any, Final

import flint
import sympy
import z3
from scipy.special import gammaincinv

import proofs.symbols  # noqa: F401 - gives the primitives their symbolic meaning
from proofs.box import Box, Inequality
from proofs.enclosure import Enclosure, printed
from proofs.rows import around, limits, scaled
from proofs.smt import Claim
from proofs.step import Step, by_powers, simplify
from proofs.symbols import ball_pdf

AXIOMS: Final = ("sobolev", "hoelder", "bathtub")

x = sympy.Symbol("x", real=True)
n, rho, m = sympy.symbols("n rho m", positive=True)
_Q = sympy.Rational
POINTS: Final = (
    {x: _Q(1, 3), n: sympy.Integer(2), rho: _Q(3, 4), m: _Q(5)},
    {x: _Q(-5, 4), n: sympy.Integer(5), rho: _Q(7, 3), m: _Q(2)},
)


def room(axes: Any) -> Any:
    """Return a_n as a symbol."""
    ball = sympy.pi ** (axes / 2) / sympy.gamma(axes / 2 + 1)
    return axes * ball ** (1 / axes) * (axes / (axes + 1)) ** (axes / 2) / sympy.sqrt(2 * sympy.pi)


def steps() -> tuple[Step, ...]:
    """Return the gradient of the density, its mean, Hoelder's integral, and the constants."""
    density = sympy.exp(-(rho**2) / 2) / (2 * sympy.pi) ** (n / 2)
    one = sympy.exp(-(x**2) / 2) / sympy.sqrt(2 * sympy.pi)
    whole = (rho, 0, sympy.oo)
    integers = tuple({**point, n: sympy.Integer(k)} for point, k in zip(POINTS, (3, 7), strict=True))
    return (
        Step("gradient", "|grad phi_n| = |x| phi_n: along a radius rho the slope is -rho phi_n",
             sympy.Derivative(density, rho), -rho * density, POINTS, tactic=simplify),
        Step("mean_radius", "its mass b_n = E|x| is the quotient of two radial integrals",
             sympy.Integral(rho**n * sympy.exp(-(rho**2) / 2), whole)
             / sympy.Integral(rho ** (n - 1) * sympy.exp(-(rho**2) / 2), whole),
             sympy.sqrt(2) * sympy.gamma((n + 1) / 2) / sympy.gamma(n / 2), integers, tactic=simplify),
        Step("hoelder_density", "phi^(1 + 1/n) = (2 pi)^(-1/(2n)) sqrt(n/(n+1)) times the density of N(0, n/(n+1))",
             one ** (1 + 1 / n),
             (2 * sympy.pi) ** (-1 / (2 * n)) * sympy.sqrt(n / (n + 1))
             * sympy.exp(-(x**2) * (n + 1) / (2 * n)) / sympy.sqrt(2 * sympy.pi * n / (n + 1)),
             POINTS, tactic=_roots),
        Step("hoelder_power", "whose n-th power, the weight of all coordinates, is (n/(n+1))^(n/2)/sqrt(2 pi)",
             ((2 * sympy.pi) ** (-1 / (2 * n)) * sympy.sqrt(n / (n + 1))) ** n,
             (n / (n + 1)) ** (n / 2) / sympy.sqrt(2 * sympy.pi), POINTS, tactic=by_powers),
        Step("exponents", "1/p + 1/q = 1 for p = n/(n-1) and q = n: Hoelder splits phi^(1 + 1/n) into phi and "
                          "phi^(1/n)",
             1 / (n / (n - 1)) + 1 / n, sympy.Integer(1), POINTS, constant=True),
        Step("room_of_1", "a_1/2 = 1/(2 sqrt pi): the constant of a long row",
             sympy.Subs(room(n) / 2, n, 1), 1 / (2 * sympy.sqrt(sympy.pi)), POINTS, tactic=simplify, constant=True),
        Step("room_of_2", "a_2/2 = sqrt2/3", sympy.Subs(room(n) / 2, n, 2), sympy.sqrt(2) / 3, POINTS,
             tactic=simplify, constant=True),
        Step("no_error", "F_n(0) = 0: as error -> 0 the bracket is a_n M^(1/n) - b_n",
             sympy.Subs(1 - sympy.lowergamma(n / 2, rho) / sympy.gamma(n / 2), rho, 0), sympy.Integer(1), POINTS,
             constant=True),
    )  # fmt: skip


def _roots(expr: sympy.Basic) -> sympy.Basic:
    """Gather roots and powers of positive bases."""
    apart = sympy.expand_power_base(sympy.powdenest(expr, force=True), force=True)
    return sympy.simplify(sympy.powsimp(apart, force=True))


def claims() -> tuple[Claim, ...]:
    """Return how the two sides are put together, in what they were bounded by."""
    norm, weight, gradient, slope, error, mean, room_ = z3.Reals("norms q gradient r error b a")
    return (
        Claim(
            "put_together",
            "a weight <= norms <= gradient <= error/r + b gives 1/r >= (a weight - b)/error: L = Delta/(2r)",
            (slope > 0, error > 0, room_ > 0, room_ * weight <= norm, norm <= gradient,
             gradient * slope <= error + mean * slope), room_ * weight - mean <= error / slope,
            (room_ * weight <= error / slope, room_ * weight - mean <= error),
        ),
        Claim(
            "shrunk", "min(q, 1/M) = 1/M - (1/M - q)_+: sets shrunk to 1/M at most keep 1 - tv in all",
            (mean >= 0, weight >= 0), z3.If(weight > mean, mean, weight)
            == mean - z3.If(mean > weight, mean - weight, 0),
            (z3.If(weight > mean, mean, weight) == weight, weight == mean - z3.If(mean > weight, mean - weight, 0)),
        ),
    )  # fmt: skip


def _constants(axes: int | flint.arb) -> tuple[flint.arb, flint.arb]:
    """Return (a_n, b_n) in balls."""
    half = flint.arb(axes) / 2
    ball = flint.arb.pi() ** half / (half + 1).gamma()
    a = axes * ball ** (flint.arb(1) / axes) * (flint.arb(axes) / (axes + 1)) ** half / (2 * flint.arb.pi()).sqrt()
    return a, flint.arb(2).sqrt() * (half + flint.arb(1) / 2).gamma() / half.gamma()


def _inside(axes: int, square: flint.arb) -> flint.arb:
    """Return F_n(x)."""
    return (square / 2).gamma_lower(flint.arb(axes) / 2, regularized=1)


def scaled_bound(axes: int, pieces: int, error: flint.arb) -> flint.arb:
    """Return error L/Delta of the law, M = pieces^n, at an exact error."""
    a, b = _constants(axes)
    square = around(2 * float(gammaincinv(axes / 2, float(error))), lambda s: _inside(axes, s) - error)
    return (a * pieces * (1 - _inside(axes, square * (axes + 1) / axes)) - b) / 2


def room_left(axes: tuple[int, ...], pieces: tuple[int, ...], x: flint.arb) -> flint.arb:
    """Return the least of 1 - (law/lattice)_+ over the lattices m^n, each row losing a share x in [0, 1], over a ball.

    The law is bounded where the ball begins, for it falls with the loss, and says nothing from where its bracket is
    negative; the lattice has error/gap = (error/x)(x/gap), of which error/x falls. At x = 0 both are limits.
    """
    low, high = limits(x)
    least = flint.arb(1)
    for m_ in pieces:
        asked = {n_: need for n_ in axes if not (need := _need(n_, m_, low)) < 0}
        if asked:
            lost_by_gap = scaled(m_, low, high)
            for n_, need in asked.items():
                error_by_lost = (1 - (1 - high) ** n_) / high
                least = least.min(1 - need / (error_by_lost * lost_by_gap))
    return least if low == high else least.union(flint.arb(1))  # no value is above 1


def _need(axes: int, pieces: int, lost: flint.arb) -> flint.arb:
    """Return error L/Delta of the law for a lattice whose rows lose the exact share `lost` each; at 0 its limit.

    The law falls, and where it says nothing at a loss of 7/8 it says nothing beyond, where errors round to 1.
    """
    if lost > 0:
        return scaled_bound(axes, pieces, 1 - (1 - lost.min(flint.arb(7) / 8)) ** axes)
    a, b = _constants(axes)
    return (a * pieces - b) / 2


LOSSES: Final[Box] = ((Fraction(0), Fraction(1)),)
"""The share that each row loses: every one, both limits included."""
DIMENSIONS: Final[Box] = ((Fraction(1), Fraction(14)),)
"""n = 2^v: beyond the 10,000 that the law is asked for."""


def constants_left(v: flint.arb) -> flint.arb:
    """Return (2 (n A - a_n/2) - (n phi(0) - b_n/2))/n at n = 2^v, A = 1/(2 sqrt pi): see `lattices_of_any_size`."""
    n = flint.arb(2) ** v
    a, b = _constants(n)
    return 2 * (1 / (2 * flint.arb.pi().sqrt()) - a / (2 * n)) - (ball_pdf(flint.arb(0)) - b / (2 * n))


def inequalities() -> tuple[Inequality, ...]:
    """Return: the law never exceeds a row at n = 1, nor a lattice m^n at n = 2..10, for m = 2..16, at any loss."""
    row = partial(room_left, (1,), tuple(range(2, 17)))
    lattice = partial(room_left, tuple(range(2, 11)), tuple(range(2, 17)))
    return (
        Inequality("never_above_a_row", "n = 1, M = 2..16: the law is below `ordinal` at every error", row, LOSSES,
                   (lambda x: row(x) - flint.arb("0.2"),)),
        Inequality("never_above_a_lattice", "n = 2..10, M = m^n, m = 2..16: it is below `grid`, whatever a row loses",
                   lattice, LOSSES, (lambda x: lattice(x) - flint.arb("0.5"),)),
        Inequality("lattices_of_any_size", "real n = 2^v: 2 (n A - a_n/2) > n phi(0) - b_n/2, A = 1/(2 sqrt pi), so "
                   "that (a_n m - b_n)/2 < n (m A - phi(0)) for every m >= 2", constants_left, DIMENSIONS,
                   (lambda v: constants_left(v) - flint.arb("0.01"),)),
    )  # fmt: skip


def enclosures() -> tuple[Enclosure, ...]:
    """Return the constants that theory/LAWS.md prints."""
    values = {1: "0.2821", 2: "0.4714", 3: "0.6266", 10: "1.360", 100: "4.870"}
    return tuple(
        Enclosure(f"room_of_{k}_axes", f"a_{k}/2 = {digits}", lambda k=k: _constants(k)[0] / 2, *printed(digits))  # type: ignore[misc]
        for k, digits in values.items()
    )
