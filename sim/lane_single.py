"""exp, tanh and normals in float32: the rows of sim.lane_exp and sim.lane_noise, sixteen to a vector instead of eight.

The same formulas on fewer digits. A normal comes from the very words that the double's comes from, so it is that
double to u (12 |xi| + 1/2), u = 2^-24: what would cancel in 1 - u and in the turn is taken from the words as integers.
Every constant is a float32, as one double among them would make a double of all the rest.
"""

import math
from typing import Any, Final

import numpy as np

from sim.compiled import formula
from sim.lane_noise import fill_words
from sim.noise import GAUSSIAN, WORD

FLOOR: Final = np.float32(-87.0)
"""Below, the result is e^-87: a normal number still."""

_F = np.float32
_ONE, _TWO = _F(1), _F(2)
_ROUND: Final = _F(3 * 2.0**22)
_PER_LOG2: Final = _F(1 / math.log(2))
_HIGH: Final = _F(math.floor(math.log(2) * 2**16) / 2**16)  # 16 bits: n times it is exact
_LOW: Final = _F(math.log(2) - math.floor(math.log(2) * 2**16) / 2**16)
# Taylor's series to r^7: the next term is below 0.3466^8/8! = 5e-9, a twelfth of u.
_E2, _E3, _E4, _E5, _E6, _E7 = (_F(1 / math.factorial(k)) for k in range(2, 8))
# As in sim.lane_noise: s^10/11 = 2e-9, 0.7854^11/11! = 2e-9 and 0.7854^12/12! = 1e-10 are left out.
_L1, _L2, _L3, _L4 = (_F(1 / (2 * k + 1)) for k in range(1, 5))
_S1, _S2, _S3, _S4 = (_F((-1) ** k / math.factorial(2 * k + 1)) for k in range(1, 5))
_C1, _C2, _C3, _C4, _C5 = (_F((-1) ** k / math.factorial(2 * k)) for k in range(1, 6))
_TURN: Final = _F(2 * math.pi / 2**32)
_UPPER, _LOWER = _F(2.0**-27), _F(2.0**-53)
_HALF_ROOT_BITS: Final = int(_F(math.sqrt(0.5)).view(np.int32))


@formula
def _growth(r: Any) -> Any:
    """Return e^r - 1 for |r| <= log(2)/2, small where r is."""
    return r * (_ONE + r * (_E2 + r * (_E3 + r * (_E4 + r * (_E5 + r * (_E6 + r * _E7))))))


@formula
def exp_in_place(row: Any, top: Any, scratch: Any) -> None:
    """Replace row - top, at most 0, by its exponential, to two units of the last place; exactly 1 at 0.

    >>> row = np.array([0.0, -1.0, -1e9], np.float32)
    >>> exp_in_place(row, np.zeros(3, np.float32), np.empty(3, np.float32))
    >>> bool(row[0] == 1 and abs(row[1] * math.e - 1) < 2e-7 and 0 < row[2] < 2e-38)
    True
    """
    for lane in range(row.size):
        x = row[lane] - top[lane]
        x = x if x > FLOOR else FLOOR
        scratch[lane] = x * _PER_LOG2 + _ROUND
        n = scratch[lane] - _ROUND
        row[lane] = (x - n * _HIGH) - n * _LOW
    for lane in range(row.size):
        row[lane] = _ONE + _growth(row[lane])
    bits, shift = row.view(np.int32), scratch.view(np.int32)
    for lane in range(row.size):
        bits[lane] = np.int32(bits[lane] + np.int32(shift[lane] << 23))


@formula
def bits_of(row: Any) -> Any:
    """Return a row's bits as integers of its size."""
    return row.view(np.int32)


