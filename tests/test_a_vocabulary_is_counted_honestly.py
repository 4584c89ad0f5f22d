"""With fewer particles than tokens a run says what is certain: groups, repeats, bounds; each has its own oracle."""

import itertools
import json
import math
from collections import Counter
from fractions import Fraction

import numpy as np
import pytest

from copies import ROOT, run_python
from sim.confront import confront_counts
from sim.estimate import clopper_pearson
from sim.interrupted import Interrupted
from sim.run import simulate
from sim.vocabulary.codewords import GROUPS, vocabulary
from sim.vocabulary.occupancy import distinct, occupancy
from sim.vocabulary.posterior import POINTS
from sim.vocabulary.sampling import build_vocabulary_run
from theory.errors import UsageError
from theory.separated import balanced_error


@pytest.mark.parametrize(("draws", "modes"), [(0, 3), (1, 4), (5, 3), (6, 4), (4, 7)])
def test_repeats_have_the_occupancy_law(draws: int, modes: int) -> None:
    """Assert the law of distinct tokens against all M^m sequences, and the law of one token more as no such law."""
    counted = Counter(len(set(word)) for word in itertools.product(range(modes), repeat=draws))
    first, masses = occupancy(draws, modes)
    for d, count in counted.items():
        assert masses[d - first] == pytest.approx(float(Fraction(count, modes**draws)), rel=1e-14)
    assert len(masses) == len(counted)
    if draws > 1:
        assert occupancy(draws, modes + 1)[1].tolist() != pytest.approx(masses.tolist(), rel=0.01)


@pytest.mark.parametrize(("draws", "modes"), [(3000, 50257), (2000, 300)])
def test_repeats_of_many_draws(draws: int, modes: int) -> None:
    """Assert the mean M (1 - (1 - 1/M)^m), the variance by pairs of tokens, mass 1, and a range of 99%, barely."""
    first, masses = occupancy(draws, modes)
    d = np.arange(first, first + len(masses))
    one, two = (1 - 1 / modes) ** draws, (1 - 2 / modes) ** draws
    assert masses.sum() == pytest.approx(1, abs=1e-12)
    assert masses @ d == pytest.approx(modes * (1 - one), rel=1e-11)
    variance = modes * one + modes * (modes - 1) * two - (modes * one) ** 2
    assert masses @ (d - masses @ d) ** 2 == pytest.approx(variance, rel=1e-5)
    found = distinct(7, draws, modes)
    inside = masses[(d >= found.low) & (d <= found.high)].sum()
    assert inside >= 0.99
    assert masses[(d > found.low) & (d <= found.high)].sum() < 0.995
    assert found.found == 7
    assert occupancy(10**12, 3) == (3, pytest.approx([1.0], abs=1e-12))


def mean_purity(tilt: float, modes: int) -> float:
    """Return E sum_k r_k^2 of r = softmax(tilt xi), xi normal in R^M: M int u psi(u) phi(u)^(M-1) du.

    With 1/s^2 = int u e^(-s u) du and s = sum_k e^(tilt xi_k) the tokens are independent given u:
    phi(u) = E e^(-u e^(tilt xi)), psi(u) = E e^(2 tilt xi - u e^(tilt xi)). Trapezoids in xi and log u.
    """
    xi = np.linspace(-12, 12 + 2 * tilt, 3001)
    log_u = np.linspace(-tilt * 12 - 30, 30, 1201)[:, None]
    weight = np.exp(-(xi**2) / 2) / math.sqrt(2 * math.pi) * (xi[1] - xi[0])
    with np.errstate(over="ignore", under="ignore"):
        gone = np.exp(-np.exp(log_u + tilt * xi))
        phi = gone @ weight
        psi = gone @ (weight * np.exp(2 * tilt * xi))
        return float(np.sum(np.exp(2 * log_u[:, 0]) * psi * phi ** (modes - 1)) * modes * (log_u[1, 0] - log_u[0, 0]))


