"""d/dc P(|c + tau xi| > y) = (phi((y - c)/tau) - phi((y + c)/tau))/tau >= 0: a chain that can only be pushed outward.

So if |z-hat| starts nearer to the boundary it stays nearer, in law, and a chain of bins that always stands at a bin's
lower edge has more ambiguous mass: an upper bound, evaluated here in balls. Upper edges bound it from below.
Source: theory/LAWS.md, section 8 (ours).
"""

from collections.abc import Sequence
from functools import cache, partial
from typing import Final

import flint
import sympy
import z3

import proofs.symbols  # noqa: F401 - gives the primitives their symbolic meaning
from proofs.box import rational
from proofs.enclosure import Enclosure, printed
from proofs.smt import Claim
from proofs.step import Step, by_exp, by_powers
from proofs.two_modes import MARGIN, ddim_mass, least_error, sharpness
from theory.primitives import ndtr, pdf, tanh

AXIOMS: Final = ("orders", "independence")

x = sympy.Symbol("x", real=True)
c, y, tau, mu, k = sympy.symbols("c y tau mu k", positive=True)
_Q = sympy.Rational
POINTS: Final = (
    {x: _Q(1, 3), c: _Q(3, 4), y: _Q(1, 2), tau: _Q(2, 5), mu: _Q(3, 2), k: _Q(4, 3)},
    {x: _Q(-5, 4), c: _Q(1, 5), y: _Q(7, 3), tau: _Q(5, 4), mu: _Q(2, 3), k: _Q(1, 2)},
)


def steps() -> tuple[Step, ...]:
    """Return that the kernel of |z-hat| is stochastically increasing, and that each call keeps the order."""
    beyond = ndtr((c - y) / tau) + ndtr((-c - y) / tau)
    rate = (pdf((y - c) / tau) - pdf((y + c) / tau)) / tau
    return (
        Step("folded_rate", "P(|c + tau xi| > y) changes with c at (phi((y - c)/tau) - phi((y + c)/tau))/tau",
             sympy.Derivative(beyond, c), rate, POINTS),
        Step("rate_is_positive", "which is (2/tau) sqrt(2 pi) phi(y/tau) phi(c/tau) sinh(c y/tau^2) > 0 for c, y > 0",
             rate, sympy.sqrt(2 * sympy.pi) / tau * pdf(y / tau) * pdf(c / tau)
             * (sympy.exp(c * y / tau**2) - sympy.exp(-c * y / tau**2)), POINTS, tactic=by_powers),
        Step("mean_rises", "m = mu tanh(k x) is odd and has slope k mu (1 - tanh^2) > 0: |m| rises with |x|",
             sympy.Derivative(mu * tanh(k * x), x), k * mu * (1 - tanh(k * x) ** 2), POINTS),
        Step("mean_is_odd", "m(-x) = -m(x), so |z-hat| alone is a Markov chain",
             sympy.Subs(mu * tanh(k * x), x, -x), -mu * tanh(k * x), POINTS, tactic=by_exp),
        Step("threshold", "|m| < (1 - margin) mu where |x| < atanh(1 - margin)/k: tanh of atanh",
             sympy.Subs(mu * tanh(k * x), x, sympy.atanh(c / (1 + c)) / k), mu * c / (1 + c), POINTS),
    )  # fmt: skip


