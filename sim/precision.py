"""e' = L e + u c: how far a particle of a float32 run can be from that of the float64 run with the same seed.

Each operation is fl(a op b) = (a op b)(1 + d), |d| <= u = 2^-24, so k of them in a row err by g(k) = k u/(1 - k u) at
most (Higham 2002, section 3.1). A step x' = keep x + add m(x) + tau xi then carries an error e of x to

    e' <= |keep| e + |add| (lambda e + r) + |tau| r_xi + g(3) (|keep x| + |add m| + |tau xi|) + u |x'|

with lambda the largest slope of m within e of x, r the rounding of one call, r_xi that of a normal. Unrolled, errors
are multiplied by the Lipschitz constants of the steps that follow: their product is the condition number of the run,
and theory's stiffness of its class. The bound is run beside the particles (running error analysis, Wilkinson 1986).
`own` says which lambda it takes: the slope of m where the particle is, which is why most particles end within a few u,
or the call's certified slope, which holds for all of them.

r has a part that no slope lowers, roundings of the answer, and the part by which the evidence is read wrongly: an error
d of log-odds moves m as far as m's own slope in them says. For two modes that is A sech^2(y) d, y = k x + h, d <=
g(3) |k x| + g(2) |h|; for a mixture sum_k r_k (e^d_k - 1) |m_k - m| / sum_k r_k e^-d_k. Odds that differ by a factor
e^w at most change a variance by that factor at most, which bounds a mixture's slope over a ball by that at its centre.
Where a token is drawn the bound holds as long as both runs draw the same; `may_differ` marks whose draws may not.
"""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Final, final

import numpy as np
import numpy.typing as npt

from sim.mixture.sampling import MixtureRun
from sim.noise import CATEGORICAL, normals, uniform
from sim.two_modes.linear_samplers import Linear
from sim.two_modes.samplers import AbstractSampler, AbstractSteps, Setting
from theory.denoiser import Denoiser, cloud_spread
from theory.errors import Array
from theory.joint import Steps
from theory.linear_method import LinearMethod
from theory.mixture_denoiser import MixtureDenoiser
from theory.primitives import expit

UNIT: Final = 2.0**-24
"""u, half the distance between 1 and the next float32."""

FUNCTION: Final = 4.0
"""Units u by which exp, of what is at most 0, and tanh of sim.lane_single err, relatively."""

NORMAL: Final = (12.0, 0.5)
"""Units u by which a normal of sim.lane_single errs: the first times |xi|, and the second."""

_SAFETY: Final = 1 + 1e-5
"""For the roundings of this bound and of the float64 run itself, 1e9 times less than what is bounded."""

_FIRM: Final = 1.0
"""The largest error of log-odds that is followed; beyond, an answer is anywhere among the modes."""

_LEAST: Final = 2.0**-140
"""What underflow can add to an answer: some operations that err by 2^-150."""

Flags = npt.NDArray[np.bool_]


def gamma(operations: float) -> float:
    """Return g(k) = k u/(1 - k u), the relative error of k roundings in a row.

    >>> gamma(1) > 2.0**-24
    True
    """
    return operations * UNIT / (1 - operations * UNIT)


@final
@dataclass(frozen=True, eq=False)
class Followed:
    """N particles of a run: `points` (N, n), the bound `error` (N,) on |x32 - x64|, and whose draws may differ."""

    points: Array
    error: Array
    may_differ: Flags


class AbstractCalls(ABC):
    """One room's calls: what they answer at x (N, n), and how far float32 may be from it at a point within e (N,)."""

    @abstractmethod
    def mean(self, call: int, x: Array, e: Array, *, own: bool) -> tuple[Array, Array]:
        """Return the posterior mean (N, n) and a bound on its error (N,)."""

    @abstractmethod
    def draw(self, call: int, x: Array, e: Array, u: Array) -> tuple[Array, Array, Array, Flags]:
        """Return the mean (N, n) of z in the drawn mode, its error, z's spread round it, and who may draw apart."""


def _size(points: Array) -> Array:
    return np.asarray(np.linalg.norm(points, axis=-1))


