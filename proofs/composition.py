"""0 <= P <= Q and 0 <= l <= s give P l <= Q s: why stiffness multiplies along a chain, and what its peak must be.

Composition and the peak for K = 2..6 and, by their induction steps, for any K; arithmetic and geometric means for two
and three factors by z3, for any number by the tangent of the logarithm; the inductions themselves by Coq.
Source: theory/LAWS.md, section 7.
"""

from functools import reduce
from typing import Final

import sympy
import z3

import proofs.symbols  # noqa: F401 - gives the primitives their symbolic meaning
from proofs.coqc import Theorem
from proofs.smt import Claim
from proofs.step import Step, simplify

AXIOMS: Final = ()

c = sympy.Symbol("c", positive=True)
L, K = sympy.symbols("L K", positive=True)
POINTS: Final = (
    {c: sympy.Rational(5, 4), L: sympy.Rational(9, 2), K: sympy.Integer(3)},
    {c: sympy.Rational(1, 4), L: sympy.Rational(8, 7), K: sympy.Integer(5)},
)


def steps() -> tuple[Step, ...]:
    """Return the K-th root and the tangent of the logarithm, from which the means of K factors are ordered."""
    return (
        Step("root_power", "K equal factors L^(1/K) have the product L: the bound on the peak is attained",
             sympy.Pow(sympy.Pow(L, 1 / K, evaluate=False), K, evaluate=False), L, POINTS, tactic=simplify),
        Step("tangent_rate", "c - 1 - log c has slope (c - 1)/c: it falls to its least value at c = 1",
             sympy.Derivative(c - 1 - sympy.log(c), c), (c - 1) / c, POINTS),
        Step("tangent_value", "which is 0; with c = l_k/mean, sum log(l_k/mean) <= 0: the mean is at least L^(1/K)",
             sympy.Subs(c - 1 - sympy.log(c), c, 1), sympy.Integer(0), POINTS, constant=True),
    )  # fmt: skip


def absolute(y: z3.ArithRef) -> z3.ArithRef:
    """Return |y|."""
    return z3.If(y >= 0, y, -y)


def _product(factors: list[z3.ArithRef]) -> z3.ArithRef:
    return reduce(lambda p, q: p * q, factors)


def constants_multiply() -> Claim:
    """Return: constants of composed maps multiply."""
    l1, l2, dx, dy, dz = z3.Reals("l1 l2 dx dy dz")
    return Claim(
        "constants_multiply", "|dz| <= l2 |dy| and |dy| <= l1 |dx| give |dz| <= l1 l2 |dx|",
        (l1 >= 0, l2 >= 0, absolute(dy) <= l1 * absolute(dx), absolute(dz) <= l2 * absolute(dy)),
        absolute(dz) <= l1 * l2 * absolute(dx),
        (absolute(dz) <= (l1 + l2) * absolute(dx), 100 * absolute(dz) <= 99 * l1 * l2 * absolute(dx)),
    )  # fmt: skip


def _peak(count: int) -> Claim:
    """Return: factors below s have a product of at most s^count, so the peak must reach L^(1/count)."""
    factors, top = [z3.Real(f"l{i}") for i in range(count)], z3.Real("s")
    return Claim(
        f"peak_of_{count}", f"{count} constants in [0, s] have a product of at most s^{count}",
        (top > 0, *(z3.And(f >= 0, f <= top) for f in factors)),
        _product(factors) <= _product([top] * count),
        (
            _product(factors) <= _product([top] * (count + 1)),
            _product(factors) <= _product([top] * count) * 99 / 100,
        ),
    )  # fmt: skip


def claims() -> tuple[Claim, ...]:
    """Return composition, the peak for K = 2..6 with its induction step, and AM-GM for two and three factors."""
    p, q, factor, top = z3.Reals("P Q l s")
    u, v, w = z3.Reals("u v w")
    return (
        constants_multiply(),
        *(_peak(count) for count in range(2, 7)),
        Claim(
            "peak_induction", "P <= Q and 0 <= l <= s give P l <= Q s: the peak bound passes from K to K + 1",
            (p >= 0, p <= q, factor >= 0, factor <= top),
            p * factor <= q * top,
            (p * factor <= q * factor * factor, 100 * p * factor <= 99 * q * top),
        ),
        Claim(
            "am_gm_2", "u v <= ((u + v)/2)^2",
            (u >= 0, v >= 0), 4 * u * v <= (u + v) * (u + v),
            (4 * u * v <= (u + v) * (u + v) * 99 / 100, 5 * u * v <= (u + v) * (u + v)),
        ),
        Claim(
            "am_gm_3", "u v w <= ((u + v + w)/3)^3",
            (u >= 0, v >= 0, w >= 0), 27 * u * v * w <= (u + v + w) * (u + v + w) * (u + v + w),
            (28 * u * v * w <= (u + v + w) * (u + v + w) * (u + v + w),),
        ),
    )  # fmt: skip


def theorems() -> tuple[Theorem, ...]:
    """Return composition, the peak and AM-GM for lists of any length, to be checked by Coq."""
    return (
        Theorem("composition", "constants of maps on any space multiply along a list of any length", "composition",
                (("(product cs)", "(sum cs)"),)),
        Theorem("peak", "a product of K constants in [0, s] that reaches L has L <= s^K", "composition",
                (("s ^ length cs", "s ^ (length cs - 1)"), ("0 <= c <= s", "c <= s"))),
        Theorem("am_gm", "K constants have a product of at most the K-th power of their mean", "composition",
                ((") ^ length cs", ") ^ (length cs + 1)"), ("0 <= c)", "-1 <= c)"))),
    )  # fmt: skip
