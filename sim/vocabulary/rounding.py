"""|x.v - fl(x.v)| <= gamma_n |x||v|, gamma_n = n u/(1 - n u): what single precision can do to a run, call by call.

u = 2^-24 is the rounding of a single. A logit is evidence times a product of n terms, x rounded before: it errs by
d <= evidence gamma_(n+1) |x| R, R the longest codeword. Logits that err by at most d multiply odds by factors within
e^-d..e^d, and so move at most tanh(d/2) of a posterior (two tokens at even odds attain it); where the likeliest token
leaves p to others, at most p (e^2d - 1). The mean moves by at most diam times that. The second product, of odds
rounded and of T terms a tile, adds gamma_(T+1) R. An error e of x grows in a step x' = keep x + add m(x) to
|keep| e + |add| (slope e + what the call adds), and likewise in a linear method. All else is in doubles, 5e8 times
finer. Source: Higham 2002, sections 3.1 and 3.5, for gamma; the rest is ours.

Two sums follow. With gamma and the certified slopes it is a bound. With sqrt k u in place of gamma_k, what independent
roundings do, and the slope at each particle's own points it is an estimate to first order, finite where the bound says
nothing. That slope is evidence times the posterior's largest variance along a direction: at most diam^2 min(1/4, p),
and at most M (1 - p) times the codewords' own, for no token has more than 1 - p; a logit's error d moves the mean by
its root times d at most.
"""

import math
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from theory.errors import Array
from theory.joint import Steps
from theory.linear_method import LinearMethod

UNIT: Final = 2.0**-24
"""The unit roundoff u of single precision."""


def worst(terms: int) -> float:
    """Return gamma_k = k u/(1 - k u), which the relative error of a product of k terms never exceeds.

    >>> worst(768) == 768 / (2**24 - 768)
    True
    """
    return terms * UNIT / (1 - terms * UNIT)


def typical(terms: int) -> float:
    """Return sqrt k u, the size of a sum of k independent roundings.

    >>> typical(1024) == 2.0**-19
    True
    """
    return math.sqrt(terms) * UNIT


def logit_errors(
    evidence: Array, norms: Array, reach: float, dimension: int, growth: Callable[[int], float] = worst
) -> Array:
    """Return d of each call in nats, (J,): `evidence` per product, `norms` the largest |x| there, `reach` R."""
    found: Array = np.asarray(evidence) * growth(dimension + 1) * np.asarray(norms) * reach
    return found


def mean_errors(
    logits: Array, undecided: Array, reach: float, diameter: float, tile: int, growth: Callable[[int], float] = worst
) -> Array:
    """Return what a posterior mean errs by, given x and p = `undecided`; `tile` is T. Lengths in one unit; broadcasts.

    >>> mean_errors(np.array([0.0]), np.array([1.0]), 2.0, 9.0, 3) == 4 * 2.0 / (2**24 - 4)
    array([ True])
    """
    with np.errstate(over="ignore", invalid="ignore"):
        shifted = np.where(undecided > 0, undecided * np.expm1(2 * logits), 0.0)
    moved = np.minimum(np.tanh(logits / 2), shifted)
    found: Array = diameter * moved + growth(tile + 1) * reach
    return found


def output_error(steps: Steps | LinearMethod, slopes: Array, errors: Array) -> Array:
    """Return what the output errs by if call j, of slope slopes[j], adds errors[j]; infinite where it is no double.

    Of shape (J, ...) each, they give (...).

    >>> from theory.joint import ddim_steps
    >>> from theory.path import LinearPath, uniform_schedule
    >>> two = ddim_steps(uniform_schedule(LinearPath(), 2))
    >>> float(output_error(two, np.array([0.0, 4.0]), np.array([1.0, 2.0])))  # 1/2, then 2 + 4/2
    4.0
    """
    at: Array = np.zeros(errors.shape[1:])
    answers: list[Array] = []
    with np.errstate(over="ignore", invalid="ignore"):
        for j in range(len(errors)):
            if isinstance(steps, LinearMethod):
                at = _weighted(steps.mix[j], answers, at)
            answer = slopes[j] * at + errors[j]
            answers.append(answer)
            if isinstance(steps, Steps):
                at = abs(steps.keep[j]) * at + abs(steps.add[j]) * answer
        if isinstance(steps, LinearMethod):
            at = _weighted(steps.mix[-1], answers, at)
    return np.where(np.isfinite(at), at, np.inf)


def _weighted(weights: Array, answers: Sequence[Array], like: Array) -> Array:
    """Return sum_i |weights[i]| answers[i]."""
    total: Array = np.zeros_like(like)
    for weight, answer in zip(weights, answers, strict=False):
        if weight != 0:
            total = total + abs(weight) * answer
    return total
