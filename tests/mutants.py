"""score(module) = killed/all: a formula of theory/ is changed in one place, and the checks that guard it must say no.

Run as `python tests/mutants.py MODULE [EVERY]`: every EVERY-th mutant of theory/MODULE.py, and the module unchanged,
each in its own forked process, against the module's guards. Prints one JSON document: the outcome by mutant and the
control.
"""

import ast
import copy
import importlib.util
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from importlib.abc import Loader, MetaPathFinder
from pathlib import Path
from typing import Any

import guards

ROOT = Path(__file__).resolve().parent.parent

SECONDS = 60
"""A mutant that runs longer than this is killed: it never converges."""

SPARED_CALLS = {
    "UsageError",
    "within",
    "whole",
    "fraction",
    "positive",
    "nonnegative",
    "real",
    "one_of",
    "range",
    "arange",
}
"""Checks of input, whose limits and words other tests hold, and counts."""
SPARED_KEYWORDS = {"xtol", "rtol", "maxiter", "axis", "initial", "low", "high"}
"""How far a search goes, not what is found."""

SWAPS = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Pow: ast.Mult}


def places(tree: ast.AST) -> Iterator[tuple[str, ast.stmt, ast.AST]]:
    """Yield (function, statement, node) for each number, operator and sign of a module's formulas."""

    def walk(node: ast.AST, function: str, statement: ast.stmt | None) -> Iterator[tuple[str, ast.stmt, ast.AST]]:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            function = node.name
        elif isinstance(node, ast.stmt):
            statement = node
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):  # a docstring
            return
        if isinstance(node, ast.JoinedStr | ast.Subscript | ast.arguments | ast.Import | ast.ImportFrom | ast.Raise):
            return
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in SPARED_CALLS:
            return
        if isinstance(node, ast.keyword) and node.arg in SPARED_KEYWORDS:
            return
        number = isinstance(node, ast.Constant) and type(node.value) in (int, float) and node.value != 0
        swap = isinstance(node, ast.BinOp) and type(node.op) in SWAPS
        if statement is not None and (
            number or swap or (isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub))
        ):
            yield function, statement, node
        for child in ast.iter_child_nodes(node):
            yield from walk(child, function, statement)

    yield from walk(tree, "module", None)


def change(node: Any) -> None:
    """Change a node in place: a number by 1%, an operator into its opposite, a sign away."""
    if isinstance(node, ast.Constant):
        node.value = node.value * 1.01
    elif isinstance(node, ast.BinOp):
        node.op = SWAPS[type(node.op)]()
    else:
        node.op = ast.UAdd()


def mutants(source: str) -> Iterator[tuple[str, ast.Module]]:
    """Yield (name, tree) for each mutant; the name is its function and its changed statement."""
    tree = ast.parse(source)
    names: dict[str, int] = {}
    for index in range(sum(1 for _ in places(tree))):
        mutant = copy.deepcopy(tree)
        function, statement, node = list(places(mutant))[index]
        change(node)
        head = copy.copy(statement)
        if hasattr(head, "body"):
            head.body = [ast.Pass()]  # type: ignore[attr-defined]
        name = f"{function}: {' '.join(ast.unparse(head).split())}"
        names[name] = names.get(name, 0) + 1
        yield name + (f" ({names[name]})" if names[name] > 1 else ""), ast.fix_missing_locations(mutant)


class Changed(MetaPathFinder, Loader):
    """Import theory.MODULE from a changed tree."""

    def __init__(self, module: str, tree: ast.Module) -> None:
        self.name, self.code = f"theory.{module}", compile(tree, f"theory/{module}.py", "exec")

    def find_spec(self, name: str, path: object = None, target: object = None) -> Any:
        """Return the spec of the changed module only."""
        return importlib.util.spec_from_loader(name, self) if name == self.name else None

    def exec_module(self, module: Any) -> None:
        """Run the changed code."""
        exec(self.code, module.__dict__)


def rows_hold(module: str, function: str) -> bool:
    """Return whether each double agrees with its ball, stopping at the first that does not."""
    from proofs import doubles

    rows = getattr(importlib.import_module(f"proofs.{module}"), function)()
    return all(
        doubles.relative_error(value, doubles.resolved(oracle)) <= doubles.TOLERANCE for _, value, oracle in rows
    )


def steps_hold(law: str) -> bool:
    """Return whether the steps of a law that read theory's functions are proved."""
    from proofs.step import prove

    return all(prove(step).proved for step in importlib.import_module(f"proofs.{law}").steps())


