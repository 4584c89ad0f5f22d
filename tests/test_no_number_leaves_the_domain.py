"""Whatever is asked, a law answers with finite numbers or one message of four parts: no crash, NaN or infinity.

Questions are drawn from the ends of the doubles and from what is meant, each law's own keys in any mixture.
"""

import math
from random import Random

import numpy as np
import pytest

from theory import decision
from theory.catalogue import LAWS
from theory.errors import MOST, UsageError, moderate, moderate_or_zero, share
from theory.law import Law

NUMBERS = [0.1, 0.5, 0.01, 1, 2, 3, 4, 8, 64, 0.999, 1e-15, 1 - 1e-9, 1e300, 1e-300, 1e6, 1e12, 5e-324, 1.7e308, 0, -1,
           math.nan, math.inf, 2.5, 1e-6, 100, 16, 1e100, 1e-100]  # fmt: skip
LISTS = [[0.5, 0.5], [0.3, 0.7], [1.0], [0.3, 0.6], [-1, 1], [1, 1], [2, 3, 4], [], [0], [1e300, 1e300], [1e-300, 0.5],
         [8, 8], [math.nan, 1], [120, 120, 120], [1e-200, 1], [0.2, 0.3, 0.4], [1e-8, 1], [1e100, 1e-100]]  # fmt: skip
WORDS = {"path": ["linear", "cosine", "vp_linear", "ve", "x"], "targets": ["equidistant", "lattice"],
         "grid": ["uniform", "uniform", "log_snr", "karras", "given"], "token": ["component", "readout"],
         "times": [[0, 0.5, 1], [0.1, 0.2, 0.3, 1], [0, 1e-300, 1 - 1e-16, 1], [1, 0], [0, math.nan, 1]]}  # fmt: skip
ARRAYS = [np.array(x, dtype=float) for x in ([0.5, 0.5], [1, 0], [[0.5, 0.5], [0.5, 0.5]], [[1, 0], [0, 1]], [[1, 2]])]
SIGNED = {"log_stretch", "log_stretch_each", "junction_term", "flip_second_order"}


def drawn(law: Law, random: Random) -> dict:
    """Return a question to the law, its numbers from anywhere; steps stay few, for speed."""
    by_name = {q.name: q for q in law.quantities}
    question = random.choice(law.questions)
    keys = [*question.given, *(key for key in question.optional if random.random() < 0.3)]
    choice = {"number": NUMBERS, "whole": NUMBERS, "list": LISTS, "array": ARRAYS}
    given = {key: random.choice(WORDS[key] if key in WORDS else choice[by_name[key].kind]) for key in keys}
    for key, most in (("steps", 4), ("bins", 16)):
        if given.get(key, 0) > most:
            given[key] = most
    return given


def asked(law: Law, given: dict) -> tuple[dict, str]:
    """Return the answers and no message, or no answers and the message."""
    try:
        return dict(law.evaluate(given).answers), ""
    except UsageError as error:
        return {}, str(error)


@pytest.mark.parametrize("name", LAWS)
def test_answers_are_finite_or_refused(name: str) -> None:
    """Assert finite numbers, none negative where that has no sense, or a UsageError of four parts."""
    random, answered = Random(f"noncommit {name}"), 0
    for _ in range(150):
        given = drawn(LAWS[name], random)
        if given.get("modes", 0) == 1e6 and name in ("ordinal", "dimension", "grid"):
            continue  # seconds each
        answers, message = asked(LAWS[name], given)
        assert all(part in message for part in ("Expected: ", "Received: ", "?")) or answers, given
        answered += bool(answers)
        for key, value in answers.items():
            for number in np.ravel(np.array(value, dtype=object)):
                if isinstance(number, float):
                    assert math.isfinite(number), (key, given)
                    assert number >= 0 or key in SIGNED or (key in ("cci", "argmax") and number > -1e-12), (key, given)
    rare = ("spherical", "tube", "reinjection", "commitment", "sobolev", "grid", "hierarchy", "mixture_slope")
    if name not in rare:
        assert answered > 0


def test_far_fetched_units_are_refused() -> None:
    """Assert the ends of what has a unit, and of an error; 0 where a width may be none."""
    assert moderate("mu", MOST) == MOST
    assert moderate_or_zero("scale", [0, 1.0]).tolist() == [0, 1]
    assert share("error", 1e-100) == 1e-100
    for check, value in (
        (moderate, 1e101),
        (moderate, 1e-101),
        (moderate_or_zero, 1e-101),
        (share, 1e-101),
        (share, 1),
    ):
        with pytest.raises(UsageError, match=r"Expected: .* Received: .*\?"):
            check("x", value)


def test_scales_too_far_apart_are_refused_before_the_memory_is_gone() -> None:
    """Assert a message instead of a million panels, for the kernel and for the readout's token."""
    with pytest.raises(UsageError, match="too far apart for its exact kernel"):
        LAWS["reinjection"].evaluate({"mu": 1e9, "steps": 4})
    with pytest.raises(UsageError, match="read as themselves"):
        decision.readout_cci(1e9, 1.0, 1.0)


def test_an_answer_beyond_the_doubles_is_a_message() -> None:
    """Assert that overflow on the way, and an infinite answer, both end in the law's own message."""
    for name, given in (("crossover", {"interface_energy": 1e100, "sharpness": 1e100, "relative_noise": 1e100}),
                        ("conservation", {"mu": 1e100, "scale": 1e-100})):  # fmt: skip
        answers, message = asked(LAWS[name], given)
        assert answers or "double" in message
        assert all(math.isfinite(value) for value in answers.values())
