"""The integral of dv_t/dx(0) over a path is log sigma + mu^2/(2 sigma^2), whether the path is straight or winding.

Level Q of `conservation`: the velocity's slope at the boundary, integrated in balls as the law states it. Source:
theory/LAWS.md, section 7.
"""

from collections.abc import Callable
from fractions import Fraction
from functools import partial

import flint

from proofs.enclosure import Enclosure
from proofs.integral import ball_integral

Curve = Callable[[flint.acb], tuple[flint.acb, flint.acb, flint.acb, flint.acb]]
"""t -> a, b, a', b'."""


def _linear(t: flint.acb) -> tuple[flint.acb, flint.acb, flint.acb, flint.acb]:
    return t, 1 - t, flint.acb(1), flint.acb(-1)


def _cosine(t: flint.acb) -> tuple[flint.acb, flint.acb, flint.acb, flint.acb]:
    half = flint.acb.pi() / 2
    a_, b_ = (half * t).sin(), (half * t).cos()
    return a_, b_, half * b_, -half * a_


def _wave(t: flint.acb) -> tuple[flint.acb, flint.acb, flint.acb, flint.acb]:
    """Let a = t + sin(2 pi t)/2 rise, fall and rise again."""
    turn = 2 * flint.acb.pi()
    return t + (turn * t).sin() / 2, 1 - t, 1 + flint.acb.pi() * (turn * t).cos(), flint.acb(-1)


def _stretched(curve: Curve, mean: Fraction, width: Fraction) -> flint.arb:
    """Return the integral of dv_t/dx(0) over a path, with the b in b'/b cancelled: b b'/V (1 - a^2 mu^2/V) + a' m'."""
    square, wide = (
        flint.acb((mean**2).numerator) / (mean**2).denominator,
        flint.acb(width.numerator) / width.denominator,
    )

    def slope(t: flint.acb) -> flint.acb:
        a_, b_, da_, db_ = curve(t)
        v = a_ * a_ * wide * wide + b_ * b_
        return b_ * db_ / v * (1 - a_ * a_ * square / v) + da_ * (
            a_ * wide * wide / v + b_ * b_ * a_ * square / (v * v)
        )

    return ball_integral(slope, flint.arb(0), flint.arb(1))


def stretches() -> tuple[Enclosure, ...]:
    """Return the stretch along three paths, one of them not monotone, integrated as the law states it."""
    mean, width = Fraction(3, 2), Fraction(2, 5)
    paths: dict[str, Curve] = {"linear": _linear, "cosine": _cosine, "wave": _wave}
    return tuple(
        Enclosure(f"stretch_along_{name}", f"mu = 3/2, sigma = 2/5, {name} path: the integral of dv_t/dx(0) dt is "
                  "log sigma + mu^2/(2 sigma^2)", partial(_stretched, curve, mean, width),
                  lambda: (flint.arb(2) / 5).log() + flint.arb(225) / 32, Fraction(1, 10**30))
        for name, curve in paths.items()
    )  # fmt: skip
