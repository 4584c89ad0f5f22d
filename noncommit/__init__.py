"""noncommit: why few-step deterministic generation fails where a sharp categorical readout follows.

    noncommit.laws()                                   the registry
    noncommit.law("binary", error=0.1)                 ask one law
    noncommit.advise(vocabulary=50257, ...)            what it costs to decide between so many tokens
    noncommit.simulate(mu=4, steps=16, ...)            run one sampler, exactly and by counting
    noncommit.sweep("spec.toml")                       thousands of runs, resumable
    noncommit.spherical(modes=64, source_dim=8, ...)   count the cells of a code of directions
    noncommit.figure(result)                           a figure of what was measured or swept
    noncommit.prove("binary")                          its proof, step by step
    noncommit.verify("binary", out="out")              the ladder, and a report
    noncommit.measure(readout, latents)                DABI, CCI and flip rates of a decoder of yours
    noncommit.sample(denoiser, steps=16, ...)          samples of a denoiser of yours, and how steep it is at least
    noncommit.wasserstein(samples, data)               how far apart two samples are, and their laws
    noncommit.teach("lesson.html")                     the lesson, one offline page

Nothing heavy is imported until one of these is called.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping
    from concurrent.futures import Executor
    from pathlib import Path

    from noncommit._advise import Advice
    from noncommit._ladder import Ladder
    from noncommit._prove import Ledger
    from sim.measure.result import Measured
    from sim.own.result import Sampled
    from sim.spherical import SphericalMeasurement
    from sim.sweep.results import Sweep
    from sim.targets import Result
    from sim.transport import Distance
    from theory.law import Evaluation, Law

__version__ = "0.1.0"
__all__ = [
    "__version__",
    "advise",
    "figure",
    "law",
    "laws",
    "measure",
    "prove",
    "sample",
    "simulate",
    "sliced_wasserstein",
    "spherical",
    "sweep",
    "teach",
    "verify",
    "wasserstein",
]


def laws() -> "tuple[Law, ...]":
    """Return every law, in the order of theory/LAWS.md.

    >>> [law.name for law in laws()][:3]
    ['paths', 'tube', 'crossover']
    """
    from theory.catalogue import LAWS

    return tuple(LAWS.values())


def law(name: str, /, **given: Any) -> "Evaluation":
    """Ask the law `name`: the keys of `given` are the question. Raises theory.errors.UsageError.

    >>> round(law("ddim_frontier", mu=4, steps=16, denoiser_stiffness=4)["stiffness"], 2)
    590.84
    """
    from theory.catalogue import law_named

    return law_named(name).evaluate(given)


def advise(**given: Any) -> "Advice":
    """Say what deciding between many tokens costs: vocabulary, error, steps, source_dim. Raises UsageError.

    >>> advise(vocabulary=256, error=0.01, steps=4, source_dim=255).bound.law
    'isoperimetric'
    """
    from noncommit._advise import advise as ask
    from noncommit._advise import check_keys

    check_keys(given)
    return ask(**given)


def simulate(*, target: str = "two_modes", **given: Any) -> "Result":
    """Run one sampler on one target; `noncommit simulate target=NAME` lists the keys of each.

    Raises theory.errors.UsageError.

    >>> simulate(mu=4, steps=2, sampler="commit_parallel", particles=1000).to_dict()["exact"]["ambiguous"]
    0.0
    """
    from sim.run import simulate as run

    return run(target=target, **given)


def sweep(
    spec: "str | os.PathLike[str] | Mapping[str, Any]",
    *,
    store: "str | os.PathLike[str] | None" = None,
    engine: str = "processes",
    workers: int | None = None,
    scheduler: str | None = None,
    executor: "Executor | None" = None,
    extend: bool = False,
) -> "Sweep":
    """Run the cells of a sweep that are not done yet, and return the table of all of them.

    `spec` is a TOML file, the name of a shipped spec, or a mapping of the same form. What is done is kept in `store`
    (by default out/NAME.sweep) and never run again. Cells run on `workers` processes of this machine (by default one
    a core), on the Dask cluster at `scheduler` with engine="dask", or on any `executor`: the numbers are the same.
    A store of another spec or code is refused unless `extend`. Raises theory.errors.UsageError.

    A script that calls this needs the guard `if __name__ == "__main__":`, as all that starts processes does.
    """
    from noncommit._sweeping import run_sweep

    return run_sweep(
        spec, store=store, engine=engine, workers=workers, scheduler=scheduler, executor=executor, extend=extend
    )


def spherical(**given: Any) -> "SphericalMeasurement":
    """Simulate cells of directions; see sim.spherical.spherical for the keys. Raises theory.errors.UsageError.

    >>> spherical(modes=8, source_dim=7, error=0.1, particles=1000).dimension
    7
    """
    from sim.spherical import spherical as run

    return run(**given)


def measure(readout: "Callable[[Any], Any]", latents: Any, **options: Any) -> "Measured":
    """Measure a decoder at latents of shape (samples, ...); see sim.measure.run.measure for the options.

    Raises theory.errors.UsageError.

    >>> measure(lambda z: 2 * z, [[0.0, 1.0], [1.0, 0.0], [3.0, 3.0]]).dabi.value
    1.0
    """
    from sim.measure.run import measure as run

    return run(readout, latents, **options)


def sample(denoiser: "Callable[[Any, Any], Any]", **options: Any) -> "Sampled":
    """Run a sampler on a denoiser m(x, t) of any array library; see sim.own.run.sample for the options.

    Raises theory.errors.UsageError.

    >>> found = sample(lambda x, t: 0 * x, steps=2, source_dim=3, particles=5)
    >>> found.samples.tolist() == [[0.0] * 3] * 5, found.nfe, found.stiffness_at_least
    (True, 2, 0.0)
    """
    from sim.own.run import sample as run

    return run(denoiser=denoiser, **options)


def wasserstein(one: Any, other: Any) -> "Distance":
    """Return the distance W1 between the laws of two samples, exact between the samples; see sim.transport.

    Raises theory.errors.UsageError.

    >>> wasserstein([float(k) for k in range(64)], [k + 3.0 for k in range(64)]).distance.value
    3.0
    """
    from sim.transport import wasserstein as run

    return run(one, other)


def sliced_wasserstein(one: Any, other: Any, *, directions: int = 128, seed: int = 0) -> "Distance":
    """Return the mean of W1 over directions between the laws of two samples, of any dimension; see sim.transport.

    Raises theory.errors.UsageError.

    >>> sliced_wasserstein([[float(k), 1.0] for k in range(64)], [[float(k), 1.0] for k in range(64)]).floor > 1
    True
    """
    from sim.transport import sliced_wasserstein as run

    return run(one, other, directions=directions, seed=seed)


def figure(result: "Measured | Sweep", **options: Any) -> Any:
    """Return the matplotlib figure of what `measure` or `sweep` found; of a sweep, `x` and `measure` say what is drawn.

    Further options of a sweep: `y`, for a map in place of curves, `bound` and `fixed`, as for `noncommit sweep plot`.
    Raises theory.errors.UsageError where plots has no figure.

    >>> figure(measure(lambda z: 2 * z, [[0.0, 1.0], [1.0, 0.0], [3.0, 3.0]])).axes != []
    True
    """
    from noncommit._figures import figure as run

    return run(result, **options)


def teach(out: str = "out/lesson.html", *, store: str | None = None) -> "Path":
    """Write the lesson to `out` and return its path; `store` is a sweep over steps, drawn beside the bound.

    Raises theory.errors.UsageError for a path that cannot be written or a store without a curve of use.
    """
    from noncommit._teach import write_lesson

    return write_lesson(out, store)


def prove(*names: str) -> "Ledger":
    """Check every step of the proofs of the named laws (all by default). Raises UsageError for an unknown law.

    >>> prove("composition").exit_code
    0
    """
    from noncommit._prove import prove as run

    return run(names)


def verify(*names: str, out: str | None = None) -> "Ladder":
    """Run the ladder of the named laws (all by default); write the report into `out`, if given.

    Raises theory.errors.UsageError for an unknown law or a folder that cannot be written.
    """
    from noncommit._ladder import run_ladder
    from noncommit._report import verify_into

    return run_ladder(names) if out is None else verify_into(out, names)
