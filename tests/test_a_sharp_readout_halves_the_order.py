"""Of a sampler of order p the error falls like K^-2p behind a smooth readout and like K^-p behind a sharp one.

Primary routes: the definition, by the trapezoid rule and by a root search for the quantile, from scipy's distribution
functions alone; mpmath for the differences in the tails. Counting is a second witness, with its size and power.
"""

import math

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.special import expit, ndtr
from scipy.stats import norm

from sim.checks.readouts import crossover_is_met, readouts_agree_only_where_modes_overlap
from sim.estimate import clopper_pearson, trials_needed
from sim.run import simulate
from sim.two_modes.readouts import measure_readout
from sim.two_modes.run import Setting, build_setting
from sim.two_modes.sampler_names import SAMPLERS
from theory.coupling import OutputError
from theory.diagnostics import squared_change
from theory.errors import UsageError
from theory.flow import flow_map, flow_stiffness
from theory.readout import Readout, probit_change, readout, softmax_change, softmax_distance
from theory.tube import mixture as line_mixture
from theory.verdict import Outcome

OVERLAP = {"mu": 1.0, "scale": 0.7, "weights": (0.3, 0.7)}
MUTANT = 1.01
CURVES = {"probit": ndtr, "softmax": expit}


def errors(
    name: str, chosen: Readout, steps: int, sampler: str = "ddim", **where
) -> tuple[OutputError | None, OutputError | None]:
    """Return (terminal, whole) errors in a setting."""
    found = measure_readout(SAMPLERS[sampler], build_setting(steps=steps, **{**OVERLAP, **where}), chosen)
    return found.terminal, found.whole


def mean(setting: Setting, a: float, b: float, x: np.ndarray) -> np.ndarray:
    """Return E[z given a z + b xi = x] by Bayes' rule, from scipy's densities."""
    t = setting.target
    v = a * a * t.scale**2 + b * b
    odds = [w * norm.pdf(x, a * c, math.sqrt(v)) for w, c in zip(t.weights, (-t.mu, t.mu), strict=True)]
    inside = [c + a * t.scale**2 / v * (x - a * c) for c in (-t.mu, t.mu)]
    return (odds[0] * inside[0] + odds[1] * inside[1]) / (odds[0] + odds[1])


def ddim(setting: Setting, x: np.ndarray) -> np.ndarray:
    """Return DDIM's output, written out."""
    k = setting.schedule.steps
    for j in range(k):
        a, a_next = j / k, (j + 1) / k
        x = (1 - a_next) / (1 - a) * (x - a * mean(setting, a, 1 - a, x)) + a_next * mean(setting, a, 1 - a, x)
    return x


def quantile(setting: Setting, x: float) -> float:
    """Return F_p^-1(Phi(x)) by a root search in the distribution function."""
    t = setting.target

    def excess(z: float) -> float:
        return sum(w * norm.cdf(z, c, t.scale) for w, c in zip(t.weights, (-t.mu, t.mu), strict=True)) - norm.cdf(x)

    return float(brentq(excess, -30, 30, xtol=1e-14))


@pytest.fixture(scope="module")
def coupled() -> tuple[Setting, np.ndarray, np.ndarray, np.ndarray]:
    """Noise on a grid, and where DDIM with 6 steps and the exact flow take it."""
    setting = build_setting(steps=6, **OVERLAP)
    x = np.linspace(-8, 8, 6001)
    return setting, x, ddim(setting, x), np.array([quantile(setting, float(v)) for v in x])


@pytest.mark.parametrize("name", CURVES)
def test_the_whole_sampler_is_its_definition(name: str, coupled) -> None:
    """Assert the squared change of the output between 6 steps and infinitely many; a mutant kappa or coupling fails."""
    setting, x, few, exact = coupled
    kappa, d_x = 3.0, x[1] - x[0]

    def by_definition(kappa: float, clean: np.ndarray) -> float:
        return float(norm.pdf(x) @ (CURVES[name](kappa * few) - CURVES[name](kappa * clean)) ** 2 * d_x)

    found = measure_readout(SAMPLERS["ddim"], setting, readout(name, sharpness=kappa)).whole
    assert found.categorical == pytest.approx(by_definition(kappa, exact), rel=1e-7)
    assert found.continuous == pytest.approx(float(norm.pdf(x) @ ((few - exact) / 2) ** 2 * d_x), rel=1e-7)
    assert found.categorical != pytest.approx(by_definition(MUTANT * kappa, exact), rel=1e-3)
    assert found.categorical != pytest.approx(by_definition(kappa, -exact[::-1]), rel=1e-3)  # mirrored noise


