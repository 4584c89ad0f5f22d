"""What samplers, codes, chains and mixtures must satisfy whatever their code: guards for the mutation run.

Each compares a module with a statement that shares no line with it: moments given the data, an enumeration, an orbit, a
sum over pairs as it reads, the order of an error.
"""

from collections import Counter
from fractions import Fraction
from itertools import combinations, pairwise
from typing import Any

import mpmath
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
    """Return whether each deterministic scheme has its order on both paths, against a tight integration."""
    from scipy.integrate import solve_ivp

    from theory.denoiser import two_mode_denoiser
    from theory.path import PATHS
    from theory.schemes import SCHEMES
    from theory.target import two_modes

    target, starts = two_modes(mu=1.0, scale=0.4, weights=(0.4, 0.6)), np.array([-1.3, -0.2, 0.9])
    found = []
    for path in PATHS.values():

        def velocity(t: float, x: Any, path: Any = path) -> Any:
            a, b = path.a(t), path.b(t)
            v = a**2 * 0.16 + b**2
            mean = (a * 0.16 * x + b**2 * np.tanh(a * x / v + np.log(1.5) / 2)) / v
            return path.db(t) / b * x + (path.da(t) - a * path.db(t) / b) * mean

        exact = solve_ivp(velocity, (0.15, 0.8), path.b(0.15) * starts, method="DOP853", rtol=1e-12, atol=1e-13).y
        for name, scheme in SCHEMES.items():
            if scheme.noise != "deterministic":
                continue
            errors = []
            for steps in (24, 48):
                method = _method(name, path.name, _grid(steps, 0.15, 0.8))
                answer = method.outputs(two_mode_denoiser(target, method.schedule), starts[None])
                errors.append(np.max(np.abs(answer - exact[:, -1])))
            found.append(abs(np.log2(errors[0] / errors[1]) - scheme.order) < 0.3)
    return all(found) and all(scheme.order == int(scheme.order) for scheme in SCHEMES.values())


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


def codes_hold() -> bool:
    """Return whether words are an orbit, distances and half gaps are theirs, and the stored codes are still chosen."""
    from theory.spherical import MOST_WORDS, cyclic_code

    close, points = MOST_WORDS == 1 << 20, np.linspace(-1.3, 1.7, 40)
    for modes, axes, dimension in (
        (5, 2, 2),
        (8, 3, 3),
        (12, 5, 5),
        (7, 6, 6),
        (9, 5, 4),
        (6, 5, 5),
        (6, 6, 5),
        (6, 40, 5),
    ):
        code = cyclic_code(modes, axes)
        words = code.words()
        product = words @ words.T
        orbit = [[product[0, (j - i) % modes] for j in range(modes)] for i in range(modes)]
        close = close and code.dimension == words.shape[1] == dimension
        close = close and bool(np.max(np.abs(product - orbit)) < 1e-10 and abs(product[0, 0] - dimension) < 1e-10)
        apart = np.linalg.norm(words - words[0], axis=1)
        close = close and bool(np.max(np.abs(code.distances[1:] - apart[1:])) < 1e-10 and code.distances[0] == 1)
        close = close and bool(np.min(apart[1:]) > 0.1)
        x = np.stack([np.roll(points, 3 * k)[:12] for k in range(dimension)], axis=1)
        brute = []
        for point in x:
            i = int(np.argmax(words @ point))
            others = [j for j in range(modes) if j != i]
            brute.append(min((words[i] - words[j]) @ point / np.linalg.norm(words[i] - words[j]) for j in others))
        close = close and bool(np.max(np.abs(code.half_gaps(x) - brute)) < 1e-10)
    close = close and cyclic_code(204, 101).dimension == 101
    # Counts are stored for the codes that these shuffles choose.
    chosen = {(64, 7): CHOSEN_64, (1024, 14): CHOSEN_1024}
    return close and all(cyclic_code(*size).frequencies == frequencies for size, frequencies in chosen.items())


CHOSEN_64 = (13, 18, 21)
CHOSEN_1024 = (19, 41, 47, 130, 314, 364, 433)


