"""nc.law gives the answers of `noncommit law`, and refuses what it refuses: one set of checks, hypotheses, formulas."""

import json

import numpy as np
import pytest

from lesson import changed, opened
from proofs.javascript_laws import LESSON_LAWS
from theory.catalogue import LAWS
from theory.errors import UsageError

ASKED = [
    ("crossover", {"interface_energy": 0.3, "sharpness": 3.0, "relative_noise": 0.2}),
    ("crossover", {"interface_energy": 2.0, "sharpness": 1e6, "relative_noise": 1e-3}),
    ("coarea", {"sharpness": 2.0}), ("coarea", {"modes": 8, "error": 0.1}),
    ("coarea", {"modes": 1e300, "error": 1e-15, "separation": 7.0}),
    ("binary", {"error": 0.01}), ("binary", {"error": 1e-14, "separation": 3.0}), ("binary", {"stiffness": 3.0}),
    ("binary", {"stiffness": 1e12, "separation": 2.0}), ("isoperimetric", {"modes": 37, "error": 0.0137}),
    ("isoperimetric", {"modes": 1e300, "error": 1 - 1e-9}), ("isoperimetric", {"modes": 1e6, "stiffness": 4.0}),
    ("isoperimetric", {"modes": 2, "stiffness": 0.3, "separation": 5.0}),
    ("composition", {"stiffness": 590.0, "steps": 7}),
    ("simplex", {"modes": 2, "error": 0.1}), ("simplex", {"modes": 1024, "error": 0.01, "separation": 2.0}),
    ("simplex", {"modes": 1e6, "error": 0.9}), ("ordinal", {"modes": 2, "error": 0.3}),
    ("ordinal", {"modes": 8, "error": 0.01}), ("ordinal", {"modes": 501, "error": 0.9, "separation": 3.0}),
    ("product", {"source_dim": 16, "error": 0.01}), ("product", {"source_dim": 1, "error": 0.5, "separation": 2.0}),
    ("ddim_frontier", {"mu": 4, "steps": 16, "denoiser_stiffness": 4}), ("ddim_frontier", {"mu": 1, "steps": 1}),
    ("ddim_frontier", {"mu": 1, "steps": 8, "path": "cosine", "scale": 0.2, "margin": 0.3}),
    ("ddim_frontier", {"mu": 2, "steps": 64, "denoiser_stiffness": 3}),
    ("schedule_free_frontier", {"mu": 4, "steps": 16, "denoiser_stiffness": 4}),
    ("schedule_free_frontier", {"mu": 1, "steps": 3, "denoiser_stiffness": 1.5, "path": "cosine"}),
    ("conservation", {"mu": 2, "scale": 0.5}), ("conservation", {"mu": 0.3, "scale": 2}),
    ("peak_optimal_schedule", {"mu": 2, "scale": 0.5, "steps": 6}),
    ("peak_optimal_schedule", {"mu": 4, "scale": 0.2, "steps": 1}),
    ("hierarchy", {"levels": 4, "branching": 32, "error": 0.01}),
    ("hierarchy", {"levels": 1, "branching": 2, "error": 0.5}),
    ("joint", {"mu": 4, "steps": 16, "denoiser_stiffness": 4}), ("joint", {"mu": 2, "steps": 3}),
    ("joint", {"mu": 4, "steps": 16, "denoiser_stiffness": 4, "weights": [0.3, 0.7], "path": "cosine"}),
]  # fmt: skip
ANSWERS = """(asked) => asked.map(([name, keys]) => Object.fromEntries(Object.entries(nc.law(name, keys)).map(
  ([key, value]) => [key, typeof value === "number" ? value : [...value]])))"""


def flat(answers: dict) -> dict[str, np.ndarray]:
    return {name: np.atleast_1d(np.asarray(value, dtype=float)) for name, value in answers.items()}


def deviation(found: list[dict]) -> float:
    """Return the largest relative difference from theory's answers; infinite where others are answered."""
    worst = 0.0
    for (name, keys), row in zip(ASKED, found, strict=True):
        own, other = flat(dict(LAWS[name].evaluate(keys).answers)), flat(row)
        if set(own) != set(other):
            return float("inf")
        worst = max(
            worst, *(float(np.max(np.abs(own[k] - other[k]) / np.maximum(np.abs(own[k]), 1e-300))) for k in own)
        )
    return worst


def test_answers_are_theory_s(numbers, worst_error) -> None:
    """Assert every answer at several keys of every question, to 1e-12."""
    found = numbers.call(ANSWERS, ASKED)
    assert deviation(found) <= 1e-12
    worst_error("lesson laws", deviation(found), 1e-12, "theory's answers")


def test_every_question_of_the_lesson_is_asked(numbers) -> None:
    """Assert that the keys above pose each question that is printed, and that the page has no other."""
    assert set(numbers.evaluate("nc.law.names")) == set(LESSON_LAWS)
    for name, questions in LESSON_LAWS.items():
        for given in questions:
            assert any(law == name and set(given) <= set(keys) for law, keys in ASKED), (name, given)


@pytest.mark.parametrize(
    ("old", "new"),
    [("return -expm1(-log_shrink(", "return -1.01 * expm1(-log_shrink("),
     ("const target = -Math.log1p(-error);", "const target = -1.01 * Math.log1p(-error);"),
     ("(k / steps) * stretch", "(k / steps) * 1.01 * stretch")],
)  # fmt: skip
def test_a_wrong_formula_is_seen(browser, numbers_script, tmp_path, old: str, new: str) -> None:
    """Assert that an error, the target of Newton's steps and a share of the stretch 1% off fail the comparison."""
    with opened(browser, tmp_path, changed(numbers_script, old, new)) as page:
        assert deviation(page.call(ANSWERS, ASKED)) > 1e-3


REFUSED = [
    ("binary", {"error": 1.5}), ("binary", {"stiffness": -1}), ("binary", {}),
    ("isoperimetric", {"modes": 2.5, "error": 0.1}), ("isoperimetric", {"modes": 1, "error": 0.1}),
    ("ddim_frontier", {"mu": 1, "steps": 0}),
    ("ddim_frontier", {"mu": 1, "steps": 4, "scale": 1, "denoiser_stiffness": 0.1}),
    ("ddim_frontier", {"mu": 1, "steps": 4, "path": "vp"}), ("conservation", {"mu": 1, "scale": 0}),
    ("schedule_free_frontier", {"mu": 1, "steps": 4, "denoiser_stiffness": 1}),
    ("peak_optimal_schedule", {"mu": 0.1, "scale": 0.1, "steps": 4}),
    ("conservation", {"mu": 1, "scale": 0.01}), ("coarea", {"sharpness": 2.0, "modes": 8}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "keys"), REFUSED, ids=lambda value: json.dumps(value))
def test_what_a_law_refuses_the_lesson_refuses(numbers, name: str, keys: dict) -> None:
    """Assert that bad input gets a message there and here, and no number."""
    with pytest.raises(UsageError):
        LAWS[name].evaluate(keys)
    refusal = (
        "(name, keys) => { try { nc.law(name, keys); return ''; } catch (e) { return `${e.name}: ${e.message}`; } }"
    )
    assert "RangeError: " in numbers.call(refusal, name, keys)
