"""|f(x) - f(y)|^2 = sum_i |f_i(x_i) - f_i(y_i)|^2 <= L^2 |x - y|^2: a row on each coordinate is as stiff as one row.

Independent rows multiply their masses, and points in different cells differ by a gap in some coordinate. With S the sum
of the profiles I(j/m_i), S/log(1/(1 - error)) <= L/Delta <= S/error at every error. Source: theory/LAWS.md, section 6,
`grid` (ours).
"""

from fractions import Fraction
from functools import partial
from itertools import pairwise
from typing import Final

import flint
import sympy
import z3

import proofs.symbols  # noqa: F401 - gives the primitives their symbolic meaning
from proofs.box import Box, Inequality
from proofs.dimension_doubles import textbook_grid
from proofs.enclosure import Enclosure, printed
from proofs.integral import ball_integral
from proofs.rows import area, limits, row_gap, row_log, scaled
from proofs.smt import Claim
from proofs.step import Step, by_powers, simplify
from proofs.symbols import ball_ndtr, ball_ndtri
from theory.primitives import pdf
from theory.product import grid_stiffness

AXIOMS: Final = ("independence", "kirszbraun", "prekopa")

x, z = sympy.symbols("x z", real=True)
n, m, e, w, s = sympy.symbols("n m epsilon w S", positive=True)
_Q = sympy.Rational
POINTS: Final = (
    {x: _Q(1, 3), z: _Q(-3, 4), n: _Q(3), m: _Q(5), e: _Q(1, 7), w: _Q(1, 5), s: _Q(2)},
    {x: _Q(-5, 4), z: _Q(5, 4), n: _Q(2), m: _Q(9), e: _Q(3, 8), w: _Q(7, 3), s: _Q(3, 4)},
)


def steps() -> tuple[Step, ...]:
    """Return what one row may lose, how losses add, the leading order in M, and what the closed bounds rest on."""
    line = (-sympy.oo, sympy.oo)
    return (
        Step("equal_shares", "n equal rows that lose 1 - (1 - error)^(1/n) each lose error together",
             sympy.Pow(1 - (1 - (1 - e) ** (1 / n)), n), 1 - e, POINTS, tactic=_roots),
        Step("small_losses", "small losses add: d/dt [1 - (1 - t)^n] = n at t = 0",
             sympy.Subs(sympy.Derivative(1 - (1 - x) ** n, x), x, 0), n, POINTS),
        Step("leading_order", "n rows of m = M^(1/n), each m times the area of I: error L/Delta ~ n M^(1/n)/(2 "
                              "sqrt pi)",
             n * m * sympy.Integral(pdf(x) ** 2, (x, *line)), n * m / (2 * sympy.sqrt(sympy.pi)), POINTS,
             tactic=simplify),
        Step("gaps_grow", "phi(z + w)/phi(z) = e^(-w (z + w/2)) > 1 where the middle of the gap is below 0: gaps "
                          "of one width gain mass towards the middle of a row",
             pdf(z + w) / pdf(z), sympy.exp(-w * (z + w / 2)), POINTS, tactic=by_powers),
        Step("inverse_profile_rate", "at p = Phi(z), d(1/I)/dp = (1/phi) d(1/phi)/dz = z/phi^2",
             sympy.Derivative(1 / pdf(z), z) / pdf(z), z / pdf(z) ** 2, POINTS, tactic=by_powers),
        Step("inverse_profile_bends", "d^2(1/I)/dp^2 = (1 + 2 z^2)/phi^3 > 0: 1/I is convex, and a gap of width w has "
                                      "at most the mass w I at the middle of its mass",
             sympy.Derivative(z / pdf(z) ** 2, z) / pdf(z), (1 + 2 * z**2) / pdf(z) ** 3, POINTS, tactic=by_powers),
        Step("at_least", "1 - error = e^(-S w) at the gap w = log(1/(1 - error))/S",
             sympy.Subs(sympy.exp(-s * w), w, -sympy.log(1 - e) / s), 1 - e, POINTS),
    )  # fmt: skip


def _roots(expr: sympy.Basic) -> sympy.Basic:
    """Let roots and powers cancel, which they do as 1 - error > 0."""
    return sympy.expand(sympy.powdenest(expr, force=True))


