"""A run in float32 makes the particles of the float64 run: each within its own bound, and called alike but at edges."""

import importlib
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import sim
from sim import lane_single
from sim.agreement import HEADER, ROWS, agreement_line, agreement_of_mixture, agreement_of_two_modes
from sim.lane_noise import fill_words
from sim.mixture.run import simulate_codebook, simulate_mixture
from sim.mixture.sampling import SAMPLERS as MIXTURE_SAMPLERS
from sim.mixture.sampling import MixtureRun, build_run
from sim.noise import GAUSSIAN, normals
from sim.precision import FUNCTION, NORMAL, UNIT, follow_mixture, follow_two_modes
from sim.run import simulate
from sim.two_modes.kernels import LANES
from sim.two_modes.run import build_setting, simulate_two_modes
from sim.two_modes.sampler_names import SAMPLERS
from theory.errors import UsageError
from theory.mixture import mixture

LINE = {
    "capped": {"mu": 4.0, "steps": 16, "denoiser_stiffness": 4.0, "weights": (0.3, 0.7)},
    "wide": {"mu": 2.0, "scale": 0.5, "steps": 7, "weights": (0.4, 0.6)},
    "cosine": {"mu": 3.0, "scale": 0.1, "steps": 6, "path": "cosine", "denoiser_stiffness": 20.0},
    "ve": {"mu": 1.5, "scale": 0.3, "steps": 8, "path": "ve", "grid": "karras", "weights": (0.2, 0.8)},
}
"""Settings of two modes."""

MEANS = np.random.default_rng(0).normal(size=(5, 3)) * 3
RUNS: dict[str, dict[str, Any]] = {
    "one scale": {"target": mixture(means=MEANS, scales=0.3), "steps": 5, "denoiser_stiffness": 30.0},
    "several": {
        "target": mixture(means=MEANS, scales=[0.1, 0.2, 0.3, 0.3, 0.1], weights=[0.4, 0.1, 0.2, 0.2, 0.1]),
        "steps": 4,
        "path": "cosine",
    },
    "line": {"target": mixture(means=[[-2.0], [2.0]], weights=[0.3, 0.7], scales=0.2), "steps": 6},
}
"""Settings of mixtures."""

SAMPLED = [name for name in SAMPLERS if name != "flow"]


def make(which: str, sampler: str, dtype: str = "float64") -> MixtureRun:
    keys = dict(RUNS[which])
    return build_run(keys.pop("target"), sampler=sampler, margin=0.5, dtype=dtype, **keys)


@pytest.mark.parametrize("name", ROWS)
def test_the_table_is_what_is_found(name: str) -> None:
    """Assert each row of the table in sim's docstring from a run of both types, and that no bound is exceeded."""
    found = ROWS[name]()
    assert found.holds
    assert sim.__doc__ is not None
    lines = [" ".join(line.split()) for line in sim.__doc__.splitlines()]
    assert " ".join(HEADER.split()) in lines
    assert " ".join(agreement_line(name, found).split()) in lines
    assert np.all(found.bound <= found.class_bound * (1 + 1e-12))


@pytest.mark.parametrize("which", LINE)
@pytest.mark.parametrize("sampler", SAMPLED)
def test_particles_of_two_modes_stay_within_their_bounds(which: str, sampler: str) -> None:
    """Assert every particle's bound, that some particle reaches a fiftieth of it, and that calls change at edges only.

    A changed call further from every edge than the bound raises an error by itself. On VE the matrices of Runge-Kutta
    methods have large entries of either sign, whose errors the bound adds and a run partly cancels: there 1/1000.
    """
    found = agreement_of_two_modes(build_setting(**LINE[which]), sampler, range(2000), 5)
    assert found.holds
    if (which, sampler) != ("capped", "commit_parallel"):  # the modes, which it draws, are float32 numbers
        assert np.mean(found.distance > 0) > 0.4
        assert found.tightness > (1e-3 if which == "ve" and sampler in {"heun", "midpoint", "rk4"} else 1 / 50)
    assert found.flips <= np.sum(found.undecided) <= 10