def test_one_hot_codes_have_their_exact_purity() -> None:
    """Assert E |z-hat|^2 of DDIM at K = 2 on 512 tokens, one axis each, by quadrature, within 5 standard errors.

    x_1 = xi/2 + E z/2 has logits f xi_k, f the length of a code: z-hat/f is a softmax of independent normals. A tilt
    5% larger is rejected by more than 5 errors: 4096 particles tell the two apart.
    """
    modes, length = 512, 3.0
    words = vocabulary("one_hot", modes=modes, distance=length * math.sqrt(2))
    run = build_vocabulary_run(words, steps=2)
    purity = np.sum((run.outputs(range(4096)) / length) ** 2, axis=1)
    error = float(np.std(purity)) / math.sqrt(len(purity))
    assert abs(np.mean(purity) - mean_purity(length, modes)) < 5 * error
    assert abs(np.mean(purity) - mean_purity(1.05 * length, modes)) > 5 * error


def test_the_quadrature_itself() -> None:
    """Assert the oracle against two tokens, E 1 - 2 r (1 - r) by one quadrature, and its limit 1/M at tilt 0."""
    x = np.linspace(-14, 14, 40001)
    r = 1 / (1 + np.exp(-math.sqrt(2) * 1.3 * x))
    wanted = np.sum((r**2 + (1 - r) ** 2) * np.exp(-(x**2) / 2)) * (x[1] - x[0]) / math.sqrt(2 * math.pi)
    assert mean_purity(1.3, 2) == pytest.approx(wanted, rel=1e-9)
    assert mean_purity(1e-3, 50) == pytest.approx(1 / 50, rel=1e-5)


@pytest.mark.parametrize("sampler", ["ddim", "reinjection", "heun", "commit_parallel", "commit_at"])
def test_few_tokens_are_counted_as_by_the_codebook_target(sampler: str) -> None:
    """Assert the same counts, errors, class and verdict as target=codebook, in doubles: each token is a group."""
    keys = {"codebook": "bits", "modes": 16, "steps": 5, "sampler": sampler, "distance": 6.0, "particles": 1000}
    ours = simulate(target="vocabulary", denoiser_stiffness=20, **keys)
    theirs = simulate(target="codebook", denoiser_stiffness=20, **keys)
    assert ours.counts == theirs.counts
    assert (ours.ambiguous, ours.group_tv.value) == (theirs.ambiguous, pytest.approx(theirs.tv.value, rel=1e-12))
    for name in ("nfe", "noise", "order", "bounded_class", "separation"):
        assert getattr(ours, name) == getattr(theirs, name)
    for name in ("stiffness", "least_error", "least_tv", "needed"):
        assert getattr(ours, name) == pytest.approx(getattr(theirs, name), rel=1e-9)
    assert ours.verdict.outcome == theirs.verdict.outcome
    assert ours.distinct.found == theirs.reached


def test_groups_only_lose_tv() -> None:
    """Assert tv over 64 groups of four tokens below tv over the tokens, and groups that go outward from the mean."""
    keys = {"codebook": "random", "modes": 256, "source_dim": 16, "steps": 6, "particles": 3000}
    ours, theirs = simulate(target="vocabulary", **keys), simulate(target="codebook", **keys)
    assert theirs.ambiguous.value <= ours.group_tv.value < theirs.tv.value
    assert ours.group_masses == (1 / GROUPS,) * GROUPS + (0.0,)
    words = vocabulary("random", modes=256, source_dim=16)
    group = words.groups()
    assert np.bincount(group).tolist() == [4] * GROUPS
    away = np.linalg.norm(words.vectors - words.vectors.mean(axis=0, dtype=float), axis=1)
    assert all(away[group == g].max() <= away[group == g + 1].min() for g in range(GROUPS - 1))
    summed = np.bincount(group, weights=theirs.counts[:-1])
    assert summed.tolist() == list(ours.counts[:-1])


