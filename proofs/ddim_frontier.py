"""x' = a' m + b' (x - a m)/b is a step of DDIM; its Lipschitz constants multiply, and the peak is at least L^(1/K).

The chain of `ddim_frontier`: the step and the denoiser that theory computes with are what Bayes' rule and the
definition of DDIM say, called with symbols; slopes and their maximum; then, by z3, that one step is Lipschitz, that
constants of composed maps multiply, and what that means for the peak (AM-GM). Source: theory/LAWS.md, section 7.
"""

from functools import reduce
from typing import Final

import sympy as sp
import z3

import proofs.symbols  # noqa: F401  (gives the primitives their symbolic meaning)
from proofs.smt import Claim
from proofs.step import Step
from theory.denoiser import boundary_slope, linear_slope, posterior_mean
from theory.depth import ddim_coefficients, ddim_step, step_stiffness

AXIOMS: Final = ("Gaussian isoperimetry, through `binary`",)

x, m, h, t, g = sp.symbols("x m h t g", real=True)
a, b, an, bn, mu, s, k, amp, cap, wl, wr, tn = sp.symbols("a b a_n b_n mu sigma k A lambda w_- w_+ t_n", positive=True)

POINTS: Final = (
    {x: sp.Rational(1, 3), m: sp.Rational(3, 7), h: sp.Rational(1, 5), t: sp.Rational(1, 4), g: sp.Rational(2, 9),
     a: sp.Rational(1, 4), b: sp.Rational(3, 4), an: sp.Rational(1, 2), bn: sp.Rational(1, 3), mu: sp.Rational(3, 2),
     s: sp.Rational(2, 5), k: sp.Rational(5, 4), amp: sp.Rational(7, 6), cap: sp.Rational(8, 3),
     wl: sp.Rational(3, 10), wr: sp.Rational(7, 10), tn: sp.Rational(3, 8)},
    {x: sp.Rational(-2, 3), m: sp.Rational(-1, 6), h: sp.Rational(-2, 7), t: sp.Rational(3, 5), g: sp.Rational(1, 8),
     a: sp.Rational(3, 5), b: sp.Rational(2, 5), an: sp.Rational(4, 5), bn: sp.Rational(1, 7), mu: sp.Rational(2, 3),
     s: sp.Rational(1, 6), k: sp.Rational(2, 3), amp: sp.Rational(4, 5), cap: sp.Rational(10, 7),
     wl: sp.Rational(3, 5), wr: sp.Rational(2, 5), tn: sp.Rational(9, 10)},
)  # fmt: skip


def likelihood(mode: sp.Expr) -> sp.Expr:
    """Return the density of x_t given a mode, up to the normalisation that both modes share."""
    return sp.exp(-((x - a * mode) ** 2) / (2 * (a**2 * s**2 + b**2)))


def bayes_mean() -> sp.Expr:
    """Return E[z given x_t = x] of two modes by Bayes' rule: each mode's mean given x, weighted by its likelihood."""
    gain = a * s**2 / (a**2 * s**2 + b**2)
    joint = [(w * likelihood(mode), mode + gain * (x - a * mode)) for w, mode in ((wl, -mu), (wr, mu))]
    return sum(p * given for p, given in joint) / sum(p for p, _ in joint)


def _over_one_denominator(expression: sp.Expr) -> sp.Expr:
    """Write the difference over one denominator, with tanh as exponentials, and expand the numerator's powers."""
    numerator, _ = sp.together(expression.rewrite(sp.exp)).as_numer_denom()
    return sp.simplify(sp.expand(sp.powsimp(sp.expand(numerator), force=True)))


