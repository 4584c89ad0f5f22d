"""g, A, k, lambda, m(x), Phi(y) - Phi(x), I(p): every part of the laws is held against its textbook form.

A law that is right at one scale or on one branch can hide a wrong part. So the coefficients of the denoiser (with and
without width, capped or not) are compared with exact fractions, the posterior mean with Bayes' rule in balls, and each
branch of the Gaussian helpers with the literal difference. Source: theory/LAWS.md, sections 5 and 7.
"""

from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import partial
from itertools import product
from typing import Final

import flint

from proofs.against_balls import Row
from proofs.box import rational
from proofs.symbols import ball_ndtr, ball_ndtri, ball_pdf
from theory import denoiser, depth, gaussian
from theory.path import LinearPath, uniform_schedule
from theory.target import two_modes

SETTINGS: Final = ((4.0, 4.0, 6), (1.5, 8.0, 5), (4.0, denoiser.UNCAPPED, 3), (3.0, 0.5, 4))
"""(mu, cap lambda, K) on the linear path."""
SCALES: Final = (0.0, 0.25)
WEIGHTS: Final = (0.25, 0.75)


def _difference(f: Callable[[flint.arb], flint.arb], high: tuple[float, ...], low: float) -> flint.arb:
    """Return f(sum of `high`) - f(low), the sum taken in balls."""
    return f(sum(map(flint.arb, high), flint.arb(0))) - f(flint.arb(low))


def _log_ndtr(x: flint.arb) -> flint.arb:
    return ball_ndtr(x).log()


def _profile(p: float) -> flint.arb:
    return ball_pdf(ball_ndtri(flint.arb(p)))


def gaussian_rows() -> list[Row]:
    """Return each branch of theory's Gaussian helpers beside the literal difference."""
    rows: list[Row] = []
    for b, r in product((-30.0, -3.0, 0.0, 2.0), (1e-12, 1e-3, 1.0, 1.5, 30.0)):
        exact = partial(lambda b, r: _log_ndtr(flint.arb(b)) - _log_ndtr(flint.arb(b) - flint.arb(r)), b, r)
        rows.append((f"log_shrink({b}, {r})", float(gaussian.log_shrink(b, r)), exact))
    for low, high in ((-1.0, -0.5), (-8.0, -7.99), (0.25, 0.5), (-0.5, 3.0), (3.0, 30.0), (5.0, 9.0), (20.0, 20.5)):
        value = float(gaussian.interval_mass(low, high))
        rows.append((f"interval_mass({low}, {high})", value, partial(_difference, ball_ndtr, (high,), low)))
    for z, r in product((-12.0, 0.0, 3.0), (1e-20, 1e-6, 0.3, 4.0, 30.0)):
        rows.append((f"step_mass({z}, {r})", float(gaussian.step_mass(z, r)),
                     partial(_difference, ball_ndtr, (z, r), z)))  # fmt: skip
    rows += [(f"profile({p})", float(gaussian.profile(p)), partial(_profile, p)) for p in (1e-9, 0.01, 0.3, 0.75)]
    return rows


def _settings() -> Iterator[tuple[float, float, int, float]]:
    """Yield the settings whose cap is not below the slope within one mode at the last call."""
    for (mu, cap, steps), scale in product(SETTINGS, SCALES):
        a, width = Fraction(steps - 1, steps), Fraction(scale) ** 2
        if cap == denoiser.UNCAPPED or a * width / (a * a * width + (1 - a) ** 2) <= Fraction(cap):
            yield mu, cap, steps, scale


def coefficient_rows() -> list[Row]:
    """Return g, amplitude, k and slope of every call, and L, beside exact fractions; exact zeros are left out."""
    rows: list[Row] = []
    for mu, cap, steps, scale in _settings():
        target, schedule = two_modes(mu=mu, scale=scale), uniform_schedule(LinearPath(), steps)
        made, whole = denoiser.two_mode_denoiser(target, schedule, denoiser_stiffness=cap), Fraction(1)
        for j in range(steps):
            a, m, width = Fraction(j, steps), Fraction(mu), Fraction(scale) ** 2
            b = 1 - a
            v = a * a * width + b * b
            g, amplitude = a * width / v, b * b * m / v
            # The two modes' means lie 2 mu b^2/V apart and their weights turn at most at a mu/(2V) each way.
            slope = g + (2 * m * b * b / v) * (a * m / (2 * v))
            slope = slope if cap == denoiser.UNCAPPED else min(slope, Fraction(cap))
            whole *= (b - Fraction(1, steps) + Fraction(1, steps) * slope) / b
            exact = {"g": g, "amplitude": amplitude, "k": (slope - g) / amplitude, "slope": slope}
            rows += [
                (
                    f"{name} of call {j} at {(mu, cap, steps, scale)}",
                    float(getattr(made, name)[j]),
                    partial(rational, x),
                )
                for name, x in exact.items()
                if x != 0
            ]
        found = depth.ddim_sampler_stiffness(schedule, made)
        rows.append((f"L of the denoiser at {(mu, cap, steps, scale)}", found, partial(rational, whole)))
    step = float(depth.ddim_step(0.3, -1.7, *depth.ddim_coefficients(0.25, 0.75, 0.5, 0.5)))
    textbook = Fraction(1, 2) * Fraction(-1.7) + Fraction(1, 2) * (Fraction(0.3) - Fraction(-1.7) / 4) / Fraction(3, 4)
    return [*rows, ("ddim_step", step, partial(rational, textbook)),
            ("finite_stiffness", depth.finite_stiffness(700.0), lambda: flint.arb(700).exp()),
            ("error at L = 0", depth.frontier_error(two_modes(mu=4), 0.1, 0.0), lambda: flint.arb(1))]  # fmt: skip


def bayes(mu: float, scale: float, t: Fraction, x: float) -> flint.arb:
    """Return E[z given x_t = x] on the linear path by Bayes' rule, weights WEIGHTS at -mu and +mu."""
    a, b, s, point = rational(t), rational(1 - t), flint.arb(scale), flint.arb(x)
    v = a * a * s * s + b * b
    modes = [sign * flint.arb(mu) for sign in (-1, 1)]
    joint = [flint.arb(w) * (-((point - a * z) ** 2) / (2 * v)).exp() for w, z in zip(WEIGHTS, modes, strict=True)]
    means = [z + a * s * s / v * (point - a * z) for z in modes]
    return sum((p * z for p, z in zip(joint, means, strict=True)), flint.arb(0)) / sum(joint, flint.arb(0))


def posterior_rows() -> list[Row]:
    """Return theory's uncapped posterior mean beside Bayes' rule, near the modes and between them."""
    rows: list[Row] = []
    for mu, scale, j, x in product((1.5, 4.0), SCALES, (1, 3, 5), (-3.5, -0.4, 0.7, 2.9)):
        target, schedule = two_modes(mu=mu, scale=scale, weights=WEIGHTS), uniform_schedule(LinearPath(), 6)
        value = float(denoiser.two_mode_denoiser(target, schedule)(j, x))
        rows.append((f"m({x}) at mu={mu}, scale={scale}, t={j}/6", value, partial(bayes, mu, scale, Fraction(j, 6), x)))
    return rows
