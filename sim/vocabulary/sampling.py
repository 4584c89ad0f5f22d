"""VocabularyRun = one sampler on a vocabulary, block by block of particles, in units of the codewords' rows.

Of modes of one scale the denoiser's certificate, the class and its stiffness depend on the weights, equal here, and the
diameter alone. So all of them are read off a run on two points that far apart. Source: theory/LAWS.md, section 7.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
from threadpoolctl import threadpool_limits

from sim.mixture.sampling import SAMPLERS as MIXTURE_SAMPLERS
from sim.mixture.sampling import MixtureRun, build_run
from sim.noise import CATEGORICAL, GAUSSIAN, uniform
from sim.sampler_keys import FLOW
from sim.vocabulary.codewords import Vocabulary
from sim.vocabulary.kernels import fill_rows, room_for
from sim.vocabulary.posterior import POINTS, TILE, Posterior, Tokens
from sim.vocabulary.rounding import logit_errors, mean_errors, output_error, typical, worst
from theory.errors import Array, UsageError, one_of
from theory.joint import Steps
from theory.linear_method import LinearMethod
from theory.mixture import mixture
from theory.path import Schedule

SAMPLERS: Final = tuple(name for name in MIXTURE_SAMPLERS if name != FLOW)
"""Every sampler of mixtures but the exact flow, whose stiffness in so many modes no step size follows."""

ROOM: Final = 1 << 28
"""Bytes of inputs and answers that a linear method may hold for a block: 256 MiB a thread."""

BLURRED: Final = 0.01
"""The largest shift of a boundary by rounding, in standard deviations of the noise at a call: what 1e5 particles
could just see."""


@final
@dataclass(frozen=True, eq=False)
class VocabularyRun:
    """One sampler on one vocabulary; `pair` is the same sampler on two points as far apart as any two codewords."""

    vocabulary: Vocabulary
    pair: MixtureRun

    @property
    def scheme(self) -> Steps | LinearMethod:
        """The affine steps, or the matrices of another linear method."""
        scheme = self.pair.steps or self.pair.method
        assert scheme is not None
        return scheme

    @property
    def calls(self) -> Schedule:
        """The path's a and b at the calls of the denoiser, then at the data."""
        return self.pair.method.schedule if self.pair.method else self.pair.schedule

    @property
    def evidence(self) -> Array:
        """The factor beta a/b^2 of each call, (J,): a logit per product of a point and a row, in units of the rows."""
        found: Array = self.pair.denoiser.beta * self.calls.a[:-1] * (self.vocabulary.unit / self.calls.b[:-1]) ** 2
        return found

    @property
    def draws(self) -> bool:
        """Whether the sampler draws tokens."""
        return bool(self.pair.steps and np.any(self.pair.drawn))

    @property
    def inputs(self) -> int:
        """The steps of the address at which the sampler finds noise, or draws."""
        return max(len(self.evidence), int(self.pair.method.noise.shape[1]) if self.pair.method else 0) + 1

    def posterior(self) -> Posterior:
        """Return new room for a block's questions."""
        return Posterior(self.vocabulary)

    def block(self, first: int, seed: int) -> tuple[Array, Tokens | None, Array]:
        """Return z-hat of POINTS particles from `first` on, in units of the rows, drawn tokens, and what calls saw.

        Shapes (POINTS, n), (POINTS,) and (2, J, POINTS): |x|, and what the likeliest token left to others, 0 where a
        token was drawn. Tokens are None unless the output is the last draw.
        """
        ask = _Block(self, self.posterior(), first, seed)
        return ask.affine(self.scheme) if isinstance(self.scheme, Steps) else ask.linear(self.scheme)

    def outputs(self, particles: range, *, seed: int = 0) -> Array:
        """Return z-hat of each particle, lengths in the caller's unit, shape (N, n)."""
        starts = range(particles.start // POINTS * POINTS, particles.stop, POINTS)
        with threadpool_limits(1, "blas"):  # several may round differently
            points = np.concatenate([self.block(first, seed)[0] for first in starts])
        found: Array = self.vocabulary.unit * points[particles.start - starts[0] : particles.stop - starts[0]]
        return found

    def logit_errors(self, norms: Array, growth: Callable[[int], float] = worst) -> Array:
        """Return what rounding can do to a logit at each call, in nats, at |x| = `norms` (J, ...); see rounding."""
        v = self.vocabulary
        evidence = self.evidence.reshape(-1, *(1,) * (norms.ndim - 1))
        return logit_errors(evidence, norms, v.reach, v.source_dim, growth)

    def worst_error(self, norms: Array) -> float:
        """Return the bound on what rounding does to z-hat, a length, for |x| up to `norms` (J,) at the calls.

        Infinite for a sampler that draws, as a draw may part two runs, and where the slopes' product is no double.
        """
        v, slopes = self.vocabulary, self.pair.denoiser.slope
        if self.draws:
            return math.inf
        errors = mean_errors(self.logit_errors(norms), np.ones_like(norms), v.reach, v.largest, self.width)
        return v.unit * float(output_error(self.scheme, slopes, errors))

    def typical_errors(self, norms: Array, undecided: Array) -> Array:
        """Return what independent roundings do to first order, a length for each particle, (N,).

        `norms` and `undecided`, (J, N), are what `block` saw.
        """
        v = self.vocabulary
        logits = self.logit_errors(norms, typical)
        variance = np.minimum(v.largest**2 * np.minimum(undecided, 1 / 4), v.modes * (1 - undecided) * v.variance)
        errors = mean_errors(logits, undecided, v.reach, v.largest, self.width, typical)
        nearer = np.minimum(errors, np.sqrt(variance) * logits + typical(self.width + 1) * v.reach)
        found: Array = v.unit * output_error(self.scheme, self.evidence[:, None] * variance, nearer)
        return found

    @property
    def width(self) -> int:
        """The tokens in a tile."""
        return min(TILE, self.vocabulary.modes)


@final
class _Block:
    """A block of particles on its way: what it asks, and the noise at its addresses."""

    def __init__(self, run: VocabularyRun, posterior: Posterior, first: int, seed: int) -> None:
        self.run, self.posterior, self.first, self.seed = run, posterior, first, seed
        self.evidence = run.evidence
        self.square = self.evidence * run.calls.a[:-1]
        self.seen = np.zeros((2, len(self.evidence), POINTS))
        self._room = room_for(POINTS)

    def noise(self, step: int, factor: float = 1.0) -> Array:
        """Return `factor` times the normals at one step, shape (POINTS, n), in units of the rows."""
        out = np.empty((POINTS, self.run.vocabulary.source_dim))
        fill_rows(out, self.seed, GAUSSIAN, self.first, step, factor / self.run.vocabulary.unit, *self._room)
        return out

    def mean(self, j: int, x: Array) -> Array:
        """Return call j's answer in x."""
        mean, undecided = self.posterior.mean(x, self.evidence[j], self.square[j])
        self.seen[:, j] = np.sqrt(np.sum(x**2, axis=1)), undecided
        return mean

    def draw(self, j: int, x: Array) -> Tokens:
        """Return a token of call j's posterior in x, by the uniforms of all categorical draws."""
        self.seen[0, j] = np.sqrt(np.sum(x**2, axis=1))
        u = uniform(self.seed, CATEGORICAL, np.arange(self.first, self.first + POINTS), j, 0)
        return self.posterior.draw(x, self.evidence[j], self.square[j], u)

    def affine(self, steps: Steps) -> tuple[Array, Tokens | None, Array]:
        """Take x' = keep x + add y + tau xi from the noise to z-hat; y is m(x), or a drawn codeword."""
        drawn, token = self.run.pair.drawn, None
        x = self.noise(0, steps.start)
        for j in range(len(steps.keep)):
            token = self.draw(j, x) if drawn[j] else None
            y = self.mean(j, x) if token is None else self.run.vocabulary.vectors[token]
            x = steps.keep[j] * x + steps.add[j] * y
            if steps.tau[j] > 0:
                x += self.noise(j + 1, steps.tau[j])
        ends = token is not None and steps.keep[-1] == 0 and steps.add[-1] == 1
        return x, token if ends else None, self.seen

    def linear(self, method: LinearMethod) -> tuple[Array, None, Array]:
        """Add up what each call sees from the inputs and the answers so far, and the output from all."""
        inputs = [self.noise(i) for i in range(method.noise.shape[1])]
        answers: list[Array] = []
        for j in range(method.calls + 1):
            x = np.zeros_like(inputs[0])
            for factor, what in zip((*method.noise[j], *method.mix[j, :j]), (*inputs, *answers), strict=True):
                if factor != 0:
                    x += factor * what
            if j < method.calls:
                answers.append(self.mean(j, x))
        return x, None, self.seen


def build_vocabulary_run(words: Vocabulary, *, sampler: str = "ddim", **keys: Any) -> VocabularyRun:
    """Return the checked run; `keys` are those of sim.mixture.sampling.build_run. UsageError where one is out of range.

    >>> from sim.vocabulary.codewords import vocabulary
    >>> build_vocabulary_run(vocabulary("one_hot", modes=4), steps=2, denoiser_stiffness=0.5).pair.stiffness
    0.25
    """
    one_of("sampler", sampler, SAMPLERS)
    ends = [[-words.diameter / 2], [words.diameter / 2]] if words.modes > 1 else [[0.0]]
    run = VocabularyRun(words, build_run(mixture(means=ends), sampler=sampler, **keys))
    if (method := run.pair.method) and (held := 8 * POINTS * words.source_dim * sum(method.noise[:-1].shape)) > ROOM:
        raise UsageError(
            f"{sampler} would hold too much at once.",
            expected=f"inputs and answers of a block up to {ROOM >> 20} MiB",
            received=f"{held >> 20} MiB",
            hint="Do ddim, reinjection and ancestral, which hold one point, show the same?",
        )
    if words.modes > 1:
        _check_blur(run)
    return run


def _check_blur(run: VocabularyRun) -> None:
    """Refuse noise that single precision cannot hold beside the modes.

    A boundary between two tokens, where their logits are equal, shifts by at most 2 |x| R/least times the relative
    error of a product, here by the size of independent roundings and at the |x| of the path itself.
    """
    v, a, b = run.vocabulary, run.calls.a[:-1], run.calls.b[:-1] / run.vocabulary.unit
    norm = np.hypot(a * v.reach, b * np.sqrt(v.source_dim))
    blur = np.where(a > 0, 2 * typical(v.source_dim + 1) * norm * v.reach / (v.least * b), 0.0)
    if np.max(blur) > BLURRED:
        raise UsageError(
            "Single precision cannot tell the noise from rounding.",
            expected=f"boundaries that rounding shifts by at most {BLURRED} standard deviations of the noise at a call",
            received=f"{np.max(blur):.2g}",
            hint="Are there fewer steps or a larger s_min, or does target=codebook, in doubles, hold so many tokens?",
        )
