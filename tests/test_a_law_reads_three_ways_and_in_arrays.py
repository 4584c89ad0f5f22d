"""Stiffness from modes and error, error from modes and stiffness, modes from both: one law, three readings.

And arrays: every place is answered as if it had been asked alone. Primary routes: counting modes one by one, the single
answers, 50-digit arithmetic for the constants of many dimensions.
"""

import inspect
import math

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.polynomial.hermite_e import hermeval

import noncommit
from theory import commitment, decision, diagnostics, ordinal, product, separated, simplex, sobolev, variation
from theory.catalogue import LAWS
from theory.errors import UsageError
from theory.product import grid_error, product_axes
from theory.separated import balanced_error, balanced_stiffness
from theory.sobolev import sobolev_constants, sobolev_stiffness
from theory.variation import variation_at_least, variation_of, variation_stiffness

LAWS_OF_MODES = [
    ("isoperimetric", {}), ("isoperimetric_tv", {}), ("simplex", {}), ("ordinal", {}), ("sobolev", {"source_dim": 2}),
]  # fmt: skip


@pytest.mark.parametrize(("law", "setting"), LAWS_OF_MODES, ids=[law for law, _ in LAWS_OF_MODES])
@settings(max_examples=25)
@given(modes=st.integers(4, 400), error=st.floats(1e-9, 0.5), slack=st.floats(1.0, 1.5))
def test_modes_are_counted_one_by_one(law: str, setting, modes: int, error: float, slack: float) -> None:
    """Assert M back from its own stiffness, and from more stiffness the last M that it does not fall short of."""
    stiffness = noncommit.law(law, modes=modes, error=error, **setting)["stiffness"]
    if stiffness == 0:
        return
    assert noncommit.law(law, error=error, stiffness=stiffness, **setting)["modes"] == modes
    more = slack * stiffness
    found = noncommit.law(law, error=error, stiffness=more, **setting)["modes"]
    assert noncommit.law(law, modes=found, error=error, **setting)["stiffness"] <= more * (1 + 1e-9)
    assert noncommit.law(law, modes=found + 1, error=error, **setting)["stiffness"] > more
    less = noncommit.law(law, error=error, stiffness=stiffness / 1.5, **setting)["modes"]
    assert less == math.floor(less) < modes


def test_the_ends_of_the_count() -> None:
    """Assert 1 where not even two modes are told apart, refusals beyond what a law counts, 1e250 modes, and bits."""
    for law, setting in LAWS_OF_MODES:
        assert noncommit.law(law, error=1e-3, stiffness=1e-6, **setting)["modes"] == 1
        wide = {"source_dim": 4} if law == "sobolev" else setting
        with pytest.raises(UsageError, match="more modes apart than this law counts"):
            noncommit.law(law, error=0.1, stiffness=1e99, **wide)
    many = noncommit.law("isoperimetric", modes=1e250, error=0.01)["stiffness"]
    assert noncommit.law("isoperimetric", error=0.01, stiffness=many)["modes"] == pytest.approx(1e250, rel=1e-10)
    for bits in (1, 2, 16, 300):
        stiffness = noncommit.law("product", source_dim=bits, error=0.03, separation=2)["stiffness"]
        back = noncommit.law("product", error=0.03, stiffness=stiffness, separation=2)
        assert back.answers == {"source_dim": bits, "modes": 2**bits}
        assert product_axes(0.03, 0.999 * stiffness, separation=2) == bits - 1
    assert noncommit.law("product", modes=64, error=0.1)["stiffness"] == pytest.approx(
        noncommit.law("grid", modes=64, source_dim=6, error=0.1)["stiffness"], rel=1e-12
    )
    for given_ in ({"modes": 48, "error": 0.1}, {"modes": 64, "source_dim": 5, "error": 0.1}):
        with pytest.raises(UsageError, match=r"hypothesis of product fails"):
            noncommit.law("product", **given_)
    assert noncommit.law("simplex", modes=1e300)["perimeter"] == pytest.approx(math.sqrt(math.log(1e300)), rel=0.01)


SAMPLES = {
    "modes": [3.0, 8.0], "error": [[0.01], [0.3]], "stiffness": [[2.0], [30.0]], "separation": [1.0, 2.5],
    "source_dim": [2.0, 3.0], "dimension": [2.0, 16.0], "sharpness_radius": [[0.3], [2.0]], "gap_ratio": [[0.3], [0.6]],
    "mu": [1.0, 2.0], "relative_noise": [[0.5], [1.5]], "scale": [0.25, 1.0],
}  # fmt: skip
MODULES = (commitment, decision, diagnostics, ordinal, product, separated, simplex, sobolev, variation)
WRAPPED = [
    (name, function)
    for module in MODULES
    for name, function in vars(module).items()
    if inspect.isfunction(function) and function.__module__ == module.__name__ and hasattr(function, "__wrapped__")
    and not hasattr(function, "cache_info")
]  # fmt: skip


