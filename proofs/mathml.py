"""statement(law) is a sympy relation, and MathML is one more way to read it.

The report shows each law as sympy sees it, drawn by the browser itself: no font, no script.
"""

from functools import cache
from typing import Any, Final, final

import sympy as sp
from sympy.printing.mathml import MathMLPresentationPrinter

PHI: Final = sp.Function("Phi")
QUANTILE: Final = sp.Function("Quantile")
"""Phi^-1, left unevaluated: a statement is to be read, not computed."""


@final
class LawPrinter(MathMLPresentationPrinter):  # type: ignore[misc]
    """Sympy's printer, with Phi, its inverse, and products as a mathematician writes them."""

    def _print_Function(self, e: Any) -> Any:
        if e.func not in (PHI, QUANTILE):
            return super()._print_Function(e)
        head = self._element("mi", "\N{GREEK CAPITAL LETTER PHI}")
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

    def _element(self, tag: str, text: str) -> Any:
        node = self.dom.createElement(tag)
        node.appendChild(self.dom.createTextNode(text))
        return node

    def _row(self, *children: Any) -> Any:
        row = self.dom.createElement("mrow")
        for child in children:
            row.appendChild(child)
        return row


def _relations(law: str) -> tuple[sp.Basic, ...]:
    stiffness, delta, modes, error = sp.symbols("L Delta M epsilon", positive=True)
    first, second, mu, margin = sp.symbols("q_1 q_2 mu delta", positive=True)
    index, depth = sp.symbols("i k", integer=True, positive=True)
    mass = sp.IndexedBase("q")
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
    if law == "ddim_frontier":
        a, b, slope = (sp.IndexedBase(name) for name in ("a", "b", "lambda"))
        steps = sp.Symbol("K", integer=True, positive=True)
        kept = b[depth + 1] / b[depth]
        factor = sp.Abs(kept) + sp.Abs(a[depth + 1] - a[depth] * kept) * slope[depth]
        return (
            sp.Eq(stiffness, sp.Product(factor, (depth, 0, steps - 1)), evaluate=False),
            sp.Ge(error, 2 * PHI((1 - margin) * mu / stiffness) - 1, evaluate=False),
        )
    raise KeyError(f"The law {law} has no formula to show. Was it added to the catalogue only?")


@cache
def statements(law: str) -> tuple[str, ...]:
    """Return the law's relations as MathML elements; KeyError for a law without any.

    >>> statements("binary")[0].startswith("<math")
    True
    """
    printer = LawPrinter()
    shown = []
    for relation in _relations(law):
        body = printer.doprint(relation)
        for entity, text in (("&InvisibleTimes;", "&#8290;"), ("&ExponentialE;", "e")):  # named entities are not HTML's
            body = body.replace(entity, text)
        shown.append(f'<math xmlns="http://www.w3.org/1998/Math/MathML" display="block">{body}</math>')
    return tuple(shown)
