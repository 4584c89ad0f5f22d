"""LAWS = {tube, ..., binary, isoperimetric, ..., joint}: every law of theory/LAWS.md as a value, by its one name.

The name is the same in the code, on the command line, in the report and in the tests. proofs and sim offer the
checks of a law under this name; a test fails for a law without them.
"""

from typing import Final

from theory import errors
from theory.catalogue.depth import (
    COMPOSITION,
    CONSERVATION,
    DDIM_FRONTIER,
    HIERARCHY,
    PEAK_OPTIMAL_SCHEDULE,
    SCHEDULE_FREE_FRONTIER,
)
from theory.catalogue.diagnostics import CCI, DABI
from theory.catalogue.dimension import GRID, ISOPERIMETRIC_TV, ORDINAL, PRODUCT, SIMPLEX, SOBOLEV
from theory.catalogue.escape import COMMITMENT, JOINT, REINJECTION, TOTAL_CORRELATION
from theory.catalogue.overlap import COAREA, CROSSOVER, TUBE
from theory.catalogue.paths import SAME_ON_ALL_PATHS
from theory.catalogue.phase import DIMENSION, SPHERICAL
from theory.catalogue.readouts import READOUT_ORDER
from theory.catalogue.separated import BINARY, ISOPERIMETRIC
from theory.catalogue.slopes import MIXTURE_SLOPE
from theory.law import Law

_ALL: Final = (
    SAME_ON_ALL_PATHS,
    TUBE,
    CROSSOVER,
    READOUT_ORDER,
    COAREA,
    BINARY,
    ISOPERIMETRIC,
    ISOPERIMETRIC_TV,
    SIMPLEX,
    ORDINAL,
    SOBOLEV,
    GRID,
    PRODUCT,
    SPHERICAL,
    DIMENSION,
    COMPOSITION,
    DDIM_FRONTIER,
    MIXTURE_SLOPE,
    SCHEDULE_FREE_FRONTIER,
    CONSERVATION,
    PEAK_OPTIMAL_SCHEDULE,
    HIERARCHY,
    COMMITMENT,
    TOTAL_CORRELATION,
    REINJECTION,
    JOINT,
    DABI,
    CCI,
)
LAWS: Final[dict[str, Law]] = {law.name: law for law in _ALL}
"""Every law by name, in the order of theory/LAWS.md."""


def law_named(name: str) -> Law:
    """Return the law called `name`; UsageError with the nearest name otherwise."""
    return LAWS[errors.one_of("law", name, LAWS)]
