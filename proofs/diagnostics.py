"""E A(d xi_1) = k_n integral over x of (1 - x^2)^((n-3)/2) A(d x): the textbook DABI in balls, beside theory's panels.

Numerator and denominator are integrated as they are defined: the numerator over all of w < 0, the denominator over the
angle to the normal, with its constant from Gamma functions. Source: theory/LAWS.md, section 9.
"""

from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Final

import flint

from proofs.doubles import Row
from proofs.integral import ball_integral
from proofs.symbols import ball_ndtr, ball_sqrt2
from theory.diagnostics import dabi, gap_exponent, sharp_dabi, sharpness_exponent, squared_change

_CUT: Final = 40
"""What lies beyond 40 deviations, (Phi(w + d) - Phi(w))^2 < Phi(-40)^2 < 1e-698 in all, enters as a radius."""


def _change(d: flint.acb) -> flint.acb:
    """Return A(d) = (2/sqrt(pi)) (e^(-d^2/4) - 1) + d erf(d/2)."""
    return 2 / flint.arb.pi().sqrt() * (-(d**2) / 4).expm1() + d * (d / 2).erf()


def _squared_change(d: float) -> flint.arb:
    return _change(flint.acb(d)).real


def _average(n: int, f: Callable[[flint.acb], flint.acb], low: flint.arb) -> flint.arb:
    """Return E f(|xi_1|) over |xi_1| > sin(low), by the angle: 2 k_n integral of cos^(n-2) f(sin)."""
    half = flint.arb(n) / 2
    constant = half.gamma() / (flint.arb.pi().sqrt() * (half - flint.arb(1) / 2).gamma())
    return 2 * constant * ball_integral(lambda t: t.cos() ** (n - 2) * f(t.sin()), low, flint.arb.pi() / 2)


def textbook(n: int, sharpness_radius: float) -> flint.arb:
    """Return the textbook DABI at kappa r, n >= 2."""
    d, root = flint.arb(sharpness_radius), ball_sqrt2()

    def squared(w: flint.acb) -> flint.acb:
        return (((-(w + d) / root).erfc() - (-w / root).erfc()) / 2) ** 2

    far = -(d + _CUT)
    # Pieces, lest the rule spend its work on finding the two places where the integrand moves.
    places = [far, *(-(d * j) / 8 for j in range(8, -1, -1))]
    along = sum((ball_integral(squared, a, b) for a, b in pairwise(places)), flint.arb(0))
    tail = ball_ndtr(flint.arb(-_CUT)) ** 2
    return 2 * along.union(along + tail) / _average(n, lambda x: _change(d * x), flint.arb(0))


def textbook_sharp(n: int, gap_ratio: float) -> flint.arb:
    """Return the textbook 2 (1 - c)/E(|xi_1| - c)_+, n >= 2."""
    c = flint.arb(gap_ratio)
    return 2 * (1 - c) / _average(n, lambda x: x - c, c.asin())


def textbook_exponent(n: int, sharpness_radius: float) -> flint.arb:
    """Return the textbook d log E A(d xi_1)/d log d = E[d x A'(d x)]/E A(d x), A'(d) = erf(d/2), n >= 2."""
    d, zero = flint.arb(sharpness_radius), flint.arb(0)
    return _average(n, lambda x: d * x * (d * x / 2).erf(), zero) / _average(n, lambda x: _change(d * x), zero)


def textbook_gap_exponent(n: int, gap_ratio: float) -> flint.arb:
    """Return the textbook d log E(r |xi_1| - g)_+/d log r at r = g/c: E[|xi_1|; |xi_1| > c]/E(|xi_1| - c)_+, n >= 2."""
    c = flint.arb(gap_ratio)
    return _average(n, lambda x: x, c.asin()) / _average(n, lambda x: x - c, c.asin())


def rows() -> list[Row]:
    """Return theory's diagnostics beside their textbook forms, in dimensions 2 to 1000."""
    found: list[Row] = []
    for d in (1e-6, 0.1, 2.0, 50.0, 1e6):
        found.append((f"A({d:g})", float(squared_change(d)), partial(_squared_change, d)))
    for n in (2, 3, 16, 257, 1000):
        for d in (1e-6, 0.1, 1.89, 12.0, 30.0, 1000.0):
            found.append((f"dabi, n={n}, kappa r={d:g}", dabi(n, d), partial(textbook, n, d)))
            found.append(
                (f"exponent, n={n}, kappa r={d:g}", sharpness_exponent(n, d), partial(textbook_exponent, n, d))
            )
        found.append((f"sharp, n={n}", sharp_dabi(n), partial(textbook_sharp, n, 0.0)))
        for c in (1e-3, 0.2, 0.6, 0.97):
            if (value := sharp_dabi(n, c)) < 1e280:  # beyond, the mass past the gap underflows
                found.append((f"gap, n={n}, c={c:g}", value, partial(textbook_sharp, n, c)))
                found.append(
                    (f"gap exponent, n={n}, c={c:g}", gap_exponent(n, c), partial(textbook_gap_exponent, n, c))
                )
    return found
