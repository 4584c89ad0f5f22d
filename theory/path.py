"""x_t = a(t) z + b(t) xi joins noise (t = 0: a = 0, b = 1) to data (t = 1: a = 1, b = 0).

A path is the pair (a, b); a grid is the points 0 = t_0 < ... < t_K = 1 at which a sampler visits it, and its
number of intervals K is the sampler's only knob for depth. Source: theory/LAWS.md, section 0.
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
        """Return the coefficient of the noise at time t in [0, 1]; exactly 0 at t = 1."""

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


PATHS: Final[dict[str, AbstractPath]] = {path.name: path for path in (LinearPath(), CosinePath())}
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
    """A path on a grid: `a` and `b` at t_0..t_K, each of shape (K + 1,)."""

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
