"""grad m = (sum_k r_k g_k) I + beta (b^2/a) Cov_r(s), and neither part can be large: the certified slope of a mixture.

Cov_r is a sum over pairs of modes. Of one scale, a quarter of the squared range bounds it (Popoviciu); of several, a
pair adds at most (r_i + r_j)^2 F_ij, F = (B + sqrt(B^2 + 4 A^2))/4, and no smaller constant than 4 would do.
Source: theory/LAWS.md, section 7, "Mixtures" (ours).
"""

from collections.abc import Sequence
from fractions import Fraction
from functools import partial
from typing import Any, Final

import flint
import sympy
import z3

import proofs.symbols  # noqa: F401 - gives the primitives their symbolic meaning
from proofs.box import Inequality, rational
from proofs.smt import Claim
from proofs.step import Step, algebra, by_powers
from theory.denoiser import boundary_slope, linear_slope

AXIOMS: Final = ("spectral",)

x, y, mu, nu, m, B, s1, s2 = sympy.symbols("x y mu nu m B S_1 S_2", real=True)
a, b, sigma, w, beta, A, t, F, p, q, r = sympy.symbols("a b sigma w beta A t F p q r", positive=True)
Vi, Vj, s0 = sympy.symbols("V_i V_j S_0", positive=True)
_Q = sympy.Rational
POINTS: Final = (
    {x: _Q(1, 3), y: _Q(-2, 5), mu: _Q(3, 2), nu: _Q(-1, 4), m: _Q(2, 7), B: _Q(5, 3), s1: _Q(3, 5), s2: _Q(7, 4),
     a: _Q(3, 5), b: _Q(2, 5), sigma: _Q(2, 3), w: _Q(3, 10), beta: _Q(3, 4), A: _Q(5, 4), t: _Q(4, 3),
     F: _Q(6, 5), p: _Q(1, 5), q: _Q(3, 7), r: _Q(2, 9), Vi: _Q(1, 3),
     Vj: _Q(4, 5), s0: _Q(8, 7)},
    {x: _Q(-5, 4), y: _Q(3, 8), mu: _Q(-2, 3), nu: _Q(7, 5), m: _Q(-4, 9), B: _Q(-7, 2), s1: _Q(-2, 3), s2: _Q(5, 6),
     a: _Q(1, 4), b: _Q(5, 7), sigma: _Q(1, 3), w: _Q(4, 7), beta: _Q(1, 5), A: _Q(2, 7), t: _Q(2, 5),
     F: _Q(1, 6), p: _Q(3, 8), q: _Q(1, 9), r: _Q(5, 4), Vi: _Q(1, 6),
     Vj: _Q(3, 2), s0: _Q(1, 4)},
)  # fmt: skip

V: Final = a**2 * sigma**2 + b**2


def with_odds(expr: Any) -> Any:
    """Carry out what is written, with each exponential as a symbol of its own, over a common denominator."""
    done = expr.doit()
    return algebra(done.xreplace({e: sympy.Dummy(positive=True) for e in done.atoms(sympy.exp)}))


def _logs(expr: Any) -> Any:
    """Split logarithms of quotients of positive numbers."""
    return algebra(sympy.expand_log(expr.doit(), force=True))