@pytest.mark.parametrize("name", CURVES)
def test_the_last_call_is_its_definition(name: str) -> None:
    """Assert the squared change under one noised call against a double sum over z and xi; mutants fail."""
    setting = build_setting(steps=5, **OVERLAP)
    kappa, s, t = 4.0, 0.25, setting.target
    z, d_z = np.linspace(-7, 7, 1401, retstep=True)
    xi, d_xi = np.linspace(-8, 8, 641, retstep=True)
    p = sum(w * norm.pdf(z, c, t.scale) for w, c in zip(t.weights, (-t.mu, t.mu), strict=True))
    answer = mean(setting, 0.8, 0.2, 0.8 * (z[:, None] + s * xi))

    def by_definition(kappa: float) -> float:
        change = (CURVES[name](kappa * answer) - CURVES[name](kappa * z)[:, None]) ** 2
        return float(p @ change @ norm.pdf(xi) * d_z * d_xi)

    found = measure_readout(SAMPLERS["ddim"], setting, readout(name, sharpness=kappa)).terminal
    assert found.categorical == pytest.approx(by_definition(kappa), rel=1e-8)
    assert found.continuous == pytest.approx(
        float(p @ ((answer - z[:, None]) / 2) ** 2 @ norm.pdf(xi) * d_z * d_xi), rel=1e-8
    )
    assert found.categorical != pytest.approx(by_definition(MUTANT * kappa), rel=1e-3)


def test_flips_are_counted_against_their_own_clean_latent() -> None:
    """Assert the exact flips within the interval of coupled counts; 25% more, and flips against another z, outside."""
    setting, n = build_setting(steps=6, **OVERLAP), 400_000
    x = np.random.default_rng(20260630).standard_normal(n)
    few, boundary = ddim(setting, x), brentq(lambda v: quantile(setting, v), -3, 3)
    flips = measure_readout(SAMPLERS["ddim"], setting, readout("argmax")).whole.flips
    assert trials_needed(flips, effect=0.25, alpha=1e-9, miss=1e-6) <= n
    found = clopper_pearson(int(np.sum((few > 0) != (x > boundary))), n, alpha=1e-9)
    assert flips in found
    assert 1.25 * flips not in found
    assert flips not in clopper_pearson(int(np.sum((few > 0) != (np.roll(x, 1) > boundary))), n, alpha=1e-9)


@pytest.mark.parametrize(("sampler", "order"), [("ddim", 1), ("heun", 2), ("midpoint", 2)])
def test_the_order_is_halved(sampler: str, order: int) -> None:
    """Assert exponents p for argmax and 2p for linear outputs, between 32 and 64 steps, where modes overlap."""
    coarse, fine = (errors("", readout("argmax"), k, sampler)[1] for k in (32, 64))
    assert math.log2(coarse.flips / fine.flips) == pytest.approx(order, abs=0.06)
    assert math.log2(coarse.continuous / fine.continuous) == pytest.approx(2 * order, abs=0.12)
    assert coarse.categorical == coarse.flips  # one token for another counts 1


def test_one_curve_joins_them() -> None:
    """Assert R = (E/kappa) A(kappa delta) of the whole sampler, delta the boundary's shift: off by order 1/K."""
    energy = line_mixture([-1.0, 1.0], [0.7, 0.7], [0.3, 0.7]).interface_energy
    off = []
    for kappa, steps in ((20.0, 32), (40.0, 64), (80.0, 128)):
        whole = errors("", readout("probit", sharpness=kappa), steps)[1]
        shift = whole.flips / energy
        off.append(whole.categorical / (energy / kappa * float(squared_change(kappa * shift))) - 1)
    assert off[0] / off[1] == pytest.approx(2, rel=0.2)
    assert off[1] / off[2] == pytest.approx(2, rel=0.1)
    assert abs(2 * off[2] - off[1]) < 1e-3  # a law 1% off leaves 1e-2


def test_equal_modes_never_flip_on_a_line() -> None:
    """Assert that symmetry alone keeps the boundary at any number of steps, while the last call still flips."""
    for steps in (1, 2, 8):
        terminal, whole = errors("", readout("argmax"), steps, weights=(0.5, 0.5))
        assert whole.flips == (0.5 if steps == 1 else 0.0)
        assert terminal.flips > 0.02


def test_a_gap_takes_the_advantage_away() -> None:
    """Assert exponent 1 for every readout where no mass lies between the modes."""
    for chosen in (readout("linear"), readout("probit", sharpness=3.0), readout("argmax")):
        coarse, fine = (errors("", chosen, k, mu=4.0, scale=0.0)[1].total for k in (32, 64))
        assert math.log2(coarse / fine) == pytest.approx(1, abs=0.07)


