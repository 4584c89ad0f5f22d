"""Proofs: every law as a chain of checked steps, and every double against balls. Sees theory only.

symbols     sympy, mpmath and ball meanings of the primitives
step        sympy identities whose mutants must fail      smt        z3 inequalities whose mutants have witnesses
box         certificates over boxes                       enclosure  integrals and numbers enclosed in balls
coqc        theorems that Coq checks, coq/*.v, where it is installed
doubles     theory's numbers against textbook forms       axioms     the theorems that are cited, by name
ledger, steps.txt                                         what must run, and what it rests on
arguments   each proof in words, arguments.md             mathml     formulas to read
one module a law, with steps(), claims(), inequalities(), enclosures() and theorems() as far as it has them

Offering the checks is light: a module is imported when its check runs.
"""

from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from theory.law import OPTIONAL
from theory.verdict import Check, Outcome, Verdict

if TYPE_CHECKING:
    from proofs.ledger import Line

DIGITS = "What the code computes is the textbook's, to 12 digits."


def _call(module: str, function: str) -> Any:
    return getattr(import_module(f"proofs.{module}"), function)


PARTS: Final = {"S": "steps", "Z": "claims", "C": "inequalities", "Q": "enclosures", "K": "theorems"}
"""The function of a law's module that offers its steps at each level."""


def axioms_of(law: str) -> tuple[str, ...]:
    """Return the names of the theorems that the chain of `law` cites."""
    return tuple(_call(law, "AXIOMS"))


def examine(law: str, level: str) -> "tuple[Line, ...]":
    """Check the steps of `law` at level S, Z, C, Q or K, one line each."""
    lines: tuple[Line, ...] = _call("ledger", "examine")(level, _call(law, PARTS[level])())
    return lines


def verdict(law: str, level: str, lines: "tuple[Line, ...]") -> Verdict:
    """Hold the lines of a level against the list of what must run."""
    judged: Verdict = _call("ledger", "verdict")(law, level, lines, axioms_of(law))
    return judged


def absent(level: str) -> Verdict | None:
    """Return the verdict NOT RUN where the tool that a level needs is not installed, else None."""
    reason: str = _call("coqc", "absent")() if level in OPTIONAL else ""
    return Verdict(Outcome.NOT_RUN, method="no tool", detail=reason) if reason else None


def _judge(law: str, level: str) -> Verdict:
    nothing = absent(level)
    return verdict(law, level, examine(law, level)) if nothing is None else nothing


def _compare(module: str, function: str, naive: str | None) -> Verdict:
    judge: Callable[..., Verdict] = _call("doubles", "judge")
    return judge(_call(module, function)(), naive=_call(module, naive)() if naive else ())


def _chain(law: str, level: str, name: str, claim: str, seconds: float) -> Check:
    return Check(law, level, name, claim, partial(_judge, law, level), seconds)


def _doubles(
    law: str, module: str, function: str, oracle: str, *, seconds: float = 0.5, naive: str | None = None
) -> Check:
    return Check(law, "F", f"doubles against {oracle}", DIGITS, partial(_compare, module, function, naive), seconds)


