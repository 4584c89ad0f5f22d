"""One formula, many meanings: NumPy, sympy, mpmath, balls and numba read every primitive as the same function.

Primary route: ball arithmetic of the textbook form at 400 bits. Out to 1000 standard deviations for log_ndtr, log1p,
tanh and logsumexp; for the others wherever the value is a normal double, and the stated limit beyond.
"""

import math

import flint
import mpmath
import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

import proofs.symbols  # noqa: F401  (registers the meanings)
from sim.compiled import kernel
from theory import primitives
from theory.denoiser import posterior_mean
from theory.primitives import PRIMITIVES

far = [*-np.geomspace(1e-3, 1000, 25), *np.geomspace(1e-3, 1000, 25)]
GRIDS = {
    "exp": np.linspace(-700, 700, 41),
    "log": np.geomspace(1e-300, 1e300, 41),
    "sqrt": np.geomspace(1e-300, 1e300, 41),
    "log1p": [*-np.geomspace(1e-15, 0.999, 20), *np.geomspace(1e-15, 1000, 30)],
    "expm1": [*-np.geomspace(1e-15, 700, 20), *np.geomspace(1e-15, 700, 20)],
    "tanh": far,
    "minimum": [(1.0, 2.0), (-3.5, -4.0), (1e-300, 0.0)],
    "logsumexp": [((1000.0, -1000.0),), ((-1000.0, -1000.0),), ((1e-3, -5.0),), ((700.0, 710.0),)],
    "expit": np.linspace(-700, 700, 41),
    "ndtr": np.linspace(-37, 37, 60),
    "log_ndtr": [x for x in far if x <= 37],
    "ndtri": [*np.geomspace(2.3e-308, 0.49, 30), *(1 - np.geomspace(1e-15, 0.49, 15))],
    "erfcx": np.linspace(-26, 1000, 60),
    "pdf": np.linspace(-37, 37, 60),
    "hazard": np.linspace(-1000, 37, 60),
}
# Relative error permitted on top of 1e-13: |x f'(x)/f(x)| units of rounding of an argument that doubles hold exactly
# but intermediate steps (x^2/2, log q) round.
CONDITION = {"ndtr": lambda x: x * x, "pdf": lambda x: x * x, "erfcx": lambda x: x * x if x < 0 else 1,
             "hazard": lambda x: x * x, "log_ndtr": lambda x: x * x if x > 0 else 1}  # fmt: skip
EPS = np.finfo(float).eps


def arguments(name: str):
    return [point if isinstance(point, tuple) else (float(point),) for point in GRIDS[name]]


def lift(kind, args):
    return [tuple(map(kind, a)) if isinstance(a, tuple) else kind(a) for a in args]


def truth(name: str, args) -> flint.arb:
    """Return the ball meaning at 400 bits, more where it is not resolved."""
    for bits in (400, 4000, 40000):
        with flint.ctx.workprec(bits):
            value = PRIMITIVES[name](*lift(flint.arb, args))
            if value == 0 or value.rel_accuracy_bits() > 80:
                return value
    raise AssertionError((name, args))


def agree(name: str, args, value, exact, *, slack: float = 1.0) -> bool:
    tolerance = 1e-13 + 4 * EPS * CONDITION.get(name, lambda x: 1)(args[0]) if name in CONDITION else 1e-13
    with flint.ctx.workprec(400):
        deviation = (
            abs(flint.arb(str(value)) - exact) if not isinstance(value, float) else abs(flint.arb(value) - exact)
        )
        return bool(deviation <= slack * tolerance * abs(exact))


def test_every_primitive_is_tested_and_has_every_meaning() -> None:
    """Assert that no primitive is left out of the grids, and that each has its three registered meanings.

    A fourth, JavaScript's, is registered where it is loaded, and tested in a browser.
    """
    assert set(GRIDS) == set(PRIMITIVES)
    for primitive in PRIMITIVES.values():
        assert {k for k in primitive.kinds() if k.__module__ != "proofs.javascript"} == {
            sp.Basic,
            mpmath.mpf,
            flint.arb,
        }


@pytest.mark.parametrize("name", GRIDS)
def test_numpy_agrees_with_balls(name: str) -> None:
    """Assert 1e-13 relative (times the condition number) on the grid; a value off by 1e-9 is rejected."""
    for args in arguments(name):
        value, exact = float(PRIMITIVES[name](*args)), truth(name, args)
        assert agree(name, args, value, exact), (args, value, exact)
        if value != 0:
            assert not agree(name, args, value * (1 + 1e-9), exact), args


