"""p(k given x) p_t(x) = w_k N(x; a mu_k, V): a token drawn from the exact posterior has exactly its prior mass.

So (x_t, k, z) has the law that noise and data gave it, and x' = a' z + b' xi the law of the next level: no bias at any
depth. At scale 0 the draw z is a mode, and no mass is ambiguous. Source: theory/LAWS.md, section 8.
"""

from fractions import Fraction
from functools import partial
from typing import Final

import flint
import sympy
import z3

import proofs.symbols  # noqa: F401 - gives the primitives their symbolic meaning
from proofs.enclosure import Enclosure
from proofs.integral import ball_integral
from proofs.smt import Claim
from proofs.step import Step
from theory.primitives import expit, pdf

AXIOMS: Final = ("independence",)

x, z = sympy.symbols("x z", real=True)
a, b, mu, s, w = sympy.symbols("a b mu sigma w", positive=True)
a2, b2 = sympy.symbols("a2 b2", positive=True)
_Q = sympy.Rational
POINTS: Final = (
    {x: _Q(1, 3), z: _Q(3, 4), a: _Q(3, 5), b: _Q(2, 5), mu: _Q(3, 2), s: _Q(2, 3), w: _Q(3, 10), a2: _Q(4, 5),
     b2: _Q(1, 4)},
    {x: _Q(-2, 5), z: _Q(-5, 3), a: _Q(1, 4), b: _Q(5, 7), mu: _Q(2), s: _Q(1, 3), w: _Q(4, 7), a2: _Q(1, 2),
     b2: _Q(3, 7)},
)  # fmt: skip

V: Final = a**2 * s**2 + b**2


def _density(mean: sympy.Expr) -> sympy.Expr:
    """Return the density of x_t about `mean`, up to the factor that all tokens share."""
    return sympy.exp(-((x - mean) ** 2) / (2 * V))


def steps() -> tuple[Step, ...]:
    """Return that token and place are drawn from their joint law given x, and where that leads."""
    plus, minus = w * _density(a * mu), (1 - w) * _density(-a * mu)
    h = sympy.log(w / (1 - w)) / 2
    within, centre = s**2 * b**2 / V, mu + a * s**2 / V * (x - a * mu)
    return (
        Step("token_posterior", "the sampler's 1/(1 + e^(-2(k x + h))), k = a mu/V, is Bayes' rule for the token +",
             plus / (plus + minus), expit(2 * (a * mu * x / V + h)), POINTS, tactic=_odds),
        Step("token_mass", "averaged over x ~ p_t the token + has its prior mass w",
             sympy.Integral(w * pdf(x), (x, -sympy.oo, sympy.oo)), w, POINTS),
        Step("squares", "(z - c)^2/v + (x - a mu)^2/V = (x - a z)^2/b^2 + (z - mu)^2/sigma^2 for c = mu + g (x "
                        "- a mu), "
             "v = sigma^2 b^2/V: p(z given x, +) p(x given +) = p(x given z) p(z given +) in the exponents",
             (z - centre) ** 2 / within + (x - a * mu) ** 2 / V,
             (x - a * z) ** 2 / b**2 + (z - mu) ** 2 / s**2, POINTS),
        Step("normalisers", "and v V = b^2 sigma^2 in the factors before "
                            "them", sympy.Subs(within * b2, b2, V), b**2 * s**2, POINTS),
        Step("next_level", "x' = a' z + b' xi given + has mean a' mu and variance a'^2 sigma^2 + b'^2: level t'",
             sympy.Integral((a2 * s * x) ** 2 * pdf(x), (x, -sympy.oo, sympy.oo)) + b2**2,
             a2**2 * s**2 + b2**2, POINTS),
        Step("no_width", "at sigma = 0 the draw has no variance: z is the mode itself, never between",
             sympy.Subs(within, s, 0) + mu, mu, POINTS),
    )  # fmt: skip


def _odds(expr: sympy.Expr) -> sympy.Expr:
    """Gather exponentials over a common denominator."""
    return sympy.simplify(sympy.expand(sympy.powsimp(sympy.expand(sympy.together(expr).as_numer_denom()[0]))))


def claims() -> tuple[Claim, ...]:
    """Return what a capped posterior keeps and what it loses: the landing sets, and the weights."""
    mode, margin, drawn, share, kept, skew = z3.Reals("mu margin z p p_capped skew")
    return (
        Claim(
            "a_mode_is_a_landing", "a mode lies in its landing set: |z| = mu >= (1 - margin) mu, whatever the "
                                   "posterior",
            (mode > 0, margin > 0, margin < 1, z3.Or(drawn == mode, drawn == -mode)),
            z3.Or(drawn >= (1 - margin) * mode, drawn <= -(1 - margin) * mode),
            (drawn >= (1 - margin) * mode, z3.Or(drawn > mode, drawn < -mode)),
        ),
        Claim(
            "symmetry_saves_weights", "where the capped odds at x and -x sum to 1, equal modes keep weight 1/2",
            (share >= 0, share <= 1, kept == 1 - share, skew == (share + kept) / 2), 2 * skew == 1,
            (2 * share == 1, 2 * skew == 1 + share),
        ),
    )  # fmt: skip


_FAR: Final = 60
"""Both tokens have a mass below Phi(-50) < 1e-500 there."""


def _drawn(level: Fraction) -> flint.arb:
    """Return the mass of the token + drawn at t on the linear path: weights 0.3, 0.7, mu = 2, sigma = 1/2."""
    t, weight = flint.acb(level.numerator) / level.denominator, flint.acb(3) / 10
    v = t * t / 4 + (1 - t) ** 2
    h = (weight / (1 - weight)).log() / 2

    def mass(x_: flint.acb) -> flint.acb:
        noisy = (2 * flint.acb.pi() * v).sqrt()
        plus, minus = ((-((x_ - sign * 2 * t) ** 2) / (2 * v)).exp() / noisy for sign in (1, -1))
        odds = (-2 * (2 * t * x_ / v + h)).exp()
        return (weight * plus + (1 - weight) * minus) / (1 + odds)

    return ball_integral(mass, flint.arb(-_FAR), flint.arb(_FAR))


def enclosures() -> tuple[Enclosure, ...]:
    """Return the mass of a drawn token at two levels, integrated: the prior's, without bias at any depth."""
    return tuple(
        Enclosure(f"drawn_at_{name}", f"t = {t}: averaged over x_t, the sampler's odds for + give it its weight 0.3",
                  partial(_drawn, t), lambda: flint.arb(3) / 10, Fraction(1, 10**25))
        for name, t in (("a_fifth", Fraction(1, 5)), ("three_quarters", Fraction(3, 4)))
    )  # fmt: skip
