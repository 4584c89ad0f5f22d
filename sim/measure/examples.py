"""D(z) = z Lambda^(1/2) and D(z) = argmax over codewords c of z.c - |c|^2/2: one image-like, one text-like decoder.

Two decoders of any dimension whose place on the map is known: the linear one, whose DABI follows from its spectrum
and the directions alone, and the nearest codeword, sharp and with few latents near its boundaries.
"""

import math
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from sim.noise import normals
from theory.errors import Array

SAMPLE: Final = 600
"""Latents of an example: enough for a marker and its bars."""
CODEWORDS: Final = 32
SPREAD: Final = 1 / 9
"""Spread of the latents about their codeword, in units of sqrt(2 n), the distance of two codewords: the boundary
half-way lies 4.5 deviations off, and with 32 codewords about some latents still come near one."""

Example = tuple[Callable[[Any], Any], Array]
"""A readout and latents for it."""


def spectrum(dimension: int) -> Array:
    """Return the eigenvalues 1/k of J'J, k = 1..n: those of natural images fall like a power.

    >>> spectrum(2).tolist()
    [1.0, 0.5]
    """
    return 1 / np.arange(1, dimension + 1)


def image_like(dimension: int, *, seed: int = 0) -> Example:
    """Return the linear decoder with J'J = diag(1, 1/2, ..., 1/n), and standard normal latents."""
    gain = np.sqrt(spectrum(dimension))
    return (lambda z: z * gain), normals(seed, range(SAMPLE), 0, dimension)


def text_like(dimension: int, *, seed: int = 0) -> Example:
    """Return the nearest of 32 random codewords, and latents scattered about codewords taken in turn."""
    codebook = normals(seed, range(CODEWORDS), 1, dimension)
    half = np.sum(codebook**2, axis=1) / 2
    spread = SPREAD * math.sqrt(2 * dimension) * normals(seed, range(SAMPLE), 2, dimension)
    return (lambda z: np.argmax(z @ codebook.T - half, axis=1)), codebook[np.arange(SAMPLE) % CODEWORDS] + spread


def linear_dabi(eigenvalues: Array, directions: Array) -> float:
    """Return E nu' J'J nu/(tr J'J/n), DABI of a linear readout at every radius, from unit vectors (A, n).

    `directions` are in the basis of the eigenvectors. The denominator is exact, since E xi xi' = I/n.

    >>> linear_dabi(np.array([3.0, 1.0]), np.array([[1.0, 0.0]]))
    1.5
    """
    return float(np.mean(np.square(directions) @ eigenvalues) / np.mean(eigenvalues))
