"""q_s = D(z_s): the outputs of a readout at each position of a sampler's latents, and the text that they mean.

A soft output writes by two readings: each token from its own output, or all from the chain's posterior given them; the
pairs of either are exact means given the latents. Beside them stand those of clean latents, the floor. What the last
call does to an output is measured on exactly noised clean latents. Source: theory/LAWS.md, sections 2 ("Readouts") and
10 ("Soft outputs").
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, final

import numpy as np
from scipy import special

from sim.chain.measures import GROUPS, jackknife, pair_estimates
from sim.estimate import Estimate
from sim.tabular import finite
from theory.chain import Chain
from theory.errors import Array, UsageError, one_of, positive, within
from theory.mixture import distance_range
from theory.readout import readout, token_of
from theory.soft_text import hardened, independent_pairs, joint_pairs, soft_tokens

READOUTS: Final = ("linear", "softmax", "argmax")
"""The readouts of text by name; probit names one of two tokens only."""

MOST_OFF: Final = 1e-6
"""By which a caller's rows may miss the sum 1: those of 32-bit numbers do by some 1e-7 of it."""


@final
@dataclass(frozen=True, eq=False)
class SoftReadout:
    """A readout on text: `sharpness` kappa per unit of length (0 if linear, infinite if argmax), or a `function`.

    `argmax_weight` is the probability with which a position names its likeliest token, in place of drawing one. Build
    it with `soft_readout`, which checks its arguments.
    """

    name: str
    sharpness: float
    argmax_weight: float
    codebook: Array
    least_distance: float
    diameter: float
    function: Callable[[Any], Any] | None = None

    @property
    def given(self) -> dict[str, Any]:
        """The keys that name it, as a run records them."""
        keys: dict[str, Any] = {"readout": self.name}
        if self.name == "softmax":
            keys["sharpness"] = self.sharpness
        if self.name == "softmax" or self.function is not None:
            keys["argmax_weight"] = self.argmax_weight
        return keys

    @property
    def writes(self) -> bool:
        """Whether it names tokens: a linear output is the latent itself."""
        return self.name != "linear"

    @property
    def stiffness(self) -> float | None:
        """A Lipschitz constant of one position's output, error's root over length; None where it is the caller's."""
        if self.function is not None:
            return None
        if self.argmax_weight > 0:
            return math.inf
        kappa = self.sharpness if self.name == "softmax" else None
        return readout(self.name, sharpness=kappa).stiffness(self.least_distance, self.diameter)

    def outputs(self, latents: Array) -> Array:
        """Return the distribution over tokens at each position, shape (S, N, V), of latents (S, N, n)."""
        if self.function is not None:
            return hardened(self._called(latents), self.argmax_weight)
        if self.name == "argmax":
            return np.asarray(token_of(latents, self.codebook)[..., None] == np.arange(len(self.codebook)), dtype=float)
        soft = soft_tokens(latents, self.codebook, sharpness=self.sharpness, least_distance=self.least_distance)
        return hardened(soft, self.argmax_weight)

    def _called(self, latents: Array) -> Array:
        assert self.function is not None
        points = latents.reshape(-1, latents.shape[-1])
        found, shape = np.asarray(self.function(points)), (len(points), len(self.codebook))
        fits = found.shape == shape and found.dtype.kind in "biuf" and bool(np.all(found >= 0))
        if not fits or not np.all(np.abs(found.sum(axis=1) - 1) <= MOST_OFF):
            raise UsageError(
                "The readout returned no distribution over the tokens for each latent.",
                expected=f"numbers >= 0 of shape {shape}, rows with sum 1, for latents of shape {points.shape}",
                received=f"{found.dtype} of shape {found.shape}",
                hint="Are these logits, or tokens? softmax(logits), or one-hot rows, would do.",
            )
        rows = found.astype(float)
        return np.asarray((rows / rows.sum(axis=1, keepdims=True)).reshape(*latents.shape[:-1], -1))


def soft_readout(name: Any, *, sharpness: Any = None, argmax_weight: Any = None, codebook: Array) -> SoftReadout | None:
    """Return the readout after checking its arguments, or None if none is asked for; UsageError.

    >>> soft_readout("softmax", sharpness=2.0, codebook=np.array([[-1.0], [1.0]])).stiffness
    0.5
    """
    tunable = name == "softmax"
    for key, value, reads in (
        ("sharpness", sharpness, tunable), ("argmax_weight", argmax_weight, tunable or callable(name)),
    ):  # fmt: skip
        if value is not None and not reads:
            raise UsageError(
                f"{key} is that of a soft readout.",
                expected=f"{key} beside readout=softmax" + ("" if key == "sharpness" else " or a function"),
                received=f"{key}={value!r}, readout={name!r}",
                hint="Is readout=softmax meant?",
            )
    if name is None:
        return None
    hint = "Is it in percent?"
    weight = 0.0 if argmax_weight is None else float(within("argmax_weight", argmax_weight, low=0, high=1, hint=hint))
    least, diameter = distance_range(codebook)
    if callable(name):
        own = getattr(name, "__name__", type(name).__name__)
        return SoftReadout(own, math.nan, weight, codebook, least, diameter, name)
    one_of("readout", name, READOUTS)
    if tunable and sharpness is None:
        raise UsageError(
            "softmax needs a sharpness.",
            expected="sharpness=NUMBER, per unit of length",
            received="none",
            hint="Is argmax meant, its limit?",
        )
    kappa = float(positive("sharpness", sharpness)) if tunable else math.inf if name == "argmax" else 0.0
    return SoftReadout(name, kappa, weight, codebook, least, diameter)