@settings(max_examples=25)
@given(
    kappa=st.floats(-6, 12).map(lambda e: 10.0**e),
    name=st.sampled_from(["probit", "softmax"]),
    scale=st.sampled_from([0.0, 1e-9, 0.3, 2.0]),
    steps=st.integers(1, 9),
)
def test_every_sharpness_stays_within_its_limits(kappa: float, name: str, scale: float, steps: int) -> None:
    """Assert 0 <= R <= min(1, (stiffness x distance)^2) in both couplings, and what w mixes between its parts."""
    chosen = readout(name, sharpness=kappa, weight=0.25)
    for found in errors("", chosen, steps, scale=scale):
        tokens = readout(name, sharpness=kappa).stiffness(2.0, 2.0) ** 2 * 4 * found.continuous
        assert 0 <= found.categorical <= min(1.0, tokens) * (1 + 1e-9)
        assert found.total == pytest.approx(found.categorical / 4 + found.continuous * 3 / 4, rel=1e-14)


@pytest.mark.parametrize("name", CURVES)
def test_both_ends_of_the_sharpness(name: str) -> None:
    """Assert kappa^2 D'(0)^2 E|z' - z|^2 at kappa = 1e-6, and the flips at kappa = 1e12; both off by 1% at neither."""
    slope = {"probit": 1 / (2 * math.pi), "softmax": 1 / 16}[name]
    for smooth, sharp in zip(
        errors("", readout(name, sharpness=1e-6), 5), errors("", readout(name, sharpness=1e12), 5), strict=True
    ):
        assert smooth.categorical == pytest.approx(4 * smooth.continuous * slope * 1e-12, rel=1e-9)
        assert sharp.categorical == pytest.approx(sharp.flips, rel=1e-8)
        assert MUTANT * sharp.categorical != pytest.approx(sharp.flips, rel=1e-3)


def test_changes_keep_their_digits() -> None:
    """Assert both differences against 60 digits, from 1e-12 apart to far tails."""
    rng = np.random.default_rng(1)
    low = rng.uniform(-35, 35, 300)
    high = low + 10 ** rng.uniform(-12, 1, 300)
    with mp.workdps(60):
        for u, v in zip(low, high, strict=True):
            a, b = (mp.mpf(float(x)) for x in ((u, v) if u < 0 else (-v, -u)))
            exact = {
                "probit": (mp.erfc(-b / mp.sqrt(2)) - mp.erfc(-a / mp.sqrt(2))) / 2,
                "softmax": 1 / (1 + mp.exp(-b)) - 1 / (1 + mp.exp(-a)),
            }
            for name, change in (("probit", probit_change), ("softmax", softmax_change)):
                if exact[name] > 1e-290:
                    assert float(change(u, v)) == pytest.approx(float(exact[name]), rel=1e-11)
                    assert float(change(v, u)) == -float(change(u, v))


@settings(max_examples=40)
@given(
    logits=st.lists(st.floats(-30, 30), min_size=2, max_size=5),
    size=st.floats(-9, 3).map(lambda e: 10.0**e),
    seed=st.integers(0, 99),
)
def test_softmax_distances_keep_their_digits(logits: list[float], size: float, seed: int) -> None:
    """Assert the root of |softmax(l + h) - softmax(l)|^2/2 against 60 digits, to a rounding of 1, or of itself."""
    shift = size * np.random.default_rng(seed).uniform(-1, 1, len(logits))
    with mp.workdps(60):
        before, after = (
            [mp.exp(mp.mpf(x)) for x in row]
            for row in (logits, [mp.mpf(a) + mp.mpf(float(b)) for a, b in zip(logits, shift, strict=True)])
        )
        exact = sum((a / mp.fsum(after) - b / mp.fsum(before)) ** 2 for a, b in zip(after, before, strict=True)) / 2
    found = float(softmax_distance(np.array(logits), shift))
    assert math.sqrt(found) == pytest.approx(math.sqrt(float(exact)), rel=1e-7, abs=4e-16)


def test_a_stiffness_is_attained_by_two_tokens_and_holds_for_more() -> None:
    """Assert quotients of error and distance: up to the constant for two tokens, none beyond it for six."""
    near = np.array([[-1.0], [1.0]])
    step = 1e-6
    for chosen in (readout("probit", sharpness=3.0), readout("softmax", sharpness=3.0)):
        root = math.sqrt(chosen.categorical_error([[-step]], [[step]], near, 2.0)[0]) / (2 * step)
        assert root == pytest.approx(chosen.stiffness(2.0, 2.0), rel=1e-9)
    rng = np.random.default_rng(2)
    tokens = rng.normal(size=(6, 3))
    apart = np.linalg.norm(tokens[:, None] - tokens, axis=2)
    least, most = float(apart[apart > 0].min()), float(apart.max())
    chosen = readout("softmax", sharpness=5.0)
    first = rng.normal(size=(4000, 3))
    second = first + 10 ** rng.uniform(-4, 0, (4000, 1)) * rng.normal(size=(4000, 3))
    quotient = np.sqrt(chosen.categorical_error(first, second, tokens, least)) / np.linalg.norm(second - first, axis=1)
    assert 0.2 < quotient.max() / chosen.stiffness(least, most) <= 1
    assert readout("argmax").stiffness(1.0, 1.0) == math.inf
    assert readout("argmax", weight=0.0).stiffness(2.0, 2.0) == 0.5


