"""D(p, q) = p log(p/q) - p + q, and a token that no unit of length changes."""

from typing import Any

import mpmath
import numpy as np


def decisions_hold() -> bool:
    """Return whether units do not matter to the readout's token, and the divergence is its definition, near and far."""
    from theory.decision import _divergence, readout_argmax, readout_cci

    def alike(f: Any, *case: float) -> bool:
        one, four = (f(*(scale * x for x in case), weights=(0.3, 0.7)) for scale in (1.0, 4.0))
        return abs(float(four / one) - 1) < 1e-9

    close = all(alike(f, 1.5, 0.75, s) for f in (readout_cci, readout_argmax) for s in (0.5, 2.0))
    for p, q in ((0.4, 0.4001), (0.41, 0.4), (0.1, 0.4), (0.9, 0.4), (0.406, 0.4), (0.394, 0.4), (0.0, 0.4)):
        with mpmath.workdps(40):
            exact = (mpmath.mpf(p) * mpmath.log(mpmath.mpf(p) / q) if p else 0) - mpmath.mpf(p) + q
        close = close and abs(float(_divergence(np.array(p), np.array(q))) / exact - 1) < 1e-9
    return bool(close)