@pytest.mark.parametrize("name", GRIDS)
def test_mpmath_and_sympy_agree_with_balls(name: str) -> None:
    """Assert 1e-25 relative at 40 digits: these meanings have no rounding to excuse."""
    for args in arguments(name)[::4] + arguments(name)[-1:]:
        exact = truth(name, args)
        with mpmath.workdps(40 if name != "log1p" else 60), flint.ctx.workprec(400):
            lifted = lift(lambda x: mpmath.mpf(x), args)
            value = flint.arb(mpmath.nstr(PRIMITIVES[name](*lifted), 38))
            assert abs(value - exact) <= abs(exact) * flint.arb("1e-25"), ("mpmath", args)
        expression = PRIMITIVES[name](*lift(lambda x: sp.Rational(x), args))
        digits = 40 + (int(abs(args[0]) ** 2) if name == "log_ndtr" and args[0] > 0 else 0)
        if name in ("log1p", "expm1", "tanh", "ndtri", "expit"):
            digits += 330
        with flint.ctx.workprec(400):
            value = flint.arb(str(sp.N(expression, digits, maxn=5000)))
            assert abs(value - exact) <= abs(exact) * flint.arb("1e-25"), ("sympy", args)


def _kernels():
    """Return a kernel for each primitive: numba looks names up when it compiles, so each is spelt out."""
    p = primitives
    exp, log, sqrt, log1p, expm1, tanh, minimum, logsumexp = (
        p.exp, p.log, p.sqrt, p.log1p, p.expm1, p.tanh, p.minimum, p.logsumexp)  # fmt: skip
    expit, ndtr, log_ndtr, ndtri, erfcx, pdf, hazard = p.expit, p.ndtr, p.log_ndtr, p.ndtri, p.erfcx, p.pdf, p.hazard
    functions = {
        "exp": lambda x: exp(x), "log": lambda x: log(x), "sqrt": lambda x: sqrt(x), "log1p": lambda x: log1p(x),
        "expm1": lambda x: expm1(x), "tanh": lambda x: tanh(x), "minimum": lambda x, y: minimum(x, y),
        "logsumexp": lambda x: logsumexp(x), "expit": lambda x: expit(x), "ndtr": lambda x: ndtr(x),
        "log_ndtr": lambda x: log_ndtr(x), "ndtri": lambda x: ndtri(x), "erfcx": lambda x: erfcx(x),
        "pdf": lambda x: pdf(x), "hazard": lambda x: hazard(x),
    }  # fmt: skip
    assert set(functions) == set(PRIMITIVES)
    return functions


@pytest.mark.parametrize("name", GRIDS)
def test_numba_agrees_with_balls(name: str) -> None:
    """Assert the same for the compiled meaning, and that it was compiled: no fallback passes for numba."""
    compiled = kernel(_kernels()[name])
    for args in arguments(name):
        value, exact = float(compiled(*args)), truth(name, args)
        assert agree(name, args, value, exact, slack=2), (args, value, exact)
    assert len(compiled.nopython_signatures) == 1


@pytest.mark.parametrize(
    ("name", "x", "limit"),
    [("ndtr", -1000.0, 0.0), ("ndtr", 1000.0, 1.0), ("erfcx", -1000.0, math.inf), ("ndtri", 0.0, -math.inf),
     ("ndtri", 1.0, math.inf), ("log_ndtr", 1000.0, 0.0), ("pdf", 1000.0, 0.0), ("hazard", 1000.0, 0.0),
     ("expit", -1000.0, 0.0), ("expit", 1000.0, 1.0), ("tanh", 1000.0, 1.0)],
)  # fmt: skip
def test_beyond_the_doubles_stands_the_limit(name: str, x: float, limit: float) -> None:
    """Assert the limit where the value is no normal double, from NumPy and from the kernel alike."""
    with np.errstate(all="ignore"):
        assert float(PRIMITIVES[name](x)) == limit
    assert float(kernel(_kernels()[name])(x)) == limit


@given(st.floats(-1000, 1000), st.floats(0, 1), st.floats(0, 10), st.floats(0, 50), st.floats(-5, 5))
def test_a_formula_is_one_function_in_all_meanings(x: float, g: float, amplitude: float, k: float, h: float) -> None:
    """Assert that theory's posterior mean, called with doubles, balls and many digits, is one function."""
    value = float(posterior_mean(x, g, amplitude, k, h))
    with flint.ctx.workprec(200):
        exact = posterior_mean(*map(flint.arb, (x, g, amplitude, k, h)))
        scale = abs(g * x) + amplitude * (1 + 50 * 1000 * EPS)
        assert abs(flint.arb(value) - exact) <= 8 * EPS * scale + amplitude * 4 * EPS * abs(k * x) + 1e-300
    with mpmath.workdps(50):
        many = posterior_mean(*map(mpmath.mpf, (x, g, amplitude, k, h)))
        assert abs(many - mpmath.mpf(value)) <= (8 * scale + 4 * amplitude * abs(k * x)) * EPS + 1e-300
    symbol = sp.Symbol("x")
    assert posterior_mean(symbol, 0, 1, 1, 0) == sp.tanh(symbol)


def test_a_primitive_takes_a_meaning_once() -> None:
    """Assert that a second registration for one kind is refused: a module imported twice would hide a meaning."""
    with pytest.raises(ValueError, match="already has a meaning"):
        primitives.tanh.register(sp.Basic, sp.tanh)
