"""What a readout makes of a run on two modes: of its last call, of the whole sampler, and of the law of its output.

The two couplings are exact (theory.coupling); where a sampler draws, only its law is compared with the target's.
Source: theory/LAWS.md, section 2, "Readouts".
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, final

import numpy as np

from sim.tabular import finite
from sim.two_modes.linear_samplers import Linear
from sim.two_modes.samplers import AbstractSampler, Ddim, ExactFlow, Reinjection, Setting
from theory.coupling import OutputError, terminal_error, whole_error
from theory.crossover import readout_error, sharp_limit
from theory.denoiser import Denoiser
from theory.depth import ddim_coefficients, ddim_step
from theory.errors import Array
from theory.flow import flow_map
from theory.gaussian import interval_mass
from theory.preimages import Ranges, cells
from theory.readout import Readout
from theory.soft_crossover import softmax_error
from theory.tube import mixture

Map = Callable[[Any], Array]


@final
@dataclass(frozen=True)
class ReadoutErrors:
    """Errors of a readout, exact: `terminal` of the last call, `whole` of the sampler against the exact flow.

    `terminal` is None where the last call does not make the output, `whole` where the sampler draws noise. `tokens` are
    the masses of the two tokens, `target_tokens` the target's own, `token_tv` their distance. `predicted` is what the
    law `crossover` (`tube` for argmax) says of the categorical part of `terminal`, None where it says nothing.
    """

    readout: Readout
    stiffness: float
    relative_noise: float | None
    terminal: OutputError | None
    predicted: float | None
    whole: OutputError | None
    tokens: tuple[float, float]
    target_tokens: tuple[float, float]

    @property
    def token_tv(self) -> float:
        """Total variation between the two laws of the token."""
        return abs(self.tokens[1] - self.target_tokens[1])

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers and text; an infinite stiffness or noise is null."""
        return {
            "readout": self.readout.name,
            "sharpness": finite(self.readout.sharpness),
            "categorical_weight": self.readout.weight,
            "stiffness": finite(self.stiffness),
            "relative_noise": finite(self.relative_noise),
            "terminal": self.terminal and self.terminal.to_dict(),
            "terminal_categorical_predicted": self.predicted,
            "whole": self.whole and self.whole.to_dict(),
            "tokens": list(self.tokens),
            "target_tokens": list(self.target_tokens),
            "token_tv": self.token_tv,
        }


def deterministic_map(sampler: AbstractSampler, setting: Setting) -> tuple[Map, Ranges] | None:
    """Return noise -> output for arrays, and its ranges over intervals; None where the sampler draws.

    >>> from sim.two_modes.run import build_setting
    >>> output, _ = deterministic_map(Ddim(), build_setting(mu=4, steps=1))
    >>> output(np.array([-1.0, 1.0])).tolist()  # one call returns E z
    [0.0, 0.0]
    """
    if isinstance(sampler, ExactFlow):
        return _increasing(lambda x: flow_map(setting.target, x))
    if isinstance(sampler, Linear) and sampler.noise == "deterministic":
        method, denoiser = sampler.method(setting)
        return (
            lambda x: method.outputs(denoiser, np.asarray(x)[None]),
            lambda low, high: method.ranges(denoiser, low, high),
        )
    if isinstance(sampler, Ddim) or (sampler.noise == "stochastic" and setting.schedule.steps == 1):
        return _increasing(_ddim(setting))
    return None


def _increasing(output: Map) -> tuple[Map, Ranges]:
    return output, lambda low, high: (output(low), output(high))


def _ddim(setting: Setting) -> Map:
    schedule, denoiser = setting.schedule, setting.denoiser
    keep, add = ddim_coefficients(schedule.a[:-1], schedule.b[:-1], schedule.a[1:], schedule.b[1:])

    def output(x: Any) -> Array:
        x = schedule.b[0] * np.asarray(x)
        for k in range(schedule.steps):
            x = ddim_step(x, denoiser(k, x), keep[k], add[k])
        return np.asarray(x)

    return output


def last_call(sampler: AbstractSampler, setting: Setting) -> tuple[Denoiser, float, float] | None:
    """Return (denoiser, a, b) of the last call of a sampler whose output is that call's answer; else None."""
    if isinstance(sampler, Linear):
        method, denoiser = sampler.method(setting)
        return (denoiser, float(method.a[-1]), float(method.b[-1])) if method.ends_in_a_call else None
    if isinstance(sampler, Ddim | Reinjection):
        return setting.denoiser, float(setting.schedule.a[-2]), float(setting.schedule.b[-2])
    return None


def measure_readout(sampler: AbstractSampler, setting: Setting, readout: Readout) -> ReadoutErrors:
    """Return what `readout` makes of a sampler's run, exactly.

    >>> from sim.two_modes.run import build_setting
    >>> from theory.readout import readout
    >>> setting = build_setting(mu=4, steps=1, weights=(0.25, 0.75))
    >>> found = measure_readout(Ddim(), setting, readout("argmax"))
    >>> found.whole.flips, found.terminal.flips, found.tokens  # one call names the likelier token
    (0.25, 0.25, (0.0, 1.0))
    """
    target = setting.target
    ended, mapped = last_call(sampler, setting), deterministic_map(sampler, setting)
    noise, terminal, whole = None, None, None
    if ended is not None:
        denoiser, a, b = ended
        noise = b / a if a > 0 else math.inf
        # Pure noise has no x/a; there the answer does not depend on x.
        scale = a if a > 0 else 1.0
        terminal = terminal_error(
            target, lambda x: denoiser(-1, scale * x), noise, readout, slope=scale * float(denoiser.slope[-1])
        )
    if mapped is not None:
        ends, kinds = cells(mapped[1], 0.0, 0.0)
        right = float(np.sum(_token_masses(ends)[kinds == 2]))
        tokens = (float(np.sum(_token_masses(ends)[kinds == 0])), right)
        if not isinstance(sampler, ExactFlow):  # it has no error against itself
            whole = whole_error(target, mapped[0], ends, kinds, readout)
    else:
        left, tie, right = (float(q) for q in sampler.masses(replace(setting, margin=1.0)))
        tokens = (left + tie, right)
    clean = target.masses(1.0)
    return ReadoutErrors(
        readout=readout,
        stiffness=readout.stiffness(2 * target.mu, 2 * target.mu),
        relative_noise=noise,
        terminal=terminal,
        predicted=_predicted(setting, readout, noise),
        whole=whole,
        tokens=tokens,
        target_tokens=(float(clean[0] + clean[1]), float(clean[2])),
    )


def _token_masses(ends: Array) -> Array:
    ends = np.concatenate([[-np.inf], ends[1:-1], [np.inf]])
    return np.asarray(np.atleast_1d(interval_mass(ends[:-1], ends[1:])))


def _predicted(setting: Setting, readout: Readout, noise: float | None) -> float | None:
    """Return the leading order of the exact denoiser's error where the data have mass at the boundary."""
    target = setting.target
    if noise is None or math.isinf(noise) or target.scale == 0 or not math.isinf(setting.denoiser_stiffness):
        return None
    energy = mixture([-target.mu, target.mu], [target.scale] * 2, target.weights).interface_energy
    if energy < np.finfo(float).tiny or readout.name == "linear":
        return None
    if readout.name == "argmax":
        return float(sharp_limit(energy, noise))
    if readout.name == "softmax":
        return float(softmax_error(energy, readout.sharpness, noise))
    return float(readout_error(energy, readout.sharpness, noise))
