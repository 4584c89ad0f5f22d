"""dv_t/dx(0) = d/dt [log(V)/2 + mu^2 a^2/(2V)]: the stretch of a boundary is an exact differential, so no path matters.

The chain of `conservation`, for any path: the velocity's slope at the boundary is the derivative of
a function of the end points, whose values there give the law; and that is the logarithm of the exact map's slope.
The map is the quantile map of any weights: its velocity carries the path's densities, and its slope is certified.
Source: theory/LAWS.md, section 7 (ours).
"""

from collections.abc import Sequence
from fractions import Fraction
from functools import partial
from typing import Any, Final

import flint
import sympy
import z3

import proofs.symbols  # noqa: F401 - gives the primitives their symbolic meaning
from proofs.against_balls import Row, root
from proofs.box import Inequality, rational
from proofs.enclosure import Enclosure
from proofs.smt import Claim
from proofs.step import Step, algebra, by_erf
from proofs.stretches import stretches
from proofs.symbols import ball_ndtr, ball_ndtri, ball_pdf
from theory.denoiser import boundary_slope, linear_slope
from theory.flow import boundary_noise, flow_map, flow_stiffness, landing_noise, noise_of
from theory.primitives import ndtr, ndtri, pdf
from theory.target import TwoModes, two_modes

AXIOMS: Final = ("flow",)

a, b, mu, s, p, q = sympy.symbols("a b mu sigma p q", positive=True)
da, db, x = sympy.symbols("a_t b_t x", real=True)
w = sympy.Symbol("w", positive=True)
"""da and db are the rates of a path at a point: any values, so any path."""
_Q = sympy.Rational
POINTS: Final = (
    {a: _Q(1, 3), b: _Q(3, 4), da: _Q(5, 4), db: _Q(-7, 3), mu: _Q(3, 2), s: _Q(2, 5), x: _Q(1, 3), w: _Q(3, 10)},
    {a: _Q(4, 5), b: _Q(1, 6), da: _Q(-1, 2), db: _Q(-3, 5), mu: _Q(2, 3), s: _Q(5, 4), x: _Q(-2, 5), w: _Q(4, 7)},
)


def stretch(a: Any, b: Any) -> Any:
    """Return G = log(V)/2 + mu^2 a^2/(2V)."""
    v = a**2 * s**2 + b**2
    return sympy.log(v) / 2 + mu**2 * a**2 / (2 * v)


def _carried(expr: Any) -> Any:
    """Carry out what is written, and divide by the density that all terms share."""
    done = expr.doit()
    return algebra(done.xreplace({e: sympy.Dummy(positive=True) for e in done.atoms(sympy.exp)}))


def _one_inverse(expr: Any) -> Any:
    """Bring the arguments of erfinv to one form."""
    return by_erf(expr.replace(sympy.erfinv, lambda y: sympy.erfinv(sympy.expand(y.rewrite(sympy.erf)))))


def _flow_steps() -> tuple[Step, ...]:
    """Return that the velocity carries one mode's density, and what the quantile map is made of."""
    v = a**2 * s**2 + b**2
    one = sympy.exp(-((x - a * mu) ** 2) / (2 * v)) / sympy.sqrt(2 * sympy.pi * v)
    within = linear_slope(a, b, s) * x + b**2 / v * mu
    velocity = db / b * x + (da - a * db / b) * within
    left, right = (x + mu) / s, (x - mu) / s
    below = (1 - w) * ndtr(left) + w * ndtr(right)
    above = (1 - w) * ndtr(-left) + w * ndtr(-right)
    density = ((1 - w) * pdf(left) + w * pdf(right)) / s
    return (
        Step("carries_a_mode", "N(x; a mu, V) changes in time at minus the x-derivative of v_k N, "
             "v_k = b'/b x + (a' - a b'/b) m_k",
             sympy.Derivative(one, a) * da + sympy.Derivative(one, b) * db,
             -sympy.Derivative(velocity * one, x), POINTS, tactic=_carried),
        Step("both_tails", "what lies above z is the sum of the upper tails",
             1 - below, above, POINTS, tactic=by_erf),
        Step("near_the_median", "Phi^-1(F) is sqrt 2 erfinv of what lies below less what lies above",
             sympy.sqrt(2) * sympy.erfinv(below - above), ndtri(below), POINTS,
             tactic=_one_inverse),
        Step("slope_of_flow", "the noise Phi^-1(F(z)) has slope p(z)/phi(it): the flow's is phi(x_0)/p(z)",
             sympy.Derivative(ndtri(below), x) * pdf(ndtri(below)), density, POINTS, tactic=by_erf),
    )  # fmt: skip


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
        *_flow_steps(),
    )  # fmt: skip


