"""A draw depends on its address alone: published vectors, and no trace of threads, batches or the compiler."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.compiled import kernel
from sim.noise import CATEGORICAL, COORDINATES, GAUSSIAN, WORD, first_normal, normals, threefry2x32, uniform
from sim.particles import TILE, count, tiles
from sim.two_modes.kernels import affine_counts
from sim.two_modes.run import build_setting
from sim.two_modes.sampler_names import SAMPLERS
from theory.errors import UsageError
from theory.primitives import ndtr

# Salmon et al. 2011, known-answer tests of Threefry-2x32-20: counter, key -> output.
PUBLISHED = [
    ((0, 0), (0, 0), (0x6B200159, 0x99BA4EFE)),
    ((WORD, WORD), (WORD, WORD), (0x1CB996FC, 0xBB002BE7)),
    ((0x243F6A88, 0x85A308D3), (0x13198A2E, 0x03707344), (0xC4923A9C, 0x483DF7A0)),
]


@kernel
def threefry_kernel(c0, c1, k0, k1):  # type: ignore[no-untyped-def]
    return threefry2x32(c0, c1, k0, k1)


@kernel
def normals_kernel(seed, step, out):  # type: ignore[no-untyped-def]
    for particle in range(out.size):
        out[particle] = first_normal(seed, particle, step)


@pytest.mark.parametrize(("counter", "key", "output"), PUBLISHED)
def test_the_published_vectors_come_out(counter, key, output) -> None:
    """Assert the known answers from Python integers, NumPy arrays and a kernel."""
    assert threefry2x32(*counter, *key) == output
    assert tuple(threefry_kernel(*counter, *key)) == output
    words = threefry2x32(np.array([counter[0]]), np.array([counter[1]]), *key)
    assert tuple(int(word[0]) for word in words) == output


def test_a_wrong_rotation_is_seen(monkeypatch) -> None:
    """Assert that the vectors reject a generator with one rotation changed."""
    import sim.noise as noise

    monkeypatch.setattr(noise, "_ROTATIONS", (14, *noise._ROTATIONS[1:]))
    assert noise.threefry2x32(0, 0, 0, 0) != PUBLISHED[0][2]


@given(*[st.integers(0, WORD)] * 4)
def test_integers_are_the_same_everywhere(c0: int, c1: int, k0: int, k1: int) -> None:
    """Assert that a kernel and Python agree on the very bits, and that one counter bit changes them."""
    assert tuple(threefry_kernel(c0, c1, k0, k1)) == threefry2x32(c0, c1, k0, k1)
    assert threefry2x32(c0 ^ 1, c1, k0, k1) != threefry2x32(c0, c1, k0, k1)


def test_kernel_and_reference_draw_the_same_normals() -> None:
    """Assert equality to 1e-12 of the kernel's normals and NumPy's."""
    out = np.empty(20_000)
    normals_kernel(7, 3, out)
    reference = normals(7, range(out.size), 3, 1)[:, 0]
    assert np.max(np.abs(out - reference)) < 1e-12
    assert np.max(np.abs(out - normals(7, range(out.size), 4, 1)[:, 0])) > 1  # another step is another draw


@given(st.integers(0, WORD), st.integers(1, 40), st.integers(0, 30), st.integers(1, 5))
def test_a_batch_split_changes_no_bit(seed: int, length: int, cut: int, coordinates: int) -> None:
    """Assert that a block of noise is the blocks of its parts, row by row and column by column."""
    cut = min(cut, length)
    whole = normals(seed, range(length), 5, coordinates)
    parts = [normals(seed, range(a, b), 5, coordinates) for a, b in ((0, cut), (cut, length)) if b > a]
    assert np.array_equal(np.concatenate(parts), whole)
    assert np.array_equal(normals(seed, range(length), 5, coordinates + 1)[:, :coordinates], whole)


def test_counts_do_not_depend_on_threads_or_split() -> None:
    """Assert identical counts for 1, 2 and 5 threads and for particles counted in three parts."""
    counter, arguments = SAMPLERS["reinjection"].counter(build_setting(mu=2, steps=4, denoiser_stiffness=4), 11)
    size = 2 * TILE + 777
    once = count(counter, arguments, range(size), threads=1)
    assert once.sum() == size
    for threads in (2, 5):
        assert np.array_equal(count(counter, arguments, range(size), threads=threads), once)
    cuts = [0, 1000, TILE + 1, size]
    parts = [count(counter, arguments, range(a, b)) for a, b in zip(cuts, cuts[1:], strict=False)]
    assert np.array_equal(sum(parts), once)
    assert not np.array_equal(count(counter, (12, *arguments[1:]), range(size)), once)


def test_tiles_cover_every_particle_once() -> None:
    """Assert that the tiles of a range are that range, cut only at multiples of the tile."""
    covered = [p for first, stop in tiles(range(TILE - 3, 2 * TILE + 5)) for p in (first, stop)]
    assert covered == [TILE - 3, TILE, TILE, 2 * TILE, 2 * TILE, 2 * TILE + 5]


def test_uniforms_fill_the_unit_interval_and_purposes_differ() -> None:
    """Assert 0 <= u < 1 in steps of 2^-53, and that Gaussian and categorical draws are not the same bits."""
    particle = np.arange(1000)
    u = uniform(1, CATEGORICAL, particle, 0, 0)
    assert np.all((u >= 0) & (u < 1))
    assert np.all(u * 2.0**53 == np.floor(u * 2.0**53))
    assert np.any(np.floor(u * 2.0**53) % 2 == 1)  # all 53 bits are in use
    assert not np.any(u == uniform(1, GAUSSIAN, particle, 0, 0))


@pytest.mark.parametrize("coordinate", [0, 1])
def test_both_outputs_of_box_muller_are_normal(coordinate: int) -> None:
    """Assert the distribution of cosine and sine outputs at 2e5 draws, and that draws 2% too wide are refused.

    Dvoretzky-Kiefer-Wolfowitz: P(sup |F_n - F| > d) <= 2 exp(-2 n d^2), d for a false alarm of 1e-9. Scaling by
    1.05 moves F by up to 0.012 at 1, more than twice d = 0.0073 at this n: it is found with certainty up to 1e-9.
    """
    n = 200_000
    d = math.sqrt(math.log(2 / 1e-9) / (2 * n))
    draws = np.sort(normals(3, range(n), 0, 2)[:, coordinate])

    def distance(scale: float) -> float:
        f = ndtr(draws * scale)
        return float(max(np.max(np.arange(1, n + 1) / n - f), np.max(f - np.arange(n) / n)))

    assert distance(1.0) <= d
    assert distance(1.05) > d
    assert float(np.mean(draws < 0)) == pytest.approx(0.5, abs=6 / math.sqrt(n))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [((WORD + 1, range(1), 0, 1), "seed"), ((-1, range(1), 0, 1), "seed"), ((0, range(2), 0, COORDINATES + 1), "coord"),
     ((0, range(1), COORDINATES, 1), "steps"), ((0, range(WORD + 3), 0, 1), "particles")],
)  # fmt: skip
def test_an_address_out_of_range_is_refused(arguments, message: str) -> None:
    """Assert that no word of an address can wrap silently."""
    with pytest.raises(UsageError, match=message):
        normals(*arguments)


def test_ddim_kernel_counts_are_a_fixed_number() -> None:
    """Assert that the first particle's cell follows from its own address: one by one equals all at once."""
    counter, arguments = SAMPLERS["ddim"].counter(build_setting(mu=4, steps=3, denoiser_stiffness=2), 5)
    assert counter is affine_counts
    singles = sum(count(counter, arguments, range(p, p + 1)) for p in range(50))
    assert np.array_equal(singles, count(counter, arguments, range(50)))
