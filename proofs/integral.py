"""integral of f over [a, b] in balls, where an exception of f stays the exception that it was.

Arb calls the integrand from C, where no exception can pass: python-flint lets the integration run on and then reports a
SystemError. An interrupt would so become a law's failure. Here the first exception is kept, the rest of the
integration is cut short by indeterminate values, and what was kept is raised at the end.
"""

from collections.abc import Callable

import flint


def ball_integral(f: Callable[[flint.acb], flint.acb], low: flint.arb, high: flint.arb) -> flint.arb:
    """Return an enclosure of the integral of f, analytic near [low, high] and real on it, at the working precision.

    Arb's adaptive Gauss-Legendre rule (Johansson 2018) bounds its own error. Raises whatever f raises.

    >>> ball_integral(lambda x: x**2, flint.arb(0), flint.arb(3)).contains(9)
    True
    """
    raised: list[BaseException] = []

    def careful(x: flint.acb, _: bool) -> flint.acb:
        if raised:
            return flint.acb("nan")
        try:
            return f(x)
        except BaseException as error:  # an interrupt too: it is raised again below
            raised.append(error)
            return flint.acb("nan")

    try:
        value = flint.acb.integral(careful, flint.acb(low), flint.acb(high)).real
    except SystemError as wrapped:  # an interrupt between two lines of `careful`
        raise wrapped.__cause__ or wrapped from None
    if raised:
        raise raised[0]
    return value