@final
@dataclass(frozen=True)
class PairQuality:
    """What pairs of tokens are worth: the measures of sim.chain.measures.Quality, of expected pairs."""

    perplexity: Estimate
    tv: Estimate
    unseen: Estimate
    diversity: Estimate

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers."""
        return {name: getattr(self, name).to_dict() for name in ("perplexity", "tv", "unseen", "diversity")}


@final
@dataclass(frozen=True)
class SoftText:
    """The text of soft outputs by both readings; `entropy` is the mean entropy of an output, in nats."""

    independent: PairQuality
    joint: PairQuality
    entropy: Estimate

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers."""
        return {
            "independent": self.independent.to_dict(), "joint": self.joint.to_dict(),
            "entropy": self.entropy.to_dict(),
        }  # fmt: skip


@final
@dataclass(frozen=True)
class LastCallError:
    """What the last call does to a position's output.

    `flips` of the nearest token, `categorical` E|q' - q|^2/2 and `continuous` E|z' - z|^2/d^2, d the least distance of
    two codewords.
    """

    flips: Estimate
    categorical: Estimate
    continuous: Estimate

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers."""
        return {name: getattr(self, name).to_dict() for name in ("flips", "categorical", "continuous")}


@final
@dataclass(frozen=True)
class SoftReading:
    """What a readout makes of a run on text.

    `sampled` and the `floor` are None if it is linear, `terminal` where the last call's answer is not what is read;
    `stiffness` is the readout's, and `relative_noise` b/a at the last call.
    """

    name: str
    stiffness: float | None
    relative_noise: float | None
    sampled: SoftText | None
    floor: SoftText | None
    terminal: LastCallError | None

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers and text; an infinite stiffness or noise is null."""
        return {
            "readout": self.name,
            "stiffness": finite(self.stiffness),
            "relative_noise": finite(self.relative_noise),
            "sampled": self.sampled and self.sampled.to_dict(),
            "floor": self.floor and self.floor.to_dict(),
            "terminal": self.terminal and self.terminal.to_dict(),
        }


@final
@dataclass
class SoftTally:
    """Expected pairs by group and reading, (2, GROUPS, V, V), and sums of entropies: grows tile by tile, in order."""

    chain: Chain
    pairs: Array = field(init=False)
    entropy: Array = field(init=False)

    def __post_init__(self) -> None:
        symbols = len(self.chain.prior)
        self.pairs = np.zeros((2, GROUPS, symbols, symbols))
        self.entropy = np.zeros((GROUPS, 2))

    def add(self, first: int, outputs: Array) -> None:
        """Add the sequences first, first + 1, ... with these outputs, shape (S, N, V)."""
        groups = (first + np.arange(outputs.shape[1])) % GROUPS
        chain, links = self.chain, len(outputs) - 1
        for group in np.unique(groups):
            mine = outputs[:, groups == group]
            count = links * mine.shape[1]
            self.pairs[0, group] += count * independent_pairs(mine)
            self.pairs[1, group] += count * joint_pairs(mine, chain.prior, chain.transition)
            self.entropy[group] += float(np.sum(special.entr(mine))), mine.shape[0] * mine.shape[1]

    def text(self, length: int) -> SoftText:
        """Return the measures of what was added."""
        independent, joint = (PairQuality(*pair_estimates(pairs, self.chain, length)) for pairs in self.pairs)
        most = math.log(len(self.chain.prior))
        entropy = jackknife(lambda total: float(total[0] / total[1]), self.entropy, low=0.0, high=most)
        return SoftText(independent, joint, entropy)


@final
@dataclass
class ErrorTally:
    """Sums of errors and positions by group, (GROUPS, 4): flips, categorical, continuous, positions."""

    chosen: SoftReadout
    sums: Array = field(init=False)

    def __post_init__(self) -> None:
        self.sums = np.zeros((GROUPS, 4))

    def add(self, first: int, clean: Array, made: Array) -> None:
        """Compare latents of the sequences first, first + 1, ..., shape (S, N, n) both."""
        chosen, groups = self.chosen, (first + np.arange(clean.shape[1])) % GROUPS
        flips = token_of(made, chosen.codebook) != token_of(clean, chosen.codebook)
        categorical = np.zeros(flips.shape)
        if chosen.writes:
            categorical = np.sum((chosen.outputs(made) - chosen.outputs(clean)) ** 2, axis=2) / 2
        continuous = np.sum((made - clean) ** 2, axis=2) / chosen.least_distance**2
        for column, values in enumerate((flips, categorical, continuous, np.ones(flips.shape))):
            self.sums[:, column] += np.bincount(groups, values.sum(axis=0), minlength=GROUPS)

    def error(self) -> LastCallError:
        """Return the means."""

        def mean(column: int, most: float) -> Estimate:
            return jackknife(lambda total: float(total[column] / total[3]), self.sums, low=0.0, high=most)

        return LastCallError(mean(0, 1.0), mean(1, 1.0), mean(2, math.inf))
