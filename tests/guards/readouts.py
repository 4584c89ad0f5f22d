"""e = w |D(z') - D(z)|^2/2 + (1 - w) |z' - z|^2/d^2 with D in many digits: what a readout makes of two latents."""

from itertools import product
from typing import Any
from unittest.mock import patch

import mpmath
import numpy as np

TOKENS = np.array([[-5.0, 0.5], [5.0, 0.5], [4.0, -1.5], [0.0, 3.0]])
POINTS = np.array([[0.1, 0.2], [-4.0, 1.0], [4.4, -0.6], [0.2, 1.9], [30.0, -9.0]])
OTHERS = np.array([[-0.2, 0.7], [-3.9, 0.8], [4.6, -0.4], [0.2, 1.9 + 1e-9], [-30.0, 4.0]])

SHIFTS = (
    ([0.0, 1.0, -2.0], [1e-12, 0.0, -2e-12]),
    ([0.5, 0.0, 1.0], [3.0, -2.0, 0.5]),
    ([0.1, 0.2, 0.0], [0.4, -0.5, 0.3]),
    ([0.0, 3.0, 1.0], [1e9 + 1e-3, 1e9, 1e9]),
    ([900.0, 900.5, 899.0], [0.25, -0.5, 2.0]),
)
"""Logits and what is added to them: tiny, large, middling, and large alike; and logits whose odds are no doubles."""

SHIFT = np.array([0.7, -0.2])


def _softmax(kappa: float, point: Any, tokens: Any) -> list[Any]:
    """Return the probabilities of the tokens as odds exp(-kappa |z - mu_k|^2/(2 d)), d their least distance."""
    rows = [[mpmath.mpf(float(c)) for c in row] for row in tokens]
    least = min(mpmath.norm([p - q for p, q in zip(one, two, strict=True)])
                for k, one in enumerate(rows) for two in rows[:k])  # fmt: skip
    away = [sum((mpmath.mpf(float(z)) - c) ** 2 for z, c in zip(point, row, strict=True)) for row in rows]
    odds = [mpmath.exp(-mpmath.mpf(kappa) * (x - min(away)) / (2 * least)) for x in away]
    return [o / sum(odds) for o in odds]


def changes_hold() -> bool:
    """Return whether both differences keep their digits near, far and in either order, and the series is Taylor's.

    The series is asked where it stands alone: its four coefficients in h^2 are the derivatives of the density.
    """
    from theory import readout

    close = True
    with mpmath.workdps(60):
        steps = (1e-30, -1e-9, 0.05, 0.11, -0.13, 0.4, 3.0, 60.0)
        for u, step in product((-30.0, -4.0, -0.5, 0.0, 0.7, 2.0, 20.0), steps):
            v = u + step
            if v == u and u != 0:
                continue
            p, q = mpmath.mpf(u), mpmath.mpf(v)
            probit = mpmath.ncdf(q) - mpmath.ncdf(p) if p + q < 0 else mpmath.ncdf(-p) - mpmath.ncdf(-q)
            softmax = 1 / (1 + mpmath.exp(-q)) - 1 / (1 + mpmath.exp(-p))
            tail = 1e-15 * (1 + min(abs(u), abs(v)) ** 2)  # a rounding of an argument, as the tail sees it
            close &= abs(float(readout.probit_change(u, v)) / probit - 1) < 8 * tail
            close &= abs(float(readout.softmax_change(u, v)) / softmax - 1) < 8 * tail
        for u in (-np.inf, np.inf):
            close &= abs(float(readout.probit_change(u, 1.0)) - float(mpmath.ncdf(1) - (u > 0))) < 1e-15
            close &= float(readout.probit_change(u, u)) == float(readout.softmax_change(u, u)) == 0
            close &= abs(float(readout.softmax_change(u, 1.0)) - float(1 / (1 + mpmath.exp(-1)) - (u > 0))) < 1e-15
        with patch.object(readout, "_CLOSE", np.inf):
            for c in (0.0, 0.5, -2.0):
                squares = np.array([1.0, 2.0, 3.0, 4.0])
                half = np.sqrt(squares)
                density = float(mpmath.npdf(c))
                rest = readout.probit_change(c - half, c + half) / (2 * half * density) - 1
                found = np.linalg.solve(squares[:, None] ** [1, 2, 3, 4], rest)
                terms = mpmath.taylor(mpmath.npdf, c, 8)  # f(c + t) = sum of these; its integral takes 1/(k + 1)
                wanted = [float(terms[k] / mpmath.npdf(c) / (k + 1)) for k in (2, 4, 6, 8)]
                close &= bool(np.max(np.abs(found - wanted)) < 1e-9 * max(np.abs(wanted)))
    return bool(close)


