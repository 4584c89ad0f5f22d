"""sample(denoiser) = samples by any linear sampler, and what differences alone show of the denoiser's slopes.

The protocol: what is asked for is checked, the first tile shows the denoiser's faults and its slopes, then the tiles
that hold the wanted particles are run.
Source: theory/LAWS.md, sections 5 and 7 (`linear methods`).
"""

import math
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
from threadpoolctl import threadpool_limits

from sim.interrupted import Interrupted
from sim.measure.changes import steps_a_probe
from sim.noise import COORDINATES, WORD, check_address
from sim.own.denoiser import own_denoiser
from sim.own.landing import landing
from sim.own.result import Sampled
from sim.own.runner import Runner
from theory.errors import Array, UsageError, one_of, whole
from theory.mixture import mixture
from theory.schemes import SCHEMES, linear_method
from theory.target import check_margin
from theory.time_grid import time_grid

MOST_NUMBERS: Final = 1 << 30
"""Numbers in the samples of one result: 8 GiB."""


def _shape(source_dim: Any) -> tuple[int, ...]:
    """Return the shape of one latent: (n,), or as given."""
    sizes = source_dim if isinstance(source_dim, Sequence) and not isinstance(source_dim, str) else (source_dim,)
    hint = "Is it the shape of one latent, without the batch?"
    shape = tuple(whole("source_dim", size, low=1, high=MOST_NUMBERS, hint=hint) for size in sizes)
    if not shape or math.prod(shape) > MOST_NUMBERS:
        raise UsageError("source_dim is no shape of a latent.", expected=f"1 to {MOST_NUMBERS} coordinates",
                         received=repr(source_dim), hint=hint)  # fmt: skip
    return shape


def _particles(particles: Any, dimension: int) -> range:
    """Return the numbers of the particles: 0..N-1, or a range as given."""
    if isinstance(particles, range):
        numbers = particles
        if numbers.step != 1 or len(numbers) == 0 or numbers.start < 0 or numbers.stop > WORD + 1:
            raise UsageError(
                "particles is no range of particle numbers.", expected="range(first, stop), 0 <= first < stop",
                received=repr(particles), hint="Is the range empty, or does it skip numbers?",
            )  # fmt: skip
    else:
        numbers = range(whole("particles", particles, low=1, high=WORD + 1, hint="How many samples are wanted?"))
    if len(numbers) * dimension > MOST_NUMBERS:
        raise UsageError(
            "So many samples do not fit one result.", expected=f"at most {MOST_NUMBERS} numbers, 8 GiB",
            received=f"{len(numbers)} samples of {dimension}",
            hint="Would parts do, as particles=range(0, 1000), then range(1000, 2000)?",
        )  # fmt: skip
    return numbers


