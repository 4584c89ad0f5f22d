"""Words on a sphere are an orbit; a diagram offers a construction from where it exists; counts come back."""

import csv
from importlib.resources import files
from typing import Any

import numpy as np

CHOSEN_64 = (13, 18, 21)
CHOSEN_1024 = (19, 41, 47, 130, 314, 364, 433)


def codes_hold() -> bool:
    """Return whether words are an orbit, distances and half gaps are theirs, and the stored codes are still chosen."""
    from theory.spherical import MOST_WORDS, cyclic_code

    close, points = MOST_WORDS == 1 << 20, np.linspace(-1.3, 1.7, 40)
    for modes, axes, dimension in (
        (5, 2, 2),
        (8, 3, 3),
        (12, 5, 5),
        (7, 6, 6),
        (9, 5, 4),
        (6, 5, 5),
        (6, 6, 5),
        (6, 40, 5),
    ):
        code = cyclic_code(modes, axes)
        words = code.words()
        product = words @ words.T
        orbit = [[product[0, (j - i) % modes] for j in range(modes)] for i in range(modes)]
        close = close and code.dimension == words.shape[1] == dimension
        close = close and bool(np.max(np.abs(product - orbit)) < 1e-10 and abs(product[0, 0] - dimension) < 1e-10)
        apart = np.linalg.norm(words - words[0], axis=1)
        close = close and bool(np.max(np.abs(code.distances[1:] - apart[1:])) < 1e-10 and code.distances[0] == 1)
        close = close and bool(np.min(apart[1:]) > 0.1)
        x = np.stack([np.roll(points, 3 * k)[:12] for k in range(dimension)], axis=1)
        brute = []
        for point in x:
            i = int(np.argmax(words @ point))
            others = [j for j in range(modes) if j != i]
            brute.append(min((words[i] - words[j]) @ point / np.linalg.norm(words[i] - words[j]) for j in others))
        close = close and bool(np.max(np.abs(code.half_gaps(x) - brute)) < 1e-10)
    close = close and cyclic_code(204, 101).dimension == 101
    # Counts are stored for the codes that these shuffles choose.
    chosen = {(64, 7): CHOSEN_64, (1024, 14): CHOSEN_1024}
    return close and all(cyclic_code(*size).frequencies == frequencies for size, frequencies in chosen.items())


def phases_hold() -> bool:
    """Return whether the diagram offers each construction from just where it exists."""
    from theory.dimension import MOST_AXES, dimension_error, dimension_stiffness
    from theory.product import product_error, product_stiffness
    from theory.simplex import simplex_stiffness
    from theory.stored_codes import best_code

    def law(*args: Any, **options: Any) -> str | None:
        return dimension_stiffness(*args, **options).upper_law

    bits, many = 2.0**30, dimension_stiffness(2**30, 30, 0.01, targets="lattice")
    code = best_code(64, 8, 0.1, merged=True)
    assert code is not None
    spherical = dimension_stiffness(64, 8, 0.1, separation=3.0)
    least = dimension_error(2**30, 30, 50.0, targets="lattice")
    return bool(
        MOST_AXES == 10**6
        and (law(5, 4, 0.3), law(5, 3, 0.3) != "simplex") == ("simplex", True)
        and dimension_stiffness(8, 7, 0.01).upper == simplex_stiffness(8, 0.01)
        and many.upper == product_stiffness(30, 0.01) and many.upper_law == "product" and bits == 2**30
        and least.upper == product_error(30, 50.0)
        and law(2**30, 29, 0.01, targets="lattice") is None
        and law(2**30 + 1, 40, 0.01, targets="lattice") is None
        and law(8, 1, 0.01) == "ordinal" and law(8, 2, 0.01) == "grid"
        and (spherical.upper_law != "spherical" or abs(spherical.upper - 3.0 * code.high / code.error) < 1e-12)
        and spherical.upper_law == "spherical"
    )  # fmt: skip


def counts_hold() -> bool:
    """Return whether the modes that a stiffness was made for come back, whole, at every size."""
    from theory.counting import most_modes
    from theory.separated import balanced_error, balanced_stiffness

    def back(modes: float, factor: float, most: float = 1e300) -> float:
        stiffness = factor * balanced_stiffness(modes, 0.01)
        return most_modes(
            lambda m: bool(balanced_error(m, stiffness) <= 0.01), lambda m: float(balanced_stiffness(m, 0.01)),
            error=0.01, stiffness=stiffness, most=most,
        )  # fmt: skip

    asked: list[float] = []

    def fits(m: float) -> bool:
        asked.append(m)
        return m <= 999_999

    steep = most_modes(fits, lambda m: m, error=0.5, stiffness=999_999, most=1e300)
    return bool(
        all(back(m, f) == m for m in (2.0, 3.0, 4.0, 7.0, 100.0, 1000.0, 12345.0, 1e6) for f in (1.0, 1 + 1e-12))
        and back(2.0, 0.9) == 1 and abs(back(1e100, 1.0) / 1e100 - 1) < 1e-6
        and steep == 999_999 and len(asked) < 60 and all(m == int(m) for m in asked)
        and most_modes(lambda m: m <= 6, lambda m: m, error=0.5, stiffness=7.0, most=1e300) == 7
        and most_modes(lambda m: m <= 6, lambda m: m, error=0.5, stiffness=6.5, most=1e300) == 6
        and most_modes(lambda m: m <= 999, lambda m: m, error=0.5, stiffness=1000.0, most=1e300) == 1000
        and most_modes(lambda m: m < 2.0**53, lambda m: m, error=0.5, stiffness=2.0**53 - 1, most=1e300) == 2.0**53 - 1
    )  # fmt: skip


def stored_hold() -> bool:
    """Return whether the chosen row of the table is the one that its words ask for, read row by row."""
    from theory import stored_codes

    with (files("theory") / "spherical.csv").open(encoding="utf-8") as table:
        rows = [{key: float(value) for key, value in row.items()} for row in csv.DictReader(table)]
    close = stored_codes.CONFIDENCE == 0.99 and len(stored_codes.stored_codes()) == len(rows)
    for modes, axes, error, merged in (
        (64, 8, 0.05, True),
        (100, 60, 0.2, False),
        (5, 9, 0.3, False),
        (96, 70, 0.1, True),
    ):
        fit = [r for r in rows if r["modes"] >= modes and r["source_dim"] <= axes and r["error"] <= error]
        fit = [r for r in fit if not merged or r["modes"] % modes == 0]
        found = stored_codes.best_code(modes, axes, error, merged=merged)
        if not fit or found is None:
            close &= not fit and found is None
            continue
        for key in ("modes", "source_dim", "error"):  # the fewest words, then the most axes, then the largest error
            best = (min if key == "modes" else max)(r[key] for r in fit)
            fit = [r for r in fit if r[key] == best]
        close &= {"modes": found.words, "source_dim": found.dimension} | {
            key: getattr(found, key) for key in ("error", "low", "value", "high")
        } == fit[0]
    for stiffness, separation in ((30.0, 1.0), (90.0, 3.0), (7.0, 1.0), (500.0, 1.0)):
        reached = [
            code.error
            for error in sorted({r["error"] for r in rows})
            if (code := stored_codes.best_code(64, 8, error, merged=True)) is not None
            and separation * code.high <= stiffness * code.error
        ]
        least = stored_codes.least_code_error(64, 8, stiffness, separation=separation)
        close &= (least.error if least else None) == min(reached, default=None)
    return close