def phases_hold() -> bool:
    """Return whether the diagram offers each construction from just where it exists."""
    from theory.dimension import MOST_AXES, dimension_error, dimension_stiffness
    from theory.product import product_error, product_stiffness
    from theory.simplex import simplex_stiffness
    from theory.stored_codes import best_code

    def law(*args: Any, **options: Any) -> str | None:
        return dimension_stiffness(*args, **options).upper_law

    bits, many = 2.0**30, dimension_stiffness(2**30, 30, 0.01, targets="lattice")
    code = best_code(64, 8, 0.1, merged=True)
    assert code is not None
    spherical = dimension_stiffness(64, 8, 0.1, separation=3.0)
    least = dimension_error(2**30, 30, 50.0, targets="lattice")
    return bool(
        MOST_AXES == 10**6
        and (law(5, 4, 0.3), law(5, 3, 0.3) != "simplex") == ("simplex", True)
        and dimension_stiffness(8, 7, 0.01).upper == simplex_stiffness(8, 0.01)
        and many.upper == product_stiffness(30, 0.01) and many.upper_law == "product" and bits == 2**30
        and least.upper == product_error(30, 50.0)
        and law(2**30, 29, 0.01, targets="lattice") is None
        and law(2**30 + 1, 40, 0.01, targets="lattice") is None
        and law(8, 1, 0.01) == "ordinal" and law(8, 2, 0.01) == "grid"
        and (spherical.upper_law != "spherical" or abs(spherical.upper - 3.0 * code.high / code.error) < 1e-12)
        and spherical.upper_law == "spherical"
    )  # fmt: skip


def counts_hold() -> bool:
    """Return whether the modes that a stiffness was made for come back, whole, at every size."""
    from theory.counting import most_modes
    from theory.separated import balanced_error, balanced_stiffness

    def back(modes: float, factor: float, most: float = 1e300) -> float:
        stiffness = factor * balanced_stiffness(modes, 0.01)
        return most_modes(
            lambda m: bool(balanced_error(m, stiffness) <= 0.01), lambda m: float(balanced_stiffness(m, 0.01)),
            error=0.01, stiffness=stiffness, most=most,
        )  # fmt: skip

    asked: list[float] = []

    def fits(m: float) -> bool:
        asked.append(m)
        return m <= 999_999

    steep = most_modes(fits, lambda m: m, error=0.5, stiffness=999_999, most=1e300)
    return bool(
        all(back(m, f) == m for m in (2.0, 3.0, 4.0, 7.0, 100.0, 1000.0, 12345.0, 1e6) for f in (1.0, 1 + 1e-12))
        and back(2.0, 0.9) == 1 and abs(back(1e100, 1.0) / 1e100 - 1) < 1e-6
        and steep == 999_999 and len(asked) < 60 and all(m == int(m) for m in asked)
        and most_modes(lambda m: m <= 6, lambda m: m, error=0.5, stiffness=7.0, most=1e300) == 7
        and most_modes(lambda m: m <= 6, lambda m: m, error=0.5, stiffness=6.5, most=1e300) == 6
        and most_modes(lambda m: m <= 999, lambda m: m, error=0.5, stiffness=1000.0, most=1e300) == 1000
        and most_modes(lambda m: m < 2.0**53, lambda m: m, error=0.5, stiffness=2.0**53 - 1, most=1e300) == 2.0**53 - 1
    )  # fmt: skip


def chains_hold() -> bool:
    """Return whether marginals, pairs and perplexity are those of an enumeration, and counts those of the text."""
    from theory import chain
    from theory.text import tokenised

    step = np.array([[0.5, 0.3, 0.2], [0.1, 0.6, 0.3], [0.25, 0.25, 0.5]])
    made = chain.given_chain(step, prior=[0.2, 0.5, 0.3])
    words = [(i, j, k) for i in range(3) for j in range(3) for k in range(3)]
    weight = {w: [0.2, 0.5, 0.3][w[0]] * step[w[0], w[1]] * step[w[1], w[2]] for w in words}
    pairs = np.zeros((3, 3))
    for w, p in weight.items():
        pairs[w[0], w[1]] += p / 2
        pairs[w[1], w[2]] += p / 2
    surprise = -sum(pairs[i, j] * np.log(step[i, j]) for i in range(3) for j in range(3))
    still = chain.given_chain(step).prior
    text = tokenised(b"abracadabra")
    counted = chain.counted_chain(text, smoothing=0.2)
    seen, count = Counter(pairwise(text.tokens.tolist())), len(text.symbols)
    starts = Counter(text.tokens.tolist()[:-1])
    rows = [[0.8 * seen[i, j] / starts[i] + 0.2 / count for j in range(count)] for i in range(count)]
    prior = [0.8 * starts[i] / 10 + 0.2 / count for i in range(count)]
    ends = chain.counted_chain(tokenised(b"abac"), smoothing=0.5)
    last = ends.symbols.index("c")
    return bool(
        np.max(np.abs(made.pair_frequencies(3) - pairs)) < 1e-14
        and abs(made.perplexity(3) - np.exp(surprise)) < 1e-13
        and np.max(np.abs(still @ step - still)) < 1e-14 and abs(still.sum() - 1) < 1e-14
        and np.max(np.abs(counted.transition - rows)) < 1e-14 and np.max(np.abs(counted.prior - prior)) < 1e-14
        and np.max(np.abs(ends.transition[last] - 1 / 3)) < 1e-14
        and (chain.SMOOTHING, chain.LEAST_PROBABILITY) == (1e-4, 1e-100)
        and len(chain.given_chain([[0.5, 0.5], [0.25, 0.75]]).prior) == 2
    )  # fmt: skip


