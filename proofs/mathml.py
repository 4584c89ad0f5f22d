"""statement(law) is a sympy relation, and MathML is one more way to read it.

The report shows each law as sympy sees it, drawn by the browser itself: no font, no script.
"""

from functools import cache
from importlib import import_module
from typing import Any, Final, final

import sympy as sp
from sympy.core.function import AppliedUndef
from sympy.printing.mathml import MathMLPresentationPrinter

from proofs.step import Step

PHI: Final = sp.Function("Phi")
QUANTILE: Final = sp.Function("Quantile")
"""Phi^-1, left unevaluated: a statement is to be read, not computed."""


@final
class LawPrinter(MathMLPresentationPrinter):  # type: ignore[misc]
    """Sympy's printer, with Phi, its inverse, and products as a mathematician writes them."""

    def _print_Function(self, e: Any) -> Any:
        if not isinstance(e, AppliedUndef):
            return super()._print_Function(e)
        head = self._element("mi", "\N{GREEK CAPITAL LETTER PHI}" if e.func in (PHI, QUANTILE) else e.func.__name__)
        if e.func == QUANTILE:
            power = self._row(self._element("mo", "\N{MINUS SIGN}"), self._element("mn", "1"))
            inverse = self.dom.createElement("msup")
            inverse.appendChild(head)
            inverse.appendChild(power)
            head = inverse
        inside = (self._element("mo", "("), self._print(e.args[0]), self._element("mo", ")"))
        return self._row(head, *inside)

    def _print_Product(self, e: Any) -> Any:
        (index, first, last), *_ = e.limits
        sign = self.dom.createElement("munderover")
        sign.appendChild(self._element("mo", "\N{N-ARY PRODUCT}"))
        sign.appendChild(self._row(self._print(index), self._element("mo", "="), self._print(first)))
        sign.appendChild(self._print(last))
        inside = (self._element("mo", "("), self._print(e.function), self._element("mo", ")"))
        return self._row(sign, *inside)

    def _print_Order(self, e: Any) -> Any:
        inside = (self._element("mo", "("), self._print(e.expr), self._element("mo", ")"))
        return self._row(self._element("mi", "O"), *inside)

    def _element(self, tag: str, text: str) -> Any:
        node = self.dom.createElement(tag)
        node.appendChild(self.dom.createTextNode(text))
        return node

    def _row(self, *children: Any) -> Any:
        row = self.dom.createElement("mrow")
        for child in children:
            row.appendChild(child)
        return row


def _tube() -> tuple[sp.Basic, ...]:
    flip, noise, energy, cut = sp.symbols("P s E c", positive=True)
    count = sp.Symbol("M", integer=True, positive=True)
    index = sp.Symbol("k", integer=True, positive=True)
    mean, scale, weight = (sp.IndexedBase(name) for name in ("mu", "sigma", "w"))
    density = sp.exp(-((cut - mean[index]) ** 2) / (2 * scale[index] ** 2)) / (scale[index] * sp.sqrt(2 * sp.pi))
    return (
        sp.Eq(flip, sp.sqrt(2 / sp.pi) * noise * energy + sp.O(noise**2), evaluate=False),
        sp.Eq(energy, sp.Sum(weight[index] * density, (index, 1, count)), evaluate=False),
    )


def _crossover() -> tuple[sp.Basic, ...]:
    change, noise, energy, kappa = sp.symbols("R s E kappa", positive=True)
    root = sp.sqrt(1 + kappa**2 * noise**2 / 2)
    return (sp.Eq(change, 2 * energy / (sp.sqrt(sp.pi) * kappa) * (root - 1), evaluate=False),)


def _coarea() -> tuple[sp.Basic, ...]:
    slope, stiffness, delta, modes, error, kappa = sp.symbols("S L Delta M epsilon kappa", positive=True)
    area = sp.Function("phi")(QUANTILE((1 - error) / modes))
    return (
        sp.Eq(slope, kappa / sp.sqrt(2 * sp.pi * (1 + kappa**2)), evaluate=False),
        sp.Ge(stiffness, delta / (2 * error) * modes * area, evaluate=False),
    )


def _dabi() -> tuple[sp.Basic, ...]:
    ratio, width, place, first = sp.symbols("DABI d w xi_1", real=True)
    change = (PHI(place + width) - PHI(place)) ** 2
    mean = sp.Function("E")(sp.Function("A")(width * first))
    along, across = (sp.Integral(change, (place, -sp.oo, end)) for end in (0, sp.oo))
    return (
        sp.Eq(ratio, 2 * along / mean, evaluate=False),
        sp.Eq(sp.Function("A")(width), across, evaluate=False),
    )


