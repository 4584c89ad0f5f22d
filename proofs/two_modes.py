"""P(|T(x_0)| < (1 - margin) mu) = 2 Phi(x*) - 1 with T(x*) = (1 - margin) mu: deterministic samplers, in balls.

Two equal modes of no width, the linear path on a uniform grid, a capped denoiser: each step is an odd increasing map,
so the landing threshold is carried back step by step. What is capped is rational. Margin 0.1, as in the laws' examples.
Source: theory/LAWS.md, sections 7 and 8.
"""

from collections.abc import Callable
from fractions import Fraction
from functools import cache
from math import prod
from typing import Final

import flint

from proofs.against_balls import root
from proofs.box import rational
from proofs.doubles import exact_frontier
from proofs.symbols import ball_ndtr

CAP: Final = 4
MARGIN: Final = Fraction(1, 10)


def reachable(mu: int, steps: int, call: int) -> Fraction:
    """Return lambda_j = min(cap, a mu^2/b^2), the slope of call j."""
    a, b = Fraction(call, steps), 1 - Fraction(call, steps)
    return min(a * mu**2 / b**2, Fraction(CAP))


def reachable_at(mu: flint.arb, t: flint.arb) -> flint.arb:
    """Return the same slope at a time that need not lie on the grid."""
    return (t * mu**2 / (1 - t) ** 2).min(flint.arb(CAP))


def sharpness(mu: int, steps: int, call: int) -> flint.arb:
    """Return k of call j, with which m = mu tanh(k x)."""
    return rational(reachable(mu, steps, call) / mu)


def gap_error(mu: int, stiffness: flint.arb) -> flint.arb:
    """Return the least error 2 Phi((1 - margin) mu/L) - 1 of a map of this stiffness."""
    return 2 * ball_ndtr(rational((1 - MARGIN) * mu) / stiffness) - 1


def least_error(mu: int, steps: int) -> flint.arb:
    """Return the least error of any DDIM whose calls are as smooth."""
    return gap_error(mu, rational(exact_frontier(mu, CAP, steps)))


def _before(y: flint.arb, keep: Fraction, mean: Callable[[flint.arb], flint.arb], add: Fraction) -> flint.arb:
    """Return the x > 0 with keep x + add m(x) = y, keep > 0."""
    return root(lambda x: rational(keep) * x + rational(add) * mean(x) - y, flint.arb(0), y / rational(keep))


@cache
def ddim_mass(mu: int, steps: int) -> flint.arb:
    """Return DDIM's exact ambiguous mass."""
    y = rational(1 - MARGIN).atanh() / sharpness(mu, steps, steps - 1)
    for call in reversed(range(steps - 1)):
        k = sharpness(mu, steps, call)
        keep = Fraction(steps - call - 1, steps - call)
        y = _before(y, keep, lambda x, k=k: mu * (k * x).tanh(), Fraction(1, steps - call))  # type: ignore[misc]
    return 2 * ball_ndtr(y) - 1


@cache
def clipped_mass(mu: int, steps: int) -> flint.arb:
    """Return the ambiguous mass of DDIM with clip(lambda_j x, -mu, mu), as steep as permitted: its x* is rational."""
    y = (1 - MARGIN) * mu / reachable(mu, steps, steps - 1)
    for call in reversed(range(steps - 1)):
        slope, keep, add = (
            reachable(mu, steps, call),
            Fraction(steps - call - 1, steps - call),
            Fraction(1, steps - call),
        )
        steep = y / (keep + add * slope)
        y = steep if slope * steep <= mu else (y - add * mu) / keep
    return 2 * ball_ndtr(rational(y)) - 1


@cache
def twin_mass(mu: int, steps: int) -> flint.arb:
    """Return the ambiguous mass of x' = a' m(x) where a' lambda exceeds l, and the DDIM step elsewhere: no noise."""
    y = rational(1 - MARGIN).atanh() / sharpness(mu, steps, steps - 1)
    for call in reversed(range(steps - 1)):
        slope, k = reachable(mu, steps, call), sharpness(mu, steps, call)
        keep, add, later = (
            Fraction(steps - call - 1, steps - call),
            Fraction(1, steps - call),
            Fraction(call + 1, steps),
        )
        if later * slope > keep + add * slope:
            y = (y / (rational(later) * mu)).atanh() / k
        else:
            y = _before(y, keep, lambda x, k=k: mu * (k * x).tanh(), add)  # type: ignore[misc]
    return 2 * ball_ndtr(y) - 1


def free_stiffness(steps: int) -> Fraction:
    """Return prod_k max(a' lambda, 1 + (a' - a) lambda), which bounds L whatever the b_k."""
    return prod((max(Fraction(k + 1, steps) * CAP, 1 + Fraction(CAP, steps)) for k in range(steps)), start=Fraction(1))


def joint_square(mu: int, steps: int) -> Fraction:
    """Return Lambda^2 of re-injection, sum_j (b_j prod_{i >= j} l_i)^2, l_i = a_{i+1} lambda_i."""
    total, later = Fraction(0), Fraction(1)
    for call in reversed(range(steps)):
        later *= Fraction(call + 1, steps) * reachable(mu, steps, call)
        total += (Fraction(steps - call, steps) * later) ** 2
    return total


def joint_error(mu: int, steps: int) -> flint.arb:
    """Return the least error of the class that is Lipschitz in all its inputs with Lambda."""
    return gap_error(mu, rational(joint_square(mu, steps)).sqrt())
