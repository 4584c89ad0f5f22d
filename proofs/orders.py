"""y_1 - y(h) = C h^(p+1) + ...: what one step of each solver leaves, to leading order, with its constant.

Euler, Heun, midpoint and Runge-Kutta for y' = f(y), f a Taylor polynomial at the step's start; DDIM and
DPM-Solver++(2M) (Lu et al. 2022) in u = log(a/b), where x' = (b'/b) x + b' * the integral of e^u m, m along the path.
Source: theory/LAWS.md, section 7, for DDIM; the other orders are textbook.
"""

from typing import Final

import sympy

from proofs.step import Step

h, f0, f1, f2, f3, f4 = sympy.symbols("h f f_y f_yy f_yyy f_yyyy", positive=True)
m0, m1, m2, u, w = sympy.symbols("m m_u m_uu u v", positive=True)
_Q = sympy.Rational
ORDER_POINTS: Final = (
    {
        f0: _Q(1, 3),
        f1: _Q(3, 4),
        f2: _Q(2, 5),
        f3: _Q(7, 3),
        f4: _Q(1, 6),
        h: _Q(1, 3),
        m0: _Q(5, 4),
        m1: _Q(2, 7),
        m2: _Q(4, 3),
    },
    {
        f0: _Q(5, 4),
        f1: _Q(1, 5),
        f2: _Q(7, 2),
        f3: _Q(1, 9),
        f4: _Q(8, 3),
        h: _Q(2, 5),
        m0: _Q(2, 3),
        m1: _Q(9, 5),
        m2: _Q(1, 8),
    },
)


def _field(y: sympy.Expr, order: int) -> sympy.Expr:
    """Return f at a displacement that is a polynomial in h, up to h^order: powers are cut as they are formed."""
    power: sympy.Expr = sympy.Integer(1)
    total: sympy.Expr = f0
    for k, coefficient in enumerate((f1, f2, f3, f4), start=1):
        power = _cut(power * y, order)
        total += coefficient * power / sympy.factorial(k)
    return _cut(total, order)


def _cut(expr: sympy.Expr, order: int) -> sympy.Expr:
    """Drop the powers of h beyond `order`."""
    terms = sympy.Poly(expr, h).terms()
    return sympy.Add(*(c * h**k for (k,), c in terms if k <= order))


def exact(order: int) -> sympy.Expr:
    """Return the displacement of the solution after h, by Picard's iteration, right up to h^order."""
    solution: sympy.Expr = sympy.Integer(0)
    for _ in range(order):
        solution = sympy.integrate(_field(solution, order - 1), h)
    return solution


def _solvers() -> dict[str, tuple[sympy.Expr, int]]:
    """Return the displacement of one step of each solver, and its order."""
    second = _field(h * f0 / 2, 4)
    third = _field(h * second / 2, 4)
    fourth = _field(h * third, 4)
    return {
        "euler": (h * f0, 1),
        "heun": (h * (f0 + _field(h * f0, 2)) / 2, 2),
        "midpoint": (h * _field(h * f0 / 2, 2), 2),
        "runge_kutta": (h * (f0 + 2 * second + 2 * third + fourth) / 6, 4),
    }


def _exponential() -> dict[str, tuple[sympy.Expr, sympy.Expr, int]]:
    """Return for DDIM and DPM-Solver++(2M): what it takes for the integral of e^u m(u), the integral, its order."""
    along = m0 + m1 * u + m2 * u**2 / 2
    integral = sympy.Integral(sympy.exp(u) * along, (u, 0, w))
    before = m0 - m1 * w + m2 * w**2 / 2
    grown = sympy.exp(w) - 1
    return {
        "ddim": (grown * m0, integral, 1),
        "dpm_solver": (grown * (m0 + (m0 - before) / 2), integral, 2),
    }


def leading_errors() -> tuple[Step, ...]:
    """Return for each solver: nothing up to its order is left of one step less the solution, and what is left then."""
    constants = {
        "euler": (-f0 * f1 / 2, "-(f f'/2) h^2"),
        "heun": (f0 * (f0 * f2 - 2 * f1**2) / 12, "f (f f'' - 2 f'^2)/12 h^3"),
        "midpoint": (-f0 * (f0 * f2 + 4 * f1**2) / 24, "-f (f f'' + 4 f'^2)/24 h^3"),
        "runge_kutta": (
            f0 * (f0**3 * f4 + 2 * f0**2 * f1 * f3 - 6 * f0**2 * f2**2 + 36 * f0 * f1**2 * f2 - 24 * f1**4) / 2880,
            "f (f^3 f_4 + 2 f^2 f' f''' - 6 f^2 f''^2 + 36 f f'^2 f'' - 24 f'^4)/2880 h^5",
        ),
        "ddim": (-m1 / 2, "-(m_u/2) h^2"),
        "dpm_solver": (-(m1 + 5 * m2) / 12, "-(m_u + 5 m_uu)/12 h^3"),
    }
    path = exact(5)
    found = [
        Step("solution", "the Taylor polynomial of the solution: y' = f(y) up to h^4",
             sympy.Derivative(path, h), _field(path, 4), ORDER_POINTS),
    ]  # fmt: skip
    for name, (step, order) in _solvers().items():
        constant, text = constants[name]
        solution = sympy.Integral(_field(exact(order), order).xreplace({h: w}), (w, 0, h))
        found.append(
            Step(f"{name}_error", f"one step of {name} less the solution is {text} and higher powers",
                 _cut(step, order + 1) - solution, constant * h ** (order + 1), ORDER_POINTS)
        )  # fmt: skip
    for name, (taken, integral, order) in _exponential().items():
        constant, text = constants[name]
        missed = taken - integral
        taylor = sympy.Add(*(
            sympy.Subs(sympy.Derivative(missed, (w, k)), w, 0) * h**k / sympy.factorial(k) for k in range(1, order + 2)
        ))  # fmt: skip
        found.append(
            Step(f"{name}_error", f"one step of {name} less the solution is b' e^u times {text} and higher powers",
                 taylor, constant * h ** (order + 1), ORDER_POINTS)
        )  # fmt: skip
    return tuple(found)
