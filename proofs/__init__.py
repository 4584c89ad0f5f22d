"""Proofs: every law as a chain of checked steps, and every double against balls. Sees theory only.

symbols     sympy, mpmath and ball meanings of the primitives
step        sympy identities whose mutants must fail      smt       z3 inequalities whose mutants have witnesses
box         certificates over boxes                       doubles   theory's numbers against textbook forms in balls
ledger, steps.txt                                         what must run         mathml    formulas to read
one module a chain, and one for the doubles of each section of theory/LAWS.md

Offering the checks is light: a module is imported when its check runs.
"""

from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any

from theory.verdict import Check, Verdict

DIGITS = "What the code computes is the textbook's, to 12 digits."


def _call(module: str, function: str) -> Any:
    return getattr(import_module(f"proofs.{module}"), function)


def _prove_steps(law: str, module: str) -> Verdict:
    judge: Callable[..., Verdict] = _call("ledger", "judge_steps")
    return judge(law, _call(module, "steps")(), _call(module, "AXIOMS"))


def _prove_claims(law: str, module: str, function: str) -> Verdict:
    judge: Callable[..., Verdict] = _call("ledger", "judge_claims")
    return judge(law, _call(module, function)())


def _certify(law: str, module: str) -> Verdict:
    judge: Callable[..., Verdict] = _call("ledger", "judge_boxes")
    return judge(law, _call(module, "CLAIMS"), _call(module, "BOX"), _call(module, "CERTIFIES"))


def _compare(module: str, function: str, naive: str | None) -> Verdict:
    judge: Callable[..., Verdict] = _call("doubles", "judge")
    return judge(_call(module, function)(), naive=_call(module, naive)() if naive else ())


def _steps(law: str, name: str, claim: str, seconds: float, *, module: str | None = None) -> Check:
    return Check(law, "S", name, claim, partial(_prove_steps, law, module or law), seconds)


def _claims(law: str, name: str, claim: str, *, module: str, function: str = "claims") -> Check:
    return Check(law, "Z", name, claim, partial(_prove_claims, law, module, function), 1.0)


def _doubles(
    law: str, module: str, function: str, oracle: str, *, seconds: float = 0.5, naive: str | None = None
) -> Check:
    return Check(law, "F", f"doubles against {oracle}", DIGITS, partial(_compare, module, function, naive), seconds)


def checks() -> tuple[Check, ...]:
    """Return every check of proofs."""
    return (
        _steps("tube", "from Bayes' rule to the arctangent",
               "The posterior mean, the exact flip of a Gaussian and the coefficient of a corner are identities.", 3.0),
        _doubles("tube", "tube", "rows", "bivariate orthants", seconds=1.0),
        _steps("crossover", "from the shifted readout to the curve",
               "The squared change of a shifted readout averages to the crossover, with both its limits.", 5.0),
        _doubles("crossover", "crossover", "rows", "the averaged change"),
        _steps("coarea", "both sides for half-spaces",
               "Mean slope and level areas of Phi(kappa x) agree, and a mean slope on little mass has a peak.", 3.0),
        _doubles("coarea", "coarea", "rows", "both integrals"),
        _steps("binary", "from the extremal map to the law",
               "Each step from the extremal map to the law is an identity.", 4.0),
        _doubles("binary", "doubles", "binary_rows", "quantiles in balls", seconds=6.0),
        _steps("isoperimetric", "the profile and the quantile gap",
               "The derivatives that make the law monotone are identities.", 4.0),
        Check("isoperimetric", "C", "monotone over the whole box",
              "More modes need strictly more stiffness, more error strictly less, everywhere in the box.",
              partial(_certify, "isoperimetric", "isoperimetric"), 4.0),
        _doubles("isoperimetric", "doubles", "isoperimetric_rows", "quantiles in balls", naive="naive_rows"),
        _doubles("isoperimetric_tv", "dimension_doubles", "variation_rows", "the sum at its corner"),
        _doubles("simplex", "simplex_doubles", "simplex_rows", "certified integrals", seconds=1.5),
        _doubles("ordinal", "dimension_doubles", "ordinal_rows", "the row walked from end to end", seconds=2.0),
        _doubles("sobolev", "dimension_doubles", "sobolev_rows", "the textbook bound in balls"),
        _doubles("grid", "dimension_doubles", "grid_rows", "rows walked from end to end", seconds=1.0),
        _doubles("product", "dimension_doubles", "product_rows", "the closed form in balls"),
        _doubles("dimension", "phase_doubles", "dimension_rows", "every factorisation in balls", seconds=1.5),
        _claims("composition", "the peak is at least the K-th root",
                "Constants of composed steps multiply, and their peak obeys the geometric mean.", module="composition"),
        _doubles("composition", "depth_doubles", "composition_rows", "exact products"),
        _steps("ddim_frontier", "Bayes' rule, DDIM's definition, slopes",
               "The denoiser, the step and the slopes that the code uses are what their definitions say.", 6.0),
        _claims("ddim_frontier", "Lipschitz constants multiply",
                "One step is Lipschitz, and constants of composed steps multiply.", module="ddim_frontier"),
        _doubles("ddim_frontier", "doubles", "ddim_rows", "rational arithmetic"),
        _claims("schedule_free_frontier", "no noise level helps beyond two extremes",
                "A step is stiffest if it keeps all of x or none.", module="composition",
                function="schedule_free_claims"),
        _doubles("schedule_free_frontier", "depth_doubles", "schedule_free_rows", "exact products"),
        _steps("conservation", "an exact differential",
               "The stretch of the boundary depends on the end points only.", 2.0),
        _doubles("conservation", "depth_doubles", "conservation_rows", "balls"),
        _doubles("peak_optimal_schedule", "depth_doubles", "peak_optimal_rows", "equal shares in balls"),
        _doubles("hierarchy", "depth_doubles", "hierarchy_rows", "quantiles in balls"),
        _doubles("total_correlation", "depth_doubles", "correlation_rows", "enumeration of all sequences"),
        _doubles("joint", "depth_doubles", "joint_rows", "exact sums"),
        _doubles("dabi", "diagnostics", "rows", "the ratio of two integrals", seconds=1.0),
        _doubles("cci", "commitment", "rows", "the textbook entropy", seconds=4.0),
    )  # fmt: skip
