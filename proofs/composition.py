"""0 <= P <= Q and 0 <= l <= s give P l <= Q s: why stiffness multiplies along a chain, and what its peak must be.

What z3 decides about `composition`, and about the one step that no choice of the noise level makes stiffer than
max(a' lambda, 1 + (a' - a) lambda), on which `schedule_free_frontier` rests. Source: theory/LAWS.md, section 7.
"""

from functools import reduce

import z3

from proofs.smt import Claim


def absolute(y: z3.ArithRef) -> z3.ArithRef:
    """Return |y|."""
    return z3.If(y >= 0, y, -y)


def _product(factors: list[z3.ArithRef]) -> z3.ArithRef:
    return reduce(lambda p, q: p * q, factors)


def constants_multiply() -> Claim:
    """Return: constants of composed maps multiply."""
    l1, l2, dx, dy, dz = z3.Reals("l1 l2 dx dy dz")
    return Claim(
        "constants_multiply", "|dz| <= l2 |dy| and |dy| <= l1 |dx| give |dz| <= l1 l2 |dx|",
        (l1 >= 0, l2 >= 0, absolute(dy) <= l1 * absolute(dx), absolute(dz) <= l2 * absolute(dy)),
        absolute(dz) <= l1 * l2 * absolute(dx),
        (absolute(dz) <= (l1 + l2) * absolute(dx), 100 * absolute(dz) <= 99 * l1 * l2 * absolute(dx)),
    )  # fmt: skip


def _peak(count: int) -> Claim:
    """Return: factors below s have a product of at most s^count, so the peak must reach L^(1/count)."""
    factors, top = [z3.Real(f"l{i}") for i in range(count)], z3.Real("s")
    return Claim(
        f"peak_of_{count}", f"{count} constants in [0, s] have a product of at most s^{count}",
        (top > 0, *(z3.And(f >= 0, f <= top) for f in factors)),
        _product(factors) <= _product([top] * count),
        (
            _product(factors) <= _product([top] * (count + 1)),
            _product(factors) <= _product([top] * count) * 99 / 100,
        ),
    )  # fmt: skip


def claims() -> tuple[Claim, ...]:
    """Return composition, the peak for K = 2..6 with its induction step, and AM-GM for two and three factors."""
    p, q, factor, top = z3.Reals("P Q l s")
    u, v, w = z3.Reals("u v w")
    return (
        constants_multiply(),
        *(_peak(count) for count in range(2, 7)),
        Claim(
            "peak_induction", "P <= Q and 0 <= l <= s give P l <= Q s: the peak bound passes from K to K + 1",
            (p >= 0, p <= q, factor >= 0, factor <= top),
            p * factor <= q * top,
            (p * factor <= q * factor * factor, 100 * p * factor <= 99 * q * top),
        ),
        Claim(
            "am_gm_2", "u v <= ((u + v)/2)^2",
            (u >= 0, v >= 0), 4 * u * v <= (u + v) * (u + v),
            (4 * u * v <= (u + v) * (u + v) * 99 / 100, 5 * u * v <= (u + v) * (u + v)),
        ),
        Claim(
            "am_gm_3", "u v w <= ((u + v + w)/3)^3",
            (u >= 0, v >= 0, w >= 0), 27 * u * v * w <= (u + v + w) * (u + v + w) * (u + v + w),
            (28 * u * v * w <= (u + v + w) * (u + v + w) * (u + v + w),),
        ),
    )  # fmt: skip


def schedule_free_claims() -> tuple[Claim, ...]:
    """Return: one step over all noise ratios rho = b'/b, and the two-step case of (1 + lambda) lambda^(K-1)."""
    rho, a, later, cap = z3.Reals("rho a a_next lambda")
    ordered = (rho >= 0, rho <= 1, a >= 0, a <= later, later <= 1, cap >= 0)
    step = rho + absolute(later - a * rho) * cap
    keep_none, keep_all = later * cap, 1 + (later - a) * cap
    larger = z3.If(keep_none >= keep_all, keep_none, keep_all)
    first, second = 1 + a * cap, z3.If(cap >= 1 + (1 - a) * cap, cap, 1 + (1 - a) * cap)
    return (
        Claim(
            "any_noise_level", "rho + |a' - a rho| lambda <= max(a' lambda, 1 + (a' - a) lambda) for 0 <= rho <= 1",
            ordered, step <= larger, (step <= keep_none, step <= keep_all, 100 * step <= 99 * larger),
        ),
        Claim(
            "two_steps", "two steps reach at most (1 + lambda) lambda if 3 lambda^2 >= 4",
            (a >= 0, a <= 1, cap > 0, 3 * cap * cap >= 4), first * second <= (1 + cap) * cap,
            (first * second <= cap * cap, 100 * first * second <= 99 * (1 + cap) * cap),
        ),
    )  # fmt: skip
