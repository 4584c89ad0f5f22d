"""samples = what a denoiser of one's own made, with slopes that it has at least, and the stiffness that follows.

Slopes are lower bounds, so a class stiffness made of them is one too: the sensitivities of a linear method grow with
every slope. Source: theory/LAWS.md, section 7 (`linear methods`).
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, ClassVar, final

import numpy as np

from sim.estimate import CONFIDENCE
from sim.own.landing import Landing
from sim.tabular import Leaf, Tabular, finite, html_table
from theory.errors import Array


@final
@dataclass(frozen=True, eq=False)
class Sampled(Tabular):
    """What one sampler made with a denoiser of one's own: `samples` (N, ...) in float64, read-only.

    `noise` and `order` are the sampler's own, 0 being none.

    Call j was made at `times[j]` and is at least `slopes_at_least[j]`-Lipschitz. `stiffness_at_least` is a lower bound
    of the class's stiffness (infinite beyond doubles), `joint_at_least` of the Lipschitz constant of this very
    sampler jointly in all its Gaussian inputs, which the class's is never below. `landing` is None without means.
    """

    DIMS: ClassVar[Mapping[str, str]] = {"calls": "call", "samples.shape": "axis", "landing.counts": "cell"}

    given: Mapping[str, Any]
    samples: Array
    noise: str
    order: int
    nfe: int
    times: tuple[float, ...]
    slopes_at_least: tuple[float, ...]
    joint_at_least: float
    stiffness_at_least: float
    bounded_class: str
    landing: Landing | None

    @property
    def sha256(self) -> str:
        """The SHA-256 of the samples as little-endian doubles in rows."""
        return sha256(self.samples.astype("<f8").tobytes()).hexdigest()

    def npy(self) -> bytes:
        """Return the samples as the content of a .npy file."""
        buffer = io.BytesIO()
        np.save(buffer, self.samples, allow_pickle=False)
        return buffer.getvalue()

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers and text, as `--json` prints them: of the samples their shape and digest."""
        return {
            "given": dict(self.given),
            "noise": self.noise,
            "order": self.order,
            "nfe": self.nfe,
            "samples": {"shape": list(self.samples.shape), "sha256": self.sha256},
            "calls": [
                {"time": t, "slope_at_least": slope} for t, slope in zip(self.times, self.slopes_at_least, strict=True)
            ],
            "bound": {
                "class": self.bounded_class,
                "joint_stiffness_at_least": self.joint_at_least,
                "stiffness_at_least": finite(self.stiffness_at_least),
            },
            "confidence": CONFIDENCE,
            "landing": None if self.landing is None else self.landing.to_dict(),
        }

    def arrays(self) -> dict[str, Leaf]:
        """Return the arrays of `to_dict`, and the samples themselves as (sample, coordinate)."""
        return {"samples": (("sample", "coordinate"), self.samples.reshape(len(self.samples), -1)), **super().arrays()}

    def _rows(self) -> tuple[tuple[str, Any], ...]:
        landed = self.landing
        rows: tuple[tuple[str, Any], ...] = (
            ("steepest call, slope at least", f"{max(self.slopes_at_least):.6g}"),
            ("joint stiffness at least", f"{self.joint_at_least:.6g}"),
        )
        if landed is not None:
            rows += (("ambiguous", landed.ambiguous), ("tv", landed.tv), ("bound", landed.verdict.outcome))
        return rows

    def __repr__(self) -> str:
        found = ", ".join(f"{name} {value}" for name, value in self._rows())
        return f"<{self.given['sampler']} steps={self.given['steps']}, {len(self.samples)} samples: {found}>"

    def _repr_html_(self) -> str:
        return html_table(f"{self.given['denoiser']}: {self.given['sampler']}, nfe {self.nfe}", self._rows())
