"""statement(law) is a sympy relation, and MathML is one more way to read it.

The report shows each law as sympy sees it, drawn by the browser itself: no font, no script.
"""

from functools import cache

import sympy as sp

_NAMES = {"&ExponentialE;": "e", "&ImaginaryI;": "i", "&InvisibleTimes;": "&#8290;", "&dd;": "d"}


def _phi_inverse(argument: sp.Expr) -> sp.Expr:
    """Return Phi^-1 of the argument as an unevaluated function: the statement is to be read, not computed."""
    return sp.Function("Phi^-1")(argument)


def _relations(law: str) -> tuple[sp.Basic, ...]:
    stiffness, delta, modes, error, r = sp.symbols("L Delta M epsilon r", positive=True)
    first, second, mu, margin = sp.symbols("q_1 q_2 mu delta", positive=True)
    index, depth = sp.symbols("i k", integer=True, positive=True)
    phi = sp.Function("Phi")
    mass = sp.IndexedBase("q")
    if law == "binary":
        return (
            sp.Ge(stiffness, delta / (-_phi_inverse(first) - _phi_inverse(second)), evaluate=False),
            sp.Ge(error, 2 * phi(delta / (2 * stiffness)) - 1, evaluate=False),
        )
    if law == "isoperimetric":
        enlarged = phi(_phi_inverse(mass[index]) + delta / (2 * stiffness))
        narrow = _phi_inverse(1 / modes) - _phi_inverse((1 - error) / modes)
        return (
            sp.Le(sp.Sum(enlarged, (index, 1, modes)), 1, evaluate=False),
            sp.Ge(stiffness, delta / (2 * narrow), evaluate=False),
        )
    if law == "ddim_frontier":
        a, b, slope = (sp.IndexedBase(name) for name in ("a", "b", "lambda"))
        steps = sp.Symbol("K", integer=True, positive=True)
        kept = b[depth + 1] / b[depth]
        factor = sp.Abs(kept) + sp.Abs(a[depth + 1] - a[depth] * kept) * slope[depth]
        return (
            sp.Eq(stiffness, sp.Product(factor, (depth, 0, steps - 1)), evaluate=False),
            sp.Ge(error, 2 * phi((1 - margin) * mu / stiffness) - 1, evaluate=False),
        )
    raise KeyError(f"The law {law} has no formula to show. Was it added to the catalogue only?")


@cache
def statements(law: str) -> tuple[str, ...]:
    """Return the law's relations as MathML elements; KeyError for a law without any.

    >>> statements("binary")[0].startswith("<math")
    True
    """
    shown = []
    for relation in _relations(law):
        body = sp.mathml(relation, printer="presentation")
        body = body.replace("<mi>Phi^-1</mi>", "<msup><mi>&#934;</mi><mrow><mo>-</mo><mn>1</mn></mrow></msup>")
        for entity, text in _NAMES.items():
            body = body.replace(entity, text)
        shown.append(f'<math xmlns="http://www.w3.org/1998/Math/MathML" display="block">{body}</math>')
    return tuple(shown)