def _setting(mu: float, steps: int) -> tuple[Any, Callable[..., tuple[Any, Any]], tuple[float, float]]:
    """Return (schedule, what makes target and capped denoiser from weights, equal weights) on the linear path."""
    from theory.denoiser import two_mode_denoiser
    from theory.path import LinearPath, uniform_schedule
    from theory.target import two_modes

    grid = uniform_schedule(LinearPath(), steps)

    def made(weights: tuple[float, float]) -> tuple[Any, Any]:
        target = two_modes(mu=mu, weights=weights)
        return target, two_mode_denoiser(target, grid, denoiser_stiffness=4.0)

    return grid, made, (0.5, 0.5)


def masses_hold() -> bool:
    """Return whether the exact masses of theory/LAWS.md, section 8, come out."""
    from theory.escape import commitment_masses, reinjection_masses

    def tv(masses: Any) -> float:
        return float(sum(max(own - got, 0.0) for own, got in zip((0.3, 0.0, 0.7), masses, strict=True)))

    grid, made, equal = _setting(4.0, 16)
    target, denoiser = made(equal)
    skewed, capped = made((0.3, 0.7))
    short, small, _ = _setting(2.0, 4)
    found = (
        (float(reinjection_masses(target, grid, denoiser, 0.1)[1]), 1.84655e-4),
        (tv(reinjection_masses(skewed, grid, capped, 0.1)), 0.2511),
        (tv(commitment_masses(skewed, grid, capped, 0.1)), 0.0668),
        (float(reinjection_masses(small(equal)[0], short, small(equal)[1], 0.1)[1]), 0.29160),
    )
    return all(abs(value / printed - 1) < 1e-3 for value, printed in found)


def escapes_hold() -> bool:
    """Return whether commitment keeps wide modes as they are, one call returns the mean, and overflow is bounded."""
    import mpmath
    import numpy as np

    from theory.denoiser import two_mode_denoiser
    from theory.escape import commitment_masses, reinjection_masses, reinjection_stiffness
    from theory.path import LinearPath, uniform_schedule
    from theory.target import two_modes

    target, grid = two_modes(mu=1.5, scale=0.5, weights=(0.3, 0.7)), uniform_schedule(LinearPath(), 5)
    kept = commitment_masses(target, grid, two_mode_denoiser(target, grid), 0.1)
    even = two_modes(mu=1.5, scale=0.5)
    left, _, right = commitment_masses(even, grid, two_mode_denoiser(even, grid, denoiser_stiffness=2.0), 0.1)
    one, single = uniform_schedule(LinearPath(), 1), two_modes(mu=3.0)
    middle = reinjection_masses(single, one, two_mode_denoiser(single, one), 0.1)
    long, slopes = uniform_schedule(LinearPath(), 20), np.full(20, 1e10)
    tails = [mpmath.mpf(1)]
    for factor in (long.a[1:] * slopes)[::-1]:
        tails.insert(0, tails[0] * factor)
    exact = mpmath.sqrt(sum((b * tail) ** 2 for b, tail in zip(long.b[:-1], tails, strict=False)))
    ratio = reinjection_stiffness(long, slopes) / exact
    return bool(
        np.max(np.abs(kept - target.masses(0.1))) < 1e-10
        and abs(left - right) < 1e-10
        and tuple(middle) == (0.0, 1.0, 0.0)
        and abs(ratio / 20**0.5 - 1) < 1e-9  # where squares overflow: n times the largest term, which is nearly all
    )