def test_few_steps_prefer_the_middle() -> None:
    """Assert that DDIM in 4 steps makes tokens near the mean too frequent, beyond chance, so that they repeat.

    In the target's own law an eighth of the particles falls into 8 groups. Commitment keeps to that law.
    """
    keys = {"codebook": "random", "modes": 2000, "source_dim": 64, "particles": 2048}
    biased = simulate(target="vocabulary", steps=4, **keys)
    inner, outer = (clopper_pearson(sum(part), 2048, alpha=1e-9) for part in (biased.counts[:8], biased.counts[-9:-1]))
    assert inner.low > 1 / 8 > outer.high
    assert biased.distinct.found < biased.distinct.low
    assert biased.group_tv.value > 10 * biased.ambiguous.high
    assert (sum(biased.counts[:8]), sum(biased.counts[-9:-1]), biased.distinct.found) == pytest.approx(
        (629, 101, 1155), abs=2
    )  # as LAWS.md prints them
    exact = simulate(target="vocabulary", steps=4, sampler="commit_parallel", **keys)
    assert exact.distinct.low <= exact.distinct.found <= exact.distinct.high
    spread = np.array(exact.counts[:-1]) - 2048 / GROUPS
    assert np.sum(spread**2) / (2048 / GROUPS) < GROUPS + 7 * math.sqrt(2 * GROUPS)


def test_no_run_beats_its_class_and_a_better_one_would_fail() -> None:
    """Assert that what is counted needs less than the class has, and that equal groups without an error need more."""
    found = simulate(target="vocabulary", modes=1000, source_dim=16, steps=6, denoiser_stiffness=3, distance=6)
    assert found.verdict.outcome.name == "HOLDS"
    assert found.least_error == pytest.approx(float(balanced_error(1000, found.stiffness, separation=5.4)))
    assert found.ambiguous.low > found.least_error
    assert found.verdict.bound < found.stiffness
    doctored = confront_counts([100_000] * GROUPS + [0], found.stiffness, found.separation)
    assert doctored.outcome.name == "FAILS"
    assert 0 < found.rounding.measured < found.rounding.worst
    off = simulate(target="vocabulary", modes=1000, source_dim=16, steps=6, denoiser_stiffness=3, distance=6, seed=1)
    assert off.rounding.measured != found.rounding.measured


def test_an_interrupt_keeps_what_is_done() -> None:
    """Assert that Ctrl-C after two blocks leaves the run of two blocks, and before the first nothing."""
    keys = {"modes": 300, "source_dim": 5, "steps": 3}
    told = []

    def stop(done: int) -> None:
        told.append(done)
        if len(told) == 2:
            raise KeyboardInterrupt

    with pytest.raises(Interrupted, match=f"{2 * POINTS} particles are done") as stopped:
        simulate(target="vocabulary", particles=3000, threads=2, progress=stop, **keys)
    assert stopped.value.done == simulate(target="vocabulary", particles=2 * POINTS, **keys)

    def at_once(*_: object) -> None:
        raise KeyboardInterrupt

    from sim.vocabulary import run as module

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "land", at_once)
        with pytest.raises(KeyboardInterrupt) as plain:
            simulate(target="vocabulary", particles=3000, **keys)
    assert not isinstance(plain.value, Interrupted)


