"""x_{k+1} = sum_i m_ki m(x_i) + n_k: every scheme as two matrices keeps moments, has its order, and replays."""

from fractions import Fraction
from itertools import combinations, pairwise
from typing import Any

import numpy as np

NAMES = ("ddim", "euler", "heun", "midpoint", "rk4", "dpm_solver_2m", "reinjection", "ancestral", "churn", "restart")
"""Schemes that keep the path's law given the data on the linear path; Euler-Maruyama does so for small steps only."""


def _grid(steps: int, low: float = 0.0, high: float = 1.0) -> tuple[float, ...]:
    return tuple(low + (high - low) * k / steps for k in range(steps + 1))


def _method(name: str, path: str, grid: tuple[float, ...]) -> Any:
    from theory.path import PATHS
    from theory.schemes import SCHEMES, linear_method

    return linear_method(SCHEMES[name], PATHS[path], grid)


def moments_hold() -> bool:
    """Return whether, if every answer is z, call j sees a z + b xi: its row sums to a, its noises to b^2.

    On the linear path that holds for every step along the flow too, which is then straight.
    """
    close = True
    for name in NAMES:
        for path in ("linear", "cosine") if name not in ("euler", "heun", "midpoint", "rk4") else ("linear",):
            m = _method(name, path, _grid(7))
            a, b = np.append(m.a, 1.0), np.append(m.b, 0.0)
            close = close and bool(np.max(np.abs(m.mix.sum(axis=1) - a)) < 1e-13)
            close = close and bool(np.max(np.abs((m.noise**2).sum(axis=1) - b**2)) < 1e-13)
    return close


def noises_hold() -> bool:
    """Return whether fresh noise is what each stochastic scheme says.

    Ancestral steps reverse a Brownian motion in (b/a)^2: the covariance of x and x' given z is a b'^2/a'. Re-injection
    keeps nothing. Churn calls at sqrt 2 times the noise. Restart goes back once. One step of Euler-Maruyama is its
    stochastic differential equation's drift and variance.
    """
    m = _method("ancestral", "cosine", _grid(6))
    product = np.sum(m.noise[1:-2] * m.noise[2:-1], axis=1)
    ancestral = product - m.a[1:-1] * m.b[2:] ** 2 / m.a[2:]
    fresh = _method("reinjection", "linear", _grid(5)).noise
    churn = _method("churn", "linear", _grid(5))
    restart = {
        6: [0, 1, 2, 3, 2, 3, 4, 5],
        7: [0, 1, 2, 3, 4, 3, 4, 5, 6],
        8: [0, 1, 2, 3, 4, 5, 3, 4, 5, 6, 7],
    }
    times = [np.max(np.abs(_method("restart", "linear", _grid(k)).a * k - calls)) for k, calls in restart.items()]
    h, a = Fraction(1, 4), Fraction(1, 4)
    b = 1 - a
    keep, pull = 1 + h * (-1 / b - 1 / (2 * b)), h * (1 + a / b + a / (2 * b))
    maruyama = _method("euler_maruyama", "linear", _grid(4))
    cosine = _method("euler_maruyama", "cosine", _grid(4))
    # At t = 1/4 with rates da, db: drift (db/b) x + (da - a db/b) m + (a m - x)/(2 b).
    u = np.pi / 8
    p = -np.pi / 2 * np.sin(u) / np.cos(u)
    pulled = 0.25 * (np.pi / 2 * np.cos(u) - np.sin(u) * p + np.sin(u) / (2 * np.cos(u)))
    return bool(
        np.max(np.abs(ancestral)) < 1e-13
        and np.count_nonzero(fresh[1:]) == 4
        and np.max(np.abs(churn.b[1:] / churn.a[1:] / ((1 - churn_at(5)) / churn_at(5)) - np.sqrt(2))) < 1e-12
        and max(times) < 1e-12
        and np.max(np.abs(_method("midpoint", "linear", _grid(3)).a * 6 - range(6))) < 1e-12
        and abs(maruyama.noise[2, 1] / maruyama.noise[1, 1] - float(keep)) < 1e-14
        and abs(maruyama.mix[2, 1] - float(pull)) < 1e-14
        and abs(maruyama.noise[2, 2] - np.sqrt(float(b * h))) < 1e-14
        and abs(cosine.mix[2, 1] - pulled) < 1e-14
    )


def churn_at(steps: int) -> Any:
    """Return the times t_1..t_{K-1}."""
    return np.arange(1, steps) / steps


def orders_hold() -> bool:
    """Return whether each deterministic scheme has its order on every path, against a tight integration."""
    from scipy.integrate import solve_ivp

    from theory.denoiser import two_mode_denoiser
    from theory.path import PATHS
    from theory.schemes import SCHEMES
    from theory.target import two_modes

    target, starts = two_modes(mu=1.0, scale=0.4, weights=(0.4, 0.6)), np.array([-1.3, -0.2, 0.9])
    found = []
    for path in PATHS.values():
        # On ve noise is as wide as the data at the end only: before, all steps are alike.
        low, high = (0.97, 0.995) if path.name == "ve" else (0.15, 0.8)

        def velocity(t: float, x: Any, path: Any = path) -> Any:
            a, b = path.a(t), path.b(t)
            v = a**2 * 0.16 + b**2
            mean = (a * 0.16 * x + b**2 * np.tanh(a * x / v + np.log(1.5) / 2)) / v
            return path.db(t) / b * x + (path.da(t) - a * path.db(t) / b) * mean

        exact = solve_ivp(velocity, (low, high), path.b(low) * starts, method="DOP853", rtol=1e-12, atol=1e-13).y
        for name, scheme in SCHEMES.items():
            if scheme.noise != "deterministic":
                continue
            errors = []
            for steps in (24, 48):
                method = _method(name, path.name, _grid(steps, low, high))
                answer = method.outputs(two_mode_denoiser(target, method.schedule), starts[None])
                errors.append(np.max(np.abs(answer - exact[:, -1])))
            found.append(abs(np.log2(errors[0] / errors[1]) - scheme.order) < 0.3)
    return all(found) and all(scheme.order == int(scheme.order) for scheme in SCHEMES.values())


