"""<u, x - y> >= 2r |u| implies |x - y| >= 2r: cells of directions keep their distance, whatever the directions are.

Source: theory/LAWS.md, section 6, `spherical` (ours).
"""

from typing import Final

import z3

from proofs.smt import Claim

AXIOMS: Final = ("kirszbraun",)


def claims() -> tuple[Claim, ...]:
    """Return how far apart two cells are, and that a code's cells share what is decided."""
    here, there, size, gap, distance = z3.Reals("p q c r d")
    one, rest, words, decided = z3.Reals("a s M t")
    return (
        Claim(
            "cells_apart",
            "with u = u_i - u_j of length c: <u, x> >= r c, <u, y> <= -r c and <u, x - y>^2 <= c^2 |x - y|^2 "
            "(Cauchy and Schwarz) give |x - y| >= 2r",
            (size > 0, gap > 0, distance >= 0, here >= gap * size, there <= -gap * size,
             (here - there) * (here - there) <= size * size * distance * distance),
            distance >= 2 * gap,
            (distance >= 3 * gap, distance > 2 * gap, 100 * distance >= 201 * gap),
        ),
        Claim(
            "equal_shares", "M cells that the group maps onto each other have one mass, so each has 1/M of their sum",
            (words >= 2, decided > 0, rest == (words - 1) * one, one + rest == decided), words * one == decided,
            (100 * words * one == 101 * decided, words * one > decided),
        ),
    )  # fmt: skip
