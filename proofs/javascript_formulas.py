"""FORMULAS = {posterior_mean, ddim_step, ...}: the functions of theory that the lesson computes with, as JavaScript.

Each is printed from its own source (`proofs.javascript_reading`), under its own name, with its own parameters in their
order; what calls another printed function calls it there too. By hand are only Newton's loop of `quantile_gap`
(numbers/runtime.js) and what runs particles (numbers/two_modes.js, numbers/text.js), whose formulas are these.
"""

from collections.abc import Callable
from typing import Any, Final

from proofs.javascript_printing import CONSTANTS, Printer
from proofs.javascript_reading import Reader
from theory import (
    coarea,
    crossover,
    denoiser,
    depth,
    escape,
    gaussian,
    joint,
    ordinal,
    product,
    schedule,
    separated,
    simplex,
    tube,
)
from theory.path import AbstractPath, CosinePath, LinearPath, uniform_schedule
from theory.primitives import PRIMITIVES
from theory.target import TwoModes

Function = Callable[..., Any]

FORMULAS: Final[dict[str, Function]] = {
    "separation": TwoModes.separation,
    "target_masses": TwoModes.masses,
} | {
    f.__name__: f
    for f in (
        gaussian.gap_step, gaussian.log_shrink, gaussian._mass, gaussian.interval_mass, gaussian.step_mass,
        gaussian.profile,
        denoiser.posterior_mean, denoiser.view_variance, denoiser.linear_slope, denoiser.boundary_slope,
        denoiser.cloud_spread, denoiser.cloud_mean, denoiser.right_probability, denoiser.steepest_within,
        denoiser.two_mode_denoiser,
        depth.ddim_coefficients, depth.ddim_step, depth.step_stiffness, depth.reachable_slopes,
        depth.ddim_stiffness, depth.frontier_error, depth.ddim_sampler_stiffness, depth.schedule_free_stiffness,
        separated.mode_quantile, separated.balanced_stiffness, separated.balanced_error, separated.safe_bounds,
        separated._isoperimetric_surplus, separated.proportional_error,
        coarea.mean_slope, coarea.mean_stiffness, coarea.peak_stiffness,
        tube.flip_first_order, tube.gaussian_flip, tube.orthants_flip,
        crossover.readout_error, crossover.sharp_limit, crossover.smooth_limit,
        escape.reinjection_stiffness, joint.ddim_steps, joint.ancestral_steps, joint.reinjection_steps,
        simplex._log_weight, simplex._others, simplex._log_shrinks, simplex.lead_lost, simplex.lead_kept,
        simplex.simplex_perimeter, simplex.simplex_stiffness, simplex.simplex_bounds,
        ordinal._excess, ordinal.ordinal_gap, ordinal.ordinal_stiffness, product.product_stiffness,
        schedule.log_stretch, schedule.map_slope, schedule.stretch_so_far, schedule.stretched_angle,
    )
}  # fmt: skip
"""Every printed function by name."""


PATHS: Final = (LinearPath(), CosinePath())
"""The paths of the lesson, each with its coefficients, their derivatives and its uniform grid."""

RUNTIME: Final = (
    "real", "positive", "nonnegative", "fraction", "within", "whole", "moderate", "moderate_or_zero", "vector", "total",
    "product", "greatest", "fsum", "fsumOf", "vectorOf", "totalOf", "productOf", "greatestOf", "cumprod", "cumsum",
    "root", "share", "quantile_gap", "peak_optimal_schedule", "schedule_on",
    "simplex_window", "simplex_largest", "bracketed", "ordinal_gaps",
)  # fmt: skip
"""What printed functions may call besides the primitives and each other: numbers/runtime.js holds it."""


def schedule_on(path: AbstractPath, reader: Reader) -> Function:
    """Return theory.path.uniform_schedule on one path, as a function of the steps alone."""
    uniform = reader.twin(uniform_schedule)

    def schedule(steps: Any) -> Any:
        return uniform(path, steps)

    return schedule


def printed(name: str, reader: Reader, function: Function | None = None) -> str:
    """Return the text of one function, by default that of FORMULAS with this name."""
    return Printer().function(name, *reader.read(function or FORMULAS[name]))


def _path_script(path: AbstractPath, reader: Reader) -> str:
    functions = {
        "a": path.a, "b": path.b, "da": path.da, "db": path.db, "time_of": path.time_of,
        "schedule": schedule_on(path, reader),
    }  # fmt: skip
    texts = ", ".join(f"{name}: {printed('', reader, function).strip()}" for name, function in functions.items())
    return f"{path.name}: Object.freeze({{ {texts} }})"


def formulas_script(laws: str = "") -> str:
    """Return the script that defines nc.formulas: every function of FORMULAS, the paths, and `laws`, which call them.

    `laws` is what proofs.javascript_laws prints, or nothing.
    """
    reader = Reader(FORMULAS)
    texts = "".join(printed(name, reader) for name in FORMULAS)
    paths = ", ".join(_path_script(path, reader) for path in PATHS)
    tables = "".join(
        f"const {name} = Float64Array.of({', '.join(map(repr, node.args))});\n" for node, name in CONSTANTS.items()
    )
    return (
        "// Printed from theory/ by proofs/javascript_formulas.py.\nnc.formulas = (() => {\n"
        f"const {{ {', '.join(PRIMITIVES)} }} = nc.primitives;\n"
        f"const {{ {', '.join(RUNTIME)} }} = {{ ...nc.runtime, ...nc.search }};\n"
        f"{tables}{texts}const paths = Object.freeze({{ {paths} }});\n"
        f"{laws or 'const laws = {};'}\nreturn Object.freeze({{ paths, laws, {', '.join(FORMULAS)} }});\n}})();\n"
    )
