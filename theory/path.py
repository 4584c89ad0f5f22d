"""x_t = a(t) z + b(t) xi joins noise (t = 0) to data (t = 1: a = 1, b = 0).

A path is the pair (a, b). The linear and the cosine path begin at pure noise, a = 0 and b = 1; the others at a finite
s = b/a, where a sampler still starts from N(0, b^2 I) and so ignores what the target adds. Where on a path the K calls
lie is a grid: theory.time_grid. Source: theory/LAWS.md, section 0, `paths`.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np

from theory.errors import Array, one_of, whole

MOST_STEPS: Final = 65_535
"""A step number must fit 16 bits of the noise's address."""


class AbstractPath(ABC):
    """An affine Gaussian path from noise to data."""

    name: str

    @abstractmethod
    def a(self, t: Any) -> Any:
        """Return the coefficient of the data at time t in [0, 1]."""

    @abstractmethod
    def b(self, t: Any) -> Any:
        """Return the coefficient of the noise at time t in [0, 1]; exactly 0 at t = 1, where a is 1."""

    @abstractmethod
    def da(self, t: Any) -> Any:
        """Return da/dt."""

    @abstractmethod
    def db(self, t: Any) -> Any:
        """Return db/dt."""

    @abstractmethod
    def time_of(self, relative_noise: Any) -> Any:
        """Return the time at which b/a is `relative_noise` > 0."""


@final
@dataclass(frozen=True)
class LinearPath(AbstractPath):
    """a = t, b = 1 - t.

    >>> float(LinearPath().b(0.25))
    0.75
    """

    name: str = "linear"

    def a(self, t: Any) -> Any:
        return t

    def b(self, t: Any) -> Any:
        return 1 - t

    def da(self, t: Any) -> Any:
        return 1.0

    def db(self, t: Any) -> Any:
        return -1.0

    def time_of(self, relative_noise: Any) -> Any:
        return 1 / (1 + relative_noise)


@final
@dataclass(frozen=True)
class CosinePath(AbstractPath):
    """a = sin(pi t/2), b = cos(pi t/2), written as sin(pi (1 - t)/2) so that b(1) is exactly 0.

    >>> float(CosinePath().b(1.0)), float(CosinePath().a(1.0))
    (0.0, 1.0)
    """

    name: str = "cosine"

    def a(self, t: Any) -> Any:
        return np.sin(np.pi * t / 2)

    def b(self, t: Any) -> Any:
        return np.sin(np.pi * (1 - t) / 2)

    def da(self, t: Any) -> Any:
        return np.pi / 2 * np.sin(np.pi * (1 - t) / 2)

    def db(self, t: Any) -> Any:
        return -np.pi / 2 * np.sin(np.pi * t / 2)

    def time_of(self, relative_noise: Any) -> Any:
        return 2 / np.pi * np.arctan2(1.0, relative_noise)


@final
@dataclass(frozen=True)
class VpLinearPath(AbstractPath):
    """a = e^(-B/2), b = sqrt(1 - e^(-B)), B the integral of beta from data: variance preserving, a^2 + b^2 = 1.

    beta is linear in tau = 1 - t, from `beta_min` at the data to `beta_max` at the noise, and x solves
    dx = -(beta/2) x dtau + sqrt(beta) dW. Ho, Jain and Abbeel 2020; these values in continuous time: Song et al. 2021.
    The noisiest point has s = 152.2, not infinity. At t = 1, where b is the square root of 0, db is infinite.

    >>> path = VpLinearPath()
    >>> float(path.a(1.0)), float(path.b(1.0)), round(float(path.b(0.0) / path.a(0.0)), 1)
    (1.0, 0.0, 152.2)
    """

    name: str = "vp_linear"
    beta_min: float = 0.1
    beta_max: float = 20.0

    def _beta(self, t: Any) -> Any:
        return self.beta_min + (1 - t) * (self.beta_max - self.beta_min)

    def _so_far(self, t: Any) -> Any:
        """Return B(t), the integral of beta over tau in [0, 1 - t]."""
        tau = 1 - t
        return self.beta_min * tau + (self.beta_max - self.beta_min) * tau**2 / 2

    def a(self, t: Any) -> Any:
        return np.exp(-self._so_far(t) / 2)

    def b(self, t: Any) -> Any:
        return np.sqrt(-np.expm1(-self._so_far(t)))

    def da(self, t: Any) -> Any:
        return self._beta(t) / 2 * self.a(t)

    def db(self, t: Any) -> Any:
        return -self._beta(t) / 2 * np.exp(-self._so_far(t)) / self.b(t)

    def time_of(self, relative_noise: Any) -> Any:
        # B = log(1 + s^2) is a quadratic in tau; its positive root, without cancellation.
        so_far = np.log1p(relative_noise**2)
        slope = self.beta_max - self.beta_min
        return 1 - 2 * so_far / (self.beta_min + np.sqrt(self.beta_min**2 + 2 * slope * so_far))


@final
@dataclass(frozen=True)
class VePath(AbstractPath):
    """a = 1, b = s_max (1 - t): variance exploding, the noise level itself as time (Karras et al. 2022).

    A sampler starts from N(0, s_max^2 I).

    >>> VePath(s_max=10.0).b(0.25)
    7.5
    """

    name: str = "ve"
    s_max: float = 80.0
    """The noise at t = 0: 80, for data of order 1 (Karras et al. 2022, table 1)."""

    def a(self, t: Any) -> Any:
        return 1 + 0 * t

    def b(self, t: Any) -> Any:
        return self.s_max * (1 - t)

    def da(self, t: Any) -> Any:
        return 0.0

    def db(self, t: Any) -> Any:
        return -self.s_max

    def time_of(self, relative_noise: Any) -> Any:
        return 1 - relative_noise / self.s_max


PATHS: Final[dict[str, AbstractPath]] = {
    path.name: path for path in (LinearPath(), CosinePath(), VpLinearPath(), VePath())
}
"""Every path by name."""


def path_named(name: str) -> AbstractPath:
    """Return the path called `name`; UsageError with the nearest name otherwise.

    >>> path_named("linear").name
    'linear'
    """
    return PATHS[one_of("path", name, PATHS)]


@final
@dataclass(frozen=True)
class Schedule:
    """A path on a grid: `a` and `b` at t_0..t_K, each of shape (K + 1,). A sampler starts from x_0 ~ N(0, b_0^2 I).

    Calls lie at t_0..t_{K-1}, where b > 0; the last step goes to b_K = 0, and there a DDIM step returns m itself.
    """

    a: Array
    b: Array

    @property
    def steps(self) -> int:
        """K, the number of intervals; one denoiser call in each."""
        return len(self.a) - 1


def uniform_schedule(path: AbstractPath, steps: Any) -> Schedule:
    """Return `path` at t_k = k/K, k = 0..K.

    >>> uniform_schedule(LinearPath(), 2).b.tolist()
    [1.0, 0.5, 0.0]
    """
    count = whole("steps", steps, low=1, high=MOST_STEPS, hint="Is it a time rather than a number of intervals?")
    t = np.arange(count + 1) / count
    return Schedule(a=path.a(t), b=path.b(t))