@pytest.mark.parametrize("which", RUNS)
@pytest.mark.parametrize("sampler", [name for name in MIXTURE_SAMPLERS if name != "flow"])
def test_particles_of_mixtures_stay_within_their_bounds(which: str, sampler: str) -> None:
    """Assert the same on modes in three dimensions, of one scale and of several, where bounds are reached to 1/200."""
    found = agreement_of_mixture(make(which, sampler), range(640), 5)
    assert found.holds
    assert found.tightness > 1 / 200
    assert found.flips <= np.sum(found.undecided) <= 20


def test_bounds_are_followed_along_the_run_itself() -> None:
    """Assert that the points beside the bounds are those of the float64 kernels."""
    setting = build_setting(**LINE["wide"])
    for name in ("ddim", "rk4", "commit_at"):
        followed = follow_two_modes(SAMPLERS[name], setting, range(300), 5)
        assert followed.points[:, 0] == pytest.approx(SAMPLERS[name].outputs(setting, range(300), 5), abs=1e-10)
        run = make("one scale", name)
        assert follow_mixture(run, range(300), 5).points == pytest.approx(run.outputs(range(300), seed=5), abs=1e-9)


def coarse(entry: Any) -> Any:
    """Round to eleven bits, as float16 has."""
    mantissa, exponent = np.frexp(np.asarray(entry, float))
    return np.ldexp(np.rint(mantissa * 2048) / 2048, exponent)


def grown(entry: Any) -> Any:
    """Return a coefficient a little too large."""
    return np.asarray(entry, float) * 1.0001


ROOMS = {
    "sim.two_modes.samplers": (
        lambda: agreement_of_two_modes(build_setting(**LINE["wide"]), "ddim", range(500)),
        {"start": 0, "keep": 1, "add": 2, "g": 6, "amplitude": 7, "k": 8, "h": 9},
    ),
    "sim.mixture.sampling": (
        lambda: agreement_of_mixture(make("several", "ddim"), range(320)),
        {"means": 0, "a": 1, "half_precision": 2, "offset": 3, "shrink": 4, "pull": 5, "keep": 7, "add": 8},
    ),
}
"""Where each room rounds its tables, a run of it, and the places of the coefficients that the run reads."""


