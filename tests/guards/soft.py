"""Soft outputs as they read: sums over all sequences, and a mean square over latents and noise of two tokens."""

from itertools import product

import mpmath
import numpy as np
from scipy.integrate import quad
from scipy.special import expit
from scipy.stats import norm


def soft_pairs_hold() -> bool:
    """Return whether pairs are those of every sequence with its probability, drawn apart or from the posterior."""
    from theory import soft_text

    rng = np.random.default_rng(3)
    outputs = rng.dirichlet(np.ones(3), size=(4, 2))  # 4 places, 2 sequences, 3 tokens
    prior, step = np.array([0.2, 0.5, 0.3]), np.array([[0.5, 0.3, 0.2], [0.1, 0.6, 0.3], [0.25, 0.25, 0.5]])
    apart, joint = np.zeros((3, 3)), np.zeros((3, 3))
    for n in range(2):
        drawn, odds = {}, {}
        for word in product(range(3), repeat=4):
            drawn[word] = float(np.prod([outputs[s, n, k] for s, k in enumerate(word)]))
            odds[word] = drawn[word] * prior[word[0]] * float(np.prod([step[word[s], word[s + 1]] for s in range(3)]))
        for table, found in ((apart, drawn), (joint, odds)):
            for word, p in found.items():
                for s in range(3):
                    table[word[s], word[s + 1]] += p / sum(found.values()) / 6
    close = np.max(np.abs(soft_text.independent_pairs(outputs) - apart)) < 1e-14
    close &= np.max(np.abs(soft_text.joint_pairs(outputs, prior, step) - joint)) < 1e-14
    tokens, points = np.array([[-1.0, 0.5], [1.0, 0.0], [0.5, 2.0]]), np.array([[0.2, 0.1], [-3.0, 1.0]])
    away = np.sum((points[:, None] - tokens) ** 2, axis=2)
    likely = np.exp(-away * 3.0 / (2 * 1.5))  # noise of variance d/kappa
    likely /= likely.sum(axis=1, keepdims=True)
    soft = soft_text.soft_tokens(points, tokens, sharpness=3.0, least_distance=1.5)
    close &= np.max(np.abs(soft - likely)) < 1e-14
    named = np.eye(3)[np.argmax(likely, axis=1)]
    close &= np.max(np.abs(soft_text.hardened(likely, 0.25) - (0.25 * named + 0.75 * likely))) < 1e-15
    read = [[sum(joint[k, m] * step[k, u] * step[m, v] for k in range(3) for m in range(3)) for v in range(3)]
            for u in range(3)]  # fmt: skip
    return bool(close and np.max(np.abs(soft_text.seen_through(joint, step) - read)) < 1e-15)


def soft_crossover_holds() -> bool:
    """Return whether L keeps its digits, and the error is the mean square over a flat boundary and a Gaussian shift."""
    from theory.soft_crossover import langevin, softmax_error

    close = True
    with mpmath.workdps(120):
        for y in (1e-30, 1e-3, 0.4, 0.999, 1.0, 1.001, 3.0, 50.0):
            close &= abs(float(langevin(y)) / (mpmath.coth(y) - 1 / mpmath.mpf(y)) - 1) < 4e-15
    u = np.linspace(-60, 60, 6001)
    for energy, kappa, s in ((0.3, 2.0, 0.5), (0.7, 20.0, 0.25), (1.5, 0.5, 0.125)):

        def moved(x: float, kappa: float = kappa, s: float = s) -> float:
            return float(np.sum((expit(u + kappa * s * x) - expit(u)) ** 2) * 0.02 / kappa * 2 * norm.pdf(x))

        wanted = energy * quad(moved, 0, 9, epsabs=1e-14)[0]
        close &= abs(softmax_error(energy, kappa, s) / wanted - 1) < 1e-9
    for kappa, limit in ((1e9, np.sqrt(2 / np.pi) * 0.5 * 0.3), (1e-9, 1e-9 * 0.25 * 0.3 / 6)):
        close &= abs(softmax_error(0.3, kappa, 0.5) / limit - 1) < 1e-8
    return bool(close)
