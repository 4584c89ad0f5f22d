"""x' = keep x + add y + tau xi and its kin as a good NumPy or jax program writes them: the kernels' peers.

Tuned, not naive: float64 in chunks that stay in the second-level cache, every pass in place, each library's own and
fastest normals rather than ours by address. jax compiles the same steps, mapped over the chunks, where it is installed.
"""

import importlib
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, Final

import numpy as np

from sim.chain.samplers import ChainSetting, Tokens
from sim.particles import Counts
from sim.two_modes.linear_samplers import Linear
from sim.two_modes.samplers import AbstractSampler, AbstractSteps, Setting
from sim.vocabulary.sampling import VocabularyRun
from theory.depth import ddim_coefficients
from theory.errors import Array
from theory.joint import ddim_steps

CHUNK: Final = 1 << 14
"""Particles a pass: 128 KiB a row."""


def cells(x: Array, edge: float) -> Counts:
    """Return how many lie left, between and right."""
    left, right = int(np.sum(x <= -edge)), int(np.sum(x >= edge))
    return np.array([left, x.size - left - right, right], dtype=np.int64)


def numpy_two_modes(sampler: AbstractSampler, setting: Setting, particles: int) -> Counts:
    """Count the cells of a sampler's outputs."""
    rng = np.random.Generator(np.random.SFC64(0))
    run = _numpy_linear if isinstance(sampler, Linear) else _numpy_steps
    return np.asarray(sum(run(sampler, setting, rng) for _ in range(particles // CHUNK)))


def _numpy_steps(sampler: Any, setting: Setting, rng: np.random.Generator) -> Counts:
    assert isinstance(sampler, AbstractSteps)
    start, keep, add, tau, drawn, a, g, amplitude, k, h, within, mu = sampler.tables(setting)
    x, y, noise = np.empty(CHUNK), np.empty(CHUNK), np.empty(CHUNK)
    rng.standard_normal(out=x)
    x *= start
    for j in range(len(keep)):
        np.multiply(x, k[j], out=y)
        y += h
        if drawn[j]:
            y *= -2
            np.exp(y, out=y)
            y += 1
            rng.random(out=noise)
            noise *= y
            mode = np.where(noise < 1, mu, -mu)
            np.multiply(x, g[j], out=y)
            y += (1 - g[j] * a[j]) * mode
            if within[j] > 0:
                rng.standard_normal(out=noise)
                noise *= within[j]
                y += noise
        else:
            np.tanh(y, out=y)
            y *= amplitude[j]
            if g[j] != 0:
                y += g[j] * x
        x *= keep[j]
        y *= add[j]
        x += y
        if tau[j] > 0:
            rng.standard_normal(out=noise)
            noise *= tau[j]
            x += noise
    return cells(x, setting.edge)


def _numpy_linear(sampler: Any, setting: Setting, rng: np.random.Generator) -> Counts:
    noise, mix, g, amplitude, k, h = sampler.tables(setting)
    calls, inputs = mix.shape[1], noise.shape[1]
    held = np.empty((inputs + calls, CHUNK))
    rng.standard_normal(out=held[:inputs])
    rows = np.concatenate([noise, mix], axis=1)
    for j in range(calls):
        x = rows[j, : inputs + j] @ held[: inputs + j]
        y = held[inputs + j]
        np.multiply(x, k[j], out=y)
        y += h
        np.tanh(y, out=y)
        y *= amplitude[j]
        if g[j] != 0:
            y += g[j] * x
    return cells(rows[calls] @ held, setting.edge)


def jax_two_modes(sampler: AbstractSampler, setting: Setting, particles: int) -> Callable[[], object] | None:
    """Return the compiled count of a sampler of one call a step, or None: no jax, or another sampler."""
    if find_spec("jax") is None or not isinstance(sampler, AbstractSteps):
        return None
    jax, lax = importlib.import_module("jax"), importlib.import_module("jax.lax")
    jnp = importlib.import_module("jax.numpy")
    jax.config.update("jax_enable_x64", True)
    start, keep, add, tau, drawn, a, g, amplitude, k, h, within, mu = sampler.tables(setting)
    draws, noisy, edge = bool(drawn.any()), bool((tau > 0).any()), setting.edge
    if (draws and not drawn.all()) or np.any(within > 0):
        return None

    def chunk(key: Any) -> Any:
        def step(carry: Any, at: Any) -> Any:
            x, key = carry
            key, other, third = jax.random.split(key, 3)
            kept, added, spread, aj, gj, height, kj = at
            y = kj * x + h
            if draws:
                mode = jnp.where(jax.random.uniform(third, (CHUNK,)) < jax.nn.sigmoid(2 * y), mu, -mu)
                y = mode + gj * (x - aj * mode)
            else:
                y = gj * x + height * jnp.tanh(y)
            x = kept * x + added * y
            return (x + spread * jax.random.normal(other, (CHUNK,)) if noisy else x, key), None

        key, first = jax.random.split(key)
        x = start * jax.random.normal(first, (CHUNK,))
        (x, _), _ = lax.scan(step, (x, key), (keep, add, tau, a, g, amplitude, k))
        return jnp.stack([jnp.sum(x <= -edge), jnp.sum(jnp.abs(x) < edge), jnp.sum(x >= edge)])

    keys = jax.random.split(jax.random.key(0), particles // CHUNK)
    compiled = jax.jit(lambda keys: jnp.sum(lax.map(chunk, keys), axis=0))
    return lambda: compiled(keys).block_until_ready()


def jax_chain(setting: ChainSetting, x: Array) -> Callable[[], object] | None:
    """Return DDIM's text from the noise x (S, N, n), compiled; None without jax."""
    if find_spec("jax") is None:
        return None
    jax, lax = importlib.import_module("jax"), importlib.import_module("jax.lax")
    jnp = importlib.import_module("jax.numpy")
    jax.config.update("jax_enable_x64", True)
    codes, schedule, step = jnp.asarray(setting.codebook), setting.schedule, jnp.asarray(setting.chain.transition)
    prior, half = jnp.asarray(setting.chain.prior), jnp.sum(codes**2, axis=1) / 2
    keep, add = ddim_coefficients(schedule.a[:-1], schedule.b[:-1], schedule.a[1:], schedule.b[1:])

    def normalised(rows: Any) -> Any:
        return rows / jnp.sum(rows, axis=-1, keepdims=True)

    def call(x: Any, at: Any) -> Any:
        a, variance, g, kept, added = at
        seen = a * (x @ codes.T - a * half) / variance
        seen = jnp.exp(seen - jnp.max(seen, axis=-1, keepdims=True))

        def back(after: Any, row: Any) -> Any:
            return normalised((row * after) @ step.T), after

        _, after = lax.scan(back, jnp.ones_like(seen[0]), seen, reverse=True)

        def forth(before: Any, rows: Any) -> Any:
            row, later = rows
            filtered = normalised(before * row)
            return filtered @ step, normalised(filtered * later) @ codes

        _, mean = lax.scan(forth, jnp.broadcast_to(prior, seen[0].shape), (seen, after))
        return kept * x + added * (g * x + (1 - a * g) * mean), None

    def run(x: Any) -> Any:
        out, _ = lax.scan(call, x, (schedule.a[:-1], setting.variance, setting.slope, keep, add))
        return jnp.argmax(out @ codes.T - half, axis=-1)

    compiled, start = jax.jit(run), jnp.asarray(schedule.b[0] * x)
    return lambda: compiled(start).block_until_ready()


def numpy_chain(setting: ChainSetting, x: Array) -> Tokens:
    """Write DDIM's text from the noise x (S, N, n), one pass a position over all sequences at once."""
    chain, codes, schedule = setting.chain, setting.codebook, setting.schedule
    x = schedule.b[0] * x
    half = np.sum(codes**2, axis=1) / 2
    keep, add = ddim_coefficients(schedule.a[:-1], schedule.b[:-1], schedule.a[1:], schedule.b[1:])
    transposed = np.ascontiguousarray(chain.transition.T)
    for k in range(schedule.steps):
        a, variance, g = schedule.a[k], setting.variance[k], setting.slope[k]
        seen = a * (x @ codes.T - a * half) / variance
        seen = np.exp(seen - seen.max(axis=-1, keepdims=True))
        after = np.ones_like(seen)
        for s in range(setting.length - 2, -1, -1):
            after[s] = (seen[s + 1] * after[s + 1]) @ transposed
            after[s] /= after[s].sum(axis=-1, keepdims=True)
        before = np.broadcast_to(chain.prior, seen[0].shape)
        mean = np.empty_like(x)
        for s in range(setting.length):
            filtered = before * seen[s]
            filtered /= filtered.sum(axis=-1, keepdims=True)
            gamma = filtered * after[s]
            mean[s] = (gamma / gamma.sum(axis=-1, keepdims=True)) @ codes
            before = filtered @ chain.transition
        x = keep[k] * x + add[k] * (g * x + (1 - a * g) * mean)
    return np.asarray(np.argmax(x @ codes.T - half, axis=-1))


def numpy_vocabulary(run: VocabularyRun, particles: int, block: int) -> Tokens:
    """Return the tokens nearest to DDIM's points on a vocabulary, all logits of a block at once, in singles."""
    words, evidence, scheme = run.vocabulary, run.evidence, ddim_steps(run.pair.schedule)
    rng, half = np.random.Generator(np.random.SFC64(0)), words.half_squares.astype(np.float32)
    vectors, centre, ends = words.vectors, words.centre.astype(np.float32), []
    for _ in range(0, particles, block):
        x = rng.standard_normal((block, words.source_dim), dtype=np.float32) * np.float32(scheme.start / words.unit)
        for j in range(len(evidence)):
            mean = centre
            if evidence[j] > 0:
                odds = x @ vectors.T
                odds -= np.float32(run.calls.a[j]) * half
                odds *= np.float32(evidence[j])
                odds -= odds.max(axis=1, keepdims=True)
                np.exp(odds, out=odds)
                mean = odds @ vectors / odds.sum(axis=1, keepdims=True)
            x = np.float32(scheme.keep[j]) * x + np.float32(scheme.add[j]) * mean
        ends.append(np.argmax(x @ vectors.T - half, axis=1))
    return np.concatenate(ends)


def jax_vocabulary(run: VocabularyRun, particles: int, block: int) -> Callable[[], object] | None:
    """Return the same, compiled, mapped over the blocks; None without jax."""
    if find_spec("jax") is None:
        return None
    jax, lax = importlib.import_module("jax"), importlib.import_module("jax.lax")
    jnp = importlib.import_module("jax.numpy")
    words, evidence, scheme = run.vocabulary, run.evidence, ddim_steps(run.pair.schedule)
    vectors, half = jnp.asarray(words.vectors), jnp.asarray(words.half_squares.astype(np.float32))
    centre = jnp.asarray(words.centre.astype(np.float32))

    def ends(key: Any, vectors: Any) -> Any:
        x = jax.random.normal(key, (block, words.source_dim), jnp.float32) * np.float32(scheme.start / words.unit)
        for j in range(len(evidence)):
            mean = centre
            if evidence[j] > 0:
                logits = np.float32(evidence[j]) * (x @ vectors.T - np.float32(run.calls.a[j]) * half)
                mean = jax.nn.softmax(logits, axis=1) @ vectors
            x = np.float32(scheme.keep[j]) * x + np.float32(scheme.add[j]) * mean
        return jnp.argmax(x @ vectors.T - half, axis=1)

    keys = jax.random.split(jax.random.key(0), particles // block)
    compiled = jax.jit(lambda keys, vectors: lax.map(lambda key: ends(key, vectors), keys))
    return lambda: compiled(keys, vectors).block_until_ready()