def _relations(law: str) -> tuple[sp.Basic, ...]:
    stiffness, delta, modes, error = sp.symbols("L Delta M epsilon", positive=True)
    first, second, mu, margin = sp.symbols("q_1 q_2 mu delta", positive=True)
    index, depth = sp.symbols("i k", integer=True, positive=True)
    mass = sp.IndexedBase("q")
    if law == "tube":
        return _tube()
    if law == "crossover":
        return _crossover()
    if law == "coarea":
        return _coarea()
    if law == "dabi":
        return _dabi()
    if law == "cci":
        share, hidden, seen = sp.symbols("CCI k x")
        entropy = sp.Function("H")
        return (sp.Eq(share, 1 - entropy(hidden, seen) / entropy(hidden), evaluate=False),)
    if law == "binary":
        return (
            sp.Ge(stiffness, delta / (-QUANTILE(first) - QUANTILE(second)), evaluate=False),
            sp.Ge(error, 2 * PHI(delta / (2 * stiffness)) - 1, evaluate=False),
        )
    if law == "isoperimetric":
        enlarged = PHI(QUANTILE(mass[index]) + delta / (2 * stiffness))
        narrow = QUANTILE(1 / modes) - QUANTILE((1 - error) / modes)
        return (
            sp.Le(sp.Sum(enlarged, (index, 1, modes)), 1, evaluate=False),
            sp.Ge(stiffness, delta / (2 * narrow), evaluate=False),
        )
    if law == "isoperimetric_tv":
        given_up = sp.ceiling(error * modes)
        half_gap = delta / (2 * stiffness)
        part = PHI(QUANTILE((given_up - error * modes) / modes) + half_gap)
        return (sp.Le((modes - given_up) * PHI(QUANTILE(1 / modes) + half_gap) + part, 1, evaluate=False),)
    if law == "simplex":
        place = sp.Symbol("y", real=True)
        density = sp.exp(-(place**2) / 2) / sp.sqrt(2 * sp.pi)
        led = PHI(place - delta / (sp.sqrt(2) * stiffness)) ** (modes - 1)
        return (sp.Eq(modes * sp.Integral(density * led, (place, -sp.oo, sp.oo)), 1 - error, evaluate=False),)
    if law == "ordinal":
        level = sp.IndexedBase("u")
        climbed = PHI(QUANTILE(level[index]) + delta / stiffness) + (1 - error) / modes
        return (
            sp.Eq(level[1], (1 - error) / modes, evaluate=False),
            sp.Eq(level[index + 1], climbed, evaluate=False),
            sp.Le(level[modes], 1, evaluate=False),
        )
    if law == "sobolev":
        axes = sp.Symbol("n", integer=True, positive=True)
        room, mean, outside = sp.symbols("a_n b_n p_n", positive=True)
        bracket = room * modes ** (1 / axes) * (1 - outside) - mean
        return (sp.Ge(stiffness, delta / (2 * error) * bracket, evaluate=False),)
    if law == "grid":
        axes = sp.Symbol("n", integer=True, positive=True)
        share = sp.IndexedBase("m")[index] * mass[index]
        return (sp.Eq(sp.Product(share, (index, 1, axes)), 1 - error, evaluate=False),)
    if law == "product":
        axes = sp.Symbol("n", integer=True, positive=True)
        return (sp.Eq((2 * PHI(-delta / (2 * stiffness))) ** axes, 1 - error, evaluate=False),)
    if law in ("spherical", "dimension"):
        return _of_the_phase_diagram(law)
    if law == "ddim_frontier":
        a, b, slope = (sp.IndexedBase(name) for name in ("a", "b", "lambda"))
        steps = sp.Symbol("K", integer=True, positive=True)
        kept = b[depth + 1] / b[depth]
        factor = sp.Abs(kept) + sp.Abs(a[depth + 1] - a[depth] * kept) * slope[depth]
        return (
            sp.Eq(stiffness, sp.Product(factor, (depth, 0, steps - 1)), evaluate=False),
            sp.Ge(error, 2 * PHI((1 - margin) * mu / stiffness) - 1, evaluate=False),
        )
    return _of_depth_and_escape(law)


def _of_the_phase_diagram(law: str) -> tuple[sp.Basic, ...]:
    stiffness, delta, half_gap, error = sp.symbols("L Delta r epsilon", positive=True)
    if law == "spherical":
        nearest = sp.Function("r")(sp.Symbol("x"))
        chance = sp.Function("P")(sp.Le(nearest, half_gap, evaluate=False))
        return sp.Eq(chance, error, evaluate=False), sp.Eq(stiffness, delta / (2 * half_gap), evaluate=False)
    below, above = (sp.Symbol(f"L_{name}", positive=True) for name in ("isoperimetric", "ordinal"))
    return (
        sp.Ge(stiffness, sp.Max(below, sp.Symbol("L_sobolev", positive=True)), evaluate=False),
        sp.Le(
            stiffness,
            sp.Min(above, *(sp.Symbol(f"L_{name}", positive=True) for name in ("grid", "spherical", "simplex"))),
            evaluate=False,
        ),
    )