@final
@dataclass(frozen=True)
class TwoModeCalls(AbstractCalls):
    """The calls of a denoiser of modes -mu and mu; `a` and `within` (K,) are read by draws."""

    denoiser: Denoiser
    mu: float
    a: Array
    within: Array

    def _evidence(self, call: int, x: Array, e: Array) -> tuple[Array, Array]:
        """Return y = k x + h and the error of it that e and roundings make."""
        k, h = self.denoiser.k[call], self.denoiser.h
        return k * x + h, k * e + gamma(3) * k * (np.abs(x) + e) + gamma(2) * abs(h)

    def mean(self, call: int, x: Array, e: Array, *, own: bool) -> tuple[Array, Array]:
        d, x = self.denoiser, x[:, 0]
        y, off = self._evidence(call, x, e)
        g, amplitude, tilt = d.g[call], d.amplitude[call], np.tanh(y)
        slope = 1 / np.cosh(np.minimum(np.maximum(np.abs(y) - off, 0), 300)) ** 2 if own else 1.0
        off = np.minimum(slope * off, 2.0)  # no two values of tanh are further apart
        read = amplitude * (off + FUNCTION * UNIT * (np.abs(tilt) + off))
        rounded = gamma(3) * (g * (np.abs(x) + e) + amplitude * (np.abs(tilt) + off))
        return (g * x + amplitude * tilt)[:, None], g * e + read + rounded

    def draw(self, call: int, x: Array, e: Array, u: Array) -> tuple[Array, Array, Array, Flags]:
        d, x = self.denoiser, x[:, 0]
        y, off = self._evidence(call, x, e)
        chance = expit(2 * y)
        slope = 1 / np.cosh(np.minimum(np.maximum(np.abs(y) - off, 0), 300)) ** 2
        apart = np.abs(u - chance) <= slope * (off / 2 + (FUNCTION + 2) * UNIT) + 2.0**-50
        mode = np.where(u < chance, self.mu, -self.mu)
        z = mode + d.g[call] * (x - self.a[call] * mode)
        rounded = gamma(5) * (d.g[call] * (np.abs(x) + e + self.a[call] * self.mu) + self.mu)
        return z[:, None], d.g[call] * e + rounded, np.full(len(x), self.within[call]), apart


