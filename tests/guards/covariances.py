"""m(x) by Bayes' rule with matrices in many digits, and the bound on its slope from where two evidences part most."""

from typing import Any

import mpmath
import numpy as np

from guards.edges import refused
from guards.mixtures import pair

MEANS = [[-2.0, 0.5], [2.0, 0.0], [0.0, -3.0]]
WEIGHTS = (0.2, 0.5, 0.3)
CROSSING = [[[1.0, 0.6], [0.6, 1.0]], [[0.09, 0.0], [0.0, 0.0]], [[0.5, -0.5], [-0.5, 0.5]]]
ORDERED = [[[0.1, 0.02], [0.02, 0.05]], [[0.9, 0.2], [0.2, 0.5]], [[0.0, 0.0], [0.0, 0.0]]]
TWINS = [[[0.1, 0.02], [0.02, 0.05]], [[0.9, 0.2], [0.2, 0.5]], [[0.1, 0.02], [0.02, 0.05]]]
COMMON = [[[0.9, 0.2], [0.2, 0.5]]] * 3
DIAGONAL = [[0.0, 1.0], [0.2, 0.0], [0.3, 0.4]]
POINTS = np.array([[0.0, 0.0], [-1.0, 0.5], [0.4, -1.1], [9.0, -4.0], [60.0, -50.0]])


class _View:
    """One mode as a noisy point sees it, in the working precision."""

    def __init__(self, mean: Any, covariance: Any, a: float, b: float) -> None:
        self.a, self.mean, self.wide = mpmath.mpf(a), mpmath.matrix(mean), mpmath.matrix(covariance)
        self.v = self.a**2 * self.wide + mpmath.mpf(b) ** 2 * mpmath.eye(2)
        self.precision = self.v**-1

    def evidence(self, x: Any) -> Any:
        """Return the logarithm of the density of a z + b xi at x, but for (2 pi)^(-n/2)."""
        away = x - self.a * self.mean
        return -(away.T * self.precision * away)[0] / 2 - mpmath.log(mpmath.det(self.v)) / 2

    def posterior(self, x: Any) -> Any:
        """Return the mean of z given x."""
        return self.mean + self.a * self.wide * self.precision * (x - self.a * self.mean)


def _bayes(views: list[_View], beta: float, x: Any) -> tuple[list[Any], list[Any]]:
    """Return (responsibilities, posterior mean) at x, evidences weighed by beta."""
    at = mpmath.matrix([float(c) for c in x])
    odds = [w * mpmath.exp(mpmath.mpf(beta) * view.evidence(at)) for w, view in zip(WEIGHTS, views, strict=True)]
    shares = [o / sum(odds) for o in odds]
    parts = [view.posterior(at) for view in views]
    return shares, [sum(r * part[k] for r, part in zip(shares, parts, strict=True)) for k in (0, 1)]


def _alike(one: _View, two: _View, b: float) -> Any:
    """Return what telling two modes of one covariance apart adds to the slope at beta = 1."""
    return one.a * mpmath.mpf(b) ** 2 * mpmath.norm(one.precision * (one.mean - two.mean)) ** 2 / 4


def _bound(views: list[_View], b: float, beta: float, weights: tuple[float, ...] = WEIGHTS) -> Any:
    """Return the certificate of theory/LAWS.md, section 7, "Mixtures", term by term.

    The evidence of the narrower mode exceeds that of the wider by most where its gradient vanishes: a 2 x 2 system.
    """
    a = views[0].a
    # The slope within a mode is a C V^-1, symmetric as both are functions of C.
    within = max(max(mpmath.eigsy(a * (view.wide * view.precision), eigvals_only=True)) for view in views)
    if a == 0:
        return within
    gap = mpmath.mpf(b) ** 2 / a
    rows = []
    if all(view.wide == views[0].wide for view in views):
        return within + mpmath.mpf(beta) * max(_alike(one, two, b) for one in views for two in views)
    for k, one in enumerate(views):
        total = mpmath.mpf(0)
        for j, two in enumerate(views):
            if j == k:
                continue
            if one.wide == two.wide:
                total += mpmath.mpf(beta) * _alike(one, two, b)
                continue
            thin, fat = (k, j) if mpmath.det(one.wide) < mpmath.det(two.wide) else (j, k)
            bend = views[thin].precision - views[fat].precision
            pull = a * (views[thin].precision * views[thin].mean - views[fat].precision * views[fat].mean)
            peak = mpmath.lu_solve(bend, pull)
            steepest = gap * max(mpmath.eigsy(bend, eigvals_only=True))
            excess = steepest * (
                mpmath.log(mpmath.mpf(weights[thin]) / weights[fat])
                + mpmath.mpf(beta) * (views[thin].evidence(peak) - views[fat].evidence(peak))
            )
            total += pair(excess, steepest)
        rows.append(total)
    return within + max(rows)


