"""The lesson's generator gives the integers of sim, bit for bit, and its normals to 1e-12."""

import numpy as np

from lesson import changed, opened
from sim.noise import CATEGORICAL, GAUSSIAN, WORD, normals, threefry2x32, uniform

RNG = np.random.default_rng([2011, 20])
WORDS = [*RNG.integers(0, WORD + 1, size=(500, 4)).tolist(), [0, 0, 0, 0], [WORD] * 4, [0x80000000, 1, 0, WORD]]
# Salmon et al. 2011, known-answer tests of Threefry-2x32-20: counter, key -> output.
PUBLISHED = [
    ([0, 0, 0, 0], [0x6B200159, 0x99BA4EFE]),
    ([WORD] * 4, [0x1CB996FC, 0xBB002BE7]),
    ([0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344], [0xC4923A9C, 0x483DF7A0]),
]
BLOCKS = "(words) => words.map((w) => nc.noise.threefry2x32(...w))"
ADDRESSES = [
    (int(seed), purpose, int(particle), int(step), int(coordinate))
    for seed, purpose, particle, step, coordinate in zip(
        RNG.integers(0, WORD + 1, 300), [GAUSSIAN, CATEGORICAL] * 150, RNG.integers(0, WORD + 1, 300),
        RNG.integers(0, 65535, 300), RNG.integers(0, 65536, 300), strict=True,
    )
]  # fmt: skip
UNIFORMS = "(addresses) => addresses.map((a) => nc.noise.uniform(...a))"


def expected_uniforms() -> list[float]:
    return [float(uniform(*address)) for address in ADDRESSES]


def test_the_published_vectors_come_out(numbers) -> None:
    """Assert the known answers of the generator's authors."""
    assert numbers.call(BLOCKS, [words for words, _ in PUBLISHED]) == [output for _, output in PUBLISHED]


def test_integers_and_uniforms_are_the_same_bits(numbers) -> None:
    """Assert equal output words and equal uniforms at random addresses of the whole range."""
    assert numbers.call(BLOCKS, WORDS) == [list(threefry2x32(*words)) for words in WORDS]
    assert numbers.call(UNIFORMS, ADDRESSES) == expected_uniforms()


def test_normals_agree_to_twelve_digits(numbers) -> None:
    """Assert |JavaScript - NumPy| <= 1e-12 for the normal of coordinate 0 and for rows of many coordinates."""
    first = numbers.numbers("Array.from({length: 2000}, (_, p) => nc.noise.normal(7, p, 3))")
    assert np.max(np.abs(first - normals(7, range(2000), 3, 1)[:, 0])) <= 1e-12
    rows = "(() => { const out = new Float64Array(13); nc.noise.addNormals(out, 2, 5, 11, 4); return out; })()"
    assert np.max(np.abs(numbers.numbers(rows) - 2 * normals(5, range(11, 12), 4, 13)[0])) <= 1e-12


def test_a_wrong_rotation_and_a_wrong_counter_word_are_seen(browser, numbers_script, tmp_path) -> None:
    """Assert that a rotation by 14 fails the vectors, and a swapped address the uniforms."""
    rotated = numbers_script.replace("(y << 13) | (y >>> 19)", "(y << 14) | (y >>> 18)")
    assert rotated != numbers_script
    with opened(browser, tmp_path, rotated) as page:
        assert page.call(BLOCKS, [words for words, _ in PUBLISHED]) != [output for _, output in PUBLISHED]
    swapped = changed(numbers_script, "(step << 16) | coordinate", "(coordinate << 16) | step")
    with opened(browser, tmp_path, swapped) as page:
        assert page.call(UNIFORMS, ADDRESSES) != expected_uniforms()
