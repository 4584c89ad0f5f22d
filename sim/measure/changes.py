"""Per latent: |D(z + r nu) - D(z)|^2, the same along random xi, and how often a token flips under noise s.

One normal vector g at each address (latent, probe) serves every radius, as xi = g/|g|, and every noise level, as
s g: curves over r and s are smooth, and neither batches nor the number of latents move a draw.
"""

from dataclasses import dataclass
from typing import Final, final

import numpy as np
import numpy.typing as npt

from sim.compiled import kernel
from sim.measure.decoder import Decoder, flips_of
from sim.noise import COORDINATES, normal_pair
from theory.errors import Array
from theory.tube import PER_STEP

TUBE: Final = PER_STEP / 2
"""1/sqrt(2 pi): a tube of half-width s/sqrt(2 pi) holds the flip rate at noise s. Source: theory/LAWS.md, section 1."""


@kernel
def fill_normals(seed, particles, step, out):  # type: ignore[no-untyped-def]
    """Fill out (particles, coordinates) with the normals of sim.noise; coordinate c lies at step + c // 2^16."""
    for i in range(particles.size):
        for pair in range(0, out.shape[1], 2):
            block, coordinate = pair // COORDINATES, pair % COORDINATES
            one, other = normal_pair(seed, particles[i], step + block, coordinate // 2)
            out[i, pair] = one
            if pair + 1 < out.shape[1]:
                out[i, pair + 1] = other


def gaussians(seed: int, particles: npt.NDArray[np.int64], probe: int, dimension: int) -> Array:
    """Return the normal vectors of these latents for one probe, shape (len(particles), n)."""
    out = np.empty((len(particles), dimension))
    fill_normals(seed, particles, probe * steps_a_probe(dimension), out)
    return out


def steps_a_probe(dimension: int) -> int:
    """Return how many steps of addresses one normal vector takes: one for every 2^16 coordinates."""
    return -(-dimension // COORDINATES)


@final
@dataclass(frozen=True)
class Changes:
    """What was measured at each of A latents: means over its probes. Shapes (A, radii) and (A, levels).

    `along`, `random`, `noisy`: squared changes along nu, along xi, and under noise. `flips`: share of probes whose
    token flips under noise. `tube`: 1 where the token differs at s/sqrt(2 pi) along nu. Without tokens both are 0.
    """

    along: Array
    random: Array
    noisy: Array
    flips: Array
    tube: Array


def measure_changes(
    decoder: Decoder,
    rows: Array,
    anchors: npt.NDArray[np.int64],
    directions: Array,
    *,
    radii: tuple[float, ...],
    levels: tuple[float, ...],
    probes: int,
    seed: int,
) -> Changes:
    """Return the changes at the anchors. `rows` (N, n), `directions` (A, n); 1 + R + L + P (R + L) calls a batch."""
    shape_r, shape_l = (len(anchors), len(radii)), (len(anchors), len(levels))
    along, random = np.zeros(shape_r), np.zeros(shape_r)
    noisy, flips, tube = np.zeros(shape_l), np.zeros(shape_l), np.zeros(shape_l)
    done = 0
    for chosen in decoder.batches(anchors):
        here = slice(done, done + len(chosen))
        done += len(chosen)
        z, nu = rows[chosen], directions[here]
        before = decoder(z)
        for k, radius in enumerate(radii):
            along[here, k] = decoder.squared_change(before, decoder(z + radius * nu))
        if before.tokens is not None:
            for k, s in enumerate(levels):
                tube[here, k] = flips_of(before, decoder(z + TUBE * s * nu))
        for probe in range(probes):
            g = gaussians(seed, chosen, probe, rows.shape[1])
            xi = g / np.sqrt(np.sum(g * g, axis=1))[:, None]
            for k, radius in enumerate(radii):
                random[here, k] += decoder.squared_change(before, decoder(z + radius * xi)) / probes
            for k, s in enumerate(levels):
                after = decoder(z + s * g)
                noisy[here, k] += decoder.squared_change(before, after) / probes
                if before.tokens is not None:
                    flips[here, k] += flips_of(before, after) / probes
    return Changes(along, random, noisy, flips, tube)