def _jacobian() -> tuple[Step, ...]:
    """Return that the slope of the mean is a mean of slopes and a covariance of scores: along an axis, and across.

    With u_k the odds of mode k and T_i the sum of u s^i, for any number of modes: m = (x + b^2 T_1/T_0)/a.
    """
    evidence, score = -((x - a * mu) ** 2) / (2 * V) - sympy.log(V) / 2, -(x - a * mu) / V
    odds, own = w * sympy.exp(-beta * (x - a * mu) ** 2 / (2 * V)), linear_slope(a, b, sigma)
    rise, fall, h = sympy.symbols("T_y T_xy h", real=True)
    # A sum of odds, and the sum of what they weigh, a small step h along an axis away; G the sum of u g.
    along = (x * s0 + b**2 * s1 + h * (a * m + beta * (x * s1 + b**2 * s2))) / (s0 + h * beta * s1) / a
    across = (x * s0 + b**2 * s1 + h * (a * m + beta * (x * rise + b**2 * fall))) / (s0 + h * beta * rise) / a
    points = tuple({**point, rise: _Q(i, 5), fall: _Q(7, i)} for i, point in enumerate(POINTS, start=3))
    return (
        Step("within_a_mode", "within a mode m_k = g x + (b^2/V) mu is (x + b^2 s)/a, s = -(x - a mu)/V",
             own * x + b**2 / V * mu, (x + b**2 * score) / a, POINTS),
        Step("score", "s is the gradient of the log-likelihood",
             sympy.Derivative(evidence, x), score, POINTS),
        Step("weight_rate", "so odds u = w e^(beta e), up to a constant factor, change at beta s times themselves",
             sympy.Derivative(odds, x), beta * score * odds, POINTS),
        Step("mean_rate", "and what they weigh, u m_k, at u (g + beta s m_k)",
             sympy.Derivative(odds * (x + b**2 * score) / a, x), odds * (own + beta * score * (x + b**2 * score) / a),
             POINTS, tactic=with_odds),
        Step("along_an_axis", "any number of modes: the slope of sum r m is sum r g + beta (b^2/a) Var_r(s)",
             sympy.Subs(sympy.Derivative(along, h), h, 0),
             m / s0 + beta * b**2 / a * (s2 / s0 - (s1 / s0) ** 2), points),
        Step("across_axes", "along another axis y, too, beta (b^2/a) Cov_r(s_x, s_y) is added to the mean of g, as "
             "symmetric as g",
             sympy.Subs(sympy.Derivative(across, h), h, 0),
             m / s0 + beta * b**2 / a * (fall / s0 - s1 * rise / s0**2), points),
    )  # fmt: skip


def _spread() -> tuple[Step, ...]:
    """Return a covariance as a sum over pairs, by induction over the modes, and what one scale makes of it."""
    gap = sympy.Symbol("D", positive=True)
    masses, values, others, answers = (p, 1 - p), (x, y), (q, 1 - q), (mu, nu)
    joint = sum(p_ * f * q_ * g for p_, f in zip(masses, values, strict=True)
                for q_, g in zip(others, answers, strict=True))  # fmt: skip
    points = tuple({**point, gap: _Q(i, 7)} for i, point in enumerate(POINTS, start=3))
    return (
        Step("single_mode", "S_0 S_2 - S_1^2 is 0 for one mode, S_i = r s^i",
             sympy.Subs(s0 * s2 - s1**2, (s0, s1, s2), (r, r * x, r * x**2)), sympy.Integer(0), POINTS, constant=True),
        Step("one_more_mode", "and one more of mass p adds p (S_2 - 2 y S_1 + y^2 S_0), the sum of r p (s - y)^2",
             (s0 + p) * (s2 + p * y**2) - (s1 + p * y) ** 2,
             s0 * s2 - s1**2 + p * (s2 - 2 * y * s1 + y**2 * s0), POINTS),
        Step("scores_of_one_scale", "of one scale the scores of two modes differ by a (mu_i - mu_j)/V everywhere",
             -(x - a * mu) / V + (x - a * nu) / V, a * (mu - nu) / V, POINTS),
        Step("quarter_of_the_range", "with means D apart a quarter of the squared range gives (a b^2/V^2) (D/2)^2",
             sympy.Subs(b**2 / a * t**2 / 4, t, a * gap / V), a * (b / V) ** 2 * (gap / 2) ** 2, points),
        Step("attained", "two modes, at r = 1/2, have that slope and g more: theory's own at the boundary between them",
             sympy.Subs(linear_slope(a, b, sigma) + b**2 / a * r * (1 - r) * (a * gap / V) ** 2, r, _Q(1, 2)),
             boundary_slope(a, b, gap / 2, sigma), points),
        Step("blocks_apart", "what depends on one factor has no covariance with what depends on another",
             joint, sum(p_ * f for p_, f in zip(masses, values, strict=True))
             * sum(q_ * g for q_, g in zip(others, answers, strict=True)), POINTS),
    )  # fmt: skip


