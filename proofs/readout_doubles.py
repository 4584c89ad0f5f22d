"""Phi(v) - Phi(u), softmax(l + h) - softmax(l), A(d), flips: what readouts compute, in balls as it is meant.

Level F of the ladder; judged by proofs.against_balls. Source: theory/LAWS.md, section 2, "Readouts".
"""

from collections.abc import Sequence
from fractions import Fraction
from functools import partial
from typing import Final

import flint
import numpy as np

from proofs.against_balls import Row
from proofs.box import rational
from proofs.readout_order import ball_change
from proofs.symbols import ball_ndtr
from theory.coupling import terminal_error, whole_flips
from theory.readout import probit_change, readout, softmax_change, softmax_distance
from theory.readout_order import displaced_error, displaced_flips, displaced_order
from theory.target import TwoModes, two_modes

ENDS: Final = ((-3.0, 2.0), (0.25, 0.25 + 2.0**-30), (7.0, 9.0), (-9.0, -8.5), (1.0, 0.5), (0.0, 1e-30), (-0.01, 0.02))
LOGITS: Final = (0.5, -2.0, 1.25)
SHIFTS: Final = ((1.0, 0.0, -1.0), (30.0, -5.0, 2.0), (-0.5, 4.0, 0.25))
TARGETS: Final = (two_modes(mu=1, scale=0.75, weights=(0.25, 0.75)), two_modes(mu=4, weights=(0.25, 0.75)),
                  two_modes(mu=2, scale=0.5))  # fmt: skip


def _probit(u: float, v: float) -> flint.arb:
    return ball_ndtr(flint.arb(v)) - ball_ndtr(flint.arb(u))


def _logistic(u: float, v: float) -> flint.arb:
    return 1 / (1 + (-flint.arb(v)).exp()) - 1 / (1 + (-flint.arb(u)).exp())


def _softmax(logits: Sequence[flint.arb]) -> list[flint.arb]:
    odds = [x.exp() for x in logits]
    return [x / sum(odds, flint.arb(0)) for x in odds]


def _distance(shift: Sequence[float]) -> flint.arb:
    before = _softmax([flint.arb(x) for x in LOGITS])
    after = _softmax([flint.arb(x) + flint.arb(h) for x, h in zip(LOGITS, shift, strict=True)])
    return sum(((p - q) ** 2 for p, q in zip(before, after, strict=True)), flint.arb(0)) / 2


def _displaced(energy: float, kappa: float, delta: float) -> flint.arb:
    return flint.arb(energy) / flint.arb(kappa) * ball_change(flint.arb(kappa) * flint.arb(delta))


def _order(kappa: float, delta: float) -> flint.arb:
    d = flint.arb(kappa) * flint.arb(delta)
    return d * (d / 2).erf() / ball_change(d)


def _stiffness(name: str, kappa: float, weight: float, least: float, diameter: float) -> flint.arb:
    slopes = {
        "linear": flint.arb(0),
        "probit": flint.arb(kappa) / (2 * flint.arb.pi()).sqrt(),
        "softmax": flint.arb(kappa) * flint.arb(diameter) / (4 * flint.arb(least)),
    }
    return (flint.arb(weight) * slopes[name] ** 2 + (1 - flint.arb(weight)) / flint.arb(least) ** 2).sqrt()


def _left(target: TwoModes) -> flint.arb:
    """Return the mass of the first token, P(z <= 0)."""
    parts = [
        flint.arb(w) * (ball_ndtr(-flint.arb(c) / flint.arb(target.scale)) if target.scale else flint.arb(int(c < 0)))
        for w, c in zip(target.weights, (-target.mu, target.mu), strict=True)
    ]
    return sum(parts, flint.arb(0))


def _flips(target: TwoModes, edge: float) -> flint.arb:
    """Return the mass of the noise between the exact flow's boundary and the sampler's."""
    return abs(ball_ndtr(flint.arb(edge)) - _left(target))


def _last_call(mu: float, weights: Sequence[float], noise: float, edge: float) -> flint.arb:
    """Return P(sign(x - edge) != sign(z)), x = z + noise xi, z = -mu or mu."""
    s, c = flint.arb(noise), flint.arb(edge)
    below = flint.arb(weights[0]) * ball_ndtr((-flint.arb(mu) - c) / s)
    return below + flint.arb(weights[1]) * ball_ndtr((c - flint.arb(mu)) / s)


def rows() -> list[Row]:
    """Return changes of readouts, their slopes, what displaced boundaries do, and flips by both couplings."""
    found: list[Row] = []
    for u, v in ENDS:
        found.append((f"Phi({v}) - Phi({u})", float(probit_change(u, v)), partial(_probit, u, v)))
        found.append((f"expit({v}) - expit({u})", float(softmax_change(u, v)), partial(_logistic, u, v)))
    for shift in SHIFTS:
        value = float(softmax_distance(np.array(LOGITS), np.array(shift)))
        found.append((f"softmax moved by {shift}", value, partial(_distance, shift)))
    for kappa in (1e-3, 0.5, 8.0, 1e6):
        for delta in (1e-6, 0.25, 100.0):
            here = f"kappa={kappa:g}, delta={delta:g}"
            value = float(displaced_error(0.7, kappa, delta))
            found.append((f"error at {here}", value, partial(_displaced, 0.7, kappa, delta)))
            found.append((f"order at {here}", float(displaced_order(kappa, delta)), partial(_order, kappa, delta)))
    exact = Fraction(0.7) * Fraction(0.3)
    found.append(("flips", float(displaced_flips(0.7, 0.3)), partial(rational, exact)))
    for name, kappa, weight in (("probit", 3.0, 1.0), ("softmax", 8.0, 0.75), ("linear", 0.0, 0.0)):
        keys = {} if name == "linear" else {"sharpness": kappa, "weight": weight}
        value = readout(name, **keys).stiffness(2.0, 5.0)
        found.append((f"slope of {name}", value, partial(_stiffness, name, kappa, weight, 2.0, 5.0)))
    for target in TARGETS:
        for edge in (-0.5, 0.75):
            ends, kinds = np.array([-38.0, edge, 38.0]), np.array([0, 2])
            here = f"flips of a sampler that turns at {edge}, {target}"
            found.append((here, whole_flips(target, ends, kinds), partial(_flips, target, edge)))
    mu, weights, noise = 4.0, (0.25, 0.75), 1.5
    target = two_modes(mu=mu, weights=weights)
    for edge in (0.0, 0.5):
        last = terminal_error(target, lambda x, edge=edge: x - edge, noise, readout("argmax"), slope=1.0)  # type: ignore[misc]
        found.append(
            (f"flips of a last call that turns at {edge}", last.flips, partial(_last_call, mu, weights, noise, edge))
        )
    return found
