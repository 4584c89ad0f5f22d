"""e^x = 2^n e^r, n = round(x/log 2), |r| <= log(2)/2: exponentials that a compiler turns into vector instructions.

The C library's is called once a number and costs several times as much. n is rounded by adding 3 2^51, which leaves
it in the low bits of the sum; shifted by 52 it is added to the exponent of e^r. Cody and Waite 1980.
"""

import math
from typing import Any, Final

import numpy as np

from sim.compiled import formula

FLOOR: Final = -708.0
"""Below, the result is e^-708: a normal double still, and no share of 1 that another double could see."""

_ROUND: Final = 3 * 2.0**51
_PER_LOG2: Final = 1 / math.log(2)
_HIGH: Final = math.floor(math.log(2) * 2**32) / 2**32  # 32 bits: n times it is exact
_LOW: Final = 1.9082149292705877e-10  # log 2 - _HIGH to 53 bits, of which a double of log 2 would leave 21
# Taylor's series to r^13: the next term is below 0.3466^14/14! = 4e-18.
_C2, _C3, _C4, _C5, _C6, _C7, _C8, _C9, _C10, _C11, _C12, _C13 = (1 / math.factorial(k) for k in range(2, 14))


@formula
def _growth(r: Any) -> Any:
    """Return e^r - 1 for |r| <= log(2)/2, small where r is."""
    high = _C8 + r * (_C9 + r * (_C10 + r * (_C11 + r * (_C12 + r * _C13))))
    return r * (1 + r * (_C2 + r * (_C3 + r * (_C4 + r * (_C5 + r * (_C6 + r * (_C7 + r * high)))))))


@formula
def exp_in_place(row: Any, top: Any, scratch: Any) -> None:
    """Replace row - top, at most 0, by its exponential, to two units of the last place; exactly 1 at 0.

    All three are float64 arrays of one length; `scratch` is overwritten.

    >>> row = np.array([0.0, -1.0, -1e9])
    >>> exp_in_place(row, np.zeros(3), np.empty(3))
    >>> bool(row[0] == 1 and abs(row[1] * math.e - 1) < 4e-16 and 0 < row[2] < 1e-307)
    True
    """
    for lane in range(row.size):
        x = row[lane] - top[lane]
        x = x if x > FLOOR else FLOOR  # max() would mind NaN, and no vector instruction does
        scratch[lane] = x * _PER_LOG2 + _ROUND
        n = scratch[lane] - _ROUND
        row[lane] = (x - n * _HIGH) - n * _LOW
    for lane in range(row.size):
        row[lane] = 1 + _growth(row[lane])
    bits, shift = row.view(np.int64), scratch.view(np.int64)
    for lane in range(row.size):
        bits[lane] += shift[lane] << 52


@formula
def bits_of(row: Any) -> Any:
    """Return a row's bits as integers of its size."""
    return row.view(np.int64)


@formula
def tanh_at(power: Any, bits: Any, lane: Any, y: Any) -> Any:
    """Return tanh y to four units of the last place, subnormal y included; exactly -1 and 1 far out.

    With e^(-2|y|) = s (1 + p), s a power of 2, it is (1 - s - s p)/(1 + s + s p): where s = 1 nothing cancels. Entry
    `lane` of `power` is float64 room, of which `bits` is the view as integers.
    """
    x = -2 * abs(y)
    x = x if x > FLOOR else FLOOR
    power[lane] = x * _PER_LOG2 + _ROUND
    n = power[lane] - _ROUND
    p = _growth((x - n * _HIGH) - n * _LOW)
    # n + 1023 in the exponent is 2^n: the low bits of the rounded sum hold n.
    bits[lane] = (bits[lane] + 1023) << 52
    s = power[lane]
    found = (1 - s - s * p) / (1 + s + s * p)
    return found if y >= 0 else -found


@formula
def tanh_in_place(row: Any, power: Any) -> None:
    """Replace y by tanh y, with `power` as float64 room of the same length.

    >>> row = np.array([0.0, -1e-300, 20.0, -1e300])
    >>> tanh_in_place(row, np.empty(4))
    >>> row.tolist()
    [0.0, -1e-300, 1.0, -1.0]
    """
    bits = bits_of(power)
    for lane in range(row.size):
        row[lane] = tanh_at(power, bits, lane, row[lane])
