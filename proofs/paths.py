"""x'/a' = (s'/s) x/a + (1 - s'/s) m: at the same noise levels s = b/a all paths do the same, and s falls along each.

Source: theory/LAWS.md, section 0 (ours, where no other source is named).
"""

from fractions import Fraction
from functools import partial
from typing import Any, Final

import flint
import sympy
import z3

import proofs.symbols  # noqa: F401 - gives the primitives their symbolic meaning
from proofs.box import rational
from proofs.enclosure import Enclosure, printed
from proofs.integral import ball_integral
from proofs.smt import Claim
from proofs.step import Step, simplify
from theory.denoiser import linear_slope, posterior_mean
from theory.depth import ddim_coefficients, ddim_step
from theory.path import LinearPath, VePath
from theory.time_grid import karras_noise

AXIOMS: Final = ()

x, y, m, h, xi = sympy.symbols("x y m h xi", real=True)
a, b, a2, b2, s, mu, sigma, S, q, k, rho, u = sympy.symbols("a b a2 b2 s mu sigma S q k rho u", positive=True)
t, tau, low, high, keep = sympy.symbols("t tau beta_0 beta_1 r", positive=True)
da, db = sympy.symbols("a_t b_t", real=True)
_Q = sympy.Rational
POINTS: Final = (
    {x: _Q(1, 3), y: _Q(2, 5), m: _Q(-2, 3), h: _Q(1, 5), xi: _Q(3, 4), a: _Q(3, 5), b: _Q(2, 5), a2: _Q(4, 5),
     b2: _Q(1, 4), s: _Q(2, 3), mu: _Q(3, 2), sigma: _Q(2, 5), S: _Q(9, 4), q: _Q(1, 7), k: _Q(2, 7), rho: _Q(3),
     u: _Q(1, 6), t: _Q(1, 3), tau: _Q(1, 4), low: _Q(1, 10), high: _Q(5), keep: _Q(1, 3), da: _Q(5, 4), db: _Q(-7, 3)},
    {x: _Q(-5, 4), y: _Q(-3, 7), m: _Q(3, 4), h: _Q(-1, 3), xi: _Q(-2, 3), a: _Q(1, 4), b: _Q(5, 7), a2: _Q(1, 2),
     b2: _Q(3, 7), s: _Q(5, 3), mu: _Q(2), sigma: _Q(5, 4), S: _Q(7, 2), q: _Q(2, 9), k: _Q(3, 5), rho: _Q(2),
     u: _Q(2, 3), t: _Q(3, 5), tau: _Q(2, 3), low: _Q(1, 2), high: _Q(7, 3), keep: _Q(3, 5), da: _Q(-1, 2),
     db: _Q(-3, 5)},
)  # fmt: skip


def _angles(expr: Any) -> Any:
    """Carry out what is written, with sines and cosines of one angle brought together."""
    return sympy.simplify(sympy.expand_trig(expr.doit()))


def _levels() -> tuple[Step, ...]:
    """Return that denoiser, steps and flow depend on x/a and on the noise levels alone."""
    v, after = a**2 * sigma**2 + b**2, b2 / a2
    spread = sigma**2 + s**2
    on_path = posterior_mean(x, linear_slope(a, b, sigma), b**2 * mu / v, a * mu / v, h)
    in_levels = posterior_mean(y, sigma**2 / spread, s**2 * mu / spread, mu / spread, h)
    step = ddim_step(x, m, *ddim_coefficients(a, b, a2, b2))
    velocity = db / b * x + (da - a * db / b) * m
    return (
        Step("denoiser", "m(x) is a function of y = x/a and s = b/a: that of z + s xi",
             sympy.Subs(in_levels, (y, s), (x / a, b / a)), on_path, POINTS, tactic=_tanh_apart),
        Step("ddim", "DDIM in y: y' = (s'/s) y + (1 - s'/s) m",
             step / a2, after * a / b * x / a + (1 - after * a / b) * m, POINTS),
        Step("ancestral", "x' = a' m + r (x - a m) + tau xi, r = b' (s'/s)/b, in y: y' = m + (s'/s)^2 (y - m) + noise",
             (a2 * m + b2 * (after * a / b) / b * (x - a * m)) / a2, m + (after * a / b) ** 2 * (x / a - m), POINTS),
        Step("ancestral_noise", "whose variance is s'^2 (1 - (s'/s)^2), tau^2 = b'^2 (1 - (s'/s)^2)",
             sympy.Subs((b2 / a2) ** 2 * (1 - q**2), q, b2 * a / (a2 * b)),
             (b2 / a2) ** 2 - (b2 / a2) ** 4 * (a / b) ** 2, POINTS),
        Step("fresh_noise", "x' = a' z + b' xi in y: y' = z + s' xi, as after re-injection and commitment",
             (a2 * m + b2 * xi) / a2, m + sympy.Subs(u * xi, u, after), POINTS),
        Step("flow", "the velocity b'/b x + (a' - a b'/b) m in y: dy/ds = (y - m)/s, ds/s = b'/b - a'/a",
             (velocity - da / a * x) / a, (db / b - da / a) * (x / a - m), POINTS),
        Step("cap", "but a slope in x is 1/a times that in y: a cap on it differs from path to path",
             sympy.Derivative(posterior_mean(x / a, keep, mu, rho, h), x),
             (keep + mu * rho * (1 - sympy.tanh(rho * x / a + h) ** 2)) / a, POINTS),
    )  # fmt: skip


