"""A run of the lesson is the run of sim at the same keys: particle by particle to 1e-12, over every sampler.

The reference is plain: NumPy's noise through the matrices of a linear method, or the draws of a token written out here.
Differences are in units of the larger of the output and the modes' distance from 0. A map magnifies what two libraries
round apart: by up to 400 in these settings, as measured by moving the inputs, which leaves twelve digits and more.
"""

import json
import math

import numpy as np
import pytest

from lesson import changed, opened
from sim.estimate import total_variation
from sim.noise import CATEGORICAL, normals, uniform
from sim.two_modes.run import build_setting, least_error, simulate_two_modes
from sim.two_modes.sampler_names import SAMPLERS as ALL
from sim.two_modes.sampler_names import WAYS
from theory.denoiser import two_mode_denoiser
from theory.schemes import SCHEMES, linear_method

RNG = np.random.default_rng([50, 12])
PARTICLES = 40
SAMPLERS = {name: sampler for name, sampler in ALL.items() if name != "flow"}
"""Those with steps: the exact flow, where all of them lead, has none to show."""


def keys_of(index: int) -> dict:
    """Return keys of one run: shallow and deep, sharp and blurred, capped and exact, even and uneven."""
    mu, scale = float(RNG.uniform(0.5, 6)), float(RNG.choice([0.0, RNG.uniform(0.05, 1)]))
    weight = float(RNG.choice([0.5, RNG.uniform(0.1, 0.9)]))
    steps = int(RNG.integers(1, 17))
    cap = None if index % 3 == 0 else float(RNG.uniform(1, 3) * (1 + 2 * steps * scale**2 + mu))
    keys = {
        "mu": mu, "scale": scale, "steps": steps, "weights": [weight, 1 - weight],
        "path": ["linear", "cosine"][index % 2], "margin": float(RNG.uniform(0.02, 0.6)), "particles": PARTICLES,
        "seed": int(RNG.integers(0, 2**32)),
    }  # fmt: skip
    return keys | ({} if cap is None else {"denoiser_stiffness": cap})


SETTINGS = [
    {"mu": 4, "steps": 16, "denoiser_stiffness": 4, "particles": PARTICLES, "seed": 3},
    {"mu": 2, "steps": 4, "denoiser_stiffness": 4, "particles": PARTICLES, "seed": 0},
    *map(keys_of, range(50)),
]


def setting_of(keys: dict):
    return build_setting(**{key: value for key, value in keys.items() if key not in ("particles", "seed", "sampler")})


def committed(sampler: str, keys: dict) -> np.ndarray:
    """Return the outputs of a committing sampler from the textbook: a token by Bayes' rule, a latent round its mode."""
    s, seed = setting_of(keys), keys["seed"]
    (left, right), mu, sigma = s.target.weights, s.target.mu, s.target.scale
    a, b, steps = s.schedule.a, s.schedule.b, s.schedule.steps
    everyone, once = np.arange(PARTICLES), steps // 2 if steps > 1 else 0  # the last call at or before 1/2

    def xi(step: int) -> np.ndarray:
        return normals(seed, range(PARTICLES), step, 1)[:, 0]

    x = b[0] * xi(0)
    for j in range(steps):
        v = a[j] ** 2 * sigma**2 + b[j] ** 2
        tempering = s.denoiser.k[j] / (a[j] * mu / v) if a[j] > 0 else 1.0  # evidence to this power, prior untouched
        odds = math.log(right / left) + tempering * ((x + a[j] * mu) ** 2 - (x - a[j] * mu) ** 2) / (2 * v)
        right_share = 1 / (1 + np.exp(np.minimum(-odds, 700)))
        token = np.where(uniform(seed, CATEGORICAL, everyone, j, 0) < right_share, mu, -mu)
        z = token + a[j] * sigma**2 / v * (x - a[j] * token)
        if sigma > 0:
            z = z + sigma * b[j] / math.sqrt(v) * xi(steps + j)
        if sampler == "commit_parallel":
            x = a[j + 1] * z + (b[j + 1] * xi(j + 1) if j + 1 < steps else 0)
        else:
            y = z if j == once else s.denoiser(j, x)
            x = a[j + 1] * y + b[j + 1] / b[j] * (x - a[j] * y)
    return x