def claims() -> tuple[Claim, ...]:
    """Return why a product of maps keeps its constant, how far apart cells are, and where the gaps of a row lie."""
    near, far, dx, df, stiff, gap, other = z3.Reals("sum_x sum_f dx df L w d")
    place, sets, mass, left, kept, row = z3.Reals("j m E G k q")
    low, high, cut, first, second = z3.Reals("t_0 t_1 u log_q_0 log_q_1")
    return (
        Claim(
            "one_more_coordinate", "sum_f <= L^2 sum_x and |df| <= L |dx| give sum_f + df^2 <= L^2 (sum_x + dx^2)",
            (stiff >= 0, near >= 0, far >= 0, dx >= 0, df >= 0, far <= stiff * stiff * near, df <= stiff * dx),
            far + df * df <= stiff * stiff * (near + dx * dx),
            (far + df * df <= stiff * stiff * near, 100 * (far + df * df) <= 99 * stiff * stiff * (near + dx * dx)),
        ),
        Claim(
            "cells_apart", "cells that differ in one coordinate are a gap w apart there, so at least w apart",
            (gap > 0, dx >= gap, near == dx * dx + other * other), near >= gap * gap,
            (near >= 2 * gap * gap, near > gap * gap),
        ),
        Claim(
            "losses_add", "masses kept multiply, so losses together are at most their sum, and more than each",
            (kept > 0, kept < 1, row > 0, row < 1), z3.And(1 - kept * row <= (1 - kept) + (1 - row),
                                                           1 - kept * row > 1 - kept),
            (100 * (1 - kept * row) <= 99 * ((1 - kept) + (1 - row)), 1 - kept * row > (1 - kept) + (1 - row) / 2),
        ),
        Claim(
            "places_move_outward", "half of a row's gaps hold at most their share (j - 1/2)/(m - 1) of the mass E of "
            "all gaps left of the middle of gap j: at most j E/m, if 2j <= m",
            (sets >= 2, place >= 1, 2 * place <= sets, mass > 0, 2 * left * (sets - 1) <= (2 * place - 1) * mass),
            left * sets <= place * mass,
            (100 * left * sets <= 99 * place * mass, left * sets <= (place - 1) * mass),
        ),
        Claim(
            "between_rows", "a row as far between two rows as u has gaps between theirs and, as masses of intervals "
            "are log-concave, masses log q >= (1 - u) log q_0 + u log q_1: so has their sum, as all are equal in each",
            (cut >= 0, cut <= 1, sets >= 2, low == -first, high == -second, left >= (1 - cut) * first + cut * second),
            -left <= (1 - cut) * low + cut * high,
            (-left <= low, -left < (1 - cut) * low + cut * high),
        ),
    )  # fmt: skip


def _more_sets(sets: range, losses: flint.arb) -> flint.arb:
    """Return the least of 1 - (lost/gap of m)/(lost/gap of m + 1) over some m, over a ball of losses."""
    rows = [scaled(m_, *limits(losses)) for m_ in (*sets, sets[-1] + 1)]
    least = flint.arb(1)
    for few, more in pairwise(rows):
        least = least.min(1 - few / more)
    return least


SPLITS: Final = tuple((a, b) for a in range(2, 5) for b in range(a, 9) if a * b <= 16)


def _splitting(width: flint.arb) -> flint.arb:
    """Return the least of 1 - (loss of a x b)/(loss of one row of a b), losses as log(1/kept), over a ball of gaps.

    Losses grow with the gap. From gap 0 on each is in proportion to it: at least its area, at most -log(1 - area w)/w.
    """
    low, high = width.lower().max(flint.arb(0)), width.upper()
    least = flint.arb(1)
    for a, b in SPLITS:
        if low > 0:
            lost, one = row_log(a, high) + row_log(b, high), row_log(a * b, low)
        else:
            lost, one = sum((-(-area(k) * high).log1p() for k in (a, b)), flint.arb(0)) / high, area(a * b)
        least = least.min(1 - lost / one)
    return least if low == high else least.union(flint.arb(1))


