"""The exact kernel carries a noisy sampler's density to 1e-10: re-injection, commitment, and their stiffness.

Primary route: the backward equation for the landing probability on a uniform grid (the trapezoidal rule, which
converges geometrically for these analytic integrands), with posteriors written as tempered likelihood ratios.
Printed values are second witnesses.
"""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr

import noncommit
from sim.two_modes.run import build_setting
from sim.two_modes.sampler_names import SAMPLERS, WAYS
from theory.escape import reinjection_stiffness
from theory.kernel import REACH


def right_posterior(x, a: float, b: float, mu: float, cap: float, prior: float):
    """Return P(+mu given x) with the likelihood ratio raised to the power that caps the slope; prior untouched."""
    power = min(1.0, cap * b**2 / (a * mu**2)) if a > 0 else 1.0
    return 1 / (1 + (1 - prior) / prior * np.exp(np.clip(-2 * power * a * mu * x / b**2, -700, 700)))


def density(x, spread: float):
    return np.exp(-((x / spread) ** 2) / 2) / (spread * math.sqrt(2 * math.pi))


def backward_reinjection(mu: float, cap: float, steps: int, prior: float = 0.5) -> np.ndarray:
    """Return the masses left, middle, right (margin 0.1) of re-injection by the backward equation."""
    h = 1 / 96
    grid = np.arange(-16, 16 + h / 2, h)
    times = [(k / steps, 1 - k / steps) for k in range(steps)]
    mean = [mu * (2 * right_posterior(grid, a, b, mu, cap, prior) - 1) for a, b in times]
    # The boundary of {m >= 0.9 mu} at the last call solves odds = 19 of the tempered posterior, and 1/19.
    a, b = times[-1]
    power = min(1.0, cap * b**2 / (a * mu**2))
    ends = [(math.log(odds) - math.log(prior / (1 - prior))) * b**2 / (2 * power * a * mu) for odds in (1 / 19, 19)]
    a, b = times[-1]
    centre = a * mean[-2]
    value = np.stack([ndtr((ends[0] - centre) / b), ndtr((ends[1] - centre) / b) - ndtr((ends[0] - centre) / b),
                      ndtr((centre - ends[1]) / b)])  # fmt: skip
    for k in range(steps - 3, -1, -1):
        a, b = times[k + 1]
        value = h * value @ density(grid[:, None] - a * mean[k][None, :], b)
    return h * value @ density(grid, 1.0)


@pytest.mark.parametrize(
    ("mu", "cap", "steps", "printed"), [(4, 4, 16, 0.000184655), (2, 4, 4, 0.291597), (2, 4, 8, 0.02613)]
)
def test_reinjection_agrees_with_the_backward_equation(mu, cap, steps, printed, worst_error) -> None:
    """Assert 1e-10 relative on every mass, and that a mass 1% off is told apart."""
    masses = SAMPLERS["reinjection"].masses(build_setting(mu=mu, steps=steps, denoiser_stiffness=cap))
    backward = backward_reinjection(mu, cap, steps)
    worst_error("reinjection", np.max(np.abs(masses / backward - 1)), 1e-10, "the backward equation")
    assert masses == pytest.approx(backward, rel=1e-10)
    assert masses[1] == pytest.approx(printed, abs=10.0 ** (math.floor(math.log10(printed)) - 3))
    assert 1.01 * masses[1] != pytest.approx(backward_reinjection(mu, cap, steps)[1], rel=1e-3)


def test_unequal_weights_shift_mass() -> None:
    """Assert the masses at weights .7, .3 by the backward equation, and the printed tv of three samplers."""
    setting = build_setting(mu=4, steps=16, denoiser_stiffness=4, weights=(0.7, 0.3))
    masses = SAMPLERS["reinjection"].masses(setting)
    assert masses == pytest.approx(backward_reinjection(4, 4, 16, prior=0.3), rel=1e-10)
    tv = {name: float(np.sum(np.maximum([0.7, 0.0, 0.3] - SAMPLERS[name].masses(setting), 0))) for name in WAYS}
    printed = {"ddim": 0.1131, "reinjection": 0.2511, "commit_parallel": 0.0668}
    assert tv == pytest.approx(printed, abs=1e-4)


def test_uncapped_reinjection_shifts_mass_too() -> None:
    """Assert the printed tv without a cap: .0799 and .0159, and commitment exact."""
    setting = build_setting(mu=4, steps=16, weights=(0.7, 0.3))
    tv = [float(np.sum(np.maximum([0.7, 0.0, 0.3] - SAMPLERS[s].masses(setting), 0))) for s in WAYS]
    assert tv == pytest.approx([0.0159, 0.0799, 0.0], abs=1e-4)