def _tanh_apart(expr: Any) -> Any:
    """Bring the arguments of tanh to one form, and expand over a common denominator."""
    done = expr.doit().replace(sympy.tanh, lambda e: sympy.tanh(sympy.factor(sympy.together(e))))
    return sympy.expand(sympy.together(done).as_numer_denom()[0])


def steps() -> tuple[Step, ...]:
    """Return what depends on levels alone, then each path: its circle, its level and its time; then the grids."""
    linear, ve = LinearPath(), VePath(s_max=S)
    sine, cosine = sympy.sin(sympy.pi * t / 2), sympy.sin(sympy.pi * (1 - t) / 2)
    so_far = low * tau + (high - low) * tau**2 / 2
    rate = low + tau * (high - low)
    decay = sympy.exp(-so_far)
    level = sympy.log(1 + s**2)
    root = 2 * level / (low + sympy.sqrt(low**2 + 2 * (high - low) * level))
    root_of_level = S ** (1 / rho) + k * (q ** (1 / rho) - S ** (1 / rho))
    blend = sympy.log(S**u + k * (q**u - S**u))
    return (
        *_levels(),
        Step("linear_level", "linear: log(a/b) rises at 1/(t (1 - t))",
             sympy.Derivative(sympy.log(linear.a(t) / linear.b(t)), t), 1 / (t * (1 - t)), POINTS),
        Step("linear_time", "linear: b/a is s at t = 1/(1 + s)",
             sympy.Subs(linear.b(t) / linear.a(t), t, linear.time_of(s)), s, POINTS),
        Step("cosine_circle", "cosine: a^2 + b^2 = 1, b = cos(pi t/2)",
             sine**2 + cosine**2, sympy.Integer(1), POINTS, tactic=_angles, constant=True),
        Step("cosine_level", "cosine: log(a/b) rises at pi/sin(pi t)",
             sympy.Derivative(sympy.log(sine / cosine), t) * sympy.sin(sympy.pi * t), sympy.pi, POINTS, tactic=_angles,
             constant=True),
        Step("cosine_time", "cosine: b/a is s where tan(pi t/2) = 1/s",
             sympy.Subs(sympy.cos(t) / sympy.sin(t), t, sympy.atan(1 / s)), s, POINTS),
        Step("vp_rate", "vp_linear: B grows with tau = 1 - t at beta, which is linear",
             sympy.Derivative(so_far, tau), rate, POINTS),
        Step("vp_circle", "vp_linear: a^2 + b^2 = 1",
             sympy.Subs(a**2 + b**2, (a, b), (sympy.exp(-so_far / 2), sympy.sqrt(1 - decay))), sympy.Integer(1), POINTS,
             constant=True),
        Step("vp_mean", "it is dx = -(beta/2) x dtau + sqrt(beta) dW: a falls at beta a/2",
             sympy.Derivative(sympy.exp(-so_far / 2), tau), -rate / 2 * sympy.exp(-so_far / 2), POINTS),
        Step("vp_variance", "and b^2 rises at beta (1 - b^2)",
             sympy.Derivative(1 - decay, tau), rate * (1 - (1 - decay)), POINTS),
        Step("vp_level", "vp_linear: s^2 = e^B - 1, so log s rises with tau at beta/(2 b^2)",
             sympy.Derivative(sympy.log(sympy.exp(so_far) - 1) / 2, tau) * (1 - decay), rate / 2, POINTS,
             tactic=simplify),
        Step("vp_time", "vp_linear: b/a is s where B = log(1 + s^2), whose root is free of cancellation",
             sympy.Subs(so_far, tau, root), level, POINTS, tactic=simplify),
        Step("ve_time", "ve: b/a is s at t = 1 - s/s_max",
             sympy.Subs(ve.b(t) / ve.a(t), t, ve.time_of(s)), s, POINTS),
        Step("karras_first", "karras: the first level is s_max",
             sympy.Subs(karras_noise(k, S, q, rho), k, 0), S, POINTS),
        Step("karras_last", "and the last is s_min",
             sympy.Subs(karras_noise(k, S, q, rho), k, 1), q, POINTS),
        Step("karras_even", "at rho = 1 the levels are evenly spaced",
             sympy.Subs(karras_noise(k, S, q, rho), rho, 1), S + k * (q - S), POINTS),
        Step("karras_falls", "s^(1/rho) falls evenly: at s_min^(1/rho) - s_max^(1/rho), and s with it",
             sympy.Derivative(karras_noise(k, S, q, rho), k) * root_of_level,
             rho * (q ** (1 / rho) - S ** (1 / rho)) * karras_noise(k, S, q, rho), POINTS, tactic=simplify),
        Step("log_snr_is_karras", "as rho grows, log s = log(..) rho tends to (1 - k) log s_max + k log s_min",
             sympy.Subs(sympy.Derivative(blend, u), u, 0), (1 - k) * sympy.log(S) + k * sympy.log(q), POINTS),
        Step("log_snr_at_0", "the numerator being 0 at u = 0",
             sympy.Subs(blend, u, 0), sympy.Integer(0), POINTS, constant=True),
    )  # fmt: skip


