"""prod l_k, G(a_k, b_k), L_iso(c, e)/L_iso(c^B, e), sum_s H - H: the laws of depth and escape against exact routes.

Rational arithmetic where the law is rational, balls where it is not, enumeration of all token sequences for the total
correlation. Level F of the ladder; judged by proofs.against_balls. Source: theory/LAWS.md, sections 7 and 8.
"""

from collections.abc import Sequence
from fractions import Fraction
from functools import partial
from itertools import product
from math import prod
from typing import Final

import flint
import numpy as np

from proofs.against_balls import Oracle, Row
from proofs.box import rational
from proofs.doubles import textbook_stiffness
from proofs.symbols import ball_ndtr, ball_ndtri
from theory.composition import composed_stiffness, hierarchy_peaks, least_peak
from theory.correlation import total_correlation
from theory.denoiser import two_mode_denoiser
from theory.depth import frontier_error, schedule_free_stiffness
from theory.escape import reinjection_stiffness
from theory.path import LinearPath, uniform_schedule
from theory.schedule import log_stretch, map_slope, peak_optimal_schedule
from theory.target import two_modes


def composition_rows() -> list[Row]:
    """Return products and K-th roots beside rationals and balls, under- and overflow on the way included."""
    rows: list[Row] = []
    for factors in ([0.1, 0.7, 30.0], [1e-200, 1e-200, 1e300, 1e150], [1e200, 1e200, 1e-300], [1.1] * 1000):
        exact = prod((Fraction(f) for f in factors), start=Fraction(1))
        rows.append((f"product of {factors[:4]}", composed_stiffness(factors), partial(rational, exact)))
    for stiffness, steps in ((590.84, 16), (1e300, 3), (1e-10, 50), (7.0, 1)):
        rows.append((f"{stiffness}^(1/{steps})", least_peak(stiffness, steps), partial(_root, stiffness, steps)))
    return rows


def _root(stiffness: float, steps: int) -> flint.arb:
    return (flint.arb(stiffness).log() / steps).exp()


def _floor(mu: float, stiffness: Fraction) -> flint.arb:
    """Return 2 Phi((1 - margin) mu/L) - 1 at the double margin 0.1."""
    return 2 * ball_ndtr((1 - flint.arb(0.1)) * flint.arb(mu) / rational(stiffness)) - 1


def schedule_free_rows() -> list[Row]:
    """Return both schedule-free bounds and their errors beside rational arithmetic."""
    rows: list[Row] = []
    for mu, cap, steps in ((4.0, 4.0, 16), (2.0, 1.5, 5), (2.0, 4.0, 1), (3.0, 8.0, 24)):
        lam, target = Fraction(cap), two_modes(mu=mu)
        given, free = schedule_free_stiffness(uniform_schedule(LinearPath(), steps), cap)
        each = [max(Fraction(k + 1, steps) * lam, 1 + lam / steps) for k in range(steps)]
        exact, anyhow = prod(each, start=Fraction(1)), (1 + lam) * lam ** (steps - 1)
        here = f"mu={mu:g}, cap={cap:g}, K={steps}"
        rows += [
            (f"b-free L at {here}", given, partial(rational, exact)),
            (f"free L at {here}", free, partial(rational, anyhow)),
            (f"b-free error at {here}", frontier_error(target, 0.1, given), partial(_floor, mu, exact)),
            (f"free error at {here}", frontier_error(target, 0.1, free), partial(_floor, mu, anyhow)),
        ]
    return rows


CASES: Final = ((2.0, 0.25), (1.0, 0.5), (4.0, 0.2), (0.1, 3.0), (3.0, 1.0))


def _log_stretch(mu: float, scale: float) -> flint.arb:
    return flint.arb(scale).log() + (flint.arb(mu) / flint.arb(scale)) ** 2 / 2


def _slope(mu: float, scale: float) -> flint.arb:
    return _log_stretch(mu, scale).exp()


def _share(a: float, b: float, mu: float, scale: float) -> flint.arb:
    return _stretch(a, b, mu, scale) / _log_stretch(mu, scale)


def _quotient(x: Oracle, y: Oracle) -> flint.arb:
    return x() / y()


def _square_root(total: Fraction) -> flint.arb:
    return rational(total).sqrt()


def _stretch(a: float, b: float, mu: float, scale: float) -> flint.arb:
    """Return G at doubles a, b, each as it is."""
    a2, b2 = flint.arb(a) ** 2, flint.arb(b) ** 2
    v = a2 * flint.arb(scale) ** 2 + b2
    return v.log() / 2 + flint.arb(mu) ** 2 * a2 / (2 * v)


def conservation_rows() -> list[Row]:
    """Return the conserved stretch and the map's slope beside balls."""
    rows: list[Row] = []
    for mu, scale in CASES:
        rows.append((f"log stretch {mu, scale}", float(log_stretch(mu, scale)), partial(_log_stretch, mu, scale)))
        rows.append((f"map slope {mu, scale}", map_slope(mu, scale), partial(_slope, mu, scale)))
    return rows