@formula
def tanh_at(power: Any, bits: Any, lane: Any, y: Any) -> Any:
    """Return tanh y to four units of the last place; exactly -1 and 1 far out. As sim.lane_exp.tanh_at.

    >>> power = np.empty(1, np.float32)
    >>> [float(tanh_at(power, bits_of(power), 0, np.float32(y))) for y in (0.0, 20.0, -1e30)]
    [0.0, 1.0, -1.0]
    """
    x = -_TWO * abs(y)
    x = x if x > FLOOR else FLOOR
    power[lane] = x * _PER_LOG2 + _ROUND
    n = power[lane] - _ROUND
    p = _growth((x - n * _HIGH) - n * _LOW)
    bits[lane] = np.int32(np.int32(bits[lane] + 127) << 23)
    s = power[lane]
    found = (_ONE - s - s * p) / (_ONE + s + s * p)
    return found if y >= 0 else -found


@formula
def radii_of_words(row: Any, high: Any, low: Any) -> None:
    """Write sqrt(-2 log(1 - u)) for the uniforms u of 27 upper and 26 lower bits."""
    bits = row.view(np.int32)
    for lane in range(row.size):
        upper, lower = np.int32(high[lane] >> 5), np.int32(low[lane] >> 6)
        borrowed = np.int32(1 if lower > 0 else 0)
        above, below = np.int32((1 << 27) - upper - borrowed), np.int32(((1 << 26) - lower) & ((1 << 26) - 1))
        u = _F(upper) * _UPPER + _F(lower) * _LOWER
        row[lane] = _F(above) * _UPPER + _F(below) * _LOWER  # 1 - u
        e = np.int32(np.int32(bits[lane] - _HALF_ROOT_BITS) >> 23)
        bits[lane] = np.int32(bits[lane] - np.int32(e << 23))  # 1 - u = 2^e m, sqrt(1/2) <= m < sqrt 2
        m = row[lane]
        s = (-u if e == 0 else m - _ONE) / (m + _ONE)
        q = s * s
        logarithm = _TWO * s + _TWO * s * (q * (_L1 + q * (_L2 + q * (_L3 + q * _L4))))
        row[lane] = math.sqrt(-_TWO * (_F(e) * _HIGH + (logarithm + _F(e) * _LOW)))


@formula
def turn_by_words(even: Any, odd: Any, high: Any, low: Any) -> None:
    """Replace radii in `even` by them times cos(2 pi v), and write them times sin(2 pi v) into `odd`."""
    for lane in range(even.size):
        # v in 2^-32 turns, and half a quarter more: its two upper bits number the quarter that is nearest.
        places = np.int64(np.uint32((high[lane] & 0xFFFFFFE0) | (low[lane] >> 27)))
        v = np.uint32((places + (1 << 29)) & WORD)
        quarter = np.int32(v >> 30)
        x = _F(np.int32(np.int32(v & 0x3FFFFFFF) - (1 << 29))) * _TURN
        q = x * x
        s = x + x * (q * (_S1 + q * (_S2 + q * (_S3 + q * _S4))))
        c = _ONE + q * (_C1 + q * (_C2 + q * (_C3 + q * (_C4 + q * _C5))))
        across = (quarter == 1) | (quarter == 3)
        cosine, sine = (s if across else c), (c if across else s)
        radius = even[lane]
        even[lane] = -radius * cosine if (quarter == 1) | (quarter == 2) else radius * cosine
        odd[lane] = -radius * sine if (quarter == 2) | (quarter == 3) else radius * sine


@formula
def fill_normals(even: Any, odd: Any, seed: Any, first: Any, step: Any, pair: Any, scratch: Any) -> None:
    """Write the normals of coordinates 2 pair and 2 pair + 1 of particles first.. at one step into two float32 rows.

    `scratch` is float64 room of the same length. They differ from those of sim.noise by at most u (12 |xi| + 1/2).
    """
    words = scratch.view(np.uint32)
    high, low = words[: even.size], words[even.size : 2 * even.size]
    fill_words(high, low, seed, GAUSSIAN, first, step, 2 * pair)
    radii_of_words(even, high, low)
    fill_words(high, low, seed, GAUSSIAN, first, step, 2 * pair + 1)
    turn_by_words(even, odd, high, low)
