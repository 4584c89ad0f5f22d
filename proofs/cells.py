"""cell(law, level) = checked, or not applicable because ...: no place of the ledger is empty without a word.

A level that a law does not run has its reason here; a test fails where there is neither, or both. A reason says why
nothing of that kind is left to check, not that it was too hard.
"""

from typing import Final

EVERY_LEVEL: Final = "SZCQFK"
"""The levels that prove, as columns."""

_POLYNOMIAL: Final = "its inequalities are between polynomials, which z3 decides for all reals: no box is left"
_NOT_FOR_Z3: Final = "its inequalities hold phi and Phi, which z3 does not know; they are certified at level C"
_NO_INTEGRAL: Final = "it holds products, powers and sums of what is given, and no integral"
_INDUCTION: Final = (
    "Coq is asked only where a proof is an induction over lists of any length, which is `composition`; other "
    "inductions take one step, which z3 checks"
)

BECAUSE: Final[dict[tuple[str, str], str]] = {
    ("paths", "C"): _POLYNOMIAL,
    ("mixture_slope", "Q"): "at one x all it holds are finite sums over modes, and no integral",
    ("tube", "Z"): "its steps are identities between integrals, and limits; its two inequalities hold arctan, at C",
    ("crossover", "C"): _POLYNOMIAL,
    ("coarea", "C"): "it is an identity, and it lies below `isoperimetric` by a logarithm that level S has for every M "
                     "and error",
    ("dimension", "S"): "it joins laws that have their own; what is new is a maximum and a minimum, at Z",
    ("composition", "C"): _POLYNOMIAL,
    ("composition", "Q"): _NO_INTEGRAL,
    ("schedule_free_frontier", "C"): _POLYNOMIAL,
    ("peak_optimal_schedule", "C"): _POLYNOMIAL,
    ("hierarchy", "Z"): _NOT_FOR_Z3,
    ("commitment", "C"): "it states equalities, and two facts of order that z3 decides for all reals",
    ("total_correlation", "C"): "its one inequality, that no term is negative, is a derivative's sign at S",
    ("total_correlation", "Q"): "at one x it is a finite sum; its mean over x, in as many dimensions as the latents of "
                                "a whole sequence have, is counted at level M",
    ("reinjection", "C"): "that its kernel keeps the order is a sign that z3 decides for all places; where it escapes "
                          "is a list of settings, each enclosed at Q by a chain of its own",
    ("joint", "C"): _POLYNOMIAL,
    ("dabi", "Z"): _NOT_FOR_Z3,
    ("cci", "C"): "that it rises and stays in [0, 1] is a sign that z3 decides for all signals",
}  # fmt: skip
"""Why a law has nothing to check at a level of proof."""


def because(law: str, level: str) -> str:
    """Return why `law` has no check at `level`, or an empty text.

    >>> because("composition", "Q")
    'it holds products, powers and sums of what is given, and no integral'
    """
    if level == "K" and law != "composition":
        return _INDUCTION
    return BECAUSE.get((law, level), "")