def sample(
    *,
    denoiser: Callable[[Any, Any], Any],
    steps: Any,
    source_dim: Any,
    sampler: str = "ddim",
    path: str = "linear",
    grid: str = "uniform",
    s_max: Any = None,
    s_min: Any = None,
    rho: Any = None,
    times: Any = None,
    particles: Any = 1000,
    seed: Any = 0,
    means: Any = None,
    weights: Any = None,
    margin: Any = 0.1,
    pairs: Any = 32,
    batch: Any = 256,
    arrays: str = "auto",
    dtype: str = "float64",
    threads: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> Sampled:
    """Run a sampler on a denoiser m(x, t) of one's own, and bound its slopes along the run from below.

    m takes noisy latents x (batch, ...) and a number t in [0, 1], and returns clean latents of the same shape: its
    estimate of E[z given a(t) z + b(t) xi = x]; `path` and `grid`, with what they read, are those of every target.
    `source_dim` is n, or the shape of one latent. `arrays` is the library
    of its arrays, numpy, torch or jax (auto: torch for a torch module, in its own type and on its device, else numpy),
    `dtype` their type. Every sampler of theory.schemes runs; those that draw tokens need a posterior, not a mean.

    Slopes come from `pairs` pairs of the first `batch` particles: secants between them, halved toward the steeper half,
    then turned by power iteration. Each is a secant of m, so m is at least that steep. They take 2 + log2(1/eps)/3 + 8
    extra calls of `pairs` rows for each call of the run, the joint one nearly as many; nfe does not count these.

    With `means` (M, n), samples are counted in balls round them, as for target=mixture, and held against the bound;
    a lower bound of the stiffness can confirm a law and never refute one.

    `particles` is a number or a range of particle numbers: parts put together equal the whole, to the last bit if m
    gives the same rows the same answers. Another `batch` changes no noise, and what m makes of it only by m's own
    rounding. `threads` is what linear algebra inside m may use (None: what it likes); m itself is called by one.
    Raises UsageError for bad input and for what is no function of x and t, before the run, and Interrupted,
    with what is done, on Ctrl-C.

    >>> import numpy as np
    >>> found = sample(denoiser=lambda x, t: np.sign(x), steps=4, source_dim=1, particles=8, means=[[-1], [1]])
    >>> found.samples.shape, found.landing.counts[-1]  # sign decides at once: no slope is too large for it
    ((8, 1), 0)
    """
    scheme = SCHEMES[one_of("sampler", sampler, SCHEMES)]
    visited = time_grid(steps=steps, path=path, grid=grid, s_max=s_max, s_min=s_min, rho=rho, times=times)
    shape = _shape(source_dim)
    n = math.prod(shape)
    numbers = _particles(particles, n)
    batch = whole("batch", batch, low=2, high=WORD, hint="How many latents does the denoiser take at once?")
    pairs = whole("pairs", pairs, low=1, high=batch // 2, hint="Is it more than half a batch?")
    margin = check_margin(margin)
    target = None if means is None else mixture(means=means, weights=weights)
    if target is not None and target.source_dim != n:
        raise UsageError("means and source_dim differ.", expected=f"means of shape (M, {n})",
                         received=f"shape {target.means.shape}", hint="Were latents flattened?")  # fmt: skip
    if target is None and weights is not None:
        raise UsageError("weights belong to means.", expected="means beside weights", received="weights alone",
                         hint="Where do the modes lie?")  # fmt: skip
    own = own_denoiser(denoiser, shape, arrays=arrays, dtype=dtype)
    method = linear_method(scheme, visited.path, visited.times)
    tiles = range(numbers.start // batch, -(-numbers.stop // batch))
    seed, _ = check_address(
        seed=seed, particles=tiles.stop * batch, steps=method.noise.shape[1] * steps_a_probe(n),
        coordinates=min(n, COORDINATES),
    )  # fmt: skip
    runner = Runner(scheme, visited.path, visited.times, method, own, batch, seed)

    with threadpool_limits(threads):
        called, slopes = runner.slopes(pairs)
        joint = runner.joint(pairs)
    stiffness = max(runner.stretched(slopes), joint)

    def result(made: Array) -> Sampled:
        made.flags.writeable = False
        return Sampled(
            given={
                "target": "own", "denoiser": getattr(denoiser, "__qualname__", type(denoiser).__qualname__),
                "sampler": sampler, **visited.given, "steps": len(visited.times) - 1,
                "source_dim": n, "shape": list(shape),
                "particles": len(made), "first": numbers.start, "seed": seed, "pairs": pairs, "batch": batch,
                "library": own.library.name, "dtype": own.library.dtype,
                **({} if target is None else {"modes": target.modes, "margin": margin}),
            },
            samples=made.reshape(len(made), *shape),
            noise=scheme.noise,
            order=scheme.order,
            nfe=method.calls,
            times=called,
            slopes_at_least=slopes,
            joint_at_least=joint,
            stiffness_at_least=stiffness,
            bounded_class=f"these {sampler} steps with this denoiser's slopes"
            + ("" if scheme.noise == "deterministic" else ", jointly in all noises"),
            landing=None if target is None else landing(target, margin, made, stiffness),
        )  # fmt: skip

    samples, done = np.empty((len(numbers), n)), 0
    try:
        with threadpool_limits(threads):
            for tile in tiles:
                first, stop = max(tile * batch, numbers.start), min((tile + 1) * batch, numbers.stop)
                samples[done : done + stop - first] = runner.tile(tile)[first - tile * batch : stop - tile * batch]
                done += stop - first
                if progress is not None:
                    progress(stop - first)
    except KeyboardInterrupt:
        if done == 0:
            raise
        raise Interrupted(result(samples[:done].copy()), done, "samples") from None
    return result(samples)
