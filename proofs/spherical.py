"""<u, x - y> >= 2r |u| implies |x - y| >= 2r: cells of directions keep their distance, whatever the directions are.

Words turned by one rotation have inner products that depend on their difference only, and all frequencies together make
a simplex. In the plane the words are those of a polygon, whose cells are wedges: kept = the mean over psi in (0, pi/M)
of e^(-r^2/(2 sin^2 psi)). With P the Gaussian area of all walls, L/Delta <= P/error for any directions, and where the
cells are alike L/Delta >= P/log(1/(1 - error)). Source: theory/LAWS.md, section 6, `spherical` (ours).
"""

from fractions import Fraction
from functools import partial
from typing import Any, Final

import flint
import sympy
import z3

import proofs.symbols  # noqa: F401 - gives the primitives their symbolic meaning
from proofs.box import Box, Inequality
from proofs.dimension_doubles import enclosed
from proofs.enclosure import Enclosure, printed
from proofs.integral import ball_integral
from proofs.rows import area, profile, row_log
from proofs.simplex_doubles import textbook_kept_lead
from proofs.smt import Claim
from proofs.step import Step, by_exp
from proofs.symbols import ball_ndtr, ball_ndtri, ball_pdf
from theory.primitives import pdf

AXIOMS: Final = ("independence", "coarea", "prekopa", "kirszbraun")

a, b, t, h = sympy.symbols("alpha beta t theta", real=True)
f, k = sympy.symbols("f k", integer=True, positive=True)
M, c, u, e, r, P = sympy.symbols("M c u epsilon r P", positive=True)
_Q = sympy.Rational
POINTS: Final[tuple[dict[Any, Any], ...]] = (
    {a: _Q(1, 3), b: _Q(2, 5), t: _Q(3, 7), h: _Q(1, 8), f: _Q(2), k: _Q(2), M: _Q(5), c: _Q(2, 3), e: _Q(1, 7),
     r: _Q(1, 4), P: _Q(3, 2)},
    {a: _Q(-5, 4), b: _Q(1, 6), t: _Q(9, 8), h: _Q(-2, 9), f: _Q(3), k: _Q(1), M: _Q(7), c: _Q(8, 5), e: _Q(3, 8),
     r: _Q(5, 6), P: _Q(4)},
)  # fmt: skip


def _trig(expr: sympy.Basic) -> sympy.Basic:
    """Write sines of sums as products, and cancel."""
    return sympy.simplify(sympy.expand_trig(expr.doit()))


def steps() -> tuple[Step, ...]:
    """Return the algebra of a cyclic code, the simplex and the polygon in it, and the closed lower bound."""
    root2, sin, cos = sympy.sqrt(2), sympy.sin, sympy.cos
    return (
        Step("inner_product", "in one plane the words at angles a and b have the product 2 cos(a - b): products depend "
                              "on the difference of two words only",
             root2 * cos(a) * root2 * cos(b) + root2 * sin(a) * root2 * sin(b), 2 * cos(a - b), POINTS, tactic=_trig),
        Step("turned", "the rotation by t takes the word at angle a to that at a + t: words and cells form one orbit",
             root2 * cos(a) * cos(t) - root2 * sin(a) * sin(t), root2 * cos(a + t), POINTS, tactic=_trig),
        Step("distance", "one plane adds 8 sin^2(a/2) to the squared distance from the word at 0",
             (root2 * cos(a) - root2) ** 2 + (root2 * sin(a)) ** 2, 8 * sin(a / 2) ** 2, POINTS,
             tactic=sympy.trigsimp),
        Step("telescope", "2 sin(t/2) cos(f t) = sin((f + 1/2) t) - sin((f - 1/2) t): cosines add up",
             2 * sin(t / 2) * cos(f * t), sin((f + _Q(1, 2)) * t) - sin((f - _Q(1, 2)) * t), POINTS, tactic=by_exp),
        Step("full_code", "M odd, f = 1..(M - 1)/2, t = 2 pi k/M: the products of two words are all -1, a simplex",
             sympy.Subs((sin(M * t / 2) - sin(t / 2)) / sin(t / 2), t, 2 * sympy.pi * k / M), sympy.Integer(-1), POINTS,
             tactic=sympy.simplify, constant=True),
        Step("wall_of_a_wedge", "at the angle h from its word, b = pi/M, a point is rho sin(b - h) from the bisector",
             (root2 * (1 - cos(2 * b)) * cos(h) - root2 * sin(2 * b) * sin(h)) / (2 * root2 * sin(b)), sin(b - h),
             POINTS, tactic=_trig),
        Step("beyond", "a standard normal in the plane is farther out than c with probability e^(-c^2/2)",
             sympy.Integral(u * sympy.exp(-(u**2) / 2), (u, c, sympy.oo)), sympy.exp(-(c**2) / 2), POINTS),
        Step("walls_of_a_polygon", "its M walls are rays of area phi(0)/2 each: P = M/(2 sqrt(2 pi))",
             M * sympy.Integral(pdf(sympy.Integer(0)) * pdf(u), (u, 0, sympy.oo)), M / (2 * sympy.sqrt(2 * sympy.pi)),
             POINTS),
        Step("at_least", "1 - error = e^(-2 P r) at r = log(1/(1 - error))/(2 P), L = P Delta/log(1/(1 - error))",
             sympy.Subs(sympy.exp(-2 * P * r), r, -sympy.log(1 - e) / (2 * P)), 1 - e, POINTS),
    )  # fmt: skip


