"""A law is a statement, the hypotheses under which it holds, and the questions that it answers.

`Law.evaluate` checks every input, then every hypothesis that numbers alone can decide, and only then
computes. A hypothesis about the reader's own map (that it is L-Lipschitz, say) cannot be read off numbers:
it is listed as assumed, never passed over in silence.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, final

import numpy as np

from theory.errors import UsageError, one_of, real

LEVELS: Final[dict[str, str]] = {
    "S": "sympy steps",
    "Z": "z3",
    "C": "certified over boxes",
    "Q": "certified quadrature",
    "K": "Coq",
    "F": "doubles against balls",
    "X": "exact one-dimensional computation",
    "M": "Monte Carlo",
}
"""The ladder of verification, strongest kinds of evidence by name."""

OPTIONAL: Final = "K"
"""Levels that need a tool which may be absent. No law requires them; absent, they are printed as NOT RUN."""


@final
@dataclass(frozen=True)
class Quantity:
    """A named input: its meaning, its kind (`number`, `whole`, `list`, `word` or `array`), its check, its default."""

    name: str
    meaning: str
    kind: str
    check: Callable[[str, Any], Any]
    default: Any = None


@final
@dataclass(frozen=True)
class Hypothesis:
    """A condition of a law. `holds` decides it from the inputs; without it the hypothesis is assumed."""

    statement: str
    holds: Callable[[Mapping[str, Any]], bool] | None = None
    hint: str = "Does another law cover this case?"


@final
@dataclass(frozen=True)
class Question:
    """What a law can be asked: the inputs that must be given, those that may be, and the answers."""

    given: tuple[str, ...]
    answers: tuple[str, ...]
    optional: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{', '.join(self.given)} -> {', '.join(self.answers)}"


def _plain(value: Any) -> Any:
    """Return an array as nested lists, anything else as it is."""
    return value.tolist() if hasattr(value, "tolist") else value


@final
@dataclass(frozen=True)
class Evaluation:
    """The answer of a law to one question: what was given, what follows, and under which hypotheses."""

    law: str
    given: Mapping[str, Any]
    answers: Mapping[str, Any]
    checked: tuple[str, ...]
    assumed: tuple[str, ...]

    def __getitem__(self, name: str) -> Any:
        return self.answers[name]

    def to_dict(self) -> dict[str, Any]:
        """Return plain lists, numbers and text, as `--json` prints them."""
        return {
            "law": self.law,
            "given": {name: _plain(value) for name, value in self.given.items()},
            "answers": {name: _plain(value) for name, value in self.answers.items()},
            "hypotheses": {"checked": list(self.checked), "assumed": list(self.assumed)},
        }

    def __repr__(self) -> str:
        inputs = ", ".join(f"{k}={v}" for k, v in self.given.items())
        outputs = ", ".join(f"{k}={v}" for k, v in self.answers.items())
        return f"<{self.law}({inputs}): {outputs}>"

    def _repr_html_(self) -> str:
        rows = "".join(f"<tr><th>{k}</th><td>{v}</td></tr>" for k, v in {**self.given, **self.answers}.items())
        return f"<table><caption>{self.law}</caption>{rows}</table>"


@final
@dataclass(frozen=True)
class Law:
    """A named law: theory/LAWS.md states and derives it, `solve` computes it, `levels` must all verify it."""

    name: str
    section: str
    claim: str
    statement: str
    origin: str
    quantities: tuple[Quantity, ...]
    questions: tuple[Question, ...]
    hypotheses: tuple[Hypothesis, ...]
    levels: str
    solve: Callable[[Mapping[str, Any]], Mapping[str, Any]] = field(repr=False)

    def evaluate(self, given: Mapping[str, Any]) -> Evaluation:
        """Answer the question that the keys of `given` ask.

        Numbers may be arrays: they broadcast, and so do the answers, each as if its numbers had been given alone.
        Raises UsageError for an unknown key, a value out of range, a question that the law does not answer, a
        hypothesis that fails, or an answer that is no finite double.
        """
        by_name = {q.name: q for q in self.quantities}
        for key in given:
            one_of(f"key of the law {self.name}", key, by_name)
        arrays = [k for k, value in given.items() if by_name[k].kind in ("number", "whole") and np.ndim(value) > 0]
        if arrays:
            return self._evaluate_each(given, arrays)
        checked = {key: by_name[key].check(key, value) for key, value in given.items()}
        asked = next((q for q in self.questions if self._asks(q, checked)), None)
        if asked is None:
            raise UsageError(
                f"The law {self.name} does not answer this question.",
                expected="one of: " + "; ".join(str(q) for q in self.questions),
                received=", ".join(given) or "no key at all",
                hint="Is a key missing, or one too many?",
            )
        used = set(asked.given) | set(asked.optional)
        inputs = {
            q.name: checked.get(q.name, q.default)
            for q in self.quantities
            if q.name in checked or (q.name in used and q.default is not None)
        }
        for hypothesis in self.hypotheses:
            if hypothesis.holds is not None and not hypothesis.holds(inputs):
                raise UsageError(
                    f"A hypothesis of {self.name} fails.",
                    expected=hypothesis.statement,
                    received=", ".join(f"{k}={v}" for k, v in inputs.items()),
                    hint=hypothesis.hint,
                )
        return Evaluation(
            law=self.name,
            given=inputs,
            answers=self._solved(inputs),
            checked=tuple(h.statement for h in self.hypotheses if h.holds is not None),
            assumed=tuple(h.statement for h in self.hypotheses if h.holds is None),
        )

    def _solved(self, inputs: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the answers; UsageError where a number on the way to them, or one of them, is no finite double."""
        shown = ", ".join(f"{k}={v}" for k, v in inputs.items())
        try:
            with np.errstate(over="ignore", under="ignore", divide="raise", invalid="raise"):
                answers = self.solve(inputs)
        except ArithmeticError as error:
            answers, shown = {"": math.nan}, f"{shown} ({type(error).__name__}: {error})"
        if not all(math.isfinite(value) for value in answers.values() if isinstance(value, float)):
            raise UsageError(
                f"The answer of {self.name} leaves the range of doubles.",
                expected="inputs whose squares, products and ratios a double can hold",
                received=shown,
                hint="Do two of them differ by hundreds of powers of ten?",
            )
        return answers

    def _evaluate_each(self, given: Mapping[str, Any], arrays: list[str]) -> Evaluation:
        """Answer for every place of the broadcast `arrays`, with the answers that all places have."""
        values = [np.asarray(real(key, given[key])) for key in arrays]
        try:
            grids = np.broadcast_arrays(*values)
        except ValueError:
            raise UsageError(
                "The arrays do not fit together.",
                expected="shapes that broadcast, as in NumPy",
                received=", ".join(f"{key} of shape {v.shape}" for key, v in zip(arrays, values, strict=True)),
                hint="Is an axis missing, as in x[:, None]?",
            ) from None
        places = list(np.ndindex(grids[0].shape))
        each = [
            self.evaluate({**given, **{k: grid[p].item() for k, grid in zip(arrays, grids, strict=True)}})
            for p in places
        ]

        def gathered(name: str) -> Any:
            found = [e.answers[name] for e in each]
            numbers = all(isinstance(value, int | float) for value in found)
            stacked = np.empty(len(found), dtype=float if numbers else object)
            stacked[:] = found
            return stacked.reshape(grids[0].shape)

        return replace(
            each[0],
            given={**each[0].given, **dict(zip(arrays, values, strict=True))},
            answers={name: gathered(name) for name in each[0].answers if all(name in e.answers for e in each)},
        )

    @staticmethod
    def _asks(question: Question, given: Mapping[str, Any]) -> bool:
        """Return whether all that the question needs is given, and nothing that it cannot use."""
        return set(question.given) <= set(given) <= set(question.given) | set(question.optional)
