"""LAWS = {tube, ..., binary, isoperimetric, ddim_frontier, ...}: every law of theory/LAWS.md as a value, by its name.

The name is the same in the code, on the command line, in the report and in the tests. proofs and sim offer the
checks of a law under this name; a test fails for a law without them.
"""

from typing import Final

from theory import errors
from theory.catalogue.depth import DDIM_FRONTIER
from theory.catalogue.diagnostics import CCI, DABI
from theory.catalogue.overlap import COAREA, CROSSOVER, TUBE
from theory.catalogue.separated import BINARY, ISOPERIMETRIC
from theory.law import Law

LAWS: Final[dict[str, Law]] = {
    law.name: law for law in (TUBE, CROSSOVER, COAREA, BINARY, ISOPERIMETRIC, DDIM_FRONTIER, DABI, CCI)
}
"""Every law by name, in the order of theory/LAWS.md."""


def law_named(name: str) -> Law:
    """Return the law called `name`; UsageError with the nearest name otherwise."""
    return LAWS[errors.one_of("law", name, LAWS)]
