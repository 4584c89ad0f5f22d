"""Proofs: every law as a chain of checked steps, and every double against balls. Sees theory only.

symbols     sympy, mpmath and ball meanings of the primitives
step        sympy identities whose mutants must fail      smt       z3 inequalities whose mutants have witnesses
box         certificates over boxes                       doubles   theory's numbers against textbook forms in balls
tube, crossover, coarea, binary, isoperimetric, ddim_frontier   the chain of each law
diagnostics DABI in balls            commitment  CCI to 25 digits
integral    integrals in balls that can be interrupted
ledger, steps.txt                                         what must run         mathml    formulas to read
"""

from theory.verdict import Check, Verdict


def _tube_steps() -> Verdict:
    from proofs import ledger, tube

    return ledger.judge_steps("tube", tube.steps(), tube.AXIOMS)


def _tube_doubles() -> Verdict:
    from proofs import doubles, tube

    return doubles.judge(tube.rows())


def _crossover_steps() -> Verdict:
    from proofs import crossover, ledger

    return ledger.judge_steps("crossover", crossover.steps(), crossover.AXIOMS)


def _crossover_doubles() -> Verdict:
    from proofs import crossover, doubles

    return doubles.judge(crossover.rows())


def _coarea_steps() -> Verdict:
    from proofs import coarea, ledger

    return ledger.judge_steps("coarea", coarea.steps(), coarea.AXIOMS)


def _coarea_doubles() -> Verdict:
    from proofs import coarea, doubles

    return doubles.judge(coarea.rows())


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


def _dabi_doubles() -> Verdict:
    from proofs import diagnostics, doubles

    return doubles.judge(diagnostics.rows())


def _cci_doubles() -> Verdict:
    from proofs import commitment, doubles

    return doubles.judge(commitment.rows())


def checks() -> tuple[Check, ...]:
    """Return every check of proofs; what a check needs is imported when it runs."""
    return (
        Check("tube", "S", "from Bayes' rule to the arctangent",
              "The posterior mean, the exact flip of one Gaussian and the coefficient of a corner are identities.",
              _tube_steps, seconds=3.0),
        Check("tube", "F", "doubles are bivariate orthants",
              "The flip probability that the code integrates is the textbook's bivariate normal mass, to 12 digits.",
              _tube_doubles, seconds=1.0),
        Check("crossover", "S", "from the shifted readout to the curve",
              "The squared change of a shifted readout averages to the crossover, with its sharp and smooth limits.",
              _crossover_steps, seconds=5.0),
        Check("crossover", "F", "doubles are the averaged change",
              "What the code computes is the noise average of the squared change, to 12 digits.",
              _crossover_doubles, seconds=0.2),
        Check("coarea", "S", "both sides for half-spaces",
              "Mean slope and level areas of Phi(kappa x) agree, and a mean slope on little mass has a peak.",
              _coarea_steps, seconds=3.0),
        Check("coarea", "F", "doubles are both integrals",
              "What the code computes is the mean slope and the integral of level areas, to 12 digits.",
              _coarea_doubles, seconds=0.1),
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
              "One step is Lipschitz, constants of composed steps multiply, and the peak obeys the geometric mean.",
              _ddim_claims, seconds=1.0),
        Check("ddim_frontier", "F", "doubles are rational arithmetic's",
              "The frontier that the code computes is the exact product, to 12 digits.", _ddim_doubles, seconds=0.1),
        Check("dabi", "F", "doubles are the ratio of two integrals",
              "What the code computes is the textbook ratio of squared changes, to 12 digits.",
              _dabi_doubles, seconds=1.0),
        Check("cci", "F", "doubles are the textbook entropy",
              "What the code integrates is the textbook conditional entropy, to 12 digits.",
              _cci_doubles, seconds=1.0),
    )  # fmt: skip
