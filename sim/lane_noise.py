"""sqrt(-2 log(1 - u)) cos(2 pi v) over a row of particles: the normals of sim.noise, as vector instructions.

1 - u is a multiple of 2^-53 and v is taken to its nearest quarter, both without rounding, so what is left are a
logarithm near 1 and a cosine within an eighth of a turn, by their series. Equal to NumPy's own to 2e-15.
"""

import math
from typing import Any, Final

import numpy as np

from sim.compiled import formula
from sim.noise import COORDINATES, GAUSSIAN, PARITY, ROTATIONS, WORD, from_words

_ROUND: Final = 3 * 2.0**51
_TURN: Final = 2 * math.pi
_HALF_ROOT_BITS: Final = int(np.float64(math.sqrt(0.5)).view(np.int64))
_HIGH: Final = math.floor(math.log(2) * 2**32) / 2**32  # as in sim.lane_exp
_LOW: Final = 1.9082149292705877e-10
# log m = 2 s (1 + s^2/3 + s^4/5 + ...), s = (m - 1)/(m + 1): |s| <= 0.1716, and s^22/23 = 6e-19.
_L1, _L2, _L3, _L4, _L5, _L6, _L7, _L8, _L9, _L10 = (1 / (2 * k + 1) for k in range(1, 11))
# An eighth of a turn is 0.7854: the next terms, 0.7854^18/18! and 0.7854^19/19!, are below 2e-18.
_S1, _S2, _S3, _S4, _S5, _S6, _S7, _S8 = ((-1) ** k / math.factorial(2 * k + 1) for k in range(1, 9))
_C1, _C2, _C3, _C4, _C5, _C6, _C7, _C8 = ((-1) ** k / math.factorial(2 * k) for k in range(1, 9))


@formula
def _logarithm(m: Any) -> Any:
    """Return log m for m between sqrt(1/2) and sqrt 2."""
    s = (m - 1) / (m + 1)
    q = s * s
    high = _L6 + q * (_L7 + q * (_L8 + q * (_L9 + q * _L10)))
    return 2 * s + 2 * s * (q * (_L1 + q * (_L2 + q * (_L3 + q * (_L4 + q * (_L5 + q * high))))))


@formula
def _sine(x: Any) -> Any:
    q = x * x
    return x + x * (q * (_S1 + q * (_S2 + q * (_S3 + q * (_S4 + q * (_S5 + q * (_S6 + q * (_S7 + q * _S8))))))))


@formula
def _cosine(x: Any) -> Any:
    q = x * x
    return 1 + q * (_C1 + q * (_C2 + q * (_C3 + q * (_C4 + q * (_C5 + q * (_C6 + q * (_C7 + q * _C8)))))))


@formula
def _turned(x: Any, y: Any, turn: Any) -> Any:
    """Return x + y and x + y xor y turned left by `turn` bits.

    Sums are long and cut to words of 32 bits, which never overflows; a compiler sees that words would do, sixteen to
    a vector, if every result is said to be one.
    """
    long = np.int64(y)
    x = np.uint32((np.int64(x) + long) & WORD)
    y = np.uint32(np.uint32((long << turn) & WORD) | np.uint32(long >> (32 - turn)))
    return x, np.uint32(y ^ x)


@formula
def _four_rounds(x: Any, y: Any, r0: Any, r1: Any, r2: Any, r3: Any, k0: Any, k1: Any) -> Any:
    x, y = _turned(x, y, r0)
    x, y = _turned(x, y, r1)
    x, y = _turned(x, y, r2)
    x, y = _turned(x, y, r3)
    return np.uint32((np.int64(x) + k0) & WORD), np.uint32((np.int64(y) + k1) & WORD)


@formula
def fill_words(high: Any, low: Any, seed: Any, purpose: Any, first: Any, step: Any, coordinate: Any) -> None:
    """Write Threefry's two words for particles first, first + 1, ... at one address into two rows of uint32.

    Its rounds are written out because a compiler makes vectors of them only without inner loops.
    """
    r0, r1, r2, r3, r4, r5, r6, r7 = ROTATIONS
    k0, k1, k2 = seed, purpose, PARITY ^ seed ^ purpose
    start = np.uint32((step * COORDINATES + coordinate + k1) & WORD)
    for lane in range(high.size):
        x, y = np.uint32((first + lane + k0) & WORD), start
        x, y = _four_rounds(x, y, r0, r1, r2, r3, k1, k2 + 1)
        x, y = _four_rounds(x, y, r4, r5, r6, r7, k2, k0 + 2)
        x, y = _four_rounds(x, y, r0, r1, r2, r3, k0, k1 + 3)
        x, y = _four_rounds(x, y, r4, r5, r6, r7, k1, k2 + 4)
        x, y = _four_rounds(x, y, r0, r1, r2, r3, k2, k0 + 5)
        high[lane], low[lane] = x, y


@formula
def fill_uniforms(row: Any, seed: Any, purpose: Any, first: Any, step: Any, coordinate: Any, scratch: Any) -> None:
    """Write the uniforms of particles first, first + 1, ... at one address into `row`: those of sim.noise, bit for bit.

    `scratch` is float64 room of the same length.
    """
    words = scratch.view(np.uint32)
    high, low = words[: row.size], words[row.size :]
    fill_words(high, low, seed, purpose, first, step, coordinate)
    for lane in range(row.size):
        row[lane] = from_words(high[lane], low[lane])


@formula
def radii_in_place(row: Any, scratch: Any) -> None:
    """Replace uniforms u by sqrt(-2 log(1 - u))."""
    bits, places = row.view(np.int64), scratch.view(np.int64)
    for lane in range(row.size):
        row[lane] = 1 - row[lane]
        above = bits[lane] - _HALF_ROOT_BITS
        places[lane] = bits[lane] - ((above >> 52) << 52)  # 1 - u = 2^e m, sqrt(1/2) <= m < sqrt 2
        e = above >> 52
        row[lane] = math.sqrt(-2 * (e * _HIGH + (_logarithm(scratch[lane]) + e * _LOW)))


@formula
def turn_in_place(even: Any, odd: Any) -> None:
    """Replace radii in `even` and uniforms v in `odd` by the radii times cos(2 pi v) and sin(2 pi v)."""
    for lane in range(even.size):
        quarter = (4 * odd[lane] + _ROUND) - _ROUND
        x = _TURN * (odd[lane] - quarter / 4)
        s, c = _sine(x), _cosine(x)
        across = (quarter == 1) | (quarter == 3)
        cosine, sine = (s if across else c), (c if across else s)
        radius = even[lane]
        # Signs as factors: a branch would keep the loop from being made of vectors.
        even[lane] = radius * cosine * (1 - 2 * ((quarter == 1) | (quarter == 2)))
        odd[lane] = radius * sine * (1 - 2 * ((quarter == 2) | (quarter == 3)))


@formula
def fill_normals(even: Any, odd: Any, seed: Any, first: Any, step: Any, pair: Any, scratch: Any) -> None:
    """Write the normals of coordinates 2 pair and 2 pair + 1 of particles first.. at one step into two rows.

    All are float64 rows of one length; `scratch` is overwritten.
    """
    fill_uniforms(even, seed, GAUSSIAN, first, step, 2 * pair, scratch)
    fill_uniforms(odd, seed, GAUSSIAN, first, step, 2 * pair + 1, scratch)
    radii_in_place(even, scratch)
    turn_in_place(even, odd)