@pytest.mark.parametrize(("name", "function"), WRAPPED, ids=[name for name, _ in WRAPPED])
def test_functions_answer_each_place_alone(name: str, function) -> None:
    """Assert the same bits from arrays as from numbers, at every place of the broadcast shape."""
    names = [n for n in inspect.signature(function).parameters if n in SAMPLES]
    chosen = {n: np.array(SAMPLES[n]) for n in names}
    if "factors" in inspect.signature(function).parameters:
        chosen["factors"] = [4, 2]
    table = function(**chosen)
    grids = np.broadcast_arrays(*(chosen[n] for n in names))
    assert table.shape == grids[0].shape
    for place in np.ndindex(table.shape):
        alone = {n: float(grid[place]) for n, grid in zip(names, grids, strict=True)}
        assert table[place] == function(**{**chosen, **alone})
    assert isinstance(function(**{**chosen, **alone}), float)


def test_every_solver_of_the_laws_of_modes_takes_arrays() -> None:
    """Assert that the list above is not empty where it should be full."""
    assert {f"{law}_{what}" for law in ("simplex", "ordinal", "sobolev", "variation")
            for what in ("stiffness", "error", "modes")} <= {name for name, _ in WRAPPED}  # fmt: skip


def test_a_law_answers_arrays() -> None:
    """Assert numbers, lists of words, and shapes; a bad entry anywhere and shapes that do not fit are refused."""
    errors = np.array([[0.01], [0.2]])
    answer = noncommit.law("isoperimetric", modes=[2, 8, 1e6], error=errors, separation=3)
    assert answer["stiffness"] == pytest.approx(
        np.asarray(balanced_stiffness([2, 8, 1e6], errors, separation=3)), rel=0
    )
    assert answer["stiffness"].shape == (2, 3)
    assert answer.to_dict()["given"]["error"] == [[0.01], [0.2]]
    places = noncommit.law("dimension", modes=64, source_dim=[1, 4, 63], error=0.01)
    assert places["upper_law"].tolist() == ["ordinal", "grid", "simplex"]
    with pytest.raises(UsageError, match="error is out of range"):
        noncommit.law("binary", error=[0.1, 1.5])
    with pytest.raises(UsageError, match="whole number"):
        noncommit.law("ordinal", modes=[2, 2.5], error=0.1)
    with pytest.raises(UsageError, match="do not fit together"):
        noncommit.law("isoperimetric", modes=[2, 3], error=[0.1, 0.2, 0.3])
    with pytest.raises(UsageError, match="not finite"):
        noncommit.law("binary", error=[])
    assert "upper" not in noncommit.law("reinjection", mu=4, steps=4, scale=[0, 0.1]).answers


@given(st.integers(2, 60), st.floats(1e-9, 0.999))
def test_closed_bounds_hold_for_total_variation(modes: int, error: float) -> None:
    """Assert both closed bounds round the solved one, tight as the error falls."""
    answer = noncommit.law("isoperimetric_tv", modes=modes, error=error)
    assert answer["stiffness_at_least"] <= answer["stiffness"] * (1 + 1e-12)
    assert answer["stiffness"] <= answer["stiffness_at_most"] * (1 + 1e-12)
    tiny = noncommit.law("isoperimetric_tv", modes=modes + 1000, error=1e-9)
    assert tiny["stiffness_at_most"] / tiny["stiffness_at_least"] < 1.003


def test_the_closed_pair_of_balanced_masses_fails_for_total_variation() -> None:
    """Assert the counterexample: (1 - error) S lies above L at M = 2, error 0.499."""
    low, _ = separated.safe_bounds(2, 0.499)
    assert variation_stiffness(2, 0.499) == pytest.approx(0.3236, abs=1e-4)
    assert float(low) == pytest.approx(0.4005, abs=1e-4)
    assert variation_at_least(2, 0.499) == 0


def test_masses_have_a_total_variation() -> None:
    """Assert the sum of what is missing, and the stiffness of unequal masses, at most that of their variation."""
    masses = [0.5, 0.25, 0.125]
    answer = noncommit.law("isoperimetric_tv", masses=masses)
    assert answer["error"] == variation_of(masses) == pytest.approx(1 / 3 - 1 / 4 + 1 / 3 - 1 / 8, rel=1e-15)
    assert answer["stiffness"] == noncommit.law("isoperimetric", masses=masses)["stiffness"]
    assert variation_stiffness(3, answer["error"]) <= answer["stiffness"]


