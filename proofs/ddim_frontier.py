"""|x'_1 - x'_2| <= (|b'/b| + |a' - a b'/b| lambda) |x_1 - x_2|: from Bayes' rule to the stiffness of K DDIM steps.

The steps read theory's own functions with symbols in place of numbers, so what is proved is the code: its denoiser is
Bayes' rule, its step is DDIM's definition, its slope is the largest one. The claims are what multiplies and bounds the
constants. Source: theory/LAWS.md, section 7.
"""

from fractions import Fraction
from functools import partial
from typing import Any, Final

import flint
import sympy
import z3

import proofs.symbols  # noqa: F401 - gives the primitives their symbolic meaning
from proofs.box import Box, Inequality, rational
from proofs.composition import absolute, constants_multiply
from proofs.enclosure import Enclosure, printed
from proofs.orders import leading_errors
from proofs.smt import Claim
from proofs.step import Step, algebra, by_exp
from proofs.two_modes import clipped_mass, ddim_mass, least_error
from theory.denoiser import boundary_slope, linear_slope, posterior_mean
from theory.depth import ddim_coefficients, ddim_step, step_stiffness
from theory.primitives import expit
from theory.target import TwoModes

AXIOMS: Final = ("isoperimetry",)

x, h, m = sympy.symbols("x h m", real=True)
a, b, mu, s, w, lam = sympy.symbols("a b mu sigma w lambda", positive=True)
a2, b2, g, A, k, t, u, L, delta, c = sympy.symbols("a2 b2 g A k t u L delta c", positive=True)

_Q = sympy.Rational
POINTS: Final = (
    {x: _Q(1, 3), h: _Q(1, 5), m: _Q(-2, 3), a: _Q(3, 5), b: _Q(2, 5), mu: _Q(3, 2), s: _Q(2, 3), w: _Q(3, 10),
     lam: _Q(7, 2), a2: _Q(4, 5), b2: _Q(1, 4), g: _Q(1, 7), A: _Q(5, 4), k: _Q(2, 3), t: _Q(1, 5), u: _Q(2, 5),
     L: _Q(9, 2), delta: _Q(1, 10), c: _Q(5, 4)},
    {x: _Q(-2, 5), h: _Q(-1, 3), m: _Q(3, 4), a: _Q(1, 4), b: _Q(5, 7), mu: _Q(2), s: _Q(1, 3), w: _Q(4, 7),
     lam: _Q(5, 3), a2: _Q(1, 2), b2: _Q(3, 7), g: _Q(2, 5), A: _Q(2, 7), k: _Q(7, 4), t: _Q(3, 8), u: _Q(5, 8),
     L: _Q(8, 7), delta: _Q(2, 9), c: _Q(1, 4)},
)  # fmt: skip

V: Final = a**2 * s**2 + b**2


def _density(mean: Any) -> Any:
    return sympy.exp(-((x - mean) ** 2) / (2 * V)) / sympy.sqrt(2 * sympy.pi * V)


def bayes() -> tuple[Any, Any]:
    """Return (E[z given x], p_t(x)) by Bayes' rule, with weights e^h and e^-h, normalised, at +mu and -mu."""
    evidence = {sign * mu: sympy.exp(sign * h) * _density(sign * a * mu) for sign in (1, -1)}
    joint = sum(evidence.values())
    # Given the mode, z and x are jointly Gaussian: regress z on x.
    mean = sum((mode + a * s**2 / V * (x - a * mode)) * weight for mode, weight in evidence.items()) / joint
    return mean, joint / (sympy.exp(h) + sympy.exp(-h))


def exponent_free(expr: Any) -> Any:
    """Carry out what is written, with exponentials of the same kind gathered into one symbol each."""
    return algebra(sympy.powsimp(by_exp(expr)))


