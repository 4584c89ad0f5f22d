"""xi = normal(seed, purpose, particle, step, coordinate): noise has an address, so no order of work can change it.

Threefry-2x32 with 20 rounds (Salmon et al. 2011) turns a key and a counter of two 32-bit words each into 64
random bits. Layout of the address, which a test and any other implementation can rely on:

    key      word 0 = seed                  word 1 = purpose (GAUSSIAN, CATEGORICAL, CODEBOOK, ...)
    counter  word 0 = particle              word 1 = step * 2^16 + coordinate

One block makes one uniform k 2^-53, 0 <= k < 2^53, from the upper 27 bits of the first output word and the upper
26 of the second. Two uniforms, at coordinates 2j and 2j + 1, make the two normals of those coordinates by
Box-Muller: sqrt(-2 log(1 - u)) times cos(2 pi v) and sin(2 pi v), at most 8.57 from 0.

All arithmetic is on 64-bit integers that hold 32-bit words, so one function serves Python integers, NumPy
arrays and kernels. Source: theory/LAWS.md, section 0 ("Noise").
"""

import math
from typing import Any, Final

import numpy as np

from sim.compiled import formula
from theory.errors import Array, whole

GAUSSIAN: Final = 1
"""Purpose of the noise that a sampler adds."""
CATEGORICAL: Final = 2
"""Purpose of the uniforms by which a sampler draws tokens."""
CODEBOOK: Final = 3
"""Purpose of the noise that a random codebook is made of: its rows are particles."""
DATA: Final = 4
"""Purpose of the uniforms that draw data from a target itself."""
CHOICE: Final = 5
"""Purpose of the uniforms that choose among the samples of a data set."""
RESAMPLING: Final = 6
"""Purpose of the uniforms of the bootstrap."""
DIRECTION: Final = 7
"""Purpose of the noise that makes directions of projection: they are particles."""

WORD: Final = 0xFFFFFFFF
COORDINATES: Final = 1 << 16
"""Coordinates at one step, and steps of one particle: 16 bits of the counter each."""

PARITY: Final = 0x1BD11BDA  # the constant of the Threefish key schedule, 32-bit variant
ROTATIONS: Final = (13, 15, 26, 6, 17, 29, 16, 24)


@formula
def threefry2x32(c0: Any, c1: Any, k0: Any, k1: Any) -> Any:
    """Return the two output words of Threefry-2x32-20 for counter (c0, c1) and key (k0, k1).

    >>> tuple(f"{word:08x}" for word in threefry2x32(0, 0, 0, 0))
    ('6b200159', '99ba4efe')
    """
    keys = (k0, k1, PARITY ^ k0 ^ k1)
    x, y = (c0 + k0) & WORD, (c1 + k1) & WORD
    for group in range(1, 6):  # five groups of four rounds; after each the key is added, rotated and numbered
        for turn in range(4):
            r = ROTATIONS[4 * ((group - 1) % 2) + turn]
            x = (x + y) & WORD
            y = (((y << r) | (y >> (32 - r))) & WORD) ^ x
        x, y = (x + keys[group % 3]) & WORD, (y + keys[(group + 1) % 3] + group) & WORD
    return x, y


@formula
def from_words(high: Any, low: Any) -> Any:
    """Return the uniform made of two output words: 27 bits of the first, then 26 of the second."""
    return ((high >> 5) * 67108864.0 + (low >> 6)) / 9007199254740992.0  # (27 bits * 2^26 + 26 bits) / 2^53


@formula
def uniform(seed: Any, purpose: Any, particle: Any, step: Any, coordinate: Any) -> Any:
    """Return the uniform in [0, 1) at an address, a multiple of 2^-53."""
    high, low = threefry2x32(particle, step * COORDINATES + coordinate, seed, purpose)
    return from_words(high, low)


@formula
def first_normal(seed: Any, particle: Any, step: Any) -> Any:
    """Return the standard normal of coordinate 0 at (particle, step), for kernels in one dimension."""
    u = uniform(seed, GAUSSIAN, particle, step, 0)
    v = uniform(seed, GAUSSIAN, particle, step, 1)
    return math.sqrt(-2 * math.log1p(-u)) * math.cos(2 * math.pi * v)


@formula
def normal_pair(seed: Any, particle: Any, step: Any, pair: Any) -> Any:
    """Return the standard normals of coordinates 2 pair and 2 pair + 1 at (particle, step).

    >>> normal_pair(3, 5, 7, 0)[0] == first_normal(3, 5, 7)
    True
    """
    u = uniform(seed, GAUSSIAN, particle, step, 2 * pair)
    v = uniform(seed, GAUSSIAN, particle, step, 2 * pair + 1)
    radius, angle = math.sqrt(-2 * math.log1p(-u)), 2 * math.pi * v
    return radius * math.cos(angle), radius * math.sin(angle)


def normals(seed: int, particles: range, step: int, coordinates: int, *, purpose: int = GAUSSIAN) -> Array:
    """Return the standard normals of all `coordinates` of the `particles` at one step, as NumPy computes them.

    Shape (len(particles), coordinates). The reference beside the kernels: equal to them to 1e-12.
    Raises UsageError where an address does not fit its words.

    >>> block = normals(0, range(4), 0, 3)
    >>> bool((block[2:] == normals(0, range(2, 4), 0, 3)).all())
    True
    """
    check_address(seed=seed, particles=particles.stop, steps=step + 1, coordinates=coordinates)
    particle = np.arange(particles.start, particles.stop, particles.step, dtype=np.int64)[:, None]
    pairs = np.arange(0, coordinates, 2, dtype=np.int64)
    u, v = (uniform(seed, purpose, particle, step, pairs + half) for half in (0, 1))
    radius, angle = np.sqrt(-2 * np.log1p(-u)), 2 * np.pi * v
    both = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=-1)
    return both.reshape(len(particle), -1)[:, :coordinates]


def check_address(*, seed: Any, particles: Any, steps: Any, coordinates: Any = 1) -> tuple[int, int]:
    """Return (seed, particles) as integers; UsageError if some address would not fit its 32-bit words."""
    whole("coordinates", coordinates, low=1, high=COORDINATES, hint="Could positions be told apart by the seed?")
    whole("steps", steps, low=1, high=COORDINATES - 1, hint="Does the last digit of so many steps matter?")
    return (
        whole("seed", seed, low=0, high=WORD, hint="Is it a 64-bit seed? Any 32-bit one does as well."),
        whole("particles", particles, low=1, high=WORD + 1, hint="Would a second seed give the rest?"),
    )
