"""lam(b_c)/lam(b_{c^B}), lam = phi/Phi: a level needs less than 1/sqrt B of the flat stiffness, or more than all of it.

D solves: the integral of lam over [b - D, b] is t = -log(1 - error), and lam = 1/R falls; so D/t lies between
R(b - t R(b)) and R(b). sqrt(2 log M) R(b) hardly varies: in its terms both ratios are enclosed over large boxes.
Source: theory/LAWS.md, section 7 (ours).
"""

from fractions import Fraction
from functools import partial
from typing import Final

import flint
import sympy

import proofs.symbols  # noqa: F401 - gives the primitives their symbolic meaning
from proofs.box import Inequality
from proofs.enclosure import Enclosure, printed
from proofs.isoperimetric import overstatement
from proofs.step import Step
from proofs.symbols import ball_ndtr, ball_ndtri, ball_pdf
from theory.primitives import hazard

AXIOMS: Final = ("isoperimetry",)

z, u = sympy.symbols("z u", real=True)
B, e, c = sympy.symbols("B epsilon c", positive=True)
_Q = sympy.Rational
POINTS: Final = (
    {z: _Q(-3, 4), u: _Q(1, 3), B: _Q(3), e: _Q(1, 7), c: _Q(5)},
    {z: _Q(5, 4), u: _Q(-2, 5), B: _Q(5), e: _Q(3, 8), c: _Q(2)},
)


def _roots(expr: sympy.Basic) -> sympy.Basic:
    """Let roots, powers and logarithms cancel, which they do as 1 - error > 0."""
    return sympy.expand(sympy.expand_log(sympy.powdenest(expr.doit(), force=True), force=True))


def steps() -> tuple[Step, ...]:
    """Return what B levels err together, what each may, and the slope of lam that bounds the gaps."""
    share = 1 - (1 - e) ** (1 / B)
    return (
        Step("shared_error", "B levels that err 1 - (1 - error)^(1/B) each err error together",
             sympy.Pow(1 - share, B, evaluate=False), 1 - e, POINTS, tactic=_roots),
        Step("shared_logarithm", "so t = -log(1 - error) is cut into B parts",
             -sympy.log(1 - share), -sympy.log(1 - e) / B, POINTS, tactic=_roots),
        Step("hazard_rate", "lam' = -lam (z + lam), and z + lam > 0 as phi + z Phi > 0: lam falls",
             sympy.Derivative(hazard(z), z), -hazard(z) * (z + hazard(z)), POINTS),
        Step("root_of_levels", "sqrt(2 log c)/sqrt(2 log c^B) = 1/sqrt B: the leading order of lam(b) is sqrt(2 log M)",
             sympy.sqrt(2 * sympy.log(c)) / sympy.sqrt(2 * sympy.log(c**B)), 1 / sympy.sqrt(B),
             POINTS, tactic=sympy.simplify),
    )  # fmt: skip


def _flat(y: flint.arb) -> flint.arb:
    """Return an enclosure of c(y) = sqrt(2 log M) R(b) at M = 2^y: it falls (isoperimetric: overstatement_falls)."""
    return overstatement(y.lower()).union(overstatement(y.upper()))


def _bend(y: flint.arb) -> flint.arb:
    """Return an enclosure of R'(b) = 1 + b R(b) at M = 2^y, which falls with y (isoperimetric: curvature_limit)."""
    ends = [ball_ndtri(flint.arb(2) ** -end) for end in (y.lower(), y.upper())]
    high, low = (1 + b * ball_ndtr(b) / ball_pdf(b) for b in ends)
    return low.union(high)


def _log_kept(v: flint.arb) -> flint.arb:
    """Return t = -log(1 - 2^-v)."""
    return -(-(flint.arb(2) ** -v)).log1p()


def level_ratio(y: flint.arb, depth: flint.arb, v: flint.arb) -> flint.arb:
    """Return an enclosure of sqrt B times L(c, e)/L(c^B, e), c = 2^y, e = 2^-v.

    D/t lies between R(b - t R(b)) >= R(b) (1 - t R'(b)), as R is convex, and R(b).
    """
    t, deep = _log_kept(v), y * depth
    return _flat(deep) / _flat(y) * (1 - t * _bend(deep)).union(1 / (1 - t * _bend(y)))


def total_ratio(y: flint.arb, depth: flint.arb, v: flint.arb) -> flint.arb:
    """Return an enclosure of L(c, 1 - (1 - e)^(1/B))/L(c^B, e): a level's t is t/B."""
    t, deep = _log_kept(v), y * depth
    between = (1 - t * _bend(deep)).union(1 / (1 - t / depth * _bend(y)))
    return depth.sqrt() * _flat(deep) / _flat(y) * between


def inequalities() -> tuple[Inequality, ...]:
    """Return: the peak per level falls by more than sqrt B, and rises if all levels together may err as much."""
    box = ((Fraction(1), Fraction(60)), (Fraction(2), Fraction(16)), (Fraction(4), Fraction(50)))
    return (
        Inequality("level_falls", "sqrt B L(c, e)/L(c^B, e) < 1 for real c in [2, 2^60], B in [2, 16], e in "
                                  "[2^-50, 1/16]",
                   lambda y, b, v: 1 - level_ratio(y, b, v), box,
                   (lambda y, b, v: flint.arb("0.9") - level_ratio(y, b, v),)),
        Inequality("total_rises", "L(c, 1 - (1 - e)^(1/B))/L(c^B, e) > 1 on the same box",
                   lambda y, b, v: total_ratio(y, b, v) - 1, box,
                   (lambda y, b, v: total_ratio(y, b, v) - flint.arb("1.5"),)),
    )  # fmt: skip


def _gap(modes: int, kept: flint.arb) -> flint.arb:
    return ball_ndtri(flint.arb(1) / modes) - ball_ndtri(kept / modes)


def _level(shared: bool) -> flint.arb:
    """Return the ratio at c = 32, B = 4, error 0.01, from the textbook's quantiles."""
    kept = 1 - flint.arb("0.01")
    return _gap(32**4, kept) / _gap(32, kept.root(4) if shared else kept)


def enclosures() -> tuple[Enclosure, ...]:
    """Return the two ratios that theory/LAWS.md prints, where the rule of thumb says 0.5 and 2."""
    return (
        Enclosure("equal_level", "c = 32, B = 4, error 0.01 a level: 0.4546, where 1/sqrt B is 0.5",
                  partial(_level, shared=False), *printed("0.4546")),
        Enclosure("equal_total", "error 0.01 in all: 1.8172, where sqrt B is 2",
                  partial(_level, shared=True), *printed("1.8172")),
    )  # fmt: skip
