"""f(u, v) = mean over s of q_s(u) q_{s+1}(v): the pairs that soft outputs q_1..q_S write, token by token or together.

A soft output is a distribution over tokens at each position. Two readings make text of it: every token drawn from its
own output (`independent_pairs`), or all of them from the chain's posterior with the outputs as evidence
(`joint_pairs`). Either is a mean over all sequences, taken exactly, so that no draw adds to what is measured.
Source: theory/LAWS.md, section 10, "Soft outputs" (ours).
"""

from typing import Any

import numpy as np

from theory.errors import Array
from theory.readout import scores, softmax


def soft_tokens(points: Any, tokens: Array, *, sharpness: float, least_distance: float) -> Array:
    """Return softmax(kappa (<z, c_v> - |c_v|^2/2)/d) for points z (..., n) and tokens (V, n), shape (..., V).

    It is the posterior of a token under equal odds, of z = c_v + noise of variance d/kappa in each coordinate.

    >>> soft_tokens([[0.0]], np.array([[-1.0], [1.0]]), sharpness=3.0, least_distance=2.0).tolist()
    [[0.5, 0.5]]
    """
    return softmax(sharpness / least_distance * scores(points, tokens))


def hardened(outputs: Array, weight: float) -> Array:
    """Return w e_argmax + (1 - w) q: with probability w a position names its likeliest token, else it draws.

    >>> hardened(np.array([0.75, 0.25]), 0.5).tolist()
    [0.875, 0.125]
    """
    likeliest = np.argmax(outputs, axis=-1)[..., None]
    hard = np.arange(outputs.shape[-1]) == likeliest
    return np.asarray(weight * hard + (1 - weight) * outputs)


def independent_pairs(outputs: Array) -> Array:
    """Return mean P(k_s = u, k_{s+1} = v), shape (V, V), of tokens drawn each from its own output (S, ..., V).

    >>> independent_pairs(np.array([[1.0, 0.0], [0.5, 0.5]])).tolist()
    [[0.5, 0.5], [0.0, 0.0]]
    """
    symbols = outputs.shape[-1]
    left, right = (part.reshape(-1, symbols) for part in (outputs[:-1], outputs[1:]))
    return np.asarray(left.T @ right / len(left))


def joint_pairs(outputs: Array, prior: Array, transition: Array) -> Array:
    """Return the same of tokens drawn from p(k) proportional to prior(k_1) prod P(k_s, k_{s+1}) prod q_s(k_s).

    By forward and backward messages of all sequences at once (Baum, Petrie, Soules and Weiss 1970); P > 0.

    >>> step = np.array([[0.75, 0.25], [0.25, 0.75]])
    >>> joint_pairs(np.full((2, 2), 0.5), np.array([0.5, 0.5]), step).tolist()  # outputs that say nothing: the chain's
    [[0.375, 0.125], [0.125, 0.375]]
    """
    symbols = outputs.shape[-1]
    evidence = outputs.reshape(len(outputs), -1, symbols)
    evidence = evidence / evidence.max(axis=2, keepdims=True)
    before = np.empty_like(evidence)
    ahead: Array = np.broadcast_to(prior, evidence[0].shape)
    for s, seen in enumerate(evidence):
        before[s] = ahead * seen
        before[s] /= before[s].sum(axis=1, keepdims=True)
        ahead = before[s] @ transition
    pairs, after = np.zeros((symbols, symbols)), np.ones_like(evidence[0])
    for s in range(len(evidence) - 1, 0, -1):
        later = evidence[s] * after
        after = later @ transition.T
        pairs += (before[s - 1] / np.sum(before[s - 1] * after, axis=1, keepdims=True)).T @ later
        after /= after.sum(axis=1, keepdims=True)
    return np.asarray(transition * pairs / ((len(evidence) - 1) * evidence.shape[1]))


def seen_through(pairs: Array, channel: Array) -> Array:
    """Return T'f T, the pairs that independent readings write of tokens with pairs f, T(k, u) = E[q(u) given k].

    What a position says of its token then depends on no other position, as for clean latents.

    >>> seen_through(np.array([[0.5, 0.0], [0.0, 0.5]]), np.full((2, 2), 0.5)).tolist()
    [[0.25, 0.25], [0.25, 0.25]]
    """
    return np.asarray(channel.T @ pairs @ channel)