def _pairs() -> tuple[Step, ...]:
    """Return what a pair of different widths adds: a parabola of odds, its peak, and the root that bounds them."""

    def evidence(mean: Any, variance: Any) -> Any:
        return -((x - a * mean) ** 2) / (2 * variance) - sympy.log(variance) / 2

    apart, bend = evidence(mu, Vi) - evidence(nu, Vj), 1 / Vi - 1 / Vj
    place = a * (mu * Vj - nu * Vi) / (Vj - Vi)
    top = a**2 * (mu - nu) ** 2 / (2 * Vi * Vj) + bend * sympy.log(Vj / Vi) / 2
    root = (B + sympy.sqrt(B**2 + 4 * A**2)) / 4
    hill = B - A * (x - m) ** 2 / 2
    half = sympy.sinh(t / 2)
    return (
        Step("odds", "r_i r_j = (r_i + r_j)^2/(4 cosh^2(h/2)), h the log odds",
             (p + q) ** 2, p * q * 4 * sympy.cosh(sympy.log(p / q) / 2) ** 2, POINTS,
             tactic=lambda e: sympy.simplify(e.rewrite(sympy.exp))),
        Step("pair_bends", "the log-likelihoods of two modes differ by a parabola of curvature -A, A = 1/V_i - 1/V_j",
             sympy.Derivative(apart, (x, 2)), -bend, POINTS),
        Step("drop", "on a parabola the squared slope is 2 A times the drop below the top",
             sympy.Derivative(hill, x) ** 2, 2 * A * (B - hill), POINTS),
        Step("top_of_pair", "its top is where both scores are equal",
             sympy.Subs(sympy.Derivative(apart, x), x, place), sympy.Integer(0), POINTS, constant=True),
        Step("height_of_pair", "where A times its height is a^2 |mu_i - mu_j|^2/(2 V_i V_j) + A log(V_j/V_i)/2",
             bend * sympy.Subs(apart, x, place), top, POINTS, tactic=_logs),
        Step("metric_of_pair", "so along an axis the height is a^2 |mu_i - mu_j|^2/(2 (V_j - V_i)) + log(V_j/V_i)/2",
             top * (Vj - Vi), bend * (a**2 * (mu - nu) ** 2 / 2 + (Vj - Vi) * sympy.log(Vj / Vi) / 2), POINTS,
             tactic=_logs),
        Step("root", "F = (B + sqrt(B^2 + 4 A^2))/4 solves 2 F^2 = B F + A^2/2",
             2 * root**2 - B * root, A**2 / 2, POINTS),
        Step("root_rises", "and rises with B, at the rate F/sqrt(B^2 + 4 A^2)",
             sympy.Derivative(root, B), root / sympy.sqrt(B**2 + 4 * A**2), POINTS, tactic=by_powers),
        Step("half_angle", "2 cosh^2(t/2) = 1 + cosh t",
             2 * sympy.cosh(t / 2) ** 2, 1 + sympy.cosh(t), POINTS, tactic=_exponentials),
        Step("half_square", "cosh t - 1 = 2 sinh^2(t/2)", sympy.cosh(t) - 1, 2 * half**2, POINTS, tactic=_exponentials),
        Step("square_left", "F (cosh t - 1) + A^2/(2F) exceeds 2 A sinh(t/2) by a square",
             2 * F * half**2 + A**2 / (2 * F) - 2 * A * half, (2 * F * half - A) ** 2 / (2 * F), POINTS),
        Step("sinh_rate", "2 sinh(t/2) - t grows at 2 sinh^2(t/4)",
             sympy.Derivative(2 * half - t, t), 2 * sympy.sinh(t / 4) ** 2, POINTS, tactic=_exponentials),
        Step("sinh_at_zero", "from 0", sympy.Subs(2 * half - t, t, 0), sympy.Integer(0), POINTS, constant=True),
        Step("crossing", "two modes of crossing widths, V = (p, q) and (q, p): at (x, x) on the boundary between them "
             "|s_1 - s_2|^2/4 is (1/p - 1/q)^2 x^2/2, and grows without limit",
             ((x / p - x / q) ** 2 + (x / q - x / p) ** 2) / 4, (1 / p - 1 / q) ** 2 * x**2 / 2, POINTS),
    )  # fmt: skip


def _exponentials(expr: Any) -> Any:
    """Write hyperbolic functions as exponentials and gather these."""
    return sympy.expand(sympy.powsimp(sympy.expand(expr.doit().rewrite(sympy.exp))))


def steps() -> tuple[Step, ...]:
    """Return the Jacobian, its covariance as a sum over pairs, and what one pair can add."""
    return (*_jacobian(), *_spread(), *_pairs())