def steps() -> tuple[Step, ...]:
    """Return the chain from Bayes' rule through one step to the law."""
    mean, density = bayes()
    exact = posterior_mean(x, linear_slope(a, b, s), b**2 * mu / V, a * mu / V, h)
    keep, add = ddim_coefficients(a, b, a2, b2)
    keep_linear, add_linear = ddim_coefficients(t, 1 - t, u, 1 - u)
    first = ddim_coefficients(0, 1, _Q(1, 2), _Q(1, 2))
    free = posterior_mean(x, g, A, k, h)
    slope = g + A * k * (1 - sympy.tanh(k * x + h) ** 2)
    target = TwoModes(mu=mu, scale=s, weights=(_Q(1, 2), _Q(1, 2)))
    return (
        Step("prior", "h = log(w_+/w_-)/2 stands for the prior: 1/(1 + e^-2h) = w_+",
             expit(sympy.log(w / (1 - w))), w, POINTS),
        Step("bayes", "Bayes' rule for two Gaussians is theory's posterior mean",
             mean, exact, POINTS, tactic=exponent_free),
        Step("tweedie", "so is (x + b^2 d log p/dx)/a",
             (x + b**2 * sympy.Derivative(sympy.log(density), x)) / a, exact, POINTS, tactic=exponent_free),
        Step("slope", "its slope is g + A k (1 - tanh^2)", sympy.Derivative(free, x), slope, POINTS),
        Step("steepest", "which falls short of g + A k by A k tanh^2 >= 0: the boundary is steepest",
             g + A * k - sympy.Derivative(free, x), A * k * sympy.tanh(k * x + h) ** 2, POINTS),
        Step("boundary_slope", "the slope at the boundary x = -h V/(a mu) is theory's boundary slope",
             sympy.Subs(sympy.Derivative(exact, x), x, -h * V / (a * mu)), boundary_slope(a, b, mu, s), POINTS),
        Step("boundary_slope_points", "a mu^2/b^2 for modes without width",
             sympy.Subs(boundary_slope(a, b, mu, s), s, 0), a * mu**2 / b**2, POINTS),
        Step("capped_slope", "k = (lambda - g)/A caps the slope at lambda",
             sympy.Subs(g + A * k, k, (lam - g) / A), lam, POINTS),
        Step("ddim", "a step keeps the noise that it estimates: a' m + b' (x - a m)/b",
             a2 * m + b2 * (x - a * m) / b, ddim_step(x, m, keep, add), POINTS),
        Step("last_step", "the step to b' = 0 returns m",
             sympy.Subs(ddim_step(x, m, keep, add), (a2, b2), (1, 0)), m, POINTS),
        Step("step_slope", "with a denoiser of slope lambda the step has slope |keep| + |add| lambda",
             sympy.Derivative(ddim_step(x, lam * x, g, A), x), step_stiffness(g, A, lam), POINTS),
        Step("linear_path", "on the linear path l = ((1 - t') + (t' - t) lambda)/(1 - t)",
             step_stiffness(1, 0, 0) * keep_linear + add_linear * lam, ((1 - u) + (u - t) * lam) / (1 - t), POINTS),
        Step("cosine_path", "on the cosine path, t an angle, keep = cos t'/cos t and add = sin(t' - t)/cos t",
             ddim_coefficients(sympy.sin(t), sympy.cos(t), sympy.sin(u), sympy.cos(u))[1] * sympy.cos(t),
             sympy.sin(u - t), POINTS, tactic=lambda e: sympy.expand_trig(sympy.cancel(e))),
        Step("jacobian", "the denoiser's slope is (a/b^2) Var(z given x): two modes without width have variance "
                         "m_max^2 - m^2",
             sympy.Derivative(posterior_mean(x, 0, mu, a * mu / b**2, h), x),
             a / b**2 * (mu**2 - posterior_mean(x, 0, mu, a * mu / b**2, h) ** 2), POINTS),
        Step("jacobian_of_wide_modes", "with a width, Var(z given x) = s^2 b^2/V within a mode plus (b^2/V)^2 mu^2 "
                                       "(1 - tanh^2) between modes",
             sympy.Derivative(exact, x),
             a / b**2 * (s**2 * b**2 / V + (b**2 / V * mu) ** 2 * (1 - sympy.tanh(a * mu / V * x + h) ** 2)), POINTS),
        Step("two_calls", "K = 2 on the linear path: the first call is constant, so L = lambda_1/2",
             (first[0] + first[1] * sympy.Subs(boundary_slope(a, b, mu, 0), (a, b), (0, 1)))
             * step_stiffness(*ddim_coefficients(_Q(1, 2), _Q(1, 2), _Q(1), _Q(0)), lam), lam / 2, POINTS),
        Step("half_gap", "the half gap of two modes is (1 - margin) mu/L",
             target.separation(delta) / (2 * L), (1 - delta) * mu / L, POINTS),
        *leading_errors(),
    )  # fmt: skip


