"""R(kappa, s)/law -> 1 as kappa grows and s falls: exact runs of two modes meet `tube` and `crossover`, and part ways.

The laws are leading orders, so each is held against the exact error at (kappa, s) and at (2 kappa, s/2): what is left
is of order 1/kappa^2 + s^2 and falls fourfold, and the two together cancel it. Level X. And the finding that goes with
them: an image-like readout is safer than a text-like one only where the modes overlap. Source: theory/LAWS.md,
sections 1 and 2.
"""

import math
from collections.abc import Callable
from typing import Final

from sim.two_modes.readouts import measure_readout
from sim.two_modes.run import build_setting
from sim.two_modes.samplers import Ddim
from theory.coupling import OutputError
from theory.crossover import readout_error
from theory.denoiser import UNCAPPED
from theory.readout import Readout, readout
from theory.tube import flip_first_order, mixture
from theory.verdict import Check, Outcome, Verdict

MU: Final = 1.0
SCALE: Final = 0.7
WEIGHTS: Final = (0.3, 0.7)
"""Two modes that overlap, unequal so that nothing cancels by symmetry."""

WIDTHS: Final = (0.5, 2.0, 8.0)
"""kappa s: the smooth side, the middle, the sharp side."""

NOISES: Final = (1 / 64, 1 / 128)
WITHIN: Final = 1e-5
"""What may be left once the next order is cancelled, at least s^4 and 1/kappa^4; a law 1% off leaves 1e-2."""


def _terminal(chosen: Readout, steps: int) -> OutputError:
    found = measure_readout(Ddim(), build_setting(mu=MU, scale=SCALE, weights=WEIGHTS, steps=steps), chosen).terminal
    assert found is not None
    return found


def _extrapolated(ratios: list[float]) -> tuple[float, float]:
    """Return the limit of a ratio that is off by order s^2, and by which factor it came closer."""
    coarse, fine = ratios
    return (4 * fine - coarse) / 3, (coarse - 1) / (fine - 1)


def crossover_is_met(mutant: Callable[..., float] = lambda value, *_: value) -> Verdict:
    """Hold the last call of runs with 65 and 129 steps against the law, at three widths kappa s."""
    energy = mixture([-MU, MU], [SCALE] * 2, WEIGHTS).interface_energy
    rows, worst = [], 0.0
    for width in WIDTHS:
        ratios = []
        for s in NOISES:
            kappa = width / s
            law = mutant(float(readout_error(energy, kappa, s)), energy, kappa, s)
            ratios.append(_terminal(readout("probit", sharpness=kappa), round(1 + 1 / s)).categorical / law)
        limit, _ = _extrapolated(ratios)
        worst = max(worst, abs(limit - 1))
        rows.append(f"kappa s = {width:g}: exact/law {ratios[0]:.6f}, {ratios[1]:.6f}, then {limit:.6f}")
    return _verdict(worst, rows, "Outputs of Phi(kappa z) under the last of 65 and 129 steps")


def tube_is_met(mutant: Callable[..., float] = lambda value, *_: value) -> Verdict:
    """Hold the flips of the last of 65 and 129 steps against the first order."""
    energy = mixture([-MU, MU], [SCALE] * 2, WEIGHTS).interface_energy
    ratios = [
        _terminal(readout("argmax"), round(1 + 1 / s)).flips / mutant(float(flip_first_order(energy, s)), energy, s)
        for s in NOISES
    ]
    limit, factor = _extrapolated(ratios)
    rows = [f"exact/law {ratios[0]:.8f}, {ratios[1]:.8f} (closer by {factor:.2f}), then {limit:.8f}"]
    return _verdict(abs(limit - 1), rows, "Flips under the last of 65 and 129 steps")


def _verdict(worst: float, rows: list[str], what: str) -> Verdict:
    return Verdict(
        Outcome.HOLDS if worst <= WITHIN else Outcome.FAILS,
        method="exact errors of readouts on two modes",
        value=1 + worst, bound=1.0,
        detail=f"{what} agree with the law to {worst:.1e} of it once the next order is cancelled; {'; '.join(rows)}.",
        excerpt=tuple(rows),
    )  # fmt: skip


def exponent(chosen: Readout, steps: int, *, mu: float = MU, scale: float = SCALE, cap: float = UNCAPPED) -> float:
    """Return by which power of K the error of the whole sampler falls between `steps` and twice as many."""
    coarse, fine = (
        measure_readout(
            Ddim(), build_setting(mu=mu, scale=scale, weights=WEIGHTS, steps=k, denoiser_stiffness=cap), chosen
        ).whole
        for k in (steps, 2 * steps)
    )
    assert coarse is not None
    assert fine is not None
    return math.log2(coarse.total / fine.total)


def readouts_agree_only_where_modes_overlap() -> Verdict:
    """Find that K^-2 for images against K^-1 for text needs overlapping modes and a denoiser without a cap."""
    image, text, steps = readout("linear"), readout("argmax"), 64
    found = {
        "overlap": (exponent(image, steps), exponent(text, steps)),
        "apart": (exponent(image, steps, mu=4.0, scale=0.5), exponent(text, steps, mu=4.0, scale=0.5)),
        "points": (exponent(image, steps, mu=4.0, scale=0.0), exponent(text, steps, mu=4.0, scale=0.0)),
        "capped": (exponent(image, steps, cap=1.2), exponent(text, steps, cap=1.2)),
    }
    established = (
        abs(found["overlap"][0] - 2) < 0.05 and abs(found["overlap"][1] - 1) < 0.05
        and all(0.9 < e < 1.3 for e in (*found["apart"], *found["points"]))
        and all(abs(e) < 0.3 for e in found["capped"])
    )  # fmt: skip
    shown = {name: f"{a:.2f} and {b:.2f}" for name, (a, b) in found.items()}
    return Verdict(
        Outcome.HOLDS if established else Outcome.FAILS,
        method="exact errors of DDIM against the exact flow", value=found["overlap"][0], bound=found["overlap"][1],
        detail=f"From K = {steps} to {2 * steps} DDIM's error falls with the exponents {shown['overlap']} (a linear "
        f"output, the named token) where modes overlap (mu=1, scale=.7): sharpness halves the order. Where they lie "
        f"apart the linear output is no better off: {shown['apart']} at mu=4, scale=.5, {shown['points']} at scale 0. "
        f"With denoiser_stiffness=1.2 neither falls: {shown['capped']}. Weights .3 and .7; at equal ones symmetry "
        "keeps the boundary in place.",
    )  # fmt: skip


def checks() -> tuple[Check, ...]:
    """Return the checks of readouts: one beside `tube`, one beside `crossover`, and a finding."""
    return (
        Check("tube", "X", "the last call of a run flips at the law's rate",
              "Exact flips of a run's last call approach the first order as its noise falls.",
              tube_is_met, seconds=0.1),
        Check("crossover", "X", "the last call of a run errs by the law at every sharpness",
              "Exact errors of a readout after a run's last call approach the law, from smooth to sharp.",
              crossover_is_met, seconds=2.0),
        Check("crossover", "X", "images are safer than text only where modes overlap",
              "Few steps cost a smooth readout K^-2 and a sharp one K^-1 where modes overlap, and not elsewhere.",
              readouts_agree_only_where_modes_overlap, seconds=2.0, qualifies=True),
    )  # fmt: skip
