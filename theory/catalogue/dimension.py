"""`ordinal` and its kin as values: what the dimension of the noise allows, and what a code for M modes costs.

Source: theory/LAWS.md, sections 5 and 6.
"""

import math
from collections.abc import Mapping
from typing import Any, Final

from theory import errors
from theory.catalogue.quantities import (
    CLOSED_SETS,
    COUNTED,
    ERROR,
    FACTORS,
    GAUSSIAN_SOURCE,
    LEFT_OVER,
    LIPSCHITZ,
    MASSES,
    MODES,
    SEPARATION,
    SOURCE_DIM,
    STIFFNESS,
)
from theory.law import Hypothesis, Law, Quantity, Question
from theory.ordinal import MOST_ORDERED, ordinal_error, ordinal_modes, ordinal_stiffness
from theory.product import best_factors, grid_error, grid_stiffness, product_axes, product_error, product_stiffness
from theory.separated import check_masses, masses_stiffness, safe_bounds
from theory.simplex import simplex_bounds, simplex_error, simplex_modes, simplex_perimeter, simplex_stiffness
from theory.sobolev import MOST_DIMENSIONS, sobolev_error, sobolev_modes, sobolev_stiffness
from theory.variation import variation_at_least, variation_error, variation_modes, variation_of, variation_stiffness

FROM_ERROR: Final = Question(("modes", "error"), ("stiffness",), ("separation",))
FROM_STIFFNESS: Final = Question(("modes", "stiffness"), ("error",), ("separation",))
FROM_BOTH: Final = Question(("error", "stiffness"), ("modes",), ("separation",))