def claims() -> tuple[Claim, ...]:
    """Return what z3 proves: one step is Lipschitz, and constants multiply."""
    dx, dm, keep, add, lam = z3.Reals("dx dm keep add lambda")
    bound = (absolute(keep) + absolute(add) * lam) * absolute(dx)
    return (
        Claim(
            "step_is_lipschitz", "|keep dx + add dm| <= (|keep| + |add| lambda) |dx| if |dm| <= lambda |dx|",
            (lam >= 0, absolute(dm) <= lam * absolute(dx)), absolute(keep * dx + add * dm) <= bound,
            (
                absolute(keep * dx + add * dm) <= absolute(keep + add * lam) * absolute(dx),
                100 * absolute(keep * dx + add * dm) <= 99 * bound,
            ),
        ),
        constants_multiply(),
    )  # fmt: skip


def room_left(calls: int, mode: flint.arb, cap: flint.arb) -> flint.arb:
    """Return 1 - |T(h/L)|/h for DDIM in `calls` calls at scale 0 on the linear path, h = 0.9 mu, as the law states L.

    T is odd, so where it sends h/L to less than h it errs by more than P(|x| < h/L), the frontier.
    """
    slopes = [(flint.arb(k) * calls / (calls - k) ** 2 * mode**2).min(cap) for k in range(calls)]
    stiffness = flint.arb(1)
    for k, slope in enumerate(slopes):
        stiffness *= (calls - k - 1 + slope) / (calls - k)
    half = rational(Fraction(9, 10)) * mode
    place = half / stiffness
    for k, slope in enumerate(slopes):
        place = ((calls - k - 1) * place + mode * (slope * place / mode).tanh()) / (calls - k)
    return 1 - place / half


BOX: Final[Box] = ((Fraction(1), Fraction(4)), (Fraction(1), Fraction(8)))
"""mu and the cap lambda."""


def inequalities() -> tuple[Inequality, ...]:
    """Return: DDIM itself errs by more than its frontier, over a box of modes and caps."""
    return tuple(
        Inequality(f"above_its_frontier_{calls}", f"K = {calls}, scale 0, linear path: DDIM sends (1 - margin) mu/L to "
                   "less than (1 - margin) mu, by mu and lambda", partial(room_left, calls), BOX,
                   (lambda m, c, calls=calls: room_left(calls, m, c) - flint.arb("0.3"),))
        for calls in (2, 4)
    )  # fmt: skip


def enclosures() -> tuple[Enclosure, ...]:
    """Return the frontier, DDIM's own mass above it, and the instance that attains it, at (mu, lambda, K), in balls."""
    floors = {
        (4, 16): "0.00486152",
        (2, 4): "0.151152",
        (2, 6): "0.0578602",
        (2, 8): "0.0278511",
        (2, 16): "0.00472135",
    }
    exact = {(4, 16): "0.00912136", (2, 4): "0.272242"}
    return (
        *(Enclosure(f"frontier_{mu}_{k}", f"({mu}, 4, {k}): no DDIM errs by less than {text}",
                    partial(least_error, mu, k), *printed(text)) for (mu, k), text in floors.items()),
        *(Enclosure(f"ddim_{mu}_{k}", f"({mu}, 4, {k}): DDIM itself errs by {text}, by the preimage of its threshold",
                    partial(ddim_mass, mu, k), *printed(text)) for (mu, k), text in exact.items()),
        Enclosure("attained", "(4, 4, 16): DDIM with clip(lambda x, -mu, mu) errs by the frontier itself, to 30 digits",
                  partial(clipped_mass, 4, 16), partial(least_error, 4, 16), Fraction(1, 10**30)),
    )  # fmt: skip