@pytest.mark.parametrize("steps", [1, 2, 5])
def test_two_steps_make_ddim_and_reinjection_one(steps: int) -> None:
    """Assert that they agree exactly up to K = 2, where noise is new either way, and differ beyond."""
    setting = build_setting(mu=2, steps=steps, denoiser_stiffness=4)
    ddim, reinjection = (SAMPLERS[name].masses(setting) for name in ("ddim", "reinjection"))
    assert (ddim == pytest.approx(reinjection, rel=1e-12)) == (steps <= 2)


def token_chain(mu: float, cap: float, steps: int, prior: float) -> float:
    """Return P(last token is +mu) of commitment at scale 0: a two-state chain, by the trapezoidal rule."""
    xi = np.arange(-12, 12.0005, 1 / 512)
    weight = density(xi, 1.0) / 512
    right = prior  # at t = 0 the posterior is the prior
    for k in range(1, steps):
        a, b = k / steps, 1 - k / steps
        from_right, from_left = (weight @ right_posterior(a * z + b * xi, a, b, mu, cap, prior) for z in (mu, -mu))
        right = right * from_right + (1 - right) * from_left
    return float(right)


@pytest.mark.parametrize(("cap", "prior"), [(4.0, 0.3), (2.0, 0.9), (1e9, 0.3)])
def test_commitment_is_a_chain_of_tokens(cap: float, prior: float, worst_error) -> None:
    """Assert the token probabilities to 1e-10, ambiguous mass exactly 0, and exact weights without a cap."""
    setting = build_setting(mu=4, steps=16, denoiser_stiffness=cap, weights=(1 - prior, prior))
    left, middle, right = SAMPLERS["commit_parallel"].masses(setting)
    wanted = token_chain(4, cap, 16, prior)
    assert middle == 0.0
    worst_error("commitment", max(abs(left / (1 - wanted) - 1), abs(right / wanted - 1)), 1e-10, "a chain of tokens")
    assert (left, right) == pytest.approx((1 - wanted, wanted), rel=1e-10)
    if cap == 1e9:
        assert right == pytest.approx(prior, rel=1e-10)
    else:
        assert right != pytest.approx(prior, rel=1e-3)


@given(st.floats(0.5, 4), st.floats(0.05, 1), st.floats(0.1, 0.9), st.integers(1, 6))
def test_exact_commitment_keeps_the_target(mu: float, scale: float, weight: float, steps: int) -> None:
    """Assert that an exact posterior reproduces the target's own masses at any depth, blurred modes included."""
    setting = build_setting(mu=mu, steps=steps, scale=scale, weights=(weight, 1 - weight))
    wanted = setting.target.masses(setting.margin)
    assert SAMPLERS["commit_parallel"].masses(setting) == pytest.approx(wanted, rel=1e-9, abs=1e-14)


@settings(max_examples=20)
@given(st.floats(0.5, 4), st.floats(0, 1), st.integers(1, 8), st.floats(1.5, 20), st.sampled_from(["linear", "cosine"]))
def test_masses_are_probabilities_that_mirror(mu, scale, steps, cap, path) -> None:
    """Assert sum 1 and that swapping the weights swaps the sides, for one sampler of each kind."""
    if cap < 30 and scale > 0:
        cap = max(cap, 2 * steps**2)  # above the slope within one mode, at most K/b <= K^2 on these paths
    for name in WAYS:
        sampler = SAMPLERS[name]
        one, other = (
            sampler.masses(
                build_setting(mu=mu, scale=scale, steps=steps, denoiser_stiffness=cap, weights=weights, path=path)
            )
            for weights in ((0.75, 0.25), (0.25, 0.75))
        )
        assert one.sum() == pytest.approx(1, abs=1e-12)
        assert one == pytest.approx(other[::-1], rel=1e-9, abs=1e-14)


def test_reinjection_obeys_its_own_class() -> None:
    """Assert Lambda at (4, 4, 16) by differentiating the sampler in each noise, and the printed bound."""
    setting = build_setting(mu=4, steps=16, denoiser_stiffness=4)
    # All-linear denoisers reach their slopes everywhere, so the gradient of the linear chain is Lambda itself.
    gradient, slope = [], setting.denoiser.slope
    for j in range(16):
        factor = 1 - j / 16  # standard deviation of the noise put into x_j
        for i in range(j, 16):
            factor *= slope[i] * ((i + 1) / 16)
        gradient.append(factor)
    joint = reinjection_stiffness(setting.schedule, slope)
    assert joint == pytest.approx(math.hypot(*gradient), rel=1e-12)
    assert joint == pytest.approx(7.0875e4, rel=1e-4)
    measured = noncommit.simulate(mu=4, steps=16, denoiser_stiffness=4, sampler="reinjection", particles=1000)
    assert measured.least_error == pytest.approx(4.0528e-5, rel=1e-4)
    assert measured.exact_ambiguous > measured.least_error


def test_the_cut_of_the_gaussians_is_harmless() -> None:
    """Assert that the mass beyond REACH is what its comment says."""
    assert 2 * ndtr(-REACH) == pytest.approx(3.6e-33, rel=0.05)
