"""u_{j+1} = Phi(Phi^-1(u_j) + 2r) + q walked from end to end in balls: the laws of dimension against their statements.

theory uses the symmetry of a row, sums of gap masses and quadrature; here each statement is evaluated as it reads, at
whatever precision decides. Level F, judged by `proofs.doubles.judge`. Source: theory/LAWS.md, sections 5 and 6.
"""

from functools import partial
from typing import Final

import flint

from proofs.doubles import Row, root
from proofs.symbols import ball_ndtr, ball_ndtri
from theory.ordinal import ordinal_error, ordinal_stiffness

ROWS: Final = (
    (2, 1e-15), (2, 1 - 1e-9), (3, 1e-12), (3, 0.01), (3, 1 - 1e-9), (8, 1e-15), (8, 0.01), (8, 0.5), (8, 0.9),
    (8, 1 - 1e-6), (17, 0.3), (64, 0.1), (301, 1e-9),
)  # fmt: skip
"""(modes, error): even and odd rows, both forms of the difference, errors from 1e-15 to 1 - 1e-9."""
STIFFNESSES: Final = ((2, 0.3), (3, 40.0), (8, 0.7), (8, 1e9), (9, 5.0))


def row_end(modes: int, kept: flint.arb, width: flint.arb) -> flint.arb:
    """Return u_M - 1, the position of the last piece's end beyond 1; at least 0 as soon as the row leaves the line."""
    mass = kept / modes
    end = mass
    for _ in range(modes - 1):
        if end >= 1:
            return end - 1 + mass
        end = ball_ndtr(ball_ndtri(end) + width) + mass
    return end - 1


def textbook_ordinal_gap(modes: int, error: float) -> flint.arb:
    """Return the textbook root 2r of u_M = 1. No row is longer than a span of 80: Phi(-40) < 1e-300."""
    kept = 1 - flint.arb(error)
    return root(partial(row_end, modes, kept), flint.arb(0), flint.arb(80) / (modes - 1))


def textbook_ordinal(modes: int, error: float) -> flint.arb:
    """Return the textbook L = 1/(2r), at separation 1."""
    return 1 / textbook_ordinal_gap(modes, error)


def textbook_ordinal_error(modes: int, stiffness: float) -> flint.arb:
    """Return the textbook root in the error of u_M = 1 at 2r = 1/L."""
    width = 1 / flint.arb(stiffness)
    tiny = flint.arb(2) ** -1000
    return 1 - root(lambda kept: row_end(modes, kept, width), tiny, 1 - tiny)


def ordinal_rows() -> list[Row]:
    """Return theory's stiffness and least error of a row, beside the recursion as it stands."""
    rows: list[Row] = []
    for m, e in ROWS:
        rows.append((f"M={m}, error={e!r}", ordinal_stiffness(m, e), partial(textbook_ordinal, m, e)))
    for m, stiffness in STIFFNESSES:
        here = f"M={m}, stiffness={stiffness:g}"
        rows.append((here, ordinal_error(m, stiffness), partial(textbook_ordinal_error, m, stiffness)))
    return rows
