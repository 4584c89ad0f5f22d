"""A request outside a law's domain has no answer, so it gets one message and no number.

The message always has the same four parts: what is wrong, `Expected:`, `Received:`, and a question that
hints at the likely slip. The checks below run before any work starts.
"""

import difflib
import math
from collections.abc import Iterable
from typing import Any, final

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


@final
class UsageError(ValueError):
    """Bad input: the caller can mend it, and the message says how.

    >>> raise UsageError("error is out of range.", expected="0 < error < 1", received="1.2", hint="Is it in percent?")
    Traceback (most recent call last):
    ...
    theory.errors.UsageError: error is out of range. Expected: 0 < error < 1. Received: 1.2. Is it in percent?
    """

    def __init__(self, what: str, *, expected: str, received: object, hint: str) -> None:
        super().__init__(f"{what} Expected: {expected}. Received: {received}. {hint}")


def _show(value: Any) -> str:
    """Show a scalar in full and an array by its shape and first offender, never whole."""
    array = np.asarray(value)
    return repr(value) if array.ndim == 0 else f"an array of shape {array.shape}"


def real(name: str, value: Any) -> Any:
    """Return `value` as a float or a float array; refuse text, booleans, NaN and infinities.

    >>> real("mu", 4)
    4.0
    """
    array = np.asarray(value)
    if array.dtype.kind not in "iuf":
        raise UsageError(
            f"{name} is not a number.",
            expected="a finite real number, or an array of them",
            received=_show(value),
            hint="Was a word or a list given where a number belongs?",
        )
    array = array.astype(np.float64)
    if array.size == 0 or not np.all(np.isfinite(array)):
        received = _show(value) if array.size == 0 else repr(float(array[~np.isfinite(array)].flat[0]))
        raise UsageError(
            f"{name} is not finite.",
            expected="a finite real number",
            received=received,
            hint="Did an earlier computation overflow or divide by zero?",
        )
    return float(array) if array.ndim == 0 else array


def _first_bad(array: Any, good: Any) -> str:
    flat, ok = np.atleast_1d(array).ravel(), np.atleast_1d(good).ravel()
    return repr(float(flat[~ok][0]))


def _demand(name: str, array: Any, good: Any, *, expected: str, what: str, hint: str) -> Any:
    """Return `array` if it is `good` everywhere; else refuse it and show the first entry that is not."""
    if not np.all(good):
        raise UsageError(f"{name} {what}.", expected=expected, received=_first_bad(array, good), hint=hint)
    return array


def positive(name: str, value: Any) -> Any:
    """Return `value` if every entry is finite and > 0.

    >>> positive("mu", 4)
    4.0
    """
    array = real(name, value)
    hint = "Is a sign wrong, or did a difference of two numbers cancel?"
    return _demand(name, array, np.asarray(array) > 0, expected=f"{name} > 0", what="must be positive", hint=hint)


def nonnegative(name: str, value: Any) -> Any:
    """Return `value` if every entry is finite and >= 0.

    >>> nonnegative("scale", 0)
    0.0
    """
    array = real(name, value)
    good = np.asarray(array) >= 0
    return _demand(name, array, good, expected=f"{name} >= 0", what="must not be negative", hint="Is a sign wrong?")


LEAST, MOST = 1e-100, 1e100
"""What has a unit must lie between, so that its square and its ratio to another are doubles with all their digits."""


def moderate(name: str, value: Any) -> Any:
    """Return `value` if every entry is a quantity with a unit that doubles handle: 1e-100 <= value <= 1e100.

    >>> moderate("mu", 4)
    4.0
    """
    return within(name, positive(name, value), low=LEAST, high=MOST, hint="Is it given in a far-fetched unit?")


def moderate_or_zero(name: str, value: Any) -> Any:
    """Return `value` if every entry is 0 or a quantity with a unit that doubles handle.

    >>> moderate_or_zero("scale", 0)
    0.0
    """
    array = nonnegative(name, value)
    moderate(name, np.where(np.asarray(array) == 0, 1.0, array))
    return array


