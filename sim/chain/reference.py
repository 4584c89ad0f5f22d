"""log p(k_s given x) by log-space messages, one sequence at a time: the plain reference that tiles must equal.

Written to be read, not to be fast: nothing is normalised but at the end, no matrix product is shared between sequences,
and steps are spelt as in theory/LAWS.md rather than by coefficients. Source: theory/LAWS.md, sections 8 and 10.
"""

import numpy as np
import numpy.typing as npt

from sim.chain.samplers import ChainSetting
from sim.noise import CATEGORICAL, normals, uniform
from theory.errors import Array
from theory.primitives import logsumexp
from theory.schemes import SCHEMES, linear_method

Call = tuple[float, float, float]
"""Where a call is made: a, the variance of x given the token, the slope within one token's cloud."""


def calls(setting: ChainSetting) -> list[Call]:
    """Return the calls at t_0..t_{K-1}."""
    return list(zip(*setting.calls, strict=True))


def log_likelihoods(setting: ChainSetting, call: Call, x: Array) -> Array:
    """Return log p(x_s given k_s = v) up to a constant, shape (S, V), at a call in x, shape (S, n)."""
    a, variance, _ = call
    distance = np.sum((x[:, None, :] - a * setting.codebook[None]) ** 2, axis=-1)
    return np.asarray(-distance / (2 * variance))


def log_messages(setting: ChainSetting, seen: Array) -> tuple[Array, Array]:
    """Return log p(x_1..x_s, k_s) and log p(x_{s+1}..x_S given k_s), each (S, V), from log-likelihoods `seen`."""
    length, symbols = seen.shape
    log_step = np.log(setting.chain.transition)
    forward, backward = np.empty((length, symbols)), np.zeros((length, symbols))
    forward[0] = np.log(setting.chain.prior) + seen[0]
    for s in range(1, length):
        forward[s] = seen[s] + [logsumexp(forward[s - 1] + log_step[:, v]) for v in range(symbols)]
    for s in range(length - 2, -1, -1):
        backward[s] = [logsumexp(log_step[u] + seen[s + 1] + backward[s + 1]) for u in range(symbols)]
    return forward, backward


def marginals(setting: ChainSetting, call: Call, x: Array) -> Array:
    """Return gamma_s(v) = p(k_s = v given x), shape (S, V)."""
    both = np.add(*log_messages(setting, log_likelihoods(setting, call, x)))
    return np.asarray(np.exp(both - np.array([logsumexp(row) for row in both])[:, None]))


def posterior_mean(setting: ChainSetting, call: Call, x: Array) -> Array:
    """Return E[z given x], shape (S, n): each codeword's cloud pulls towards its own conditional mean."""
    a, _, g = call
    weights = marginals(setting, call, x)
    means = setting.codebook[None] + g * (x[:, None, :] - a * setting.codebook[None])
    return np.asarray(np.sum(weights[:, :, None] * means, axis=1))


def _inverse(weights: Array, u: float) -> int:
    """Return the least index whose cumulated share exceeds u."""
    return int(np.searchsorted(np.cumsum(weights) / weights.sum(), u, side="right"))


def draw(setting: ChainSetting, step: int, x: Array, *, in_order: bool, seed: int, particle: int) -> list[int]:
    """Return tokens drawn from p(k_s given x), or in order from p(k_s given x, k_1..k_{s-1})."""
    seen = log_likelihoods(setting, calls(setting)[step], x)
    forward, backward = log_messages(setting, seen)
    tokens: list[int] = []
    for s in range(len(x)):
        logs = forward[s] + backward[s]
        if in_order:
            prior = setting.chain.prior if s == 0 else setting.chain.transition[tokens[-1]]
            logs = np.log(prior) + seen[s] + backward[s]
        tokens.append(_inverse(np.exp(logs - logs.max()), float(uniform(seed, CATEGORICAL, particle, step, s))))
    return tokens


def read_off(setting: ChainSetting, x: Array) -> npt.NDArray[np.int64]:
    """Return the nearest codeword of each position of x, (S, n)."""
    return np.asarray(np.argmin(np.sum((x[:, None, :] - setting.codebook[None]) ** 2, axis=-1), axis=1))


