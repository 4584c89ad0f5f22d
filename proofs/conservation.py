"""dv_t/dx(0) = d/dt [log(V)/2 + mu^2 a^2/(2V)]: the stretch of a boundary is an exact differential, so no path matters.

The chain of `conservation`, for any path: the velocity's slope at the boundary is the derivative of
a function of the end points, whose values there give the law; and that is the logarithm of the exact map's slope.
Source: theory/LAWS.md, section 7 (ours).
"""

from collections.abc import Callable
from fractions import Fraction
from functools import partial
from typing import Any, Final

import flint
import sympy

import proofs.symbols  # noqa: F401 - gives the primitives their symbolic meaning
from proofs.enclosure import Enclosure
from proofs.integral import ball_integral
from proofs.step import Step
from theory.denoiser import boundary_slope
from theory.primitives import pdf

AXIOMS: Final = ("flow",)

a, b, mu, s, p, q = sympy.symbols("a b mu sigma p q", positive=True)
da, db, x = sympy.symbols("a_t b_t x", real=True)
"""da and db are the rates of a path at a point: any values, so any path."""
_Q = sympy.Rational
POINTS: Final = (
    {a: _Q(1, 3), b: _Q(3, 4), da: _Q(5, 4), db: _Q(-7, 3), mu: _Q(3, 2), s: _Q(2, 5)},
    {a: _Q(4, 5), b: _Q(1, 6), da: _Q(-1, 2), db: _Q(-3, 5), mu: _Q(2, 3), s: _Q(5, 4)},
)


def stretch(a: Any, b: Any) -> Any:
    """Return G = log(V)/2 + mu^2 a^2/(2V)."""
    v = a**2 * s**2 + b**2
    return sympy.log(v) / 2 + mu**2 * a**2 / (2 * v)


def steps() -> tuple[Step, ...]:
    """Return the chain: exactness at any point and rate of a path, both ends, and the map's own slope."""
    along = sympy.Derivative(stretch(a, b), a) * da + sympy.Derivative(stretch(a, b), b) * db
    density = (pdf((x - mu) / s) + pdf((x + mu) / s)) / (2 * s)
    slope = s * sympy.exp(mu**2 / (2 * s**2))
    return (
        Step("exact_differential", "dG/dt = b'/b + (a' - a b'/b) m'(0), the velocity's slope, for any rates a', b'",
             along, db / b + (da - a * db / b) * boundary_slope(a, b, mu, s), POINTS),
        Step("at_noise", "G = 0 at (a, b) = (0, 1)",
             sympy.Subs(stretch(p, q), (p, q), (0, 1)), sympy.Integer(0), POINTS, constant=True),
        Step("at_data", "G = log sigma + mu^2/(2 sigma^2) at (1, 0)",
             sympy.Subs(stretch(p, q), (p, q), (1, 0)), sympy.log(s) + mu**2 / (2 * s**2), POINTS,
             tactic=lambda e: sympy.expand_log(sympy.expand(e.doit()), force=True)),
        Step("map_slope", "T'(0) = phi(0)/f(0), f the density of the target: sigma exp(mu^2/(2 sigma^2))",
             sympy.Subs(pdf(x) / density, x, 0), slope, POINTS),
        Step("logarithm", "whose logarithm is G at (1, 0)",
             sympy.log(slope), sympy.log(s) + (mu / s) ** 2 / 2, POINTS,
             tactic=lambda e: sympy.expand(sympy.expand_log(e, force=True))),
    )  # fmt: skip


Curve = Callable[[flint.acb], tuple[flint.acb, flint.acb, flint.acb, flint.acb]]
"""t -> a, b, a', b'."""


def _linear(t: flint.acb) -> tuple[flint.acb, flint.acb, flint.acb, flint.acb]:
    return t, 1 - t, flint.acb(1), flint.acb(-1)


def _cosine(t: flint.acb) -> tuple[flint.acb, flint.acb, flint.acb, flint.acb]:
    half = flint.acb.pi() / 2
    a_, b_ = (half * t).sin(), (half * t).cos()
    return a_, b_, half * b_, -half * a_


def _wave(t: flint.acb) -> tuple[flint.acb, flint.acb, flint.acb, flint.acb]:
    """Let a = t + sin(2 pi t)/2 rise, fall and rise again."""
    turn = 2 * flint.acb.pi()
    return t + (turn * t).sin() / 2, 1 - t, 1 + flint.acb.pi() * (turn * t).cos(), flint.acb(-1)


def _stretched(curve: Curve, mean: Fraction, width: Fraction) -> flint.arb:
    """Return the integral of dv_t/dx(0) over a path, with the b in b'/b cancelled: b b'/V (1 - a^2 mu^2/V) + a' m'."""
    square, wide = (
        flint.acb((mean**2).numerator) / (mean**2).denominator,
        flint.acb(width.numerator) / width.denominator,
    )

    def slope(t: flint.acb) -> flint.acb:
        a_, b_, da_, db_ = curve(t)
        v = a_ * a_ * wide * wide + b_ * b_
        return b_ * db_ / v * (1 - a_ * a_ * square / v) + da_ * (
            a_ * wide * wide / v + b_ * b_ * a_ * square / (v * v)
        )

    return ball_integral(slope, flint.arb(0), flint.arb(1))


def enclosures() -> tuple[Enclosure, ...]:
    """Return the stretch along three paths, one of them not monotone, integrated as the law states it."""
    mean, width = Fraction(3, 2), Fraction(2, 5)
    paths: dict[str, Curve] = {"linear": _linear, "cosine": _cosine, "wave": _wave}
    return tuple(
        Enclosure(f"stretch_along_{name}", f"mu = 3/2, sigma = 2/5, {name} path: the integral of dv_t/dx(0) dt is "
                  "log sigma + mu^2/(2 sigma^2)", partial(_stretched, curve, mean, width),
                  lambda: (flint.arb(2) / 5).log() + flint.arb(225) / 32, Fraction(1, 10**30))
        for name, curve in paths.items()
    )  # fmt: skip
