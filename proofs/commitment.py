"""H(k given x) = -E log p(k given x): the textbook CCI to 25 digits, beside theory's panels and its integral of mmse.

Source: theory/LAWS.md, section 9.
"""

from functools import partial
from itertools import pairwise
from typing import Final

import flint
import mpmath

from proofs.doubles import Row
from theory.commitment import cci, undecided

DIGITS: Final = 25
"""Working digits of the oracle: with 1 - H/H(k) >= 1e-4 on the grid, 20 are left, 8 more than are judged."""


def textbook(signal: float, weights: tuple[float, float], *, committed: bool) -> flint.arb:
    """Return H(k given x)/H(k), or 1 minus it, at mu/s = signal, by mpmath's quadrature on short pieces."""
    with mpmath.workdps(DIGITS):
        g, left, right = (mpmath.mpf(v) for v in (signal, *weights))

        def surprise(y: mpmath.mpf) -> mpmath.mpf:
            # Times e^(g^2/2), as the quadrature's tolerance is absolute.
            minus, plus = (w * mpmath.exp(-y * (y / 2 + sign * g)) for w, sign in ((left, 1), (right, -1)))
            return minus * mpmath.log1p(plus / minus) + plus * mpmath.log1p(minus / plus)

        middle, far = -mpmath.log(right / left) / (2 * g), g + 12
        steps = [middle + sign * mpmath.mpf(2) ** j / g for j in range(-1, 7) for sign in (-1, 1)]
        places = sorted({-far, far, -g, g, *(mpmath.mpf(j) for j in (-6, -3, 0, 3, 6)),
                         *(p for p in (middle, *steps) if abs(p) < far)})  # fmt: skip
        total = mpmath.fsum(mpmath.quad(surprise, pair) for pair in pairwise(places))
        total *= mpmath.npdf(g)
        share = total / -(left * mpmath.log(left) + right * mpmath.log(right))
        return flint.arb(mpmath.nstr(1 - share if committed else share, DIGITS))


def rows() -> list[Row]:
    """Return theory's CCI and what is undecided beside the textbook entropy."""
    found: list[Row] = []
    for signal, weights in (
        (0.03, (0.5, 0.5)),
        (0.6, (0.25, 0.75)),
        (2.0, (0.5, 0.5)),
        (9.0, (0.25, 0.75)),
        (30.0, (0.25, 0.75)),
    ):
        here = f"mu/s={signal:g}, weights={weights}"
        half, both = (
            partial(textbook, signal, weights, committed=True),
            partial(textbook, signal, weights, committed=False),
        )
        found.append((f"cci, {here}", cci(signal, 1.0, weights=weights), half))
        found.append((f"undecided, {here}", undecided(signal, 1.0, weights=weights), both))
    return found
