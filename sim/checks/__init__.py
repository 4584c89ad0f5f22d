"""checks() = what sim offers to the ladder: exact confrontations, counted ones, and findings, by law."""

from sim.checks import (
    chain,
    counted,
    dimension,
    escape,
    exact,
    findings,
    mixture,
    phase,
    readouts,
    schemes,
    soft_text,
    tree,
)  # fmt: skip
from theory.verdict import Check


def checks() -> tuple[Check, ...]:
    """Return every check of sim."""
    rooms = (readouts, exact, schemes, dimension, phase, escape, counted, mixture, tree, findings, chain, soft_text)
    return tuple(check for room in rooms for check in room.checks())