def claims() -> tuple[Claim, ...]:
    """Return why lower edges err upward, bin by bin, and why the order passes on."""
    p1, p2, p3, q1, q2, q3, f1, f2, f3 = z3.Reals("p1 p2 p3 q1 q2 q3 f1 f2 f3")
    laws = (p1 >= 0, p2 >= 0, p3 >= 0, q1 >= 0, q2 >= 0, q3 >= 0, p1 + p2 + p3 == 1, q1 + q2 + q3 == 1)
    edge, place, after, later = z3.Reals("edge place P_edge P_place")
    mean_p, mean_q = p1 * f1 + p2 * f2 + p3 * f3, q1 * f1 + q2 * f2 + q3 * f3
    return (
        Claim(
            "order_of_means", "three places: the law nearer to 0 has the larger mean of a falling function (Abel)",
            (*laws, p1 >= q1, p1 + p2 >= q1 + q2, f1 >= f2, f2 >= f3), mean_p >= mean_q,
            (mean_p > mean_q, mean_p >= mean_q + p1 - q1),
        ),
        Claim(
            "lower_edges", "a chance of ending ambiguous that falls with the place is larger at the bin's lower edge",
            (edge >= 0, place >= edge, z3.Implies(place >= edge, after >= later)), after >= later,
            (after > later, after <= later),
        ),
        Claim(
            "upper_edges", "and smaller at its upper edge: two chains enclose the mass, bin by bin",
            (edge >= 0, place <= edge, z3.Implies(place <= edge, after <= later)), after <= later,
            (after < later, after >= later),
        ),
    )  # fmt: skip


MANY: Final = 50
"""Places from which on increments are integrated all at once: erfc at every place and height would take minutes."""
TINY: Final = flint.arb(2) ** -62
"""What a quadrature of all increments may leave out: 2e-19, beside masses of 1e-4 and more."""


def _one_by_one(
    reaches: Sequence[flint.arb], centres: Sequence[flint.arb], mass: Sequence[flint.arb]
) -> list[flint.arb]:
    """Return twice P(|x| >= reach) for each: sum_i P(place >= c_i) (g(c_i) - g(c_(i-1))), g(c) = twice P given c."""
    moved = []
    for reach in reaches:
        total, before = flint.arb(0), flint.arb(0)
        for centre, chance in zip(centres, mass, strict=True):
            beyond = (reach - centre).erfc() + (reach + centre).erfc()
            total, before = total + chance * (beyond - before), beyond
        moved.append(total)
    return moved


def _all_at_once(
    reaches: Sequence[flint.arb], centres: Sequence[flint.arb], mass: Sequence[flint.arb]
) -> list[flint.arb]:
    """Return the same: g' = (4/sqrt pi) e^(-r^2 - c^2) sinh(2 r c) by Gauss-Legendre between evenly spaced centres.

    At a node, e^(2 r c) is a power of q = e^(2 r h): the sum over centres is a polynomial in q. N nodes err by
    h^(2N + 1) (N!)^4/((2N + 1) (2N)!^3) times the largest 2N-th derivative, (2N)!/N! for e^(-x^2): its transform is
    positive, so that no even derivative exceeds that at 0.
    """
    first, h, gaps = centres[0], centres[1] - centres[0], len(centres) - 1

    def left_out(n: int) -> flint.arb:
        half, whole = flint.arb(n).fac(), flint.arb(2 * n).fac()
        return gaps * 4 / flint.arb.pi().sqrt() * h ** (2 * n + 1) * half**3 / ((2 * n + 1) * whole**2)

    nodes = next(n for n in range(2, 99) if left_out(n) < TINY)
    curves = []
    for k in range(nodes):
        root, weight = flint.arb.legendre_p_root(nodes, k, weight=True)
        offset = first + (1 + root) / 2 * h
        curves.append((offset, flint.arb_poly(
            [chance * weight / 2 * (-((offset + i * h) ** 2)).exp() for i, chance in enumerate(mass[1:])]
        )))  # fmt: skip
    error, moved = flint.arb(0, left_out(nodes).upper()), []
    for reach in reaches:
        q, total = (2 * reach * h).exp(), flint.arb(0)
        for offset, curve in curves:
            shift = (2 * reach * offset).exp()
            total += shift * curve(q) - curve(1 / q) / shift
        start = mass[0] * ((reach - first).erfc() + (reach + first).erfc())
        moved.append(start + 2 / flint.arb.pi().sqrt() * h * (-(reach**2)).exp() * total + error)
    return moved