def claims() -> tuple[Claim, ...]:
    """Return what z3 proves: bounds of means, variances and pairs, and that a sum of pairs is largest at a corner."""
    low, high, mean, second, one, share, top = z3.Reals("low high mean second s p top")
    u, v_, d, e = z3.Reals("u v d e")
    l1, l2, n1, n2, q1, q2 = z3.Reals("l1 l2 n1 n2 q1 q2")
    fx, fy, at, weight = z3.Reals("f_x f_y f F")
    excess, bend, root, time, half, cosh = z3.Reals("B A F t sinh cosh")
    slope, inverse, ratio = z3.Reals("P inverse ratio")
    mix = (1 - share) * u + share * v_
    between = (share >= 0, share <= 1)
    return (
        Claim(
            "mean_below_largest", "a mean of numbers below the largest stays below it, with one more mode",
            (*between, mean <= top, one <= top), (1 - share) * mean + share * one <= top,
            ((1 - share) * mean + share * one < top, (1 - share) * mean + share * one <= (1 - share) * top),
        ),
        Claim(
            "between_the_ends", "s in [low, high] has s^2 <= (low + high) s - low high, and so have means",
            (low <= one, one <= high), one * one <= (low + high) * one - low * high,
            (one * one < (low + high) * one - low * high, one * one <= (low + high) * one - low * high - 1),
        ),
        Claim(
            "popoviciu", "hence a variance is at most a quarter of the squared range",
            (low <= high, second <= (low + high) * mean - low * high), 4 * (second - mean**2) <= (high - low) ** 2,
            (4 * (second - mean**2) < (high - low) ** 2, 401 * (second - mean**2) <= 100 * (high - low) ** 2),
        ),
        Claim(
            "along_a_direction", "along a unit vector no difference is longer than it is (they span a plane)",
            (u * u + v_ * v_ == 1,), (u * d + v_ * e) ** 2 <= d * d + e * e,
            ((u * d + v_ * e) ** 2 <= d * d, 100 * (u * d + v_ * e) ** 2 <= 99 * (d * d + e * e)),
        ),
        Claim(
            "block_by_block", "a quadratic form in blocks is at most the largest of their norms",
            (n1 >= 0, n2 >= 0, q1 <= l1 * n1, q2 <= l2 * n2, l1 <= top, l2 <= top), q1 + q2 <= top * (n1 + n2),
            (q1 + q2 <= l1 * (n1 + n2), q1 + q2 < top * (n1 + n2)),
        ),
        Claim(
            "pair_bound", "with 2 F^2 = B F + A^2/2 and t <= 2 sinh(t/2): B + A t <= F (1 + cosh t)",
            (root > 0, bend >= 0, 2 * root**2 == excess * root + bend**2 / 2, cosh - 1 == 2 * half**2,
             z3.Or(time <= 0, time <= 2 * half)),
            excess + bend * time <= root * (1 + cosh),
            (excess + bend * time < root * (1 + cosh) - half**2,
             100 * (excess + bend * time) <= 99 * root * (1 + cosh)),
        ),
        Claim(
            "convex_pair", "F (r_i + r_j)^2, F >= 0, is convex in r",
            (*between, weight >= 0), weight * mix**2 <= (1 - share) * weight * u**2 + share * weight * v_**2,
            (weight * mix**2 < (1 - share) * weight * u**2 + share * weight * v_**2,
             weight * mix**2 >= (1 - share) * weight * u**2 + share * weight * v_**2),
        ),
        Claim(
            "largest_at_a_corner", "so on a segment between two laws it is at most the larger of its ends",
            (*between, at <= (1 - share) * fx + share * fy), at <= z3.If(fx >= fy, fx, fy),
            (at <= fx, at < z3.If(fx >= fy, fx, fy)),
        ),
        Claim(
            "narrower_is_sharper", "the wider of two ordered variances, 1 and ratio, has the smaller inverse",
            (ratio >= 1, ratio * inverse == 1), z3.And(inverse > 0, inverse <= 1),
            (z3.And(inverse > 0, inverse < 1), inverse >= 1),
        ),
        Claim(
            "axis_by_axis", "along each axis of V_i^-1 - V_j^-1, of eigenvalue P <= A, (P y)^2 <= A P y^2",
            (slope >= 0, slope <= bend), (slope * u) ** 2 <= bend * slope * u * u,
            ((slope * u) ** 2 < bend * slope * u * u, (slope * u) ** 2 >= bend * slope * u * u),
        ),
    )  # fmt: skip