@pytest.mark.parametrize("room", ROOMS)
def test_a_wrong_kernel_leaves_the_bound(room: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Assert that each coefficient of the float32 kernel times 1.0001, or in eleven bits, is told from float32."""
    run, places = ROOMS[room]
    module = importlib.import_module(room)
    rounded = module.in_dtype

    def holds(change: Any, place: int) -> bool:
        def changed(tables: tuple[Any, ...], dtype: str) -> tuple[Any, ...]:
            if dtype == "float32":
                entry = change(tables[place])
                tables = (*tables[:place], entry if entry.ndim else float(entry), *tables[place + 1 :])
            return tuple(rounded(tables, dtype))

        monkeypatch.setattr(module, "in_dtype", changed)
        return run().holds

    assert holds(np.asarray, 0)
    for name, place in places.items():
        assert not holds(grown, place), name
        assert not holds(coarse, place) or name == "start", name  # which is 1 here


def test_another_seed_leaves_the_bound() -> None:
    """Assert that particles of another seed are no particles of this one."""
    setting = build_setting(**LINE["wide"])
    other = SAMPLERS["ddim"].outputs(replace(setting, dtype="float32"), range(500), 6)
    followed = follow_two_modes(SAMPLERS["ddim"], setting, range(500), 5)
    assert np.mean(np.abs(other - followed.points[:, 0]) > followed.error) > 0.5


def test_flips_are_as_many_as_expected_and_at_edges() -> None:
    """Assert, on 4 million particles of each run, that positions differ, that few calls do, and each within its bound.

    The count of flips is Poisson round what distances near edges make, 0.37 in all: 8 or more have chance 1e-9.
    """
    size, total, expected = 1 << 22, 0, 0.0
    runs = (("reinjection", LINE["capped"]), ("euler_maruyama", {**LINE["wide"], "margin": 0.5}))
    for sampler, keys in runs:
        setting, chosen = build_setting(**keys), SAMPLERS[sampler]
        for first in range(0, size, size // 4):
            part = range(first, first + size // 4)
            double, single = (chosen.outputs(replace(setting, dtype=d), part, 0) for d in ("float64", "float32"))
            assert np.mean(double != single) > 0.5
            changed = np.flatnonzero((np.abs(double) >= setting.edge) != (np.abs(single) >= setting.edge))
            near = np.abs(np.abs(double) - setting.edge) < 0.02
            expected += float(np.sum(np.abs(double - single)[near]) / 0.04)
            total += len(changed)
            for particle in changed:
                followed = follow_two_modes(chosen, setting, range(first + particle, first + particle + 1), 0)
                assert np.abs(np.abs(double[particle]) - setting.edge) <= followed.error[0]
    assert 0.1 < expected < 1
    assert 0 <= total < 8


FULL = np.arange(0, 2**31, 4099, dtype=np.int64).astype(np.int32).view(np.float32)
"""Every 4099th of all nonnegative float32 numbers, infinities and NaNs among them."""


def test_functions_err_by_no_more_than_is_said() -> None:
    """Assert exp and tanh to 4 u over the whole range of float32, and that one digit less would not do."""
    y = FULL[::64][FULL[::64] < 1e38]
    row, power = np.concatenate([y, -y]), np.empty(2 * y.size, np.float32)
    bits = lane_single.bits_of(power)
    found = np.array([lane_single.tanh_at(power, bits, i, v) for i, v in enumerate(row)], np.float32)
    wanted = np.tanh(row.astype(float))
    normal = np.abs(wanted) > np.finfo(np.float32).tiny
    assert np.max(np.abs(found - wanted)[normal] / np.abs(wanted)[normal]) <= FUNCTION * UNIT
    small = np.concatenate([np.linspace(-87, 0, 40_001), -np.geomspace(1e-30, 1, 2000)]).astype(np.float32)
    exps = small.copy()
    lane_single.exp_in_place(exps, np.zeros_like(small), np.empty_like(small))
    error = np.abs(exps / np.exp(small.astype(float)) - 1)
    assert UNIT / 2 < np.max(error) <= FUNCTION * UNIT


def test_normals_err_by_no_more_than_is_said() -> None:
    """Assert u (12 |xi| + 1/2) for the normals of odd words, and of a million addresses' own."""
    ends = np.array([0, 1, 2, 63, 64, 65, 2**31 - 1, 2**31, 2**31 + 1, 2**32 - 65, 2**32 - 64, 2**32 - 1], np.uint32)
    cut = np.array([round(2**32 * (1 - np.sqrt(0.5))) + d for d in (-64, -32, 0, 32, 64)], np.uint32)
    turns = np.array([k * 2**29 + d for k in range(8) for d in (0, 32, 2**32 - 32 if k else 64)], np.uint64)
    words = np.concatenate([ends, cut, turns.astype(np.uint32)])
    high, low = (grid.ravel() for grid in np.meshgrid(words, words))
    u = ((high.astype(np.int64) >> 5) * 2**26 + (low.astype(np.int64) >> 6)) / 2.0**53
    radii = np.empty(u.size, np.float32)
    lane_single.radii_of_words(radii, high, low)
    wanted = np.sqrt(-2 * np.log1p(-u))
    assert np.all(np.abs(radii - wanted) <= 7 * UNIT * wanted)
    cosine, sine = np.ones_like(radii), np.empty_like(radii)
    lane_single.turn_by_words(cosine, sine, high, low)
    for found, exact in ((cosine, np.cos(2 * np.pi * u)), (sine, np.sin(2 * np.pi * u))):
        assert np.all(np.abs(found - exact) <= UNIT * (4 * np.abs(exact) + 0.03) + 4e-16)
    even, odd = np.empty((2, LANES), np.float32)
    for first in (0, 2**32 - LANES, 12_345):
        lane_single.fill_normals(even, odd, 7, first, 3, 1, np.empty(LANES))
        exact = normals(7, range(first, first + LANES), 3, 4)[:, 2:]
        for row, column in ((even, exact[:, 0]), (odd, exact[:, 1])):
            assert np.all(np.abs(row - column) <= UNIT * (NORMAL[0] * np.abs(column) + NORMAL[1]))
    high, low = np.empty((2, LANES), np.uint32)
    fill_words(high, low, 7, GAUSSIAN, 0, 3, 2)
    assert len(set(high.tolist())) == LANES


def test_no_bit_depends_on_the_split() -> None:
    """Assert bit-equal float32 outputs for any first particle and any number, and that counts are of these outputs."""
    for name in ("ddim", "rk4", "commit_at", "ancestral"):
        setting = build_setting(**LINE["wide"], dtype="float32")
        whole = SAMPLERS[name].outputs(setting, range(3 * LANES), 1)
        assert whole.dtype == np.float32
        assert np.array_equal(SAMPLERS[name].outputs(setting, range(77, LANES + 5), 1), whole[77 : LANES + 5])
        counter, arguments = SAMPLERS[name].counter(setting, 1)
        wide = whole.astype(float)
        cells = [np.sum(wide <= -setting.edge), np.sum(np.abs(wide) < setting.edge), np.sum(wide >= setting.edge)]
        assert counter(0, 3 * LANES, *arguments).tolist() == cells
        run = make("several", name, "float32")
        points = run.outputs(range(200), seed=1)
        assert points.dtype == np.float32
        assert np.array_equal(run.outputs(range(70, 90), seed=1), points[70:90])


def test_the_key_says_what_was_done() -> None:
    """Assert that float32 is in what was given, that the default is not, and that the counts agree to a few."""
    for run, keys in (
        (simulate_two_modes, {**LINE["wide"], "particles": 20_000}),
        (
            simulate_mixture,
            {"means": MEANS, "scales": 0.3, "steps": 4, "particles": 3000, "sampler": "commit_at", "readout": "argmax"},
        ),
        (simulate_codebook, {"codebook": "bits", "modes": 8, "steps": 4, "particles": 3000}),
    ):
        double, single = run(**keys), run(**keys, dtype="float32")
        assert "dtype" not in double.given
        assert single.given["dtype"] == "float32"
        assert np.sum(np.abs(np.subtract(double.counts, single.counts))) <= 4


REFUSED: tuple[tuple[dict[str, Any], str], ...] = (
    ({"mu": 4, "steps": 2, "sampler": "flow", "dtype": "float32"}, "exact flow is not computed in float32"),
    ({"mu": 1e20, "steps": 2, "dtype": "float32"}, "beyond what dtype=float32"),
    ({"mu": 4, "scale": 1e-20, "steps": 2, "dtype": "float32"}, "beyond what dtype=float32"),
    ({"mu": 4, "steps": 2, "dtype": "float16"}, "no dtype 'float16'"),
    ({"mu": 4, "steps": 2, "denoiser_stiffness": 1e-60, "dtype": "float32"}, "no place in float32"),
    ({"target": "mixture", "means": MEANS, "steps": 2, "sampler": "flow", "dtype": "float32"}, "exact flow is not"),
    (
        {"target": "mixture", "means": MEANS, "covariances": np.ones((5, 3)), "steps": 2, "dtype": "float32"},
        "covariances is not computed in float32",
    ),
    ({"target": "mixture", "means": MEANS * 1e5, "steps": 2, "dtype": "float32"}, "too far out for the noise"),
    ({"target": "tree", "levels": 2, "branching": 2, "steps": 2, "dtype": "float32"}, "no key of the target tree"),
    ({"target": "chain", "steps": 2, "dtype": "float32"}, "no key of the target chain"),
)


@pytest.mark.parametrize(("given", "message"), REFUSED, ids=[message for _, message in REFUSED])
def test_what_float32_cannot_do_is_refused(given: dict[str, Any], message: str) -> None:
    """Assert one message for each request that has no float32, before any work."""
    with pytest.raises(UsageError, match=message):
        simulate(**given, **({} if "particles" in given else {"particles": 10}))
