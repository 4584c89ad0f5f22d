"""A'(d) d/A(d) falls from 2 to 1: a readout's error in a displaced boundary, and the slope of the readout itself.

Source: theory/LAWS.md, section 2, "Readouts" (ours).
"""

from fractions import Fraction
from functools import partial
from typing import Any, Final

import flint
import sympy
import z3

from proofs import crossover
from proofs.box import Inequality, rational
from proofs.enclosure import Enclosure
from proofs.integral import ball_integral
from proofs.smt import Claim
from proofs.step import Step, by_erf, simplify
from theory.primitives import expit, ndtr, pdf

AXIOMS: Final = ("exchange",)

x, m, n = sympy.symbols("x m n", real=True)
d, E, kappa, delta, c, K, p, g, h, u, T = sympy.symbols("d E kappa delta c K p E_1 h u T", positive=True)
_Q = sympy.Rational
POINTS: Final = (
    {x: _Q(1, 3), m: _Q(-3, 4), n: _Q(2, 5), d: _Q(4, 5), E: _Q(3, 7), kappa: _Q(5, 2), delta: _Q(2, 3), c: _Q(1, 6),
     K: _Q(5), p: _Q(2), g: _Q(1, 4), h: _Q(1, 8), u: _Q(2, 9), T: _Q(7, 4),
     crossover.w: _Q(1, 3), crossover.d: _Q(4, 5)},
    {x: _Q(-5, 4), m: _Q(5, 6), n: _Q(-1, 3), d: _Q(9, 4), E: _Q(5, 3), kappa: _Q(1, 3), delta: _Q(7, 5), c: _Q(3),
     K: _Q(3), p: _Q(1), g: _Q(2, 3), h: _Q(1, 3), u: _Q(3, 5), T: _Q(9, 7),
     crossover.w: _Q(-5, 4), crossover.d: _Q(9, 4)},
)  # fmt: skip

SHARED: Final = ("slope_of_change", "bend_of_change", "change_at_zero")
"""What `crossover` shows of A, whose closed form it derives."""


def change() -> Any:
    """Return the closed form of A(d)."""
    return 2 / sympy.sqrt(sympy.pi) * (sympy.exp(-(d**2) / 4) - 1) + d * sympy.erf(d / 2)


