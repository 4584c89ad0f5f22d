"""f(x) in doubles, in balls and in symbols: what proofs/ reads of a module must agree with it."""

import importlib


def doctests_hold(module: str) -> bool:
    """Return whether the examples of the module's docstrings come out."""
    import doctest

    return doctest.testmod(importlib.import_module(f"theory.{module.replace('/', '.')}"), report=False).failed == 0


def rows_hold(module: str, function: str) -> bool:
    """Return whether each double agrees with its ball, stopping at the first that does not."""
    from proofs import against_balls

    rows = getattr(importlib.import_module(f"proofs.{module}"), function)()
    return all(
        against_balls.relative_error(value, against_balls.resolved(oracle)) <= against_balls.TOLERANCE
        for _, value, oracle in rows
    )


def steps_hold(law: str) -> bool:
    """Return whether the steps of a law that read theory's functions are proved."""
    from proofs.step import prove

    return all(prove(step).proved for step in importlib.import_module(f"proofs.{law}").steps())
