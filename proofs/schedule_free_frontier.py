"""(1 + a lambda) max(a' lambda, 1 + (a' - a) lambda) <= (1 + a' lambda) lambda: why no schedule frees the frontier.

One step over all noise ratios, and the induction step of the bound that is free of the schedule altogether.
Source: theory/LAWS.md, section 7 (ours).
"""

from fractions import Fraction
from typing import Final

import sympy
import z3

from proofs.box import rational
from proofs.composition import absolute
from proofs.enclosure import Enclosure, printed
from proofs.smt import Claim
from proofs.step import Step
from proofs.two_modes import free_stiffness, gap_error

AXIOMS: Final = ("isoperimetry",)

a_, later_, lam_ = sympy.symbols("a a_next lambda", positive=True)
_Q = sympy.Rational
POINTS: Final = (
    {a_: _Q(1, 3), later_: _Q(3, 5), lam_: _Q(7, 4)},
    {a_: _Q(2, 7), later_: _Q(8, 9), lam_: _Q(5, 2)},
)


def steps() -> tuple[Step, ...]:
    """Return by how much a step may be beaten, as a square, and where that is least."""
    left = (1 + later_ * lam_) * lam_ - (1 + a_ * lam_) * (1 + (later_ - a_) * lam_)
    return (
        Step("room_as_a_square", "(1 + a' lambda) lambda - (1 + a lambda)(1 + (a' - a) lambda): least at a = a'/2",
             left, (lam_ - 1) * (1 + later_ * lam_) - lam_**2 * later_**2 / 4 + lam_**2 * (a_ - later_ / 2) ** 2,
             POINTS),
        Step("least_room", "at a = a'/2 = 1/2 it is (3 lambda^2 - 4)/4: where 2/sqrt 3 comes from",
             sympy.Subs(left, (a_, later_), (_Q(1, 2), 1)), (3 * lam_**2 - 4) / 4, POINTS),
    )  # fmt: skip


def claims() -> tuple[Claim, ...]:
    """Return: one step over all noise ratios rho = b'/b, and the induction over K of (1 + a_K lambda) lambda^(K-1)."""
    rho, a, later, cap, so_far, step, power = z3.Reals("rho a a_next lambda P l Q")
    ordered = (rho >= 0, rho <= 1, a >= 0, a <= later, later <= 1, cap >= 0)
    one = rho + absolute(later - a * rho) * cap
    keep_none, keep_all = later * cap, 1 + (later - a) * cap
    larger = z3.If(keep_none >= keep_all, keep_none, keep_all)
    sharp = (a >= 0, a <= later, later <= 1, cap > 0, 3 * cap * cap >= 4)
    grown = (1 + later * cap) * cap
    return (
        Claim(
            "any_noise_level", "rho + |a' - a rho| lambda <= max(a' lambda, 1 + (a' - a) lambda) for 0 <= rho <= 1",
            ordered, one <= larger, (one <= keep_none, one <= keep_all, 100 * one <= 99 * larger),
        ),
        Claim(
            "first_step", "from a = 0 a step reaches at most 1 + a' lambda",
            (later >= 0, later <= 1, cap > 0), z3.If(later * cap >= 1 + later * cap, later * cap, 1 + later * cap)
            <= 1 + later * cap, (1 + later * cap <= 1, 1 + later * cap <= later * cap),
        ),
        Claim(
            "keep_all_of_x", "(1 + a lambda) (1 + (a' - a) lambda) <= (1 + a' lambda) lambda if 3 lambda^2 >= 4",
            sharp, (1 + a * cap) * keep_all <= grown,
            ((1 + a * cap) * keep_all <= later * cap * cap, 100 * (1 + a * cap) * keep_all <= 99 * grown),
        ),
        Claim(
            "keep_none_of_x", "(1 + a lambda) a' lambda <= (1 + a' lambda) lambda",
            sharp, (1 + a * cap) * keep_none <= grown,
            ((1 + a * cap) * keep_none <= later * cap, 100 * (1 + a * cap) * keep_none <= 99 * grown),
        ),
        Claim(
            "one_more_step", "P <= (1 + a lambda) Q and l (1 + a lambda) <= (1 + a' lambda) lambda give P l <= "
            "(1 + a' lambda) lambda Q: from K to K + 1",
            (a >= 0, cap > 0, power > 0, step >= 0, so_far >= 0, so_far <= (1 + a * cap) * power,
             (1 + a * cap) * step <= grown), so_far * step <= grown * power,
            (100 * so_far * step <= 99 * grown * power, so_far * step <= grown),
        ),
        Claim(
            "less_than_two_over_root_3", "the condition is sharp: if 3 lambda^2 < 4, then a = 1/2 exceeds (1 + "
                                         "lambda) lambda at K = 2",
            (cap > 0, 3 * cap * cap < 4, 2 * a == 1, later == 1), (1 + a * cap) * keep_all > grown,
            ((1 + a * cap) * keep_all <= grown,),
        ),
    )  # fmt: skip


def enclosures() -> tuple[Enclosure, ...]:
    """Return what either bound leaves at (4, 4, 16)."""
    return (
        Enclosure("free_of_b", "(4, 4, 16): whatever the b_k, no DDIM errs by less than 2.264e-5",
                  lambda: gap_error(4, rational(free_stiffness(16))), *printed("0.00002264")),
        Enclosure("free_of_both", "nor, whatever the a_k as well, by less than 5.35e-10",
                  lambda: gap_error(4, rational(Fraction(5 * 4**15))), *printed("0.000000000535")),
    )  # fmt: skip
