"""nc.law(name, keys) = the answers of `noncommit law NAME`: each question of a law printed as one function.

A law's own checks, hypotheses and `solve` run once with symbols for its keys (`proofs.javascript_reading`), so that the
lesson refuses what the command refuses, and answers by the same formulas.
"""

from collections.abc import Mapping
from typing import Any, Final

from proofs.javascript import array, named
from proofs.javascript_formulas import FORMULAS
from proofs.javascript_printing import Printer
from proofs.javascript_reading import Reader
from proofs.javascript_world import CHECKS, WORLD, Refusal, explored
from theory.catalogue import LAWS
from theory.errors import UsageError
from theory.law import Law, Quantity, Question

LESSON_LAWS: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = {
    "crossover": (("interface_energy", "sharpness", "relative_noise"),),
    "coarea": (("sharpness",), ("modes", "error")),
    "binary": (("error",), ("stiffness",)),
    "isoperimetric": (("modes", "error"), ("modes", "stiffness")),
    "simplex": (("modes", "error"),),
    "ordinal": (("modes", "error"),),
    "product": (("source_dim", "error"),),
    "composition": (("stiffness", "steps"),),
    "ddim_frontier": (("mu", "steps", "denoiser_stiffness"), ("mu", "steps")),
    "schedule_free_frontier": (("mu", "steps", "denoiser_stiffness"),),
    "conservation": (("mu", "scale"),),
    "peak_optimal_schedule": (("mu", "scale", "steps"),),
    "hierarchy": (("levels", "branching", "error"),),
    "joint": (("mu", "steps", "denoiser_stiffness"), ("mu", "steps")),
}
"""The questions that the lesson answers, by what is given; their optional keys come with them."""

OPTIONAL: Final = ("separation", "scale", "margin", "path", "weights")
"""The optional keys that the lesson offers: its grids are uniform, its paths join pure noise to data."""

_PAIRS: Final = ("weights",)
"""Keys that are two numbers."""


def _symbol(reader: Reader, quantity: Quantity) -> Any:
    """Return the symbol for a key, in the call that checks it."""
    name = quantity.name
    if name in _PAIRS:
        return array(f"given.{name}", 2)
    symbol = named(f"given.{name}")
    if quantity.kind == "word":
        return symbol
    check = quantity.check
    known = getattr(check, "__name__", "") in CHECKS
    return WORLD[check.__name__](name, symbol) if known else reader.twin(check)(name, symbol)


def question_of(law: Law, given: tuple[str, ...]) -> Question:
    """Return the law's question with these keys; KeyError if it has none."""
    return {question.given: question for question in law.questions}[given]


def _offered(law: Law, question: Question) -> tuple[str, ...]:
    """Return the optional keys of a question that the lesson has; where no step is asked for, no path is either."""
    defaults = {q.name for q in law.quantities if q.default is not None}
    steps = "steps" in question.given
    return tuple(n for n in question.optional if n in OPTIONAL and n in defaults and (steps or n != "path"))


def _answered(law: Law, question: Question, reader: Reader) -> str:
    """Return the function that answers one question of a law."""
    quantities = {q.name: q for q in law.quantities}
    offered = _offered(law, question)
    names = [n for n in quantities if n in question.given or n in offered]

    def run() -> Any:
        inputs = {name: _symbol(reader, quantities[name]) for name in names}
        if "weights" in inputs:
            inputs["weights"] = (inputs["weights"][0], inputs["weights"][1])
        for hypothesis in law.hypotheses:
            if hypothesis.holds is not None and not reader.twin(hypothesis.holds)(inputs):
                raise UsageError(
                    f"A hypothesis of {law.name} fails.", expected=hypothesis.statement, received="", hint=""
                )
        answers = reader.twin(law.solve)(inputs)
        return {name: answers[name] for name in question.answers if name in answers}

    tree = explored(run)
    if isinstance(tree, Refusal):
        raise TypeError(f"{law.name} refuses every question: {tree.message}")
    return Printer().function("", ("given",), tree).strip()


def _default(value: Any) -> str:
    if isinstance(value, str):
        return f'"{value}"'
    return f"[{', '.join(map(repr, value))}]" if isinstance(value, tuple) else repr(value)


def laws_script() -> str:
    """Return the script that defines nc.laws: by name, the questions as {given, optional, solve}."""
    reader = Reader(FORMULAS)
    listed = []
    for name, asked in LESSON_LAWS.items():
        law = LAWS[name]
        defaults = {q.name: q.default for q in law.quantities if q.default is not None}
        questions = []
        for given in asked:
            question = question_of(law, given)
            optional = ", ".join(f"{n}: {_default(defaults[n])}" for n in _offered(law, question))
            keys = ", ".join(f'"{n}"' for n in given)
            solve = _answered(law, question, reader)
            questions.append(f"{{ given: [{keys}], optional: {{ {optional} }}, solve: {solve} }}")
        listed.append(f"{name}: [{', '.join(questions)}]")
    return "const laws = Object.freeze({\n" + ",\n".join(listed) + "\n});\n"