def steps() -> tuple[Step, ...]:
    """Return the chain from Bayes' rule and DDIM's definition to the slopes of the law."""
    v = a**2 * s**2 + b**2
    keep, add = ddim_coefficients(a, b, an, bn)
    linear = ddim_coefficients(t, 1 - t, tn, 1 - tn)
    mean = posterior_mean(x, g, amp, k, h)
    ours = posterior_mean(x, linear_slope(a, b, s), b**2 * mu / v, a * mu / v, sp.log(wr / wl) / 2)
    return (
        Step(
            "step_is_ddim", "keep x + add m is a' m + b' (x - a m)/b: the predicted noise is kept",
            ddim_step(x, m, keep, add), an * m + bn * (x - a * m) / b, POINTS,
        ),
        Step(
            "last_step_is_mean", "the step to a' = 1, b' = 0 returns m",
            ddim_step(x, m, *ddim_coefficients(a, b, sp.Integer(1), sp.Integer(0))), m, POINTS,
        ),
        Step(
            "linear_step", "on the linear path the step adds (t' - t)/(1 - t) of m",
            linear[1], (tn - t) / (1 - t), POINTS,
        ),
        Step("posterior_mean", "the denoiser is the posterior mean, by Bayes' rule", ours, bayes_mean(), POINTS,
             (_over_one_denominator,)),
        Step("tweedie", "which is (x + b^2 d log p/dx)/a, Tweedie's formula", bayes_mean(),
             (x + b**2 * sp.diff(sp.log(wl * likelihood(-mu) + wr * likelihood(mu)), x)) / a, POINTS,
             (_over_one_denominator,)),
        Step(
            "slope", "its slope is g + A k (1 - tanh^2)",
            sp.diff(mean, x), g + amp * k * (1 - sp.tanh(k * x + h) ** 2), POINTS,
        ),
        Step(
            "slope_gap", "which falls short of g + A k by A k tanh^2 >= 0: the boundary is steepest",
            g + amp * k - sp.diff(mean, x), amp * k * sp.tanh(k * x + h) ** 2, POINTS,
        ),
        Step(
            "steepest", "uncapped, g + A k is a sigma^2/V + a b^2 mu^2/V^2",
            linear_slope(a, b, s) + b**2 * mu / v * (a * mu / v), boundary_slope(a, b, mu, s), POINTS,
        ),
        Step(
            "steepest_points", "and a mu^2/b^2 for point modes",
            boundary_slope(a, b, mu, sp.Integer(0)), a * mu**2 / b**2, POINTS,
        ),
        Step(
            "cap_is_met", "k = (lambda - g)/A makes the largest slope lambda",
            sp.diff(posterior_mean(x, g, amp, (cap - g) / amp, h), x).subs(x, -h * amp / (cap - g)), cap, POINTS,
        ),
        Step(
            "step_slope", "a step with denoiser slope lambda has slope keep + add lambda where both are positive",
            sp.diff(ddim_step(x, cap * x, keep, add), x), step_stiffness(bn / b, 0, cap) + add * cap, POINTS,
        ),
        Step(
            "no_slope_telescopes", "without a denoiser two steps keep b''/b: only noise shrinks",
            ddim_coefficients(a, b, an, bn)[0] * ddim_coefficients(an, bn, tn, cap)[0], cap / b, POINTS,
        ),
    )  # fmt: skip


def _absolute(y: z3.ArithRef) -> z3.ArithRef:
    return z3.If(y >= 0, y, -y)


def _product(factors: list[z3.ArithRef]) -> z3.ArithRef:
    return reduce(lambda p, q: p * q, factors)


def _peak(count: int) -> Claim:
    """Factors below s have a product below s^count: if the product must reach L, the peak must reach L^(1/count)."""
    factors = [z3.Real(f"l{i}") for i in range(count)]
    top = z3.Real("s")
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
    """Return what z3 proves: one Lipschitz step, composition, induction over the depth, and AM-GM."""
    dx, dm, keep, add, lam = z3.Reals("dx dm keep add lambda")
    l1, l2, dy, dz = z3.Reals("l1 l2 dy dz")
    p, q, factor, top = z3.Reals("P Q l s")
    u, v, w = z3.Reals("u v w")
    lipschitz = _absolute(dm) <= lam * _absolute(dx)
    return (
        Claim(
            "step_is_lipschitz", "|keep dx + add dm| <= (|keep| + |add| lambda) |dx| if |dm| <= lambda |dx|",
            (lam >= 0, lipschitz),
            _absolute(keep * dx + add * dm) <= (_absolute(keep) + _absolute(add) * lam) * _absolute(dx),
            (
                _absolute(keep * dx + add * dm) <= _absolute(keep + add * lam) * _absolute(dx),
                _absolute(keep * dx + add * dm) <= (_absolute(keep) + _absolute(add) * lam * 99 / 100) * _absolute(dx),
            ),
        ),
        Claim(
            "constants_multiply", "|dz| <= l2 |dy| and |dy| <= l1 |dx| give |dz| <= l1 l2 |dx|",
            (l1 >= 0, l2 >= 0, _absolute(dy) <= l1 * _absolute(dx), _absolute(dz) <= l2 * _absolute(dy)),
            _absolute(dz) <= l1 * l2 * _absolute(dx),
            (
                _absolute(dz) <= (l1 + l2) * _absolute(dx),
                100 * _absolute(dz) <= 99 * l1 * l2 * _absolute(dx),
            ),
        ),
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
