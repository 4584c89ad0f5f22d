"""f([x, y]) = [f(x), f(y)]: a law that is solved one number at a time answers an array of questions with an array.

Closed forms broadcast by NumPy alone. What has to find roots or panels for each number of its own is wrapped here: one
result for each place of the broadcast arguments, and each the same, bit for bit, as if it had been asked alone.
"""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

Function = Callable[..., Any]


def elementwise(*names: str) -> Callable[[Function], Function]:
    """Let the arguments called `names` be arrays: they broadcast, and the result has their shape.

    Without any array among them the function is called as it is, and returns what it returned.

    >>> @elementwise("x", "y")
    ... def half_sum(x, y=0.0):
    ...     return (x + y) / 2
    >>> half_sum(1.0), half_sum([1.0, 3.0], y=[[1.0], [2.0]]).tolist()
    (0.5, [[1.0, 2.0], [1.5, 2.5]])
    """

    def wrap(function: Function) -> Function:
        signature = inspect.signature(function)

        @wraps(function)
        def over(*args: Any, **options: Any) -> Any:
            bound = signature.bind(*args, **options)
            arrays = {name: bound.arguments[name] for name in names if np.ndim(bound.arguments.get(name, 0.0)) > 0}
            if not arrays:
                return function(*args, **options)
            grids = np.broadcast_arrays(*arrays.values())
            found = np.empty(grids[0].shape)
            for place in np.ndindex(found.shape):
                for name, grid in zip(arrays, grids, strict=True):
                    bound.arguments[name] = grid[place].item()
                found[place] = function(*bound.args, **bound.kwargs)
            return found

        return over

    return wrap
