"""max g + (b^2/a) max_k sum_j F_kj in balls, matrices by their entries: the certified slopes that the code computes.

Level F of the ladder; judged by proofs.against_balls. Source: theory/LAWS.md, section 7, "Mixtures".
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

import flint

from proofs.against_balls import Row
from theory.covariance import certify_covariances, covariance_mixture
from theory.mixture import mixture
from theory.mixture_denoiser import certify

Matrix = Sequence[Sequence[float]]

MEANS: Final = ((-1.0, 0.5), (2.0, 0.0), (0.25, -3.0))
WEIGHTS: Final = (0.25, 0.5, 0.25)
WIDTHS: Final = {"one scale": (0.5, 0.5, 0.5), "no width": (0.0, 0.0, 0.0), "three scales": (0.25, 0.0, 1.5)}
COVARIANCES: Final[dict[str, tuple[Matrix, ...]]] = {
    "one matrix": (((1.0, 0.5), (0.5, 2.0)),) * 3,
    "ordered matrices": (((0.5, 0.25), (0.25, 0.25)), ((1.5, 0.0), (0.0, 1.0)), ((4.0, -0.5), (-0.5, 3.0))),
    "two alike": (((0.5, 0.0), (0.0, 0.25)), ((0.5, 0.0), (0.0, 0.25)), ((2.0, 0.5), (0.5, 1.0))),
}
"""Every two equal, or the later wider in all directions."""
CALLS: Final = ((0.25, 0.75), (0.5, 0.5), (0.875, 0.125))
BETAS: Final = (0.0, 0.3125, 1.0)


def _inverse(matrix: list[list[flint.arb]]) -> list[list[flint.arb]]:
    (p, q), (_, r) = matrix
    d = p * r - q * q
    return [[r / d, -q / d], [-q / d, p / d]]


def _largest(matrix: list[list[flint.arb]]) -> flint.arb:
    """Return the larger eigenvalue of a symmetric matrix of two rows."""
    (p, q), (_, r) = matrix
    if q == 0:
        return p.max(r)
    return (p + r + ((p - r) ** 2 + 4 * q * q).sqrt()) / 2


def _form(matrix: list[list[flint.arb]], d: list[flint.arb]) -> flint.arb:
    (p, q), (_, r) = matrix
    return p * d[0] ** 2 + 2 * q * d[0] * d[1] + r * d[1] ** 2


def textbook(covariances: Sequence[Matrix], a: float, b: float, beta: float) -> flint.arb:
    """Return the certificate of theory/LAWS.md for three modes of the plane, pair by pair."""
    at, noise = flint.arb(a), flint.arb(b) ** 2
    views = [
        [[at**2 * c + noise * (i == j) for j, c in enumerate(row)] for i, row in enumerate(m)] for m in covariances
    ]
    rows, within = [], []
    for k, own in enumerate(views):
        # The eigenvalues of a C V^-1 rise with those of C.
        width = _largest([[flint.arb(c) for c in row] for row in covariances[k]])
        within.append(at * width / (at**2 * width + noise))
        total = flint.arb(0)
        for j, other in enumerate(views):
            d = [at * (flint.arb(p) - flint.arb(q)) for p, q in zip(MEANS[k], MEANS[j], strict=True)]
            if covariances[k] == covariances[j]:
                inverse = _inverse(own)
                pulled = [inverse[i][0] * d[0] + inverse[i][1] * d[1] for i in (0, 1)]
                total += beta * (pulled[0] ** 2 + pulled[1] ** 2) / 4
                continue
            (low, first), (high, second) = ((own, k), (other, j)) if _wider(other, own) else ((other, j), (own, k))
            sharper = [
                [p - q for p, q in zip(x, y, strict=True)] for x, y in zip(_inverse(low), _inverse(high), strict=True)
            ]
            apart = [[q - p for p, q in zip(x, y, strict=True)] for x, y in zip(low, high, strict=True)]
            volume = ((high[0][0] * high[1][1] - high[0][1] ** 2) / (low[0][0] * low[1][1] - low[0][1] ** 2)).log() / 2
            height = _form(_inverse(apart), d) / 2 + volume
            bend = _largest(sharper)
            ratio = (flint.arb(WEIGHTS[first]) / flint.arb(WEIGHTS[second])).log()
            excess = bend * (ratio + beta * height)
            total += (excess + (excess**2 + 4 * bend**2).sqrt()) / 4
        rows.append(total)
    best, row = within[0], rows[0]
    for g, each in zip(within, rows, strict=True):
        best, row = best.max(g), row.max(each)
    if all(c == covariances[0] for c in covariances):  # a quarter of the squared range, where all are alike
        row = _range(views[0], at) * beta / 4
    return best + noise / at * row


def _wider(first: list[list[flint.arb]], second: list[list[flint.arb]]) -> bool:
    return bool(first[0][0] > second[0][0])


def _range(view: list[list[flint.arb]], at: flint.arb) -> flint.arb:
    inverse, widest = _inverse(view), flint.arb(0)
    for one in MEANS:
        for two in MEANS:
            d = [at * (flint.arb(p) - flint.arb(q)) for p, q in zip(one, two, strict=True)]
            widest = widest.max(sum(((row[0] * d[0] + row[1] * d[1]) ** 2 for row in inverse), flint.arb(0)))
    return widest


def rows() -> list[Row]:
    """Return theory's certified slopes beside the textbook's, and what the largest permitted beta certifies."""
    found: list[Row] = []

    def enter(name: str, certificate: Callable[[float], float], matrices: Sequence[Matrix], a: float, b: float) -> None:
        for beta in BETAS[name == "no width" :]:  # at beta = 0 modes without width have slope 0
            here = f"{name}, a={a:g}, b={b:g}, beta={beta:g}"
            found.append((here, float(certificate(beta)), partial(textbook, matrices, a, b, beta)))

    for a, b in CALLS:
        for name, scales in WIDTHS.items():
            call = certify(mixture(means=MEANS, weights=WEIGHTS, scales=scales), a, b)
            enter(name, call, [((s * s, 0.0), (0.0, s * s)) for s in scales], a, b)
            cap = (call(0.0) + call(1.0)) / 2
            found.append((f"{name} at its cap", call(call.largest_beta(cap)), partial(flint.arb, cap)))
        for name, matrices in COVARIANCES.items():
            target = covariance_mixture(
                means=MEANS, covariances=[list(map(list, m)) for m in matrices], weights=WEIGHTS
            )
            enter(name, certify_covariances(target, a, b), matrices, a, b)
    return found
