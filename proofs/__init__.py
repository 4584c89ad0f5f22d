"""Proofs: every law as a chain of checked steps, and every double against balls. Sees theory only.

symbols     sympy, mpmath and ball meanings of the primitives
step        sympy identities whose mutants must fail      smt       z3 inequalities whose mutants have witnesses
box         certificates over boxes                       doubles   theory's numbers against textbook forms in balls
binary, isoperimetric, ddim_frontier                      the chain of each law
ledger, steps.txt                                         what must run         mathml    formulas to read
"""

from functools import partial

from theory.verdict import Check, Verdict


def _binary_steps() -> Verdict:
    from proofs import binary, ledger

    return ledger.judge_steps("binary", binary.steps(), binary.AXIOMS)


def _isoperimetric_steps() -> Verdict:
    from proofs import isoperimetric, ledger

    return ledger.judge_steps("isoperimetric", isoperimetric.steps(), isoperimetric.AXIOMS)


def _isoperimetric_boxes() -> Verdict:
    from proofs import isoperimetric, ledger

    return ledger.judge_boxes(
        "isoperimetric", isoperimetric.CLAIMS, isoperimetric.BOX,
        "Certified for all real M in [2, 1048576] and error in [9.3e-10, 1/2], a box that holds [2, 1e6] x [1e-9, 1/2]:"
        " stiffness strictly rises with modes and strictly falls with error.",
    )  # fmt: skip


def _ddim_steps() -> Verdict:
    from proofs import ddim_frontier, ledger

    return ledger.judge_steps("ddim_frontier", ddim_frontier.steps(), ddim_frontier.AXIOMS)


def _ddim_claims() -> Verdict:
    from proofs import ddim_frontier, ledger

    return ledger.judge_claims("ddim_frontier", ddim_frontier.claims())


def _binary_doubles() -> Verdict:
    from proofs import doubles as d

    pairs = [masses for masses in d.MASSES if len(masses) == 2]
    return d.judge([*d.balanced_rows((2,)), *d.error_rows((2,)), *d.masses_rows(pairs)])


def _isoperimetric_doubles() -> Verdict:
    from proofs import doubles as d
    from proofs import parts

    more = [masses for masses in d.MASSES if len(masses) > 2]
    rows = [
        *d.balanced_rows(d.MODES[1:]),
        *d.error_rows(d.MODES[1:]),
        *d.closed_rows(),
        *d.masses_rows(more),
        *parts.gaussian_rows(),
    ]
    return d.judge(rows, naive=d.naive_rows())


def _ddim_doubles() -> Verdict:
    from proofs import doubles as d
    from proofs import parts

    return d.judge([*d.frontier_rows(), *parts.coefficient_rows(), *parts.posterior_rows()])


def _rows(name: str) -> Verdict:
    """Judge the rows that proofs.depth_doubles offers under this name."""
    from proofs import depth_doubles, doubles

    return doubles.judge(getattr(depth_doubles, f"{name}_rows")())


def _composition_claims() -> Verdict:
    from proofs import composition, ledger

    return ledger.judge_claims("composition", composition.claims())


def _schedule_free_claims() -> Verdict:
    from proofs import composition, ledger

    return ledger.judge_claims("schedule_free_frontier", composition.schedule_free_claims())


def _conservation_steps() -> Verdict:
    from proofs import conservation, ledger

    return ledger.judge_steps("conservation", conservation.steps(), conservation.AXIOMS)


def _doubles_of_depth() -> tuple[Check, ...]:
    """Return level F of the laws of depth and escape, whose oracles are rational sums, balls or enumeration."""
    oracle = {
        "composition": "exact products", "schedule_free": "exact products", "conservation": "balls",
        "peak_optimal": "equal shares in balls", "hierarchy": "balls", "joint": "exact sums",
        "correlation": "enumeration of all sequences",
    }  # fmt: skip
    law = {"schedule_free": "schedule_free_frontier", "peak_optimal": "peak_optimal_schedule",
           "correlation": "total_correlation"}  # fmt: skip
    return tuple(
        Check(law.get(name, name), "F", f"doubles against {route}", "What the code computes is right to 12 digits.",
              partial(_rows, name), seconds=0.5)
        for name, route in oracle.items()
    )  # fmt: skip


def checks() -> tuple[Check, ...]:
    """Return every check of proofs; what a check needs is imported when it runs."""
    return (
        *_doubles_of_depth(),
        Check("composition", "Z", "the peak is at least the K-th root",
              "Constants of composed steps multiply, and their peak obeys the geometric mean.", _composition_claims),
        Check("schedule_free_frontier", "Z", "no noise level helps beyond two extremes",
              "A step is stiffest if it keeps all of x or none.", _schedule_free_claims),
        Check("conservation", "S", "an exact differential",
              "The stretch of the boundary depends on the end points only.", _conservation_steps, seconds=2.0),
        Check("binary", "S", "from the extremal map to the law",
              "Each step from the extremal map to the law is an identity.", _binary_steps, seconds=4.0),
        Check("binary", "F", "doubles are the textbook's",
              "What the code computes is the textbook formula, to 12 digits.", _binary_doubles, seconds=6.0),
        Check("isoperimetric", "S", "the profile and the quantile gap",
              "The derivatives that make the law monotone are identities.", _isoperimetric_steps, seconds=2.0),
        Check("isoperimetric", "C", "monotone over the whole box",
              "More modes need strictly more stiffness, more error strictly less, everywhere in the box.",
              _isoperimetric_boxes, seconds=4.0),
        Check("isoperimetric", "F", "doubles are the textbook's",
              "What the code computes is the textbook formula, to 12 digits, up to 1e300 modes.",
              _isoperimetric_doubles, seconds=1.0),
        Check("ddim_frontier", "S", "Bayes' rule, DDIM's definition, slopes",
              "The denoiser, the step and the slopes that the code uses are what their definitions say.",
              _ddim_steps, seconds=13.0),
        Check("ddim_frontier", "Z", "Lipschitz constants multiply",
              "One step is Lipschitz, and constants of composed steps multiply.",
              _ddim_claims, seconds=1.0),
        Check("ddim_frontier", "F", "doubles are rational arithmetic's",
              "The frontier that the code computes is the exact product, to 12 digits.", _ddim_doubles, seconds=0.1),
    )  # fmt: skip
