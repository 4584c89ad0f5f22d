"""KL(joint || product of marginals) = sum_s H(k_s) - H(k_1..k_S) = sum over links of the information of neighbours.

Written out for two tokens of two symbols, and for chains of three: the general case is the same sum with more terms.
Source: theory/LAWS.md, section 8.
"""

from itertools import product
from typing import Final

import sympy
import z3

from proofs.smt import Claim
from proofs.step import Step

AXIOMS: Final = ()

P = sympy.symbols("p_00 p_01 p_10 p_11", positive=True)
T = sympy.symbols("t_00 t_01 t_10 t_11", positive=True)
c, u, v = sympy.symbols("c p q", positive=True)
_Q = sympy.Rational
POINTS: Final = tuple(
    dict(zip((*P, *T, c, u, v), map(_Q, values), strict=True))
    for values in (
        ("1/10", "1/5", "3/10", "2/5", "1/3", "2/3", "3/4", "1/4", "5/4", "1/6", "2/7"),
        ("1/2", "1/8", "1/4", "1/8", "1/5", "4/5", "1/7", "6/7", "1/4", "3/5", "1/9"),
    )
)


def _split(expr: sympy.Expr) -> sympy.Expr:
    """Split logarithms of products and quotients of positive numbers."""
    return sympy.expand(sympy.expand_log(sympy.expand(expr.doit()), force=True))


def _entropy(masses: list[sympy.Expr]) -> sympy.Expr:
    return -sum(m * sympy.log(m) for m in masses)


def steps() -> tuple[Step, ...]:
    """Return the two forms for a pair, the links of a chain, what order loses, and why no term is negative."""
    first, second = [P[0] + P[1], P[2] + P[3]], [P[0] + P[2], P[1] + P[3]]
    divergence = sum(
        P[2 * i + j] * sympy.log(P[2 * i + j] / (first[i] * second[j])) for i, j in product((0, 1), (0, 1))
    )
    information = _entropy(first) + _entropy(second) - _entropy(list(P))
    rows = [T[0] + T[1], T[2] + T[3]]
    # A chain k1 -> k2 -> k3: p(k1, k2) t(k2, k3)/rows, whatever the sums of the rows of t are.
    chain = {(i, j, k): P[2 * i + j] * T[2 * j + k] / rows[j]
             for i, j, k in product((0, 1), (0, 1), (0, 1))}  # fmt: skip
    links = sum(m * (sympy.log(P[2 * i + j]) - sympy.log(first[i])) + m * (sympy.log(T[2 * j + k]) - sympy.log(rows[j]))
                for (i, j, k), m in chain.items())  # fmt: skip
    whole = sum(m * sympy.log(m / first[i]) for (i, j, k), m in chain.items())
    return (
        Step("pair", "two tokens: the divergence from the product of the marginals is H(k_1) + H(k_2) - H(k_1, k_2)",
             divergence, information, POINTS, tactic=_split),
        Step("chain", "log p(k_1 k_2 k_3)/p(k_1) = log p(k_2 given k_1) + log p(k_3 given k_2), summed: only "
                      "links count",
             whole, links, POINTS, tactic=_split),
        Step("in_order", "drawn in order, p(k_1) p(k_2 given k_1) is the joint law: nothing is lost",
             first[0] * sympy.Subs(u / v, (u, v), (P[1], first[0])), P[1], POINTS),
        Step("term_rate", "with q = c p a term p log(p/q) - p + q is p (c - 1 - log c), which has slope p (1 - 1/c)",
             sympy.Derivative(-u * sympy.log(c) - u + c * u, c), u * (1 - 1 / c), POINTS),
        Step("term_at_equality", "and is 0 at c = 1, its least value: no link counts negatively",
             sympy.Subs(u * (c - 1 - sympy.log(c)), c, 1), sympy.Integer(0), POINTS, constant=True),
        Step("term", "the terms -p + q sum to 0: what is left is the divergence",
             sympy.Subs(u * sympy.log(u / v) - u + v, v, c * u), u * (c - 1 - sympy.log(c)), POINTS, tactic=_split),
    )  # fmt: skip


def claims() -> tuple[Claim, ...]:
    """Return that the links' reweighted transitions are again a chain's, and that masses stay masses."""
    step0, step1, seen0, seen1, back0, back1, here = z3.Reals("t0 t1 s0 s1 b0 b1 p")
    total = step0 * seen0 * back0 + step1 * seen1 * back1
    positive = tuple(value > 0 for value in (step0, step1, seen0, seen1, back0, back1))
    return (
        Claim(
            "posterior_is_a_chain", "rows t(k, k') seen(k') later(k'), divided by their sum, are transitions again",
            (*positive, step0 + step1 == 1, here * total == step0 * seen0 * back0), z3.And(here > 0, here < 1),
            (z3.And(here > 0, 2 * here < 1), here > step0),
        ),
    )  # fmt: skip
