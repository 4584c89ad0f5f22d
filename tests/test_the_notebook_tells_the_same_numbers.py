"""Every scene of the notebook runs, and shows what noncommit returns for the keys that it names."""

import html
import math

import pytest

import noncommit
from noncommit.notebook import app


@pytest.fixture(scope="module")
def scenes() -> tuple[str, dict]:
    outputs, names = app.run()
    return "\n".join(str(getattr(out, "text", out)) for out in outputs), dict(names)


def test_one_call_decides_nothing(scenes: tuple[str, dict]) -> None:
    """Assert the first scene's start: the denoiser's answer to pure noise is the mean, all mass between the words."""
    text, names = scenes
    assert names["one"].exact_masses == (0.0, 1.0, 0.0)
    assert "100.0% at no word" in text


def test_halving_the_noise_divides_by_four_or_by_two(scenes: tuple[str, dict]) -> None:
    """Assert the ratios of the two ends of `crossover`, to their next order in kappa s, and each error's place."""
    text, names = scenes
    rows = names["crossover"]
    smooth, sharp = rows[0], rows[-1]
    assert smooth["ratio at s/2"] == pytest.approx(4, abs=smooth["kappa s"] ** 2)
    assert sharp["ratio at s/2"] == pytest.approx(2, abs=4 / sharp["kappa s"])
    assert sharp["error"] == pytest.approx(math.sqrt(2 / math.pi) * 0.1 * 0.25, rel=2 / sharp["kappa s"])
    assert all(f"{row['error']:.4g}" in text for row in rows)


def test_the_ways_out_cost_what_they_cost(scenes: tuple[str, dict]) -> None:
    """Assert that the table is that of three runs, and what it is to teach: less undecided, and more misweighted."""
    _, names = scenes
    ddim, reinjection, commitment = names["ways"]
    run = noncommit.simulate(mu=4, steps=16, denoiser_stiffness=4, weights=[0.7, 0.3], particles=10)
    assert (ddim["no word"], ddim["tv"]) == (run.exact_ambiguous, run.exact_tv)
    assert reinjection["no word"] < ddim["no word"]
    assert reinjection["tv"] > ddim["tv"]
    assert commitment["no word"] == 0


def test_the_sentences_are_written_live(scenes: tuple[str, dict]) -> None:
    """Assert that each sampler's lines are on the page, 64 letters each, and that they differ."""
    text, names = scenes
    lines = [line for run in names["written"].values() for line in run.samples[:3]]
    assert len(set(lines)) == len(lines) == 9
    assert all(len(line) == 64 for line in lines)
    assert all(html.escape(line) in text or line in text for line in lines)
    assert {"ddim", "reinjection", "commit_parallel"} == set(names["written"])
