"""H(k given x) = -E log p(k given x): the textbook CCI to 25 digits, beside theory's panels and its integral of mmse.

For the readout's own token the information is integrated as it is defined, and the guess is a bivariate normal
integral. Source: theory/LAWS.md, section 9.
"""

from fractions import Fraction
from functools import cache, partial
from itertools import pairwise
from typing import Final

import flint
import mpmath
import sympy
import z3

import proofs.symbols  # noqa: F401 - gives the primitives their symbolic meaning
from proofs.against_balls import Row
from proofs.enclosure import Enclosure
from proofs.integral import ball_integral
from proofs.smt import Claim
from proofs.step import Step, algebra, expand
from theory.commitment import argmax_form, cci, immse, undecided
from theory.decision import readout_argmax, readout_cci
from theory.primitives import pdf

AXIOMS: Final = ("exchange",)

y = sympy.Symbol("y", real=True)
h, w = sympy.symbols("h w", positive=True)
"""h = mu/s, and w the weight of the mode at +mu."""
_Q = sympy.Rational
POINTS: Final = ({y: _Q(1, 3), h: _Q(3, 4), w: _Q(2, 7)}, {y: _Q(-5, 4), h: _Q(7, 5), w: _Q(5, 8)})


def _by_exp(expr: sympy.Expr) -> sympy.Expr:
    """Gather exponentials over a common denominator."""
    return sympy.expand(sympy.powsimp(algebra(sympy.powsimp(expr.doit().rewrite(sympy.exp)))))


def steps() -> tuple[Step, ...]:
    """Return I-MMSE for two modes: dI/dh = h mmse(h), by transport, Tweedie and parts."""
    plus, minus = w * pdf(y - h), (1 - w) * pdf(y + h)
    p, signed = plus + minus, plus - minus
    mean = sympy.tanh(h * y + sympy.log(w / (1 - w)) / 2)
    line = (y, -sympy.oo, sympy.oo)
    return (
        Step("posterior", "E[k given y] = (w_+ phi(y - h) - w_- phi(y + h))/p = tanh(h y + log(w_+/w_-)/2) =: T",
             signed / p, mean, POINTS, tactic=_by_exp),
        Step("transport", "more signal carries the density along p T: dp/dh = -d(p T)/dy",
             sympy.Derivative(p, h), -sympy.Derivative(signed, y), POINTS),
        Step("tweedie", "p' = -p (y - h T)",
             sympy.Derivative(p, y), -(y * p - h * signed), POINTS),
        Step("parts", "d(p T log p)/dy = (p T)' log p + T p': so d/dh of -(integral of p log p) is -(integral of T p')",
             sympy.Derivative(signed * sympy.log(p), y),
             sympy.Derivative(signed, y) * sympy.log(p) + signed / p * sympy.Derivative(p, y), POINTS, tactic=expand),
        Step("integrand", "-T p' = y p T - h p T^2, here times p",
             -signed * sympy.Derivative(p, y), y * signed * p - h * signed**2, POINTS, tactic=expand),
        Step("signal", "phi(y - h) has mean h, phi(y + h) mean -h: the integral of y p T is w_+ h + w_- h = h, and so "
             "dI/dh = h (1 - E T^2) = h mmse, dI/d(h^2) = mmse/2",
             sympy.Integral((y + h) * pdf(y), line), h, POINTS),
        Step("no_signal", "mmse(0) = 1 - (w_+ - w_-)^2 = 4 w_- w_+, so CCI H(k) starts as 2 w_- w_+ h^2",
             sympy.Integral(4 * w * (1 - w) * y, (y, 0, h)), 2 * w * (1 - w) * h**2, POINTS),
        Step("variance_left", "1 - T^2 at h = 0, in odds: 4 w_- w_+",
             sympy.Subs(1 - mean**2, h, 0), 4 * w * (1 - w), POINTS, tactic=_by_exp),
    )  # fmt: skip


