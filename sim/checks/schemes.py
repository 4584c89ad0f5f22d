"""needed <= Lambda for every scheme that is linear in its calls: each is bounded in the class of its own matrices.

And the finding that goes with it: a frontier belongs to a named class. A scheme of another class lies below the DDIM
frontier with as many calls. Level X of the ladder. Source: theory/LAWS.md, section 7, `linear methods`.
"""

from itertools import product

import numpy as np

from sim.checks.exact import judge_bound
from sim.two_modes.linear_samplers import Linear
from sim.two_modes.run import build_setting, least_error, needed_stiffness
from sim.two_modes.samplers import Ddim, Setting
from theory.errors import Array
from theory.preimages import map_masses
from theory.schemes import SCHEMES
from theory.verdict import Check, Outcome, Verdict


def clipped_linear_error(name: str, setting: Setting) -> float:
    """Return error/bound of a linear scheme whose denoiser is clip(lambda_k x, -mu, mu), as steep as permitted."""
    method, denoiser = Linear(SCHEMES[name]).method(setting)
    slopes, mu = denoiser.slope, setting.target.mu

    def clipped(k: int, x: Array) -> Array:
        return np.asarray(np.clip(slopes[k] * x, -mu, mu))

    ambiguous = map_masses(lambda low, high: method.ranges(clipped, low, high), -setting.edge, setting.edge)[1]
    return float(ambiguous / least_error(setting, method.stiffness(slopes)))


def schemes_obey_their_classes() -> Verdict:
    """Every linear scheme, deterministic or noisy, against the stiffness of its own matrices; Heun's is attained."""
    ratios = []
    for name, steps, cap in product(SCHEMES, (2, 4, 8), (2.0, 8.0)):
        setting, sampler = build_setting(mu=2.0, steps=steps, denoiser_stiffness=cap), Linear(SCHEMES[name])
        left, middle, right = sampler.masses(setting)
        needed = needed_stiffness(left, right, middle, setting.target.separation(setting.margin))
        if 0 < needed < np.inf:
            ratios.append(sampler.stiffness(setting) / needed)
    tight = clipped_linear_error("heun", build_setting(mu=4.0, steps=16, denoiser_stiffness=4.0))
    return judge_bound(
        ratios, tight=tight, tight_within=1.0001, method="preimages and exact kernels of linear methods",
        detail=f"{len(SCHEMES)} schemes, {len(ratios)} confrontations: none needs more than its class has. Heun with "
        f"a clipped linear denoiser attains its bound to {abs(tight - 1):.0e}.",
    )  # fmt: skip


def a_frontier_has_a_class() -> Verdict:
    """Find that a bound for DDIM is none for a multistep scheme with as many calls of the same denoiser."""
    setting = build_setting(mu=4.0, steps=16, denoiser_stiffness=4.0)
    multistep = Linear(SCHEMES["dpm_solver_2m"])
    error = float(multistep.masses(setting)[1])
    ddim, own = (least_error(setting, s.stiffness(setting)) for s in (Ddim(), multistep))
    calls = (multistep.nfe(setting), Ddim().nfe(setting))
    established = own < error < ddim and calls[0] == calls[1]
    return Verdict(
        Outcome.HOLDS if established else Outcome.FAILS,
        method="preimages", value=error, bound=ddim, slack=ddim / error,
        detail=f"At mu=4, denoiser_stiffness=4, K=16 DPM-Solver++(2M) errs by {error:.5f}, below the {ddim:.5f} that "
        f"no DDIM can beat with as many calls of a denoiser as steep, and above the {own:.5f} of its own class: "
        "extrapolating m stretches more. Irreducible is the cost of a named class, not of a number of calls.",
    )  # fmt: skip


def checks() -> tuple[Check, ...]:
    """Return the checks of linear schemes: one beside `joint`, and a finding beside `ddim_frontier`."""
    return (
        Check("joint", "X", "every linear scheme stays above the bound of its own class",
              "Euler, Heun, Runge-Kutta, multistep and noisy schemes never need more than their matrices have.",
              schemes_obey_their_classes, seconds=4.0),
        Check("ddim_frontier", "X", "the frontier belongs to a class, not to a number of calls",
              "A deterministic scheme of another class goes below the DDIM frontier with as many calls.",
              a_frontier_has_a_class, seconds=0.2, qualifies=True),
    )  # fmt: skip
