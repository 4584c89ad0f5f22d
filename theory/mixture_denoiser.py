"""m(x) = sum_k r_k m_k(x), r = softmax(log w_k + beta e_k(x)): the posterior mean of a mixture, its evidence tempered.

e_k is the log-likelihood of x under mode k and m_k(x) = g_k x + (b^2/V_k) mu_k the posterior mean within it, with
V_k = a^2 sigma_k^2 + b^2 and g_k = a sigma_k^2/V_k. A denoiser of capped stiffness lambda takes the largest beta in
[0, 1] whose slope is certified to be at most lambda, and never touches the weights.
Source: theory/LAWS.md, section 7, "Mixtures" (the cap and its certificate are ours).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from scipy.optimize import brentq
from scipy.spatial.distance import cdist

from theory.denoiser import UNCAPPED, cap_of
from theory.errors import Array, UsageError, real
from theory.mixture import LONGEST, Mixture
from theory.path import Schedule

FARTHEST = LONGEST**2
"""Points beyond have squares that are no doubles."""


def pair_slope(excess: Any, curvature: Any) -> Any:
    """Return F = (B + sqrt(B^2 + 4 A^2))/4 >= the slope that telling two modes apart can add, per (r_i + r_j)^2.

    `excess` B is A log(w_i/w_j) + beta A h_0, `curvature` A the difference of the modes' precisions, both times
    b^2/a. Written without cancellation for B < 0. Source: theory/LAWS.md, section 7, "Mixtures".

    >>> float(pair_slope(3.0, 0.0)), float(pair_slope(-3.0, 0.0))  # of one scale: half of B, or nothing
    (1.5, 0.0)
    """
    root = np.hypot(excess, 2 * curvature)
    with np.errstate(divide="ignore", invalid="ignore"):
        negative = np.where(curvature == 0, 0.0, curvature**2 / (root - np.minimum(excess, 0)))
    return np.where(excess >= 0, (excess + root) / 4, negative)


@final
@dataclass(frozen=True, eq=False)
class SlopeCertificate:
    """An upper bound on the slope of one call as a function of beta: `within` + what telling modes apart adds.

    With one scale the addition is `common` beta, common = (a b^2/V^2) diam^2/4. With several it is the largest row
    sum of `pair_slope` over the table of pairs, of which `prior`, `evidence` and `curvature` are the terms.
    """

    within: float
    common: float
    prior: Array
    evidence: Array
    curvature: Array

    def __call__(self, beta: float) -> float:
        """Return a slope that m at this beta does not exceed anywhere."""
        if self.curvature.size == 0:
            return self.within + beta * self.common
        pairs = pair_slope(self.prior + beta * self.evidence, self.curvature)
        np.fill_diagonal(pairs, 0)
        return self.within + float(np.max(np.sum(pairs, axis=1)))

    def largest_beta(self, cap: float) -> float:
        """Return the largest beta in [0, 1] with a certified slope <= cap; NaN if there is none."""
        if self(1.0) <= cap:
            return 1.0
        if self(0.0) > cap:
            return math.nan
        if self.curvature.size == 0:
            return (cap - self.within) / self.common
        return float(brentq(lambda beta: self(beta) - cap, 0.0, 1.0, xtol=1e-300, rtol=1e-14, maxiter=2000))


def certify(target: Mixture, a: float, b: float, *, spread: float | None = None) -> SlopeCertificate:
    """Return the certificate of the call at path coefficients a >= 0, b > 0.

    `spread` may stand for the diameter where modes of one scale are a product of factors in coordinates of their own
    and the weights factor too: the largest diameter of a factor, as Cov_r is then block diagonal.

    >>> from theory.mixture import mixture
    >>> certify(mixture(means=[[-4.0], [4.0]]), 0.5, 0.5)(1.0)  # a mu^2/b^2, attained
    32.0
    """
    s2 = target.scales**2
    v = a**2 * s2 + b**2
    within = float(np.max(a * s2 / v))
    if np.all(s2 == s2[0]):
        none = np.empty((0, 0))
        range_of_means = target.diameter if spread is None else spread
        return SlopeCertificate(within, float(a * (b / v[0]) ** 2 * (range_of_means / 2) ** 2), none, none, none)
    # All terms times b^2/a: the precisions differ by a^2 (sigma_j^2 - sigma_i^2)/(V_i V_j), with no subtraction.
    product = v[:, None] * v[None, :]
    curvature = a * b**2 * (s2[None, :] - s2[:, None]) / product
    ratio = np.log(target.weights)[:, None] - np.log(target.weights)[None, :]
    log_ratio = np.log(v)[None, :] - np.log(v)[:, None]
    squares = cdist(target.means, target.means, "sqeuclidean")
    evidence = a * b**2 * squares / (2 * product) + curvature * (target.source_dim / 2) * log_ratio
    return SlopeCertificate(within, 0.0, curvature * ratio, evidence, curvature)


@final
@dataclass(frozen=True, eq=False)
class MixtureDenoiser:
    """The K calls that a sampler makes on a mixture, at t_0..t_{K-1}; `target` has only modes of positive weight.

    `beta` and `slope`, shape (K,): the weight of the evidence, and the certified slope lambda_j of call j.
    log r_k = offset_k - half_precision_k |x - a mu_k|^2 up to a constant, m_k(x) = shrink_k x + pull_k mu_k; these
    four tables have shape (K, M).
    """

    target: Mixture
    a: Array
    beta: Array
    slope: Array
    half_precision: Array
    offset: Array
    shrink: Array
    pull: Array

    def responsibilities(self, step: int, x: Any) -> Array:
        """Return r_k(x) at t_step for points x of shape (..., n); shape (..., M), rows with sum 1.

        Stable at a = 0, where r = w, at coincident modes, and for points far from all modes: evidences are taken
        relative to that of the likeliest mode, so that equal squares cancel before they are rounded. Raises
        UsageError for points that are not finite or beyond 1e150.
        """
        points = _check_points(x, self.target.source_dim)
        centres = self.a[step] * self.target.means
        precision, offset = self.half_precision[step], self.offset[step]
        squares = np.sum((points[..., None, :] - centres) ** 2, axis=-1)
        likeliest = np.argmax(offset - precision * squares, axis=-1)
        away = points - centres[likeliest]
        shift = centres - centres[likeliest][..., None, :]
        steeper = precision - precision[likeliest][..., None]
        square = np.sum(away**2, axis=-1)[..., None]
        linear = np.sum(shift * (shift - 2 * away[..., None, :]), axis=-1)
        logits = offset - offset[likeliest][..., None] - steeper * square - precision * linear
        odds = np.exp(logits - np.max(logits, axis=-1, keepdims=True))
        shares: Array = odds / np.sum(odds, axis=-1, keepdims=True)
        return shares

    def __call__(self, step: int, x: Any) -> Array:
        """Return m at t_step in points x of shape (..., n), same shape; errors as for `responsibilities`."""
        points = _check_points(x, self.target.source_dim)
        shares = self.responsibilities(step, points)
        kept = np.sum(shares * self.shrink[step], axis=-1, keepdims=True)
        pulled = np.sum((shares * self.pull[step])[..., None] * self.target.means, axis=-2)
        mean: Array = kept * points + pulled
        return mean


def _check_points(x: Any, dimension: int) -> Array:
    points: Array = np.asarray(real("x", x))
    if points.ndim == 0 or points.shape[-1] != dimension or float(np.max(np.abs(points))) > FARTHEST:
        raise UsageError(
            "x is no point of this space.",
            expected=f"an array of shape (..., {dimension}) with coordinates up to {FARTHEST:g}",
            received=f"shape {points.shape}, largest coordinate {float(np.max(np.abs(points))):g}",
            hint="Is the last axis that of the coordinates?",
        )
    return points


def temper(certificates: Sequence[SlopeCertificate], cap: float, *, widths: str, hint: str) -> tuple[Array, Array]:
    """Return beta, the largest that each call's certificate allows, and the slopes at these, shape (K,) each.

    Raises UsageError where a call is steeper than the cap at beta = 0 already, as `widths` make it.

    >>> none = np.empty((0, 0))
    >>> temper([SlopeCertificate(0.0, 8.0, none, none, none)], 4.0, widths="scales", hint="?")
    (array([0.5]), array([4.]))
    """
    beta, slope, least = np.empty(len(certificates)), np.empty(len(certificates)), 0.0
    for j, certificate in enumerate(certificates):
        beta[j] = certificate.largest_beta(cap)
        slope[j] = min(certificate(beta[j]), cap)
        least = max(least, certificate(0.0))
    if np.any(np.isnan(beta)):
        raise UsageError(
            "denoiser_stiffness cannot be certified.",
            expected=f"at least {least!r}, what the {widths} alone ask for",
            received=repr(cap),
            hint=hint,
        )
    return beta, slope


def mixture_denoiser(
    target: Mixture, schedule: Schedule, *, denoiser_stiffness: Any = UNCAPPED, spread: float | None = None
) -> MixtureDenoiser:
    """Return the denoiser of `target` on `schedule`, each call of certified slope at most `denoiser_stiffness`.

    `spread` is passed on to `certify`.
    Raises UsageError where no beta can be certified: with one scale, a cap below the slope within a mode.
    Source: theory/LAWS.md, section 7, "Mixtures".

    >>> from theory.mixture import mixture
    >>> from theory.path import LinearPath, uniform_schedule
    >>> grid = uniform_schedule(LinearPath(), 4)
    >>> mixture_denoiser(mixture(means=[[-4.0], [4.0]]), grid, denoiser_stiffness=4).slope.tolist()
    [0.0, 4.0, 4.0, 4.0]
    """
    cap = cap_of(denoiser_stiffness)
    target = target.drawn
    a, b = schedule.a[:-1], schedule.b[:-1]
    beta, slope = temper(
        [certify(target, float(at), float(noise), spread=spread) for at, noise in zip(a, b, strict=True)],
        cap,
        widths="scales",
        hint="Are the scales too large or too different, or are there too many steps, for so smooth a denoiser?",
    )
    v = a[:, None] ** 2 * target.scales**2 + b[:, None] ** 2
    tempered = beta[:, None] / 2
    return MixtureDenoiser(
        target=target, a=a, beta=beta, slope=slope,
        half_precision=tempered / v,
        offset=np.log(target.weights) - tempered * target.source_dim * np.log(v / v.max(axis=1, keepdims=True)),
        shrink=a[:, None] * target.scales**2 / v,
        pull=b[:, None] ** 2 / v,
    )  # fmt: skip
