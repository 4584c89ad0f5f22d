"""checks() = what sim offers to the ladder: exact confrontations, counted ones, and findings, by law."""

from sim import (
    chain_checks,
    counted_checks,
    dimension_checks,
    escape_checks,
    exact_checks,
    findings,
    mixture_checks,
    phase_checks,
    scheme_checks,
)
from theory.verdict import Check


def checks() -> tuple[Check, ...]:
    """Return every check of sim."""
    return (
        *exact_checks.checks(),
        *scheme_checks.checks(),
        *dimension_checks.checks(),
        *phase_checks.checks(),
        *escape_checks.checks(),
        *counted_checks.checks(),
        *mixture_checks.checks(),
        *findings.checks(),
        *chain_checks.checks(),
    )
