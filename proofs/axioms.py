"""proved = checked steps + AXIOMS: every theorem that a chain cites without proving it, by name.

A chain declares the names that it rests on, and steps.txt confirms them. No other theorem is cited beyond calculus in
one variable (mean value theorem, fundamental theorem) and induction; sympy, z3 and Arb are trusted to check the steps,
and the words of arguments.md, which join them, are left to the reader.
"""

from dataclasses import dataclass
from typing import Final, final


@final
@dataclass(frozen=True)
class Axiom:
    """A cited theorem: what it says, and whose it is."""

    name: str
    says: str
    source: str


_ALL: Final = (
    Axiom("isoperimetry", "gamma(A) = Phi(z) implies that the r-neighbourhood of A has mass at least Phi(z + r)",
          "Sudakov and Tsirelson 1978; Borell 1975"),
    Axiom("coarea", "for Lipschitz f, E|grad f| is the integral over t of the Gaussian area of {f = t}", "Federer"),
    Axiom("kirszbraun", "a map between Euclidean spaces that is L-Lipschitz on a set extends to all, still L-Lipschitz",
          "Kirszbraun 1934"),
    Axiom("multi_bubble", "for n >= M - 1 no M equal cells have less Gaussian wall area than those of a simplex",
          "Milman and Neeman 2022"),
    Axiom("sobolev", "the integral of |grad f| is at least n omega_n^(1/n) times the L^(n/(n-1)) norm of f",
          "Federer and Fleming; Maz'ya"),
    Axiom("hoelder", "the integral of f g is at most the L^p norm of f times the L^q norm of g, 1/p + 1/q = 1",
          "Hoelder"),
    Axiom("bathtub", "of all sets of given mass, the integral of a function is largest over one of its level sets",
          "rearrangement; Neyman and Pearson"),
    Axiom("prekopa", "a log-concave function of several variables, integrated over some, is log-concave in the others",
          "Prekopa 1973"),
    Axiom("independence", "a mean over independent noises is an integral over their product density, in any order",
          "Fubini; Tonelli"),
    Axiom("exchange", "a derivative or limit passes under an integral sign where it is dominated", "Lebesgue"),
    Axiom("stein", "d/dt E f(sqrt(t) xi) = E f''(sqrt(t) xi)/2", "Stein; the heat equation"),
    Axiom("strips", "noise s moves the side of a smooth boundary by s xi_1 + O(s^2): mass s |xi_1| E changes sides, "
          "and what is of order s^2 is odd in xi", "Weyl's tube formula; theory/LAWS.md, section 1"),
    Axiom("wedges", "a junction of cells takes away s^2 p/2 times the sum of A(opening), to this order",
          "van den Berg and Gittins 2016"),
    Axiom("flow", "the flow map of a density on a line is increasing, and so is fixed by both end densities",
          "monotone transport"),
    Axiom("sphere", "one coordinate of a uniform direction in R^n is the sine of an angle of density cos^(n-2)",
          "Archimedes, for n = 3"),
    Axiom("spectral", "a symmetric matrix J is diagonal in some orthonormal basis; its norm is the largest |u'Ju|, "
          "|u| = 1",
          "Cauchy 1829"),
    Axiom("orders", "the law of X below that of Y in the stochastic order gives E f(X) <= E f(Y) for increasing f",
          "Lehmann 1955"),
)  # fmt: skip
AXIOMS: Final[dict[str, Axiom]] = {axiom.name: axiom for axiom in _ALL}
"""Every axiom by name."""