def starts_hold() -> bool:
    """Return whether a start of spread b_0 other than 1 is folded into masses and classes.

    Two Gaussians of spread b_0 and 1 add up to one; one call m_0(x) of two modes reaches its edge at
    x = s^2 atanh(1 - margin)/mu; and b_0 = 1e-100 undoes a product of 1e320, which is no double.
    """
    import math
    import statistics

    import numpy as np

    from theory import depth, kernel, schedule
    from theory.denoiser import two_mode_denoiser
    from theory.escape import reinjection_masses
    from theory.path import Schedule
    from theory.target import two_modes
    from theory.time_grid import time_grid

    normal = statistics.NormalDist()
    still = kernel.Branches(lambda x: np.ones((1, *x.shape)), lambda x: x[None], 1.0, 0.0)
    sums = [
        abs(kernel.chain_masses([still], -0.5, 2.0, spread=b)[0] - normal.cdf(-0.5 / math.hypot(1, b))) < 1e-12
        for b in (0.2, 3.0, 40.0)
    ]
    target = two_modes(mu=2.0)
    once = []
    for s in (0.5, 5.0):
        grid = time_grid(steps=1, path="ve", s_max=s).schedule
        reached = reinjection_masses(target, grid, two_mode_denoiser(target, grid), 0.1)
        wanted = normal.cdf(-s * math.atanh(0.9) / 2)
        once += [abs(reached[2] - wanted) < 1e-14, abs(reached[1] - (1 - 2 * wanted)) < 1e-14]
    tiny = Schedule(np.array([0.5, 0.75, 1.0]), np.array([1e-100, 1e-101, 0.0]))
    fixed, free = depth.schedule_free_stiffness(tiny, 4e160)
    far = schedule.slope_between(2.0, 0.4, (1.0, 1e8), (1.0, 0.0)) / schedule.map_slope(2.0, 0.4)
    return bool(
        all(sums) and all(once) and abs(far - 1) < 1e-12
        and abs(depth.ddim_stiffness(tiny, np.array([1e160, 1e160])) / (1e-100 * 0.7e160 * 1e160) - 1) < 1e-10
        and abs(fixed / (3e160 * 1e-100 * 4e160) - 1) < 1e-10
        and abs(free / (4e160 * 1e-100 * 4e160) - 1) < 1e-10
    )  # fmt: skip


def bins_hold() -> bool:
    """Return whether the chain of lower edges is that of the balls."""
    import flint

    from proofs.reinjection import chain
    from theory.bins import reinjection_upper

    close = True
    for mu, steps in ((4, 16), (2, 4)):
        grid, made, equal = _setting(float(mu), steps)
        target, denoiser = made(equal)
        bound = reinjection_upper(target, grid, denoiser, 0.1, bins=30)
        with flint.ctx.workprec(200):
            close = close and bool(abs(flint.arb(bound) / chain(30, mu, steps) - 1) < 1e-12)
    return close


def separation_scales() -> bool:
    """Return whether three times the separation takes three times the stiffness, at every law that knows both."""
    from theory.catalogue import LAWS

    shared = {"modes": 16.0, "error": 0.2, "factors": (4, 4), "source_dim": 4, "masses": (0.3, 0.6)}
    # What the hypotheses of a law ask for: cells alike by symmetry, a code that is stored.
    own = {"simplex": {"masses": (0.375, 0.375)}, "spherical": {"modes": 16.0, "source_dim": 8, "error": 0.4}}
    asked, close = 0, True
    for law in LAWS.values():
        for question in law.questions:
            if "separation" not in question.optional or "stiffness" not in question.answers:
                continue
            given = {key: (shared | own.get(law.name, {}))[key] for key in question.given}
            one, three = (law.evaluate(given | {"separation": s})["stiffness"] for s in (1.0, 3.0))
            asked += 1
            close = close and abs(three / (3 * one) - 1) < 1e-12
            for key in {"error", "modes"} & set(given) if law.name != "spherical" else ():  # codes answer in steps
                back = {other: value for other, value in given.items() if other != key} | {"stiffness": three}
                if any(set(q.given) == set(back) and key in q.answers for q in law.questions):
                    again = law.evaluate(back | {"separation": 3.0})[key]
                    asked, close = asked + 1, close and abs(again / given[key] - 1) < 1e-9
    return close and asked >= 24


