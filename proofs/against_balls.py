"""f(x (1 - t)) < 0 < f(x (1 + t)) in balls: the double x is within t of the root, whatever computed it.

Level F of the ladder: theory's doubles against the textbook statements, written apart and evaluated in ball arithmetic
at whatever precision decides. Inputs are the doubles as they are, so their condition does not enter; an answer that is
itself near 1 (an error close to 1) is judged by what it leaves. Each grid is shown to bite: the answer times 1.01, and
the naive difference of quantiles where there is one, must fail on it.
"""

from collections.abc import Callable, Sequence
from typing import Final

import flint

from theory.verdict import Outcome, Verdict

TOLERANCE: Final = 1e-12
"""theory/LAWS.md, section 5."""
GUARD_BITS: Final = 64
"""Correct bits wanted of an oracle: 19 digits, 7 more than are judged."""
MOST_BITS: Final = 1 << 14

Oracle = Callable[[], flint.arb]
Row = tuple[str, float, Oracle]


def resolved(oracle: Oracle) -> flint.arb:
    """Return the oracle's value at the first precision that gives GUARD_BITS correct bits."""
    bits = 128
    while bits <= MOST_BITS:
        with flint.ctx.workprec(bits):
            value = oracle()
            if value.is_finite() and value.rel_accuracy_bits() >= GUARD_BITS:
                return value
        bits *= 2
    raise ArithmeticError("the oracle was not resolved")


def relative_error(value: float, exact: flint.arb) -> float:
    """Return |value/exact - 1|, infinite where the value is no number."""
    with flint.ctx.workprec(GUARD_BITS + 64):
        deviation = abs(flint.arb(value) / exact - 1)
        return float(deviation.upper()) if deviation.is_finite() else float("inf")


def root(f: Callable[[flint.arb], flint.arb], low: flint.arb, high: flint.arb) -> flint.arb:
    """Return an enclosure of the root of an increasing f by bisection in balls: the sign decides every halving."""
    for _ in range(flint.ctx.prec + 1100):  # 1100 halvings reach the smallest double, the rest its digits
        middle = ((low + high) / 2).mid()
        value = f(middle)
        if value > 0:
            high = middle
        elif value < 0:
            low = middle
        else:
            break  # the sign is not decided at this precision: what is left is the answer's width
    return low.union(high)


def judge(rows: Sequence[Row], *, tolerance: float = TOLERANCE, naive: Sequence[Row] = ()) -> Verdict:
    """Judge doubles against balls: every row within `tolerance`, every row times 1.01 outside, some `naive` row too."""
    exact = [resolved(oracle) for _, _, oracle in rows]
    deviations = [relative_error(value, truth) for (_, value, _), truth in zip(rows, exact, strict=True)]
    worst = max(range(len(rows)), key=deviations.__getitem__)
    bites = all(
        relative_error(1.01 * value, truth) > tolerance for (_, value, _), truth in zip(rows, exact, strict=True)
    ) and all(relative_error(value, resolved(oracle)) > tolerance for _, value, oracle in naive)
    within = deviations[worst] <= tolerance
    return Verdict(
        Outcome.FAILS if not within else Outcome.HOLDS if bites else Outcome.UNDECIDED,
        method="doubles against ball arithmetic",
        value=deviations[worst],
        bound=tolerance,
        slack=tolerance / deviations[worst] if deviations[worst] > 0 else None,
        detail=f"{len(rows)} values within {tolerance:g} of the textbook form; the worst, at {rows[worst][0]}, is "
        f"{deviations[worst]:.1e} off."
        + (f" The naive difference of quantiles fails on {len(naive)}." if naive else ""),
    )
