"""A run of a chain = three qualities: of what a sampler wrote, of the chain's own text, of the readout's floor.

Source: theory/LAWS.md, section 10.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, final

from sim.chain.measures import Quality
from sim.chain.soft import SoftReading
from sim.estimate import CONFIDENCE, Estimate
from sim.tabular import Tabular


@final
@dataclass(frozen=True)
class ChainMeasurement(Tabular):
    """What one sampler wrote, `sampled`, beside the chain's own text, `exact`, and the readout's floor.

    `text` says what the chain was counted from; `perplexity` is the chain's own; `forgotten[k]` is the mean total
    correlation, in nats a sequence, of the draws at call k (committing samplers only); `samples` are to be read;
    `reading` is what a readout makes of the latents, if one was asked for.
    """

    DIMS: ClassVar[Mapping[str, str]] = {"total_correlation": "call", "samples": "sample"}

    given: Mapping[str, Any]
    text: Mapping[str, Any]
    noise: str
    order: int
    nfe: int
    perplexity: float
    sampled: Quality
    exact: Quality
    floor: Quality
    forgotten: tuple[Estimate, ...]
    samples: tuple[str, ...]
    reading: SoftReading | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers and text, as `--json` prints them."""
        return {
            "given": dict(self.given),
            "text": dict(self.text),
            "noise": self.noise,
            "order": self.order,
            "nfe": self.nfe,
            "confidence": CONFIDENCE,
            "chain_perplexity": self.perplexity,
            "sampled": self.sampled.to_dict(),
            "exact": self.exact.to_dict(),
            "floor": self.floor.to_dict(),
            "total_correlation": [{"value": e.value, "low": e.low, "high": e.high} for e in self.forgotten],
            "samples": list(self.samples),
            **({} if self.reading is None else {"readout": self.reading.to_dict()}),
        }

    def __repr__(self) -> str:
        return (
            f"<chain {self.given['sampler']} steps={self.given['steps']}: perplexity {self.sampled.perplexity} "
            f"(chain {self.perplexity:.6g}, floor {self.floor.perplexity.value:.6g}), tv {self.sampled.tv}>"
        )

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th>{name}</th><td>{q.perplexity}</td><td>{q.tv}</td></tr>"
            for name, q in ((self.given["sampler"], self.sampled), ("floor", self.floor), ("chain", self.exact))
        )
        head = "<tr><th></th><th>perplexity</th><th>bigram tv</th></tr>"
        return f"<table><caption>chain, nfe {self.nfe}</caption>{head}{rows}</table>"
