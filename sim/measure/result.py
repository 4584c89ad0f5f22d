"""measured = numbers with intervals, and the protocol without which they mean nothing.

`Measured` holds what `sim.measure.run.measure` found, as values: estimates at each radius and noise level, what the
laws conclude from them, and every choice that the numbers depend on.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, final

from sim.estimate import Estimate
from sim.tabular import Tabular, html_table


def plain(estimate: Estimate | None) -> dict[str, float | None] | None:
    """Return an estimate for JSON: null for what is undefined, and for an end on which the sample sets no limit.

    >>> plain(Estimate(float("inf"), 2.0, float("inf")))
    {'value': None, 'low': 2.0, 'high': None}
    """
    return None if estimate is None else estimate.to_dict()


@final
@dataclass(frozen=True)
class AtRadius:
    """DABI at one radius: `along` and `random` are its two mean squared changes, in units of the squared output.

    `changed` counts the latents at which a random shift changed anything. `exponent` is the sharpness exponent
    d log(random)/d log r between the radius before this one and this one; None at the first.
    """

    radius: float
    share: float
    dabi: Estimate
    along: Estimate
    random: Estimate
    changed: int
    exponent: Estimate | None

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers."""
        return {
            "radius": self.radius, "share": self.share, "dabi": plain(self.dabi), "along": plain(self.along),
            "random": plain(self.random), "changed": self.changed, "exponent": plain(self.exponent),
        }  # fmt: skip


@final
@dataclass(frozen=True)
class AtNoise:
    """What noise s does, s in latent units; `time` is that of the linear path, t = 1/(1 + s).

    `change`: mean squared change of the output. With tokens: `flip`, the share whose token changes; `predicted`, the
    same by the law `tube` from the interface energy (None above 1); `tube`, the share whose token changes within
    s/sqrt(2 pi) toward the competitor, a lower limit of the tube's mass. `cci` is that of the empirical mixture,
    `held_out` the argmax form without the latent itself; None without tokens or labels.
    """

    noise: float
    time: float
    change: Estimate
    flip: Estimate | None
    predicted: Estimate | None
    tube: Estimate | None
    cci: Estimate | None
    held_out: Estimate | None

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers."""
        names = ("change", "flip", "predicted", "tube", "cci", "held_out")
        return {"noise": self.noise, "time": self.time} | {name: plain(getattr(self, name)) for name in names}


@final
@dataclass(frozen=True)
class Steps:
    """How many deterministic steps a law asks for, with what it assumes: K = 1 + 1/s on the linear path, uniform grid.

    `error` is what the last step may cost: the share of latents that flip, or of the output's variance. `valid` says
    whether the noise 1/(K - 1) lies among those at which the law's leading order was seen to hold.
    """

    law: str
    error: float
    steps: Estimate
    valid: bool
    assuming: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers and text."""
        return {
            "law": self.law, "error": self.error, "steps": plain(self.steps), "valid": self.valid,
            "assuming": list(self.assuming),
        }  # fmt: skip


@final
@dataclass(frozen=True)
class Measured(Tabular):
    """Everything that was measured on one decoder: `radii` and `levels` ascending, the headline at the last radius."""

    DIMS: ClassVar[Mapping[str, str]] = {"radii": "radius", "levels": "noise"}

    protocol: Mapping[str, Any]
    radii: tuple[AtRadius, ...]
    levels: tuple[AtNoise, ...]
    interface_energy: Estimate | None
    steps: Steps
    notes: tuple[str, ...]

    @property
    def dabi(self) -> Estimate:
        """DABI at the largest radius."""
        return self.radii[-1].dabi

    @property
    def exponent(self) -> Estimate | None:
        """The sharpness exponent up to the largest radius: 2 smooth, 1 sharp; None with a single radius."""
        return self.radii[-1].exponent

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers and text, as `--json` prints them."""
        return {
            "protocol": dict(self.protocol),
            "dabi": plain(self.dabi),
            "sharpness_exponent": plain(self.exponent),
            "radii": [row.to_dict() for row in self.radii],
            "levels": [row.to_dict() for row in self.levels],
            "interface_energy": plain(self.interface_energy),
            "steps": self.steps.to_dict(),
            "notes": list(self.notes),
        }

    def __repr__(self) -> str:
        return f"<{self.protocol['readout']}: DABI {self.dabi}, sharpness exponent {self.exponent}>"

    def _repr_html_(self) -> str:
        rows = (("DABI", self.dabi), ("sharpness exponent", self.exponent), ("steps", self.steps.steps))
        return html_table(str(self.protocol["readout"]), rows)