def checks() -> tuple[Check, ...]:
    """Return every check of proofs."""
    return (
        _chain("paths", "S", "levels, circles, grids",
               "In x/a all schemes read noise levels alone; levels fall along a path, and grids end as stated.", 3.0),
        _chain("paths", "Z", "falling levels", "Levels fall strictly, and a DDIM step is a mean.", 0.1),
        _chain("paths", "Q", "where a path begins",
               "The beginning of vp_linear, and what a start at finite noise costs, are as printed.", 0.1),
        _doubles("paths", "path_doubles", "rows", "paths and grids in balls"),
        _chain("tube", "S", "from Bayes' rule to the arctangent",
               "The posterior mean, the exact flip of a Gaussian and the coefficient of a corner are identities.", 3.0),
        _chain("tube", "Q", "the flip of a Gaussian, integrated",
               "The arctangent and two junctions, enclosed to 30 digits or as printed.", 0.1),
        _doubles("tube", "tube", "rows", "bivariate orthants", seconds=1.0),
        _chain("crossover", "S", "from the shifted readout to the curve",
               "The squared change of a shifted readout averages to the crossover, with both its limits.", 5.0),
        _chain("crossover", "Z", "between the two limits",
               "The crossover lies below both limits, and its slope between 1 and 2.", 0.1),
        _doubles("crossover", "crossover", "rows", "the averaged change"),
        _chain("readout_order", "S", "from a displaced boundary to the order",
               "A strip flips, A runs from d^2 to d, and readouts have the slopes stated.", 1.5),
        _chain("readout_order", "Z", "between 1 and 2, and a quarter of the range",
               "The order lies between 1 and 2; no softmax is steeper than a quarter of its range.", 0.1),
        _chain("readout_order", "C", "no room on either side",
               "The order lies in (1, 2) at every kappa delta of the box, and comes near to both ends.", 1.0),
        _chain("readout_order", "Q", "shifted readouts, integrated",
               "A smooth, a middling and a sharp readout, shifted, integrate to the closed form to 25 digits.", 0.1),
        _doubles("readout_order", "readout_doubles", "rows", "readouts and flips in balls"),
        _chain("coarea", "S", "both sides for half-spaces",
               "Mean slope and level areas of Phi(kappa x) agree, and a mean slope on little mass has a peak.", 3.0),
        _chain("coarea", "Q", "both sides for tanh and for a cubic",
               "Mean slope and level areas agree to 25 digits, also where a function is not monotone.", 0.1),
        _chain("coarea", "Z", "from levels to the peak",
               "A level's area is least at the end of its mass, and slopes on disjoint supports add up.", 0.1),
        _doubles("coarea", "coarea", "rows", "both integrals"),
        _chain("binary", "S", "from the extremal map to the law",
               "Each step from the extremal map to the law is an identity.", 4.0),
        _doubles("binary", "doubles", "binary_rows", "quantiles in balls", seconds=6.0),
        _chain("isoperimetric", "S", "the profile and the quantile gap",
               "The derivatives that make the law monotone are identities.", 4.0),
        _chain("isoperimetric", "C", "monotone over the whole box",
              "More modes need strictly more stiffness, more error strictly less, everywhere in the box.", 4.0),
        _chain("isoperimetric", "Q", "what the asymptotic form overstates",
               "(Delta/error) sqrt(log(M)/2) is above the law by the factors printed, from M = 2 to 1e300.", 0.1),
        _doubles("isoperimetric", "doubles", "isoperimetric_rows", "quantiles in balls", naive="naive_rows"),
        _chain("isoperimetric_tv", "S", "masses at a corner",
               "A neighbourhood grows concavely with the mass, and the corner keeps what it should.", 0.2),
        _chain("isoperimetric_tv", "Z", "one more exchange",
               "Mass moved to the larger set lowers the sum, until one set is partial.", 0.1),
        _chain("isoperimetric_tv", "Q", "values, and one that (1 - error) S exceeds",
               "The stiffness at five places is as printed; at M = 2 the bound of balanced masses is none.", 0.1),
        _doubles("isoperimetric_tv", "dimension_doubles", "variation_rows", "the sum at its corner"),
        _chain("simplex", "S", "from the lead to the perimeter",
               "The perimeter is the mean of the largest over sqrt 2, and no more than the mean of the top 1/M.", 5.0),
        _chain("simplex", "Z", "cells apart",
               "Two cells are 2r apart, and the top 1/M has the larger mean.", 0.1),
        _chain("simplex", "C", "within sqrt 2 of isoperimetry",
               "The perimeter over the constant of isoperimetry lies in [1, sqrt 2] for real M up to 1048576.", 3.0),
        _chain("simplex", "Q", "perimeters",
               "The perimeters of 8, 64, 1024 and 1e6 cells are as printed.", 0.1),
        _doubles("simplex", "simplex_doubles", "simplex_rows", "certified integrals", seconds=1.5),
        _chain("ordinal", "S", "one gap after another",
               "The last position rises with the gap and is concave in the masses.", 0.5),
        _chain("ordinal", "Z", "least at a corner",
               "A concave function is least where every set is in one piece.", 0.1),
        _chain("ordinal", "C", "two sets cut in three",
               "A cut set ends farther right, at every cut and gap in the box.", 0.5),
        _chain("ordinal", "Q", "rows",
               "The stiffness of rows of 3, 8 and 64 is as printed.", 0.1),
        _doubles("ordinal", "dimension_doubles", "ordinal_rows", "the row walked from end to end", seconds=2.0),
        _chain("sobolev", "S", "from the density to the constants",
               "Hoelder and the gradient of the density give the constants.", 2.0),
        _chain("sobolev", "Z", "put together",
               "Norms, weight and gradient add up to the law.", 0.1),
        _chain("sobolev", "C", "never above a row or a lattice",
               "The bound stays below what rows and lattices reach, n = 1..10, m = 2..16.", 5.0),
        _chain("sobolev", "Q", "constants",
               "The constants in 1, 2, 3, 10 and 100 dimensions are as printed.", 0.1),
        _doubles("sobolev", "dimension_doubles", "sobolev_rows", "the textbook bound in balls"),
        _chain("grid", "S", "losses of rows",
               "Equal rows share the loss, small losses add, and the rate is n M^(1/n).", 1.0),
        _chain("grid", "Z", "a product of maps",
               "Independent rows keep the stiffness, and cells are a gap apart.", 0.1),
        _doubles("grid", "dimension_doubles", "grid_rows", "rows walked from end to end", seconds=1.0),
        _chain("product", "S", "bits",
               "One bit is the law of two modes; n bits cost n phi(0) for small errors.", 0.3),
        _chain("product", "Z", "one more bit",
               "Masses multiply.", 0.1),
        _chain("product", "C", "above isoperimetry",
               "Bits never beat the lower bound for 2^n modes, certified over real n and error.", 1.0),
        _chain("product", "Q", "against one row",
               "Six bits and one row of 64, as printed.", 0.1),
        _doubles("product", "dimension_doubles", "product_rows", "the closed form in balls"),
        _chain("spherical", "Z", "cells of directions apart",
               "Cells of directions are 2r apart, and a group's cells share alike.", 0.1),
        _chain("dimension", "Z", "two sides",
               "Bounds may be joined, and what is balanced lies within the variation.", 0.1),
        _chain("dimension", "C", "the sides do not cross",
               "Isoperimetry asks less than lattices have, for m = 3..16 and n = 1..10 at every error.", 1.0),
        _chain("dimension", "Q", "where the lower side turns",
               "Five dimensions of order log M, and four latents for a vocabulary, as printed.", 0.2),
        _doubles("dimension", "phase_doubles", "dimension_rows", "every factorisation in balls", seconds=1.5),
        _chain("composition", "S", "the mean is at least the K-th root",
               "Equal factors attain the peak's bound; the tangent of the logarithm orders the means of any K.", 1.0),
        _chain("composition", "Z", "the peak is at least the K-th root",
               "Constants of composed steps multiply, and their peak obeys the geometric mean.", 1.0),
        _chain("composition", "K", "for lists of any length",
               "Constants multiply, the peak and the mean are at least the K-th root: for every K.", 12.0),
        _doubles("composition", "depth_doubles", "composition_rows", "exact products"),
        _chain("ddim_frontier", "S", "Bayes' rule, DDIM's definition, slopes",
               "The denoiser, the step and the slopes that the code uses are what their definitions say.", 6.0),
        _chain("ddim_frontier", "Z", "Lipschitz constants multiply",
               "One step is Lipschitz, and constants of composed steps multiply.", 1.0),
        _chain("ddim_frontier", "Q", "floors, and what reaches them",
               "Five frontiers, DDIM's own masses, and an instance that attains its frontier to 30 digits.", 0.5),
        _doubles("ddim_frontier", "doubles", "ddim_rows", "rational arithmetic"),
        _chain("mixture_slope", "S", "a mean of slopes and a covariance of scores",
               "The Jacobian of M modes is a covariance over pairs; what a pair adds is a parabola of log odds.", 4.0),
        _chain("mixture_slope", "Z", "no variance above a quarter of its range, no pair above F",
               "Means, variances and pairs stay below their bounds, and a sum over pairs is largest at a corner.", 1.0),
        _chain("mixture_slope", "C", "near to what is attained",
               "F has the smallest constant; two widths reach 96% of their bound, and none exceeds it.", 1.0),
        _doubles("mixture_slope", "mixture_slope_doubles", "rows", "matrices in balls"),
        _chain("schedule_free_frontier", "Z", "no schedule helps",
               "A step is stiffest if it keeps all of x or none, and by induction K steps reach (1 + lambda) "
               "lambda^(K-1).", 1.0),
        _chain("schedule_free_frontier", "Q", "what is left",
               "Errors that no noise levels, and no schedule at all, can go below.", 0.1),
        _doubles("schedule_free_frontier", "depth_doubles", "schedule_free_rows", "exact products"),
        _chain("conservation", "S", "an exact differential",
               "The stretch of the boundary depends on the end points only.", 2.0),
        _chain("conservation", "Z", "between the modes' own maps",
               "Fluxes add up as densities do, and the flow lies between the maps of either mode.", 0.1),
        _chain("conservation", "C", "nowhere steeper",
               "The steepest slope that a search found is the steepest, to a thousandth, at unequal weights too.", 1.0),
        _doubles("conservation", "conservation", "flow_rows", "quantile maps in balls"),
        _doubles("conservation", "depth_doubles", "conservation_rows", "balls"),
        _chain("peak_optimal_schedule", "S", "the stretch along the circle",
               "The slope of the stretch in a^2, and its ends.", 0.2),
        _chain("peak_optimal_schedule", "Z", "equal parts",
               "The stretch grows under the hypothesis, and equal parts have the least peak.", 0.1),
        _doubles("peak_optimal_schedule", "depth_doubles", "peak_optimal_rows", "equal shares in balls"),
        _chain("hierarchy", "S", "sharing the error",
               "What each level may err, and the slope of phi/Phi.", 0.2),
        _chain("hierarchy", "C", "falls per level, rises in total",
               "Per level the peak falls by more than sqrt B; with the error shared it rises.", 3.0),
        _chain("hierarchy", "Q", "two ratios",
               "The two ratios at 32 choices and 4 levels are as printed.", 0.1),
        _doubles("hierarchy", "depth_doubles", "hierarchy_rows", "quantiles in balls"),
        _chain("total_correlation", "S", "pairs and links",
               "Divergence, entropies and links are one sum, of terms that are never negative.", 0.2),
        _chain("total_correlation", "Z", "the posterior is a chain",
               "Reweighted transitions are transitions.", 0.1),
        _doubles("total_correlation", "depth_doubles", "correlation_rows", "enumeration of all sequences"),
        _chain("commitment", "S", "the token and the place from their joint law",
               "A draw from the exact posterior has the law of the next level: no bias.", 2.0),
        _chain("commitment", "Z", "a mode is a landing",
               "A drawn mode lies in a landing set, whatever the posterior.", 0.1),
        _chain("reinjection", "S", "a kernel that keeps the order",
               "The kernel of |z-hat| rises with its centre, and each call keeps the order.", 0.3),
        _chain("reinjection", "Z", "lower edges err upward",
               "The order passes on, and lower edges add ambiguous mass.", 0.1),
        _chain("reinjection", "Q", "bounds on both sides in balls",
               "Chains of lower and upper edges decide where re-injection escapes the frontier, and where not.", 7.0),
        _chain("joint", "S", "the recursion unrolled",
               "Four calls give the sum of the law, and linear calls attain it.", 0.2),
        _chain("joint", "Q", "re-injection and its twin without noise",
               "Lambda and its error at (4, 4, 16), and the deterministic sampler that does better still.", 0.1),
        _chain("joint", "Z", "Cauchy and Schwarz",
               "One step is Lipschitz in the past and the fresh noise together.", 0.1),
        _doubles("joint", "depth_doubles", "joint_rows", "exact sums"),
        _doubles("joint", "linear_doubles", "rows", "solvers as they are stated"),
        _chain("dabi", "S", "from n to sqrt n, and a gap",
               "The smooth limit n, the sharp limits, and the mean beyond a gap.", 1.5),
        _chain("dabi", "Q", "peak, limits and gaps",
               "The values of section 9 are as printed.", 0.1),
        _doubles("dabi", "dabi", "rows", "the ratio of two integrals", seconds=1.0),
        _chain("cci", "S", "I-MMSE",
               "dI/dh = h mmse for two modes of any weights.", 2.5),
        _chain("cci", "Z", "rises between 0 and 1",
               "CCI never falls with the signal and stays in [0, 1].", 0.1),
        _doubles("cci", "cci", "rows", "the textbook entropy", seconds=4.0),
    )  # fmt: skip