@final
@dataclass(frozen=True)
class MixtureCalls(AbstractCalls):
    """The calls of a mixture's denoiser; `within` (K, M) is read by draws."""

    denoiser: MixtureDenoiser
    within: Array

    def _evidence(self, call: int, x: Array, e: Array) -> tuple[Array, Array, Array]:
        """Return r (N, M), the errors of log-odds that roundings make (N, M), and the most that e moves them (N,)."""
        d, means = self.denoiser, self.denoiser.target.means
        a, precision, offset = d.a[call], d.half_precision[call], d.offset[call]
        away = np.linalg.norm(x[:, None, :] - a * means, axis=-1)
        logits = offset - precision * away**2
        away = away + e[:, None]
        centre = gamma(3) * a * _size(means) + UNIT * away
        square = 2 * away * centre + centre**2 + gamma(x.shape[1]) * (away + centre) ** 2
        read = precision * (square + gamma(3) * (away**2 + square)) + gamma(2) * np.abs(offset)
        below = np.max(logits, axis=1, keepdims=True) - logits
        moved = 4 * np.max(precision * away, axis=1) * e
        off = read + UNIT * (below + 2 * np.max(read, axis=1, keepdims=True) + moved[:, None]) + 2 * FUNCTION * UNIT
        return d.responsibilities(call, x), off, moved

    def _gradients(self, call: int, x: Array) -> Array:
        """Return grad log r_k up to what all k share, shape (N, M, n)."""
        d = self.denoiser
        away = x[:, None, :] - d.a[call] * d.target.means
        return np.asarray(-2 * d.half_precision[call][:, None] * away)

    def mean(self, call: int, x: Array, e: Array, *, own: bool) -> tuple[Array, Array]:
        d, target = self.denoiser, self.denoiser.target
        shares, off, moved = self._evidence(call, x, e)
        shrink, pull, precision = d.shrink[call], d.pull[call], d.half_precision[call]
        means = shrink[:, None] * x[:, None, :] + pull[:, None] * target.means
        mean = np.sum(shares[..., None] * means, axis=1)
        # What float32 reads it reads at a point within e, where no share is larger by more than this factor.
        factor = np.exp(np.minimum(moved, _FIRM))
        near = factor[:, None] * shares
        slope = np.full(len(x), d.slope[call])
        if own:
            spread = np.sqrt(factor * _covariance(shares, means)) + e * np.ptp(shrink)
            turn = np.sqrt(factor * _covariance(shares, self._gradients(call, x))) + 2 * e * np.ptp(precision)
            slope = np.minimum(slope, np.max(shrink) + spread * turn)
        firm = (moved <= _FIRM) & (np.max(off, axis=1) <= _FIRM)
        off = np.minimum(off, _FIRM)
        far = _size(means - mean[:, None, :]) + (np.ptp(shrink) * e + slope * e)[:, None]
        read = np.sum(near * np.expm1(off) * far, axis=1) / np.sum(shares * np.exp(-off), axis=1) * factor
        sizes = shrink * (_size(x) + e)[:, None] + pull * _size(target.means)
        whole = np.sum(near * sizes, axis=1)
        # To add what is less than u of a sum changes it by no more than that.
        summed = np.sum(np.minimum(UNIT, near), axis=1) * whole
        added = np.sum(np.minimum(UNIT * whole[:, None], near * sizes), axis=1)
        wrong = slope * e + read + gamma(7) * whole + summed + added
        anywhere = 2 * np.max(sizes, axis=1)  # two averages of what is no larger
        return mean, np.where(firm, np.minimum(wrong, anywhere), anywhere)

    def draw(self, call: int, x: Array, e: Array, u: Array) -> tuple[Array, Array, Array, Flags]:
        d, target = self.denoiser, self.denoiser.target
        shares, off, moved = self._evidence(call, x, e)
        near = np.exp(np.minimum(moved, _FIRM))[:, None] * shares
        gradients = self._gradients(call, x)
        turn = _size(gradients - np.sum(shares[..., None] * gradients, axis=1)[:, None, :])
        turn = turn + 2 * np.ptp(d.half_precision[call]) * e[:, None]
        # The mean distance from a mean is at most twice that from any other point, and a share moves by half of it.
        wrong = np.sum(near * (turn * e[:, None] + np.expm1(np.minimum(off, _FIRM))) + np.minimum(UNIT, near), axis=1)
        sums = np.cumsum(shares, axis=1)
        token = np.argmax(u[:, None] * sums[:, -1:] < sums, axis=1)
        apart = np.min(np.abs(u[:, None] - sums[:, :-1]), axis=1, initial=1.0) <= wrong + 2.0**-50
        apart |= (moved > _FIRM) | (np.max(off, axis=1) > _FIRM)
        centre, shrink = target.means[token], d.shrink[call, token]
        z = centre + shrink[:, None] * (x - d.a[call] * centre)
        rounded = gamma(5) * (shrink * (_size(x) + e + d.a[call] * _size(centre)) + _size(centre))
        return z, shrink * e + rounded, self.within[call, token], apart


def _covariance(shares: Array, values: Array) -> Array:
    """Return the largest eigenvalue of the covariance of `values` (N, M, n) under `shares` (N, M), shape (N,)."""
    centred = values - np.sum(shares[..., None] * values, axis=1)[:, None, :]
    matrices = np.einsum("pm,pmi,pmj->pij", shares, centred, centred)
    return np.asarray(np.maximum(np.linalg.eigvalsh(matrices)[:, -1], 0))


def _noise(seed: int, particles: range, step: int, n: int) -> tuple[Array, Array]:
    """Return normals (N, n) and a bound on their error (N,)."""
    xi = normals(seed, particles, step, n)
    return xi, UNIT * (NORMAL[0] * _size(xi) + NORMAL[1] * math.sqrt(n))


