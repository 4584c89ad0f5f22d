"""ddim_frontier: K steps of a capped denoiser leave at least this error, and a clipped linear denoiser attains it.

Primary route: preimages found by bisection of a sampler written out here from Bayes' rule at 40 digits.
"""

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import noncommit
from sim.checks.exact import clipped_linear_ratio, ddim_stays_above
from sim.two_modes.pushforward import ddim_map, increasing_map_masses
from sim.two_modes.run import build_setting, least_error
from sim.two_modes.samplers import Ddim
from theory.depth import ddim_stiffness, reachable_slopes
from theory.errors import UsageError
from theory.path import CosinePath, LinearPath, Schedule, uniform_schedule
from theory.target import two_modes
from theory.verdict import Outcome


def tempered_mean(x: mpmath.mpf, a: mpmath.mpf, b: mpmath.mpf, mu: int, cap: int) -> mpmath.mpf:
    """Return the mean over -mu, +mu with the likelihoods raised to the power that makes the slope at 0 the cap."""
    steepest = a * mu**2 / b**2
    power = 1 if steepest <= cap else cap / steepest
    weights = [mpmath.exp(-power * (x - a * z) ** 2 / (2 * b**2)) for z in (-mu, mu)]
    return mu * (weights[1] - weights[0]) / (weights[0] + weights[1])


def ddim_ambiguous(mu: int, cap: int, steps: int) -> float:
    """Return the mass between the landing sets (margin 1/10) by bisection for the boundary of the right one."""
    with mpmath.workdps(40):
        t = [mpmath.mpf(k) / steps for k in range(steps + 1)]

        def sampler(x: mpmath.mpf) -> mpmath.mpf:
            for now, later in zip(t, t[1:], strict=False):
                b, b_later = 1 - now, 1 - later
                noise = (x - now * (mean := tempered_mean(x, now, b, mu, cap))) / b  # the direction kept by DDIM
                x = later * mean + b_later * noise
            return x

        low, high = mpmath.mpf(0), mpmath.mpf(40)
        for _ in range(120):
            middle = (low + high) / 2
            low, high = (low, middle) if sampler(middle) >= mpmath.mpf(9) * mu / 10 else (middle, high)
        return float(mpmath.erf(high / mpmath.sqrt(2)))


@pytest.mark.parametrize(("mu", "cap", "steps", "printed"), [(4, 4, 16, 0.00912136), (2, 4, 4, 0.272242)])
def test_exact_ddim_is_what_bisection_at_40_digits_finds(mu: int, cap: int, steps: int, printed: float) -> None:
    """Assert 1e-10 relative, with the printed value as a second witness; 1% off is told apart."""
    exact = Ddim().masses(build_setting(mu=mu, steps=steps, denoiser_stiffness=cap))[1]
    assert exact == pytest.approx(ddim_ambiguous(mu, cap, steps), rel=1e-10)
    assert exact == pytest.approx(printed, rel=1e-5)
    assert exact * 1.01 != pytest.approx(printed, rel=1e-3)


def test_the_frontier_at_the_standard_setting() -> None:
    """Assert L and the least error at (4, 4, 16): L from rational arithmetic, the error from a clipped affine map."""
    from fractions import Fraction

    product = Fraction(1)
    for k in range(16):
        a, later = Fraction(k, 16), Fraction(k + 1, 16)
        b, b_later = 1 - a, 1 - later
        product *= b_later / b + (later - a * b_later / b) * min(Fraction(4), a * 16 / b**2)
    answer = noncommit.law("ddim_frontier", mu=4, steps=16, denoiser_stiffness=4)
    assert answer["stiffness"] == pytest.approx(float(product), rel=1e-13)
    slope = float(product)
    ambiguous = increasing_map_masses(lambda x: min(3.6, max(-3.6, slope * x)), 3.6)[1]
    assert answer["error"] == pytest.approx(ambiguous, rel=1e-10)
    assert (answer["stiffness"], answer["error"]) == pytest.approx((590.84, 0.00486152), rel=1e-5)


def test_granting_the_cap_at_every_call_would_weaken_the_bound() -> None:
    """Assert that the reachable slope, not the cap, is used: the cap alone would give .00296."""
    grid = uniform_schedule(LinearPath(), 16)
    naive = ddim_stiffness(grid, np.full(16, 4.0))
    setting = build_setting(mu=4, steps=16, denoiser_stiffness=4)
    assert least_error(setting, naive) == pytest.approx(0.00296, abs=5e-6)
    assert least_error(setting, naive) < noncommit.law("ddim_frontier", mu=4, steps=16, denoiser_stiffness=4)["error"]


