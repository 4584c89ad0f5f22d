"""m(x) = sum_k r_k(x) m_k(x) with odds of tempered densities, and the bound on its slope, term by term."""

from typing import Any

import mpmath
import numpy as np


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
        close = close and abs(pair_slope(excess, bend) / pair(excess, bend) - 1) < 1e-14
    return bool(close)


def pair(excess: Any, bend: Any) -> Any:
    """Return F of theory/LAWS.md, section 7: half the larger eigenvalue of ((B, A), (A, 0))."""
    with mpmath.workdps(40):
        return max(mpmath.eigsy(mpmath.matrix([[excess, bend], [bend, 0]]), eigvals_only=True)) / 2


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
            total += pair(excess, bend)
        rows.append(total)
    return within + b**2 / a * max(rows)