def steps() -> tuple[Step, ...]:
    """Return A and its order, what samplers of order p make of it, and the slope of each readout."""
    first, bend = sympy.erf(d / 2), sympy.exp(-(d**2) / 4) / sympy.sqrt(sympy.pi)
    wide = sympy.Symbol("D", positive=True)
    far = sympy.Limit(sympy.expand(change().subs(d, wide) / wide), wide, sympy.oo)
    sharp, smooth = E * c * K**-p, E * kappa * (c * K**-p) ** 2 / (2 * sympy.sqrt(sympy.pi))
    rate, moved = (u + h * m * u) / (T + h * n), change().subs(d, kappa * delta)
    return (
        Step("strip", "the tokens between both boundaries flip: a strip of mass E delta, up to E_1 delta^2/2",
             sympy.Integral(E + g * x, (x, 0, delta)), E * delta + g * delta**2 / 2, POINTS),
        *(step for step in crossover.steps() if step.name in SHARED),
        Step("smooth_order", "A(d) = d^2/(2 sqrt pi) + ..., its second derivative at 0 being 1/sqrt(pi): smooth "
             "readouts err like delta^2",
             sympy.Subs(sympy.Derivative(change(), (d, 2)), d, 0), 1 / sympy.sqrt(sympy.pi), POINTS, constant=True),
        Step("sharp_order", "A(d)/d tends to 1: (E/kappa) A(kappa delta) to E delta, the mass that flips",
             far, sympy.Integer(1), POINTS, constant=True),
        Step("log_slope", "the order in delta is d A'/A = d erf(d/2)/A",
             delta * sympy.Derivative(sympy.log(moved), delta) * moved,
             kappa * delta * sympy.erf(kappa * delta / 2), POINTS, tactic=simplify),
        Step("above_1", "d A' - A grows at d A'' > 0", sympy.Derivative(d * first - change(), d), d * bend, POINTS),
        Step("below_2", "2 A - d A' grows at A' - d A''",
             sympy.Derivative(2 * change() - d * first, d), first - d * bend, POINTS),
        Step("below_2_rises", "which grows at (d^2/2) A'' > 0",
             sympy.Derivative(first - d * bend, d), d**2 / 2 * bend, POINTS),
        Step("orders_at_zero", "and all three are 0 at d = 0",
             sympy.Subs((d * first - change()) + (2 * change() - d * first) + (first - d * bend), d, 0),
             sympy.Integer(0), POINTS, constant=True),
        Step("sharp_halves", "delta = c K^-p: the sharp error has the order -p in K",
             K * sympy.Derivative(sharp, K) / sharp, -p, POINTS, tactic=simplify),
        Step("smooth_doubles", "and the smooth one -2p", K * sympy.Derivative(smooth, K) / smooth, -2 * p, POINTS,
             tactic=simplify),
        Step("probit_slope", "Phi(kappa u) has slope kappa phi(kappa u), at most kappa/sqrt(2 pi)",
             sympy.Derivative(ndtr(kappa * x), x),
             kappa / sympy.sqrt(2 * sympy.pi) * sympy.exp(-((kappa * x) ** 2) / 2), POINTS, tactic=by_erf),
        Step("probit_attained", "attained at the boundary",
             sympy.Subs(kappa * pdf(kappa * x), x, 0), kappa / sympy.sqrt(2 * sympy.pi), POINTS),
        Step("softmax_rate", "odds u that grow at m u, of sum T growing at n, give shares p = u/T that grow at "
             "p (m - n/T)",
             sympy.Subs(sympy.Derivative(rate, h), h, 0), u / T * (m - n / T), POINTS),
        Step("softmax_attained", "two tokens have the slope kappa/4 at the boundary: a quarter of the range kappa",
             sympy.Subs(sympy.Derivative(expit(kappa * x), x), x, 0), kappa / 4, POINTS),
    )  # fmt: skip


def claims() -> tuple[Claim, ...]:
    """Return why order lies in (1, 2), why no softmax is steeper than a quarter of its range, and how parts add up."""
    y1, y2, above, below, share, high, low, dev, total = z3.Reals("y1 y2 up down P high low D sum")
    f, e, w, s, r, length = z3.Reals("f e w c r x")
    unit = (share > 0, share < 1, high >= 0, low >= 0)
    value, slope = z3.Reals("A dA")
    return (
        Claim(
            "between_1_and_2", "A > 0, d A' - A > 0 and 2 A - d A' > 0: the order d A'/A lies strictly between 1 and 2",
            (value > 0, slope - value > 0, 2 * value - slope > 0, r * value == slope), z3.And(r > 1, r < 2),
            (z3.And(r > 1, 100 * r < 199), z3.And(100 * r > 101, r < 2)),
        ),
        Claim(
            "squares_of_one_side", "numbers of one sign have squares that add up to at most the square of their sum",
            (y1 >= 0, y2 >= 0), y1**2 + y2**2 <= (y1 + y2) ** 2,
            (y1**2 + y2**2 < (y1 + y2) ** 2, 100 * (y1**2 + y2**2) <= 99 * (y1 + y2) ** 2),
        ),
        Claim(
            "two_sides", "p_k (c_k - c) sum to 0: D above and D below, so their squares sum to 2 D^2 at most",
            (dev >= 0, above <= dev**2, below <= dev**2, total == above + below), total <= 2 * dev**2,
            (total < 2 * dev**2, 100 * total <= 199 * dev**2),
        ),
        Claim(
            "mean_deviation", "D <= P high above the mean and D <= (1 - P) low below it give D <= P (1 - P) range",
            (*unit, dev <= share * high, dev <= (1 - share) * low), dev <= share * (1 - share) * (high + low),
            (dev < share * (1 - share) * (high + low), 100 * dev <= 99 * share * (1 - share) * (high + low)),
        ),
        Claim(
            "quarter", "and P (1 - P) <= 1/4", (share > 0, share < 1), 4 * share * (1 - share) <= 1,
            (4 * share * (1 - share) < 1, 401 * share * (1 - share) <= 100),
        ),
        Claim(
            "softmax_slope", "hence half the sum of squares is at most the square of a quarter of the range",
            (dev >= 0, 4 * dev <= r, total <= 2 * dev**2), total / 2 <= (r / 4) ** 2,
            (total / 2 < (r / 4) ** 2, 101 * total / 2 <= 100 * (r / 4) ** 2),
        ),
        Claim(
            "parts_add_up", "w f^2 + (1 - w) e^2 <= (w c^2 + (1 - w) r^2) x^2 where f <= c x and e <= r x",
            (w >= 0, w <= 1, length >= 0, f >= 0, e >= 0, f <= s * length, e <= r * length, s >= 0, r >= 0),
            w * f**2 + (1 - w) * e**2 <= (w * s**2 + (1 - w) * r**2) * length**2,
            (w * f**2 + (1 - w) * e**2 < (w * s**2 + (1 - w) * r**2) * length**2,
             w * f**2 + (1 - w) * e**2 <= w * s**2 * length**2),
        ),
    )  # fmt: skip


