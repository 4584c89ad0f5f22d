"""min_j <u_i - u_j, x>/|u_i - u_j| over every word, in balls: cyclic codes against their definition.

theory takes all inner products by one Fourier transform, and distances by another; here each word is written out in
cosines and sines, and the word nearest to x is found by trying all. Level F. Source: theory/LAWS.md, section 6,
`spherical`.
"""

from functools import cache, partial
from typing import Final

import flint
import numpy as np

from proofs.against_balls import Row
from theory.spherical import cyclic_code

CODES: Final = ((2, 1), (5, 2), (8, 3), (9, 8), (16, 5), (64, 8))
"""(modes, source_dim): one axis, a polygon, an alternating sign, a simplex, and codes with planes left out."""


@cache
def _word(code: tuple[int, int], i: int, bits: int) -> tuple[flint.arb, ...]:
    """Return word i of a code at a precision: cosines, sines, sign."""
    with flint.ctx.workprec(bits):
        return _written(code, i)


def _written(code: tuple[int, int], i: int) -> tuple[flint.arb, ...]:
    made = cyclic_code(*code)
    angles = [flint.arb(2 * ((i * f) % made.modes)) / made.modes for f in made.frequencies]
    root2 = flint.arb(2).sqrt()
    sign = (flint.arb((-1) ** i),) if made.alternating else ()
    return (*(root2 * x.cos_pi() for x in angles), *(root2 * x.sin_pi() for x in angles), *sign)


def _apart(code: tuple[int, int], i: int, j: int) -> tuple[list[flint.arb], flint.arb]:
    """Return u_i - u_j and its length."""
    step = [x - y for x, y in zip(_word(code, i, flint.ctx.prec), _word(code, j, flint.ctx.prec), strict=True)]
    return step, sum((x * x for x in step), flint.arb(0)).sqrt()


def textbook_distance(code: tuple[int, int], i: int) -> flint.arb:
    """Return |u_i - u_0|."""
    return _apart(code, i, 0)[1]


def textbook_half_gap(code: tuple[int, int], point: tuple[float, ...]) -> flint.arb:
    """Return the largest over i of the least over j of <u_i - u_j, x>/|u_i - u_j|: the half gap of the cell of x."""
    best = flint.arb(-1)
    for i in range(code[0]):
        leads = []
        for j in range(code[0]):
            if i != j:
                step, length = _apart(code, i, j)
                leads.append(sum((s * x for s, x in zip(step, point, strict=True)), flint.arb(0)) / length)
        least = leads[0]
        for lead in leads[1:]:
            least = least.min(lead)
        best = best.max(least)
    return best


def code_rows() -> list[Row]:
    """Return distances of words and half gaps of points beside their definitions."""
    rows: list[Row] = []
    for code in CODES:
        made = cyclic_code(*code)
        place = np.arange(1, made.dimension + 1)
        points = np.array([np.cos(3.0 * place) + 0.2, np.sin(place**2) - 0.4 * np.cos(7.0 * place)])
        for i in sorted({1, made.modes // 2, made.modes - 1}):
            rows.append((f"distance of word {i} of {code}", float(made.distances[i]),
                         partial(textbook_distance, code, i)))  # fmt: skip
        for number, (point, found) in enumerate(zip(points, made.half_gaps(points), strict=True)):
            exact = partial(textbook_half_gap, code, tuple(map(float, point)))
            rows.append((f"half gap of point {number} in {code}", float(found), exact))
    return rows
