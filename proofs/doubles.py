"""Rows (name, double, oracle) of what two or many separated modes ask for, and of DDIM's frontier.

The oracles are the textbook differences of quantiles, and rational arithmetic. Judged by proofs.against_balls.
Source: theory/LAWS.md, sections 4, 5, 7.
"""

from collections.abc import Sequence
from fractions import Fraction
from functools import partial
from math import prod
from typing import Final

import flint
from scipy.special import ndtri as double_quantile

from proofs import parts
from proofs.against_balls import Row, root
from proofs.box import rational
from proofs.symbols import ball_ndtr, ball_ndtri, ball_pdf
from theory.denoiser import UNCAPPED
from theory.depth import ddim_stiffness, frontier_error, reachable_slopes
from theory.path import LinearPath, uniform_schedule
from theory.separated import balanced_error, balanced_stiffness, masses_stiffness, proportional_error, safe_bounds
from theory.target import two_modes


def gap(modes: float, error: float) -> flint.arb:
    """Return the textbook Phi^-1(1/M) - Phi^-1((1 - error)/M)."""
    m, e = flint.arb(modes), flint.arb(error)
    upper = flint.arb(0) if modes == 2 else ball_ndtri(1 / m)
    return upper - ball_ndtri((1 - e) / m)


def textbook_stiffness(modes: float, error: float) -> flint.arb:
    """Return the textbook 1/(2 gap), at separation 1."""
    return 1 / (2 * gap(modes, error))


def textbook_error(modes: float, stiffness: float) -> flint.arb:
    """Return the textbook 1 - M Phi(Phi^-1(1/M) - 1/(2L)), at separation 1."""
    upper = flint.arb(0) if modes == 2 else ball_ndtri(1 / flint.arb(modes))
    return 1 - flint.arb(modes) * ball_ndtr(upper - 1 / (2 * flint.arb(stiffness)))


def textbook_bound(modes: float, error: float, *, low: bool) -> flint.arb:
    """Return the textbook S = M I(1/M)/(2 error), or (1 - error) S."""
    z = flint.arb(0) if modes == 2 else ball_ndtri(1 / flint.arb(modes))
    e = flint.arb(error)
    high = flint.arb(modes) * ball_pdf(z) / (2 * e)
    return (1 - e) * high if low else high


def half_gap(masses: Sequence[float]) -> flint.arb:
    """Return the textbook root r of sum_i Phi(Phi^-1(q_i) + r) = 1."""
    quantiles = [ball_ndtri(flint.arb(q)) for q in masses]
    return root(lambda r: sum((ball_ndtr(z + r) for z in quantiles), flint.arb(-1)), flint.arb(0), flint.arb(80))


def textbook_masses_stiffness(masses: Sequence[float]) -> flint.arb:
    """Return the textbook 1/(2r), at separation 1."""
    return 1 / (2 * half_gap(masses))


def least_error(weights: Sequence[float], stiffness: float, separation: float) -> flint.arb:
    """Return the textbook root e of sum_i Phi(Phi^-1((1 - e) w_i/sum w) + Delta/(2L)) = 1."""
    total = sum((flint.arb(w) for w in weights), flint.arb(0))
    r = flint.arb(separation) / (2 * flint.arb(stiffness))

    def shortfall(kept: flint.arb) -> flint.arb:
        return sum((ball_ndtr(ball_ndtri(kept * flint.arb(w) / total) + r) for w in weights), flint.arb(-1))

    tiny = flint.arb(2) ** -1000
    return 1 - root(shortfall, tiny, 1 - tiny)


MODES: Final = (2, 3, 8, 37, 1024, 1e6, 1e12, 1e100, 1e300)
ERRORS: Final = (1e-15, 1e-12, 1e-9, 1e-6, 1e-3, 0.01, 0.1, 0.5, 0.9, 1 - 1e-6, 1 - 1e-9)
MASSES: Final = (
    (0.3, 0.6), (0.45, 0.45), (0.3, 0.7 - 1e-12), (1e-12, 0.5), (1e-9, 1 - 1e-6), (0.01, 0.98), (1e-200, 1e-3),
    (0.2, 0.3, 0.4), (0.5, 0.25, 0.25 - 1e-9), (1e-12, 0.4, 0.59), (0.1, 0.2, 0.3, 0.35), (0.05, 0.1, 0.2, 0.3, 0.3),
)  # fmt: skip


def balanced_rows(modes: Sequence[float]) -> list[Row]:
    """Return theory's balanced stiffness and its two closed bounds on the grid, beside the textbook."""
    rows: list[Row] = []
    for m in modes:
        for e in ERRORS:
            rows.append((f"M={m:g}, error={e!r}", float(balanced_stiffness(m, e)), partial(textbook_stiffness, m, e)))
    return rows


