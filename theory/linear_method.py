"""X_j = sum_l B_jl xi_l + sum_{i<j} A_ji m_i(X_i): every sampler that is linear in what it is given is two matrices.

Its call j sees X_j, an affine function of the Gaussian inputs xi_0, xi_1, ... and of the denoiser's earlier answers;
the last row is the output. Euler, Heun, Runge-Kutta, multistep, DDIM and noisy samplers differ in A, B and the times
of their calls only (general linear methods, Butcher 1966). If call i is lambda_i-Lipschitz, the sensitivity of X_j to
xi_l is at most S_jl = |B_jl| + sum_i |A_ji| lambda_i S_il, and the output's joint Lipschitz constant at most the norm
of the last row of S: the class in which sections 4 and 5 bound the sampler.
Source: theory/LAWS.md, section 7, `linear methods`.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np

from theory.errors import Array, UsageError
from theory.path import AbstractPath, Schedule

MOST_CALLS: Final = 1024
"""The matrices of more calls would take longer to multiply than the calls themselves."""


@final
@dataclass(frozen=True)
class Row:
    """A linear combination of Gaussian inputs ("xi", l), of answers ("m", j), and of where a block began ("x", 0)."""

    terms: Mapping[tuple[str, int], Any]

    def __add__(self, other: "Row") -> "Row":
        terms = dict(self.terms)
        for key, value in other.terms.items():
            terms[key] = terms[key] + value if key in terms else value
        return Row(terms)

    def __rmul__(self, factor: float) -> "Row":
        return self.times(factor)

    def __sub__(self, other: "Row") -> "Row":
        return self + other.times(-1)

    def times(self, factor: Any) -> "Row":
        """Return the row with every coefficient multiplied by a number of any kind."""
        return Row({key: factor * value for key, value in self.terms.items()})


@final
class Tape:
    """What a scheme writes on: each call is recorded, each step is arithmetic on rows.

    With `in_blocks` every injection of noise ends a block, and the next begins from a new variable; else noise is one
    more input of a single block. The path's a and b may be numbers of any kind.
    """

    def __init__(self, path: AbstractPath, *, in_blocks: bool = False) -> None:
        self.path = path
        self._in_blocks = in_blocks
        self._calls: list[tuple[Any, Any, Row]] = []
        self._inputs = 0
        self._blocks: list[tuple[list[tuple[Any, Any, Row]], Row, Any]] = []

    def start(self, t: Any) -> Row:
        """Return x = b(t) xi_0, the pure noise from which a sampler starts."""
        self._inputs = 1
        return Row({("x", 0) if self._in_blocks else ("xi", 0): self.path.b(t)})

    def mean(self, x: Row, t: Any) -> Row:
        """Record a call in x at time t and return its answer."""
        self._calls.append((self.path.a(t), self.path.b(t), x))
        if len(self._calls) > MOST_CALLS:
            raise UsageError(
                "So many calls are not written as one method.",
                expected=f"at most {MOST_CALLS} denoiser calls",
                received="more",
                hint="Do ddim and reinjection, which have kernels of their own, show the same?",
            )
        return Row({("m", len(self._calls) - 1): 1.0})

    def velocity(self, x: Row, t: Any) -> Row:
        """Return v = (b'/b) x + (a' - a b'/b) m(x), the velocity of the probability flow, by one call. b(t) > 0."""
        p = self.path.db(t) / self.path.b(t)
        return x.times(p) + self.mean(x, t).times(self.path.da(t) - self.path.a(t) * p)

    def inject(self, x: Row, tau: Any) -> Row:
        """Return x + tau xi with fresh xi; x itself at tau = 0."""
        if tau == 0:
            return x
        if self._in_blocks:
            self._blocks.append((self._calls, x, tau))
            self._calls = []
            return Row({("x", 0): 1.0})
        self._inputs += 1
        return x + Row({("xi", self._inputs - 1): float(tau)})

    def method(self, output: Row) -> "LinearMethod":
        """Return the whole run as one method."""
        return _method(self._calls, output, "xi", self._inputs)

    def chain(self, output: Row) -> "tuple[tuple[LinearMethod, float], ...]":
        """Return the blocks between noises: (block, standard deviation of the noise added to its output), last 0."""
        blocks = [*self._blocks, (self._calls, output, 0.0)]
        return tuple((_method(calls, end, "x", 1), float(tau)) for calls, end, tau in blocks)


def _method(calls: Sequence[tuple[Any, Any, Row]], output: Row, kind: str, inputs: int) -> "LinearMethod":
    count = len(calls)
    noise, mix = np.zeros((count + 1, inputs)), np.zeros((count + 1, count))
    for j, row in enumerate([*(x for _, _, x in calls), output]):
        for (name, i), value in row.terms.items():
            (noise if name == kind else mix)[j, i] = value
    return LinearMethod(
        np.array([float(a) for a, _, _ in calls]), np.array([float(b) for _, b, _ in calls]), noise, mix
    )


@final
@dataclass(frozen=True, eq=False)
class LinearMethod:
    """J calls at `a`, `b`, (J,), with B = `noise` (J+1, R) and A = `mix` (J+1, J); the last row is the output."""

    a: Array
    b: Array
    noise: Array
    mix: Array

    @property
    def calls(self) -> int:
        """J, the denoiser calls: the nfe."""
        return len(self.a)

    @property
    def schedule(self) -> Schedule:
        """The calls as a schedule whose last point, the data, is not called: what a denoiser is made for."""
        return Schedule(np.append(self.a, 1.0), np.append(self.b, 0.0))

    @property
    def increasing(self) -> bool:
        """Whether no coefficient is negative, so that an increasing denoiser makes an increasing map of its input."""
        return bool(np.all(self.noise >= 0) and np.all(self.mix >= 0))

    @property
    def ends_in_a_call(self) -> bool:
        """Whether the output is the last call's answer, to rounding: the last step leads to the data."""
        last = np.append(np.zeros(self.calls - 1), 1.0)
        return not np.any(self.noise[-1]) and bool(np.allclose(self.mix[-1], last, rtol=0, atol=1e-9))

    def outputs(self, denoiser: Callable[[int, Any], Any], inputs: Array) -> Array:
        """Return the output for Gaussian inputs of shape (R, ...), shape (...)."""
        answers: list[Array] = []
        for j in range(self.calls + 1):
            x = np.tensordot(self.noise[j], inputs, 1)
            for i, answer in enumerate(answers):
                if self.mix[j, i] != 0:
                    x = x + self.mix[j, i] * answer
            if j < self.calls:
                answers.append(denoiser(j, x))
        return np.asarray(x)

    def ranges(self, denoiser: Callable[[int, Any], Any], low: Array, high: Array) -> tuple[Array, Array]:
        """Return bounds of the output over low <= xi_0 <= high, for a single input and an increasing denoiser.

        Attained where `increasing`; else each call's range is taken by itself, which can only be wider.
        """
        answers: list[tuple[Array, Array]] = []
        for j in range(self.calls + 1):
            bottom, top = _scaled(self.noise[j, 0], low, high)
            for i, (least, most) in enumerate(answers):
                if self.mix[j, i] != 0:
                    down, up = _scaled(self.mix[j, i], least, most)
                    bottom, top = bottom + down, top + up
            if j < self.calls:
                answers.append((denoiser(j, bottom), denoiser(j, top)))
        return bottom, top

    def sensitivities(self, slopes: Array) -> Array:
        """Return the last row of S, shape (R,): the most by which the output stretches each Gaussian input."""
        with np.errstate(over="ignore", invalid="ignore"):  # beyond the doubles, which `stiffness` refuses
            rows = np.abs(self.noise)
            for j in range(1, self.calls + 1):
                rows[j] += (np.abs(self.mix[j, :j]) * slopes[:j]) @ rows[:j]
        return np.asarray(rows[-1])

    def stiffness(self, slopes: Array) -> float:
        """Return the norm of `sensitivities`: the class's Lipschitz constant in all inputs; UsageError if no double.

        >>> from theory.path import LinearPath
        >>> tape = Tape(LinearPath())
        >>> x = tape.start(0.0)
        >>> x = x + 0.5 * tape.velocity(x, 0.0)  # Euler to t = 1/2
        >>> x = x + 0.5 * tape.velocity(x, 0.5)  # and to t = 1
        >>> tape.method(x).stiffness(np.array([0.0, 4.0]))  # 1/2, then 4: as for DDIM
        2.0
        """
        total = math.hypot(*self.sensitivities(slopes))  # of 1e200 squares would be no doubles
        if not np.isfinite(total):
            raise UsageError(
                "The stiffness of this class is not a double.",
                expected="at most 1.8e308",
                received="more",
                hint="Does a bound say anything at so many steps with so stiff a denoiser? Lower one of them.",
            )
        return total


def _scaled(factor: float, low: Array, high: Array) -> tuple[Array, Array]:
    return (factor * low, factor * high) if factor >= 0 else (factor * high, factor * low)
