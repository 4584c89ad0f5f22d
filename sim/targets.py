"""simulate(target, keys) = a run: each target is a name, the keys that it reads, and what reads them.

The tables are plain data, so that a command line can list and check keys without loading a compiler; a run is
imported when it is asked for. A target is added by an entry in TARGETS and by its text in the face.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol, final


class Result(Protocol):
    """What every run returns: a frozen value with a short repr, an HTML table and plain numbers.

    `given` holds the keys that fix the numbers, defaults included; `to_dict()` is what `--json` prints, without
    NaN and infinities. How it reads as text is the face's affair: results do not print.
    """

    @property
    def given(self) -> Mapping[str, Any]:
        """The keys of the run, `target` included."""

    def to_dict(self) -> dict[str, Any]:
        """Return plain lists, numbers and text."""

    def _repr_html_(self) -> str: ...


@final
@dataclass(frozen=True)
class Key:
    """One input of a target: its kind, its meaning, its default and its choices.

    Kinds are `number`, `whole`, `list`, `word`, `array` and `callable`, which the command line imports by its name.

    A default of None without `required` means that the key may be left out and then has no value.
    """

    name: str
    kind: str
    meaning: str
    default: Any = None
    required: bool = False
    choices: tuple[str, ...] = ()


@final
@dataclass(frozen=True)
class Target:
    """What can be simulated: `keys` in the order in which they are listed, and `load`, which imports the run.

    The run takes the keys as keywords, and `threads` and `progress` (told how many particles were done).
    """

    name: str
    meaning: str
    keys: tuple[Key, ...]
    load: Callable[[], Callable[..., Result]]

    @property
    def kinds(self) -> dict[str, str]:
        """The kind of each key, `target` first."""
        return {"target": "word", **{key.name: key.kind for key in self.keys}}

    @property
    def samplers(self) -> tuple[str, ...]:
        """The samplers that run on this target, by name."""
        return next(key.choices for key in self.keys if key.name == "sampler")


def _sampler(*names: str) -> Key:
    return Key("sampler", "word", "what joins the calls of the denoiser", names[0], choices=names)


_TOKENS: Final = ("one_hot", "bits", "lattice", "sphere", "random", "given")
_CODEBOOKS: Final = (*_TOKENS, "hierarchical")
_STEPS: Final = Key("steps", "whole", "K, intervals of the time grid", required=True)
_PATH: Final = (
    Key("path", "word", "affine Gaussian path from noise to data", "linear",
        choices=("linear", "cosine", "vp_linear", "ve")),
    Key("grid", "word", "how the K calls are spaced along it", "uniform",
        choices=("uniform", "log_snr", "karras", "given")),
    Key("s_max", "number", "s = b/a at the first call; where the path begins if left out"),
    Key("s_min", "number", "s = b/a at the last call; the step after it ends at b = 0"),
    Key("rho", "number", "exponent of grid=karras, 7 if left out"),
    Key("times", "list", "t_0 < ... < t_K = 1, for grid=given"),
)  # fmt: skip
_CAP: Final = Key("denoiser_stiffness", "number", "cap on the slope of one denoiser call", float("inf"))
_PARTICLES: Final = Key("particles", "whole", "size of the count", 1_000_000)
_SEED: Final = Key("seed", "whole", "seed of the count, 32 bits", 0)
_READOUT: Final = (
    Key("readout", "word", "measure what it makes of the output, against clean latents",
        choices=("linear", "probit", "softmax", "argmax")),
    Key("sharpness", "number", "kappa of probit and softmax, per unit of length"),
    Key("categorical_weight", "number", "weight of its tokens; the rest is the latent's own, linearly (1 if left out)"),
)  # fmt: skip
_SCHEMES: Final = ("euler", "heun", "midpoint", "rk4", "dpm_solver_2m", "ancestral", "euler_maruyama", "churn",
                   "restart")  # fmt: skip
_COMMIT_TIME: Final = Key("commit_time", "number", "commit_at draws at the last call at or before it; 0.5 if left out")
_SAMPLER: Final = _sampler("ddim", "reinjection", "commit_parallel", "commit_at", *_SCHEMES, "flow")
_READ: Final = (*_READOUT, Key("readout_particles", "whole", "latents that the readout reads", 10_000))
_WEIGHTS: Final = Key("weights", "list", "probabilities of the modes; equal if left out")
_BALLS: Final = Key("margin", "number", "landing sets are balls of radius margin x half the least distance", 0.1)


_GAP_RATIO: Final = Key("gap_ratio", "number", "how much finer each level's gaps are than the one above's", 1.0)


def _two_modes() -> Callable[..., Result]:
    from sim.two_modes.run import simulate_two_modes

    return simulate_two_modes


def _chain() -> Callable[..., Result]:
    from sim.chain.run import simulate_chain

    return simulate_chain


def _mixture() -> Callable[..., Result]:
    from sim.mixture.run import simulate_mixture

    return simulate_mixture


def _tree() -> Callable[..., Result]:
    from sim.mixture.tree import simulate_tree

    return simulate_tree


def _codebook() -> Callable[..., Result]:
    from sim.mixture.run import simulate_codebook

    return simulate_codebook


def _vocabulary() -> Callable[..., Result]:
    from sim.vocabulary.run import simulate_vocabulary

    return simulate_vocabulary


def _own() -> Callable[..., Result]:
    from sim.own.run import sample

    return sample


TARGETS: Final[dict[str, Target]] = {
    target.name: target
    for target in (
        Target(
            "two_modes",
            "Two modes on a line, exactly and by counting.",
            (
                Key("mu", "number", "the modes lie at -mu and +mu", required=True), _STEPS,
                _sampler("ddim", "reinjection", "commit_parallel", "commit_at", *_SCHEMES, "flow"), _CAP,
                Key("scale", "number", "standard deviation of each mode", 0.0),
                Key("weights", "list", "probabilities of -mu and +mu", (0.5, 0.5)),
                *_PATH,
                Key("margin", "number", "landing sets reach from (1 - margin) mu outward", 0.1), _COMMIT_TIME,
                _PARTICLES, _SEED, *_READOUT,
            ),
            _two_modes,
        ),
        Target(
            "mixture",
            "M modes in n dimensions, by counting.",
            (
                Key("means", "array", "M rows of n coordinates", required=True), _STEPS, _SAMPLER, _CAP, _WEIGHTS,
                Key("scales", "list", "standard deviations of the modes, or one for all", 0.0),
                Key("covariances", "array", "in place of scales, variances (M, n) or matrices (M, n, n)"),
                *_PATH, _BALLS, _COMMIT_TIME, _PARTICLES, _SEED, *_READ,
            ),
            _mixture,
        ),
        Target(
            "codebook",
            "A mode round each of M tokens in n dimensions, by counting.",
            (
                Key("codebook", "word", "where the tokens lie", required=True,
                    choices=_CODEBOOKS),
                _STEPS,
                Key("modes", "whole", "M, how many tokens there are; needed unless the codebook says"),
                Key("source_dim", "whole", "n; needed for lattice, sphere and random"),
                Key("vectors", "array", "M rows of n coordinates, for codebook=given"),
                Key("distance", "number", "stretch the codebook to this least distance between tokens"),
                Key("codebook_seed", "whole", "seed of sphere and random", 0),
                Key("levels", "whole", "levels of choices, for codebook=hierarchical"),
                Key("branching", "whole", "choices at each level, for codebook=hierarchical"), _GAP_RATIO,
                _SAMPLER, _CAP, _WEIGHTS,
                Key("scale", "number", "standard deviation of each mode, the overlap", 0.0),
                *_PATH, _BALLS, _COMMIT_TIME, _PARTICLES, _SEED, *_READ,
            ),
            _codebook,
        ),
        Target(
            "vocabulary",
            "As many tokens as a language model has, equally likely and without width, in float32, by counting.",
            (
                _STEPS,
                Key("codebook", "word", "where the tokens lie", "sphere", choices=_TOKENS),
                Key("modes", "whole", "M, how many tokens there are; 4096 unless given"),
                Key("source_dim", "whole", "n; 64 unless given, for lattice, sphere and random"),
                Key("vectors", "array", "M rows of n coordinates, for codebook=given"),
                Key("distance", "number", "stretch the codebook to this least distance between tokens"),
                Key("codebook_seed", "whole", "seed of sphere and random", 0),
                _sampler("ddim", "reinjection", "commit_parallel", "commit_at", *_SCHEMES), _CAP,
                *_PATH, _BALLS, _COMMIT_TIME,
                Key("particles", "whole", "size of the count", 4096),
                _SEED,
            ),
            _vocabulary,
        ),
        Target(
            "tree",
            "Leaves of a tree: each level a choice on coordinates of its own, counted level by level.",
            (
                Key("levels", "whole", "B, levels of choices", required=True),
                Key("branching", "whole", "choices at each level", required=True), _STEPS,
                _sampler("ddim", "reinjection", "ancestral", "commit_parallel", "commit_levels"), _CAP,
                Key("level_calls", "list", "calls, from 0, that draw a level for good; evenly spread if left out"),
                Key("branch_weights", "list", "probabilities of the branches, of one level for all or level by level"),
                _GAP_RATIO,
                Key("distance", "number", "least distance between two leaves", 1.0),
                Key("scale", "number", "standard deviation of each leaf", 0.0),
                *_PATH, _BALLS, _PARTICLES, _SEED,
            ),
            _tree,
        ),
        Target(
            "chain",
            "Text as a Markov chain over tokens, each with a codeword, under the exact denoiser of whole sequences.",
            (
                _STEPS,
                _sampler("ddim", "reinjection", "commit_parallel", "commit_in_order", "commit_at", "commit_top",
                         *_SCHEMES),
                Key("text", "word", "a file of plain text (default: the English prose inside CPython)"),
                Key("unit", "word", "what a token is", "characters", choices=("characters", "words")),
                Key("vocabulary", "whole", "most symbols; rarer words become <other>, rarer letters a space", 256),
                Key("smoothing", "number", "share of the uniform distribution in each row of transitions", 1e-4),
                Key("transition", "array", "a transition matrix in a .npy file, in place of a text"),
                Key("length", "whole", "S, tokens in a sequence", 64),
                Key("codebook", "word", "where the codewords lie", "sphere", choices=_TOKENS),
                Key("source_dim", "whole", "n; 8 unless given, for lattice, sphere and random"),
                Key("vectors", "array", "a codeword of n coordinates for each symbol, for codebook=given"),
                Key("codebook_seed", "whole", "seed of sphere and random", 0),
                Key("scale", "number", "sigma, noise in the clean latent of a token: overlap", 0.0),
                *_PATH, _COMMIT_TIME,
                Key("commit_share", "number", "share of positions that commit_top freezes at a call; 1/K if left out"),
                Key("particles", "whole", "sequences", 1000),
                _SEED,
                Key("readout", "word", "read the latents by it too, as soft tokens, against clean latents",
                    choices=("linear", "softmax", "argmax")),
                Key("sharpness", "number", "kappa of softmax, per unit of length"),
                Key("argmax_weight", "number", "share of positions that name their likeliest token; 0 if left out"),
            ),
            _chain,
        ),
        Target(
            "own",
            "A denoiser m(x, t) of yours, known by its answers alone.",
            (
                Key("denoiser", "callable", "m(x, t): clean latents for noisy x (rows, n) at time t", required=True),
                _STEPS, Key("source_dim", "whole", "n, coordinates of a latent", required=True),
                _sampler("ddim", "euler", "heun", "midpoint", "rk4", "dpm_solver_2m", "reinjection", "ancestral",
                         "euler_maruyama", "churn", "restart"), *_PATH,
                Key("means", "array", "M rows of n coordinates, round which samples are counted"), _WEIGHTS, _BALLS,
                Key("pairs", "whole", "pairs of particles between which slopes are sought", 32),
                Key("batch", "whole", "latents a call of the denoiser", 256),
                Key("arrays", "word", "library of the denoiser's arrays: auto, numpy, torch, jax", "auto"),
                Key("dtype", "word", "type of the denoiser's numbers", "float64",
                    choices=("float64", "float32", "float16")),
                Key("particles", "whole", "samples", 1000),
                _SEED,
            ),
            _own,
        ),
    )
}  # fmt: skip
"""Every target by name; the first is the default."""
