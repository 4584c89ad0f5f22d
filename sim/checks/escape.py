"""joint bound <= re-injection <= bins, and commitment = the target: the ways out, held against each other.

Three routes to one number: the exact kernel, a chain of bins that errs upward, and the stiffness of the class that errs
downward. For commitment the exact posterior must give the target back at any depth. Level X of the ladder.
"""

from itertools import pairwise, product
from typing import Final

import numpy as np

from sim.checks.exact import ROUNDING
from sim.estimate import clopper_pearson
from sim.particles import count
from sim.two_modes.run import build_setting, least_error, needed_stiffness
from sim.two_modes.sampler_names import SAMPLERS
from sim.two_modes.samplers import CommitAt
from theory.bins import reinjection_upper
from theory.verdict import Check, Outcome, Verdict

SEED: Final = 20_260_630
PARTICLES: Final = 400_000

SETTINGS = tuple(product((2.0, 4.0), (2.0, 4.0, 8.0), (3, 4, 6, 8, 12)))


def commitment_keeps_the_target() -> Verdict:
    """Exact posteriors give the target's own masses, whatever the depth, the width and the weights."""
    worst, cells = 0.0, 0
    for scale, weights, steps, path in product((0.0, 0.3), ((0.5, 0.5), (0.9, 0.1)), (1, 4), ("linear", "cosine")):
        setting = build_setting(mu=2.0, scale=scale, weights=weights, steps=steps, path=path)
        masses, own = SAMPLERS["commit_parallel"].masses(setting), setting.target.masses(setting.margin)
        worst, cells = max(worst, float(np.max(np.abs(masses - own)))), cells + 1
    capped = build_setting(mu=4.0, steps=16, denoiser_stiffness=4.0, weights=(0.7, 0.3))
    drift = float(np.abs(SAMPLERS["commit_parallel"].masses(capped)[0] - 0.7))
    return Verdict(
        Outcome.HOLDS if worst <= ROUNDING < drift else Outcome.FAILS,
        method="exact kernel", value=worst, bound=ROUNDING,
        detail=f"{cells} settings: masses equal the target's to {worst:.0e}. A capped posterior is told apart: it "
        f"moves {drift:.4f} of mass.",
    )  # fmt: skip


def one_draw_escapes_at_the_last_call() -> Verdict:
    """Find that a single draw leaves nothing ambiguous only where it is the output, and that the cell is exact."""
    setting = build_setting(mu=4.0, steps=16, denoiser_stiffness=4.0, weights=(0.7, 0.3))
    masses = [CommitAt(call / 16).masses(setting) for call in range(16)]
    ddim, every = (SAMPLERS[name].masses(setting) for name in ("ddim", "commit_parallel"))
    left = [float(m[1]) for m in masses]
    counter, arguments = CommitAt(0.5).counter(setting, SEED)
    counts = count(counter, arguments, range(PARTICLES))
    counted = all(
        float(m) in clopper_pearson(int(c), PARTICLES, alpha=1e-9) for m, c in zip(masses[8], counts, strict=True)
    )
    mutant = float(ddim[1]) not in clopper_pearson(int(counts[1]), PARTICLES, alpha=1e-9)
    falls = all(later < earlier for earlier, later in pairwise(left)) and left[0] < float(ddim[1])
    tv, all_tv = (float(np.sum(np.maximum([0.7, 0.0, 0.3] - m, 0))) for m in (masses[-1], every))
    established = left[-1] == 0 < 0.3 * float(ddim[1]) < left[-2] and falls and counted and mutant and all_tv < tv
    return Verdict(
        Outcome.HOLDS if established else Outcome.FAILS,
        method=f"exact kernel, and {PARTICLES:,} particles", value=left[8], bound=float(ddim[1]),
        detail=f"At mu=4, denoiser_stiffness=4, K=16, weights .7 and .3, DDIM that draws once, at call 0, 8, 14 or 15, "
        f"leaves {left[0]:.5f}, {left[8]:.5f}, {left[14]:.5f} or {left[15]:.5f} ambiguous, DDIM {float(ddim[1]):.5f}: "
        f"steps after a draw are continuous again. tv is {tv:.4f} with one draw at the end, {all_tv:.4f} with 16.",
    )  # fmt: skip


def reinjection_lies_below_its_bins() -> Verdict:
    """Compare the exact kernel with the chain of bins: never above it, and close for many bins."""
    ratios = []
    for mu, cap, steps in SETTINGS:
        setting = build_setting(mu=mu, steps=steps, denoiser_stiffness=cap)
        exact = float(SAMPLERS["reinjection"].masses(setting)[1])
        upper = reinjection_upper(setting.target, setting.schedule, setting.denoiser, setting.margin, 60)
        ratios.append(upper / exact)
    setting = build_setting(mu=2.0, steps=4, denoiser_stiffness=4.0)
    exact = float(SAMPLERS["reinjection"].masses(setting)[1])
    tight = reinjection_upper(setting.target, setting.schedule, setting.denoiser, setting.margin, 1000) / exact
    least = min(*ratios, tight)
    return Verdict(
        Outcome.HOLDS if least >= 1 - ROUNDING and tight < 1.01 else Outcome.FAILS,
        method="exact kernel against a chain of bins", value=least, bound=1.0, slack=max(least, 1.0),
        detail=f"{len(ratios)} settings: the bound by 60 bins is {min(ratios):.4f} to {max(ratios):.3g} times the "
        f"exact error; 1000 bins come within {tight - 1:.1e}.",
    )  # fmt: skip


def joint_bounds_reinjection() -> Verdict:
    """Compare the stiffness that re-injection's masses need with what its class has jointly in all noises."""
    sampler, ratios, errors = SAMPLERS["reinjection"], [], []
    for mu, cap, steps in (*SETTINGS, (2.0, 4.0, 2), (4.0, 4.0, 2), (4.0, 8.0, 24)):
        setting = build_setting(mu=mu, steps=steps, denoiser_stiffness=cap)
        masses, stiffness = sampler.masses(setting), sampler.stiffness(setting)
        needed = needed_stiffness(masses[0], masses[2], masses[1], setting.target.separation(setting.margin))
        if needed > 0:
            ratios.append(stiffness / needed)
            errors.append(float(masses[1]) / least_error(setting, stiffness))
    least = min(ratios)
    return Verdict(
        Outcome.HOLDS if least >= 1 - ROUNDING else Outcome.FAILS,
        method="exact kernel", value=least, bound=1.0, slack=least,
        detail=f"{len(ratios)} settings: the class is {least:.3g} to {max(ratios):.3g} times as stiff as the masses "
        f"need, and the error {min(errors):.3g} to {max(errors):.3g} times the bound.",
    )  # fmt: skip


def checks() -> tuple[Check, ...]:
    """Return the exact checks of the escapes, level X."""
    return (
        Check("commitment", "X", "the target comes back at any depth",
              "Commitment with an exact posterior reproduces the target.", commitment_keeps_the_target, seconds=0.5),
        Check("commitment", "X", "one draw escapes at the last call only",
              "A draw amid deterministic steps leaves ambiguous mass: only a draw that is the output leaves none.",
              one_draw_escapes_at_the_last_call, seconds=0.5, qualifies=True),
        Check("reinjection", "X", "the exact error lies below the bound by bins",
              "A chain of bins that errs upward is a bound, and a close one.", reinjection_lies_below_its_bins,
              seconds=8.0),
        Check("joint", "X", "re-injection obeys isoperimetry jointly",
              "Re-injection never reaches masses that its joint stiffness does not permit.", joint_bounds_reinjection,
              seconds=1.0),
    )  # fmt: skip
