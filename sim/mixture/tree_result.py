"""What a sampler did on a tree: on its leaves, as on any mixture, and on the branches of each level.

Source: theory/LAWS.md, section 7, `hierarchy`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from sim.estimate import Estimate
from sim.mixture.measure import MixtureMeasurement
from sim.tabular import Leaf, Tabular, finite
from theory.verdict import Verdict


@final
@dataclass(frozen=True)
class Level:
    """What reached the branches of one level, by its own coordinates: `counts` over branches, then none.

    `target_masses` are the target's own over the same cells, `tv` their distance; `stiffness` is that of the sampler's
    class on this level; the verdict's `bound` what the counts surely need of it. `exact_masses`, without a seed, are
    known where branches are drawn and leaves have no width.
    """

    separation: float
    counts: tuple[int, ...]
    target_masses: tuple[float, ...]
    ambiguous: Estimate
    tv: Estimate
    stiffness: float
    verdict: Verdict
    exact_masses: tuple[float, ...] | None

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers; an infinite stiffness is null, and so are masses that are not known exactly."""
        return {
            "separation": self.separation,
            "counts": list(self.counts),
            "target_masses": list(self.target_masses),
            "ambiguous": self.ambiguous.to_dict(),
            "tv": self.tv.to_dict(),
            "stiffness": finite(self.stiffness),
            "verdict": self.verdict.to_dict(),
            "exact_masses": None if self.exact_masses is None else list(self.exact_masses),
        }


@final
@dataclass(frozen=True)
class TreeMeasurement(Tabular):
    """What one sampler did on a tree: on its leaves, as on any mixture, and on each of its levels.

    `exact_tv` is the leaves' total variation where each level's masses are known exactly: levels are independent.
    `peaks` are those of the law `hierarchy` at the leaves' counted error, None where that is 0 or 1, or the gaps or
    weights differ: per unit of separation, the least stiffness of a level that errs as much as all levels do, of one
    that errs its share, and of one flat choice among all leaves.
    """

    leaves: MixtureMeasurement
    levels: tuple[Level, ...]
    exact_tv: float | None
    peaks: Mapping[str, float] | None

    @property
    def given(self) -> Mapping[str, Any]:
        """The keys of the run."""
        return self.leaves.given

    def to_dict(self) -> dict[str, Any]:
        """Return the leaves' document with `levels`, `exact_tv` and `peaks`."""
        return {
            **self.leaves.to_dict(),
            "levels": [level.to_dict() for level in self.levels],
            "exact_tv": self.exact_tv,
            "peaks": None if self.peaks is None else dict(self.peaks),
        }

    def arrays(self) -> dict[str, Leaf]:
        """Return the leaves' arrays, and those of the levels along `level`, their counts along `branch` too."""
        cells = (len(self.levels), len(self.levels[0].counts))
        exact = [level.exact_masses or (np.nan,) * cells[1] for level in self.levels]
        return {
            **self.leaves.arrays(),
            "exact_tv": ((), np.array(np.nan if self.exact_tv is None else self.exact_tv)),
            "levels.separation": (("level",), np.array([level.separation for level in self.levels])),
            "levels.counts": (("level", "branch"), np.array([level.counts for level in self.levels])),
            "levels.target_masses": (("level", "branch"), np.array([level.target_masses for level in self.levels])),
            "levels.exact_masses": (("level", "branch"), np.array(exact).reshape(cells)),
            "levels.ambiguous": (("level", "end"), np.array([_ends(level.ambiguous) for level in self.levels])),
            "levels.tv": (("level", "end"), np.array([_ends(level.tv) for level in self.levels])),
            "levels.stiffness": (("level",), np.array([level.stiffness for level in self.levels])),
        }

    def __repr__(self) -> str:
        errors = ", ".join(f"{level.ambiguous.value:.3g}" for level in self.levels)
        return f"<{self.given['sampler']} steps={self.given['steps']} on a tree: ambiguous by level {errors}>"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th>level {k}</th><td>{level.ambiguous}</td><td>{level.verdict.outcome}</td></tr>"
            for k, level in enumerate(self.levels, 1)
        )
        return self.leaves._repr_html_() + f"<table>{rows}</table>"


def _ends(estimate: Estimate) -> list[float]:
    return [estimate.value, estimate.low, estimate.high]