def peak_optimal_rows() -> list[Row]:
    """Return the share of the stretch at each point beside k/K, in balls at the doubles themselves.

    The value compared is k/K; the oracle is G(a_k, b_k)/G(1, 0). A point is as good as its own rounding: where G turns
    steeply, an error of one unit of a_k moves G by more, and the tolerance of this row is met only if it does not.
    """
    rows: list[Row] = []
    for mu, scale in CASES[:3]:
        grid = peak_optimal_schedule(mu, scale, 6)
        for k in range(1, 6):
            a, b = float(grid.a[k]), float(grid.b[k])
            rows.append(
                (
                    f"G at point {k} of 6, {mu, scale}",
                    k / 6,
                    partial(_share, a, b, mu, scale),
                )
            )
    return rows


def hierarchy_rows() -> list[Row]:
    """Return the three peaks and two ratios beside differences of quantiles in balls."""
    rows: list[Row] = []
    for levels, branching, error in ((4, 32, 0.01), (2, 2, 0.5), (10, 3, 1e-6), (30, 1000, 0.1)):
        found = hierarchy_peaks(levels, branching, error)
        modes = float(branching) ** levels

        def shared(b: int = levels, c: int = branching, e: float = error) -> flint.arb:
            kept = ((1 - flint.arb(e)).log() / b).exp()
            upper = flint.arb(0) if c == 2 else ball_ndtri(1 / flint.arb(c))
            return 1 / (2 * (upper - ball_ndtri(kept / c)))

        level, flat = partial(textbook_stiffness, branching, error), partial(textbook_stiffness, modes, error)
        here = f"levels={levels}, branching={branching}, error={error}"
        rows += [
            (f"level at {here}", found["peak_equal_level"], level),
            (f"total at {here}", found["peak_equal_total"], shared),
            (f"flat at {here}", found["flat"], flat),
            (f"ratio of levels at {here}", found["ratio_equal_level"], partial(_quotient, level, flat)),
            (f"ratio of totals at {here}", found["ratio_equal_total"], partial(_quotient, shared, flat)),
        ]
    return rows


def joint_rows() -> list[Row]:
    """Return Lambda beside the root of a rational sum, on the linear path at scale 0."""
    rows: list[Row] = []
    for mu, cap, steps in ((4.0, 4.0, 16), (2.0, 4.0, 4), (1.0, 8.0, 9)):
        schedule = uniform_schedule(LinearPath(), steps)
        made = two_mode_denoiser(two_modes(mu=mu), schedule, denoiser_stiffness=cap)
        slopes = [
            min(Fraction(k, steps) * Fraction(mu) ** 2 / (1 - Fraction(k, steps)) ** 2, Fraction(cap))
            for k in range(steps)
        ]
        total = Fraction(0)
        for j in range(steps):
            later = prod((Fraction(i + 1, steps) * slopes[i] for i in range(j, steps)), start=Fraction(1))
            total += ((1 - Fraction(j, steps)) * later) ** 2
        rows.append(
            (
                f"Lambda at mu={mu:g}, cap={cap:g}, K={steps}",
                reinjection_stiffness(schedule, made.slope),
                partial(_square_root, total),
            )
        )
    return rows


CHAINS: Final = (
    ([[0.5, 0.5], [0.25, 0.75]], [0.5, 0.5], [[1.0, 0.5], [0.25, 1.0], [1.0, 1.0]]),
    ([[0.0, 1.0, 0.0], [0.5, 0.0, 0.5], [0.125, 0.375, 0.5]], [0.25, 0.25, 0.5], [[1.0, 0.5, 0.125]] * 4),
    ([[1.0, 0.0], [0.0, 1.0]], [0.25, 0.75], [[0.5, 1.0], [1.0, 0.25], [1.0, 1.0], [0.5, 0.5]]),
    ([[0.96875, 0.03125], [0.03125, 0.96875]], [0.5, 0.5], [[1.0, 2.0**-30], [1.0, 1.0], [2.0**-30, 1.0]]),
)


def _enumerated(step: Sequence[Sequence[float]], first: Sequence[float], seen: Sequence[Sequence[float]]) -> flint.arb:
    """Return sum_s H(k_s) - H(k_1..k_S) of the posterior over all token sequences."""
    length, tokens = len(seen), range(len(first))
    joint = {}
    for word in product(tokens, repeat=length):
        weight = Fraction(first[word[0]])
        for s, token in enumerate(word):
            weight *= Fraction(seen[s][token]) * (Fraction(step[word[s - 1]][token]) if s else 1)
        joint[word] = weight
    whole = sum(joint.values())

    def entropy(weights: Sequence[Fraction]) -> flint.arb:
        parts = [rational(w / whole) for w in weights if w > 0]
        return -sum((p * p.log() for p in parts), flint.arb(0))

    single = [
        entropy([sum((w for word, w in joint.items() if word[s] == k), Fraction(0)) for k in tokens])
        for s in range(length)
    ]
    return sum(single, flint.arb(0)) - entropy(list(joint.values()))


def correlation_rows() -> list[Row]:
    """Return the total correlation of short chains beside enumeration of every sequence."""
    return [
        (f"chain {i}", total_correlation(np.array(step), np.array(first), np.array(seen)),
         partial(_enumerated, step, first, seen))
        for i, (step, first, seen) in enumerate(CHAINS)
    ]  # fmt: skip