def linear(sampler: str, keys: dict) -> np.ndarray:
    """Return a scheme's outputs."""
    s = setting_of(keys)
    method = linear_method(SCHEMES[sampler], s.path, s.grid)
    denoiser = two_mode_denoiser(s.target, method.schedule, denoiser_stiffness=s.denoiser_stiffness)
    inputs = [normals(keys["seed"], range(PARTICLES), i, 1)[:, 0] for i in range(method.noise.shape[1])]
    return method.outputs(denoiser, np.stack(inputs))


def runs(sampler: str) -> list[dict]:
    """Return the settings in which the sampler's own calls, some later than the grid's, can be as flat as the cap."""
    kept = []
    for keys in SETTINGS:
        try:
            if not sampler.startswith("commit"):
                linear(sampler, keys)
        except ValueError:
            continue
        kept.append({**keys, "sampler": sampler})
    return kept


OUTPUTS = "(runs) => runs.flatMap((keys) => [...nc.simulate(keys).outputs])"


def outputs(page, settings: list[dict]) -> np.ndarray:
    found = page.numbers(f"({OUTPUTS})({json.dumps(settings)})")
    return found.reshape(len(settings), PARTICLES)


def deviation(found: np.ndarray, settings: list[dict]) -> float:
    """Return the largest difference of an output from the reference, in units of the modes or the output."""
    worst = 0.0
    for row, keys in zip(found, settings, strict=True):
        given = {k: v for k, v in keys.items() if k != "sampler"}
        own = (
            committed(keys["sampler"], given)
            if keys["sampler"].startswith("commit")
            else linear(keys["sampler"], given)
        )
        worst = max(worst, float(np.max(np.abs(row - own) / np.maximum(np.abs(own), keys["mu"]))))
    return worst


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_outputs_agree_particle_by_particle(numbers, worst_error, sampler: str) -> None:
    """Assert every output in at least 50 settings; with another seed the same comparison fails."""
    settings = runs(sampler)
    assert len(settings) >= 50
    worst = deviation(outputs(numbers, settings), settings)
    assert worst <= 1e-12
    worst_error(f"lesson {sampler}", worst, 1e-12, "NumPy, in units of the modes' distance")
    other = [{**keys, "seed": keys["seed"] ^ 1} for keys in settings[:3]]
    assert deviation(outputs(numbers, other), settings[:3]) > 1e-6


SUMMARY = """(runs) => runs.map((keys) => { const r = nc.simulate(keys);
  return [...r.counts, r.nfe, r.stiffness, r.least_error, r.tv, r.ambiguous, r.target_ambiguous].map(String); })"""


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_counts_and_bounds_are_those_of_sim(numbers, sampler: str) -> None:
    """Assert the counts of sim's kernels, nfe, stiffness, least error and both errors at the same keys."""
    settings, chosen = [{**keys, "particles": 2000} for keys in runs(sampler)[:10]], SAMPLERS[sampler]
    for keys, row in zip(settings, numbers.call(SUMMARY, settings), strict=True):
        s = setting_of(keys)
        kernel, arguments = chosen.counter(s, keys["seed"])
        counts, stiffness, masses = kernel(0, 2000, *arguments), chosen.stiffness(s), s.target.masses(s.margin)
        own = [
            *counts, chosen.nfe(s), stiffness, least_error(s, stiffness), total_variation(counts / 2000, masses),
            counts[1] / 2000, masses[1],
        ]  # fmt: skip
        found = [float(x.replace("Infinity", "inf")) for x in row]
        assert np.allclose(found, own, rtol=1e-12, atol=1e-15), (keys, found, own)


