"""d/dc P(|c + tau xi| > y) = (phi((y - c)/tau) - phi((y + c)/tau))/tau >= 0: a chain that can only be pushed outward.

So if |z-hat| starts nearer to the boundary it stays nearer, in law, and a chain of bins that always stands at a bin's
lower edge has more ambiguous mass: an upper bound, evaluated here in balls. Source: theory/LAWS.md, section 8 (ours).
"""

from fractions import Fraction
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
from proofs.symbols import ball_ndtr
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
    )  # fmt: skip


CAP: Final = 4
MARGIN: Final = Fraction(1, 10)


def _sharpness(mu: int, steps: int, call: int) -> flint.arb:
    """Return k of call j on the linear path: a mu/b^2 for the exact denoiser, and lambda/mu at the cap."""
    a, b = Fraction(call, steps), 1 - Fraction(call, steps)
    return rational(min(a * mu / b**2, Fraction(CAP, mu)))


@cache
def upper_bound(bins: int, mu: int = 4, steps: int = 16) -> flint.arb:
    """Return the chain of lower edges at lambda = 4 and margin 0.1 on the linear path, in balls."""
    edges = [flint.arb(j) / bins for j in range(bins)]
    # Where |m| reaches j mu/J; the last edge is never reached.
    heights = [edge.atanh() for edge in edges]
    chance = [flint.arb(1)] + [flint.arb(0)] * (bins - 1)
    for call in range(1, steps):
        a, b, k = flint.arb(call) / steps, 1 - flint.arb(call) / steps, _sharpness(mu, steps, call)
        last = call == steps - 1
        reach = [height / k for height in heights] if not last else [flint.arb(0), rational(1 - MARGIN).atanh() / k]
        moved = [flint.arb(0)] * len(reach)
        for edge, share in zip(edges, chance, strict=True):
            centre = a * mu * edge
            # P(|x| >= reach), from which the masses of bins are differences.
            beyond = [ball_ndtr((centre - h) / b) + ball_ndtr((-centre - h) / b) for h in reach]
            for j, mass in enumerate(beyond):
                moved[j] += share * mass
        chance = [here - there for here, there in zip(moved, [*moved[1:], flint.arb(0)], strict=True)]
    return chance[0]


def enclosures() -> tuple[Enclosure, ...]:
    """Return the certified upper bound at (4, 4, 16). More bins, nearer to the exact value, take longer."""
    return (
        Enclosure("thirty_bins", "(4, 4, 16): 30 bins prove an ambiguous mass of at most 0.00045407",
                  partial(upper_bound, 30), *printed("0.00045407")),
        Enclosure("sixty_bins", "and 60 bins of at most 0.00029421", partial(upper_bound, 60), *printed("0.00029421")),
    )  # fmt: skip
