"""Proofs: every law as a chain of checked steps, and every double against balls. Sees theory only.

symbols     sympy, mpmath and ball meanings of the primitives
step        sympy identities whose mutants must fail      smt       z3 inequalities whose mutants have witnesses
box         certificates over boxes                       doubles   theory's numbers against textbook forms in balls
dimension_doubles, simplex_doubles                        the same for the laws of dimension
binary, isoperimetric, ddim_frontier                      the chain of each law
ledger, steps.txt                                         what must run         mathml    formulas to read
"""

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


def _variation_doubles() -> Verdict:
    from proofs import dimension_doubles, doubles

    return doubles.judge(dimension_doubles.variation_rows())


def _simplex_doubles() -> Verdict:
    from proofs import doubles, simplex_doubles

    return doubles.judge(simplex_doubles.simplex_rows())


def _ordinal_doubles() -> Verdict:
    from proofs import dimension_doubles, doubles

    return doubles.judge(dimension_doubles.ordinal_rows())


def _sobolev_doubles() -> Verdict:
    from proofs import dimension_doubles, doubles

    return doubles.judge(dimension_doubles.sobolev_rows())


def _grid_doubles() -> Verdict:
    from proofs import dimension_doubles, doubles

    return doubles.judge(dimension_doubles.grid_rows())


def _product_doubles() -> Verdict:
    from proofs import dimension_doubles, doubles

    return doubles.judge(dimension_doubles.product_rows())


def checks() -> tuple[Check, ...]:
    """Return every check of proofs; what a check needs is imported when it runs."""
    return (
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
        Check("isoperimetric_tv", "F", "doubles are the textbook's",
              "What the code computes is the textbook sum at its corner, to 12 digits, up to 1e300 modes.",
              _variation_doubles, seconds=0.2),
        Check("simplex", "F", "doubles are certified integrals",
              "What the code computes is the textbook integral, enclosed, to 12 digits.",
              _simplex_doubles, seconds=1.2),
        Check("ordinal", "F", "doubles are the textbook's",
              "What the code computes is the row's recursion walked from end to end, to 12 digits.",
              _ordinal_doubles, seconds=2.0),
        Check("sobolev", "F", "doubles are the textbook's",
              "What the code computes is the textbook bound in balls, to 12 digits.", _sobolev_doubles, seconds=0.1),
        Check("grid", "F", "doubles are the textbook's",
              "What the code computes is the product of rows walked from end to end, to 12 digits.",
              _grid_doubles, seconds=0.8),
        Check("product", "F", "doubles are the textbook's",
              "What the code computes is the closed form, to 12 digits.", _product_doubles, seconds=0.1),
        Check("ddim_frontier", "S", "Bayes' rule, DDIM's definition, slopes",
              "The denoiser, the step and the slopes that the code uses are what their definitions say.",
              _ddim_steps, seconds=13.0),
        Check("ddim_frontier", "Z", "Lipschitz constants multiply",
              "One step is Lipschitz, constants of composed steps multiply, and the peak obeys the geometric mean.",
              _ddim_claims, seconds=1.0),
        Check("ddim_frontier", "F", "doubles are rational arithmetic's",
              "The frontier that the code computes is the exact product, to 12 digits.", _ddim_doubles, seconds=0.1),
    )  # fmt: skip
