"""DABI of analytic readouts lies where its closed forms say: 1, dabi(n, kappa r), and 2(1 - c)/E(|xi_1| - c)_+.

Primary route: theory's closed forms, which other tests hold against quadrature, and quadrature here for the exponent.
Every counted cell states its false alarm, its miss probability and the effect that it can see.
"""

import math
from dataclasses import dataclass

import numpy as np
import pytest
from scipy.integrate import quad

from sim.estimate import clopper_pearson
from sim.measure.arrays import library_of
from sim.measure.bootstrap import Resampled, ratio, slope
from sim.measure.changes import measure_changes
from sim.measure.decoder import Decoder
from sim.measure.examples import linear_dabi
from sim.measure.posterior import doubt_and_hits, entropy, label_weights
from sim.measure.run import measure
from sim.noise import CATEGORICAL, normals, uniform
from theory.commitment import cci
from theory.diagnostics import dabi, sharp_dabi
from theory.primitives import ndtr, ndtri

ALPHA, MISS = 1e-6, 1e-3
"""False alarm of a cell on correct code, and the chance that its effect goes unseen."""
ALARM, REACH = -float(ndtri(ALPHA / 2)), -float(ndtri(ALPHA / 2)) - float(ndtri(MISS))


def slab(n: int, size: int, reach: float, gap: float = 0.0) -> np.ndarray:
    """Latents of flat density between `gap` and `reach` on either side of the boundary {z_1 = 0}."""
    z = normals(0, range(size), 40, n)
    u = 2 * uniform(0, CATEGORICAL, np.arange(size), 41, 0) - 1
    z[:, 0] = np.sign(u) * (gap + (reach - gap) * np.abs(u))
    return z


def toward(z: np.ndarray) -> np.ndarray:
    nu = np.zeros_like(z)
    nu[:, 0] = -np.sign(z[:, 0])
    return nu


def step(z: np.ndarray) -> np.ndarray:
    return (z[:, 0] > 0).astype(int)


def average(n: int, f) -> float:
    """Return E f(|xi_1|) by the angle to the normal, for n >= 2."""
    weight = quad(lambda t: math.cos(t) ** (n - 2), 0, math.pi / 2)[0]
    return quad(lambda t: math.cos(t) ** (n - 2) * f(math.sin(t)), 0, math.pi / 2, epsabs=0)[0] / weight


def squared(d: float) -> float:
    """Return the integral over w of (Phi(w + d) - Phi(w))^2."""
    return quad(lambda w: (ndtr(w + d) - ndtr(w)) ** 2, -9 - d, 9, epsabs=0, points=[-d, 0, -d / 2], limit=200)[0]


@dataclass(frozen=True)
class Cell:
    """One comparison: `effect` is the relative error that it sees with probability 1 - MISS."""

    name: str
    n: int
    size: int
    probes: int
    effect: float
    kappa: float = math.inf
    gap: float = 0.0

    @property
    def truth(self) -> float:
        if self.gap:
            return sharp_dabi(self.n, self.gap)
        return sharp_dabi(self.n) if math.isinf(self.kappa) else dabi(self.n, self.kappa)

    def resampled(self) -> Resampled:
        """Return the changes along nu and in random directions at radii 1/2 and 1, resampled."""
        reach = 1.0 if math.isinf(self.kappa) else 1 + 9 / self.kappa
        z = slab(self.n, self.size, reach, self.gap)
        readout = step if math.isinf(self.kappa) else lambda x: ndtr(self.kappa * x[:, 0])
        kind = "tokens" if math.isinf(self.kappa) else "continuous"
        decoder = Decoder(readout, library_of(readout, z), (self.n,), None, kind, 1 << 14)
        found = measure_changes(
            decoder, z, np.arange(self.size), toward(z), radii=(0.5, 1.0), levels=(), probes=self.probes, seed=0
        )
        return Resampled(np.concatenate([found.along, found.random], axis=1), replicates=199, seed=0)


CELLS = [
    Cell("step, n = 2", 2, 500_000, 4, 0.01),
    Cell("step, n = 16", 16, 80_000, 8, 0.05),
    Cell("smooth, n = 3", 3, 60_000, 6, 0.04, kappa=0.5),
    Cell("between, n = 3", 3, 200_000, 4, 0.03, kappa=3.0),
    Cell("gap, n = 4", 4, 140_000, 8, 0.03, gap=0.4),
]


