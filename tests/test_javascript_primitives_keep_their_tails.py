"""Each primitive of the lesson is within 2e-15 of 50-digit values over its domain, tails included; NaN stays NaN."""

import math

import mpmath
import numpy as np
import pytest

from proofs import symbols  # noqa: F401  registers the many-digit meanings
from theory.primitives import PRIMITIVES

RNG = np.random.default_rng([19, 81])
LOGARITHMIC = 10 ** RNG.uniform(-18, 0, 200)
DOMAINS = {
    "exp": RNG.uniform(-700, 700, 400),
    "log": 10 ** RNG.uniform(-300, 300, 400),
    "sqrt": 10 ** RNG.uniform(-300, 300, 400),
    "log1p": np.concatenate([RNG.uniform(-1, 50, 200), LOGARITHMIC, -LOGARITHMIC / 2]),
    "expm1": np.concatenate([RNG.uniform(-40, 700, 200), LOGARITHMIC, -LOGARITHMIC]),
    "tanh": np.concatenate([RNG.uniform(-25, 25, 200), LOGARITHMIC, -LOGARITHMIC]),
    "expit": RNG.uniform(-700, 40, 400),
    "ndtr": np.concatenate([RNG.uniform(-37.5, 9, 600), LOGARITHMIC]),
    "log_ndtr": np.concatenate([RNG.uniform(-1000, -8, 200), RNG.uniform(-9, 37, 600), LOGARITHMIC]),
    "ndtri": np.concatenate(
        [10 ** RNG.uniform(-307, -1, 300), RNG.uniform(0.02, 0.98, 300), 1 - 10 ** RNG.uniform(-12, -2, 100)]
    ),
    "erfcx": np.concatenate([RNG.uniform(-26, 60, 600), 10 ** RNG.uniform(0, 3, 100), LOGARITHMIC]),
    "pdf": RNG.uniform(-37, 37, 400),
    "hazard": np.concatenate([RNG.uniform(-1000, -8, 200), RNG.uniform(-9, 37.5, 600)]),
}
TOLERANCE = 2e-15
"""Nine units of the last place: the libraries behind Math have about one each, of which a primitive takes a few."""


def exact(name: str, x: float) -> mpmath.mpf:
    with mpmath.workdps(50):
        return PRIMITIVES[name](mpmath.mpf(x))


def worst(name: str, found: np.ndarray) -> float:
    """Return the largest relative error at the points of the primitive's domain."""
    return max(
        float(abs(mpmath.mpf(float(y)) / t - 1)) if (t := exact(name, float(x))) != 0 else abs(float(y))
        for x, y in zip(DOMAINS[name], found, strict=True)
    )


def evaluated(page, name: str) -> np.ndarray:
    return page.numbers(f"{DOMAINS[name].tolist()}.map((x) => nc.primitives.{name}(x))").copy()


@pytest.mark.parametrize("name", DOMAINS)
def test_a_primitive_has_its_digits(numbers, worst_error, name: str) -> None:
    """Assert the relative error, and that a value 1% off at one point would be seen."""
    found = evaluated(numbers, name)
    assert worst(name, found) <= TOLERANCE
    worst_error(f"javascript {name}", worst(name, found), TOLERANCE, "50 digits")
    found[len(found) // 2] *= 1.01
    assert worst(name, found) > TOLERANCE


@pytest.mark.parametrize("name", DOMAINS)
def test_a_primitive_agrees_with_theory(numbers, name: str) -> None:
    """Assert agreement with theory's own numeric meaning to 1e-12: SciPy loses a few hundred roundings far out."""
    own = PRIMITIVES[name](DOMAINS[name])
    found = evaluated(numbers, name)
    assert np.all(np.abs(found - own) <= 1e-12 * np.abs(own) + 1e-320)


def test_every_primitive_is_there(numbers) -> None:
    """Assert the vocabulary of theory, no more and no less; two of its words take more than one number."""
    assert set(numbers.evaluate("Object.keys(nc.primitives)")) == set(PRIMITIVES)
    assert set(PRIMITIVES) - set(DOMAINS) == {"minimum", "logsumexp"}
    assert numbers.evaluate("nc.primitives.minimum(3, -2)") == -2
    rows = RNG.uniform(-900, 900, (50, 5))
    found = numbers.numbers(f"{rows.tolist()}.map((x) => nc.primitives.logsumexp(x))")
    assert np.allclose(found, PRIMITIVES["logsumexp"](rows), rtol=1e-15, atol=0)
    assert numbers.evaluate("nc.primitives.logsumexp([-Infinity, -Infinity])") == -math.inf


def test_ends_and_nan_are_theory_s(numbers) -> None:
    """Assert the limits at the ends of each domain, and that NaN comes out where NaN went in."""
    ends = {
        "ndtr": [-math.inf, math.inf, 0, -39.5], "log_ndtr": [math.inf, 0], "ndtri": [0, 1, 0.5, -0.1, 1.1],
        "erfcx": [math.inf, 0], "pdf": [math.inf, -math.inf], "hazard": [math.inf, 0], "expit": [-math.inf, math.inf],
        "tanh": [math.inf, -math.inf], "log": [0, -1], "log1p": [-1, -2], "expm1": [-math.inf],
    }  # fmt: skip
    for name, points in ends.items():
        values = ", ".join("Infinity" if x == math.inf else "-Infinity" if x == -math.inf else repr(x) for x in points)
        found = numbers.numbers(f"[{values}].map((x) => nc.primitives.{name}(x))")
        with np.errstate(all="ignore"):
            own = PRIMITIVES[name](np.array(points, dtype=float))
        assert np.allclose(found, own, rtol=1e-15, atol=1e-300, equal_nan=True), name
    named = [name for name in PRIMITIVES if name not in ("minimum", "logsumexp")]
    assert np.all(np.isnan(numbers.numbers(f"{named}.map((name) => nc.primitives[name](NaN))")))
    assert np.all(np.isnan(numbers.numbers("[nc.primitives.minimum(1, NaN), nc.primitives.logsumexp([1, NaN])]")))
