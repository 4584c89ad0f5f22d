"""(2 Phi(-r))^n = 1 - error: n bits, each the law of two modes, cost log2(M)/sqrt(2 pi) as error -> 0.

Below it lies `isoperimetric` for the same M = 2^n modes, certified over boxes.
Source: theory/LAWS.md, section 6 (ours).
"""

from collections.abc import Callable
from fractions import Fraction
from math import prod
from typing import Final

import flint
import sympy
import z3

import proofs.symbols  # noqa: F401 - gives the primitives their symbolic meaning
from proofs.box import Inequality
from proofs.enclosure import Enclosure, printed
from proofs.isoperimetric import overstatement
from proofs.smt import Claim
from proofs.step import Step, by_erf
from proofs.symbols import ball_ndtr, ball_ndtri, ball_pdf
from theory.primitives import ndtr, ndtri, pdf

AXIOMS: Final = ("independence", "kirszbraun")

x = sympy.Symbol("x", real=True)
n, r, s = sympy.symbols("n r s", positive=True)
_Q = sympy.Rational
POINTS: Final = (
    {x: _Q(1, 3), n: _Q(3), r: _Q(1, 5), s: _Q(2, 7)},
    {x: _Q(-5, 4), n: _Q(2), r: _Q(3, 8), s: _Q(5, 8)},
)


def steps() -> tuple[Step, ...]:
    """Return the mass that one bit keeps, its special case, and the leading order."""
    lost = 1 - (2 * ndtr(-r)) ** n
    return (
        Step("one_bit", "a bit whose gap is [-r, r] keeps 1 - (2 Phi(r) - 1) = 2 Phi(-r)",
             1 - sympy.Integral(pdf(x), (x, -r, r)), 2 * ndtr(-r), POINTS, tactic=by_erf),
        Step("quantile_rate", "as a function of s = 2 Phi(r) - 1, r has the slope 1/(2 phi(r)), which rises: r/s rises",
             sympy.Derivative(-ndtri((1 - s) / 2), s), 1 / (2 * pdf(ndtri((1 - s) / 2))), POINTS),
        Step("concave_share", "1 - e^-x has the falling slope e^-x, so (1 - e^-x)/x falls, and its inverse rises",
             sympy.Derivative(1 - sympy.exp(-r), r, 2), -sympy.exp(-r), POINTS),
        Step("one_is_binary", "n = 1: error = 2 Phi(r) - 1, the law of two modes",
             sympy.Subs(lost, n, 1), 2 * ndtr(r) - 1, POINTS, tactic=by_erf),
        Step("small_errors", "d error/dr = 2 n phi(0) at r = 0, and L = Delta/(2r): error L/Delta -> n phi(0)",
             sympy.Subs(sympy.Derivative(lost, r), r, 0), 2 * n / sympy.sqrt(2 * sympy.pi), POINTS),
        Step("falls_with_stiffness", "a wider gap loses more: d error/dr = 2 n phi(r) (2 Phi(-r))^(n-1) > 0",
             sympy.Derivative(lost, r), 2 * n * pdf(r) * (2 * ndtr(-r)) ** (n - 1), POINTS, tactic=sympy.simplify),
    )  # fmt: skip


def claims() -> tuple[Claim, ...]:
    """Return the mass of one bit more."""
    kept, bit, rest = z3.Reals("kept bit rest")
    return (
        Claim(
            "one_more_bit", "masses in (0, 1) multiply: one bit more keeps less, and no less than all but both losses",
            (kept > 0, kept < 1, bit > 0, bit < 1, rest == kept * bit),
            z3.And(rest < kept, rest >= 1 - (1 - kept) - (1 - bit)),
            (rest < kept * kept, 100 * rest >= 99 * kept),
        ),
    )  # fmt: skip


def _ends(f: Callable[[flint.arb], flint.arb], x: flint.arb) -> flint.arb:
    """Return an enclosure of a monotone f over a ball."""
    return f(x.lower()).union(f(x.upper()))


def room_left(bits: flint.arb, v: flint.arb) -> flint.arb:
    """Return 1 - S/L at M = 2^bits and error 2^-v, S = Delta M I(1/M)/(2 error) the upper form of `isoperimetric`.

    S/L = sqrt(2 log 2/n)/c(n) times (r/share) (share n/t) (t/error), with share = 1 - e^(-t/n), t = -log(1 - error) and
    c as in `hierarchy`: four functions of one variable each, all monotone (steps quantile_rate and concave_share).
    """
    error = flint.arb(2) ** -v
    t = -(-error).log1p()
    share = -(-t / bits).expm1()
    factors = (
        _ends(lambda s: -ball_ndtri((1 - s) / 2) / s, share),
        _ends(lambda x: -(-x).expm1() / x, t / bits),
        _ends(lambda e: -(-e).log1p() / e, error),
    )
    return 1 - (2 * flint.arb(2).log() / bits).sqrt() / _ends(overstatement, bits) * prod(factors, start=flint.arb(1))


def inequalities() -> tuple[Inequality, ...]:
    """Return: n bits cost more than isoperimetry demands of 2^n modes, for real n from 2 to 256, error 2^-40 to 1/2."""
    box = ((Fraction(2), Fraction(256)), (Fraction(1), Fraction(40)))
    return (
        Inequality("above_isoperimetric", "S <= Delta/(2r) at M = 2^n and error 2^-v: bits never beat the lower bound",
                   room_left, box, (lambda n, v: room_left(n, v) - flint.arb("0.4"),)),
    )  # fmt: skip


def enclosures() -> tuple[Enclosure, ...]:
    """Return the two numbers that theory/LAWS.md compares."""

    def row(modes: int) -> flint.arb:
        return sum((ball_pdf(ball_ndtri(flint.arb(j) / modes)) for j in range(1, modes)), flint.arb(0))

    return (
        Enclosure("six_bits", "error L/Delta -> 6/sqrt(2 pi) = 2.3937 for 6 bits",
                  lambda: 12 * ball_pdf(flint.arb(0)) * ball_ndtr(flint.arb(0)), *printed("2.3937")),
        Enclosure("one_row_of_64", "against sum I(j/64) = 18.05 for the same modes in one row",
                  lambda: row(64), *printed("18.05")),
    )  # fmt: skip
