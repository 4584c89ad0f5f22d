"""theory/spherical.csv = the stiffness of cyclic codes too large to simulate on request, each with its interval.

`python -m sim.spherical_table > theory/spherical.csv` makes it again (a quarter of an hour on one core). A row is one
size and one error; all errors of one size are read off the same points. Source: theory/LAWS.md, section 6, `spherical`.
"""

from collections.abc import Iterator
from typing import Final

from sim.spherical import half_gaps, quantile

MODES: Final = (64, 256, 1024, 4096, 16384, 32768, 50257, 65536, 131072)
"""Powers of 2, whose cells may be merged to any smaller power, and one vocabulary in use."""
DIMENSIONS: Final = (8, 16, 32, 64, 128, 256, 768)
ERRORS: Final = (0.3, 0.1, 0.03, 0.01, 0.003, 0.001)
PARTICLES: Final = 40_000
SEED: Final = 20_260_630


def rows(modes: int, source_dim: int) -> Iterator[str]:
    """Yield the lines of one size: modes, source_dim, error, and error L/separation with its interval."""
    gaps = half_gaps((modes, source_dim), PARTICLES, SEED)
    for error in ERRORS:
        r = quantile(gaps, error)
        low, value, high = (error / (2 * g) for g in (r.high, r.value, r.low))
        yield f"{modes},{source_dim},{error},{low:.9g},{value:.9g},{high:.9g}"


def main() -> None:
    """Print the table."""
    print("modes,source_dim,error,low,value,high")  # noqa: T201
    for modes in MODES:
        for source_dim in DIMENSIONS:
            if source_dim < modes:
                for line in rows(modes, source_dim):
                    print(line, flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
