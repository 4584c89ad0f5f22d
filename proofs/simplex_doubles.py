"""M integral phi(y) Phi(y - w)^(M-1) dy in certified complex quadrature: the law of the simplex against its statement.

theory averages positive terms in log space on a trapezoidal grid; here the integral stands as written and Arb encloses
it (Johansson 2017), the root by the signs of the integral. Level F. Source: theory/LAWS.md, section 5, `simplex`.
"""

from collections.abc import Callable
from functools import partial
from typing import Final

import flint

from proofs.against_balls import Row
from proofs.dimension_doubles import enclosed
from proofs.integral import ball_integral
from theory.simplex import simplex_bounds, simplex_error, simplex_perimeter, simplex_stiffness

SIMPLICES: Final = (
    (2, 1e-15), (2, 0.3), (3, 0.01), (3, 1 - 1e-9), (8, 1e-9), (8, 0.5), (8, 0.51), (64, 0.9), (1024, 1e-6),
)  # fmt: skip
PERIMETERS: Final = (2, 3, 8, 64, 1024, 10**6)


def integral(f: Callable[[flint.acb], flint.acb]) -> flint.arb:
    """Return an enclosure of the integral of f over [-60, 60]; e^-1800 of a Gaussian lies outside."""
    return ball_integral(f, flint.arb(-60), flint.arb(60))


def _phi(y: flint.acb) -> flint.acb:
    return (-y * y / 2).exp() / (2 * flint.acb.pi()).sqrt()


def _below(y: flint.acb) -> flint.acb:
    return (-y / flint.acb(2).sqrt()).erfc() / 2


def textbook_kept_lead(modes: int, lead: flint.arb) -> flint.arb:
    """Return the textbook P(G > lead) = M integral phi(y) Phi(y - lead)^(M-1)."""
    return modes * integral(lambda y: _phi(y) * _below(y - lead) ** (modes - 1))


def textbook_simplex(modes: int, error: float, near: float) -> flint.arb:
    """Return the textbook L = 1/(2r), P(G > sqrt2 r) = 1 - error; `near` only starts the search."""
    kept = 1 - flint.arb(error)
    lead = enclosed(lambda lead: kept - textbook_kept_lead(modes, lead), 1 / (near * 2**0.5))
    return 1 / (lead * flint.arb(2).sqrt())


def textbook_simplex_error(modes: int, stiffness: float) -> flint.arb:
    """Return the textbook 1 - P(G > sqrt2 r) at 2r = 1/L."""
    return 1 - textbook_kept_lead(modes, 1 / (flint.arb(stiffness) * flint.arb(2).sqrt()))


def textbook_perimeter(modes: int) -> flint.arb:
    """Return the textbook P_M = C(M, 2) phi(0) E[Phi(Z/sqrt2)^(M-2)]."""
    mean = integral(lambda z: _phi(z) * _below(z / flint.acb(2).sqrt()) ** (modes - 2))
    return flint.arb(modes) * (modes - 1) / 2 * mean / (2 * flint.arb.pi()).sqrt()


def textbook_bound(modes: int, error: float, *, low: bool) -> flint.arb:
    """Return the textbook P_M/log(1/(1 - error)), or P_M/error."""
    e = flint.arb(error)
    return textbook_perimeter(modes) / (-((-e).log1p()) if low else e)


def simplex_rows() -> list[Row]:
    """Return theory's stiffness, error and perimeter of a simplex, beside certified integrals."""
    rows: list[Row] = []
    for m, e in SIMPLICES:
        stiffness = simplex_stiffness(m, e)
        rows.append((f"M={m}, error={e!r}", stiffness, partial(textbook_simplex, m, e, stiffness)))
        back = simplex_error(m, stiffness)
        rows.append((f"M={m}, stiffness={stiffness:g}", back, partial(textbook_simplex_error, m, stiffness)))
    for m, e in ((3, 1e-9), (64, 0.9)):
        for low, value in zip((True, False), simplex_bounds(m, e), strict=True):
            rows.append((f"bound, M={m}, error={e!r}, {low=}", float(value), partial(textbook_bound, m, e, low=low)))
    rows.extend((f"P_{m}", simplex_perimeter(m), partial(textbook_perimeter, m)) for m in PERIMETERS)
    return rows