def error_rows(modes: Sequence[float]) -> list[Row]:
    """Return theory's least error at stiffnesses across the grid, beside 1 - M Phi(Phi^-1(1/M) - 1/(2L))."""
    rows: list[Row] = []
    for m in modes:
        for stiffness in (0.2, 0.7, 3.0, 40.0, 1e4, 1e9, 1e14):
            value = float(balanced_error(m, stiffness))
            rows.append((f"M={m:g}, stiffness={stiffness:g}", value, partial(textbook_error, m, stiffness)))
    return rows


def closed_rows() -> list[Row]:
    """Return theory's closed bounds (1 - error) S and S, beside S = M I(1/M)/(2 error)."""
    rows: list[Row] = []
    for m in MODES:
        for e in (1e-12, 0.01, 0.9):
            low, high = safe_bounds(m, e)
            rows.append((f"S, M={m:g}, error={e}", float(high), partial(textbook_bound, m, e, low=False)))
            rows.append((f"(1 - error) S, M={m:g}, error={e}", float(low), partial(textbook_bound, m, e, low=True)))
    return rows


def masses_rows(cases: Sequence[Sequence[float]]) -> list[Row]:
    """Return theory's stiffness for unequal masses, and its inverse, beside the isoperimetric sum."""
    rows: list[Row] = []
    for masses in cases:
        rows.append((f"masses={masses}", masses_stiffness(masses), partial(textbook_masses_stiffness, masses)))
        for stiffness in (0.7, 5.0, 1e6):
            value = proportional_error(masses, stiffness)
            exact = partial(least_error, masses, stiffness, 1.0)
            rows.append((f"weights={masses}, stiffness={stiffness}", value, exact))
    return rows


SETTINGS: Final = ((4.0, 4.0, 16), (2.0, 4.0, 4), (2.0, 4.0, 24), (4.0, 2.0, 8), (1.0, 8.0, 32), (3.0, UNCAPPED, 6))


def exact_frontier(mu: float, cap: float, steps: int) -> Fraction:
    """Return L on the linear path at scale 0 in rational arithmetic: every l_k is a rational number."""
    factors = []
    for k in range(steps):
        a, later = Fraction(k, steps), Fraction(k + 1, steps)
        b, b_later = 1 - a, 1 - later
        slope = a * Fraction(mu) ** 2 / b**2
        slope = slope if cap == UNCAPPED else min(slope, Fraction(cap))
        factors.append(b_later / b + (later - a * b_later / b) * slope)
    return prod(factors, start=Fraction(1))


def textbook_frontier(mu: float, cap: float, steps: int) -> flint.arb:
    """Return L from rational arithmetic, as a ball."""
    return rational(exact_frontier(mu, cap, steps))


def textbook_floor(mu: float, cap: float, steps: int) -> flint.arb:
    """Return the textbook 2 Phi((1 - margin) mu/L) - 1 at the double margin 0.1."""
    return 2 * ball_ndtr((1 - flint.arb(0.1)) * flint.arb(mu) / textbook_frontier(mu, cap, steps)) - 1


def frontier_rows() -> list[Row]:
    """Return theory's frontier, L and least error, beside rationals and 2 Phi((1 - margin) mu/L) - 1."""
    rows: list[Row] = []
    for mu, cap, steps in SETTINGS:
        target, schedule = two_modes(mu=mu), uniform_schedule(LinearPath(), steps)
        stiffness = ddim_stiffness(schedule, reachable_slopes(target, schedule, cap))
        here = f"mu={mu:g}, cap={cap:g}, K={steps}"
        rows.append((f"L at {here}", stiffness, partial(textbook_frontier, mu, cap, steps)))
        rows.append(
            (f"error at {here}", frontier_error(target, 0.1, stiffness), partial(textbook_floor, mu, cap, steps))
        )
    return rows


def naive_rows() -> list[Row]:
    """Return what a difference of double quantiles gives where the error is small: it must fail."""
    rows: list[Row] = []
    for m in (8, 1e6):
        for e in (1e-12, 1e-9):
            difference = float(double_quantile(1 / m) - double_quantile((1 - e) / m))
            value = 1 / (2 * difference) if difference else 0.0
            rows.append((f"naive M={m:g}", value, partial(textbook_stiffness, m, e)))
    return rows


def binary_rows() -> list[Row]:
    """Return all rows of two modes, equal and unequal, in both directions."""
    pairs = [masses for masses in MASSES if len(masses) == 2]
    return [*balanced_rows((2,)), *error_rows((2,)), *masses_rows(pairs)]


def isoperimetric_rows() -> list[Row]:
    """Return all rows of more modes, the closed bounds, and the helpers that they rest on."""
    more = [masses for masses in MASSES if len(masses) > 2]
    modes = MODES[1:]
    return [
        *balanced_rows(modes), *error_rows(modes), *closed_rows(), *masses_rows(more), *parts.gaussian_rows()
    ]  # fmt: skip


def ddim_rows() -> list[Row]:
    """Return the frontier's rows, and those of the denoiser's coefficients and of Bayes' rule."""
    return [*frontier_rows(), *parts.coefficient_rows(), *parts.posterior_rows()]
