"""E[Phi((y - a m(x))/b) - Phi((-y - a m(x))/b)]: re-injection and commitment against integrals over one noise each.

theory carries densities from call to call on panels of Gauss-Legendre nodes. Here two calls of re-injection are a value
of Phi and three an integral; and commitment at scale 0 is a chain on two tokens, each transition an integral of the
odds. Level F. Source: theory/LAWS.md, section 8.
"""

from collections.abc import Callable
from functools import cache, partial
from typing import Final

import flint

from proofs.against_balls import Row
from proofs.box import rational
from proofs.integral import ball_integral
from proofs.symbols import ball_ndtr
from proofs.two_modes import CAP, MARGIN, sharpness
from theory.denoiser import two_mode_denoiser
from theory.escape import commitment_masses, reinjection_masses
from theory.path import LinearPath, uniform_schedule
from theory.target import two_modes

REINJECTIONS: Final = ((2, 2), (4, 2), (2, 3), (4, 3))
"""(mu, K), at the cap 4."""
COMMITMENTS: Final = ((4, 2, 3), (2, 4, 3), (4, 8, 1))
"""(mu, K, tenths of weight at +mu), at the cap 4."""
_FAR: Final = 30
"""Beyond it lies 1e-197 of a standard normal, a radius here."""


def average(f: Callable[[flint.acb], flint.acb]) -> flint.arb:
    """Return E f(xi) for a standard normal xi and 0 <= f <= 1 on the line."""
    whole = ball_integral(lambda v: f(v) * (-v * v / 2).exp(), flint.arb(-_FAR), flint.arb(_FAR))
    whole /= (2 * flint.arb.pi()).sqrt()
    return whole.union(whole + 2 * ball_ndtr(flint.arb(-_FAR)))


def textbook_reinjection(mu: int, steps: int) -> flint.arb:
    """Return the ambiguous mass of two or three calls; the first returns 0 whatever the noise."""
    last = steps - 1
    a, b = flint.arb(last) / steps, flint.arb(1) / steps
    reach = rational(1 - MARGIN).atanh() / sharpness(mu, steps, last)
    if steps == 2:
        return 2 * ball_ndtr(reach / b) - 1
    k, noise, root2 = sharpness(mu, steps, 1), 1 - flint.arb(1) / steps, flint.acb(2).sqrt()

    def ambiguous(v: flint.acb) -> flint.acb:
        centre = a * mu * (k * noise * v).tanh()
        return ((-(reach - centre) / b / root2).erfc() - ((reach + centre) / b / root2).erfc()) / 2

    return average(ambiguous)


@cache
def textbook_commitment(mu: int, steps: int, tenths: int, bits: int) -> flint.arb:
    """Return the mass at +mu: the first draw is from the weights, every later one from the odds at its own noise."""
    with flint.ctx.workprec(bits):
        weight = flint.arb(tenths) / 10
        plus, h = weight, (weight / (1 - weight)).log() / 2
        for call in range(1, steps):
            a, b, k = flint.arb(call) / steps, 1 - flint.arb(call) / steps, sharpness(mu, steps, call)
            to_plus = [
                average(lambda v, z=z: 1 / (1 + (-2 * (k * (a * z + b * v) + h)).exp()))  # type: ignore[misc]  # noqa: B023
                for z in (-mu, mu)
            ]
            plus = (1 - plus) * to_plus[0] + plus * to_plus[1]
        return plus


def _token_mass(mu: int, steps: int, tenths: int, *, left: bool) -> flint.arb:
    plus = textbook_commitment(mu, steps, tenths, flint.ctx.prec)
    return 1 - plus if left else plus


def reinjection_rows() -> list[Row]:
    """Return theory's ambiguous mass of few calls beside its integral."""
    rows: list[Row] = []
    for mu, steps in REINJECTIONS:
        target, grid = two_modes(mu=mu), uniform_schedule(LinearPath(), steps)
        denoiser = two_mode_denoiser(target, grid, denoiser_stiffness=float(CAP))
        found = float(reinjection_masses(target, grid, denoiser, float(MARGIN))[1])
        rows.append((f"({mu}, 4, {steps})", found, partial(textbook_reinjection, mu, steps)))
    return rows


def commitment_rows() -> list[Row]:
    """Return theory's masses at the two modes beside the chain of tokens."""
    rows: list[Row] = []
    for mu, steps, tenths in COMMITMENTS:
        target = two_modes(mu=mu, weights=((10 - tenths) / 10, tenths / 10))
        grid = uniform_schedule(LinearPath(), steps)
        denoiser = two_mode_denoiser(target, grid, denoiser_stiffness=float(CAP))
        masses = commitment_masses(target, grid, denoiser, float(MARGIN))
        for name, place, left in (("+mu", 2, False), ("-mu", 0, True)):
            oracle = partial(_token_mass, mu, steps, tenths, left=left)
            rows.append((f"{name} at ({mu}, 4, {steps}), weight {tenths}/10", float(masses[place]), oracle))
    return rows
