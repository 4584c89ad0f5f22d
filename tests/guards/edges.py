"""f at the ends of its domain: the limits that functions state, and what they refuse."""

import math
import statistics
from collections.abc import Callable
from typing import Any


def refused(function: Callable[..., Any], *args: Any) -> bool:
    """Return whether a call ends in the error for people."""
    from theory.errors import UsageError

    try:
        function(*args)
    except UsageError:
        return True
    return False


def edges_hold() -> bool:
    """Return whether functions keep to their ends: the limits that they state, and what they refuse."""
    from theory import (
        commitment,
        composition,
        correlation,
        depth,
        diagnostics,
        ordinal,
        path,
        product,
        schedule,
        separated,
        simplex,
        sobolev,
        tube,
        variation,
    )

    uniform = path.uniform_schedule(path.LinearPath(), 40)
    grid = schedule.peak_optimal_schedule(4.0, 0.2, 200)
    shares = schedule.stretch_so_far(grid.a, grid.b, 4.0, 0.2) / schedule.log_stretch(4.0, 0.2)
    # On a line there is one direction: the exponent is the slope of log A itself, here between two steps of 1e-4.
    ends = [float(diagnostics.squared_change(2.0 * math.exp(h))) for h in (1e-4, -1e-4)]
    slope = math.log(ends[0] / ends[1]) / 2e-4
    # To second order in g two modes of weights 1/4 and 3/4 decide 2 (1/4) (3/4) g^2 nats; the next term is g^4.
    open_part = 1 - 2 * 0.25 * 0.75 * 0.005**2 / (math.log(4) - 0.75 * math.log(3))

    def guessed(g: float) -> float:
        """Return (P[right] - 3/4)/(1/4), each mode guessed on its side of -log(3)/(2 g)."""
        cut = -math.log(3) / (2 * g)
        return (0.75 * normal.cdf(g - cut) + 0.25 * normal.cdf(g + cut) - 0.75) / 0.25

    thin = math.radians(2.0**-20)
    wedge = 2 * (1 + (math.pi - thin) / math.tan(thin)) / math.pi
    normal = statistics.NormalDist()
    profile = normal.pdf(normal.inv_cdf(1 / 7))
    tree = composition.hierarchy_peaks(3, 4, 0.1)
    rows = [ordinal.row_kept(m, w) for m in (3, 8) for w in (0.01, 0.3, 1.0, 3.0)]
    return all(
        (
            separated.proportional_error([0.3, 0.3], 1e-3) == 1,
            simplex.simplex_error(8, 5e-3) == 1,
            all(abs(simplex.lead_lost(2, w) / math.erf(w / 2) - 1) < 1e-12 for w in (0.5, 1.5, 3.0)),
            variation.variation_error(8, 1e-3) == 1 - 1 / 8,
            refused(schedule.peak_optimal_schedule, 0.5, 0.8, 3),
            refused(schedule.peak_optimal_schedule, 0.3, 0.9, 3),
            not refused(schedule.peak_optimal_schedule, 0.6005, 0.8, 3),
            (grid.a[0], grid.b[0], grid.a[-1], grid.b[-1]) == (0, 1, 1, 0),
            max(abs(shares * 200 - range(201))) < 1e-9,
            refused(composition.composed_stiffness, [2.0**1000, 2.0**28]),
            refused(composition.hierarchy_peaks, 101, 1000, 0.1),
            not refused(composition.hierarchy_peaks, 100, 1000, 0.1),
            tree["ratios"] == [tree["ratio_equal_level"], tree["ratio_equal_total"]],
            refused(tube.mixture, (-1.0, 1.0), (1.0, 1.0), (0.5, 0.6)),
            refused(tube.junction_coefficient, 6.3),
            refused(tube.junction, [2.0, 2.0, 2.0]),
            refused(tube.check_angles, [120.0, 120.0, 119.0]),
            not refused(tube.check_angles, [360 * share for share in (0.1, 0.2, 0.3, 0.4)] + [7e-14]),
            # A wedge of width d beside a cell of the rest of the turn: (1 + (pi - d) cot d)/pi each.
            abs(tube.junction_of_degrees([360 - 2.0**-20, 2.0**-20]) / wedge - 1) < 1e-12,
            refused(correlation.total_correlation, [[0.5, 0.6], [0.5, 0.5]], [0.5, 0.5], [[1.0, 1.0]] * 2),
            refused(depth.schedule_free_stiffness, uniform, 1e10),
            abs(commitment.cci(0.3, 0.5) / commitment.cci(0.6, 1.0) - 1) < 1e-12,
            abs(diagnostics.dabi(1, 1e-6) - 1) < 1e-6,
            abs(diagnostics.dabi(1, 1e6) - 2) < 1e-5,
            abs(diagnostics.sharpness_exponent(1, 2.0) - slope) < 1e-7,
            # k I(1/k)/(2 log(1/(1 - error))) at k = 2 and k = 7 of 8, and past the last mode given up.
            abs(variation.variation_at_least(8, 0.75) / (normal.pdf(0.0) / math.log(4)) - 1) < 1e-12,
            abs(variation.variation_at_least(8, 0.125) / (7 * profile / (2 * math.log(8 / 7))) - 1) < 1e-12,
            sobolev.sobolev_error(1e300, 1, 1e10) == 1,
            sobolev.sobolev_modes(1, 0.01, 1e-6) == 1,
            sobolev.sobolev_modes(2, 0.1, 1.0001 * sobolev.sobolev_stiffness(1000, 2, 0.1)) == 1000,
            ordinal.ordinal_modes(0.01, 1.0001 * ordinal.ordinal_stiffness(1000, 0.01)) == 1000,
            product.product_axes(0.01, 1.0001 * product.product_stiffness(1000, 0.01)) == 1000,
            all(product.product_axes(0.01, product.product_stiffness(n, 0.01)) == n for n in range(1, 100)),
            # What is open and what is decided add up where the one is formed from the other, at g < 0.01.
            abs(commitment.undecided(0.005, 1.0, weights=(0.25, 0.75)) - open_part) < 1e-9,
            all(abs(commitment.argmax_form(g, 1.0, weights=(0.25, 0.75)) / guessed(g) - 1) < 1e-9 for g in (0.6, 2.0)),
            all(abs(error + kept - 1) < 1e-15 for error, kept in rows),
        )
    )
