"""commitment, total_correlation, reinjection, joint: what each way out reaches, leaves and costs, from the registry.

Primary routes: enumeration of token sequences, the order of three bounds, the exact kernel tested elsewhere.
"""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import noncommit
from sim.checks import escape as escape_checks
from sim.two_modes.run import build_setting
from theory.bins import reinjection_upper
from theory.correlation import total_correlation
from theory.errors import UsageError
from theory.verdict import Outcome

probability = st.floats(0.01, 1)


def enumerated(step, first, seen) -> float:
    """Return sum_s H(k_s) - H(k_1..k_S) of the posterior, from all sequences."""
    length, tokens = len(seen), range(len(first))
    joint = np.zeros((len(first),) * length)
    for word in itertools.product(tokens, repeat=length):
        weight = first[word[0]] * np.prod([step[i][j] for i, j in itertools.pairwise(word)])
        joint[word] = weight * np.prod([seen[s][k] for s, k in enumerate(word)])
    joint /= joint.sum()

    def entropy(p) -> float:
        p = p[p > 0]
        return -float(np.sum(p * np.log(p)))

    single = [joint.sum(axis=tuple(t for t in range(length) if t != s)) for s in range(length)]
    return sum(entropy(p) for p in single) - entropy(joint.ravel())


@settings(max_examples=40)
@given(st.integers(2, 4), st.integers(1, 5), st.data())
def test_total_correlation_is_what_enumeration_finds(tokens: int, length: int, data) -> None:
    """Assert equality to 1e-12 on random short chains, and that one position has none."""

    def rows(n: int):
        raw = np.array([[data.draw(probability) for _ in range(tokens)] for _ in range(n)])
        return raw / raw.sum(axis=1, keepdims=True)

    step, first, seen = rows(tokens), rows(1)[0], rows(length)
    nats = total_correlation(step, first, seen)
    assert nats == pytest.approx(enumerated(step, first, seen), abs=1e-12)
    assert total_correlation(step, first, 7 * seen) == pytest.approx(nats, rel=1e-9, abs=1e-13)
    if length == 1:
        assert nats == 0


def test_extreme_chains() -> None:
    """Assert log V a link for a chain that repeats its token, 0 for one that forgets, 0 once x decides."""
    flat = np.ones((6, 4))
    assert total_correlation(np.eye(4), np.full(4, 0.25), flat) == pytest.approx(5 * math.log(4), rel=1e-14)
    assert total_correlation(np.full((4, 4), 0.25), np.full(4, 0.25), flat) == 0
    sure = np.eye(4)[[0, 3, 1, 1, 2, 0]]
    assert total_correlation(np.full((4, 4), 0.25), np.full(4, 0.25), sure) == 0
    assert noncommit.law("total_correlation", transition=np.eye(2), prior=[0.5, 0.5], likelihoods=np.ones((2, 2)))[
        "nats"
    ] == pytest.approx(math.log(2))


@pytest.mark.parametrize(
    ("step", "first", "seen"),
    [(np.eye(3), [0.5, 0.5], np.ones((2, 2))), (np.eye(2), [0.5, 0.4], np.ones((2, 2))),
     (np.ones((2, 2)), [0.5, 0.5], np.ones((2, 2))), (np.eye(2), [0.5, 0.5], np.zeros((2, 2))),
     (np.eye(2), [0.5, 0.5], -np.ones((2, 2))), (np.eye(2), [0.5, 0.5], np.ones(2)),
     (np.eye(2), [0.5, 0.5], [[math.nan, 1]]), (np.eye(2), [1.0, 0.0], [[0.0, 1.0]]),
     (np.eye(2), [1.0, 0.0], [[1.0, 1.0], [0.0, 1.0]])],
)  # fmt: skip
def test_what_is_no_chain_is_refused(step, first, seen) -> None:
    """Assert one message for wrong shapes, sums, signs, NaN, and likelihoods that no sequence explains."""
    with pytest.raises(UsageError, match=r"Expected: .* Received: .*\?"):
        total_correlation(step, first, seen)