def mixtures_hold() -> bool:
    """Return whether a mixture's mean is Bayes' rule with tempered evidence, and its slope the bound as it reads."""
    from theory.denoiser import UNCAPPED
    from theory.mixture import mixture
    from theory.mixture_denoiser import certify, mixture_denoiser, pair_slope
    from theory.path import LinearPath, uniform_schedule

    grid, close = uniform_schedule(LinearPath(), 4), True
    means = [[0.0, 0.0, 0.0], [2.0, 1.0, 0.5], [-1.0, 2.5, 0.25]]
    for scales, cap in (((0.3, 0.5, 0.2), UNCAPPED), ((0.3, 0.5, 0.2), 12.0), ((0.4, 0.4, 0.4), 3.0), ((0, 0, 0), 5.0)):
        weights = (0.2, 0.5, 0.3)
        target = mixture(means=means, scales=list(scales), weights=list(weights))
        made = mixture_denoiser(target, grid, denoiser_stiffness=cap)
        for j in range(4):
            a, b = mpmath.mpf(float(grid.a[j])), mpmath.mpf(float(grid.b[j]))
            variances = [a**2 * mpmath.mpf(s) ** 2 + b**2 for s in scales]
            bound = _slope_bound(a, b, means, scales, weights, float(made.beta[j]))
            certificate = certify(target, float(a), float(b))
            close = close and abs(made.slope[j] - min(float(bound), cap)) < 1e-9 * (1 + float(bound))
            close = close and abs(certificate(float(made.beta[j])) - float(bound)) < 1e-9 * (1 + float(bound))
            close = close and (made.beta[j] == 1 or abs(float(bound) / cap - 1) < 1e-9)
            close = close and (made.beta[j] < 1 or bound <= cap * (1 + 1e-9))
            for x in ((0.3, -0.2, 0.1), (1.5, 1.1, 0.0), (-2.0, 1.0, 0.7), (30.0, -20.0, 5.0)):
                logs = [
                    mpmath.log(w)
                    + float(made.beta[j]) * (-sum((c - a * m) ** 2 for c, m in zip(x, mean, strict=True)) / (2 * v)
                                             - 1.5 * mpmath.log(v))
                    for w, mean, v in zip(weights, means, variances, strict=True)
                ]  # fmt: skip
                odds = [mpmath.exp(log - max(logs)) for log in logs]
                shares = [o / sum(odds) for o in odds]
                inside = [
                    [(a * s**2 * c + b**2 * m) / v for c, m in zip(x, mean, strict=True)]
                    for mean, s, v in zip(means, scales, variances, strict=True)
                ]
                wanted = [sum(r * row[k] for r, row in zip(shares, inside, strict=True)) for k in range(3)]
                got, given = made(j, np.array(x)), made.responsibilities(j, np.array(x))
                close = close and all(abs(g - w) < 1e-11 * (1 + abs(w)) for g, w in zip(got, wanted, strict=True))
                close = close and all(abs(g - r) < 1e-11 for g, r in zip(given, shares, strict=True))
    call = certify(mixture(means=means, scales=[0.4] * 3), 0.5, 0.5)
    close = close and call.largest_beta(1.001 * call(1.0)) == 1.0
    for excess, bend in ((-3.0, 2.0), (-0.5, 0.25), (1.5, 0.5)):
        exact = (mpmath.mpf(excess) + mpmath.sqrt(mpmath.mpf(excess) ** 2 + 4 * mpmath.mpf(bend) ** 2)) / 4
        close = close and abs(pair_slope(excess, bend) / exact - 1) < 1e-14
    return bool(close)


def _slope_bound(a: Any, b: Any, means: Any, scales: Any, weights: Any, beta: float) -> Any:
    """Return the certificate of theory/LAWS.md, section 7, "Mixtures", term by term."""
    variances = [a**2 * mpmath.mpf(s) ** 2 + b**2 for s in scales]
    within = max(a * mpmath.mpf(s) ** 2 / v for s, v in zip(scales, variances, strict=True))
    square = [[sum((p - q) ** 2 for p, q in zip(one, two, strict=True)) for two in means] for one in means]
    if len(set(scales)) == 1:
        return within + beta * a * b**2 / variances[0] ** 2 * max(map(max, square)) / 4
    if a == 0:
        return within
    rows = []
    for k in range(len(means)):
        total = mpmath.mpf(0)
        for j in range(len(means)):
            if j == k:
                continue
            bend = 1 / variances[k] - 1 / variances[j]
            excess = bend * mpmath.log(mpmath.mpf(weights[k]) / weights[j]) + beta * (
                a**2 * square[k][j] / (2 * variances[k] * variances[j])
                + bend * mpmath.mpf(3) / 2 * mpmath.log(variances[j] / variances[k])  # n/2 = 3/2
            )
            total += (excess + mpmath.sqrt(excess**2 + 4 * bend**2)) / 4
        rows.append(total)
    return within + b**2 / a * max(rows)


