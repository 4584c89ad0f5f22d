"""a, b, t(s) of each path and the levels of each grid, in balls: what the code computes where its doubles lie.

Level F of the ladder; judged by proofs.against_balls. Source: theory/LAWS.md, section 0.
"""

from collections.abc import Callable
from functools import partial
from typing import Final

import flint

from proofs.against_balls import Row
from theory.path import PATHS
from theory.time_grid import karras_noise, log_snr_noise, time_grid

arb = flint.arb
TIMES: Final = (0.125, 0.5, 0.9375)
NOISES: Final = (50.0, 3.0, 0.25, 0.002)


def _so_far(t: float) -> arb:
    """Return B = tau/10 + 9.95 tau^2 at the doubles beta = 0.1 and 20."""
    tau, low, high = 1 - arb(t), arb(0.1), arb(20.0)
    return low * tau + (high - low) * tau**2 / 2


def _angle(t: float) -> arb:
    return arb.pi() * arb(t) / 2


DATA: Final[dict[str, Callable[[float], arb]]] = {
    "linear": arb, "cosine": lambda t: _angle(t).sin(), "vp_linear": lambda t: (-_so_far(t) / 2).exp(),
    "ve": lambda _: arb(1),
}  # fmt: skip
NOISE: Final[dict[str, Callable[[float], arb]]] = {
    "linear": lambda t: 1 - arb(t), "cosine": lambda t: _angle(t).cos(),
    "vp_linear": lambda t: (1 - (-_so_far(t)).exp()).sqrt(), "ve": lambda t: 80 * (1 - arb(t)),
}  # fmt: skip
RATES: Final[dict[str, tuple[Callable[[float], arb], Callable[[float], arb]]]] = {
    "linear": (lambda _: arb(1), lambda _: arb(-1)),
    "cosine": (lambda t: arb.pi() / 2 * _angle(t).cos(), lambda t: -arb.pi() / 2 * _angle(t).sin()),
    "vp_linear": (lambda t: _beta(t) / 2 * DATA["vp_linear"](t),
                  lambda t: -_beta(t) / 2 * (-_so_far(t)).exp() / NOISE["vp_linear"](t)),
    "ve": (lambda _: arb(0), lambda _: arb(-80)),
}  # fmt: skip


def _beta(t: float) -> arb:
    return arb(0.1) + (1 - arb(t)) * (arb(20.0) - arb(0.1))


def _remaining(name: str, s: float) -> arb:
    """Return 1 - t where b/a is s."""
    noise = arb(s)
    if name == "linear":
        return noise / (1 + noise)
    if name == "cosine":
        return 2 / arb.pi() * noise.atan()
    if name == "ve":
        return noise / 80
    half, curve = arb(0.1) / 2, (arb(20.0) - arb(0.1)) / 2
    return ((half**2 + curve * (1 + noise**2).log()).sqrt() - half) / curve


def _time(name: str, s: float) -> arb:
    return 1 - _remaining(name, s)


def _karras(share: float, first: float, last: float, rho: float) -> arb:
    high, low = ((arb(s).log() / arb(rho)).exp() for s in (first, last))
    return (arb(rho) * (high + arb(share) * (low - high)).log()).exp()


def _log_snr(share: float, first: float, last: float) -> arb:
    return (arb(first).log() * (1 - arb(share)) + arb(last).log() * arb(share)).exp()


def rows() -> list[Row]:
    """Return coefficients, their rates, times and levels beside the textbook's; exact zeros are left out."""
    found: list[Row] = []
    for name, path in PATHS.items():
        for t in TIMES:
            parts = {"a": (path.a, DATA[name]), "b": (path.b, NOISE[name]), "da": (path.da, RATES[name][0]),
                     "db": (path.db, RATES[name][1])}  # fmt: skip
            for part, (own, exact) in parts.items():
                if (name, part) != ("ve", "da"):
                    found.append((f"{part} of {name} at {t}", float(own(t)), partial(exact, t)))
        for s in NOISES:
            found.append((f"t of {name} at s={s}", float(path.time_of(s)), partial(_time, name, s)))
            grid = time_grid(steps=2, path=name, s_min=s)
            found.append((f"grid of {name} to s={s}", grid.times[1], partial(_time, name, s)))
    for share in (0.125, 0.5, 0.75):
        found.append((f"log_snr at {share}", float(log_snr_noise(share, 80.0, 0.002)),
                      partial(_log_snr, share, 80.0, 0.002)))  # fmt: skip
        for rho in (1.0, 3.0, 7.0):
            found.append((f"karras at {share}, rho={rho}", float(karras_noise(share, 80.0, 0.002, rho)),
                          partial(_karras, share, 80.0, 0.002, rho)))  # fmt: skip
    return found