def claims() -> tuple[Claim, ...]:
    """Return how far apart two cells are, that a code's cells share what is decided, and how cells change with r."""
    here, there, size, gap, distance = z3.Reals("p q c r d")
    one, rest, words, decided = z3.Reals("a s M t")
    share, wide, angle = z3.Reals("u r_1 cos")
    return (
        Claim(
            "cells_apart",
            "with u = u_i - u_j of length c: <u, x> >= r c, <u, y> <= -r c and <u, x - y>^2 <= c^2 |x - y|^2 "
            "(Cauchy and Schwarz) give |x - y| >= 2r",
            (size > 0, gap > 0, distance >= 0, here >= gap * size, there <= -gap * size,
             (here - there) * (here - there) <= size * size * distance * distance),
            distance >= 2 * gap,
            (distance >= 3 * gap, distance > 2 * gap, 100 * distance >= 201 * gap),
        ),
        Claim(
            "equal_shares", "M cells that the group maps onto each other have one mass, so each has 1/M of their sum",
            (words >= 2, decided > 0, rest == (words - 1) * one, one + rest == decided), words * one == decided,
            (100 * words * one == 101 * decided, words * one > decided),
        ),
        Claim(
            "cells_mix", "what lies as far as u between a point of the cell of half gap r and one of r_1 lies in that "
            "of (1 - u) r + u r_1: along each u_i - u_j/|u_i - u_j|",
            (share >= 0, share <= 1, here >= gap, there >= wide),
            (1 - share) * here + share * there >= (1 - share) * gap + share * wide,
            ((1 - share) * here + share * there >= wide, (1 - share) * here + share * there > (1 - share) * gap
             + share * wide),
        ),
        Claim(
            "faces_shrink", "on the wall against j a point y + r v of the cell has <v', y> >= r (1 - <v, v'>), v and "
            "v' of length 1: more for a larger r, so that walls lose area as r grows",
            (angle <= 1, gap >= 0, wide >= gap, here >= wide * (1 - angle)), here >= gap * (1 - angle),
            (here >= gap, here > gap * (1 - angle)),
        ),
    )  # fmt: skip


_FAINT: Final = 200
"""Where the exponent is below -200 the integrand is: e^-200 < 1e-86."""


def polygon_log(words: int, r: flint.arb) -> flint.arb:
    """Return log(1/kept) of a polygon's wedges of half gap r > 0: kept is the mean of e^(-r^2/(2 sin^2 psi))."""
    top = flint.arb.pi() / words
    # sin psi <= psi rises to psi = top <= pi/2, and with it the integrand: below the cut it is less than at it.
    cut = (r / flint.arb(2 * _FAINT).sqrt()).min(top / 2)
    half = flint.acb(r * r / 2)
    whole = ball_integral(lambda psi: (-half / psi.sin() ** 2).exp(), cut, top)
    left_out = cut * (-r * r / (2 * cut.sin() ** 2)).exp()
    return -(whole.union(whole + left_out) / top).log()