def claims() -> tuple[Claim, ...]:
    """Return that noise levels fall strictly along each grid, and that a step between levels is a mean."""
    first, second, now, later, share, top, bottom = z3.Reals("t u s s_next k high low")
    placed = top + share * (bottom - top)
    given, mean, moved = z3.Reals("y m y_next")
    return (
        Claim(
            "linear_falls", "later on the linear path is less noise: (1 - t)/t falls",
            (first > 0, second > first, second < 1, now * first == 1 - first, later * second == 1 - second),
            z3.And(later < now, later > 0),
            (z3.And(later < now, later > 1), z3.And(2 * later < now, later > 0)),
        ),
        Claim(
            "between_the_levels", "what is evenly spaced between two levels lies between them, and falls",
            (bottom < top, share > 0, share < 1), z3.And(placed < top, placed > bottom),
            (2 * placed < top + bottom, placed < bottom),
        ),
        Claim(
            "a_step_is_a_mean", "with 0 <= s' <= s DDIM's y' lies between y and m",
            (now > 0, later >= 0, later <= now, given <= mean, moved * now == later * given + (now - later) * mean),
            z3.And(given <= moved, moved <= mean),
            (z3.And(given < moved, moved <= mean), z3.And(given <= moved, moved < mean)),
        ),
    )  # fmt: skip


def _vp_start() -> flint.arb:
    """Return s at t = 0, where B = beta_0/2 + beta_1/2 = 10.05."""
    return rational(Fraction(1005, 100)).expm1().sqrt()


def _start_error(mean: int, weight: Fraction, level: int) -> flint.arb:
    """Return |E p(+ given x) - w| for x ~ N(0, s^2), not z + s xi: the tv of one draw from that start."""
    w, s_ = rational(weight), flint.arb(level)
    odds = (w / (1 - w)).log()

    def weighed(at: flint.acb) -> flint.acb:
        exponent = -(2 * mean * at / s_ + odds)
        return (-(at**2) / 2).exp() / (1 + exponent.exp()) / (2 * flint.arb.pi()).sqrt()

    tail = flint.arb(2) ** -180  # 2 Phi(-16) = 1.3e-57 is left out
    inner = ball_integral(weighed, flint.arb(-16), flint.arb(16))
    return abs(inner.union(inner + tail) - w)


def enclosures() -> tuple[Enclosure, ...]:
    """Return where `vp_linear` begins, and what beginning there, or anywhere at finite noise, costs."""
    return (
        Enclosure("vp_start", "vp_linear begins at s = 152.2", _vp_start, *printed("152.2")),
        Enclosure("start_64", "one draw from s = 64 at mu = 2, weights 0.3 and 0.7, errs in tv by 1.638e-4",
                  partial(_start_error, 2, Fraction(7, 10), 64), *printed("0.00016382")),
        Enclosure("start_order", "which at s = 4096 is 2 (mu/s)^2 w_+ w_- |w_+ - w_-| to 1e-5",
                  partial(_start_error, 2, Fraction(7, 10), 4096),
                  lambda: 2 * rational(Fraction(4, 4096**2) * Fraction(21, 100) * Fraction(2, 5)), Fraction(1, 10**5)),
    )  # fmt: skip