def test_a_clipped_linear_denoiser_attains_it_and_the_check_bites() -> None:
    """Assert the near-tight instance, and that the ladder's check fails for L off by 1% in either direction."""
    assert clipped_linear_ratio(build_setting(mu=4.0, steps=16, denoiser_stiffness=4.0)) == pytest.approx(1, abs=1e-6)
    assert ddim_stays_above().outcome is Outcome.HOLDS


@pytest.mark.parametrize("factor", [1.01, 1 / 1.01])
def test_a_frontier_off_by_one_per_cent_fails(factor: float, monkeypatch) -> None:
    """Assert that the ladder's check rejects L x 1.01 and L / 1.01."""
    import sim.checks.exact as checks

    right = checks.Ddim.stiffness
    monkeypatch.setattr(checks.Ddim, "stiffness", lambda self, setting: factor * right(self, setting))
    assert checks.ddim_stays_above().outcome is Outcome.FAILS


@given(
    st.floats(0.5, 6), st.integers(2, 20), st.floats(0.5, 12), st.floats(0.02, 0.9), st.booleans(), st.floats(0.1, 0.9)
)
def test_no_run_violates_the_measured_form(mu, steps, cap, margin, cosine, weight) -> None:
    """Assert needed <= L at any mass balance, on both paths."""
    setting = build_setting(
        mu=mu, steps=steps, denoiser_stiffness=cap, margin=margin, weights=(weight, 1 - weight),
        path="cosine" if cosine else "linear",
    )  # fmt: skip
    from sim.two_modes.run import needed_stiffness

    left, middle, right = Ddim().masses(setting)
    assert left + middle + right == pytest.approx(1, abs=1e-12)
    needed = needed_stiffness(left, right, middle, setting.target.separation(margin))
    assert needed <= Ddim().stiffness(setting) * (1 + 1e-9) or needed == math.inf


def test_one_call_decides_nothing() -> None:
    """Assert K = 1: stiffness 0 and error 1, whatever the cap."""
    answer = noncommit.law("ddim_frontier", mu=4, steps=1)
    assert (answer["stiffness"], answer["error"], answer["nfe"]) == (0.0, 1.0, 1)


def test_a_step_grows_with_its_slope_and_telescopes_without_one() -> None:
    """Assert that slope 0 leaves only the shrinking of noise, whose product telescopes to b_K / b_0 = 0."""
    for path in (LinearPath(), CosinePath()):
        grid = uniform_schedule(path, 8)
        assert ddim_stiffness(Schedule(grid.a[:-1], grid.b[:-1]), np.zeros(7)) == pytest.approx(float(grid.b[-2]))
        slopes = reachable_slopes(two_modes(mu=2), grid, 3.0)
        assert ddim_stiffness(grid, slopes) < ddim_stiffness(grid, 1.01 * slopes)


def test_a_path_that_is_not_monotone_is_refused() -> None:
    """Assert that preimages are not taken of a map that need not increase."""
    with pytest.raises(ValueError, match="not monotone"):
        ddim_map(Schedule(np.array([0.0, 0.9, 0.1, 1.0]), np.array([1.0, 0.1, 0.9, 0.0])), lambda k, x: x)


@pytest.mark.parametrize(
    "given_",
    [{"mu": 4}, {"mu": 4, "steps": 0}, {"mu": 4, "steps": 1.5}, {"mu": -4, "steps": 2},
     {"mu": 4, "steps": 2, "margin": 1}, {"mu": 4, "steps": 2, "path": "liner"},
     {"mu": 4, "steps": 2, "denoiser_stiffness": 0}, {"mu": 4, "steps": 10**6},
     {"mu": 4, "steps": 16, "scale": 2, "denoiser_stiffness": 0.5}, {"mu": 4, "steps": 60000}],
)  # fmt: skip
def test_bad_input_has_no_number(given_) -> None:
    """Assert one message of four parts for each, the unreachable cap and the overflowing frontier included."""
    with pytest.raises(UsageError, match=r"Expected: .* Received: .*\?"):
        noncommit.law("ddim_frontier", **given_)
