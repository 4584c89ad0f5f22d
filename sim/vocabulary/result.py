"""A run on a vocabulary = what is certain of it with fewer particles than tokens: shares of groups, repeats, bounds.

Counts over M tokens of N << M particles have a total variation near 1 whatever the sampler, so none is given. tv over
groups of tokens is at most tv over tokens, and its interval is honest; the sets of a group are as far from those of
another as any two sets are, so the laws of sets hold for groups. Source: theory/LAWS.md, sections 0, 5, 7, 8.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, final

from sim.estimate import CONFIDENCE, Estimate
from sim.tabular import Tabular, finite, html_table
from sim.vocabulary.occupancy import Distinct
from theory.verdict import Verdict


@final
@dataclass(frozen=True)
class Rounding:
    """What single precision can have done: at each call to a logit, in nats, at worst; and to z-hat, a length.

    `measured` is the largest distance between the first particles and the same in doubles.
    `worst` is what certified slopes allow, infinite where a draw may part two runs; `typical` is what independent
    roundings do to the particle in the middle, at the slopes on its own way, an estimate to first order; `unsure` are
    the particles that would so cross the edge of a ball (all that end in a mean, where a draw comes before it). A draw
    at call j changes the law of the tokens by at most tanh(logits[j]/2) in tv.
    """

    logits: tuple[float, ...]
    worst: float
    typical: float
    unsure: int
    measured: float


@final
@dataclass(frozen=True)
class VocabularyMeasurement(Tabular):
    """What one sampler did on one vocabulary, by counting.

    `counts` are over the groups of tokens, then the ambiguous rest, `group_masses` the target's own over the same;
    `group_tv` is tv over these, a lower bound of tv over tokens. `distinct` are the tokens reached, beside as many
    draws of the target as landed. `stiffness`, `least_error` and `least_tv` are those of the sampler's class for the
    M tokens, `needed` what the counted groups need, and the verdict's `bound` what is certain of it. `landed_sha256`
    is the digest of where each particle landed (little-endian 64-bit, -1 for nowhere).
    """

    DIMS: ClassVar[Mapping[str, str]] = {
        "estimate.counts": "cell", "group_masses": "cell", "bound.denoiser_slopes": "call", "rounding.logits": "call",
    }  # fmt: skip

    given: Mapping[str, Any]
    noise: str
    order: int
    nfe: int
    counts: tuple[int, ...]
    ambiguous: Estimate
    group_tv: Estimate
    group_masses: tuple[float, ...]
    distinct: Distinct
    bounded_class: str
    separation: float
    slopes: tuple[float, ...]
    stiffness: float
    least_error: float
    least_tv: float
    needed: float
    verdict: Verdict
    rounding: Rounding
    landed_sha256: str

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers and text, as `--json` prints them; what is infinite is null."""
        return {
            "given": dict(self.given),
            "noise": self.noise,
            "order": self.order,
            "nfe": self.nfe,
            "estimate": {
                "confidence": CONFIDENCE,
                "counts": list(self.counts),
                "ambiguous": self.ambiguous.to_dict(),
                "group_tv": self.group_tv.to_dict(),
            },
            "group_masses": list(self.group_masses),
            "distinct": asdict(self.distinct),
            "bound": {
                "class": self.bounded_class,
                "separation": finite(self.separation),
                "denoiser_slopes": [finite(slope) for slope in self.slopes],
                "stiffness": finite(self.stiffness),
                "least_error": self.least_error,
                "least_tv": self.least_tv,
                "stiffness_needed": finite(self.needed),
            },
            "verdict": self.verdict.to_dict(),
            "rounding": {
                "logits": [finite(error) for error in self.rounding.logits],
                "worst": finite(self.rounding.worst),
                "typical": finite(self.rounding.typical),
                "unsure": self.rounding.unsure,
                "measured": self.rounding.measured,
            },
            "landed_sha256": self.landed_sha256,
        }

    def __repr__(self) -> str:
        return (
            f"<{self.given['sampler']} steps={self.given['steps']} on {self.given['modes']} tokens: "
            f"ambiguous {self.ambiguous}, {self.distinct.found} reached, bound {self.verdict.outcome}>"
        )

    def _repr_html_(self) -> str:
        rows = (
            ("ambiguous", self.ambiguous), ("tv over groups of tokens", self.group_tv),
            ("tokens reached", self.distinct.found), ("class", self.bounded_class), ("bound", self.verdict.outcome),
        )  # fmt: skip
        return html_table(f"{self.given['sampler']}, nfe {self.nfe}", rows)