def _walls(words: int) -> flint.arb:
    """Return P of a polygon."""
    return words * ball_pdf(flint.arb(0)) / 2


def _below_a_row(polygons: range, r: flint.arb) -> flint.arb:
    """Return the least of 1 - (loss of the polygon)/(loss of the row), losses as log(1/kept), over a ball of half gaps.

    Losses grow with r. From 0 on each is in proportion to it: at most -log(1 - 2 P r)/r, at least twice the row's area.
    """
    low, high = r.lower().max(flint.arb(0)), r.upper()
    least = flint.arb(1)
    for m in polygons:
        if low > 0:
            lost, row = polygon_log(m, high), row_log(m, 2 * low)
        else:
            lost, row = -(-2 * _walls(m) * high).log1p() / high, 2 * area(m)
        least = least.min(1 - lost / row)
    return least if low == high else least.union(flint.arb(1))


def _above_isoperimetry(polygons: range, r: flint.arb) -> flint.arb:
    """Return the least of 1 - r/D, D the half gap that isoperimetry allows at the polygon's error, over a ball of r.

    D is at least error/(M I(1/M)), and error at least 1 - e^(-2 P r): enough from r = 0 on.
    """
    low, high = r.lower().max(flint.arb(0)), r.upper()
    least = flint.arb(1)
    for m in polygons:
        share = flint.arb(1) / m
        if low > 0:
            allowed = ball_ndtri(share) - ball_ndtri(share * (-polygon_log(m, low)).exp())
        else:
            allowed = -(-2 * _walls(m) * high).expm1() / (m * profile(share))
        least = least.min(1 - high / allowed)
    return least if low == high else least.union(flint.arb(1))


HALF_GAPS: Final[Box] = ((Fraction(0), Fraction(1)),)
"""At r = 1 two words keep 0.317, eight 0.0009."""


def inequalities() -> tuple[Inequality, ...]:
    """Return: a polygon is stiffer than isoperimetry demands, and less stiff than a row, at every half gap up to 1."""
    above, below = partial(_above_isoperimetry, range(3, 9)), partial(_below_a_row, range(3, 9))
    return (
        Inequality("above_isoperimetry", "polygons of M = 3..8 words: their half gap r is smaller than isoperimetry "
                   "allows at their error", above, HALF_GAPS, (lambda r: above(r) - flint.arb("0.3"),)),
        Inequality("below_a_row", "M = 3..8: at the same gap a polygon keeps more than a row", below, HALF_GAPS,
                   (lambda r: below(r) - flint.arb("0.3"),)),
    )  # fmt: skip


def _polygon(words: int, error: float) -> flint.arb:
    """Return error L/Delta = error/(2r) of a polygon."""
    lost = -(-flint.arb(error)).log1p()
    guess = float(lost) / (2 * float(_walls(words)))
    return flint.arb(error) / (2 * enclosed(lambda r: polygon_log(words, r) - lost, guess))


def enclosures() -> tuple[Enclosure, ...]:
    """Return the polygons that are other laws, by two integrals each, and polygons in numbers."""
    half, tiny = flint.arb(1) / 2, Fraction(1, 10**25)
    values = {5: "0.9687", 8: "1.5458", 64: "12.3465"}
    return (
        Enclosure("two_words", "M = 2, r = 1/2: the wedges are half-planes and keep 2 Phi(-r), the law of two modes",
                  lambda: (-polygon_log(2, half)).exp(), lambda: 2 * ball_ndtr(-half), tiny),
        Enclosure("triangle", "M = 3, r = 1/2: three words in the plane are a simplex, which keeps P(G > sqrt2 r)",
                  lambda: (-polygon_log(3, half)).exp(), lambda: textbook_kept_lead(3, half * flint.arb(2).sqrt()),
                  tiny),
        Enclosure("square", "M = 4, r = 1/2: quadrants are two bits, and keep (2 Phi(-r))^2",
                  lambda: (-polygon_log(4, half)).exp(), lambda: (2 * ball_ndtr(-half)) ** 2, tiny),
        *(Enclosure(f"polygon_of_{m}", f"{m} words in the plane at error 0.1: error L/Delta = {text}",
                    partial(_polygon, m, 0.1), *printed(text)) for m, text in values.items()),
    )  # fmt: skip
