"""E max <= M I(1/M): cells round the corners of a simplex cost at most sqrt 2 times what isoperimetry demands.

The cells {x_i leads all others by sqrt2 r} are 2r apart; their perimeter P_M is E[largest of M]/sqrt 2 by parts; and
the mean of the largest is at most that of the top 1/M, because no density of the largest exceeds M. All of it holds
for real M. The lower end of the ratio is certified over boxes. Source: theory/LAWS.md, section 5, `simplex`.
"""

from collections.abc import Callable
from fractions import Fraction
from functools import partial
from typing import Any, Final

import flint
import sympy
import z3

import proofs.symbols  # noqa: F401 - gives the primitives their symbolic meaning
from proofs.box import Box, Inequality
from proofs.enclosure import Enclosure, printed
from proofs.integral import ball_integral
from proofs.simplex_doubles import textbook_perimeter
from proofs.smt import Claim
from proofs.step import Step, by_powers, simplify
from proofs.symbols import ball_ndtri, ball_pdf
from theory.primitives import ndtr, pdf, sqrt

AXIOMS: Final = ("kirszbraun", "independence", "exchange", "multi_bubble", "prekopa")

y, t = sympy.symbols("y t", real=True)
w, M, r = sympy.symbols("w M r", positive=True)
_Q = sympy.Rational
POINTS: Final = (
    {y: _Q(-3, 4), t: _Q(1, 5), w: _Q(2, 3), M: _Q(5, 2), r: _Q(1, 4)},
    {y: _Q(5, 4), t: _Q(-7, 3), w: _Q(1, 8), M: _Q(7), r: _Q(3, 5)},
)


def steps() -> tuple[Step, ...]:
    """Return the two-mode case, the perimeter in its forms, and what it is for two and three modes."""
    line, root2 = (y, -sympy.oo, sympy.oo), sqrt(sympy.Integer(2))
    wall = M * (M - 1) * pdf(y) ** 2 * ndtr(y) ** (M - 2)
    return (
        Step("lead_rate", "d/dw log of M phi(y) Phi(y - w)^(M-1) at w = 0 is -(M - 1) phi/Phi: times it, -M (M "
                          "- 1) phi^2 Phi^(M-2)",
             sympy.Subs(sympy.Derivative((M - 1) * sympy.log(ndtr(y - w)), w), w, 0), -(M - 1) * pdf(y) / ndtr(y),
             POINTS),
        Step("two_rate", "at M = 2, P(G > w) falls at the rate 2 * the integral of phi(y) phi(y - w)",
             sympy.Integral(2 * pdf(y) * pdf(y - w), line), root2 * pdf(w / root2), POINTS, tactic=simplify),
        Step("two_sets", "which is that of 2 Phi(-w/sqrt2): with w = sqrt2 r the law of two modes",
             sympy.Derivative(-2 * ndtr(-w / root2), w), root2 * pdf(w / root2), POINTS),
        Step("wall_density", "phi(y)^2 dy = phi(0) phi(z) dz/sqrt2 at z = sqrt2 y: P_M = C(M,2) phi(0) E "
                             "Phi(Z/sqrt2)^(M-2)",
             sympy.Subs(wall, y, t / root2) / root2 / root2,
             M * (M - 1) / 2 * pdf(sympy.Integer(0)) * pdf(t) * ndtr(t / root2) ** (M - 2), POINTS, tactic=by_powers),
        Step("by_parts", "d/dy log[phi Phi^(M-1)] = (M - 1) phi/Phi - y: times it, and integrated to 0, (M - 1) "
                         "times the "
             "integral of phi^2 Phi^(M-2) is that of y phi Phi^(M-1), and P_M = E[largest of M]/sqrt2",
             sympy.Derivative(-(y**2) / 2 + (M - 1) * sympy.log(ndtr(y)), y), (M - 1) * pdf(y) / ndtr(y) - y, POINTS),
        Step("largest", "the largest of M has density M phi Phi^(M-1): the slope of log Phi^M is M phi/Phi",
             sympy.Derivative(M * sympy.log(ndtr(y)), y), M * pdf(y) / ndtr(y), POINTS),
        Step("top_mean", "the mean over y > t of y phi(y) is phi(t); at Phi(-t) = 1/M, times M: M I(1/M)",
             sympy.Integral(y * pdf(y), (y, t, sympy.oo)), pdf(t), POINTS),
        Step("gap_density", "the density of the top gap at w, with y = u + w/2: phi(u + w/2) phi(u - w/2) = e^(-u^2 - "
                            "w^2/4)/(2 pi)",
             pdf(y + w / 2) * pdf(y - w / 2), sympy.exp(-(y**2) - w**2 / 4) / (2 * sympy.pi), POINTS, tactic=by_powers),
        Step("density_falls", "times Phi(u - w/2)^(M-2) its logarithm has the w-slope -w/2 - (M - 2) phi/(2 Phi) < 0",
             sympy.Derivative(-(w**2) / 4 + (M - 2) * sympy.log(ndtr(y - w / 2)), w),
             -w / 2 - (M - 2) * pdf(y - w / 2) / (2 * ndtr(y - w / 2)), POINTS),
        Step("at_most", "error <= f(0) w, f(0) = sqrt2 P, w = sqrt2 r, at equality: Delta/(2r) = P Delta/error",
             sympy.Subs(1 / (2 * r), r, t**2 / (root2 * root2 * w)), w / t**2, POINTS),
        Step("at_least", "1 - error <= e^(-f(0) w), at equality: Delta/(2r) = P Delta/log(1/(1 - error))",
             sympy.Subs(-sympy.log(sympy.exp(-root2 * w * root2 * r)) / (2 * w), r, t**2), t**2, POINTS,
             tactic=simplify),
        Step("perimeter_of_2", "M = 2: P_2 = phi(0) = 1/sqrt(2 pi)",
             sympy.Integral(2 * pdf(y) ** 2, line) / root2, 1 / sympy.sqrt(2 * sympy.pi), POINTS, constant=True),
        Step("perimeter_of_3", "M = 3: Phi(y) + Phi(-y) = 1 halves 6 phi^2/sqrt2: P_3 = 3/(2 sqrt(2 pi))",
             sympy.Integral(6 * pdf(y) ** 2 * (ndtr(y) + ndtr(-y)) / 2, line) / root2,
             3 / (2 * sympy.sqrt(2 * sympy.pi)), POINTS, tactic=_reflected, constant=True),
    )  # fmt: skip