def joint_steps_hold() -> bool:
    """Return whether steps keep the path's moments given the data, and Lambda is the length of what one run answers.

    Given z, x has mean a z and variance b^2; ancestral steps reverse x/a = z + (b/a) xi, a Brownian motion in (b/a)^2,
    so that x and x' have covariance a a' (b'/a')^2. A linear denoiser of slopes lambda answers in proportion to each
    input: each in turn is set to 1.
    """
    import numpy as np

    from theory import joint
    from theory.path import LinearPath, uniform_schedule

    grid = uniform_schedule(LinearPath(), 5)
    a, b, a_next, b_next = grid.a[:-1], grid.b[:-1], grid.a[1:], grid.b[1:]
    made = {make: make(grid) for make in (joint.ddim_steps, joint.ancestral_steps, joint.reinjection_steps)}
    covariance = {joint.ddim_steps: b * b_next, joint.ancestral_steps: a * b_next**2 / a_next,
                  joint.reinjection_steps: 0 * b}  # fmt: skip
    close = all(
        np.max(np.abs(gap)) < 1e-14
        for make, steps in made.items()
        for gap in (
            steps.keep * a + steps.add - a_next,
            steps.keep**2 * b**2 + steps.tau**2 - b_next**2,
            steps.keep * b**2 - covariance[make],
        )
    )
    ancestral, slopes = made[joint.ancestral_steps], np.array([0.25, 1.0, 2.0, 3.0, 1.5])
    noisy = joint.Steps(keep=ancestral.keep, add=ancestral.add, tau=np.array([0.5, 0.25, 0.75, 1.0, 2.0]), start=1.5)
    answers = []
    for row in np.eye(6):
        x = noisy.start * row[0]
        for j in range(5):
            x = noisy.keep[j] * x + noisy.add[j] * slopes[j] * x + noisy.tau[j] * row[j + 1]
        answers.append(x)
    none, ones = np.zeros(3), np.ones(3)
    huge = joint.joint_stiffness(
        joint.Steps(none, ones, np.array([0.5, 0.5, 0.0]), 2.0), np.array([1e200, 1e200, 1e-150])
    )
    return bool(
        close and abs(joint.joint_stiffness(noisy, slopes) / np.linalg.norm(answers) - 1) < 1e-14
        and abs(huge / 2e250 - 1) < 1e-12  # its square is no double
    )  # fmt: skip


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
    import math
    import statistics

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


def doctests_hold(module: str) -> bool:
    """Return whether the examples of the module's docstrings come out."""
    import doctest

    return doctest.testmod(importlib.import_module(f"theory.{module}"), report=False).failed == 0


def _rows(module: str, *functions: str) -> list[tuple[Callable[..., bool], tuple[str, ...]]]:
    return [(rows_hold, (module, function)) for function in functions]


_SCALES: list[tuple[Callable[..., bool], tuple[str, ...]]] = [(separation_scales, ())]

GUARDS: dict[str, list[tuple[Callable[..., bool], tuple[str, ...]]]] = {
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
        (guards.draws_hold, ()),
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
        (guards.draws_hold, ()),
    ],
    "bins": [(bins_hold, ())],
    "kernel": [(masses_hold, ()), (starts_hold, ())],
    "diagnostics": _rows("dabi", "rows"),
    "commitment": _rows("cci", "rows"),
    "decision": [(guards.decisions_hold, ()), *_rows("cci", "decision_rows")],
    "spherical": [(guards.codes_hold, ())],
    "dimension": [*_SCALES, (guards.phases_hold, ()), *_rows("phase_doubles", "dimension_rows")],
    "counting": [(guards.counts_hold, ())],
    "mixture_denoiser": [(guards.mixtures_hold, ())],
    "linear_method": [(guards.moments_hold, ()), (guards.methods_hold, ()), *_rows("linear_doubles", "rows")],
    "schemes": [(guards.moments_hold, ()), (guards.noises_hold, ()), (guards.orders_hold, ())],
    "chain": [(guards.chains_hold, ())],
}
"""What must reject a change of each formula module, beside its doctests."""


def killed(module: str, tree: ast.Module) -> bool:
    """Return whether the guards of a module reject a tree, in a forked process that ends with it."""
    child = os.fork()
    if child == 0:
        signal.alarm(SECONDS)
        try:
            sys.stdout = sys.stderr = open(os.devnull, "w")  # noqa: SIM115 - the process ends here
            sys.meta_path.insert(0, Changed(module, tree))
            checks = [(doctests_hold, (module,)), (edges_hold, ()), *GUARDS[module]]
            survives = all(check(*args) for check, args in checks)
        except BaseException:
            survives = False
        os._exit(0 if survives else 1)
    return os.waitpid(child, 0)[1] != 0


def main(module: str, every: int) -> None:
    """Print the outcome of every mutant, and of the control."""
    # The libraries are loaded once, before the forks; nothing of theory or proofs is.
    for name in ("numpy", "scipy.special", "scipy.optimize", "sympy", "flint", "mpmath", "z3"):
        importlib.import_module(name)
    source = (ROOT / "theory" / f"{module}.py").read_text(encoding="utf-8")
    found = {name: killed(module, tree) for i, (name, tree) in enumerate(mutants(source)) if i % every == 0}
    json.dump({"control_survives": not killed(module, ast.parse(source)), "killed": found}, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1)