@pytest.mark.parametrize(
    ("given", "message"),
    [({"codebook": "given"}, "vectors is missing"), ({"vectors": [[0.0], [1.0]]}, "Which one holds"),
     ({"codebook": "given", "vectors": [[1.0], [1.0 + 1e-9]]}, "single precision"),
     ({"codebook": "given", "vectors": [[1e9], [1e9 + 1e4]]}, "tell the noise from rounding"),
     ({"distance": 1e20}, "leave single precision"), ({"distance": 1e-20}, "leave single precision"),
     ({"distance": 0}, "positive"), ({"modes": 1, "codebook": "one_hot", "distance": 2}, "no distance to another"),
     ({"codebook": "one_hot", "modes": 50257}, "too large"), ({"sampler": "flow"}, "no sampler 'flow'"),
     ({"particles": 0}, "particles"), ({"margin": 1}, "0 < margin < 1"), ({"steps": 0}, "steps"),
     ({"steps": 600, "sampler": "dpm_solver_2m", "source_dim": 256}, "too much at once"),
     ({"commit_time": 0.5}, "commit_at"),
     ({"codebook": "sphere", "source_dim": 1}, "two equal rows"), ({"codebook_seed": -1}, "seed")],
)  # fmt: skip
def test_what_is_refused(given: dict, message: str) -> None:
    """Assert one clear message before any particle."""

    def never(_: int) -> None:
        raise AssertionError("a particle was run")

    with pytest.raises(UsageError, match=message):
        simulate(target="vocabulary", progress=never, **{"steps": 3, "modes": None, **given})


def test_the_command_prints_it(capfd, tmp_path, monkeypatch) -> None:
    """Assert one strict document, its text beside it, and that a .npy of singles or doubles is the same codebook."""
    from noncommit.cli import cli

    rows = np.random.default_rng(0).normal(size=(90, 4)).astype(np.float32)
    np.save(tmp_path / "singles.npy", rows)
    np.save(tmp_path / "doubles.npy", rows.astype(float))
    monkeypatch.chdir(tmp_path)
    documents = []
    for name in ("singles", "doubles"):
        with pytest.raises(SystemExit) as stop:
            cli(["simulate", "target=vocabulary", "codebook=given", f"vectors={name}.npy", "steps=3", "--json"])
        assert stop.value.code == 0
        documents.append(json.loads(capfd.readouterr()[0], parse_constant=pytest.fail))
    assert documents[0] == documents[1]
    assert sum(documents[0]["estimate"]["counts"]) == documents[0]["given"]["particles"] == 4096
    with pytest.raises(SystemExit):
        cli(["simulate", "target=vocabulary", "codebook=given", "vectors=singles.npy", "steps=3"])
    out = capfd.readouterr()[0]
    assert all(word in out for word in ("ambiguous", "groups of tokens", "tokens reached", "HOLDS", "rounding"))


@pytest.mark.parametrize("modes", [1, 2])
def test_the_fewest_tokens(modes: int) -> None:
    """Assert that a single token gets everything, and two their halves, in a strict document without NaN."""
    found = simulate(target="vocabulary", codebook="one_hot", modes=modes, steps=6, particles=500)
    assert sum(found.counts) == 500
    assert json.dumps(found.to_dict(), allow_nan=False)
    if modes == 1:
        assert found.counts == (500, 0)
        assert (found.least_error, found.least_tv, found.needed) == (0.0, 0.0, 0.0)
    assert len(repr(found)) < 160
    assert found._repr_html_().startswith("<table>")
    assert len(found.to_dataframe()) == 1


WHOLE = """
import resource
from sim.run import simulate
found = simulate(target="vocabulary", codebook="random", modes=50257, source_dim=768, steps=4, particles=1024)
print([resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, sum(found.counts[:16]), sum(found.counts[-17:-1]),
       found.rounding.measured, found.counts[-1], found.distinct.found])
"""


@pytest.mark.slow
def test_a_vocabulary_of_full_size_fits() -> None:
    """Assert M = 50257, n = 768 in 1 GiB in all, nobody ambiguous, and the middle preferred beyond chance (1e-6)."""
    done = run_python("-c", WHOLE, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    memory, inner, outer, measured, ambiguous, found = json.loads(done.stdout)
    assert memory < 1 << 20
    assert ambiguous == 0
    assert 1000 < found <= 1024
    assert clopper_pearson(inner, 1024, alpha=1e-6).low > clopper_pearson(outer, 1024, alpha=1e-6).high
    assert measured < 1e-4