HALF: Final = Fraction(1, 2)
Modes = Sequence[tuple[Fraction, Fraction]]
TWO: Final[Modes] = ((Fraction(0), Fraction(1, 5)), (Fraction(3), HALF))
"""(mean, scale) of modes of equal weight on a line, seen at a = b = 1/2."""
THREE: Final[Modes] = ((Fraction(-2), Fraction(3, 10)), (Fraction(0), Fraction(1)), (Fraction(2), Fraction(3, 5)))


def certified(modes: Modes) -> flint.arb:
    """Return the textbook max g + (b^2/a) max_k sum_j F_kj at a = b = 1/2, beta = 1 and equal weights, n = 1."""
    v = [rational(scale**2 / 4 + Fraction(1, 4)) for _, scale in modes]
    rows = []
    for i, (mean, _) in enumerate(modes):
        row = flint.arb(0)
        for j, (other, _) in enumerate(modes):
            bend = abs(1 / v[i] - 1 / v[j])
            height = rational((mean - other) ** 2 / 4) / (2 * v[i] * v[j])
            excess = height + abs(bend * (v[j] / v[i]).log() / 2)
            row += (excess + (excess**2 + 4 * bend**2).sqrt()) / 4 if i != j else 0
        rows.append(row)
    within = [rational(scale**2 / 2) / v_ for (_, scale), v_ in zip(modes, v, strict=True)]
    best, row = within[0], rows[0]
    for g, each in zip(within, rows, strict=True):
        best, row = best.max(g), row.max(each)
    return best + row / 2


def slope_at(modes: Modes, place: flint.arb) -> flint.arb:
    """Return m'(x) there, by Bayes' rule: the mean of g plus (b^2/a) times the variance of the scores over pairs."""
    v = [rational(scale**2 / 4 + Fraction(1, 4)) for _, scale in modes]
    away = [place - rational(mean / 2) for mean, _ in modes]
    logs = [-(d**2) / (2 * v_) - v_.log() / 2 for d, v_ in zip(away, v, strict=True)]
    shares = [1 / sum(((other - own).exp() for other in logs), flint.arb(0)) for own in logs]
    scores = [-d / v_ for d, v_ in zip(away, v, strict=True)]
    slope = sum((r * rational(scale**2 / 2) / v_ for r, (_, scale), v_ in zip(shares, modes, v, strict=True)),
                flint.arb(0))  # fmt: skip
    for i in range(len(modes)):
        for j in range(i):
            slope += shares[i] * shares[j] * (scores[i] - scores[j]) ** 2 / 2
    return slope


def inequalities() -> tuple[Inequality, ...]:
    """Return the pair's bound over a box, which less than 4 A^2 would break, and slopes that come near to theirs."""

    def left(root: flint.arb, time: flint.arb, share: Fraction = Fraction(1)) -> flint.arb:
        """Return F (cosh t - 1) + share A^2/(2F) - A t at A = 1."""
        return 2 * root * (time / 2).sinh() ** 2 + rational(share) / (2 * root) - time

    def below(modes: Modes, place: flint.arb, share: Fraction = Fraction(1)) -> flint.arb:
        return rational(share) * certified(modes) - slope_at(modes, place)

    line = ((Fraction(-4), Fraction(4)),)
    return (
        Inequality("no_smaller_root", "F (cosh t - 1) + A^2/(2F) > A t on the box, and not with 4/5 of A^2",
                   left, ((Fraction(1, 8), Fraction(1)), (Fraction(0), Fraction(8))),
                   (partial(left, share=Fraction(4, 5)),)),
        Inequality("two_widths", "modes 0.2 and 0.5 wide, 3 apart, a = b = 1/2: no point is as steep as certified",
                   partial(below, TWO), line, (partial(below, TWO, share=Fraction(24, 25)),)),
        Inequality("three_widths", "nor with three modes 0.3, 1 and 0.6 wide",
                   partial(below, THREE), line, (partial(below, THREE, share=Fraction(1, 3)),)),
    )  # fmt: skip