def ball_change(at: flint.arb) -> flint.arb:
    """Return A(d) in its closed form."""
    return 2 / flint.arb.pi().sqrt() * (-(at**2) / 4).expm1() + at * (at / 2).erf()


def inequalities() -> tuple[Inequality, ...]:
    """Return the order within (1, 2) over a box, with room on neither side."""

    def above(at: flint.arb, order: Fraction = Fraction(1)) -> flint.arb:
        return at * (at / 2).erf() - rational(order) * ball_change(at)

    def below(at: flint.arb, order: Fraction = Fraction(2)) -> flint.arb:
        return rational(order) * ball_change(at) - at * (at / 2).erf()

    box = ((Fraction(1, 8), Fraction(64)),)
    return (
        Inequality("order_above_1", "d A'(d) > A(d) for d in [1/8, 64]; not 1.02 A, which 64 undercuts",
                   above, box, (partial(above, order=Fraction(51, 50)),)),
        Inequality("order_below_2", "d A'(d) < 2 A(d) there; not 1.998 A, which 1/8 exceeds",
                   below, box, (partial(below, order=Fraction(999, 500)),)),
    )  # fmt: skip


_CUT: Final = 24
"""The integrand is at most (2 Phi(-|w|))^2 beyond the shift: what is left out beyond 24 is below 1e-240."""


def _shifted(sharpness: int, displacement: Fraction) -> flint.arb:
    """Return the integral over u of (Phi(kappa (u + delta)) - Phi(kappa u))^2, as it is meant."""
    kappa_, delta_ = flint.arb(sharpness), rational(displacement)

    def square(u_: flint.acb) -> flint.acb:
        here, there = (-kappa_ * u_ / flint.arb(2).sqrt()), (-kappa_ * (u_ + delta_) / flint.arb(2).sqrt())
        return ((there.erfc() - here.erfc()) / 2) ** 2

    end = flint.arb(_CUT) / kappa_
    return ball_integral(square, -end - delta_, end)


def enclosures() -> tuple[Enclosure, ...]:
    """Return A(kappa delta)/kappa against the shifted readout integrated, from smooth to sharp."""
    cases = ((1, Fraction(1, 8)), (4, Fraction(1, 2)), (64, Fraction(1, 4)))
    return tuple(
        Enclosure(f"shifted_{kappa_}", f"kappa = {kappa_}, delta = {delta_}: the shifted readout, integrated",
                  partial(_shifted, kappa_, delta_),
                  lambda k=kappa_, t=delta_: ball_change(k * rational(t)) / k,  # type: ignore[misc]
                  Fraction(1, 10**25))
        for kappa_, delta_ in cases
    )  # fmt: skip
