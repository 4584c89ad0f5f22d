"""z ~ sum_k w_k N(mu_k, C_k), drawn plainly: the clean latents that a run's outputs are read beside.

Source: theory/LAWS.md, sections 0 and 2 ("Readouts").
"""

import numpy as np
import numpy.typing as npt

from sim.noise import CLEAN, DATA, normals, uniform
from theory.covariance import CovarianceMixture
from theory.errors import Array
from theory.mixture import Mixture


def _drawn(target: Mixture, particles: range, seed: int) -> tuple[npt.NDArray[np.int64], Array]:
    """Return the mode of each particle, (N,), and normals for its place within, (N, n)."""
    u = uniform(seed, DATA, np.arange(particles.start, particles.stop), 0, 0)
    mode = np.minimum(np.searchsorted(np.cumsum(target.weights), u, side="right"), target.modes - 1)
    return mode, normals(seed, particles, 0, target.source_dim, purpose=CLEAN)


def clean_latents(target: Mixture, particles: range, *, seed: int) -> Array:
    """Return draws from the target itself, shape (N, n), at addresses of their own.

    >>> from theory.mixture import mixture
    >>> np.unique(clean_latents(mixture(means=[[-4.0], [4.0]]), range(100), seed=0)).tolist()
    [-4.0, 4.0]
    """
    mode, inside = _drawn(target, particles, seed)
    return np.asarray(target.means[mode] + target.scales[mode, None] * inside)


def clean_wide_latents(target: CovarianceMixture, particles: range, *, seed: int) -> Array:
    """Return the same of modes with covariances.

    >>> from theory.covariance import covariance_mixture
    >>> flat = covariance_mixture(means=[[-4.0, 0.0], [4.0, 0.0]], covariances=[[0.0, 1.0], [0.0, 1.0]])
    >>> np.unique(clean_wide_latents(flat, range(100), seed=0)[:, 0]).tolist()
    [-4.0, 4.0]
    """
    mode, inside = _drawn(target.centres, particles, seed)
    along = np.sqrt(target.variances)[mode] * inside
    if not target.diagonal:
        along = np.einsum("pi,pic->pc", along, target.axes[mode])
    return np.asarray(target.centres.means[mode] + along)