def claims() -> tuple[Claim, ...]:
    """Return that CCI rises with h and stays between its ends."""
    rate, left, seen, whole = z3.Reals("h mmse I H")
    return (
        Claim("rises", "h > 0 and 0 <= T^2 <= 1 give h (1 - T^2) >= 0: CCI never falls with h",
              (rate > 0, left >= 0, left <= 1), rate * (1 - left) >= 0,
              (rate * (1 - left) > 0, rate * (1 - left) >= rate)),
        Claim("between_0_and_1", "0 <= H(k given x) <= H(k) give 0 <= 1 - H(k given x)/H(k) <= 1",
              (whole > 0, seen >= 0, seen <= whole, left * whole == whole - seen), z3.And(left >= 0, left <= 1),
              (left > 0, left < 1)),
    )  # fmt: skip


DIGITS: Final = 25
"""Working digits of the oracle: with 1 - H/H(k) >= 1e-4 on the grid, 20 are left, 8 more than are judged."""


@cache
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


@cache
def textbook_argmax(signal: float, weights: tuple[float, float]) -> flint.arb:
    """Return (P[right] - max w)/(1 - max w), each mode guessed on its side of y = log(w_-/w_+)/(2 g)."""
    with mpmath.workdps(40):
        g, left, right = (mpmath.mpf(v) for v in (signal, *weights))
        middle = mpmath.log(left / right) / (2 * g)
        chance = right * mpmath.ncdf(g - middle) + left * mpmath.ncdf(g + middle)
        return flint.arb(mpmath.nstr((chance - max(left, right)) / min(left, right), DIGITS))


def _both_rates(signal: int) -> tuple[flint.arb, flint.arb]:
    """Return the growth dI/dh of the entropy of y = h k + xi, and h mmse, weights 1/4 and 3/4, each integrated."""
    h_, low, high = flint.acb(signal), flint.acb(1) / 4, flint.acb(3) / 4
    scale = (2 * flint.acb.pi()).sqrt()

    def sides(y_: flint.acb) -> tuple[flint.acb, flint.acb]:
        return tuple(w_ * (-((y_ - sign * h_) ** 2) / 2).exp() / scale for w_, sign in ((high, 1), (low, -1)))  # type: ignore[return-value]

    def growth(side: int, y_: flint.acb) -> flint.acb:
        """Return -dp/dh log p, less what integrates to nothing, log p as a bounded part beside the nearer mode's."""
        plus, minus = sides(y_)
        near, far = (high, low) if side > 0 else (low, high)
        log = -y_ * y_ / 2 + side * h_ * y_ + (near + far * (-2 * side * h_ * y_).exp()).log(analytic=True)
        return -((y_ - h_) * plus - (y_ + h_) * minus) * log

    def left(y_: flint.acb) -> flint.acb:
        plus, minus = sides(y_)
        return 4 * h_ * plus * minus / (plus + minus)

    far, none = flint.arb(_FAR), flint.arb(0)
    rate = ball_integral(partial(growth, -1), -far, none) + ball_integral(partial(growth, 1), none, far)
    return rate, ball_integral(left, -far, far)


_FAR: Final = 25
"""Both integrands are below 1e-80 beyond."""


def enclosures() -> tuple[Enclosure, ...]:
    """Return I-MMSE at two signals, both sides integrated."""
    return tuple(
        Enclosure(f"immse_at_{h_}", f"h = {h_}, weights 1/4 and 3/4: dI/dh, from the entropy of y, is h mmse",
                  lambda h_=h_: _both_rates(h_)[0], lambda h_=h_: _both_rates(h_)[1], Fraction(1, 10**25))  # type: ignore[misc]
        for h_ in (1, 3)
    )  # fmt: skip


Overlap = tuple[float, float, float, tuple[float, float]]

OVERLAPS: Final[tuple[Overlap, ...]] = (
    (3.0, 1.0, 0.375, (0.25, 0.75)), (0.25, 1.0, 32.0, (0.5, 0.5)),
)  # fmt: skip
"""(mu, sigma, s, weights): two modes and little noise, one mode and noise of 32 times its width."""