def written_by_matrices(setting: ChainSetting, scheme: str, *, seed: int, particle: int) -> npt.NDArray[np.int64]:
    """Return the tokens of one sequence by a linear method."""
    method = linear_method(SCHEMES[scheme], setting.time_grid.path, setting.time_grid.times)
    shape = (setting.length, setting.codebook.shape[1])
    inputs = [
        normals(seed, range(particle, particle + 1), i, shape[0] * shape[1]).reshape(shape)
        for i in range(method.noise.shape[1])
    ]
    made = list(zip(*setting.calls_of(method.a, method.b), strict=True))
    return read_off(setting, method.outputs(lambda j, x: posterior_mean(setting, made[j], x), np.array(inputs)))


def written_by_certainty(
    setting: ChainSetting, quota: npt.NDArray[np.int64], *, seed: int, particle: int
) -> npt.NDArray[np.int64]:
    """Return the tokens of one sequence of which quota[k] positions are frozen after call k, the most certain first.

    What is frozen enters the messages as a likelihood of 1 for its token and 0, log -inf, for all others.
    """
    a, b = setting.schedule.a, setting.schedule.b
    shape = (setting.length, setting.codebook.shape[1])
    x = b[0] * normals(seed, range(particle, particle + 1), 0, shape[0] * shape[1]).reshape(shape)
    tokens: dict[int, int] = {}
    made = calls(setting)
    for k in range(setting.schedule.steps):
        seen = log_likelihoods(setting, made[k], x)
        for s, token in tokens.items():
            seen[s] = np.where(np.arange(seen.shape[1]) == token, 0.0, -np.inf)
        both = np.add(*log_messages(setting, seen))
        gamma = np.exp(both - both.max(axis=1, keepdims=True))
        gamma /= gamma.sum(axis=1, keepdims=True)
        free = [s for s in range(shape[0]) if s not in tokens]
        for s in sorted(free, key=lambda s: -gamma[s].max())[: quota[k] - len(tokens)]:
            tokens[s] = _inverse(gamma[s], float(uniform(seed, CATEGORICAL, particle, k, s)))
        clouds = setting.codebook[None] + setting.slope[k] * (x[:, None, :] - a[k] * setting.codebook[None])
        mean = np.sum(gamma[:, :, None] * clouds, axis=1)
        x = a[k + 1] * mean + b[k + 1] * (x - a[k] * mean) / b[k]
    return np.array([tokens[s] for s in range(shape[0])])


def written(
    setting: ChainSetting, sampler: str, *, seed: int, particle: int, call: int | None = None
) -> npt.NDArray[np.int64]:
    """Return the tokens of one sequence by the sampler of this name, shape (S,), drawn at one `call` for commit_at."""
    a, b, steps = setting.schedule.a, setting.schedule.b, setting.schedule.steps
    shape = (setting.length, setting.codebook.shape[1])

    def noise(step: int) -> Array:
        return normals(seed, range(particle, particle + 1), step, shape[0] * shape[1]).reshape(shape)

    x, made = b[0] * noise(0), calls(setting)
    for k in range(steps):
        fresh = noise(k + 1) if b[k + 1] > 0 else 0.0
        mean = posterior_mean(setting, made[k], x)
        drawn = k == call if sampler == "commit_at" else sampler.startswith("commit")
        if drawn:
            tokens = draw(setting, k, x, in_order=sampler == "commit_in_order", seed=seed, particle=particle)
            if k + 1 == steps:
                return np.array(tokens)
            codes = setting.codebook[tokens]
            cloud = setting.scale * b[k] / np.sqrt(setting.variance[k])
            mean = codes + setting.slope[k] * (x - a[k] * codes) + cloud * noise(steps + 1 + k)
        direction = (x - a[k] * mean) / b[k]  # the noise that x holds if z is the mean, or the draw
        tau = 0.0
        if sampler in ("reinjection", "commit_parallel", "commit_in_order"):
            tau = b[k + 1]
        elif sampler == "ancestral":
            ratio = b[k + 1] * a[k] / (a[k + 1] * b[k])  # (b'/a')/(b/a)
            tau = b[k + 1] * np.sqrt(1 - ratio**2)
        x = a[k + 1] * mean + np.sqrt(b[k + 1] ** 2 - tau**2) * direction + tau * fresh
    return read_off(setting, x)
