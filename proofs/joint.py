"""Lambda_{k+1}^2 = l_k^2 Lambda_k^2 + b_{k+1}^2: how stiff a sampler is in all its noises at once.

Cauchy and Schwarz give one step, unrolling gives the sum of the law. Source: theory/LAWS.md, section 8 (ours).
"""

from functools import partial
from typing import Final

import sympy
import z3

from proofs.box import rational
from proofs.composition import absolute
from proofs.enclosure import Enclosure, printed
from proofs.smt import Claim
from proofs.step import Step
from proofs.two_modes import joint_error, joint_square, twin_mass

AXIOMS: Final = ("isoperimetry",)

b0, b1, b2, b3, l0, l1, l2, l3 = sympy.symbols("b_0:4 l_0:4", positive=True)
Y = sympy.Symbol("Lambda_squared", positive=True)
_Q = sympy.Rational
POINTS: Final = tuple(
    dict(zip((b0, b1, b2, b3, l0, l1, l2, l3, Y), map(_Q, values), strict=True))
    for values in (
        ("1", "3/4", "1/2", "1/4", "1/7", "2", "5/3", "3", "4/5"),
        ("1", "2/3", "1/3", "1/5", "3", "2/7", "4", "1/2", "7"),
    )
)  # fmt: skip


def steps() -> tuple[Step, ...]:
    """Return the recursion unrolled: two steps in general, and four calls as the law's sum."""

    def after(square: sympy.Expr, stretch: sympy.Expr, noise: sympy.Expr) -> sympy.Expr:
        return stretch**2 * square + noise**2

    four = l3**2 * after(after(after(b0**2, l0, b1), l1, b2), l2, b3)
    total = sum(
        (noise * later) ** 2 for noise, later in ((b0, l0 * l1 * l2 * l3), (b1, l1 * l2 * l3), (b2, l2 * l3), (b3, l3))
    )
    norm = sympy.sqrt((l0 * b0) ** 2 + b1**2)
    return (
        Step("four_calls", "four calls: Lambda^2 = sum_j (b_j prod_{i >= j} l_i)^2", four, total, POINTS),
        Step("one_more_call", "a term of the sum takes the factor l^2, and the new noise its own term",
             after(Y + b2**2, l2, b3), l2**2 * Y + (l2 * b2) ** 2 + b3**2, POINTS),
        Step("attained", "linear calls attain it: along (l Lambda, b), of norm 1, the step moves by sqrt(l^2 "
                         "Lambda^2 + b^2)",
             sympy.Subs(l0 * b0 * Y + b1 * b2, (Y, b2), (l0 * b0 / norm, b1 / norm)), norm, POINTS),
    )  # fmt: skip


def claims() -> tuple[Claim, ...]:
    """Return one step: Lipschitz in what came before and in the fresh noise together."""
    before, moved, noise, dx, dxi, stretch, spread, square = z3.Reals("Lambda d_before d_noise dx dxi l b d^2")
    return (
        Claim(
            "cauchy_schwarz", "(l Lambda u + b v)^2 <= (l^2 Lambda^2 + b^2) (u^2 + v^2)",
            (before >= 0, stretch >= 0, spread >= 0),
            (stretch * before * moved + spread * noise) * (stretch * before * moved + spread * noise)
            <= (stretch * stretch * before * before + spread * spread) * (moved * moved + noise * noise),
            (
                (stretch * before * moved + spread * noise) * (stretch * before * moved + spread * noise)
                <= stretch * stretch * before * before * moved * moved + spread * spread * noise * noise,
                100 * (stretch * before * moved + spread * noise) * (stretch * before * moved + spread * noise)
                <= 99 * (stretch * stretch * before * before + spread * spread) * (moved * moved + noise * noise),
            ),
        ),
        Claim(
            "linear_method", "X = B xi + A m(X_i): |dX| <= (|B| + |A| lambda S) |dxi| if |dX_i| <= S |dxi| and |dm| "
                             "<= lambda |dX_i|, one term of the row S = |B| + sum |A| lambda S",
            (stretch >= 0, spread >= 0, before >= 0, absolute(moved) <= before * absolute(dxi),
             absolute(dx) <= stretch * absolute(moved)),
            absolute(spread * dxi + noise * dx) <= (spread + absolute(noise) * stretch * before) * absolute(dxi),
            (
                absolute(spread * dxi + noise * dx) <= (spread + noise * stretch * before) * absolute(dxi),
                100 * absolute(spread * dxi + noise * dx)
                <= 99 * (spread + absolute(noise) * stretch * before) * absolute(dxi),
            ),
        ),
        Claim(
            "one_step", "|dx| <= l |d before| + b |d noise|: the triangle inequality for x' = a' m(x) + b' xi",
            (stretch >= 0, spread >= 0, absolute(square) <= stretch * absolute(dx)),
            absolute(square + spread * dxi) <= stretch * absolute(dx) + spread * absolute(dxi),
            (
                absolute(square + spread * dxi) <= stretch * absolute(dx),
                100 * absolute(square + spread * dxi) <= 99 * (stretch * absolute(dx) + spread * absolute(dxi)),
            ),
        ),
    )  # fmt: skip


def enclosures() -> tuple[Enclosure, ...]:
    """Return what the law gives for re-injection, and samplers without any noise that reach as far."""
    twins = {(4, 16): "0.0000739699", (4, 8): "0.0149069", (2, 4): "0.225059"}
    return (
        Enclosure("joint_stiffness", "(4, 4, 16): re-injection has Lambda = 7.0875e4 in all its inputs",
                  lambda: rational(joint_square(4, 16)).sqrt(), *printed("70874.6")),
        Enclosure("joint_error", "(4, 4, 16): so it errs by 4.0528e-5 at least",
                  partial(joint_error, 4, 16), *printed("0.000040528")),
        *(Enclosure(f"twin_{mu}_{k}", f"({mu}, 4, {k}): x' = a' m(x) where steeper, with no noise, errs by {text}",
                    partial(twin_mass, mu, k), *printed(text)) for (mu, k), text in twins.items()),
    )  # fmt: skip
