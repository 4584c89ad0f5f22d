"""P(interval covers) >= 0.99 by enumeration, and every counted cell has the power to see an error of 1%.

Primary route: exact binomial sums over all outcomes; then the counts of each sampler against its exact masses.
"""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.checks.counted import CELLS, EFFECT, FALSE_ALARM, MISS, Cell, binary_is_counted, cell_verdict
from sim.estimate import clopper_pearson, total_variation, total_variation_estimate, trials_needed
from sim.run import simulate
from sim.two_modes.run import build_setting
from sim.two_modes.sampler_names import SAMPLERS
from theory.verdict import Outcome


def binomial(n: int, p: float) -> list[float]:
    return [math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(n + 1)]


@pytest.mark.parametrize("n", [1, 7, 40])
@pytest.mark.parametrize("p", [0.0, 0.003, 0.2, 0.5, 0.97, 1.0])
def test_one_interval_covers(n: int, p: float) -> None:
    """Assert coverage by summing over every count; an interval shrunk by a tenth covers less than promised."""
    chances = binomial(n, p)
    covered = math.fsum(c for k, c in enumerate(chances) if p in clopper_pearson(k, n))
    assert covered >= 0.99 - 1e-12


def test_a_shrunken_interval_would_be_caught() -> None:
    """Assert that some p is covered too rarely when intervals are a fifth narrower: the test above bites."""

    def coverage(p: float) -> float:
        total = 0.0
        for k, chance in enumerate(binomial(40, p)):
            e = clopper_pearson(k, 40)
            middle, half = (e.low + e.high) / 2, 0.8 * (e.high - e.low) / 2
            total += chance if abs(p - middle) <= half else 0
        return total

    assert min(coverage(p) for p in np.linspace(0.01, 0.99, 99)) < 0.99


@pytest.mark.parametrize("masses", [(0.5, 0.0, 0.5), (0.6, 0.2, 0.2), (0.05, 0.9, 0.05)])
def test_simultaneous_intervals_cover_total_variation(masses) -> None:
    """Assert coverage of tv by enumerating all counts of a trinomial with 12 trials."""
    n, wanted = 12, (0.5, 0.0, 0.5)
    truth, covered, total = total_variation(masses, wanted), 0.0, 0.0
    for i, j in itertools.product(range(n + 1), repeat=2):
        k = n - i - j
        if k < 0:
            continue
        chance = math.comb(n, i) * math.comb(n - i, j) * masses[0] ** i * masses[1] ** j * masses[2] ** k
        total += chance
        if chance and truth in total_variation_estimate([i, j, k], wanted):
            covered += chance
    assert total == pytest.approx(1)
    assert covered >= 0.99


@given(st.integers(1, 10**6), st.data())
def test_an_interval_contains_its_estimate(trials: int, data) -> None:
    """Assert low <= value <= high within [0, 1], closed at 0 and at all successes."""
    count = data.draw(st.integers(0, trials))
    e = clopper_pearson(count, trials)
    assert 0 <= e.low <= e.value <= e.high <= 1
    assert (e.low == 0) == (count == 0)
    assert (e.high == 1) == (count == trials)


def test_every_cell_states_enough_particles() -> None:
    """Assert the declared sizes against the exact mass of each cell: a cell without power is no evidence."""
    for cell in CELLS:
        setting = build_setting(
            mu=cell.mu, steps=cell.steps, denoiser_stiffness=cell.denoiser_stiffness, weights=cell.weights
        )
        exact = float(SAMPLERS[cell.sampler].masses(setting)[cell.mass])
        assert cell.particles >= trials_needed(exact, effect=EFFECT, alpha=FALSE_ALARM, miss=MISS)


def test_a_cell_without_power_is_undecided() -> None:
    """Assert that too few particles never pass."""
    assert cell_verdict(Cell("ddim", 2.0, 4, 4.0, (0.5, 0.5), 1, 1000)).outcome is Outcome.UNDECIDED


def test_a_counted_cell_holds_and_a_swapped_stepper_fails(monkeypatch) -> None:
    """Assert that DDIM's particles agree with DDIM's masses and not with re-injection's."""
    cell = CELLS[0]
    assert cell_verdict(cell).outcome is Outcome.HOLDS
    swapped = SAMPLERS["reinjection"]
    monkeypatch.setattr(
        type(SAMPLERS["ddim"]), "counter", lambda self, s, seed: type(swapped).counter(swapped, s, seed)
    )
    assert cell_verdict(cell).outcome is Outcome.FAILS


def test_counted_masses_need_the_stiffness_of_their_map(monkeypatch) -> None:
    """Assert the counted form of `binary`, and that a map 1% stiffer than stated fails it."""
    assert binary_is_counted().outcome is Outcome.HOLDS
    import sim.checks.counted as checks

    right = checks.count
    monkeypatch.setattr(checks, "count", lambda k, a, p: right(k, (a[0], 1.01 * a[1], a[2]), p))
    assert checks.binary_is_counted().outcome is Outcome.FAILS


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize(("scale", "weights"), [(0.0, (0.5, 0.5)), (0.4, (0.8, 0.2))])
def test_measured_intervals_cover_the_exact_errors(sampler: str, scale: float, weights) -> None:
    """Assert that both errors of every sampler lie in their intervals, at 2e5 particles (99% each, seed fixed)."""
    cap = {} if sampler == "flow" else {"denoiser_stiffness": 40}
    measured = simulate(mu=2, scale=scale, weights=weights, steps=6, sampler=sampler, particles=200_000, seed=1, **cap)
    assert measured.exact_ambiguous in measured.ambiguous
    assert measured.exact_tv in measured.tv
    assert measured.verdict.outcome is Outcome.HOLDS
    assert sum(measured.counts) == 200_000
    assert measured.nfe == {"heun": 11, "midpoint": 12, "rk4": 21, "restart": 8, "flow": 0}.get(sampler, 6)
