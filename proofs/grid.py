"""|f(x) - f(y)|^2 = sum_i |f_i(x_i) - f_i(y_i)|^2 <= L^2 |x - y|^2: a row on each coordinate is as stiff as one row.

Independent rows multiply their masses, and points in different cells differ by a gap in some coordinate.
Source: theory/LAWS.md, section 6, `grid` (ours).
"""

from typing import Final

import sympy
import z3

import proofs.symbols  # noqa: F401 - gives the primitives their symbolic meaning
from proofs.smt import Claim
from proofs.step import Step, simplify
from theory.primitives import pdf

AXIOMS: Final = ("independence", "kirszbraun")

x = sympy.Symbol("x", real=True)
n, m, e = sympy.symbols("n m epsilon", positive=True)
_Q = sympy.Rational
POINTS: Final = (
    {x: _Q(1, 3), n: _Q(3), m: _Q(5), e: _Q(1, 7)},
    {x: _Q(-5, 4), n: _Q(2), m: _Q(9), e: _Q(3, 8)},
)


def steps() -> tuple[Step, ...]:
    """Return what one row may lose, how losses add, and the leading order in M."""
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
    )  # fmt: skip


def _roots(expr: sympy.Basic) -> sympy.Basic:
    """Let roots and powers cancel, which they do as 1 - error > 0."""
    return sympy.expand(sympy.powdenest(expr, force=True))


def claims() -> tuple[Claim, ...]:
    """Return why a product of maps keeps its constant, by induction, and how far apart two cells are."""
    near, far, dx, df, stiff, gap, other = z3.Reals("sum_x sum_f dx df L w d")
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
    )  # fmt: skip
