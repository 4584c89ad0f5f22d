"""dT = sum_l G_l d xi_l along a trajectory: how far a run stretches its noises where they really went.

The class of a sampler bounds this over all inputs; here it is measured at the particles, by the matrices of a linear
method and the Jacobians J_i of its calls: V_j = sum_l B_jl v_l + sum_i A_ji J_i V_i forward, its transpose backward. On
a line that is the product of slopes, exact in one turn; in n dimensions the largest singular value is found by power
iteration on G'G, and approached from below. Source: theory/LAWS.md, section 7 (`linear methods`).
"""

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from sim.noise import normals
from sim.two_modes.linear_samplers import Linear
from sim.two_modes.samplers import Setting
from theory.denoiser import UNCAPPED, Denoiser
from theory.errors import Array, one_of
from theory.linear_method import LinearMethod
from theory.mixture import Mixture
from theory.mixture_denoiser import mixture_denoiser
from theory.path import AbstractPath
from theory.schemes import SCHEMES, linear_method

TURNS: Final = 40
"""Power iterations in n dimensions: 40 square the ratio of the two largest singular values 40 times."""

Calls = Callable[[int, Array], Array]


def differences(denoiser: Calls) -> Calls:
    """Return the Jacobians (N, n, n) of a denoiser at points (N, n), by central differences, relative error 1e-9 or so.

    >>> differences(lambda j, x: x * x)(0, np.array([[1.0, 3.0]])).round(6).tolist()
    [[[2.0, 0.0], [0.0, 6.0]]]
    """

    def jacobian(j: int, x: Array) -> Array:
        step = np.finfo(float).eps ** (1 / 3) * np.maximum(1.0, np.max(np.abs(x), axis=1, keepdims=True))
        found = np.empty((len(x), x.shape[1], x.shape[1]))
        for c in range(x.shape[1]):
            shift = step * np.eye(x.shape[1])[c]
            found[:, :, c] = (denoiser(j, x + shift) - denoiser(j, x - shift)) / (2 * step)
        return found

    return jacobian


def two_mode_slopes(denoiser: Denoiser) -> Calls:
    """Return m'(x) = g + A k sech^2(k x + h) of two modes on a line, at points (N, 1), shape (N, 1, 1)."""
    return lambda j, x: (
        denoiser.g[j] + denoiser.amplitude[j] * denoiser.k[j] / np.cosh(denoiser.k[j] * x + denoiser.h) ** 2
    )[:, :, None]


def joint_slopes(method: LinearMethod, denoiser: Calls, jacobian: Calls, inputs: Array, *, turns: int = TURNS) -> Array:
    """Return the largest singular value of d output/d inputs at each particle, shape (N,); inputs (R, N, n).

    It is exact on a line; elsewhere it is met from below.

    >>> from theory.path import LinearPath
    >>> ddim = linear_method(SCHEMES["ddim"], LinearPath(), (0.0, 0.5, 1.0))
    >>> joint_slopes(ddim, lambda j, x: 3 * x, lambda j, x: 0 * x[:, :, None] + 3.0, np.ones((1, 1, 1))).tolist()
    [6.0]
    """
    answers: list[Array] = []
    slopes: list[Array] = []
    for j in range(method.calls):
        x = np.tensordot(method.noise[j], inputs, 1) + sum(
            method.mix[j, i] * answers[i] for i in range(j) if method.mix[j, i] != 0
        )
        answers.append(denoiser(j, x))
        slopes.append(jacobian(j, x))
    count, particles, n = inputs.shape[0], inputs.shape[1], inputs.shape[2]
    v = np.ones((count, particles, n)) / np.sqrt(count * n)
    found = np.zeros(particles)
    for _ in range(2 if n == 1 else turns):
        out = _forward(method, slopes, v)
        found = np.maximum(found, np.sqrt(np.sum(out**2, axis=1)))
        v = _backward(method, slopes, out)
        length = np.sqrt(np.sum(v**2, axis=(0, 2), keepdims=True))
        v = np.where(length > 0, v / np.where(length > 0, length, 1.0), 0.0)
    return found


def _forward(method: LinearMethod, slopes: list[Array], v: Array) -> Array:
    """Return G v, shape (N, n)."""
    moved: list[Array] = []
    for j in range(method.calls + 1):
        row: Array = np.tensordot(method.noise[j], v, 1)
        for i in range(j):
            if method.mix[j, i] != 0:
                row = row + method.mix[j, i] * moved[i]
        if j < method.calls:
            moved.append(np.einsum("pab,pb->pa", slopes[j], row))
    return row


def _backward(method: LinearMethod, slopes: list[Array], w: Array) -> Array:
    """Return G' w, shape (R, N, n)."""
    pulled: list[Array] = [np.zeros_like(w)] * method.calls + [w]
    for i in reversed(range(method.calls)):
        onto = sum((method.mix[j, i] * pulled[j] for j in range(i + 1, method.calls + 1)), np.zeros_like(w))
        pulled[i] = np.einsum("pab,pa->pb", slopes[i], onto)
    return np.tensordot(method.noise.T, np.stack(pulled), 1)


def _inputs(method: LinearMethod, particles: range, n: int, seed: int) -> Array:
    return np.stack([normals(seed, particles, i, n) for i in range(method.noise.shape[1])])


def two_mode_joint(setting: Setting, sampler: str, particles: range, *, seed: int = 0) -> Array:
    """Return how stiff a linear sampler of two modes is at each particle, jointly in all its noises, shape (N,).

    Never above the stiffness of its class. UsageError for a sampler that is no linear method.

    >>> from sim.two_modes.run import build_setting
    >>> found = two_mode_joint(build_setting(mu=4, steps=16, denoiser_stiffness=4), "ddim", range(1000))
    >>> bool(1 < found.max() < 590.84)
    True
    """
    method, denoiser = Linear(SCHEMES[one_of("linear sampler", sampler, SCHEMES)]).method(setting)
    return joint_slopes(method, denoiser, two_mode_slopes(denoiser), _inputs(method, particles, 1, seed))


def mixture_joint(
    target: Mixture,
    sampler: str,
    path: AbstractPath,
    grid: tuple[float, ...],
    particles: range,
    *,
    denoiser_stiffness: Any = UNCAPPED,
    seed: int = 0,
) -> Array:
    """Return the same for a mixture in n dimensions, from below; 2n + 1 evaluations of each call for its Jacobian."""
    method = linear_method(SCHEMES[one_of("linear sampler", sampler, SCHEMES)], path, grid)
    denoiser = mixture_denoiser(target, method.schedule, denoiser_stiffness=denoiser_stiffness)
    return joint_slopes(
        method, denoiser, differences(denoiser), _inputs(method, particles, target.source_dim, seed)
    )  # fmt: skip
