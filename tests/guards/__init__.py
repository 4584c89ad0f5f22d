"""guards(module) = {g_1, ..., g_n}: what must say no when a formula of theory/ is changed in one place.

Each guard compares a module with a statement that shares no line with it: an enclosure, a quadrature, an enumeration,
the definition in many digits. None imports theory before it is called: the run of mutants changes a module first.
"""

from collections.abc import Callable

from guards.answers import answers_hold
from guards.chains import chains_hold
from guards.codes import codes_hold, counts_hold, phases_hold, stored_hold
from guards.couplings import sharp_hold, terminal_hold, whole_hold
from guards.covariances import covariances_hold, orders_are_safe
from guards.decisions import decisions_hold
from guards.draws import draws_hold
from guards.edges import edges_hold
from guards.escape import bins_hold, escapes_hold, masses_hold
from guards.flows import flows_hold
from guards.joint import joint_steps_hold
from guards.methods import last_calls_hold, methods_hold, moments_hold, noises_hold, orders_hold
from guards.mixtures import mixtures_hold
from guards.paths import grids_hold, paths_hold
from guards.readouts import changes_hold, orders_of_readouts_hold, readouts_hold
from guards.redraws import redraws_hold
from guards.rows import doctests_hold, rows_hold, steps_hold
from guards.separation import separation_scales
from guards.soft import soft_crossover_holds, soft_pairs_hold
from guards.starts import starts_hold
from guards.targets import mixtures_land, two_modes_hold
from guards.tools import half_lines_hold, integrals_hold, preimages_hold, primitives_hold

Guard = tuple[Callable[..., bool], tuple[str, ...]]


def _rows(module: str, *functions: str) -> list[Guard]:
    return [(rows_hold, (module, function)) for function in functions]


_SCALES: list[Guard] = [(separation_scales, ())]

CATALOGUE = (
    "depth",
    "diagnostics",
    "dimension",
    "escape",
    "overlap",
    "paths",
    "phase",
    "quantities",
    "separated",
)

GUARDS: dict[str, list[Guard]] = {
    "crossover": _rows("crossover", "rows"),
    "coarea": [*_SCALES, *_rows("coarea", "rows")],
    "tube": _rows("tube", "rows"),
    "separated": [*_SCALES, *_rows("doubles", "isoperimetric_rows", "binary_rows")],
    "gaussian": [*_rows("parts", "gaussian_rows"), *_rows("doubles", "isoperimetric_rows", "binary_rows")],
    "variation": [*_SCALES, *_rows("dimension_doubles", "variation_rows")],
    "simplex": [*_SCALES, *_rows("simplex_doubles", "simplex_rows")],
    "ordinal": [*_SCALES, *_rows("dimension_doubles", "ordinal_rows")],
    "sobolev": [*_SCALES, *_rows("dimension_doubles", "sobolev_rows")],
    "product": [*_SCALES, *_rows("dimension_doubles", "grid_rows", "product_rows")],
    "composition": _rows("depth_doubles", "composition_rows", "hierarchy_rows"),
    "denoiser": [
        *_rows("parts", "coefficient_rows", "posterior_rows"),
        (steps_hold, ("ddim_frontier",)),
        (draws_hold, ()),
    ],
    "depth": [*_rows("doubles", "ddim_rows"), *_rows("depth_doubles", "schedule_free_rows"), (starts_hold, ())],
    "schedule": [*_rows("depth_doubles", "conservation_rows", "peak_optimal_rows"), (starts_hold, ())],
    "correlation": _rows("depth_doubles", "correlation_rows"),
    "joint": [(joint_steps_hold, ())],
    "escape": [
        *_rows("depth_doubles", "joint_rows"),
        (masses_hold, ()),
        (escapes_hold, ()),
        (starts_hold, ()),
        (draws_hold, ()),
    ],
    "bins": [(bins_hold, ())],
    "kernel": [(masses_hold, ()), (starts_hold, ())],
    "diagnostics": _rows("dabi", "rows"),
    "commitment": _rows("cci", "rows"),
    "decision": [(decisions_hold, ()), *_rows("cci", "decision_rows")],
    "spherical": [(codes_hold, ())],
    "dimension": [*_SCALES, (phases_hold, ()), *_rows("phase_doubles", "dimension_rows")],
    "counting": [(counts_hold, ())],
    "mixture_denoiser": [(mixtures_hold, ())],
    "linear_method": [(moments_hold, ()), (methods_hold, ()), (last_calls_hold, ()), *_rows("linear_doubles", "rows")],
    "schemes": [(moments_hold, ()), (noises_hold, ()), (orders_hold, ())],
    "chain": [(chains_hold, ())],
    "flow": [(flows_hold, ())],
    "readout": [(changes_hold, ()), (readouts_hold, ())],
    "coupling": [(whole_hold, ()), (terminal_hold, ()), (sharp_hold, ())],
    "covariance": [(covariances_hold, ()), (orders_are_safe, ())],
    "soft_text": [(soft_pairs_hold, ())],
    "soft_crossover": [(soft_crossover_holds, ())],
    "redraw": [(redraws_hold, ())],
    "readout_order": [(orders_of_readouts_hold, ())],
    "primitives": [(primitives_hold, ())],
    "quadrature": [(integrals_hold, ())],
    "preimages": [(preimages_hold, ())],
    "monotone": [(half_lines_hold, ())],
    "target": [(two_modes_hold, ())],
    "mixture": [(mixtures_land, ())],
    "stored_codes": [(stored_hold, ())],
    **{f"catalogue/{name}": [(answers_hold, ())] for name in CATALOGUE},
    "path": [(paths_hold, ())],
    "time_grid": [(grids_hold, ())],
}
"""What must reject a change of each formula module, beside its doctests and `edges`."""

FORMULA_FREE: dict[str, str] = {
    "arrays": "gives a scalar function arrays",
    "errors": "says what is wrong with an input; the tests of bad input hold its limits",
    "law": "what a law is",
    "verdict": "what a check finds",
    "catalogue/readouts": "asks guarded modules, with no number or operator of its own",
    "catalogue/slopes": "asks guarded modules, with no number or operator of its own",
    "text": "cuts a text into tokens and counts them",
}
"""Every other module of theory/, and why it holds no formula."""


def guards_of(module: str) -> list[Guard]:
    """Return every guard of a formula module."""
    return [(doctests_hold, (module,)), (edges_hold, ()), *GUARDS[module]]