def _of_depth_and_escape(law: str) -> tuple[sp.Basic, ...]:
    stiffness, joint, cap, time, total = sp.symbols("L Lambda lambda t C", positive=True)
    mu, sigma, steps = sp.Symbol("mu", positive=True), sp.Symbol("sigma", positive=True), sp.Symbol("K", positive=True)
    later, noise, a, b, mean, token = sp.symbols("x' xi a' b' m z")
    i, j, k, s = sp.symbols("i j k s", integer=True, positive=True)
    each, al, bl, slopes, tokens = (sp.IndexedBase(name) for name in ("l", "a", "b", "lambda", "k"))
    entropy, grown = sp.Function("H"), sp.Function("G")
    stretch = sp.log(sigma) + mu**2 / (2 * sigma**2)
    extreme = sp.Max(al[k + 1] * cap, 1 + (al[k + 1] - al[k]) * cap)
    reached = bl[j] * sp.Product(al[i + 1] * slopes[i], (i, j, steps - 1))
    known = {
        "composition": (sp.Le(stiffness, sp.Product(each[k], (k, 0, steps - 1)), evaluate=False),),
        "schedule_free_frontier": (
            sp.Le(stiffness, sp.Product(extreme, (k, 0, steps - 1)), evaluate=False),
            sp.Le(stiffness, (1 + cap) * cap ** (steps - 1), evaluate=False),
        ),
        "mixture_slope": (
            sp.Le(
                sp.Abs(sp.Symbol("grad m")),
                sp.Max(each[k]) + b**2 / a * sp.Sum(sp.IndexedBase("F")[k, j], (j, 1, sp.Symbol("M"))),
                evaluate=False,
            ),
        ),
        "paths": (
            sp.Eq(
                sp.Symbol("y'"),
                sp.Symbol("s'") / sp.Symbol("s") * sp.Symbol("y") + (1 - sp.Symbol("s'") / sp.Symbol("s")) * mean,
                evaluate=False,
            ),
        ),
        "readout_order": (
            sp.Eq(
                sp.Symbol("R"),
                sp.Symbol("E") / sp.Symbol("kappa") * sp.Function("A")(sp.Symbol("kappa") * sp.Symbol("delta")),
                evaluate=False,
            ),
        ),
        "conservation": (sp.Eq(grown(1) - grown(0), stretch, evaluate=False),),
        "peak_optimal_schedule": (sp.Eq(grown(time), time * stretch, evaluate=False),),
        "hierarchy": (
            sp.Eq(
                sp.Symbol("ratio"),
                sp.Function("L")(sp.Symbol("c")) / sp.Function("L")(sp.Symbol("c") ** sp.Symbol("B")),
                evaluate=False,
            ),
        ),
        "commitment": (sp.Eq(later, a * token + b * noise, evaluate=False),),
        "total_correlation": (
            sp.Eq(total, sp.Sum(entropy(tokens[s]), (s, 1, sp.Symbol("S"))) - entropy(tokens), evaluate=False),
        ),
        "reinjection": (sp.Eq(later, a * mean + b * noise, evaluate=False),),
        "joint": (sp.Eq(joint**2, sp.Sum(reached**2, (j, 0, steps - 1)), evaluate=False),),
    }
    if law in known:
        return known[law]
    raise KeyError(f"The law {law} has no formula to show. Was it added to the catalogue only?")


@cache
def statements(law: str) -> tuple[str, ...]:
    """Return the law's relations as MathML elements; KeyError for a law without any.

    >>> statements("binary")[0].startswith("<math")
    True
    """
    return tuple(map(_math, _relations(law)))


def readable(expr: sp.Basic) -> sp.Basic:
    """Return an expression with erfc and erfinv written as Phi and its inverse, to be read and not computed.

    >>> readable(sp.erfc(sp.Symbol("z") / sp.sqrt(2)) / 2)
    Phi(-z)
    """
    return expr.replace(sp.erfc, lambda x: 2 * PHI(-sp.sqrt(2) * x)).replace(
        sp.erfinv, lambda y: QUANTILE((1 + y) / 2) / sp.sqrt(2)
    )


def _math(relation: sp.Basic) -> str:
    body = LawPrinter().doprint(relation)
    for entity, text in (("&InvisibleTimes;", "&#8290;"), ("&ExponentialE;", "e")):  # named entities are not HTML's
        body = body.replace(entity, text)
    return f'<math xmlns="http://www.w3.org/1998/Math/MathML" display="block">{body}</math>'


@cache
def step_formulas(law: str) -> tuple[tuple[str, str, str], ...]:
    """Return (name, what it says, MathML) of each identity in the chain of `law`; none for a law without a chain.

    >>> step_formulas("conservation")[0][0]
    'exact_differential'
    """
    try:
        chain = import_module(f"proofs.{law}")
    except ModuleNotFoundError:
        return ()
    steps: tuple[Step, ...] = chain.steps() if hasattr(chain, "steps") else ()
    return tuple(
        (step.name, step.says, _math(sp.Eq(readable(step.lhs), readable(step.rhs), evaluate=False))) for step in steps
    )
