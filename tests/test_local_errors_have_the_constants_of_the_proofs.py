"""One step of each scheme, less the exact flow, is C h^(p+1) with the C that is proved: to 1% of C, by exact maps.

The constants come from the proofs' own right-hand sides, the steps from the matrices that the simulator runs, the flow
from closed forms: y' = e^-y and y' = 1 + y^2, and the flow map of two Gaussian modes, which keeps a distribution
function constant. The ratio is extrapolated to h = 0 by Richardson's rule.
"""

import math
from collections.abc import Callable

import numpy as np
import pytest
import sympy
from scipy.optimize import brentq
from scipy.special import ndtr

from proofs.orders import leading_errors
from theory.denoiser import two_mode_denoiser
from theory.linear_method import LinearMethod
from theory.path import LinearPath
from theory.schemes import SCHEMES, linear_method
from theory.target import two_modes

CONSTANTS = {step.name.removesuffix("_error"): step.rhs for step in leading_errors() if step.name.endswith("_error")}
AS_PROVED = {"euler": "euler", "heun": "heun", "midpoint": "midpoint", "rk4": "runge_kutta"}
FIELDS: dict[str, tuple[Callable, Callable, list[float]]] = {
    # f, the exact solution after h from 0.3, and f, f', ..., f_4 there
    "e^-y": (lambda y: np.exp(-y), lambda h: math.log(math.exp(0.3) + h) - 0.3,
             [(-1) ** k * math.exp(-0.3) for k in range(5)]),
    "1+y^2": (lambda y: 1 + y**2, lambda h: math.tan(math.atan(0.3) + h) - 0.3, [1.09, 0.6, 2.0, 0.0, 0.0]),
}  # fmt: skip


def proved(name: str, values: dict[str, float]) -> float:
    """Return the proved constant: the right-hand side with h = 1."""
    expr = CONSTANTS[name]
    return float(expr.subs({s: values.get(s.name, 1.0) for s in expr.free_symbols}))


def at_zero(ratio: Callable[[float], float], h: float) -> float:
    """Return ratio(0) from h, h/2 and h/4, if ratio is smooth."""
    one, two, four = ratio(h), ratio(h / 2), ratio(h / 4)
    return (8 * four - 6 * two + one) / 3


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("name", AS_PROVED)
def test_runge_kutta_methods_have_their_constants(name: str, field: str) -> None:
    """Assert 1% of the proved constant, and that no other scheme of the same order has it.

    On the linear path v = (m - x)/(1 - t): with the answer m = x + (1 - t) f(x) the velocity is f itself.
    """
    f, exact, derivatives = FIELDS[field]
    order = SCHEMES[name].order
    start = 0.2

    def ratio(h: float) -> float:
        method = linear_method(SCHEMES[name], LinearPath(), (start, start + h))
        out = method.outputs(lambda j, x: x + method.b[j] * f(x), np.array([0.3 / (1 - start)]))
        return (float(out) - 0.3 - exact(h)) / h ** (order + 1)

    found = at_zero(ratio, 0.02 if order < 4 else 0.1)
    names = ("f", "f_y", "f_yy", "f_yyy", "f_yyyy")
    wanted = {other: proved(AS_PROVED[other], dict(zip(names, derivatives, strict=True))) for other in AS_PROVED}
    assert found == pytest.approx(wanted[name], rel=0.01)
    for other, constant in wanted.items():
        if other != name:
            assert found != pytest.approx(constant, rel=0.05)


def log_snr_grid(*at: float) -> tuple[float, ...]:
    """Return the times of the linear path at which log a/b is so: t = e^u/(1 + e^u)."""
    return tuple(1 / (1 + math.exp(-u)) for u in at)


MU, SIGMA, RIGHT = 1.0, 0.5, 0.6
TARGET = two_modes(mu=MU, scale=SIGMA, weights=(1 - RIGHT, RIGHT))


def quantile(x: float, t: float) -> float:
    """Return the distribution function of x_t in x: what the flow keeps."""
    spread = math.hypot(t * SIGMA, 1 - t)
    return float((1 - RIGHT) * ndtr((x + t * MU) / spread) + RIGHT * ndtr((x - t * MU) / spread))


def flowed(x: float, t: float, later: float) -> float:
    """Return where the exact flow takes x from t to a later time."""
    level = quantile(x, t)
    return float(brentq(lambda y: quantile(y, later) - level, x - 3, x + 3, xtol=1e-15, rtol=4 * np.finfo(float).eps))


