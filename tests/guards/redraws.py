"""E softmax(l + s xi) as it reads: a sum over a lattice of noises, an axis for each branch, and a chain of means."""

from typing import Any

import numpy as np


def _mean(logits: Any, spread: float) -> Any:
    """Return the mean by a trapezoid rule on the cube of noises."""
    x = np.linspace(-8, 8, 81)
    share = np.exp(-(x**2) / 2)
    xi = np.stack(np.meshgrid(*[x] * len(logits), indexing="ij"), axis=-1)
    mass = np.prod(np.stack(np.meshgrid(*[share / share.sum()] * len(logits), indexing="ij"), axis=-1), axis=-1)
    odds = np.exp(np.asarray(logits) + spread * xi)
    return np.sum(mass[..., None] * odds / odds.sum(axis=-1, keepdims=True), axis=tuple(range(len(logits))))


def redraws_hold() -> bool:
    """Return whether means are those of the lattice, narrow and wide, and masses those of a chain of such means."""
    from theory.redraw import mean_softmax, redrawn_masses

    close = True
    for logits in ([0.3, -1.0], [0.5, 0.0, -2.0]):
        for spread in (0.25, 0.9, 1.0, 2.0):
            close &= bool(np.max(np.abs(mean_softmax(logits, spread) - _mean(logits, spread))) < 1e-8)
        odds = np.exp(logits)
        close &= bool(np.max(np.abs(mean_softmax(logits, 0.0) - odds / odds.sum())) < 1e-15)
    for logits, spread in (([0.0, -30.0], 8.0), ([0.0, -5.0], 0.01)):
        x = np.linspace(-9, 9, 20_001)
        share = np.exp(-(x**2) / 2)
        gap = logits[1] - logits[0] + np.sqrt(2) * spread * x  # two branches: their difference alone matters
        wanted = float(np.sum(share / (1 + np.exp(-gap))) / share.sum())
        close &= abs(float(mean_softmax(logits, spread)[1]) - wanted) < 1e-12
    close &= mean_softmax([500.0, 499.0], 0.9).tolist() == mean_softmax([0.0, -1.0], 0.9).tolist()
    weights, signals, tempers = np.array([0.3, 0.7]), (0.4, 0.8, 1.2), (0.5, 0.75, 1.0)
    law = _mean(np.log(weights), tempers[0] * signals[0])
    for s, beta in zip(signals[1:], tempers[1:], strict=True):
        law = sum(law[k] * _mean(np.log(weights) + beta * s**2 * np.eye(2)[k], beta * s) for k in (0, 1))
    found = redrawn_masses(weights, np.array(signals), np.array(tempers))
    return bool(close and np.max(np.abs(found - law)) < 1e-8)