def _between(sets: range, losses: flint.arb) -> flint.arb:
    """Return the least room of error/gap below its closed upper and above its closed lower bound, in parts of it."""
    low, high = limits(losses)
    least = flint.arb(1)
    for m_ in sets:
        share = scaled(m_, low, high) / area(m_)
        least = least.min(1 - share).min(share + low / (-low).log1p())
    return least if low == high else least.union(flint.arb(1))


LOSSES: Final[Box] = ((Fraction(0), Fraction(15, 16)),)
WIDTHS: Final[Box] = ((Fraction(0), Fraction(2)),)
"""At a gap of 2 a row of two keeps 0.317, one of eight 0.0000014."""
INNER: Final[Box] = ((Fraction(1, 8), Fraction(7, 8)),)
"""Towards 0 the two closed bounds meet, and leave no room to certify."""


def inequalities() -> tuple[Inequality, ...]:
    """Return: stiffness rises with the sets of a row, splitting one saves, and the closed bounds hold on both sides."""
    more, between = partial(_more_sets, range(2, 5)), partial(_between, range(2, 5))
    return (
        Inequality("more_sets_need_more", "m = 2..4: at the same loss a row of m + 1 sets has a smaller gap than one "
                   "of m", more, LOSSES, (lambda t: more(t) - flint.arb("0.3"),)),
        Inequality("splitting_saves", "a, b >= 2, a b <= 16: at the same gap a x b rows lose less than one row of a b",
                   _splitting, WIDTHS, (lambda t: _splitting(t) - flint.arb("0.3"),)),
        Inequality("between_closed_bounds", "m = 2..4: S/log(1/(1 - error)) < 1/gap < S/error, S the sum of I(j/m)",
                   between, INNER, (lambda t: between(t) - flint.arb("0.03"),)),
    )  # fmt: skip


def _profile_integrals(sets: int) -> flint.arb:
    """Return the sum of I(j/m) with I(p) as the integral of -u phi(u) over u <= Phi^-1(p), cut where it is < 1e-340."""
    scale = (2 * flint.arb.pi()).sqrt()
    return sum(
        (ball_integral(lambda u: -u * (-u * u / 2).exp() / scale, flint.arb(-40), ball_ndtri(flint.arb(j) / sets))
         for j in range(1, sets)), flint.arb(0),
    )  # fmt: skip


def _plateaus(sets: int, gap: flint.arb, kept: flint.arb) -> flint.arb:
    """Return the masses of a row's plateaus, each integrated between its ends, the row begun from the left."""
    scale, total, end = (2 * flint.arb.pi()).sqrt(), flint.arb(0), flint.arb(-40)
    place = flint.arb(0)
    for j in range(sets):
        start, place = end, place + kept / sets
        stop = ball_ndtri(place) if j + 1 < sets else flint.arb(40)
        total += ball_integral(lambda u: (-u * u / 2).exp() / scale, start, stop)
        end = stop + gap
        place = ball_ndtr(end)
    return total


def _lattice(factors: tuple[int, ...], error: float) -> flint.arb:
    """Return error L/Delta of a lattice."""
    return flint.arb(error) * textbook_grid(factors, error, grid_stiffness(factors, error))


def enclosures() -> tuple[Enclosure, ...]:
    """Return the sum of profiles by two routes, the masses of plateaus by quadrature, and lattices in numbers."""
    lost = flint.arb(1) / 4
    tiny = Fraction(1, 10**25)
    values = {((8, 8), 0.25): "4.0256", ((4, 4, 4), 0.25): "2.7933", ((3, 2, 2), 0.25): "1.3851"}
    return (
        Enclosure("profiles_of_8", "the sum of I(j/8): by quantiles, and each I as an integral of -u phi(u)",
                  lambda: area(8), lambda: _profile_integrals(8), tiny),
        Enclosure("plateaus_of_3", "a row of 3 that loses 1/4: its plateaus, each integrated, hold 3/4; so 3 x 3 hold "
                                   "9/16", lambda: _plateaus(3, row_gap(3, lost), 1 - lost) ** 2,
                  lambda: flint.arb(9) / 16, Fraction(1, 10**6)),
        *(Enclosure(f"lattice_{'_'.join(map(str, factors))}", f"{' x '.join(map(str, factors))} at error {error}: "
                    f"error L/Delta = {text}", partial(_lattice, factors, error), *printed(text))
          for (factors, error), text in values.items()),
    )  # fmt: skip