def covariances_hold() -> bool:
    """Return whether calls are Bayes' rule, their tables the same in eigenvectors, and their slopes the bound."""
    from theory.covariance import certify_covariances, covariance_denoiser, covariance_mixture
    from theory.denoiser import UNCAPPED
    from theory.path import LinearPath, uniform_schedule

    grid, close = uniform_schedule(LinearPath(), 4), True
    cases = (
        (CROSSING, UNCAPPED), (DIAGONAL, UNCAPPED), (COMMON, UNCAPPED), (COMMON, 3.0), (ORDERED, UNCAPPED),
        (ORDERED, 20.0), (TWINS, UNCAPPED),
    )  # fmt: skip
    with mpmath.workdps(30):
        for given, cap in cases:
            target = covariance_mixture(means=MEANS, covariances=given, weights=WEIGHTS)
            made = covariance_denoiser(target, grid, denoiser_stiffness=cap)
            matrices = [np.diag(c) if np.ndim(c) == 1 else np.array(c) for c in given]
            close &= target.diagonal == (given is DIAGONAL)
            close &= bool(np.max(np.abs(target.covariances - matrices)) < 1e-15)
            for k, matrix in enumerate(matrices):
                axes = np.eye(2) if target.diagonal else target.axes[k]
                close &= bool(np.max(np.abs(axes.T @ np.diag(target.variances[k]) @ axes - matrix)) < 1e-15)
            for j in range(4):
                a, b, beta = float(grid.a[j]), float(grid.b[j]), float(made.beta[j])
                views = [_View(mean, c.tolist(), a, b) for mean, c in zip(MEANS, matrices, strict=True)]
                shares, means = made.responsibilities(j, POINTS), made(j, POINTS)
                within = made.within(j, POINTS)
                for p, x in enumerate(POINTS):
                    odds, mean = _bayes(views, beta, x)
                    close &= all(abs(r - float(o)) < 1e-12 for r, o in zip(shares[p], odds, strict=True))
                    close &= all(
                        abs(got - float(want)) < 1e-11 * (1 + abs(want))
                        for got, want in zip(means[p], mean, strict=True)
                    )
                    # The same by coordinates along the axes of each mode, as kernels compute it.
                    logits, tables = [], []
                    for k in range(3):
                        axes = np.eye(2) if target.diagonal else target.axes[k]
                        y = axes @ (x - a * np.array(MEANS[k]))
                        logits.append(made.offset[j, k] - made.half_precision[j, k] @ y**2)
                        tables.append(np.array(MEANS[k]) + axes.T @ (made.shrink[j, k] * y))
                    relative = np.exp(np.array(logits) - max(logits))
                    close &= bool(np.max(np.abs(relative / relative.sum() - shares[p])) < 1e-12)
                    close &= bool(np.max(np.abs(np.array(tables) - within[p])) < 1e-11)
                if given in (CROSSING, DIAGONAL):
                    close &= made.slope[j] == np.inf
                    continue
                bound = float(_bound(views, b, beta))
                close &= abs(made.slope[j] - min(bound, cap)) < 1e-9 * (1 + bound)
                close &= abs(certify_covariances(target, a, b)(beta) - bound) < 1e-9 * (1 + bound)
                close &= beta == 1 or abs(bound / cap - 1) < 1e-9
    return bool(close)


def orders_are_safe() -> bool:
    """Return whether a matrix is symmetric, and a pair ordered, up to roundings of its entries, whatever the unit.

    A pair that is ordered by little more than a rounding has a certificate that is still above the exact bound.
    """
    from theory.covariance import certify_covariances, covariance_mixture

    ulp = float(np.finfo(float).eps)

    def made(*matrices: Any) -> Any:
        return covariance_mixture(means=[[0.0, -1.0], [0.0, 1.0]], covariances=list(matrices), weights=[0.5, 0.5])

    def skew(size: float, by: float) -> list[list[float]]:
        return [[2 * size, size / 2], [size / 2 * (1 + by), size]]

    close = True
    for size in (1e-8, 1.0, 1e8):
        close &= not refused(made, skew(size, 0.0), skew(size, 16 * ulp))  # 4 roundings of the largest entry
        close &= refused(made, skew(size, 0.0), skew(size, 1e-9)) and refused(made, -np.eye(2) * size, np.eye(2))
        even = [[size, 0.0], [0.0, size]]
        for roundings, ordered in ((10, False), (60, True)):  # of the largest entry, 2 size: the limit is 16
            wider = [[2 * size, 0.0], [0.0, size + 2 * size * roundings * ulp]]
            close &= np.isfinite(certify_covariances(made(even, wider), 0.5, 0.5)(1.0)) == ordered
    close &= not refused(made, 1e100 * np.eye(2), np.eye(2)) and refused(made, 1e151 * np.eye(2), np.eye(2))
    wider = [[2.0, 0.0], [0.0, 1 + 40 * ulp]]
    with mpmath.workdps(60):
        views = [_View(mean, c, 0.5, 0.5) for mean, c in (([0.0, -1.0], np.eye(2).tolist()), ([0.0, 1.0], wider))]
        exact = _bound(views, 0.5, 1.0, (0.5, 0.5))
    return bool(close and certify_covariances(made(np.eye(2), wider), 0.5, 0.5)(1.0) >= exact)
