"""max(isoperimetric, sobolev) <= L <= min(ordinal, grid, product, simplex, spherical): what n coordinates cost M modes.

Lower bounds hold for every map. An upper bound is a map, and which maps there are depends on where the targets lie: for
targets pairwise Delta apart any cells 2r apart will do (Kirszbraun 1934); for a lattice only rows, one on each
coordinate. As n grows through log M the lower bound turns from M^(1/n) into sqrt(log M): the dimension that the paper
asks for. Source: theory/LAWS.md, section 6, `dimension`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, final

from theory.errors import fraction, one_of, positive, whole
from theory.ordinal import MOST_ORDERED, ordinal_error, ordinal_stiffness
from theory.product import best_factors, grid_error, grid_stiffness, product_error, product_stiffness
from theory.separated import MOST_MODES, balanced_error, balanced_stiffness
from theory.simplex import simplex_error, simplex_stiffness
from theory.sobolev import MOST_DIMENSIONS, sobolev_error, sobolev_stiffness
from theory.spherical import MOST_WORDS
from theory.stored_codes import CONFIDENCE, best_code, least_code_error

TARGETS: Final = ("equidistant", "lattice")
"""Where the targets lie: pairwise Delta apart, or on a lattice whose neighbours are Delta apart."""

MOST_AXES: Final = 1_000_000

Named = tuple[str, float]


@final
@dataclass(frozen=True)
class Phase:
    """The best bounds on one quantity at one place of the diagram, and the laws that give them.

    `upper` is None where no law here gives one. `evidence` is `exact`, or says that the upper bound was counted.
    """

    lower: float
    lower_law: str
    upper: float | None
    upper_law: str | None
    evidence: str


def _constructions(
    modes: int, source_dim: int, targets: str
) -> Iterator[tuple[str, Callable[[bool, float, float], float]]]:
    """Yield the exact constructions: a name, and a function of (is an error given, it or the stiffness, separation)."""

    def of(
        stiffness: Callable[..., Any], error: Callable[..., Any], size: Any
    ) -> Callable[[bool, float, float], float]:
        return lambda wants_stiffness, x, delta: float(
            (stiffness if wants_stiffness else error)(size, x, separation=delta)
        )

    if modes <= MOST_ORDERED:
        yield "ordinal", of(ordinal_stiffness, ordinal_error, modes)
        if len(factors := best_factors(modes, source_dim)) > 1:
            yield "grid", of(grid_stiffness, grid_error, factors)
    elif modes & (modes - 1) == 0 and source_dim >= modes.bit_length() - 1:
        yield "product", of(product_stiffness, product_error, modes.bit_length() - 1)
    if targets == "equidistant" and source_dim >= modes - 1:
        yield "simplex", of(simplex_stiffness, simplex_error, modes)


def _checked(modes: Any, source_dim: Any, targets: Any, separation: Any) -> tuple[int, int, str, float]:
    return (
        whole("modes", modes, low=2, high=int(MOST_MODES), hint="Does a choice between one thing need a law?"),
        whole("source_dim", source_dim, low=1, high=MOST_AXES, hint="Is it the number of noise coordinates?"),
        one_of("kind of targets", targets, TARGETS),
        float(positive("separation", separation)),
    )


_COUNTED: Final = f"counted, with {CONFIDENCE:.0%} confidence"


def dimension_stiffness(
    modes: Any, source_dim: Any, error: Any, *, separation: Any = 1.0, targets: str = "equidistant"
) -> Phase:
    """Return the bounds on the least stiffness of a map of n Gaussian coordinates onto M sets, balanced to `error`.

    Units of `separation`. `modes` to 1e300, `source_dim` to 1e6; above 1e4 the law `sobolev` is not asked, for
    `isoperimetric` binds. Raises UsageError.

    >>> place = dimension_stiffness(64, 2, 0.01)
    >>> place.lower_law, place.upper_law
    ('sobolev', 'grid')
    >>> dimension_stiffness(64, 63, 0.01).upper_law, dimension_stiffness(64, 63, 0.01, targets="lattice").upper_law
    ('simplex', 'grid')
    """
    count, axes, kind, delta = _checked(modes, source_dim, targets, separation)
    share = float(fraction("error", error))
    lower: list[Named] = [("isoperimetric", float(balanced_stiffness(float(count), share, separation=delta)))]
    if axes <= MOST_DIMENSIONS:
        lower.append(("sobolev", float(sobolev_stiffness(float(count), axes, share, separation=delta))))
    upper = [(name, ask(True, share, delta)) for name, ask in _constructions(count, axes, kind)]
    if kind == "equidistant" and count <= MOST_WORDS:
        code = best_code(count, axes, share, merged=True)
        if code is not None:
            upper.append(("spherical", delta * code.high / code.error))
    return _best(lower, upper)


def dimension_error(
    modes: Any, source_dim: Any, stiffness: Any, *, separation: Any = 1.0, targets: str = "equidistant"
) -> Phase:
    """Return the bounds on the least error at which a map of this stiffness reaches M balanced sets from n coordinates.

    The inverse question of `dimension_stiffness`, under the same conditions.

    >>> dimension_error(64, 2, 1000.0).upper_law
    'grid'
    """
    count, axes, kind, delta = _checked(modes, source_dim, targets, separation)
    slope = float(positive("stiffness", stiffness))
    lower: list[Named] = [("isoperimetric", float(balanced_error(float(count), slope, separation=delta)))]
    if axes <= MOST_DIMENSIONS:
        lower.append(("sobolev", float(sobolev_error(float(count), axes, slope, separation=delta))))
    upper = [(name, ask(False, slope, delta)) for name, ask in _constructions(count, axes, kind)]
    if kind == "equidistant" and count <= MOST_WORDS:
        code = least_code_error(count, axes, slope, separation=delta)
        if code is not None:
            upper.append(("spherical", code.error))
    return _best(lower, upper)


def _best(lower: list[Named], upper: list[Named]) -> Phase:
    below = max(lower, key=lambda named: named[1])
    above = min(upper, key=lambda named: named[1], default=None)
    if above is None:
        return Phase(below[1], below[0], None, None, "none")
    return Phase(below[1], below[0], above[1], above[0], _COUNTED if above[0] == "spherical" else "exact")