def last_calls_hold() -> bool:
    """Return whether a method is said to end in a call just where its output is what that call answered."""
    close, found = True, set()
    for name in NAMES:
        for high in (0.9, 1.0):
            m, answers = _method(name, "linear", _grid(4, 0.0, high)), []

            def called(j: int, x: Any, answers: list[Any] = answers) -> Any:
                answers.append(np.sin(3 * x) + j)
                return answers[-1]

            output = m.outputs(called, np.linspace(-1.0, 2.0, m.noise.shape[1])[:, None])
            same = bool(np.max(np.abs(output - answers[-1])) < 1e-8)
            close, found = close and m.ends_in_a_call == same, found | {same}
    return close and found == {True, False}


def methods_hold() -> bool:
    """Return whether a method's numbers are those of its matrices, path by path, and its two forms agree."""
    from theory.denoiser import two_mode_denoiser
    from theory.errors import UsageError
    from theory.linear_method import MOST_CALLS, Row, Tape
    from theory.path import LinearPath
    from theory.schemes import SCHEMES, noisy_blocks
    from theory.target import two_modes

    slopes, close = np.array([0.5, 2.0, 3.0, 1.5]), True
    for name in ("dpm_solver_2m", "ancestral"):
        m = _method(name, "linear", _grid(4))
        for column, found in enumerate(m.sensitivities(slopes)):
            total = 0.0
            for size in range(5):
                for calls in combinations(range(4), size):
                    chain = [*calls, 4]
                    term = abs(m.noise[chain[0], column])
                    for i, j in pairwise(chain):
                        term *= abs(m.mix[j, i]) * slopes[i]
                    total += term
            close = close and abs(found - total) < 1e-12
    target = two_modes(mu=1.5)
    for name in ("heun", "dpm_solver_2m"):
        m = _method(name, "linear", _grid(4))
        denoiser, x = two_mode_denoiser(target, m.schedule, denoiser_stiffness=3.0), np.array([-0.3, 0.1, 0.8])
        bottom, top = m.ranges(denoiser, x, x + 0.25)
        ends = [m.outputs(denoiser, shifted[None]) for shifted in (x, x + 0.25)]
        point, same = m.ranges(denoiser, x, x)
        close = close and bool(np.all(bottom <= ends[0] + 1e-12) and np.all(top >= ends[1] - 1e-12))
        close = close and bool(np.max(np.abs(point - ends[0])) < 1e-12 and np.max(np.abs(same - point)) < 1e-12)
        close = close and (not m.increasing or bool(np.max(np.abs(top - ends[1])) < 1e-12))
        # The same run call by call.
        answers: list[Any] = []
        for j in range(m.calls + 1):
            state = m.noise[j, 0] * x + sum((m.mix[j, i] * answers[i] for i in range(j)), np.zeros(3))
            answers.append(denoiser(j, state) if j < m.calls else state)
        close = close and bool(np.max(np.abs(answers[-1] - ends[0])) < 1e-12)
    turned = _method("dpm_solver_2m", "linear", _grid(4))
    odd = turned.ranges(lambda _, x: x, np.array([-1.0]), np.array([2.0]))
    wide = np.array([[abs(turned.noise[0, 0]), 0.0]])
    spread = [3.0 * wide[0, 0]]
    for j in range(1, 5):
        spread.append(3.0 * abs(turned.noise[j, 0]) + sum(abs(turned.mix[j, i]) * spread[i] for i in range(j)))
    close = close and abs((odd[1] - odd[0])[0] - spread[-1]) < 1e-12
    for name in ("churn", "ancestral"):
        blocks = noisy_blocks(SCHEMES[name], LinearPath(), _grid(4, 0.0, 0.9))
        whole = _method(name, "linear", _grid(4, 0.0, 0.9))
        state, call = {"mix": np.zeros(whole.calls), "noise": np.zeros(whole.noise.shape[1])}, 0
        state["noise"][0] = 1.0
        place = 1
        for block, tau in blocks:
            before = state
            answers = []
            for j in range(block.calls + 1):
                row = {key: block.noise[j, 0] * value for key, value in before.items()}
                for i in range(j):
                    row["mix"] = row["mix"] + block.mix[j, i] * np.eye(whole.calls)[call + i]
                answers.append(row)
            call += block.calls
            state = answers[-1]
            if tau:
                state["noise"] = state["noise"] + tau * np.eye(whole.noise.shape[1])[place]
                place += 1
        gap = np.max(np.abs(state["mix"] - whole.mix[-1])) + np.max(np.abs(state["noise"] - whole.noise[-1]))
        close = close and gap < 1e-12 and call == whole.calls
    schedule = whole.schedule
    close = close and (schedule.a[-1], schedule.b[-1]) == (1.0, 0.0) and MOST_CALLS == 1024
    tape = Tape(LinearPath())
    for _ in range(MOST_CALLS):
        tape.mean(Row({}), 0.5)
    try:
        tape.mean(Row({}), 0.5)
    except UsageError:
        return close
    return False
