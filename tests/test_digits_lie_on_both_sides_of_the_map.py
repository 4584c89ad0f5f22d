"""Of the same 1797 digits a linear decoder is image-like, with the DABI of its spectrum, and an argmax is text-like.

The latents are the first 16 principal components of scikit-learn's digits, scaled to variance 1. The linear decoder
maps them to pixels, J'J = diag(variances), far from a multiple of the identity; the argmax names the nearest mean of a
digit class. Primary route: E nu'J'J nu/(tr J'J/n), from the spectrum and the directions alone, before decoding.
"""

import numpy as np
import pytest
from sklearn.datasets import load_digits

from noncommit import measure
from plots import placing
from sim.measure.directions import nearest_competitors, toward
from sim.measure.examples import image_like, linear_dabi, spectrum, text_like
from sim.measure.result import Measured

N = 16


class Digits:
    """The latents, the variances of their pixels' components, the two decoders, and the class of each."""

    def __init__(self) -> None:
        pixels, self.labels = load_digits(return_X_y=True)
        centre = pixels.mean(axis=0)
        _, singular, axes = np.linalg.svd(pixels - centre, full_matrices=False)
        self.variances = singular[:N] ** 2 / len(pixels)
        self.latents = (pixels - centre) @ axes[:N].T / np.sqrt(self.variances)
        self.codebook = np.stack([self.latents[self.labels == k].mean(axis=0) for k in range(10)])
        self.pixels_of = np.sqrt(self.variances)[:, None] * axes[:N]

    def image(self, z: np.ndarray) -> np.ndarray:
        """Return the 64 pixels."""
        return z @ self.pixels_of

    def token(self, z: np.ndarray) -> np.ndarray:
        """Return the digit whose mean is nearest."""
        return np.argmax(z @ self.codebook.T - np.sum(self.codebook**2, axis=1) / 2, axis=1)


@pytest.fixture(scope="module")
def digits() -> Digits:
    return Digits()


@pytest.fixture(scope="module")
def image(digits: Digits) -> Measured:
    return measure(digits.image, digits.latents, anchors=1797, labels=digits.labels)


@pytest.fixture(scope="module")
def token(digits: Digits) -> Measured:
    return measure(digits.token, digits.latents, anchors=1797)


def predicted(digits: Digits) -> float:
    """Return DABI of the linear decoder from its spectrum and the directions to nearest neighbours."""
    everyone = np.arange(len(digits.latents))
    found = nearest_competitors(digits.latents, everyone, everyone)
    return linear_dabi(digits.variances, toward(digits.latents, everyone, found))


def test_the_spectrum_predicts_the_linear_decoder(digits: Digits, image: Measured) -> None:
    """Assert the prediction inside the interval at every radius; 1, and the prediction 5% off, outside."""
    truth = predicted(digits)
    assert digits.variances[0] > 9 * digits.variances[-1]
    assert 0.6 < truth < 0.9
    for row in image.radii:
        assert truth in row.dabi
        assert row.random.low <= row.radius**2 * digits.variances.mean() <= row.random.high
        for wrong in (1.0, 1.05 * truth, truth / 1.05):
            assert wrong not in row.dabi
    assert image.exponent.value == pytest.approx(2, rel=1e-9)


def test_the_argmax_is_sharp_and_the_image_is_not(image: Measured, token: Measured) -> None:
    """Assert disjoint intervals of DABI and of the exponent, the latter 1 at the shortest radii, and never 2."""
    assert token.dabi.low > 2 * image.dabi.high
    assert token.exponent.high < 2
    assert 1 in token.radii[1].exponent  # at the shortest radii; further out latents crowd toward the middle
    assert token.protocol["kind"] == "tokens"
    assert image.protocol["kind"] == "continuous"


def test_noise_costs_the_image_quadratically_and_the_token_linearly(image: Measured, token: Measured) -> None:
    """Assert the orders of the laws crossover and tube, and the number of steps that each asks for."""
    assert image.levels[1].change.value == pytest.approx(4 * image.levels[0].change.value, rel=1e-9)
    rise = token.levels[2].flip.value / token.levels[0].flip.value
    assert 3 < rise < 6  # linear over a fourfold noise
    assert token.levels[2].predicted.low <= token.levels[2].flip.value <= token.levels[2].predicted.high
    assert (image.steps.law, token.steps.law) == ("crossover", "tube")
    assert image.steps.valid
    assert token.steps.valid
    # Latents of variance 1: E|grad D|^2 = tr J'J = Var D, so s^2 = error.
    assert 11 in image.steps.steps
    assert token.steps.steps.value == pytest.approx(1 + 0.01**-1 * token.levels[0].flip.value / token.levels[0].noise)


def test_latents_commit_to_their_class_as_noise_falls(image: Measured) -> None:
    """Assert that CCI falls with noise, from near 1, and that the held-out form does not exceed it while it is high."""
    committed = [row.cci.value for row in image.levels]
    assert committed == sorted(committed, reverse=True)
    assert committed[0] > 0.99
    assert committed[-1] < 0.6
    for row in image.levels[:4]:
        assert 0.9 < row.held_out.value < row.cci.value


def test_the_map_puts_them_on_their_sides(image: Measured) -> None:
    """Assert the map's own sentence for the digits' image decoder and for the two examples of the figure."""
    assert "image-like" in placing.verdict(placing.compute(image))
    for example, word in ((image_like, "image-like"), (text_like, "text-like")):
        found = measure(*example(32))
        assert placing.verdict(placing.compute(found)).endswith(word + ".")
    linear = measure(*image_like(32), probes=16)
    _, latents = image_like(32)
    everyone = np.arange(len(latents))
    nu = toward(latents, everyone, nearest_competitors(latents, everyone, everyone))
    assert linear_dabi(spectrum(32), nu) in linear.dabi