BITS: Final = 80
"""No digit cancels in the chain: balls are as narrow as their arithmetic, 20 digits and more."""


@cache
def chain(bins: int, mu: int = 4, steps: int = 16, *, upper: bool = False) -> flint.arb:
    """Return the ambiguous mass of the chain of lower edges (a bound from above), or of `upper` ones (from below).

    Cap 4, margin 0.1, linear path. With P(place >= edge_i) in place of the masses, each call is a sum of positive
    increments (summation by parts) of total at most 1, so that balls do not widen from call to call.
    """
    with flint.ctx.workprec(BITS):
        edges = [flint.arb(j) / bins for j in range(1, bins)]
        # Where |m| reaches j mu/J; the last edge is never reached.
        heights = [edge.atanh() for edge in edges]
        at_least: list[flint.arb] = []
        places = [flint.arb(0)]  # m(x_0) = 0
        for call in range(1, steps):
            a, b, k = flint.arb(call) / steps, 1 - flint.arb(call) / steps, sharpness(mu, steps, call)
            wide = b * flint.arb(2).sqrt()
            if call == steps - 1:
                heights = [rational(1 - MARGIN).atanh()]
            centres = [a * mu * place / wide for place in places]
            move = _all_at_once if len(places) >= MANY else _one_by_one
            twice = move([height / k / wide for height in heights], centres, [flint.arb(1), *at_least])
            at_least, places = [total / 2 for total in twice], [flint.arb(j + upper) / bins for j in range(bins)]
        return 1 - at_least[0]


def _against_frontier(bins: int, mu: int, steps: int, *, upper: bool = False) -> flint.arb:
    """Return the bound on re-injection's ambiguous mass over the least error of any DDIM with as many calls."""
    return chain(bins, mu, steps, upper=upper) / least_error(mu, steps)


def enclosures() -> tuple[Enclosure, ...]:
    """Return certified bounds on both sides of the masses of theory/LAWS.md, section 8, and what they decide.

    More bins, nearer to the exact values, take longer.
    """
    above = {
        (4, 16, 30): "0.00045407",
        (4, 16, 60): "0.00029421",
        (2, 8, 120): "0.02748761",
        (2, 16, 30): "0.0008738",
        (4, 16, 1000): "0.00019007409",
    }
    below = {
        (4, 16, 60): "0.0001117",
        (2, 4, 30): "0.2742734",
        (2, 6, 30): "0.0732291",
        (2, 8, 120): "0.02483021",
        (4, 16, 1000): "0.0001793662950",
    }
    return (
        *(Enclosure(f"at_most_{mu}_{k}_{n}", f"({mu}, 4, {k}): {n} lower edges prove a mass of at most {text}",
                    partial(chain, n, mu, k), *printed(text)) for (mu, k, n), text in above.items()),
        *(Enclosure(f"at_least_{mu}_{k}_{n}", f"({mu}, 4, {k}): {n} upper edges prove one of at least {text}",
                    partial(chain, n, mu, k, upper=True), *printed(text)) for (mu, k, n), text in below.items()),
        Enclosure("no_escape_at_4_calls", "(2, 4, 4): 30 upper edges over DDIM's own mass, 1.0075 > 1",
                  lambda: chain(30, 2, 4, upper=True) / ddim_mass(2, 4), *printed("1.0075")),
        Enclosure("no_escape_at_6_calls", "(2, 4, 6): over the frontier of DDIM, 1.266 > 1",
                  partial(_against_frontier, 30, 2, 6, upper=True), *printed("1.266")),
        Enclosure("escape_at_8_calls", "(2, 4, 8): 120 lower edges over the frontier, 0.987 < 1",
                  partial(_against_frontier, 120, 2, 8), *printed("0.987")),
        Enclosure("escape_at_16_calls", "(2, 4, 16): 30 lower edges over the frontier, 0.185 < 1",
                  partial(_against_frontier, 30, 2, 16), *printed("0.185")),
    )  # fmt: skip