@cache
def textbook_readout(case: Overlap, *, guessed: bool) -> flint.arb:
    """Return I(sign z; x)/H(sign z) by mpmath's quadrature, or the chance that the likelier sign is right, rescaled."""
    with mpmath.workdps(DIGITS):
        mu, sigma, s = (mpmath.mpf(v) for v in case[:3])
        modes = [(mpmath.mpf(w), sign * mu) for w, sign in zip(case[3], (-1, 1), strict=True)]
        wide = mpmath.sqrt(sigma**2 + s**2)
        own = {side: mpmath.fsum(w * mpmath.ncdf(side * m / sigma) for w, m in modes) for side in (-1, 1)}

        def joint(side: int, x: mpmath.mpf) -> mpmath.mpf:
            """Return the density of x and of z on this side of 0 together."""
            shift = [m + sigma**2 / wide**2 * (x - m) for _, m in modes]
            return mpmath.fsum(
                w * mpmath.npdf((x - m) / wide) / wide * mpmath.ncdf(side * mean * wide / (sigma * s))
                for (w, m), mean in zip(modes, shift, strict=True)
            )

        cut = mpmath.findroot(lambda x: joint(1, x) - joint(-1, x), (-mu, mu), solver="anderson") if guessed else 0

        def counted(x: mpmath.mpf) -> mpmath.mpf:
            sides = {side: joint(side, x) for side in (-1, 1)}
            if guessed:
                return sides[1 if x > cut else -1]
            return mpmath.fsum(p * mpmath.log(p / (sum(sides.values()) * own[k])) for k, p in sides.items() if p > 0)

        steps = [sign * s * wide / sigma * j for j in (1, 2, 4, 8) for sign in (-1, 1)]
        places = sorted({cut, -mu - 14 * wide, mu + 14 * wide, *(cut + v for v in steps),
                         *(sign * mu + j * wide for sign in (-1, 1) for j in (-6, -3, 0, 3, 6))})  # fmt: skip
        total = mpmath.fsum(mpmath.quad(counted, pair) for pair in pairwise(places))
        if guessed:
            share = (total - max(own.values())) / min(own.values())
        else:
            share = total / -mpmath.fsum(p * mpmath.log(p) for p in own.values())
        return flint.arb(mpmath.nstr(share, DIGITS))


def decision_rows() -> list[Row]:
    """Return theory's CCI of the readout's own token, in entropy and in guesses, beside its definition."""
    found: list[Row] = []
    for case in OVERLAPS:
        mu, sigma, s, weights = case
        here = f"mu={mu:g}, scale={sigma:g}, s={s:g}, weights={weights}"
        for name, function, guessed in (("readout", readout_cci, False), ("guess", readout_argmax, True)):
            value = function(mu, sigma, s, weights=weights)
            found.append((f"{name}, {here}", value, partial(textbook_readout, case, guessed=guessed)))
    return found


SIGNALS: Final = (
    (0.03, (0.5, 0.5)), (0.6, (0.25, 0.75)), (2.0, (0.5, 0.5)), (9.0, (0.25, 0.75)), (30.0, (0.25, 0.75)),
)  # fmt: skip
"""(mu/s, weights). At none is guessing blindly as good: a row of 0 against 0 would say nothing."""


def rows() -> list[Row]:
    """Return theory's CCI, in entropy and in guesses, of the mode and of the readout's token, beside the textbook."""
    found = decision_rows()
    for signal, weights in SIGNALS:
        here = f"mu/s={signal:g}, weights={weights}"
        half, both = (
            partial(textbook, signal, weights, committed=True),
            partial(textbook, signal, weights, committed=False),
        )
        found.append((f"cci, {here}", cci(signal, 1.0, weights=weights), half))
        found.append((f"undecided, {here}", undecided(signal, 1.0, weights=weights), both))
        found.append((f"immse, {here}", immse(signal, 1.0, weights=weights), half))
        guess = partial(textbook_argmax, signal, weights)
        found.append((f"argmax, {here}", argmax_form(signal, 1.0, weights=weights), guess))
    # A triangle of sides 3, 4, 5: width 4 and noise 3 are a noise of 5.
    wide = cci(2.0, 3.0, weights=(0.25, 0.75), scale=4.0)
    found.append(("cci at scale 4", wide, partial(textbook, 0.4, (0.25, 0.75), committed=True)))
    return found