def decisions_hold() -> bool:
    """Return whether units do not matter to the readout's token, and the divergence is its definition, near and far."""
    from theory.decision import _divergence, readout_argmax, readout_cci

    def alike(f: Any, *case: float) -> bool:
        one, four = (f(*(scale * x for x in case), weights=(0.3, 0.7)) for scale in (1.0, 4.0))
        return abs(float(four / one) - 1) < 1e-9

    close = all(alike(f, 1.5, 0.75, s) for f in (readout_cci, readout_argmax) for s in (0.5, 2.0))
    for p, q in ((0.4, 0.4001), (0.41, 0.4), (0.1, 0.4), (0.9, 0.4), (0.406, 0.4), (0.394, 0.4), (0.0, 0.4)):
        with mpmath.workdps(40):
            exact = (mpmath.mpf(p) * mpmath.log(mpmath.mpf(p) / q) if p else 0) - mpmath.mpf(p) + q
        close = close and abs(float(_divergence(np.array(p), np.array(q))) / exact - 1) < 1e-9
    return bool(close)


def draws_hold() -> bool:
    """Return whether one draw at a call leaves the masses that a sum over all words and starts finds, on two paths.

    Posteriors by Bayes' rule, DDIM as "the noise that x holds goes on", and where a map ends by asking at every start.
    """
    from scipy.optimize import brentq
    from scipy.special import expit
    from scipy.stats import norm

    from theory.denoiser import two_mode_denoiser
    from theory.escape import COMMIT_TIME, commit_at_masses
    from theory.target import two_modes
    from theory.time_grid import time_grid

    close = COMMIT_TIME == 0.5  # the default that the key's description promises
    words, weights, edge = np.array([-1.5, 1.5]), (0.3, 0.7), 0.9 * 1.5
    for scale, timing, call in ((0.4, {}, 1), (0.4, {"path": "ve", "s_max": 3.0}, 1), (0.0, {}, 1), (0.0, {}, 2)):
        target, schedule = two_modes(mu=1.5, scale=scale, weights=weights), time_grid(steps=4, **timing).schedule
        a, b = schedule.a, schedule.b

        def shares(j: int, x: Any, a: Any = a, b: Any = b, scale: float = scale) -> Any:
            width = np.hypot(a[j] * scale, b[j])
            left, right = (np.log(w) + norm.logpdf(x, a[j] * z, width) for w, z in zip(weights, words, strict=True))
            return np.array([expit(left - right), expit(right - left)])

        def cloud(j: int, x: Any, z: float, a: Any = a, b: Any = b, scale: float = scale) -> Any:
            return z + a[j] * scale**2 / (a[j] ** 2 * scale**2 + b[j] ** 2) * (x - a[j] * z)

        def ddim(j: int, x: Any, z: Any, a: Any = a, b: Any = b) -> Any:
            return a[j + 1] * z + b[j + 1] * (x - a[j] * z) / b[j]

        def flow(x: Any, calls: range, shares: Any = shares, cloud: Any = cloud, ddim: Any = ddim) -> Any:
            for j in calls:
                x = ddim(j, x, sum(p * cloud(j, x, z) for p, z in zip(shares(j, x), words, strict=True)))
            return x

        ends = range(call + 1, 4)
        low, high = (brentq(lambda x, e=e: flow(x, ends) - e, -30, 30, xtol=1e-14) for e in (-edge, edge))  # noqa: B023
        starts = b[0] * np.linspace(-9, 9, 400_001)
        density = norm.pdf(starts, 0, b[0]) * (starts[1] - starts[0])
        y, masses = flow(starts, range(call)), np.zeros(3)
        spread = scale * b[call] / np.hypot(a[call] * scale, b[call]) * (a[call + 1] - a[call] * b[call + 1] / b[call])
        for share, z in zip(shares(call, y), words, strict=True):
            x = ddim(call, y, cloud(call, y, z))
            left = norm.cdf((low - x) / spread) if spread > 0 else (x <= low)
            right = norm.sf((high - x) / spread) if spread > 0 else (x >= high)
            masses += [np.sum(density * share * p) for p in (left, 1 - left - 1.0 * right, right)]
        found = commit_at_masses(target, schedule, two_mode_denoiser(target, schedule), 0.1, call)
        close &= bool(np.max(np.abs(found - masses)) < (1e-10 if scale > 0 else 2e-5))
    return close