def test_commitment_costs_nothing_exactly_and_drifts_when_capped() -> None:
    """Assert ambiguous 0 and tv 0 uncapped, the printed tv capped."""
    free = noncommit.law("commitment", mu=4, steps=16, weights=[0.7, 0.3])
    assert free["ambiguous"] == 0
    assert free["tv"] == pytest.approx(0, abs=1e-12)
    capped = noncommit.law("commitment", mu=4, steps=16, weights=[0.7, 0.3], denoiser_stiffness=4)
    assert capped["ambiguous"] == 0
    assert capped["tv"] == pytest.approx(0.0668, abs=1e-4)


def test_three_bounds_stand_in_order() -> None:
    """Assert joint <= exact <= bins, with printed values, and bins that tighten as they multiply."""
    exact = noncommit.law("reinjection", mu=4, steps=16, denoiser_stiffness=4, bins=30)
    finer = noncommit.law("reinjection", mu=4, steps=16, denoiser_stiffness=4, bins=200)
    joint = noncommit.law("joint", mu=4, steps=16, denoiser_stiffness=4)
    assert joint["error"] < exact["ambiguous"] < finer["upper"] < exact["upper"]
    assert exact["upper"] == pytest.approx(0.00045407, abs=5e-9)
    assert joint["joint_stiffness"] == pytest.approx(7.0875e4, rel=1e-4)


def test_unequal_weights_have_a_bound_of_their_own() -> None:
    """Assert the joint bound in proportion to the weights: what the simulation states, and none for a constant map."""
    setting = {"mu": 2, "steps": 4, "denoiser_stiffness": 4, "weights": [0.3, 0.7]}
    joint = noncommit.law("joint", **setting)
    measured = noncommit.simulate(sampler="reinjection", particles=1000, **setting)
    assert joint["joint_stiffness"] == measured.stiffness
    assert joint["error"] == pytest.approx(measured.least_error, rel=1e-13)
    equal = noncommit.law("joint", **(setting | {"weights": [0.5, 0.5]}))["error"]
    assert joint["error"] < 0.99 * equal
    assert noncommit.law("joint", mu=2, steps=1, weights=[0.3, 0.7])["error"] == 1


def test_upper_edges_would_be_no_bound(monkeypatch) -> None:
    """Assert that the same chain on upper edges falls below the exact error: lower edges are what makes it a bound."""
    import theory.bins as bins

    setting = build_setting(mu=4.0, steps=16, denoiser_stiffness=4.0)
    arguments = (setting.target, setting.schedule, setting.denoiser, setting.margin)
    exact = noncommit.law("reinjection", mu=4, steps=16, denoiser_stiffness=4)["ambiguous"]
    assert reinjection_upper(*arguments, 30) > exact
    right = bins._folded_mass
    width = setting.target.mu / 30
    monkeypatch.setattr(
        bins,
        "_folded_mass",
        lambda centre, *rest: right(centre + width * centre.max() / centre.max(initial=4.0), *rest),
    )
    assert reinjection_upper(*arguments, 30) < exact


def test_unequal_or_wide_modes_have_no_bound_by_bins() -> None:
    """Assert that the upper bound is left out or refused where |z-hat| is no chain."""
    assert "upper" not in noncommit.law("reinjection", mu=4, steps=4, weights=[0.7, 0.3]).answers
    assert "upper" not in noncommit.law("reinjection", mu=4, steps=4, scale=0.1).answers
    wide = build_setting(mu=4.0, steps=4, scale=0.1)
    with pytest.raises(UsageError, match="equal modes"):
        reinjection_upper(wide.target, wide.schedule, wide.denoiser, 0.1)


def test_the_checks_hold_and_a_scaled_kernel_fails_them(monkeypatch) -> None:
    """Assert the ladder's checks, and FAILS when the exact masses or the joint stiffness are wrong."""
    assert all(check.run().outcome is Outcome.HOLDS for check in escape_checks.checks())
    sampler = type(escape_checks.SAMPLERS["reinjection"])
    right = sampler.stiffness
    monkeypatch.setattr(sampler, "stiffness", lambda self, setting: right(self, setting) / 2)
    assert escape_checks.joint_bounds_reinjection().outcome is Outcome.FAILS
    monkeypatch.undo()
    monkeypatch.setattr(escape_checks, "reinjection_upper", lambda *a: reinjection_upper(*a) / 1.01)
    assert escape_checks.reinjection_lies_below_its_bins().outcome is Outcome.FAILS