def log_error(resampled: Resampled, statistic) -> float:
    """Return the bootstrap's standard error of the logarithm of a statistic."""
    return float(np.std(np.log(statistic(resampled.replicates))))


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_dabi_of_one_boundary_is_its_closed_form(cell: Cell) -> None:
    """Assert the law within z(ALPHA) errors, the law x and / (1 + effect) outside, and the power that is stated."""
    resampled, statistic = cell.resampled(), ratio(1, 3)
    found, error = resampled.estimate(statistic).value, log_error(resampled, ratio(1, 3))
    assert math.log1p(cell.effect) >= REACH * error, "the cell lacks the power that it states"
    assert abs(math.log(found / cell.truth)) <= ALARM * error
    for wrong in (cell.truth * (1 + cell.effect), cell.truth / (1 + cell.effect)):
        assert abs(math.log(float(statistic(resampled.means)) / wrong)) > ALARM * error
    if cell.gap:
        return
    rise = slope(2, 3, 2.0)
    exact = 1.0 if math.isinf(cell.kappa) else math.log2(
        average(cell.n, lambda x: squared(cell.kappa * x)) / average(cell.n, lambda x: squared(cell.kappa * x / 2))
    )  # fmt: skip
    spread = float(np.std(rise(resampled.replicates)))
    assert abs(resampled.estimate(rise).value - exact) <= ALARM * spread


@pytest.mark.parametrize("n", [1, 5])
def test_a_linear_readout_has_dabi_of_its_spectrum(n: int) -> None:
    """Assert exactly 1 and exponent 2 where J'J is a multiple of I, and E nu'J'J nu/(tr J'J/n) in the interval else."""
    z = normals(1, range(400), 0, n)
    turn = np.linalg.qr(normals(2, range(n), 0, n))[0]
    found = measure(lambda x: 3 * x @ turn, z)
    for row in found.radii:
        assert row.dabi.value == pytest.approx(1, rel=1e-9)
        assert row.along.value == pytest.approx(9 * row.radius**2, rel=1e-9)
    assert found.exponent.value == pytest.approx(2, rel=1e-9)
    if n == 1:
        return
    eigenvalues = np.array([8.0, 4.0, 2.0, 1.0, 0.5])
    nu = toward(z)
    found = measure(lambda x: x * np.sqrt(eigenvalues) @ turn, z, directions=nu, radius=0.3, probes=32)
    predicted = linear_dabi(eigenvalues, nu)
    assert predicted == pytest.approx(8 / 3.1, rel=1e-12)  # nu is the first axis, tr J'J = 15.5
    assert predicted in found.dabi
    assert 1.05 * predicted not in found.dabi
    assert predicted / 1.05 not in found.dabi


@pytest.mark.parametrize(("n", "kappa"), [(3, 1.0), (3, math.inf), (16, math.inf)])
def test_a_default_measurement_covers_the_closed_form(n: int, kappa: float) -> None:
    """Assert that 1000 latents, a radius and the true normals give a 99% interval with the law in it, end to end."""
    z = slab(n, 3000, 1.0 if math.isinf(kappa) else 1 + 9 / kappa)
    readout = step if math.isinf(kappa) else lambda x: np.stack([ndtr(kappa * x[:, 0]), ndtr(-kappa * x[:, 0])], 1)
    found = measure(readout, z, directions=toward(z), radius=1.0)
    assert found.protocol["anchors"] == 1000
    assert (sharp_dabi(n) if math.isinf(kappa) else dabi(n, kappa)) in found.dabi
    if not math.isinf(kappa):
        by_gradient = measure(readout, z, directions="gradient", radius=1.0)
        assert by_gradient.dabi.value == pytest.approx(found.dabi.value, rel=1e-6)


@pytest.mark.parametrize("share", [0.5, 0.25])
def test_cci_of_a_codebook_is_its_closed_form(share: float) -> None:
    """Assert CCI of two codewords against quadrature at four noise levels, 10% more and less outside at s = 1."""
    size, levels = 3000, (0.25, 0.5, 1.0, 2.0)
    z = np.where(np.arange(size) % 4 < 4 * share, -1.0, 1.0)[:, None] * np.array([[0.6, 0.8]])
    names = (z[:, 0] > 0).astype(int)
    doubt, hits = doubt_and_hits(z, names, np.arange(size), levels=levels, seed=0)
    weights = label_weights(names)
    for k, s in enumerate(levels):
        exact = cci(1.0, s, weights=(share, 1 - share))
        found = 1 - np.mean(doubt[:, k]) / entropy(weights)
        spread = np.std(doubt[:, k]) / entropy(weights) / math.sqrt(size)
        unseen = clopper_pearson(0, size, alpha=ALPHA).high * math.log(2) / entropy(weights)
        assert -ALARM * spread - unseen <= exact - found <= ALARM * spread
        if s == 1:
            for wrong in (1.1 * exact, exact / 1.1):
                assert abs(found - wrong) > ALARM * spread
        if share == 0.5:
            right = float(ndtr(1 / s))  # the argmax of two equal modes at distance 1 from their middle
            assert abs(np.mean(hits[:, k]) - right) <= ALARM * math.sqrt(right * (1 - right) / size)