@pytest.mark.parametrize("n", [1, 2, 3, 10, 999, 10_000])
def test_constants_of_many_dimensions(n: int) -> None:
    """Assert a_n and b_n against Gamma functions at 50 digits, where differences of logarithms lose four."""
    with mpmath.workdps(50):
        half = mpmath.mpf(n) / 2
        ball = mpmath.pi**half / mpmath.gamma(half + 1)
        a = n * ball ** (1 / mpmath.mpf(n)) * (mpmath.mpf(n) / (n + 1)) ** half / mpmath.sqrt(2 * mpmath.pi)
        b = mpmath.sqrt(2) * mpmath.gamma(half + 0.5) / mpmath.gamma(half)
        assert sobolev_constants(n) == pytest.approx((float(a), float(b)), rel=4e-15)


@pytest.mark.parametrize(("modes", "n", "error"), [(1e300, 10_000, 1e-3), (1e300, 1000, 0.2), (1e100, 300, 0.01)])
def test_sobolev_in_many_dimensions(modes: float, n: int, error: float) -> None:
    """Assert the bound at 50 digits within 1e-12 times what its subtraction cancels."""
    with mpmath.workdps(50):
        half, e = mpmath.mpf(n) / 2, mpmath.mpf(error)
        f = lambda x: mpmath.gammainc(half, 0, x, regularized=True) - e  # noqa: E731
        start = half * (1 - 3 * mpmath.sqrt(1 / half))
        quantile = mpmath.findroot(f, (start, half * (1 + mpmath.sqrt(1 / half))), solver="anderson", tol=1e-45)
        outside = 1 - mpmath.gammainc(half, 0, (1 + 1 / mpmath.mpf(n)) * quantile, regularized=True)
        ball = mpmath.pi**half / mpmath.gamma(half + 1)
        a = n * ball ** (1 / mpmath.mpf(n)) * (mpmath.mpf(n) / (n + 1)) ** half / mpmath.sqrt(2 * mpmath.pi)
        b = mpmath.sqrt(2) * mpmath.gamma(half + 0.5) / mpmath.gamma(half)
        bracket = a * mpmath.mpf(modes) ** (1 / mpmath.mpf(n)) * outside - b
        exact, lost = float(bracket / (2 * e)), float(b / bracket)
    assert exact > 0
    assert sobolev_stiffness(modes, n, error) == pytest.approx(exact, rel=1e-12 * max(1.0, lost))
    assert 1.01 * sobolev_stiffness(modes, n, error) != pytest.approx(exact, rel=1e-3)


def test_a_lattice_out_of_reach_errs_fully() -> None:
    """Assert error 1, no exception, where a stiffness keeps less than a double can hold."""
    assert grid_error([8, 8], 1e-3) == 1.0
    assert grid_error([8, 2], 0.02) == pytest.approx(1, abs=1e-12)
    assert float(balanced_error(8, 1e-3)) == 1.0


def test_the_six_nodes_of_narrow_gaps_suffice() -> None:
    """Assert the bound |He_12(z)| <= (|z| + 5)^12 on which their error rests, over all z that occur."""
    z = np.linspace(-40, 40, 80_001)
    assert np.all(np.abs(hermeval(z, [0] * 12 + [1])) <= (np.abs(z) + 5) ** 12)


@pytest.mark.parametrize("name", LAWS)
def test_every_answer_that_is_promised_is_given(name: str) -> None:
    """Assert for each question of each law that the answers have exactly the promised names."""
    arrays = {"transition": np.eye(2) / 2 + 0.25, "prior": [0.5, 0.5], "likelihoods": np.ones((3, 2))}
    usual = {
        "mu": 2.0, "scale": 0.5, "steps": 4, "denoiser_stiffness": 8.0, "modes": 64, "error": 0.1, "stiffness": 20.0,
        "source_dim": 63, "masses": [0.3, 0.6], "factors": [8, 8], "sharpness": 2.0, "relative_noise": 0.3,
        "interface_energy": 0.2, "means": [-1, 1], "scales": [1, 1], "weights": [0.5, 0.5], "density": 0.1,
        "angles_degrees": [120, 120, 120], "levels": 3, "branching": 8, "stiffnesses": [2, 3], "sharpness_radius": 1.0,
        "gap_ratio": 0.2, "token": "readout", "displacement": 0.1, "least_distance": 1.0,
        "diameter": 2.0, "path": "cosine",
    } | arrays  # fmt: skip
    law = LAWS[name]
    for question in law.questions:
        given_ = {key: usual[key] for key in question.given}
        if name == "composition" and "stiffness" in given_:
            given_["steps"] = 4
        if "token" in given_:
            given_["scale"] = 0.5
        if name == "simplex" and "masses" in given_:
            given_["masses"] = [0.3, 0.3]
        if name == "peak_optimal_schedule":
            given_ |= {"mu": 3.0}
        assert set(law.evaluate(given_).answers) == set(question.answers)