def share(name: str, value: Any) -> Any:
    """Return `value` if every entry lies strictly between 0 and 1, and not below 1e-100.

    >>> share("error", 0.25)
    0.25
    """
    hint = "Could the error as well be called none?"
    return within(name, fraction(name, value), low=LEAST, high=1.0, hint=hint)


def fraction(name: str, value: Any) -> Any:
    """Return `value` if every entry lies strictly between 0 and 1.

    >>> fraction("error", 0.25)
    0.25
    """
    array = real(name, value)
    good = (np.asarray(array) > 0) & (np.asarray(array) < 1)
    hint = "Is it in percent, or is it 1 minus the value that you mean?"
    return _demand(name, array, good, expected=f"0 < {name} < 1", what="is out of range", hint=hint)


def within(name: str, value: Any, *, low: float, high: float, hint: str) -> Any:
    """Return `value` if every entry lies in the closed interval [low, high].

    >>> within("modes", 2, low=2, high=9, hint="")
    2.0
    """
    array = real(name, value)
    good = (np.asarray(array) >= low) & (np.asarray(array) <= high)
    return _demand(name, array, good, expected=f"{low:g} <= {name} <= {high:g}", what="is out of range", hint=hint)


def whole(name: str, value: Any, *, low: int, high: int, hint: str) -> int:
    """Return `value` as an int if it is a whole number in [low, high].

    >>> whole("steps", 16.0, low=1, high=100, hint="")
    16
    """
    number = real(name, value)
    if not isinstance(number, float) or number != math.floor(number) or not low <= number <= high:
        raise UsageError(
            f"{name} must be a whole number.",
            expected=f"a whole number from {low} to {high}",
            received=_show(value),
            hint=hint,
        )
    return int(number)


def one_of(what: str, value: str, known: Iterable[str]) -> str:
    """Return `value` if it is one of the `known` names; else refuse it with the nearest ones.

    >>> one_of("law", "binery", ["binary", "ddim_frontier"])
    Traceback (most recent call last):
    ...
    theory.errors.UsageError: There is no law 'binery'. Expected: binary, ddim_frontier. Received: 'binery'. \
Did you mean 'binary'?
    """
    names = list(known)
    if value in names:
        return value
    near = difflib.get_close_matches(str(value), names, n=1, cutoff=0.5)
    raise UsageError(
        f"There is no {what} {value!r}.",
        expected=", ".join(names),
        received=repr(value),
        hint=f"Did you mean {near[0]!r}?" if near else "Is it spelt as in the list?",
    )


def check_distribution(name: str, rows: Array) -> None:
    """Refuse rows that are not probabilities; UsageError.

    >>> check_distribution("prior", np.array([0.25, 0.75]))
    """
    # A row of n rounded decimals misses 1 by at most n roundings of half a unit each.
    if np.any(rows < 0) or np.any(np.abs(rows.sum(axis=-1) - 1) > rows.shape[-1] * np.finfo(float).eps):
        raise UsageError(
            f"{name} must hold probabilities.",
            expected="rows of numbers >= 0 with sum 1",
            received=f"sums from {rows.sum(axis=-1).min()!r} to {rows.sum(axis=-1).max()!r}",
            hint="Are the rows the columns, or counts that were not divided?",
        )


def stored_array(name: str, path: str) -> Any:
    """Return the array in a .npy file; nothing in it is executed.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     np.save(f"{folder}/prior.npy", [0.25, 0.75])
    ...     stored_array("prior", f"{folder}/prior.npy").tolist()
    [0.25, 0.75]
    """
    try:
        array = np.load(path, allow_pickle=False)
        if not isinstance(array, np.ndarray):
            array.close()
            raise ValueError("an archive of several arrays")
        return array
    except (OSError, ValueError, EOFError) as error:
        raise UsageError(
            f"{name} cannot be read.",
            expected=f"{name}=FILE.npy, an array saved by NumPy",
            received=f"{path} ({error})",
            hint="Is the path relative to another folder?",
        ) from None
