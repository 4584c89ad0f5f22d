"""z ~ sum_k w_k N(mu_k, C_k): the posterior mean of modes with any covariances, diagonal or full, singular ones too.

With V_k = a^2 C_k + b^2 I and d = x - a mu_k: e_k = -d'V_k^-1 d/2 - log det(V_k)/2 and m_k = mu_k + a C_k V_k^-1 d. In
the eigenvectors of C_k all of it is a sum over axes. Tempering and its certificate are those of isotropic modes where
covariances are ordered: C_j - C_i positive definite, or 0, for every pair. Where neither mode of a pair is wider in
all directions, their posteriors change ever faster far out along the boundary between them, and no slope bounds them.
Source: theory/LAWS.md, section 7, "Mixtures" (the certificate is ours).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from theory.denoiser import UNCAPPED, cap_of
from theory.errors import Array, UsageError, real
from theory.mixture import LONGEST, Mixture, mixture
from theory.mixture_denoiser import SlopeCertificate, temper
from theory.path import Schedule


@final
@dataclass(frozen=True, eq=False)
class CovarianceMixture:
    """M modes in R^n: `centres`, the mixture of their means; `variances` (M, n) along the rows of `axes` (M, n, n).

    Diagonal covariances have no axes, shape (M, 0, 0): variances are along the coordinates. `covariances` are the
    matrices themselves, (M, n, n). Build it with `covariance_mixture`, which checks its arguments.
    """

    centres: Mixture
    covariances: Array
    variances: Array
    axes: Array

    @property
    def diagonal(self) -> bool:
        """Whether variances are along the coordinates."""
        return int(self.axes.shape[1]) == 0

    @property
    def drawn(self) -> "CovarianceMixture":
        """The mixture of the modes of positive weight."""
        kept = self.centres.weights > 0
        if kept.all():
            return self
        return CovarianceMixture(self.centres.drawn, self.covariances[kept], self.variances[kept], self.axes[kept])


def _refuse(mode: int, what: str, received: str, hint: str) -> UsageError:
    return UsageError(
        f"The covariance of mode {mode} {what}.",
        expected="symmetric matrices, shape (M, n, n), without negative eigenvalues, or variances, shape (M, n)",
        received=received,
        hint=hint,
    )


def covariance_mixture(
    *, means: Any, covariances: Any, weights: Sequence[float] | Array | None = None, name: str = "means"
) -> CovarianceMixture:
    """Return the mixture after checking its arguments; `covariances` has shape (M, n), variances, or (M, n, n).

    Raises UsageError as theory.mixture.mixture, for other shapes, for matrices that are not symmetric up to rounding or
    have a negative eigenvalue beyond it, and for widths whose fourth powers are no doubles.

    >>> covariance_mixture(means=[[0.0, 0.0], [4.0, 0.0]], covariances=[[1.0, 0.0], [0.25, 4.0]]).diagonal
    True
    """
    centres = mixture(means=means, weights=weights, name=name)
    given: Array = np.asarray(real("covariances", covariances))
    m, n = centres.means.shape
    if given.shape not in {(m, n), (m, n, n)}:
        raise UsageError(
            "covariances do not fit the means.",
            expected=f"shape ({m}, {n}), variances, or ({m}, {n}, {n}), matrices",
            received=f"shape {given.shape}",
            hint="Is there one for each mode?",
        )
    if given.ndim == 2:
        variances, axes = given.copy(), np.empty((m, 0, 0))
        for k in np.flatnonzero(np.any(given < 0, axis=1))[:1]:
            raise _refuse(k, "has a negative variance", repr(float(given[k].min())), "Are these standard deviations?")
        matrices = given[:, :, None] * np.eye(n)
    else:
        largest = np.max(np.abs(given), axis=(1, 2))
        # A product such as A A' is symmetric, and has no negative eigenvalues, up to n roundings of its entries; a
        # singular one has an eigenvalue of that size, which is no width.
        slack = 4 * n * np.finfo(float).eps * largest
        skew = np.max(np.abs(given - given.transpose(0, 2, 1)), axis=(1, 2))
        for k in np.flatnonzero(skew > slack)[:1]:
            raise _refuse(k, "is not symmetric", f"entries that differ by {skew[k]:g}", "Is it a factor of one?")
        matrices = (given + given.transpose(0, 2, 1)) / 2
        variances, vectors = np.linalg.eigh(matrices)
        for k in np.flatnonzero(variances[:, 0] < -slack)[:1]:
            hint = "Is it a correlation gone beyond 1, or a precision?"
            raise _refuse(k, "has a negative eigenvalue", repr(float(variances[k, 0])), hint)
        variances = np.where(variances > slack[:, None], variances, 0.0)
        axes = np.ascontiguousarray(vectors.transpose(0, 2, 1))
    if np.any(variances > LONGEST**2):
        raise UsageError(
            "covariances are too large.",
            expected=f"standard deviations up to {LONGEST:g}",
            received=f"{np.sqrt(variances.max()):g}",
            hint="Could the unit of length be chosen larger?",
        )
    return CovarianceMixture(centres, matrices, variances, axes)


@final
@dataclass(frozen=True, eq=False)
class CovarianceDenoiser:
    """The K calls on such a mixture: beta and the certified slope of each, shape (K,); infinite: none is certified.

    Along axis i of mode k, log r_k has -half_precision y^2 and m_k has shrink y, y the coordinate of x - a mu_k there;
    both have shape (K, M, n). `offset` (K, M) is the rest of log r_k.
    """

    target: CovarianceMixture
    a: Array
    b: Array
    beta: Array
    slope: Array
    half_precision: Array
    offset: Array
    shrink: Array

    def responsibilities(self, step: int, x: Any) -> Array:
        """Return r_k(x) at t_step for points x of shape (N, n), by solving with the matrices themselves; (N, M)."""
        logits = self._terms(step, np.asarray(real("x", x)))[0]
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares: Array = odds / odds.sum(axis=1, keepdims=True)
        return shares

    def __call__(self, step: int, x: Any) -> Array:
        """Return m at t_step in points x of shape (N, n), same shape."""
        points: Array = np.asarray(real("x", x))
        mean: Array = np.einsum("pk,pki->pi", self.responsibilities(step, points), self._terms(step, points)[1])
        return mean

    def within(self, step: int, x: Any) -> Array:
        """Return m_k(x) for every mode, shape (N, M, n)."""
        return self._terms(step, np.asarray(real("x", x)))[1]

    def _terms(self, step: int, points: Array) -> tuple[Array, Array]:
        a, b2 = self.a[step], self.b[step] ** 2
        n = points.shape[1]
        logits, means = [], []
        for k, (mu, matrix) in enumerate(zip(self.target.centres.means, self.target.covariances, strict=True)):
            away = points - a * mu
            solved = np.linalg.solve(a**2 * matrix + b2 * np.eye(n), away.T).T
            logits.append(self.offset[step, k] - self.beta[step] * np.sum(away * solved, axis=1) / 2)
            means.append(mu + a * solved @ matrix)
        return np.stack(logits, axis=1), np.stack(means, axis=1)


def _ordered(target: CovarianceMixture) -> tuple[Array, Array] | None:
    """Return (which mode of each pair is narrower, half the square of their distance), or None for a crossing pair.

    Entry (i, j) of the first is C_j - C_i > 0; of the second (mu_i - mu_j)'(C_j - C_i)^-1 (mu_i - mu_j)/2, which is 0
    for equal covariances. A matrix counts as positive definite if its least eigenvalue exceeds its rounding.
    """
    m = len(target.variances)
    narrower, peak = np.zeros((m, m), bool), np.zeros((m, m))
    means, matrices = target.centres.means, target.covariances
    for i in range(m):
        for j in range(m):
            if i == j or np.array_equal(matrices[i], matrices[j]):
                continue
            values, vectors = np.linalg.eigh(matrices[j] - matrices[i])
            rounding = 8 * len(values) * np.finfo(float).eps * max(np.abs(matrices[i]).max(), np.abs(matrices[j]).max())
            if values[-1] < -rounding:
                continue  # C_i is the wider: the pair is entered at (j, i)
            if values[0] <= rounding:
                return None
            narrower[i, j] = True
            peak[i, j] = np.sum(((means[i] - means[j]) @ vectors) ** 2 / (values - rounding)) / 2
    return narrower, peak


def certify_covariances(target: CovarianceMixture, a: float, b: float, order: Any = ...) -> SlopeCertificate:
    """Return the certificate of the call at a >= 0, b > 0; infinite where some pair of covariances is not ordered.

    `order` is what `_ordered` returned, so that K calls ask once.

    >>> pair = covariance_mixture(means=[[-4.0, 0.0], [4.0, 0.0]], covariances=[[0.0, 9.0], [0.0, 9.0]])
    >>> round(certify_covariances(pair, 0.5, 0.5)(1.0) - certify_covariances(pair, 0.5, 0.5)(0.0), 9)  # a mu^2/b^2
    32.0
    """
    found = _ordered(target) if order is ... else order
    none = np.empty((0, 0))
    v = a**2 * target.variances + b**2
    within = float(np.max(a * target.variances / v))
    if found is None:
        return SlopeCertificate(np.inf, 0.0, none, none, none)
    narrower, peak = found
    means, matrices, m = target.centres.means, target.covariances, len(v)
    inverses = np.linalg.inv(a**2 * matrices + b**2 * np.eye(means.shape[1]))
    apart = np.zeros((m, m))
    for i in range(m):
        apart[i] = np.sum(((means - means[i]) @ inverses[i]) ** 2, axis=1)  # |V_i^-1 (mu_j - mu_i)|^2
    if not narrower.any():
        return SlopeCertificate(within, float(a * b**2 * apart.max() / 4), none, none, none)
    prior, evidence, curvature = np.zeros((m, m)), a * b**2 * apart / 2, np.zeros((m, m))
    weights, volume = target.centres.weights, np.sum(np.log(v), axis=1) / 2
    for i, j in zip(*np.nonzero(narrower), strict=True):
        steepest = float(np.linalg.eigvalsh(inverses[i] - inverses[j])[-1])
        scaled = b**2 * steepest / a if a > 0 else 0.0
        curvature[i, j] = curvature[j, i] = scaled
        prior[i, j] = prior[j, i] = scaled * np.log(weights[i] / weights[j])
        evidence[i, j] = evidence[j, i] = scaled * (peak[i, j] + volume[j] - volume[i])
    return SlopeCertificate(within, 0.0, prior, evidence, curvature)


def covariance_denoiser(
    target: CovarianceMixture, schedule: Schedule, *, denoiser_stiffness: Any = UNCAPPED
) -> CovarianceDenoiser:
    """Return the denoiser of `target` on `schedule`, each call of certified slope at most `denoiser_stiffness`.

    Raises UsageError for a finite cap where some pair of covariances is not ordered, or where no beta can be certified.

    >>> from theory.path import LinearPath, uniform_schedule
    >>> pair = covariance_mixture(means=[[-4.0], [4.0]], covariances=[[0.0], [0.0]])
    >>> covariance_denoiser(pair, uniform_schedule(LinearPath(), 4), denoiser_stiffness=4).slope.tolist()
    [0.0, 4.0, 4.0, 4.0]
    """
    target = target.drawn
    cap = cap_of(denoiser_stiffness)
    order = _ordered(target)
    if order is None and cap < UNCAPPED:
        raise UsageError(
            "denoiser_stiffness cannot be certified for these covariances.",
            expected="every two of them equal, or one of the two wider in all directions; or no denoiser_stiffness",
            received="a pair of which each is wider in some direction",
            hint="Far out along the boundary between such modes the posterior mean grows ever steeper. Is one needed?",
        )
    a, b = schedule.a[:-1], schedule.b[:-1]
    beta, slope = temper(
        [certify_covariances(target, float(at), float(noise), order) for at, noise in zip(a, b, strict=True)],
        cap,
        widths="covariances",
        hint="Are the modes too wide, or are there too many steps, for so smooth a denoiser?",
    )
    return _denoiser(target, schedule, beta, slope)


def exact_denoiser(target: CovarianceMixture, schedule: Schedule) -> CovarianceDenoiser:
    """Return the exact posterior means on `schedule`, of which no slope is asked: each call has it infinite.

    >>> from theory.path import LinearPath, uniform_schedule
    >>> pair = covariance_mixture(means=[[-4.0], [4.0]], covariances=[[0.0], [0.0]])
    >>> exact_denoiser(pair, uniform_schedule(LinearPath(), 2))(1, [[0.0]]).tolist()
    [[0.0]]
    """
    return _denoiser(target.drawn, schedule, np.ones(schedule.steps), np.full(schedule.steps, np.inf))


def _denoiser(target: CovarianceMixture, schedule: Schedule, beta: Array, slope: Array) -> CovarianceDenoiser:
    a, b = schedule.a[:-1], schedule.b[:-1]
    v = a[:, None, None] ** 2 * target.variances + b[:, None, None] ** 2
    volume = np.sum(np.log(v), axis=2)
    return CovarianceDenoiser(
        target=target, a=a, b=b, beta=beta, slope=slope,
        half_precision=beta[:, None, None] / 2 / v,
        offset=np.log(target.centres.weights) - beta[:, None] / 2 * (volume - volume.max(axis=1, keepdims=True)),
        shrink=a[:, None, None] * target.variances / v,
    )  # fmt: skip