def _ask_ordinal(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return stiffness from error, error from stiffness, modes from both."""
    separation = given["separation"]
    if "modes" not in given:
        return {"modes": ordinal_modes(given["error"], given["stiffness"], separation=separation)}
    if "error" in given:
        return {"stiffness": ordinal_stiffness(given["modes"], given["error"], separation=separation)}
    return {"error": ordinal_error(given["modes"], given["stiffness"], separation=separation)}


def _ask_variation(given: Mapping[str, Any]) -> dict[str, Any]:
    separation = given["separation"]
    if "masses" in given:
        stiffness = masses_stiffness(given["masses"], separation=separation)
        return {"stiffness": stiffness, "error": variation_of(given["masses"])}
    if "modes" not in given:
        return {"modes": variation_modes(given["error"], given["stiffness"], separation=separation)}
    if "stiffness" in given:
        return {"error": variation_error(given["modes"], given["stiffness"], separation=separation)}
    where = given["modes"], given["error"]
    return {
        "stiffness": variation_stiffness(*where, separation=separation),
        "stiffness_at_least": variation_at_least(*where, separation=separation),
        "stiffness_at_most": float(safe_bounds(*where, separation=separation)[1]),
    }


VARIATION: Final = Quantity(
    "error", "total variation distance tv from the uniform target, dropped modes included", "number", errors.share
)

ISOPERIMETRIC_TV: Final = Law(
    name="isoperimetric_tv",
    section="theory/LAWS.md, section 5",
    claim="Dropping modes saves little: M modes within a total variation cost sqrt(log M) too, until one is left.",
    statement="k Phi(Phi^-1(1/M) + r) + Phi(Phi^-1(theta) + r) <= 1, r = Delta/(2L), k = M - ceil(error M), "
    "theta = (ceil(error M) - error M)/M",
    origin="ours, from Gaussian isoperimetry (Borell 1975; Sudakov and Tsirelson 1978)",
    quantities=(MODES, VARIATION, MASSES, STIFFNESS, SEPARATION),
    questions=(
        Question(("modes", "error"), ("stiffness", "stiffness_at_least", "stiffness_at_most"), ("separation",)),
        Question(("masses",), ("stiffness", "error"), ("separation",)),
        FROM_STIFFNESS,
        FROM_BOTH,
    ),
    hypotheses=(
        COUNTED, GAUSSIAN_SOURCE, LIPSCHITZ, CLOSED_SETS,
        Hypothesis("the target gives each landing set mass 1/modes"),
    ),
    levels="SZCQFX",
    solve=_ask_variation,
)  # fmt: skip

ROW_BY_ROW: Final = Hypothesis(
    f"a row is computed gap by gap: at most {MOST_ORDERED} modes",
    lambda given: given.get("modes", 0) <= MOST_ORDERED,
    "Is this the law `isoperimetric`, for any number of modes?",
)

ORDINAL: Final = Law(
    name="ordinal",
    section="theory/LAWS.md, section 6",
    claim="One noise coordinate has room for M modes only in a row: stiffness grows like M, not like sqrt(log M).",
    statement="L >= Delta/(2r), where u_1 = q, u_{j+1} = Phi(Phi^-1(u_j) + 2r) + q, u_M = 1, q = (1-error)/M",
    origin="ours, from Gaussian isoperimetry on the line; the paper claims a rate M^(1/n) in fixed dimension n",
    quantities=(MODES, ERROR, STIFFNESS, SEPARATION),
    questions=(FROM_ERROR, FROM_STIFFNESS, FROM_BOTH),
    hypotheses=(
        COUNTED,
        ROW_BY_ROW,
        Hypothesis("the source is one standard Gaussian coordinate: n = 1"),
        LIPSCHITZ, CLOSED_SETS,
    ),
    levels="SZCQFX",
    solve=_ask_ordinal,
)  # fmt: skip


def _ask_grid(given: Mapping[str, Any]) -> dict[str, Any]:
    factors = given["factors"] if "factors" in given else best_factors(given["modes"], given["source_dim"])
    if "error" in given:
        answer = {"stiffness": grid_stiffness(factors, given["error"], separation=given["separation"])}
    else:
        answer = {"error": grid_error(factors, given["stiffness"], separation=given["separation"])}
    return answer | {"lattice": " x ".join(str(m) for m in factors)}


def _ask_product(given: Mapping[str, Any]) -> dict[str, Any]:
    separation = given["separation"]
    if "error" in given and "stiffness" in given:
        bits = product_axes(given["error"], given["stiffness"], separation=separation)
        return {"source_dim": int(bits), "modes": 2 ** int(bits)}
    n = round(math.log2(given["modes"])) if "modes" in given else given["source_dim"]
    if "error" in given:
        return {"stiffness": float(product_stiffness(n, given["error"], separation=separation))}
    return {"error": float(product_error(n, given["stiffness"], separation=separation))}


LATTICE: Final = Hypothesis(
    "the targets lie on a lattice, neighbours along each coordinate `separation` apart (or pairwise so, by extension)"
)

GRID: Final = Law(
    name="grid",
    section="theory/LAWS.md, section 6",
    claim="A row on each of n coordinates reaches M = m_1 m_2 ... modes at a stiffness that grows like n M^(1/n).",
    statement="L = Delta/(2r) is enough, where prod_i m_i q_i = 1 - error and q_i is the mass of `ordinal` at gap 2r",
    origin="ours; the paper claims a rate M^(1/n) in fixed dimension n",
    quantities=(FACTORS, MODES, SOURCE_DIM, ERROR, STIFFNESS, SEPARATION),
    questions=(
        Question(("factors", "error"), ("stiffness", "lattice"), ("separation",)),
        Question(("factors", "stiffness"), ("error", "lattice"), ("separation",)),
        Question(("modes", "source_dim", "error"), ("stiffness", "lattice"), ("separation",)),
        Question(("modes", "source_dim", "stiffness"), ("error", "lattice"), ("separation",)),
    ),
    hypotheses=(COUNTED, ROW_BY_ROW, GAUSSIAN_SOURCE, LATTICE),
    levels="SZCQF",
    solve=_ask_grid,
)

PRODUCT: Final = Law(
    name="product",
    section="theory/LAWS.md, section 6",
    claim="As n bits, 2^n modes cost a stiffness that grows like n: the logarithm of M, not its root.",
    statement="L = Delta/(2r) is enough, where (2 Phi(-r))^n = 1 - error",
    origin="ours: independent coordinates, each the law of two modes",
    quantities=(SOURCE_DIM, MODES, ERROR, STIFFNESS, SEPARATION),
    questions=(
        Question(("source_dim", "error"), ("stiffness",), ("separation",)),
        Question(("source_dim", "stiffness"), ("error",), ("separation",)),
        Question(("modes", "error"), ("stiffness",), ("separation", "source_dim")),
        Question(("modes", "stiffness"), ("error",), ("separation", "source_dim")),
        Question(("error", "stiffness"), ("source_dim", "modes"), ("separation",)),
    ),
    hypotheses=(
        Hypothesis(
            "modes, where given, is a power of 2",
            lambda given: "modes" not in given or math.frexp(given["modes"])[0] == 0.5,
            "Is this the law `grid`, for rows of more than two?",
        ),
        Hypothesis(
            "source_dim, where given beside modes, is at least log2(modes)",
            lambda given: (
                not {"modes", "source_dim"} <= given.keys() or given["source_dim"] >= math.log2(given["modes"])
            ),
            "Is this the law `grid`, for fewer coordinates?",
        ),
        GAUSSIAN_SOURCE,
        LATTICE,
    ),
    levels="SZCQF",
    solve=_ask_product,
)


def _ask_simplex(given: Mapping[str, Any]) -> dict[str, Any]:
    separation = given.get("separation", 1.0)
    if "masses" in given:
        error = check_masses(given["masses"])[1]
        return _ask_simplex({"modes": float(len(given["masses"])), "error": error, "separation": separation})
    if "modes" not in given:
        return {"modes": simplex_modes(given["error"], given["stiffness"], separation=separation)}
    modes = given["modes"]
    perimeter = {"perimeter": simplex_perimeter(modes)}
    if "error" in given:
        low, high = simplex_bounds(modes, given["error"], separation=separation)
        return {
            "stiffness": simplex_stiffness(modes, given["error"], separation=separation),
            "stiffness_at_least": low,
            "stiffness_at_most": high,
            **perimeter,
        }
    if "stiffness" in given:
        return {"error": simplex_error(modes, given["stiffness"], separation=separation)} | perimeter
    return perimeter


_SIMPLEX_ANSWERS: Final = ("stiffness", "stiffness_at_least", "stiffness_at_most", "perimeter")

SIMPLEX: Final = Law(
    name="simplex",
    section="theory/LAWS.md, section 5",
    claim="In M - 1 dimensions, stiffness of order sqrt(log M) is enough: cells round the corners of a simplex do it.",
    statement="L = Delta/(2r) is enough, where P(G > sqrt2 r) = 1 - error, G the top gap of M standard normals; "
    "error L/Delta -> perimeter = C(M,2) phi(0) E[Phi(Z/sqrt2)^(M-2)]",
    origin="extension: Kirszbraun 1934; small errors: Milman and Neeman 2022; the paper's Theorems 5-7 claim the rate",
    quantities=(MODES, ERROR, MASSES, STIFFNESS, SEPARATION, SOURCE_DIM),
    questions=(
        Question(("modes", "error"), _SIMPLEX_ANSWERS, ("separation", "source_dim")),
        Question(("masses",), _SIMPLEX_ANSWERS, ("separation", "source_dim")),
        Question(("modes", "stiffness"), ("error", "perimeter"), ("separation", "source_dim")),
        Question(("modes",), ("perimeter",), ("source_dim",)),
        FROM_BOTH,
    ),
    hypotheses=(
        COUNTED,
        Hypothesis(
            "source_dim, where given, is at least modes - 1",
            lambda given: given.get("source_dim", math.inf) >= given.get("modes", len(given.get("masses", (0, 0)))) - 1,
            "Is this the law `grid`, for fewer dimensions?",
        ),
        Hypothesis(
            "masses, where given, are equal: the cells are alike by symmetry",
            lambda given: len(set(given.get("masses", ()))) <= 1,
            "Is `isoperimetric`, which takes any masses, the law to ask?",
        ),
        LEFT_OVER,
        Hypothesis("the source is a standard Gaussian N(0, I_n) with n >= modes - 1"),
        Hypothesis("the targets are pairwise exactly `separation` apart, as the corners of a simplex"),
    ),
    levels="SZCQF",
    solve=_ask_simplex,
)


def _ask_sobolev(given: Mapping[str, Any]) -> dict[str, Any]:
    n, separation = given["source_dim"], given["separation"]
    if "modes" not in given:
        return {"modes": sobolev_modes(n, given["error"], given["stiffness"], separation=separation)}
    modes = given["modes"]
    if "error" in given:
        return {"stiffness": sobolev_stiffness(modes, n, given["error"], separation=separation)}
    return {"error": sobolev_error(modes, n, given["stiffness"], separation=separation)}


SOBOLEV: Final = Law(
    name="sobolev",
    section="theory/LAWS.md, section 6",
    claim="In n dimensions, however the modes are laid out, stiffness must grow like M^(1/n).",
    statement="L >= (Delta/(2 error)) [a_n M^(1/n) (1 - F_n((1+1/n) F_n^-1(error))) - b_n], F_n of chi-square",
    origin="ours, from the sharp L^1 Sobolev inequality; the paper claims a rate M^(1/n) in fixed dimension n",
    quantities=(MODES, SOURCE_DIM, VARIATION, STIFFNESS, SEPARATION),
    questions=(
        Question(("modes", "source_dim", "error"), ("stiffness",), ("separation",)),
        Question(("modes", "source_dim", "stiffness"), ("error",), ("separation",)),
        Question(("source_dim", "error", "stiffness"), ("modes",), ("separation",)),
    ),
    hypotheses=(
        COUNTED,
        Hypothesis(
            f"source_dim is at most {MOST_DIMENSIONS}",
            lambda given: given["source_dim"] <= MOST_DIMENSIONS,
            "Is `isoperimetric`, for any dimension, the better law there?",
        ),
        Hypothesis("the source is a standard Gaussian N(0, I_n) with n = source_dim"),
        LIPSCHITZ, CLOSED_SETS,
        Hypothesis("the target gives each landing set mass 1/modes"),
    ),
    levels="SZCQFX",
    solve=_ask_sobolev,
)  # fmt: skip
