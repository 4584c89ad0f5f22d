"""One name for a row of either type: exponentials, tanh and normals of float64 rows, and of float32 rows.

Whoever lays particles out in lanes calls these; the type of the row decides, when a kernel is compiled.
"""

from sim import lane_exp, lane_noise, lane_single
from sim.compiled import by_precision

exp_in_place = by_precision(lane_exp.exp_in_place, lane_single.exp_in_place)
"""Replace row - top by its exponential, with room of the same type and length."""

bits_of = by_precision(lane_exp.bits_of, lane_single.bits_of)
"""Return a row's bits as integers of its size."""

tanh_at = by_precision(lane_exp.tanh_at, lane_single.tanh_at)
"""Return tanh y, with entry `lane` of a row of the same type, and of its bits, as room."""

fill_normals = by_precision(lane_noise.fill_normals, lane_single.fill_normals)
"""Write the normals of an even and an odd coordinate at one address, with float64 room of the same length."""