def mean_along(x: float, u: float, du: float) -> float:
    """Return the posterior mean at log a/b = u + du on the trajectory through x at u."""
    t, later = log_snr_grid(u, u + du)
    y = flowed(x, t, later)
    v = later**2 * SIGMA**2 + (1 - later) ** 2
    odds = (1 - RIGHT) / RIGHT * math.exp(-2 * later * MU * y / v)
    mean = (1 - odds) / (1 + odds)
    return (later * SIGMA**2 * y + (1 - later) ** 2 * MU * mean) / v


@pytest.mark.parametrize(("name", "proof"), [("ddim", "ddim"), ("dpm_solver_2m", "dpm_solver")])
@pytest.mark.parametrize("x", [-0.4, 0.3])
def test_exponential_methods_have_their_constants(name: str, proof: str, x: float) -> None:
    """Assert 1% of b' e^u C for two Gaussian modes, C from derivatives of m along the exact trajectory.

    DPM-Solver++(2M) also sees m one step back on the exact trajectory; with C of DDIM it would be told apart.
    """
    u, order, d = -0.2, SCHEMES[name].order, 1e-3
    m = [mean_along(x, u, k * d) for k in (-2, -1, 0, 1, 2)]
    values = {
        "m": m[2], "m_u": (m[0] - 8 * m[1] + 8 * m[3] - m[4]) / (12 * d),
        "m_uu": (-m[0] + 16 * m[1] - 30 * m[2] + 16 * m[3] - m[4]) / (12 * d**2),
    }  # fmt: skip

    def ratio(h: float) -> float:
        before, now, later = log_snr_grid(u - h, u, u + h)
        whole = linear_method(SCHEMES[name], LinearPath(), (before, now, later))
        # Only the second step is taken: call 0 answers as it would on the exact trajectory, and x is put there.
        start = flowed(x, now, before)
        denoiser = two_mode_denoiser(TARGET, whole.schedule)
        first = float(denoiser(0, start))
        keep = (1 - later) / (1 - now)
        reached = whole.mix[1, 0] * first + whole.noise[1, 0] * (start / (1 - before))
        answer = float(denoiser(1, x))
        # x_2 = keep x_1 + what the last row adds of both answers beside keep x_1.
        extra = whole.mix[2, 0] - keep * whole.mix[1, 0]
        out = keep * x + extra * first + whole.mix[2, 1] * answer
        assert abs(reached - x) < 2 * h**2  # DDIM's own first step comes as near as its order says
        b_next, e_u = 1 - later, math.exp(u)
        return (out - flowed(x, now, later)) / (b_next * e_u * h ** (order + 1))

    found = at_zero(ratio, 0.05)
    assert found == pytest.approx(proved(proof, values), rel=0.01)
    assert found != pytest.approx(1.05 * proved(proof, values), rel=0.01)


def test_a_swapped_stepper_has_another_constant() -> None:
    """Assert that Heun with weights 3/4 and 1/4 leaves an error of order h^2, not the proved one of h^3."""
    f, exact, derivatives = FIELDS["e^-y"]

    def error(h: float) -> float:
        own = linear_method(SCHEMES["heun"], LinearPath(), (0.2, 0.2 + h))
        mix = own.mix.copy()
        mix[-1] *= [1.5, 0.5]
        mutant = LinearMethod(own.a, own.b, own.noise, mix)
        out = mutant.outputs(lambda j, x: x + own.b[j] * f(x), np.array([0.3 / 0.8]))
        return float(out) - 0.3 - exact(h)

    constant = proved("heun", dict(zip(("f", "f_y", "f_yy"), derivatives[:3], strict=True)))
    assert abs(error(1e-3) / 1e-9) > 100 * abs(constant)


def test_every_order_of_the_proofs_is_met() -> None:
    """Assert that each constant is a scheme's, and each deterministic scheme's order that of its power of h."""
    power = {name: sympy.Poly(expr, sympy.Symbol("h", positive=True)).degree() for name, expr in CONSTANTS.items()}
    names = {**AS_PROVED, "ddim": "ddim", "dpm_solver_2m": "dpm_solver"}
    assert set(names.values()) == set(CONSTANTS)
    assert {n for n, s in SCHEMES.items() if s.noise == "deterministic"} == set(names)
    assert {name: power[proof] - 1 for name, proof in names.items()} == {name: SCHEMES[name].order for name in names}
