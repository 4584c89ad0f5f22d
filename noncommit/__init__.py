"""noncommit: why few-step deterministic generation fails where a sharp categorical readout follows.

    noncommit.laws()                                   the registry
    noncommit.law("binary", error=0.1)                 ask one law
    noncommit.simulate(mu=4, steps=16, ...)            run one sampler, exactly and by counting
    noncommit.prove("binary")                          its proof, step by step
    noncommit.verify("binary", out="out")              the ladder, and a report

Nothing heavy is imported until one of these is called.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from noncommit._ladder import Ladder
    from noncommit._prove import Ledger
    from sim.run import Measurement
    from theory.law import Evaluation, Law

__version__ = "0.1.0"
__all__ = ["__version__", "law", "laws", "prove", "simulate", "verify"]


def laws() -> "tuple[Law, ...]":
    """Return every law, in the order of theory/LAWS.md.

    >>> [law.name for law in laws()][:3]
    ['tube', 'crossover', 'coarea']
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


def simulate(**given: Any) -> "Measurement":
    """Run one sampler; see sim.run.simulate for the keys. Raises theory.errors.UsageError.

    >>> simulate(mu=4, steps=2, sampler="commit_parallel", particles=1000).exact_ambiguous
    0.0
    """
    from sim.run import simulate as run

    return run(**given)


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