def follow_steps(
    calls: AbstractCalls, steps: Steps, drawn: Flags, particles: range, seed: int, n: int, *, own: bool
) -> Followed:
    """Follow a sampler of one call a step, x' = keep x + add y + tau xi, beside its bound."""
    count, number = len(steps.keep), np.arange(particles.start, particles.stop)
    xi, off = _noise(seed, particles, 0, n)
    x, e = steps.start * xi, steps.start * (off + gamma(2) * (_size(xi) + off))
    may_differ = np.zeros(len(number), np.bool_)
    for j in range(count):
        keep, add, tau = steps.keep[j], steps.add[j], steps.tau[j]
        if drawn[j]:
            u = np.asarray(uniform(seed, CATEGORICAL, number, j, 0))
            y, wrong, within, apart = calls.draw(j, x, e, u)
            may_differ |= apart
            if np.any(within > 0):
                xi, off = _noise(seed, particles, count + j, n)
                y, wrong = y + within[:, None] * xi, wrong + within * (off + gamma(5) * (_size(xi) + off))
                wrong = wrong + UNIT * _size(y)
        else:
            y, wrong = calls.mean(j, x, e, own=own)
        after = keep * x + add * y
        parts = abs(keep) * (_size(x) + e) + abs(add) * (_size(y) + wrong)
        e = abs(keep) * e + abs(add) * wrong + gamma(3) * parts + _LEAST
        if tau > 0:
            xi, off = _noise(seed, particles, j + 1, n)
            after = after + tau * xi
            e = e + tau * (off + gamma(3) * (_size(xi) + off)) + UNIT * (_size(after) + e)
        x = after
    return Followed(x, e * _SAFETY, may_differ)


def follow_method(
    calls: AbstractCalls, method: LinearMethod, particles: range, seed: int, n: int, *, own: bool
) -> Followed:
    """Follow a linear method beside its bound: each row of its matrices is a sum, rounded as it grows."""
    held = [_noise(seed, particles, i, n) for i in range(method.noise.shape[1])]
    rows = np.concatenate([method.noise, method.mix], axis=1)
    for j in range(method.calls + 1):
        x, e = np.zeros((len(particles), n)), np.full(len(particles), _LEAST)
        for factor, (value, wrong) in zip(rows[j], held, strict=False):
            if factor != 0:
                x = x + factor * value
                e = e + abs(factor) * (wrong + gamma(2) * (_size(value) + wrong)) + UNIT * (_size(x) + e)
        if j < method.calls:
            held.append(calls.mean(j, x, e, own=own))
    return Followed(x, e * _SAFETY, np.zeros(len(particles), np.bool_))


def follow_two_modes(
    sampler: AbstractSampler, setting: Setting, particles: range, seed: int, *, own: bool = True
) -> Followed:
    """Return the particles of a sampler of two modes, but for the exact flow, beside their bounds.

    >>> from sim.two_modes.run import build_setting
    >>> from sim.two_modes.samplers import Ddim
    >>> found = follow_two_modes(Ddim(), build_setting(mu=4, steps=1), range(5), 0)  # one call returns E z = 0
    >>> bool(np.all(found.points == 0) and np.all(found.error < 2.0**-24))
    True
    """
    target = setting.target
    if isinstance(sampler, Linear):
        method, denoiser = sampler.method(setting)
        none = np.zeros(method.calls)
        return follow_method(TwoModeCalls(denoiser, target.mu, none, none), method, particles, seed, 1, own=own)
    assert isinstance(sampler, AbstractSteps)
    a, b = setting.schedule.a[:-1], setting.schedule.b[:-1]
    calls = TwoModeCalls(setting.denoiser, target.mu, a, np.asarray(cloud_spread(a, b, target.scale)))
    return follow_steps(calls, sampler.steps(setting), sampler.drawn(setting), particles, seed, 1, own=own)


def follow_mixture(run: MixtureRun, particles: range, seed: int, *, own: bool = True) -> Followed:
    """Return the particles of a run on a mixture, but for the exact flow, beside their bounds."""
    d, n = run.denoiser, run.target.source_dim
    if run.steps is None:
        assert run.method is not None
        return follow_method(MixtureCalls(d, np.zeros(0)), run.method, particles, seed, n, own=own)
    within = cloud_spread(run.schedule.a[:-1, None], run.schedule.b[:-1, None], d.target.scales)
    return follow_steps(MixtureCalls(d, within), run.steps, run.drawn, particles, seed, n, own=own)
