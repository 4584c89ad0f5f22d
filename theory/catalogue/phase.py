"""`spherical` and `dimension` as values: cells of directions, and which law binds at each (modes, source_dim).

Source: theory/LAWS.md, section 6.
"""

from collections.abc import Mapping
from typing import Any, Final

from theory import errors
from theory.catalogue.quantities import (
    COUNTED,
    ERROR,
    GAUSSIAN_SOURCE,
    MODES,
    SEPARATION,
    SOURCE_DIM,
    STIFFNESS,
)
from theory.dimension import TARGETS, Phase, dimension_error, dimension_stiffness
from theory.law import Hypothesis, Law, Quantity, Question
from theory.spherical import MOST_WORDS
from theory.stored_codes import best_code


def _stored(given: Mapping[str, Any]) -> bool:
    modes = given["modes"]
    return modes <= MOST_WORDS and best_code(modes, given["source_dim"], given["error"], merged=False) is not None


def _ask_spherical(given: Mapping[str, Any]) -> dict[str, Any]:
    code = best_code(given["modes"], given["source_dim"], given["error"], merged=False)
    if code is None:
        raise errors.UsageError(
            "No stored code serves this question.",
            expected="a size and an error within theory/spherical.csv",
            received=", ".join(f"{key}={value}" for key, value in given.items()),
            hint="Is modes x source_dim small enough for `noncommit spherical`, which simulates?",
        )
    delta = given["separation"]
    return {
        "stiffness": delta * code.value / code.error,
        "low": delta * code.low / code.error,
        "high": delta * code.high / code.error,
        "words": code.words,
        "dimension": code.dimension,
        "counted_at_error": code.error,
        "evidence": "stored, counted with 99% confidence",
    }


SPHERICAL: Final = Law(
    name="spherical",
    section="theory/LAWS.md, section 6",
    claim="Cells of M directions need stiffness of order sqrt(log M) from n of order log M on, not only from M - 1.",
    statement="L = Delta/(2r) is enough, where P(<u_i - u_j, x> >= r |u_i - u_j| for all j) summed over i is "
    "1 - error, u_i a cyclic group code in R^n",
    origin="ours; group codes: Slepian 1968; extension: Kirszbraun 1934; the paper claims n of order log M",
    quantities=(MODES, SOURCE_DIM, ERROR, SEPARATION),
    questions=(
        Question(
            ("modes", "source_dim", "error"),
            ("stiffness", "low", "high", "words", "dimension", "counted_at_error", "evidence"),
            ("separation",),
        ),
    ),
    hypotheses=(
        COUNTED,
        Hypothesis(
            "a stored code has at least `modes` words, at most `source_dim` coordinates and at most this error",
            _stored,
            "Is modes x source_dim at most 1e6, so that `noncommit spherical` can simulate it?",
        ),
        GAUSSIAN_SOURCE,
        Hypothesis("the targets are pairwise exactly `separation` apart"),
        Hypothesis(
            "the words of the code are balanced: where there are more words than modes, the spare ones are drawn too"
        ),
    ),
    levels="SZCQFM",
    solve=_ask_spherical,
)

TARGETS_LIE: Final = Quantity(
    "targets", "where the targets lie: " + " or ".join(TARGETS), "word",
    lambda _, value: errors.one_of("kind of targets", value, TARGETS), "equidistant",
)  # fmt: skip


def _ask_dimension(given: Mapping[str, Any]) -> dict[str, Any]:
    options = {"separation": given["separation"], "targets": given["targets"]}
    where = given["modes"], given["source_dim"]
    found: Phase = (
        dimension_stiffness(*where, given["error"], **options)
        if "error" in given
        else dimension_error(*where, given["stiffness"], **options)
    )
    return {
        "lower": found.lower,
        "lower_law": found.lower_law,
        "upper": found.upper,
        "upper_law": found.upper_law,
        "upper_evidence": found.evidence,
    }


_BOUNDS: Final = ("lower", "lower_law", "upper", "upper_law", "upper_evidence")

DIMENSION: Final = Law(
    name="dimension",
    section="theory/LAWS.md, section 6",
    claim="Below log M coordinates stiffness grows like M^(1/n), above like sqrt(log M): the phase diagram of codes.",
    statement="max(isoperimetric, sobolev) <= L <= min(ordinal, grid, product, for equidistant targets spherical, and "
    "simplex from n = M - 1 on)",
    origin="ours; the paper's Theorems 5-7 claim both rates and the dimension of order log M between them",
    quantities=(MODES, SOURCE_DIM, ERROR, STIFFNESS, SEPARATION, TARGETS_LIE),
    questions=(
        Question(("modes", "source_dim", "error"), _BOUNDS, ("separation", "targets")),
        Question(("modes", "source_dim", "stiffness"), _BOUNDS, ("separation", "targets")),
    ),
    hypotheses=(
        COUNTED,
        Hypothesis("the source is a standard Gaussian N(0, I_n) with n = source_dim"),
        Hypothesis("lower: the map is L-Lipschitz onto closed sets pairwise at least `separation` apart, each of mass "
                   "at least (1 - error)/modes; with stiffness given, the bounds are on that error"),
        Hypothesis("upper, equidistant: the targets are pairwise exactly `separation` apart, in at least modes - 1 "
                   "dimensions of the latent"),
        Hypothesis("upper, lattice: the targets lie on a lattice in R^n whose neighbours are `separation` apart"),
    ),
    levels="ZCQFX",
    solve=_ask_dimension,
)  # fmt: skip
