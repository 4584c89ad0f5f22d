"""dv_t/dx(0) = d/dt [log(V)/2 + mu^2 a^2/(2V)]: the stretch of a boundary is an exact differential, so no path matters.

The chain of `conservation`, for any path: the velocity's slope at the boundary is the derivative of
a function of the end points, whose values there give the law; and that is the logarithm of the exact map's slope.
Source: theory/LAWS.md, section 7 (ours).
"""

from typing import Any, Final

import sympy

import proofs.symbols  # noqa: F401 - gives the primitives their symbolic meaning
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