def _reflected(expr: sympy.Basic) -> sympy.Basic:
    """Write erfc as 1 - erf under integral signs, which then cancel, before carrying them out."""
    return sympy.simplify(expr.rewrite(sympy.erf).replace(sympy.Integral, _expanded).doit())


def _expanded(body: sympy.Basic, *limits: sympy.Basic) -> sympy.Basic:
    return sympy.Integral(sympy.expand(body), *limits)


def claims() -> tuple[Claim, ...]:
    """Return how far apart two cells are, and why the top 1/M has the larger mean."""
    a, b, lead, share, place, top, excess = z3.Reals("u_i u_j w p y t d")
    return (
        Claim(
            "cells_apart", "from leading by w to trailing by w the move u has u_i - u_j <= -2w, so |u|^2 >= 2 "
                           "w^2 = (2r)^2",
            (lead > 0, a - b <= -2 * lead), a * a + b * b >= 2 * lead * lead,
            (a * a + b * b >= 4 * lead * lead, 100 * (a * a + b * b) >= 201 * lead * lead),
        ),
        Claim(
            "top_share", "(y - t) (p - 1{y > t}) <= 0 for p in [0, 1]: of densities up to M the top 1/M has the "
                         "largest mean",
            (share >= 0, share <= 1, excess == z3.If(place > top, share - 1, share)), (place - top) * excess <= 0,
            ((place - top) * excess < 0, (place - top) * share <= 0),
        ),
    )  # fmt: skip


CUT: Final = 12
"""Below -12 any power of Phi times phi has a mass below Phi(-12) < 2e-33; beyond 40 less than 1e-340."""


def _power(modes: flint.arb, *, with_log: bool = False) -> flint.arb:
    """Return, once for all that ask, E[V^(M-2)], or E[V^(M-2) log V], V = Phi(Z/sqrt2), for a real M >= 2."""
    key = (modes.mid().man_exp(), modes.rad().man_exp(), with_log, flint.ctx.prec)
    if key not in _KNOWN:
        _KNOWN[key] = _integrated(modes, with_log=with_log)
    return _KNOWN[key]


_KNOWN: Final[dict[Any, flint.arb]] = {}
"""A box is asked about by two claims, their mutants and the second precision."""