def test_the_flow_is_the_quantile_map() -> None:
    """Assert the map against a root search, its slope against differences, and its closed form at equal weights."""
    setting = build_setting(steps=1, **OVERLAP)
    x = np.array([-6.0, -1.3, 0.0, 0.4, 2.0, 5.0])
    assert flow_map(setting.target, x) == pytest.approx([quantile(setting, float(v)) for v in x], rel=1e-8)
    fine = np.linspace(-4, 4, 40_001)
    steepest = float(np.max(np.diff(flow_map(setting.target, fine)))) / (fine[1] - fine[0])
    assert flow_stiffness(setting.target) == pytest.approx(steepest, rel=1e-5)
    even = build_setting(steps=1, mu=3.0, scale=0.8).target
    assert flow_stiffness(even) == pytest.approx(0.8 * math.exp(9 / 1.28), rel=1e-12)


def test_the_exact_flow_is_a_sampler() -> None:
    """Assert the target's own masses, tv 0, no call, and counts that agree; infinitely stiff at scale 0."""
    found = simulate(sampler="flow", steps=3, particles=200_000, readout="argmax", **OVERLAP)
    assert found.exact_tv == 0
    assert found.nfe == 0
    assert found.exact_ambiguous in found.ambiguous
    assert found.verdict.outcome is Outcome.HOLDS
    assert found.readout.token_tv < 1e-15
    assert simulate(sampler="flow", mu=4, steps=1, particles=1000).stiffness == math.inf


@pytest.mark.parametrize("sampler", ["ancestral", "churn", "reinjection", "commit_parallel"])
def test_where_a_sampler_draws_its_law_is_compared(sampler: str) -> None:
    """Assert no coupling for a sampler that draws, and the counted masses of its token around the exact ones."""
    setting = build_setting(mu=2, steps=4, weights=(0.3, 0.7), denoiser_stiffness=4)
    found = measure_readout(SAMPLERS[sampler], setting, readout("argmax"))
    run = simulate(sampler=sampler, mu=2, steps=4, weights=(0.3, 0.7), denoiser_stiffness=4, particles=400_000,
                   margin=1 - 1e-5)  # fmt: skip
    assert found.whole is None
    assert (found.terminal is None) == (sampler == "commit_parallel")
    assert found.tokens[1] in clopper_pearson(run.counts[2], 400_000, alpha=1e-9)
    assert sum(found.tokens) == pytest.approx(1, abs=1e-9)


def test_a_run_without_a_readout_is_what_it_was() -> None:
    """Assert that no readout leaves no trace in keys or output."""
    plain = simulate(mu=4, steps=2, particles=10).to_dict()
    asked = simulate(mu=4, steps=2, particles=10, readout="softmax", sharpness=2, categorical_weight=0.5).to_dict()
    assert "readout" not in plain
    assert asked.pop("readout")["whole"]["flips"] == 0
    assert {k: v for k, v in asked["given"].items() if k in plain["given"]} == plain["given"]
    asked["given"] = plain["given"]
    assert asked == plain


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"readout": "softmax"}, "needs sharpness"),
        ({"readout": "argmax", "sharpness": 2}, "has no sharpness"),
        ({"readout": "linear", "categorical_weight": 0.5}, "no tokens to weigh"),
        ({"readout": "probit", "sharpness": -1}, "must be positive"),
        ({"readout": "argmax", "categorical_weight": 2}, "out of range"),
        ({"sharpness": 2}, "there is none"),
        ({"readout": "sofmax", "sharpness": 2}, "Did you mean 'softmax'"),
    ],
)
def test_bad_keys_get_one_message(keys: dict, words: str) -> None:
    """Assert a refusal before any work."""
    with pytest.raises(UsageError, match=words):
        simulate(mu=4, steps=2, particles=10, **keys)


def test_the_checks_of_the_ladder_bite() -> None:
    """Assert that both checks hold, and that the law 1% off, or with another constant in its limit, does not."""
    assert crossover_is_met().outcome is Outcome.HOLDS
    for mutant in (lambda *a: 1.01 * a[0], lambda *a: a[0] / 1.01, lambda r, e, k, s: r / math.sqrt(2)):
        assert crossover_is_met(mutant).outcome is Outcome.FAILS
    assert readouts_agree_only_where_modes_overlap().outcome is Outcome.HOLDS