def claims() -> tuple[Claim, ...]:
    """Return between which maps the flow lies, and that what carries each mode carries their mixture."""
    weight, more, less, v1, v2, p1, p2 = z3.Reals("w more less v1 v2 p1 p2")
    total, mean = z3.Reals("p v")
    return (
        Claim(
            "between_the_modes", "F(sigma x + mu) >= Phi(x) >= F(sigma x - mu), as Phi rises: T lies between",
            (weight >= 0, weight <= 1, more >= less), z3.And((1 - weight) * more + weight * less >= less,
                                                             (1 - weight) * more + weight * less <= more),
            (z3.And((1 - weight) * more + weight * less > less, (1 - weight) * more + weight * less <= more),
             (1 - weight) * more + weight * less >= more),
        ),
        Claim(
            "carries_a_mixture", "with v = E v_k given x, v p is the sum of v_k p_k: fluxes add up as densities do",
            (p1 > 0, p2 > 0, total == p1 + p2, mean * total == p1 * v1 + p2 * v2),
            p1 * (v1 - mean) + p2 * (v2 - mean) == 0,
            (mean == v1 + v2, 2 * mean == v1 + v2),
        ),
    )  # fmt: skip


UNEQUAL: Final = two_modes(mu=1, scale=0.75, weights=(0.25, 0.75))
EQUAL: Final = two_modes(mu=2, scale=1)


def ball_below(target: TwoModes, z: flint.arb) -> flint.arb:
    """Return F(z) as the sum that it is."""
    places = [(z - c * flint.arb(target.mu)) / flint.arb(target.scale) for c in (-1, 1)]
    return sum((flint.arb(w_) * ball_ndtr(at) for w_, at in zip(target.weights, places, strict=True)), flint.arb(0))


def ball_slope(target: TwoModes, z: flint.arb) -> flint.arb:
    """Return phi(Phi^-1(F(z)))/p(z), the slope of the flow map where it reaches z."""
    places = [(z - c * flint.arb(target.mu)) / flint.arb(target.scale) for c in (-1, 1)]
    density = sum((flint.arb(w_) * ball_pdf(at) for w_, at in zip(target.weights, places, strict=True)), flint.arb(0))
    return ball_pdf(ball_ndtri(ball_below(target, z))) * flint.arb(target.scale) / density


def inequalities() -> tuple[Inequality, ...]:
    """Return that no place is steeper than the search of the code found, to a thousandth."""

    def left(target: TwoModes, found: float, z: flint.arb, share: Fraction = Fraction(1001, 1000)) -> flint.arb:
        return rational(share) * flint.arb(found) - ball_slope(target, z)

    box = ((Fraction(-3), Fraction(3)),)
    return tuple(
        Inequality(f"steepest_{name}", f"{name}: nowhere on [-3, 3] is the flow steeper than `flow_stiffness` says",
                   partial(left, target, found), box, (partial(left, target, found, share=Fraction(999, 1000)),))
        for name, target in (("unequal", UNEQUAL), ("equal", EQUAL))
        for found in (flow_stiffness(target),)
    )  # fmt: skip


def enclosures() -> tuple[Enclosure, ...]:
    """Return the stretch along three paths."""
    return stretches()


def _noise(target: TwoModes, parts: Sequence[float]) -> flint.arb:
    """Return Phi^-1(F(z)), z the sum of `parts`, from the smaller tail."""
    z = sum(map(flint.arb, parts), flint.arb(0))
    below = ball_below(target, z)
    mirrored = two_modes(mu=target.mu, scale=target.scale, weights=target.weights[::-1])
    return ball_ndtri(below) if below < 0.5 else -ball_ndtri(ball_below(mirrored, -z))


def _map(target: TwoModes, x_: float) -> flint.arb:
    far = flint.arb(target.mu) + flint.arb(target.scale) * 40
    return root(lambda z: ball_below(target, z) - ball_ndtr(flint.arb(x_)), -far, far)


def flow_rows() -> list[Row]:
    """Return noise of places, places of noise, and steepest slopes that have a closed form, beside balls."""
    found: list[Row] = []
    for target in (UNEQUAL, EQUAL):
        for mode, y in ((0, -9.0), (0, 0.75), (1, -0.5), (1, 6.0)):
            centre = (-target.mu, target.mu)[mode]
            found.append((f"noise of mode {mode}, y={y}, {target}", float(noise_of(target, mode, y)),
                          partial(_noise, target, (centre, target.scale * y))))  # fmt: skip
        for x_ in (-3.0, 0.5, 2.0):
            found.append((f"flow of {x_}, {target}", float(flow_map(target, x_)), partial(_map, target, x_)))
        low, high = landing_noise(target, 0.875 * target.mu)
        found.append((f"landing from below, {target}", low, partial(_noise, target, (-0.875 * target.mu,))))
        found.append((f"landing from above, {target}", high, partial(_noise, target, (0.875 * target.mu,))))
    found.append(("boundary noise", boundary_noise(UNEQUAL), partial(_noise, UNEQUAL, (0.0,))))
    points = two_modes(mu=2, weights=(0.25, 0.75))
    found.append(("boundary noise of points", boundary_noise(points), lambda: ball_ndtri(flint.arb(1) / 4)))
    found.append(("stiffness e^2", flow_stiffness(EQUAL), lambda: flint.arb(2).exp()))
    return found