def test_flips_of_a_gaussian_are_its_arctangent() -> None:
    """Assert P(flip) = arctan(s)/pi and the tube's mass 2 Phi(s/sqrt(2 pi)) - 1 for N(0, 1), 10% away outside."""
    size, levels = 60_000, (0.1, 0.4)
    z = normals(3, range(size), 5, 2)
    decoder = Decoder(step, library_of(step, z), (2,), None, "tokens", 1 << 14)
    found = measure_changes(decoder, z, np.arange(size), toward(z), radii=(), levels=levels, probes=8, seed=0)
    for k, s in enumerate(levels):
        flip, tube = math.atan(s) / math.pi, 2 * float(ndtr(s / math.sqrt(2 * math.pi))) - 1
        for column, exact in ((found.flips[:, k], flip), (found.tube[:, k], tube)):
            spread = float(np.std(column)) / math.sqrt(size)
            assert abs(np.mean(column) - exact) <= ALARM * spread
            if exact > 0.1:
                assert 0.09 * exact >= REACH * spread, "the cell lacks the power that it states"
                for wrong in (1.1 * exact, exact / 1.1):
                    assert abs(np.mean(column) - wrong) > ALARM * spread


def test_the_law_tube_says_how_many_steps() -> None:
    """Assert K = 1 + sqrt(2/pi) E/error for N(0, 1), E = phi(0), and K = 1 + 1/sqrt(error) for the identity."""
    z = normals(3, range(3000), 5, 2)
    found = measure(step, z, directions=toward(z), noise=[0.05, 0.1], radius=[0.1], error=0.02, anchors=3000, probes=32)
    exact = 1 + math.sqrt(2 / math.pi) / math.sqrt(2 * math.pi) / 0.02  # 1 + 1/(pi error)
    assert exact in found.steps.steps
    assert 1.3 * exact not in found.steps.steps
    assert 1 / math.sqrt(2 * math.pi) in found.interface_energy
    assert found.steps.law == "tube"
    assert found.steps.valid
    beyond = measure(step, z, directions=toward(z), noise=[0.5, 4.0], radius=[0.1]).levels[1]
    assert beyond.flip.value < 0.5
    assert beyond.predicted is None  # eight times 0.148 is no probability
    smooth = measure(lambda x: x, z, error=0.04, noise=[0.1, 0.2, 0.3])
    assert smooth.steps.law == "crossover"
    assert smooth.steps.valid
    assert smooth.steps.steps.value == pytest.approx(6, rel=0.05)  # n/Var D = 1, from 3000 latents


@pytest.mark.parametrize("positions", [(), (3,)])
def test_every_kind_of_categorical_output_measures_alike(positions: tuple[int, ...]) -> None:
    """Assert that tokens, their one-hot vectors and logits far apart give the same numbers, for one and for three."""
    z = normals(4, range(200), 0, 5)
    weights = normals(4, range(5), 1, 4 * math.prod(positions))

    def scores(x: np.ndarray) -> np.ndarray:
        return (x @ weights).reshape(len(x), *positions, 4)

    def one_hot(x: np.ndarray) -> np.ndarray:
        return np.eye(4)[np.argmax(scores(x), axis=-1)]

    tokens = measure(lambda x: np.argmax(scores(x), axis=-1), z)
    assert tokens.protocol["kind"] == "tokens"
    assert tokens.protocol["tokens_a_latent"] == math.prod(positions)
    for readout, kind in ((one_hot, "auto"), (lambda x: 1e6 * one_hot(x), "logits")):
        found = measure(readout, z, kind=kind)
        assert found.radii == tokens.radii
        assert found.levels == tokens.levels
    half = tokens.radii[-1]
    assert half.along.value <= 2 * math.prod(positions)
    if not positions:
        flipped = np.mean([row.flip.value for row in tokens.levels])
        assert np.mean([row.change.value for row in tokens.levels]) == pytest.approx(2 * flipped, rel=1e-12)
    soft = measure(scores, z, kind="logits")
    assert soft.protocol["kind"] == "logits"
    assert soft.radii[0].random.value < tokens.radii[0].random.value
    assert [row.flip for row in soft.levels] == [row.flip for row in tokens.levels]
