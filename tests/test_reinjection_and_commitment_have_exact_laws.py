"""The exact kernel carries a noisy sampler's density to 1e-10: re-injection, commitment, and their stiffness.

Primary route: the backward equation for the landing probability on a uniform grid (the trapezoidal rule, which
converges geometrically for these analytic integrands), with posteriors written as tempered likelihood ratios.
Printed values are second witnesses.
"""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr, ndtri

import noncommit
from sim.two_modes.run import build_setting
from sim.two_modes.sampler_names import SAMPLERS, WAYS
from sim.two_modes.samplers import CommitAt
from theory.errors import UsageError
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


def enumerated(mu: float, cap: float, steps: int, prior: float, scale: float, call: int) -> np.ndarray:
    """Return the masses of one draw among DDIM steps by going forward from 400,000 quantiles of x_0, both modes each.

    No preimage, no panel: every quantile is one end of each sampler, weighted by what the posterior gives that mode;
    inside a mode 64 quantiles of z. Right to the spacing of the quantiles.
    """
    inner = ndtri((np.arange(64) + 0.5) / 64) if scale > 0 else np.zeros(1)
    size = 400_000 // len(inner)
    x = ndtri((np.arange(size) + 0.5) / size)[:, None] * np.ones(len(inner))
    weight = np.full((1, *x.shape), 1 / x.size)
    x = x[None]
    for k in range(steps):
        a, b, u = k / steps, 1 - k / steps, (k + 1) / steps
        v = a**2 * scale**2 + b**2
        g, height = a * scale**2 / v, b**2 * mu / v
        slope = min(a * mu / v, (cap - g) / height)
        right = 1 / (1 + (1 - prior) / prior * np.exp(np.clip(-2 * slope * x, -700, 700)))
        if k == call:
            spread = scale * b / math.sqrt(v) * inner
            z = np.concatenate([mode + g * (x - a * mode) + spread for mode in (-mu, mu)])
            weight = np.concatenate([weight * (1 - right), weight * right])
            x = np.concatenate([x, x])
        else:
            z = g * x + height * (2 * right - 1)
        x = u * z + (1 - u) * (x - a * z) / b  # the noise that x holds if z is the latent
    edge = 0.9 * mu
    return np.array([np.sum(weight[cell]) for cell in (x <= -edge, np.abs(x) < edge, x >= edge)])


@pytest.mark.parametrize(
    ("mu", "cap", "steps", "prior", "scale"),
    [(2.0, 4.0, 5, 0.3, 0.0), (2.0, 30.0, 5, 0.7, 0.2), (4.0, 4.0, 8, 0.3, 0.0)],
)
def test_one_draw_agrees_with_enumeration(mu, cap, steps, prior, scale) -> None:
    """Assert every mass of a draw at every call within the spacing of quantiles, and no call's masses for another's."""
    found, wanted = [], []
    for call in range(steps):
        setting = build_setting(mu=mu, scale=scale, steps=steps, denoiser_stiffness=cap, weights=(1 - prior, prior))
        found.append(CommitAt((call + 0.5) / steps).masses(setting))
        wanted.append(enumerated(mu, cap, steps, prior, scale, call))
        assert found[-1].sum() == pytest.approx(1, abs=1e-12)
    spacing = 2e-5 if scale == 0 else 2e-3
    assert np.max(np.abs(np.array(found) - wanted)) < spacing
    assert all(np.max(np.abs(found[i] - wanted[i - 1])) > 4 * spacing for i in range(1, steps))


def test_one_draw_escapes_only_at_the_last_call() -> None:
    """Assert that a draw leaves nothing ambiguous if it is the output itself, and less the later it comes.

    Steps after a draw are continuous again: at best two thirds of what DDIM leaves is saved.
    The printed tv, .1096, is that of a single draw at the last call.
    """
    setting = build_setting(mu=4, steps=16, denoiser_stiffness=4, weights=(0.3, 0.7))
    masses = [CommitAt(call / 16).masses(setting) for call in range(16)]
    ddim = SAMPLERS["ddim"].masses(setting)
    assert masses[-1][1] == 0
    assert all(0.3 * ddim[1] < m[1] < ddim[1] for m in masses[:-1])
    assert all(later[1] < earlier[1] for earlier, later in pairwise(masses))
    tv = [float(np.sum(np.maximum([0.3, 0.0, 0.7] - m, 0))) for m in masses]
    assert tv[-1] == pytest.approx(0.1096, abs=1e-4)
    every = SAMPLERS["commit_parallel"].masses(setting)
    assert min(tv) > 0.3 - every[0] == pytest.approx(0.0668, abs=1e-4)  # one draw corrects less than a draw a call


def test_one_draw_from_an_exact_posterior_keeps_the_law_of_its_step() -> None:
    """Assert that the call at pure noise, drawn and not averaged, leaves nothing of DDIM's first-step error.

    x' = a' z + b' xi with (z, xi) of the path's own law. So with K = 2 and an exact posterior the masses are those of
    m(x) for x of the path's law at t = 1/2, by quantiles; DDIM's, from a first step to a single Gaussian, are not.
    """
    setting = build_setting(mu=1.5, steps=2, weights=(0.35, 0.65))
    q = ndtri((np.arange(200_000) + 0.5) / 200_000)
    z = np.array([0.0, 0.0, 0.0])
    for mode, share in ((-1.5, 0.35), (1.5, 0.65)):
        x = mode / 2 + q / 2
        mean = 1.5 * (2 / (1 + 0.35 / 0.65 * np.exp(-6 * x)) - 1)
        z += share * np.array([np.mean(mean <= -1.35), np.mean(np.abs(mean) < 1.35), np.mean(mean >= 1.35)])
    assert CommitAt(0.0).masses(setting) == pytest.approx(z, abs=2e-5)
    assert np.max(np.abs(SAMPLERS["ddim"].masses(setting) - z)) > 0.02


@pytest.mark.parametrize(
    ("time", "message"), [(1.5, "commit_time is out of range"), ("soon", "commit_time is not a number")]
)
def test_a_time_that_is_none_is_refused(time, message: str) -> None:
    """Assert one message for a time outside [0, 1], and for a sampler that draws at no time of its own."""
    with pytest.raises(UsageError, match=message):
        noncommit.simulate(mu=4, steps=2, sampler="commit_at", commit_time=time)
    with pytest.raises(UsageError, match="Is sampler=commit_at meant"):
        noncommit.simulate(mu=4, steps=2, sampler="ddim", commit_time=0.5)
    measured = noncommit.simulate(mu=4, steps=4, sampler="commit_at", commit_time=0.9, particles=100)
    assert (measured.given["commit_time"], measured.exact_ambiguous) == (0.9, 0.0)