def readouts_hold() -> bool:
    """Return whether errors are those of the nearest token, of Phi and of the softmax of squared distances.

    The stiffness is the root of an error over a small step, at the boundary between the tokens that are farthest apart:
    it is attained between two tokens, and between more where the others are not in question.
    """
    from theory.readout import readout, softmax_distance, token_of

    two, kappa = TOKENS[:2] / 5, 3.0
    apart = 2.0
    nearest = [[int(np.argmin(np.linalg.norm(TOKENS - x, axis=1))) for x in xs] for xs in (POINTS, OTHERS)]
    close = token_of(POINTS, TOKENS).tolist() == nearest[0]
    flipped = readout("argmax").categorical_error(POINTS, OTHERS, TOKENS, 2.0)
    close &= flipped.tolist() == [float(p != q) for p, q in zip(*nearest, strict=True)]
    close &= readout("linear").categorical_error(POINTS, OTHERS, TOKENS, 2.0).tolist() == [0.0] * 5
    least = float(np.sqrt(5.0))
    with mpmath.workdps(120):
        soft = readout("softmax", sharpness=kappa).categorical_error(POINTS, OTHERS, TOKENS, least)
        probit = readout("probit", sharpness=kappa).categorical_error(
            POINTS + SHIFT, OTHERS + SHIFT, two + SHIFT, apart
        )
        for x, y, s, p in zip(POINTS, OTHERS, soft, probit, strict=True):
            pairs = zip(_softmax(kappa, x, TOKENS), _softmax(kappa, y, TOKENS), strict=True)
            wanted = sum((a - b) ** 2 for a, b in pairs) / 2
            close &= abs(s - float(wanted)) < 1e-12 * float(wanted) + 1e-15 * (wanted > 1e-6) + 1e-25
            # Tokens on the first axis: the signed distance to their boundary is the first coordinate.
            change = mpmath.ncdf(kappa * mpmath.mpf(float(y[0]))) - mpmath.ncdf(kappa * mpmath.mpf(float(x[0])))
            close &= abs(p - float(change**2)) <= 1e-12 * float(change**2)
        for logits, shift in SHIFTS:
            before, after = (
                [mpmath.exp(mpmath.mpf(x) + by * mpmath.mpf(h)) for x, h in zip(logits, shift, strict=True)]
                for by in (0, 1)
            )
            wanted = sum((q / sum(after) - p / sum(before)) ** 2 for p, q in zip(before, after, strict=True)) / 2
            close &= abs(float(softmax_distance(np.array(logits), np.array(shift))) / wanted - 1) < 1e-9
    for name, weight, h in product(("linear", "probit", "softmax", "argmax"), (None, 0.25, 0.0), (1e-7,)):
        if name == "linear" and weight is not None:
            continue
        sharp = {"sharpness": kappa} if name in ("probit", "softmax") else {}
        made = readout(name, weight=weight, **sharp)
        x, y = np.array([[-h, 0.1]]), np.array([[h, 0.1]])
        part = float(made.categorical_error(x, y, two, apart)[0])
        root = np.sqrt(made.weight * part + (1 - made.weight) * (2 * h) ** 2 / apart**2) / (2 * h)
        if name == "argmax" and weight != 0:
            close &= made.stiffness(apart, apart) == np.inf
        else:
            close &= abs(made.stiffness(apart, apart) / root - 1) < 1e-9
        if name != "argmax":  # the change on a line is that of the second token's probability
            close &= abs(float(made.change(-0.3, 0.2)) ** 2
                         - made.categorical_error([[-0.3, 0.0]], [[0.2, 0.0]], two, apart)[0]) < 1e-15  # fmt: skip
    close &= readout("argmax").change(-0.3, 0.2) == 1.0 and readout("argmax").change(0.3, -0.2) == -1.0
    steep, h = readout("softmax", sharpness=40.0), 1e-7
    step = np.array([h, 0.0])
    middle = (TOKENS[0] + TOKENS[1]) / 2 + [0.0, -20.0]  # far from the third
    three = TOKENS[[0, 1, 3]]
    spread, least = 10.0, float(np.linalg.norm(three[0] - three[2]))
    part = steep.categorical_error([middle - step], [middle + step], three, least)[0]
    close &= abs(steep.stiffness(least, spread) / (np.sqrt(part) / (2 * h)) - 1) < 1e-9
    given = readout("softmax", sharpness=2.0, weight=0.5).given
    close &= given == {"readout": "softmax", "sharpness": 2.0, "categorical_weight": 0.5}
    return bool(close)


def orders_of_readouts_hold() -> bool:
    """Return whether what a misplaced boundary costs is an integral over latents, and its order that integral's."""
    from theory.readout_order import displaced_error, displaced_flips, displaced_order

    def moved(d: Any) -> Any:
        ends = [-d - 12, -d, -d / 2, 0, 12]
        return mpmath.quad(lambda w: (mpmath.ncdf(w + d) - mpmath.ncdf(w)) ** 2, ends)

    close = displaced_flips(0.3, 0.25) == 0.3 * 0.25
    with mpmath.workdps(25):
        for energy, kappa, delta in ((0.3, 2.0, 0.25), (0.7, 4.0, 1.5), (2.0, 0.5, 0.125)):
            d = mpmath.mpf(kappa) * delta
            close &= abs(displaced_error(energy, kappa, delta) / (energy / mpmath.mpf(kappa) * moved(d)) - 1) < 1e-12
            slope = (mpmath.log(moved(d * (1 + 1e-5))) - mpmath.log(moved(d * (1 - 1e-5)))) / 2e-5
            close &= abs(float(displaced_order(kappa, delta)) - slope) < 1e-8
    return bool(close)
