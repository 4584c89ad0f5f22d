"""dG/dA = (mu^2 - (1 - sigma^2) V)/(2 V^2), A = a^2: on a^2 + b^2 = 1 the stretch grows, so it can be spread evenly.

K parts of a sum C have one of at least C/K, and equal parts attain it. Source: theory/LAWS.md, section 7 (ours).
"""

from fractions import Fraction
from typing import Final

import flint
import sympy
import z3

import proofs.symbols  # noqa: F401 - gives the primitives their symbolic meaning
from proofs.conservation import stretch
from proofs.enclosure import Enclosure
from proofs.integral import ball_integral
from proofs.smt import Claim
from proofs.step import Step

AXIOMS: Final = ()

A, mu, sigma, p, q = sympy.symbols("A mu sigma p q", positive=True)
_Q = sympy.Rational
POINTS: Final = (
    {A: _Q(1, 3), mu: _Q(3, 2), sigma: _Q(2, 5)},
    {A: _Q(4, 5), mu: _Q(2, 3), sigma: _Q(5, 4)},
)


def steps() -> tuple[Step, ...]:
    """Return the stretch along the circle, its slope and its ends."""
    v = 1 - (1 - sigma**2) * A
    along = sympy.log(v) / 2 + mu**2 * A / (2 * v)
    here = {sympy.Symbol("mu", positive=True): mu, sympy.Symbol("sigma", positive=True): sigma}
    return (
        Step("on_the_circle", "with b^2 = 1 - a^2, V = 1 - (1 - sigma^2) A and G = log(V)/2 + mu^2 A/(2V)",
             sympy.Subs(stretch(p, q).xreplace(here), (p, q), (sympy.sqrt(A), sympy.sqrt(1 - A))), along, POINTS),
        Step("slope", "dG/dA = (mu^2 - (1 - sigma^2) V)/(2 V^2)",
             sympy.Derivative(along, A), (mu**2 - (1 - sigma**2) * v) / (2 * v**2), POINTS),
        Step("at_noise", "G = 0 at A = 0", sympy.Subs(along, A, 0), sympy.Integer(0), POINTS, constant=True),
        Step("at_data", "G = log sigma + mu^2/(2 sigma^2) at A = 1: the whole of `conservation`",
             sympy.Subs(along, A, 1), sympy.log(sigma) + mu**2 / (2 * sigma**2), POINTS,
             tactic=lambda e: sympy.expand(sympy.expand_log(sympy.simplify(e.doit()), force=True))),
    )  # fmt: skip


def claims() -> tuple[Claim, ...]:
    """Return the sign of the slope under the law's hypothesis, and why equal parts have the least peak."""
    m2, s2, share, v, total, peak, part, count = z3.Reals("mu^2 sigma^2 A V sum peak part K")
    setting = (m2 > 0, s2 > 0, share >= 0, share <= 1, v == 1 - (1 - s2) * share)
    return (
        Claim(
            "stretch_grows", "mu^2 >= 1 - sigma^2 gives mu^2 - (1 - sigma^2) V >= 0 for 0 <= A <= 1",
            (*setting, m2 >= 1 - s2), m2 - (1 - s2) * v >= 0,
            (m2 - (1 - s2) * v > 0, m2 - (1 - s2) * v >= m2 / 2),
        ),
        Claim(
            "condition_is_sharp", "if mu^2 < 1 - sigma^2, G falls at first: at A = 0 the slope is mu^2 - (1 - "
                                  "sigma^2) < 0",
            (m2 > 0, s2 > 0, m2 < 1 - s2, share == 0, v == 1 - (1 - s2) * share), m2 - (1 - s2) * v < 0,
            (m2 - (1 - s2) * v > 0, m2 - (1 - s2) * v < -1),
        ),
        Claim(
            "peak_induction", "sum <= K peak and part <= peak give sum + part <= (K + 1) peak: the peak is at "
                              "least C/K",
            (count >= 1, total <= count * peak, part <= peak), total + part <= (count + 1) * peak,
            (total + part <= count * peak, total + part < (count + 1) * peak),
        ),
    )  # fmt: skip


def _slopes(square: int, narrow: int) -> flint.arb:
    """Return the integral of dG/dA over (0, 1) at mu^2 = `square` and sigma^2 = 1/`narrow`."""
    gone = 1 - flint.acb(1) / narrow

    def slope(share: flint.acb) -> flint.acb:
        v = 1 - gone * share
        return (square - gone * v) / (2 * v * v)

    return ball_integral(slope, flint.arb(0), flint.arb(1))


def enclosures() -> tuple[Enclosure, ...]:
    """Return the whole stretch as an integral over A, for narrow and for wide modes."""
    return tuple(
        Enclosure(f"whole_stretch_{name}", f"mu^2 = {m2}, sigma^2 = 1/{k}: the slope integrates to log sigma + mu^2/(2 "
                  "sigma^2)", lambda m2=m2, k=k: _slopes(m2, k),  # type: ignore[misc]
                  lambda m2=m2, k=k: -flint.arb(k).log() / 2 + flint.arb(m2 * k) / 2, Fraction(1, 10**30))  # type: ignore[misc]
        for name, m2, k in (("narrow", 4, 100), ("wide", 1, 2))
    )  # fmt: skip
