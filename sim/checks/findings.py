"""Where a claim of the abstract holds only in part: re-injection escapes from some depth on, and pays in tv.

These findings are results, not failures: a check here HOLDS when the qualification is established by exact
computation, and its verdict does not change the exit code. Source: theory/LAWS.md, section 8.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, final

from sim.estimate import total_variation
from sim.two_modes.run import build_setting, least_error
from sim.two_modes.sampler_names import SAMPLERS, WAYS
from theory.verdict import Check, Outcome, Verdict

DEPTHS: Final = tuple(range(2, 25))


@final
@dataclass(frozen=True)
class Depth:
    """Re-injection at one depth K: its exact error, the DDIM bound, and the bound of its own class."""

    steps: int
    error: float
    ddim_bound: float
    own_bound: float


def depth_profile(mu: float, denoiser_stiffness: float, depths: tuple[int, ...] = DEPTHS) -> tuple[Depth, ...]:
    """Return re-injection at each of `depths`, exactly."""
    profile = []
    for steps in depths:
        setting = build_setting(mu=mu, steps=steps, denoiser_stiffness=denoiser_stiffness)
        ddim, own = SAMPLERS["ddim"], SAMPLERS["reinjection"]
        profile.append(
            Depth(
                steps,
                error=float(own.masses(setting)[1]),
                ddim_bound=least_error(setting, ddim.stiffness(setting)),
                own_bound=least_error(setting, own.stiffness(setting)),
            )
        )
    return tuple(profile)


def escape_depth(depths: Sequence[int], errors: Sequence[float], bounds: Sequence[float]) -> int | None:
    """Return the first of `depths` from which every error lies strictly below its bound, if there is one.

    >>> escape_depth((2, 3, 4, 5), (0.9, 0.1, 0.3, 0.1), (0.8, 0.2, 0.2, 0.2))
    5
    >>> escape_depth((2, 3), (0.1, 0.3), (0.2, 0.2)) is None
    True
    """
    first: int | None = None
    for depth, error, bound in zip(depths, errors, bounds, strict=True):
        first = (depth if first is None else first) if error < bound else None
    return first


def escape_needs_depth() -> Verdict:
    """Re-injection beats the DDIM bound only from some depth on, and never its own joint bound."""
    rows, own = [], []
    for mu, cap in ((2.0, 2.0), (2.0, 4.0), (2.0, 8.0), (4.0, 4.0)):
        profile = depth_profile(mu, cap)
        depth = escape_depth(DEPTHS, [at.error for at in profile], [at.ddim_bound for at in profile])
        rows.append(f"mu={mu:g}, denoiser_stiffness={cap:g}: " + (f"from K = {depth} on" if depth else "not by K = 24"))
        own += [at.error / at.own_bound for at in profile]
    (shallow,) = depth_profile(2.0, 4.0, depths=(4,))
    established = shallow.error > shallow.ddim_bound and min(own) >= 1
    return Verdict(
        Outcome.HOLDS if established else Outcome.FAILS,
        method="exact kernel against exact bound",
        value=shallow.error, bound=shallow.ddim_bound, slack=min(own),
        detail=f"Re-injection escapes the DDIM bound only from some depth on ({'; '.join(rows)}). At mu=2, "
        f"denoiser_stiffness=4, K=4 its error {shallow.error:.4f} still lies above the bound {shallow.ddim_bound:.4f}. "
        f"It never leaves its own class: its error is at least {min(own):.3g} times the bound for maps as stiff as it "
        "is jointly in all its noises.",
    )  # fmt: skip


def escape_costs_variation() -> Verdict:
    """At unequal weights re-injecting the mean shifts mass between modes; DDIM and commitment shift less."""
    errors = {}
    for name in WAYS:
        sampler = SAMPLERS[name]
        setting = build_setting(mu=4.0, steps=16, denoiser_stiffness=4.0, weights=(0.7, 0.3))
        errors[name] = total_variation(sampler.masses(setting), setting.target.masses(setting.margin))
    price = errors["reinjection"] / errors["ddim"]
    return Verdict(
        Outcome.HOLDS if price > 1 else Outcome.FAILS,
        method="exact kernel",
        value=errors["reinjection"], bound=errors["ddim"], slack=price,
        detail="At weights .7 and .3 (mu=4, denoiser_stiffness=4, K=16) re-injection's tv is "
        f"{errors['reinjection']:.4f} against {errors['ddim']:.4f} for DDIM and {errors['commit_parallel']:.4f} for "
        "commitment with the same capped posterior: less ambiguous mass, bought with misweighted modes.",
    )  # fmt: skip


def checks() -> tuple[Check, ...]:
    """Return the findings: they stand beside the law of re-injection."""
    return (
        Check("reinjection", "X", "stochastic re-injection escapes only from some depth on",
              "The abstract's second escape, stochastic re-injection, needs depth, and obeys isoperimetry even so.",
              escape_needs_depth, seconds=6.0, qualifies=True),
        Check("reinjection", "X", "the escape by re-injection costs total variation",
              "Re-injecting the posterior mean does not preserve the weights of the modes.",
              escape_costs_variation, seconds=0.5, qualifies=True),
    )  # fmt: skip
