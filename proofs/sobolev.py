"""||phi_n 1_A||_{n/(n-1)} >= M^(1/n) * the integral of phi_n^(1 + 1/n) over A: Hoelder turns norms into masses.

Summed over sets of mass at most 1/M, with the sharp L^1 Sobolev inequality on the left and the gradient of the density
on the right, this is the law. That it never exceeds what a row or a lattice reaches is certified over boxes of
error. Source: theory/LAWS.md, section 6, `sobolev` (ours).
"""

from collections.abc import Callable
from fractions import Fraction
from functools import cache, partial
from typing import Any, Final

import flint
import sympy
import z3
from scipy.special import gammaincinv

import proofs.symbols  # noqa: F401 - gives the primitives their symbolic meaning
from proofs.box import Box, Inequality
from proofs.dimension_doubles import row_end
from proofs.enclosure import Enclosure, printed
from proofs.smt import Claim
from proofs.step import Step, by_powers, simplify
from theory.ordinal import ordinal_gap

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


def _constants(axes: int) -> tuple[flint.arb, flint.arb]:
    """Return (a_n, b_n) in balls."""
    half = flint.arb(axes) / 2
    ball = flint.arb.pi() ** half / (half + 1).gamma()
    a = axes * ball ** (flint.arb(1) / axes) * (flint.arb(axes) / (axes + 1)) ** half / (2 * flint.arb.pi()).sqrt()
    return a, flint.arb(2).sqrt() * (half + flint.arb(1) / 2).gamma() / half.gamma()


_CLOSE: Final = flint.arb(2) ** -30


def _around(guess: float, f: Callable[[flint.arb], flint.arb]) -> flint.arb:
    """Return an enclosure of the root of an increasing f near `guess`, held by its signs; else no number."""
    low, high = flint.arb(guess) * (1 - _CLOSE), flint.arb(guess) * (1 + _CLOSE)
    return low.union(high) if f(low) < 0 and f(high) > 0 else flint.arb("nan")


def _inside(axes: int, square: flint.arb) -> flint.arb:
    """Return F_n(x)."""
    return (square / 2).gamma_lower(flint.arb(axes) / 2, regularized=1)


def scaled_bound(axes: int, pieces: int, error: flint.arb) -> flint.arb:
    """Return error L/Delta of the law, M = pieces^n, at an exact error."""
    a, b = _constants(axes)
    square = _around(2 * float(gammaincinv(axes / 2, float(error))), lambda s: _inside(axes, s) - error)
    return (a * pieces * (1 - _inside(axes, square * (axes + 1) / axes)) - b) / 2


_guess: Final = cache(ordinal_gap)
"""One search a box, for all its checks."""


def row_gap(pieces: int, lost: flint.arb) -> flint.arb:
    """Return the gap 2r of the row that loses the exact mass `lost`; it grows with it."""
    return _around(_guess(pieces, float(lost)), partial(row_end, pieces, 1 - lost))


def room_left(axes: tuple[int, ...], pieces: tuple[int, ...], v: flint.arb) -> flint.arb:
    """Return the least of 1 - (law/lattice) over the lattices m^n, each row losing 2^-v, over a ball of v.

    The lattice has error/(2r), the law falls with error; each is enclosed by its ends.
    """
    ends = flint.arb(2) ** -v.upper(), flint.arb(2) ** -v.lower()
    least = flint.arb(1)
    for m_ in pieces:
        gap = row_gap(m_, ends[0]).union(row_gap(m_, ends[1]))
        for n_ in axes:
            errors = [1 - (1 - lost) ** n_ for lost in ends]
            bound = scaled_bound(n_, m_, errors[0]).union(scaled_bound(n_, m_, errors[1]))
            least = least.min(1 - bound * gap / errors[0].union(errors[1]))
    return least


ERRORS: Final[Box] = ((Fraction(1), Fraction(7)),)
"""Each row loses 2^-v, 1 <= v <= 7: from a half down to 0.0078. The slow tests go on to 2^-20."""


def inequalities() -> tuple[Inequality, ...]:
    """Return: the law never exceeds a row at n = 1, nor a lattice m^n at n = 2..10, for m = 2..16."""
    row = partial(room_left, (1,), tuple(range(2, 17)))
    lattice = partial(room_left, tuple(range(2, 11)), tuple(range(2, 17)))
    return (
        Inequality("never_above_a_row", "n = 1, M = 2..16: the law is below `ordinal` at every error 2^-v", row, ERRORS,
                   (lambda v: row(v) - flint.arb("0.2"),)),
        Inequality("never_above_a_lattice", "n = 2..10, M = m^n, m = 2..16: it is below `grid`, rows losing 2^-v each",
                   lattice, ERRORS, (lambda v: lattice(v) - flint.arb("0.5"),)),
    )  # fmt: skip


def enclosures() -> tuple[Enclosure, ...]:
    """Return the constants that theory/LAWS.md prints."""
    values = {1: "0.2821", 2: "0.4714", 3: "0.6266", 10: "1.360", 100: "4.870"}
    return tuple(
        Enclosure(f"room_of_{k}_axes", f"a_{k}/2 = {digits}", lambda k=k: _constants(k)[0] / 2, *printed(digits))  # type: ignore[misc]
        for k, digits in values.items()
    )