def test_the_command_s_own_run_is_the_lesson_s(numbers) -> None:
    """Assert what `noncommit simulate mu=2 steps=4 denoiser_stiffness=4` prints of its count and its bound."""
    keys = {"mu": 2, "steps": 4, "denoiser_stiffness": 4, "particles": 20000, "seed": 0}
    run = simulate_two_modes(**keys)
    counted = [run.ambiguous.value, run.tv.value, run.stiffness, run.least_error, run.target_ambiguous]
    found = "(k) => { const r = nc.simulate(k); return [...r.counts, r.ambiguous, r.tv, r.stiffness, r.least_error, "
    assert np.allclose(
        numbers.call(found + "r.target_ambiguous]; }", keys), [*run.counts, *counted], rtol=1e-12, atol=1e-15
    )


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_a_wrong_step_is_seen(browser, numbers_script, tmp_path, sampler: str) -> None:
    """Assert that a posterior mean, of both modes or of the token drawn, a millionth off fails the comparison."""
    old, new = (
        ("return mode + g * (x - a * mode);", "return mode + 1.000001 * g * (x - a * mode);")
        if sampler.startswith("commit")
        else ("return g * x + amplitude * tanh(k * x + h);", "return g * x + 1.000001 * amplitude * tanh(k * x + h);")
    )
    settings = runs(sampler)
    with opened(browser, tmp_path, changed(numbers_script, old, new)) as page:
        assert deviation(outputs(page, settings), settings) > 1e-9


def test_all_samplers_of_sim_are_shown(numbers) -> None:
    """Assert that the lesson runs exactly sim's samplers with steps, and that one of each kind has its own loop."""
    assert set(numbers.evaluate("nc.simulate.samplers")) == set(SAMPLERS)
    assert set(WAYS) <= set(SAMPLERS)


@pytest.mark.parametrize("sampler", WAYS)
def test_noise_that_is_kept_changes_no_number(numbers, sampler: str) -> None:
    """Assert the same bits for a seed before and after others, for fewer, for more, and for too many particles."""
    keys = {"mu": 3, "scale": 0.2, "steps": 4, "seed": 2, "sampler": sampler}
    many = {**keys, "seed": 3, "particles": 600_000}  # four columns of it exceed what is kept
    asked = [{**keys, "particles": n, "seed": seed} for n, seed in ((50, 2), (50, 9), (90, 2), (20, 2))]
    first, other, more, fewer = (numbers.numbers(f"nc.simulate({json.dumps(k)}).outputs") for k in asked)
    assert np.array_equal(more[:50], first)
    assert np.array_equal(fewer, first[:20])
    assert not np.array_equal(other, first)
    counts = numbers.call("(k) => nc.simulate(k).counts", many)
    kernel, arguments = SAMPLERS[sampler].counter(setting_of(many), 3)
    assert kernel(0, 600_000, *arguments).tolist() == counts


def test_a_trajectory_ends_in_the_output(numbers) -> None:
    """Assert that a particle's trajectory has a place for each call, starts in its noise and ends in its output."""
    for sampler in SAMPLERS:
        call = f"(() => {{ const r = nc.simulate({{mu: 3, steps: 5, sampler: '{sampler}', particles: 3, seed: 8}});"
        seen = numbers.numbers(f"{call} return r.trajectory(2); }})()")
        assert len(seen) == numbers.evaluate(f"{call} return r.nfe; }})()") + 1
        assert abs(seen[0] - normals(8, range(2, 3), 0, 1)[0, 0]) < 1e-12
        assert seen[-1] == numbers.evaluate(f"{call} return r.outputs[2]; }})()")


@pytest.mark.parametrize(
    ("keys", "word"),
    [({"mu": 4, "steps": 0}, "steps"), ({"mu": -1, "steps": 4}, "mu"),
     ({"mu": 4, "steps": 4, "weights": [0.5, 0.6]}, "weights"),
     ({"mu": 4, "steps": 4, "sampler": "dddim"}, "sampler"), ({"mu": 4, "steps": 4, "stepps": 1}, "stepps"),
     ({"mu": 4, "steps": 9, "scale": 1, "denoiser_stiffness": 0.1}, "denoiser_stiffness"),
     ({"mu": 4, "steps": 4, "seed": 2**32}, "seed"), ({"mu": 4, "steps": 4, "path": "vp"}, "path")],
)  # fmt: skip
def test_what_the_command_refuses_the_lesson_refuses(numbers, keys: dict, word: str) -> None:
    """Assert one message with its four parts, and no run, for keys out of their range."""
    refusal = "(keys) => { try { nc.simulate(keys); return ''; } catch (e) { return e.message; } }"
    message = numbers.call(refusal, keys)
    assert word in message
    assert all(part in message for part in ("Expected:", "Received:", "?"))