def _integrated(modes: flint.arb, *, with_log: bool) -> flint.arb:
    root2 = flint.acb(2).sqrt()

    def weighted(z: flint.acb) -> flint.acb:
        log = ((-z / root2 / root2).erfc() / 2).log(analytic=True)
        value = (-z * z / 2 + (modes - 2) * log).exp()
        return value * log if with_log else value

    whole = ball_integral(weighted, flint.arb(-CUT), flint.arb(40)) / (2 * flint.arb.pi()).sqrt()
    # |log Phi(z/sqrt2)| <= z^2 for z <= -12, and z^2 phi(z) integrates to less than 13 phi(12) beyond.
    rest = 13 * ball_pdf(flint.arb(CUT))
    return whole.union(whole - rest if with_log else whole + rest)


def largest_mean(modes: flint.arb) -> flint.arb:
    """Return E[largest of M] = sqrt2 P_M for a real M >= 2; it increases with M, as does every quantile of Phi^M."""
    return (modes * (modes - 1) / flint.arb(2).sqrt()) * _power(modes) / (2 * flint.arb.pi()).sqrt()


def top_mean(modes: flint.arb) -> flint.arb:
    """Return M I(1/M), the mean of the top 1/M, which increases with M too."""
    return modes * ball_pdf(ball_ndtri(1 / modes))


MODES: Final[Box] = ((Fraction(9, 8), Fraction(20)),)
"""M = 2^y for y in [9/8, 20]: up to 1048576."""
NEAR_TWO: Final[Box] = ((Fraction(2), Fraction(9, 4)),)
"""M itself; 2^(9/8) < 9/4, so the two boxes cover [2, 1048576]."""


def _hull(f: Callable[[flint.arb], flint.arb], ends: tuple[flint.arb, flint.arb]) -> flint.arb:
    """Return an enclosure of a monotone f between two ends."""
    low, high = ends
    return f(low) if low == high else f(low).union(f(high))


def _ratio(y: flint.arb) -> flint.arb:
    """Return an enclosure of sqrt2 E[largest of M]/(M I(1/M)), M = 2^y: of P_M over isoperimetry's constant."""
    ends = flint.arb(2) ** y.lower(), flint.arb(2) ** y.upper()
    return flint.arb(2).sqrt() * _hull(largest_mean, ends) / _hull(top_mean, ends)


def _rate(m: flint.arb) -> flint.arb:
    """Return an enclosure of d log(ratio)/dM = 1/(M-1) + E[V^(M-2) log V]/E[V^(M-2)] - b/(M^2 I(1/M)).

    V^(M-2) falls with M, and log V <= 0, so both means are monotone in M.
    """
    ends, b = (m.lower(), m.upper()), ball_ndtri(1 / m)
    means = _hull(partial(_power, with_log=True), ends) / _hull(_power, ends)
    return 1 / (m - 1) + means - b / (m**2 * ball_pdf(b))


def inequalities() -> tuple[Inequality, ...]:
    """Return: P_M over isoperimetry's constant M I(1/M)/2 lies in [1, sqrt2], for real M from 2 to 1048576."""
    return (
        Inequality("at_most_sqrt2", "E[largest of M] < M I(1/M), M = 2^y: P_M < sqrt2 M I(1/M)/2",
                   lambda y: flint.arb(2).sqrt() - _ratio(y), MODES, (lambda y: flint.arb("1.389") - _ratio(y),)),
        Inequality("at_least_1", "sqrt2 E[largest of M] > M I(1/M), M = 2^y: P_M > M I(1/M)/2",
                   lambda y: _ratio(y) - 1, MODES, (lambda y: _ratio(y) - flint.arb("1.05"),)),
        Inequality("rises_from_2", "the ratio, 1 at M = 2, rises on [2, 9/4]",
                   _rate, NEAR_TWO, (lambda m: _rate(m) - flint.arb("0.2"),)),
    )  # fmt: skip


def enclosures() -> tuple[Enclosure, ...]:
    """Return the perimeters that are printed in theory/LAWS.md."""
    values = {8: "1.00664", 64: "1.65727", 1024: "2.29685", 10**6: "3.43859"}
    return (
        *(Enclosure(f"perimeter_of_{m}", f"P_{m} = {digits}", partial(textbook_perimeter, m), *printed(digits))
          for m, digits in values.items()),
        Enclosure("mean_of_largest", "E[largest of 8] = sqrt2 P_8, both integrated",
                  lambda: largest_mean(flint.arb(8)), lambda: flint.arb(2).sqrt() * textbook_perimeter(8),
                  Fraction(1, 10**25)),
    )  # fmt: skip
